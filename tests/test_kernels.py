"""What the compiled engine does to be fast must not be seen: desks, records, the plain queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_listed import CLASSES, cells, lasting
from twin_timelines import timelines
from twins import Player, Timeline, assert_twins, by

from sim import people
from sim.arithmetic import TICKS_PER_MINUTE
from sim.engine import compiled
from sim.engine.compiled import Machine, opening
from sim.engine.compiled.plain import is_plain
from sim.events import Events
from sim.world import SESSIONS, WEEKDAYS, World

pytestmark = pytest.mark.invariant

SMALL_DESK = 16
FEVER = 12.0  # times the needs of a day
RANKS = {"a": 10, "b": 20, "c": 30}
quick: dict[str, Any] = {
    "deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck),
}  # fmt: skip


def under(owner: Any, name: str, value: Any, **asked: Any) -> Player:
    """The compiled engine with something of its own replaced."""

    def player(timeline: Timeline, seed: int, days: int) -> Events:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, value)
            return by("compiled", **asked)(timeline, seed, days)

    return player


def played(owner: Any, name: str, value: Any, kind: str, examples: int) -> None:
    """Compare the reference with an engine so changed on generated timelines of a kind."""

    @settings(max_examples=examples, **quick)
    @given(timelines(kind))
    def twins(drawn: tuple[Timeline, int, int]) -> None:
        assert_twins(*drawn, other=under(owner, name, value))

    twins()


# --- the morning ---------------------------------------------------------------------------------


def test_of_many_needs_of_a_day_the_first_counts() -> None:
    """Where everybody falls ill several times a day, as in the reference: the earliest opens."""
    fever = worlds.county()
    more = {path: fever.get(path) * FEVER for path in ("needs.rate", "needs.envelope")}
    fever = fever.having({**more, "places.population": fever.places.population // 8})
    assert_twins([(0, fever)], 5, 2)
    needs = by("compiled")([(0, fever)], 5, 2).ledger["needs"]
    assert needs["dropped"] > needs["arisen"] / 5


# --- desks and records ---------------------------------------------------------------------------


@pytest.mark.parametrize("special", [False, True], ids=["general", "plain"])
def test_a_day_of_more_patients_than_a_desk_holds(
    monkeypatch: pytest.MonkeyPatch, special: bool
) -> None:
    monkeypatch.setattr(Machine, "special", special)
    busy = [(0, worlds.queue(30.0, servers=5))]
    events = assert_twins(busy, 1, 2, other=under(opening, "DESK", SMALL_DESK))
    assert len(events.visits["visit"]) > 2 * 10 * SMALL_DESK


@pytest.mark.parametrize("kind", ["listed", "county"])
def test_desks_that_are_too_small_change_nothing(kind: str) -> None:
    played(opening, "DESK", SMALL_DESK, kind, 15)


@pytest.mark.slow
def test_a_day_of_more_patients_than_a_desk_of_the_usual_size_holds() -> None:
    events = assert_twins([(0, worlds.queue(450.0, servers=80))], 1, 2)
    assert len(events.visits["visit"]) > 2 * opening.DESK


def providing(more: Callable[[int], int], calls: list[int]) -> Any:
    """`opening.records` with another number of new records; each call is noted."""

    def records(state: Any, wanted: int) -> Any:
        calls.append(wanted)
        return opening.records(state, more(wanted))

    return records


def test_the_pool_of_records_grows_without_changing_anything() -> None:
    """Once for all days, day by day, and to the last record: the same as the reference."""
    growing = [(0, worlds.queue(12.0, servers=1))]  # those who wait keep their records
    often: list[int] = []
    once: list[int] = []
    assert_twins(growing, 1, 8, other=under(compiled, "records", providing(int, often)))
    ample = providing(lambda wanted: 10_000, once)
    assert_twins(growing, 1, 8, other=under(compiled, "records", ample))
    assert len(often) > len(once) == 1


def test_the_pool_of_spells_grows_without_changing_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With just enough, shared out again and again, or with more than are ever needed."""
    rooms: list[int] = []

    def exact(state: Any, desks: Any, most: int) -> Any:
        rooms.append(len(state.spells))
        return opening.spells(state, desks, most)

    def ample(state: Any, desks: Any, most: int) -> Any:
        return opening.spells(state, desks, 50 * most)

    monkeypatch.setattr(opening, "AMPLE", 1)
    growing = [(0, worlds.county())]
    for more in (exact, ample):
        assert_twins(growing, 1, 4, other=under(compiled, "spells", more, threads=2))
    assert len(set(rooms)) > 2


# --- the kernel of plain queues ------------------------------------------------------------------


@st.composite
def queues(draw: st.DrawFn) -> World:
    """Three always open queues of given demand, mostly of one class, often overloaded."""
    listed = [
        {
            "name": name, "rank": rank, "tier": "village",
            "departments": [{
                "name": "general", "servers": draw(st.integers(1, 5)), "open": "always",
                "service": lasting(draw, "minutes", (5.0, 15.0, 30.0, 90.0, 2000.0)),
            }],
        }
        for name, rank in RANKS.items()
    ]  # fmt: skip
    usual = draw(st.sampled_from(CLASSES))
    classes = st.sampled_from([usual, usual, usual, "urgent"])
    asked = [
        {"to": f"{name}.general", "per_hour": draw(st.sampled_from([0.2, 2.0, 8.0])),
         "class": draw(classes)}
        for name in RANKS
    ]  # fmt: skip
    ways = [
        {"from": f"{origin}.general", "to": f"{target}.general", "probability": 0.5,
         "after_minutes": draw(st.sampled_from(delays)), "class": draw(classes)}
        for origin, target, delays in (
            ("a", "b", (0.0, 30.0)), ("b", "c", (0.0, 700.0)), ("c", "a", (1440.0, 2000.0)),
        )
    ]  # fmt: skip
    return worlds.listed(listed, arrivals=asked, routes=ways)


@st.composite
def queues_of_days(draw: st.DrawFn) -> Timeline:
    """Queues whose servers and service change at a date, or not."""
    world = draw(queues())
    days = draw(st.lists(st.integers(1, 4), max_size=2, unique=True))
    return [(0, world), *((day, restaffed(draw, world)) for day in sorted(days))]


def restaffed(draw: st.DrawFn, world: World) -> World:
    """The same queues with other servers on each weekday, sometimes none."""
    d = world.departments
    held = (d.closes > d.opens)[:, None, :] | (d.always > 0)[:, None, None]
    shape = (len(d.facility), WEEKDAYS, SESSIONS)
    doctors = cells(draw, (1, 1, 2, 3, 4, 5, 0), shape, 11) * (held & (d.doctors > 0))
    mean = cells(draw, (3.0, 20.0, 60.0), shape[:1])
    return world.having(
        {"departments.doctors": doctors.astype(np.int32), "departments.service_mean": mean}
    )


@pytest.mark.parametrize("servers", [1, 2, 3])
def test_services_of_days_before_hold_fewer_servers(servers: int) -> None:
    """Five served for days; with fewer servers from the second day on, nobody starts too soon."""
    long = {"family": "constant", "mean_minutes": 3.5 * 1440}
    busy = worlds.queue(0.2, servers=5, open="always", service=long)
    doctors = np.minimum(np.asarray(busy.departments.doctors), servers)
    fewer = busy.having({"departments.doctors": doctors.astype(np.int32)})
    found = [0, 0]
    counted = under(Machine, "_play", counting(found))
    assert_twins([(0, busy), (2, fewer)], 3, 12, other=counted)
    assert found[1] > 8


def at_once(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """In both engines everybody of a stream comes at a whole number of steps."""
    reference, found = people.arrivals_of_day, Machine._arrivals_of

    def of_day(*asked: Any) -> Any:
        arriving = reference(*asked)
        return arriving._replace(tick=arriving.tick // step * step)

    def of_worker(machine: Machine, number: int) -> Callable[[np.ndarray], int]:
        find = found(machine, number)

        def rounded(out: np.ndarray) -> int:
            count = find(out)
            out[:count, 2] = out[:count, 2] // step * step
            return count

        return rounded

    monkeypatch.setattr(people, "arrivals_of_day", of_day)
    monkeypatch.setattr(Machine, "_arrivals_of", of_worker)


@pytest.mark.parametrize("servers", [1, 2, 4])
def test_who_comes_at_one_instant_starts_by_class(
    monkeypatch: pytest.MonkeyPatch, servers: int
) -> None:
    """All of three classes come, and services end, on the quarter of an hour."""
    at_once(monkeypatch, 15 * TICKS_PER_MINUTE)
    department = {"name": "general", "servers": servers, "open": "always",
                  "service": {"family": "constant", "mean_minutes": 15}}  # fmt: skip
    classes = ("ordinary", "urgent", "referred", "ordinary")
    asked = [{"to": "clinic.general", "per_hour": 0.95 * servers, "class": c} for c in classes]
    busy = worlds.listed([{"name": "clinic", "departments": [department]}], arrivals=asked)
    found = [0, 0]
    events = assert_twins([(0, busy)], 2, 6, other=under(Machine, "_play", counting(found)))
    assert found == [1, 5]  # the first day opens the door
    arrival = events.visits["arrival"]
    assert len(arrival) - len(np.unique(arrival)) > 150  # who shares an instant


def counting(found: list[int]) -> Any:
    """A day's play that first counts the facilities that are plain and those that are not."""
    plain_play = Machine._play

    def play(machine: Machine, facilities: np.ndarray) -> None:
        for f in facilities.tolist():
            found[int(is_plain(machine.day, machine.state, machine.workers[0], f))] += 1
        plain_play(machine, facilities)

    return play


def test_the_kernel_of_plain_queues_equals_the_general_one() -> None:
    found = [0, 0]
    carried = 0

    @settings(max_examples=60, **quick)
    @given(queues_of_days(), st.integers(0, 9))
    def alike(timeline: Timeline, seed: int) -> None:
        nonlocal carried
        general = under(Machine, "special", False)
        events = assert_twins(timeline, seed, 5, one=general, other=under(Machine, "special", True))
        assert_twins(timeline, seed, 5, other=under(Machine, "_play", counting(found)))
        carried += int(events.daily["queued"].sum())

    alike()
    print(f"{found[1]:,} days of plain queues, {found[0]:,} of others, {carried:,} carried over")
    assert min(found) > 100  # both, and a run goes from one to the other
    assert carried > 0
