"""Which doses are best for what may be spent?

A search tries doses within the budget, sends replications to those about which there is doubt, and
plays those it chose once more with luck that the choice has not seen: whoever picks the best of
many by their means picks lucky ones, too. Replication i of every candidate has the seed `seed + i`,
so all comparisons are paired. What is played depends on answers only, never on who answers first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from sim.optimising import doubt, spending
from sim.optimising.asked import FEWEST_CONFIRMED, Dose, Objective, Search, Sought, load, made
from sim.optimising.playing import (
    Answers,
    Count,
    Function,
    Model,
    Play,
    Player,
    Progress,
    Run,
    crew_for,
    unit_of,
)
from sim.optimising.result import (
    ALLOT,
    CONFIRM,
    KIND,
    PUBLISHED,
    SEARCH,
    Optimum,
    Published,
    Stored,
    candidates,
    opened,
)
from sim.sweeping.playing import Failed

__all__ = [
    "KIND", "PUBLISHED", "Dose", "Objective", "Optimum", "Play", "Published", "Search", "Sought",
    "Stored", "load", "made", "optimise",
]  # fmt: skip

AT_A_TIME = (
    8  # runs allotted before looking again; not the number of workers, which changes nothing
)
MOST_OF_ONE = 1 / 3  # of the runs to allot, for one candidate
FAILURE_COLUMNS = ["point", "stage", "replication", "seed", "kind", "error"]


def optimise(
    sought: Sought | Path | str,
    play: Play | None = None,
    seed: int | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    out: Path | str | None = None,
    engine: str | None = None,
) -> Optimum:
    """Search doses within a budget for the best objective, or the best trade-off between several.

    sought: a file, or what `load` or `made` returned. play(doses, seed): a value an objective; a
    run of the scenario if not given. out: a folder, where each run is written when it is played, so
    that a search that was stopped goes on; in memory if not given. workers, engine, executor: as in
    `sim.sweep`. seed: the scenario's if not given. `progress(done, total)` counts the runs that
    this call plays. Raises ScenarioError for a file with mistakes, ResultError if the folder is
    taken, RuntimeError if nearly all runs fail.
    """
    asked = sought if isinstance(sought, Sought) else load(sought)
    seed, started = asked.scenario.seed if seed is None else seed, datetime.now(UTC)
    with ExitStack() as stack:
        folder = opened(out or stack.enter_context(TemporaryDirectory()), asked, seed)
        crew = stack.enter_context(crew_for(play, workers, engine, executor))
        player = Function(play, crew) if play else Model(asked, folder, crew)
        found = _optimum(asked, player, seed, progress, started)
    if out is not None:
        found.save(out)
    return found


def _optimum(
    asked: Sought, player: Player, seed: int, progress: Progress | None, started: datetime
) -> Optimum:
    """All that a search plays, and what it says."""
    book = _Book(asked, player, seed, Count(asked.search.replications, progress))
    _search(book)
    _allot(book)
    state = doubt.doubts(book.values())
    tried = candidates(book.runs(SEARCH, ALLOT), book.levels(), _found(book, state), asked)
    _confirm(book, state)
    failures = pd.DataFrame(book.failed, columns=FAILURE_COLUMNS)
    runs = book.runs(SEARCH, ALLOT, CONFIRM)
    return Optimum(asked, runs, tried, failures, seed, started, dict(player.names))


class _Book:
    """What was tried and what it said, while a search goes on."""

    def __init__(self, sought: Sought, player: Player, seed: int, count: Count) -> None:
        self.sought, self.search, self.seed = sought, sought.search, seed
        self.player, self.count = player, count
        self.doses: list[dict[str, float]] = []
        self.said: dict[tuple[int, int], tuple[str, Sequence[float]]] = {}
        self.failed: list[tuple[int, str, int, int, str, str]] = []
        self.given: list[int] = []
        self.left = self.search.replications - self.search.confirming

    def add(self, rows: np.ndarray) -> list[int]:
        """Number new doses."""
        first = len(self.doses)
        for row in rows:
            items = zip(self.search.doses.items(), row.tolist(), strict=True)
            self.doses.append({key: dose.of(x) for (key, dose), x in items})
            self.given.append(0)
        return list(range(first, len(self.doses)))

    def played(self, stage: str, runs: Sequence[tuple[int, int]]) -> None:
        """Play candidates with replications, and note what they say."""
        asked = [Run(p, i, self.doses[p], self.seed + i) for p, i in runs]
        for run, answer in zip(asked, self.player(asked, self.count), strict=True):
            self._note(stage, run, answer)

    def _note(self, stage: str, run: Run, answer: Answers | Failed) -> None:
        if isinstance(answer, Failed):
            told = (run.point, stage, run.replication, run.seed, answer.kind, answer.error)
            self.failed.append(told)
        else:
            self.said[run.point, run.replication] = (stage, answer)

    def further(self, stage: str, chosen: Sequence[int]) -> None:
        """Play the next replication of each candidate named, as often as it is named."""
        runs = []
        for point in chosen:
            runs.append((point, self.given[point]))
            self.given[point] += 1
        self.left -= len(runs)
        self.played(stage, runs)

    def values(self) -> np.ndarray:
        """Candidate, replication, objective; missing where not played; less is better."""
        signs = np.array([each.sign for each in self.search.objectives])
        table = np.full((len(self.doses), max(self.given), len(signs)), np.nan)
        for (point, replication), (_, answer) in self.said.items():
            if replication < table.shape[1]:
                table[point, replication] = signs * np.asarray(answer, float)
        if np.isnan(table[0]).all():
            why = self.failed[0][-1] if self.failed else "nothing was played"
            raise RuntimeError(f"the lowest doses have no run: {why}")
        return table

    def levels(self) -> np.ndarray:
        """Mean of each candidate and objective in its own direction (see `doubt.mean_of`)."""
        return doubt.mean_of(self.values()) * [each.sign for each in self.search.objectives]

    def runs(self, *stages: str) -> pd.DataFrame:
        """A tidy frame of the runs of some stages."""
        rows = [
            {"point": point, **self.doses[point], "cost": self.search.cost(self.doses[point]),
             "stage": stage, "replication": replication, "seed": self.seed + replication,
             **each.cell, "unit": unit_of(each.measure), "value": float(value)}
            for (point, replication), (stage, answer) in sorted(self.said.items())
            if stage in stages
            for each, value in zip(self.search.objectives, answer, strict=True)
        ]  # fmt: skip
        return pd.DataFrame(rows)


def _search(book: _Book) -> None:
    """Doses spread over what the budget allows, then, a few at a time, where most is expected."""
    search = book.search
    spread = max(len(search.doses) + 2, search.candidates // 2)
    _try(book, spending.first(search, min(spread, search.candidates), book.seed))
    round_ = book.seed
    while (lacking := search.candidates - len(book.doses)) > 0:
        values = book.values()
        mean, error = doubt.mean_of(values), doubt.errors_of(values)
        known = ~np.isnan(mean).any(axis=1)
        tried = np.array([list(doses.values()) for doses in book.doses], float)
        number, round_ = min(spending.TOGETHER, lacking), round_ + 2
        new = spending.following(search, tried[known], mean[known], error[known], number, round_)
        if not _try(book, new):
            return


def _try(book: _Book, rows: np.ndarray) -> bool:
    points = book.add(rows)
    book.further(SEARCH, [point for point in points for _ in range(book.search.first)])
    return bool(points)


def _allot(book: _Book) -> None:
    """Replications to the candidates about which there is most doubt, while there are any."""
    most = book.search.first + max(1, int(book.left * MOST_OF_ONE))
    while book.left > 0:
        given = np.array(book.given)
        chosen = doubt.batch(book.values(), given, min(AT_A_TIME, book.left), most)
        if not chosen:
            return
        book.further(ALLOT, chosen)


def _found(book: _Book, state: doubt.Doubts) -> Mapping[int, tuple[bool, float]]:
    """Of each candidate whether it is chosen, and the doubt about that."""
    chosen = set(_chosen(book, state))
    return {point: (point in chosen, float(state.doubt[point])) for point in range(len(book.doses))}


def _chosen(book: _Book, state: doubt.Doubts) -> list[int]:
    """The front; its most doubtful go where the end has too few runs for all."""
    front = np.flatnonzero(state.front)
    room = book.search.confirming // FEWEST_CONFIRMED - 1
    kept = front[np.argsort(state.doubt[front], kind="stable")][:room]
    return sorted(int(point) for point in kept)


def _confirm(book: _Book, state: doubt.Doubts) -> None:
    """The chosen and the lowest doses once more, all with the same fresh luck."""
    points = sorted({0, *_chosen(book, state)})
    count = (book.search.confirming + max(book.left, 0)) // len(points)
    fresh = range(book.search.replications, book.search.replications + count)
    book.played(CONFIRM, [(point, i) for i in fresh for point in points])
