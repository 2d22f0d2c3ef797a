"""Who plays doses, with which luck, and what if a run fails?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.optimising.asked import Sought

Answers = Sequence[float]
Play = Callable[[Mapping[str, float], int], Answers]  # doses, seed -> a value an objective
TRIES = 2  # of a run whose process died


class Task(NamedTuple):
    """One run: which candidate, which replication, with which doses and seed."""

    point: int
    replication: int
    doses: Mapping[str, float]
    seed: int


@dataclass(frozen=True)
class Model:
    """Plays a scenario with doses and reads the objectives off its table of measures."""

    sought: Sought

    def __call__(self, doses: Mapping[str, float], seed: int) -> Answers:
        """The objectives of one run. Raises ValueError where the run lacks one."""
        from sim.experiment import run

        once = run(self.sought.at(doses), seed, events=None, threads=1)
        if gap := int(once.ledger["gap"].abs().sum()):
            raise ValueError(f"a ledger does not close: gap {gap}")
        return [of_cell(once.measures, each.cell) for each in self.sought.search.objectives]


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


def answers(
    play: Play, tasks: Sequence[Task], executor: Executor | None, workers: int | None
) -> Iterator[Answers | Exception]:
    """What every task says, in their order: its values, or why it has none.

    executor: any of `concurrent.futures`; else processes of loky, or this one if workers is 1. A
    run that loses its process is played again alone before it counts as failed.
    """
    workers = workers or os.cpu_count() or 1
    if executor is not None:
        yield from _submitted(play, tasks, lambda: executor)
    elif workers == 1:
        yield from (_attempt(play, task) for task in tasks)
    else:
        from loky import get_reusable_executor

        yield from _submitted(play, tasks, lambda: get_reusable_executor(max_workers=workers))


def _attempt(play: Play, task: Task) -> Answers | Exception:
    try:
        return play(task.doses, task.seed)
    except Exception as error:
        return error


def _submitted(
    play: Play, tasks: Sequence[Task], pool: Callable[[], Executor]
) -> Iterator[Answers | Exception]:
    first = pool()
    futures = [_sent(first, play, task) for task in tasks]
    for task, future in zip(tasks, futures, strict=True):
        try:
            yield future.result()
        except BrokenExecutor:
            yield _again(play, task, pool)


def _sent(pool: Executor, play: Play, task: Task) -> Any:
    try:
        return pool.submit(_attempt, play, task)
    except BrokenExecutor as error:
        return _Lost(error)


class _Lost:
    """A task that a broken pool did not take."""

    def __init__(self, error: BrokenExecutor) -> None:
        self.error = error

    def result(self) -> Answers | Exception:
        """Never an answer."""
        raise self.error


def _again(play: Play, task: Task, pool: Callable[[], Executor]) -> Answers | Exception:
    """A task played alone, after all that were with it."""
    last: Exception = RuntimeError("not played")
    for _ in range(TRIES):
        try:
            found: Answers | Exception = pool().submit(_attempt, play, task).result()
            return found
        except BrokenExecutor as error:
            last = error
    return last
