"""Who lives where, and what may they use? The shipped tables become the world of a region.

A county has what lies outside as slices, a prefecture its own municipal hospitals whole, a province
everything (sim.hospitals); the nation is a sample of counties with what they use (sim.sample). Rows
of places and facilities of one county are contiguous, counties in the order of their codes; what
serves more than one county comes last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from sim import register, surges
from sim.candidates import candidates
from sim.departments import (
    background,
    department_map,
    departments,
    emergency_map,
    facilities,
    reserved,
    rooms_of,
)
from sim.distance import travel_minutes
from sim.divisions import (
    LEVELS,
    County,
    UnknownPlace,
    counties,
    counties_of,
    county,
    divisions,
    full_name,
    prefecture,
    province,
)
from sim.facilities import Unit, own_units
from sim.hospitals import pooled_units, units_of, wide_units
from sim.places import Settlement, places_of, settlement
from sim.sample import sampled, served
from sim.standing import Served
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

__all__ = [
    "UnknownPlace", "areas_world", "county", "county_world", "nation_world", "places_of",
    "prefecture_world", "province_world", "travel_minutes", "world_of",
]  # fmt: skip
NATION = "nation"


def world_of(level: str, name_or_code: str | int, start_ordinal: int) -> World:
    """The world of a county, prefecture or province, or a sample of the nation.

    Raises UnknownPlace.
    """
    if level == NATION:
        return nation_world(int(name_or_code), start_ordinal)
    makers = dict(zip(LEVELS, (county_world, prefecture_world, province_world), strict=True))
    return makers[level](name_or_code, start_ordinal)


def county_world(name_or_code: str | int, start_ordinal: int, placement_seed: int = 0) -> World:
    """The world of a county whose day 0 is a proleptic Gregorian ordinal.

    Raises UnknownPlace for a name that no county or more than one has. Another placement seed
    moves villages inside the county and nothing else.
    """
    home = settlement(county(name_or_code).code, placement_seed)
    return built([home], units_of(home), start_ordinal)


def prefecture_world(name_or_code: str | int, start_ordinal: int, placement_seed: int = 0) -> World:
    """The world of a prefecture: its counties and municipal hospitals; the hub is a slice.

    Otherwise as the world of a county.
    """
    return region_world([prefecture(name_or_code).code], False, start_ordinal, placement_seed)


def province_world(name_or_code: str | int, start_ordinal: int, placement_seed: int = 0) -> World:
    """The world of a province: all counties, municipal hospitals and hubs, nothing outside.

    Otherwise as the world of a county.
    """
    return region_world([province(name_or_code).code], True, start_ordinal, placement_seed)


def areas_world(codes: Sequence[int], start_ordinal: int, placement_seed: int = 0) -> World:
    """The world of several prefectures of one province, otherwise as that of one."""
    return region_world(codes, False, start_ordinal, placement_seed)


def nation_world(residents: int, start_ordinal: int, placement_seed: int = 0) -> World:
    """A world of counties that stand for the nation, with at least so many residents (sim.sample).

    All together have the nation's doctors and beds per resident by class of institution. Their
    municipal hospitals and hubs are whole, as large as the sampled residents make them, and stand
    where the real ones do; nobody comes from outside.
    """
    rows = sampled(residents)
    homes = [settlement(row.code, placement_seed) for row in rows]
    local = [unit for part in local_units(homes, served(rows)) for unit in part]
    return built(homes, (*local, *pooled_units(rows)), start_ordinal)


def region_world(
    codes: Sequence[int], whole_hubs: bool, start_ordinal: int, placement_seed: int
) -> World:
    """The world of all counties of a province or of prefectures."""
    homes = [settlement(r.code, placement_seed) for code in codes for r in counties_of(code)]
    local = [unit for part in local_units(homes) for unit in part]
    wide = wide_units([home.county for home in homes], whole_hubs)
    return built(homes, (*local, *wide), start_ordinal)


def local_units(
    homes: Sequence[Settlement], served: Sequence[Served | None] = ()
) -> list[list[Unit]]:
    """Institutions of each county itself, named after it, with indices among all counties."""
    towns, whom = first_towns(homes), served or [None] * len(homes)
    return [
        [unit._replace(county=index, township=unit.township + town, name=name + unit.name)
         for unit in own_units(home, each)]
        for index, (home, name, town, each)
        in enumerate(zip(homes, county_names(homes), towns, whom, strict=True))
    ]  # fmt: skip


def first_towns(homes: Sequence[Settlement]) -> list[int]:
    """Index of the first township of each county among those of all."""
    sizes = [len(home.townships) for home in homes]
    return [sum(sizes[:index]) for index in range(len(sizes))]


def county_names(homes: Sequence[Settlement]) -> list[str]:
    """Names of counties, with their prefecture where two are called alike."""
    times = Counter(home.county.name for home in homes)
    return [
        home.county.name if times[home.county.name] == 1 else full_name(home.county.code)
        for home in homes
    ]


def built(homes: Sequence[Settlement], units: Sequence[Unit], start_ordinal: int) -> World:
    """The world of some counties and of all units that their residents may use."""
    places, rooms = places_together(homes), rooms_of(units)
    queues, institutions = departments(units, rooms), facilities(units, rooms)
    outside = background(units, rooms, queues)
    return World(
        clock=Clock(start_ordinal), places=places,
        people=register.people(ages([home.county for home in homes])),
        needs=register.needs(), facilities=institutions,
        departments=queues._replace(reserved=frozen(reserved(outside, queues))),
        choice=choice(
            places, units, institutions, department_map(units, rooms),
            np.array([home.county.kind != "district" for home in homes]),
        ),
        behaviour=register.behaviour(), care=register.care(), payment=register.payment(),
        streams=outside,
        routes=group_of(Routes, 0, origin=[], target=[], cumulative=[], delay=[], visit_class=[]),
        surges=surges.none(),
        names=names(homes, units, [room.specialty for room in rooms], [r.unit for r in rooms]),
    )


def places_together(homes: Sequence[Settlement]) -> Places:
    """Places of several counties, one after the other."""
    towns, parts = first_towns(homes), [home.places for home in homes]
    moved = [
        part._replace(
            county=part.county + index, township=part.township + towns[index],
            age_mix=part.age_mix + index,
        )
        for index, part in enumerate(parts)
    ]
    columns = zip(*moved, strict=True)
    return Places(*(frozen(np.concatenate(column)) for column in columns))


def ages(rows: Sequence[County]) -> Array:
    """Cumulative shares of 19 census age bands, a row for each county."""
    counts = np.array([row.ages for row in rows], dtype=float)
    return np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)


def choice(
    places: Places, units: Sequence[Unit], institutions: Facilities, by_specialty: Array,
    loyal: Array,
) -> Choice:
    """Candidates of every place and kind with their shares and travel, and who takes what."""
    kinds = range(len(register.KINDS))
    found = [candidates(places, units, institutions, kind, loyal) for kind in kinds]
    option, taste, travel = (np.stack(parts, axis=1) for parts in zip(*found, strict=True))
    return group_of(
        Choice, len(places.code), option=option, taste=taste, travel=travel,
        department=by_specialty, emergency=emergency_map(units, by_specialty),
        accepts=np.array([kind.accepts for kind in register.KINDS]),
        nest=np.array([kind.nest for kind in register.KINDS]),
        appeal=np.zeros((len(register.KINDS), len(register.CONDITIONS))),
    )


def area_names(units: Sequence[Unit]) -> tuple[tuple[int, str], ...]:
    """Code and name of each pooling area with institutions that residents may use.

    It is a prefecture, or a directly administered county.
    """
    names = {code: row.name for code, row in divisions().items()}
    names |= {code: row.name for code, row in counties().items()}
    return tuple((code, names[code]) for code in sorted({unit.pooling_area for unit in units}))


def names(
    homes: Sequence[Settlement], units: Sequence[Unit], specialties: list[str], owners: list[int]
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
        places=tuple(committee.name for home in homes for committee in home.committees),
        townships=tuple(town.name for home in homes for town in home.townships),
        counties=tuple(county_names(homes)),
        county_codes=tuple(home.county.code for home in homes), areas=area_names(units),
        primary_kinds=register.PRIMARY_KINDS, hospital_kinds=register.HOSPITAL_KINDS,
    )
