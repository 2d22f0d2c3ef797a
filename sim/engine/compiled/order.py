"""Who comes first: a day's arrivals at a facility by tick, then visit key.

Each is put among those of about his time, as many times as there are arrivals; then few are out of
place, and who is moves up. The day is cut into as many parts as there are minutes at most.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import MINUTES_PER_DAY, TICKS_PER_MINUTE, compiled, inlined
from sim.engine.compiled.layout import JOINS
from sim.engine.compiled.lists import key_of


@compiled
def put_in_order(day, state, me, first):
    """Order `joins` from the first-th on."""
    n = me.lengths[JOINS] - first
    parts = min(n, MINUTES_PER_DAY)
    me.starts[: parts + 1] = 0
    for k in range(n):
        me.later[k] = state.patients[me.joins[first + k]].due
        me.whose[k] = me.joins[first + k]
        me.starts[part_of(day, me.later[k], parts) + 1] += 1
    for part in range(parts):
        me.starts[part + 1] += me.starts[part]
    for k in range(n):
        part = part_of(day, me.later[k], parts)
        at = me.starts[part]
        me.starts[part] = at + 1
        me.when[at], me.joins[first + at] = me.later[k], me.whose[k]
    for k in range(1, n):
        move_up(state, me, first, np.int64(k))


@inlined
def part_of(day, tick, parts):
    """Which of so many parts of the day a tick lies in."""
    return (tick - day.start) // TICKS_PER_MINUTE * parts // MINUTES_PER_DAY


@inlined
def move_up(state, me, first, k):
    """The k-th moves before all that come later."""
    tick, who, at = me.when[k], me.joins[first + k], k
    while at > 0 and comes_before(state, me, first, tick, who, at - 1):
        me.when[at], me.joins[first + at] = me.when[at - 1], me.joins[first + at - 1]
        at -= 1
    me.when[at], me.joins[first + at] = tick, who


@inlined
def comes_before(state, me, first, tick, who, k):
    """Whether somebody comes before the k-th."""
    if tick != me.when[k]:
        return tick < me.when[k]
    return key_of(state, who) < key_of(state, me.joins[first + k])
