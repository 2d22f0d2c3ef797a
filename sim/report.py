"""What do we show in words? Tables of scenarios, runs, comparisons and verification.

Shares are printed in per cent, everything else in the unit of its measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from sim import measures, plots, policies
from sim.register import fact
from sim.scenario import load
from sim.yamlfile import ScenarioError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
DRAWN = (
    "wait_mean", "wait_p90", "referral_up_formal", "advised_up", "referred_down", "first_contact",
)  # fmt: skip
NATION = {  # visits of 2022 by row of the statistics, domain.md §4.1: facts added and taken away
    "village_clinic": (("B011",), ()),
    "station_clinic": (("N046",), ("B011", "N272", "N293")),
    "township_centre": (("N272",), ()),
    "community_centre": (("N293",), ()),
    "level_1": (("N004",), ()),
    "ungraded": (("N040",), ("N010", "N016", "N004")),
    "secondary": (("N016",), ()),
    "tertiary": (("N010",), ()),
    "mch": (("N028",), ()),
}
ALL_VISITS = "N034"

console = Console(highlight=False, soft_wrap=False)


def grid(title: str, *columns: str, left: int = 1) -> Table:
    """An empty table; the first `left` columns are words, the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position < left else "right")
    return table


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
        counted.add_row(name, meaning.replace("[", "\\["))
    for table in (found, known, counted):
        console.print(table, "")


def title_of(path: Path) -> str:
    """A scenario's title, or that the file is no valid scenario."""
    try:
        return load(path).title
    except ScenarioError as error:
        return f"not valid: sim check shows {len(error.problems)} problems"


def checked(file: Path, scenario: Any) -> None:
    """Print what a valid scenario asks, and what each of its policies changes."""
    console.print(f"{file}: {scenario.title}")
    console.print(f"{scenario.days} days measured from {scenario.start} after {scenario.warmup} "
                  f"days of warm-up; {counted_policies(scenario)}")  # fmt: skip
    warnings(scenario)
    changes = scenario.changes()
    if len(changes):
        table = grid("Changes (means over the cells)", *changes.columns, left=3)
        for row in changes.itertuples(index=False):
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
    for row in loads[loads["load"] >= 1].itertuples():
        console.print(f"warning: {row.department} is asked for {row.load:.0%} of its minutes")
    if scenario.world_asked.county and scenario.warmup < STATIONARY:
        console.print(f"demonstration: beds are not yet stationary after {scenario.warmup} days "
                      f"of warm-up (at least {STATIONARY} for results)")  # fmt: skip


# --- runs ------------------------------------------------------------------------------------


def played(run: Any) -> bool:
    """Print a run's measures by tier, the nation beside it, and whether its ledgers close."""
    console.print(by_tier(run.measures, run.tiers))
    shares = run.measures.rename(columns={"value": "baseline"})
    if (run.visits["resident"] >= 0).any():
        console.print("", nation(shares))
    gap = int(run.ledger["gap"].abs().sum())
    console.print("", f"ledgers: {len(run.visits):,} visits, {len(run.stays):,} stays, gap {gap}")
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
        shown.add_row(worded(measure, unit).replace("[", "\\["), *(number(v, unit) for v in cells))
    return shown


def national_shares() -> dict[str, float]:
    """Share of all visits in China in 2022 by row of the statistics."""
    total = fact(ALL_VISITS)
    return {
        row: (sum(map(fact, plus)) - sum(map(fact, minus))) / total
        for row, (plus, minus) in NATION.items()
    }


def beside_nation(table: pd.DataFrame) -> pd.DataFrame:
    """Columns institution, nation, model: shares of visits [1]."""
    rows = table[(table["measure"] == "visit_share") & (table["tier"] == ALL)]
    model = dict(zip(rows["group"], rows["baseline"], strict=True))
    return pd.DataFrame(
        [(row, share, model.get(row, 0.0)) for row, share in national_shares().items()],
        columns=["institution", "nation", "model"],
    )


def nation(table: pd.DataFrame) -> Table:
    """The nine rows of the statistics beside the model's shares of visits."""
    title = "Visits by institution: China 2022 beside this model (a county is not the nation)"
    shown = grid(title, "institution", "China 2022", "model", "difference")
    for row in beside_nation(table).itertuples():
        apart = 100 * (row.model - row.nation)
        shown.add_row(row.institution, number(row.nation, "1"), number(row.model, "1"),
                      f"{apart:+.1f} points")  # fmt: skip
    return shown


# --- comparisons -----------------------------------------------------------------------------


def comparing(baseline: Any, scenario: Any) -> None:
    """Print what is compared with what."""
    console.print(f"baseline: {baseline.title}; {counted_policies(baseline)}")
    console.print(f"scenario: {scenario.title}; {counted_policies(scenario)}")
    warnings(scenario)


def compared(comparison: Any) -> None:
    """Print paired differences by tier with their intervals, the nation, and what failed."""
    console.print(paired(comparison), "", nation(comparison.table), "")
    saved = comparison.table["variance_saved"].median()
    console.print(f"{comparison.replications} pairs under common luck, seeds from "
                  f"{comparison.seed}; variance saved, median over all cells: {saved:.0%}")  # fmt: skip
    for row in comparison.failures.itertuples():
        console.print(f"failed: {row.arm}, replication {row.replication}, seed {row.seed}: {row.error}")


def paired(comparison: Any) -> Table:
    """Waits and referral rates by tier: both arms, the difference and its 95 % interval."""
    columns = ("measure", "tier", "baseline", "scenario", "difference", "95 % interval", "var. saved")
    shown = grid("Scenario minus baseline", *columns, left=2)
    table = comparison.table
    whole = table[(table["group"] == ALL) & table["measure"].isin(COMPARED)]
    for measure in COMPARED:
        rows = whole[whole["measure"] == measure].to_dict("records")
        for position, row in enumerate(rows):
            name = worded(measure, row["unit"]).replace("[", "\\[") if position == 0 else ""
            shown.add_row(name, *difference_cells(row), end_section=position == len(rows) - 1)
    return shown


def difference_cells(row: Mapping[str, Any]) -> Iterable[str]:
    """The cells of one paired difference."""
    unit, saved = row["unit"], row["variance_saved"]
    yield row["tier"]
    yield from (number(row[arm], unit) for arm in ("baseline", "scenario"))
    yield signed(row["difference"], unit)
    yield f"{signed(row['low'], unit)} .. {signed(row['high'], unit)}"
    yield "-" if pd.isna(saved) else f"{saved:.0%}"


def signed(value: float, unit: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    if pd.isna(value):
        return "-"
    return f"{100 * value:+.2f}" if unit == "1" else f"{value:+.2f}"


# --- verification and pictures ---------------------------------------------------------------


def verified(table: pd.DataFrame) -> bool:
    """Print simulated against theory; True if every theory lies in its interval."""
    shown = grid("Textbook queues", "scenario", "quantity", "simulated", "interval", "theory", "z", "",
                 left=2)  # fmt: skip
    for row in table.itertuples():
        interval = f"{row.low:.4g} .. {row.high:.4g}"
        shown.add_row(row.scenario, row.quantity, f"{row.simulated:.4g}", interval,
                      f"{row.theory:.4g}", f"{row.z:+.2f}", "within" if row.within else "OUTSIDE")  # fmt: skip
    console.print(shown, "", table.attrs.get("note", ""))
    return bool(table["within"].all())


def pictures(result: Any) -> dict[str, Figure]:
    """The figures that a run or a comparison has, by name."""
    if hasattr(result, "table"):
        return {
            "waits": plots.side_by_side(waits_by_arm(result.table), source_of(result)),
            "differences": result.plot.differences(DRAWN),
        }
    figures = {"waits": result.plot.waits()}
    if (result.visits["resident"] >= 0).any():
        figures["referrals"] = result.plot.referrals()
    return figures


def waits_by_arm(table: pd.DataFrame) -> pd.DataFrame:
    """Waits for the doctor by tier and by tier and class: row, statistic, baseline, scenario."""
    waits = table[table["measure"].isin(["wait_mean", "wait_p50", "wait_p90"])]
    waits = waits[(waits["tier"] != ALL) & waits["group"].isin([ALL, *plots.CLASS_COLOURS])]
    order = [ALL, *plots.CLASS_COLOURS]
    tiers = list(dict.fromkeys(waits["tier"]))
    keys = pd.DataFrame({"t": waits["tier"].map(tiers.index), "g": waits["group"].map(order.index)})
    waits = waits.loc[keys.sort_values(["t", "g"], kind="stable").index]
    group = waits["group"].replace(ALL, "all classes")
    return waits.assign(
        row=[f"{plots.label(t)} · {g}" for t, g in zip(waits["tier"], group, strict=True)],
        statistic=waits["measure"].str.removeprefix("wait_"),
    )[["row", "statistic", "baseline", "scenario"]]


def source_of(result: Any) -> str:
    """The line below a picture: what was played."""
    return (f"{result.title}; {result.days} days measured after {result.warmup} days of warm-up; "
            f"seeds from {result.seed}")  # fmt: skip
