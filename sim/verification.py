"""Does the engine agree with textbooks? Scenarios with a `theory`, played and set beside it.

Each scenario is played REPLICATIONS times with luck of its own; its intervals are t over these
runs, so wide that all of them together hold with JOINTLY (Bonferroni over the rows of the table).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim import experiment, theory
from sim.measures.window import Window
from sim.scenario import load

REPLICATIONS = 6
JOINTLY = 0.95
CASE = ["scenario", "quantity"]


class Found(NamedTuple):
    """One quantity of one run beside its theory."""

    scenario: str
    quantity: str
    replication: int
    simulated: float
    theory: float


def verify(files: Sequence[Path], progress: Callable[[int, int], None] | None) -> pd.DataFrame:
    """Columns scenario, quantity, simulated, low, high, theory, z, within; one row a quantity.

    z is (simulated - theory) / standard error over replications.
    """
    from loky import get_reusable_executor

    pool = get_reusable_executor()
    tasks = [pool.submit(played, file, i) for file in files for i in range(REPLICATIONS)]
    for done, _ in enumerate(as_completed(tasks), start=1):
        if progress:
            progress(done, len(tasks))
    return intervals(pd.DataFrame([row for task in tasks for row in task.result()]))


def played(file: Path, replication: int) -> list[Found]:
    """Every quantity of one run of a scenario with a theory."""
    scenario = load(file)
    run = experiment.run(scenario, seed=scenario.seed + replication)
    window, model = Window(run), str(scenario.theory["model"])
    return [
        Found(model, quantity, replication, observed(window, quantity), value)
        for quantity, value in predicted(window, scenario.theory).items()
    ]


def predicted(window: Window, block: dict) -> dict[str, float]:
    """What the formula named in a scenario's `theory` says.

    Little's law takes the mean time from the run.
    """
    given = {key: value for key, value in block.items() if key != "model"}
    if given["formula"] == "littles_law":
        given.setdefault("time", float(stay_times(window).mean()))
    return theory.expected(**given)


def observed(window: Window, quantity: str) -> float:
    """The quantity in the run: a wait [minutes], a share [1] or a mean number present."""
    name, _, rank = quantity.partition(" ")
    if name == "wait" and rank:
        classes = window.visits["class"].cat.remove_unused_categories()
        return float(waits(window)[classes.cat.codes == int(rank)].mean())
    return OBSERVED[quantity](window)


def waits(window: Window) -> pd.Series:
    """Minutes from readiness to the doctor or to leaving; missing for who was refused."""
    visits = window.visits
    left = visits["outcome"] == "left"
    return visits["wait"].fillna((visits["end"] - visits["ready"]).where(left))


def stay_times(window: Window) -> pd.Series:
    """Minutes from arrival to the end of the visit."""
    return window.visits["end"] - window.visits["arrival"]


def present(window: Window) -> float:
    """Mean number of visits between arrival and end, over the measured days."""
    return overlap(window, window.run.visits["arrival"], window.run.visits["end"])


def in_bed(window: Window) -> float:
    """Mean number of inpatients, over the measured days."""
    return overlap(window, window.run.stays["start"], window.run.stays["end"])


def overlap(window: Window, start: pd.Series, end: pd.Series) -> float:
    """Mean number of intervals that cover a moment of the window; without an end: still there."""
    begun = start.clip(lower=window.start)
    ended = end.fillna(window.end).clip(upper=window.end)
    return float((ended - begun).clip(lower=0).sum() / (window.end - window.start))


def share(outcome: str) -> Callable[[Window], float]:
    """The share of visits with an outcome."""
    return lambda window: float((window.visits["outcome"] == outcome).mean())


OBSERVED: dict[str, Callable[[Window], float]] = {
    "wait": lambda window: float(waits(window).mean()),
    "wait_served": lambda window: float(window.visits["wait"].mean()),
    "waiting": lambda window: float((window.visits["wait"] > 0).mean()),
    "left": share("left"),
    "refused": share("refused"),
    "in bed": in_bed,
    "present": present,
}


def intervals(found: pd.DataFrame) -> pd.DataFrame:
    """Means, joint t intervals, z and whether theory lies within, by scenario and quantity."""
    by = found.assign(apart=found["simulated"] - found["theory"]).groupby(CASE, sort=False)
    table = by[["simulated", "theory"]].mean()
    error: pd.Series = by["apart"].std(ddof=1) / np.sqrt(by.size())
    quantile = stats.t.ppf(1 - (1 - JOINTLY) / 2 / len(table), by.size() - 1)
    apart = table["simulated"] - table["theory"]
    table = table.assign(
        low=table["simulated"] - quantile * error,
        high=table["simulated"] + quantile * error,
        z=apart / error,
        within=apart.abs() <= quantile * error,
    ).reset_index()
    table.attrs["note"] = "; ".join(notes(found, len(table)))
    return table


def notes(found: pd.DataFrame, rows: int) -> Iterator[str]:
    """How the intervals were made."""
    yield f"t over {found['replication'].nunique()} runs of each scenario"
    held = "the interval holds" if rows == 1 else f"all {rows} intervals together hold"
    yield f"{held} with {JOINTLY:.0%}"
