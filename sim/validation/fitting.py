"""Was a fact used to make the model, and how?

`fitted`: a target of the calibration; `identity`: follows from targets; `compared`: listed with
them and never fitted; `input`: a number of the model rests on it; `no`: none of these. A row of
another file is the same fact if quantity, place, year and tier are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from sim import defaults
from sim.validation.facts import Fact, shipped

TARGETS = "fit/targets"
TABLES = ("parameters", "columns", "cells")  # that name the sources of the model's numbers
FITTED, IDENTITY, COMPARED, INPUT, NO = USES = ("fitted", "identity", "compared", "input", "no")
IDENTIFIER = re.compile(r"\b[A-Z]\d{3}\b")


def used(fact: Fact) -> str:
    """How a fact was used, by the closest use: see USES."""
    return uses().get(fact.same, NO)


@cache
def uses() -> dict[tuple[str, ...], str]:
    """How each fact that the model knows of was used."""
    known = {fact.id: fact.same for fact in shipped()}
    closest: dict[tuple[str, ...], str] = {}
    for identifier, use in (*_inputs(), *_targets()):
        fact = known.get(identifier, ())
        closest[fact] = min(use, closest.get(fact, NO), key=USES.index)
    return closest


def _inputs() -> Iterator[tuple[str, str]]:
    """Facts that the register cites as sources or in its reasons."""
    for table in TABLES:
        for row in _rows(table):
            for identifier in IDENTIFIER.findall(f"{row['source']} {row['reason']}"):
                yield identifier, INPUT


def _targets() -> Iterator[tuple[str, str]]:
    """Facts of the targets' formulas, with the targets' roles."""
    for row in _rows(TARGETS):
        for identifier in IDENTIFIER.findall(row["facts"]):
            yield identifier, row["role"]


def _rows(table: str) -> tuple[dict[str, str], ...]:
    """Rows of a shipped table; none where there is no such table."""
    return defaults.rows(table) if (defaults.DATA / f"{table}.csv").exists() else ()
