"""Which doses does a budget allow, and which should be tried next?

A Gaussian process stands for what is not yet played; the next doses are those from which most is
expected (ParEGO: Knowles 2006; with one objective the usual expected improvement).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats import qmc

from sim.analysis.surfaces import Surface, fitted
from sim.optimising.asked import Search

POOL = 1024  # doses among which the next are chosen, a power of two
TOGETHER = 4  # doses tried at a time
SUM_WEIGHT = 0.05  # of the sum of objectives beside the worst one (Knowles 2006)
APART = 0.1  # of the ranges; doses nearer to each other tell less
SAME = 1e-9


def pool(search: Search, seed: int) -> np.ndarray:
    """Doses within the budget, even over the ranges, half of them spending all that can be spent.

    One row each, columns as `search.doses`.
    """
    low, high = ends(search)
    inside = low + qmc.Sobol(len(low), rng=seed).random(POOL) * (high - low)
    unit = qmc.Sobol(len(low), rng=seed + 1).random(POOL)
    rays = low + (unit / unit.max(axis=1, keepdims=True)) * (high - low)
    every = np.vstack([_afforded(search, inside), _afforded(search, rays)])
    return np.asarray(pd.DataFrame(_rounded(search, every)).drop_duplicates())


def ends(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest dose of each key."""
    doses = list(search.doses.values())
    return np.array([dose.low for dose in doses]), np.array([dose.high for dose in doses])


def first(search: Search, number: int, seed: int) -> np.ndarray:
    """The lowest doses, each dose alone as high as can be, then doses spread over the pool."""
    low, high = ends(search)
    alone = _rounded(search, _afforded(search, low + np.diag(high - low)))
    chosen = [low, *alone]
    among = pool(search, seed)
    while len(chosen) < number:
        apart = _distance(search, among, np.array(chosen))
        if apart.max() <= SAME:
            break
        chosen.append(among[int(apart.argmax())])
    return np.array(pd.DataFrame(chosen[:number]).drop_duplicates())


def following(
    search: Search,
    doses: np.ndarray,
    means: np.ndarray,
    errors: np.ndarray,
    number: int,
    round_: int,
) -> np.ndarray:
    """The next doses to try, none tried before; fewer where the budget has no others.

    doses: tried, one row each; means, errors: of the objectives there, less being better.
    """
    among = pool(search, round_)
    among = among[_distance(search, among, doses) > SAME]
    chosen: list[np.ndarray] = []
    for weights in _weights(means.shape[1], number, round_):
        near = _distance(search, among, np.array([*doses, *chosen]))
        if not len(among) or near.max() <= SAME:
            break
        value, error = _scalar(means, errors, weights)
        hope = improvement(fitted(doses, value, error), doses, among)
        chosen.append(among[int(np.argmax(hope * np.minimum(near / APART, 1) + near * SAME))])
    return np.array(chosen)


def improvement(surface: Surface, played: np.ndarray, among: np.ndarray) -> np.ndarray:
    """How far below the best value of the surface each row is expected to come."""
    best = surface.at(played)[0].min()
    value, error = surface.at(among)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (best - value) / error
        expected = (best - value) * stats.norm.cdf(z) + error * stats.norm.pdf(z)
    return np.where(error > 0, expected, np.maximum(best - value, 0))


def _afforded(search: Search, doses: np.ndarray) -> np.ndarray:
    """Doses drawn back towards the lowest until the budget pays them."""
    low, _ = ends(search)
    price = np.array([dose.cost for dose in search.doses.values()])
    left, wanted = search.budget - low @ price, (doses - low) @ price
    share = np.where(wanted > left, left / np.where(wanted > 0, wanted, 1), 1.0)
    return np.asarray(low + share[:, None] * (doses - low))


def _rounded(search: Search, doses: np.ndarray) -> np.ndarray:
    """Whole doses rounded down, so that the budget still pays them."""
    whole = np.array([dose.whole for dose in search.doses.values()])
    return np.where(whole, np.floor(doses + SAME), doses)


def _distance(search: Search, doses: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of each row to the nearest of others, in ranges of the keys."""
    low, high = ends(search)
    gaps = (doses[:, None, :] - others[None, :, :]) / (high - low)
    return np.asarray(np.sqrt((gaps**2).sum(-1)).min(1, initial=np.inf))


def _weights(objectives: int, number: int, round_: int) -> np.ndarray:
    """Weights of the objectives that add up to one, other ones each round."""
    if objectives == 1:
        return np.ones((number, 1))
    drawn = qmc.Halton(objectives, rng=round_).random(number)
    exponential = -np.log(np.maximum(drawn, SAME))
    return np.asarray(exponential / exponential.sum(1, keepdims=True))


def _scalar(
    means: np.ndarray, errors: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The worst weighted objective of each row, and its error; objectives scaled to their range."""
    size = np.ptp(means, axis=0)
    size = np.where(size > 0, size, 1.0)
    scaled = weights * (means - means.min(0)) / size
    worst = scaled.argmax(axis=1)[:, None]
    value = scaled.max(1) + SUM_WEIGHT * scaled.sum(1)
    own = weights * errors / size
    return value, (1 + SUM_WEIGHT) * np.take_along_axis(own, worst, 1)[:, 0]
