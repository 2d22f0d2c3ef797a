"""Small listed worlds of every mechanism that given demand knows, for the twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import worlds
from hypothesis import strategies as st

from sim.listing import WEEKDAY_NAMES
from sim.world import SESSIONS, WEEKDAYS, World

HOURS = (
    "always",
    [{"from": "08:00", "to": "12:00"}, {"from": "14:00", "to": "17:30"}],
    [{"from": "08:00", "to": "12:00"}, {"from": "12:00", "to": "18:00"}],
    [{"from": "00:00", "to": "24:00"}],
    [{"from": "00:00", "to": "06:00"}, {"from": "20:00", "to": "24:00"}],
    [{"from": "09:00", "to": "10:00"}],
)
FAMILIES = ("constant", "constant", "exponential", "lognormal")
RANKS = (10, 10, 20, 30)
UP_MINUTES, LATER_MINUTES = (0.0, 30.0, 60.0, 700.0), (1440.0, 1500.0, 2880.0)
CLASSES = ("urgent", "referred", "ordinary", "ordinary")
ONE_HOUR = [0.0] * 9 + [20.0] + [0.0] * 14
UNEVEN = {WEEKDAY_NAMES[1]: 0.0, WEEKDAY_NAMES[5]: 2.0}
RATES = (0.2, 1.0, 4.0, ONE_HOUR)


def cells(draw: st.DrawFn, values: tuple[Any, ...], shape: Any, period: int = 7) -> np.ndarray:
    """An array of a shape whose cells repeat a few drawn values."""
    few = draw(st.lists(st.sampled_from(values), min_size=period, max_size=period))
    return np.resize(np.array(few), shape)


def lasting(draw: st.DrawFn, unit: str, means: tuple[float, ...]) -> dict[str, Any]:
    """A duration of any family."""
    family = draw(st.sampled_from(FAMILIES))
    asked = {"family": family, f"mean_{unit}": draw(st.sampled_from(means))}
    return asked | ({"cv": 0.7} if family == "lognormal" else {})


@st.composite
def departments(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A queue of any capacity, hours, service, room, patience and share of admissions."""
    asked = {
        "name": name,
        "servers": draw(st.sampled_from([0, 1, 1, 2, 3])),
        "open": draw(st.sampled_from(HOURS)),
        "service": lasting(draw, "minutes", (5.0, 15.0, 30.0, 90.0, 2000.0)),
        "room": draw(st.sampled_from([None, None, 0, 1, 3])),
        "admit": draw(st.sampled_from([0.0, 0.2, 0.6])),
    }
    if draw(st.booleans()):
        asked["patience"] = lasting(draw, "minutes", (5.0, 30.0, 240.0))
    return asked


@st.composite
def facilities(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """An institution of one to three departments and few beds."""
    names = ("general", "surgery", "emergency")[: draw(st.sampled_from([1, 1, 2, 3]))]
    return {
        "name": name,
        "tier": draw(st.sampled_from(["village", "county", "hub"])),
        "rank": draw(st.sampled_from(RANKS)),
        "beds": draw(st.integers(0, 4)),
        "stay": lasting(draw, "days", (0.05, 0.5, 1.5)),
        "departments": [draw(departments(department)) for department in names],
    }


def streams(draw: st.DrawFn, addresses: list[str]) -> list[dict[str, Any]]:
    """One or two streams to most departments, of any class, some on some weekdays only."""
    asked = []
    for address in addresses:
        for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
            weekdays = draw(st.sampled_from([{}, {}, UNEVEN]))
            rate, visit_class = draw(st.sampled_from(RATES)), draw(st.sampled_from(CLASSES))
            asked.append(
                {"to": address, "per_hour": rate, "weekdays": weekdays, "class": visit_class}
            )
    return asked


def routes(draw: st.DrawFn, rank: dict[str, int]) -> list[dict[str, Any]]:
    """At most two ways on from each department: up on the same day, else a day later."""
    asked, addresses = [], sorted(rank)
    for origin in addresses:
        for _ in range(draw(st.sampled_from([0, 1, 2]))):
            target = draw(st.sampled_from(addresses))
            delays = UP_MINUTES if rank[target] > rank[origin] else LATER_MINUTES
            after, chance = draw(st.sampled_from(delays)), draw(st.sampled_from([0.2, 0.5]))
            asked.append({
                "from": origin, "to": target, "probability": chance, "after_minutes": after,
                "class": draw(st.sampled_from(CLASSES)),
            })  # fmt: skip
    return asked


@st.composite
def networks(draw: st.DrawFn) -> World:
    """Two to four institutions with their streams and routes, from any day of the year."""
    listed = [draw(facilities(name)) for name in "abcd"[: draw(st.integers(2, 4))]]
    rank = {f"{f['name']}.{d['name']}": f["rank"] for f in listed for d in f["departments"]}
    asked = streams(draw, list(rank)) or [{"to": next(iter(rank)), "per_hour": 2.0}]
    world = worlds.listed(listed, arrivals=asked, routes=routes(draw, rank))
    start = worlds.MONDAY.toordinal() + draw(st.sampled_from([0, 4, 5, 23]))
    world = world.having({"clock.first_day": start})
    return changed(draw, world) if draw(st.booleans()) else world


def changed(draw: st.DrawFn, world: World) -> World:
    """The same places with another roster, rooms, beds, durations and ways down."""
    for levers in (rosters, queues, wards):
        if draw(st.booleans()):
            world = world.having(levers(draw, world))
    return world


def rosters(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Doctors by weekday and session, none outside sessions that are held."""
    departments = world.departments
    held = (departments.closes > departments.opens)[:, None, :]
    shape = (len(departments.facility), WEEKDAYS, SESSIONS)
    doctors = cells(draw, (0, 1, 1, 2, 3), shape, 11) * held
    return {
        "departments.doctors": doctors.astype(np.int32),
        "departments.stops": cells(draw, (0, 0, 1), shape[:1]).astype(np.int32),
    }


def queues(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Rooms, durations and patience of departments."""
    count = len(world.departments.facility)
    return {
        "departments.room": cells(draw, (-1, -1, 0, 2), count).astype(np.int32),
        "departments.service_mean": cells(draw, (3.0, 20.0, 60.0), count),
        "departments.patience_mean": cells(draw, (0.0, 10.0, 60.0), count),
    }


def wards(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Beds, and stays that end below."""
    rank = world.facilities.rank
    lower = [np.flatnonzero(rank < own) for own in rank]
    takes = [int(below[0]) if len(below) else -1 for below in lower]
    return {
        "facilities.beds": cells(draw, (0, 1, 2, 4), len(rank)).astype(np.int32),
        "facilities.step_down_target": np.array(takes, dtype=np.int32),
        "facilities.step_down": cells(draw, (0.0, 0.5, 1.0), len(rank)),
        "care.step_down_share": draw(st.sampled_from([0.1, 0.4])),
        "care.walk_minutes": draw(st.sampled_from([0.0, 5.0, 1440.0])),
    }
