"""At which dose does an effect begin to matter? A search that asks for few doses.

The excess of a dose is its effect, positive on the claimed side, less the difference that matters.
A search yields doses, is sent their excesses, and returns the bracket in which the excess passes
zero: a dose that does not matter and one that does.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import NamedTuple

STEPS = 3  # secant steps after the ends are known
NEAR = 0.1  # width of the bracket, of its upper end, that is narrow enough
AWAY = 0.1  # least part of a bracket by which a step narrows it, if the excess is as at its end


class Dose(NamedTuple):
    """A dose and its excess; nan where the measure has no value."""

    value: float
    excess: float


class Bracket(NamedTuple):
    """The largest dose asked that does not matter, if any, and the smallest that does, if any."""

    below: Dose | None
    above: Dose | None

    @property
    def root(self) -> float:
        """Where a straight line between both passes zero; the one that is there otherwise."""
        if self.below is None or self.above is None:
            return (self.above or self.below or Dose(math.nan, 0.0)).value
        return self.below.value + share(self.below, self.above) * (
            self.above.value - self.below.value
        )


Search = Generator[float, float, Bracket]


def crossing(claimed: Dose, low: float, high: float, whole: bool = False) -> Search:
    """Search from the claimed dose down to `low` or up to `high`.

    Without `above` no dose asked up to `high` matters; without `below` already the lowest does.
    """
    if claimed.excess >= 0:
        lowest = Dose(low, (yield low))
        if lowest.excess >= 0:
            return Bracket(None, lowest)
        return (yield from _narrowed(lowest, claimed, whole))
    reached = yield from _reached(claimed.value, high, whole)
    if reached.excess >= 0:
        return (yield from _narrowed(claimed, reached, whole))
    return Bracket(reached if reached.value > claimed.value else claimed, None)


def _reached(claimed: float, high: float, whole: bool) -> Generator[float, float, Dose]:
    """The highest dose; where it does not matter one between, as more may be too much."""
    if high <= claimed:
        return Dose(claimed, -math.inf)
    highest = Dose(high, (yield high))
    middle = _counted(math.sqrt(claimed * high), whole)
    if highest.excess >= 0 or not claimed < middle < high:
        return highest
    between = Dose(middle, (yield middle))
    return between if between.excess >= 0 else highest


def _narrowed(below: Dose, above: Dose, whole: bool) -> Search:
    for _ in range(STEPS):
        width = above.value - below.value
        if width <= (1 if whole else NEAR * above.value):
            break
        part = min(max(share(below, above), AWAY), 1 - AWAY)
        value = _counted(below.value + part * width, whole)
        value = min(max(value, below.value + 1), above.value - 1) if whole else value
        found = Dose(value, (yield value))
        below, above = (below, found) if found.excess >= 0 else (found, above)
    return Bracket(below, above)


def share(below: Dose, above: Dose) -> float:
    """The part of a bracket below the zero of the line through its ends; half if not known."""
    rise = above.excess - below.excess
    return -below.excess / rise if math.isfinite(rise) and rise > 0 else 0.5


def _counted(value: float, whole: bool) -> float:
    return int(value + 0.5) if whole else value
