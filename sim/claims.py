"""Do the claims of policies hold? Effect, interval, break-even, draws, and who loses.

A claim is answered by paired runs of its world with and without the policy. It holds where the mean
lies beyond the difference that matters and the whole interval on the claimed side. Every run is
played once and kept under the hash of what it depends on, so that a stopped table goes on.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim import experiment, measures, policies
from sim.effects import Claim
from sim.scenario import Scenario, load
from sim.yamlfile import ScenarioError

SCENARIOS = Path("scenarios")
SEED = 7001  # never looked at while doses and differences were chosen
PAIRS = 3
GRID = (0.25, 0.5, 1.0, 2.0)  # doses asked for a break-even, of the claimed one
ALL, AXES = "all", ("age", "county")
CELL = ["axis", "who", "measure", "tier", "group", "unit"]
MATTERS = {"wait_mean": 1.0, "wait_days_mean": 0.1, "bed_wait_mean": 1.0}  # [min, days, h]
MATTERS_OF_LEVEL = {"travel_per_episode": 0.01, "out_of_pocket_per_resident": 0.01}
LOSSES = (*MATTERS, *MATTERS_OF_LEVEL)
Dose = Mapping[str, Any]
Progress = Callable[[int, int], None]


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
        table = table[table["measure"].isin(LOSSES)]
        name = "name" if "name" in table else axis
        tables.append(table.assign(axis=axis, who=table[name].astype(str)))
    return pd.concat([table[[*CELL, "value"]] for table in tables], ignore_index=True)


@cache
def _counting() -> str:
    """Hash of the sources that count: a kept run holds measures, not rows."""
    sources = sorted(Path(measures.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


# --- one claim -------------------------------------------------------------------------------


def arms(
    name: str, claim: Claim, dose: Dose, folder: Path = SCENARIOS, draw: int | None = None
) -> tuple[Scenario, Scenario]:
    """The two scenarios of a claim: without the policy, or at the doses it is held against."""
    region = load(folder / f"{claim.world}.yaml")
    if draw is not None:
        region = region.with_value("draw", draw)
    other = region.having(name, **dose)
    if claim.against is None:
        return region, other
    same = {key: dose.get(key, value) for key, value in claim.against.items()}
    return region.having(name, **same), other


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


def lever(claim: Claim) -> str:
    """The first dose that is a number and not the same in both arms; "" where there is none."""
    shared = claim.against or {}
    numbers = (
        key for key, value in claim.dose.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and key not in shared
    )  # fmt: skip
    return next(numbers, "")


def grid(name: str, claim: Claim, folder: Path = SCENARIOS) -> list[dict[str, Any]]:
    """Doses of the lever about the claimed one, rising, as far as policy and world take them."""
    key = lever(claim)
    if not key:
        return []
    claimed = claim.dose[key]
    values = sorted({type(claimed)(part * claimed) for part in GRID} - {0})
    doses = ({**claim.dose, key: value} for value in values)
    return [dose for dose in doses if _playable(name, claim, dose, folder)]


def _playable(name: str, claim: Claim, dose: Dose, folder: Path) -> bool:
    try:
        arms(name, claim, dose, folder)[1].timeline()
    except ScenarioError:
        return False
    return True


def plan(name: str, claim: Claim, options: Options) -> list[Asked]:
    """Every run that the answer to a claim needs."""
    doses = [claim.dose, *([claim.dose | claim.fails_with] if claim.fails_with else [])]
    doses += grid(name, claim, options.scenarios) if options.break_even else []
    pairs = [(arms(name, claim, dose, options.scenarios), options.seeds) for dose in doses]
    first = options.seeds[:1]
    for draw in range(options.draws):
        pairs.append((arms(name, claim, claim.dose, options.scenarios, draw), first))
    return [Asked(arm, seed) for pair, seeds in pairs for arm in pair for seed in seeds]


def answer(name: str, number: int, options: Options, runs: Runs) -> dict[str, Any]:
    """One row of the table: what a claim says and what the model answers."""
    claim = policies.find(name).claims[number]
    table = compared(runs, arms(name, claim, claim.dose, options.scenarios), options.seeds)
    found = effect(claim, table)
    return {
        "policy": name, "claim": number, "kind": claim.kind, "measure": claim.measure,
        "tier": claim.tier or ALL, "group": claim.group or ALL, "direction": claim.direction,
        "dose": spelt(claim.dose), "against": spelt(claim.against), "world": claim.world,
        "matters": claim.at_least, "unit": found.unit, "effect": found.mean, "low": found.low,
        "high": found.high, "pairs": options.pairs, "holds": holds(claim, found),
        "recorded": claim.holds, **in_draws(name, claim, options, runs),
        **broken_even(name, claim, options, runs), **loser(table),
        **failing(name, claim, options, runs),
    }  # fmt: skip


def in_draws(name: str, claim: Claim, options: Options, runs: Runs) -> dict[str, Any]:
    """The share of draws of the posterior sample, one pair each, in which the sign holds."""
    signs = []
    for draw in range(options.draws):
        pair = arms(name, claim, claim.dose, options.scenarios, draw)
        signs.append(sided(claim, effect(claim, compared(runs, pair, options.seeds[:1])).mean) > 0)
    return {"draws": len(signs), "sign_share": sum(signs) / len(signs) if signs else math.nan}


def broken_even(name: str, claim: Claim, options: Options, runs: Runs) -> dict[str, Any]:
    """The smallest dose of the grid at which the mean is beyond the difference that matters."""
    doses = grid(name, claim, options.scenarios) if options.break_even else []
    key = lever(claim)
    for dose in doses:
        table = compared(runs, arms(name, claim, dose, options.scenarios), options.seeds)
        if sided(claim, effect(claim, table).mean) >= claim.at_least:
            return {"lever": key, "break_even": f"{dose[key]:.4g}"}
    words = f"none up to {doses[-1][key]:.4g}" if doses else ""
    return {"lever": key, "break_even": words}


def loser(table: pd.DataFrame) -> dict[str, Any]:
    """Who is worse off by most, in differences that matter: waits, ways and money, by whom.

    Only what lies wholly on the worse side (with one pair: its mean) and matters; else nobody.
    """
    rows = table[table["measure"].isin(LOSSES) & (table["group"] == ALL)]
    rows = rows[(rows["axis"] != ALL) & (rows["tier"] == ALL) | (rows["axis"] == ALL)]
    rows = rows[~(rows["measure"].isin(MATTERS_OF_LEVEL) & (rows["tier"] != ALL))]
    level = rows["measure"].map(MATTERS_OF_LEVEL) * rows["baseline"].abs()
    score = rows["difference"] / rows["measure"].map(MATTERS).fillna(level)
    worse = score[(rows["low"].fillna(rows["difference"]) > 0) & (score >= 1.0)]
    if worse.empty:
        return {"loser": "", "loses": "", "loss": math.nan, "loss_unit": ""}
    row = rows.loc[worse.idxmax()]
    who = row["who"] if row["axis"] != ALL else row["tier"]
    axis = row["axis"] if row["axis"] != ALL else "tier"
    return {"loser": f"{axis} {who}" if who != ALL else "everybody", "loses": row["measure"],
            "loss": row["difference"], "loss_unit": row["unit"]}  # fmt: skip


def failing(name: str, claim: Claim, options: Options, runs: Runs) -> dict[str, Any]:
    """The effect in the world in which the claim should fail, and whether it does."""
    words = {"fails_where": claim.fails_where, "fails_with": spelt(claim.fails_with)}
    if claim.fails_with is None:
        return {**words, "failing_effect": math.nan, "fails": None}
    pair = arms(name, claim, claim.dose | claim.fails_with, options.scenarios)
    found = effect(claim, compared(runs, pair, options.seeds))
    return {**words, "failing_effect": found.mean, "fails": not holds(claim, found)}


def spelt(dose: Dose | None) -> str:
    """Doses in words."""
    return ", ".join(f"{key} {_word(value)}" for key, value in (dose or {}).items())


def _word(value: Any) -> str:
    return " + ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"


# --- all of them -----------------------------------------------------------------------------


def answered(
    names: Sequence[str], options: Options, folder: Path, workers: int | None = 1,
    progress: Progress | None = None,
) -> Iterator[pd.DataFrame]:
    """The answers to the claims of one policy after the other; runs are kept in the folder.

    workers: processes, one per processor if not given. Raises ScenarioError for a
    draw that is none.
    """
    asked = {name: _asked(name, options) for name in names}
    total = len({one.key for ones in asked.values() for one in ones})
    workers = workers or os.cpu_count() or 1
    runs = Runs(folder, workers, lambda done: progress(done, total) if progress else None)
    for name in names:
        runs.play(asked[name])
        numbers = range(len(policies.find(name).claims))
        yield pd.DataFrame([answer(name, number, options, runs) for number in numbers])


def _asked(name: str, options: Options) -> list[Asked]:
    claims = policies.find(name).claims
    return [one for claim in claims for one in plan(name, claim, options)]
