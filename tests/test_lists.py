"""At midnight everybody stands in one list, and spells and pages are held by one or by nobody."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import worlds

from sim.engine.compiled import Machine
from sim.engine.compiled.layout import (
    DECIDERS,
    EMPTY,
    LOOSE,
    NONE,
    PAGE,
    REMOTE_SERVICE,
    REMOTE_WAIT,
    SPARE,
    STEP_DOWN,
    WAIT,
)
from sim.engine.keeper import Keeper

pytestmark = pytest.mark.invariant

DAYS = 24


def slots(pages: np.ndarray, last: int) -> Iterator[int]:
    """The slots of a list on pages, from its last to its first."""
    while last != EMPTY:
        yield last
        last -= 1
        if last % PAGE == 0:
            last = int(pages[last])


def due_later(machine: Machine) -> list[int]:
    """Whoever stands in a calendar."""
    state = machine.state
    return [
        int(pages[slot])
        for pages, days in zip(state.leaves, state.calendar, strict=True)
        for last in days.tolist()
        for slot in slots(pages, last)
    ]


def queued(machine: Machine) -> list[int]:
    """Whoever stands in a queue of a point, inside or before its door."""
    state, found = machine.state, []
    for i in state.head[state.head != NONE].tolist():
        while i != NONE:
            found.append(i)
            i = int(state.spells["next"][state.patients["spell"][i]])
    return found


def holders(machine: Machine) -> np.ndarray:
    """Whoever is at a facility, or asks one from afar."""
    state = machine.state
    stage = state.patients["stage"]
    there = (stage >= WAIT) & (stage <= STEP_DOWN)
    return np.flatnonzero(there | ((stage >= REMOTE_WAIT) & (stage <= REMOTE_SERVICE)))


@pytest.fixture(params=[1, 3], ids=["one thread", "three threads"])
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A county's compiled engine before its first day."""
    timeline = [(0, worlds.county())]
    machine = Machine(timeline, 1, Keeper(timeline, DAYS, 0, None, request.param), request.param)
    yield machine
    machine.hands.close()


def test_everybody_stands_in_one_list(machine: Machine) -> None:
    for _ in range(DAYS):
        machine.step()
        state = machine.state
        present = np.flatnonzero(state.free[: state.made[0]] == 0)
        assert sorted(due_later(machine) + queued(machine)) == present.tolist()
        assert (state.inbox == EMPTY).all() and (state.at_home == EMPTY).all()
        assert not state.expected.any()
        assert not any(me.lengths[DECIDERS] for me in machine.workers)
    assert len(due_later(machine)) > len(queued(machine)) > 0


def test_every_spell_is_held_by_one_who_is_at_a_facility_or_lies_in_one_stack(
    machine: Machine,
) -> None:
    for _ in range(DAYS):
        machine.step()
        state = machine.state
        held = state.patients["spell"][holders(machine)].tolist()
        stacks = [state.spare[me.number, : me.lengths[SPARE]].tolist() for me in machine.workers]
        assert sorted(sum(stacks, held)) == list(range(state.made[1]))
    assert held


def test_every_leaf_is_in_a_calendar_or_free(machine: Machine) -> None:
    laid_down = 0
    for _ in range(DAYS):
        machine.step()
        for me, leaves, days in zip(
            machine.workers, machine.state.leaves, machine.state.calendar, strict=True
        ):
            used = {slot // PAGE for last in days.tolist() for slot in slots(leaves, last)}
            free, page = [], int(me.lengths[LOOSE])
            while leaves[page]:
                free.append(page // PAGE)
                page = int(leaves[page])
            assert sorted([*used, *free]) == list(range(1, page // PAGE))
            laid_down += len(free)
    assert laid_down
