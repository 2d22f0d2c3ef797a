"""How are doctors sent elsewhere, taught and linked, so that nobody is lost and more only adds?

Mechanics that several policies share; each returns changes, or says whom and where they concern.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from sim import targets
from sim.effects import Change, acting, add, approach, move, put
from sim.targets import specialty_of
from sim.world import SESSIONS, WEEKDAYS, WORKDAYS, Array, World

DOCTORS, AWAY = "departments.doctors", "departments.away"
PHYSICIANS, BEDS = "facilities.physicians", "facilities.beds"
AFTERNOON = 1
WEEK = WORKDAYS * SESSIONS  # a doctor's working week: five mornings, five afternoons
NONE = -1
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Weekday, ...] = get_args(Weekday)


class Sessions(NamedTuple):
    """Doctor-sessions of a week: one doctor of a department in one half-day, (n,) each."""

    department: Array
    weekday: Array
    session: Array


class Answering(NamedTuple):
    """A facility that answers from afar: its department that gives the doctors, and the remote."""

    facility: int
    giving: int
    remote: int


def doctor_sessions(world: World, rows: Array, share: float) -> Sessions:
    """The doctor-sessions that departments give first: `share` of all of a week, rounded half up.

    rows: departments. Doctor j of the n on duty in a half-day comes at (j + 1/2) / n, those of
    departments alike in keyed order: each gives its share to the nearest doctor, a doctor's working
    days go together, and a larger share only adds.
    """
    doctors = world.departments.doctors[rows].reshape(len(rows), -1)
    cell = np.repeat(np.arange(doctors.size), doctors.ravel())
    number = np.arange(len(cell)) - (np.cumsum(doctors) - doctors.ravel())[cell]
    at = cell // (WEEKDAYS * SESSIONS)
    place = (number + 0.5) / doctors.ravel()[cell]
    luck = targets.luck(world, rows)[at]
    first = np.lexsort((cell, luck, place))[: int(share * len(cell) + 0.5)]
    weekday, session = np.divmod(cell[first] % (WEEKDAYS * SESSIONS), SESSIONS)
    return Sessions(rows[at[first]], weekday, session)


def sessions_of_each(world: World, rows: Array, share: Any) -> Sessions:
    """As `doctor_sessions`, but each department gives its own share [one or (n,)]."""
    shares = np.broadcast_to(share, len(rows))
    return joined([doctor_sessions(world, rows[i : i + 1], shares[i]) for i in range(len(rows))])


def joined(parts: Sequence[Sessions]) -> Sessions:
    """Sessions of several together."""
    none = Sessions(*(np.zeros(0, dtype=np.int64) for _ in Sessions._fields))
    return Sessions(*(np.concatenate(column) for column in zip(none, *parts, strict=True)))


def taking(world: World, facilities: Array, specialty: int) -> Array:
    """Departments of facilities, in their order, that a specialty's doctors join: else general."""
    own, general = world.choice.department[facilities], specialty_of(world, "general")
    rows = np.where(own[:, specialty] >= 0, own[:, specialty], own[:, general])
    return rows[rows >= 0]


def stationed(world: World, sent: Sessions, facilities: Array, team: int) -> Array:
    """The department at which each doctor-session sent is spent, (n,).

    facilities: receiving ones, first ones first. Specialties that the same departments take fill
    these one after the other, `team` working weeks each, then begin anew: so more only adds.
    """
    specialty = world.departments.specialty[sent.department]
    lines = {s: tuple(taking(world, facilities, s).tolist()) for s in np.unique(specialty).tolist()}
    found = np.full(len(specialty), NONE)
    for line in set(lines.values()):
        mine = np.isin(specialty, [s for s in lines if lines[s] == line])
        turn = np.arange(mine.sum()) // (team * WEEK)
        found[mine] = np.array(line)[turn % len(line)]
    return found


def off_duty(world: World, rows: Array, away: float) -> tuple[Change, ...]:
    """Of each department the share of its doctor-sessions that are on a course, to the nearest."""
    each = [doctor_sessions(world, rows[i : i + 1], away) for i in range(len(rows))]
    absent = Sessions(*(np.concatenate(parts) for parts in zip(*each, strict=True)))
    return take_off_duty(absent) if len(absent.department) else ()


def move_doctors(sent: Sessions, target: Array) -> Change:
    """Doctors leave their department and are on duty in the target at the same half-day."""
    return move(DOCTORS, tuple(sent), (target, sent.weekday, sent.session), 1)


def take_off_duty(sent: Sessions) -> tuple[Change, ...]:
    """Doctors leave their department and are on duty nowhere: on a course, or only teaching."""
    return (add(DOCTORS, tuple(sent), -1), add(AWAY, tuple(sent), 1))


def unlisted(world: World, facilities: Array) -> tuple[Change, ...]:
    """Residents no longer choose facilities that have closed, but the first other that they know.

    Their taste passes to it, and the kind is not on offer where they know no other.
    """
    option, travel = world.choice.option, world.choice.travel
    closed = np.isin(option, facilities)
    where = np.nonzero(closed)
    if not len(where[0]):
        return ()
    first = np.argmax((option >= 0) & ~closed, axis=2)[where[:2]]
    other = (*where[:2], first)
    known = (option[other] >= 0) & ~closed[other]
    return (
        put("choice.option", where, np.where(known, option[other], NONE)),
        put("choice.travel", where, np.where(known, travel[other], 0.0)),
    )


def move_physicians(world: World, rows: Array, sent: Sessions, target: Array) -> Change:
    """Physicians follow their doctor-sessions from facility to facility, in fractions of a person.

    rows: the departments that give; a facility's physicians count as their doctors do.
    """
    facility = world.departments.facility
    total = np.zeros(len(world.facilities.code))
    np.add.at(total, facility[rows], world.departments.doctors[rows].sum(axis=(1, 2)))
    pairs = np.column_stack([facility[sent.department], facility[target]])
    (giving, taking_in), count = _counted(pairs)
    amount = world.facilities.physicians[giving] * count / total[giving]
    return move(PHYSICIANS, giving, taking_in, amount)


def _counted(pairs: Array) -> tuple[Array, Array]:
    found, count = np.unique(pairs, axis=0, return_counts=True)
    return found.T, count


def sendable(world: World, rows: Array, facilities: Array) -> Array:
    """Those of some outpatient departments whose doctors one of the facilities can take."""
    line = world.departments.specialty[rows]
    able = {s: len(taking(world, facilities, s)) > 0 for s in np.unique(line).tolist()}
    return rows[np.array([able[s] for s in line.tolist()], dtype=bool)]


def posted(sent: Sessions, target: Array, hands: float) -> tuple[Change, ...]:
    """Those who see patients where they are sent, evenly spread over all; the others only teach."""
    number = np.arange(len(target))
    sees = np.floor((number + 1) * hands) > np.floor(number * hands)
    seeing, teaching = (Sessions(*(part[who] for part in sent)) for who in (sees, ~sees))
    moved = (move_doctors(seeing, target[sees]),) if sees.any() else ()
    return moved + (take_off_duty(teaching) if not sees.all() else ())


def closed(away: Change, wards: float) -> tuple[Change, ...]:
    """Beds that physicians who are away covered close, to the nearest bed of each donor."""
    donors, at = np.unique(away.source, return_inverse=True)
    beds = np.floor(wards * np.bincount(at, away.amount) + 0.5)
    return (add(BEDS, donors, -beds),) if beds.any() else ()


def relocated(
    world: World, giving: Array, to: Array, share: float, beds: float, among: Array | None = None
) -> tuple[Change, ...]:
    """Doctors of departments who leave for facilities for good, in turn, physicians and beds along.

    giving: outpatient departments; beds: for each physician; among: departments over which the
    givers' physicians spread, those that give if not said.
    """
    sent = doctor_sessions(world, giving, share)
    if not len(sent.department):
        return ()
    target = stationed(world, sent, to, 1)
    away = move_physicians(world, giving if among is None else among, sent, target)
    return (move_doctors(sent, target), away, *beds_along(away, beds))


def beds_along(away: Change, wards: float) -> tuple[Change, ...]:
    """Beds that go where their physicians go: `wards` for each, to the nearest bed of each pair."""
    beds = np.floor(wards * away.amount + 0.5)
    return (move(BEDS, away.source, away.where, beds),) if beds.any() else ()


def taught(
    world: World, sent: Sessions, target: Array, team: int, skill: float, repute: float
) -> tuple[Change, ...]:
    """True level of departments and expected level of places that receive, by how full the team is.

    A full team (`team` working weeks) closes a share of the gap to the best level sent.
    """
    level, facility = world.departments.level, world.departments.facility
    perceived, full = world.facilities.perceived, team * WEEK
    rows, filled, best = _filled(target, level[sent.department], full)
    places, known, highest = _filled(facility[target], perceived[facility[sent.department]], full)
    return acting(
        approach("departments.level", rows, best, skill * filled),
        approach("facilities.perceived", places, highest, repute * known),
    )


def _filled(at: Array, level: Array, full: int) -> tuple[Array, Array, Array]:
    """Where sessions are received, the share of a full team there, the best level sent."""
    rows, index, count = np.unique(at, return_inverse=True, return_counts=True)
    best = np.zeros(len(rows))
    np.maximum.at(best, index, level)
    return rows, np.minimum(count / full, 1.0), best


def answering(world: World, facilities: Array, specialty: str) -> Answering | None:
    """The first of facilities (a mask) with a department of the specialty and a remote one."""
    giving = world.choice.department[:, specialty_of(world, specialty)]
    remote = world.choice.department[:, specialty_of(world, "remote")]
    able = np.flatnonzero(facilities & (giving >= 0) & (remote >= 0))
    if not len(able):
        return None
    return Answering(int(able[0]), int(giving[able[0]]), int(remote[able[0]]))


def consult(
    asking: Array, rate: Any, success: float, hub: Answering, experts: int, days: Sequence[Weekday]
) -> tuple[Change, ...]:
    """Departments may ask from afar, and the hub's doctors leave their patients to answer.

    rate: consultations a day that each may ask for; `experts` answer in the afternoons of `days`.
    """
    return (
        put("departments.remote_point", asking, hub.remote),
        put("departments.remote_success", asking, success),
        add("departments.remote_rate", asking, rate),
        seated(hub, experts, days),
    )


def seated(
    hub: Answering, doctors: int, days: Sequence[Weekday], sessions: Sequence[int] = (AFTERNOON,)
) -> Change:
    """Doctors of a facility leave their patients and sit in its remote department on these days."""
    on = sorted({DAYS.index(day) for day in days})
    day, session = np.repeat(on, len(sessions)), np.tile(sessions, len(on))
    return move(
        DOCTORS, (np.full(len(day), hub.giving), day, session),
        (np.full(len(day), hub.remote), day, session), doctors,
    )  # fmt: skip
