"""Which points does a design have? Grids, lists, Latin hypercubes and Sobol' sequences.

A point gives values to keys of a scenario. Several designs in one file are crossed: every point of
one with every point of the others, the last one varying fastest.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import BeforeValidator, Field
from scipy.stats import qmc

from sim.listing import Asked
from sim.yamlfile import Complaint, Key

MOST_POINTS = 100_000
GRID, LIST, HYPERCUBE, SOBOL = "grid", "list", "latin_hypercube", "sobol"


def tuples(value: Any) -> Any:
    """Lists as tuples, as a file gives them."""
    return tuple(map(tuples, value)) if isinstance(value, list | tuple) else value


def _ends(value: object) -> object:
    """`[low, high]` as keys; anything else as it is."""
    value = tuples(value)
    if isinstance(value, tuple) and len(value) != 2:
        raise ValueError(f"two ends [low, high] expected, not {len(value)} values")
    return dict(zip(("low", "high"), value, strict=True)) if isinstance(value, tuple) else value


class Range(Asked):
    """Between which ends a value is drawn: `[low, high]`, or with keys."""

    low: float = Field(description="lowest value")
    high: float = Field(description="highest value")
    whole: bool = Field(False, description="whole numbers only, both ends possible")
    log: bool = Field(False, description="even in the logarithm instead of the value")

    def at(self, share: float) -> float | int:
        """The value at a share of the way from low to high, share in [0, 1)."""
        if self.whole:
            return int(self.low) + int(share * (int(self.high) - int(self.low) + 1))
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))


class Spread(Asked):
    """Points spread evenly over a box."""

    points: int = Field(ge=1, le=MOST_POINTS, description="number of points")
    seed: int = Field(1, ge=0, description="luck of the design, not of the runs")
    within: dict[str, Annotated[Range, BeforeValidator(_ends)]] = Field(
        min_length=1, description="[low, high] of each key of the scenario"
    )


Values = Annotated[tuple[Any, ...], BeforeValidator(tuples), Field(min_length=1)]
Rows = Annotated[tuple[dict[str, Any], ...], BeforeValidator(tuples)]


class Vary(Asked):
    """Which keys of the scenario take which values."""

    grid: dict[str, Values] = Field(default_factory=dict, description="values of each key, crossed")
    list_: Rows = Field((), alias="list", description="points one by one, each with its keys")
    latin_hypercube: Spread | None = Field(None, description="random, even in each key")
    sobol: Spread | None = Field(None, description="quasi-random, even in all keys together")


class Point(NamedTuple):
    """Values of keys of a scenario, and where in the experiment each was given."""

    values: dict[str, Any]
    given: dict[str, Key]


def points(vary: Vary) -> list[Point]:
    """All points of a design, in order; one without values where nothing varies."""
    crossed = product(*(list(part) for part in _parts(vary)))
    return [
        Point({k: v for p in some for k, v in p.values.items()},
              {k: v for p in some for k, v in p.given.items()})
        for some in crossed
    ]  # fmt: skip


def _parts(vary: Vary) -> Iterator[Iterator[Point]]:
    if vary.grid:
        yield _of_grid(vary.grid)
    if vary.list_:
        yield (Point(dict(row), {key: ("vary", LIST, number, key) for key in row})
               for number, row in enumerate(vary.list_))  # fmt: skip
    for name, spread in ((HYPERCUBE, vary.latin_hypercube), (SOBOL, vary.sobol)):
        if spread is not None:
            yield _of_box(name, spread)


def _of_grid(grid: dict[str, Values]) -> Iterator[Point]:
    for numbers in product(*(range(len(values)) for values in grid.values())):
        at = dict(zip(grid, numbers, strict=True))
        yield Point({key: grid[key][number] for key, number in at.items()},
                    {key: ("vary", GRID, key, number) for key, number in at.items()})  # fmt: skip


def _of_box(name: str, spread: Spread) -> Iterator[Point]:
    given: dict[str, Key] = {key: ("vary", name, "within", key) for key in spread.within}
    for shares in _shares(name, spread):
        ends = zip(spread.within.items(), shares.tolist(), strict=True)
        yield Point({key: range_.at(share) for (key, range_), share in ends}, given)


def _shares(name: str, spread: Spread) -> np.ndarray:
    """The points in the unit box; a Sobol' sequence is cut where its number is no power of two."""
    keys = len(spread.within)
    if name == HYPERCUBE:
        return np.asarray(qmc.LatinHypercube(keys, rng=spread.seed).random(spread.points))
    drawn = qmc.Sobol(keys, rng=spread.seed).random_base2((spread.points - 1).bit_length())
    return np.asarray(drawn[: spread.points])


def complaints(vary: Vary) -> Iterator[Complaint]:
    """Keys varied twice, ranges upside down, too many points."""
    seen: dict[str, str] = {}
    for name, keys in _keys(vary).items():
        for key, path in keys.items():
            if seen.setdefault(key, name) != name:
                yield Complaint(path, f"{key} is varied twice, also in {seen[key]}")
    for name, spread in ((HYPERCUBE, vary.latin_hypercube), (SOBOL, vary.sobol)):
        for key, range_ in (spread.within if spread else {}).items():
            yield from _range_complaints(("vary", name, "within", key), range_)
    if _number(vary) > MOST_POINTS:
        message = f"the designs crossed have {_number(vary):,} points, at most {MOST_POINTS:,}"
        yield Complaint(("vary",), message)


def _keys(vary: Vary) -> dict[str, dict[str, Key]]:
    """The keys of each design with their places."""
    found: dict[str, dict[str, Key]] = {GRID: {key: ("vary", GRID, key) for key in vary.grid}}
    rows = [(key, ("vary", LIST, n, key)) for n, row in enumerate(vary.list_) for key in row]
    found[LIST] = dict(reversed(rows))
    for name, spread in ((HYPERCUBE, vary.latin_hypercube), (SOBOL, vary.sobol)):
        found[name] = {k: ("vary", name, "within", k) for k in (spread.within if spread else {})}
    return found


def _range_complaints(path: Key, asked: Range) -> Iterator[Complaint]:
    if not asked.low < asked.high:
        yield Complaint(path, f"{asked.low:g} does not lie below {asked.high:g}")
    elif asked.log and (asked.low <= 0 or asked.whole):
        yield Complaint(path, "log needs ends above 0, and not whole")
    elif asked.whole and not (asked.low.is_integer() and asked.high.is_integer()):
        yield Complaint(path, "whole needs whole ends")


def _number(vary: Vary) -> int:
    spread = [each.points for each in (vary.latin_hypercube, vary.sobol) if each]
    return prod([*map(len, vary.grid.values()), len(vary.list_) or 1, *spread])
