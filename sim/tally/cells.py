"""The cells that rows fall into: their axes and items, and where a row finds its own.

Times are ticks and money is yuan/100, summed as integers. An item that is not measured over the
window (by arrival, request or discharge) says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated as A
from typing import NamedTuple

import numpy as np

from sim.arithmetic import DAY
from sim.events import OUTCOMES
from sim.tally.bins import bins_for
from sim.world import CLASSES, SEVERITIES, WEEKDAYS, World

Array = np.ndarray
MONTHS = 12

VISIT_ITEMS = (
    *OUTCOMES,  # visits that ended so
    "visits", "seen", "wait",  # wait: from readiness to the doctor, of those seen
    "waiting", "waited",  # still without a doctor at the end, and since readiness
    "unfinished",  # seen, without an outcome at the end
    "left_wait",  # from readiness, of those who left unseen
    "tests", "test_wait", "repeated", "recognised",
    "residents", "travel", "pocket", "local", "first",  # residents' only
)  # fmt: skip
(RESOLVED, UNRESOLVED, ADVISED, REFERRED, REMOTE, ADMITTED, LEFT, REFUSED,
 VISITS, SEEN, WAIT, WAITING, WAITED, UNFINISHED, LEFT_WAIT, TESTS, TEST_WAIT, REPEATED,
 RECOGNISED, RESIDENTS, TRAVEL, POCKET, LOCAL, FIRST) = range(len(VISIT_ITEMS))  # fmt: skip

STAY_ITEMS = (
    "requested", "started", "bed_wait", "awaiting", "left_waiting",  # by request
    "admitted", "pocket", "local",  # residents' that got a bed, by request
    "discharged", "stepped_down", "bed_time",  # by end; discharged holds those stepped down
    "occupied", "occupants",  # time in bed within the window, and whose
)  # fmt: skip
(REQUESTED, STARTED, BED_WAIT, AWAITING, LEFT_WAITING, IN_PATIENTS, STAY_POCKET, STAY_LOCAL,
 DISCHARGED, STEPPED_DOWN, BED_TIME, OCCUPIED, OCCUPANTS) = range(len(STAY_ITEMS))  # fmt: skip

REMOTE_ITEMS = ("asked", "residents", "answered", "reply_wait", "pending")
ASKED, ASKED_RESIDENTS, ANSWERED, REPLY_WAIT, PENDING = range(len(REMOTE_ITEMS))

DAILY_ITEMS = (
    "arrived", "seen", "wait", *OUTCOMES, "residents", "travel", "cost", "out_of_pocket",
    "admissions",  # by the day the stay begins; all others by the day of arrival
)  # fmt: skip
(ARRIVED, DAY_SEEN, DAY_WAIT, DAY_OUTCOME) = range(4)
(DAY_RESIDENTS, DAY_TRAVEL, DAY_COST, DAY_POCKET, DAILY_STAYS) = range(
    DAY_OUTCOME + len(OUTCOMES), len(DAILY_ITEMS)
)
MIDNIGHT_ITEMS = ("visits", "in_bed", "awaiting_bed", "queued")
CAME = ("first contact", "formally referred", "advised to go higher", "came back unadvised")


class Cells(NamedTuple):
    """All that is counted, as int64 (histograms by month and week int32)."""

    visits: A[Array, "department x class x VISIT_ITEMS"]
    stays: A[Array, "facility x STAY_ITEMS"]
    remote: A[Array, "facility that asks x REMOTE_ITEMS"]
    first: A[Array, "tier x condition (none last) x severity (none last): first contacts"]
    came: A[Array, "tier x CAME: how residents' visits came about"]
    referred: A[Array, "tier that referred x tier of arrival: visits"]
    advised: A[Array, "tier that advised x tier of arrival: visits"]
    stepped: A[Array, "tier that sent down x tier of the stay: stays"]
    waits: A[Array, "tier x specialty x class x bin: waits of those seen"]
    days: A[Array, "tier x specialty x days to a number: residents where numbers are given"]
    tests: A[Array, "tier x bin: waits for a test"]
    beds: A[Array, "tier x bin: waits for a bed"]
    replies: A[Array, "tier that asks x bin: time to a remote answer"]
    daily: A[Array, "day x group x age (none last) x class x DAILY_ITEMS, warm-up included"]
    asked: A[Array, "day x group: remote requests, warm-up included"]
    midnights: A[Array, "midnight (0: that ends day 0) x group x MIDNIGHT_ITEMS"]
    by_month: A[Array, "month x group x class x bin: waits of those seen, by arrival"]
    by_week: A[Array, "week x tier x age (none last) x bin: waits of those seen, by arrival"]


class Lookup(NamedTuple):
    """Where a row finds its cells; a group is a county with a tier that has a facility there."""

    tier: A[Array, "tier of each facility"]
    group: A[Array, "group of each facility"]
    county: A[Array, "county of each facility, -1 outside"]
    specialty: A[Array, "specialty of each department"]
    booked: A[Array, "1 where a department gives out numbers on day 0"]
    home: A[Array, "county of each place"]
    month: A[Array, "month of each day, from 0"]
    week: A[Array, "week of each day from Monday on, from 0"]
    begin: A[int, "tick at which measuring begins"]
    end: A[int, "tick at which the run ends"]


class Tally(NamedTuple):
    """The counts of one run, and how they are labelled."""

    cells: Cells
    lookup: Lookup
    groups: A[Array, "(county, tier) of each group; county -1 outside, last"]


def empty(timeline: Sequence[tuple[int, World]], days: int, warmup: int = 0) -> Tally:
    """Nothing counted yet, for a run of so many days, `warmup` of them not measured.

    Its size depends on the World and on the days, never on what happens.
    """
    world = timeline[0][1]
    groups, group = groups_of(world)
    where = lookup(world, group, days, warmup)
    return Tally(cells(world, where, len(groups), days), where, groups)


def groups_of(world: World) -> tuple[Array, Array]:
    """Pairs (county, tier) that have a facility, outside last, and the pair of each facility."""
    county = np.asarray(world.facilities.county, dtype=np.int64)
    last = np.where(county < 0, len(world.names.counties), county)
    pairs = np.column_stack([last, np.asarray(world.facilities.tier, dtype=np.int64)])
    groups, group = np.unique(pairs, axis=0, return_inverse=True)
    groups[groups[:, 0] == len(world.names.counties), 0] = -1
    return groups, group.reshape(-1).astype(np.int64)


def lookup(world: World, group: Array, days: int, warmup: int) -> Lookup:
    """Where rows find their cells, from the World of day 0 and the calendar."""
    first = world.clock.first_day
    dates = [datetime.date.fromordinal(first + day) for day in range(days)]
    months = np.array([date.year * MONTHS + date.month for date in dates], dtype=np.int64)
    weeks = (datetime.date.fromordinal(first).weekday() + np.arange(days)) // WEEKDAYS
    held, departments = world.facilities, world.departments
    return Lookup(
        whole(held.tier), group, whole(held.county), whole(departments.specialty),
        whole(np.asarray(departments.quota_minutes) > 0.0), whole(world.places.county),
        months - months[0], weeks.astype(np.int64), warmup * DAY, days * DAY,
    )  # fmt: skip


def whole(column: Array) -> Array:
    """A column as int64."""
    return np.ascontiguousarray(column, dtype=np.int64)


def cells(world: World, where: Lookup, groups: int, days: int) -> Cells:
    """Zeros of every shape."""
    names, bins = world.names, bins_for(where.end)
    tiers, ages, classes = len(names.tiers), len(names.age_groups) + 1, len(CLASSES)
    specialties, pairs = len(names.specialties), (tiers, tiers)
    severities, conditions = len(SEVERITIES) + 1, len(names.conditions) + 1
    shapes = {
        "visits": (len(where.specialty), classes, len(VISIT_ITEMS)),
        "stays": (len(where.tier), len(STAY_ITEMS)), "remote": (len(where.tier), len(REMOTE_ITEMS)),
        "first": (tiers, conditions, severities), "came": (tiers, len(CAME)),
        "referred": pairs, "advised": pairs, "stepped": pairs,
        "waits": (tiers, specialties, classes, bins), "days": (tiers, specialties, days + 1),
        "tests": (tiers, bins), "beds": (tiers, bins), "replies": (tiers, bins),
        "daily": (days, groups, ages, classes, len(DAILY_ITEMS)), "asked": (days, groups),
        "midnights": (days, groups, len(MIDNIGHT_ITEMS)),
        "by_month": (int(where.month[-1]) + 1, groups, classes, bins),
        "by_week": (int(where.week[-1]) + 1, tiers, ages, bins),
    }  # fmt: skip
    return Cells(**{
        name: np.zeros(shape, np.int32 if name.startswith("by_") else np.int64)
        for name, shape in shapes.items()
    })
