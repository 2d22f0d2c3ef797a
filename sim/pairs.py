"""Which pairs of runs does a claim need, where are they kept, and what do they differ in?

A claim is asked of pairs of runs of its world with and without the policy under the same luck.
Every run is played once and kept under the hash of what it depends on.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim import experiment, measures
from sim.effects import Claim
from sim.losers import ALL, AXES, MEASURES
from sim.scenario import Scenario, load

SCENARIOS = Path("scenarios")
SEED = 7001  # never looked at while doses and differences were chosen
PAIRS = 3
CELL = ["axis", "who", "measure", "tier", "group", "unit"]
Doses = Mapping[str, Any]


class Options(NamedTuple):
    """How claims are asked: pairs of runs, draws of the posterior, whether break-evens."""

    pairs: int = PAIRS
    draws: int = 0
    break_even: bool = False
    scenarios: Path = SCENARIOS

    @property
    def seeds(self) -> range:
        """Luck of the pairs."""
        return range(SEED, SEED + self.pairs)


class Effect(NamedTuple):
    """A paired difference of a claim's measure."""

    mean: float
    low: float
    high: float
    unit: str


class Asked(NamedTuple):
    """One run."""

    scenario: Scenario
    seed: int

    @property
    def key(self) -> str:
        """Words that are the same for the same run."""
        return json.dumps([self.scenario.resolved(), self.seed], sort_keys=True, default=str)


# --- runs ------------------------------------------------------------------------------------


class Runs:
    """Measures of runs, each played once and kept in a folder."""

    def __init__(
        self, folder: Path, workers: int = 1, progress: Callable[[int], None] | None = None
    ) -> None:
        self.folder, self.workers = folder, workers
        self.progress = progress or (lambda done: None)
        self._kept: dict[str, Path] = {}

    def play(self, asked: Iterable[Asked]) -> None:
        """Play what is not known yet."""
        new = {one.key: one for one in asked}
        new = {key: one for key, one in new.items() if key not in self._kept}
        for key, kept in zip(new, self._each(list(new.values())), strict=True):
            self._kept[key] = kept
            self.progress(len(self._kept))

    def unknown(self, asked: Iterable[Asked]) -> int:
        """How many of these runs are not known yet."""
        return len({one.key for one in asked} - self._kept.keys())

    @property
    def done(self) -> int:
        """How many runs are known."""
        return len(self._kept)

    def of(self, asked: Asked) -> pd.DataFrame:
        """The measures of a run."""
        self.play([asked])
        return pd.read_parquet(self._kept[asked.key])

    def _each(self, asked: list[Asked]) -> Iterator[Path]:
        if self.workers == 1 or len(asked) < 2:
            return (kept(one, self.folder) for one in asked)
        from loky import get_reusable_executor

        _warm(asked[0].scenario)
        pool = get_reusable_executor(max_workers=self.workers)
        found: Iterator[Path] = pool.map(kept, asked, [self.folder] * len(asked))
        return found


def _warm(scenario: Scenario) -> None:
    """Compile here, so that the workers find the compiled functions on disk."""
    from sim import engine

    engine.warm(scenario.world(), scenario.total_days, scenario.engine)


def kept(asked: Asked, folder: Path) -> Path:
    """The file with the measures of a run; it is played unless the file is there.

    Raises ValueError where a ledger does not close.
    """
    name = asked.scenario.content_hash(asked.seed) + _counting()
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()}.parquet"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        run = experiment.run(asked.scenario, asked.seed, events=None, threads=1)
        if run.ledger["gap"].any():
            raise ValueError(f"a ledger does not close in {asked.scenario.title!r}")
        part = file.with_suffix(".part")
        measured(run).to_parquet(part)
        part.rename(file)
    return file


def measured(run: experiment.Run) -> pd.DataFrame:
    """All measures of a run, and by age and county those that one can lose in."""
    tables = [run.measures.assign(axis=ALL, who=ALL)]
    for axis in AXES:
        table = run.by(axis)
        table = table[table["measure"].isin(MEASURES)]
        name = "name" if "name" in table else axis
        tables.append(table.assign(axis=axis, who=table[name].astype(str)))
    return pd.concat([table[[*CELL, "value"]] for table in tables], ignore_index=True)


@cache
def _counting() -> str:
    """Hash of the sources that count: a kept run holds measures, not rows."""
    sources = sorted(Path(measures.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def arms(
    name: str, claim: Claim, dose: Doses, folder: Path = SCENARIOS, draw: int | None = None
) -> tuple[Scenario, Scenario]:
    """The two scenarios of a claim: without the policy, or at the doses it is held against.

    A key with a dot (as `behaviour.trust`) is no dose but a value of the world, alike in both.
    """
    region = load(folder / f"{claim.world}.yaml")
    if draw is not None:
        region = region.with_value("draw", draw)
    for key in filter(_of_world, dose):
        region = region.with_value(f"set.{key}", dose[key])
    doses = {key: value for key, value in dose.items() if not _of_world(key)}
    other = region.having(name, **doses)
    if claim.against is None:
        return region, other
    same = {key: doses.get(key, value) for key, value in claim.against.items()}
    return region.having(name, **same), other


def _of_world(key: str) -> bool:
    return "." in key


def compared(runs: Runs, pair: tuple[Scenario, Scenario], seeds: Iterable[int]) -> pd.DataFrame:
    """Paired differences of every measure, with their intervals."""
    tables = [
        runs.of(Asked(scenario, seed)).assign(arm=arm, replication=seed)
        for seed in seeds
        for arm, scenario in zip(experiment.ARMS, pair, strict=True)
    ]
    return experiment.paired_differences(pd.concat(tables, ignore_index=True), CELL)


def effect(claim: Claim, table: pd.DataFrame) -> Effect:
    """The claim's measure in a table of paired differences; nothing where there is no such row."""
    where = {"axis": ALL, "measure": claim.measure, "tier": claim.tier or ALL,
             "group": claim.group or ALL}  # fmt: skip
    rows = table[(table[list(where)] == list(where.values())).all(axis=1)]
    if rows.empty:
        return Effect(math.nan, math.nan, math.nan, "")
    row = rows.iloc[0]
    return Effect(row["difference"], row["low"], row["high"], row["unit"])


def sided(claim: Claim, value: float) -> float:
    """A difference, positive on the claimed side."""
    return value if claim.direction == "up" else -value


def holds(claim: Claim, found: Effect) -> bool:
    """Whether the whole interval lies on the claimed side of no difference, the mean far enough."""
    nearest = min(sided(claim, found.low), sided(claim, found.high))
    return bool(sided(claim, found.mean) >= claim.at_least and nearest > 0)


def both(pair: tuple[Scenario, Scenario], seeds: Iterable[int]) -> list[Asked]:
    """The runs of both arms."""
    return [Asked(arm, seed) for arm in pair for seed in seeds]
