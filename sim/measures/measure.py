"""What is a measure? A formula over sums, its unit, and how it is told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sim.measures.cells import Cell, Found, cells_of
from sim.measures.sources import NoAxis
from sim.measures.sums import Sums
from sim.measures.window import Window

TYPES: dict[str, Any] = {
    "measure": str, "tier": str, "group": str, "value": float, "unit": str, "n": "int64",
}  # fmt: skip
COLUMNS = list(TYPES)
PERSON, FACILITY, WORLD = "residence", "facility", "World"


@dataclass(frozen=True)
class Measure:
    """A name, a unit and the formula that says what is counted.

    of: whose county and tier it is: of residence, of the facility. parted: it divides a whole among
    these axes, and means something only by one of them. not_by: axes by which it means nothing.
    lacks: why it is not told apart by an axis. groups: (axes) by which the table of a run has
    further rows, the words of the last as group. more: further rows of the table of a run.
    """

    name: str
    unit: str
    formula: Callable[[Sums], Found]
    of: str = FACILITY
    statistics: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    more: Callable[[Sums], list[Cell]] | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)

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

    def cells(self, window: Window) -> list[Cell]:
        """All cells of a run: over everything, by tier, by groups."""
        found = [*(self.at(window, ()) or ()), *(self.at(window, ("tier",)) or ())]
        for axes in self.groups:
            of = window.sums(*axes)
            found += cells_of(of, self.formula(of), axes[-1])
        return found + (self.more(window.sums()) if self.more else [])

    def by(self, window: Window, axes: tuple[str, ...]) -> list[Cell]:
        """All cells by axes, over all tiers and by tier. Raises NoAxis."""
        tiers = None if "tier" in axes else self.at(window, (*axes, "tier"))
        found = self.at(window, axes)
        if found is None and tiers is None:
            why = "; ".join(self.lacks[axis] for axis in axes if axis in self.lacks)
            reason = f" ({why})" if why else ""
            raise NoAxis(f"{self.name} is not counted by {' x '.join(axes)}{reason}")
        return [*(found or ()), *(tiers or ())]

    def has(self, window: Window, axis: str) -> bool:
        """Whether it is told apart by an axis."""
        try:
            return self.by(window, (axis,)) is not None
        except NoAxis:
            return False

    def at(self, window: Window, by: tuple[str, ...]) -> list[Cell] | None:
        """The cells by exactly these axes, None where it is not counted so."""
        told = set(by)
        if told & set(self.not_by) or (self.parted and not told & set(self.parted)):
            return None
        of = window.sums(*by)
        try:
            return cells_of(of, self.formula(of))
        except NoAxis:
            return None

    def tidy(self, cells: Iterable[Cell]) -> Iterator[tuple[Any, ...]]:
        """Rows of a table: measure, words of the axes, tier, group, value, unit, n."""
        for cell in cells:
            name = f"{self.name}_{cell.statistic}" if self.statistics else self.name
            yield name, *cell.words, cell.tier, cell.group, cell.value, self.unit, cell.n


def tidy_table(rows: list[tuple[Any, ...]], axes: Iterable[str] = ()) -> pd.DataFrame:
    """The tidy table of rows, the columns of axes after the measure."""
    columns = ["measure", *(axis for axis in axes if axis != "tier"), *COLUMNS[1:]]
    return pd.DataFrame(rows, columns=columns).astype(TYPES)
