"""What do `sim sweep`, `sim publish` and `sim reproduce` print?"""

from __future__ import annotations

import os
from typing import Any

import pandas as pd

from sim import report
from sim.sweeping import warmup
from sim.sweeping.asked import BASELINE, Checked
from sim.sweeping.publishing import SAMPLE
from sim.sweeping.result import Published, Sweep

SHOWN = (
    "wait_mean", "wait_p90", "referral_up_formal", "advised_up", "referred_down", "first_contact",
    "within_county", "bypass", "occupancy",
)  # fmt: skip
MOST_LINES = 20
MINUTE, HOUR = 60, 3600


def planned(found: Checked) -> None:
    """Print the question and how many runs answer it."""
    asked, arms = found.replications, 1 if found.against is None else 2
    many = f"{asked.fixed}" if asked.fixed else f"{asked.first} to {asked.most}"
    report.console.print(_safe(found.experiment.question))
    points = f"{len(found.cases)} point{'s' * (len(found.cases) != 1)}"
    report.console.print(f"{points}, {many} replications, {arms} arm{'s' * (arms > 1)}")


def swept(result: Sweep, judged: bool) -> bool:
    """Print points, differences over all tiers, and what failed; True if nothing did.

    judged: whether replications went on until intervals were narrow.
    """
    report.console.print("", _points(result, judged), "")
    if BASELINE in set(result.part_column("runs", "arm")):
        report.console.print(_differences(result), "")
    titles = {row["point"]: _named(result, row) for row in report.records(result.points)}
    for line in warmup.warnings(result.warmup, titles):
        report.console.print(_safe(f"warning: {line}"))
    _failures(result.failures)
    return not len(result.failures)


def _points(result: Sweep, judged: bool) -> Any:
    narrow = ["narrow enough"] if judged else []
    columns = [*result.keys, "warm-up", "days", "replications", *narrow]
    shown = report.grid("Points", "point", *map(_safe, columns))
    for row in report.records(result.points):
        reached = ["yes" if row["reached"] else "NO"] if judged else []
        values = [f"{row[key]}" for key in result.keys]
        numbers = [f"{row[key]}" for key in ("warmup", "days", "replications")]
        shown.add_row(str(row["point"]), *map(_safe, values), *numbers, *reached)
    return shown


def _differences(result: Sweep) -> Any:
    """Paired differences of the measures people ask for first, over all tiers."""
    table = result.differences
    whole = table[(table["group"] == "all") & (table["tier"] == "all")]
    known = set(whole["measure"])
    wanted = [name for name in SHOWN if name in known] or list(dict.fromkeys(whole["measure"]))
    shown = report.grid("Scenario minus baseline (shares: percentage points)", "measure", "point",
                        "baseline", "scenario", "difference", "95 % interval", "var. saved",
                        left=2)  # fmt: skip
    for measure in wanted:
        for number, row in enumerate(report.records(whole[whole["measure"] == measure])):
            name = _safe(report.worded(measure, row["unit"])) if number == 0 else ""
            _, *cells = report.difference_cells(row)
            shown.add_row(name, _safe(_named(result, row)), *cells)
    return shown


def _named(result: Sweep, row: dict[str, Any]) -> str:
    said = ", ".join(f"{key.rpartition('.')[2]} {row[key]}" for key in result.keys)
    return said or str(row["point"])


def _failures(failures: pd.DataFrame) -> None:
    for row in report.records(failures.head(MOST_LINES)):
        said = "failed ({kind}): point {point}, {arm}, replication {replication}, seed {seed}"
        report.console.print(_safe(f"{said.format(**row)}: {row['error']}"))
    if len(failures) > MOST_LINES:
        report.console.print(f"and {len(failures) - MOST_LINES} more, see failures.csv")


def expected(published: Published, quick: bool, workers: int | None) -> None:
    """Print what is played again and how long that will take."""
    runs = published.manifest["runs"]
    played = min(SAMPLE, runs) if quick else runs
    workers = min(workers or os.cpu_count() or 1, played)
    seconds = published.seconds / max(runs, 1) * played / workers
    report.console.print(_safe(published.question))
    report.console.print(f"{played} of {runs} runs on {workers} worker{'s' * (workers > 1)}: about "
                         f"{spell(seconds)} if a run takes as long as when published, and what "
                         "starting and compiling take")  # fmt: skip


def spell(seconds: float) -> str:
    """A time in words."""
    if seconds < MINUTE:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"


def reproduced(found: pd.DataFrame, quick: bool) -> bool:
    """Print whether everything is the same, or what is not; True if it is."""
    if not len(found):
        what = "the runs played again are" if quick else "every table is"
        report.console.print(f"identical: {what} the same, bit for bit")
        return True
    report.console.print(f"different: {len(found)} cells")
    for row in report.records(found.head(MOST_LINES)):
        said = "{table}: {where}: {column}: published {published}, again {again}"
        report.console.print(_safe(said.format(**row)), soft_wrap=True)
    if len(found) > MOST_LINES:
        report.console.print(f"and {len(found) - MOST_LINES} more")
    return False


def _safe(text: str) -> str:
    return text.replace("[", "\\[")
