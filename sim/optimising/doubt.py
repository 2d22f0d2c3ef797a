"""Which doses are worth it, and about which is there doubt? There the replications go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

FEWEST = 2


class Doubts(NamedTuple):
    """Of each candidate: on the front by its means? how doubtful, because of which other?"""

    front: np.ndarray
    doubt: np.ndarray
    rival: np.ndarray


def pareto(means: np.ndarray) -> np.ndarray:
    """Which rows no other dominates: not better anywhere, or as good everywhere; less is better.

    Rows with a missing value are not on the front.
    """
    known = ~np.isnan(means).any(axis=1)
    held = np.where(known[:, None], means, np.inf)
    no_worse = (held[:, None, :] <= held[None, :, :]).all(-1)
    better = (held[:, None, :] < held[None, :, :]).any(-1)
    return np.asarray(known & ~(no_worse & better).any(axis=0))


def doubts(values: np.ndarray) -> Doubts:
    """values: candidate, replication, objective; missing where not played; less is better.

    The probability that another dominates a candidate is the product over objectives of the t
    probabilities of its paired difference. A candidate on the front is in doubt as its likeliest
    dominator, one off it as far as even that one may not dominate it.
    """
    means = mean_of(values)
    front = pareto(means)
    count = len(values)
    beaten = np.zeros((count, count))
    for i in range(count):
        for j in range(count):
            if i != j and front[[i, j]].any():
                beaten[i, j] = dominated(values[i], values[j])
    rival, most = beaten.argmax(1), beaten.max(1, initial=0.0)
    doubt = np.where(front, most, 1 - most)
    return Doubts(front, np.where(np.isnan(means).any(axis=1), 0.0, doubt), rival)


def dominated(one: np.ndarray, other: np.ndarray) -> float:
    """Probability that the other is better than the one in every objective."""
    apart = other - one
    apart = apart[~np.isnan(apart).any(axis=1)]
    if len(apart) < FEWEST:
        return 0.5
    error = apart.std(axis=0, ddof=1) / np.sqrt(len(apart))
    mean = apart.mean(0)
    if not error.any():
        return float((mean <= 0).all() and (mean < 0).any())
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = special.stdtr(len(apart) - 1, -mean / error)
    return float(np.where(error > 0, chance, (mean <= 0) * 1.0).prod())


def mean_of(values: np.ndarray) -> np.ndarray:
    """Mean of each candidate over all replications that anybody played; missing if it has none.

    Least squares of a candidate's own level and a level of each replication, which all share: who
    played the lucky replications only is not taken for better.
    """
    played = ~np.isnan(values).any(axis=2)
    one, at = np.nonzero(played)
    count, replications = played.shape
    design = np.zeros((len(one), count + replications))
    design[np.arange(len(one)), one] = design[np.arange(len(one)), count + at] = 1.0
    levels = np.linalg.lstsq(design, values[played], rcond=None)[0]
    shared = levels[count:][played.any(axis=0)].mean(axis=0)
    return np.where(played.any(axis=1)[:, None], levels[:count] + shared, np.nan)


def errors_of(values: np.ndarray) -> np.ndarray:
    """Standard errors of the paired differences from the first candidate, 0 for itself."""
    apart = np.ma.masked_invalid(values - values[:1])
    number = np.maximum(apart.count(axis=1), FEWEST)
    return np.asarray((apart.std(axis=1, ddof=1) / np.sqrt(number)).filled(0.0))


def batch(values: np.ndarray, given: np.ndarray, number: int, most: int) -> list[int]:
    """Candidates that play their next replication: the most doubtful and their rivals.

    given: replications of each, played or failed; of a pair, the one with fewer plays first, and
    both, if it is even, so that they stay paired. most: replications of one candidate at most.
    """
    found, planned, state = list[int](), given.copy(), doubts(values)
    for i in np.argsort(-state.doubt, kind="stable"):
        pair = [int(i), int(state.rival[i])]
        fewest = min(planned[pair])
        for one in pair:
            if planned[one] == fewest < most and len(found) < number and state.doubt[i] > 0:
                found.append(one)
                planned[one] += 1
    return found
