"""Which facilities and departments does a programme mean: by tier, kind, place or name?

Rows always come in an order that does not depend on how many are wanted, so that more only adds.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Literal

import numpy as np

from sim import chance
from sim.effects import EffectError, dose, keyed_order
from sim.world import Array, World

ROUNDING = 1e-9  # of a share times a number
Hospital = Literal[
    "small_hospital", "mch", "county_tcm", "county_general", "municipal_general", "hub_general",
    "children_hospital",
]  # fmt: skip
Primary = Literal[
    "village_clinic", "clinic", "community_station", "township_centre", "community_centre"
]
Specialty = Literal[
    "emergency", "general", "surgery", "paediatrics", "obstetrics", "tcm", "specialist"
]
Tier = Literal["village", "township", "county", "municipal", "hub"]
TOWNSHIP_SCALE = 1000  # from a township's code to those of its committees
RADIANS_PER_DEGREE = 0.017453292519943295
SENT = 0x73656E74  # tag of the keys that order departments
Word = str | int


def places_dose(what: str) -> Any:
    """A parameter that names facilities by place: words as `named` takes them, () all."""
    return dose(
        (), "name", f"{what}: own names, or names or codes of township, county or prefecture;"
        " first ones first; () all",
    )  # fmt: skip


def of_tier(world: World, tier: str) -> Array:
    """Facilities of a tier, in keyed order."""
    return keyed(world, np.flatnonzero(world.facilities.tier == world.names.tiers.index(tier)))


def of_kinds(world: World, kinds: Sequence[str]) -> Array:
    """Facilities kind by kind as listed, each kind in keyed order."""
    found = [world.facilities.kind == world.names.kinds.index(kind) for kind in kinds]
    return np.concatenate([keyed(world, np.flatnonzero(mask)) for mask in found])


def keyed(world: World, rows: Array) -> Array:
    """The facilities in the order in which programmes reach them, by the luck of their codes."""
    return rows[keyed_order(world.facilities.code[rows])]


def chosen(world: World, kinds: Sequence[str], places: Sequence[Word] = (), who: str = "") -> Array:
    """Facilities of some kinds at some places, all places if none: in the order of the places.

    Raises EffectError where there is none, or a word names none.
    """
    rows = of_kinds(world, kinds)
    if not len(rows):
        raise EffectError(f"{who or 'a policy'} needs a facility of kind {' or '.join(kinds)}")
    return named(world, rows, places) if places else rows


def departments_of(world: World, facilities: Array, specialties: Sequence[str] = ()) -> Array:
    """Departments of facilities, in their order: of some specialties, all but remote if none.

    One that sees several specialties, as at township centres, comes once.
    """
    wanted = specialties or [name for name in world.names.specialties if name != "remote"]
    columns = [world.names.specialties.index(name) for name in wanted]
    rows = world.choice.department[np.ix_(facilities, columns)].ravel()
    return np.array(list(dict.fromkeys(rows[rows >= 0].tolist())), dtype=np.int64)


def outpatient(world: World, rows: Array) -> Array:
    """Those of some departments that hold sessions by day: neither emergency nor remote."""
    remote = world.departments.specialty[rows] == specialty_of(world, "remote")
    return rows[(world.departments.always[rows] == 0) & ~remote]


def largest(world: World, facilities: Array, by: Array) -> Array:
    """Of facilities, the one with most physicians in each group of `by`, in the order met."""
    best: dict[int, int] = {}
    for row, group in zip(facilities.tolist(), by.tolist(), strict=True):
        size = world.facilities.physicians
        if group not in best or size[row] > size[best[group]]:
            best[group] = row
    return np.array(list(best.values()), dtype=np.int64)


def nearest(world: World, row: int, facilities: Array) -> Array:
    """Facilities by how far they are from one, as the crow flies; on its own parallel."""
    place = world.facilities
    angle = place.lat[row] * RADIANS_PER_DEGREE
    square = angle * angle
    east = (place.lon[facilities] - place.lon[row]) * (1.0 - square / 2.0 + square * square / 24.0)
    north = place.lat[facilities] - place.lat[row]
    return facilities[np.lexsort((facilities, east * east + north * north))]


def level_of(world: World, tier: str, rows: Array) -> Array:
    """The highest true level of each department's specialty at a tier, else of any there."""
    department = world.departments
    there = world.facilities.tier[department.facility] == world.names.tiers.index(tier)
    if not there.any():
        raise EffectError(f"there is no facility of tier {tier} whose level could be reached")
    best = np.full(len(world.names.specialties), department.level[there].max())
    for line in np.unique(department.specialty[there]):
        best[line] = department.level[there & (department.specialty == line)].max()
    return best[department.specialty[rows]]


def repute_of(world: World, tier: str) -> float:
    """The highest level that residents expect of a facility of a tier."""
    return float(world.facilities.perceived[of_tier(world, tier)].max())


def luck(world: World, rows: Array) -> Array:
    """One keyed draw in (0, 1) for each department, by facility and specialty."""
    codes = world.facilities.code[world.departments.facility[rows]]
    specialties = world.departments.specialty[rows]
    keys = [chance.key(0, c, s, SENT) for c, s in zip(codes, specialties, strict=True)]
    return np.array([chance.uniform(key, 0, 0, chance.COVERAGE) for key in keys])


def named(world: World, facilities: Array, words: Sequence[Word]) -> Array:
    """Those of facilities that are named, in the order of the words; see `words_of`.

    Raises EffectError with the nearest valid word for one that names none of them.
    """
    known: dict[str, list[int]] = defaultdict(list)
    towns = townships(world)
    for i in facilities.tolist():
        for word in words_of(world, i, towns):
            known[word].append(i)
    found = [i for word in words for i in meant(word, known, "facility")]
    return np.array(list(dict.fromkeys(found)), dtype=np.int64)


def meant(word: Word, known: dict[str, list[int]], what: str) -> list[int]:
    """What a word means. Raises EffectError with the nearest valid word where it means nothing."""
    if str(word) not in known:
        near = ", ".join(difflib.get_close_matches(str(word), known, 1, cutoff=0.1)) or "none"
        raise EffectError(f"{word} names no {what} that could be meant (nearest: {near})")
    return known[str(word)]


def reached(
    world: World, kinds: Sequence[str], places: Sequence[Word], share: float, who: str
) -> Array:
    """Of facilities of some kinds at some places the share of each kind that is reached first.

    Rounded up, so that a small share reaches one of a kind with few. Raises EffectError where there
    is none, or a word names none.
    """
    rows = chosen(world, kinds, places, who)
    kind = world.facilities.kind[rows]
    parts = [rows[kind == one] for one in np.unique(kind)]
    return np.concatenate([part[: int(np.ceil(share * len(part) - ROUNDING))] for part in parts])


def areas(world: World, words: Sequence[Word]) -> Array:
    """Pooling areas (prefectures) by name or code, in order; () those of residents, then others.

    Raises EffectError with the nearest valid word for one that names none.
    """
    own, all_of = (np.unique(g.pooling_area) for g in (world.places, world.facilities))
    everyone = [*own.tolist(), *np.setdiff1d(all_of, own).tolist()]
    if not words:
        return np.array(everyone)
    known = {str(code): [code] for code in everyone}
    known |= {label: [code] for code, label in world.names.areas if code in everyone}
    return np.array([code for word in words for code in meant(word, known, "prefecture")])


def counties(world: World, words: Sequence[Word]) -> Array:
    """Counties by name or code, in order. Raises EffectError as `areas` does."""
    names, codes = world.names.counties, world.names.county_codes
    known = {name: [row] for row, name in enumerate(names)}
    known |= {str(code): [row] for row, code in enumerate(codes)}
    return np.array([row for word in words for row in meant(word, known, "county")])


def words_of(world: World, row: int, towns: dict[int, dict[str, int]]) -> Iterable[str]:
    """What a facility may be called by: its own name, with and without that of its county in front,
    and the names and codes of its township, county and prefecture (pooling area)."""
    name, county = world.names.facilities[row], int(world.facilities.county[row])
    area = int(world.facilities.pooling_area[row])
    wide = [str(area), *(label for code, label in world.names.areas if code == area)]
    if county < 0:
        return dict.fromkeys((name, *wide))
    home = world.names.counties[county]
    own = name.removeprefix(home)
    codes = world.names.county_codes[county : county + 1]
    inside = [town for town in towns.get(county, {}) if own.startswith(town)]
    town = max(inside, key=len, default="")
    local = (town, home + town, str(towns[county][town])) if town else ()
    return dict.fromkeys(chain((name, own), local, (home,), map(str, codes), wide))


def townships(world: World) -> dict[int, dict[str, int]]:
    """For each county its townships with their codes."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    towns, first = np.unique(world.places.township, return_index=True)
    counties, codes = world.places.county[first], world.places.code[first] // TOWNSHIP_SCALE
    for town, county, code in zip(towns.tolist(), counties.tolist(), codes.tolist(), strict=True):
        found[county][world.names.townships[town]] = code
    return found


def specialty_of(world: World, name: str) -> int:
    """Position of a specialty."""
    return world.names.specialties.index(name)
