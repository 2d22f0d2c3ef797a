"""Parts `model` and `year`: the whole model of a real county, and both engines on it."""

from __future__ import annotations

import time

from experiments.benchmarks import worlds
from experiments.benchmarks.table import Line, at_least, at_most
from experiments.benchmarks.timing import Job, Settings, arrived, medians, played, rates, warmed
from sim import geography
from sim.scenario import FIRST_MONDAY
from sim.world import World

DAYS_A_YEAR = 365
REFERENCE_RUNS = 3
COMPILED, REFERENCE = "compiled", "reference"


def yangxin() -> World:
    """The county of the demonstration, as it is."""
    return geography.county_world(worlds.COUNTY, FIRST_MONDAY.toordinal())


def lines(settings: Settings) -> list[Line]:
    """Visits per second of both engines on the same days and seeds, and seconds a year."""
    engine, world = settings.engine, yangxin()
    warmed(world, REFERENCE)
    days, month = settings.days(7, 2), settings.days(28, 7)
    jobs = {REFERENCE: _job(world, days, REFERENCE, REFERENCE_RUNS)}
    if engine != REFERENCE:
        warmed(world, engine)
        jobs[engine] = _job(world, days, engine)
        jobs["month"] = _job(world, month, engine)
    speed = medians(rates(jobs, settings))
    found = [at_least("model", "reference engine, one core", speed[REFERENCE], "visits/s", 4000)]
    if engine != REFERENCE:
        of = f"{engine} engine, one core, {days} days"
        found.append(Line("model", of, speed[engine], "visits/s"))
        ratio = speed[engine] / speed[REFERENCE]
        found.append(at_least("model", f"{engine} / reference", ratio, "ratio", 100))
        found.append(_extrapolated(world, month, speed["month"], engine))
    return found


def _job(world: World, days: int, engine: str, most: int = 100) -> Job:
    return Job(lambda seed: played(world, days, seed, engine), arrived, most_runs=most)


def _extrapolated(world: World, days: int, speed: float, engine: str) -> Line:
    visits = arrived(played(world, days, 1, engine)) / days * DAYS_A_YEAR
    words = f"{engine} engine, one core, a year extrapolated from {days} days"
    return at_most("model", words, visits / speed, "s", 15)


def year(settings: Settings) -> list[Line]:
    """A whole year of the county on one core, measured."""
    world = warmed(yangxin(), settings.engine)
    began = time.process_time()
    visits = arrived(played(world, DAYS_A_YEAR, 1, settings.engine))
    seconds = time.process_time() - began
    words = f"{settings.engine} engine, one core, a year"
    return [
        at_most("year", f"{words} of {visits:,} visits", seconds, "s", 15),
        Line("year", words, visits / seconds, "visits/s"),
    ]
