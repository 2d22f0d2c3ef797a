"""Which pictures does a result have? `run.plot.waits()`, `comparison.plot.map("within_county")`.

matplotlib is loaded when the first picture is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

ALL = "all"
CLASSES = ("urgent", "returning", "referred", "ordinary")
WAITS = ("wait_mean", "wait_p50", "wait_p90")
HEADLINES = (
    "wait_mean", "wait_p90", "wait_days_mean", "bed_wait_mean", "referral_up_formal", "advised_up",
    "referred_down", "first_contact", "bypass", "left_unseen", "unresolved", "occupancy",
    "visits_per_physician", "travel_per_episode", "out_of_pocket_per_visit", "remote_per_1000",
)


@dataclass(frozen=True)
class RunPlots:
    """Pictures of a run, fresh or stored; each is a matplotlib Figure."""

    shown: Any

    def waits(self) -> Any:
        """Waits for the doctor by tier, class and department, within the measured days."""
        counts = self.shown.aggregates["waits"]
        return _drawing("waits")(counts, self.shown.measures, self._source())

    def referrals(self) -> Any:
        """How patients reach each tier, and the flows between tiers, within the measured days."""
        return _drawing("referrals")(self.shown.aggregates, self._source())

    def map(
        self, measure: str, scale: str = "linear", *, tier: str = ALL, group: str = ALL
    ) -> Any:
        """A measure by county on the real outlines; scale: linear, log or classes.

        tier and group: of which one, if not of all. Raises KeyError with the nearest name for a
        measure that is not known by county, or not of them.
        """
        table = by_county(self.shown, measure, tier, group)
        return _drawing("county_map", "maps")(table, source=self._source(), scale=scale)

    def _source(self) -> str:
        return f"{self.shown.title}; seed {self.shown.seed}; {span(self.shown)}"


@dataclass(frozen=True)
class ComparisonPlots:
    """Pictures of a comparison, fresh or stored; each is a matplotlib Figure."""

    shown: Any

    def waits(self) -> Any:
        """Waits for the doctor of both arms, by tier and by tier and class."""
        return _drawing("side_by_side")(waits_by_arm(self.shown.table), self._source())

    def differences(self, measures: Collection[str] = HEADLINES) -> Any:
        """Paired differences of some measures with their intervals, over all groups.

        A measure that is the same in every pair is named below the picture. Raises KeyError with
        the nearest name for a measure that the table lacks.
        """
        table = headlines(self.shown.table, measures)
        same = the_same(table)
        kept = table if len(same) == table["measure"].nunique() else _without(table, same)
        left_out = ", ".join(same).replace("_", " ") if len(kept) < len(table) else ""
        source = self._source() + (f"; the same in every pair: {left_out}" if left_out else "")
        interval = _drawing("Interval")
        rows = [interval(f"{r.measure}, {r.tier}", r.difference, r.low, r.high, r.unit)
                for r in kept.itertuples()]
        return _drawing("differences")(rows, source)

    def map(self, measure: str, *, tier: str = ALL, group: str = ALL) -> Any:
        """What a scenario changes in a measure, by county: the mean paired difference.

        tier and group: of which one, if not of all. Raises KeyError with the nearest name for a
        measure that is not known by county.
        """
        table = by_county(self.shown, measure, tier, group)
        title = f"{measure.replace('_', ' ')}: scenario minus baseline"
        draw = _drawing("county_map", "maps")
        return draw(table, "difference", title=title, source=self._source(), centre=0.0)

    def _source(self) -> str:
        shown = self.shown
        pairs = f"{shown.replications} pairs, seeds from {shown.seed}"
        return f"{shown.title}; {pairs}; {span(shown)}"


def span(shown: Any) -> str:
    """How long a result was measured and played before, in words."""
    return f"{days(shown.days)} measured after {days(shown.warmup)} of warm-up"


def days(number: int) -> str:
    """A number of days in words."""
    return f"{number} day" if number == 1 else f"{number} days"


def headlines(table: pd.DataFrame, measures: Collection[str] = HEADLINES) -> pd.DataFrame:
    """Rows of a comparison's table over all groups, with an interval, of some measures."""
    for name in measures:
        known(name, {*table["measure"], *HEADLINES})
    chosen = table[table["measure"].isin(list(measures)) & (table["group"] == ALL)]
    return chosen[chosen["low"].notna()]


def the_same(table: pd.DataFrame) -> list[str]:
    """Measures that no tier shows to differ in any pair."""
    differs = (table["low"] != 0) | (table["high"] != 0)
    moved = set(table.loc[differs, "measure"])
    return [name for name in dict.fromkeys(table["measure"]) if name not in moved]


def _without(table: pd.DataFrame, measures: Collection[str]) -> pd.DataFrame:
    return table[~table["measure"].isin(list(measures))]


def waits_by_arm(table: pd.DataFrame) -> pd.DataFrame:
    """Waits for the doctor of both arms: tier, class, statistic, baseline, scenario [minutes].

    Rows stand by tier, those of all classes first.
    """
    order = (ALL, *CLASSES)
    waits = table[table["measure"].isin(WAITS) & table["group"].isin(order)]
    waits = waits[waits["tier"] != ALL]
    tiers = list(dict.fromkeys(waits["tier"]))
    keys = pd.DataFrame({"t": waits["tier"].map(tiers.index), "c": waits["group"].map(order.index)})
    waits = waits.loc[keys.sort_values(["t", "c"], kind="stable").index]
    statistic = waits["measure"].str.removeprefix("wait_")
    named = waits.assign(statistic=statistic).rename(columns={"group": "class"})
    return named[["tier", "class", "statistic", "baseline", "scenario"]]


def by_county(shown: Any, measure: str, tier: str = ALL, group: str = ALL) -> pd.DataFrame:
    """Rows of a measure in a result's table by county: one a county."""
    table = shown.by("county")
    if not len(table):
        raise KeyError("nothing is known by county: the world has none")
    known(measure, table["measure"])
    rows = table[table["measure"] == measure]
    asked = {axis: word for axis, word in (("tier", tier), ("group", group)) if axis in rows}
    for axis, word in asked.items():
        there = ", ".join(dict.fromkeys(rows[axis]))
        rows = rows[rows[axis] == word]
        if not len(rows):
            raise KeyError(f"{measure} by county has no {axis} {word!r}; there are {there}")
    return rows


def known(measure: str, names: Collection[str]) -> None:
    """Raise KeyError with the nearest name where none is that of the measure."""
    found = sorted(set(names))
    if measure not in found:
        near = get_close_matches(measure, found, n=1)
        raise KeyError(f"no measure {measure!r}" + (f"; nearest: {near[0]!r}" if near else ""))


def _drawing(name: str, room: str = "plots") -> Any:
    return getattr(importlib.import_module(f"sim.{room}"), name)
