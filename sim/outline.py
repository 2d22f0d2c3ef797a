"""Which spots inside the outline of its county do a code's draws give?

Every point belongs to a code under a placement seed. The loops stop at the first points that fit,
so that a province is placed in a second.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np

from sim.arithmetic import entry
from sim.chance import PLACEMENT, key, uniforms
from sim.divisions import TABLES
from sim.world import Array

Rings = tuple[Array, ...]


@cache
def outlines() -> dict[int, Rings]:
    """Rings (points, longitude and latitude) of each county's outline; holes are rings too."""
    path = TABLES / "county_boundaries.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {int(f["properties"]["county_code"]): rings_of(f["geometry"]) for f in features}


def rings_of(geometry: dict) -> Rings:
    """All rings of a polygon or of several."""
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return tuple(np.array(ring, dtype=float) for polygon in polygons for ring in polygon)


def edges_of(outline: Sequence[Array]) -> Array:
    """Edges (edges, 4) of all rings: longitude and latitude of start and end."""
    return np.vstack([np.column_stack([ring[:-1], ring[1:]]) for ring in outline])


def inside(points: Array, outline: Sequence[Array]) -> Array:
    """Whether each point (n, 2) lies inside the rings: an odd number of edges to its east."""
    return inside_edges(np.ascontiguousarray(points, dtype=float), edges_of(outline))


@entry
def inside_edges(points, edges):
    """Whether each point lies inside the edges."""
    found = np.empty(len(points), dtype=np.bool_)
    for row in range(len(points)):
        found[row] = encloses(edges, points[row, 0], points[row, 1])
    return found


@entry
def encloses(edges, lon, lat):
    """Whether an odd number of edges lies to the east of a point."""
    odd = False
    for row in range(len(edges)):
        lon1, lat1, lon2, lat2 = edges[row]
        if (lat1 > lat) != (lat2 > lat):
            crossing = lon1 + (lat - lat1) * (lon2 - lon1) / (lat2 - lat1)
            if lon < crossing:
                odd = not odd
    return odd


@entry
def fitting(code, seed, low, size, centre, pull, edges, count, most):
    """The first `most` of `count` points drawn in a box that lie inside; (points, 2).

    A point is drawn to a centre by `pull`: 1 leaves it where it was drawn.
    """
    points, found = np.empty((most, 2)), 0
    own = key(seed, code, 0, PLACEMENT)
    for index in range(count):
        if found == most:
            break
        first, second, _, _ = uniforms(own, index, 0, PLACEMENT)
        lon, lat = low[0] + size[0] * first, low[1] + size[1] * second
        if pull != 1.0:
            lon = centre[0] + (lon - centre[0]) * pull
            lat = centre[1] + (lat - centre[1]) * pull
        if encloses(edges, lon, lat):
            points[found, 0], points[found, 1] = lon, lat
            found += 1
    return points[:found]


@entry
def spots(codes, seats, degrees, edges, seed, count):
    """Spots (codes, 2) inside the edges, each around its seat; the seat where no draw fits.

    Each code draws `count` points of the unit disc, stretched to its degrees (codes, 2) east and
    north and ever nearer to the seat; the first that fits is its spot.
    """
    found = seats.copy()
    for row in range(len(codes)):
        own = key(seed, codes[row], 0, PLACEMENT)
        for index in range(count):
            first, second, _, _ = uniforms(own, index, 0, PLACEMENT)
            east, north = first * 2.0 - 1.0, second * 2.0 - 1.0
            if east * east + north * north > 1.0:
                continue
            nearer = 1.0 - index / count
            lon = seats[row, 0] + east * degrees[row, 0] * nearer
            lat = seats[row, 1] + north * degrees[row, 1] * nearer
            if encloses(edges, lon, lat):
                found[row, 0], found[row, 1] = lon, lat
                break
    return found


@entry
def placement(codes, purpose):
    """One draw in (0, 1) for each code and purpose, whatever the placement seed."""
    found = np.empty(len(codes))
    for row in range(len(codes)):
        own = key(0, codes[row], purpose, PLACEMENT)
        found[row], _, _, _ = uniforms(own, 0, 0, PLACEMENT)
    return found
