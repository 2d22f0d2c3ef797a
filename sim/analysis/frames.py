"""What names a cell, an option and a key in a tidy frame of runs?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment import ARMS, CELL

POINT, ARM, REPLICATION, VALUE = "point", "arm", "replication", "value"
BASELINE, SCENARIO = ARMS
CONFIDENCE = 0.95
KNOWN = {POINT, ARM, REPLICATION, "seed", "stage", "cost", *CELL, "county", "name", VALUE, "n"}
EXTRA = "analysis"


def cell(frame: pd.DataFrame) -> list[str]:
    """The columns that name a cell, as far as the frame has them."""
    return [name for name in ("measure", "county", "name", "tier", "group", "unit")
            if name in frame]  # fmt: skip


def keys(frame: pd.DataFrame) -> list[str]:
    """The columns of the keys that vary."""
    return [str(name) for name in frame.columns if name not in KNOWN]


def option(frame: pd.DataFrame) -> str:
    """The column that tells alternatives apart: the point, else the arm."""
    return POINT if POINT in frame else ARM


def of_scenario(runs: pd.DataFrame) -> pd.DataFrame:
    """The rows of the scenario's arm where points tell alternatives apart; else all rows.

    Raises ValueError for a frame without values or replications.
    """
    if missing := [name for name in (REPLICATION, VALUE) if name not in runs]:
        raise ValueError(f"no frame of runs: {' and '.join(missing)} missing")
    if POINT in runs and ARM in runs:
        return runs[runs[ARM] == SCENARIO]
    return runs


def each_cell(runs: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Every cell with its rows, in the order of the frame."""
    names = cell(runs)
    if not names:
        yield {}, runs
        return
    for labels, rows in runs.groupby(names, sort=False, dropna=False):
        yield dict(zip(names, labels, strict=True)), rows


def wide(rows: pd.DataFrame) -> pd.DataFrame:
    """Values of one cell, replications down and alternatives across; only complete replications.

    Raises ValueError where one alternative has two values of one replication.
    """
    table = rows.pivot(index=REPLICATION, columns=option(rows), values=VALUE)
    return table.astype(float).dropna()


def points(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a point with the values of its keys, in order of its number."""
    named = runs[[POINT, *keys(runs)]].drop_duplicates(POINT)
    return named.sort_values(POINT, ignore_index=True)


def with_keys(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """A table by point with the values of the keys beside the number."""
    if POINT not in table or not keys(runs):
        return table
    joined = table.merge(points(runs), on=POINT, how="left", sort=False)
    place = list(table.columns).index(POINT) + 1
    order = [*table.columns[:place], *keys(runs), *table.columns[place:]]
    return joined[order]


def labelled(labels: dict[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """A table with the cell that it is about in front."""
    return table.assign(**labels)[[*labels, *table.columns]]


def stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables below each other; an empty frame where there are none."""
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def spread(values: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Of every pair of alternatives the mean difference and its standard error, row minus column.

    Differences are taken within replications, so whatever luck they share drops out.
    """
    held = values.to_numpy()
    mean, covariance = held.mean(0), np.atleast_2d(np.cov(held, rowvar=False))
    own = np.diag(covariance)
    variance = np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0.0)
    return mean[:, None] - mean[None, :], np.sqrt(variance / len(held))


def library(module: str, package: str, extra: str = EXTRA) -> Any:
    """A module of a library that an extra brings.

    Raises ImportError saying what to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        message = f'{package} is needed: pip install -e ".[{extra}]"'
        raise ImportError(message) from error
