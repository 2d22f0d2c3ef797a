"""Which institutions has a county, where do they stand, and how large are they?

Names are made of the kind and the place; they are not those of real institutions. Which kinds a
county has: domain.md 2.1 and 4.1. Hospitals that serve more than a county: sim.hospitals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim import register
from sim.capacity import (
    Amounts,
    Residents,
    capacity,
    general_tertiary,
)
from sim.outline import placement
from sim.places import Settlement, apportion
from sim.standing import Served, served_in_province
from sim.world import Array

OUTSIDE = -1  # county of facilities that serve more than one
KIND_CODES = 100  # codes of facilities at one place and of one kind
SERIALS = 100
TOWNSHIP_SCALE = 1000  # from a township's code to those of its committees
NAME_OF_KIND = {
    "village_clinic": "卫生室", "clinic": "诊所", "community_station": "社区卫生服务站",
    "township_centre": "卫生院", "community_centre": "社区卫生服务中心",
    "small_hospital": "小型医院", "mch": "妇幼保健院", "county_tcm": "中医医院",
    "county_general": "综合医院",
    "municipal_general": "市级综合医院", "hub_general": "省级综合医院",
    "children_hospital": "省级儿童医院",
}
KIND_INDEX = {kind: index for index, kind in enumerate(NAME_OF_KIND)}
UNGRADED = register.GRADES[0]
TOWN_KINDS = ("town", "township")
CENTRE_RATIOS = {42: "township_centres_hubei", 51: "township_centres_sichuan"}


class Unit(NamedTuple):
    """One institution before its departments are formed."""

    code: int
    name: str
    kind: str
    grade: str
    county: int
    pooling_area: int
    township: int  # index, -1 outside
    lon: float
    lat: float
    amounts: Amounts
    own: float = 1.0  # share of its usual visits that residents of the world make themselves
    sliced: bool = False  # whether it stands for the residents' share of something outside
    seat: int = OUTSIDE  # index of the county where a hospital of no county stands

    @property
    def site(self) -> int:
        """Code of the committee, township or county where it stands."""
        return self.code // (KIND_CODES * SERIALS)


class Site(NamedTuple):
    """Where a unit stands and what it is called after."""

    code: int  # of a committee, or of a township or county scaled to one
    name: str
    township: int
    lon: float
    lat: float


def own_units(home: Settlement, served: Served | None = None) -> tuple[Unit, ...]:
    """All institutions of a county itself, lowest kinds first; served: as in its province, else."""
    here = served or served_in_province(home.county)
    makers = (
        village_clinics, stations_and_clinics, township_centres, community_centres,
        small_hospitals,
    )
    units = [unit for maker in makers for unit in maker(home, here.residents)]
    return (*units, *county_hospitals(home, here))


def village_clinics(home: Settlement, here: Residents) -> Iterator[Unit]:
    """One clinic with one doctor per village committee."""
    rows = np.flatnonzero(home.places.urban == 0)
    sites = [site_of(home, int(row)) for row in rows]
    total = capacity("village_clinic", here)
    yield from alike(home, "village_clinic", sites, total, np.ones(len(rows)))


def stations_and_clinics(home: Settlement, here: Residents) -> Iterator[Unit]:
    """Community stations by residents' committees; private clinics in towns and larger villages."""
    total = capacity("clinic", here).plus(capacity("community_station", here))
    urban = np.flatnonzero(home.places.urban == 1)
    stations = round(len(urban) / register.value("station_committees"))
    number = max(round(total.units), stations)
    sites = [site_of(home, row) for row in drawn(home, urban, stations, "community_station")]
    share = stations / number if number else 0.0
    yield from alike(home, "community_station", sites, total.times(share), np.ones(stations))
    rows = clinic_rows(home, number - stations)
    sites = [site_of(home, row) for row in rows]
    yield from alike(home, "clinic", sites, total.times(1.0 - share), np.ones(len(rows)))


def clinic_rows(home: Settlement, number: int) -> Array:
    """Places of private clinics: all places evenly where many, the rest by keyed luck.

    Each place draws u and is ranked by u / weight, so that towns come first more often.
    """
    weight = np.where(home.places.urban == 1, register.value("clinic_town_weight"), 1.0)
    whole, rest = divmod(number, len(weight))
    luck = lucks(home.places.code, "clinic") / (weight * np.maximum(home.places.population, 1))
    return np.concatenate([np.tile(np.arange(len(weight)), whole), np.argsort(luck)[:rest]])


def township_centres(home: Settlement, here: Residents) -> Iterator[Unit]:
    """One or more centres per town and township that is no county seat, sized by residents."""
    towns = rural_towns(home)
    total = capacity("township_centre", here)
    if not towns or total.duty <= 0.0:
        return
    ratio = CENTRE_RATIOS.get(home.county.province, "township_centres_elsewhere")
    number = round(len(towns) * register.value(ratio))
    yield from centres(home, "township_centre", towns, number, total)


def community_centres(home: Settlement, here: Residents) -> Iterator[Unit]:
    """Centres of the subdistricts and of the county seat, at least one in each.

    Without a town or township they also have what township centres would have.
    """
    rural = set(rural_towns(home))
    seats = {home.centre, *(i for i, t in enumerate(home.townships) if t.kind == "subdistrict")}
    towns = sorted(seats - rural)
    total = capacity("community_centre", here)
    if not rural:
        total = total.plus(capacity("township_centre", here))
    if not towns or total.duty <= 0.0:
        return
    yield from centres(home, "community_centre", towns, round(total.units), total)


def rural_towns(home: Settlement) -> list[int]:
    """Townships with a township centre: towns and townships except the seat, else any but it."""
    others = [i for i in range(len(home.townships)) if i != home.centre]
    towns = [i for i in others if home.townships[i].kind in TOWN_KINDS]
    return towns or [i for i in others if home.townships[i].kind != "subdistrict"]


def centres(
    home: Settlement, kind: str, towns: list[int], number: int, total: Amounts
) -> Iterator[Unit]:
    """Centres of some townships, at least one at each seat, further ones at keyed committees."""
    people = town_residents(home)[towns]
    per_town = 1 + apportion(max(number - len(towns), 0), np.maximum(people, 1))
    sites, weights = [], []
    for town, count, residents in zip(towns, per_town, people, strict=True):
        rows = np.flatnonzero(home.places.township == town)
        branches = drawn(home, rows, min(count - 1, len(rows)), kind)
        found = [seat_site(home, town), *(site_of(home, row) for row in branches)]
        sites += found
        weights += [max(residents, 1) / len(found)] * len(found)
    yield from alike(home, kind, sites, total, np.array(weights))


def town_residents(home: Settlement) -> Array:
    """Residents of each township."""
    towns = len(home.townships)
    return np.bincount(home.places.township, home.places.population, minlength=towns)


def small_hospitals(home: Settlement, here: Residents) -> Iterator[Unit]:
    """Level-1 and ungraded hospitals, spread over the townships by residents.

    A steady share of them, in their order, has no grade.
    """
    total = capacity("small_hospital", here)
    per_town = apportion(round(total.units), np.maximum(town_residents(home), 1))
    towns = np.repeat(np.arange(len(per_town)), per_town)
    sites = [seat_site(home, int(town)) for town in towns]
    share = register.value("small_ungraded")
    found = alike(home, "small_hospital", sites, total, np.ones(len(towns)))
    for row, each in enumerate(found):
        ungraded = round((row + 1) * share) > round(row * share)
        yield each._replace(grade=UNGRADED) if ungraded else each


def county_hospitals(home: Settlement, served: Served) -> Iterator[Unit]:
    """One maternal and child and one Chinese-medicine hospital, then the general hospitals.

    The first general hospital is of grade III and holds all tertiary capacity that stands in the
    county, if any does; the others share the secondary capacity.
    """
    seat = [seat_site(home, home.centre)._replace(name=home.county.name)]
    here = served.residents
    for kind in ("mch", "county_tcm"):
        yield from alike(home, kind, seat, capacity(kind, here), np.ones(1))
    secondary = capacity("county_general", here)
    tertiary = general_tertiary(here).times(served.tertiary)
    first_class = served.tertiary > 0.0
    parts = shared_out(secondary, tertiary, first_class)
    grades = ["III" if first_class else "II", *["II"] * (len(parts) - 1)]
    for serial, (amounts, grade) in enumerate(zip(parts, grades, strict=True)):
        yield unit(home, "county_general", seat[0], serial, amounts)._replace(grade=grade)


def shared_out(secondary: Amounts, tertiary: Amounts, first_class: bool) -> list[Amounts]:
    """What each general hospital of a county has, the largest first."""
    most = int(register.value("county_units_most")) - first_class
    number = min(max(round(secondary.units), 0 if first_class else 1), most)
    parts = [secondary.times(1.0 / max(number, 1))] * number
    if first_class:
        return [tertiary if number else tertiary.plus(secondary), *parts]
    return [parts[0].plus(tertiary), *parts[1:]]


def alike(
    home: Settlement, kind: str, sites: list[Site], total: Amounts, weights: Array
) -> Iterator[Unit]:
    """Units of one kind at some sites that share an amount by weights; serial by repeated site."""
    seen: dict[int, int] = {}
    shares = weights / weights.sum() if len(weights) else weights
    for site, weight in zip(sites, shares, strict=True):
        serial = seen[site.code] = seen.get(site.code, -1) + 1
        yield unit(home, kind, site, serial, total.times(float(weight)))


def unit(home: Settlement, kind: str, site: Site, serial: int, amounts: Amounts) -> Unit:
    """A unit of the county itself."""
    number = str(serial + 1) if serial else ""
    return Unit(
        stable_code(site.code, kind, serial), site.name + NAME_OF_KIND[kind] + number, kind,
        register.KIND[kind].grade, 0, home.county.pooling_area, site.township, site.lon, site.lat,
        amounts,
    )


def stable_code(site: int, kind: str, serial: int) -> int:
    """Number of a unit that depends on nothing but its site, kind and serial."""
    return (int(site) * KIND_CODES + KIND_INDEX[kind]) * SERIALS + serial


def site_of(home: Settlement, row: int) -> Site:
    """The site of a committee."""
    committee, town = home.committees[row], int(home.places.township[row])
    village = committee.name.replace("村委会", "村").removesuffix("居委会")
    name = home.townships[town].name + village
    return Site(
        committee.code, name, town, float(home.places.lon[row]), float(home.places.lat[row])
    )


def seat_site(home: Settlement, town: int) -> Site:
    """The site of a township's seat."""
    here = home.townships[town]
    lon, lat = home.seats[town]
    return Site(here.code * TOWNSHIP_SCALE, here.name, int(town), float(lon), float(lat))


def drawn(home: Settlement, rows: Array, number: int, kind: str) -> Array:
    """Some rows of places, by keyed luck, in their order."""
    luck = lucks(home.places.code[rows], kind)
    return np.sort(rows[np.argsort(luck)[:number]])


def lucks(codes: Array, kind: str) -> Array:
    """One draw in (0, 1) for each code, for placing one kind."""
    return placement(np.asarray(codes), KIND_INDEX[kind] + 1)
