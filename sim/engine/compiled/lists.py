"""Lists through the records of patients, and the agenda of a facility's day: a heap."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import DAY, compiled, inlined
from sim.engine.compiled.layout import (
    AGENDA,
    ASK,
    DAYS_AHEAD,
    NONE,
    REPLY,
)
from sim.events import visit_key
from sim.table import fetch

AHEAD = 8  # steps ahead that memory is asked for


@inlined
def fetched(state, i):
    """The next of a list, once the record of this one is on its way."""
    if i == NONE:
        return i
    fetch(state.patients, i)
    return np.int64(state.link[i])


@inlined
def push(state, heads, which, i):
    """Put a patient at the front of a list; the order of such a list never matters."""
    state.link[i] = heads[which]
    heads[which] = i


@inlined
def append(state, point, which, i):
    """Put a patient at the end of a queue of a point."""
    last = state.tail[point, which]
    state.link[i] = NONE
    state.patients[i].back = last
    if last == NONE:
        state.head[point, which] = i
    else:
        state.link[last] = i
    state.tail[point, which] = i


@inlined
def remove(state, point, which, i):
    """Take a patient out of a queue of a point."""
    before, after = state.patients[i].back, state.link[i]
    if before == NONE:
        state.head[point, which] = after
    else:
        state.link[before] = after
    if after == NONE:
        state.tail[point, which] = before
    else:
        state.patients[after].back = before


@inlined
def enter_calendar(state, me, i):
    """Put a patient who is due on a later day into the list of that day."""
    day = state.patients[i].due // DAY
    push(state, state.calendar[me.number], day % DAYS_AHEAD, i)


@inlined
def send(state, me, i, facility):
    """Hand a patient who is due today to the facility where his next event is."""
    push(state, state.inbox[me.number], facility, i)
    state.expected[me.number, facility] += 1


@inlined
def key_of(state, i):
    """Key of the visit that a patient's next event belongs to; a remote request is the last's.

    Who has not been anywhere asks online, under the key of the visit that he may yet make.
    """
    p = state.patients[i]
    remote = ASK <= p.stage <= REPLY and p.contact > 0
    return visit_key(p.day, p.home, p.slot, p.contact - (1 if remote else 0))


@inlined
def earlier(state, me, tick, who, k):
    """Whether an event comes before the k-th of the agenda: by tick, then visit key."""
    if tick != me.when[k]:
        return tick < me.when[k]
    other = me.who[k]
    return key_of(state, who if who >= 0 else ~who) < key_of(state, other if other >= 0 else ~other)


@compiled
def note(state, me, tick, who):
    """Enter an event into the agenda; who: patient, or ~patient for the end of patience."""
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
    """Take the first event out of the agenda."""
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
