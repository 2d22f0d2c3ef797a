"""How counts become cells of the table: tier, group, value, n.

n is the number of visits, stays, consultations or episodes that a value rests on. Arrays by tier
hold whole numbers; a tier without any n gives no cell, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sim.arithmetic import TICKS_PER_MINUTE
from sim.measures.histogram import QUANTILES, minutes, quantiles
from sim.measures.window import Window

ALL = "all"
SPREAD = ("mean", *QUANTILES)

Cells = pd.DataFrame


def rows(cells: Iterable[tuple[str, str, float, int]]) -> Cells:
    """Cells from (tier, group, value, n)."""
    return pd.DataFrame(list(cells), columns=["tier", "group", "value", "n"])


def tiers(window: Window) -> list[str]:
    """Names of the tiers that have a facility."""
    names = window.world.names.tiers
    return [names[i] for i in np.unique(window.world.facilities.tier)]


def ratio(above: int, below: int, unit: float = 1.0) -> list[tuple[float, int]]:
    """The value and n of a cell, if anything was counted."""
    return [(float(above) / unit / float(below), int(below))] if below else []


def averaged(window: Window, above: np.ndarray, below: np.ndarray, unit: float = 1.0) -> Cells:
    """Sums / numbers, over all and by tier; unit: how much of the sum makes one of the value."""
    every = [(ALL, ALL, *cell) for cell in ratio(above.sum(), below.sum(), unit)]
    names = window.world.names.tiers
    each = [(t, ALL, *cell) for t, a, b in zip(names, above, below, strict=True)
            for cell in ratio(a, b, unit)]  # fmt: skip
    return rows([*every, *each])


def counted(window: Window, numbers: np.ndarray, factor: float = 1.0) -> Cells:
    """Numbers x factor, over all and for every tier that exists, zeros included."""
    n = dict(zip(window.world.names.tiers, map(int, numbers), strict=True))
    everywhere = [(ALL, ALL, int(numbers.sum()) * factor, int(numbers.sum()))]
    return rows(everywhere + [(t, ALL, n[t] * factor, n[t]) for t in tiers(window)])


def pooled(window: Window, above: np.ndarray, below: np.ndarray, n: np.ndarray) -> Cells:
    """Sums above / sums below of facilities' totals, over all and by tier."""
    names, at = np.array(window.world.names.tiers), window.world.facilities.tier
    parts = [(ALL, np.ones(len(at), dtype=bool))] + [(t, names[at] == t) for t in tiers(window)]
    return rows(
        (t, ALL, above[of].sum() / below[of].sum(), int(n[of].sum()))
        for t, of in parts
        if below[of].sum() > 0
    )


def paired(window: Window, moved: np.ndarray, base: np.ndarray) -> Cells:
    """Shares of each tier's base that arrive at each tier from there: 'a>b'.

    moved: tier left x tier of arrival. Zeros are given for every tier at or above the origin.
    """
    names = window.world.names.tiers
    present = np.unique(window.world.facilities.tier)
    return rows(
        (names[a], f"{names[a]}>{names[b]}", *cell)
        for a in present
        for b in present
        if b >= a or moved[a, b]
        for cell in ratio(moved[a, b], base[a])
    )


class Spread:
    """Collects the mean and quantiles of histograms, cell by cell.

    unit: values of the bins that make one of the measure's; bounds: see `histogram.quantiles`.
    """

    def __init__(self, unit: float = 1.0, bounds=minutes) -> None:
        self.unit, self.bounds = unit, bounds
        self.cells: list[tuple[str, str, str, float, int]] = []

    def add(self, tier: str, group: str, counts: np.ndarray, mean: float) -> None:
        """One cell from counts by bin and the exact mean, in the unit of the bins."""
        n = int(counts.sum())
        if n:
            at = quantiles(counts, np.array(list(QUANTILES.values())), self.bounds)
            values = zip(SPREAD, (mean, *at), strict=True)
            self.cells += [(s, tier, group, v / self.unit, n) for s, v in values]

    def table(self) -> Cells:
        """All cells."""
        return pd.DataFrame(self.cells, columns=["statistic", "tier", "group", "value", "n"])


def spread(
    window: Window, counts: np.ndarray, sums: np.ndarray, unit: float = 1.0
) -> Spread:
    """Spread of waits over all and by tier; counts: tier x bin, sums [ticks]: by tier."""
    found = Spread(unit)
    found.add(ALL, ALL, counts.sum(axis=0), mean(sums.sum(), counts.sum()))
    for tier, here, total in zip(window.world.names.tiers, counts, sums, strict=True):
        found.add(tier, ALL, here, mean(total, here.sum()))
    return found


def mean(ticks: int, n: int) -> float:
    """Mean minutes of a sum of ticks; 0 of nothing."""
    return float(ticks) / TICKS_PER_MINUTE / float(n) if n else 0.0
