"""Which queues has an institution, with how many doctors, and who else comes to them?

Duty doctors are divided by what lands at a kind (register.department_shares). The slices of outside
hospitals keep at least five doctors a department and are held at their usual load by background
streams, keyed apart from the residents' luck (design 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim import register
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.facilities import Unit
from sim.links import NONE, referral_targets, step_down_targets
from sim.places import apportion
from sim.world import (
    HOURS,
    ORDINARY,
    SESSIONS,
    URGENT,
    WEEKDAYS,
    WORKDAYS,
    Array,
    Departments,
    Facilities,
    Streams,
    group_of,
)

DAYS_PER_YEAR = 365.0
HOSPITAL_PROFILE, EMERGENCY_PROFILE = 1, 2  # rows of behaviour.hours
NO_URGENT_CARE = ("village_clinic", "clinic", "community_station")
OCCUPANCY = "N092"  # fact: occupancy of beds of tertiary hospitals [%]
PER_CENT = 100.0
DEPARTMENT_CODES = 10  # streams of one facility


class Room(NamedTuple):
    """One department of a unit."""

    unit: int
    specialty: str
    doctors: int  # on a full weekday, or at all hours in an emergency department
    usual: float  # doctors that the usual load of its residents asks for


def rooms_of(units: Sequence[Unit]) -> list[Room]:
    """Departments of all units, unit by unit, in the order of their kind."""
    duty = whole_by_kind(units, "duty")
    return [room for row, unit in enumerate(units) for room in unit_rooms(row, unit, duty[row])]


def unit_rooms(row: int, unit: Unit, duty: int) -> list[Room]:
    """Departments of one unit with its duty doctors divided among them."""
    shares = register.department_shares(unit.kind)
    least = int(register.value("slice_doctors_least")) if unit.sliced else 1
    doctors, rooms = doctors_by_department(unit.kind, int(duty)), []
    for specialty in register.KIND[unit.kind].departments:
        usual = unit.amounts.duty * shares.get(specialty, 0.0)
        number = max(doctors.get(specialty, 0), least)
        if specialty == "emergency":
            usual = unit.amounts.emergency
            number = max(round(usual), least)
        if specialty == "remote":
            number = 0
        rooms.append(Room(row, specialty, number, usual))
    return rooms


@register.remembered
def doctors_by_department(kind: str, duty: int) -> dict[str, int]:
    """Duty doctors of a unit by department, none of which has emergencies."""
    shares = register.department_shares(kind)
    numbers = apportion(duty, np.array([*shares.values()])).tolist()
    return dict(zip(shares, numbers, strict=True))


def whole_by_kind(units: Sequence[Unit], field: str) -> Array:
    """A field's amounts as whole numbers.

    Their sum over a kind in one county, or over the hospitals of one pooling area, is the rounded
    amount. Units of the village tier have one doctor and no bed.
    """
    groups: dict[tuple[str, int, int], list[int]] = {}
    for row, unit in enumerate(units):
        if register.KIND[unit.kind].tier != "village":
            groups.setdefault((unit.kind, unit.county, unit.pooling_area), []).append(row)
    whole = np.zeros(len(units), dtype=np.int64)
    for rows in groups.values():
        amounts = np.array([getattr(units[row].amounts, field) for row in rows])
        if amounts.sum() > 0.0:
            whole[rows] = apportion(round(amounts.sum()), amounts)
    return whole


def departments(units: Sequence[Unit], rooms: Sequence[Room]) -> Departments:
    """Departments as columns of a World; remote ones see nobody until a policy links them."""
    kinds = [register.KIND[units[room.unit].kind] for room in rooms]
    emergency = np.array([room.specialty == "emergency" for room in rooms])
    remote = np.array([room.specialty == "remote" for room in rooms])
    booked = np.array([room.specialty not in ("emergency", "remote") for room in rooms])
    return group_of(
        Departments, len(rooms), facility=np.array([room.unit for room in rooms]),
        specialty=np.array([register.SPECIALTIES.index(room.specialty) for room in rooms]),
        level=np.array([kind.level for kind in kinds]),
        doctors=np.array([roster(room, units[room.unit].kind) for room in rooms]),
        opens=hours_of(kinds, "opens", emergency, 0),
        closes=hours_of(kinds, "closes", emergency, DAY), always=emergency, stops=remote,
        reserved=np.zeros((len(rooms), WEEKDAYS, SESSIONS)),
        quota_minutes=np.array([kind.quota_minutes for kind in kinds]) * booked,
        slotted=np.array([kind.slotted for kind in kinds]) * booked,
        prior_minutes=np.array([kind.prior_minutes for kind in kinds]),
        prior_days=np.array([kind.prior_days for kind in kinds]) * booked,
    )


def hours_of(kinds: list[register.Kind], edge: str, always: Array, value: int) -> Array:
    """Ticks after midnight at which sessions open or close, (department, session)."""
    minutes = np.array([getattr(kind, edge) for kind in kinds])
    return np.where(always[:, None], value, (minutes * TICKS_PER_MINUTE).astype(np.int64))


def roster(room: Room, kind: str) -> Array:
    """Doctors by weekday and session: all on weekdays, some at weekends, mornings first."""
    if room.specialty == "emergency":
        return np.full((WEEKDAYS, SESSIONS), room.doctors)
    return sessions_of(room.doctors, register.KIND[kind].capacity)


@register.remembered
def sessions_of(doctors: int, name: str) -> Array:
    """Doctors of a class of institution by weekday and session."""
    factors = np.array(register.weekday_factors(name))
    exact = doctors * factors[:, None]
    morning = register.value("half_day_morning")
    halves = np.floor(exact + np.array([morning, 1.0 - morning])).astype(np.int64)
    halves[:WORKDAYS] = doctors
    return np.minimum(halves, doctors)


def facilities(units: Sequence[Unit], rooms: Sequence[Room]) -> Facilities:
    """Institutions as columns of a World; slices as large as their departments of least size."""
    kinds = [register.KIND[unit.kind] for unit in units]
    beds = np.rint(whole_by_kind(units, "beds") * enlargement(units, rooms, "beds")).astype(int)
    beds = np.maximum(beds, beds_asked(units, rooms))
    people = np.array([physicians(unit) for unit in units]) * enlargement(units, rooms, "visits")
    down = step_down_targets(units, beds)
    return group_of(
        Facilities, len(units), code=np.array([unit.code for unit in units]),
        kind=np.array([register.KINDS.index(kind) for kind in kinds]),
        tier=np.array([register.TIERS.index(kind.tier) for kind in kinds]),
        grade=np.array([register.GRADES.index(unit.grade) for unit in units]),
        rank=np.array([kind.rank for kind in kinds]),
        county=np.array([unit.county for unit in units]),
        pooling_area=np.array([unit.pooling_area for unit in units]),
        lon=np.array([unit.lon for unit in units]), lat=np.array([unit.lat for unit in units]),
        perceived=np.array([kind.perceived for kind in kinds]),
        renown=np.array([renown(unit) for unit in units]),
        physicians=people, beds=beds, tests=test_places(units, enlargement(units, rooms, "tests")),
        test_share=np.array([kind.test_share for kind in kinds]),
        formulary=np.array([kind.formulary for kind in kinds]),
        recognition=np.array([kind.recognition for kind in kinds]),
        referral_target=referral_targets(units), referral_formal=register.value("referral_formal"),
        step_down_target=down, step_down=np.where(down >= 0, register.value("step_down"), 0.0),
        service_level=np.zeros((len(units), len(register.CONDITIONS))),
    )


def renown(unit: Unit) -> float:
    """Constant of the grade of a hospital whose grade is above that of its kind."""
    grades = register.GRADES
    above = grades.index(unit.grade) > grades.index(register.KIND[unit.kind].grade)
    return register.value("constant_high") if above else 0.0


def physicians(unit: Unit) -> float:
    """All licensed physicians; one in units of the village tier."""
    return 1.0 if register.KIND[unit.kind].tier == "village" else unit.amounts.physicians


def test_places(units: Sequence[Unit], larger: Array) -> Array:
    """Test places working at once: tests a day x minutes / day, one at least where it tests."""
    busy = larger * register.value("test_minutes") / register.value("open_minutes")
    servers = np.rint(np.array([unit.amounts.test_slots for unit in units]) * busy).astype(int)
    share = np.array([register.KIND[unit.kind].test_share for unit in units])
    return np.maximum(servers, share > 0.0)


def enlargement(units: Sequence[Unit], rooms: Sequence[Room], what: str) -> Array:
    """By how much the least size of departments enlarges each slice; 1 for the county's own.

    Ratio of what the visits of all departments ask for (visits, tests or bed-days) at the doctors
    they have to what they ask for at their usual doctors.
    """
    larger = np.ones(len(units))
    for row in [row for row, unit in enumerate(units) if unit.sliced]:
        own = [room for room in rooms if room.unit == row]
        asked = [
            sum(number * demand_per_visit(units[row].kind, specialty, what)
                for specialty, number in visits_a_day(units[row], own, field).items())
            for field in ("doctors", "usual")
        ]  # fmt: skip
        larger[row] = asked[0] / asked[1]
    return larger


def visits_a_day(unit: Unit, rooms: Sequence[Room], field: str) -> dict[str, float]:
    """Usual visits of a slice's departments on a full day, at the doctors of a field.

    Outpatient: doctors x visits per duty doctor; emergency: its share of all visits of the class,
    spread over every day of the year.
    """
    row = register.CAPACITY[register.KIND[unit.kind].capacity]
    found = {
        room.specialty: getattr(room, field) * row.visits_per_duty_day
        for room in rooms if room.specialty not in ("emergency", "remote")
    }  # fmt: skip
    ratio = row.emergency_share / (1.0 - row.emergency_share)
    return {**found, "emergency": sum(found.values()) * ratio * open_days(unit)}


def beds_asked(units: Sequence[Unit], rooms: Sequence[Room]) -> Array:
    """Beds of slices that usual visits fill to the published occupancy; 0 for the county's own.

    An outside patient asks for a bed as a need does; a resident's need spreads over several visits.
    """
    found = np.zeros(len(units))
    for row in [row for row, unit in enumerate(units) if unit.sliced]:
        unit, own = units[row], [room for room in rooms if room.unit == row]
        outside = outside_visits(unit, row, rooms)
        for name, visits in visits_a_day(unit, own, "usual").items():
            days = outside[name] * demand_per_visit(unit.kind, name, "beds")
            days += unit.own * visits * demand_per_visit(unit.kind, name, "beds of residents")
            found[row] += days * (1.0 if name == "emergency" else open_days(unit))
    return np.rint(found / (register.fact(OCCUPANCY) / PER_CENT)).astype(int)


def open_days(unit: Unit) -> float:
    """Effective full days of a unit's departments per day of the year."""
    return register.CAPACITY[register.KIND[unit.kind].capacity].effective_days / DAYS_PER_YEAR


@register.remembered
def demand_per_visit(kind: str, specialty: str, what: str) -> float:
    """Tests or bed-days that the mean visit of a department asks for; 1 for visits."""
    care, needs = register.care(), register.needs()
    share = np.diff(needs.severity, axis=1, prepend=0.0)
    days = care.stay_days[:, register.KINDS.index(register.KIND[kind])]
    beds = (share * care.bed).sum(axis=1) * days
    asked = {
        "visits": np.ones(len(share)), "tests": care.test_need, "beds": beds,
        "beds of residents": beds / np.array(register.column("conditions", "visits_per_need")),
    }[what]
    return float(np.diff(case_mix(kind, specialty), prepend=0.0) @ asked)


def department_map(units: Sequence[Unit], rooms: Sequence[Room]) -> Array:
    """Department by facility and specialty; a single general department sees everything."""
    found = np.full((len(units), len(register.SPECIALTIES)), NONE)
    for index, room in enumerate(rooms):
        found[room.unit, register.SPECIALTIES.index(room.specialty)] = index
    general = register.SPECIALTIES.index("general")
    remote = register.SPECIALTIES.index("remote")
    single = np.array([register.KIND[unit.kind].departments == ("general",) for unit in units])
    whole = np.where(single[:, None], found[:, [general]], found)
    whole[:, remote] = found[:, remote]
    return whole


def emergency_map(units: Sequence[Unit], by_specialty: Array) -> Array:
    """Department for urgent needs: emergency, else obstetrics, else general; -1 at village tier."""
    order = [register.SPECIALTIES.index(name) for name in ("emergency", "obstetrics", "general")]
    found = np.full(len(units), NONE)
    for specialty in order:
        found = np.where(found < 0, by_specialty[:, specialty], found)
    return np.where([unit.kind in NO_URGENT_CARE for unit in units], NONE, found)


def background(units: Sequence[Unit], rooms: Sequence[Room], given: Departments) -> Streams:
    """Outside patients of slices: what holds a department at its usual load beside own residents.

    A day's visits = usual visits at its doctors - own share x usual visits at its usual doctors.
    """
    rows = np.array([
        i for i, r in enumerate(rooms) if units[r.unit].sliced and r.specialty != "remote"
    ], dtype=np.int64)
    emergency = np.array([rooms[i].specialty == "emergency" for i in rows], dtype=bool)
    daily = {row: outside_visits(units[row], row, rooms) for row in {rooms[i].unit for i in rows}}
    rate = [
        daily[rooms[i].unit][rooms[i].specialty] * hourly(e)
        for i, e in zip(rows, emergency, strict=True)
    ]
    mixes = [case_mix(units[rooms[i].unit].kind, rooms[i].specialty) for i in rows]
    codes = np.array([units[rooms[i].unit].code for i in rows], dtype=np.int64)
    return group_of(
        Streams, len(rows), code=codes * DEPARTMENT_CODES + given.specialty[rows],
        department=np.array(rows), rate=np.array(rate).reshape(-1, HOURS),
        weekday=weekday_rates(given.doctors[rows]),
        visit_class=np.where(emergency, URGENT, ORDINARY),
        mix=np.array(mixes).reshape(-1, len(register.CONDITIONS)),
    )


def reserved(streams: Streams, given: Departments) -> Array:
    """Numbers that outside patients take, as many as come on average by weekday and session."""
    found = np.zeros(given.doctors.shape, dtype=np.int32)
    clock = np.arange(HOURS) * (DAY // HOURS)
    for row, department in enumerate(streams.department):
        for session in range(SESSIONS):
            opens, closes = given.opens[department, session], given.closes[department, session]
            within = streams.rate[row][(clock >= opens) & (clock < closes)].sum()
            found[department, :, session] = np.rint(within * streams.weekday[row])
    return found


def outside_visits(unit: Unit, row: int, rooms: Sequence[Room]) -> dict[str, float]:
    """Visits of outside patients on a full day by department of a slice."""
    own = [room for room in rooms if room.unit == row]
    all_visits = visits_a_day(unit, own, "doctors")
    residents = visits_a_day(unit, own, "usual")
    return {name: max(all_visits[name] - unit.own * residents[name], 0.0) for name in all_visits}


def hourly(emergency: bool) -> Array:
    """Share of a day's arrivals by hour."""
    profile = EMERGENCY_PROFILE if emergency else HOSPITAL_PROFILE
    return np.diff(register.behaviour().hours[profile], prepend=0.0)[:HOURS]


def weekday_rates(doctors: Array) -> Array:
    """Arrivals by weekday relative to Monday, following doctor sessions."""
    sessions = doctors.sum(axis=2)
    return sessions / sessions[:, :1]


@register.remembered
def case_mix(kind: str, specialty: str) -> tuple[float, ...]:
    """Cumulative shares of conditions among a department's visits (domain.md 4.5).

    Urgent visits go to emergency where the kind has it; the others by the specialty asked for.
    """
    record, needs = register.KIND[kind], register.needs()
    share = np.diff(needs.severity, axis=1, prepend=0.0)
    urgent = (share * needs.urgent).sum(axis=1)
    visits = register.landing(record.capacity) * np.array(record.accepts)
    asked = needs.specialty == register.SPECIALTIES.index(specialty)
    weight = visits * urgent if specialty == "emergency" else visits * (1.0 - urgent) * asked
    cumulative = np.cumsum(weight) / weight.sum()
    cumulative[-1] = 1.0
    return tuple(cumulative)

