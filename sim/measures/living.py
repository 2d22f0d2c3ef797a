"""Who lives where, and what have they within reach? By county, age and week, through all Worlds.

Residents by age are the expected number: population x share of the place's age table. Everything
is in person-years, so that weeks add up to the window.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures import access, coverage
from sim.measures.sources import Source
from sim.world import World

DAYS_PER_YEAR = 365


def by_age(world: World) -> np.ndarray:
    """Expected residents by place and age, those of no known age last."""
    places, people = world.places, world.people
    shares = np.diff(np.asarray(people.age_cumulative), axis=1, prepend=0.0)
    by_group = np.zeros((len(shares), len(world.names.age_groups) + 1))
    every: Any = (slice(None), np.asarray(people.age_group)[: shares.shape[1]])
    np.add.at(by_group, every, shares)
    living = np.asarray(places.population)[:, None] * by_group[np.asarray(places.age_mix)]
    living[:, -1] = places.population - living[:, :-1].sum(axis=1)
    return living


def of_counties(world: World, values: np.ndarray) -> np.ndarray:
    """Values of a place (place x more) times its residents: county x age x more."""
    people, county = by_age(world), np.asarray(world.places.county)
    found = np.zeros((max(len(world.names.counties), 1), people.shape[1], *values.shape[1:]))
    rest = (1,) * (values.ndim - 1)
    for one in range(len(found)):
        here = np.flatnonzero(county == one)
        each = people[here].reshape(len(here), people.shape[1], *rest)
        found[one] = (each * values[here, None]).sum(axis=0)
    return found


def years(window: Any) -> Source:
    """Person-years of the residents of day 0."""
    one = np.ones((len(window.world.places.population), 1))
    cells = of_counties(window.world, one)[:, :, None] * window.lasting()[:, None] / DAYS_PER_YEAR
    return Source(cells, _axes(cells), ("years",))


def reach(window: Any) -> list[Source]:
    """What residents have within reach x their person-years: over all facilities, and by tier."""
    kept: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}
    total: list[Any] = [0.0, 0.0]
    for world, days in window.spans():
        what = tuple(id(group) for group in (world.places, world.facilities, world.choice))
        if what not in kept:
            over_all, tiers = _values(world)
            kept[what] = of_counties(world, over_all), of_counties(world, tiers)
        for k, found in enumerate(kept[what]):
            lasting = days.sum(axis=0).reshape(-1, *(1,) * (found.ndim - 2)) / DAYS_PER_YEAR
            total[k] = total[k] + found[:, :, None] * lasting
    one, each = total
    tier = {"tier": np.arange(each.shape[-2])}
    return [
        Source(one, _axes(one), (*access.ITEMS, *coverage.ITEMS)),
        Source(each, (*_axes(each), tier), (access.REACH, *coverage.ITEMS)),
    ]


def _values(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Of each place: what is in reach (place x items), and by tier (place x tier x items)."""
    near = coverage.near(world)
    over_all = np.column_stack([access.reached(world), near[:, -1]])
    tiers = np.concatenate([access.by_tier(world)[..., None], near[:, :-1]], axis=2)
    return over_all, tiers


def _axes(cells: np.ndarray) -> tuple[dict[str, np.ndarray], ...]:
    words = zip(("county", "age", "week"), cells.shape, strict=False)
    return tuple({word: np.arange(size)} for word, size in words)
