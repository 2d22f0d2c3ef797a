"""Where do the quantiles of a histogram lie?

A value stands within its bin as its rank does among the bin's values: the error is at most the
bin's width, 1/64 of the value; bins of one whole number are exact. Coarse bins are never narrower
than a 256th of a minute.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import TICKS_PER_MINUTE
from sim.tally.bins import coarse_edges, edges

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}


def minutes(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest duration of bins of waits [min]."""
    least, most = edges(bins)
    return least / TICKS_PER_MINUTE, most / TICKS_PER_MINUTE


def coarse_minutes(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest duration of coarse bins of waits [min]."""
    least, most = coarse_edges(bins)
    return least / TICKS_PER_MINUTE, most / TICKS_PER_MINUTE


def whole(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest value where each bin holds its own number."""
    return bins.astype(float), bins.astype(float)


def quantiles(counts: np.ndarray, shares: np.ndarray, bounds=minutes) -> np.ndarray:
    """Values below which the shares lie, linear between order statistics.

    counts: by bin, at least one; bounds: the least and greatest value of bins.
    """
    rank = (counts.sum() - 1) * shares
    low, high = ordered(counts, np.floor(rank), bounds), ordered(counts, np.ceil(rank), bounds)
    return low + (high - low) * (rank - np.floor(rank))


def ordered(counts: np.ndarray, ranks: np.ndarray, bounds=minutes) -> np.ndarray:
    """The values of some ranks, 0 the smallest."""
    upto = np.cumsum(counts)
    bins = np.searchsorted(upto, ranks, side="right")
    within = (ranks - (upto[bins] - counts[bins]) + 0.5) / counts[bins]
    least, most = bounds(bins)
    return least + (most - least) * within
