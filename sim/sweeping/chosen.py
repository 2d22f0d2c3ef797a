"""Which measures of a sweep are told first? Those its experiment asks for, else the usual ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from sim import measures
from sim.sweeping.asked import ALL, Experiment

SHOWN = (
    "wait_mean", "wait_p90", "referral_up_formal", "advised_up", "referred_down", "first_contact",
    "within_county", "bypass", "occupancy",
)  # fmt: skip
QUANTILES = ("_p50", "_p90", "_p95")  # of a family, told only where they are named

Cell = tuple[str, str]


def cells(asked: Experiment, table: pd.DataFrame) -> list[Cell]:
    """Measures and tiers to tell, in order, as far as a table (over all groups) has them.

    First what `until` looks at, then the measures asked for over all tiers, in each tier if they
    are not known over all; the usual ones without either, or whatever the table has.
    """
    whole = table[table["group"] == ALL]
    there = dict.fromkeys(zip(whole["measure"], whole["tier"], strict=True))
    tiers: dict[str, list[str]] = {}
    for measure, tier in there:
        tiers.setdefault(measure, []).append(tier)
    wanted = [(t.measure, str(t.tier)) for t in _targets(asked)]
    named = [*_rows(asked.measures)] or ([] if wanted else SHOWN)
    wanted += [(m, t) for m in named for t in _over(tiers.get(m, []))]
    found = dict.fromkeys(cell for cell in wanted if cell in there)
    return list(found) or [(m, t) for m, held in tiers.items() for t in _over(held)]


def _over(tiers: list[str]) -> list[str]:
    return [ALL] if ALL in tiers else tiers


def _targets(asked: Experiment) -> list[Any]:
    until = asked.replications.until if asked.replications else ()
    return [target for target in until if target.group == ALL]


def _rows(named: Sequence[str]) -> Iterator[str]:
    """Rows of measures and families in the order asked, a family's without its quantiles."""
    for name in named:
        yield from (row for row in measures.names() if row in measures.rows_of([name])
                    and (row == name or not row.endswith(QUANTILES)))  # fmt: skip


def shortened(keys: Sequence[str]) -> dict[str, str]:
    """The last words of each dotted key, as many as tell it from the others."""
    return {key: next((end for end in _ends(key) if _alone(end, keys)), key) for key in keys}


def _ends(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[-number:]) for number in range(1, len(parts) + 1)]


def _alone(end: str, keys: Sequence[str]) -> bool:
    return sum(f".{key}".endswith(f".{end}") for key in keys) == 1


def value(given: Any) -> str:
    """A varied value as read."""
    return f"{given:.4g}" if isinstance(given, float) else str(given)


def titles(points: pd.DataFrame, keys: Sequence[str], longest: int) -> dict[int, str]:
    """Points in a few words: their values, or their numbers if any has more letters than that."""
    short, rows = shortened(keys), points.to_dict("records")
    said = {int(row["point"]): ", ".join(f"{name} {value(row[key])}" for key, name in short.items())
            for row in rows}  # fmt: skip
    fit = short and all(len(words) <= longest for words in said.values())
    return said if fit else {point: f"point {point}" for point in said}
