"""What did one run say, in words and minutes?

An engine's integer columns become frames: indexes turn into the names of the World, ticks into
minutes since day 0, hundredths into yuan; what did not happen is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import measures, nation, store
from sim.arithmetic import MINUTES_PER_DAY, TICKS_PER_MINUTE
from sim.events import OUTCOMES, REMOTE_OUTCOMES, STAY_OUTCOMES, Events
from sim.measures.cells import ALL
from sim.pictures import RunPlots, span
from sim.world import CLASSES, SEVERITIES, Names, World

FEN_PER_YUAN = 100
VISIT_ENDINGS = (
    "resolved", "unresolved", "advised", "referred", "remote", "left", "refused",
    "discharged", "stepped_down", "left_waiting", "declined",
)
VISIT_STATES = ("waiting", "in_service", "in_test", "awaiting_bed", "in_bed")
EPISODE_ENDINGS = ("resolved", "gave_up", "no_show", "stayed_home")
EPISODE_STATES = ("at_facility", "in_transit", "at_home", "awaiting_reply")
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
SERIES_COLUMNS = ["day", "date", "measure", "tier", "value"]


@dataclass(frozen=True, repr=False)
class Run:
    """One scenario played once: its events, and what they count to."""

    scenario: Mapping[str, Any]
    seed: int
    days: int
    warmup: int
    timeline: Sequence[tuple[int, World]]
    events: Events
    content_hash: str = ""
    started: float = 0.0
    seconds: float = 0.0

    @property
    def world(self) -> World:
        """The World of day 0."""
        return self.timeline[0][1]

    @property
    def names(self) -> Names:
        """The World's words."""
        return self.world.names

    @property
    def tiers(self) -> tuple[str, ...]:
        """Names of the tiers, lowest first."""
        return self.names.tiers

    @cached_property
    def visits(self) -> pd.DataFrame:
        """One row per visit; times in minutes since day 0."""
        return visit_frame(self.events.visits, self.world)

    @cached_property
    def stays(self) -> pd.DataFrame:
        """One row per stay, from the request for a bed."""
        return stay_frame(self.events.stays, self.world)

    @cached_property
    def remote(self) -> pd.DataFrame:
        """One row per remote consultation, at the facility that asks."""
        return remote_frame(self.events.remote, self.world)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """All measures, tidy: measure, tier, group, value, unit, n."""
        return measures.table(self)

    @cached_property
    def series(self) -> pd.DataFrame:
        """Counts and mean waits per day, the warm-up included: day, date, measure, tier, value."""
        return day_series(self)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Both ledgers of the whole run: what came in = ended + still there, so that gap is 0."""
        return ledger_frame(self.events.ledger, self.names)

    @cached_property
    def nine_rows(self) -> pd.DataFrame:
        """Shares of visits by institution beside the nation's (see `sim.nation`)."""
        return nation.nine_rows(self.measures)

    def __repr__(self) -> str:
        return f"<Run of {self.title!r}: seed {self.seed}, {span(self)}>"

    @property
    def title(self) -> str:
        """What the scenario is called."""
        return str(self.scenario.get("title", "untitled"))

    @property
    def plot(self) -> RunPlots:
        """Pictures."""
        return RunPlots(self)

    def save(self, path: str | Path) -> Path:
        """Write the run into a result folder (see `sim.store`)."""
        names = ("visits", "stays", "remote", "measures", "series", "ledger", "nine_rows")
        frames = {name: getattr(self, name) for name in names}
        return store.save(path, self._manifest(), frames)

    def _manifest(self) -> dict[str, Any]:
        return {
            "kind": "run", "title": self.title, "scenario": dict(self.scenario),
            "question": self.scenario.get("question"), "seeds": [self.seed], "days": self.days,
            "warmup": self.warmup, "tiers": self.tiers, "started": store.stamp(self.started),
            "finished": store.stamp(self.started + self.seconds), "wall_seconds": self.seconds,
            "content_hash": self.content_hash,
        }


# --- words, minutes and yuan -----------------------------------------------------------------


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


def _illness(columns: Mapping[str, np.ndarray], world: World) -> dict[str, Any]:
    return {
        "visit": columns["visit"], "resident": columns["resident"],
        "condition": words(columns["condition"], world.names.conditions),
        "severity": words(columns["severity"], SEVERITIES),
    }


def _provider(facility: np.ndarray, world: World) -> dict[str, Any]:
    names, held = world.names, world.facilities
    return {
        "facility": words(facility, names.facilities),
        "tier": words(_looked_up(held.tier, facility), names.tiers),
        "grade": words(_looked_up(held.grade, facility), names.grades),
        "kind": words(_looked_up(held.kind, facility), names.kinds),
    }


def _home(columns: Mapping[str, np.ndarray], world: World) -> dict[str, Any]:
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


def visit_frame(columns: Mapping[str, np.ndarray], world: World) -> pd.DataFrame:
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


def stay_frame(columns: Mapping[str, np.ndarray], world: World) -> pd.DataFrame:
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


def remote_frame(columns: Mapping[str, np.ndarray], world: World) -> pd.DataFrame:
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


# --- ledgers ---------------------------------------------------------------------------------


def ledger_frame(ledger: Mapping[str, Mapping[str, Any]], names: Names) -> pd.DataFrame:
    """Ledger, tier, came, ended, each ending and state, and gap = came - ended - states."""
    visits = _account(ledger["visits"], "visits", names.tiers, "arrived", VISIT_ENDINGS,
                      VISIT_STATES)
    episodes = _account(ledger["episodes"], "episodes", (ALL,), "opened", EPISODE_ENDINGS,
                        EPISODE_STATES)
    frame = pd.concat([visits, episodes], ignore_index=True)
    frame.insert(len(frame.columns) - 1, "gap", frame.pop("gap"))
    counts = frame.columns.drop(["ledger", "tier"])
    return frame.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64"))


def _account(items: Mapping[str, Any], name: str, tiers: Sequence[str], came: str,
             endings: Sequence[str], states: Sequence[str]) -> pd.DataFrame:
    known = {item: np.atleast_1d(items[item]) for item in (came, *endings, *states)}
    arrived = known.pop(came)
    ended = np.sum([known[item] for item in endings], axis=0)
    there = np.sum([known[item] for item in states], axis=0)
    first = {"ledger": name, "tier": list(tiers), "came": arrived, "ended": ended}
    return pd.DataFrame(first | known | {"gap": arrived - ended - there})


# --- days ------------------------------------------------------------------------------------


def day_series(run: Run) -> pd.DataFrame:
    """Per day and tier: visits and their mean wait, referrals, admissions, remote, midnight state.

    A visit belongs to the day it arrived; state in `in_bed`, `awaiting_bed`, `queued` is that of
    the midnight at which the named day begins.
    """
    visits, stays = run.visits, run.stays
    seen = visits[visits["wait"].notna()]
    parts = [
        _per_day("visits", visits["arrival"], visits),
        _per_day("wait_mean", seen["arrival"], seen, seen["wait"]),
        _per_day("referred", visits["arrival"], visits[visits["outcome"] == "referred"]),
        _per_day("left_unseen", visits["arrival"], visits[visits["outcome"] == "left"]),
        _per_day("admissions", stays["start"], stays[stays["start"].notna()]),
        _per_day("remote", run.remote["requested"], run.remote),
        *_midnights(run),
    ]
    series = pd.concat(parts, ignore_index=True)
    first = run.world.clock.first_day
    dates = {day: date.fromordinal(first + day).isoformat() for day in series["day"].unique()}
    words_of = dict.fromkeys(("date", "measure", "tier"), str)
    return series.assign(date=series["day"].map(dates))[SERIES_COLUMNS].astype(words_of)


def _per_day(name: str, times: pd.Series, rows: pd.DataFrame,
             values: pd.Series | None = None) -> pd.DataFrame:
    rows = rows[times.loc[rows.index].notna()]
    day = (times.loc[rows.index] // MINUTES_PER_DAY).astype("int64").rename("day")
    number = pd.Series(1.0, rows.index) if values is None else values.loc[rows.index]
    return _by_tier(name, day, rows["tier"], number, "sum" if values is None else "mean")


def _by_tier(name: str, day: pd.Series, tier: Any, value: pd.Series, how: str) -> pd.DataFrame:
    each = value.groupby([day, tier], observed=True).agg(how).rename("value").reset_index()
    every = value.groupby(day).agg(how).rename("value").reset_index().assign(tier=ALL)
    both = pd.concat([each.astype({"tier": object}), every], ignore_index=True)
    return both.assign(measure=name)


def _midnights(run: Run) -> list[pd.DataFrame]:
    daily = run.events.daily
    day = pd.Series(daily["day"], name="day", dtype="int64")
    at = _looked_up(run.world.facilities.tier, daily["facility"])
    tier = pd.Series(words(at, run.tiers), name="tier")
    names = ("in_bed", "awaiting_bed", "queued")
    return [_by_tier(n, day, tier, pd.Series(daily[n], dtype=float), "sum") for n in names]
