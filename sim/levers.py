"""From which dose of its lever on does a claim's effect matter?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sim import policies
from sim.breakeven import Bracket, Dose, Search, crossing
from sim.effects import Claim
from sim.pairs import SCENARIOS, Doses, Options, Runs, arms, both, compared, effect, sided
from sim.yamlfile import ScenarioError

NONE = "none up to"
HALVINGS = 6  # of the way to a dose that the world still takes


def lever(name: str, claim: Claim) -> str:
    """The first dose that could still rise, else the first; "" where no dose above 0 is a number.

    What both arms share is none.
    """
    shared = claim.against or {}
    numbers = [
        key for key, value in claim.dose.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
        and value > 0 and key not in shared
    ]  # fmt: skip
    rising = (key for key in numbers if claim.dose[key] < limit(name, key, "le"))
    return next(rising, next(iter(numbers), ""))


def limit(name: str, key: str, bound: str) -> float:
    """A bound of a policy's parameter: its "ge" or "le"; 0 or infinite where it has none."""
    metadata = policies.find(name).Params.model_fields[key].metadata
    found = [getattr(each, bound) for each in metadata if hasattr(each, bound)]
    return found[0] if found else {"ge": 0.0, "le": math.inf}[bound]


def highest(name: str, claim: Claim, folder: Path = SCENARIOS) -> float:
    """The highest dose of the lever that the policy and the world take, as far as is looked."""
    key = lever(name, claim)
    low, high = claim.dose[key], type(claim.dose[key])(limit(name, key, "le"))
    if _playable(name, claim, {**claim.dose, key: high}, folder):
        return high
    for _ in range(HALVINGS):
        middle = type(low)(math.sqrt(low * high))
        if _playable(name, claim, {**claim.dose, key: middle}, folder):
            low = middle
        else:
            high = middle
    return low


def _playable(name: str, claim: Claim, dose: Doses, folder: Path) -> bool:
    try:
        arms(name, claim, dose, folder)[1].timeline()
    except ScenarioError:
        return False
    return True


class Even(NamedTuple):
    """The search for the break-even of a claim's lever, and the dose that it asks for."""

    claim: Claim
    key: str
    search: Search
    dose: dict[str, Any]


def broken_even(name: str, options: Options, runs: Runs) -> list[dict[str, Any]]:
    """For each claim the dose of its lever from which on the effect is one that matters.

    The searches go step by step together, so that the runs of a step are played at once.
    """
    claims = policies.find(name).claims
    found: list[dict[str, Any]] = [evened("", None)] * len(claims)
    open_ = {i: _begun(name, claim, options, runs) for i, claim in enumerate(claims)
             if options.break_even and lever(name, claim)}  # fmt: skip
    sent: dict[int, float | None] = dict.fromkeys(open_)
    while open_:
        for i, even in list(open_.items()):
            try:
                asked = even.search.send(sent[i])  # type: ignore[arg-type]
                open_[i] = even._replace(dose={**even.claim.dose, even.key: asked})
            except StopIteration as end:
                found[i] = evened(even.key, end.value)
                del open_[i]
        pairs = {i: arms(name, e.claim, e.dose, options.scenarios) for i, e in open_.items()}
        runs.play(one for pair in pairs.values() for one in both(pair, options.seeds))
        sent = {i: excess(open_[i].claim, compared(runs, pair, options.seeds))
                for i, pair in pairs.items()}  # fmt: skip
    return found


def _begun(name: str, claim: Claim, options: Options, runs: Runs) -> Even:
    key = lever(name, claim)
    claimed = claim.dose[key]
    table = compared(runs, arms(name, claim, claim.dose, options.scenarios), options.seeds)
    top = highest(name, claim, options.scenarios)
    low = type(claimed)(max(limit(name, key, "ge"), 0))
    whole = isinstance(claimed, int)
    return Even(claim, key, crossing(Dose(claimed, excess(claim, table)), low, top, whole), {})


def excess(claim: Claim, table: pd.DataFrame) -> float:
    """By how much the effect is beyond the difference that matters."""
    return sided(claim, effect(claim, table).mean) - claim.at_least


def evened(key: str, found: Bracket | None) -> dict[str, Any]:
    """A break-even as cells: the lever, the dose in words, and between which doses it lies."""
    if found is None:
        return {"lever": key, "break_even": "", "even_low": math.nan, "even_high": math.nan}
    below, above = (end.value if end else math.nan for end in found)
    words = f"{found.root:.3g}"
    if found.above is None:
        words = f"{NONE} {below:.4g}"
    elif found.below is None:
        words = f"already at {above:.4g}"
    elif isinstance(above, int):
        words = f"{above}"
    return {"lever": key, "break_even": words, "even_low": below, "even_high": above}
