"""The counts in words: one table a kind of cell, rows only where something was counted.

Times are minutes and money is yuan. Histograms have one row a bin: durations from `least` to `most`
minutes, both included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.frames import FEN_PER_YUAN, words
from sim.tally.bins import coarse_edges, edges
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
)
from sim.tally.layout import Tally
from sim.world import CLASSES, SEVERITIES, WEEKDAYS, World

MINUTES = {
    "wait", "waited", "left_wait", "test_wait", "travel", "bed_wait", "bed_time", "occupied",
    "reply_wait", "overtime",
}  # fmt: skip
YUAN = {"pocket", "cost", "out_of_pocket", "stay_cost", "stay_pocket"}
OUTSIDE, NONE = "outside", "none"
INSTITUTIONS = ("others", "hospitals")
COUNT = ("count",)
BINS = {"bin": edges, "coarse bin": coarse_edges}


class Axis(NamedTuple):
    """One axis of cells: its column and its words, None for plain numbers."""

    name: str
    words: Sequence[str] | None = None


def tables(tally: Tally, world: World) -> dict[str, pd.DataFrame]:
    """Every kind of cell as a table, by the name of its field in `Cells`."""
    return {
        name: _table(getattr(tally.cells, name), axes, items, tally, world)
        for name, axes, items in _layout(tally, world)
    }


def _layout(tally: Tally, world: World) -> Iterator[tuple[str, list[Axis], Sequence[str]]]:
    names = world.names
    tier, group, part, day = Axis("tier", names.tiers), Axis("group"), Axis("part"), Axis("day")
    rank, bins, coarse = Axis("class", CLASSES), Axis("bin"), Axis("coarse bin")
    age = Axis("age_group", (*names.age_groups, NONE))
    specialty = Axis("specialty", names.specialties)
    yield "visits", [Axis("department"), rank], VISIT_ITEMS
    yield "stays", [Axis("facility")], STAY_ITEMS
    yield "remote", [Axis("facility")], REMOTE_ITEMS
    condition = Axis("condition", (*names.conditions, NONE))
    severity = Axis("severity", (*SEVERITIES, NONE))
    county, sort = Axis("county", (*names.counties, OUTSIDE)), Axis("sort")
    yield "cases", [county, sort, age, condition, severity], CASE_ITEMS
    yield "first", [tier, condition, severity], COUNT
    yield "came", [tier, Axis("how", CAME)], COUNT
    for moved in ("referred", "advised", "stepped"):
        yield moved, [Axis("origin", names.tiers), tier], COUNT
    yield "waits", [tier, specialty, rank, bins], COUNT
    yield "days", [tier, specialty, Axis("days")], COUNT
    for waits in ("tests", "beds", "replies"):
        yield waits, [tier, bins], COUNT
    week = Axis("week", weeks(tally, world))
    homes = [county, Axis("where", WHERE), sort]
    yield "home", [*homes, age], HOME_ITEMS
    yield "home_weeks", [week, *homes], HOME_WEEK_ITEMS
    yield "weekly", [week, group, age, rank], WEEKLY_ITEMS
    yield "load", [week, part, age], LOAD_ITEMS
    yield "at_end", [part, age], END_ITEMS
    yield "remote_weeks", [week, group], REMOTE_ITEMS
    yield "by_month", [Axis("month", months(tally, world)), group, rank, coarse], COUNT
    yield "by_week", [week, tier, age, coarse], COUNT
    yield "late", [Axis("department"), day], ("sessions",)
    yield "daily", [day, group], DAILY_ITEMS
    yield "asked", [day, group], COUNT
    yield "midnights", [Axis("midnight"), group], MIDNIGHT_ITEMS


def first_measured(tally: Tally, world: World) -> date:
    """The first measured day."""
    return date.fromordinal(world.clock.first_day + tally.lookup.begin // DAY)


def months(tally: Tally, world: World) -> list[str]:
    """The calendar months of the measured days, such as 2022-03."""
    first = first_measured(tally, world)
    number = int(tally.lookup.month[-1]) + 1
    counted = (first.year * 12 + first.month - 1 + i for i in range(number))
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in counted]


def weeks(tally: Tally, world: World) -> list[str]:
    """The Mondays of the weeks of the measured days."""
    first = first_measured(tally, world)
    monday = first - timedelta(first.weekday())
    number = int(tally.lookup.week[-1]) + 1
    return [(monday + timedelta(WEEKDAYS * i)).isoformat() for i in range(number)]


def _table(
    cells: np.ndarray, axes: Sequence[Axis], items: Sequence[str], tally: Tally, world: World
) -> pd.DataFrame:
    """Rows of cells that are not all 0: columns of the axes, then one an item."""
    rows = cells.reshape(*cells.shape[: len(axes)], len(items))
    at = np.nonzero(rows.any(axis=-1))
    columns: dict[str, Any] = {}
    for axis, index in zip(axes, at, strict=True):
        columns |= _labels(axis, index, tally, world)
    values = rows[at]
    return pd.DataFrame(columns | {
        item: _in_words(item, values[:, i]) for i, item in enumerate(items)
    })


def _labels(axis: Axis, index: np.ndarray, tally: Tally, world: World) -> dict[str, Any]:
    names, facilities, departments = world.names, world.facilities, world.departments
    if axis.words is not None:
        return {axis.name: words(index, axis.words)}
    if axis.name in BINS:
        least, most = (ticks / TICKS_PER_MINUTE for ticks in BINS[axis.name](index))
        return {"least": least, "most": most}
    if axis.name == "sort":
        columns = zip(("tier", "kind", "grade"), tally.sorts[index].T, strict=True)
        return {name: words(column, getattr(names, f"{name}s")) for name, column in columns}
    if axis.name in ("group", "part"):
        rows = tally.groups if axis.name == "group" else tally.parts
        counties = (*names.counties, OUTSIDE)
        county, tier = rows[index, :2].T
        county = words(county % len(counties), counties)
        found = {"county": county, "tier": words(tier, names.tiers)}
        return found | _institutions(rows[index, 2:])
    if axis.name == "facility":
        return {
            "facility": words(index, names.facilities),
            "tier": words(facilities.tier[index], names.tiers),
        }
    if axis.name == "department":
        return {
            "department": words(index, names.departments),
            "tier": words(facilities.tier[departments.facility[index]], names.tiers),
            "specialty": words(departments.specialty[index], names.specialties),
        }
    return {axis.name: index + 1 if axis.name == "midnight" else index}


def _institutions(hospital: np.ndarray) -> dict[str, Any]:
    """Of parts, whether they are hospitals; nothing of groups."""
    return {"institutions": words(hospital[:, 0], INSTITUTIONS)} if hospital.size else {}


def _in_words(item: str, values: np.ndarray) -> np.ndarray:
    if item in MINUTES:
        return values / TICKS_PER_MINUTE
    return values / FEN_PER_YUAN if item in YUAN else values.astype(np.int64)
