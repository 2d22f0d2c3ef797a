"""Which words do the axes answer to, and which sources does a run have?

Ages, kinds, tiers and counties are those of day 0. Weeks begin on Monday; the first and the last
may be cut by the window. Who lives in a place is known by age as the expected number: population x
share of its age table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures import access
from sim.measures.histogram import coarse_minutes
from sim.measures.sources import Codes, Source
from sim.tally import (
    HOME_ITEMS,
    HOME_WEEK_ITEMS,
    REMOTE_ITEMS,
    STAY_ITEMS,
    VISIT_ITEMS,
    WEEKLY_ITEMS,
    WHERE,
)
from sim.tally.tables import weeks
from sim.world import CLASSES, World

DAYS_PER_YEAR = 365
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
    home = axis("county", cells.home.shape[0])
    sort = _of_sorts(window, tally.sorts)
    facility, department = _of_facilities(window), _of_departments(window)
    county, tier = tally.groups.T
    group = {"county": county, "tier": tier}
    weekly = Source(cells.weekly, (week, group, age, rank), WEEKLY_ITEMS)
    tiers, specialty = axis("tier", len(cells.waits)), {"specialty": plain["specialty"][:-1]}
    months = axis("month", len(cells.by_month))
    return {
        "people": [
            Source(cells.home, (home, where, sort, age), HOME_ITEMS),
            Source(cells.home_weeks, (week, home, where, sort), HOME_WEEK_ITEMS),
        ],
        "visits": [Source(cells.visits, (department, rank), VISIT_ITEMS), weekly],
        "stays": [Source(cells.stays, (facility,), STAY_ITEMS), weekly],
        "remote": [Source(cells.remote, (facility,), REMOTE_ITEMS)],
        "held": [_held(window, facility), _sessions(window, department)],
        "years": [Source(_years(window), (axis("county", len(_home(window))), age, week),
                         ("years",))],
        "living": [Source(access.reached(window.world), ({"county": window.world.places.county},),
                          access.ITEMS)],
        "waits": [
            Source(cells.waits, (tiers, specialty, rank), ()),
            Source(cells.by_month, (months, group, rank), (), coarse_minutes),
            Source(cells.by_week, (week, tiers, age), (), coarse_minutes),
        ],
        "tests": [Source(cells.tests, (tiers,), ())],
        "beds": [Source(cells.beds, (tiers,), ())],
        "replies": [Source(cells.replies, (tiers,), ())],
        "days": [Source(cells.days, (tiers, specialty), ())],
    }  # fmt: skip


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
    return {name: np.asarray(getattr(held, name)) for name in names} | {"institution": at}


def _of_departments(window: Any) -> Codes:
    departments = window.world.departments
    at = np.asarray(departments.facility)
    words = {word: code[at] for word, code in _of_facilities(window).items()}
    return words | {"specialty": np.asarray(departments.specialty)}


def _held(window: Any, facility: Codes) -> Source:
    """Physicians and beds x days, through all Worlds of the window."""
    columns = np.column_stack([window.held("physicians"), window.held("beds")])
    return Source(columns, (facility,), ("physicians", "beds"))


def _sessions(window: Any, department: Codes) -> Source:
    """Sessions held with a doctor, their doctors, and sessions that ran late, by department."""
    late = window.cells.late[:, window.run.warmup :]
    ran = sum((late >> s & 1).sum(axis=1, dtype=np.int64) for s in range(late.itemsize * 8))
    held = np.zeros((len(late), 2))
    in_hours = window.run.events.tally.lookup.opens >= 0
    for weekday, world in window.each_day():
        doctors = world.departments.doctors[:, weekday] * in_hours
        held += np.column_stack([(doctors > 0).sum(axis=1), doctors.sum(axis=1)])
    cells = np.column_stack([held, ran])
    return Source(cells, (department,), ("sessions", "doctor_sessions", "late"))


def _home(window: Any) -> np.ndarray:
    """Expected residents by county and age."""
    world = window.world
    places, people = world.places, world.people
    cumulative = np.asarray(people.age_cumulative)
    shares = np.diff(cumulative, axis=1, prepend=0.0)
    ages = len(world.names.age_groups)
    by_group = np.zeros((len(shares), ages + 1))
    bands = np.asarray(people.age_group)[: shares.shape[1]]
    every: Any = (slice(None), bands)
    np.add.at(by_group, every, shares)
    living = np.asarray(places.population)[:, None] * by_group[np.asarray(places.age_mix)]
    living[:, -1] = places.population - living[:, :-1].sum(axis=1)
    found = np.zeros((max(len(world.names.counties), 1), ages + 1))
    np.add.at(found, np.asarray(places.county), living)
    return found


def _years(window: Any) -> np.ndarray:
    """Person-years by county, age and week."""
    week = window.run.events.tally.lookup.week[window.run.warmup :]
    days = np.bincount(week, minlength=len(window.words["week"]))
    return (_home(window)[..., None] * (days / DAYS_PER_YEAR))[..., None]
