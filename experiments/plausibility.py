"""Does a calibrated world look like health care? Five pictures of one run, and what they draw.

    python -m experiments.plausibility                       # Yangxin and Huangshi
    python -m experiments.plausibility --only huangshi --days 28

Waits for the doctor, arrivals by hour, beds by weekday, and where residents go first by distance
and severity. Pictures and the table (`drawn.csv`) go to results/calibration/plausibility/.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import sim
from experiments.plausibility_pictures import draw
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.pictures import span
from sim.record import Run
from sim.world import SEVERITIES, World

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "calibration" / "plausibility"
WORLDS = {"yangxin": ("county_baseline", 28, 28), "huangshi": ("huangshi_baseline", 14, 28)}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR = 60 * TICKS_PER_MINUTE
WAITED = (0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240)  # minutes
PARTS = {"p10": 0.1, "p50": 0.5, "p90": 0.9, "p99": 0.99}
NEAR = (0, 10, 20, 30, 40, 50, 60, 75, np.inf)  # minutes to the nearest county hospital
YEAR = 365.0
Rows = dict[str, np.ndarray]
COLUMNS = ("picture", "measure", "tier", "group", "value", "unit", "n")
Row = tuple[str, str, str, str, float, str, int]


class Seen(NamedTuple):
    """What one run says of its measured days, and the world that it was played in."""

    world: World
    visits: Rows  # that arrived within them
    stays: Rows  # of the whole run: a bed may have been taken before
    days: int
    warmup: int

    @property
    def tiers(self) -> tuple[str, ...]:
        """Names of the tiers, lowest first."""
        return self.world.names.tiers

    def tier(self, rows: Rows) -> np.ndarray:
        """Tier of the facility of each row."""
        return self.world.facilities.tier[rows["facility"]]


def seen(run: Run) -> Seen:
    """The rows that a run kept in memory."""
    since, until = run.warmup * DAY, (run.warmup + run.days) * DAY
    visits = run.events.visits
    inside = (visits["arrival"] >= since) & (visits["arrival"] < until)
    return Seen(run.world, picked(visits, inside), run.events.stays, run.days, run.warmup)


def picked(rows: Rows, keep: np.ndarray) -> Rows:
    """Some of the rows."""
    return {name: column[keep] for name, column in rows.items()}


def table(held: Seen) -> pd.DataFrame:
    """All that the pictures draw, one value a row."""
    parts = (waits, arrivals, beds, by_distance, by_severity)
    rows = [row for part in parts for row in part(held)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def waits(held: Seen) -> Iterator[Row]:
    """Waits for the doctor: who still waits after so many minutes, quantiles and mean by tier."""
    rows = picked(held.visits, held.visits["start"] >= 0)
    minutes, tier = (rows["start"] - rows["ready"]) / TICKS_PER_MINUTE, held.tier(rows)
    for index, name in enumerate(held.tiers):
        here = minutes[tier == index]
        if len(here):
            for limit in WAITED:
                share = float((here > limit).mean())
                yield "waits", "still waiting", name, str(limit), share, "1", len(here)
            for part, share in PARTS.items():
                value = float(np.quantile(here, share))
                yield "waits", "wait", name, part, value, "min", len(here)
            yield "waits", "wait", name, "mean", float(here.mean()), "min", len(here)


def arrivals(held: Seen) -> Iterator[Row]:
    """Share of a tier's arrivals in each hour of the day, emergency departments apart."""
    emergency = held.world.departments.always[held.visits["department"]] > 0
    hour, tier = held.visits["arrival"] % DAY // HOUR, held.tier(held.visits)
    for index, name in enumerate(held.tiers):
        total = int((tier == index).sum())
        for group, of in (("outpatient", ~emergency), ("open all hours", emergency)):
            counts = np.bincount(hour[(tier == index) & of], minlength=24)
            for h, count in enumerate(counts):
                share = count / max(total, 1)
                yield "arrivals", f"arrivals, {group}", name, str(h), share, "1", int(count)


def occupied(stays: Rows, tiers: np.ndarray, tier: int, day: int, until: int) -> float:
    """Beds of a tier in use during a day, its mean; a stay without end lasts until the end."""
    here = (tiers == tier) & (stays["start"] >= 0)
    end = np.where(stays["end"] < 0, until, stays["end"])[here]
    start = stays["start"][here]
    inside = np.minimum(end, (day + 1) * DAY) - np.maximum(start, day * DAY)
    return float(np.maximum(inside, 0).sum()) / DAY


def beds(held: Seen) -> Iterator[Row]:
    """Occupancy, admissions and discharges by weekday and tier, with the weeks' least and most."""
    tiers, last = held.tier(held.stays), held.warmup + held.days
    measured = np.arange(held.warmup, last)
    weekday = (held.world.clock.first_day + measured - 1) % 7
    for index, name in enumerate(held.tiers):
        open_beds = int(held.world.facilities.beds[held.world.facilities.tier == index].sum())
        if not open_beds:
            continue
        used = np.array([occupied(held.stays, tiers, index, d, last * DAY) for d in measured])
        of = {"occupancy": used / open_beds, "admissions": each_day(held, "start", index),
              "ends of stays": each_day(held, "end", index)}  # fmt: skip
        for measure, values in of.items():
            unit = "1" if measure == "occupancy" else "1/day"
            for w, word in enumerate(WEEKDAYS):
                yield from spread(measure, name, word, values[weekday == w], unit, open_beds)


def each_day(held: Seen, what: str, tier: int) -> np.ndarray:
    """Stays of a tier that start (end) on each measured day."""
    here = (held.tier(held.stays) == tier) & (held.stays["start"] >= 0)
    day = held.stays[what][here] // DAY - held.warmup
    return np.bincount(day[(day >= 0) & (day < held.days)], minlength=held.days)


def spread(measure: str, tier: str, word: str, values: np.ndarray, unit: str,
           n: int) -> Iterator[Row]:  # fmt: skip
    """Mean, least and most over the weeks."""
    for name, how in (("mean", np.mean), ("least", np.min), ("most", np.max)):
        if len(values):
            title = measure if name == "mean" else f"{measure}, {name}"
            yield "beds", title, tier, word, float(how(values)), unit, n


def first(held: Seen) -> Rows:
    """First contacts of residents' episodes."""
    return picked(held.visits, (held.visits["contact"] == 0) & (held.visits["place"] >= 0))


def to_county_hospital(world: World) -> np.ndarray:
    """Minutes from each place to the nearest general hospital of a county; infinite if none."""
    kind = world.names.kinds.index("county_general")
    there = world.choice.option[:, kind] >= 0
    return np.where(there, world.choice.travel[:, kind], np.inf).min(axis=1)


def bands() -> list[str]:
    """Words of the bands of travel."""
    return [f"{low:g}-{high:g}" if np.isfinite(high) else f"{low:g}+"
            for low, high in pairwise(NEAR)]  # fmt: skip


def by_distance(held: Seen) -> Iterator[Row]:
    """Where residents go first, and how often, by travel to the nearest county hospital."""
    rows, places = first(held), held.world.places
    band = np.digitize(to_county_hospital(held.world), NEAR[1:-1])
    people = np.bincount(band, places.population, minlength=len(NEAR) - 1)
    urban = np.bincount(band, places.population * places.urban, minlength=len(NEAR) - 1)
    for index, word in enumerate(bands()):
        here = picked(rows, band[rows["place"]] == index)
        n = int(people[index])
        if not n:
            continue
        yield from shares("distance", held, here, word)
        rate = len(here["place"]) * YEAR / held.days / n
        yield "distance", "first contacts per resident", "all", word, rate, "1/year", n
        yield "distance", "residents", "all", word, n / float(people.sum()), "1", n
        yield "distance", "urban residents", "all", word, float(urban[index] / n), "1", n


def by_severity(held: Seen) -> Iterator[Row]:
    """Where residents go first by severity, of all needs and apart from urgent ones."""
    rows, needs = first(held), held.world.needs
    known = picked(rows, rows["severity"] >= 0)
    urgent = needs.urgent[known["condition"], known["severity"]] > 0
    for group, of in (("not urgent", ~urgent), ("urgent", urgent)):
        for index, word in enumerate(SEVERITIES):
            here = picked(known, of & (known["severity"] == index))
            if len(here["place"]):
                name = f"{group}, {word}"
                yield from shares("severity", held, here, name)
                far = float(here["travel"].mean()) / TICKS_PER_MINUTE
                yield "severity", "travel", "all", name, far, "min", len(here["place"])


def shares(picture: str, held: Seen, rows: Rows, group: str) -> Iterator[Row]:
    """Shares of rows by tier."""
    counts = np.bincount(held.tier(rows), minlength=len(held.tiers))
    for name, count in zip(held.tiers, counts, strict=True):
        share = float(count / max(counts.sum(), 1))
        yield picture, "first contacts", name, group, share, "1", int(count)


def played(name: str, days: int | None, warmup: int | None, seed: int) -> Run:
    """A shipped baseline, its rows kept in memory."""
    file, usual_days, usual_warmup = WORLDS[name]
    scenario = sim.load(ROOT / "scenarios" / f"{file}.yaml")
    before = usual_warmup if warmup is None else warmup
    return sim.run(scenario.model_copy(update={"warmup": before}), seed, days or usual_days,
                   events="memory")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, play, draw, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(WORLDS), choices=list(WORLDS))
    parser.add_argument("--days", type=int, help="measured days")
    parser.add_argument("--warmup", type=int, help="days before them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    parts = []
    for name in asked.only:
        run = played(name, asked.days, asked.warmup, asked.seed)
        parts.append(table(seen(run)).assign(world=name))
        source = f"{run.title}; seed {run.seed}; {span(run)}"
        for path in draw(parts[-1], name, source, asked.out):
            print(path)
    drawn = pd.concat(parts)[["world", *COLUMNS]]
    drawn.to_csv(asked.out / "drawn.csv", index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
