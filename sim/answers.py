"""What do claims come to? The table of answers and its page in results/claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim import policies
from sim.store import ResultError

TABLE, PAGE = "table.csv", "README.md"
ROBUST = 0.9  # share of draws below which a sign is not robust
IDENTITY = "identity"

HEAD = """# Claims of the policies

`sim claims` plays each policy's claims: paired runs of the claim's world with and without the
policy on luck never looked at before. A claim holds where the mean is beyond the difference that
matters, fixed before, and the whole 95 % interval lies on the claimed side. {holding} of {found}
findings hold; those that do not are findings too. {moved}

*Draws*: share of draws of the posterior sample of the fitted scalars, one pair each, in which the
sign holds; below {robust} it is not robust. *Break-even*: the smallest asked dose of the lever at
which the mean is beyond the difference that matters, of a quarter, half, one and two times the
claimed one. *Loses most*: waits (1 min, 0.1 day, 1 h in bed queues), ways and own payments (1 %) by
tier, age and county, the worsening largest in these units whose interval excludes none. Where it
should fail, the effect is that of the doses in brackets. "-" was not asked.
"""
COLUMNS = (
    "policy", "claim", "matters", "effect [95 %]", "holds", "draws", "break-even", "loses most",
    "where it should fail",
)  # fmt: skip
PARTS = {
    "Findings: responses and trade-offs": lambda kind: kind != IDENTITY,
    "Identities, never findings": lambda kind: kind == IDENTITY,
}


def named(asked: Sequence[str]) -> list[str]:
    """The policies of these names, all without any; ResultError with the nearest for another."""
    try:
        return [policies.find(name).name for name in asked] or list(policies.names())
    except policies.UnknownPolicy as unknown:
        near = unknown.nearest or ", ".join(policies.names())
        raise ResultError(f"{unknown} (nearest: {near})") from unknown


def save(table: pd.DataFrame, folder: Path) -> None:
    """Put answers into the folder's table, those of other policies kept, and write its page.

    Raises ResultError where that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = read(folder) if (folder / TABLE).exists() else table.iloc[:0]
        others = known[~known["policy"].isin(table["policy"])]
        whole = pd.concat([part for part in (others, table) if len(part)])
        whole = whole.sort_values(["policy", "claim"])
        whole.to_csv(folder / TABLE, index=False, float_format="%.6g")
        (folder / PAGE).write_text(page(read(folder)), encoding="utf-8")
    except OSError as error:
        raise ResultError(f"{folder} cannot be written: {error.strerror}") from error


def read(folder: Path, names: Iterable[str] | None = None) -> pd.DataFrame:
    """The answers of a folder; of some policies, if named."""
    table = pd.read_csv(folder / TABLE)
    return table if names is None else table[table["policy"].isin(list(names))]


def page(table: pd.DataFrame) -> str:
    """The table as a page, identities apart."""
    own = table[table["kind"] != IDENTITY]
    moved = table[table["holds"] != table["recorded"]]
    words = ", ".join(f"{row.policy} ({row.claim + 1})" for row in moved.itertuples())
    said = f"Otherwise than the policy's file says: {words}." if words else ""
    counts = {"holding": int(own["holds"].sum()), "found": len(own)}
    parts = [HEAD.format(**counts, moved=said, robust=ROBUST)]
    for title, chosen in PARTS.items():
        rows = table[table["kind"].map(chosen)]
        if len(rows):
            parts.append("\n".join([f"\n## {title}\n", *_grid(rows), ""]))
    return "".join(parts)


def _grid(rows: pd.DataFrame) -> list[str]:
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    return lines + [f"| {' | '.join(cells(row))} |" for row in rows.to_dict("records")]


def cells(row: Mapping[Any, Any]) -> list[str]:
    """One claim in words, in the order of the columns."""
    return [
        f"{row['policy']} ({row['claim'] + 1})", claimed(row), f"{row['matters']:g} {row['unit']}",
        f"{row['effect']:.3g} [{row['low']:.3g}, {row['high']:.3g}]", verdict(row), drawn(row),
        evened(row), losing(row), breaking(row),
    ]  # fmt: skip


def claimed(row: Mapping[Any, Any]) -> str:
    """What is claimed, of which kind, at which dose."""
    where = " ".join(str(row[key]) for key in ("tier", "group") if row[key] != "all")
    what = f"{row['measure']}{f' ({where})' if where else ''} {row['direction']}"
    against = "" if pd.isna(row["against"]) or not row["against"] else f" against {row['against']}"
    return f"{what}; {row['kind']}; {row['dose']}{against}; {row['world']}"


def verdict(row: Mapping[Any, Any]) -> str:
    """Whether it holds, and whether the policy's file says otherwise."""
    word = "yes" if row["holds"] else "**no**"
    return word if row["holds"] == row["recorded"] else f"{word} (recorded otherwise)"


def drawn(row: Mapping[Any, Any]) -> str:
    """The share of draws in which the sign holds."""
    if not row["draws"]:
        return "-"
    words = f"{row['sign_share']:.2f} of {row['draws']}"
    return words if row["sign_share"] >= ROBUST else f"{words}, not robust"


def evened(row: Mapping[Any, Any]) -> str:
    """The break-even of the lever."""
    asked = not pd.isna(row["break_even"]) and row["break_even"] != ""
    return f"{row['lever']} {row['break_even']}" if asked else "-"


def losing(row: Mapping[Any, Any]) -> str:
    """Who loses most, and what."""
    if pd.isna(row["loser"]) or not row["loser"]:
        return "nobody by what matters"
    return f"{row['loser']}: {row['loses']} {row['loss']:+.3g} {row['loss_unit']}"


def breaking(row: Mapping[Any, Any]) -> str:
    """Where the claim should fail, and what came out there."""
    if pd.isna(row["failing_effect"]):
        return str(row["fails_where"])
    fails = str(row["fails"]) == "True"
    found = f"{row['failing_effect']:.3g}: " + ("fails" if fails else "**holds there, too**")
    return f"{row['fails_where']} ({row['fails_with']}): {found}"
