"""The day of a plain facility: given demand in one queue, by class and first come, nothing else.

Kiefer and Wolfowitz's vector of the times at which servers become free (Lindley's recursion where
there is one): whoever is next starts at the later of his arrival and the earliest of them. Nothing
of a visit hangs on another one but its start, so what all of today's visits draw is drawn
beforehand, of which a processor takes eight at once. The same events as `facility` makes, without
an agenda of ends.
"""

from __future__ import annotations

import numpy as np

from sim import care, payment, people
from sim.arithmetic import compiled, inlined
from sim.engine.compiled.layout import (
    ARRIVE,
    EMPTY,
    JOINS,
    KEYS,
    MOVED,
    NONE,
    OUTSIDE,
    SERVICE,
)
from sim.engine.compiled.lists import (
    append,
    enter_calendar,
    go_out,
    slot_before,
    spell_of,
    take_in,
)
from sim.engine.compiled.order import put_in_order
from sim.engine.compiled.points import expect
from sim.engine.compiled.rows import visit_row
from sim.engine.compiled.turns import pass_on
from sim.engine.compiled.visits import end_consultation, go_by, register, waited
from sim.events import RESOLVED
from sim.table import whole_eights
from sim.world import BY_CASE, CLASSES, UNLIMITED


@compiled
def is_plain(day, state, me, f):
    """Whether a facility's day is that of one queue of given demand."""
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
        and all_wait_plainly(state, d)
        and all_come_plainly(state, f)
    )


@inlined
def plainly(p):
    """Whether somebody is given demand without a condition, at nothing but a consultation."""
    return p.place == NONE and p.condition == NONE


@compiled
def all_wait_plainly(state, d):
    """Whether everybody who waits since yesterday is plain."""
    for which in range(len(CLASSES)):
        i = state.head[d, which]
        while i != NONE:
            if not plainly(state.patients[i]):
                return False
            i = spell_of(state, i).next
    return state.head[d, OUTSIDE] == NONE


@compiled
def all_come_plainly(state, f):
    """Whether everybody who comes today, or is with the doctor since yesterday, is plain."""
    for w in range(state.inbox.shape[0]):
        slot = np.int64(state.inbox[w, f])
        while slot != EMPTY:
            p = state.patients[np.int64(state.pages[w, slot])]
            if not plainly(p) or (p.stage != ARRIVE and p.stage != SERVICE):
                return False
            slot = slot_before(state.pages[w], slot)
    return True


@compiled
def play_plain(day, state, me, f):
    """Those in service end; those who wait and those who come are served in their order.

    Servers whose service goes on beyond today are busy until its end.
    """
    d = np.int64(state.department_of[state.first_department[f]])
    q = state.points[d]
    for server in range(q.capacity):
        me.touched[server] = day.start
    me.front[:] = NONE
    me.lengths[JOINS] = 0
    call_waiting(state, me, d)
    k = me.lengths[JOINS]
    collect(day, state, me, q, f)
    for _ in range(q.busy):
        occupy(me, q.capacity, day.end)
    put_in_order(day, state, me, k)
    plan(day, state, me, d)
    bill, now = bill_of(day, f), day.start
    while k < me.lengths[JOINS]:
        tick = state.patients[me.joins[k]].due
        start_until(day, state, me, q, bill, now, tick)
        now = tick
        while k < me.lengths[JOINS] and state.patients[me.joins[k]].due == now:
            come(day, state, me, d, k, now)
            k += 1
    start_until(day, state, me, q, bill, now, day.end)
    leave_waiting(state, me, q, d)


@inlined
def call_waiting(state, me, d):
    """Those who wait since yesterday leave their lists; they are the first of `joins`."""
    for which in range(len(CLASSES)):
        i = state.head[d, which]
        while i != NONE:
            stand(me, which, me.lengths[JOINS])
            expect(me, i)
            i = spell_of(state, i).next
        state.head[d, which] = state.tail[d, which] = NONE


@inlined
def stand(me, which, k):
    """The k-th of `joins` stands at the end of the line of a class."""
    me.behind[k] = NONE
    if me.front[which] == NONE:
        me.front[which] = k
    else:
        me.behind[me.last[which]] = k
    me.last[which] = k


@inlined
def collect(day, state, me, q, f):
    """Services that end today make room; who comes today is written down."""
    for w in range(state.inbox.shape[0]):
        slot = np.int64(state.inbox[w, f])
        while slot != EMPTY:
            i = np.int64(state.pages[w, slot])
            slot = slot_before(state.pages[w], slot)
            if state.patients[i].stage == ARRIVE:
                expect(me, i)
            else:
                occupy(me, q.capacity, state.patients[i].due)
                q.busy -= 1
                end(day, state, me, i)
    take_in(state, f)


@inlined
def occupy(me, servers, until):
    """The first server to be free is busy until a tick; the vector stays in order.

    Where more are in service than there are servers now, those that end first free none.
    """
    if until <= me.touched[0]:
        return
    k = 1
    while k < servers and me.touched[k] < until:
        me.touched[k - 1] = me.touched[k]
        k += 1
    me.touched[k - 1] = until


@inlined
def end(day, state, me, i):
    """A service of a day before ends."""
    now = state.patients[i].due
    end_consultation(day, state, me, i, now)
    pass_on(day, state, me, i, now)
    me.lengths[MOVED] = 0


@compiled
def plan(day, state, me, d):
    """How long everybody would be served who may start today, and by which route he would go on."""
    room, n = me.plan, me.lengths[JOINS]
    first, last = state.first_route[d], state.first_route[d + 1]
    for begin in range(0, n, KEYS):
        count = min(KEYS, n - begin)
        for k in range(count):
            p = state.patients[me.joins[begin + k]]
            room.luck[k], room.day[k], room.contact[k] = p.luck, p.day, p.contact
        care.plain_services(day.departments, d, room, whole_eights(count))
        for k in range(count):
            me.services[begin + k] = room.ticks[k]
        if first < last:
            people.draw_routes(room, whole_eights(count))
        for k in range(count):
            me.ways[begin + k] = people.route_of(day.routes, first, last, room.route[k])


@inlined
def bill_of(day, f):
    """Cost and out-of-pocket of a visit of given demand without a condition [fen]."""
    grade = day.facilities.grade[f]
    return payment.visit_bill(day.payment, grade, 0, 0.0, 0, 0, True, True, 0, False)


@inlined
def come(day, state, me, d, k, now):
    """Somebody comes, and stands in the line of his class."""
    i = me.joins[k]
    register(day, state, me, i, now)
    s = spell_of(state, i)
    s.point, s.ready, s.expires = d, now, 0
    stand(me, state.patients[i].queue_class, k)


@inlined
def first_in_line(me):
    """Class of whoever is next, that of nobody where nobody waits."""
    which = 0
    while which < len(CLASSES) and me.front[which] == NONE:
        which += 1
    return which


@compiled
def start_until(day, state, me, q, bill, now, until):
    """Servers that become free before a tick take whoever waits since `now` or longer."""
    while me.touched[0] < until:
        which = first_in_line(me)
        if which == len(CLASSES):
            return
        k = me.front[which]
        me.front[which] = me.behind[k]
        serve(day, state, me, q, bill, k, max(now, me.touched[0]))


@inlined
def serve(day, state, me, q, bill, k, start):
    """A service starts, and ends today or goes on over midnight."""
    i = me.joins[k]
    p, s = state.patients[i], spell_of(state, i)
    waited(state, i, start)
    s.start, s.consultation, s.test, s.results = start, me.services[k], 0, 0
    s.cost, s.own = bill
    p.outcome, p.tested = RESOLVED, 0
    until = start + s.consultation
    occupy(me, q.capacity, until)
    if until < day.end:
        s.service = s.consultation
        leave(day, state, me, i, k, until)
    else:
        p.due, p.stage = until, SERVICE
        q.busy += 1
        enter_calendar(state, me, i)


@inlined
def leave(day, state, me, i, k, now):
    """A visit ends; given demand goes on by its route, or leaves."""
    p = state.patients[i]
    visit_row(state, me, i, now, RESOLVED)
    me.visit_ends[day.facilities.tier[p.facility], RESOLVED] += 1
    p.last_facility = p.facility
    go_out(state, me, i)
    go_by(day, state, me, i, now, me.ways[k])


@inlined
def leave_waiting(state, me, q, d):
    """Who has not been served waits over midnight."""
    q.waiting = 0
    for which in range(len(CLASSES)):
        k = me.front[which]
        while k != NONE:
            append(state, d, which, me.joins[k])
            q.waiting += 1
            k = me.behind[k]
