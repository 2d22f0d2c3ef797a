"""One day of one facility: its own agenda from midnight to midnight, instant by instant."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import DAY, compiled, inlined
from sim.engine.compiled.agenda import clear_agenda, note, soon, take
from sim.engine.compiled.episodes import book
from sim.engine.compiled.layout import (
    AGENDA,
    ARRIVE,
    BED_WAIT,
    BOOK,
    CAPACITY,
    CHANGES,
    CLOSE,
    EMPTY,
    EXPIRIES,
    IN_SERVICE,
    JOINS,
    LESSONS,
    MOVED,
    NONE,
    OPEN,
    POINT_OF,
    REMOTES,
    STAYS,
    STOP,
    TICK,
    TIMED,
    TOUCHED,
    UNKNOWN,
    VISITS,
    WAIT,
    WHAT,
)
from sim.engine.compiled.lists import (
    AHEAD,
    awaited,
    coming,
    enter_calendar,
    remove,
    slot_before,
    spell_of,
    take_in,
)
from sim.engine.compiled.plain import is_plain, play_plain
from sim.engine.compiled.points import change, expect, give_up, next_waiting, touch
from sim.engine.compiled.turns import begin, finish, lose_patience, pass_on, reach
from sim.engine.compiled.visits import bed_point, patience, test_point
from sim.table import fetch
from sim.world import CLASSES, SESSIONS

AT_HAND = 512  # records that a processor keeps while it plays another facility


@compiled
def play_facilities(day, state, me, todo, first):
    """Play the day of facilities todo[first …]; returns the first not played for want of room."""
    for k in range(first, todo.shape[0]):
        if not room_for(day, state, me, todo[k]):
            return k
        if k + 1 < todo.shape[0]:
            await_visitors(state, todo[k + 1])
        if day.special and is_plain(day, state, me, todo[k]):
            play_plain(day, state, me, todo[k])
        else:
            play_facility(day, state, me, todo[k])
    return todo.shape[0]


@compiled
def await_visitors(state, f):
    """Ask for the records of those who come to a facility that will be played soon."""
    for w in range(state.inbox.shape[0]):
        slot = np.int64(state.inbox[w, f])
        for _ in range(AT_HAND):
            if slot == EMPTY:
                break
            slot = awaited(state, state.pages[w], slot)


@compiled
def patients_of(day, state, f):
    """Most patients who may have an event at a facility today."""
    count = state.points[test_point(day, f)].waiting + state.points[bed_point(day, f)].waiting
    for k in range(state.first_department[f], state.first_department[f + 1]):
        count += state.points[state.department_of[k]].waiting
    return count + coming(state, f)


@compiled
def busiest(day, state, facilities):
    """Most patients who may have an event today at any one of these facilities."""
    most = 0
    for k in range(facilities.shape[0]):
        most = max(most, patients_of(day, state, facilities[k]))
    return most


@compiled
def room_for(day, state, me, f):
    """Whether a facility's rows of today fit on the desk."""
    most = me.visits.shape[0] - patients_of(day, state, f)
    n = me.lengths
    return max(n[VISITS], n[STAYS], n[REMOTES], n[LESSONS] >> 1) <= most


@compiled
def play_facility(day, state, me, f):
    """Open the day, then settle one instant after the other."""
    me.lengths[CHANGES] = me.lengths[TOUCHED] = me.lengths[JOINS] = 0
    open_day(day, state, me, f)
    collect(day, state, me, f)
    at = 0
    while True:
        now = day.end
        if at < me.lengths[CHANGES]:
            now = me.changes[at, TICK]
        if soon(state, me):
            now = min(now, me.when[0])
        if now >= day.end:
            return
        at = settle(day, state, me, at, now)


# --- midnight --------------------------------------------------------------------------------


@compiled
def open_day(day, state, me, f):
    """Rosters of the day: 24-hour points at once, sessions as changes in order of time."""
    set_capacity(day, state, me, test_point(day, f), day.facilities.tests[f])
    set_capacity(day, state, me, bed_point(day, f), day.facilities.beds[f])
    departments = day.departments
    for k in range(state.first_department[f], state.first_department[f + 1]):
        d = state.department_of[k]
        q = state.points[d]
        q.room = departments.room[d]
        if q.closing:
            change(state, me, d, q.closing, 0, day.start)
            q.closing = 0
        if departments.always[d]:
            set_capacity(day, state, me, d, departments.doctors[d, day.weekday, 0])
            continue
        for s in range(SESSIONS):
            doctors = departments.doctors[d, day.weekday, s]
            if doctors > 0 and departments.opens[d, s] < departments.closes[d, s]:
                enter_change(day, state, me, d, departments.opens[d, s], OPEN, doctors)
                ends = STOP if departments.stops[d] else CLOSE
                enter_change(day, state, me, d, departments.closes[d, s], ends, 0)


@compiled
def set_capacity(day, state, me, point, capacity):
    """Capacity of a 24-hour point from midnight on."""
    q = state.points[point]
    grows = capacity > q.capacity and q.waiting > 0
    q.capacity = capacity
    if grows:
        put_change(me, day.start, point, 0, 0)


@compiled
def enter_change(day, state, me, point, within, what, capacity):
    """A change at a time of today; a closing at midnight is left to tomorrow."""
    if within < DAY:
        put_change(me, day.start + within, point, what, capacity)
    else:
        state.points[point].closing = what


@compiled
def put_change(me, tick, point, what, capacity):
    """Insert a change by tick; in one instant closings come before openings."""
    k = me.lengths[CHANGES]
    me.lengths[CHANGES] = k + 1
    while k > 0 and (
        me.changes[k - 1, TICK] > tick
        or (me.changes[k - 1, TICK] == tick and what != OPEN and me.changes[k - 1, WHAT] == OPEN)
    ):
        for column in range(4):
            me.changes[k, column] = me.changes[k - 1, column]
        k -= 1
    me.changes[k, TICK], me.changes[k, POINT_OF] = tick, point
    me.changes[k, WHAT], me.changes[k, CAPACITY] = what, capacity


@compiled
def collect(day, state, me, f):
    """Enter who comes today; desks answer first, by tick and visit key of the asking."""
    patients = patients_of(day, state, f)
    clear_agenda(me, patients)
    for w in range(state.inbox.shape[0]):
        pages, slot = state.pages[w], np.int64(state.inbox[w, f])
        ahead = slot
        for _ in range(AHEAD):
            ahead = awaited(state, pages, ahead)
        while slot != EMPTY:
            ahead = awaited(state, pages, ahead)
            i = np.int64(pages[slot])
            slot = slot_before(pages, slot)
            if state.patients[i].stage == BOOK:
                note(day, state, me, state.patients[i].due, i)
            else:
                expect(me, i)
                if state.patients[i].stage > ARRIVE:
                    fetch(state.spells, state.patients[i].spell)
    take_in(state, f)
    while soon(state, me):
        i = take(state, me)
        if book(day, state, me, i, state.patients[i].due):
            expect(me, i)
    clear_agenda(me, patients)
    for k in range(state.first_department[f], state.first_department[f + 1]):
        expect_expiries(state, me, state.department_of[k])
    expect_expiries(state, me, bed_point(day, f))
    for k in range(me.lengths[JOINS]):
        who = me.joins[k]
        due = state.patients[who].due if who >= 0 else spell_of(state, ~who).expires
        note(day, state, me, due, who)


@compiled
def expect_expiries(state, me, point):
    """The end of patience of everybody who waits inside a point."""
    if state.points[point].waiting == 0:
        return
    for which in range(len(CLASSES)):
        i = state.head[point, which]
        while i != NONE:
            s = spell_of(state, i)
            if s.expires:
                expect(me, ~i)
            i = s.next


# --- one instant -----------------------------------------------------------------------------


@inlined
def settle(day, state, me, at, now):
    """Changes, ends, arrivals by visit key, starts, expiries; returns the next change."""
    n = me.lengths
    n[TOUCHED] = n[JOINS] = n[EXPIRIES] = n[MOVED] = 0
    while at < n[CHANGES] and me.changes[at, TICK] == now:
        row = me.changes[at]
        change(state, me, row[POINT_OF], row[WHAT], row[CAPACITY], now)
        at += 1
    entered = n[JOINS]
    while n[AGENDA] > 0 and me.when[0] == now:
        who = take(state, me)
        await_next(state, me)
        meet(day, state, me, who, now)
    for k in range(entered, n[JOINS]):
        reach(day, state, me, me.joins[k], now)
    for k in range(n[TOUCHED]):
        start_waiting(day, state, me, me.touched[k], now)
    for k in range(n[EXPIRIES]):
        if give_up(state, me.expiries[k], now):
            lose_patience(day, state, me, me.expiries[k], now)
    for k in range(n[JOINS]):
        await_patience(day, state, me, me.joins[k], now)
    for k in range(n[MOVED]):
        i = me.moved[k]
        pass_on(day, state, me, i, now)
        if TIMED >> state.patients[i].stage & 1:
            schedule(day, state, me, i)
    return at


@inlined
def await_next(state, me):
    """Ask for the record of whoever has the next event."""
    if me.lengths[AGENDA] > 0:
        fetch(state.patients, me.who[0] if me.who[0] >= 0 else ~me.who[0])


@inlined
def meet(day, state, me, who, now):
    """Ends take effect; arrivals and ends of patience wait for their turn in the instant."""
    if who < 0:
        me.expiries[me.lengths[EXPIRIES]] = ~who
        me.lengths[EXPIRIES] += 1
    elif IN_SERVICE >> state.patients[who].stage & 1:
        point = spell_of(state, who).point
        state.points[point].busy -= 1
        touch(me, point)
        finish(day, state, me, who, now)
    else:
        expect(me, who)


@inlined
def schedule(day, state, me, i):
    """The next event of somebody at the facility: today, or in the calendar."""
    if state.patients[i].due < day.end:
        note(day, state, me, state.patients[i].due, i)
    else:
        enter_calendar(state, me, i)


@inlined
def start_waiting(day, state, me, point, now):
    """Free servers take whoever waits, the highest class and longest wait first."""
    q = state.points[point]
    while q.busy < q.capacity and q.waiting > 0:
        i = next_waiting(state, point)
        if i == NONE:
            return
        remove(state, point, state.patients[i].queue_class, i)
        q.waiting -= 1
        q.busy += 1
        begin(day, state, me, i, now)


@inlined
def await_patience(day, state, me, i, now):
    """Enter the end of patience of somebody who has joined a queue and was not taken."""
    p, s = state.patients[i], spell_of(state, i)
    inside = (p.stage == WAIT and s.ready != NONE) or p.stage == BED_WAIT
    if not inside:
        return
    if s.expires == UNKNOWN:
        until = patience(day, p)
        s.expires = now + until if until > 0 else 0
    if s.expires > now:
        note(day, state, me, s.expires, ~i)
