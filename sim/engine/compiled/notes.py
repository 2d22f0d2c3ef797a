"""Rows that a desk hands over again and again, kept until midnight."""

from __future__ import annotations

import numpy as np


class Notes:
    """Room for a worker's rows of a day, used again the next."""

    def __init__(self) -> None:
        self.room, self.filled = np.empty((0, 0)), 0

    def kept(self, rows: np.ndarray) -> np.ndarray:
        """A copy of rows, good until `clear`."""
        if self.filled + len(rows) > len(self.room):
            size = 2 * (self.filled + len(rows))
            self.room, self.filled = np.empty((size, rows.shape[1]), rows.dtype), 0
        kept = self.room[self.filled : self.filled + len(rows)]
        kept[:] = rows
        self.filled += len(rows)
        return kept

    def clear(self) -> None:
        """Nothing of it is needed any more."""
        self.filled = 0
