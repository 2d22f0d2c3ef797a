"""How wrong is a county with slices? The same county inside its whole prefecture or province.

    python -m experiments.slices --county 阳新县 --inside province --days 14 --warmup 14 --seeds 1 2

Both worlds are played with the same seeds. Luck is keyed by the code of a place, so the same
residents fall ill on the same days in both; what differs is what lies around them. Only rows of the
county's residents and facilities are kept. The table goes to results/slices/.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim import divisions, geography
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.engine import play
from sim.events import DISCHARGED, LEFT, STEPPED_DOWN, UNRESOLVED
from sim.log import TABLES
from sim.world import World

RESULTS = Path(__file__).parents[1] / "results" / "slices"
START = date(2022, 3, 7)
YEAR, FEN = 365.0, 100.0
Rows = dict[str, np.ndarray]
Value = tuple[str, str, str, float]  # measure, tier, unit, value


class OfCounty:
    """A log of what happens to the residents and at the facilities of one county."""

    def __init__(self, world: World, code: int) -> None:
        index = world.names.county_codes.index(code)
        self.home = np.append(world.places.county == index, False)
        self.own = world.facilities.county == index
        self.tier = world.facilities.tier
        self.tiers = world.names.tiers
        self.residents = int(world.places.population[self.home[:-1]].sum())
        self.parts: dict[str, list[np.ndarray]] = {"visits": [], "stays": []}

    def write(self, table: str, rows: np.ndarray) -> None:
        """Keep a copy of the rows that concern the county."""
        if table in self.parts:
            fields = TABLES[table]._fields
            place, facility = (rows[:, fields.index(name)] for name in ("place", "facility"))
            self.parts[table].append(rows[self.home[place] | self.own[facility]].copy())

    def rows(self, table: str) -> Rows:
        """The kept rows as columns, with whether each is a resident's."""
        fields = TABLES[table]._fields
        held = np.concatenate(self.parts[table])
        columns = {name: held[:, i] for i, name in enumerate(fields)}
        return {**columns, "resident": self.home[columns["place"]]}


class Window(NamedTuple):
    """Rows of the measured days."""

    log: OfCounty
    visits: Rows  # that arrived within them
    stays: Rows  # requested within them
    days: int


def window(world: World, code: int, seed: int, days: int, warmup: int) -> Window:
    """Play a world and keep what happened in the county after the warm-up."""
    log = OfCounty(world, code)
    play([(0, world)], seed, days + warmup, "compiled", warmup=warmup, log=log, threads=None)
    visits, stays = log.rows("visits"), log.rows("stays")
    return Window(
        log, picked(visits, visits["arrival"] >= warmup * DAY),
        picked(stays, stays["requested"] >= warmup * DAY), days,
    )


def picked(rows: Rows, keep: np.ndarray) -> Rows:
    """Some of the rows."""
    return {name: column[keep] for name, column in rows.items()}


def measures(held: Window) -> Iterator[Value]:
    """All measures of one run."""
    visits, stays = (picked(rows, rows["resident"]) for rows in (held.visits, held.stays))
    years = held.log.residents * held.days / YEAR
    yield "visits per resident", "all", "1/year", len(visits["visit"]) / years
    yield "admissions per 1000", "all", "1/year", 1000.0 * taken(stays).sum() / years
    yield from by_tier(held, "first contact share", first(visits), 1.0)
    yield from by_tier(held, "visit share", visits, 1.0)
    yield from by_tier(held, "admission share", picked(stays, taken(stays)), 1.0)
    for name, rows in (("visits", visits), ("admissions", picked(stays, taken(stays)))):
        yield f"within county, {name}", "all", "share", mean(held.log.own[rows["facility"]])
    yield from waits(held, "residents", visits, stays)
    yield "travel per visit", "all", "min", mean(visits["travel"]) / TICKS_PER_MINUTE
    yield "out of pocket per visit", "all", "yuan", mean(visits["out_of_pocket"]) / FEN
    yield "left unseen", "all", "share", mean(visits["outcome"] == LEFT)
    yield "unresolved", "all", "share", mean(visits["outcome"] == UNRESOLVED)
    yield from of_facilities(held)


def of_facilities(held: Window) -> Iterator[Value]:
    """Measures of the county's own facilities, whoever comes."""
    own = picked(held.visits, held.log.own[held.visits["facility"]])
    beds = picked(held.stays, held.log.own[held.stays["facility"]])
    for row, tier in enumerate(held.log.tiers):
        there = held.log.tier[own["facility"]] == row
        if there.any():
            yield "visits at own facilities", tier, "1/day", there.sum() / held.days
            yield "of them from elsewhere", tier, "share", mean(~own["resident"][there])
    yield from waits(held, "own facilities", own, beds)


def taken(stays: Rows) -> np.ndarray:
    """Whether a stay began, or ended as one."""
    return (stays["start"] >= 0) | np.isin(stays["outcome"], (DISCHARGED, STEPPED_DOWN))


def first(visits: Rows) -> Rows:
    """First contacts of an episode."""
    return picked(visits, visits["contact"] == 0)


def by_tier(held: Window, name: str, rows: Rows, total: float) -> Iterator[Value]:
    """Shares of rows by tier."""
    counts = np.bincount(held.log.tier[rows["facility"]], minlength=len(held.log.tiers))
    for tier, count in zip(held.log.tiers, counts, strict=True):
        yield name, tier, "share", total * count / max(counts.sum(), 1)


def waits(held: Window, whose: str, visits: Rows, stays: Rows) -> Iterator[Value]:
    """Waits for the doctor, for a number and for a bed by tier."""
    parts: tuple[tuple[str, Rows, str, float, str, Callable], ...] = (
        ("wait", visits, "ready", TICKS_PER_MINUTE, "min", mean),
        ("wait, 90 % of them less", visits, "ready", TICKS_PER_MINUTE, "min", p90),
        ("bed wait", stays, "requested", 60 * TICKS_PER_MINUTE, "h", mean),
    )
    for name, rows, since, unit, words, summary in parts:
        started = picked(rows, rows["start"] >= 0)
        for row, tier in enumerate(held.log.tiers):
            there = held.log.tier[started["facility"]] == row
            if there.any():
                waited = (started["start"] - started[since])[there] / unit
                yield f"{name}, {whose}", tier, words, summary(waited)


def mean(values: np.ndarray) -> float:
    """Mean; not a number of nothing."""
    return float(np.mean(values)) if len(values) else float("nan")


def p90(values: np.ndarray) -> float:
    """Nine tenths are less."""
    return float(np.quantile(values, 0.9))


def compared(county: str, inside: str, days: int, warmup: int, seeds: list[int]) -> pd.DataFrame:
    """Each measure with slices and inside the region: means over seeds, difference, its range."""
    row = divisions.county(county)
    region = row.province if inside == "province" else row.prefecture_code
    worlds = {
        "slices": geography.county_world(row.code, START.toordinal()),
        "inside": geography.world_of(inside, region, START.toordinal()),
    }
    parts = []
    for seed in seeds:
        for name, world in worlds.items():
            found = measures(window(world, row.code, seed, days, warmup))
            parts.append(pd.DataFrame(found, columns=["measure", "tier", "unit", name])
                         .set_index(["measure", "tier", "unit"]).assign(seed=seed)
                         .set_index("seed", append=True))  # fmt: skip
    return table(parts)


def table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One row a measure: both values, difference, and its least and greatest over seeds."""
    order = list(dict.fromkeys(key[:3] for part in parts for key in part.index))
    runs = pd.concat([part.stack() for part in parts]).unstack()
    runs["difference"] = runs["inside"] - runs["slices"]
    levels = runs.groupby(level=["measure", "tier", "unit"])
    found = levels[["slices", "inside", "difference"]].mean()
    found["least"], found["most"] = (levels["difference"].agg(how) for how in ("min", "max"))
    return found.loc[order].reset_index()


def main() -> None:
    """Read the command line, play, write and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--county", default="阳新县", help="name or code")
    parser.add_argument("--inside", default="prefecture", choices=("prefecture", "province"))
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--warmup", type=int, default=14)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    asked = parser.parse_args()
    found = compared(asked.county, asked.inside, asked.days, asked.warmup, asked.seeds)
    RESULTS.mkdir(parents=True, exist_ok=True)
    code = divisions.county(asked.county).code
    found.to_csv(RESULTS / f"{code}_{asked.inside}.csv", index=False, float_format="%.4f")
    print(found.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
