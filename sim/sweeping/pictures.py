"""Which pictures does a sweep have? `sweep.plot.doses()`, `sweep.plot.differences("wait_mean")`.

`sweep.plot("doses", lang="zh")` is the same by name. Each picture names the question and its sweep.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from sim.language import Lang
from sim.pictures import ALL, DIGITS, Named, known

FEWEST_DOSES = 3  # of which a curve is drawn
DOSED = (
    ("wait_mean", "hub"), ("wait_mean", "county"), ("first_contact", "county"), ("bypass", ALL),
    ("advised_up", ALL), ("within_county", ALL),
)  # fmt: skip
"""Measures and tiers of the curves where none are asked for, as far as a sweep has them."""


@dataclass(frozen=True)
class SweepPlots(Named):
    """Pictures of a sweep that has a baseline; each is a matplotlib Figure."""

    shown: Any
    NAMES: ClassVar[tuple[str, ...]] = ("doses",)
    ASKING: ClassVar[tuple[str, ...]] = ("differences",)

    def doses(
        self,
        measures: Sequence[tuple[str, str]] = DOSED,
        key: str | None = None,
        *,
        lang: Lang = "en",
    ) -> Any:
        """How paired differences answer to a lever, with 95 % intervals, a panel for each measure.

        measures: with their tiers; key: the varied key, that with most values if not given; where
        others vary too each of their values has its own panels. Raises ValueError without a key
        that has at least three numbers.
        """
        lever = key or self._lever()
        if lever is None:
            raise ValueError(f"a curve needs a varied key with {FEWEST_DOSES} numbers or more")
        rows = self._rows(measures).rename(columns={lever: "dose", "difference": "estimate"})
        others = [k for k in self.shown.keys if k != lever and rows[k].nunique() > 1]
        labels = [_label(row, others) for row in rows.to_dict("records")]
        frame, named = rows.assign(measure=labels), {"of": last(lever), "lang": lang}
        return _plots("dose")(frame, self._source(), **named)

    def differences(self, measure: str, *, lang: Lang = "en") -> Any:
        """Paired differences of a measure at every point, by tier.

        Raises KeyError with the nearest name for a measure that the sweep lacks.
        """
        table = self.shown.differences
        known(measure, table["measure"])
        rows = table[(table["measure"] == measure) & (table["group"] == ALL)]
        rows = rows[rows["low"].notna()].sort_values(["tier", "point"], kind="stable")
        points = [" ".join(f"{last(k)} {row[k]}" for k in self.shown.keys)
                  for row in rows.to_dict("records")]  # fmt: skip
        named = rows["tier"] + ", " + pd.Series(points, index=rows.index, dtype=str)
        return _plots("forest")(rows.assign(group=named), self._source(), lang=lang)

    def _rows(self, measures: Sequence[tuple[str, str]]) -> pd.DataFrame:
        """Differences of some measures in some tiers, over all groups, in the order asked."""
        table = self.shown.differences
        table = table[(table["group"] == ALL) & table["low"].notna()]
        there = [table[(table["measure"] == m) & (table["tier"] == t)] for m, t in measures]
        return pd.concat(there, ignore_index=True)

    def _lever(self) -> str | None:
        """The varied key with the most numbers while all others stand still, if enough."""
        numbers = {key: self._numbers(key) for key in self.shown.keys}
        best = max(numbers, key=lambda key: numbers[key], default=None)
        return best if best is not None and numbers[best] >= FEWEST_DOSES else None

    def _numbers(self, key: str) -> int:
        """How many numbers a key takes, at most, at points that differ in nothing else."""
        points = self.shown.points
        if not pd.api.types.is_numeric_dtype(points[key]):
            return 0
        others = [name for name in self.shown.keys if name != key]
        if not others:
            return int(points[key].nunique())
        return int(points.groupby(others, dropna=False)[key].nunique().max())

    def _has(self, name: str) -> bool:
        return len(self.shown.differences) > 0 and self._lever() is not None

    def _source(self) -> str:
        runs, sweep = self.shown.manifest["runs"], self.shown.content_hash[:DIGITS]
        return f"{self.shown.question} {runs} runs, sweep {sweep}"


def last(key: str) -> str:
    """The last word of a dotted key."""
    return key.rpartition(".")[2]


def _label(row: Mapping[Any, Any], others: Sequence[str]) -> str:
    """A measure with its tier and the values of the other keys."""
    tier = "" if row["tier"] == ALL else f", {row['tier']}"
    return str(row["measure"]) + tier + "".join(f"; {last(key)} {row[key]}" for key in others)


def _plots(name: str) -> Any:
    return getattr(importlib.import_module("sim.plots"), name)
