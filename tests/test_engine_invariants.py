"""What holds in every run: conservation, capacity, order, patience, rooms."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.arithmetic import DAY
from sim.engine import play
from sim.engine.books import ENDED, EPISODE_STATES, VISIT_STATES
from sim.engine.reference import TieredCare
from sim.events import LEFT, REFUSED, Events

DAYS = 4
CLOSED_EPISODES = ("resolved", "gave_up", "no_show", "stayed_home")
HOURS = ("always", [{"from": "08:00", "to": "12:00"}, {"from": "14:00", "to": "17:30"}])
FAMILIES = ("exponential", "constant", "lognormal")
few = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def departments(draw: st.DrawFn) -> dict[str, Any]:
    """A department of any hours, servers, service, room and patience."""
    mean = draw(st.sampled_from([1.0, 7.5, 20.0, 60.0]))
    asked: dict[str, Any] = {
        "servers": draw(st.integers(1, 3)),
        "open": draw(st.sampled_from(HOURS)),
        "service": {"family": draw(st.sampled_from(FAMILIES)), "mean_minutes": mean},
        "room": draw(st.sampled_from([None, 0, 2])),
        "admit": draw(st.sampled_from([0.0, 0.2])),
    }
    if draw(st.booleans()):
        asked["patience"] = {"mean_minutes": draw(st.sampled_from([5.0, 60.0]))}
    return asked


@st.composite
def networks(draw: st.DrawFn) -> Any:
    """Two or three facilities, streams of any class, routes up at once and down after a day."""
    names = ["low", "middle", "high"][: draw(st.integers(2, 3))]
    facilities = []
    for name, tier in zip(names, ("village", "county", "hub"), strict=False):
        facility = worlds.clinic(name, **draw(departments()))
        beds = draw(st.integers(0, 4))
        stay = {"family": "exponential", "mean_days": 1.0}
        facilities.append({**facility, "tier": tier, "beds": beds, "stay": stay})
    classes = st.sampled_from(["urgent", "referred", "ordinary"])
    rates = st.sampled_from([0.5, 4.0, 12.0])
    arrivals = [
        {"to": f"{name}.general", "per_hour": draw(rates), "class": draw(classes)}
        for name in names
    ]
    up = {"from": "low.general", "to": "middle.general", "probability": 0.3, "after_minutes": 30}
    down = {"from": "middle.general", "to": "low.general", "probability": 0.2}
    return worlds.listed(
        facilities, arrivals=arrivals, routes=[up, {**down, "after_minutes": 1440}]
    )


def assert_conserved(events: Events) -> None:
    visits, episodes = events.ledger["visits"], events.ledger["episodes"]
    held = sum(visits[item] for item in (*ENDED, *VISIT_STATES))
    assert (visits["arrived"] == held).all()
    assert all((visits[item] >= 0).all() for item in visits)
    states = sum(episodes[item] for item in (*CLOSED_EPISODES, *EPISODE_STATES))
    assert episodes["opened"] == states


def assert_capacity(events: Events, world: Any) -> None:
    """Nobody starts while every server of a roster that never changes is busy."""
    v = events.visits
    for department in range(len(world.departments.facility)):
        seen = (v["department"] == department) & (v["start"] >= 0) & (v["end"] >= 0)
        instants = np.concatenate([v["start"][seen], v["end"][seen]])
        steps = np.concatenate([np.ones(seen.sum()), -np.ones(seen.sum())])
        order = np.lexsort((steps, instants))
        busy = np.cumsum(steps[order])
        assert busy.max(initial=0) <= world.departments.doctors[department].max()


def assert_order(events: Events, world: Any) -> None:
    """First come first served within a class, and no class overtaken by a lower one."""
    v = events.visits
    for department in range(len(world.departments.facility)):
        for visit_class in np.unique(v["visit_class"]):
            seen = (v["department"] == department) & (v["visit_class"] == visit_class)
            seen &= v["start"] >= 0
            order = np.lexsort((v["visit"][seen], v["arrival"][seen]))
            assert (np.diff(v["start"][seen][order]) >= 0).all()


@pytest.mark.invariant
@few
@given(networks(), st.integers(0, 5))
def test_any_network_conserves_and_keeps_order(world: Any, seed: int) -> None:
    events = play([(0, world)], seed, DAYS)
    assert_conserved(events)
    assert_capacity(events, world)
    assert_order(events, world)
    v = events.visits
    started = v["start"] >= 0
    assert (v["start"][started] >= v["ready"][started]).all()
    assert (v["ready"][started] >= v["arrival"][started]).all()
    ended = v["end"] >= 0
    assert (v["end"][ended & started] > v["start"][ended & started]).all()


@pytest.mark.invariant
@few
@given(networks())
def test_rooms_and_patience_bind(world: Any) -> None:
    events = play([(0, world)], 1, DAYS)
    v = events.visits
    limited = np.flatnonzero(world.departments.room >= 0)
    assert set(v["department"][v["outcome"] == REFUSED]) <= set(limited)
    impatient = np.flatnonzero(world.departments.patience_mean > 0)
    assert set(v["department"][v["outcome"] == LEFT]) <= set(impatient)


@pytest.mark.invariant
def test_a_county_conserves_visits_and_episodes() -> None:
    events = play([(0, worlds.county())], 1, 4)
    assert_conserved(events)
    assert events.ledger["episodes"]["opened"] > 1000
    v = events.visits
    within = v["end"] >= 0
    assert (v["end"][within] <= 4 * DAY).all()
    assert len(np.unique(v["visit"])) == len(v["visit"])


@pytest.mark.invariant
def test_within_a_day_people_move_only_up() -> None:
    world = worlds.county()
    v = play([(0, world)], 1, 6).visits
    mine = v["resident"] >= 0
    order = np.lexsort((v["contact"][mine], v["visit"][mine] >> 9))
    episode, day = (v["visit"][mine] >> 9)[order], (v["requested"][mine] // DAY)[order]
    rank = world.facilities.rank[v["facility"][mine]][order]
    last = (v["end"][mine] // DAY)[order]
    follows = (episode[1:] == episode[:-1]) & (day[1:] == last[:-1])
    assert follows.any()
    assert (rank[1:][follows] > rank[:-1][follows]).all()


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
