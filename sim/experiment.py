"""Which runs answer the question? One run, or pairs of runs under the same luck.

Replication i of both arms has the seed `seed + i`. Seeds are labels: every draw hashes its key, so
neighbouring seeds share no luck, and replication i is the same however many there are. Intervals
are t over replications, never over visits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from scipy import stats

from sim import kept, nation, store, stream
from sim.arithmetic import source_digest
from sim.pictures import ComparisonPlots, span
from sim.record import Run
from sim.world import World

CONFIDENCE = 0.95
ARMS = ("baseline", "scenario")
KEPT_OTHERWISE = ("memory", None)
KEPT_IN_MEMORY = 5_000_000  # visits, about a gigabyte of rows
CELL = ["measure", "tier", "group", "unit"]
COUNTY = "county"
OF_COUNTY = ["measure", COUNTY, "name", "tier", "group", "unit"]
FAILURE_COLUMNS = ["replication", "seed", "arm", "error"]

Progress = Callable[[int, int], None]


class Playable(Protocol):
    """What a run needs of a scenario."""

    @property
    def title(self) -> str: ...
    @property
    def days(self) -> int: ...
    @property
    def warmup(self) -> int: ...
    @property
    def engine(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def replications(self) -> int: ...
    def timeline(self) -> list[tuple[int, World]]: ...
    def resolved(self) -> Mapping[str, Any]: ...
    def content_hash(self, seed: int, days: int | None = None) -> str: ...


class Unit(NamedTuple):
    """One run of a comparison."""

    arm: str
    replication: int
    seed: int


class Answer(NamedTuple):
    """What a worker sends back of one run."""

    measures: pd.DataFrame
    counties: pd.DataFrame
    gap: int
    tiers: tuple[str, ...]
    content_hash: str


def run(
    scenario: Playable, seed: int | None = None, days: int | None = None,
    engine: str | None = None, progress: Progress | None = None,
    events: str | Path | None = "auto", threads: int | None = None,
) -> Run:
    """Play a scenario once; `days` are measured days, the warm-up comes before them.

    seed, days and engine are the scenario's if not given. `progress(done, total)` is called with
    days played. events: "memory" keeps one row a visit, a folder streams them there day by day,
    None only counts; "auto" is memory where that holds at most 5 million visits. threads: of the
    compiled engine, as many as pay if not given; they change no
    bit. Raises ValueError for a negative seed or less than one measured day.
    """
    from sim import engine as engines

    started = time.time()
    seed = scenario.seed if seed is None else seed
    days = scenario.days if days is None else days
    if seed < 0 or days < 1:
        raise ValueError(f"seed >= 0 and days >= 1 expected, not seed {seed} and {days} days")
    timeline, whole = scenario.timeline(), scenario.warmup + days
    if events == "auto":
        kept = whole * engines.visits_a_day(timeline[0][1]) <= KEPT_IN_MEMORY
        events = "memory" if kept else None
    with _log(events, timeline[0][1]) as log:
        said = engines.play(timeline, seed, whole, engine or scenario.engine, progress,
                            warmup=scenario.warmup, log=log, threads=threads)
    return Run(
        dict(scenario.resolved()), seed, days, scenario.warmup, tuple(timeline), said,
        scenario.content_hash(seed, whole), started, round(time.time() - started, 3),
        None if events in KEPT_OTHERWISE else Path(str(events)),
    )


def _log(events: str | Path | None, world: World) -> AbstractContextManager[Any]:
    """What takes the rows: memory, nobody, or a folder."""
    if events in KEPT_OTHERWISE:
        return nullcontext(events)
    return stream.Stream(str(events), world)


# --- comparison ------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two scenarios under the same luck, replication by replication."""

    baseline: Mapping[str, Any]
    scenario: Mapping[str, Any]
    seed: int
    days: int
    warmup: int
    replications: int
    runs: pd.DataFrame
    counties: pd.DataFrame
    failures: pd.DataFrame
    tiers: tuple[str, ...] = ()
    content_hashes: Mapping[str, str] = field(default_factory=dict)
    started: float = 0.0
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """Which scenarios."""
        first, second = (arm.get("title", "untitled") for arm in (self.baseline, self.scenario))
        return f"{second}, compared with {first}"

    @property
    def content_hash(self) -> str:
        """SHA-256 of the hashes of all runs, the seeds and the model."""
        runs = sorted(self.content_hashes.items())
        return store.digest([runs, self.seed, self.replications, source_digest()])

    @cached_property
    def table(self) -> pd.DataFrame:
        """Paired differences with their intervals (see `paired_differences`)."""
        return paired_differences(self.runs)

    @cached_property
    def by_county(self) -> pd.DataFrame:
        """Paired differences of every county, with their intervals."""
        return paired_differences(self.counties, OF_COUNTY)

    def by(self, axis: str, *wanted: str) -> pd.DataFrame:
        """Paired differences by county; of some measures, if named.

        Raises KeyError with the nearest name for another axis, or a measure not known by it.
        """
        return kept.by_axis({COUNTY: lambda: self.by_county}, axis, wanted)

    @cached_property
    def nine_rows(self) -> pd.DataFrame:
        """The baseline's shares of visits by institution beside the nation's (see `sim.nation`)."""
        return nation.nine_rows(self.table, "baseline")

    def __repr__(self) -> str:
        return f"<Comparison of {self.title!r}: {self.replications} pairs, {span(self)}>"

    @property
    def plot(self) -> ComparisonPlots:
        """Pictures."""
        return ComparisonPlots(self)

    def save(self, path: str | Path) -> Path:
        """Write the comparison into a result folder (see `sim.store`)."""
        frames = {"table": self.table, "runs": self.runs, "failures": self.failures,
                  "nine_rows": self.nine_rows, f"{store.BY}{COUNTY}": self.by_county}
        return store.save(path, self._manifest(), frames)

    def _manifest(self) -> dict[str, Any]:
        question = self.scenario.get("question") or self.baseline.get("question")
        return {
            "kind": "comparison", "title": self.title, "question": question,
            "baseline": dict(self.baseline), "scenario": dict(self.scenario),
            "seeds": [self.seed + i for i in range(self.replications)],
            "replications": self.replications, "days": self.days, "warmup": self.warmup,
            "tiers": self.tiers, "started": store.stamp(self.started),
            "finished": store.stamp(self.started + self.seconds), "wall_seconds": self.seconds,
            "run_hashes": dict(sorted(self.content_hashes.items())),
            "content_hash": self.content_hash,
        }


def compare(
    baseline: Playable, scenario: Playable, replications: int | None = None,
    seed: int | None = None, days: int | None = None, engine: str | None = None,
    workers: int | None = None, progress: Progress | None = None, executor: Executor | None = None,
) -> Comparison:
    """Play two scenarios under the same luck and compare them pair by pair.

    workers: processes, one per processor if not given, 1: within this process; executor: any
    `concurrent.futures.Executor` instead. Replications, seed and days are the baseline's if not
    given. `progress(done, total)` is called with runs finished. A
    run that fails is told in `.failures` and stops no other. Raises ValueError if the arms differ
    in days or warm-up.
    """
    started = time.time()
    _check_arms(baseline, scenario, days)
    seed = baseline.seed if seed is None else seed
    count = baseline.replications if replications is None else replications
    units = [Unit(arm, i, seed + i) for i in range(count) for arm in ARMS]
    asked = Asked(dict(zip(ARMS, (baseline, scenario), strict=True)), days, engine)
    found = _collect(answers(asked, units, workers, executor), units, progress)
    return Comparison(
        dict(baseline.resolved()), dict(scenario.resolved()), seed,
        baseline.days if days is None else days, baseline.warmup, count, *found,
        started, round(time.time() - started, 3),
    )


def _check_arms(baseline: Playable, scenario: Playable, days: int | None) -> None:
    if baseline.warmup != scenario.warmup:
        raise ValueError(f"warm-up differs: {baseline.warmup} and {scenario.warmup} days")
    if days is None and baseline.days != scenario.days:
        raise ValueError(f"measured days differ: {baseline.days} and {scenario.days}")


@dataclass(frozen=True)
class Asked:
    """How to play a unit of some named arms; travels to the workers."""

    arms: Mapping[str, Playable]
    days: int | None
    engine: str | None

    def __call__(self, unit: Unit) -> Answer:
        """Play one unit and keep only what is compared."""
        once = run(self.arms[unit.arm], unit.seed, self.days, self.engine, events=None, threads=1)
        gap = int(once.ledger["gap"].abs().sum())
        return Answer(once.measures, once.by(COUNTY), gap, once.tiers, once.content_hash)


Outcome = tuple[Unit, Answer | Exception]


def answers(
    asked: Asked, units: list[Unit], workers: int | None = None, executor: Executor | None = None
) -> Iterator[Outcome]:
    """The answer to every unit as it comes, or the exception that ended it."""
    workers = workers or os.cpu_count() or 1
    if executor is not None:
        return _mapped(asked, units, executor)
    if workers == 1 or len(units) < 2:
        return ((unit, _attempt(asked, unit)) for unit in units)
    return _in_processes(asked, units, min(workers, len(units)))


def _attempt(asked: Asked, unit: Unit) -> Answer | Exception:
    try:
        return asked(unit)
    except Exception as error:
        return error


def _mapped(asked: Asked, units: list[Unit], executor: Executor) -> Iterator[Outcome]:
    futures = {_submitted(asked, unit, executor): unit for unit in units}
    try:
        for future in as_completed(list(futures)):
            unit, error = futures.pop(future), future.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield unit, error or future.result()
    finally:
        for future in futures:
            future.cancel()


def _submitted(asked: Asked, unit: Unit, executor: Executor) -> Future[Answer]:
    try:
        return executor.submit(asked, unit)
    except BrokenExecutor as error:
        refused: Future[Answer] = Future()
        refused.set_exception(error)
        return refused


def _in_processes(asked: Asked, units: list[Unit], workers: int) -> Iterator[Outcome]:
    """Runs in loky's processes; what a dying process took with it is played again, one by one."""
    from loky import get_reusable_executor

    _warm(asked)
    lost, pool = [], get_reusable_executor(max_workers=workers)
    try:
        for unit, answer in _mapped(asked, units, pool):
            if isinstance(answer, BrokenExecutor):
                lost.append(unit)
            else:
                yield unit, answer
    except KeyboardInterrupt:
        pool.shutdown(wait=False, kill_workers=True)
        raise
    for unit in lost:
        yield from _mapped(asked, [unit], get_reusable_executor(max_workers=workers))


def _warm(asked: Asked) -> None:
    """Compile in the parent, so that the workers find the compiled functions on disk."""
    from sim import engine as engines

    with suppress(Exception):  # a scenario that cannot be played fails in its own run
        arm = next(iter(asked.arms.values()))
        days = arm.warmup + (arm.days if asked.days is None else asked.days)
        engines.warm(arm.timeline()[0][1], days, asked.engine or arm.engine)


def _collect(answers: Iterator[Outcome], units: list[Unit], progress: Progress | None) -> tuple[
    pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...], dict[str, str]
]:
    tables, counties, failures, hashes = {}, {}, [], {}
    tiers: tuple[str, ...] = ()
    if progress:
        progress(0, len(units))
    for done, (unit, answer) in enumerate(answers, start=1):
        failures += [(unit.replication, unit.seed, unit.arm, e) for e in complaints(answer)]
        if isinstance(answer, Answer):
            tables[unit] = _labelled(unit, answer.measures)
            counties[unit] = _labelled(unit, answer.counties)
            hashes[f"{unit.arm} {unit.replication}"], tiers = answer.content_hash, answer.tiers
        if progress:
            progress(done, len(units))
    runs, places = _stacked(tables, units, CELL), _stacked(counties, units, OF_COUNTY)
    return runs, places, pd.DataFrame(sorted(failures), columns=FAILURE_COLUMNS), tiers, hashes


def _stacked(
    tables: Mapping[Unit, pd.DataFrame], units: list[Unit], cell: list[str]
) -> pd.DataFrame:
    """The tables of all runs that there are, in the order of the units."""
    ordered = [tables[unit] for unit in units if unit in tables and len(tables[unit])]
    if ordered:
        return pd.concat(ordered, ignore_index=True)
    return _labelled(units[0], pd.DataFrame(columns=[*cell, "value", "n"]))


def complaints(answer: Answer | Exception) -> list[str]:
    """What is wrong with an answer, in words; nothing for most."""
    if isinstance(answer, Exception):
        return [f"{type(answer).__name__}: {answer}"]
    return [f"a ledger does not close: gap {answer.gap}"] if answer.gap else []


def _labelled(unit: Unit, measures: pd.DataFrame) -> pd.DataFrame:
    labels: dict[str, Any] = {"replication": unit.replication, "seed": unit.seed, "arm": unit.arm}
    return measures.assign(**labels)[[*labels, *measures.columns]]


# --- inference -------------------------------------------------------------------------------


def paired_differences(runs: pd.DataFrame, cell: Sequence[str] = CELL) -> pd.DataFrame:
    """Scenario minus baseline for every cell, with a 95 % t interval over the pairs.

    runs: replication, arm, value, and the columns that name a cell. Per cell, with D = B - A over
    the n replications in which both arms have a value: difference = mean D; low, high = mean D -+
    t(n - 1) sd(D) / sqrt(n), missing below two pairs; variance_saved = 1 - Var D / (Var A + Var B),
    what common luck spares against independent runs.
    """
    names = list(cell)
    cells = list(dict.fromkeys(map(tuple, runs[names].to_numpy())))
    wide = runs.pivot(index=[*names, "replication"], columns="arm", values="value")
    pairs = wide.reindex(columns=list(ARMS)).astype(float).dropna()
    pairs["difference"] = pairs["scenario"] - pairs["baseline"]
    by = pairs.groupby(level=names)
    mean, var = by.mean(), by.var(ddof=1)
    n = by.size()
    table = mean.assign(**interval(mean["difference"], var["difference"], n))
    apart = var["baseline"] + var["scenario"]
    table["variance_saved"] = (1 - var["difference"] / apart).where(apart > 0)
    table["replications"] = n
    order = [cell for cell in cells if cell in table.index]
    table = (table.loc[order] if order else table).rename_axis(columns=None).reset_index()
    return table.astype(dict.fromkeys(names, str))


def interval(mean: pd.Series, variance: pd.Series, n: pd.Series) -> dict[str, pd.Series]:
    """Low and high end of the 95 % t interval of a mean of n replications."""
    quantile = stats.t.ppf((1 + CONFIDENCE) / 2, np.maximum(n - 1, 1))
    half = quantile * np.sqrt(variance / n)
    return {"low": mean - half, "high": mean + half}
