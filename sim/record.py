"""What did one run say, and what does it count to?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import measures, nation, store, stream
from sim.events import Events
from sim.frames import FRAMES
from sim.log import TABLES, NoLog
from sim.measures.cells import ALL
from sim.measures.days import day_series
from sim.pictures import RunPlots, span
from sim.tally.tables import tables
from sim.world import Names, World

VISIT_ENDINGS = (
    "resolved", "unresolved", "advised", "referred", "remote", "left", "refused",
    "discharged", "stepped_down", "left_waiting", "declined",
)
VISIT_STATES = ("waiting", "in_service", "in_test", "awaiting_bed", "in_bed")
EPISODE_ENDINGS = ("resolved", "gave_up", "no_show", "stayed_home")
SUMMARY = ["measure", "tier", "value", "unit"]
EPISODE_STATES = ("at_facility", "in_transit", "at_home", "awaiting_reply")


@dataclass(frozen=True, repr=False)
class Run:
    """One scenario played once: what it counts to, and its rows if a log kept them.

    log: the folder of an event log on disk. Asking for rows without a log raises NoLog.
    """

    scenario: Mapping[str, Any]
    seed: int
    days: int
    warmup: int
    timeline: Sequence[tuple[int, World]]
    events: Events
    content_hash: str = ""
    started: float = 0.0
    seconds: float = 0.0
    log: Path | None = None

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
        return self._rows("visits")

    @cached_property
    def stays(self) -> pd.DataFrame:
        """One row per stay, from the request for a bed."""
        return self._rows("stays")

    @cached_property
    def remote(self) -> pd.DataFrame:
        """One row per remote consultation, at the facility that asks."""
        return self._rows("remote")

    def _rows(self, table: str) -> pd.DataFrame:
        columns = getattr(self.events, table)
        if columns is not None:
            return FRAMES[table](columns, self.world)
        if self.log is None:
            raise NoLog(table)
        return stream.frame(self.log, table)

    @cached_property
    def aggregates(self) -> dict[str, pd.DataFrame]:
        """All that was counted, one table a kind (see `sim.tally.tables`)."""
        return tables(self.events.tally, self.world)

    @cached_property
    def window(self) -> measures.Window:
        """The measured days, with what was summed over them."""
        return measures.Window(self)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """All measures, tidy: measure, tier, group, value, unit, n."""
        return measures.table(self.window)

    def by(self, axes: str | Sequence[str], *wanted: str) -> pd.DataFrame:
        """Measures by county, week, age, tier or other axes (see `sim.measures.by`)."""
        return measures.by(self.window, axes, *wanted)

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
        """Write the run, and its event log if it has one, into a folder (see `sim.store`)."""
        names = ("measures", "series", "ledger", "nine_rows")
        frames = {name: getattr(self, name) for name in names}
        frames["summary"] = self.measures.loc[self.measures["group"] == ALL, SUMMARY]
        frames |= {f"{store.BY}{axis}": self.by(axis) for axis in store.KEPT_AXES}
        frames |= {f"{store.AGGREGATES}/{name}": table for name, table in self.aggregates.items()}
        return store.save(path, self._manifest(), frames, self._write_log)

    def _write_log(self, folder: Path) -> None:
        if self.log is not None:
            stream.copy(self.log, folder)
        elif self.events.visits is not None:
            held = {table: getattr(self.events, table) for table in TABLES}
            stream.write_whole(folder, held, self.world)

    def _manifest(self) -> dict[str, Any]:
        return {
            "kind": "run", "title": self.title, "scenario": dict(self.scenario),
            "question": self.scenario.get("question"), "seeds": [self.seed], "days": self.days,
            "warmup": self.warmup, "tiers": self.tiers, "started": store.stamp(self.started),
            "finished": store.stamp(self.started + self.seconds), "wall_seconds": self.seconds,
            "content_hash": self.content_hash,
        }


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
