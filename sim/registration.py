"""When one comes: registration numbers (guahao), sessions and the hour of arrival.

A department with a quota gives out so many numbers a session, up to a horizon of days ahead, first
come first served; a held share waits for linked referrers until an hour. What is full sends people
to the other session, a later day, or elsewhere. Without a quota one comes in the next open session.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled
from sim.world import HOURS, SESSIONS, WEEKDAYS, Behaviour, Departments

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
    """Registration numbers of a session: doctor minutes / minutes per number."""
    doctors = departments.doctors[department, weekday, session]
    length = departments.closes[department, session] - departments.opens[department, session]
    quota = departments.quota_minutes[department]
    return np.int64(doctors * (length / TICKS_PER_MINUTE) / quota)


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
def session_minutes(departments: Departments, department, weekday, session, midnight, earliest):
    """Doctor minutes left in a session for somebody who can be there at the earliest tick."""
    doctors = departments.doctors[department, weekday, session]
    opening = midnight + departments.opens[department, session]
    closing = midnight + departments.closes[department, session]
    left = closing - max(opening, earliest)
    return doctors * (left / TICKS_PER_MINUTE) if left > 0 else 0.0


@compiled
def arrival_within(behaviour: Behaviour, profile, opening, closing, earliest, slotted, u_slot, u):
    """Tick of arrival in a session: even for those with a time slot, else by the hourly profile."""
    start = max(opening, earliest)
    if u_slot < slotted:
        return start + np.int64(u * (closing - start))
    midnight = opening - opening % DAY
    low = share_before(behaviour, profile, start - midnight)
    high = share_before(behaviour, profile, closing - midnight)
    if high <= low:
        return start + np.int64(u * (closing - start))
    tick = midnight + time_of_share(behaviour, profile, low + u * (high - low))
    return min(max(tick, start), closing - 1)


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


@compiled
def appoint(
    departments: Departments, behaviour: Behaviour, book, department, luck, key, attempt,
    now, earliest, weekday, linked,
):  # fmt: skip
    """The first day with a session (and a number, where numbers are given) for one who asks now.

    book: numbers given out, [day modulo horizon + 1, session, (public, linked)]; earliest: tick
    at which the asker can be there; weekday: of today. Between two free sessions of that day the
    doctor minutes left decide.
    """
    u_session, u_slot, u_arrival, _ = chance.uniforms(luck, key, attempt, chance.ARRIVAL)
    quota = departments.quota_minutes[department] > 0.0
    today = now // DAY
    for ahead in range(behaviour.horizon + 1):
        day = today + ahead
        on = (weekday + ahead) % WEEKDAYS
        weights = np.zeros(SESSIONS)
        for session in range(SESSIONS):
            opening = day * DAY + departments.opens[department, session]
            open_numbers = 1
            if quota:
                open_numbers = free_numbers(
                    departments, behaviour, book[day % book.shape[0], session], department, on,
                    session, opening, now, linked,
                )  # fmt: skip
            if open_numbers > 0:
                weights[session] = session_minutes(
                    departments, department, on, session, day * DAY, earliest
                )
        total = weights.sum()
        if total > 0.0:
            session = 0 if u_session * total < weights[0] else 1
            opening = day * DAY + departments.opens[department, session]
            closing = day * DAY + departments.closes[department, session]
            arrival = arrival_within(
                behaviour, HOSPITAL_PROFILE if quota else PRIMARY_PROFILE, opening, closing,
                earliest, departments.slotted[department], u_slot, u_arrival,
            )  # fmt: skip
            return Appointment(1, day, session, arrival)
    return Appointment(0, NONE, NONE, NONE)
