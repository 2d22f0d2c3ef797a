"""Which places does a programme reach, which facilities are near, where should a new one stand?

Straight distances between the points of a World; how fast one moves is the caller's.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.effects import EffectError, covered
from sim.sphere import kilometres as between
from sim.world import Array, World

NONE = -1
Word = str | int


class Nearest(NamedTuple):
    """For each of some places the nearest facility, and how far it is."""

    facility: Array  # row, -1 where there is none
    km: Array


def apart(world: World, places: Array, facilities: Array) -> Array:
    """Kilometres as the crow flies, (places, facilities)."""
    home, there = world.places, world.facilities
    return between(
        home.lon[places][:, None], home.lat[places][:, None],
        there.lon[facilities], there.lat[facilities],
    )  # fmt: skip


def nearest(world: World, places: Array, facilities: Array) -> Nearest:
    """The nearest of facilities to each place; of equally near ones the first."""
    if not len(facilities):
        return Nearest(np.full(len(places), NONE), np.full(len(places), np.inf))
    km = apart(world, places, facilities)
    first = np.argmin(km, axis=1)
    return Nearest(facilities[first], km[np.arange(len(places)), first])


def placed(world: World, places: Array, near: Array, hosts: Array, points: int) -> list[int]:
    """Hosts taken one by one, each the one that reaches most residents whom none reached before.

    near: (places, hosts) whether a host reaches a place. Ends early where none would add anybody;
    of equal ones the first. So more points only add.
    """
    unreached = world.places.population[places].astype(float)
    taken: list[int] = []
    for _ in range(points):
        gain = unreached @ near
        best = int(np.argmax(gain)) if len(hosts) else NONE
        if best == NONE or gain[best] <= 0.0:
            break
        taken.append(int(hosts[best]))
        unreached[near[:, best]] = 0.0
    return taken


def places_covered(world: World, share: float, words: Sequence[Word] = ()) -> Array:
    """Villages and committees that a programme reaches first, so that more only adds.

    share: of all, or of those of the townships, counties and prefectures named; rounded half up.
    Raises EffectError with the nearest valid word for one that names none.
    """
    rows = named_places(world, words) if words else np.arange(len(world.places.code))
    return rows[covered(world.places.code[rows], share)]


def named_places(world: World, words: Sequence[Word]) -> Array:
    """Places of the townships, counties and prefectures named, by name or code.

    Raises EffectError with the nearest valid word for one that names none.
    """
    home, names = world.places, world.names
    counties = [*zip(names.counties, range(len(names.counties)), strict=True)]
    counties += [(str(code), county) for county, code in enumerate(names.county_codes)]
    of_county = {word: home.county == county for word, county in counties}
    towns = enumerate(names.townships)
    areas = [(area, word) for area, label in names.areas for word in (label, str(area))]
    known = {word: home.township == town for town, word in towns} | of_county
    known |= {word: home.pooling_area == area for area, word in areas if area in home.pooling_area}
    for word in map(str, words):
        if word not in known:
            near = ", ".join(difflib.get_close_matches(word, known, 1, cutoff=0.1)) or "none"
            raise EffectError(f"{word} names no township, county or prefecture (nearest: {near})")
    chosen = np.zeros(len(home.code), dtype=bool)
    for word in map(str, words):
        chosen |= known[word]
    return np.flatnonzero(chosen)


def own_primary(world: World, places: Array) -> Array:
    """Primary facilities that places know first of each kind, sorted."""
    kinds = [world.names.kinds.index(kind) for kind in world.names.primary_kinds]
    first = np.unique(world.choice.option[places][:, kinds, 0])
    return first[first >= 0]
