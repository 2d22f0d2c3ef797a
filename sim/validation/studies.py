"""Which facts are effects of studies that scenarios of their own answer (`scenarios/evidence`)?

The room of studies (`sim.evidence`) and its table are asked where they are there; its scenarios are
played as they stand, whatever days a validation asks for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple

from sim.validation.facts import Fact, shipped
from sim.validation.plan import Row
from sim.validation.wording import Amount, amount, interval

FOLDER, TABLE = "evidence", "evidence.csv"
ROOM = "sim.evidence"
WHAT_IF = "what if"


class Study(NamedTuple):
    """The effect that answers a fact, and what its scenario said, if it was played."""

    effect: Any
    amount: Amount
    model: float | None = None

    @property
    def scenario(self) -> str:
        """The scenario's file among the evidence, without its ending."""
        return f"{FOLDER}/{self.effect.scenario}"


def known(rows: Sequence[Row], folder: Path) -> dict[Fact, Study]:
    """The effects that answer facts which no measure answers; nothing is played.

    folder: that of the scenarios. An effect answers the one fact that it cites, with its number.
    """
    if not (folder / FOLDER / TABLE).exists():
        return {}
    effects = importlib.import_module(ROOM).effects(folder / FOLDER)
    identity = {fact.id: fact.same for fact in shipped()}
    usual = [one for one in effects if one.nature != WHAT_IF]
    cited = {identity[one.facts]: one for one in reversed(usual) if one.facts in identity}
    asked = (row.fact for row in rows if row.asked is None and row.fact.same in cited)
    found = ((fact, _study(fact, cited[fact.same])) for fact in asked)
    return {fact: study for fact, study in found if study}


def _study(fact: Fact, effect: Any) -> Study | None:
    told = amount(fact.value)
    if told is None or not isclose(told.value, effect.reported, rel_tol=1e-6):
        return None
    low, high = interval(fact.unit)
    return Study(effect, told if told.low is not None else told._replace(low=low, high=high))


def played(
    found: Mapping[Fact, Study], folder: Path, progress: Callable[[int, int], None] | None
) -> dict[Fact, Study]:
    """The same with what the scenarios say; each is played once."""
    if not found:
        return {}
    asked = list({study.effect.name: study.effect for study in found.values()}.values())
    table = importlib.import_module(ROOM).answer(asked, folder / FOLDER, progress)
    model = dict(zip(table["name"], table["model"], strict=True))
    return {
        fact: study._replace(model=float(model[study.effect.name])) for fact, study in found.items()
    }
