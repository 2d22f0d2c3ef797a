"""What can residents reach? Properties of a World, whatever happens in it.

Residents reach the facilities that their place may choose from (`choice.option`), in the minutes of
`choice.travel`. Enhanced two-step floating catchment area (E2SFCA): (1) each facility's physicians
over the residents who reach it, weighted by travel zone; (2) each place adds up these ratios of
what it reaches, weighted alike.
"""

from __future__ import annotations

import numpy as np

from sim.defaults import column
from sim.world import World

REACH = "reach"
ITEMS = ("residents", REACH, "reach_primary", "reach_hospital", "urban")


def reached(world: World) -> np.ndarray:
    """By place: 1, physicians within reach a person (all, primary, other), whether it is urban."""
    primary = chosen_kinds(world, world.names.primary_kinds)
    reach = _reach(world, [np.ones_like(primary), primary, ~primary])
    one = np.ones(len(reach[0]))
    return np.column_stack([one, *reach, np.asarray(world.places.urban) == 1])


def by_tier(world: World) -> np.ndarray:
    """Physicians of each tier within reach a person, by place and tier."""
    tier = np.asarray(world.facilities.tier)
    return np.column_stack(_reach(world, [tier == t for t in range(len(world.names.tiers))]))


def chosen_kinds(world: World, kinds: tuple[str, ...]) -> np.ndarray:
    """Whether each facility is of one of some kinds."""
    codes = [world.names.kinds.index(kind) for kind in kinds]
    return np.isin(np.asarray(world.facilities.kind), codes)


def _reach(world: World, counted: list[np.ndarray]) -> list[np.ndarray]:
    """Physicians a person by place, of facilities that are counted."""
    population = np.asarray(world.places.population, dtype=np.float64)
    physicians = np.asarray(world.facilities.physicians, dtype=np.float64)
    option, travel = candidates(world, len(population))
    return [two_steps(option, travel, population, physicians * part) for part in counted]


def candidates(world: World, places: int) -> tuple[np.ndarray, np.ndarray]:
    """Facilities that each place may choose from (-1 none) and minutes to them; a row a place."""
    option = np.asarray(world.choice.option)
    if len(option) != places:  # a listed world whose residents choose nothing
        return np.full((places, 1), -1), np.zeros((places, 1))
    row = (places, int(np.prod(option.shape[1:])))
    return option.reshape(row), np.asarray(world.choice.travel).reshape(row)


def weight(travel: np.ndarray) -> np.ndarray:
    """The weight of a travel time [minutes]; beyond the last zone nothing."""
    zone = np.searchsorted(np.array(column("zones", "minutes")), travel)
    return np.array([*column("zones", "weight"), 0.0])[zone]


def two_steps(
    option: np.ndarray, travel: np.ndarray, population: np.ndarray, supply: np.ndarray
) -> np.ndarray:
    """Supply a person within reach of each place: E2SFCA.

    option: place x candidates, facility or -1; travel [minutes] alike; supply by facility.
    """
    weights = np.where(option >= 0, weight(travel), 0.0)
    demand = np.bincount(
        np.maximum(option, 0).ravel(), (weights * population[:, None]).ravel(), len(supply)
    )
    ratio = np.divide(supply, demand, out=np.zeros_like(supply), where=demand > 0)
    return (ratio[np.maximum(option, 0)] * weights).sum(axis=1)


def nearest(option: np.ndarray, travel: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Minutes to the nearest wanted facility that each place may choose; infinite without one."""
    there = (option >= 0) & wanted[np.maximum(option, 0)]
    return np.where(there, travel, np.inf).min(axis=1, initial=np.inf)
