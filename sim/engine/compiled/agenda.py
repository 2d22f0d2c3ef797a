"""The agenda of a facility's day: what comes soon in a heap, what comes later by the minute.

Most events of a large facility are known hours before. They lie in lists, one for each minute of
the day, and only those of the minute that is being played are put in order, in a small heap. Where
few come, everything is soon.
"""

from __future__ import annotations

from sim.arithmetic import MINUTES_PER_DAY, TICKS_PER_MINUTE, compiled, inlined
from sim.engine.compiled.layout import AGENDA, IDLE, LATER, MINUTE, NONE
from sim.engine.compiled.lists import key_of

FEW = 32  # patients whose events a heap alone keeps as fast


@inlined
def clear_agenda(me, patients):
    """An empty agenda, for the events of so many."""
    me.lengths[AGENDA] = me.lengths[LATER] = 0
    me.lengths[MINUTE] = MINUTES_PER_DAY if patients < FEW else 0


@inlined
def minute_of(day, tick):
    """The minute of today that a tick lies in."""
    return (tick - day.start) // TICKS_PER_MINUTE


@inlined
def earlier(state, me, tick, who, k):
    """Whether an event comes before the k-th of the heap: by tick, then visit key."""
    if tick != me.when[k]:
        return tick < me.when[k]
    other = me.who[k]
    return key_of(state, who if who >= 0 else ~who) < key_of(state, other if other >= 0 else ~other)


@compiled
def note(day, state, me, tick, who):
    """Enter an event, if it is of today; who: patient, or ~patient for the end of patience."""
    minute = minute_of(day, tick)
    if minute < me.lengths[MINUTE]:
        note_soon(state, me, tick, who)
    elif minute < MINUTES_PER_DAY:
        slot = me.lengths[IDLE]
        me.lengths[IDLE] = me.after[slot]
        me.later[slot], me.whose[slot] = tick, who
        me.after[slot] = me.minutes[minute]
        me.minutes[minute] = slot
        me.lengths[LATER] += 1


@inlined
def soon(state, me):
    """Whether there is an event; if so, the first of all heads the heap."""
    while me.lengths[AGENDA] == 0 and me.lengths[LATER] > 0:
        bring_minute(state, me)
    return me.lengths[AGENDA] > 0


@compiled
def bring_minute(state, me):
    """The next minute with events is soon."""
    minute = me.lengths[MINUTE]
    while me.minutes[minute] == NONE:
        minute += 1
    slot = me.minutes[minute]
    me.minutes[minute] = NONE
    me.lengths[MINUTE] = minute + 1
    while slot != NONE:
        after = me.after[slot]
        note_soon(state, me, me.later[slot], me.whose[slot])
        me.after[slot] = me.lengths[IDLE]
        me.lengths[IDLE] = slot
        me.lengths[LATER] -= 1
        slot = after


@inlined
def note_soon(state, me, tick, who):
    """Enter an event into the heap."""
    k = me.lengths[AGENDA]
    me.lengths[AGENDA] = k + 1
    while k > 0:
        above = (k - 1) >> 1
        if not earlier(state, me, tick, who, above):
            break
        me.when[k], me.who[k] = me.when[above], me.who[above]
        k = above
    me.when[k], me.who[k] = tick, who


@compiled
def take(state, me):
    """Take the first event out of the heap."""
    first = me.who[0]
    n = me.lengths[AGENDA] - 1
    me.lengths[AGENDA] = n
    tick, who = me.when[n], me.who[n]
    k, below = 0, 1
    while below < n:
        other = below + 1
        if other < n and earlier(state, me, me.when[other], me.who[other], below):
            below = other
        if earlier(state, me, tick, who, below):
            break
        me.when[k], me.who[k] = me.when[below], me.who[below]
        k, below = below, 2 * below + 1
    me.when[k], me.who[k] = tick, who
    return first
