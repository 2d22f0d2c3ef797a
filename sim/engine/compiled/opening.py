"""What the compiled engine holds before the first day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import people
from sim.engine.compiled.layout import (
    DAYS_AHEAD,
    EMPTY,
    LISTS,
    NONE,
    PAGE,
    PATIENT,
    POINT,
    SPARE,
    SPELL,
    VACANT,
    State,
    worker,
)
from sim.table import LINE, Table, on_lines
from sim.world import SESSIONS, UNLIMITED, World

RESERVED = 8  # residents for each record that is reserved
AMPLE = 2  # times the spells that are needed at once
DESK = 8192  # patients of one facility and day that a worker's desk has room for at first


def first_state(worlds: Sequence[World], residents: int, threads: int) -> Table:
    """Empty points, lists and books for the worlds of a timeline: a table of `State`."""
    world = worlds[0]
    d, f = len(world.departments.facility), len(world.facilities.code)
    owner = np.asarray(world.departments.facility)
    days = max(w.behaviour.horizon for w in worlds) + 1
    empty, reserve = (d + 2 * f, LISTS), residents // RESERVED
    ranks = len(np.unique(np.concatenate([w.facilities.rank for w in worlds])))
    places = len(world.places.code)
    state = State(
        on_lines(reserve, PATIENT), on_lines(0, SPELL), np.zeros((threads, 0), np.int32),
        np.zeros(reserve, np.uint8), np.zeros(2, np.int64), _points(world),
        np.full(empty, NONE, np.int32), np.full(empty, NONE, np.int32),
        np.searchsorted(np.sort(owner), np.arange(f + 1)).astype(np.int32),
        np.argsort(owner, kind="stable").astype(np.int32),
        people.first_routes(world.routes, d), np.zeros((d, days, SESSIONS, 2), np.int32),
        np.zeros(d), np.zeros((d, 2), np.int64), np.zeros((d, 2), np.int64),
        np.zeros(f, np.int64), np.zeros(residents, np.uint8),
        np.full((threads, DAYS_AHEAD), EMPTY), _pages(threads, DAYS_AHEAD, reserve),
        np.full((threads, places), EMPTY, np.int32), np.full((threads, f), EMPTY, np.int32),
        _pages(threads, places + f, (1 + ranks) * reserve), _deciders(threads, reserve),
        np.zeros((threads, f), np.int32), ranks,
    )  # fmt: skip
    return Table("state", state._asdict())


def _pages(threads: int, lists: int, most: int) -> np.ndarray:
    """Room for each worker's lists, in which so many stand at most."""
    slots = PAGE * (lists + most // (PAGE - 1) + 2)
    return on_lines(threads * slots, np.int32).reshape(threads, slots)


def _deciders(threads: int, most: int) -> np.ndarray:
    """Room for so many who decide, in whole lines for each worker."""
    return on_lines(threads * (most + LINE), np.int32).reshape(threads, most + LINE)


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
    counts = ("lengths", "arrived", "visit_ends", "stay_ends", "episodes")
    return Table("worker", {**vars(desk), **{name: getattr(me, name) for name in counts}})


def records(state: Table, more: int) -> Table:
    """The state with so many more records, all free.

    They come from those reserved, which no memory is spent on before; then all move to more room.
    """
    first, end = int(state.made[0]), int(state.made[0]) + more
    if end > len(state.patients):
        room = {"patients": PATIENT, "free": np.uint8}
        grown = {name: on_lines(end, kind) for name, kind in room.items()}
        for name, new in grown.items():
            new[:first] = getattr(state, name)[:first]
        (threads, places), facilities = state.at_home.shape, state.inbox.shape[1]
        lists = {
            "leaves": _pages(threads, DAYS_AHEAD, end), "deciders": _deciders(threads, end),
            "pages": _pages(threads, places + facilities, (1 + state.ranks) * end),
        }  # fmt: skip
        for name, new in lists.items():
            new[:, : getattr(state, name).shape[1]] = getattr(state, name)
        grown |= lists
        state = Table("state", {**vars(state), **grown})
    state.free[first:end] = VACANT
    state.made[0] = end
    return state


def spells(state: Table, desks: Sequence[Table], most: int) -> Table:
    """The state with at least so many spells in the stack of each worker."""
    left = [int(desk.lengths[SPARE]) for desk in desks]
    if min(left) >= most:
        return state
    lying = np.concatenate([state.spare[n, :count] for n, count in enumerate(left)])
    first = int(state.made[1])
    end = first + max(AMPLE * most * len(desks) - len(lying), 0)
    if end > len(state.spells):
        state = _room_for_spells(state, 2 * end)
    state.made[1] = end
    lying = np.concatenate([lying, np.arange(first, end, dtype=np.int32)])
    for desk, share in zip(desks, np.array_split(lying, len(desks)), strict=True):
        state.spare[desk.number, : len(share)] = share
        desk.lengths[SPARE] = len(share)
    return state


def _room_for_spells(state: Table, room: int) -> Table:
    """The state with room for so many spells."""
    new, spare = on_lines(room, SPELL), np.zeros((len(state.spare), room), np.int32)
    new[: len(state.spells)] = state.spells
    spare[:, : state.spare.shape[1]] = state.spare
    return Table("state", {**vars(state), "spells": new, "spare": spare})
