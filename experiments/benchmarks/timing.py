"""How long does something take, and how much memory?"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from sim.engine import play
from sim.events import Events
from sim.world import World

WARM_PLACES = 20


class Settings(NamedTuple):
    """What all parts share."""

    engine: str  # the engine that is compared with the reference
    runs: int  # of which the median is taken
    quick: bool  # shorter runs, for a first look

    def days(self, usual: int, quick: int) -> int:
        """Days of a part."""
        return quick if self.quick else usual


class Job(NamedTuple):
    """Something to be timed; what it gave is looked at afterwards and not kept."""

    play: Callable[[int], Any]  # of the seed
    visits: Callable[[Any], int]
    look: Callable[[Any], None] = lambda _: None
    most_runs: int = 100


def played(
    world: World, days: int, seed: int, engine: str, threads: int = 1, log: str | None = None
) -> Events:
    """Play a world that stays as it is, by default without a log of events."""
    return play([(0, world)], seed, days, engine=engine, log=log, threads=threads)


def warmed(world: World, engine: str, threads: int = 1) -> World:
    """The world, after compiling what it calls: a day with residents in a few places only."""
    population = world.places.population.copy()
    population[WARM_PLACES:] = 0
    played(world.having({"places.population": population}), 1, 0, engine, threads)
    return world


def arrived(events: Events) -> int:
    """Visits of a run."""
    return int(events.ledger["visits"]["arrived"].sum())


def rates(jobs: dict[str, Job], settings: Settings) -> dict[str, list[float]]:
    """Visits per second of processor time; jobs take turns, so that all see the same machine."""
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for seed in range(1, settings.runs + 1):
        for name, job in jobs.items():
            if seed <= job.most_runs:
                found[name].append(_rate(job, seed))
    return found


def _rate(job: Job, seed: int) -> float:
    gc.collect()
    began = time.process_time()
    result = job.play(seed)
    seconds = time.process_time() - began
    job.look(result)
    return job.visits(result) / seconds


def medians(found: dict[str, list[float]]) -> dict[str, float]:
    """The median of each."""
    return {name: statistics.median(values) for name, values in found.items()}


def child(*arguments: str | int) -> dict[str, float]:
    """What `experiments.benchmarks.child` measures in a process of its own."""
    command = [sys.executable, "-m", "experiments.benchmarks.child", *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def children(runs: int, *arguments: str | int) -> dict[str, float]:
    """Medians of several such processes, one after the other."""
    found = [child(*arguments) for _ in range(runs)]
    return {key: statistics.median(one[key] for one in found) for key in found[0]}
