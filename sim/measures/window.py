"""What was counted over the measured days, after the warm-up?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sim.arithmetic import MINUTES_PER_DAY
from sim.events import Events
from sim.measures import axes
from sim.measures.sources import Source
from sim.measures.sums import Sums
from sim.tally import Cells
from sim.world import WEEKDAYS, World


class Counted(Protocol):
    """What the measures read of a run; the rows only if it kept them."""

    @property
    def visits(self) -> pd.DataFrame: ...
    @property
    def stays(self) -> pd.DataFrame: ...
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
    """The measured days of a run; times in minutes since day 0, sums in ticks and yuan/100."""

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

    @property
    def cells(self) -> Cells:
        """All that was counted."""
        return self.run.events.tally.cells

    @property
    def episodes(self) -> dict[str, int]:
        """The ledger of episodes, of the whole run."""
        return self.run.events.ledger["episodes"]

    @cached_property
    def visits(self) -> pd.DataFrame:
        """Rows of visits that arrived within the window, if the run kept its event log."""
        arrival = self.run.visits["arrival"]
        return self.run.visits[arrival.between(self.start, self.end, inclusive="left")]

    @cached_property
    def stays(self) -> pd.DataFrame:
        """Rows of stays asked for within the window, if the run kept its event log."""
        return self.run.stays[self.run.stays["requested"] >= self.start]

    @cached_property
    def words(self) -> dict[str, list[Any]]:
        """The words of every axis."""
        return axes.words(self)

    @cached_property
    def sources(self) -> dict[str, list[Source]]:
        """What was counted, by family (see `sim.measures.axes`)."""
        return axes.sources(self)

    def sums(self, *by: str) -> Sums:
        """Sums by some axes."""
        return Sums(self, by)

    def spans(self) -> Iterator[tuple[World, np.ndarray]]:
        """Each World of the window, and its measured days by weekday (Monday 0) and week."""
        last, week = self.run.warmup + self.run.days, self.run.events.tally.lookup.week
        begins = [day for day, _ in self.run.timeline[1:]] + [last]
        for (begin, world), end in zip(self.run.timeline, begins, strict=True):
            days = np.arange(max(begin, self.run.warmup), min(end, last))
            if len(days):
                found = np.zeros((WEEKDAYS, len(self.words["week"])), dtype=np.int64)
                weekday = (self.world.clock.first_day + days - 1) % WEEKDAYS
                np.add.at(found, (weekday, week[days]), 1)
                yield world, found

    def lasting(self) -> np.ndarray:
        """Measured days of each week."""
        return sum(days.sum(axis=0) for _, days in self.spans())
