"""Parts `province`, `components` and `provinces`: every resident of a province, an agent each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from experiments.benchmarks import worlds
from experiments.benchmarks.table import Line, at_least, at_most
from experiments.benchmarks.timing import Settings, arrived, child, children, played, warmed
from sim import behaviour, layers
from sim.engine import compiled
from sim.engine.compiled import morning
from sim.engine.keeper import Keeper
from sim.world import World

RUNS = 3
NANOSECONDS = 1e9
DAYS_A_YEAR = 365
MINUTES, GIBIBYTES, MIB_A_GIB = 10, 8, 1024
SECONDS_A_MINUTE = 60
WORKED_BY = {  # what is timed, and its budget in performance.md [ns per visit]
    "finding needs": (layers, "find_needs", "65"),
    "calendar": (morning, "meet_day", "60-80"),
    "opening episodes, decisions": (morning, "begin_day", "400-650"),
    "decisions after a visit": (morning, "decide_all", ""),
    "facilities: queues, draws, rows": (compiled, "play_facilities", "410-710"),
    "results remembered": (behaviour, "learn", "60-120"),
    "counting": (Keeper, "rows", "75-150"),
}


def lines(settings: Settings) -> list[Line]:
    """A province for some days on one and on two threads, beside a county of it."""
    runs, days = min(RUNS, settings.runs), settings.days(28, 3)
    name = worlds.PROVINCE
    one, two = (children(runs, name, 1, days, settings.engine, n) for n in (1, 2))
    county = children(runs, "county", 1, 4 * days, settings.engine, 1)
    each, alone = (found["processor_seconds"] / found["visits"] for found in (one, county))
    gain = one["seconds"] / two["seconds"]
    words = f"every resident of {name}, {days} days"
    return [
        Line("province", f"{words}: visits", one["visits"], "visits"),
        Line("province", f"{words}, 1 thread", one["seconds"], "s"),
        Line("province", f"{words}, 2 threads", two["seconds"], "s"),
        at_least("province", f"{words}: second core", gain, "ratio", 1.7),
        at_most("province", f"{words}: a visit / one of a county", each / alone, "ratio", 1.1),
        Line("province", f"{words}, 2 threads: peak memory", two["mebibytes"], "MiB"),
    ]


def whole(settings: Settings) -> list[Line]:
    """All four provinces as their scenarios say, a year after the warm-up, on two threads."""
    found = []
    for name in worlds.PROVINCES if not settings.quick else (worlds.PROVINCE,):
        run = child("scenario", name, settings.days(DAYS_A_YEAR, 2), settings.engine, 2)
        words = f"{name}: a year after the warm-up, {run['visits']:,.0f} visits"
        minutes, memory = run["seconds"] / SECONDS_A_MINUTE, run["mebibytes"] / MIB_A_GIB
        found += [
            at_most("provinces", words, minutes, "min", MINUTES),
            at_most("provinces", f"{name}: peak memory", memory, "GiB", GIBIBYTES),
        ]
    return found


def components(settings: Settings) -> list[Line]:
    """Where the time of a visit goes, on one thread, beside its budget."""
    found = []
    for name, days in (("county", settings.days(56, 7)), (worlds.PROVINCE, settings.days(14, 2))):
        world = warmed(worlds.of(name, 1), settings.engine)
        spent, visits = _profile(world, days, settings.engine)
        per_visit = NANOSECONDS / visits
        found += [
            Line("components", f"{name}: {part}", seconds * per_visit, "ns/visit", budget)
            for part, (seconds, budget) in spent.items()
        ]
    return found


def _profile(
    world: World, days: int, engine: str
) -> tuple[dict[str, tuple[float, str]], int]:
    """Processor seconds of each component and of all, and the visits."""
    spent = dict.fromkeys(WORKED_BY, 0.0)
    with ExitStack() as stack:
        for part, (owner, name, _) in WORKED_BY.items():
            stack.enter_context(_timed(owner, name, spent, part))
        began = time.process_time()
        visits = arrived(played(world, days, 1, engine))
        total = time.process_time() - began
    table = {part: (spent[part], budget) for part, (_, _, budget) in WORKED_BY.items()}
    table["residents, midnight, the rest"] = (total - sum(spent.values()), "")
    return table | {"all": (total, "1,000-1,700")}, visits


@contextmanager
def _timed(
    owner: ModuleType | type, name: str, spent: dict[str, float], part: str
) -> Iterator[None]:
    """Add up the processor time of a function while the block runs."""
    function: Callable[..., Any] = getattr(owner, name)

    def clocked(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return function(*given, **named)
        finally:
            spent[part] += time.process_time() - began

    setattr(owner, name, clocked)
    try:
        yield
    finally:
        setattr(owner, name, function)
