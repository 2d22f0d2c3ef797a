"""Does the engine agree with textbooks? Scenarios with a `theory`, played and set beside it.

Each scenario is played REPLICATIONS times with luck of its own; its intervals are t over these
runs, so wide that all of them together hold with JOINTLY (Bonferroni over the rows of the table).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim import experiment, theory
from sim.listing import WEEKDAY_NAMES
from sim.measures.window import Window
from sim.scenario import Scenario, load
from sim.world import HOURS, World

REPLICATIONS = 24
JOINTLY = 0.95
CASE = ["scenario", "quantity"]
MINUTES_PER_HOUR = 60
FILES_KEPT = 64  # scenarios held by a worker


class Found(NamedTuple):
    """One quantity of one run beside its theory."""

    scenario: str
    quantity: str
    replication: int
    simulated: float
    theory: float


class Asked(NamedTuple):
    """One run of one scenario; travels to the workers."""

    file: Path
    replication: int
    engine: str | None
    days: int | None


def verify(
    files: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    engine: str | None = None,
    replications: int = REPLICATIONS,
    days: int | None = None,
) -> pd.DataFrame:
    """Columns scenario, quantity, simulated, low, high, theory, z, within; one row a quantity.

    z is (simulated - theory) / standard error over replications. engine and measured days are
    those of each scenario if not given.
    """
    from loky import get_reusable_executor

    pool = get_reusable_executor()
    runs = [Asked(file, i, engine, days) for file in files for i in range(replications)]
    tasks = [pool.submit(played, run) for run in runs]
    for done, _ in enumerate(as_completed(tasks), start=1):
        if progress:
            progress(done, len(tasks))
    return intervals(pd.DataFrame([row for task in tasks for row in task.result()]))


def played(asked: Asked) -> list[Found]:
    """Every quantity of one run of a scenario with a theory."""
    scenario = _read(asked.file)
    seed = scenario.seed + asked.replication
    window = Window(experiment.run(scenario, seed, asked.days, asked.engine, threads=1))
    model = str(scenario.theory["model"])
    return [
        Found(model, quantity, asked.replication, observed(window, quantity), value)
        for quantity, value in predicted(window, scenario.theory).items()
    ]


@lru_cache(maxsize=FILES_KEPT)
def _read(file: Path) -> Scenario:
    return load(file)


def predicted(window: Window, block: dict) -> dict[str, float]:
    """What the formula named in a scenario's `theory` says.

    Little's law takes the mean time from the run, and a logit which alternatives there are.
    """
    given = {key: value for key, value in block.items() if key != "model"}
    if given["formula"] == "nested_logit":
        return chosen_tiers(window)
    if given["formula"] == "littles_law":
        given.setdefault("time", float(stay_times(window).mean()))
    return theory.expected(**given)


# --- what the run shows ------------------------------------------------------------------------


def observed(window: Window, quantity: str) -> float:
    """The quantity in the run: a wait [minutes], a share [1] or a mean number present.

    The last word of a quantity may say of which class, department, hour, weekday or tier.
    """
    if quantity in OBSERVED:
        return OBSERVED[quantity](window)
    what, _, which = quantity.rpartition(" ")
    return OBSERVED_OF[what](window, which)


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


def wait_of_class(window: Window, rank: str) -> float:
    """Mean wait of the classes that occur, the first in order being 0 [minutes]."""
    classes = window.visits["class"].cat.remove_unused_categories()
    return float(waits(window)[classes.cat.codes == int(rank)].mean())


def wait_at(window: Window, department: str) -> float:
    """Mean wait at a department [minutes]."""
    return float(waits(window)[window.visits["department"] == department].mean())


def visits_at(window: Window, department: str) -> float:
    """Arrivals at a department [1/day]."""
    return float((window.visits["department"] == department).sum() / window.run.days)


def counts(window: Window) -> np.ndarray:
    """Arrivals by measured day and hour."""
    minutes = window.visits["arrival"].to_numpy() - window.start
    hours = (minutes // MINUTES_PER_HOUR).astype(np.int64)
    return np.bincount(hours, minlength=window.run.days * HOURS).reshape(-1, HOURS)


def arrivals_at(window: Window, hour: str) -> float:
    """Arrivals within an hour of the day [1/day]."""
    return float(counts(window)[:, int(hour)].mean())


def arrivals_on(window: Window, weekday: str) -> float:
    """Arrivals on a day of the week [1/day]."""
    return float(counts(window)[weekdays(window) == WEEKDAY_NAMES.index(weekday)].sum(1).mean())


def weekdays(window: Window) -> np.ndarray:
    """Weekday of each measured day, Monday 0."""
    first = window.world.clock.first_day + window.run.warmup - 1  # ordinal 1 was a Monday
    return (first + np.arange(window.run.days)) % len(WEEKDAY_NAMES)


def dispersion(window: Window) -> float:
    """Mean over hours and days with demand of (arrivals - mean)**2 / mean, the stated means."""
    streams = window.world.streams
    means = np.einsum("sh,sd->dh", streams.rate, streams.weekday)[weekdays(window)]
    asked = means > 0
    apart = (counts(window)[asked] - means[asked]) ** 2 / means[asked]
    return float(apart.mean())


def share_of(window: Window, tier: str) -> float:
    """Share of a tier in the visits of residents who are no emergency."""
    return float((planned(window)["tier"] == tier).mean())


def planned(window: Window) -> pd.DataFrame:
    """Visits of residents who are no emergency: what they may choose depends on no hour."""
    visits = window.visits
    return visits[(visits["resident"] >= 0) & (visits["class"] != "urgent")]


OBSERVED: dict[str, Callable[[Window], float]] = {
    "wait": lambda window: float(waits(window).mean()),
    "wait_served": lambda window: float(window.visits["wait"].mean()),
    "waiting": lambda window: float((window.visits["wait"] > 0).mean()),
    "left": share("left"),
    "refused": share("refused"),
    "in bed": in_bed,
    "present": present,
    "dispersion": dispersion,
}
OBSERVED_OF: dict[str, Callable[[Window, str], float]] = {
    "wait": wait_of_class,
    "wait at": wait_at,
    "visits at": visits_at,
    "arrivals at": arrivals_at,
    "arrivals on": arrivals_on,
    "share of": share_of,
}


# --- shares of a logit with constant utilities -------------------------------------------------


def chosen_tiers(window: Window) -> dict[str, float]:
    """Shares of the tiers among visits, where the utility of a kind is a constant in every place.

    Of those who go, a visit of the run tells place and condition, the closed form the shares.
    """
    world, visits = window.world, planned(window)
    place, condition = (visits[column].cat.codes.to_numpy() for column in ("place", "condition"))
    found = going(world, place, condition)
    tier_of = dict(zip(world.facilities.kind.tolist(), world.facilities.tier, strict=True))
    tiers = np.array([tier_of.get(kind, -1) for kind in range(found.shape[1])])
    shares = found.mean(axis=0)
    return {
        f"share of {name}": float(shares[tiers == tier].sum())
        for tier, name in enumerate(world.names.tiers)
    }


def going(world: World, place: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """Probability of each kind [case, kind] given that one goes at all."""
    values = np.where(offered(world, place, condition), world.behaviour.constant, -np.inf)
    logit = theory.nested_logit(
        values, world.choice.nest, world.behaviour.nest_scale, world.behaviour.home[0]
    )
    return logit / logit.sum(axis=1, keepdims=True)


def offered(world: World, place: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """Whether a kind has a department for a condition near a place [case, kind]; no emergency."""
    choice, specialty = world.choice, world.needs.specialty[condition]
    nearest = choice.option[place][:, :, 0]
    departments = choice.department[nearest, specialty[:, None]]
    return (nearest >= 0) & (departments >= 0) & (choice.accepts[:, condition].T > 0)


# --- the table ---------------------------------------------------------------------------------


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
