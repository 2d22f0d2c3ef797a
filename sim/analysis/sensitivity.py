"""Which assumptions move the answer? Sobol' indices and Morris screening on a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.frames import (
    CONFIDENCE,
    POINT,
    REPLICATION,
    VALUE,
    each_cell,
    labelled,
    library,
    of_scenario,
    stacked,
)

Ranges = Mapping[str, tuple[float, float]]
LEVELS = 4
COLUMNS = ["key", "index", "value", "low", "high", "luck"]
TWO_SIDED = float(stats.norm.ppf((1 + CONFIDENCE) / 2))


def sobol_points(ranges: Ranges, base: int = 256, seed: int = 1) -> pd.DataFrame:
    """Points of which `sobol` can tell first-order and total indices: base x (keys + 2).

    base: a power of two. Columns: point and the keys; each row is an item of `vary: list`.
    """
    if base < 2 or base & (base - 1):
        raise ValueError(f"base is a power of two, not {base}")
    sample = library("SALib.sample.sobol", "SALib").sample
    drawn = sample(_problem(ranges), base, calc_second_order=False, seed=seed)
    return _numbered(ranges, drawn)


def morris_points(ranges: Ranges, paths: int = 20, seed: int = 1) -> pd.DataFrame:
    """Points that screen many keys with few runs: paths x (keys + 1), each step moves one key."""
    sample = library("SALib.sample.morris", "SALib").sample
    return _numbered(ranges, sample(_problem(ranges), paths, num_levels=LEVELS, seed=seed))


def sobol(runs: pd.DataFrame, ranges: Ranges, seed: int = 1) -> pd.DataFrame:
    """First-order and total Sobol' indices of each key, with 95 % bootstrap intervals.

    runs: of the points of `sobol_points`, in their order. Columns: cell, key, index (first, total),
    value, low, high, luck: the share of the variance between points that is luck of the runs. A
    total index of 0 means that the key does not matter; total above first, that keys work
    together. Raises ValueError where the points are not of that design.
    """
    analyse = library("SALib.analyze.sobol", "SALib").analyze

    def indices(inputs: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        _check_saltelli(inputs)
        found = analyse(_problem(ranges), values, calc_second_order=False, seed=seed)
        return _tidy(ranges, {"first": (found["S1"], found["S1_conf"]),
                              "total": (found["ST"], found["ST_conf"])})  # fmt: skip

    return _by_cell(runs, ranges, indices)


def morris(runs: pd.DataFrame, ranges: Ranges, seed: int = 1) -> pd.DataFrame:
    """Elementary effects of each key over its range (Morris 1991), mu_star with its interval.

    runs: of the points of `morris_points`, in their order. index: mu (mean effect of going through
    the range), mu_star (mean size), sigma (how much it differs with the other keys). Raises
    ValueError where the points are not of that design.
    """
    analyse = library("SALib.analyze.morris", "SALib").analyze

    def effects(inputs: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        _check_paths(inputs)
        found = analyse(_problem(ranges), inputs, values, num_levels=LEVELS, seed=seed)
        none = np.full(len(ranges), np.nan)
        return _tidy(ranges, {"mu": (found["mu"], none), "sigma": (found["sigma"], none),
                              "mu_star": (found["mu_star"], found["mu_star_conf"])})  # fmt: skip

    return _by_cell(runs, ranges, effects)


def first_order(runs: pd.DataFrame, ranges: Ranges, seed: int = 1) -> pd.DataFrame:
    """First-order indices from any even spread of points: a Latin hypercube, a Sobol' sequence.

    By RBD-FAST (Tarantola et al. 2006) with its bias taken off; total indices need `sobol_points`.
    """
    analyse = library("SALib.analyze.rbd_fast", "SALib").analyze

    def indices(inputs: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        found = analyse(_problem(ranges), inputs, values, seed=seed)
        return _tidy(ranges, {"first": (np.asarray(found["S1"]), np.asarray(found["S1_conf"]))})

    return _by_cell(runs, ranges, indices)


# --- frames to arrays and back ---------------------------------------------------------------


def _problem(ranges: Ranges) -> dict[str, Any]:
    names = list(ranges)
    return {"num_vars": len(names), "names": names, "bounds": [list(ranges[k]) for k in names]}


def _numbered(ranges: Ranges, drawn: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(drawn, columns=list(ranges))
    table.insert(0, POINT, np.arange(len(table)))
    return table


def _by_cell(
    runs: pd.DataFrame, ranges: Ranges, answer: Callable[[np.ndarray, np.ndarray], pd.DataFrame]
) -> pd.DataFrame:
    if missing := [key for key in ranges if key not in runs]:
        raise ValueError(f"no column {missing[0]} in the runs; keys given: {', '.join(ranges)}")
    tables = []
    for cell, rows in each_cell(of_scenario(runs)):
        by = rows.groupby(POINT, sort=True)
        mean, inputs = by[VALUE].mean(), by[list(ranges)].first().to_numpy(float)
        if mean.isna().any():
            raise ValueError(f"point {mean.index[mean.isna()][0]} has no value: {cell}")
        table = answer(inputs, mean.to_numpy(float)).assign(luck=_luck(rows, mean))
        tables.append(labelled(cell, table[COLUMNS]))
    return stacked(tables)


def _luck(rows: pd.DataFrame, mean: pd.Series) -> float:
    """Share of the variance of the points' means that is luck; what all points share is none."""
    table = rows.pivot(index=REPLICATION, columns=POINT, values=VALUE).dropna()
    count, points = table.shape
    if count < 2 or mean.var() == 0:
        return float("nan")
    held = table.to_numpy(float)
    left = held - held.mean(0) - held.mean(1)[:, None] + held.mean()
    variance = (left**2).sum() / ((count - 1) * (points - 1))
    return float(min(1.0, variance / count / mean.var()))


def _tidy(ranges: Ranges, found: Mapping[str, tuple[Any, Any]]) -> pd.DataFrame:
    rows = [
        (key, index, float(values[i]), float(values[i] - half[i]), float(values[i] + half[i]))
        for i, key in enumerate(ranges)
        for index, (values, half) in found.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS[:-1])


def _check_saltelli(inputs: np.ndarray) -> None:
    """Blocks of a row of A, A with one key of B after the other, and the row of B."""
    size = inputs.shape[1] + 2
    if len(inputs) % size == 0:
        blocks = inputs.reshape(-1, size, inputs.shape[1])
        expected = np.where(np.eye(inputs.shape[1], dtype=bool)[None],
                            blocks[:, -1:, :], blocks[:, :1, :])  # fmt: skip
        if np.allclose(blocks[:, 1:-1], expected):
            return
    raise ValueError("these are not the points of sobol_points: use them, or ask first_order")


def _check_paths(inputs: np.ndarray) -> None:
    """Paths on which each step moves one key."""
    size = inputs.shape[1] + 1
    if len(inputs) % size == 0:
        steps = np.diff(inputs.reshape(-1, size, inputs.shape[1]), axis=1)
        if ((np.abs(steps) > 0).sum(axis=2) == 1).all():
            return
    raise ValueError("these are not the points of morris_points")
