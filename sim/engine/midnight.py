"""What both engines do at midnight: dates, expected waits, remote allowances; and links checked."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from sim import behaviour, chance, choice, registration
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.table import Table
from sim.world import World


def date_of(world: World, day: int) -> datetime.date:
    """The calendar date of a day of the run."""
    return datetime.date.fromordinal(world.clock.first_day + day)


def first_outlook(world: World, residents: Table) -> Table:
    """What residents know before the first day."""
    names = world.names
    return behaviour.outlook(
        world.departments, len(residents.nature), len(names.townships), len(names.tiers),
        len(world.facilities.code),
    )  # fmt: skip


def prepared(world: World) -> dict[str, Any]:
    """What rules read of a World, worked out once: see `choice.prepared`; spans, a spread."""
    spread = np.array(chance.spread(world.care.minutes_cv))
    return {**choice.prepared(world), "spans": registration.spans(world), "spread": spread}


def weigh_day(world: World, outlook: Table, delay: np.ndarray) -> None:
    """What is known of facilities today in utility: what people say of them, and their waits."""
    weights = world.tables.behaviour
    behaviour.weigh_word(weights, outlook)
    choice.weigh_waits(weights, outlook, delay)


def smooth(
    world: World, outlook: Table, waits: np.ndarray, leads: np.ndarray, beds: np.ndarray
) -> None:
    """Expected waits of every department from yesterday's sums, which begin anew; free beds.

    waits: [department, (ticks, people)]; leads: [department, (days, people)]; beds: occupied or
    waited for, [facility].
    """
    outlook.free_beds[:] = world.facilities.beds - beds
    departments, weights = world.departments, world.tables.behaviour
    posted, unit = departments.posted, float(TICKS_PER_MINUTE)
    behaviour.experience(weights, outlook.minutes, waits, departments.prior_minutes, unit, posted)
    behaviour.experience(weights, outlook.days, leads, departments.prior_days, 1.0, posted)
    waits[:] = 0
    leads[:] = 0


def allow(world: World, allowance: np.ndarray, linked: np.ndarray) -> None:
    """Remote consultations that each linked department may ask for.

    Each begins with a keyed phase; what is not used within `remote_lapse` days lapses. Changes
    `allowance` and `linked` (whether a department has ever been linked).
    """
    departments, care = world.departments, world.care
    asking = departments.remote_rate > 0.0
    for d in np.flatnonzero(asking & ~linked).tolist():
        code = world.facilities.code[departments.facility[d]]
        allowance[d] = chance.uniform(code, 0, 0, chance.REMOTE)
        linked[d] = True
    rate = departments.remote_rate[asking]
    most = np.maximum(1.0, care.remote_lapse * rate)
    allowance[asking] = np.minimum(allowance[asking] + rate, most)


def check_links(world: World) -> None:
    """Raise ValueError for a link that is not upward: messages move up within a day, else down."""
    departments, routes = world.departments, world.routes
    asking = np.flatnonzero(departments.remote_point >= 0)
    answering = departments.facility[departments.remote_point[asking]]
    referring = np.flatnonzero(world.facilities.referral_target >= 0)
    special = np.flatnonzero(departments.referral_target >= 0)
    reading = np.flatnonzero(departments.reading_point >= 0)
    reader = departments.facility[departments.reading_point[reading]]
    resting = np.flatnonzero(world.facilities.step_down_target >= 0)
    soon = np.flatnonzero(routes.delay < DAY)
    for what, low, high in (
        ("remote consultation", departments.facility[asking], answering),
        ("referral", referring, world.facilities.referral_target[referring]),
        ("referral", departments.facility[special], departments.referral_target[special]),
        ("reading of tests", departments.facility[reading], reader),
        ("step-down", world.facilities.step_down_target[resting], resting),
        ("route within a day", departments.facility[routes.origin[soon]],
         departments.facility[routes.target[soon]]),
    ):  # fmt: skip
        _check_ranks(world, what, low, high)


def _check_ranks(world: World, what: str, low: np.ndarray, high: np.ndarray) -> None:
    rank, names = world.facilities.rank, world.names.facilities
    wrong = np.flatnonzero(rank[low] >= rank[high])
    if len(wrong):
        pair = f"{names[low[wrong[0]]]} and {names[high[wrong[0]]]}"
        raise ValueError(f"{what} between {pair} does not follow their ranks")
