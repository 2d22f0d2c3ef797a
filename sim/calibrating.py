"""How is a calibration run, from a scenario to the folder of its results?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import calibrated
from sim.calibration import Fit, Free, Search, Simulations, fit, free
from sim.calibration_targets import fitted, targets
from sim.scenario import Scenario

Progress = Callable[[int, int], None]
RUNS = "runs"
SEEDS = 3  # seeds at the end that show how much is luck


def calibrate(
    scenario: Scenario, rounds: int, workers: int | None, folder: Path, progress: Progress,
    words: str = "",
) -> dict[str, pd.DataFrame]:
    """Fit the free scalars of a national scenario and write what came out; gives the tables.

    Every simulation is kept in `folder/runs` under its content hash, so that a calibration that was
    stopped goes on where it was. workers: processes, one per processor if not given.
    """
    started, scalars = time.time(), free()
    most = expected(rounds, len(scalars))
    simulate = Simulations(
        scenario, scenario.seed, folder / RUNS, workers or os.cpu_count() or 1,
        lambda done: progress(done, max(most, done)),
    )
    found = fit(Search(simulate, scalars, fitted()), simulate, rounds)
    luck = luck_of(simulate, scalars, found)
    world = scenario.world()
    told = {
        "kind": "calibration", "title": scenario.title, "command": words,
        "residents": int(world.places.population.sum()), "counties": len(world.names.counties),
        "county_codes": world.names.county_codes, "start": scenario.start,
        "warmup": scenario.warmup, "days": scenario.days, "seed": scenario.seed,
        "rounds": found.rounds, "simulations": simulate.played,
        "seconds": round(time.time() - started), "scenario": scenario.resolved(),
    }  # fmt: skip
    return calibrated.write(folder, found, scalars, luck, told)


def expected(rounds: int, scalars: int) -> int:
    """Simulations asked for at most: a value and a Jacobian a round, one more, and the seeds."""
    return rounds * (scalars + 2) + scalars + 3 + SEEDS


def luck_of(simulate: Simulations, scalars: list[Free], found: Fit) -> dict[str, float]:
    """Standard deviation of every answer between seeds at the fitted values."""
    point = {each.name: float(v) for each, v in zip(scalars, found.value, strict=True)}
    each_seed = [simulate([point], simulate.seed + k)[0] for k in range(SEEDS)]
    return {
        aim.name: float(np.std([answers[aim.name] for answers in each_seed], ddof=1))
        for aim in targets()
    }


def command(given: Mapping[str, Any], quick: bool = False) -> str:
    """The command that asks the same again."""
    options = {"world.nation": "world"}
    said = (f"--{options.get(key, key)} {value}" for key, value in given.items())
    return " ".join(["sim calibrate", *(["--quick"] if quick else []), *said])
