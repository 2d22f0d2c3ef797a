"""A World of four facilities and events written by hand, for tests of what is counted."""

from datetime import date

import numpy as np

from sim.engine.keeper import Keeper
from sim.events import (
    OUTCOMES,
    STAY_OUTCOMES,
    Daily,
    Remote,
    Stay,
    Visit,
    resident_key,
    visit_key,
)
from sim.record import EPISODE_ENDINGS, EPISODE_STATES, VISIT_ENDINGS, VISIT_STATES, Run
from sim.world import GROUPS, Names, World, columns_of, group_of

MINUTE = 2**20
DAY = 1440 * MINUTE
TIERS = ("village", "township", "county", "municipal", "hub")
KINDS = ("village_clinic", "township_centre", "county_general", "hub_general")
DAYS, WARMUP = 3, 1
AXES = {"session": 2, "weekday": 7, "hour": 24, "month": 12, "severity": 3}


def small_world(facility_names=("clinic", "centre", "county", "hub"), beds=(0, 5, 10, 20)):
    """Clinic, township centre, county and hub; one general department each; one county."""
    given = {
        "facilities": {
            "code": np.arange(4), "kind": np.arange(4), "tier": [0, 1, 2, 4], "grade": [0, 0, 2, 3],
            "county": [0, 0, 0, -1], "beds": beds, "physicians": [1.0, 2.0, 8.0, 16.0],
            "pooling_area": [1, 1, 1, 2], "lon": [115.0] * 4, "lat": [30.0] * 4,
        },
        "departments": {"facility": np.arange(4), "specialty": [0] * 4,
                        "quota_minutes": [0.0, 0.0, 9.0, 9.0], **hours()},
        "places": {"county": [0, 0], "population": [400, 600], "urban": [0, 1], "code": [1, 2],
                   "pooling_area": [1, 1], "age_mix": [0, 0], "lon": [115.0] * 2,
                   "lat": [30.0] * 2},
        "care": {"result_minutes": 3.0},
        "needs": {"level": np.array([[1.0, 1.5, 3.0]])},
    }
    names = Names(
        TIERS, ("none", "I", "II", "III"), KINDS, ("general",), ("minor_acute",), ("15-44",),
        ("resident", "employee"), facility_names, tuple(f"{n} general" for n in facility_names),
        ("hill", "town"), ("centre",), ("Yangxin",), KINDS[:2], KINDS[2:],
        (420222,),
    )
    groups = {name: filled(group, given.get(name, {})) for name, group in GROUPS.items()}
    groups["clock"] = GROUPS["clock"](date(2022, 3, 7).toordinal())
    return World(**groups, names=names)


def hours(departments=4):
    """Two sessions a day, 8 to 12 and 14 to 17, one doctor on every day."""
    by_session = np.array([[8 * 60, 14 * 60], [12 * 60, 17 * 60]]) * MINUTE
    opens, closes = (np.tile(row, (departments, 1)) for row in by_session)
    return {"opens": opens, "closes": closes, "always": np.zeros(departments),
            "doctors": np.ones((departments, 7, 2))}


def filled(group, given):
    """A group with the given columns, all others 0."""
    blank = {name: np.zeros((1,) * (1 + len(c.axes))) for name, c in columns_of(group).items()}
    return group_of(group, **(blank | given))


def ticks(minutes):
    return -1 if minutes is None else minutes * MINUTE


def visit(who, arrival, wait, facility=0, contact=0, outcome="resolved", stays_for=None,
          requested=None, test_wait=None, resident=None, **more):
    """A visit: times in ticks, wait and test_wait in minutes; `who` is the slot at place 0."""
    start = -1 if wait is None else arrival + ticks(wait)
    left = -1 if stays_for is None else arrival + ticks(stays_for)
    given = {
        "visit": visit_key(0, 0, who, contact), "place": 0 if resident is None else -1,
        "resident": resident_key(0, who) if resident is None else resident,
        "severity": 1, "facility": facility, "department": facility, "visit_class": 3,
        "contact": contact, "requested": arrival if requested is None else requested,
        "arrival": -1 if arrival is None else arrival, "ready": -1 if arrival is None else arrival,
        "start": start, "end": left if wait is None else start + 5 * MINUTE,
        "test_wait": ticks(test_wait),
        "outcome": -1 if outcome is None else OUTCOMES.index(outcome),
        "travel": more.pop("travel", 12) * MINUTE, "cost": 1000, "out_of_pocket": 500,
        "referred_from": -1, "advised_from": -1, "test_end": -1,
    }
    return given | more


def stay(who, requested, start, end, facility=2, outcome=None, **more):
    """A stay; times in ticks."""
    given = {
        "visit": visit_key(0, 0, who, 0), "resident": resident_key(0, who), "facility": facility,
        "severity": 1, "visit_class": 3, "stepped_from": -1, "requested": requested,
        "start": -1 if start is None else start, "end": -1 if end is None else end,
        "outcome": -1 if outcome is None else STAY_OUTCOMES.index(outcome),
    }
    return given | more


def columns(rows, record):
    return {
        name: np.array([row.get(name, 0) for row in rows], dtype=np.int64)
        for name in record._fields
    }


def closed_ledger():
    """Five tiers with two visits each, and twelve episodes; nothing is missing."""
    visits = {item: np.zeros(5, dtype=np.int64) for item in (*VISIT_ENDINGS, *VISIT_STATES)}
    visits |= {"arrived": np.full(5, 2), "resolved": np.ones(5, int), "waiting": np.ones(5, int)}
    episodes = dict.fromkeys((*EPISODE_ENDINGS, *EPISODE_STATES), 0)
    episodes |= {"opened": 12, "resolved": 5, "gave_up": 2, "no_show": 1, "at_home": 4}
    return {"visits": visits, "episodes": episodes, "needs": {"arisen": 13, "dropped": 1}}


def matrix(table, record):
    """Columns of a table as rows."""
    return np.column_stack([table[name] for name in record._fields])


def counted(tables, timeline, days=DAYS, warmup=WARMUP, log="memory"):
    """Events of given tables: what an engine would hand over if this had happened."""
    keeper = Keeper(timeline, days, warmup, log)
    keeper.rows(matrix(tables["visits"], Visit), matrix(tables["stays"], Stay),
                matrix(tables["remote"], Remote))
    keeper.midnight(matrix(tables["daily"], Daily))
    return keeper.events(closed_ledger())


def events(visits=(), stays=(), remote=(), timeline=None, **asked):
    """Events from rows, with one midnight of three people in beds at the county."""
    midnight = [{"day": 1, "facility": 2, "in_bed": 3}]
    tables = {"visits": columns(visits, Visit), "stays": columns(stays, Stay),
              "remote": columns(remote, Remote), "daily": columns(midnight, Daily)}
    return counted(tables, timeline or [(0, small_world())], **asked)


def small_run(visits=(), stays=(), remote=(), events=None, beds_from=None, seed=1, **world):
    """A warm-up day and two measured ones; `beds_from` = (day, county beds from then on)."""
    whole = small_world(**world)
    timeline = [(0, whole)]
    if beds_from:
        day, beds = beds_from
        timeline.append((day, whole.having({"facilities.beds": np.array([0, 5, beds, 20])})))
    said = events or globals()["events"](visits, stays, remote, timeline)
    return Run({"title": "small"}, seed, DAYS - WARMUP, WARMUP, tuple(timeline), said)
