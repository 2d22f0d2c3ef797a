"""The rules of a day on single queues and on explicit worlds: what happens first in one instant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import simpy
import worlds
from twins import on_every_engine

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.engine import play
from sim.engine.service_point import ENDLESS, LEFT, REFUSED, STARTED, Desk, ServicePoint
from sim.events import LEFT as LEFT_UNSEEN
from sim.events import REFUSED as REFUSED_AT_DOOR
from sim.events import RESOLVED
from sim.world import ORDINARY, REFERRED, RETURNING, URGENT, World

pytestmark = pytest.mark.unit

SERVICE = 10
HOURS = [{"from": "08:00", "to": "12:00"}, {"from": "14:00", "to": "17:30"}]
MINUTE = TICKS_PER_MINUTE


class Bench:
    """A point in a clock of its own; `log` says (visit, what, when)."""

    def __init__(self, **point: Any) -> None:
        self.env = simpy.Environment()
        self.point = ServicePoint(self.env, **point)
        self.log: list[tuple[int, str, int]] = []

    def patient(
        self, visit: int, at: int, service: int = SERVICE, patience: int = ENDLESS,
        visit_class: int = ORDINARY,
    ) -> None:  # fmt: skip
        """Somebody who comes at an instant."""
        self.env.process(self._story(visit, at, service, patience, visit_class))

    def _story(self, visit: int, at: int, service: int, patience: int, k: int) -> Any:
        yield self.env.timeout(at)
        how = yield self.point.join(visit, k, patience).event
        self.log.append((visit, how, self.env.now))
        if how is STARTED:
            yield self.env.timeout(service)
            self.point.leave()

    def at(self, tick: int, action: Any, *given: int) -> None:
        """Something done to the point at an instant."""
        timer = self.env.timeout(tick)
        timer.callbacks.append(lambda _: action(*given))

    def said(self, until: int = 1000) -> dict[int, tuple[str, int]]:
        """What became of whom, and when."""
        self.env.run(until=until)
        assert len(self.log) == len({visit for visit, _, _ in self.log})
        return {visit: (how, when) for visit, how, when in self.log}


# --- one instant -----------------------------------------------------------------------------


def test_an_end_makes_room_for_who_arrives_in_the_same_instant() -> None:
    bench = Bench(capacity=1, room=0)
    bench.patient(2, SERVICE)  # scheduled before the end that frees the server
    bench.patient(1, 0)
    assert bench.said() == {1: (STARTED, 0), 2: (STARTED, SERVICE)}


def test_arrivals_of_one_instant_start_by_visit_key_whatever_order_they_are_processed_in() -> None:
    for order in ([3, 1, 2], [1, 2, 3], [2, 3, 1]):
        bench = Bench(capacity=1)
        for visit in order:
            bench.patient(visit, 5)
        assert bench.said() == {1: (STARTED, 5), 2: (STARTED, 15), 3: (STARTED, 25)}


def test_a_start_beats_an_expiry_of_the_same_instant() -> None:
    bench = Bench(capacity=1)
    bench.patient(1, 0)
    bench.patient(2, 3, patience=SERVICE - 3)  # ends with the service before it
    bench.patient(3, 3, patience=SERVICE - 3)
    assert bench.said() == {1: (STARTED, 0), 2: (STARTED, SERVICE), 3: (LEFT, SERVICE)}


def test_end_arrival_expiry_and_capacity_in_one_instant() -> None:
    """At 10: a second server, an end, an urgent arrival, two expiries; two start, one leaves."""
    bench = Bench(capacity=1)
    bench.patient(1, 0)
    bench.patient(2, 1, patience=9)
    bench.patient(3, 2, patience=8)
    bench.patient(4, 10, visit_class=URGENT)
    bench.at(10, bench.point.set_capacity, 2)
    assert bench.said() == {
        1: (STARTED, 0), 4: (STARTED, 10), 2: (STARTED, 10), 3: (LEFT, 10),
    }  # fmt: skip


def test_an_arrival_does_not_overtake_who_waits() -> None:
    bench = Bench(capacity=1)
    bench.patient(5, 0)
    bench.patient(9, 1)
    bench.patient(1, 10)  # smallest key, reaches the point as the server becomes free
    assert bench.said() == {5: (STARTED, 0), 9: (STARTED, 10), 1: (STARTED, 20)}


def test_a_desk_answers_one_instant_by_visit_key() -> None:
    env = simpy.Environment()
    desk, given = Desk(env), []

    def asks(visit: int) -> Any:
        yield env.timeout(7)
        yield desk.ask(visit, lambda: given.append(visit))

    for visit in (8, 3, 5):
        env.process(asks(visit))
    env.run()
    assert given == [3, 5, 8]


# --- capacity and opening ----------------------------------------------------------------------


def test_a_cut_lets_work_finish_and_starts_nobody_before_it_is_obeyed() -> None:
    bench = Bench(capacity=3)
    for visit, service in ((1, 10), (2, 20), (3, 30)):
        bench.patient(visit, 0, service)
    bench.patient(4, 1)
    bench.at(5, bench.point.set_capacity, 1)
    assert bench.said()[4] == (STARTED, 30)


def test_no_capacity_is_legal() -> None:
    bench = Bench(capacity=0)
    bench.patient(1, 0)
    bench.patient(2, 0, patience=4)
    bench.at(50, bench.point.set_capacity, 1)
    assert bench.said() == {1: (STARTED, 50), 2: (LEFT, 4)}


def test_who_is_inside_at_closing_is_seen_and_who_comes_later_waits_for_the_opening() -> None:
    bench = Bench(capacity=1)
    bench.patient(1, 0)
    bench.patient(2, 1)
    bench.at(5, bench.point.close)
    bench.patient(3, 6)
    bench.at(100, bench.point.open, 1)
    assert bench.said() == {1: (STARTED, 0), 2: (STARTED, 10), 3: (STARTED, 100)}


def test_outside_first_come_first_served_and_patience_counts_from_the_opening() -> None:
    bench = Bench(is_open=False)
    bench.patient(7, 1)
    bench.patient(2, 3)
    bench.patient(1, 5, patience=2)
    bench.patient(0, 100)  # at the very opening, after all who came before
    bench.at(100, bench.point.open, 1)
    assert bench.said() == {
        7: (STARTED, 100), 2: (STARTED, 110), 1: (LEFT, 102), 0: (STARTED, 120),
    }  # fmt: skip


def test_closing_and_opening_in_one_instant_leaves_the_point_open() -> None:
    bench = Bench(capacity=1)
    bench.at(5, bench.point.close)
    bench.at(5, bench.point.open, 2)
    bench.patient(1, 6)
    bench.patient(2, 6)
    assert bench.said() == {1: (STARTED, 6), 2: (STARTED, 6)}


# --- classes and rooms -------------------------------------------------------------------------


def test_urgent_before_returning_before_referred_before_ordinary() -> None:
    bench = Bench(capacity=1)
    bench.patient(9, 0)
    for visit, k in ((1, ORDINARY), (2, REFERRED), (3, RETURNING), (4, URGENT)):
        bench.patient(visit, visit, visit_class=k)
    said = bench.said()
    assert sorted(said, key=lambda visit: said[visit][1]) == [9, 4, 3, 2, 1]


def test_priority_does_not_interrupt_a_service() -> None:
    bench = Bench(capacity=1)
    bench.patient(1, 0)
    bench.patient(2, 1, visit_class=URGENT)
    assert bench.said() == {1: (STARTED, 0), 2: (STARTED, SERVICE)}


def test_a_room_counts_servers_and_places_and_forgets_those_who_left() -> None:
    bench = Bench(capacity=1, room=1)
    bench.patient(1, 0)
    bench.patient(2, 1, patience=4)
    bench.patient(3, 2)
    bench.patient(4, 5)  # arrives before the expiry of the same instant is settled
    bench.patient(5, 6)
    assert bench.said() == {
        1: (STARTED, 0), 2: (LEFT, 5), 3: (REFUSED, 2), 4: (REFUSED, 5), 5: (STARTED, 10),
    }  # fmt: skip


def test_simultaneous_arrivals_fill_a_room_by_visit_key() -> None:
    bench = Bench(capacity=1, room=1)
    for visit in (4, 2, 3, 1):
        bench.patient(visit, 0)
    said = bench.said()
    assert [said[visit][0] for visit in (1, 2, 3, 4)] == [STARTED, STARTED, REFUSED, REFUSED]


# --- explicit worlds ---------------------------------------------------------------------------


def constant(minutes: float, per_hour: Any, **department: Any) -> World:
    """One clinic with services of constant length."""
    service = {"family": "constant", "mean_minutes": minutes}
    return worlds.queue(per_hour, service=service, **department)


@on_every_engine
def test_a_clinic_keeps_its_hours(engine: str) -> None:
    """Starts lie in the hours, or are of people who were inside at closing, in order."""
    v = play([(0, constant(25.0, 3.0, open=HOURS))], 1, 6, engine=engine).visits
    within = v["arrival"] % DAY // MINUTE
    inside = ((within >= 480) & (within < 720)) | ((within >= 840) & (within < 1050))
    inside &= v["start"] >= 0
    assert (v["ready"][inside] == v["arrival"][inside]).all()
    waited = (v["start"] >= 0) & (v["ready"] > v["arrival"])
    opening = v["ready"][waited] % DAY // MINUTE
    assert set(opening) == {480, 840}
    assert (v["ready"][waited] - v["arrival"][waited] < DAY).all()
    started = v["start"] >= 0
    late = v["start"][started] % DAY // MINUTE
    after_hours = (late < 480) | ((late >= 720) & (late < 840)) | (late >= 1050)
    assert after_hours.any()
    ready = v["ready"][started][after_hours] % DAY // MINUTE
    assert ((ready >= 480) & (ready < 1050)).all()


@on_every_engine
def test_a_service_that_crosses_midnight_keeps_the_duration_of_its_start(engine: str) -> None:
    before, after = constant(40.0, 3.0), constant(5.0, 3.0)
    v = play([(0, before), (1, after)], 3, 2, engine=engine).visits
    seen = (v["start"] >= 0) & (v["end"] >= 0)
    start, length = v["start"][seen], (v["end"] - v["start"])[seen]
    assert (length[start < DAY] == 40 * MINUTE).all()
    assert (length[start >= DAY] == 5 * MINUTE).all()
    assert ((start < DAY) & (start + length > DAY)).any()


@on_every_engine
def test_more_doctors_from_midnight_on_start_those_who_wait_at_midnight(engine: str) -> None:
    few, many = (constant(60.0, 3.0, servers=n) for n in (1, 100))
    v = play([(0, few), (1, many)], 1, 2, engine=engine).visits
    waiting = (v["arrival"] < DAY) & (v["start"] >= DAY)
    assert waiting.sum() > 10
    assert (v["start"][waiting] == DAY).all()


@on_every_engine
def test_a_cut_at_midnight_lets_services_finish(engine: str) -> None:
    many, none = constant(60.0, 3.0, servers=9), constant(60.0, 3.0, servers=0)
    v = play([(0, many), (1, none)], 1, 2, engine=engine).visits
    started = v["start"] >= 0
    assert (v["start"][started] < DAY).all()
    assert (v["outcome"][started] == RESOLVED).all()
    assert (v["end"][started] >= DAY).any()
    assert (~started).sum() > 20
    assert set(v["outcome"][~started]) == {-1}


@on_every_engine
def test_no_waiting_place_means_loss_and_no_wait(engine: str) -> None:
    v = play([(0, constant(30.0, 4.0, servers=2, room=0))], 1, 10, engine=engine).visits
    refused = v["outcome"] == REFUSED_AT_DOOR
    assert refused.any()
    assert (v["start"][~refused] == v["arrival"][~refused]).all()
    assert (v["end"][refused] == v["arrival"][refused]).all()
    for moment in v["arrival"][refused]:
        assert ((v["start"] < moment) & (v["start"] >= 0) & (v["end"] > moment)).sum() == 2


@on_every_engine
def test_who_leaves_had_nobody_overtake_him_within_his_class(engine: str) -> None:
    patience = {"mean_minutes": 20.0}
    v = play([(0, constant(15.0, 6.0, patience=patience))], 1, 5, engine=engine).visits
    left = v["outcome"] == LEFT_UNSEEN
    assert left.sum() > 20
    assert (v["end"][left] > v["ready"][left]).all()
    assert (v["start"][left] == -1).all()
    for arrival, end in zip(v["arrival"][left], v["end"][left], strict=True):
        passed = (v["arrival"] > arrival) & (v["start"] >= 0) & (v["start"] <= end)
        assert not passed.any()


@on_every_engine
def test_work_conserving_and_never_over_capacity(engine: str) -> None:
    """Nobody waits while a server is free, at any arrival."""
    v = play([(0, constant(17.0, 6.0, servers=2))], 1, 10, engine=engine).visits
    started = v["start"] >= 0
    arrival, start, end = (v[name][started] for name in ("arrival", "start", "end"))
    end = np.where(end < 0, 10 * DAY, end)
    for moment in arrival[:: max(len(arrival) // 300, 1)]:
        busy = ((start <= moment) & (end > moment)).sum()
        waiting = ((arrival <= moment) & (start > moment)).sum()
        assert busy <= 2
        assert busy == 2 or waiting == 0


@pytest.mark.parametrize("family", ["constant", "lognormal", "exponential"])
@on_every_engine
def test_patience_of_any_family_has_its_mean_and_shape(engine: str, family: str) -> None:
    """With nobody seen, everybody leaves after a patience of the stated family."""
    patience = {"family": family, "mean_minutes": 40.0, "cv": 0.5}
    v = play([(0, worlds.queue(20.0, servers=0, patience=patience))], 1, 10, engine=engine).visits
    left = v["outcome"] == LEFT_UNSEEN
    waited = (v["end"] - v["ready"])[left] / TICKS_PER_MINUTE
    cv = {"constant": 0.0, "lognormal": 0.5, "exponential": 1.0}[family]
    assert left.sum() > 4000
    assert abs(waited.mean() - 40.0) <= 4 * 40.0 * max(cv, 1e-9) / np.sqrt(left.sum())
    assert abs(waited.std() / 40.0 - cv) < 0.05
