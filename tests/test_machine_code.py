"""What the rules become in the machine: rounded products, no foreign functions, no counting.

The rules are compiled afresh, since what comes out of the cache cannot be looked into.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numba
import numpy as np
import pytest
import worlds

from sim import behaviour, choice, layers, people, registration, settling
from sim.arithmetic import DAY, exp
from sim.choice import Case
from sim.engine import rules
from sim.table import Table

pytestmark = pytest.mark.unit

FUSED = re.compile(r"\bv?fn?m(?:add|sub|la|ls)\w*")
LOOSE = re.compile(r"\bf(?:add|sub|mul|div|neg|cmp) (?:fast|reassoc|contract|arcp|afn)\b")
DECLARED = re.compile(r'^declare[^@]*@"?([\w.]+)', re.MULTILINE)
PYTHON = re.compile(r"_?Py\w+|numba_\w+")  # how Python calls a rule
OF_NUMBERS = re.compile(r"llvm\.(\w+)\.v?\d*f\d+")
EXACT = {"sqrt", "fabs", "copysign", "floor", "trunc", "minnum", "maxnum"}  # rounded by IEEE 754
COUNTING = re.compile(r"NRT_\w+|atomic")


@cache
def handle() -> Table:
    """The rules of the small county."""
    world = worlds.county()
    known = behaviour.outlook(
        world.departments, int(world.places.population.sum()), len(world.names.townships),
        len(world.names.tiers),
    )  # fmt: skip
    return rules.of(world, settling.residents(world.tables.places, world.tables.people), known)


def _choose() -> tuple[Any, ...]:
    r = handle()
    who = people.person(r.places, r.people, r.payment, r.residents, 1, 3, 0)
    case = Case(0, 1, 1, 0, -1, -1, -1)
    return (
        r.places, r.facilities, r.departments, r.choice, r.needs, r.behaviour, r.offers, r.bills,
        r.esteem, r.delay, r.outlook, r.scratch, who, case, 0, 0,
    )  # fmt: skip


def _find_needs() -> tuple[Any, ...]:
    r, rows = handle(), np.empty((9, 5), dtype=np.int64)
    counts = layers.candidate_counts(r.needs)
    room = layers.room_for_candidates(len(counts))
    return (
        r.places, r.people, r.needs, r.surges, r.residents, counts, 1, 0, 2, 0, 1, room, rows,
    )  # fmt: skip


def _appoint() -> tuple[Any, ...]:
    r, book = handle(), np.zeros((int(handle().behaviour.horizon) + 1, 2, 2), dtype=np.int64)
    return r.departments, r.behaviour, r.spans, book, 0, 7, 0, 1, DAY, DAY, 0, False


RULES = {
    "choose": (choice.choose, _choose),
    "treat": (rules.treat, lambda: (handle(), 0, 77, 2, 0, 1, 1, -1, False, 0)),
    "learn": (
        behaviour.learn,
        lambda: (handle().behaviour, handle().outlook, np.zeros((0, 6), dtype=np.int64), 0, 0),
    ),
    "find_needs": (layers.find_needs, _find_needs),
    "appoint": (registration.appoint, _appoint),
}


@cache
def code_of(name: str) -> tuple[str, str]:
    """(LLVM, assembly) of a rule with all that it calls, as the project compiles it."""
    rule, arguments = RULES[name]
    options = {key: v for key, v in rule.targetoptions.items() if key != "nopython"}
    fresh = numba.njit(**options)(rule.py_func)
    fresh(*arguments())
    return "".join(fresh.inspect_llvm().values()), "".join(fresh.inspect_asm().values())


def foreign(llvm: str) -> set[str]:
    """Functions from outside that compute something, other than those that IEEE 754 rounds."""
    found = set()
    for name in DECLARED.findall(llvm):
        of_numbers = OF_NUMBERS.fullmatch(name)
        plain = of_numbers[1] if of_numbers else name
        inside = PYTHON.fullmatch(name) or COUNTING.search(name)
        if not inside and plain not in EXACT and (of_numbers or not name.startswith("llvm.")):
            found.add(plain)
    return found


@pytest.mark.parametrize("name", RULES)
def test_a_rule_fuses_no_product_with_a_sum(name: str) -> None:
    llvm, assembly = code_of(name)
    assert "mul" in assembly
    assert not FUSED.search(assembly)
    assert not LOOSE.search(llvm)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_calls_no_mathematical_library(name: str) -> None:
    assert not foreign(code_of(name)[0])


@pytest.mark.parametrize("name", RULES)
def test_a_rule_counts_no_references_and_allocates_nothing(name: str) -> None:
    assert not COUNTING.findall(code_of(name)[0])


def test_what_is_looked_for_would_be_found() -> None:
    loose = numba.njit(fastmath=True)(lambda x, y: x * y + np.exp(x))
    loose(0.3, 0.4)
    llvm = "".join(loose.inspect_llvm().values())
    assert LOOSE.search(llvm)
    assert foreign(llvm) == {"exp"}
    counting = numba.njit(lambda rows, n: rows[n])
    counting((np.zeros(1), np.zeros(2)), 1)
    assert COUNTING.search("".join(counting.inspect_llvm().values()))
    assert all(FUSED.search(word) for word in ("vfmadd213sd", "fmadd", "fnmsub", "vfnmadd231pd"))
    ours = numba.njit(lambda x: exp(x))
    ours(0.3)
    assert not foreign("".join(ours.inspect_llvm().values()))
