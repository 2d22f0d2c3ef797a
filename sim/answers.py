"""What do claims come to? A table for each policy, the joint one and its page in results/claims."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim import claims, policies
from sim.levers import NONE
from sim.losers import ALL, OR
from sim.pairs import Options
from sim.store import ResultError

TABLE, PAGE, VERSION = "table.csv", "README.md", "version"
ROBUST = 0.9  # share of draws below which a sign is not robust
SHOWN = 3  # losers on the page; the table has all

HEAD = """# Claims of the policies

`sim claims` plays each policy's claims: paired runs of the claim's world with and without the
policy on luck never looked at before. A claim holds where the mean is beyond the difference that
matters, fixed before, and the whole 95 % interval lies on the claimed side. {holding} of {found}
findings and {costs} of {cost_claims} costs hold; those that do not are findings too.
{moved}{assumed}
*Expected* is what the policy's file says that the model answers, *obtained* what it answered here.
*Draws*: share of draws of the posterior sample of the fitted scalars, one pair each, in which the
sign holds; below {robust} it is not robust. *Break-even*: the dose of the lever from which on the
mean is beyond the difference that matters, all other doses as claimed, with the doses asked between
which it lies; "none up to" is the highest dose asked within the bounds of policy and world.
*Who loses*: waits (1 min, 0.1 day, 1 h in bed queues), ways and own payments (1 %) by tier, age and
county that worsen by as much and whose interval excludes none, the worst first; `{table}` has all.
Income is no axis of the counts. *Where it should fail* has other doses, or other values of the
world (keys with a dot) in both arms. "-" was not asked. One table a policy: `POLICY.csv`.
"""
COLUMNS = (
    "policy", "question", "at", "expected: obtained", "effect [95 %]", "draws", "break-even",
    "who loses", "where it should fail",
)  # fmt: skip
BRIEF = (*COLUMNS[:2], *COLUMNS[3:7], "where it should fail")
PARTS = {
    "Findings: responses": "response",
    "Costs and trade-offs": "trade-off",
    "Identities, never findings": "identity",
}


def named(asked: Sequence[str]) -> list[str]:
    """The policies of these names, all without any; ResultError with the nearest for another."""
    try:
        return [policies.find(name).name for name in asked] or list(policies.names())
    except policies.UnknownPolicy as unknown:
        every = f"there are {', '.join(policies.names())}"
        near = f"nearest: {unknown.nearest}" if unknown.nearest else every
        raise ResultError(f"{unknown} ({near})") from unknown


def pending(names: Sequence[str], folder: Path, options: Options) -> list[str]:
    """Policies whose claims are not answered yet as they would be today."""
    kept = {name: folder / f"{name}.csv" for name in names}
    return [name for name, file in kept.items()
            if not file.exists() or _version(file) != claims.version(name, options)]  # fmt: skip


def _version(file: Path) -> str:
    table = pd.read_csv(file, dtype=str)
    return str(table[VERSION].iloc[0]) if VERSION in table and len(table) else ""


def save(table: pd.DataFrame, folder: Path) -> None:
    """Write the answers of policies, a table each, then the joint table and its page.

    Raises ResultError where that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in table.groupby("policy"):
            _write(folder / f"{name}.csv", rows.to_csv(index=False, float_format="%.6g"))
        whole = read(folder)
        _write(folder / TABLE, whole.to_csv(index=False, float_format="%.6g"))
        _write(folder / PAGE, page(whole))
    except OSError as error:
        raise ResultError(f"{folder} cannot be written: {error.strerror}") from error


def _write(file: Path, text: str) -> None:
    """All of it or nothing: two tables may be under way in one folder."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.rename(file)


def read(folder: Path, names: Iterable[str] | None = None) -> pd.DataFrame:
    """The answers of a folder; of some policies, if named."""
    files = sorted(folder.glob("*.csv"))
    wanted = {file.stem for file in files} if names is None else set(names)
    tables = [pd.read_csv(file) for file in files if file.stem in wanted and file.name != TABLE]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def told(table: pd.DataFrame) -> str:
    """A line for people who wait: which policy is answered, and how many of its claims hold."""
    return f"{table['policy'].iloc[0]}: {table['holds'].sum()} of {len(table)} claims hold"


def page(table: pd.DataFrame) -> str:
    """The table as a page: findings, costs, identities."""
    moved = table[table["holds"] != table["recorded"]]
    words = ", ".join(f"{row['policy']} ({row['claim'] + 1})" for row in moved.to_dict("records"))
    said = f"Otherwise than the policy's file says: {words}.\n" if words else ""
    own = {kind: table.loc[table["kind"] == kind, "holds"] for kind in PARTS.values()}
    counts = {
        "holding": int(own["response"].sum()), "found": len(own["response"]),
        "costs": int(own["trade-off"].sum()), "cost_claims": len(own["trade-off"]),
    }  # fmt: skip
    known = {"moved": said, "assumed": assumed(table), "robust": ROBUST, "table": TABLE}
    parts = [HEAD.format(**counts, **known)]
    for title, kind in PARTS.items():
        rows = table[table["kind"] == kind]
        if len(rows):
            parts.append("\n".join([f"\n## {title}\n", *_grid(rows), ""]))
    return "".join(parts)


def assumed(table: pd.DataFrame) -> str:
    """How far answers hang on what was assumed: on fitted scalars, and on the claimed dose."""
    own = table[table["kind"] != PARTS["Identities, never findings"]]
    held = own[own["holds"] & (own["draws"] > 0)]
    even = own.loc[~own["holds"], "break_even"].fillna("").astype(str)
    asked = even[even != ""]
    words = ""
    if len(held):
        steady = int((held["sign_share"] >= ROBUST).sum())
        words += f"{steady} of {len(held)} that hold keep their sign in {ROBUST:.0%} of draws or "
        words += "more.\n"
    if len(asked):
        other = int((~asked.str.startswith(NONE)).sum())
        words += f"{other} of {len(asked)} that do not hold would at another dose of their lever.\n"
    return words


def _grid(rows: pd.DataFrame) -> list[str]:
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    return lines + [f"| {' | '.join(cells(row))} |" for row in rows.to_dict("records")]


def cells(row: Mapping[Any, Any]) -> list[str]:
    """One claim in words, in the order of the columns."""
    return [
        f"{row['policy']} ({row['claim'] + 1})", question(row), asked_at(row), verdict(row),
        f"{row['effect']:.3g} [{row['low']:.3g}, {row['high']:.3g}]", drawn(row), evened(row),
        losing(row), breaking(row),
    ]  # fmt: skip


def brief(row: Mapping[Any, Any]) -> list[str]:
    """The same for a terminal: without doses and losers, and only whether it fails elsewhere."""
    whole = cells(row)
    return [*whole[:2], *whole[3:7], whole[-1].rpartition(": ")[2]]


def question(row: Mapping[Any, Any]) -> str:
    """What is asked, with the difference that matters."""
    where = " ".join(str(row[key]) for key in ("tier", "group") if row[key] != ALL)
    unit = "" if pd.isna(row["unit"]) or str(row["unit"]) == "1" else f" {row['unit']}"
    verb = "rise" if row["direction"] == "up" else "fall"
    what = f"{row['measure']}{f' ({where})' if where else ''}"
    return f"Does {what} {verb} by {row['matters']:g}{unit} or more?"


def asked_at(row: Mapping[Any, Any]) -> str:
    """At which doses and against which, in which world."""
    against = "" if pd.isna(row["against"]) or not row["against"] else f" against {row['against']}"
    return f"{row['dose']}{against}; {row['world']}"


def verdict(row: Mapping[Any, Any]) -> str:
    """What the policy's file expects, and what was obtained."""
    expected, obtained = ("holds" if row[key] else "fails" for key in ("recorded", "holds"))
    return f"{expected}: {obtained}" if expected == obtained else f"{expected}: **{obtained}**"


def drawn(row: Mapping[Any, Any]) -> str:
    """The share of draws in which the sign holds."""
    if not row["draws"]:
        return "-"
    words = f"{row['sign_share']:.2f} of {row['draws']}"
    return words if row["sign_share"] >= ROBUST else f"{words}, not robust"


def evened(row: Mapping[Any, Any]) -> str:
    """The break-even of the lever, and where it was looked for."""
    if pd.isna(row["break_even"]) or row["break_even"] == "":
        return "-"
    between = f" ({row['even_low']:.3g} to {row['even_high']:.3g})"
    both = not pd.isna(row["even_low"]) and not pd.isna(row["even_high"])
    return f"{row['lever']} {row['break_even']}" + (between if both else "")


def losing(row: Mapping[Any, Any]) -> str:
    """Who loses, the worst first."""
    if not row["losing"]:
        return "nobody by what matters"
    worst = str(row["losers"]).split(OR)[:SHOWN]
    more = row["losing"] - len(worst)
    return OR.join(worst) + (f"{OR}{more} more" if more else "")


def breaking(row: Mapping[Any, Any]) -> str:
    """Where the claim should fail, and what came out there."""
    if pd.isna(row["failing_effect"]):
        return f"{row['fails_where']} ({row['fails_with']}): no value"
    fails = str(row["fails"]) == "True"
    found = f"{row['failing_effect']:.3g}: " + ("fails" if fails else "**holds there, too**")
    return f"{row['fails_where']} ({row['fails_with']}): {found}"
