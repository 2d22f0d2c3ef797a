"""Parts `growth` and `threads`: ten times as much, and a second core, each in its own process."""

from __future__ import annotations

from experiments.benchmarks import worlds
from experiments.benchmarks.table import Line, at_least, at_most
from experiments.benchmarks.timing import Settings, child, children

TIMES = worlds.MOST_TIMES
WHAT = {"county": "residents and capacities of a county", "network": "facilities of the network"}
RUNS = 3


def lines(settings: Settings) -> list[Line]:
    """Time and memory of ten times the residents, and of ten times the facilities."""
    return [
        *_grown("county", settings.days(28, 3), settings),
        *_grown("network", settings.days(56, 3), settings),
    ]


def _grown(kind: str, days: int, settings: Settings) -> list[Line]:
    engine, runs = settings.engine, min(RUNS, settings.runs)
    empty = child(kind, 1, 0, engine, 1)["mebibytes"]
    once = children(runs, kind, 1, days, engine, 1)
    more = children(runs, kind, TIMES, days, engine, 1)
    time_ratio = more["processor_seconds"] / once["processor_seconds"]
    held = [max(1.0, found["mebibytes"] - empty) for found in (once, more)]
    words = f"{TIMES} x {WHAT[kind]}"
    return [
        Line("growth", f"1 x {WHAT[kind]}, {days} days", once["processor_seconds"], "s"),
        Line("growth", f"{words}, {days} days", more["processor_seconds"], "s"),
        at_most("growth", f"{words}: time", time_ratio, "ratio", 11),
        Line("growth", f"{words}: visits", more["visits"] / once["visits"], "ratio"),
        Line("growth", f"1 x {WHAT[kind]}: peak memory", once["mebibytes"], "MiB"),
        Line("growth", f"{words}: peak memory", more["mebibytes"], "MiB"),
        at_most(
            "growth", f"{words}: peak memory", more["mebibytes"] / once["mebibytes"], "ratio", 10
        ),
        at_most("growth", f"{words}: without an idle process's", held[1] / held[0], "ratio", 10),
    ]


def threads(settings: Settings) -> list[Line]:
    """The largest world with one and with two threads."""
    days, runs = settings.days(14, 2), min(RUNS, settings.runs)
    seconds = [
        children(runs, "county", TIMES, days, settings.engine, count)["seconds"] for count in (1, 2)
    ]
    words = f"county with {TIMES} x residents, {days} days"
    return [
        Line("threads", f"{words}, 1 thread", seconds[0], "s"),
        Line("threads", f"{words}, 2 threads", seconds[1], "s"),
        at_least("threads", f"{words}: second core", seconds[0] / seconds[1], "ratio", 1.7),
    ]
