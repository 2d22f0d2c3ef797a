"""One row per visit, alike for every tool, and what the rows must agree on."""

from __future__ import annotations

import numpy as np

from experiments.benchmarks.network import TIERS, Site

Row = tuple[int, int, float, float, float]  # site, class, minutes of arrival, start and end
MINUTES_A_DAY = 1440


def waits(rows: np.ndarray, sites: list[Site], warmup: int, days: int) -> np.ndarray:
    """Mean wait by tier [minutes] of those who arrived from day `warmup` and before day `days`."""
    tier, wait = measured(rows, sites, warmup, days)
    return np.array([wait[tier == each].mean() for each in range(len(TIERS))])


def visits_a_day(rows: np.ndarray, sites: list[Site], warmup: int, days: int) -> np.ndarray:
    """Visits a day by tier in the same days."""
    tier, _ = measured(rows, sites, warmup, days)
    return np.bincount(tier, minlength=len(TIERS)) / (days - warmup)


def measured(
    rows: np.ndarray, sites: list[Site], warmup: int, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """(Tier, wait) of those who arrived in the measured days."""
    arrival = rows[:, 2]
    chosen = rows[(arrival >= warmup * MINUTES_A_DAY) & (arrival < days * MINUTES_A_DAY)]
    tier = np.array([site.tier for site in sites])[chosen[:, 0].astype(int)]
    return tier, chosen[:, 3] - chosen[:, 2]
