"""What holds in every run of every engine: conservation, capacity, order, patience, neutral doses.

The worlds are those of the twins, with their changes of roster, rooms, beds and links.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import worlds
from hypothesis import HealthCheck, Phase, given, settings
from twin_timelines import Timeline, timelines
from twins import by, on_every_engine

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.engine import play
from sim.engine.books import ENDED, EPISODE_STATES, VISIT_STATES
from sim.engine.reference import TieredCare
from sim.events import LEFT, REFUSED, Events
from sim.world import CONSTANT, WEEKDAYS, World

EXAMPLES = {"listed": 40, "county": 12}  # a county takes longer
CLOSED_EPISODES = ("resolved", "gave_up", "no_show", "stayed_home")
KINDS = pytest.mark.parametrize("kind", ["listed", "county"])


def in_every_run(engine: str, kind: str, holds: Callable[[Timeline, int, Events], None]) -> None:
    """Play generated timelines of a kind and check each; `holds` gets timeline, days, events."""
    # a county has no small example, and looking for one takes minutes
    phases = [phase for phase in Phase if kind == "listed" or phase != Phase.shrink]
    quiet = {"deadline": None, "suppress_health_check": list(HealthCheck)}

    @settings(max_examples=EXAMPLES[kind], phases=phases, **quiet)
    @given(timelines(kind))
    def checked(drawn: tuple[Timeline, int, int]) -> None:
        timeline, seed, days = drawn
        holds(timeline, days, by(engine)(timeline, seed, days))

    checked()


def by_department(timeline: Timeline, events: Events) -> Iterator[tuple[int, dict[str, Any]]]:
    """The visits of each department."""
    v = events.visits
    for department in range(len(timeline[0][1].departments.facility)):
        there = v["department"] == department
        if there.any():
            yield department, {name: column[there] for name, column in v.items()}


def in_force(timeline: Timeline, day: int) -> World:
    """The World of a day."""
    return [world for begins, world in timeline if begins <= day][-1]


def never(ticks: np.ndarray) -> np.ndarray:
    """Times with those that have not come yet put beyond every run."""
    return np.where(ticks < 0, np.iinfo(np.int64).max, ticks)


# --- conservation --------------------------------------------------------------------------------


def assert_conserved(timeline: Timeline, days: int, events: Events) -> None:
    visits, episodes = events.ledger["visits"], events.ledger["episodes"]
    held = sum(visits[item] for item in (*ENDED, *VISIT_STATES))
    assert (visits["arrived"] == held).all()
    assert all((visits[item] >= 0).all() for item in visits)
    states = sum(episodes[item] for item in (*CLOSED_EPISODES, *EPISODE_STATES))
    assert episodes["opened"] == states
    assert all(count >= 0 for count in episodes.values())
    contacts = len(events.visits["visit"]) + (events.stays["stepped_from"] >= 0).sum()
    assert visits["arrived"].sum() == contacts
    assert len(np.unique(events.visits["visit"])) == len(events.visits["visit"])


@on_every_engine
@KINDS
@pytest.mark.invariant
def test_visits_and_episodes_are_conserved(engine: str, kind: str) -> None:
    in_every_run(engine, kind, assert_conserved)


# --- capacity ------------------------------------------------------------------------------------


def capacity(timeline: Timeline, department: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """(Ticks at which a department's doctors change, doctors from then on), closings first."""
    changes = [(-1, 0, 0)]
    for day in range(days):
        world = in_force(timeline, day)
        d, weekday = world.departments, (world.clock.first_day + day - 1) % WEEKDAYS
        doctors = d.doctors[department, weekday]
        if d.always[department]:
            changes.append((day * DAY, 1, int(doctors[0])))
            continue
        for n, opens, closes in zip(
            doctors, d.opens[department], d.closes[department], strict=True
        ):
            if n > 0:
                changes.append((day * DAY + int(opens), 1, int(n)))
            if n > 0 and d.stops[department]:
                changes.append((day * DAY + int(closes), 0, 0))
    ticks, _, present = np.array(sorted(changes), dtype=np.int64).T
    return ticks, present


def assert_capacity(timeline: Timeline, days: int, events: Events) -> None:
    """Nobody starts while as many are being seen as there are doctors, whatever the roster.

    Visits with a test have a gap between their contacts and are left out; so are those of the care
    model that go on at the end of the run: who of them has left the doctor for a test is not told.
    """
    for department, v in by_department(timeline, events):
        whole = (v["end"] >= 0) | (v["condition"] < 0)
        seen = (v["start"] >= 0) & (v["test_wait"] < 0) & whole
        start, end = np.sort(v["start"][seen]), np.sort(never(v["end"][seen]))
        ended = np.searchsorted(end, start, side="right")
        busy = np.searchsorted(start, start, side="right") - ended
        ticks, present = capacity(timeline, department, days)
        there = present[np.searchsorted(ticks, start, side="right") - 1]
        assert (busy <= there).all()


def assert_beds(timeline: Timeline, days: int, events: Events) -> None:
    """Nobody gets a bed while as many are taken as are open that day."""
    s = events.stays
    for facility in np.unique(s["facility"]):
        there = (s["facility"] == facility) & (s["start"] >= 0)
        start, end = np.sort(s["start"][there]), np.sort(never(s["end"][there]))
        busy = np.searchsorted(start, start, "right") - np.searchsorted(end, start, "right")
        beds = [in_force(timeline, day).facilities.beds[facility] for day in start // DAY]
        assert (busy <= np.array(beds)).all()


@on_every_engine
@KINDS
@pytest.mark.invariant
def test_no_start_beyond_capacity(engine: str, kind: str) -> None:
    def holds(timeline: Timeline, days: int, events: Events) -> None:
        assert_capacity(timeline, days, events)
        assert_beds(timeline, days, events)

    in_every_run(engine, kind, holds)


# --- order, waits, patience ----------------------------------------------------------------------


def assert_order(timeline: Timeline, days: int, events: Events) -> None:
    """First come first served within a class, and nobody starts while a higher class waits."""
    for _, v in by_department(timeline, events):
        until = np.where(v["start"] >= 0, v["start"], never(v["end"]))
        ready, started = never(v["ready"]), v["start"] >= 0
        for rank in np.unique(v["visit_class"]):
            mine = started & (v["visit_class"] == rank)
            order = np.lexsort((v["visit"][mine], v["arrival"][mine]))
            assert (np.diff(v["start"][mine][order]) >= 0).all()
            above, moments = (v["visit_class"] < rank) & (v["ready"] >= 0), v["start"][mine]
            joined = np.searchsorted(np.sort(ready[above]), moments, side="right")
            gone = np.searchsorted(np.sort(until[above]), moments, side="right")
            assert (joined == gone).all()


def assert_times(timeline: Timeline, days: int, events: Events) -> None:
    """No wait is negative, and nothing but a later appointment lies after the last midnight."""
    v, s, r = events.visits, events.stays, events.remote
    spans = [(v, a, b) for a, b in (("requested", "arrival"), ("arrival", "ready"),
                                    ("ready", "start"), ("start", "end"))]  # fmt: skip
    spans += [(s, "requested", "start"), (s, "start", "end")]
    spans += [(r, "requested", "start"), (r, "start", "end"), (r, "end", "reply")]
    for table, first, last in spans:
        both = (table[first] >= 0) & (table[last] >= 0)
        assert (table[last][both] >= table[first][both]).all()
        assert (table[first] < days * DAY).all()
    assert (v["test_wait"] >= -1).all()
    served = (v["start"] >= 0) & (v["end"] >= 0)
    assert (v["service"][served] > 0).all()
    assert (v["end"] - v["start"] >= v["service"])[served].all()


def assert_patience(timeline: Timeline, days: int, events: Events) -> None:
    """Who waits with a constant patience starts within it or leaves exactly at its end."""
    for department, v in by_department(timeline, events):
        mean = np.array([patience(timeline, department, day) for day in v["arrival"] // DAY])
        limit = np.round(mean * TICKS_PER_MINUTE).astype(np.int64)
        ready, left = v["ready"] >= 0, v["outcome"] == LEFT
        bound = ready & (mean > 0)
        assert not (left & (mean == 0)).any()
        assert ((v["end"] - v["ready"])[bound & left] == limit[bound & left]).all()
        started = bound & (v["start"] >= 0)
        assert ((v["start"] - v["ready"])[started] <= limit[started]).all()
        waiting = bound & (v["start"] < 0) & (v["outcome"] < 0)
        assert (days * DAY - v["ready"][waiting] <= limit[waiting]).all()


def patience(timeline: Timeline, department: int, day: int) -> float:
    """Minutes of a constant patience, 0 endless, -1 of another family."""
    d = in_force(timeline, day).departments
    mean = float(d.patience_mean[department])
    constant = d.patience_family[department] == CONSTANT
    return mean if constant or mean == 0.0 else -1.0


def assert_rooms(timeline: Timeline, days: int, events: Events) -> None:
    """Only departments with a room refuse, and at once."""
    v = events.visits
    refused = v["outcome"] == REFUSED
    limited = [np.flatnonzero(world.departments.room >= 0) for _, world in timeline]
    assert set(v["department"][refused]) <= set(np.concatenate(limited))
    assert (v["end"][refused] == v["arrival"][refused]).all()


@on_every_engine
@pytest.mark.invariant
def test_order_patience_and_rooms_of_any_network(engine: str) -> None:
    def holds(timeline: Timeline, days: int, events: Events) -> None:
        for check in (assert_order, assert_patience):
            check(timeline, days, events)

    in_every_run(engine, "listed", holds)


@on_every_engine
@KINDS
@pytest.mark.invariant
def test_no_negative_wait_and_no_refusal_without_a_room(engine: str, kind: str) -> None:
    def holds(timeline: Timeline, days: int, events: Events) -> None:
        assert_times(timeline, days, events)
        assert_rooms(timeline, days, events)

    in_every_run(engine, kind, holds)


@on_every_engine
@pytest.mark.invariant
def test_within_a_day_people_move_only_up(engine: str) -> None:
    def holds(timeline: Timeline, days: int, events: Events) -> None:
        assert (steps_of_a_day(timeline[0][1], events) > 0).all()

    in_every_run(engine, "county", holds)
    world = worlds.county()
    assert len(steps_of_a_day(world, play([(0, world)], 1, 6, engine=engine))) > 0


def steps_of_a_day(world: World, events: Events) -> np.ndarray:
    """How much higher each resident's contact ranks than his contact before on the same day."""
    v = events.visits
    order = np.argsort(v["visit"])
    order = order[v["resident"][order] >= 0]
    episode, asked, end = (v[name][order] for name in ("visit", "requested", "end"))
    follows = (episode[1:] >> 9 == episode[:-1] >> 9) & (asked[1:] // DAY == end[:-1] // DAY)
    rank = world.facilities.rank[v["facility"][order]]
    return (rank[1:] - rank[:-1])[follows]


# --- neutral doses -------------------------------------------------------------------------------


def neutral() -> dict[str, dict[str, Any]]:
    """Levers of the small county at doses that must change nothing."""
    world = worlds.county()
    d, f = world.departments, world.facilities
    hub = int(np.flatnonzero(d.facility == np.argmax(f.rank))[0])
    below = f.rank[d.facility] < f.rank.max()
    lowest = int(np.argmin(f.rank))
    new = (f.step_down_target < 0) & (f.rank > f.rank[lowest])
    return {
        "a link without an allowance": {
            "departments.remote_point": np.where(below, hub, -1).astype(np.int32),
            "departments.remote_success": np.ones(len(below)),
        },
        "a way down that nobody takes": {
            "facilities.step_down_target": np.where(
                new, lowest, f.step_down_target).astype(np.int32),
            "facilities.step_down": np.where(new, 0.0, f.step_down),
        },
        "a room for everybody": {"departments.room": np.full(len(below), 10**6, dtype=np.int32)},
        "held numbers without numbers": {
            "departments.held": np.where(d.quota_minutes > 0.0, d.held, 0.5)},
        "a department that refers as its facility does": {
            "departments.referral_target": f.referral_target[d.facility]},
        "a unit no better than any department": {
            "departments.unit_level": np.full(len(below), d.level.min())},
    }  # fmt: skip


@on_every_engine
@pytest.mark.parametrize("name", sorted(neutral()))
@pytest.mark.invariant
def test_a_neutral_dose_changes_nothing(engine: str, name: str) -> None:
    world = worlds.county()
    plain = play([(0, world)], 1, 3, engine=engine)
    dosed = play([(0, world), (1, world.having(neutral()[name]))], 1, 3, engine=engine)
    assert worlds.same(plain, dosed)


@pytest.mark.invariant
def test_runs_leave_no_model_behind() -> None:
    kept = []
    for seed in range(3):
        model = TieredCare([(0, worlds.queue())], seed)
        model.step()
        model.forget()
        kept.append(weakref.ref(model))
        del model
    gc.collect()
    assert [one() for one in kept] == [None] * 3
