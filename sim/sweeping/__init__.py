"""Which runs answer an experiment's question, and what do they say together?

An experiment becomes points, points become runs, runs become files; tables are made of the files
that lie there. So a sweep goes on where it was killed, and how often it was, on how many workers
and where makes no difference to a bit of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sim import store
from sim.sweeping import stopping, tables, units, warmup
from sim.sweeping.asked import Case, Checked, Experiment, checked, load
from sim.sweeping.crew import Crew, answers, crew_of, warm
from sim.sweeping.folder import Folder, texts
from sim.sweeping.playing import Failed, Played, series_of
from sim.sweeping.result import Sweep
from sim.sweeping.units import Catalogue, Unit

__all__ = ["Experiment", "Sweep", "load", "sweep"]

RESULTS = Path("results")
KIND = "sweep"

Progress = Callable[[int, int], None]


def sweep(
    experiment: str | Path | Experiment,
    out: str | Path | None = None,
    workers: int | None = None,
    engine: str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Play all runs of an experiment that do not lie in its folder yet, and tabulate them.

    out: the folder, results/<file> if not given. workers: processes here, one per processor if not
    given; engine: a Dask cluster instead (dask://HOST:PORT); executor: any
    `concurrent.futures.Executor`. `progress(done, total)` counts the runs that this call plays.
    Raises ScenarioError with all that is wrong with the experiment before anything runs;
    ResultError if the folder is taken, the cluster does not answer, or it is lost half-way.
    """
    asked = experiment if isinstance(experiment, Experiment) else load(experiment)
    if out is None and not asked.name:
        raise ValueError("an experiment that no file holds needs a folder: give out")
    found, folder = checked(asked), Folder(Path(out or RESULTS / asked.name))
    started = datetime.now(UTC)
    folder.open(texts(found))
    with crew_of(workers, engine, executor) as crew:
        done = _Going(found, folder, crew, progress).finished()
    files = tables.write(folder, done)
    folder.close(_manifest(found, done), files, started)
    return store.read(folder.path, {KIND: Sweep})


def _manifest(found: Checked, done: tables.Found) -> dict[str, Any]:
    hashes = [unit.name for unit in [*done.judges, *done.units]]
    asked, against = found.experiment, found.against
    return {
        "kind": KIND, "title": asked.question, "question": asked.question, "source": asked.source,
        "points": len(done.cases), "runs": len(set(hashes)), "failures": len(done.failed),
        "keys": list(dict.fromkeys(key for case in done.cases for key in case.values)),
        "seeds": sorted({unit.seed for unit in done.units}),
        "scenario": found.scenario.resolved(), "against": against and against.resolved(),
        "content_hash": store.digest(hashes), "run_hashes": sorted(set(hashes)),
    }  # fmt: skip


class _Going:
    """A sweep under way."""

    def __init__(
        self, found: Checked, folder: Folder, crew: Crew, progress: Progress | None
    ) -> None:
        self.found, self.folder, self.crew = found, folder, crew
        self.progress = progress or (lambda done, total: None)
        self.catalogue = Catalogue()
        self.failed: dict[str, Failed] = {}
        self.done = self.total = 0

    def finished(self) -> tables.Found:
        """Play whatever is missing, and say what there is."""
        cases, settled, judges = self._warmed()
        every = {case.number: units.of_case(case, self.found.replications.last, self.catalogue)
                 for case in cases}  # fmt: skip
        arms = 1 if self.found.against is None else 2
        count, reached = self._replicated(every, arms)
        played = [unit for number, held in every.items() for unit in held[: arms * count[number]]]
        return tables.Found(cases, played, count, reached, settled, self.failed, judges,
                            self.found.experiment.measures)  # fmt: skip

    def _warmed(self) -> tuple[list[Case], pd.DataFrame, list[Unit]]:
        """The points with their warm-up, found first where it is asked for."""
        frames = [pd.DataFrame(columns=warmup.COLUMNS)]
        if not self.found.experiment.finds_warmup:
            return self.found.cases, frames[0], []
        judged = list(units.of_judges(self.found, self.catalogue))
        self._play([unit for _, some in judged for unit in some])
        cases = []
        for case, some in judged:
            frame = self._settled(case, some)
            cases.append(case.with_warmup(int(frame["warmup"].iloc[0])))
            frames.append(frame)
        return cases, pd.concat(frames[1:], ignore_index=True), [u for _, us in judged for u in us]

    def _settled(self, case: Case, judges: Sequence[Unit]) -> pd.DataFrame:
        files = [self.folder.file(unit.name) for unit in judges
                 if self.folder.has(unit.name)]  # fmt: skip
        if not files:
            raise store.ResultError(f"no run without policies at {units.title_of(case)}: "
                                    f"{self.failed[judges[0].name].error}")  # fmt: skip
        days = self.found.scenario.warmup + case.scenario.days
        frame = warmup.judged([series_of(file, warmup.SETTLES) for file in files], days)
        frame = frame.assign(point=case.number, warmup=warmup.longest(frame))
        return frame[warmup.COLUMNS]

    def _replicated(
        self, every: dict[int, list[Unit]], arms: int
    ) -> tuple[dict[int, int], dict[int, bool]]:
        """Play round after round until all points have enough replications."""
        asked = self.found.replications
        looks = stopping.Looks(self.folder, asked.until)
        count = dict.fromkeys(every, asked.first)
        while True:
            self._play([unit for n, held in every.items() for unit in held[: arms * count[n]]])
            reached = {n: looks.reached(held[: arms * count[n]]) for n, held in every.items()}
            grown = {n: stopping.next_look(asked, count[n]) for n in every if not reached[n]}
            if all(count[n] == most for n, most in grown.items()):
                return count, reached
            count |= grown

    def _play(self, wanted: Sequence[Unit]) -> None:
        """Play the runs among these that are neither there nor known to fail."""
        missing = [task for task in units.tasks_of(wanted, self.catalogue)
                   if not self.folder.has(task.name)
                   and task.name not in self.failed]  # fmt: skip
        self.total += len(missing)
        self.progress(self.done, self.total)
        if missing:
            warm(missing[0])
        for answer in answers(missing, self.crew):
            if isinstance(answer, Played):
                self.folder.keep(answer)
            else:
                self.failed[answer.name] = answer
            self.done += 1
            self.progress(self.done, self.total)
