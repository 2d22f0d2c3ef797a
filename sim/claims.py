"""Do the claims of policies hold? Effect, interval, break-even, draws, and who loses.

A claim is answered by paired runs of its world with and without the policy. It holds where the mean
lies beyond the difference that matters and the whole interval on the claimed side. A stopped table
goes on: runs are kept, and a policy whose answers have the version of today is not asked again.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from sim import measures, policies
from sim.effects import Claim
from sim.levers import broken_even
from sim.losers import ALL, OR, losers
from sim.pairs import Asked, Doses, Options, Runs, arms, both, compared, effect, holds, sided
from sim.scenario import load

PROBES = 4  # doses that a break-even asks for, as a guess for the time left
Progress = Callable[[int, int], None]


def plan(name: str, claim: Claim, options: Options) -> list[Asked]:
    """Every run that the answer to a claim needs, but those of its break-even."""
    doses = [claim.dose, *([claim.dose | claim.fails_with] if claim.fails_with else [])]
    pairs = [(arms(name, claim, dose, options.scenarios), options.seeds) for dose in doses]
    first = options.seeds[:1]
    for draw in range(options.draws):
        pairs.append((arms(name, claim, claim.dose, options.scenarios, draw), first))
    return [one for pair, seeds in pairs for one in both(pair, seeds)]


def answer(
    name: str, number: int, options: Options, runs: Runs, found_even: Mapping[str, Any]
) -> dict[str, Any]:
    """One row of the table: what a claim says and what the model answers."""
    claim = policies.find(name).claims[number]
    table = compared(runs, arms(name, claim, claim.dose, options.scenarios), options.seeds)
    found, worse = effect(claim, table), losers(table)
    return {
        "policy": name, "claim": number, "kind": claim.kind, "measure": claim.measure,
        "tier": claim.tier or ALL, "group": claim.group or ALL, "direction": claim.direction,
        "dose": spelt(claim.dose), "against": spelt(claim.against), "world": claim.world,
        "matters": claim.at_least, "unit": found.unit, "effect": found.mean, "low": found.low,
        "high": found.high, "pairs": options.pairs, "holds": holds(claim, found),
        "recorded": claim.holds, **in_draws(name, claim, options, runs), **found_even,
        "losing": len(worse), "losers": OR.join(worse), **failing(name, claim, options, runs),
    }  # fmt: skip


def in_draws(name: str, claim: Claim, options: Options, runs: Runs) -> dict[str, Any]:
    """The share of draws of the posterior sample, one pair each, in which the sign holds."""
    signs = []
    for draw in range(options.draws):
        pair = arms(name, claim, claim.dose, options.scenarios, draw)
        signs.append(sided(claim, effect(claim, compared(runs, pair, options.seeds[:1])).mean) > 0)
    return {"draws": len(signs), "sign_share": sum(signs) / len(signs) if signs else math.nan}


def failing(name: str, claim: Claim, options: Options, runs: Runs) -> dict[str, Any]:
    """The effect in the world in which the claim should fail, and whether it does."""
    words = {"fails_where": claim.fails_where, "fails_with": spelt(claim.fails_with)}
    if claim.fails_with is None:
        return {**words, "failing_effect": math.nan, "fails": None}
    pair = arms(name, claim, claim.dose | claim.fails_with, options.scenarios)
    found = effect(claim, compared(runs, pair, options.seeds))
    return {**words, "failing_effect": found.mean, "fails": not holds(claim, found)}


def spelt(dose: Doses | None) -> str:
    """Doses in words."""
    return ", ".join(f"{key} {_word(value)}" for key, value in (dose or {}).items())


def _word(value: Any) -> str:
    return " + ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"


# --- all of them -----------------------------------------------------------------------------


def version(name: str, options: Options) -> str:
    """Hash of what the answers to a policy's claims depend on: options, worlds, sources, data."""
    worlds = [load(options.scenarios / f"{claim.world}.yaml").resolved()
              for claim in policies.find(name).claims]  # fmt: skip
    said = [options.pairs, options.draws, options.break_even, worlds, _sources()]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()[:16]


@cache
def _sources() -> str:
    """Hash of the model: every source and every table of numbers."""
    digest = hashlib.sha256()
    for path in sorted(Path(measures.__file__).parents[1].rglob("*")):
        if path.suffix in (".py", ".csv", ".parquet", ".npz"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def answered(
    names: Sequence[str], options: Options, folder: Path, workers: int | None = 1,
    progress: Progress | None = None,
) -> Iterator[pd.DataFrame]:
    """The answers to the claims of one policy after the other; runs are kept in the folder.

    workers: processes, one per processor if not given. Raises ScenarioError for a
    draw that is none.
    """
    asked = {name: _asked(name, options) for name in names}
    runs = Runs(folder, workers or os.cpu_count() or 1)
    for place, name in enumerate(names):
        ahead = runs.done + sum(_ahead(each, asked[each], options, runs) for each in names[place:])
        if progress:
            runs.progress = partial(_told, progress, ahead)
        runs.play(asked[name])
        evens = broken_even(name, options, runs)
        rows = [answer(name, i, options, runs, even) for i, even in enumerate(evens)]
        yield pd.DataFrame(rows).assign(version=version(name, options))
    if progress:
        progress(runs.done, runs.done)


def _told(progress: Progress, total: int, done: int) -> None:
    progress(done, max(done, total))


def _ahead(name: str, asked: Sequence[Asked], options: Options, runs: Runs) -> int:
    """About how many runs a policy still needs."""
    searches = len(policies.find(name).claims) if options.break_even else 0
    return runs.unknown(asked) + searches * PROBES * options.pairs


def _asked(name: str, options: Options) -> list[Asked]:
    claims = policies.find(name).claims
    return [one for claim in claims for one in plan(name, claim, options)]
