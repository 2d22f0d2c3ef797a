"""How long something lasts, by the family of its distribution."""

from __future__ import annotations

from sim import chance
from sim.arithmetic import compiled, inlined
from sim.world import CONSTANT, EXPONENTIAL


@compiled
def duration(family, mean, cv, u):
    """A duration from a draw u in (0, 1), in the unit of the mean.

    family: index in `SERVICE_FAMILIES`; cv: standard deviation / mean, of the lognormal only.
    """
    if family == EXPONENTIAL:
        return chance.exponential(u, mean)
    if family == CONSTANT:
        return mean
    return chance.lognormal(u, mean, cv)


@inlined
def durations(family, mean, cv, draws, number):
    """So many draws become durations of one family: `duration`, of which a processor takes eight.

    Changes `draws`.
    """
    if family == EXPONENTIAL:
        for k in range(number):
            draws[k] = chance.exponential(draws[k], mean)
    elif family == CONSTANT:
        for k in range(number):
            draws[k] = mean
    else:
        chance.lognormals(draws, mean, chance.spread(cv), number)
