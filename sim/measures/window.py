"""What was counted over the measured days, after the warm-up?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from sim.arithmetic import MINUTES_PER_DAY
from sim.events import Events
from sim.tally import REMOTE_ITEMS, STAY_ITEMS, VISIT_ITEMS, Cells
from sim.world import CLASSES, World

DAYS_PER_YEAR = 365


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
    def totals(self) -> np.ndarray:
        """Sums over visits: tier x specialty x class x VISIT_ITEMS."""
        departments, names = self.world.departments, self.world.names
        axes = (len(names.tiers), len(names.specialties), len(CLASSES), len(VISIT_ITEMS))
        found = np.zeros(axes, dtype=np.int64)
        tier = self.world.facilities.tier[departments.facility]
        np.add.at(found, (tier, departments.specialty), self.cells.visits)
        return found

    def at_tiers(self, item: str) -> np.ndarray:
        """An item of VISIT_ITEMS summed by tier."""
        return self.totals[..., VISIT_ITEMS.index(item)].sum(axis=(1, 2))

    def at_facilities(self, item: str) -> np.ndarray:
        """An item of VISIT_ITEMS summed by facility."""
        found = np.zeros(len(self.world.facilities.tier), dtype=np.int64)
        by_department = self.cells.visits[..., VISIT_ITEMS.index(item)].sum(axis=1)
        np.add.at(found, self.world.departments.facility, by_department)
        return found

    def stays_at(self, item: str) -> np.ndarray:
        """An item of STAY_ITEMS summed by tier."""
        return self.by_tier(self.cells.stays[:, STAY_ITEMS.index(item)])

    def remote_from(self, item: str) -> np.ndarray:
        """An item of REMOTE_ITEMS summed by the tier that asks."""
        return self.by_tier(self.cells.remote[:, REMOTE_ITEMS.index(item)])

    def by_tier(self, of_facilities: np.ndarray) -> np.ndarray:
        """Whole numbers of facilities summed by tier."""
        found = np.zeros(len(self.world.names.tiers), dtype=np.int64)
        np.add.at(found, self.world.facilities.tier, of_facilities)
        return found

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
