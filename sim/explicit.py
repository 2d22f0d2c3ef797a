"""How do a few listed facilities with given demand become a World?

Nobody lives in an explicit world: streams of given demand arrive, are served by the department's
own family of durations, and follow routes. Textbook queues, tutorials and tests are such worlds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from sim import register, surges
from sim.arithmetic import DAY, MINUTES_PER_DAY, TICKS_PER_MINUTE
from sim.listing import WEEKDAY_NAMES, Arrival, Department, Facility, Listed, Session
from sim.world import (
    CLASSES,
    EXPONENTIAL,
    HOURS,
    SERVICE_FAMILIES,
    SESSIONS,
    UNLIMITED,
    WEEKDAYS,
    Array,
    Choice,
    Clock,
    Departments,
    Facilities,
    Names,
    Places,
    Routes,
    Streams,
    World,
    group_of,
)

USUAL_KIND = {
    "village": "village_clinic", "township": "township_centre", "county": "county_general",
    "municipal": "municipal_general", "hub": "hub_general",
}  # fmt: skip
CODE_BYTES = 6
NOBODY_AGED = np.linspace(0.0, 1.0, len(register.AGE_BANDS) + 1)[None, 1:]  # of no residents


class Point(NamedTuple):
    """A department and its facility, with their rows."""

    row: int
    facility_row: int
    facility: Facility
    department: Department


def points(listed: Listed) -> dict[str, Point]:
    """Every department by its address `facility.department`, in the order of the file."""
    found: dict[str, Point] = {}
    for facility_row, facility in enumerate(listed.facilities):
        for department in facility.departments:
            name = f"{facility.name}.{department.name}"
            found[name] = Point(len(found), facility_row, facility, department)
    return found


def world(listed: Listed, start: date) -> World:
    """The World of the listed facilities; `start` is day 0.

    Expects `complaints` to be empty.
    """
    found = points(listed)
    names = _names(listed, found)
    return World(
        clock=Clock(start.toordinal()),
        places=_nowhere(),
        people=register.people(NOBODY_AGED),
        needs=register.needs(),
        facilities=_facilities(listed, names),
        departments=_departments(found, names),
        choice=_choice(listed, found, names),
        behaviour=register.behaviour(),
        care=register.care(),
        payment=register.payment(),
        streams=_streams(listed, found, names),
        routes=_routes(listed, found),
        surges=surges.none(),
        names=names,
    )


def stable_code(name: str) -> int:
    """Number of a name that keys its luck: 48 bits of SHA-256, whatever else is listed."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:CODE_BYTES], "big")


def minutes(time: str) -> int:
    """Minutes after midnight of a time of day such as 08:30."""
    hour, minute = time.split(":")
    return 60 * int(hour) + int(minute)


def open_minutes(department: Department) -> float:
    """Minutes that a department is open on a mean day of the week."""
    if not department.open:
        return MINUTES_PER_DAY
    return sum(
        (minutes(session.to) - minutes(session.from_)) * len(set(session.weekdays)) / WEEKDAYS
        for session in department.open
    )


def rank(facility: Facility) -> int:
    """Order within a day: the rank given, else that of the kind."""
    return kind_of(facility).rank if facility.rank is None else facility.rank


def kind_of(facility: Facility) -> register.Kind:
    """The facility's kind as given, else the usual one of its tier."""
    return register.KIND[facility.kind or USUAL_KIND[facility.tier]]


def arrivals_a_day(arrival: Arrival) -> float:
    """Mean arrivals a day over a week [1/day]."""
    factors = [arrival.weekdays.get(day, 1.0) for day in WEEKDAY_NAMES]
    return sum(arrival.per_hour) * sum(factors) / WEEKDAYS


def _nowhere() -> Places:
    empty = np.zeros(0)
    return group_of(Places, 0, **dict.fromkeys(Places._fields, empty))


def _names(listed: Listed, found: dict[str, Point]) -> Names:
    return Names(
        tiers=register.TIERS, grades=register.GRADES,
        kinds=tuple(kind.name for kind in register.KINDS),
        specialties=register.SPECIALTIES, conditions=register.CONDITIONS,
        age_groups=register.AGE_GROUPS, schemes=register.SCHEMES,
        facilities=tuple(facility.name for facility in listed.facilities),
        departments=tuple(found), places=(), townships=(), counties=(),
        primary_kinds=register.PRIMARY_KINDS, hospital_kinds=register.HOSPITAL_KINDS,
    )  # fmt: skip


def _facilities(listed: Listed, names: Names) -> Facilities:
    each = listed.facilities
    stays = [facility.stay for facility in each]
    kinds = [kind_of(facility) for facility in each]
    nobody = [UNLIMITED] * len(each)
    return group_of(
        Facilities, len(each),
        code=[stable_code(facility.name) for facility in each],
        kind=[names.kinds.index(kind.name) for kind in kinds],
        tier=[names.tiers.index(facility.tier) for facility in each],
        grade=[names.grades.index(kind.grade) for kind in kinds],
        rank=[rank(facility) for facility in each],
        county=nobody, pooling_area=0, lon=0.0, lat=0.0,
        perceived=[kind.perceived for kind in kinds],
        physicians=[sum(one.servers for one in facility.departments) for facility in each],
        beds=[facility.beds for facility in each],
        service_level=np.zeros((len(each), len(names.conditions))),
        tests=0, test_share=0.0, formulary=1.0, recognition=0.0,
        referral_target=nobody, referral_formal=0.0, step_down_target=nobody, step_down=0.0,
        stay_family=[SERVICE_FAMILIES.index(stay.family) if stay else 0 for stay in stays],
        stay_mean=[stay.mean_days if stay else 0.0 for stay in stays],
        stay_cv=[stay.cv if stay else 0.0 for stay in stays],
    )  # fmt: skip


def _departments(found: dict[str, Point], names: Names) -> Departments:
    each = [point.department for point in found.values()]
    services = [department.service for department in each]
    patience = [department.patience for department in each]
    return group_of(
        Departments, len(each), reserved=np.zeros((len(each), WEEKDAYS, SESSIONS)),
        facility=[point.facility_row for point in found.values()],
        specialty=[_specialty(department, names) for department in each],
        level=[kind_of(point.facility).level for point in found.values()],
        doctors=np.stack([_roster(department) for department in each]),
        opens=[[opens for opens, _ in _hours(department)] for department in each],
        closes=[[closes for _, closes in _hours(department)] for department in each],
        always=[int(not department.open) for department in each],
        quota_minutes=0.0, slotted=0.0, prior_minutes=0.0, prior_days=0.0,
        service_family=[SERVICE_FAMILIES.index(service.family) for service in services],
        service_mean=[service.mean_minutes for service in services],
        service_cv=[service.cv for service in services],
        room=[UNLIMITED if one.room is None else one.room for one in each],
        patience_family=[
            SERVICE_FAMILIES.index(one.family) if one else EXPONENTIAL for one in patience
        ],
        patience_mean=[one.mean_minutes if one else 0.0 for one in patience],
        patience_cv=[one.cv if one else 1.0 for one in patience],
        admit=[department.admit for department in each],
    )  # fmt: skip


def _specialty(department: Department, names: Names) -> int:
    known = department.name if department.name in names.specialties else "general"
    return names.specialties.index(known)


def _roster(department: Department) -> Array:
    roster = np.zeros((WEEKDAYS, SESSIONS), dtype=np.int32)
    if not department.open:
        roster[:, 0] = department.servers
    for number, session in enumerate(department.open):
        held = [WEEKDAY_NAMES.index(day) for day in session.weekdays]
        roster[held, number] = department.servers
    return roster


def _hours(department: Department) -> list[tuple[int, int]]:
    """Opening and closing ticks of both sessions; one that is not held opens and closes at once."""
    if not department.open:
        return [(0, DAY), (DAY, DAY)]
    held = [_ticks_of(session) for session in department.open]
    return held + [(held[-1][1], held[-1][1])] * (SESSIONS - len(held))


def _ticks_of(session: Session) -> tuple[int, int]:
    return minutes(session.from_) * TICKS_PER_MINUTE, minutes(session.to) * TICKS_PER_MINUTE


def _choice(listed: Listed, found: dict[str, Point], names: Names) -> Choice:
    by_specialty = np.full((len(listed.facilities), len(names.specialties)), UNLIMITED)
    emergency = np.full(len(listed.facilities), UNLIMITED)
    for point in reversed(found.values()):
        specialty = _specialty(point.department, names)
        by_specialty[point.facility_row, specialty] = point.row
        if names.specialties[specialty] == "emergency":
            emergency[point.facility_row] = point.row
    nobody = np.zeros((0, len(names.kinds), 1))
    return group_of(
        Choice, 0, option=nobody, taste=nobody, travel=nobody, department=by_specialty,
        emergency=emergency, accepts=[kind.accepts for kind in register.KINDS],
        nest=[kind.nest for kind in register.KINDS],
        appeal=np.zeros((len(names.kinds), len(names.conditions))),
    )  # fmt: skip


def _streams(listed: Listed, found: dict[str, Point], names: Names) -> Streams:
    each = listed.arrivals
    factors = [[arrival.weekdays.get(day, 1.0) for day in WEEKDAY_NAMES] for arrival in each]
    return group_of(
        Streams, len(each),
        code=[stable_code(name) for name in _stream_names(each)],
        department=[found[arrival.to].row for arrival in each],
        rate=np.array([arrival.per_hour for arrival in each]).reshape(len(each), HOURS),
        weekday=np.array(factors).reshape(len(each), WEEKDAYS),
        visit_class=[CLASSES.index(arrival.class_) for arrival in each],
        mix=np.zeros((len(each), len(names.conditions))),
    )  # fmt: skip


def _stream_names(arrivals: tuple[Arrival, ...]) -> Iterator[str]:
    """Destination, class, and how many of the same were listed before."""
    seen: dict[str, int] = {}
    for arrival in arrivals:
        name = f"{arrival.to} {arrival.class_}"
        seen[name] = seen.get(name, 0) + 1
        yield f"{name} {seen[name]}"


def _routes(listed: Listed, found: dict[str, Point]) -> Routes:
    each = sorted(listed.routes, key=lambda route: found[route.from_].row)
    total = dict.fromkeys(found, 0.0)
    cumulative = []
    for route in each:
        total[route.from_] += route.probability
        cumulative.append(min(1.0, total[route.from_]))
    return group_of(
        Routes, len(each),
        origin=[found[route.from_].row for route in each],
        target=[found[route.to].row for route in each],
        cumulative=cumulative,
        delay=[max(1, round(route.after_minutes * TICKS_PER_MINUTE)) for route in each],
        visit_class=[CLASSES.index(route.class_) for route in each],
    )  # fmt: skip
