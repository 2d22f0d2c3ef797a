"""What does `sim validate` print, and where does it put its result?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from sim import plots, report, store
from sim.validation.picture import beside_facts
from sim.validation.result import (
    INPUT,
    MODEL,
    NOT_ANSWERED,
    PER_CENT,
    SHOWN,
    Validation,
    closeness,
    records,
    words_of,
)

TITLES = {MODEL: "What runs answer", INPUT: "What the model takes in"}
PICTURE = "validation.png"
RIGHT = ("fact", "model", "relative")


def listing(table: pd.DataFrame) -> None:
    """Print the mapping: which measure of which place answers each fact, or why none does."""
    for row in records(table):
        told = (row["quantity"], row["tier"], row["place"], row["year"])
        lines = [f"{row['id']}  {', '.join(word for word in told if word.strip('-'))}"]
        by = f": {row['measure']} of {row['of']}" if row["measure"] else ""
        lines += [f"    {row['answer']}{by}", f"    {row['note']}" if row["note"] else ""]
        report.console.print(*(report.literal(line) for line in lines if line), sep="\n")
    number = table["answer"].value_counts()
    report.console.print("", ", ".join(f"{number[kind]} {kind}" for kind in number.index), sep="\n")


def answered(found: Validation) -> None:
    """Print facts beside the model, how near they are by use, and why others are not answered."""
    for kind, title in TITLES.items():
        part = found.table[found.table["answer"] == kind]
        if len(part):
            report.console.print(_facts(title, part), "")
    _left_out(found.table)
    near = report.grid("How near, by use in fitting", "used", "facts", "median off", "within 5 %",
                       "within 10 %")  # fmt: skip
    for use, number, off, five, ten in closeness(found.table):
        near.add_row(use, str(number), f"{PER_CENT * off:.1f} %", str(five), str(ten))
    report.console.print(near, "", found.counts, sep="\n")


def _facts(title: str, part: pd.DataFrame) -> report.Table:
    shown = report.grid(title, *SHOWN, left=len(SHOWN))
    for column in shown.columns:
        column.justify = "right" if column.header in RIGHT else "left"
    for row in records(part):
        shown.add_row(*map(report.literal, words_of(row)))
    return shown


def _left_out(table: pd.DataFrame) -> None:
    left = table[table["answer"] == NOT_ANSWERED]
    if not len(left):
        return
    shown = report.grid("Not answered, and why", "reason", "facts", left=2)
    for reason, rows in left.groupby("note", sort=False):
        shown.add_row(report.literal(str(reason)), " ".join(rows["id"]))
    report.console.print(shown, "")


def kept(found: Validation, folder: Path, say: Callable[[str], object]) -> None:
    """Write the result and its picture, and say where."""
    found.save(folder)
    days = sorted({f"{row.days} days" for row in found.played.itertuples()})
    source = f"{found.title}; {found.counts}; measured {', '.join(days) or 'nothing'}"
    try:
        say(f"picture {plots.save(beside_facts(found.table, source), folder / PICTURE)}")
    except OSError as error:
        raise store.ResultError(f"{folder} cannot be written: {error.strerror}") from error
    say(f"written to {folder}/")
