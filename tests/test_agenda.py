"""The agenda of a facility's day gives events in order, however many there are and whenever due."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.engine.compiled import agenda
from sim.engine.compiled.layout import ARRIVE, PATIENT, worker
from sim.table import Table

pytestmark = pytest.mark.invariant

TODAY = 3
PATIENTS = 40
start = TODAY * DAY
day = Table("day", {"start": start})
minutes = st.one_of(st.integers(0, 5), st.integers(0, 1439), st.just(1439))
ticks = st.one_of(st.sampled_from([0, 1, TICKS_PER_MINUTE - 1]), st.integers(0, 2**20 - 1))
events = st.tuples(minutes, ticks, st.integers(-PATIENTS, PATIENTS - 1))


def held() -> Table:
    """Patients whose visit keys fall as their records rise."""
    patients = np.zeros(PATIENTS, PATIENT)
    patients["slot"], patients["stage"] = np.arange(PATIENTS)[::-1], ARRIVE
    return Table("state", {"patients": patients})


state = held()


def order(event: tuple[int, int]) -> tuple[int, int]:
    """By tick, then by visit key."""
    tick, who = event
    return tick, PATIENTS - (who if who >= 0 else ~who)


@pytest.mark.parametrize("patients", [agenda.FEW - 1, agenda.FEW])
@settings(deadline=None, derandomize=True)
@given(st.lists(st.lists(events, max_size=12), min_size=1, max_size=12))
def test_events_come_in_order_while_more_are_noted(patients, rounds):
    """After each round of notes half of what is known is taken; none is noted in the past."""
    me = worker(0, PATIENTS, 1, 1, 1)
    agenda.clear_agenda(me, patients)
    waiting: list[tuple[int, int]] = []
    now = start
    for noted in rounds:
        for minute, tick, who in noted:
            due = max(start + minute * TICKS_PER_MINUTE + tick, now)
            agenda.note(day, state, me, due, who)
            waiting.append((due, who))
        for _ in range((len(waiting) + 1) // 2):
            now = _next(me, waiting)
    while waiting:
        _next(me, waiting)
    assert not agenda.soon(state, me)


def _next(me: Table, waiting: list[tuple[int, int]]) -> int:
    """Take an event, which must be the first of those that wait; its tick."""
    assert agenda.soon(state, me)
    tick = int(me.when[0])
    found = (tick, int(agenda.take(state, me)))
    assert order(found) == min(map(order, waiting))
    waiting.remove(found)
    return tick


@pytest.mark.parametrize("patients", [0, agenda.FEW])
def test_what_is_due_tomorrow_is_not_of_the_day(patients):
    me = worker(0, PATIENTS, 1, 1, 1)
    agenda.clear_agenda(me, patients)
    agenda.note(day, state, me, start + DAY, 1)
    agenda.note(day, state, me, start + DAY - 1, 2)
    assert agenda.soon(state, me) and agenda.take(state, me) == 2
    assert not agenda.soon(state, me)
