"""`python -m experiments.benchmarks [--only PART …] [--quick] [--engine ENGINE]`.

Prints every figure as soon as it is measured and keeps the table in `results/benchmarks/`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from experiments.benchmarks import peers as peers  # before all that imports ours

# isort: split
from experiments.benchmarks import growth, provinces, race, sweeps, whole
from experiments.benchmarks.table import Line, keep, machine, show
from experiments.benchmarks.timing import Settings

RESULTS = Path(__file__).parents[2] / "results" / "benchmarks"
PARTS: dict[str, Callable[[Settings], list[Line]]] = {
    "network": race.lines,
    "model": whole.lines,
    "growth": growth.lines,
    "threads": growth.threads,
    "processes": sweeps.processes,
    "door": sweeps.door,
    "year": whole.year,
    "sweep": sweeps.sweep,
    "components": provinces.components,
    "province": provinces.lines,
    "provinces": provinces.whole,
}
BY_NAME = ("year", "sweep", "components", "province", "provinces")  # they take minutes
RUNS, QUICK_RUNS = 5, 2


def asked() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="python -m experiments.benchmarks")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="short runs; the table is not kept")
    parser.add_argument("--engine", default="compiled", help="engine to measure")
    parser.add_argument("--runs", type=int, default=0, help="of which the median is taken")
    return parser.parse_args()


def main() -> None:
    """Measure what was asked for, print it and keep it."""
    given = asked()
    runs = given.runs or (QUICK_RUNS if given.quick else RUNS)
    settings = Settings(given.engine, runs, given.quick)
    print("\n".join(machine()))
    found = []
    for part in given.only or [part for part in PARTS if part not in BY_NAME]:
        for line in PARTS[part](settings):
            show(line)
            found.append(line)
    if not given.quick:
        keep(found, f"{settings.engine} engine, medians of up to {settings.runs} runs", RESULTS)


if __name__ == "__main__":
    main()
