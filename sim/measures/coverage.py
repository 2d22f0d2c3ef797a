"""Who has care at hand? Minutes from each place to the nearest facility that it may choose.

The nearest primary facility of any kind is never far, by how places are laid out: every village has
its clinic and every residents' committee a private one. So what counts at hand is public (village
clinics, community stations, township and community centres) and the way to it is walked; a hospital
or a centre by tier is reached as residents travel. Villages have no surveyed coordinates: levels
are those of the placement rule, changes are what a policy makes.
"""

from __future__ import annotations

import numpy as np

from sim.defaults import value
from sim.distance import walking_minutes
from sim.measures.access import candidates, chosen_kinds, nearest
from sim.world import World

PRIVATE = "clinic"  # private clinics and outpatient departments
ON_FOOT = "village"  # the tier whose facilities are walked to
ITEMS = ("near", "near_urban", "near_private", "near_half")


def near(world: World) -> np.ndarray:
    """Whether something is at hand: place x (tiers, then over all) x ITEMS, 0 or 1.

    near: within a quarter of an hour, on foot to village facilities and over all tiers to public
    primary ones, else as residents travel; near_urban: the same of urban places; near_private:
    private clinics count too; near_half: within half an hour of travel, over all tiers a hospital.
    """
    option, travel = candidates(world, len(world.places.population))
    foot = on_foot(world, option)
    tier, kinds = np.asarray(world.facilities.tier), np.asarray(world.facilities.kind)
    public = kinds != _code(world, PRIVATE)
    primary = chosen_kinds(world, world.names.primary_kinds)
    wanted = [tier == code for code in range(len(world.names.tiers))]
    walked = [name == ON_FOOT for name in world.names.tiers]
    found = [
        _items(world, option, (foot if walk else travel, travel), (one & public, one, one))
        for one, walk in zip(wanted, walked, strict=True)
    ]
    hospital = chosen_kinds(world, world.names.hospital_kinds)
    found.append(_items(world, option, (foot, travel), (primary & public, primary, hospital)))
    return np.stack(found, axis=1)


def on_foot(world: World, option: np.ndarray) -> np.ndarray:
    """Minutes of walking from each place to its candidates; a row a place."""
    places, held = world.places, world.facilities
    lon, lat = (np.asarray(column)[np.maximum(option, 0)] for column in (held.lon, held.lat))
    return walking_minutes(
        np.asarray(places.lon)[:, None], np.asarray(places.lat)[:, None], lon, lat
    )


def _items(
    world: World, option: np.ndarray, minutes: tuple[np.ndarray, np.ndarray],
    wanted: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:  # fmt: skip
    """ITEMS of each place, from minutes to candidates (within a quarter, within half an hour)."""
    public, with_private, in_half = wanted
    quarter, half = minutes
    at_hand = nearest(option, quarter, public) <= value("near_minutes")
    private = nearest(option, quarter, with_private) <= value("near_minutes")
    in_half_hour = nearest(option, half, in_half) <= value("hospital_near_minutes")
    urban = np.asarray(world.places.urban) == 1
    return np.column_stack([at_hand, at_hand & urban, private, in_half_hour]).astype(float)


def _code(world: World, kind: str) -> int:
    """Code of a kind, -1 where the World does not know it."""
    return world.names.kinds.index(kind) if kind in world.names.kinds else -1
