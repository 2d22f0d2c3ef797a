"""Parts `processes`, `sweep` and `door`: many runs, and the first seconds of a user."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time

from experiments.benchmarks import worlds
from experiments.benchmarks.child import KIB_A_MIB, peak
from experiments.benchmarks.network import SCENARIO
from experiments.benchmarks.table import Line, at_least, at_most
from experiments.benchmarks.timing import Settings, played, warmed
from experiments.benchmarks.whole import yangxin
from sim.experiment import compare
from sim.scenario import Scenario, load

BASELINE = SCENARIO.with_name("county_baseline.yaml")
POLICY = "telemedicine"
FOUR_WEEKS = 28
RUNS_OF_SWEEP = 200


def small_county(days: int, warmup: int = 0) -> tuple[Scenario, Scenario]:
    """A small county as it is, and with a policy."""
    as_it_is = load(BASELINE).with_value("world.county", worlds.SMALL_COUNTY)
    as_it_is = as_it_is.with_value("days", days).with_value("warmup", warmup)
    return as_it_is, as_it_is.having(POLICY, coverage=0.5)


def seconds_of(runs: int, days: int, engine: str, workers: int) -> float:
    """Time of a comparison with so many runs of a small county."""
    began = time.perf_counter()
    arms = small_county(days)
    found = compare(*arms, replications=runs // 2, engine=engine, workers=workers)
    if len(found.failures):
        raise RuntimeError(f"{len(found.failures)} runs failed")
    return time.perf_counter() - began


def processes(settings: Settings) -> list[Line]:
    """A small comparison with one and with two worker processes, medians of turns."""
    days, runs = settings.days(FOUR_WEEKS, 2), settings.days(40, 4)
    seconds_of(4, 1, settings.engine, 2)
    turns = [
        [seconds_of(runs, days, settings.engine, workers) for workers in (1, 2)]
        for _ in range(settings.runs)
    ]
    one, two = map(statistics.median, zip(*turns, strict=True))
    words = f"{runs} runs of a small county, {days} days"
    return [
        Line("processes", f"{words}, 1 worker", one, "s"),
        Line("processes", f"{words}, 2 workers", two, "s"),
        at_least("processes", f"{words}: second core", one / two, "ratio", 1.9),
    ]


def sweep(settings: Settings) -> list[Line]:
    """Two hundred runs of a small county on all cores; memory after few and after all."""
    days, runs = settings.days(FOUR_WEEKS, 2), settings.days(RUNS_OF_SWEEP, 8)
    seconds_of(runs // 4, days, settings.engine, 2)
    few = _held()
    seconds = seconds_of(runs, days, settings.engine, 2)
    return [
        at_most("sweep", f"{runs} runs of a small county, {days} days", seconds, "s", 120),
        at_most(
            "sweep", "peak memory after all runs / after a quarter", _held() / few, "ratio", 1.1
        ),
    ]


def _held() -> float:
    """Most memory held by this process and by its largest worker [MiB]."""
    return peak() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_A_MIB


def door(settings: Settings) -> list[Line]:
    """Seconds until help is shown, and of four weeks of a county after the first call."""
    help_times = [_seconds_of_help() for _ in range(settings.runs)]
    world = warmed(yangxin(), settings.engine, 2)
    days = settings.days(FOUR_WEEKS, 2)
    runs = 1 if settings.engine == "reference" else settings.runs
    weeks = [_seconds_of_weeks(world, days, settings.engine, seed) for seed in range(runs)]
    words = f"one county, {days} days, after the first call, 2 threads"
    return [
        at_most("door", "sim --help", statistics.median(help_times), "s", 0.5),
        at_most("door", words, statistics.median(weeks), "s", 1),
    ]


def _seconds_of_help() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "sim.cli", "--help"]
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def _seconds_of_weeks(world, days: int, engine: str, seed: int) -> float:
    began = time.perf_counter()
    played(world, days, seed, engine, threads=2)
    return time.perf_counter() - began
