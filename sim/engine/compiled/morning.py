"""Midnight and morning: who falls ill, who is due today, and where those at home decide to go."""

from __future__ import annotations

import numpy as np

from sim import behaviour, people
from sim.arithmetic import compiled, inlined
from sim.engine.compiled.episodes import (
    NO_SHOW,
    close,
    decide_together,
    hear,
    pursue,
    wait_until,
    weighs,
)
from sim.engine.compiled.layout import (
    ARISEN,
    ARRIVE,
    BED,
    DAYS_AHEAD,
    DECIDE,
    DECIDERS,
    DROPPED,
    EMPTY,
    FALLEN_ILL,
    FREE,
    FRESH,
    KEYS,
    LESSONS,
    NONE,
    OPENED,
    PAGE,
    REMOTE_SERVICE,
    REPLY,
    REQUEST,
    STEP_DOWN,
    TO_BED,
    VACANT,
)
from sim.engine.compiled.lists import (
    AHEAD,
    awaited,
    decides,
    enter_calendar,
    loosen,
    put_on_page,
    send,
    slot_before,
)
from sim.table import fetch, whole_eights

SOON = 4  # decisions ahead that memory is asked for
AT_HAND = 4096  # deciders before all decide; half a megabyte of what decisions read of records
STRIDE = 1024  # records whose free ones are counted at once


@compiled
def meet_day(day, state, me):
    """Whoever is due today: those at home decide, the others are sent to their facility.

    Who is due on a later day, as his list has another turn, stays in it.
    """
    me.lengths[FRESH] = PAGE
    leaves, which = state.leaves[me.number], day.today % DAYS_AHEAD
    slot = ahead = np.int64(state.calendar[me.number, which])
    state.calendar[me.number, which] = EMPTY
    for _ in range(AHEAD):
        ahead = awaited(state, leaves, ahead)
    while slot != EMPTY:
        ahead = awaited(state, leaves, ahead)
        i, read = np.int64(leaves[slot]), slot
        slot = slot_before(leaves, slot)
        loosen(me, leaves, read)
        if state.patients[i].due >= day.end:
            enter_calendar(state, me, i)
        else:
            meet(day, state, me, i)


@compiled
def meet(day, state, me, i):
    """What somebody who is due today does."""
    p = state.patients[i]
    if p.stage == DECIDE or p.stage == REQUEST or p.stage == REPLY:
        put_on_page(state, me, state.at_home[me.number], p.place, i)
    elif p.stage == ARRIVE and not p.keeps:
        close(state, me, i, NO_SHOW)
    else:
        send(state, me, i, where(day, state, p))


@compiled
def where(day, state, p):
    """The facility at which somebody's next event is."""
    if p.stage == TO_BED or p.stage == BED:
        return state.spells[p.spell].ward
    if p.stage == STEP_DOWN:
        return state.spells[p.spell].below
    if p.stage == REMOTE_SERVICE:
        return day.departments.facility[p.answering]
    return p.facility


@compiled
def decide_all(day, state, me):
    """Everybody at home whose hour has come hears a reply, decides, or asks for a number.

    Returns whether all have; the desk may be full of lessons before.
    """
    n, deciders = me.lengths, state.deciders[me.number]
    while n[DECIDERS] > 0:
        if full(me):
            return False
        together = 0
        while together < me.company.shape[0] and n[DECIDERS] > 0 and not full(me):
            n[DECIDERS] -= 1
            i = np.int64(deciders[n[DECIDERS]])
            prepare(day, state, deciders, n[DECIDERS])
            if comes_to_weigh(day, state, me, i):
                me.company[together] = i
                together += 1
        decide_together(day, state, me, together)
    return True


@inlined
def full(me):
    """Whether the desk has no room for another lesson."""
    return me.lengths[LESSONS] >= me.lessons.shape[0]


@inlined
def comes_to_weigh(day, state, me, i):
    """Whether somebody at home weighs where to go; others hear a reply or ask for a number."""
    p = state.patients[i]
    if p.stage == REPLY:
        hear(day, state, me, i)
    elif p.stage == REQUEST:
        pursue(day, state, me, i, p.due)
    else:
        return weighs(day, state, me, i)
    return False


@inlined
def prepare(day, state, deciders, count):
    """Ask for what a decision soon will need, and for the record of a later one."""
    if count >= AHEAD:
        fetch(state.patients, deciders[count - AHEAD])
    if count >= SOON:
        remind(day, state.patients[deciders[count - SOON]].row)


@inlined
def remind(day, row):
    """Ask for what a resident knows, before he decides."""
    if row != NONE:
        fetch(day.outlook.own, row)


@compiled
def after_free(state, first, number):
    """The record after the next so many free ones."""
    while number > 0:
        found = 0
        for i in range(first, min(first + STRIDE, state.free.shape[0])):
            found += state.free[i]
        if found >= number:
            break
        number -= found
        first += STRIDE
    while number > 0:
        number -= state.free[first]
        first += 1
    return first


@compiled
def new_patient(state, me):
    """A free record, as of somebody who has not been anywhere.

    Free ones are taken in their order, so whoever falls ill in a place has one beside his
    neighbours'.
    """
    i = me.lengths[FREE]
    while state.free[i] != VACANT:
        i += 1
    me.lengths[FREE] = i + 1
    state.free[i] = 0
    fetch(state.patients, i + AHEAD)
    p = state.patients[i]
    p.contact = p.attempt = p.scheme = p.filed = p.urgent = p.chronic = p.contract = 0
    p.cover = 0
    p.condition = p.severity = p.age_group = p.advised_tier = NONE
    p.last_day = p.last_facility = p.failed = p.target = p.answering = p.tested_at = NONE
    p.referred_from = p.advised_from = p.spell = NONE
    p.travel, p.keeps = 0, 1
    return i


@compiled
def begin_day(day, state, me, needs, count, home, end):
    """In places home … end - 1 those due today decide and those who fall ill; place by place.

    needs: rows (place, slot, condition, severity, onset) of `people.find_needs`, so many. They
    decide while a processor still has their records at hand.
    """
    first = 0
    for place in range(home, end):
        gather_due(state, me, place)
        if first < count and needs[first, 0] == place:
            first = fall_ill(day, state, me, needs, first, count)
        if me.lengths[DECIDERS] >= AT_HAND:
            decide_all(day, state, me)
    decide_all(day, state, me)


@inlined
def gather_due(state, me, place):
    """Those of a place who are due today decide soon."""
    for w in range(state.at_home.shape[0]):
        slot = np.int64(state.at_home[w, place])
        state.at_home[w, place] = EMPTY
        while slot != EMPTY:
            decides(state, me, np.int64(state.pages[w, slot]))
            slot = slot_before(state.pages[w], slot)


@compiled
def fall_ill(day, state, me, needs, first, count):
    """Open an episode for each need of a place, but one at a time: others are dropped and counted.

    Returns the row after the place's.
    """
    kept, last = first_of_each(day, state, needs, first, count)
    me.episodes[ARISEN] += last - first
    me.episodes[DROPPED] += last - kept
    for begin in range(first, kept, KEYS):
        fall_ill_together(day, state, me, needs, begin, min(begin + KEYS, kept), kept)
    return last


@compiled
def fall_ill_together(day, state, me, needs, first, last, count):
    """Needs of a few residents of one place, whose keys are made together; `count` ends them."""
    people.draw_keys(
        day.places, day.people, day.seed, needs[first, 0], needs[first:last], me.keys
    )
    for k in range(whole_eights(last - first)):
        me.filing[k] = behaviour.files(day.behaviour, me.keys[1, k], day.today)
    for k in range(first, last):
        if k + AHEAD < count:
            await_resident(day, needs[k + AHEAD])
        row = row_of(day, needs[k])
        open_episode(day, state, me, row, needs[k], k - first)


@inlined
def row_of(day, need):
    """The row of the resident who has a need."""
    return day.residents.first_row[need[0]] + need[1]


@inlined
def await_resident(day, need):
    """Ask for what is kept of a resident who will be looked at soon."""
    row = row_of(day, need)
    fetch(day.residents.nature, row)
    remind(day, row)


@compiled
def first_of_each(day, state, needs, first, count):
    """Move the needs of one place that open an episode to its first rows.

    Of a resident without an open episode that is the first of the day. Returns the end of these
    and the end of the place's.
    """
    kept = last = first
    while last < count and needs[last, 0] == needs[first, 0]:
        if last + AHEAD < count:
            fetch(state.open, row_of(day, needs[last + AHEAD]))
        row = row_of(day, needs[last])
        if state.open[row] == 0:
            state.open[row] = FALLEN_ILL
            overwrite(needs[kept], needs[last])
            kept += 1
        elif state.open[row] == FALLEN_ILL:
            keep_earlier(needs, first, kept, needs[last])
        last += 1
    return kept, last


@compiled
def keep_earlier(needs, first, kept, other):
    """Of two needs of a resident, the row among first … kept - 1 becomes the earlier."""
    k = first
    while needs[k, 1] != other[1]:
        k += 1
    if other[4] < needs[k, 4]:
        overwrite(needs[k], other)


@inlined
def overwrite(need, other):
    """One row of needs takes what another says."""
    for column in range(need.shape[0]):
        need[column] = other[column]


@compiled
def open_episode(day, state, me, row, need, k):
    """A resident, the k-th of those together, falls ill and will decide at the hour of onset."""
    i = new_patient(state, me)
    p, traits, luck = state.patients[i], me.keys[0, k], me.keys[1, k]
    who = people.known(day.payment, day.residents, need[0], need[1], traits, luck)
    p.home = p.place = need[0]
    p.slot, p.row, p.day = need[1], row, day.today
    p.condition, p.severity, p.due = need[2], need[3], need[4]
    p.luck, p.traits, p.age_group, p.scheme = who.luck, who.traits, who.age_group, who.scheme
    p.chronic, p.contract, p.cover = who.chronic, who.contract, who.cover
    p.urgent = day.needs.urgent[p.condition, p.severity]
    p.filed = me.filing[k]
    p.stage = DECIDE
    me.episodes[OPENED] += 1
    decides(state, me, i)


@compiled
def admit_visitors(day, state, me, arrivals, count):
    """Given demand and outside patients of today; rows (stream, number, tick)."""
    for first in range(0, count, KEYS):
        last = min(first + KEYS, count)
        people.draw_stream_keys(day.streams, day.seed, arrivals[first:last], me.keys)
        for k in range(first, last):
            admit(day, state, me, arrivals[k], me.keys[1, k - first])


@inlined
def admit(day, state, me, arrival, luck):
    """Somebody of a stream sets out to his department."""
    stream, i = arrival[0], new_patient(state, me)
    p = state.patients[i]
    p.home, p.slot, p.day = day.places.code.shape[0] + stream, arrival[1], day.today
    p.place = p.row = NONE
    p.luck = luck
    if day.streams.mix[stream, day.streams.mix.shape[1] - 1] > 0.0:
        p.condition, p.severity = people.outside_case(
            day.streams, day.needs, p.luck, p.day, stream
        )
    p.visit_class = day.streams.visit_class[stream]
    p.department = day.streams.department[stream]
    p.facility = day.departments.facility[p.department]
    p.requested = arrival[2]
    wait_until(day, state, me, i, p.requested, ARRIVE, p.facility)
