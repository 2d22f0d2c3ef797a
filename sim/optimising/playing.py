"""Who plays doses, with which luck, and what if a run fails?

A run of a scenario is what it is in a sweep: named by its content hash, written into the folder as
soon as it is played, and never played again while it lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from sim.optimising.asked import Sought
from sim.sweeping.asked import SCENARIO
from sim.sweeping.crew import Crew, answers, crew_of, warm
from sim.sweeping.folder import Folder
from sim.sweeping.playing import Failed, Played, measures_of
from sim.sweeping.units import Catalogue

Answers = Sequence[float]
Play = Callable[[Mapping[str, float], int], Answers]  # doses, seed -> a value an objective
Progress = Callable[[int, int], None]


class Run(NamedTuple):
    """Which candidate, which replication, with which doses and seed."""

    point: int
    replication: int
    doses: Mapping[str, float]
    seed: int

    @property
    def name(self) -> str:
        """What it is called among the runs of a search."""
        return f"{self.point}.{self.replication}"


class Count:
    """How many runs were played by this call, and how many may be left."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total = 0, total
        self.progress = progress or (lambda done, total: None)

    def there(self, runs: int) -> None:
        """Some need not be played: they lie there."""
        self.total -= runs
        self.progress(self.done, self.total)

    def one(self) -> None:
        """One was played."""
        self.done += 1
        self.progress(self.done, self.total)


class Player(Protocol):
    """Who answers runs, in their order; names: what the run of a point and replication is called.

    An answer is the values of the objectives, or why there are none.
    """

    names: dict[tuple[int, int], str]

    def __call__(self, runs: Sequence[Run], count: Count) -> list[Answers | Failed]:
        """The answer to each run."""


class Model:
    """Plays a scenario with doses and reads the objectives off the files of its runs."""

    def __init__(self, sought: Sought, folder: Folder, crew: Crew) -> None:
        self.sought, self.folder, self.crew = sought, folder, crew
        self.catalogue = Catalogue()
        self.failed: dict[str, Failed] = {}
        self.names: dict[tuple[int, int], str] = {}

    def __call__(self, runs: Sequence[Run], count: Count) -> list[Answers | Failed]:
        """Play what does not lie in the folder; the objectives of each run, or why it has none."""
        names = [self._named(run) for run in runs]
        wanted = dict.fromkeys(name for name in names if name not in self.failed)
        missing = [self.catalogue.tasks[name] for name in wanted if not self.folder.has(name)]
        count.there(len(runs) - len(missing))
        if missing:
            warm(missing[0])
        for answer in answers(missing, self.crew):
            if isinstance(answer, Played):
                self.folder.keep(answer)
            else:
                self.failed[answer.name] = answer
            count.one()
        return [self._answer(name) for name in names]

    def _named(self, run: Run) -> str:
        """What a run is called; doses that make no world have failed."""
        try:
            scenario = self.sought.at(run.doses)
            unit = self.catalogue.units(run.point, SCENARIO, scenario, run.seed, 1)[0]
        except Exception as error:
            self.failed[run.name] = Failed(run.name, "model", _told(error))
            return run.name
        self.names[run.point, run.replication] = unit.name
        return unit.name

    def _answer(self, name: str) -> Answers | Failed:
        if name in self.failed:
            return self.failed[name]
        objectives = self.sought.search.objectives
        table = measures_of(self.folder.file(name), [each.measure for each in objectives])
        try:
            return [of_cell(table, each.cell) for each in objectives]
        except ValueError as error:
            return Failed(name, "model", _told(error))


class Function:
    """Asks any function of doses and seed."""

    def __init__(self, play: Play, crew: Crew) -> None:
        self.play, self.crew = play, crew
        self.names: dict[tuple[int, int], str] = {}

    def __call__(self, runs: Sequence[Run], count: Count) -> list[Answers | Failed]:
        """What the function says of each run, or why it says nothing."""
        said: dict[str, Answers | Failed] = {}
        for answer in answers(runs, self.crew, partial(_said, self.play)):
            said[answer.name] = answer if isinstance(answer, Failed) else answer.values
            count.one()
        return [said[run.name] for run in runs]


class Said(NamedTuple):
    """What a function said of a run."""

    name: str
    values: Answers


def _said(play: Play, run: Run) -> Said | Failed:
    try:
        return Said(run.name, play(run.doses, run.seed))
    except Exception as error:
        return Failed(run.name, "model", _told(error))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def of_cell(table: pd.DataFrame, cell: Mapping[str, str]) -> float:
    """The value of one cell of a table of measures. Raises ValueError where it is missing."""
    rows = table[np.logical_and.reduce([table[name] == word for name, word in cell.items()])]
    words = ", ".join(f"{name} {word}" for name, word in cell.items())
    if len(rows) != 1 or not np.isfinite(float(rows["value"].iloc[0])):
        raise ValueError(f"a run has no value of {words}")
    return float(rows["value"].iloc[0])


def unit_of(measure: str) -> str:
    """The unit of a measure, as its table writes it."""
    from sim import measures

    line = measures.names()[measure]
    return line.rpartition("[")[2].rstrip("]") if "[" in line else ""


def crew_for(
    play: Play | None, workers: int | None, engine: str | None, executor: Executor | None
) -> AbstractContextManager[Crew]:
    """Who plays (see `sim.sweeping.crew`); a function is asked in this process by one worker."""
    here = play is not None and workers == 1 and engine is None and executor is None
    return crew_of(workers, engine, Here() if here else executor)


class Here(Executor):
    """Does at once, in this process, what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future that is done."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
