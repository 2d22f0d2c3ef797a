"""Which facilities may the residents of a place choose from, and how often does each attract them?

Of clinics, centres and county hospitals every place knows the nearest, also across the border of
its county, but first and above all those of its own village, township or county; in city districts
the hospitals of all counties are alike. Municipal hospitals are those of the pooling area, hubs
those of the province: a place knows some of them, near and large ones more often.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import register
from sim.attraction import balanced, pull
from sim.distance import kilometres, travel_minutes
from sim.divisions import province_of
from sim.facilities import Unit
from sim.outline import placement
from sim.world import Array, Facilities, Places

NONE = -1
ALL_PAIRS = 4_000_000  # place-facility pairs up to which all are compared
NEIGHBOURS = 12  # facilities of a kind first asked of the tree for each place
ROUNDING = 1.003  # by which a distance on the plane may differ from the tree's, with room
EARTH = 6371.0  # kilometres
CLOSE = 1e-3  # kilometres
DRAW_OF_KIND = 100  # purposes of the draws that choose municipal hospitals and hubs
Found = tuple[Array, Array, Array]


def candidates(
    places: Places, units: Sequence[Unit], institutions: Facilities, kind: int, loyal: Array
) -> Found:
    """Options, cumulative tastes and travel (place, candidate) of one kind.

    Shares are proportional to size x exp(-travel / scale), of near ones more. loyal: whether
    residents of each county prefer its own hospitals.
    """
    rows = np.flatnonzero(institutions.kind == kind)
    most = int(register.value("choice_candidates"))
    if not len(rows):
        return nobody(len(places.code), most)
    if register.KINDS[kind].tier in ("municipal", "hub"):
        return of_areas(places, units, institutions, rows, most)
    own = own_units(places, [units[int(row)] for row in rows], kind, loyal)
    order = nearby(places, institutions.lon[rows], institutions.lat[rows], own, most)
    belongs = (order[:, :, None] == own[:, None, :]).any(axis=2) & (order >= 0)
    weight = np.where(belongs, *preference(places, kind, loyal))
    return shared(places, units, institutions, np.where(order >= 0, rows[order], NONE), weight)


def nobody(number: int, most: int) -> Found:
    """No candidate for some places."""
    return np.full((number, most), NONE), np.ones((number, most)), np.zeros((number, most))


def own_units(places: Places, units: Sequence[Unit], kind: int, loyal: Array) -> Array:
    """Positions of the units that belong to each place (place, some), -1 for none.

    Those of a village stand in it, those of a township or county in the township or county.
    """
    tier = register.KINDS[kind].tier
    if tier == "village":
        return positions(places.code, [unit.site for unit in units])
    if tier == "township":
        return positions(places.township, [unit.township for unit in units])
    county = np.where(loyal[places.county], places.county, NONE)
    return positions(county, [unit.county for unit in units])


def preference(places: Places, kind: int, loyal: Array) -> tuple[Array, Array]:
    """Weights (place, 1) of units of the own place and of others."""
    one, many = np.ones((len(places.code), 1)), register.value("taste_own_weight")
    if register.KINDS[kind].tier != "county":
        return one * many, one
    return one, np.where(loyal[places.county][:, None], one / many, one)


def positions(wanted: Array, labels: Sequence[int]) -> Array:
    """Positions (wanted, most) at which labels equal what is wanted, -1 where there are no more."""
    held = np.array(labels, dtype=np.int64)
    order = np.argsort(held, kind="stable")
    first, end = (np.searchsorted(held[order], wanted, side) for side in ("left", "right"))
    at = first[:, None] + np.arange(max(int((end - first).max(initial=0)), 1))
    return np.where(at < end[:, None], order[np.minimum(at, len(order) - 1)], NONE)


def nearby(places: Places, lon: Array, lat: Array, own: Array, most: int) -> Array:
    """Positions (place, candidate) of some facilities: a place's own, then the nearest; -1 none.

    Of equally near ones the first. A tree proposes where there are many; what counts is our own
    travel, and more are asked of the tree until no other could be nearer.
    """
    number, width = len(places.code), min(most, len(lon))
    if number * len(lon) <= ALL_PAIRS:
        everyone = np.broadcast_to(np.arange(len(lon)), (number, len(lon)))
        return ordered(places, lon, lat, everyone, own)[:, :width]
    from scipy.spatial import cKDTree

    tree, spots = cKDTree(on_sphere(lon, lat)), on_sphere(places.lon, places.lat)
    found, rows = np.full((number, width), NONE), np.arange(number)
    asked = NEIGHBOURS + width
    while len(rows):
        asked = min(asked, len(lon))
        far, near = tree.query(spots[rows], range(1, asked + 1))
        part = places._replace(**{name: getattr(places, name)[rows] for name in ("lon", "lat")})
        found[rows] = ordered(part, lon, lat, near, own[rows])[:, :width]
        sure = far[:, -1] * EARTH > farthest(part, lon, lat, found[rows]) * ROUNDING + CLOSE
        rows = rows[~sure & (asked < len(lon))]
        asked *= 2
    return found


def ordered(places: Places, lon: Array, lat: Array, near: Array, own: Array) -> Array:
    """Proposed and own positions in order: own ones, then by travel, then by position; -1 last."""
    again = (near[:, :, None] == own[:, None, :]).any(axis=2)
    given = np.concatenate([own, np.where(again, NONE, near)], axis=1)
    mine = np.arange(given.shape[1]) < own.shape[1]
    minutes = travel_minutes(places.lon[:, None], places.lat[:, None], lon[given], lat[given])
    rank = np.where(given < 0, 2, np.where(mine, 0, 1))
    return np.take_along_axis(given, np.lexsort((given, minutes, rank), axis=1), axis=1)


def farthest(places: Places, lon: Array, lat: Array, found: Array) -> Array:
    """Distance [km] of the farthest of the positions found for each place."""
    apart = kilometres(places.lon[:, None], places.lat[:, None], lon[found], lat[found])
    return np.where(found >= 0, apart, 0.0).max(axis=1)


def on_sphere(lon: Array, lat: Array) -> Array:
    """Points (n, 3) of the unit sphere, between which the nearest are the nearest on the ground."""
    east, north = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east),
                            np.sin(north)])  # fmt: skip


def shared(
    places: Places, units: Sequence[Unit], institutions: Facilities, rows: Array, weight: Array
) -> Found:
    """Candidates with their cumulative shares and travel, of which none beyond its reach.

    weight: by what each is preferred (place, candidate).
    """
    option, taste, travel = nobody(len(places.code), int(register.value("choice_candidates")))
    width, held = rows.shape[1], rows >= 0
    near = travel_minutes(
        places.lon[:, None], places.lat[:, None], institutions.lon[rows], institutions.lat[rows]
    )
    within = held & (near <= reach(units[int(rows.max())].kind))
    option[:, :width] = np.where(within, rows, NONE)
    travel[:, :width] = np.where(within, near, 0.0)
    taste[:, :width] = shares(np.where(within, sizes(units)[rows] * weight * pulls(near), 0.0))
    return option, taste, travel


def sizes(units: Sequence[Unit]) -> Array:
    """Doctors on outpatient duty of each unit."""
    return np.array([unit.amounts.duty for unit in units])


def pulls(minutes: Array) -> Array:
    """How much a facility attracts at some minutes of travel, 1 where it stands."""
    return pull(minutes, register.value("taste_travel_scale"))


def reach(kind: str) -> float:
    """Travel [minutes] beyond which a kind is no alternative."""
    if kind == "community_station":
        return register.value("station_reach_minutes")
    return float("inf")


def shares(weight: Array) -> Array:
    """Cumulative shares along rows; ones where a row has no weight."""
    cumulative = np.cumsum(weight, axis=1)
    total = cumulative[:, -1:]
    return np.where(total > 0.0, cumulative / np.where(total > 0.0, total, 1.0), 1.0)


def of_areas(
    places: Places, units: Sequence[Unit], institutions: Facilities, rows: Array, most: int
) -> Found:
    """Candidates among the hubs, or the municipal hospitals of the pooling area of each place."""
    option, taste, travel = nobody(len(places.code), most)
    area, held = area_of(places, institutions, rows), institutions.pooling_area[rows]
    if register.KINDS[institutions.kind[rows[0]]].tier == "hub":
        held = np.array([province_of(int(each)) for each in held])
    for one in np.unique(area):
        here, there = np.flatnonzero(area == one), rows[held == one]
        part = Places(*(column[here] for column in places))
        option[here], taste[here], travel[here] = of_some(part, units, institutions, there, most)
    return option, taste, travel


def area_of(places: Places, institutions: Facilities, rows: Array) -> Array:
    """Pooling area of whose municipal hospitals each place chooses, province for hubs.

    Where the own area has none, that of the nearest.
    """
    if register.KINDS[institutions.kind[rows[0]]].tier == "hub":
        areas, at = np.unique(places.pooling_area, return_inverse=True)
        return np.array([province_of(int(area)) for area in areas])[at]
    held = institutions.pooling_area[rows]
    without = np.flatnonzero(~np.isin(places.pooling_area, held))
    found = places.pooling_area.copy()
    apart = kilometres(places.lon[without, None], places.lat[without, None],
                       institutions.lon[rows], institutions.lat[rows])  # fmt: skip
    found[without] = held[np.argmin(apart, axis=1)] if len(without) else found[without]
    return found


def of_some(
    places: Places, units: Sequence[Unit], institutions: Facilities, rows: Array, most: int
) -> Found:
    """All of a few hospitals with their shares, or a sample of many.

    Whole hospitals attract by their size (balanced); slices stand for hospitals outside, to which
    others go too.
    """
    none = np.full((len(places.code), 1), NONE)
    lon, lat = institutions.lon[rows], institutions.lat[rows]
    order = rows[nearby(places, lon, lat, none, len(rows))]
    if units[rows[0]].sliced:
        return shared(places, units, institutions, order[:, :most], np.ones((1, 1)))
    near = travel_minutes(
        places.lon[:, None], places.lat[:, None], institutions.lon[rows], institutions.lat[rows]
    )
    people, rounds = places.population.astype(float), int(register.value("balance_rounds"))
    weight = balanced(pulls(near), people, sizes(units)[rows], rounds)
    at = np.searchsorted(rows, order)
    near, upto = (np.take_along_axis(table, at, axis=1) for table in (near, weight))
    if len(rows) > most:
        kind = int(institutions.kind[rows[0]])
        return once(*sampled(places, order, near, shares(upto), most, kind))
    found = nobody(len(places.code), most)
    for table, values in zip(found, (order, shares(upto), near), strict=True):
        table[:, : len(rows)] = values
    return found


def sampled(
    places: Places, order: Array, near: Array, upto: Array, most: int, kind: int
) -> tuple[Array, Array]:
    """Some facilities of each place and their travel: a systematic sample of cumulative shares.

    Equal steps from a start that is keyed by the place: over places every facility has the share
    that it attracts.
    """
    start = placement(places.code, DRAW_OF_KIND + kind)
    steps = (np.arange(most) + start[:, None]) / most
    taken = np.minimum((upto[:, None, :] < steps[:, :, None]).sum(axis=2), upto.shape[1] - 1)
    return np.take_along_axis(order, taken, axis=1), np.take_along_axis(near, taken, axis=1)


def once(option: Array, travel: Array) -> Found:
    """Candidates with even shares, those taken several times once with the sum of their shares."""
    most = option.shape[1]
    last = np.ones(option.shape, dtype=bool)
    last[:, :-1] = option[:, :-1] != option[:, 1:]
    front = np.argsort(~last, axis=1, kind="stable")
    held = np.take_along_axis(last, front, axis=1)
    taste = np.broadcast_to(np.arange(1, most + 1) / most, option.shape)
    once_each = (
        np.where(held, np.take_along_axis(table, front, axis=1), empty)
        for table, empty in ((option, NONE), (taste, 1.0), (travel, 0.0))
    )
    first, second, third = once_each
    return first, second, third
