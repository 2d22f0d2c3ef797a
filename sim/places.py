"""Where do residents live? Shipped tables of counties, townships and villages become places.

Villages have no surveyed coordinates. Each is placed by luck keyed by its own code, clustered
around the seat of its township inside the outline of its county, whatever the order of the files.
Sources: sim/data/geography/README.md.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim import register
from sim.arithmetic import entry
from sim.chance import PLACEMENT, key, uniforms
from sim.world import Array, Places, group_of

TABLES = Path(__file__).parent / "data" / "geography"
PROVINCES = {21: "辽宁省", 42: "湖北省", 43: "湖南省", 51: "四川省"}
TOWNSHIP_DIGITS = 9
SUFFIXES = "县市区"
Degrees = Array | float
DIRECTLY_ADMINISTERED = 90  # counties without a prefecture share a prefecture code ending so
CAPITAL = 1  # the prefecture code of a provincial capital ends so
CODES_PER_PROVINCE = 100
KM_PER_DEGREE = 111.195  # of latitude, on a sphere of radius 6371 km
RADIANS_PER_DEGREE = 0.017453292519943295
CIRCLE = 3.141592653589793
SEAT_DRAWS = 256  # points of the bounding box drawn for one seat
VILLAGE_DRAWS = 16  # points drawn for one village, ever nearer to the seat
NEAREST_NAMES = 3


class UnknownPlace(ValueError):
    """No county, or more than one, has the name; `nearest` lists names that would do."""

    def __init__(self, name: str, nearest: tuple[str, ...], ambiguous: bool = False) -> None:
        self.nearest = nearest
        problem = "more than one county is called" if ambiguous else "no county is called"
        hint = f"; use {' or '.join(nearest)}" if nearest else ""
        super().__init__(f"{problem} {name!r}{hint}")


class County(NamedTuple):
    """A county, county-level city or city district with its residents of 2020."""

    code: int
    name: str
    prefecture: str
    prefecture_code: int
    kind: str  # county, county_level_city or district
    lon: float
    lat: float
    area: float  # square kilometres
    population: int
    urban: int
    rural: int
    ages: tuple[int, ...]  # 19 bands: 0, 1-4, 5-9, ..., 80-84, 85 and over

    @property
    def province(self) -> int:
        """Code of the province."""
        return self.prefecture_code // CODES_PER_PROVINCE

    @property
    def pooling_area(self) -> int:
        """Code of the insurance pooling area: the prefecture, or the county where it has none."""
        direct = self.prefecture_code % CODES_PER_PROVINCE == DIRECTLY_ADMINISTERED
        return self.code if direct else self.prefecture_code


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
def counties() -> dict[int, County]:
    """All counties by code."""
    return {row.code: row for row in map(county_record, rows_of("counties.csv"))}


def county_record(row: dict[str, str]) -> County:
    """One line of the county table; rural residents are all who are not urban."""
    population, urban = int(row["population"]), int(row["urban"])
    ages = tuple(int(value) for name, value in row.items() if name.startswith("age_"))
    return County(
        int(row["county_code"]), row["name"], row["prefecture"], int(row["prefecture_code"]),
        row["kind"], float(row["lon"]), float(row["lat"]), float(row["area_km2"]),
        population, urban, population - urban, ages,
    )


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
def committee_lines() -> dict[int, list[str]]:
    """Lines of the village table by township, which a committee's code begins with."""
    found = defaultdict(list)
    for line in lines_of("villages.csv.gz")[1:]:
        found[int(line[:TOWNSHIP_DIGITS])].append(line)
    return dict(found)


def committees_of(township: Township) -> list[Committee]:
    """Committees of a township."""
    rows = csv.reader(committee_lines().get(township.code, ()))
    return [Committee(int(r[0]), r[1], int(r[2]), r[3] == "residents_committee") for r in rows]


@cache
def outlines() -> dict[int, tuple[Array, ...]]:
    """Rings (points, longitude and latitude) of each county's outline; holes are rings too."""
    path = TABLES / "county_boundaries.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {int(f["properties"]["county_code"]): rings_of(f["geometry"]) for f in features}


def rings_of(geometry: dict) -> tuple[Array, ...]:
    """All rings of a polygon or of several."""
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return tuple(np.array(ring, dtype=float) for polygon in polygons for ring in polygon)


def rows_of(name: str) -> Iterable[dict[str, str]]:
    """Rows of a shipped table by column."""
    return csv.DictReader(lines_of(name))


def lines_of(name: str) -> list[str]:
    """Lines of a shipped table, compressed or not."""
    content = (TABLES / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return content.decode("utf-8").splitlines()


def county(name_or_code: str | int) -> County:
    """The county of a name (阳新县, 阳新, 黄石市阳新县) or six-digit code (420222).

    Raises UnknownPlace with the nearest names where none or more than one fits.
    """
    text = "".join(str(name_or_code).split())
    if text.isdecimal() and int(text) in counties():
        return counties()[int(text)]
    for names in name_levels():
        found = names.get(text, ())
        if len(found) == 1:
            return counties()[found[0]]
        if found:
            raise UnknownPlace(text, tuple(map(full_name, found)), ambiguous=True)
    raise UnknownPlace(text, nearest_names(text))


@cache
def name_levels() -> tuple[dict[str, list[int]], ...]:
    """Codes by official names, then by names without their suffix."""
    official, short = defaultdict(list), defaultdict(list)
    for code, row in counties().items():
        stem, area = row.name.rstrip(SUFFIXES), row.prefecture.removesuffix("市")
        for text in (row.name, full_name(code), area + row.name):
            official[text].append(code)
        for text in {stem, row.prefecture + stem, area + stem} - {""}:
            short[text].append(code)
    return dict(official), dict(short)


def full_name(code: int) -> str:
    """Prefecture and name of a county, e.g. 沈阳市铁西区."""
    return counties()[code].prefecture + counties()[code].name


def nearest_names(text: str) -> tuple[str, ...]:
    """Names of counties most like a text; for a code, the counties with the nearest codes."""
    if text.isdecimal():
        near = sorted(counties(), key=lambda code: abs(code - int(text)))[:NEAREST_NAMES]
        return tuple(f"{code} {counties()[code].name}" for code in near)
    names = [name for names in name_levels() for name in names]
    return tuple(get_close_matches(text, names, NEAREST_NAMES, cutoff=0.1))


@cache
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
    corners = np.vstack(outline)
    low, size = corners.min(axis=0), np.ptp(corners, axis=0)
    middle = inner_point(county, outline, low, size, seed)
    seats, choice = {centre: middle}, int(register.value("place_seat_candidates"))
    for index, town in enumerate(towns):
        if index == centre:
            continue
        points = low + size * draws(town.code, seed, SEAT_DRAWS)
        if town.kind == "subdistrict":
            points = middle + (points - middle) * register.value("place_subdistrict_pull")
        points = points[inside(points, outline)][:choice]
        seats[index] = loneliest(points, np.array(list(seats.values()))) if len(points) else middle
    return np.array([seats[index] for index in range(len(towns))])


def inner_point(
    county: County, outline: tuple[Array, ...], low: Array, size: Array, seed: int
) -> Array:
    """The county's given point, or the nearest drawn point inside where the outline misses it."""
    given = np.array([county.lon, county.lat])
    if inside(given[None, :], outline)[0]:
        return given
    points = low + size * draws(county.code, seed, SEAT_DRAWS)
    points = points[inside(points, outline)]
    return points[np.argmin(kilometres(points[:, 0], points[:, 1], *given))]


def loneliest(points: Array, taken: Array) -> Array:
    """The point farthest from the nearest of those taken."""
    apart = kilometres(points[:, :1], points[:, 1:], taken[None, :, 0], taken[None, :, 1])
    return points[np.argmax(apart.min(axis=1))]


def spots_of(
    codes: Array, seats: Array, reach: Array, outline: tuple[Array, ...], seed: int
) -> Array:
    """Spots (villages, 2) inside the outline, each within its reach [km] of its seat."""
    offsets = np.array([draws(code, seed, VILLAGE_DRAWS) for code in codes]) * 2.0 - 1.0
    stretch = np.column_stack([cosine(seats[:, 1]), np.ones(len(seats))])
    degrees = reach[:, None] / KM_PER_DEGREE / stretch
    nearer = 1.0 - np.arange(VILLAGE_DRAWS) / VILLAGE_DRAWS
    points = seats[:, None, :] + offsets * degrees[:, None, :] * nearer[None, :, None]
    round_ = (offsets * offsets).sum(axis=2) <= 1.0
    fits = round_ & inside(points.reshape(-1, 2), outline).reshape(round_.shape)
    spots = points[np.arange(len(codes)), np.argmax(fits, axis=1)]
    return np.where(fits.any(axis=1)[:, None], spots, seats)


@entry
def draws(code, seed, count):
    """Points (count, 2) of the unit square that belong to a code under a placement seed."""
    points = np.empty((count, 2))
    own = key(seed, code, 0, PLACEMENT)
    for index in range(count):
        points[index, 0], points[index, 1], _, _ = uniforms(own, index, 0, PLACEMENT)
    return points


def inside(points: Array, outline: tuple[Array, ...]) -> Array:
    """Whether each point (n, 2) lies inside the rings: an odd number of edges to its east."""
    start = np.vstack([ring[:-1] for ring in outline])
    end = np.vstack([ring[1:] for ring in outline])
    lon, lat = points[:, :1], points[:, 1:]
    spans = (start[:, 1] > lat) != (end[:, 1] > lat)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    crossing = start[:, 0] + (lat - start[:, 1]) * (end[:, 0] - start[:, 0]) / rise
    return ((spans & (lon < crossing)).sum(axis=1) % 2).astype(bool)


def cosine(degrees: Array) -> Array:
    """Cosine of a latitude, to 1e-7 below 50 degrees, alike on every machine (series to x^10)."""
    square = (degrees * RADIANS_PER_DEGREE) * (degrees * RADIANS_PER_DEGREE)
    tail = 1.0 - square / 56.0 * (1.0 - square / 90.0)
    return 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0 * tail))


def kilometres(lon: Degrees, lat: Degrees, lon2: Degrees, lat2: Degrees) -> Array:
    """Distance as the crow flies [km]: Pythagoras on the parallel halfway.

    Within 0.1 % of the great circle inside a province; broadcast; alike on every machine.
    """
    east = (np.asarray(lon2) - lon) * cosine((np.asarray(lat) + lat2) / 2.0)
    north = np.asarray(lat2) - lat
    return KM_PER_DEGREE * np.sqrt(east * east + north * north)


def travel_minutes(lon: Degrees, lat: Degrees, lon2: Degrees, lat2: Degrees) -> Array:
    """Travel one way [minutes], broadcast over places and facilities.

    access + 60 road / speed, road = detour x distance [km] and speed [km/h] rising with the road
    from near to far: near + (far - near) road / (road + half). All five are in the register.
    """
    road = register.value("travel_detour") * kilometres(lon, lat, lon2, lat2)
    near, far = register.value("travel_speed_near"), register.value("travel_speed_far")
    speed = near + (far - near) * road / (road + register.value("travel_speed_half"))
    return register.value("travel_access_minutes") + 60.0 * road / speed
