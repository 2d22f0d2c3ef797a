"""Where is it, and how far? The shipped tables become the world of a county.

Every place may choose from up to four candidates of each kind, near ones and large ones more often.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import register
from sim.arithmetic import entry, exp
from sim.departments import (
    NONE,
    background,
    department_map,
    departments,
    emergency_map,
    facilities,
    reserved,
    rooms_of,
)
from sim.facilities import Unit, units_of
from sim.places import (
    County,
    Settlement,
    UnknownPlace,
    county,
    places_of,
    settlement,
    travel_minutes,
)
from sim.world import (
    Array,
    Choice,
    Clock,
    Facilities,
    Names,
    Places,
    Routes,
    World,
    frozen,
    group_of,
)

__all__ = ["UnknownPlace", "county", "county_world", "places_of", "travel_minutes"]


def county_world(name_or_code: str | int, start_ordinal: int, placement_seed: int = 0) -> World:
    """The world of a county whose day 0 is a proleptic Gregorian ordinal.

    Raises UnknownPlace for a name that no county or more than one has. Another placement seed
    moves villages inside the county and nothing else.
    """
    home = settlement(county(name_or_code).code, placement_seed)
    units = units_of(home)
    rooms = rooms_of(units)
    queues, institutions = departments(units, rooms), facilities(units, rooms)
    outside = background(units, rooms, queues)
    return World(
        clock=Clock(start_ordinal), places=home.places, people=register.people(ages(home.county)),
        needs=register.needs(), facilities=institutions,
        departments=queues._replace(reserved=frozen(reserved(outside, queues))),
        choice=choice(home.places, units, institutions, department_map(units, rooms)),
        behaviour=register.behaviour(), care=register.care(), payment=register.payment(),
        streams=outside,
        routes=group_of(Routes, 0, origin=[], target=[], cumulative=[], delay=[], visit_class=[]),
        names=names(home, units, [room.specialty for room in rooms], [r.unit for r in rooms]),
    )


def ages(home: County) -> Array:
    """Cumulative shares of 19 census age bands of a county, one row."""
    counts = np.array([home.ages], dtype=float)
    return np.cumsum(counts, axis=1) / counts.sum()


def choice(
    places: Places, units: Sequence[Unit], institutions: Facilities, by_specialty: Array
) -> Choice:
    """Candidates of every place and kind with their shares and travel, and who takes what."""
    found = [candidates(places, units, institutions, kind) for kind in range(len(register.KINDS))]
    option, taste, travel = (np.stack(parts, axis=1) for parts in zip(*found, strict=True))
    return group_of(
        Choice, option=option, taste=taste, travel=travel, department=by_specialty,
        emergency=emergency_map(units, by_specialty),
        accepts=np.array([kind.accepts for kind in register.KINDS]),
        nest=np.array([kind.nest for kind in register.KINDS]),
    )


def candidates(
    places: Places, units: Sequence[Unit], institutions: Facilities, kind: int
) -> tuple[Array, Array, Array]:
    """Options, cumulative tastes and travel (place, candidate) of one kind.

    Those of the own place or else township come first, then the nearest; shares are proportional
    to size x exp(-travel / scale), of near ones more.
    """
    rows = np.flatnonzero(institutions.kind == kind)
    most = int(register.value("choice_candidates"))
    shape = (len(places.code), most)
    option, taste, travel = np.full(shape, NONE), np.ones(shape), np.zeros(shape)
    if not len(rows):
        return option, taste, travel
    minutes = travel_minutes(
        places.lon[:, None], places.lat[:, None], institutions.lon[rows], institutions.lat[rows]
    )
    own = own_units(places, units, rows, kind)
    order = np.lexsort((minutes, ~own), axis=1)[:, :most]
    width = order.shape[1]
    near = np.take_along_axis(minutes, order, axis=1)
    within = near <= reach(kind)
    size = np.array([units[int(row)].amounts.duty for row in rows])[order]
    preference = np.where(
        np.take_along_axis(own, order, axis=1), register.value("taste_own_weight"), 1.0
    )
    nearness = pull(near, register.value("taste_travel_scale"))
    weight = np.where(within, size * preference * nearness, 0.0)
    option[:, :width] = np.where(within, rows[order], NONE)
    travel[:, :width] = np.where(within, near, 0.0)
    taste[:, :width] = shares(weight)
    return option, taste, travel


def own_units(places: Places, units: Sequence[Unit], rows: Array, kind: int) -> Array:
    """Whether a unit (columns) belongs to a place (rows): to it, or to its township for centres."""
    tier = register.KINDS[kind].tier
    if tier == "village":
        sites = np.array([units[row].site for row in rows])
        return places.code[:, None] == sites
    towns = np.array([units[row].township for row in rows])
    return (places.township[:, None] == towns) & (tier == "township")


def reach(kind: int) -> float:
    """Travel [minutes] beyond which a kind is no alternative."""
    if register.KINDS[kind].name == "community_station":
        return register.value("station_reach_minutes")
    return float("inf")


@entry
def pull(minutes, scale):
    """exp(-minutes / scale) of a table (place, candidate)."""
    found = np.empty_like(minutes)
    for row in range(minutes.shape[0]):
        for column in range(minutes.shape[1]):
            found[row, column] = exp(-minutes[row, column] / scale)
    return found


def shares(weight: Array) -> Array:
    """Cumulative shares along rows; ones where a row has no weight."""
    cumulative = np.cumsum(weight, axis=1)
    total = cumulative[:, -1:]
    return np.where(total > 0.0, cumulative / np.where(total > 0.0, total, 1.0), 1.0)


def names(
    home: Settlement, units: Sequence[Unit], specialties: list[str], owners: list[int]
) -> Names:
    """Words for index columns; a department is called facility.specialty."""
    return Names(
        tiers=register.TIERS, grades=register.GRADES,
        kinds=tuple(kind.name for kind in register.KINDS), specialties=register.SPECIALTIES,
        conditions=register.CONDITIONS, age_groups=register.AGE_GROUPS, schemes=register.SCHEMES,
        facilities=tuple(unit.name for unit in units),
        departments=tuple(
            f"{units[row].name}.{name}" for row, name in zip(owners, specialties, strict=True)
        ),
        places=tuple(committee.name for committee in home.committees),
        townships=tuple(town.name for town in home.townships), counties=(home.county.name,),
        county_codes=(home.county.code,),
        primary_kinds=register.PRIMARY_KINDS, hospital_kinds=register.HOSPITAL_KINDS,
    )
