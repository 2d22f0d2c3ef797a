"""How sums become cells of a table: axes, tier, group, value, n.

n is the number of visits, stays, consultations, residents or episodes that a value rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.arithmetic import TICKS_PER_MINUTE
from sim.measures.histogram import QUANTILES, quantiles
from sim.measures.sums import Ratio, Sums, Waits

ALL = "all"
SPREAD = ("mean", *QUANTILES)
COLUMNS = ["statistic", "tier", "group", "value", "n"]

Cells = pd.DataFrame
Found = Ratio | Waits | Mapping[str, Ratio]
Row = tuple[tuple[int, ...], str, float, int]  # codes of the axes, statistic, value, n


def rows(cells: Iterable[tuple[str, str, float, int]]) -> Cells:
    """Cells from (tier, group, value, n)."""
    found = [("value", *cell) for cell in cells]
    return pd.DataFrame(found, columns=COLUMNS)


def ratio(above: int, below: int, unit: float = 1.0) -> list[tuple[float, int]]:
    """The value and n of a cell, if anything was counted."""
    return [(float(above) / unit / float(below), int(below))] if below else []


def cells_of(of: Sums, found: Found, axes: tuple[str, ...], grouped: str = "") -> Cells:
    """A table of what a formula found: a column an axis, statistic, tier, group, value, n.

    of.by: the axes, then perhaps tier, then perhaps the axis whose words become groups.
    """
    parts = found if isinstance(found, Mapping) else {ALL: found}
    table = [(*row, group) for group, part in parts.items() for row in _rows(of, part)]
    codes = [row[0] for row in table]
    columns: dict[str, Any] = {
        word: [of.window.words[word][code[k]] for code in codes] for k, word in enumerate(of.by)
    }
    columns |= {"statistic": [row[1] for row in table], "value": [row[2] for row in table]}
    columns |= {"n": [row[3] for row in table]}
    groups = columns[grouped] if grouped else [row[4] for row in table]
    whole = pd.DataFrame({"tier": ALL, "group": groups} | columns, index=range(len(table)))
    return whole[[*(axis for axis in axes if axis != "tier"), *COLUMNS]]


def _rows(of: Sums, part: Ratio | Waits) -> Iterator[Row]:
    there = _present(of)
    found = _of_waits(part, there) if isinstance(part, Waits) else _of_ratio(part, there)
    yield from found


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


def paired(window: Any, moved: np.ndarray, base: np.ndarray) -> Cells:
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
