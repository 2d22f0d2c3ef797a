"""Playing a timeline of Worlds: which engine, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sim.events import Events
from sim.world import World

if TYPE_CHECKING:
    from sim.engine.keeper import Asked

ENGINES = ("auto", "reference", "compiled")
WARM_PLACES = 20
BUSY = 5_000  # visits a day
SMALL = 10_000  # visits: below, loading compiled code takes longer than playing without
COMPILED_LAST = {"reference": "rules.visit_bill", "compiled": "ending.still_open"}
VISITS_A_DAY = 6 / 365  # of a resident, about, to tell a small run


def play(
    timeline: list[tuple[int, World]],
    seed: int,
    days: int,
    engine: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    warmup: int = 0,
    log: Asked = "memory",
    threads: int | None = 1,
) -> Events:
    """Play a timeline for so many days, warm-up included; the engine is loaded when first asked.

    timeline: (day, World in force from then on), day 0 first; warmup: days before measuring
    begins; log: "memory" keeps every row, None none, an object with `write(table, rows)` takes
    them day by day; threads: of the compiled engine, None for as many as pay. Both engines say the
    same in any number of threads, so `auto` takes the faster. Raises ValueError for an engine that
    does not exist.
    """
    if engine not in ENGINES:
        raise ValueError(f"no engine {engine!r}; there are {', '.join(ENGINES)}")
    from sim.engine.keeper import Keeper

    engine = faster(timeline[0][1], days) if engine == "auto" else engine
    announce(engine)
    player = import_module(f"sim.engine.{engine}")
    hands = paying(timeline[0][1]) if threads is None else threads
    keeper = Keeper(timeline, days, warmup, log, hands)
    return player.play(timeline, seed, days, keeper, progress, hands)


def faster(world: World, days: int) -> str:
    """The engine for a run: the reference where it has played before the other is loaded."""
    return "reference" if days * visits_a_day(world) < SMALL else "compiled"


def paying(world: World) -> int:
    """Threads that pay: one per processor where a day is long enough to be shared."""
    return (os.cpu_count() or 1) if visits_a_day(world) > BUSY else 1


def visits_a_day(world: World) -> float:
    """Visits to expect on a day, about."""
    given = (world.streams.rate.sum(axis=1) * world.streams.weekday.mean(axis=1)).sum()
    return float(given) + VISITS_A_DAY * float(world.places.population.sum())


@cache
def announce(engine: str) -> None:
    """Say that an engine compiles first, if it does; what it compiles stays on disk."""
    from sim.arithmetic import CACHE_DIRECTORY

    if not any(Path(CACHE_DIRECTORY).rglob(f"*{COMPILED_LAST[engine]}*.nbi")):
        print(f"compiling the {engine} engine, once: about a minute", file=sys.stderr)


def warm(world: World, days: int, engine: str = "auto") -> None:
    """Compile what a run of a world calls, by playing a day of a few of its places."""
    engine = faster(world, days) if engine == "auto" else engine
    population = world.places.population.copy()
    population[WARM_PLACES:] = 0
    play([(0, world.having({"places.population": population}))], 1, 1, engine)
