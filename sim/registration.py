"""When one comes: registration numbers (guahao), sessions and the hour of arrival.

A department with a quota gives out so many numbers a session, up to a horizon of days ahead, first
come first served; a held share waits for linked referrers until an hour. What is full sends people
to the other session, a later day, or elsewhere. Without a quota one comes in the next open session.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled, inlined
from sim.world import HOURS, SESSIONS, WEEKDAYS, Array, Behaviour, Departments, World

NONE = -1
HOUR = DAY // HOURS
PRIMARY_PROFILE, HOSPITAL_PROFILE = 0, 1


class Appointment(NamedTuple):
    """When somebody will come."""

    found: int  # 0: no number within the horizon
    day: int
    session: int
    arrival: int  # tick


@compiled
def numbers(departments: Departments, department, weekday, session):
    """Registration numbers of a session that residents may have.

    Doctor minutes / minutes per number, less those that outside patients take.
    """
    doctors = departments.doctors[department, weekday, session]
    length = departments.closes[department, session] - departments.opens[department, session]
    quota = departments.quota_minutes[department]
    given = np.int64(doctors * (length / TICKS_PER_MINUTE) / quota)
    return max(given - departments.reserved[department, weekday, session], 0)


@compiled
def free_numbers(
    departments: Departments, behaviour: Behaviour, book, department, weekday, session,
    opening, now, linked,
):  # fmt: skip
    """Numbers still to be had in a session; held ones are for linked referrers until release.

    book: numbers given out in that session to (the public, linked referrers).
    """
    total = numbers(departments, department, weekday, session)
    held = np.int64(total * departments.held[department])
    if linked or now >= opening - behaviour.release:
        return total - book[0] - book[1]
    return total - held - book[0] - max(book[1] - held, 0)


@compiled
def share_before(behaviour: Behaviour, profile, within):
    """Share of a day's arrivals before a time of the day [ticks after midnight]."""
    hour = min(within // HOUR, HOURS - 1)
    below = behaviour.hours[profile, hour - 1] if hour > 0 else 0.0
    part = (within - hour * HOUR) / HOUR
    return below + part * (behaviour.hours[profile, hour] - below)


@compiled
def time_of_share(behaviour: Behaviour, profile, share):
    """Time of the day [ticks after midnight] before which a share of arrivals comes."""
    hour = chance.categorical(share, behaviour.hours[profile])
    below = behaviour.hours[profile, hour - 1] if hour > 0 else 0.0
    width = behaviour.hours[profile, hour] - below
    part = (share - below) / width if width > 0.0 else 0.0
    return hour * HOUR + np.int64(part * HOUR)


def spans(world: World) -> Array:
    """Shares of a day's arrivals before each session opens and closes, [department, session, 2].

    By the profile of hospitals where numbers are given, else of primary care; the same on every
    day, so they are worked out once for a World.
    """
    shares = np.empty((len(world.departments.facility), SESSIONS, 2))
    _fill_spans(world.tables.departments, world.tables.behaviour, shares)
    return shares


@compiled
def _fill_spans(departments: Departments, behaviour: Behaviour, shares):
    for d in range(shares.shape[0]):
        for session in range(SESSIONS):
            opens, closes = departments.opens[d, session], departments.closes[d, session]
            profile = profile_of(departments, d)
            shares[d, session, 0] = share_before(behaviour, profile, opens)
            shares[d, session, 1] = share_before(behaviour, profile, closes)


@inlined
def profile_of(departments: Departments, department):
    """Which profile of arrivals a department has."""
    return HOSPITAL_PROFILE if departments.quota_minutes[department] > 0.0 else PRIMARY_PROFILE


@compiled
def arrival_within(behaviour: Behaviour, profile, opens, closes, span, slotted, u_slot, u):
    """Time of arrival in a session: even for those with a time slot, else by the profile.

    span: shares of a day's arrivals before the session (opens, closes).
    """
    low, high = span[0], span[1]
    if u_slot < slotted or high <= low:
        return opens + np.int64(u * (closes - opens))
    within = time_of_share(behaviour, profile, low + u * (high - low))
    return min(max(within, opens), closes - 1)


@inlined
def session_share(departments: Departments, span, department, on, session):
    """Share of a day's arrivals in a session; 0 without doctors."""
    if departments.doctors[department, on, session] == 0:
        return 0.0
    return span[department, session, 1] - span[department, session, 0]


@inlined
def preferred_session(departments: Departments, span, department, on, u):
    """The session in which somebody's usual hour falls, by the profile over sessions with doctors.

    span: of `spans`; on: weekday. -1 where no doctor works that day.
    """
    first = session_share(departments, span, department, on, 0)
    total = first + session_share(departments, span, department, on, 1)
    if total <= 0.0:
        return NONE
    return 0 if u * total < first else 1


@compiled
def appoint(
    departments: Departments, behaviour: Behaviour, span, book, department, luck, key, attempt,
    now, earliest, weekday, linked,
):  # fmt: skip
    """When one comes who asks now: the first day whose usual hour is not past, with a number.

    Everybody has an hour of going out by the department's profile; where numbers are given and
    that session is full, the other session of the day will do. span: of `spans`; book: numbers
    given out, [day modulo horizon + 1, session, (public, linked)]; earliest: tick at which the
    asker can be there; weekday: of today.
    """
    u_session, u_slot, u_arrival, _ = chance.uniforms(luck, key, attempt, chance.ARRIVAL)
    quota = departments.quota_minutes[department] > 0.0
    profile = profile_of(departments, department)
    for ahead in range(behaviour.horizon + 1):
        day = now // DAY + ahead
        on = (weekday + ahead) % WEEKDAYS
        usual = preferred_session(departments, span, department, on, u_session)
        if usual == NONE:
            continue
        for turn in range(SESSIONS):
            session = usual if turn == 0 else 1 - usual
            if departments.doctors[department, on, session] == 0:
                continue
            arrival = day * DAY + arrival_within(
                behaviour, profile, departments.opens[department, session],
                departments.closes[department, session], span[department, session],
                departments.slotted[department], u_slot, u_arrival,
            )  # fmt: skip
            if arrival < earliest and session == usual:
                break
            if arrival < earliest or (session != usual and not quota):
                continue
            opening = day * DAY + departments.opens[department, session]
            if not quota or free_numbers(
                departments, behaviour, book[day % book.shape[0], session], department, on,
                session, opening, now, linked,
            ) > 0:  # fmt: skip
                return Appointment(1, day, session, arrival)
    return Appointment(0, NONE, NONE, NONE)
