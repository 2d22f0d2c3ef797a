"""What number does the model take? The shipped tables of `sim/data`, read once, by name.

`parameters.csv` holds scalars with range, source and reason; `columns.csv` says the same of every
column of the other tables and `cells.csv` of cells that differ from their column; `calibration.csv`
holds the facts that they cite. All of it in words: `sim/data/README.md`. While a world is built
`having` may put other values in the place of scalars, within their ranges.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache, wraps
from math import nan
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

DATA = Path(__file__).parent / "data"
Row = dict[str, str]
MINUTES_PER_HOUR = 60.0
NEAREST_NAMES = 3
YES = "yes"
POSTERIOR = "fit/posterior"
PER_CENT = 100.0
FACT_ID = r"\b[A-Z]\d{3}\b"
P = ParamSpec("P")
T = TypeVar("T")

TIERS = ("village", "township", "county", "municipal", "hub")
GRADES = ("none", "I", "II", "III")
SPECIALTIES = (
    "emergency", "general", "surgery", "paediatrics", "obstetrics", "tcm", "specialist", "remote",
)  # fmt: skip
AGE_GROUPS = ("0-4", "5-14", "15-44", "45-64", "65+")
SCHEMES = ("resident", "employee")
AGE_BANDS = (0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4)
"""Age group of each census band: 0, 1-4, 5-9, then by five years to 85 and over."""


class Parameter(NamedTuple):
    """One scalar of the model, with its range and where it comes from."""

    name: str
    theme: str
    meaning: str
    value: float
    unit: str
    low: float
    high: float
    source: str  # ids of facts, paragraphs, studies; or assumption
    reason: str
    fitted: bool  # whether it was chosen by what the model makes of it
    governs: str  # columns of a World or rooms that it changes


class Kind(NamedTuple):
    """A kind of institution and what is true of each of them unless geography says otherwise."""

    name: str
    tier: str
    rank: int
    grade: str
    capacity: str  # row of CAPACITY
    nest: int
    level: float  # true skill
    perceived: float  # level expected from grade and name
    own_constant: float  # utility, beside that of its group
    group: str  # tier group of the statistics with a fitted constant
    test_share: float
    formulary: float
    opens: tuple[float, float]  # minutes after midnight, by session
    closes: tuple[float, float]
    prior_minutes: float
    prior_days: float
    quota: bool  # whether numbers are given out
    departments: tuple[str, ...]
    accepts: tuple[int, ...]  # by condition

    @property
    def constant(self) -> float:
        """Utility of the kind: its own and that of its tier group, if that has one."""
        fitted = 0.0 if self.group == "none" else value(f"constant_{self.group}")
        return self.own_constant + fitted

    @property
    def quota_minutes(self) -> float:
        """Doctor minutes per number, 0 without registration."""
        return value("quota_minutes") if self.quota else 0.0

    @property
    def slotted(self) -> float:
        """Share of arrivals at slot times."""
        return value("slotted") if self.quota else 0.0

    @property
    def recognition(self) -> float:
        """Share of outside tests recognised, at hospitals of grade II and III."""
        return value("recognition") if self.grade in ("II", "III") else 0.0


class Capacity(NamedTuple):
    """Capacity of a class of institutions per 10,000 residents, and its volumes in 2022."""

    units: float
    effective_days: float  # full days a year
    visits: float  # a day
    emergency_share: float
    visits_per_duty_day: float
    duty_doctors: float
    physicians: float
    beds: float  # registered
    open_share: float
    test_slots: float  # a day
    emergency_doctors: float  # at all hours
    visits_2022: float  # 100 million
    admissions_2022: float  # 10,000


@cache
def rows(name: str) -> tuple[Row, ...]:
    """Rows of a shipped table. Raises FileNotFoundError for an unknown one."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def column(name: str, field: str) -> tuple[float, ...]:
    """Numbers of one column of a shipped table; an empty cell is not allowed."""
    return tuple(float(row[field]) for row in rows(name))


@cache
def facts() -> dict[str, Row]:
    """Rows of the fact file by id."""
    return {row["id"]: row for row in rows("calibration")}


def fact(identifier: str) -> float:
    """Value of a fact. Raises KeyError naming the nearest ids, ValueError where it is no number."""
    return float(_named(facts(), identifier, "fact")["value"])


@cache
def parameters() -> dict[str, Parameter]:
    """Scalars of the model by name."""
    return {row["name"]: _parameter(row) for row in rows("parameters")}


def _parameter(row: Row) -> Parameter:
    numbers = {name: float(row[name]) for name in ("value", "low", "high")}
    return Parameter(**{**row, **numbers, "fitted": row["fitted"] == YES})  # type: ignore[arg-type]


class Given:
    """Values in the place of shipped ones, and what was worked out while they held."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = dict(values)
        self.remembered: dict[Any, Any] = {}


_SHIPPED = Given({})
_HELD: ContextVar[Given] = ContextVar("held", default=_SHIPPED)


@contextmanager
def having(values: Mapping[str, float]) -> Iterator[None]:
    """Other values of scalars for as long as it is open. Raises KeyError for an unknown name."""
    for name in values:
        _named(parameters(), name, "parameter")
    token = _HELD.set(Given(values) if values else _SHIPPED)
    try:
        yield
    finally:
        _HELD.reset(token)


def value(name: str) -> float:
    """Value of a scalar: the one in force. Raises KeyError naming the nearest names."""
    held = _HELD.get().values
    return held[name] if name in held else _named(parameters(), name, "parameter").value


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """The function's answers, each worked out once for the values of scalars in force."""

    @wraps(function)
    def asked(*given: P.args, **named: P.kwargs) -> T:
        held, key = _HELD.get().remembered, (function, given, *named.items())
        if key not in held:
            held[key] = function(*given, **named)
        found: T = held[key]
        return found

    return asked


@cache
def posterior() -> tuple[dict[str, float], ...]:
    """The posterior sample of the fitted scalars: values by name, one mapping a draw."""
    return tuple({k: float(v) for k, v in row.items() if k != "draw"} for row in rows(POSTERIOR))


def _named(table: dict[str, Any], name: str, what: str) -> Any:
    if name in table:
        return table[name]
    near = get_close_matches(name, table, NEAREST_NAMES, cutoff=0.3)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise KeyError(f"no {what} {name!r}{hint}")


def _kind(row: Row, accepts: Row) -> Kind:
    """One kind from its row."""
    return Kind(
        name=row["kind"], tier=row["tier"], rank=int(row["rank"]), grade=row["grade"],
        capacity=row["class"], nest=int(row["nest"]), level=float(row["level"]),
        perceived=float(row["perceived"]), own_constant=float(row["constant"]),
        group=row["group"],
        test_share=float(row["test_share"]), formulary=float(row["formulary"]),
        opens=_sessions(row, "open"), closes=_sessions(row, "close"),
        prior_minutes=float(row["prior_minutes"]), prior_days=float(row["prior_days"]),
        quota=row["quota"] == "1", departments=tuple(row["departments"].split()),
        accepts=tuple(int(accepts[name]) for name in CONDITIONS),
    )  # fmt: skip


def _sessions(row: Row, edge: str) -> tuple[float, float]:
    return float(row[f"{edge}_1"]) * MINUTES_PER_HOUR, float(row[f"{edge}_2"]) * MINUTES_PER_HOUR


def _capacity(row: Row) -> Capacity:
    return Capacity(*(float(row[name]) for name in Capacity._fields))


CONDITIONS = tuple(row["condition"] for row in rows("conditions"))
KINDS = tuple(map(_kind, rows("kinds"), rows("accepts")))
KIND_NAMES = tuple(kind.name for kind in KINDS)
KIND = {kind.name: kind for kind in KINDS}
PRIMARY_KINDS = tuple(kind.name for kind in KINDS if kind.tier in ("village", "township"))
HOSPITAL_KINDS = tuple(k.name for k in KINDS if k.name not in (*PRIMARY_KINDS, "mch"))
"""Hospitals of the statistics, where maternal and child hospitals are other institutions."""
CAPACITY = {row["class"]: _capacity(row) for row in rows("capacity")}


def tier_share(capacity: str, area: str) -> float:
    """Share of a class's visits in counties, districts, municipal hospitals or the hub.

    Only the margins are facts [B009]; the inside is assumed (domain 4.1).
    """
    row = {row["class"]: row for row in rows("tiers")}[capacity]
    areas = [name for name in row if name != "class"]
    return float(row[area]) / sum(float(row[name]) for name in areas)


def table() -> Any:
    """Every number as a data frame: scalars with the fields of `Parameter`, then `cells`."""
    import pandas as pd

    return pd.DataFrame([*(p._asdict() for p in parameters().values()), *cells()])


@cache
def cells() -> tuple[dict[str, Any], ...]:
    """Every cell of the tables, named table.row.column: its column's fields, unless it has its own.

    theme is the table; low and high follow from the column's spread; what is no number has neither.
    """
    return tuple(
        _cell(about, next(iter(row.values())), row[about["column"]])
        for about in rows("columns")
        for row in rows(about["table"])
    )


def _cell(about: Row, row: str, value: str) -> dict[str, Any]:
    table, column = about["table"], about["column"]
    own = {**about, **exceptions().get((table, row, column), {})}
    low, high = _around(value, own["spread"], _share(about))
    return {
        "name": f"{table}.{row}.{column}", "theme": table, "meaning": about["meaning"],
        "value": value, "unit": about["unit"], "low": low, "high": high, "source": own["source"],
        "reason": own["reason"], "fitted": own["fitted"] == YES, "governs": "",
    }  # fmt: skip


@cache
def exceptions() -> dict[tuple[str, str, str], Row]:
    """Source, reason, spread and fitted of cells where they differ from their column's."""
    fields = ("source", "reason", "spread", "fitted")
    return {
        (about["table"], row, column): {name: about[name] for name in fields}
        for about in rows("cells")
        for row in about["rows"].split()
        for column in about["columns"].split()
    }


def _share(about: Row) -> bool:
    """Whether a column holds shares: without a unit and within [0, 1]."""
    if about["unit"] != "1":
        return False
    held = [float(row[about["column"]] or 0) for row in rows(about["table"])]
    return min(held) >= 0.0 and max(held) <= 1.0


def _around(value: str, spread: str, share: bool) -> tuple[float, float]:
    """Range of a cell: a spread is in its unit or in per cent of it; shares stay in [0, 1]."""
    if not spread or not value:
        return nan, nan
    number, per_cent = float(value), spread.endswith("%")
    width = abs(number) * float(spread.rstrip(" %")) / PER_CENT if per_cent else float(spread)
    low, high = number - width, number + width
    return (max(low, 0.0), min(high, 1.0)) if share else (low, high)


def origin(source: str) -> str:
    """What a source is: a fact, an assumption, one anchored at facts, or a document.

    Facts are cited by their id; documents are paragraphs, programmes and studies.
    """
    fact_cited, assumed = re.search(FACT_ID, source) is not None, "assumption" in source
    if assumed:
        return "anchored assumption" if fact_cited else "assumption"
    return "fact" if fact_cited else "document"
