"""One run in a process of its own: seconds, visits and peak memory, printed as JSON.

`python -m experiments.benchmarks.child county|network|hunan|… TIMES DAYS ENGINE THREADS`; 0 days
stop after compiling, which tells the memory of an empty process. `child scenario hunan DAYS ENGINE
THREADS` runs the scenario of a province as a user does, from reading the file to its measures.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import sim
from experiments.benchmarks import worlds
from experiments.benchmarks.timing import arrived, played, warmed

KIB_A_MIB = 1024


def measured(kind: str, times: int, days: int, engine: str, threads: int) -> dict[str, float]:
    """Play and measure, without the time of building and compiling."""
    if not days:
        warmed(worlds.of(kind, 1), engine, threads)
        return {"mebibytes": peak()}
    world = warmed(worlds.of(kind, times), engine, threads)
    wall, processor = time.perf_counter(), time.process_time()
    visits = arrived(played(world, days, 1, engine, threads))
    return {
        "seconds": time.perf_counter() - wall,
        "processor_seconds": time.process_time() - processor,
        "visits": visits,
        "mebibytes": peak(),
    }


def as_asked(province: str, days: int, engine: str, threads: int) -> dict[str, float]:
    """Run the scenario of a province, so many measured days."""
    wall = time.perf_counter()
    scenario = worlds.baseline(province)
    found = sim.run(scenario, days=days, engine=engine, threads=threads, events=None)
    assert len(found.measures)
    return {
        "seconds": time.perf_counter() - wall, "visits": arrived(found.events), "mebibytes": peak(),
    }  # fmt: skip


def peak() -> float:
    """Most memory that this process has held [MiB].

    Of Linux's own account: `ru_maxrss` begins with what the parent held when it forked.
    """
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / KIB_A_MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_A_MIB


if __name__ == "__main__":
    kind, times, days, engine, threads = sys.argv[1:]
    if kind == "scenario":
        found = as_asked(times, int(days), engine, int(threads))
    else:
        found = measured(kind, int(times), int(days), engine, int(threads))
    print(json.dumps(found))
