"""What do `sim sweep`, `sim publish` and `sim reproduce` print?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim import report
from sim.sweeping import chosen, warmup
from sim.sweeping.asked import ALL, BASELINE, Checked, Experiment
from sim.sweeping.result import Published, Sweep
from sim.sweeping.trial import Trial

MOST_LINES = 20
LONGEST_TITLE = 20  # letters of a point in a table
MOST_ROWS = 60  # of differences; the rest is in the file
MINUTE, HOUR = 60, 3600


def planned(found: Checked) -> None:
    """Print the question and how many runs answer it."""
    asked, arms = found.replications, 1 if found.against is None else 2
    many = f"{asked.fixed}" if asked.fixed else f"{asked.first} to {asked.most}"
    report.console.print(_safe(found.experiment.question))
    points = f"{len(found.cases)} point{'s' * (len(found.cases) != 1)}"
    report.console.print(f"{points}, {many} replications, {arms} arm{'s' * (arms > 1)}")


def swept(result: Sweep, asked: Checked) -> bool:
    """Print points, the differences that the experiment asks for, and failures; True if none.

    asked: the experiment; whether intervals got narrow is told where it asks for that.
    """
    short = chosen.shortened(result.keys)
    titles = chosen.titles(result.points, result.keys, LONGEST_TITLE)
    report.console.print("", _points(result, short, judged=bool(asked.replications.until)), "")
    if BASELINE in set(result.part_column("runs", "arm")):
        _print_differences(result, asked.experiment, titles)
    for line in warmup.warnings(result.warmup, titles):
        report.console.print(_safe(f"warning: {line}"))
    _failures(result.failures)
    return not len(result.failures)


def _points(result: Sweep, short: Mapping[str, str], judged: bool) -> Any:
    narrow = ["narrow enough"] if judged else []
    columns = [*short.values(), "warm-up", "days", "replications", *narrow]
    shown = report.grid("Points", "point", *map(_safe, columns))
    for row in report.records(result.points):
        reached = ["yes" if row["reached"] else "NO"] if judged else []
        values = [chosen.value(row[key]) for key in short]
        numbers = [f"{row[key]}" for key in ("warmup", "days", "replications")]
        shown.add_row(str(row["point"]), *map(_safe, values), *numbers, *reached)
    return shown


def _print_differences(result: Sweep, asked: Experiment, titles: Mapping[int, str]) -> None:
    """Paired differences of what the experiment asks for, as many measures as a screen takes."""
    table = result.differences[result.differences["group"] == ALL]
    cells = chosen.cells(asked, table)
    shown = report.grid("Scenario minus baseline (shares: percentage points)", "measure", "point",
                        "baseline", "scenario", "difference", "95 % interval", "saved",
                        left=2)  # fmt: skip
    told = max(1, MOST_ROWS // max(len(result.points), 1))
    for measure, tier in cells[:told]:
        rows = table[(table["measure"] == measure) & (table["tier"] == tier)]
        for number, row in enumerate(report.records(rows)):
            name = report.worded(measure, row["unit"]) + ("" if tier == ALL else f", {tier}")
            _, *rest = report.difference_cells(row)
            point = _safe(titles[row["point"]])
            shown.add_row(_safe(name) if number == 0 else "", point, *rest)
    report.console.print(shown)
    if len(cells) > told:
        left = ", ".join(dict.fromkeys(measure for measure, _ in cells[told:]))
        report.console.print(f"in differences.csv: {left} and all else that was kept")
    report.console.print("")


def _failures(failures: pd.DataFrame) -> None:
    for row in report.records(failures.head(MOST_LINES)):
        said = "failed ({kind}): point {point}, {arm}, replication {replication}, seed {seed}"
        report.console.print(_safe(f"{said.format(**row)}: {row['error']}"))
    if len(failures) > MOST_LINES:
        report.console.print(f"and {len(failures) - MOST_LINES} more, see failures.csv")


def expected(published: Published, trial: Trial) -> None:
    """Print what is played again and how long that will take, by one run that was played first."""
    runs = published.manifest["runs"]
    plural = "s" * (trial.workers > 1)
    report.console.print(_safe(published.question))
    report.console.print(f"{trial.runs} of {runs} runs on {trial.workers} worker{plural}: about "
                         f"{spell(trial.expected)} from now")  # fmt: skip
    when = published.manifest["machine"].get("run_seconds")
    report.console.print(f"(one played first: {spell(trial.starting)} until a worker was ready, "
                         f"{spell(trial.making)} to make its world, {spell(trial.playing)} to play"
                         f"{f'; {spell(when)} when published' if when else ''})")  # fmt: skip


class Clock:
    """Prints at the end how long it took."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def tell(self) -> None:
        """Print the time since then."""
        report.console.print(f"took {spell(time.monotonic() - self.started)}")


def spell(seconds: float) -> str:
    """A time in words."""
    if seconds < MINUTE:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / MINUTE:.1f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"


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
