"""What do we show in words? Tables of scenarios, runs, comparisons and verification.

Shares are printed in per cent, everything else in the unit of its measure.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from sim import measures, parameters, policies
from sim.pictures import days
from sim.scenario import load
from sim.yamlfile import ScenarioError

ALL = "all"
STATIONARY = 28  # days of warm-up below which beds, the slowest state, have not settled (§2.3)
HEADLINES = (
    "wait_mean", "wait_p50", "wait_p90", "wait_p95", "wait_days_mean", "test_wait_mean",
    "bed_wait_mean", "first_contact", "visit_share", "referral_up_formal", "advised_up",
    "referred_down", "bypass", "left_unseen", "refused", "unresolved", "occupancy",
    "length_of_stay", "visits_per_physician", "travel_per_visit", "out_of_pocket_per_visit",
    "remote_per_1000", "visits_per_resident", "admissions_per_1000",
)  # fmt: skip
COMPARED = (
    "wait_mean", "wait_p50", "wait_p90", "wait_p95", "referral_up_formal", "advised_up",
    "referred_down", "first_contact", "remote_per_1000",
)  # fmt: skip
PIPED_WIDTH = 110
console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def grid(title: str, *columns: str, left: int = 1) -> Table:
    """An empty table; the first `left` columns are words, the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position < left else "right")
    return table


def literal(text: str) -> str:
    """A text as it stands, its brackets no markup of the terminal."""
    return text.replace("[", "\\[")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table by the names of its columns."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def number(value: float, unit: str) -> str:
    """A value in its unit, as read: shares in per cent, nothing where nothing was counted."""
    if pd.isna(value):
        return "-"
    if unit == "1":
        return f"{100 * value:.2f} %"
    return f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"


def worded(measure: str, unit: str) -> str:
    """A measure's name in words, with its unit unless it is a share."""
    return measure.replace("_", " ") + ("" if unit == "1" else f" [{unit}]")


# --- scenarios -------------------------------------------------------------------------------


def inventory(folder: Path) -> None:
    """Print what there is: scenarios of a folder, policies, measures."""
    found = grid("Scenarios", "file", "title", left=2)
    for path in sorted(folder.rglob("*.yaml")):
        found.add_row(str(path), title_of(path))
    known = grid("Policies", "name", "what it does", left=2)
    for name in policies.names():
        known.add_row(name, policies.find(name).summary)
    counted = grid("Measures", "name", "meaning", left=2)
    for name, meaning in measures.names().items():
        counted.add_row(name, literal(meaning))
    for table in (found, known, counted):
        console.print(table, "")


def numbers(some: Sequence[Mapping[str, Any]], reasons: bool) -> None:
    """Print numbers of the model, with their reasons if asked, and how many were fitted."""
    found = grid("Parameters", "name", "value", "range", "source", "meaning", left=5)
    found.columns[0].no_wrap = found.columns[1].no_wrap = found.columns[2].no_wrap = True
    for one in some:
        said = parameters.shown(one)
        value = said["value"] + ("" if said["unit"] == "1" else f" {said['unit']}")
        source = said["source"].replace(";", ", ") + (", fitted" if one["fitted"] else "")
        meaning = f"{said['meaning']}: {said['reason']}" if reasons else said["meaning"]
        cells = (said["name"], value, said["range"], source, meaning)
        found.add_row(*(literal(cell) for cell in cells))
    fitted = sum(one["fitted"] for one in some)
    more = "" if reasons else "; sim parameters WORDS also searches tables and gives reasons"
    console.print(found, "", f"{len(some)} numbers, {fitted} of them fitted{more}", sep="\n")


def title_of(path: Path) -> str:
    """A scenario's title, or that the file is no valid scenario."""
    try:
        return load(path).title
    except ScenarioError as error:
        return f"not valid: sim check shows {len(error.problems)} problems"


def checked(file: Path, scenario: Any) -> None:
    """Print what a valid scenario asks, and what each of its policies changes."""
    console.print(f"{file}: {scenario.title}")
    span = f"{days(scenario.warmup)} of warm-up, then {scenario.days} measured"
    console.print(f"from {scenario.start}: {span}; {counted_policies(scenario)}")
    warnings(scenario)
    changes = scenario.changes()
    if len(changes):
        table = grid("Changes (means over the cells)", *changes.columns, left=5)
        for row in changes.to_numpy(dtype=object):
            table.add_row(*(f"{v:.4g}" if isinstance(v, float) else str(v) for v in row))
        console.print(table)


def counted_policies(scenario: Any) -> str:
    """How many policies, and which."""
    names = [use.name for use in scenario.policies]
    count = f"{len(names)} {'policy' if len(names) == 1 else 'policies'}"
    return f"{count}: {', '.join(names)}" if names else count


def warnings(scenario: Any) -> None:
    """Print departments asked for more than they can do, and a warm-up too short for beds."""
    loads = scenario.offered_load()
    for row in records(loads[loads["load"] >= 1]):
        asked = f"{row['department']} is asked for {row['load']:.0%} of its minutes"
        console.print(f"warning: {asked}")
    if scenario.world_.region and scenario.warmup < STATIONARY:
        console.print(f"demonstration: beds are not yet stationary after {days(scenario.warmup)} "
                      f"of warm-up (at least {STATIONARY} for results)")  # fmt: skip


# --- runs ------------------------------------------------------------------------------------


def played(run: Any) -> bool:
    """Print a run's measures by tier, the nation beside it, and whether its ledgers close."""
    console.print(by_tier(run.measures, run.tiers))
    if len(run.nine_rows):
        console.print("", beside_nation(run.nine_rows, "this model"), sep="\n")
    gap = int(run.ledger["gap"].abs().sum())
    came = run.ledger.groupby("ledger")["came"].sum()
    counted = f"ledgers: {came['visits']:,} visits, {came['episodes']:,} episodes, gap {gap}"
    console.print("", counted, sep="\n")
    return gap == 0


def by_tier(table: pd.DataFrame, tiers: Sequence[str]) -> Table:
    """Key measures in rows, all and tiers in columns."""
    whole = table[(table["group"] == ALL) & table["measure"].isin(HEADLINES)]
    units = dict(zip(whole["measure"], whole["unit"], strict=True))
    values = whole.set_index(["measure", "tier"])["value"].to_dict()
    columns = [ALL, *(tier for tier in tiers if any((m, tier) in values for m in units))]
    shown = grid("Measures by tier", "measure", *columns)
    for measure in (name for name in HEADLINES if name in units):
        cells = (values.get((measure, tier), float("nan")) for tier in columns)
        unit = units[measure]
        shown.add_row(literal(worded(measure, unit)), *(number(v, unit) for v in cells))
    return shown


def beside_nation(table: pd.DataFrame, model: str) -> Table:
    """The nine rows of the statistics beside the model's shares of visits."""
    columns = ("institution", "China 2022", model, "difference")
    shown = grid("Shares of visits (a county is no nation)", *columns)
    for row in records(table):
        shares = (number(row[column], "1") for column in ("nation", "model"))
        shown.add_row(row["statistic"], *shares, f"{100 * row['difference']:+.1f} points")
    return shown


# --- comparisons -----------------------------------------------------------------------------


def comparing(baseline: Any, scenario: Any) -> None:
    """Print what is compared with what."""
    console.print(f"baseline: {baseline.title}; {counted_policies(baseline)}")
    console.print(f"scenario: {scenario.title}; {counted_policies(scenario)}")
    warnings(scenario)


def compared(comparison: Any) -> None:
    """Print paired differences by tier with their intervals, the nation, and what failed."""
    console.print(paired(comparison), "")
    if len(comparison.nine_rows):
        console.print(beside_nation(comparison.nine_rows, "baseline"), "")
    saved = percent(comparison.table["variance_saved"].median())
    luck = f"{comparison.replications} pairs under common luck, seeds from {comparison.seed}"
    console.print(f"{luck}; variance saved, median over all cells: {saved}")
    for row in records(comparison.failures):
        text = "failed: {arm}, replication {replication}, seed {seed}: {error}"
        console.print(text.format(**row))


def paired(comparison: Any) -> Table:
    """Waits and referral rates by tier: both arms, the difference and its 95 % interval."""
    numbers = ("baseline", "scenario", "difference", "95 % interval", "var. saved")
    shown = grid(
        "Scenario minus baseline (shares: percentage points)", "measure", "tier", *numbers, left=2
    )
    table = comparison.table
    whole = table[(table["group"] == ALL) & table["measure"].isin(COMPARED)]
    for measure in COMPARED:
        rows = records(whole[whole["measure"] == measure])
        for position, row in enumerate(rows):
            name = literal(worded(measure, row["unit"])) if position == 0 else ""
            shown.add_row(name, *difference_cells(row), end_section=position == len(rows) - 1)
    return shown


def difference_cells(row: Mapping[str, Any]) -> Iterable[str]:
    """The cells of one paired difference."""
    unit, saved = row["unit"], row["variance_saved"]
    yield row["tier"]
    yield from (number(row[arm], unit) for arm in ("baseline", "scenario"))
    same = row["low"] == row["high"] == 0
    yield "0" if same else signed(row["difference"], unit)
    interval = f"{signed(row['low'], unit)} .. {signed(row['high'], unit)}"
    yield "same in all pairs" if same else interval
    yield percent(saved)


def percent(share: float) -> str:
    """A share without decimals."""
    return "-" if pd.isna(share) else f"{share:.0%}"


def signed(value: float, unit: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    if pd.isna(value):
        return "-"
    return f"{100 * value:+.2f}" if unit == "1" else f"{value:+.2f}"


# --- contributions ---------------------------------------------------------------------------


def contributed(panel: Any) -> None:
    """Print what each policy adds to a measure, does alone, and is missed by."""
    lost = len(panel.of("lost")) > 0
    numbers = ("added", "95 % interval", "alone", *(("lost", "95 % interval") if lost else ()))
    unit = "percentage points" if panel.unit == "1" else panel.unit
    title = panel.title.replace("\n", ": ") + f"; changes in {unit}"
    shown = grid(literal(title), "policy", "from", *numbers, left=2)
    starts = panel.rows.set_index(["effect", "policy"])["start"]
    for policy in panel.of("added").index:
        cells = [*effect_cells(panel, "added", policy), *effect_cells(panel, "alone", policy)[:1]]
        cells += effect_cells(panel, "lost", policy) if lost else []
        shown.add_row(policy, starts["added", policy], *cells)
    for effect, name in (("whole", "whole programme"), ("interaction", "interaction")):
        shown.add_row(name, "", *effect_cells(panel, effect, ""))
    console.print(shown, carried(panel) if lost else "", "", sep="\n")


def effect_cells(panel: Any, effect: str, policy: str) -> list[str]:
    """An effect and its interval; what is 0 in every replication says so."""
    held = panel.of(effect)
    if policy not in held.index:
        return ["-", "-"]
    found = [float(held.loc[policy, name]) for name in ("value", "low", "high")]
    if not any(found):
        return ["0", "in all runs"]
    value, low, high = (f"{round(each, 2) + 0.0:+.2f}" for each in found)
    return [value, f"{low} .. {high}"]


def carried(panel: Any) -> str:
    """Which knock-out takes most of the whole, if the whole and one of them are clear."""
    (value, low, high), lost = panel.of("whole").to_numpy()[0], panel.of("lost")
    if low <= 0 <= high:
        return "the interval of the whole holds 0: nothing to carry"
    clear = lost.loc[(lost["low"] > 0) | (lost["high"] < 0), "value"]
    along = clear[clear * value > 0]
    if along.empty:
        return "no single policy carries it: none is missed with an interval that leaves out 0"
    name = along.abs().idxmax()
    return f"carried most by {name}: without it {along[name]:+.2f} of {value:+.2f} is lost"


# --- verification ----------------------------------------------------------------------------


def verified(table: pd.DataFrame) -> bool:
    """Print simulated against theory; True if every theory lies in its interval."""
    numbers = ("simulated", "interval", "theory", "z", "")
    shown = grid("Textbook queues", "scenario", "quantity", *numbers, left=2)
    for row in records(table):
        interval = "{low:.4g} .. {high:.4g}".format(**row)
        met = "within" if row["within"] else "OUTSIDE"
        values = (f"{row['simulated']:.4g}", interval, f"{row['theory']:.4g}", f"{row['z']:+.2f}")
        shown.add_row(row["scenario"], row["quantity"], *values, met)
    console.print(shown, "", table.attrs.get("note", ""), sep="\n")
    return bool(table["within"].all())


def evidence(table: pd.DataFrame) -> None:
    """Print effects of the model beside those of studies."""
    from sim.evidence import model, reported

    shown = grid("Effects known from studies", "effect", "facts", "model", "reported", "", left=2)
    for row in records(table):
        agrees = "agrees" if row["agrees"] else "DIFFERS"
        cells = (literal(model(row)), literal(reported(row)))
        shown.add_row(row["name"], row["facts"], *cells, agrees)
    console.print(shown)


def claims(table: pd.DataFrame) -> None:
    """Print the answers to claims: findings, costs, identities."""
    from sim import answers

    for title, kind in answers.PARTS.items():
        rows = table[table["kind"] == kind]
        shown = grid(title, *answers.BRIEF, left=len(answers.BRIEF))
        for row in records(rows):
            shown.add_row(*(literal(cell) for cell in answers.brief(row)))
        if len(rows):
            console.print(shown)


def calibrated(tables: Mapping[str, pd.DataFrame]) -> None:
    """Print the fitted scalars, then every target beside its fact."""
    scalars = grid("Scalars", "parameter", "value", "error", "range", "identified", "pinned by")
    for row in records(tables["parameters"]):
        scalars.add_row(
            row["parameter"], f"{row['value']:.4f}", f"{row['standard_error']:.4f}",
            f"{row['low']:g} to {row['high']:g}", row["identified"], row["pinned_by"],
        )  # fmt: skip
    heads = ("target", "role", "fact", "before", "after", "tolerances")
    aims = grid("Targets of 2022", *heads, left=2)
    for row in records(tables["fit"]):
        values = (f"{row[name]:.4g}" for name in ("fact", "before", "after"))
        aims.add_row(row["target"], row["role"], *values, f"{row['in_tolerances']:+.1f}")
    console.print(scalars)
    console.print(aims)
