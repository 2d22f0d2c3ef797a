"""How is work shared by threads? Each has a number, a share of a list, or the next piece of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

PIECES = 16  # of a long list for every thread, so that all end at about the same time


class Hands:
    """So many threads; with one, everything is done by the caller's own.

    runs: in how many parts a long list is cut that whoever is free takes one by one.
    """

    def __init__(self, count: int) -> None:
        self.count, self.runs = count, 1 if count == 1 else count * PIECES
        self.pool = ThreadPoolExecutor(count) if count > 1 else None

    def each(self, task: Callable[[int], None]) -> None:
        """Do a task once by every thread, given its number."""
        if self.pool is None:
            task(0)
        else:
            list(self.pool.map(task, range(self.count)))

    def share(self, number: int, things: int) -> tuple[int, int]:
        """First and end of a thread's part of so many things in order."""
        return things * number // self.count, things * (number + 1) // self.count

    def pieces(self, things: np.ndarray, weight: Callable[[], np.ndarray]) -> Iterator[np.ndarray]:
        """Parts to be taken one by one by whoever is free: runs of a long list in order.

        Of a list too short for runs, each thing by itself, the heaviest first.
        """
        if self.count == 1:
            return iter([things])
        if len(things) > self.runs:
            return iter(np.array_split(things, self.runs))
        return iter(things[np.argsort(-weight(), kind="stable")].reshape(-1, 1))

    def close(self) -> None:
        """Let the threads go."""
        if self.pool is not None:
            self.pool.shutdown()
