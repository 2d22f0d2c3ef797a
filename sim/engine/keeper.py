"""What becomes of the rows that an engine hands over: they are counted, and logged if asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from sim import tally
from sim.events import Events
from sim.log import TABLES, Log, Memory, put_in_order
from sim.world import World

Asked = Literal["memory"] | Log | None


class Keeper:
    """Counts every row as it closes, and lets a log write each day's rows down.

    hands: how many threads may hand over rows at once; each counts into cells of its own.
    """

    def __init__(
        self,
        timeline: Sequence[tuple[int, World]],
        days: int,
        warmup: int = 0,
        log: Asked = "memory",
        hands: int = 1,
    ) -> None:
        self.tally = tally.empty(timeline, days, warmup)
        self.sheets = [self.tally, *(tally.blank(self.tally) for _ in range(1, hands))]
        self.tables = [tally.in_tables(sheet) for sheet in self.sheets]
        self.log: Log | None = Memory() if isinstance(log, str) else log
        self.closed: dict[str, list[np.ndarray]] = {table: [] for table in TABLES}

    def rows(
        self, visits: np.ndarray, stays: np.ndarray, remote: np.ndarray, hand: int = 0
    ) -> None:
        """Rows that closed, or that the end of the run found open, as they stand.

        int64 matrices in any order, which may be reused; hand: whose cells count them.
        """
        for count, rows in (
            (tally.count_visits, visits), (tally.count_stays, stays), (tally.count_remote, remote),
        ):  # fmt: skip
            if len(rows):
                count(*self.tables[hand], rows)
        self._hold(visits=visits, stays=stays, remote=remote)

    def midnight(self, rows: np.ndarray) -> None:
        """The state of every facility at a midnight, in order of facility; ends the day."""
        tally.count_midnight(*self.tables[0], rows)
        self._hold(daily=rows)
        self._write()

    def events(self, ledger: dict[str, dict[str, Any]]) -> Events:
        """All that the run says; without a log in memory there are no tables."""
        self._write()
        while len(self.sheets) > 1:
            tally.gather(self.tally, self.sheets.pop())
        memory = self.log if isinstance(self.log, Memory) else None
        tables = {name: memory.columns(name) if memory else None for name in TABLES}
        return Events(**tables, ledger=ledger, tally=self.tally)

    def _hold(self, **tables: np.ndarray) -> None:
        if self.log is not None:
            for table, rows in tables.items():
                if len(rows):
                    self.closed[table].append(rows.copy())

    def _write(self) -> None:
        """A day's rows in an order that does not depend on who handed them over."""
        for table, parts in self.closed.items():
            if self.log is not None and parts:
                self.log.write(table, put_in_order(table, np.concatenate(parts)))
            parts.clear()
