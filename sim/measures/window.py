"""Which events count: those of the measured days, after the warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from sim.arithmetic import MINUTES_PER_DAY
from sim.events import NOBODY, Events
from sim.world import World

DAYS_PER_YEAR = 365


class Counted(Protocol):
    """What the measures read of a run."""

    @property
    def visits(self) -> pd.DataFrame: ...
    @property
    def stays(self) -> pd.DataFrame: ...
    @property
    def remote(self) -> pd.DataFrame: ...
    @property
    def ledger(self) -> pd.DataFrame: ...
    @property
    def events(self) -> Events: ...
    @property
    def timeline(self) -> Sequence[tuple[int, World]]: ...
    @property
    def warmup(self) -> int: ...
    @property
    def days(self) -> int: ...


@dataclass(frozen=True)
class Window:
    """The measured days of a run; times in minutes since day 0."""

    run: Counted

    @property
    def start(self) -> float:
        """End of the warm-up [min]."""
        return float(self.run.warmup * MINUTES_PER_DAY)

    @property
    def end(self) -> float:
        """End of the run [min]."""
        return float((self.run.warmup + self.run.days) * MINUTES_PER_DAY)

    @property
    def world(self) -> World:
        """The World of day 0."""
        return self.run.timeline[0][1]

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Visits that arrived within the window."""
        arrival = self.run.visits["arrival"]
        return self.run.visits[arrival.between(self.start, self.end, inclusive="left")]

    @cached_property
    def stays(self) -> pd.DataFrame:
        """Stays for which a bed was asked within the window."""
        return self.run.stays[self.run.stays["requested"] >= self.start]

    @cached_property
    def remote(self) -> pd.DataFrame:
        """Remote consultations asked for within the window."""
        return self.run.remote[self.run.remote["requested"] >= self.start]

    @cached_property
    def residents(self) -> pd.DataFrame:
        """Visits of residents."""
        return of_residents(self.visits)

    @cached_property
    def first(self) -> pd.DataFrame:
        """First contacts of residents' episodes."""
        return self.residents[self.residents["contact"] == 0]

    @property
    def resident_years(self) -> float:
        """Person-years lived within the window."""
        return float(self.world.places.population.sum()) * self.run.days / DAYS_PER_YEAR

    def held(self, field: str) -> np.ndarray:
        """A column of the facilities summed over the days of the window, through all Worlds."""
        last = self.run.warmup + self.run.days
        days = [max(day, self.run.warmup) for day, _ in self.run.timeline] + [last]
        lasting = np.clip(np.diff(days), 0, None)
        columns = [getattr(world.facilities, field) for _, world in self.run.timeline]
        return sum(np.asarray(c, float) * d for c, d in zip(columns, lasting, strict=True))


def of_residents(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are a resident's."""
    return frame[frame["resident"] != NOBODY]
