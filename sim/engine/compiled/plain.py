"""The day of a plain facility: one queue, first come first served, and nothing else.

Kiefer and Wolfowitz's vector of the times at which servers become free (Lindley's recursion where
there is one): whoever comes starts at the later of his arrival and the earliest of them. The same
events as `facility` makes, without an agenda of ends.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import compiled
from sim.engine.compiled.agenda import clear_agenda, note, soon, take
from sim.engine.compiled.layout import ARRIVE, EMPTY, MOVED, NONE, SERVICE
from sim.engine.compiled.lists import (
    append,
    coming,
    enter_calendar,
    remove,
    slot_before,
    spell_of,
    take_in,
)
from sim.engine.compiled.turns import pass_on
from sim.engine.compiled.visits import consult, end_consultation, register
from sim.world import BY_CASE, CLASSES, UNLIMITED


@compiled
def is_plain(day, state, me, f):
    """Whether a facility's day is first come first served at one department of given demand."""
    k = state.first_department[f]
    if state.first_department[f + 1] - k != 1:
        return False
    d, departments = state.department_of[k], day.departments
    doctors = departments.doctors[d, day.weekday, 0]
    return (
        departments.always[d] != 0
        and departments.service_family[d] != BY_CASE
        and departments.admit[d] == 0.0
        and departments.patience_mean[d] <= 0.0
        and departments.room[d] == UNLIMITED
        and state.points[d].open != 0
        and doctors > 0
        and doctors == state.points[d].capacity
        and doctors <= me.touched.shape[0]
        and one_class(day, state, f, d)
    )


@compiled
def one_class(day, state, f, d):
    """Whether everybody who is or comes here today is given demand of one class."""
    found = NONE
    for which in range(len(CLASSES)):
        if state.head[d, which] != NONE:
            if found != NONE:
                return False
            found = which
    for w in range(state.inbox.shape[0]):
        slot = np.int64(state.inbox[w, f])
        while slot != EMPTY:
            i = np.int64(state.pages[w, slot])
            p = state.patients[i]
            if p.place != NONE or (p.stage != ARRIVE and p.stage != SERVICE):
                return False
            if p.stage == ARRIVE:
                if found != NONE and p.visit_class != found:
                    return False
                found = p.visit_class
            slot = slot_before(state.pages[w], slot)
    return True


@compiled
def play_plain(day, state, me, f):
    """Those in service end, those who wait and then those who come are served in their order."""
    d = state.department_of[state.first_department[f]]
    q = state.points[d]
    for server in range(q.capacity):
        me.touched[server] = day.start
    q.busy = 0
    clear_agenda(me, coming(state, f))
    for w in range(state.inbox.shape[0]):
        slot = np.int64(state.inbox[w, f])
        while slot != EMPTY:
            i = np.int64(state.pages[w, slot])
            slot = slot_before(state.pages[w], slot)
            if state.patients[i].stage == SERVICE:
                occupy(me, q.capacity, state.patients[i].due)
                go_on_serving(day, state, me, q, i)
            else:
                note(day, state, me, state.patients[i].due, i)
    take_in(state, f)
    serve_waiting(day, state, me, q, d)
    while soon(state, me):
        i = take(state, me)
        come(day, state, me, q, d, i)


@compiled
def occupy(me, servers, until):
    """The first server to be free is busy until a tick; the vector stays in order."""
    k = 1
    while k < servers and me.touched[k] < until:
        me.touched[k - 1] = me.touched[k]
        k += 1
    me.touched[k - 1] = until


@compiled
def serve_waiting(day, state, me, q, d):
    """Those left from yesterday start as servers become free."""
    for which in range(len(CLASSES)):
        while state.head[d, which] != NONE and me.touched[0] < day.end:
            i = state.head[d, which]
            remove(state, d, which, i)
            q.waiting -= 1
            serve(day, state, me, q, i, me.touched[0])


@compiled
def come(day, state, me, q, d, i):
    """Somebody comes: he starts today or waits over midnight."""
    p = state.patients[i]
    now = p.due
    register(day, state, me, i, now)
    s = spell_of(state, i)
    s.point, s.ready, s.expires = d, now, 0
    start = max(now, me.touched[0])
    if start < day.end:
        serve(day, state, me, q, i, start)
    else:
        append(state, d, p.queue_class, i)
        q.waiting += 1


@compiled
def serve(day, state, me, q, i, start):
    """A service starts."""
    consult(day, state, me, i, start)
    occupy(me, q.capacity, state.patients[i].due)
    go_on_serving(day, state, me, q, i)


@compiled
def go_on_serving(day, state, me, q, i):
    """A service ends today, or goes on over midnight."""
    p = state.patients[i]
    if p.due < day.end:
        end_consultation(day, state, me, i, p.due)
        pass_on(day, state, me, i, p.due)
    else:
        q.busy += 1
        enter_calendar(state, me, i)
    me.lengths[MOVED] = 0
