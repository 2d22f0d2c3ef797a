"""Which words do the axes answer to, and which sources does a run have?

Ages, kinds, tiers and counties are those of day 0. Weeks begin on Monday; the first and the last
may be cut by the window.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures import case_mix, living, supply
from sim.measures.access import chosen_kinds
from sim.measures.histogram import coarse_minutes
from sim.measures.sources import Codes, Source
from sim.tally import (
    END_ITEMS,
    HOME_ITEMS,
    HOME_WEEK_ITEMS,
    LOAD_ITEMS,
    REMOTE_ITEMS,
    STAY_ITEMS,
    VISIT_ITEMS,
    WEEKLY_ITEMS,
    WHERE,
    Cells,
)
from sim.tally.tables import weeks
from sim.world import CLASSES, World

PRIMARY, HOSPITAL = "primary", "hospital"  # 1 where all are; no axes, but sums may be over them
OVER_WEEKS = {"begun": "occupants", "occupants": "occupants a week"}
INSTITUTIONS = {  # rows of the statistics (domain.md §4.1); other kinds are hospitals by grade
    "village_clinic": "village_clinic", "community_station": "station_clinic",
    "clinic": "station_clinic", "township_centre": "township_centre",
    "community_centre": "community_centre", "mch": "mch",
}
HOSPITALS = {"none": "ungraded", "I": "level_1", "II": "secondary", "III": "tertiary"}


def words(window: Any) -> dict[str, list[Any]]:
    """The words of every axis, in the order of their codes; counties: six digits, or position."""
    names, tally = window.world.names, window.run.events.tally
    return {
        "tier": list(names.tiers), "kind": list(names.kinds), "grade": list(names.grades),
        "institution": list(dict.fromkeys(institutions(window.world))),
        "county": list(names.county_codes or range(len(names.counties))),
        "age": list(names.age_groups), "where": list(WHERE),
        "class": list(CLASSES), "specialty": list(names.specialties),
        "week": weeks(tally, window.world),
    }  # fmt: skip


def institutions(world: World) -> list[str]:
    """The row of the statistics (domain.md §4.1) that each facility belongs to."""
    return [institution(world, *pair) for pair in _sorts(world)]


def institution(world: World, kind: int, grade: int) -> str:
    """The row of the statistics of a kind with a grade."""
    name = world.names.kinds[kind]
    return INSTITUTIONS.get(name) or HOSPITALS.get(world.names.grades[grade], name)


def _sorts(world: World) -> list[tuple[int, int]]:
    held = world.facilities
    return list(zip(held.kind.tolist(), held.grade.tolist(), strict=True))


def sources(window: Any) -> dict[str, list[Source]]:
    """What a run counted, by family: the first that has the axes is taken."""
    cells, tally = window.cells, window.run.events.tally
    plain = {word: np.arange(len(labels) + 1) for word, labels in window.words.items()}

    def axis(word: str, length: int) -> Codes:
        return {word: np.arange(length)}

    age, rank = {"age": plain["age"]}, axis("class", len(CLASSES))
    week, where = axis("week", len(window.words["week"])), axis("where", len(WHERE))
    home, site = axis("county", cells.home.shape[0]), axis("county", cells.cases.shape[0])
    sort = _of_sorts(window, tally.sorts)
    facility, department = _of_facilities(window), _of_departments(window)
    group = _of_groups(window)
    weekly = Source(cells.weekly, (week, group, age, rank), WEEKLY_ITEMS)
    loads = _loads(window, week, age)
    return {
        "people": [
            Source(cells.home, (home, where, sort, age), HOME_ITEMS),
            Source(cells.home_weeks, (week, home, where, sort), HOME_WEEK_ITEMS),
        ],
        "visits": [
            Source(cells.visits, (department, rank), VISIT_ITEMS),
            Source(_planned(window), (department, rank), ("planned",)), weekly, *loads,
        ],
        "stays": [Source(cells.stays, (facility,), STAY_ITEMS), weekly, *loads],
        "cases": [case_mix.discharges(window, site, sort, age)],
        "remote": [
            Source(cells.remote, (facility,), REMOTE_ITEMS),
            Source(cells.remote_weeks, (week, group), REMOTE_ITEMS),
        ],
        "held": [supply.held(window, facility), supply.sessions(window, department)],
        "years": [living.years(window)],
        "living": living.reach(window),
    } | _histograms(cells, group)  # fmt: skip


def _histograms(cells: Cells, group: Codes) -> dict[str, list[Source]]:
    """Waits and days by bin."""
    shapes = (("tier", "specialty", "class"), cells.waits), (("week", "tier", "age"), cells.by_week)
    (tier, specialty, rank), weekly = (
        [{word: np.arange(n)} for word, n in zip(words, held.shape, strict=False)]
        for words, held in shapes
    )
    month = {"month": np.arange(len(cells.by_month))}
    return {
        "waits": [
            Source(cells.waits, (tier, specialty, rank), ()),
            Source(cells.by_month, (month, group, rank), (), coarse_minutes),
            Source(cells.by_week, weekly, (), coarse_minutes),
        ],
        "tests": [Source(cells.tests, (tier,), ())],
        "beds": [Source(cells.beds, (tier,), ())],
        "replies": [Source(cells.replies, (tier,), ())],
        "days": [Source(cells.days, (tier, specialty), ())],
    }


def _of_groups(window: Any) -> Codes:
    """County and tier of each group; whether it is primary, where no group is so in part."""
    tally, world = window.run.events.tally, window.world
    primary = chosen_kinds(world, world.names.primary_kinds)
    county, tier = tally.groups.T
    some, every = np.zeros(len(tier), dtype=bool), np.ones(len(tier), dtype=bool)
    np.logical_or.at(some, tally.lookup.group, primary)
    np.logical_and.at(every, tally.lookup.group, primary)
    known = {PRIMARY: every.astype(np.int64)} if (some == every).all() else {}
    return {"county": county, "tier": tier} | known


def _loads(window: Any, week: Codes, age: Codes) -> list[Source]:
    """Loads over the window, in which one in bed for weeks is one, and by week; who is left."""
    cells = window.cells
    county, tier, hospital = window.run.events.tally.parts.T
    part = {"county": county, "tier": tier, HOSPITAL: hospital}
    items = [OVER_WEEKS.get(item, item) for item in LOAD_ITEMS]
    over_weeks = Source(cells.load.sum(axis=0), (part, age), items)
    by_week = Source(cells.load, (week, part, age), LOAD_ITEMS)
    return [over_weeks, by_week, Source(cells.at_end, (part, age), END_ITEMS)]


def _planned(window: Any) -> np.ndarray:
    """Visits to hospitals, without those to emergency departments."""
    visits = window.cells.visits[..., [VISIT_ITEMS.index("visits")]]
    return visits * window.run.events.tally.lookup.planned[:, None, None]


def _of_sorts(window: Any, sorts: np.ndarray) -> Codes:
    tier, kind, grade = sorts.T
    rows = [institution(window.world, k, g) for k, g in zip(kind, grade, strict=True)]
    of_rows = np.array([window.words["institution"].index(row) for row in rows], dtype=np.int64)
    return {"tier": tier, "kind": kind, "grade": grade, "institution": of_rows}


def _of_facilities(window: Any) -> Codes:
    held, rows = window.world.facilities, window.words["institution"]
    number = {row: code for code, row in enumerate(rows)}
    at = np.array([number[row] for row in institutions(window.world)], dtype=np.int64)
    names = ("tier", "kind", "grade", "county")
    known = {name: np.asarray(getattr(held, name)) for name in names} | {"institution": at}
    named = window.world.names
    for word, kinds in ((PRIMARY, named.primary_kinds), (HOSPITAL, named.hospital_kinds)):
        known[word] = chosen_kinds(window.world, kinds).astype(np.int64)
    return known


def _of_departments(window: Any) -> Codes:
    departments = window.world.departments
    at = np.asarray(departments.facility)
    words = {word: code[at] for word, code in _of_facilities(window).items()}
    return words | {"specialty": np.asarray(departments.specialty)}
