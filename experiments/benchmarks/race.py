"""Part `network`: one workload, many tools, and whether they agree on mean waits."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
from scipy import stats

from experiments.benchmarks import network
from experiments.benchmarks.network import TIERS, Site
from experiments.benchmarks.peers import simpy_callbacks, simpy_processes
from experiments.benchmarks.rows import waits
from experiments.benchmarks.table import Line, at_least
from experiments.benchmarks.timing import Job, Settings, arrived, medians, played, rates, warmed
from sim.arithmetic import TICKS_PER_MINUTE
from sim.world import World

cimba_network: ModuleType | None
try:
    from experiments.benchmarks.peers import cimba_network
except ModuleNotFoundError:
    cimba_network = None

PART = "network"
WARMUP = 2  # days; those sent down come a day later
AGREE = 0.001  # chance of a false alarm in all comparisons together
REFERENCE_RUNS = 3
OURS = "this project, {} engine"
IDIOMATIC, TUNED = "SimPy, a process per patient", "SimPy, callbacks, two events a visit"
PATIENTS, DOCTORS = "cimba, a process per patient", "cimba, a process per doctor"
Tool = Callable[[int, int], np.ndarray]  # days, seed -> rows


def peers(sites: list[Site]) -> dict[str, Tool]:
    """Other tools by name, ready to be timed; cimba only where it is installed."""
    found: dict[str, Tool] = {
        IDIOMATIC: lambda days, seed: simpy_processes.visits(sites, days, seed),
        TUNED: lambda days, seed: simpy_callbacks.visits(sites, days, seed),
    }
    if cimba_network is not None:
        found[PATIENTS] = cimba_network.Runner(cimba_network.halls(sites))
        found[DOCTORS] = cimba_network.Runner(cimba_network.desks(sites))
    return found


def own_rows(world: World, days: int, seed: int, engine: str) -> np.ndarray:
    """Rows of all visits that began, as the peers keep them, from our log of events."""
    visits = played(world, days, seed, engine, log="memory").visits
    began = visits["start"] >= 0
    times = [visits[name][began] / TICKS_PER_MINUTE for name in ("arrival", "start", "end")]
    return np.column_stack([visits["facility"][began], visits["visit_class"][began], *times])


def lines(settings: Settings) -> list[Line]:
    """Visits per second of every tool, ratios, and the agreement on mean waits."""
    sites, engine = network.sites(), settings.engine
    world = warmed(network.world(sites), engine)
    ours = OURS.format(engine)
    means: dict[str, list[np.ndarray]] = {}
    jobs = {
        name: _peer(tool, days, sites, means.setdefault(name, []))
        for (name, tool), days in zip(peers(sites).items(), peer_days(settings), strict=False)
    }
    jobs[ours] = own(world, engine, settings)
    if engine != "reference":
        jobs[OURS.format("reference")] = own(world, "reference", settings)
    speed = medians(rates(jobs, settings))
    means[ours] = own_means(world, sites, engine)
    found = [Line(PART, name, value, "visits/s") for name, value in speed.items()]
    return found + ratios(speed, ours) + agreement(means, ours)


def peer_days(settings: Settings) -> tuple[int, ...]:
    """Days that each peer plays: a second or more, and past the warm-up of the waits."""
    return tuple(settings.days(usual, WARMUP + 1) for usual in (5, 10, 20, 20))


def _peer(tool: Tool, days: int, sites: list[Site], means: list[np.ndarray]) -> Job:
    def look(rows: np.ndarray) -> None:
        means.append(waits(np.asarray(rows), sites, WARMUP, days))

    return Job(lambda seed: tool(days, seed), len, look)


def own(world: World, engine: str, settings: Settings) -> Job:
    """Our engine on the workload, visits counted into aggregates."""
    if engine == "reference":
        return Job(lambda seed: played(world, 2, seed, engine), arrived, most_runs=REFERENCE_RUNS)
    days = settings.days(200, 40)
    return Job(lambda seed: played(world, days, seed, engine), arrived)


def own_means(world: World, sites: list[Site], engine: str) -> list[np.ndarray]:
    """Mean waits by tier of some runs of ours."""
    days, count = (WARMUP + 1, 2) if engine == "reference" else (20, 10)
    found = (own_rows(world, days, seed, engine) for seed in range(1, count + 1))
    return [waits(rows, sites, WARMUP, days) for rows in found]


def ratios(speed: dict[str, float], ours: str) -> list[Line]:
    """Our engine against each peer, with the goals."""
    mine = speed[ours]
    found = [at_least(PART, f"{ours} / {IDIOMATIC}", mine / speed[IDIOMATIC], "ratio", 100)]
    found.append(Line(PART, f"{ours} / {TUNED}", mine / speed[TUNED], "ratio"))
    for name in (PATIENTS, DOCTORS):
        if name in speed:
            found.append(at_least(PART, f"{ours} / {name}", mine / speed[name], "ratio", 12))
    return found


def agreement(means: dict[str, list[np.ndarray]], ours: str) -> list[Line]:
    """Mean waits of every peer beside ours, and whether they differ by more than chance.

    Welch's t over runs, Bonferroni over all comparisons.
    """
    mine, found = np.array(means[ours]), []
    others = [name for name in means if name != ours]
    least = AGREE / (len(others) * len(TIERS))
    for tier, word in enumerate(TIERS):
        found.append(_mean(f"mean wait, {word}: {ours}", mine[:, tier]))
        for name in others:
            theirs = np.array(means[name])[:, tier]
            p = stats.ttest_ind(theirs, mine[:, tier], equal_var=False).pvalue
            line = _mean(f"mean wait, {word}: {name}", theirs)
            met = "yes" if p >= least else "no"
            found.append(line._replace(goal=f"p {p:.2g} >= {least:.2g}", met=met))
    return found


def _mean(what: str, each: np.ndarray) -> Line:
    """A mean over runs with the half-width of its 95 % interval."""
    half = stats.sem(each) * stats.t.ppf(0.975, len(each) - 1)
    return Line(PART, what, each.mean(), f"min ± {half:.2g}")
