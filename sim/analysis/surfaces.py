"""What would the answer be between the points that were played?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.frames import (
    CONFIDENCE,
    POINT,
    VALUE,
    each_cell,
    labelled,
    library,
    of_scenario,
    stacked,
)

LENGTHS = (0.05, 10.0)  # of what counts as near, in ranges of a key
FEWEST = 3


class Surface(NamedTuple):
    """A Gaussian process over keys scaled to their ranges, values to mean 0 and deviation 1."""

    low: np.ndarray
    size: np.ndarray
    mean: float
    deviation: float
    process: Any

    def at(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error of the answer at some inputs."""
        value, error = self.process.predict((inputs - self.low) / self.size, return_std=True)
        return value * self.deviation + self.mean, error * self.deviation


def fitted(inputs: np.ndarray, values: np.ndarray, errors: np.ndarray) -> Surface:
    """The surface through values with known standard errors: Matérn 5/2, a length a key."""
    processes = library("sklearn.gaussian_process", "scikit-learn")
    kernels = library("sklearn.gaussian_process.kernels", "scikit-learn")
    low, size = inputs.min(0), np.ptp(inputs, axis=0)
    size = np.where(size > 0, size, 1.0)
    mean, deviation = float(values.mean()), float(values.std()) or 1.0
    near = kernels.Matern(np.ones(inputs.shape[1]), LENGTHS, nu=2.5)
    kernel = kernels.ConstantKernel(1.0, (1e-2, 1e3)) * near
    process = processes.GaussianProcessRegressor(kernel, alpha=(errors / deviation) ** 2 + 1e-8)
    with warnings.catch_warnings():  # a length at its bound is an answer: the key does not matter
        warnings.simplefilter("ignore")
        process.fit((inputs - low) / size, (values - mean) / deviation)
    return Surface(low, size, mean, deviation, process)


def surface(runs: pd.DataFrame, keys: Sequence[str], at: pd.DataFrame) -> pd.DataFrame:
    """Response surface over several keys: the answer at the rows of `at`, with 95 % intervals.

    A Gaussian process (scikit-learn) through the points' means with their standard errors over
    replications. Columns: cell, keys, value, low, high of the expected answer. Luck that all points
    share shifts the surface as a whole and is not in the interval: give it `gains`, where it drops
    out, or ask for differences between points of the surface.
    """
    names, rows = list(keys), of_scenario(runs)
    if missing := [name for name in names if name not in rows or name not in at]:
        raise ValueError(f"no column {missing[0]} in the runs and in the points asked for")
    return stacked([labelled(cell, _answers(part, names, at)) for cell, part in each_cell(rows)])


def _answers(rows: pd.DataFrame, names: list[str], at: pd.DataFrame) -> pd.DataFrame:
    by = rows.dropna(subset=[VALUE]).groupby(POINT)
    mean = by[VALUE].mean()
    error: pd.Series = by[VALUE].std(ddof=1) / np.sqrt(by[VALUE].size())
    if len(mean) < FEWEST:
        raise ValueError(f"{FEWEST} points are needed, not {len(mean)}")
    made = fitted(by[names].first().to_numpy(float), mean.to_numpy(), error.fillna(0.0).to_numpy())
    value, own = made.at(at[names].to_numpy(float))
    half = stats.norm.ppf((1 + CONFIDENCE) / 2) * own
    return at[names].assign(value=value, low=value - half, high=value + half)
