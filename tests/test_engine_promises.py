"""What the engines promise: waits so far, rooms, links that end, order of learning."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
import worlds
from twins import on_every_engine

from sim.arithmetic import DAY
from sim.engine import play
from sim.engine.patients import Patient
from sim.engine.reference import TieredCare
from sim.engine.residents import Resident
from sim.events import REFUSED, Visit
from sim.world import World

pytestmark = pytest.mark.unit

HOUR_LONG = {"family": "constant", "mean_minutes": 60.0}


@on_every_engine
def test_the_wait_so_far_of_those_waiting_is_known(engine: str) -> None:
    v = play([(0, worlds.queue(3.0, service=HOUR_LONG))], 1, 1, engine=engine).visits
    waiting = v["start"] < 0
    assert waiting.sum() > 20
    assert (v["ready"][waiting] == v["arrival"][waiting]).all()


def test_the_refused_do_not_enter_the_expected_wait() -> None:
    """With no waiting place nobody who is seen has waited."""
    model = TieredCare([(0, worlds.queue(6.0, service=HOUR_LONG, room=0))], 1)
    model.step()
    assert (model.books.visits.rows()[:, Visit._fields.index("outcome")] == REFUSED).any()
    model.step()
    model.forget()
    assert model.outlook.minutes.max() == 0.0


@on_every_engine
def test_a_step_down_fixed_when_a_stay_starts_outlives_the_policy(engine: str) -> None:
    world = worlds.county()
    target = world.facilities.step_down_target
    on = world.having({"facilities.step_down": np.where(target >= 0, 1.0, 0.0)})
    off = on.having({"facilities.step_down_target": np.full_like(target, -1)})
    s = play([(0, on), (2, off)], 1, 12, engine=engine).stays
    below = s["stepped_from"] >= 0
    assert below.any()
    assert set(s["facility"][below].tolist()) <= set(target[target >= 0].tolist())


def linked(world: World, success: float) -> tuple[World, int]:
    """Low tiers ask the hub's remote department; (world, facility that answers)."""
    d = world.departments
    hub = int(np.flatnonzero(world.facilities.tier == 4)[0])
    remote = int(world.choice.department[hub, world.names.specialties.index("remote")])
    doctors, low = d.doctors.copy(), world.facilities.tier[d.facility] <= 1
    doctors[remote] = 3
    return world.having({
        "departments.doctors": doctors,
        "departments.remote_point": np.where(low, remote, -1).astype(np.int32),
        "departments.remote_rate": np.where(low, 5.0, 0.0),
        "departments.remote_success": np.full(len(low), success),
    }), hub  # fmt: skip


def test_a_remote_request_keeps_its_link_when_the_policy_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on, hub = linked(worlds.county(), success=0.01)
    off = on.having({"departments.remote_point": np.full_like(on.departments.remote_point, -1)})
    targets, plain = [], Resident.remote

    def watched(self: Resident, row: Any, goal: Any) -> Any:
        result = yield from plain(self, row, goal)
        targets.extend([self.target] if result[0] is None else [])
        return result

    monkeypatch.setattr(Resident, "remote", watched)
    play([(0, on), (1, off)], 1, 3)
    assert targets
    assert set(targets) <= {hub}


def test_what_is_learned_does_not_depend_on_the_order_of_events() -> None:
    """Halving does not commute, and replies of one hour have no order of their own.

    Only what one resident lives through has an order.
    """
    world = worlds.county().having({"behaviour.town_memory": 3.0})
    known = []
    for turned in (False, True):
        model = TieredCare([(0, world)], 1)
        model.step()
        if turned:
            told = model.lessons[:]
            model.lessons.sort(key=lambda lesson: -lesson[0])  # of one resident as it was
            assert model.lessons != told
            assert len({lesson[0] for lesson in told}) < len(told)
        model._learn()
        known.append(model.outlook)
        model.forget()
    assert known[0].reputation.sum() > 20
    assert (known[0].reputation == known[1].reputation).all()
    assert (known[0].own == known[1].own).all()


def test_who_returns_with_results_is_never_refused() -> None:
    world = worlds.county()
    model = TieredCare(
        [(0, world.having({"departments.room": np.zeros_like(world.departments.room)}))], 1
    )
    for _ in range(4):
        model.step()
        assert min(point.busy for point in model.points) >= 0
    model.forget()


@on_every_engine
def test_a_link_against_the_ranks_is_refused(engine: str) -> None:
    world = worlds.county()
    target = np.full_like(world.facilities.referral_target, -1)
    hub = int(np.flatnonzero(world.facilities.tier == 4)[0])
    target[hub] = 0
    with pytest.raises(ValueError, match=r"referral between .* ranks"):
        play([(0, world.having({"facilities.referral_target": target}))], 1, 1, engine=engine)


@on_every_engine
def test_a_stream_of_too_many_arrivals_is_refused(engine: str) -> None:
    with pytest.raises(ValueError, match="65,536 arrivals a day"):
        play([(0, worlds.queue(4000.0))], 1, 1, engine=engine)


@on_every_engine
def test_a_later_world_may_widen_the_horizon_and_the_room(engine: str) -> None:
    world = worlds.queue(2.0, service=HOUR_LONG, room=0)
    wide = world.having({"departments.room": np.array([50]), "behaviour.horizon": 30})
    v = play([(0, world), (2, wide)], 1, 3, engine=engine).visits
    refused = v["arrival"][v["outcome"] == REFUSED]
    assert (refused < 2 * DAY).any()
    assert not (refused > 2 * DAY).any()


@on_every_engine
def test_a_link_against_the_ranks_on_a_later_day_is_refused_before_playing(engine: str) -> None:
    world = worlds.county()
    hub = int(np.flatnonzero(world.facilities.tier == 4)[0])
    target = np.full_like(world.facilities.step_down_target, -1)
    target[0] = hub
    later = world.having({"facilities.step_down_target": target})
    played: list[int] = []
    with pytest.raises(ValueError, match="step-down between"):
        play([(0, world), (2, later)], 1, 3, engine, lambda day, _: played.append(day))
    assert not played


@on_every_engine
def test_an_interrupted_run_leaves_no_model_behind(engine: str) -> None:
    def interrupt(day: int, days: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play([(0, worlds.queue())], 1, 2, progress=interrupt, engine=engine)
    gc.collect()
    assert not [held for held in gc.get_objects() if issubclass(type(held), TieredCare | Patient)]
