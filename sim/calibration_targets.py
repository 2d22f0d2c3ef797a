"""Which facts must a baseline of 2022 meet, and which measure of a run answers each?

`data/fit/targets.csv` translates categories of the statistics into kinds and grades of facilities
(domain.md 4.1). Only `fitted` targets enter a calibration; an `identity` follows from others or
from how capacity was derived, and what is `compared` is an input or known too weakly.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import pandas as pd

from sim import measures, register
from sim.measures.window import Counted

ALL = "all"
FITTED, IDENTITY, COMPARED = ROLES = ("fitted", "identity", "compared")
PER_CENT = 100.0
OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


class Target(NamedTuple):
    """A fact of 2022, and where the model says the same."""

    name: str
    words: str
    measure: str
    institutions: tuple[str, ...]  # rows of the statistics that are added; none: everything
    group: str
    formula: str  # of fact ids
    tolerance: float  # in the unit of the measure
    weight: float  # of a tolerance in a fit
    role: str
    reason: str

    @property
    def scale(self) -> float:
        """Distance that counts as one in a fit."""
        return self.tolerance / self.weight

    @property
    def fact(self) -> float:
        """What the statistics say, in the unit of the measure."""
        return formula(self.formula)


def formula(text: str) -> float:
    """Value of a formula of fact ids and numbers, such as `(N040 - N010) / N034`.

    Raises KeyError for an unknown fact, ValueError for anything but sums, products and quotients.
    """
    return _evaluated(ast.parse(text, mode="eval").body)


def _evaluated(node: ast.expr) -> float:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return OPERATIONS[type(op)](_evaluated(left), _evaluated(right))
        case ast.Name(id=name):
            return register.fact(name)
        case ast.Constant(value=int() | float() as number):
            return float(number)
    raise ValueError(f"no formula of facts: {ast.unparse(node)}")


@cache
def targets() -> tuple[Target, ...]:
    """All targets in the order of their table."""
    return tuple(map(_target, register.rows("fit/targets")))


def _target(row: dict[str, str]) -> Target:
    rows = () if row["institution"] == ALL else tuple(row["institution"].split(" + "))
    said = row["tolerance"]
    share = said.endswith("%")
    size = formula(row["facts"]) * float(said[:-1]) / PER_CENT if share else float(said)
    return Target(
        row["target"], row["words"], row["measure"], rows, row["group"], row["facts"], size,
        float(row["weight"]), row["role"], row["reason"],
    )  # fmt: skip


def fitted() -> tuple[Target, ...]:
    """Targets that enter a calibration: independent of each other."""
    return tuple(target for target in targets() if target.role == FITTED)


def answers(run: Counted) -> dict[str, float]:
    """What the model says to every target; 0 where a row of the statistics has nothing."""
    names = list(dict.fromkeys(target.measure for target in targets()))
    whole = measures.compute(run, *names)
    whole = whole[whole["tier"] == ALL].assign(institution=ALL)
    parted = list(dict.fromkeys(t.measure for t in targets() if t.institutions))
    parts = measures.by(run, "institution", *parted)
    table = pd.concat([whole, parts[parts["tier"] == ALL]])
    cells = table.groupby(["measure", "institution", "group"])["value"].sum()
    return {
        target.name: sum(
            float(cells.get((target.measure, row, target.group), 0.0))
            for row in target.institutions or (ALL,)
        )
        for target in targets()
    }
