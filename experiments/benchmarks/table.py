"""Lines of a benchmark, the machine they were measured on, and the table that is kept."""

from __future__ import annotations

import csv
import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("numpy", "numba", "simpy", "cimba", "mesa")
CPU_INFO = Path("/proc/cpuinfo")


class Line(NamedTuple):
    """One measured figure, and the goal it has to meet, if any."""

    part: str
    measured: str
    value: float
    unit: str
    goal: str = ""
    met: str = ""  # yes, no, or empty where there is no goal


def at_least(part: str, measured: str, value: float, unit: str, goal: float) -> Line:
    """A figure that should be large."""
    return Line(part, measured, value, unit, f">= {goal:g}", _answer(value >= goal))


def at_most(part: str, measured: str, value: float, unit: str, goal: float) -> Line:
    """A figure that should be small."""
    return Line(part, measured, value, unit, f"<= {goal:g}", _answer(value <= goal))


def _answer(met: bool) -> str:
    return "yes" if met else "no"


def machine() -> list[str]:
    """Date, processor, cores and versions, a sentence each."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return [
        f"date {datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        f"processor {models[0] if models else platform.processor()}, {os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def number(value: float) -> str:
    """Three digits, or whole with thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cells(line: Line) -> tuple[str, ...]:
    """The words of a line."""
    return (line.part, line.measured, number(line.value), line.unit, line.goal, line.met)


def show(line: Line) -> None:
    """Print a line as soon as it is known."""
    part, measured, value, unit, goal, met = cells(line)
    print(f"{part:9} {measured:66} {value:>12} {unit:12} {goal:18} {met}", flush=True)


def keep(lines: list[Line], settings: str, folder: Path) -> None:
    """Write `latest.md` and `latest.csv`; parts not measured now keep their lines."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "latest.csv"
    now = {line.part for line in lines}
    stamp = f"{'; '.join(machine())}; {settings}"
    rows = [(*line, stamp) for line in lines]
    rows = [row for row in _kept(table) if row[0] not in now] + rows
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([(*Line._fields, "how"), *rows])
    (folder / "latest.md").write_text(_markdown(rows), encoding="utf-8")


def _kept(table: Path) -> list[tuple[str, ...]]:
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def _markdown(rows: list[tuple]) -> str:
    """One table for each machine, date and setting."""
    text = ["# Benchmarks: latest table", "", "Written by `python -m experiments.benchmarks`."]
    for how in dict.fromkeys(row[-1] for row in rows):
        text += ["", f"{how}.", "", f"| {' | '.join(Line._fields)} |", "|---|---|--:|---|---|---|"]
        for row in rows:
            if row[-1] == how:
                line = Line(*row[:2], float(row[2]), *row[3:-1])
                text.append(f"| {' | '.join(cells(line))} |")
    return "\n".join(text) + "\n"
