"""What is a measure? A formula over sums, its unit, and how it is told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.measures.cells import Cells, Found, cells_of, rows
from sim.measures.sources import NoAxis
from sim.measures.sums import Sums
from sim.measures.window import Window

TYPES: dict[str, Any] = {
    "measure": str, "tier": str, "group": str, "value": float, "unit": str, "n": "int64",
}  # fmt: skip
COLUMNS = list(TYPES)
PERSON, FACILITY, WORLD = "residence", "facility", "World of day 0"


@dataclass(frozen=True)
class Measure:
    """A name, a unit and the formula that says what is counted.

    of: whose county and tier it is: of residence, of the facility. parted: it divides a whole among
    these axes, and means something only by one of them. not_by: axes by which it means nothing.
    groups: (axes) by which the table of a run has further rows, the words of the last as group.
    more: further rows of the table of a run.
    """

    name: str
    unit: str
    formula: Callable[[Sums], Found]
    of: str = FACILITY
    statistics: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    more: Callable[[Sums], Cells] | None = None

    @property
    def meaning(self) -> str:
        """First sentence of the definition."""
        return (self.formula.__doc__ or "").strip().splitlines()[0]

    @property
    def definition(self) -> str:
        """What stands above and below, without the first sentence."""
        return " ".join((self.formula.__doc__ or "").split("\n\n", 1)[1].split())

    @property
    def rows(self) -> dict[str, str]:
        """Names in the table, with their meaning and unit."""
        if not self.statistics:
            return {self.name: f"{self.meaning} [{self.unit}]"}
        return {
            f"{self.name}_{s}": f"{self.meaning[:-1]}: {s}. [{self.unit}]" for s in self.statistics
        }

    def table(self, window: Window) -> pd.DataFrame:
        """The tidy table of this measure: measure, tier, group, value, unit, n."""
        return self._tidy(self.cells(window))

    def by(self, window: Window, axes: tuple[str, ...]) -> pd.DataFrame:
        """The tidy table by axes, their columns after the measure. Raises NoAxis."""
        tiers = [] if "tier" in axes else [self._or_none(window, (*axes, "tier"), axes)]
        tables = [self._or_none(window, axes, axes), *tiers]
        if all(table is None for table in tables):
            raise NoAxis(f"{self.name} is not counted by {' x '.join(axes)}")
        return self._tidy(_joined(tables), axes)

    def has(self, window: Window, axis: str) -> bool:
        """Whether it is told apart by an axis."""
        return self._or_none(window, (axis,)) is not None

    def cells(self, window: Window) -> Cells:
        """All cells of a run: over everything, by tier, by groups."""
        tables = [self._or_none(window, ()), self._or_none(window, ("tier",))]
        for axes in self.groups:
            of = window.sums(*axes)
            tables.append(cells_of(of, self.formula(of), (), axes[-1]))
        if self.more is not None:
            tables.append(self.more(window.sums()))
        return _joined(tables)

    def _or_none(
        self, window: Window, by: tuple[str, ...], axes: tuple[str, ...] = ()
    ) -> Cells | None:
        meaningless = set(by) & set(self.not_by) or (self.parted and not set(by) & set(self.parted))
        if meaningless:
            return None
        of = window.sums(*by)
        try:
            return cells_of(of, self.formula(of), axes)
        except NoAxis:
            return None

    def _tidy(self, cells: Cells, axes: tuple[str, ...] = ()) -> pd.DataFrame:
        suffix = "_" + cells["statistic"].astype(str) if self.statistics else ""
        table = cells.assign(measure=self.name + suffix, unit=self.unit)
        more = [axis for axis in axes if axis != "tier"]
        return table[["measure", *more, *COLUMNS[1:]]].astype(TYPES)


def _joined(tables: Iterable[Cells | None]) -> Cells:
    """All cells of some tables; those without any row say nothing of their columns' types."""
    there = [table for table in tables if table is not None]
    full = [table for table in there if len(table)]
    return pd.concat(full, ignore_index=True) if full else (there or [rows([])])[0]
