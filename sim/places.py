"""Where do residents live? Shipped tables of counties, townships and villages become places.

Villages have no surveyed coordinates. Each is placed by luck keyed by its own code, clustered
around the seat of its township inside the outline of its county, whatever the order of the files.
Sources: sim/data/geography/README.md.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

from sim import register
from sim.distance import KM_PER_DEGREE, cosine, kilometres
from sim.divisions import County, UnknownPlace, counties, county, lines_of, rows_of
from sim.outline import edges_of, fitting, inside, outlines, spots
from sim.world import Array, Places, group_of

__all__ = [
    "Committee", "County", "Settlement", "Township", "UnknownPlace", "apportion", "counties",
    "county", "inside", "kilometres", "outlines", "places_of", "settle", "settlement",
]  # fmt: skip

CIRCLE = 3.141592653589793


class Township(NamedTuple):
    """A town, township, subdistrict or other unit (farm, zone) of a county."""

    code: int
    name: str
    county: int
    kind: str


class Committee(NamedTuple):
    """A village committee (rural) or residents' committee (urban)."""

    code: int
    name: str
    township: int
    urban: bool


class Settlement(NamedTuple):
    """A county with its places; rows of `places` and `committees` agree, as seats and townships."""

    county: County
    townships: tuple[Township, ...]
    seats: Array  # longitude, latitude by township
    centre: int  # index of the seat town of the county
    committees: tuple[Committee, ...]
    places: Places


@cache
def townships_by_county() -> dict[int, tuple[Township, ...]]:
    """Townships of each county, ordered by code."""
    found = defaultdict(list)
    for row in rows_of("townships.csv"):
        county_code = int(row["county_code"])
        code = int(row["township_code"])
        found[county_code].append(Township(code, row["name"], county_code, row["kind"]))
    return {code: tuple(sorted(group)) for code, group in found.items()}


@cache
def committee_lines() -> list[str]:
    """Lines of the village table, which is ordered by code."""
    return lines_of("villages.csv.gz")[1:]


def committees_of(township: Township) -> list[Committee]:
    """Committees of a township, whose code theirs begin with."""
    first, end = (bisect_left(committee_lines(), str(township.code + n)) for n in (0, 1))
    rows = csv.reader(committee_lines()[first:end])
    return [Committee(int(r[0]), r[1], int(r[2]), r[3] == "residents_committee") for r in rows]


@register.remembered
def settlement(code: int, seed: int = 0) -> Settlement:
    """The places of a county; another placement seed moves villages, not residents."""
    towns = townships_by_county()[code]
    villages = [committee for town in towns for committee in committees_of(town)]
    return settle(counties()[code], towns, villages, outlines()[code], seed)


def places_of(county: County, seed: int = 0) -> Places:
    """Villages and residents' committees of a county as rows of a World."""
    return settlement(county.code, seed).places


def settle(
    county: County, townships: Iterable[Township], committees: Iterable[Committee],
    outline: tuple[Array, ...], seed: int,
) -> Settlement:
    """Places of a county from its tables, in any order, and its outline."""
    towns, villages = tuple(sorted(townships)), tuple(sorted(committees))
    row = {town.code: index for index, town in enumerate(towns)}
    town_of = np.array([row[village.township] for village in villages])
    urban = np.array([village.urban for village in villages])
    centre = seat_town(towns, town_of[urban])
    seats = seats_of(county, towns, centre, outline, seed)
    reach = reaches(county, town_of, len(towns)) * np.where(
        urban, register.value("place_urban_reach"), 1.0)
    codes = np.array([village.code for village in villages])
    spots = spots_of(codes, seats[town_of], reach, outline, seed)
    group = group_of(
        Places, len(villages), code=codes, township=town_of, county=0,
        pooling_area=county.pooling_area, urban=urban, population=residents(county, urban),
        age_mix=0, lon=spots[:, 0], lat=spots[:, 1],
    )
    return Settlement(county, towns, seats, centre, villages, group)


def seat_town(towns: tuple[Township, ...], towns_of_urban: Array) -> int:
    """Index of the township with the most residents' committees; the first of equals."""
    return int(np.argmax(np.bincount(towns_of_urban, minlength=len(towns))))


def residents(county: County, urban: Array) -> Array:
    """Residents of each committee: equal shares of the county's urban and rural residents.

    Where no committee of a kind exists, its residents live with the other kind. Sums exactly.
    """
    villages = ~urban
    if not villages.any() or not urban.any():
        return apportion(county.population, np.ones(len(urban)))
    return apportion(county.urban, urban) + apportion(county.rural, villages)


def apportion(total: int, weights: Array) -> Array:
    """Whole numbers proportional to weights that sum to the total, by largest remainder.

    Of equal remainders the first rows are served. Raises ValueError where no weight is positive.
    """
    weights = np.asarray(weights, dtype=float)
    if not weights.sum() > 0:
        raise ValueError("a total can only be shared out by weights of which one is positive")
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    first = np.argsort(whole - exact, kind="stable")[: int(total - whole.sum())]
    whole[first] += 1
    return whole


def reaches(county: County, town_of: Array, towns: int) -> Array:
    """Radius [km] of the township of each committee: a disc of its share of the county's area."""
    share = np.bincount(town_of, minlength=towns) / len(town_of)
    return np.sqrt(county.area * share / CIRCLE)[town_of]


def seats_of(
    county: County, towns: tuple[Township, ...], centre: int, outline: tuple[Array, ...], seed: int
) -> Array:
    """Seats (townships, 2): the seat town at the county's inner point, others lonely around it."""
    corners, edges = np.vstack(outline), edges_of(outline)
    low, size = corners.min(axis=0), np.ptp(corners, axis=0)
    middle = inner_point(county, outline, low, size, seed)
    seats, choice = {centre: middle}, int(register.value("place_seat_candidates"))
    closer, draws = register.value("place_subdistrict_pull"), seat_draws()
    for index, town in enumerate(towns):
        if index == centre:
            continue
        pull = closer if town.kind == "subdistrict" else 1.0
        points = fitting(town.code, seed, low, size, middle, pull, edges, draws, choice)
        seats[index] = loneliest(points, np.array(list(seats.values()))) if len(points) else middle
    return np.array([seats[index] for index in range(len(towns))])


def inner_point(
    county: County, outline: tuple[Array, ...], low: Array, size: Array, seed: int
) -> Array:
    """The county's given point, or the nearest drawn point inside where the outline misses it."""
    given = np.array([county.lon, county.lat])
    if inside(given[None, :], outline)[0]:
        return given
    edges, draws = edges_of(outline), seat_draws()
    points = fitting(county.code, seed, low, size, given, 1.0, edges, draws, draws)
    return points[np.argmin(kilometres(points[:, 0], points[:, 1], *given))]


def seat_draws() -> int:
    """Points of the bounding box drawn for one seat."""
    return int(register.value("place_seat_draws"))


def loneliest(points: Array, taken: Array) -> Array:
    """The point farthest from the nearest of those taken."""
    apart = kilometres(points[:, :1], points[:, 1:], taken[None, :, 0], taken[None, :, 1])
    return points[np.argmax(apart.min(axis=1))]


def spots_of(
    codes: Array, seats: Array, reach: Array, outline: tuple[Array, ...], seed: int
) -> Array:
    """Spots (villages, 2) inside the outline, each within its reach [km] of its seat."""
    stretch = np.column_stack([cosine(seats[:, 1]), np.ones(len(seats))])
    degrees = reach[:, None] / KM_PER_DEGREE / stretch
    draws = int(register.value("place_village_draws"))
    return spots(codes, seats, degrees, edges_of(outline), seed, draws)
