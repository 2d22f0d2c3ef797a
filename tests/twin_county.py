"""A small real county cut to a few places and institutions, with any levers, for the twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import worlds
from hypothesis import strategies as st
from twin_listed import cells

from sim.arithmetic import DAY
from sim.world import SESSIONS, WEEKDAYS, Surges, World, group_of

HOUR = DAY // 24
SESSION_HOURS = (  # opening, closing of both sessions
    ((8, 12), (14, 18)),
    ((8, 12), (12, 18)),
    ((0, 24), (24, 24)),
    ((0, 12), (12, 24)),
    ((6, 9), (18, 24)),
    ((9, 10), (10, 10)),
)
PLACES = (0, 1, 8, 39, 60, 100)
DEMAND = 2.0


@st.composite
def counties(draw: st.DrawFn) -> World:
    """A few inhabited places that share a few institutions, under any levers."""
    world = settled(draw, worlds.county())
    world = world.having(staffed(world) | visitors(draw, world))
    return changed(draw, world, likely=True)


def settled(draw: st.DrawFn, world: World) -> World:
    """One to three inhabited places whose people share one or two institutions of each kind."""
    population = np.zeros_like(world.places.population)
    chosen = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True))
    for place in chosen:
        population[place] = draw(st.sampled_from([30, 300, 1000, 4200]))
    option = np.full_like(world.choice.option, -1)
    for kind in range(option.shape[1]):
        there = np.flatnonzero(world.facilities.kind == kind)
        for c in range(option.shape[2]):
            option[:, kind, c] = there[draw(st.integers(0, 1)) % len(there)]
    travel = cells(draw, (0.0, 10.0, 45.0, 600.0), option.shape[1])
    start = worlds.MONDAY.toordinal() + draw(st.sampled_from([0, 4, 23]))
    return world.having({
        "clock.first_day": start, "places.population": population, "choice.option": option,
        "choice.travel": np.broadcast_to(travel[None, :, None], option.shape).copy(),
        "needs.rate": world.needs.rate * DEMAND, "needs.envelope": world.needs.envelope * DEMAND,
    })  # fmt: skip


def in_use(world: World) -> np.ndarray:
    """Whether residents or outside patients may go to a department's institution."""
    facility = world.departments.facility
    return np.isin(facility, np.append(world.choice.option, facility[world.streams.department]))


def staffed(world: World) -> dict[str, Any]:
    """No doctors where nobody goes: doors that open for nobody take most of a day's time."""
    return {"departments.doctors": world.departments.doctors * in_use(world)[:, None, None]}


def visitors(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Outside patients at slices, few or none."""
    level = draw(st.sampled_from([0.0, 0.02, 0.1]))
    return {"streams.weekday": world.streams.weekday * level}


def changed(draw: st.DrawFn, world: World, likely: bool = False) -> World:
    """The same county under other levers; each group of them is drawn or left alone."""
    groups = (
        rosters, queues, numbers, wards, tests, skills, links, referrals, habits, times, insurance,
        news, online, struck, managed, emergencies,
    )  # fmt: skip
    usual = [True, True, False] if likely else [True, False, False]
    for group in groups:
        if draw(st.sampled_from(usual)):
            world = world.having(group(draw, world))
    return world


def rosters(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Opening hours and doctors by weekday and session; 24-hour departments stay so."""
    departments = world.departments
    hours = np.array(SESSION_HOURS, dtype=np.int64) * HOUR
    which = cells(draw, tuple(range(len(hours))), len(departments.facility), 5)
    always = departments.always[:, None] > 0
    opens = np.where(always, departments.opens, hours[which, :, 0])
    closes = np.where(always, departments.closes, hours[which, :, 1])
    shape = (len(which), WEEKDAYS, SESSIONS)
    held = (closes > opens)[:, None, :] & in_use(world)[:, None, None]
    doctors = cells(draw, (0, 1, 1, 1, 2, 5), shape, 11) * held
    return {
        "departments.opens": opens, "departments.closes": closes,
        "departments.doctors": doctors.astype(np.int32),
    }  # fmt: skip


def queues(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Waiting places and patience."""
    count = len(world.departments.facility)
    families = cells(draw, (1, 2, 3), count).astype(np.int32)
    return {
        "departments.room": cells(draw, (-1, -1, 0, 1, 3), count).astype(np.int32),
        "departments.patience_mean": cells(draw, (0.0, 5.0, 60.0), count),
        "departments.patience_family": families,
        "departments.stops": cells(draw, (0, 0, 1), count).astype(np.int32),
        "behaviour.patience": draw(st.sampled_from([0.0, 3.0, 30.0, 240.0])),
    }


def numbers(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Registration numbers, few or many, held ones, the horizon and who fails to come."""
    count = len(world.departments.facility)
    quota = cells(draw, (0.0, 9.0, 60.0, 120.0), count)
    return {
        "departments.quota_minutes": np.where(world.departments.always > 0, 0.0, quota),
        "departments.reminded": cells(draw, (0.0, 0.0, 0.5, 1.0), len(quota)),
        "departments.reserved": np.zeros_like(world.departments.reserved),
        "departments.held": cells(draw, (0.0, 0.5, 1.0), count),
        "departments.slotted": cells(draw, (0.0, 0.5, 1.0), count),
        "behaviour.no_show": draw(st.sampled_from([0.0, 0.144, 0.8])),
        "behaviour.horizon": draw(st.sampled_from([0, 1, 3, 14])),
        "behaviour.release": draw(st.sampled_from([0, 2, 24])) * HOUR,
    }


def wards(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Beds, who needs one, how long, and stays that end below."""
    facilities, rank = world.facilities, world.facilities.rank
    used = np.unique(world.choice.option)
    lower = [[f for f in used.tolist() if rank[f] < own] for own in rank]
    which = cells(draw, (0, 3, 8), len(rank))
    takes = [below[w % len(below)] if below else -1 for below, w in zip(lower, which, strict=True)]
    return {
        "facilities.beds": cells(draw, (0, 1, 2, 40), len(rank)).astype(np.int32),
        "facilities.step_down_target": np.array(takes, dtype=np.int32),
        "facilities.step_down": cells(draw, (0.0, 0.5, 1.0), len(facilities.beds)),
        "facilities.stay_factor": cells(draw, (1.0, 1.0, 0.5, 1.7), len(facilities.beds)),
        "facilities.stay_kept": cells(draw, (1.0, 1.0, 0.5), len(facilities.beds)),
        "care.bed": np.minimum(1.0, world.care.bed * draw(st.sampled_from([1.0, 20.0]))),
        "care.stay_days": world.care.stay_days * draw(st.sampled_from([0.02, 0.1, 1.0])),
        "care.stay_cv": draw(st.sampled_from([0.0, 0.7])),
        "care.step_down_share": draw(st.sampled_from([0.05, 0.4])),
        "behaviour.bed_patience": draw(st.sampled_from([0.0, 0.1, 5.0])),
        "behaviour.declines": draw(st.sampled_from([0.0, 0.1, 0.6])),
    }


def tests(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Test places, who needs a test, what is recognised and in stock."""
    count = len(world.facilities.tests)
    return {
        "facilities.tests": cells(draw, (0, 1, 1, 3), count).astype(np.int32),
        "facilities.test_share": cells(draw, (0.3, 1.0), count),
        "facilities.recognition": cells(draw, (0.0, 0.5, 1.0), count),
        "facilities.formulary": cells(draw, (0.2, 1.0), count),
        "facilities.peers": cells(draw, (0.0, 0.0, 0.7), count),
        "facilities.spared": cells(draw, (0.0, 0.0, 0.6), count),
        "care.test_need": np.full_like(world.care.test_need, draw(st.sampled_from([0.3, 1.0]))),
        "care.test_minutes": draw(st.sampled_from([10.0, 90.0])),
    }


def news(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Who sees what is free, where waits are posted, where nobody files, what a kind is worth."""
    count, places = len(world.facilities.code), len(world.places.code)
    return {
        "facilities.informed": cells(draw, (0, 1), count).astype(np.int32),
        "facilities.metro": cells(draw, (0, 7), count).astype(np.int32),
        "places.metro": cells(draw, (0, 7), places).astype(np.int32),
        "departments.posted": cells(draw, (0.0, 0.5, 1.0), len(world.departments.facility)),
        "choice.appeal": cells(draw, (0.0, 470.0, -300.0), world.choice.appeal.shape, 7),
    }


def online(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Refills asked from home, of a remote department in use, and tests read above."""
    departments, rank = world.departments, world.facilities.rank[world.departments.facility]
    remote = departments.specialty == world.names.specialties.index("remote")
    doors = np.flatnonzero(remote & np.isin(departments.facility, world.choice.option))
    above = [doors[rank[doors] > own].tolist() for own in rank]
    which = cells(draw, (-1, 0, 1), len(rank))
    reads = [ups[w % len(ups)] if ups and w >= 0 else -1
             for ups, w in zip(above, which, strict=True)]  # fmt: skip
    doctors, held = departments.doctors.copy(), (departments.closes > departments.opens)[remote]
    doctors[remote] = held[:, None, :] * draw(st.sampled_from([1, 2]))
    points = doors[cells(draw, (0, 1), len(world.places.code)) % len(doors)]
    return {
        "departments.doctors": doctors, "departments.reading_point": np.array(reads, np.int32),
        "departments.reading": cells(draw, (0.0, 0.5, 1.0), len(rank)),
        "departments.settles": cells(draw, (0.0, 0.5, 1.0), len(rank)),
        "choice.online_point": points.astype(np.int32),
        "choice.online": np.full(len(points), draw(st.sampled_from([0.0, 0.5, 1.0]))),
    }


def skills(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """How often a contact fails, and what is said then."""
    return {
        "care.skill_offset": draw(st.sampled_from([-3.0, -1.0, 1.5])),
        "care.advise": draw(st.sampled_from([0.0, 0.85, 1.0])),
        "care.minutes_cv": draw(st.sampled_from([0.0, 0.8])),
        "care.minutes": world.care.minutes * draw(st.sampled_from([1.0, 4.0])),
    }


def links(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Remote consultation from any department to one above, with doctors and an allowance."""
    departments = world.departments
    rank = world.facilities.rank[departments.facility]
    remote = departments.specialty == world.names.specialties.index("remote")
    township = world.facilities.tier[departments.facility] == world.names.tiers.index("township")
    used = np.isin(departments.facility, world.choice.option)
    doors = np.flatnonzero(remote | (township & used))
    above = [doors[rank[doors] > own].tolist() for own in rank]
    which = cells(draw, (-1, 0, 0, 1, 4), len(rank))
    asked = [
        ups[w % len(ups)] if ups and w >= 0 else -1 for ups, w in zip(above, which, strict=True)
    ]
    doctors = departments.doctors.copy()
    held = (departments.closes > departments.opens)[remote]
    doctors[remote] = held[:, None, :] * draw(st.sampled_from([0, 1, 2]))
    return {
        "departments.doctors": doctors,
        "departments.stops": np.where(remote, 1, departments.stops).astype(np.int32),
        "departments.remote_point": np.array(asked, dtype=np.int32),
        "departments.remote_rate": cells(draw, (0.0, 0.4, 1.0, 20.0, 20.0), len(rank)),
        "departments.remote_success": cells(draw, (0.0, 0.5, 1.0), len(rank)),
        "care.remote_lapse": draw(st.sampled_from([1.0, 7.0])),
    }


def referrals(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Formal referral to an institution in use that ranks above."""
    rank, used = world.facilities.rank, np.unique(world.choice.option)
    above = [[f for f in used.tolist() if rank[f] > own] for own in rank]
    which = cells(draw, (0, 2, 5), len(rank))
    to = [ups[w % len(ups)] if ups else -1 for ups, w in zip(above, which, strict=True)]
    return {
        "facilities.referral_target": np.array(to, dtype=np.int32),
        "facilities.referral_formal": cells(draw, (0.0, 0.5, 1.0), len(rank)),
        **by_specialty(draw, world, above),
    }


def by_specialty(draw: st.DrawFn, world: World, above: list[list[int]]) -> dict[str, Any]:
    """Departments that refer by a rule of their own, and units for their urgent cases."""
    facility = world.departments.facility
    which = cells(draw, (-1, -1, 0, 3), len(facility))
    own = [above[f] if w >= 0 else [] for f, w in zip(facility, which, strict=True)]
    to = [ups[w % len(ups)] if ups else -1 for ups, w in zip(own, which, strict=True)]
    return {
        "departments.referral_target": np.array(to, dtype=np.int32),
        "departments.referral_formal": cells(draw, (0.0, 0.5, 1.0), len(facility)),
        "departments.unit_level": cells(draw, (0.0, 0.0, 4.0, 6.0), len(facility)),
        "facilities.service_level": service_lines(draw, world),
    }


def service_lines(draw: st.DrawFn, world: World) -> np.ndarray:
    """Some facilities with a service line for some conditions."""
    shape = world.facilities.service_level.shape
    which = cells(draw, (0.0, 0.0, 0.0, 5.0), shape[0]), cells(draw, (0.0, 1.0, 1.0), shape[1])
    return np.asarray(np.outer(*which))


def habits(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """How often people try again, how much they remember, how strongly they react."""
    return {
        "behaviour.contacts": draw(st.sampled_from([1, 2, 6])),
        "behaviour.returns": np.full(3, draw(st.sampled_from([0.4, 1.0]))),
        "behaviour.follows": draw(st.sampled_from([0.5, 1.0])),
        "behaviour.return_days": draw(st.sampled_from([1.0, 3.0])),
        "behaviour.own_memory": draw(st.sampled_from([2.0, 20.0])),
        "behaviour.town_memory": draw(st.sampled_from([3.0, 1000.0])),
        "behaviour.smoothing": draw(st.sampled_from([0.2, 1.0])),
        "behaviour.advice": draw(st.sampled_from([1.2, 5.0])),
        "behaviour.filing": draw(st.sampled_from([0.0, 0.3, 1.0])),
    }


def insurance(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Who needs a referral, what is paid without, who has a low income and what he is spared."""
    shares = st.sampled_from([0.0, 0.5, 1.0])
    return {
        "people.low_income": draw(shares), "behaviour.deposit": draw(shares),
        "behaviour.poor_yuan": draw(st.sampled_from([1.0, 4.0])),
        "behaviour.yuan": draw(st.sampled_from([-0.00181, -0.0145])),
        "payment.gatekept": draw(shares), "payment.unreferred": draw(shares),
        "payment.waived": draw(shares), "payment.relief": draw(shares),
        "payment.ceiling": draw(st.sampled_from([0.0, 500.0])), "payment.deferred": draw(shares),
    }  # fmt: skip


def times(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Walks, transfers and replies at odd hours; travel of an even length."""
    return {
        "care.walk_minutes": draw(st.sampled_from([0.0, 5.0, 400.0])),
        "care.transfer_minutes": draw(st.sampled_from([0.0, 30.0, 900.0])),
        "care.reply_hour": draw(st.sampled_from([0.0, 8.0, 23.5])),
    }


def struck(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Up to two surges, of some hours or days, in some or all places."""
    each = draw(st.integers(0, 2))
    begins = np.array([draw(st.sampled_from([0, 1, 2])) for _ in range(each)]) * DAY + 9 * HOUR
    hours = np.array([draw(st.sampled_from([1, 30, 90])) for _ in range(each)]) * HOUR
    peak = draw(st.sampled_from([0.0, 0.3, 1.0]))
    last = len(world.places.code)
    conditions = [world.names.conditions.index(c) for c in ("injury", "infectious_surge")]
    given: dict[str, Any] = {
        "code": 7 + np.arange(each), "condition": np.array(conditions[:each]),
        "first_place": np.zeros(each), "end_place": np.full(each, draw(st.sampled_from([8, last]))),
        "size": cells(draw, (0.1, 0.6), each), "begins": begins,
        "peaks": begins + (hours * peak).astype(np.int64), "ends": begins + hours,
        "severity": np.tile([0.4, 0.7, 1.0], (each, 1)),
    }
    made = group_of(Surges, each, **given)
    return {f"surges.{name}": column for name, column in made._asdict().items()}


def managed(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Planned visits and looks by place, and what becomes of control."""
    count = len(world.places.code)
    return {
        "places.planned": cells(draw, (0.0, 26.0, 52.0), count),
        "places.screened": cells(draw, (0.0, 0.0, 6.0), count),
        "needs.undetected": draw(st.sampled_from([0.0, 0.9])),
        "care.control_gain": draw(st.sampled_from([0.1, 1.0])),
    }


def emergencies(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Ambulances to departments in use, units with hours, hospitals that rank above their like."""
    facility, rank = world.departments.facility, world.facilities.rank
    which = cells(draw, (0, 1, 1), len(facility)) * in_use(world)
    opens = cells(draw, (0, 8), len(facility)) * HOUR
    county = rank == rank[world.facilities.kind == world.names.kinds.index("county_general")].max()
    return {
        "departments.fetches": which.astype(np.int32),
        "departments.unit_level": cells(draw, (0.0, 4.0), len(facility)),
        "departments.unit_opens": opens, "departments.unit_closes": opens + 14 * HOUR,
        "facilities.rank": (rank + county * cells(draw, (0, 1), len(rank))).astype(np.int32),
        "behaviour.calls": draw(st.sampled_from([0.3, 1.0])),
    }


def asking_at_once() -> World:
    """All who fall ill come to primary doors open for one tick, 8:00, and need the hub's opinion.

    Every consultation takes the same time, so most ask at one instant, and each department may ask
    once a day: who asks is the rule's choice.
    """
    world = worlds.county()
    departments, rank = world.departments, world.facilities.rank
    remote = departments.specialty == world.names.specialties.index("remote")
    hub = int(np.flatnonzero(remote & (rank[departments.facility] == rank.max()))[0])
    linked = rank[departments.facility] < rank[departments.facility[remote]].min()
    asking = linked & (departments.always == 0)
    opens, closes, doctors = (
        getattr(departments, n).copy() for n in ("opens", "closes", "doctors")
    )
    opens[asking | remote], closes[asking] = (8 * HOUR, DAY), (8 * HOUR + 1, DAY)
    closes[remote], doctors[asking], doctors[hub] = (20 * HOUR, DAY), (3, 0), (1, 0)
    return world.having({
        "departments.opens": opens, "departments.closes": closes, "departments.doctors": doctors,
        "departments.remote_point": np.where(asking, hub, -1).astype(np.int32),
        "departments.remote_rate": np.where(asking, 1.0, 0.0), "care.remote_lapse": 1.0,
        "care.minutes": np.full_like(world.care.minutes, 10.0), "care.minutes_cv": 0.0,
        "care.skill_offset": -3.0, "streams.weekday": world.streams.weekday * 0.0,
    })  # fmt: skip
