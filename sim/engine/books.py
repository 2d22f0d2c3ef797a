"""What an engine writes down: rows of visits, stays and remote consultations, two ledgers."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.events import (
    OUTCOMES,
    STAY_OUTCOMES,
    Daily,
    Remote,
    Stay,
    Visit,
)

VISIT_STATES = ("waiting", "in_service", "in_test", "awaiting_bed", "in_bed")
EPISODE_STATES = ("in_transit", "at_facility", "at_home", "awaiting_reply")
ENDED = (*(o for o in OUTCOMES if o != "admitted"), *STAY_OUTCOMES)


class Row:
    """A row being filled in: a mutable record of one of the event types."""

    def __init__(self, kind: Any, **known: int) -> None:
        self.__dict__.update(dict.fromkeys(kind._fields, -1))
        self.__dict__.update(known)
        self._kind = kind

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def cells(self) -> list[int]:
        """The values in the order of the type's columns."""
        return [self.__dict__[name] for name in self._kind._fields]


class Table:
    """Closed rows of one event type, as packed integers."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self._cells = array("q")

    def add(self, cells: list[int] | tuple[int, ...]) -> None:
        """Append one row."""
        self._cells.extend(cells)

    def rows(self) -> np.ndarray:
        """The rows as an int64 matrix, in the order of closing."""
        return np.array(self._cells, dtype=np.int64).reshape(-1, len(self.kind._fields))

    def taken(self) -> np.ndarray:
        """The rows, which are handed over and no longer kept here."""
        rows = self.rows()
        del self._cells[:]
        return rows


class Ledger:
    """Counts that close a run to zero: visits by tier and state, episodes by state."""

    def __init__(self, tiers: int) -> None:
        items = ("arrived", *ENDED, *VISIT_STATES)
        self.visits = {item: [0] * tiers for item in items}
        self.episodes = dict.fromkeys(
            ("opened", "resolved", "gave_up", "no_show", "stayed_home", *EPISODE_STATES), 0
        )
        self.needs = {"arisen": 0, "dropped": 0}

    def move(self, tier: int, old: str, new: str) -> None:
        """A visit leaves one state for another, or for an ending."""
        self.visits[old][tier] -= 1
        self.visits[new][tier] += 1

    def arrive(self, tier: int, state: str) -> None:
        """A visit arrives in a state."""
        self.visits["arrived"][tier] += 1
        self.visits[state][tier] += 1

    def turn(self, old: str, new: str) -> None:
        """An episode changes state or ends."""
        self.episodes[old] -= 1
        self.episodes[new] += 1

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """The counts, visits as arrays by tier."""
        visits = {item: np.array(counts, dtype=np.int64) for item, counts in self.visits.items()}
        return {"visits": visits, "episodes": dict(self.episodes), "needs": dict(self.needs)}


class Books:
    """Everything written down in one run."""

    def __init__(self, tiers: int) -> None:
        self.visits, self.stays = Table(Visit), Table(Stay)
        self.remote, self.daily = Table(Remote), Table(Daily)
        self.ledger = Ledger(tiers)
        self.open_rows: dict[Row, Table] = {}

    def begin(self, table: Table, **known: int) -> Row:
        """A new row, kept open until `finish`."""
        row = Row(table.kind, **known)
        self.open_rows[row] = table
        return row

    def finish(self, row: Row) -> None:
        """Close a row into its table."""
        self.open_rows.pop(row).add(row.cells())

    def closed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Hand over the rows of visits, stays and remote consultations that have closed."""
        return self.visits.taken(), self.stays.taken(), self.remote.taken()

    def close_all(self) -> None:
        """Close the rows still open, as they stand."""
        for row in list(self.open_rows):
            if ticket := row.__dict__.get("ticket"):
                row.ready = ticket.ready
            self.finish(row)
