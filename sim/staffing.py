"""How are doctors sent elsewhere, taught and linked, so that nobody is lost and more only adds?

Mechanics that several policies share; each returns changes, or says whom and where they concern.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from sim import chance
from sim.effects import Change, add, move, put
from sim.targets import specialty_of
from sim.world import SESSIONS, WEEKDAYS, WORKDAYS, Array, World

DOCTORS, AWAY, PHYSICIANS = "departments.doctors", "departments.away", "facilities.physicians"
AFTERNOON = 1
WEEK = WORKDAYS * SESSIONS  # a doctor's working week: five mornings, five afternoons
SENT = 0x73656E74  # tag of the keys that order which doctors a department gives first
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
    luck = _luck(world, rows)[at]
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


def _luck(world: World, rows: Array) -> Array:
    codes = world.facilities.code[world.departments.facility[rows]]
    specialties = world.departments.specialty[rows]
    keys = [chance.key(0, c, s, SENT) for c, s in zip(codes, specialties, strict=True)]
    return np.array([chance.uniform(key, 0, 0, chance.COVERAGE) for key in keys])


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


def move_doctors(sent: Sessions, target: Array) -> Change:
    """Doctors leave their department and are on duty in the target at the same half-day."""
    return move(DOCTORS, tuple(sent), (target, sent.weekday, sent.session), 1)


def take_off_duty(sent: Sessions) -> tuple[Change, ...]:
    """Doctors leave their department and are on duty nowhere: on a course, or only teaching."""
    return (add(DOCTORS, tuple(sent), -1), add(AWAY, tuple(sent), 1))


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
    on = np.array(sorted({DAYS.index(day) for day in days}))
    afternoon = np.full(len(on), AFTERNOON)
    return (
        put("departments.remote_point", asking, hub.remote),
        put("departments.remote_success", asking, success),
        add("departments.remote_rate", asking, rate),
        move(
            DOCTORS, (np.full(len(on), hub.giving), on, afternoon),
            (np.full(len(on), hub.remote), on, afternoon), experts,
        ),
    )  # fmt: skip
