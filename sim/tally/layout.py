"""Where does a row find its cells, and how many are there?"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated as A
from typing import Any, NamedTuple

import numpy as np

from sim.arithmetic import DAY, ticks
from sim.table import Table
from sim.tally.bins import bins_for, coarse_bins_for
from sim.tally.cells import (
    CAME,
    CASE_ITEMS,
    DAILY_ITEMS,
    END_ITEMS,
    HOME_ITEMS,
    HOME_WEEK_ITEMS,
    LOAD_ITEMS,
    MIDNIGHT_ITEMS,
    REMOTE_ITEMS,
    STAY_ITEMS,
    VISIT_ITEMS,
    WEEKLY_ITEMS,
    WHERE,
    Array,
    Cells,
)
from sim.world import CLASSES, SEVERITIES, WEEKDAYS, World

MONTHS = 12
EMERGENCY = "emergency"
TYPES: dict[str, Any] = {"by_month": np.int32, "by_week": np.int32, "late": np.uint8}


class Lookup(NamedTuple):
    """Where a row finds its cells; a group is a county with a tier that has a facility there.

    A part is the hospitals of a group, or its other facilities; a sort is a tier with a kind and a
    grade. Days of the warm-up stand in the first month and week.
    """

    tier: A[Array, "tier of each facility"]
    group: A[Array, "group of each facility"]
    part: A[Array, "part of each facility"]
    sort: A[Array, "sort of each facility"]
    county: A[Array, "county of each facility, -1 outside"]
    area: A[Array, "pooling area of each facility"]
    specialty: A[Array, "specialty of each department"]
    planned: A[Array, "1 for a hospital's departments other than emergency"]
    booked: A[Array, "1 where a department gives out numbers on day 0"]
    opens: A[Array, "department x session: opening [ticks after midnight], -1 not held"]
    closes: A[Array, "department x session: closing [ticks after midnight]"]
    home: A[Array, "county of each place"]
    home_area: A[Array, "pooling area of each place"]
    needed: A[Array, "condition x severity: minimal capable level"]
    month: A[Array, "month of each day, from 0, the first measured one"]
    week: A[Array, "week of each day from Monday on, from 0, the first measured one"]
    week_ends: A[Array, "tick at which each week ends"]
    results: A[int, "ticks of a second contact with results, on average"]
    begin: A[int, "tick at which measuring begins"]
    end: A[int, "tick at which the run ends"]


class Tally(NamedTuple):
    """The counts of one run, and how they are labelled."""

    cells: Cells
    lookup: Lookup
    groups: A[Array, "(county, tier) of each group; county -1 outside, last"]
    parts: A[Array, "(county, tier, whether hospitals) of each part; alike"]
    sorts: A[Array, "(tier, kind, grade) of each sort"]


def empty(timeline: Sequence[tuple[int, World]], days: int, warmup: int = 0) -> Tally:
    """Nothing counted yet, for a run of so many days, `warmup` of them not measured.

    Its size depends on the World and on the days, never on what happens.
    """
    world = timeline[0][1]
    groups, group = groups_of(world)
    parts, part = parts_of(world)
    sorts, sort = sorts_of(world)
    where = lookup(world, (group, part, sort), days, warmup)
    sizes = len(groups), len(parts), len(sorts)
    return Tally(cells(world, where, sizes, days), where, groups, parts, sorts)


def in_tables(tally: Tally) -> tuple[Table, Table]:
    """The cells and the lookup as compiled functions take them; rows are counted into the tally."""
    return (
        Table("cells", tally.cells._asdict(), from_end=True),
        Table("lookup", tally.lookup._asdict(), from_end=True),
    )


def blank(tally: Tally) -> Tally:
    """Another sheet to count on, empty; what is never counted there takes no memory."""
    return tally._replace(cells=Cells(*(np.zeros(c.shape, c.dtype) for c in tally.cells)))


def gather(tally: Tally, more: Tally) -> None:
    """Add what was counted on another sheet; marks are set where either has them."""
    for total, other in zip(tally.cells, more.cells, strict=True):
        combine = np.bitwise_or if total.dtype == np.uint8 else np.add
        combine(total, other, out=total)


def groups_of(world: World) -> tuple[Array, Array]:
    """Pairs (county, tier) that have a facility, outside last, and the pair of each facility."""
    return _outside_last(world, whole(world.facilities.county), whole(world.facilities.tier))


def parts_of(world: World) -> tuple[Array, Array]:
    """Triples (county, tier, whether a hospital) that have a facility, and each facility's."""
    held = world.facilities
    return _outside_last(world, whole(held.county), whole(held.tier), hospitals(world))


def hospitals(world: World) -> Array:
    """1 for facilities of hospital kinds."""
    codes = [world.names.kinds.index(kind) for kind in world.names.hospital_kinds]
    return whole(np.isin(np.asarray(world.facilities.kind), codes))


def _outside_last(world: World, county: Array, *more: Array) -> tuple[Array, Array]:
    """Distinct rows of columns of facilities, and the row of each; county -1 comes last."""
    last = len(world.names.counties)
    columns = np.column_stack([np.where(county < 0, last, county), *more])
    distinct, row = np.unique(columns, axis=0, return_inverse=True)
    distinct[distinct[:, 0] == last, 0] = -1
    return distinct, row.reshape(-1).astype(np.int64)


def sorts_of(world: World) -> tuple[Array, Array]:
    """Triples (tier, kind, grade) that have a facility, and the triple of each facility."""
    held = world.facilities
    triples = np.column_stack([whole(held.tier), whole(held.kind), whole(held.grade)])
    sorts, sort = np.unique(triples, axis=0, return_inverse=True)
    return sorts, sort.reshape(-1).astype(np.int64)


def lookup(
    world: World, rows: tuple[Array, Array, Array], days: int, warmup: int
) -> Lookup:
    """Where rows find their cells, from the World of day 0 and the calendar.

    rows: group, part and sort of each facility.
    """
    group, part, sort = rows
    month, week = calendar(world, days, warmup)
    held, departments, places = world.facilities, world.departments, world.places
    held_in = np.asarray(departments.closes) > np.asarray(departments.opens)
    in_hours = held_in & (np.asarray(departments.always) == 0)[:, None]
    return Lookup(
        whole(held.tier), group, part, sort, whole(held.county), whole(held.pooling_area),
        whole(departments.specialty), planned(world),
        whole(np.asarray(departments.quota_minutes) > 0.0),
        whole(np.where(in_hours, departments.opens, -1)), whole(departments.closes),
        whole(places.county), whole(places.pooling_area),
        np.ascontiguousarray(world.needs.level, dtype=np.float64), month, week,
        np.searchsorted(week, np.arange(int(week[-1]) + 1), "right") * DAY,
        int(ticks(world.care.result_minutes)), warmup * DAY, days * DAY,
    )  # fmt: skip


def planned(world: World) -> Array:
    """1 for departments of hospitals other than emergency."""
    departments, names = world.departments, world.names.specialties
    urgent = names.index(EMERGENCY) if EMERGENCY in names else -1
    at_hospital = hospitals(world)[np.asarray(departments.facility)] == 1
    return whole(at_hospital & (np.asarray(departments.specialty) != urgent))


def calendar(world: World, days: int, warmup: int) -> tuple[Array, Array]:
    """Month and week of each day, counted from those of the first measured day."""
    first = world.clock.first_day
    dates = [datetime.date.fromordinal(first + day) for day in range(days)]
    months = np.array([date.year * MONTHS + date.month for date in dates], dtype=np.int64)
    weeks = (datetime.date.fromordinal(first).weekday() + np.arange(days)) // WEEKDAYS
    begin = min(warmup, days - 1)
    return np.maximum(months - months[begin], 0), np.maximum(weeks - weeks[begin], 0)


def whole(column: Any) -> Array:
    """A column as int64."""
    return np.ascontiguousarray(column, dtype=np.int64)


def cells(world: World, where: Lookup, sizes: tuple[int, int, int], days: int) -> Cells:
    """Zeros of every shape; sizes: numbers of groups, parts and sorts."""
    groups, parts, sorts = sizes
    names, bins, coarse = world.names, bins_for(where.end), coarse_bins_for(where.end)
    tiers, ages, classes = len(names.tiers), len(names.age_groups) + 1, len(CLASSES)
    specialties, pairs, weeks = len(names.specialties), (tiers, tiers), int(where.week[-1]) + 1
    severities, conditions = len(SEVERITIES) + 1, len(names.conditions) + 1
    homes = (max(len(names.counties), 1), len(WHERE), sorts)
    places = (len(names.counties) + 1, sorts)
    shapes = {
        "visits": (len(where.specialty), classes, len(VISIT_ITEMS)),
        "late": (len(where.specialty), days),
        "stays": (len(where.tier), len(STAY_ITEMS)), "remote": (len(where.tier), len(REMOTE_ITEMS)),
        "cases": (*places, ages, conditions, severities, len(CASE_ITEMS)),
        "first": (tiers, conditions, severities), "came": (tiers, len(CAME)),
        "referred": pairs, "advised": pairs, "stepped": pairs,
        "waits": (tiers, specialties, classes, bins), "days": (tiers, specialties, days + 1),
        "tests": (tiers, bins), "beds": (tiers, bins), "replies": (tiers, bins),
        "home": (*homes, ages, len(HOME_ITEMS)),
        "home_weeks": (weeks, *homes, len(HOME_WEEK_ITEMS)),
        "weekly": (weeks, groups, ages, classes, len(WEEKLY_ITEMS)),
        "load": (weeks, parts, ages, len(LOAD_ITEMS)), "at_end": (parts, ages, len(END_ITEMS)),
        "remote_weeks": (weeks, groups, len(REMOTE_ITEMS)),
        "by_month": (int(where.month[-1]) + 1, groups, classes, coarse),
        "by_week": (weeks, tiers, ages, coarse),
        "daily": (days, groups, len(DAILY_ITEMS)), "asked": (days, groups),
        "midnights": (days, groups, len(MIDNIGHT_ITEMS)),
    }  # fmt: skip
    return Cells(**{
        name: np.zeros(shape, TYPES.get(name, np.int64)) for name, shape in shapes.items()
    })
