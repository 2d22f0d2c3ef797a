"""Twins: two engines play the same timeline and must say the same, bit for bit.

`assert_twins` compares every column of every row, the ledger and the tally, and shows the earliest
row that differs in words. `in_another_order` turns the reference engine into a twin of itself that
processes simultaneous events in another order: what then differs is a rule that nobody has stated.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import simpy

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.engine import ENGINES, play, reference
from sim.events import OUTCOMES, REMOTE_OUTCOMES, STAY_OUTCOMES, Events
from sim.world import CLASSES, World

Timeline = list[tuple[int, World]]
Player = Callable[[Timeline, int, int], Events]
TABLES = ("visits", "stays", "remote", "daily")
OUTCOME_WORDS = {"visits": OUTCOMES, "stays": STAY_OUTCOMES, "remote": REMOTE_OUTCOMES}
TIMES = ("requested", "arrival", "ready", "start", "end", "test_end", "reply")
SHOWN = 3
SCRAMBLE, SCRAMBLE_BITS = 2654435761, 32


def engines() -> list[str]:
    """The engines that there are; `auto` is one of them."""
    named = [name for name in ENGINES if name != "auto"]
    return [name for name in named if importlib.util.find_spec(f"sim.engine.{name}")]


def others() -> list[str]:
    """The engines that must equal the reference."""
    return [name for name in engines() if name != "reference"]


on_every_engine = pytest.mark.parametrize("engine", engines())


def by(engine: str, **asked: Any) -> Player:
    """A player of one engine."""
    return lambda timeline, seed, days: play(timeline, seed, days, engine=engine, **asked)


def assert_twins(
    timeline: Timeline,
    seed: int,
    days: int,
    one: Player = by("reference"),  # noqa: B008
    other: Player = by("compiled"),  # noqa: B008
) -> Events:
    """Play a timeline twice; fail with the first rows that differ, else return the events."""
    first, second = one(timeline, seed, days), other(timeline, seed, days)
    said = list(differences(timeline[0][1], first, second))
    if said:
        head = f"seed {seed}, {days} days, Worlds from days {[day for day, _ in timeline]}"
        pytest.fail("\n".join([head, *said]), pytrace=False)
    return first


def differences(world: World, one: Events, other: Events) -> Iterator[str]:
    """What two runs say differently, in words; nothing if they are the same."""
    for name in TABLES:
        yield from table_differences(world, name, getattr(one, name), getattr(other, name))
    for name in ("ledger", "tally"):
        first = dict(leaves(getattr(one, name, None), name))
        second = dict(leaves(getattr(other, name, None), name))
        yield from (f"{path} only in one run" for path in sorted(first.keys() ^ second.keys()))
        for path in first.keys() & second.keys():
            yield from leaf_difference(path, first[path], second[path])


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every array or scalar within nested tuples, mappings and objects, with its path."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    elif hasattr(value, "__dict__") and not isinstance(value, np.ndarray):
        value = vars(value)
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from leaves(part, f"{path}[{i}]")
    else:
        yield path, value


def leaf_difference(path: str, one: Any, other: Any) -> Iterator[str]:
    """Where two arrays or scalars of one path differ."""
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape or first.dtype != second.dtype:
        yield f"{path}: {first.dtype}{first.shape} against {second.dtype}{second.shape}"
    elif not np.array_equal(first, second):
        where = np.argwhere(np.atleast_1d(first != second))
        cells = [tuple(cell) for cell in where[:SHOWN].tolist()]
        pairs = [(np.atleast_1d(first)[c].item(), np.atleast_1d(second)[c].item()) for c in cells]
        yield f"{path}: {len(where)} cells differ, {dict(zip(cells, pairs, strict=True))}"


def in_order(table: dict[str, np.ndarray]) -> np.ndarray:
    """The rows of a table in an order of their own, whatever order they were written in."""
    columns = list(table.values())
    return np.column_stack(columns)[np.lexsort(columns[::-1])]


def table_differences(
    world: World, name: str, one: dict[str, np.ndarray], other: dict[str, np.ndarray]
) -> Iterator[str]:
    """The earliest rows of a table that two runs say differently."""
    if list(one) != list(other):
        yield f"{name}: columns {list(one)} against {list(other)}"
        return
    first, second = in_order(one), in_order(other)
    if first.dtype != second.dtype:
        yield f"{name}: {first.dtype} against {second.dtype}"
    if np.array_equal(first, second):
        return
    said, heard = ({tuple(row) for row in rows.tolist()} for rows in (first, second))
    columns = list(one)
    keys = 2 if name == "daily" else 1
    mine = {row[:keys]: row for row in said - heard}
    theirs = {row[:keys]: row for row in heard - said}
    unlike = sorted(mine.keys() | theirs.keys(), key=lambda k: moment(mine, theirs, k, columns))
    yield f"{name}: {len(first)} against {len(second)} rows, {len(unlike)} keys differ; earliest:"
    for key in unlike[:SHOWN]:
        yield in_words(world, name, columns, mine.get(key), theirs.get(key))


def moment(mine: dict[Any, Any], theirs: dict[Any, Any], key: Any, columns: list[str]) -> Any:
    """The earliest time in the two rows of a key at which they part."""
    rows = [found[key] for found in (mine, theirs) if key in found]
    times = [c for c in range(len(columns)) if columns[c] in TIMES]
    parted = [
        row[c] for row in rows for c in times if row[c] >= 0 and len({r[c] for r in rows}) > 1
    ]
    first = [row[c] for row in rows for c in times if row[c] >= 0]
    return min(parted or first or [0]), key


def in_words(world: World, name: str, columns: list[str], one: Any, other: Any) -> str:
    """Two rows of one key: what they share, then `column: one | other` where they differ."""
    if one is None or other is None:
        there = "first" if other is None else "second"
        row = one if other is None else other
        cells = [f"{c} {word(world, name, c, v)}" for c, v in zip(columns, row, strict=True)]
        return f"  only the {there} run: {', '.join(cells)}"
    triples = list(zip(columns, one, other, strict=True))
    shared = [f"{c} {word(world, name, c, a)}" for c, a, b in triples if a == b and a >= 0]
    unlike = [
        f"    {c}: {word(world, name, c, a)} | {word(world, name, c, b)}"
        for c, a, b in triples
        if a != b
    ]
    return "\n".join([f"  {', '.join(shared)}", *unlike])


def word(world: World, name: str, column: str, value: int) -> str:
    """A cell for reading: times as day and clock, indices as names."""
    if value >= 0 and column in TIMES:
        minutes, ticks = divmod(value % DAY, TICKS_PER_MINUTE)
        return f"day {value // DAY} {minutes // 60:02}:{minutes % 60:02}+{ticks}"
    if column in ("facility", "department") and value >= 0:
        return (world.names.facilities if column == "facility" else world.names.departments)[value]
    if column == "outcome" and value >= 0:
        return OUTCOME_WORDS[name][value]
    return CLASSES[value] if column == "visit_class" else str(value)


class Backwards(simpy.Environment):
    """A clock that takes the events of one instant in the opposite order of their making."""

    def __init__(self, initial_time: int = 0) -> None:
        super().__init__(initial_time)
        self._eid = itertools.count(0, -1)


class Scrambled(simpy.Environment):
    """A clock that takes the events of one instant in no sensible order."""

    def __init__(self, initial_time: int = 0) -> None:
        super().__init__(initial_time)
        most = 2**SCRAMBLE_BITS
        self._eid = ((i * SCRAMBLE) % most + i // most * most for i in itertools.count())


@contextmanager
def clock(kind: type[simpy.Environment]) -> Iterator[None]:
    """The reference engine runs by another clock."""
    plain = reference.simpy.Environment
    reference.simpy.Environment = kind  # type: ignore[misc]
    try:
        yield
    finally:
        reference.simpy.Environment = plain  # type: ignore[misc]


def in_another_order(kind: type[simpy.Environment]) -> Player:
    """The reference engine with the events of one instant in another order."""

    def player(timeline: Timeline, seed: int, days: int) -> Events:
        with clock(kind):
            return by("reference")(timeline, seed, days)

    return player
