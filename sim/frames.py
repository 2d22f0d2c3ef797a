"""What do rows say in words and minutes?

An engine's integer columns become frames: indexes turn into the names of the World, ticks into
minutes since day 0, hundredths into yuan; what did not happen is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sim.arithmetic import TICKS_PER_MINUTE
from sim.events import OUTCOMES, REMOTE_OUTCOMES, STAY_OUTCOMES
from sim.world import CLASSES, SEVERITIES

FEN_PER_YUAN = 100
VISIT_COLUMNS = [
    "visit", "resident", "age_group", "condition", "specialty", "severity", "facility",
    "department", "tier", "grade", "kind", "class", "contact", "referred_from", "advised_from",
    "requested", "arrival", "ready", "start", "end", "outcome", "out_of_pocket", "cost", "travel",
    "place", "county", "urban", "local", "wait", "service", "test_wait", "test_end", "repeated",
    "recognised",
]  # fmt: skip
STAY_COLUMNS = [
    "visit", "resident", "age_group", "condition", "severity", "facility", "tier", "grade",
    "kind", "class", "stepped_from", "requested", "start", "end", "outcome", "out_of_pocket",
    "cost", "place", "county", "urban", "local", "wait",
]  # fmt: skip
REMOTE_COLUMNS = [
    "visit", "resident", "condition", "severity", "facility", "tier", "grade", "kind",
    "department", "answered_at", "requested", "start", "end", "reply", "outcome", "wait",
]  # fmt: skip


class Worded(Protocol):
    """What the frames read of a World: names, facilities, departments and places."""

    @property
    def names(self) -> Any: ...
    @property
    def facilities(self) -> Any: ...
    @property
    def departments(self) -> Any: ...
    @property
    def places(self) -> Any: ...


def words(codes: Any, names: Sequence[str]) -> Any:
    """Names of indexes, -1 missing; a name that occurs twice is followed by its number."""
    series = pd.Series(list(names), dtype=object)
    twice = series.duplicated(keep=False)
    series[twice] += [f" #{i}" for i in np.flatnonzero(twice)]
    return pd.Categorical.from_codes(np.asarray(codes), categories=pd.Index(series.tolist()))


def _minutes(ticks: np.ndarray) -> np.ndarray:
    return np.where(ticks < 0, np.nan, ticks / TICKS_PER_MINUTE)


def _looked_up(column: Any, at: np.ndarray) -> np.ndarray:
    return np.where(at < 0, -1, np.append(np.asarray(column), -1)[at])


def _timed(columns: Mapping[str, np.ndarray], *names: str) -> dict[str, Any]:
    return {name: _minutes(columns[name]) for name in names}


def _paid(columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return {name: columns[name] / FEN_PER_YUAN for name in ("cost", "out_of_pocket")}


def _illness(columns: Mapping[str, np.ndarray], world: Worded) -> dict[str, Any]:
    return {
        "visit": columns["visit"], "resident": columns["resident"],
        "condition": words(columns["condition"], world.names.conditions),
        "severity": words(columns["severity"], SEVERITIES),
    }


def _provider(facility: np.ndarray, world: Worded) -> dict[str, Any]:
    names, held = world.names, world.facilities
    return {
        "facility": words(facility, names.facilities),
        "tier": words(_looked_up(held.tier, facility), names.tiers),
        "grade": words(_looked_up(held.grade, facility), names.grades),
        "kind": words(_looked_up(held.kind, facility), names.kinds),
    }


def _home(columns: Mapping[str, np.ndarray], world: Worded) -> dict[str, Any]:
    place, places, names = columns["place"], world.places, world.names
    county = _looked_up(places.county, place)
    local = county == _looked_up(world.facilities.county, columns["facility"])
    return {
        "age_group": words(columns["age_group"], names.age_groups),
        "place": words(place, names.places), "county": words(county, names.counties),
        "urban": _masked(_looked_up(places.urban, place) == 1, place >= 0),
        "local": _masked(local, place >= 0),
    }


def _masked(true: np.ndarray, known: np.ndarray) -> pd.arrays.BooleanArray:
    return pd.arrays.BooleanArray(np.asarray(true, dtype=bool), ~known)


def visit_frame(columns: Mapping[str, np.ndarray], world: Worded) -> pd.DataFrame:
    """Visits in words, minutes and yuan; `local`: facility in the county of residence."""
    names, departments = world.names, columns["department"]
    frame = _illness(columns, world) | _provider(columns["facility"], world)
    frame |= _home(columns, world) | _paid(columns)
    frame |= _timed(columns, "requested", "arrival", "ready", "start", "end", "service")
    frame |= _timed(columns, "test_wait", "test_end", "travel")
    specialty = _looked_up(world.departments.specialty, departments)
    return pd.DataFrame(frame | {
        "specialty": words(specialty, names.specialties),
        "department": words(departments, names.departments),
        "class": words(columns["visit_class"], CLASSES), "contact": columns["contact"],
        "referred_from": words(columns["referred_from"], names.facilities),
        "advised_from": words(columns["advised_from"], names.facilities),
        "outcome": words(columns["outcome"], OUTCOMES), "repeated": columns["repeated"] == 1,
        "recognised": columns["recognised"] == 1,
        "wait": frame["start"] - frame["ready"],
    })[VISIT_COLUMNS]


def stay_frame(columns: Mapping[str, np.ndarray], world: Worded) -> pd.DataFrame:
    """Stays in words, minutes and yuan; `wait`: minutes until a bed was free."""
    frame = _illness(columns, world) | _provider(columns["facility"], world)
    frame |= _home(columns, world) | _paid(columns)
    frame |= _timed(columns, "requested", "start", "end")
    return pd.DataFrame(frame | {
        "class": words(columns["visit_class"], CLASSES),
        "stepped_from": words(columns["stepped_from"], world.names.facilities),
        "outcome": words(columns["outcome"], STAY_OUTCOMES),
        "wait": frame["start"] - frame["requested"],
    })[STAY_COLUMNS]


def remote_frame(columns: Mapping[str, np.ndarray], world: Worded) -> pd.DataFrame:
    """Remote consultations in words and minutes; `wait`: from the request to its end."""
    frame = _illness(columns, world) | _provider(columns["facility"], world)
    frame |= _timed(columns, "requested", "start", "end", "reply")
    answers = _looked_up(world.departments.facility, columns["department"])
    return pd.DataFrame(frame | {
        "department": words(columns["department"], world.names.departments),
        "answered_at": words(answers, world.names.facilities),
        "outcome": words(columns["outcome"], REMOTE_OUTCOMES),
        "wait": frame["end"] - frame["requested"],
    })[REMOTE_COLUMNS]


FRAMES = {"visits": visit_frame, "stays": stay_frame, "remote": remote_frame}
