"""What strikes many at once: the epidemic waves and accidents that a scenario lists, as layers.

A surge is imposed: it rises evenly to its peak and falls evenly, whatever people or policies do.
So nothing here says how many fall ill, only who has to care for them. Each is a layer of needs of
its own luck, on top of everyday ones, which it leaves as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np

from sim.arithmetic import DAY
from sim.listing import Surge
from sim.world import SEVERITIES, Array, Surges, World, group_of

CODE_BYTES = 6
HOUR = DAY // 24
MINUTE = HOUR // 60
EVERYWHERE = ""


class UnknownWord(LookupError):
    """A surge names a condition or a place that the world has not: key, word, valid words."""

    def __init__(self, row: int, key: str, word: str, valid: Sequence[str]) -> None:
        self.row, self.key, self.word, self.valid = row, key, word, tuple(valid)
        super().__init__(f"there is no {key} {word}")


def none() -> Surges:
    """Nothing strikes."""
    empty = np.zeros((0, len(SEVERITIES)))
    return group_of(Surges, 0, **dict.fromkeys(Surges._fields, np.zeros(0)) | {"severity": empty})


def layers(world: World, asked: Sequence[Surge], start: date) -> Surges:
    """The listed surges as columns of a World; `start` is day 0. Raises UnknownWord."""
    where = [_places(world, row, one) for row, one in enumerate(asked)]
    conditions = [_condition(world, row, one) for row, one in enumerate(asked)]
    begins = [_tick(one, start) for one in asked]
    lasting = [max(round(one.hours * HOUR), 1) for one in asked]
    people = [max(int(world.places.population[a:b].sum()), 1) for a, b in where]
    return group_of(
        Surges, len(asked), code=[_code(one, row) for row, one in enumerate(asked)],
        condition=conditions, first_place=[first for first, _ in where],
        end_place=[end for _, end in where],
        size=[one.needs / number for one, number in zip(asked, people, strict=True)],
        begins=begins,
        peaks=[t + round(one.peak * n) for t, n, one in zip(begins, lasting, asked, strict=True)],
        ends=[t + n for t, n in zip(begins, lasting, strict=True)],
        severity=np.array([
            _severities(world, condition, one.severity)
            for condition, one in zip(conditions, asked, strict=True)
        ]),
    )  # fmt: skip


def _code(one: Surge, row: int) -> int:
    """Number of a surge's name that keys its luck, whatever else is listed."""
    name = one.name or f"{one.condition} {one.place} {row}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:CODE_BYTES], "big")


def _tick(one: Surge, start: date) -> int:
    hour, minute = map(int, one.at.split(":"))
    days = one.from_.toordinal() - start.toordinal()
    return days * DAY + hour * HOUR + minute * MINUTE


def _condition(world: World, row: int, one: Surge) -> int:
    if one.condition not in world.names.conditions:
        raise UnknownWord(row, "condition", one.condition, world.names.conditions)
    return world.names.conditions.index(one.condition)


def _severities(world: World, condition: int, given: tuple[float, ...]) -> Array:
    """Cumulative shares: those of the condition where none are given."""
    if not given:
        return np.asarray(world.needs.severity[condition])
    return np.cumsum(given) / sum(given)


def _places(world: World, row: int, one: Surge) -> tuple[int, int]:
    """First place and the place after the last of a county, township or village; else of all."""
    if one.place == EVERYWHERE:
        return 0, len(world.places.code)
    places, names = world.places, world.names
    for words, column in (
        (names.counties, places.county), (tuple(map(str, names.county_codes)), places.county),
        (names.townships, places.township), (names.places, np.arange(len(places.code))),
    ):  # fmt: skip
        if one.place in words:
            rows = np.flatnonzero(column == words.index(one.place))
            return int(rows[0]), int(rows[-1]) + 1
    raise UnknownWord(row, "place", one.place, (*names.counties, *names.townships, *names.places))
