"""Worlds to grow: a county with so many times its residents, and a network with more regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.benchmarks import network
from sim import geography
from sim.events import SLOT_BITS
from sim.scenario import FIRST_MONDAY, Scenario, load
from sim.world import World

COUNTY = "阳新县"
SMALL_COUNTY = "神农架林区"
PROVINCE, PROVINCES = "hunan", ("hunan", "hubei", "sichuan", "liaoning")
SCENARIOS = Path(__file__).parents[2] / "scenarios"
MOST_TIMES = 10
SLOTS = 2**SLOT_BITS - 1  # residents that one place can number
CAPACITIES = (
    "facilities.beds", "facilities.tests", "facilities.physicians", "departments.doctors",
    "departments.reserved", "streams.rate",
)  # fmt: skip


def county(times: int = 1, name: str = COUNTY) -> World:
    """A county whose residents, capacities and outside patients are so many times as many.

    The largest villages are cut, at every factor alike, so that each place can number its residents
    at the largest factor.
    """
    if times > MOST_TIMES:
        raise ValueError(f"a factor up to {MOST_TIMES} expected, not {times}")
    world = geography.county_world(name, FIRST_MONDAY.toordinal())
    residents = np.minimum(world.places.population, SLOTS // MOST_TIMES) * times
    more = {path: world.get(path) * times for path in CAPACITIES}
    return world.having({"places.population": residents, **more})


def of(kind: str, times: int) -> World:
    """The world of a kind, `county` or `network`, so many times as large; or a province's."""
    if kind in PROVINCES:
        return baseline(kind).world()
    return county(times) if kind == "county" else network.world(network.sites(times))


def baseline(province: str) -> Scenario:
    """The scenario of a province as it is."""
    return load(SCENARIOS / f"{province}_baseline.yaml")
