"""How sums become cells of a table: axes, tier, group, value, n.

n is the number of visits, stays, consultations, person-years or episodes that a value rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from sim.arithmetic import TICKS_PER_MINUTE
from sim.measures.histogram import QUANTILES, quantiles
from sim.measures.sums import Ratio, Sums, Waits

ALL = "all"
SPREAD = ("mean", *QUANTILES)

Found = Ratio | Waits | Mapping[str, Ratio]
Row = tuple[tuple[int, ...], str, float, int]  # codes of the axes, statistic, value, n


class Cell(NamedTuple):
    """One value: words of the axes (without tier), statistic, tier, group, value, n."""

    words: tuple[Any, ...]
    statistic: str
    tier: str
    group: str
    value: float
    n: int


def rows(cells: Iterable[tuple[str, str, float, int]]) -> list[Cell]:
    """Cells from (tier, group, value, n)."""
    return [Cell((), "value", *cell) for cell in cells]


def ratio(above: int, below: int, unit: float = 1.0) -> list[tuple[float, int]]:
    """The value and n of a cell, if anything was counted."""
    return [(float(above) / unit / float(below), int(below))] if below else []


def cells_of(of: Sums, found: Found, grouped: str = "") -> list[Cell]:
    """What a formula found, in words; grouped: the axis whose words become groups."""
    parts = found if isinstance(found, Mapping) else {ALL: found}
    words = [of.window.words[axis] for axis in of.by]
    cells = []
    for name, part in parts.items():
        for code, statistic, value, n in _rows(of, part):
            said = {axis: words[k][code[k]] for k, axis in enumerate(of.by)}
            tier, group = said.pop("tier", ALL), said.pop(grouped, name)
            cells.append(Cell(tuple(said.values()), statistic, tier, group, value, n))
    return cells


def _rows(of: Sums, part: Ratio | Waits) -> Iterator[Row]:
    there = _present(of)
    return _of_waits(part, there) if isinstance(part, Waits) else _of_ratio(part, there)


def _present(of: Sums) -> np.ndarray:
    """Which cells may have a row: of tiers, those that have a facility."""
    there = np.ones([len(of.window.words[word]) for word in of.by], dtype=bool)
    if "tier" in of.by:
        tiers = np.isin(np.arange(len(of.window.words["tier"])), of.window.world.facilities.tier)
        k = of.by.index("tier")
        there &= tiers.reshape([-1 if at == k else 1 for at in range(there.ndim)])
    return there


def _of_ratio(part: Ratio, there: np.ndarray) -> Iterator[Row]:
    n = part.below if part.n is None else part.n
    above, below, number = (np.broadcast_to(a, there.shape) for a in (part.above, part.below, n))
    for code in np.argwhere(there & (below > 0)).tolist():
        at = tuple(code)
        yield at, "value", float(above[at]) / part.unit / float(below[at]), int(number[at])


def _of_waits(part: Waits, there: np.ndarray) -> Iterator[Row]:
    shares = np.array(list(QUANTILES.values()))
    for code in np.argwhere(there & (part.number > 0)).tolist():
        at = tuple(code)
        n = int(part.number[at])
        yield at, "mean", _mean(part, at) / part.unit, n
        if part.histogram is not None:
            values = quantiles(part.histogram[at], shares, part.bounds) / part.unit
            yield from ((at, name, value, n) for name, value in zip(QUANTILES, values, strict=True))


def _mean(part: Waits, at: tuple[int, ...]) -> float:
    """Mean of the sums, in the unit of the bins."""
    return float(part.sums[at]) / part.ticks / float(part.number[at])


def paired(window: Any, moved: np.ndarray, base: np.ndarray) -> list[Cell]:
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


def spread(
    of: Sums, family: str, sums: np.ndarray, number: np.ndarray, unit: float = 1.0
) -> Waits:
    """Waits with sums [ticks], and the quantiles of a family's histogram where it is kept so."""
    histogram, bounds = of.histogram(family)
    return Waits(sums, number, histogram, bounds, unit, TICKS_PER_MINUTE)
