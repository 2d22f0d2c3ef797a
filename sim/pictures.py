"""Which pictures does a result have? `run.plot.waits()`, `comparison.plot.differences()`.

matplotlib is loaded when the first picture is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.arithmetic import MINUTES_PER_DAY

ALL = "all"
HEADLINES = (
    "wait_mean", "wait_p90", "wait_days_mean", "bed_wait_mean", "referral_up_formal", "advised_up",
    "referred_down", "first_contact", "bypass", "left_unseen", "unresolved", "occupancy",
    "visits_per_physician", "travel_per_episode", "out_of_pocket_per_visit", "remote_per_1000",
)


@dataclass(frozen=True)
class Plots:
    """Pictures of a run or a comparison, fresh or stored; each is a matplotlib Figure."""

    shown: Any

    def waits(self) -> Any:
        """Waits for the doctor by tier, class and department, within the measured days."""
        return _drawing("waits")(self._measured("visits", "arrival"), self._source())

    def referrals(self) -> Any:
        """How patients reach each tier, and the flows between tiers, within the measured days."""
        visits, stays = self._measured("visits", "arrival"), self._measured("stays", "requested")
        return _drawing("referrals")(visits, stays, self._source())

    def differences(self, measures: Collection[str] = HEADLINES) -> Any:
        """Paired differences of some measures with their intervals, over all groups."""
        table = headlines(self.shown.table, measures)
        interval = _drawing("Interval")
        rows = [interval(f"{r.measure}, {r.tier}", r.difference, r.low, r.high, r.unit)
                for r in table.itertuples()]
        return _drawing("differences")(rows, "Paired differences", self._source())

    def _measured(self, frame: str, time: str) -> pd.DataFrame:
        events = getattr(self.shown, frame)
        return events[events[time] >= self.shown.warmup * MINUTES_PER_DAY]

    def _source(self) -> str:
        shown = self.shown
        return (f"{shown.title}; seed {shown.seed}; {shown.days} days measured after "
                f"{shown.warmup} days of warm-up")


def headlines(table: pd.DataFrame, measures: Collection[str] = HEADLINES) -> pd.DataFrame:
    """Rows of a comparison's table over all groups, with an interval, of some measures."""
    chosen = table[table["measure"].isin(list(measures)) & (table["group"] == ALL)]
    return chosen[chosen["low"].notna()]


def _drawing(name: str) -> Any:
    return getattr(importlib.import_module("sim.plots"), name)
