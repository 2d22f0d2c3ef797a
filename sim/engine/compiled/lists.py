"""Lists through the records of patients."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import DAY, inlined
from sim.engine.compiled.layout import (
    ABREAST,
    ASK,
    DAYS_AHEAD,
    NONE,
    REPLY,
)
from sim.events import visit_key
from sim.table import fetch, fetch_head

AHEAD = 8  # steps ahead that memory is asked for


@inlined
def fetched(state, i, whole):
    """The next of a list, once the record of this one, or what a decision reads, is on its way."""
    if i == NONE:
        return i
    if whole:
        fetch(state.patients, i)
    else:
        fetch_head(state.patients, i)
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
    which = day % DAYS_AHEAD * ABREAST + i % ABREAST
    push(state, state.calendar[me.number], which, i)


@inlined
def send(state, me, i, facility):
    """Hand a patient who is due today to the facility where his next event is."""
    push(state, state.inbox[me.number], facility, i)
    state.expected[me.number, facility] += 1


@inlined
def coming(state, facility):
    """How many come to a facility today, as far as is known."""
    count = 0
    for w in range(state.expected.shape[0]):
        count += state.expected[w, facility]
    return count


@inlined
def key_of(state, i):
    """Key of the visit that a patient's next event belongs to; a remote request is the last's.

    Who has not been anywhere asks online, under the key of the visit that he may yet make.
    """
    p = state.patients[i]
    remote = ASK <= p.stage <= REPLY and p.contact > 0
    return visit_key(p.day, p.home, p.slot, p.contact - (1 if remote else 0))
