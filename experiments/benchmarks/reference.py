"""How fast is the reference engine, beside a SimPy process per patient on the same queue?

`python experiments/benchmarks/reference.py` prints visits per second of processor time, medians of
several runs in one process, and their ratio: the same M/M/c queue in idiomatic SimPy and on the
reference engine, then the whole model of a real county.
"""

from __future__ import annotations

import random  # noqa: TID251  the peer draws as its users do
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import simpy

from sim import geography
from sim.arithmetic import MINUTES_PER_DAY
from sim.engine import play, warm
from sim.scenario import load

ROOT = Path(__file__).parents[2]
RUNS = 5
QUEUE = ROOT / "scenarios" / "verification" / "mmc.yaml"
COUNTY, COUNTY_DAYS = "阳新县", 4
QUEUE_DAYS = 60


def idiomatic(arrivals: float, service: float, servers: int, seed: int) -> int:
    """Visits of an M/M/c queue with one SimPy process per patient."""
    luck, env, seen = random.Random(seed), simpy.Environment(), []
    doctors = simpy.Resource(env, servers)

    def patient() -> Iterator[simpy.Event]:
        arrival = env.now
        with doctors.request() as turn:
            yield turn
            start = env.now
            yield env.timeout(luck.expovariate(1 / service))
        seen.append((arrival, start, env.now))

    def source() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(luck.expovariate(arrivals))
            env.process(patient())

    env.process(source())
    env.run(until=QUEUE_DAYS * MINUTES_PER_DAY)
    return len(seen)


def rate(job: Callable[[int], int]) -> float:
    """Median visits per second of processor time over several runs."""
    found = []
    for seed in range(RUNS):
        began = time.process_time()
        visits = job(seed)
        found.append(visits / (time.process_time() - began))
    return statistics.median(found)


def main() -> None:
    """Print the table."""
    scenario = load(QUEUE)
    theory, timeline = dict(scenario.theory), scenario.timeline()
    county = geography.county_world(COUNTY, date(2022, 3, 7).toordinal())
    warm(county)
    warm(timeline[0][1])
    plain = rate(
        lambda s: idiomatic(theory["arrivals"], theory["service"], theory["servers"], s)
    )
    queue = rate(lambda s: len(play(timeline, s, QUEUE_DAYS).visits["visit"]))
    whole = rate(lambda s: len(play([(0, county)], s, COUNTY_DAYS).visits["visit"]))
    print(f"{'':34}{'visits/s':>10}{'ratio':>8}")
    for name, found in (
        ("SimPy, a process per patient, M/M/c", plain),
        ("reference engine, the same queue", queue),
        ("reference engine, whole model", whole),
    ):
        print(f"{name:36}{found:8,.0f}{found / plain:8.2f}")
    print(f"NumPy {np.__version__}, SimPy {simpy.__version__}; medians of {RUNS} runs")


if __name__ == "__main__":
    main()
