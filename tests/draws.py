"""What tests of many keyed draws share."""

from __future__ import annotations

import numpy as np
import worlds

SIGMAS = 4.5  # a test of some dozens of shares fails by chance once in thousands of runs
DRAWS = 20_000


def close(count: float, trials: float, share: float) -> bool:
    """Whether a count agrees with a probability within its binomial error."""
    error = np.sqrt(trials * share * (1.0 - share)) + 1e-9
    return bool(abs(count - trials * share) <= SIGMAS * error)


def condition(name: str) -> int:
    """Index of a condition group."""
    return worlds.county().names.conditions.index(name)


def kind(name: str) -> int:
    """Index of a kind of facility."""
    return worlds.county().names.kinds.index(name)
