"""How long will a published sweep take to play again, here? One run is played first and tells."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from sim import engine as engines
from sim.sweeping import publishing, units
from sim.sweeping.asked import checked, load
from sim.sweeping.crew import crew_of, warm
from sim.sweeping.folder import EXPERIMENT
from sim.sweeping.playing import Task, play
from sim.sweeping.result import Published
from sim.sweeping.units import Catalogue


class Trial(NamedTuple):
    """One run played before all others, to know how long these will take."""

    runs: int
    worlds: int
    workers: int
    starting: float
    making: float
    playing: float

    @property
    def expected(self) -> float:
        """Seconds from now: each worker makes the worlds of its runs, then plays them."""
        each = -(-self.runs // self.workers)
        ready = self.starting if self.workers > 1 else 0.0  # the others are still starting
        return ready + min(each, self.worlds) * self.making + each * self.playing


def tried(
    published: Published, quick: bool, workers: int | None = None, engine: str | None = None
) -> Trial:
    """Start a worker and play one run there for the time that it takes.

    quick: of the sample only. Raises as `sweep` does.
    """
    found, catalogue = checked(load(published.path / EXPERIMENT)), Catalogue()
    every = publishing.every(published, found, catalogue)
    runs = units.tasks_of(publishing.spread_out(every) if quick else every, catalogue)
    return timed(runs, workers, engine)


def timed(runs: Sequence[Task], workers: int | None = None, engine: str | None = None) -> Trial:
    """Start a worker and play the first of some runs there for the time that it takes."""
    worlds = {id(task.scenario) for task in runs}
    warm(runs[0])
    with crew_of(workers, engine) as crew:
        started = time.perf_counter()
        took = crew.executor().submit(_timed, runs[0]).result()
        starting = time.perf_counter() - started - sum(took)
    return Trial(len(runs), len(worlds), min(crew.workers, len(runs)), starting, *took)


def _timed(task: Task) -> tuple[float, float]:
    """Seconds to load and make a world, then to play; what the run says is dropped."""
    started, scenario = time.perf_counter(), task.scenario
    engines.warm(scenario.timeline()[0][1], scenario.total_days, scenario.engine)
    made = time.perf_counter()
    play(task)
    return made - started, time.perf_counter() - made
