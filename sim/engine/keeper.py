"""What becomes of the rows that an engine hands over: they are counted, and logged if asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from sim import tally
from sim.events import Events
from sim.log import TABLES, Log, Memory
from sim.world import World

Asked = Literal["memory"] | Log | None


class Keeper:
    """Counts every row as it closes, and lets a log write it down."""

    def __init__(
        self,
        timeline: Sequence[tuple[int, World]],
        days: int,
        warmup: int = 0,
        log: Asked = "memory",
    ) -> None:
        self.tally = tally.empty(timeline, days, warmup)
        self.cells, self.where = tally.in_tables(self.tally)
        self.log: Log | None = Memory() if isinstance(log, str) else log

    def rows(self, visits: np.ndarray, stays: np.ndarray, remote: np.ndarray) -> None:
        """Rows that closed, or that the end of the run found open, as they stand.

        int64 matrices in any order, which may be reused.
        """
        tally.count_visits(self.cells, self.where, visits)
        tally.count_stays(self.cells, self.where, stays)
        tally.count_remote(self.cells, self.where, remote)
        self._write(visits=visits, stays=stays, remote=remote)

    def midnight(self, rows: np.ndarray) -> None:
        """The state of every facility at a midnight, in order of facility."""
        tally.count_midnight(self.cells, self.where, rows)
        self._write(daily=rows)

    def events(self, ledger: dict[str, dict[str, Any]]) -> Events:
        """All that the run says; without a log in memory there are no tables."""
        memory = self.log if isinstance(self.log, Memory) else None
        tables = {name: memory.columns(name) if memory else None for name in TABLES}
        return Events(**tables, ledger=ledger, tally=self.tally)

    def _write(self, **tables: np.ndarray) -> None:
        if self.log is not None:
            for table, rows in tables.items():
                self.log.write(table, rows)
