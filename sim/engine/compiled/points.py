"""Service points: queues by class, doors, finite rooms, starts and the end of patience."""

from __future__ import annotations

from sim.arithmetic import compiled, inlined
from sim.engine.compiled.layout import (
    ASK,
    BED_WAIT,
    CLOSE,
    JOINS,
    NONE,
    OPEN,
    OUTSIDE,
    STOP,
    TOUCHED,
    WAIT,
)
from sim.engine.compiled.lists import append, remove, spell_of
from sim.world import CLASSES, RETURNING, UNLIMITED


@inlined
def touch(me, point):
    """Remember that a point may start somebody in this instant."""
    me.touched[me.lengths[TOUCHED]] = point
    me.lengths[TOUCHED] += 1


@inlined
def expect(me, who):
    """Remember somebody, or ~ whose patience ends, for a later turn of this instant or day."""
    me.joins[me.lengths[JOINS]] = who
    me.lengths[JOINS] += 1


@compiled
def change(state, me, point, what, capacity, now):
    """A door opens or closes; capacity changes with it."""
    q = state.points[point]
    if what == OPEN:
        q.capacity, q.open = capacity, 1
        let_in(state, me, point, now)
    elif what == CLOSE:
        q.open = 0
    elif what == STOP:
        q.open = q.capacity = 0
    touch(me, point)


@compiled
def let_in(state, me, point, now):
    """Those before the door enter in the order in which they came."""
    while state.head[point, OUTSIDE] != NONE:
        i = state.head[point, OUTSIDE]
        remove(state, point, OUTSIDE, i)
        enter(state, point, i, now)
        expect(me, i)


@inlined
def full(q):
    """Whether every server and waiting place is taken."""
    return q.room != UNLIMITED and q.waiting + q.busy >= q.capacity + q.room


@inlined
def join(state, me, point, i, now):
    """Reach a point: queue, wait before its closed door, or be refused (False).

    `expires` holds the patience, 0 without end, until it becomes the tick at which it ends. Of who
    comes to an open department it is unknown until he was not taken at once.
    Who returns with results or asks from afar is never refused.
    """
    q, p = state.points[point], state.patients[i]
    spell_of(state, i).point = point
    if full(q) and p.queue_class != RETURNING and p.stage != ASK:
        return False
    q.waiting += 1
    if q.open:
        enter(state, point, i, now)
        touch(me, point)
    else:
        append(state, point, OUTSIDE, i)
    return True


@inlined
def enter(state, point, i, now):
    """Join the queue of one's class; patience begins."""
    s = spell_of(state, i)
    append(state, point, state.patients[i].queue_class, i)
    if s.ready == NONE:
        s.ready = now
    if s.expires > 0:
        s.expires += now


@inlined
def next_waiting(state, point):
    """The first of the highest class that waits inside, -1 nobody."""
    for which in range(len(CLASSES)):
        if state.head[point, which] != NONE:
            return state.head[point, which]
    return NONE


@inlined
def give_up(state, i, now):
    """Whether somebody's patience ends now while he still waits; if so he leaves the queue."""
    p, s = state.patients[i], spell_of(state, i)
    if s.expires != now or p.stage not in (WAIT, BED_WAIT):
        return False
    remove(state, s.point, p.queue_class, i)
    state.points[s.point].waiting -= 1
    return True
