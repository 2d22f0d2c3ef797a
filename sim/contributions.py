"""What does each policy of a programme contribute, and what do they do only together?

The policies of a scenario are added one at a time in the order of their first days (those of one
day by name), every arm under the same luck. M(S) is a measure where only the policies of S act:

    added(k)    = M(1..k) - M(1..k-1)         their sum is the whole = M(all) - M(none)
    alone(k)    = M(k) - M(none)
    interaction = whole - sum of alone(k)     what they do only together, or take from each other
    lost(k)     = M(all) - M(all but k)       the knock-out: what the whole owes to k

Intervals are t over replications of these sums, each paired within its replication.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim import rollout, store
from sim.arithmetic import PACKAGE
from sim.experiment import CELL, Answer, Asked, Unit, answers, complaints, interval
from sim.pictures import span
from sim.scenario import Scenario

NONE, ADDED, WHOLE, ALONE, INTERACTION, LOST = (
    "none", "added", "whole", "alone", "interaction", "lost",
)  # fmt: skip
COLUMNS = ["effect", "policy", "start", *CELL, "value", "low", "high", "replications"]
FAILURES = ["arm", "seed", "error"]
PLAYED = "played"

Some = frozenset[int]
Progress = Callable[[int, int], None]


class Step(NamedTuple):
    """A policy at its place in the order: its position in the scenario and its first day."""

    policy: str
    position: int
    start: date


class Effect(NamedTuple):
    """A sum of arms: which effect, of which policy, and the weight of each set of policies."""

    name: str
    policy: str
    start: str
    weights: Mapping[Some, int]


def steps(scenario: Scenario) -> list[Step]:
    """The policies in the order in which they start; a name that occurs twice bears its place."""
    names = Counter(use.name for use in scenario.policies)
    found = []
    for position, use in enumerate(scenario.policies):
        first = rollout.spans(use, scenario.start, scenario.warmup, scenario.total_days)[0].first
        label = use.name if names[use.name] == 1 else f"{use.name} #{position + 1}"
        found.append(Step(label, position, date.fromordinal(scenario.start.toordinal() + first)))
    return sorted(found, key=lambda step: (step.start, step.policy))


def effects(order: Sequence[Step], knock_out: bool = False) -> Iterator[Effect]:
    """Every effect that is asked for, as a weighted sum of arms."""
    none, every = frozenset[int](), frozenset(step.position for step in order)
    yield Effect(NONE, "", "", {none: 1})
    before = none
    for step in order:
        now = before | {step.position}
        yield Effect(ADDED, step.policy, step.start.isoformat(), {now: 1, before: -1})
        before = now
    yield Effect(WHOLE, "", "", {every: 1, none: -1})
    together = Counter({every: 1, none: len(order) - 1})
    for step in order:
        only = frozenset({step.position})
        together[only] -= 1
        yield Effect(ALONE, step.policy, step.start.isoformat(), {only: 1, none: -1})
    yield Effect(INTERACTION, "", "", dict(together))
    for step in order if knock_out else ():
        rest = every - {step.position}
        yield Effect(LOST, step.policy, step.start.isoformat(), {every: 1, rest: -1})


def measured(runs: pd.DataFrame, asked: Sequence[Effect], arms: Mapping[Some, str]) -> pd.DataFrame:
    """Every effect on every cell, with its 95 % interval over the replications.

    runs: replication, arm, value and the columns of a cell; arms: what each set of policies is
    called there. A replication counts where all arms of an effect have a value.
    """
    wide = runs.pivot(index=[*CELL, "replication"], columns="arm", values="value").astype(float)
    order = list(dict.fromkeys(map(tuple, runs[CELL].to_numpy())))
    tables = [_measured(wide, effect, arms, order) for effect in asked]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def _measured(
    wide: pd.DataFrame, effect: Effect, arms: Mapping[Some, str], order: list[Any]
) -> pd.DataFrame:
    weights: Counter[str] = Counter()
    for some, weight in effect.weights.items():
        weights[arms[some]] += weight
    values = wide.reindex(columns=list(weights)).dropna()
    by = (values * pd.Series(weights)).sum(axis=1).groupby(level=CELL)
    mean, n = by.mean(), by.size()
    table = pd.DataFrame({"value": mean, **interval(mean, by.var(ddof=1), n), "replications": n})
    table = table.loc[[cell for cell in order if cell in table.index]].reset_index()
    return table.assign(effect=effect.name, policy=effect.policy, start=effect.start)


# --- runs ------------------------------------------------------------------------------------


class Arms(NamedTuple):
    """Scenarios with some of the policies, by name; sets that make the same Worlds share one."""

    scenarios: Mapping[str, Scenario]
    of: Mapping[Some, str]
    hashes: Mapping[str, str]


def arms_of(scenario: Scenario, order: Sequence[Step], asked: Sequence[Effect]) -> Arms:
    """The different arms of some effects. Raises ScenarioError where policies conflict."""
    scenarios: dict[str, Scenario] = {}
    of: dict[Some, str] = {}
    known: dict[str, str] = {}
    for some in dict.fromkeys(some for effect in asked for some in effect.weights):
        kept = tuple(use for i, use in enumerate(scenario.policies) if i in some)
        arm = scenario.model_copy(update={"policies": kept})
        content = arm.content_hash(0)
        of[some] = known.setdefault(content, _called(some, order))
        scenarios.setdefault(of[some], arm)
    return Arms(scenarios, of, {name: content for content, name in known.items()})


def _called(some: Some, order: Sequence[Step]) -> str:
    names = [step.policy for step in order if step.position in some]
    missing = [step.policy for step in order if step.position not in some]
    if not names or not missing:
        return "all policies" if names else "no policy"
    if len(names) > 1 and len(missing) == 1:
        return f"all but {missing[0]}"
    return f"only {names[0]}" if len(names) == 1 else f"up to {names[-1]}"


@lru_cache(maxsize=1)
def _sources() -> str:
    """Hash of all our sources: another way to play or count is another run."""
    files = sorted(PACKAGE.rglob("*.py"))
    return store.digest([[str(f.relative_to(PACKAGE)), f.read_text("utf-8")] for f in files])


class Kept:
    """Runs on disk by the hash of what they depend on: `played/` of a result, or beside it.

    A run is written whole beside the result as it comes and moves into the result at the end, so
    what was killed goes on where it was.
    """

    def __init__(self, result: Path) -> None:
        self.result, self.aside = result, result.with_name(f".{result.name}.{PLAYED}")
        self.places = [self.aside]
        with suppress(store.ResultError):
            store.read(result)
            self.places.append(result / PLAYED)

    def get(self, name: str) -> pd.DataFrame | None:
        """The measures of a run, if it was played."""
        files = [place / f"{name}.parquet" for place in self.places]
        return next((pd.read_parquet(file) for file in files if file.is_file()), None)

    def put(self, name: str, measures: pd.DataFrame) -> None:
        """Keep the measures of a run."""
        with _disk(self.result):
            self.aside.mkdir(parents=True, exist_ok=True)
            partial = self.aside / f".{name}.partial"
            measures.to_parquet(partial, index=False)
            partial.replace(self.aside / f"{name}.parquet")

    def drop(self) -> None:
        """The result has them now."""
        shutil.rmtree(self.aside, ignore_errors=True)


@contextmanager
def _disk(result: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise store.ResultError(f"{result} cannot be written: {error.strerror or error}") from error


# --- result ----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Contributions:
    """What the policies of a programme contribute. `table`: one row an effect and cell.

    effect is none (the level without any policy), added, whole, alone, interaction or lost.
    """

    scenario: Mapping[str, Any]
    seed: int
    days: int
    warmup: int
    replications: int
    table: pd.DataFrame
    failures: pd.DataFrame
    played: Mapping[str, pd.DataFrame]
    runs: Mapping[str, str]
    tiers: tuple[str, ...]
    started: float
    seconds: float

    @property
    def title(self) -> str:
        """Which programme."""
        return str(self.scenario.get("title", "untitled"))

    @property
    def source(self) -> str:
        """Which runs, in words."""
        luck = f"{self.replications} replications under common luck, seeds from {self.seed}"
        return f"{self.title}; {luck}; {span(self)}"

    @property
    def content_hash(self) -> str:
        """Hash of all runs by what they depend on."""
        return store.digest(sorted(self.runs.items()))

    def __repr__(self) -> str:
        return f"<Contributions to {self.title!r}: {self.replications} replications, {span(self)}>"

    def save(self, path: str | Path) -> Path:
        """Write table, failures and the runs into a result folder (see `sim.store`)."""
        frames = {"table": self.table, "failures": self.failures}
        frames |= {f"{PLAYED}/{name}": runs for name, runs in sorted(self.played.items())}
        return store.save(path, self._manifest(), frames)

    def _manifest(self) -> dict[str, Any]:
        return {
            "kind": "contributions", "title": self.title, "scenario": dict(self.scenario),
            "question": self.scenario.get("question"), "replications": self.replications,
            "seeds": [self.seed + i for i in range(self.replications)], "days": self.days,
            "warmup": self.warmup, "tiers": self.tiers, "started": store.stamp(self.started),
            "finished": store.stamp(self.started + self.seconds), "wall_seconds": self.seconds,
            "run_files": dict(sorted(self.runs.items())),
            "content_hash": self.content_hash,
        }  # fmt: skip


def contributions(
    scenario: Scenario,
    replications: int | None = None,
    seed: int | None = None,
    knock_out: bool = False,
    kept: Kept | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Contributions:
    """Play a programme with its policies added one at a time, each alone, and all.

    knock_out: also all but each. kept: where runs lie that need not be played again. A run that
    fails is told in `.failures` and stops no other. Raises ScenarioError where policies conflict.
    """
    started = time.time()
    seed = scenario.seed if seed is None else seed
    count = scenario.replications if replications is None else replications
    order = steps(scenario)
    asked = list(effects(order, knock_out))
    arms = arms_of(scenario, order, asked)
    units = [Unit(arm, i, seed + i) for i in range(count) for arm in arms.scenarios]
    names = {u: store.digest([arms.hashes[u.arm], u.seed, _sources()]) for u in units}
    crew = (workers, executor)
    tables, failures = _played(arms, names, kept, crew, progress)
    runs = [tables[unit].assign(replication=unit.replication, arm=unit.arm)
            for unit in units if unit in tables]  # fmt: skip
    table = measured(pd.concat(runs), asked, arms.of) if runs else pd.DataFrame(columns=COLUMNS)
    return Contributions(
        dict(scenario.resolved()), seed, scenario.days, scenario.warmup, count, table,
        pd.DataFrame(sorted(failures), columns=FAILURES),
        {names[unit]: tables[unit] for unit in tables},
        {f"{unit.arm}, {unit.seed}": names[unit] for unit in units},
        scenario.world().names.tiers, started, round(time.time() - started, 3),
    )  # fmt: skip


def _played(
    arms: Arms,
    names: Mapping[Unit, str],
    kept: Kept | None,
    crew: tuple[int | None, Executor | None],
    progress: Progress | None,
) -> tuple[dict[Unit, pd.DataFrame], list[tuple[str, int, str]]]:
    """The measures of every run, played or kept, and what failed."""
    found = {unit: kept.get(name) if kept else None for unit, name in names.items()}
    tables = {unit: table for unit, table in found.items() if table is not None}
    missing, failures = [unit for unit in names if unit not in tables], []
    tell = progress or (lambda done, total: None)
    tell(len(tables), len(names))
    asked = Asked(arms.scenarios, None, None)
    for unit, answer in answers(asked, missing, *crew) if missing else ():
        wrong = complaints(answer)
        failures += [(unit.arm, unit.seed, error) for error in wrong]
        if isinstance(answer, Answer) and not wrong:
            tables[unit] = answer.measures
            if kept:
                kept.put(names[unit], answer.measures)
        tell(len(tables) + len(failures), len(names))
    return tables, failures
