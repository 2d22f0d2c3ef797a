"""What can residents reach? Properties of the World of day 0, before anything happens.

Residents reach the facilities that their place may choose from (`choice.option`), in the minutes of
`choice.travel`. Enhanced two-step floating catchment area (E2SFCA): (1) each facility's physicians
over the residents who reach it, weighted by travel zone; (2) each place adds up these ratios of
what it reaches, weighted alike.
"""

from __future__ import annotations

import numpy as np

from sim.defaults import column, value
from sim.world import World

ITEMS = ("residents", "reach", "reach_primary", "reach_hospital", "near", "urban")


def reached(world: World) -> np.ndarray:
    """By place: residents, and x residents: physicians a person (all, primary, other), near, urban.

    near: 1 where a primary facility lies within a quarter of an hour.
    """
    population = np.asarray(world.places.population, dtype=np.float64)
    kinds = np.asarray(world.facilities.kind)
    primary = np.isin(kinds, [world.names.kinds.index(k) for k in world.names.primary_kinds])
    physicians = np.asarray(world.facilities.physicians, dtype=np.float64)
    option, travel = candidates(world, len(population))
    supplies = [physicians * counted for counted in (np.ones_like(primary), primary, ~primary)]
    reach = [two_steps(option, travel, population, supply) for supply in supplies]
    near = nearest(option, travel, primary) <= value("near_minutes")
    columns = [np.ones_like(population), *reach, near, np.asarray(world.places.urban) == 1]
    return np.column_stack(columns) * population[:, None]


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
