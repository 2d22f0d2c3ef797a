"""How do ambulances, units and command reach those who cannot wait?

Mechanics that policies of emergency care share; each returns changes.
"""

from __future__ import annotations

import numpy as np

from sim import siting
from sim.effects import Change, approach, move, put
from sim.world import Array, World


def units(rows: Array, level: float) -> Change:
    """Units for urgent cases at departments: at least of a level."""
    return approach("departments.unit_level", rows, level, 1.0)


def fetched_to(rows: Array) -> Change:
    """Ambulances bring the urgent cases of their specialties to departments."""
    return put("departments.fetches", rows, 1)


def able(world: World, facilities: Array, specialty: int) -> Array:
    """Those of facilities with an emergency department and one for a specialty."""
    has = world.choice.department[facilities, specialty] >= 0
    return facilities[has & (world.choice.emergency[facilities] >= 0)]


def lend_beds(world: World, giving: Array, taking: Array, share: float) -> tuple[Change, ...]:
    """A share of the beds of facilities, whole ones, stands at the nearest of others meanwhile."""
    beds = np.floor(share * world.facilities.beds[giving])
    lends = beds > 0
    if not lends.any():
        return ()
    nearest = nearest_to(world, giving[lends], taking)
    return (move("facilities.beds", giving[lends], nearest, beds[lends]),)


def nearest_to(world: World, low: Array, high: Array) -> Array:
    """The nearest of some facilities to each of others."""
    if not len(high):
        return np.full(len(low), siting.NONE)
    there = world.facilities
    km = siting.between(
        there.lon[low][:, None], there.lat[low][:, None], there.lon[high], there.lat[high]
    )
    return high[np.argmin(km, axis=1)]
