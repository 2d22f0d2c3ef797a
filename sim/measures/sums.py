"""What do the counts of a run sum to, by the axes that are asked for?

`of.people("visits", where=[OWN_COUNTY])` are sums over what residents did, by where they live
(county of residence); `of.visits`, `of.stays`, `of.remote` sum over what facilities saw (county of
the facility), outside patients too. A measure is a function of such sums and so is told apart by
any axes that its sums have.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from sim.measures.sources import NoAxis, Source, found, summed


class Ratio(NamedTuple):
    """Sums above and below, over the same axes; n: what the value rests on, `below` if not said.

    unit: how much of `above` makes one of the value. Cells with nothing below have no value.
    """

    above: Any
    below: Any
    n: Any = None
    unit: float = 1.0


class Waits(NamedTuple):
    """Sums of waits, their numbers, and their histogram where there is one."""

    sums: np.ndarray
    number: np.ndarray
    histogram: np.ndarray | None
    bounds: Any
    unit: float = 1.0  # of the bins, in one of the value
    ticks: float = 1.0  # of the sums, in one of the bins


class Sums:
    """Sums over a run's window by some axes, in their order."""

    def __init__(self, window: Any, by: tuple[str, ...] = ()) -> None:
        self.window, self.by = window, by

    def people(self, item: str, over: Collection[str] = (), **only: Collection[int]) -> np.ndarray:
        """An item of what residents did (HOME_ITEMS)."""
        return self._of("people", item, over, only)

    def visits(self, item: str, over: Collection[str] = (), **only: Collection[int]) -> np.ndarray:
        """An item of visits at facilities (VISIT_ITEMS, WEEKLY_ITEMS, LOAD_ITEMS, END_ITEMS)."""
        return self._of("visits", item, over, only)

    def stays(self, item: str, over: Collection[str] = (), **only: Collection[int]) -> np.ndarray:
        """An item of stays at facilities (STAY_ITEMS, WEEKLY_ITEMS, LOAD_ITEMS, END_ITEMS)."""
        return self._of("stays", item, over, only)

    def cases(self, item: str) -> np.ndarray:
        """An item of discharges by condition and severity at facilities (WEIGHED)."""
        return self._of("cases", item, (), {})

    def remote(self, item: str) -> np.ndarray:
        """An item of remote consultations at the facilities that ask (REMOTE_ITEMS)."""
        return self._of("remote", item, (), {})

    def held(self, item: str, over: Collection[str] = (), **only: Collection[int]) -> np.ndarray:
        """Physician-days, bed-days or sessions over the window."""
        return self._of("held", item, over, only)

    def living(self, item: str, over: Collection[str] = ()) -> np.ndarray:
        """Person-years by residence, or what residents have within reach x person-years."""
        return self._of("living", item, over, {})

    def years(self) -> np.ndarray:
        """Person-years lived within the window; facilities' axes do not part them."""
        over = [word for word in self.by if word not in RESIDENT_WORDS]
        return self._of("years", "years", over, {})

    def once(self, value: Any) -> np.ndarray:
        """A number that is known for the whole run only. Raises NoAxis by any axis."""
        if self.by:
            raise NoAxis(f"known for the whole run, not by {' x '.join(self.by)}")
        return np.array(value)

    def histogram(self, family: str) -> tuple[np.ndarray | None, Any]:
        """A histogram by the axes, bins last, and its bounds; None where it is not kept so."""
        try:
            source = found(self.window.sources[family], None, self.by)
        except NoAxis:
            return None, None
        return summed(source, None, self._sizes(self.by), {}), source.bounds

    def apart(self, *more: str) -> Sums:
        """The same sums by more axes, which come last. Raises NoAxis if by one of them already."""
        if set(more) & set(self.by):
            raise NoAxis(f"sums over {', '.join(more)} are not told apart by it")
        return Sums(self.window, (*self.by, *more))

    def _sizes(self, words: Collection[str]) -> dict[str, int]:
        return {word: len(self.window.words[word]) for word in words}

    def _of(self, family: str, item: str, over: Collection[str], only: dict[str, Any]) -> Any:
        sources: list[Source] = self.window.sources[family]
        words = [word for word in self.by if word not in over]
        source = found(sources, item, [*words, *only])
        total = summed(source, item, self._sizes(words), only)
        gone = tuple(k for k, word in enumerate(self.by) if word in over)
        return np.expand_dims(total, gone)


RESIDENT_WORDS = ("county", "age", "week")
