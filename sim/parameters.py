"""Which numbers does the model take, where do they come from, and which were fitted, in words?

The page `sim/data/README.md` is `page()`; `sim parameters --markdown` prints it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sim import policies
from sim.defaults import FACT_ID, cells, facts, origin, parameters, rows

Record = Mapping[str, Any]
WORDS = ("name", "names", "index", "rank", "0/1")
"""Units of cells that are structure, not numbers."""
NEAR, MOST_NEAR = 0.5, 3
ORIGINS = ("fact", "document", "anchored assumption", "assumption")
SHOWN = ("name", "value", "unit", "range", "fitted", "source", "meaning", "reason")
HEAD = """# Parameters: every number of the model

Written by `sim parameters --markdown` from the tables in this folder, and tested to be current.
`sim parameters WORDS` looks numbers up; `sim.register.table()` has them all as a data frame.

- **Scalars** stand in `parameters.csv`, one a line; the tables hold what differs by kind, class,
  condition, severity, age, grade or hour; `columns.csv` says of each column what scalars say of
  themselves, `cells.csv` of the cells whose source is not their column's. No other number is in the
  code of the model: what stays there are the definitions listed at the end (a test reads all
  sources for literals). Places and residents: `geography/README.md`.
- **Source**: `N034` and the like are facts of `calibration.csv`, listed below with value and place;
  `domain` is a paragraph of the domain notes, `programme` one of the five programmes (HB, SC, LN,
  HS, HN); `assumption` is a number that nobody has measured, with its reason; with the id of a fact
  beside it, the fact anchors it (a sum, a bound, a shape) without giving it.
- **Range**: what experiments may sample; for table cells value ± spread, in the unit or in per cent
  of the value, shares kept in [0, 1]. Shares that sum to one are to be scaled back. A definition of
  the statistics has a range of one value. A fact in a table has no range.
- **Fitted**: chosen by what the model makes of it, so that the fact it was chosen by is no evidence
  for the model. Everything else was set before, from its source.
- **Governs**: the columns of a World that change with the number (worlds of Yangxin, Huangshi and
  Hubei), or where else it counts.
"""
OF_POLICIES = """A policy says its numbers itself (`sim/policies`): parameters with their defaults
and claims with the smallest difference that matters.
"""
KEPT = """Numbers that are no parameters: units, calendars, layouts, codes and the accuracy of \
methods. Beside these only 0, 1, -1, 2, indices and shifts may stand there.
"""


def page() -> str:
    """The whole register as Markdown."""
    parts = [HEAD, *counted(), *scalars(), *tables(), *of_policies(), *definitions(), *cited()]
    return "\n".join(parts) + "\n"


def found(words: Sequence[str]) -> list[Record]:
    """Scalars, and with words also cells, in whose fields all words occur.

    Raises KeyError with the nearest names where there is none.
    """
    every: list[Record] = [p._asdict() for p in parameters().values()]
    if not words:
        return every
    every += cells()
    matching = [one for one in every if all(_told(one, word) for word in words)]
    if not matching:
        near = get_close_matches(words[0], [one["name"] for one in every], MOST_NEAR, NEAR)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise KeyError(f"no parameter with {' '.join(words)!r}{hint}")
    return matching


def _told(one: Record, word: str) -> bool:
    fields = ("name", "theme", "meaning", "unit", "source", "reason", "governs")
    return any(word.lower() in one[field].lower() for field in fields)


def shown(one: Record) -> dict[str, str]:
    """The fields of a number as words."""
    fitted = "yes" if one["fitted"] else ""
    words = {name: str(one[name]) for name in SHOWN if name not in ("value", "range", "fitted")}
    return {**words, "value": number(one["value"]), "range": span(one), "fitted": fitted}


def number(value: Any) -> str:
    """A value as it stands in its table."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def span(one: Record) -> str:
    """The range of a number; nothing where it has none."""
    low, high = one["low"], one["high"]
    return f"{low:.4g} to {high:.4g}" if low == low else ""


def table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for line in lines:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |"
    yield ""


def listed(some: Iterable[Record], columns: Sequence[str] = SHOWN) -> Iterator[str]:
    """A Markdown table of numbers."""
    yield from table(columns, ([shown(one)[name] for name in columns] for one in some))


def counted() -> Iterator[str]:
    """How many numbers come from where, and how many were fitted."""
    yield "## How many\n"
    kinds = {
        "scalars": [p._asdict() for p in parameters().values()],
        "numbers in tables": [c for c in cells() if c["value"] and c["unit"] not in WORDS],
        "marks in tables (names, order, yes or no)": [c for c in cells() if c["unit"] in WORDS],
    }
    lines = []
    for what, some in kinds.items():
        of = Counter(origin(one["source"]) for one in some)
        fitted = sum(one["fitted"] for one in some)
        numbers = [len(some), *(of[name] for name in ORIGINS), fitted]
        lines.append([what, *map(str, numbers)])
    yield from table(["", "all", *(f"{name}s" for name in ORIGINS), "fitted"], lines)


def scalars() -> Iterator[str]:
    """Scalars by theme."""
    yield "## Scalars\n"
    columns = ("name", "meaning", "value", "unit", "range", "fitted", "source", "reason", "governs")
    by_theme: dict[str, list[list[str]]] = {}
    for one in parameters().values():
        said = {**shown(one._asdict()), "governs": one.governs}
        by_theme.setdefault(one.theme, []).append([said[name] for name in columns])
    for theme, lines in by_theme.items():
        yield f"### {theme[0].upper()}{theme[1:]}\n"
        yield from table(columns, lines)


def tables() -> Iterator[str]:
    """Each table: what its columns mean, which cells differ, and the numbers."""
    yield "## Tables\n"
    columns = ("column", "meaning", "unit", "spread", "fitted", "source", "reason")
    for name in dict.fromkeys(about["table"] for about in rows("columns")):
        yield f"### {name}.csv\n"
        held = [list(row.values()) for row in rows(name)]
        yield from table(list(rows(name)[0]), held)
        own = [about for about in rows("columns") if about["table"] == name]
        yield from table(columns, ([about[field] for field in columns] for about in own))
        yield from _own_cells(name)


def _own_cells(name: str) -> Iterator[str]:
    """Cells of a table whose source differs from their column's."""
    columns = ("rows", "columns", "spread", "fitted", "source", "reason")
    own = [about for about in rows("cells") if about["table"] == name]
    if own:
        yield "Cells with a source of their own:\n"
        yield from table(columns, ([about[field] for field in columns] for about in own))


def of_policies() -> Iterator[str]:
    """Parameters and claims of each policy."""
    yield "## Policies\n"
    yield OF_POLICIES
    for name in policies.names():
        policy = policies.find(name)
        yield f"### {name}\n"
        yield from table(
            ("parameter", "meaning", "default", "unit", "range"),
            (_dose(key, field) for key, field in policy.Params.model_fields.items()),
        )
        yield from table(
            ("claim", "measure", "tier", "direction", "at least", "at", "holds"),
            ([claim.kind, claim.measure, claim.tier, claim.direction, number(claim.at_least),
              ", ".join(f"{key} {value}" for key, value in claim.dose.items()),
              "yes" if claim.holds else "no"] for claim in policy.claims),
        )  # fmt: skip


def _dose(name: str, field: Any) -> list[str]:
    """A policy's parameter in words."""
    default = field.get_default(call_default_factory=True)
    words = ", ".join(map(str, default)) if isinstance(default, tuple) else number(default)
    extra = field.json_schema_extra or {}
    said = (_bound(field, "ge", "gt"), _bound(field, "le", "lt"))
    span = " to ".join(bound for bound in said if bound)
    return [name, field.description or "", words, extra.get("unit", ""), span]


def _bound(field: Any, *names: str) -> str:
    """A bound of a policy's parameter; nothing without one."""
    found = [getattr(mark, name) for mark in field.metadata for name in names
             if hasattr(mark, name)]  # fmt: skip
    return str(found[0]) if found else ""


def definitions() -> Iterator[str]:
    """What stays in the code, and why."""
    yield "## Definitions in the code\n"
    yield KEPT
    columns = ("room", "name", "values", "reason")
    yield from table(columns, ([row[field] for field in columns] for row in rows("definitions")))


def cited() -> Iterator[str]:
    """The facts that sources cite."""
    sources = [p.source for p in parameters().values()]
    sources += [row["source"] for name in ("columns", "cells") for row in rows(name)]
    ids = sorted({one for source in sources for one in re.findall(FACT_ID, source)})
    yield "## Facts cited\n"
    columns = ("id", "quantity", "place", "year", "tier", "value", "unit", "source_title")
    yield from table(columns, ([facts()[one][field] for field in columns] for one in ids))
