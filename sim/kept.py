"""Which rows of a stored table of measures were asked for?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches

import pandas as pd

STATISTICS = ("mean", "p50", "p90", "p95")


def some(table: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    """Rows of some measures, by the name of the measure or of a row; all if none is named.

    Raises KeyError with the nearest name for one that the table lacks.
    """
    there, rows = set(table["measure"]), set()
    for name in wanted:
        found = there & {name, *(f"{name}_{statistic}" for statistic in STATISTICS)}
        if not found:
            raise KeyError(unknown(name, there))
        rows |= found
    return table[table["measure"].isin(rows or there)].reset_index(drop=True)


def by_axis(
    tables: Mapping[str, Callable[[], pd.DataFrame]], axis: str, wanted: Sequence[str]
) -> pd.DataFrame:
    """Rows of some measures from the table by an axis, which is made when it is asked for.

    Raises KeyError with the nearest name for an axis or a measure that is not kept.
    """
    if axis not in tables:
        raise KeyError(unknown(axis, tables))
    return some(tables[axis](), wanted)


def unknown(name: str, known: Iterable[str]) -> str:
    """That a name is not kept, and the nearest one."""
    near = get_close_matches(name, sorted(known), n=1)
    return f"{name!r} is not kept" + (f"; nearest: {near[0]!r}" if near else "")
