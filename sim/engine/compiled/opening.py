"""What the compiled engine holds before the first day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import people
from sim.engine.compiled.layout import (
    ABREAST,
    DAYS_AHEAD,
    LISTS,
    NONE,
    PATIENT,
    POINT,
    VACANT,
    State,
    worker,
)
from sim.table import Table, on_lines
from sim.world import SESSIONS, UNLIMITED, World

RESERVED = 8  # residents for each record that is reserved
DESK = 8192  # patients of one facility and day that a worker's desk has room for at first


def first_state(worlds: Sequence[World], residents: int, threads: int) -> Table:
    """Empty points, lists and books for the worlds of a timeline: a table of `State`."""
    world = worlds[0]
    d, f = len(world.departments.facility), len(world.facilities.code)
    owner = np.asarray(world.departments.facility)
    days = max(w.behaviour.horizon for w in worlds) + 1
    empty, reserve = (d + 2 * f, LISTS), residents // RESERVED
    state = State(
        on_lines(reserve, PATIENT), np.zeros(reserve, np.int32),
        np.zeros(reserve, np.uint8), np.zeros(1, np.int64), _points(world),
        np.full(empty, NONE, np.int32), np.full(empty, NONE, np.int32),
        np.searchsorted(np.sort(owner), np.arange(f + 1)).astype(np.int32),
        np.argsort(owner, kind="stable").astype(np.int32),
        people.first_routes(world.routes, d), np.zeros((d, days, SESSIONS, 2), np.int32),
        np.zeros(d), np.zeros((d, 2), np.int64), np.zeros((d, 2), np.int64),
        np.zeros(f, np.int64), np.zeros(residents, np.uint8),
        np.full((threads, DAYS_AHEAD * ABREAST), NONE),
        np.full((threads, len(world.places.code)), NONE, np.int32),
        np.full((threads, f), NONE, np.int32), np.zeros((threads, f), np.int32),
    )  # fmt: skip
    return Table("state", state._asdict())


def _points(world: World) -> np.ndarray:
    """Departments, closed unless always open; then test points and beds, always open."""
    d, f = len(world.departments.facility), len(world.facilities.code)
    points = np.zeros(d + 2 * f, POINT)
    points["room"] = UNLIMITED
    points["open"] = 1
    points["open"][:d] = world.departments.always
    return points


def desks(world: World, state: Table, threads: int) -> list[Table]:
    """An empty desk for every worker."""
    return [_desk(world, state, n, DESK) for n in range(threads)]


def _desk(world: World, state: Table, number: int, patients: int) -> Table:
    departments = int(np.diff(state.first_department).max(initial=0))
    return worker(number, patients, departments, len(world.names.tiers), len(world.choice.nest))


def wider(world: World, state: Table, me: Table, patients: int) -> Table:
    """A worker's empty desk with room for so many patients of one facility and day."""
    if len(me.visits) >= patients:
        return me
    desk = _desk(world, state, me.number, 2 * patients)
    counts = ("lists", "lengths", "arrived", "visit_ends", "stay_ends", "episodes")
    return Table("worker", {**vars(desk), **{name: getattr(me, name) for name in counts}})


def records(state: Table, more: int) -> Table:
    """The state with so many more records, all free.

    They come from those reserved, which no memory is spent on before; then all move to more room.
    """
    first, end = int(state.made[0]), int(state.made[0]) + more
    if end > len(state.patients):
        room = {"patients": PATIENT, "link": np.int32, "free": np.uint8}
        grown = {name: on_lines(end, kind) for name, kind in room.items()}
        for name, new in grown.items():
            new[:first] = getattr(state, name)[:first]
        state = Table("state", {**vars(state), **grown})
    state.free[first:end] = VACANT
    state.made[0] = end
    return state
