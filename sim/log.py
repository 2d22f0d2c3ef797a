"""Who keeps the rows? A log takes what an engine hands over, day by day.

A log is any object with `write(table, rows)`: table is visits, stays, remote or daily; rows are
int64 (n, columns of that event type), those that closed on a day, in the order of `put_in_order`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from sim.events import Daily, Remote, Stay, Visit

TABLES: dict[str, Any] = {"visits": Visit, "stays": Stay, "remote": Remote, "daily": Daily}
ORDER = {
    "visits": ("visit",), "stays": ("visit", "requested"), "remote": ("visit", "requested"),
    "daily": ("day", "facility"),
}  # fmt: skip


class Log(Protocol):
    """What an engine needs of a log."""

    def write(self, table: str, rows: np.ndarray) -> None: ...


class Memory:
    """All rows, kept in memory."""

    def __init__(self) -> None:
        self._parts: dict[str, list[np.ndarray]] = {table: [] for table in TABLES}

    def write(self, table: str, rows: np.ndarray) -> None:
        """Keep some rows."""
        self._parts[table].append(rows)

    def columns(self, table: str) -> dict[str, np.ndarray]:
        """The rows of a table as int64 columns, in the order that the event type names."""
        width = len(TABLES[table]._fields)
        none = np.empty((0, width), dtype=np.int64)
        return in_order(table, np.concatenate([none, *self._parts[table]]))


def in_order(table: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Rows as columns, sorted by visit key (and request), a facility's midnights by day."""
    rows = put_in_order(table, rows)
    return {name: rows[:, i] for i, name in enumerate(TABLES[table]._fields)}


def put_in_order(table: str, rows: np.ndarray) -> np.ndarray:
    """Rows sorted by visit key (and request), a facility's midnights by day."""
    fields = TABLES[table]._fields
    keys = [rows[:, fields.index(name)] for name in ORDER[table]]
    return rows[np.lexsort(keys[::-1])]


class NoLog(LookupError):
    """Rows were asked for of a run that only counted; the message says how to keep them."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"this run kept no event log, so it has no {table}: sim.run(..., events='memory') or "
            "events='a/folder' keeps one, and so does sim run --events"
        )
