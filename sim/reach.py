"""Which hospitals do residents know when borders between prefectures fall?

A place keeps its own hospitals in the proportions that it had, and learns of those of the others
that attract it most. How long a way takes is read from the ways of the World itself.
"""

from __future__ import annotations

import numpy as np

from sim.attraction import pull
from sim.effects import Change, put
from sim.sphere import kilometres
from sim.world import Array, World

NONE = -1


def across(world: World, areas: Array, kind: str, scale: float) -> tuple[Change, ...]:
    """Choice sets of the places of some pooling areas over the hospitals of a kind of all of them.

    A hospital attracts by physicians x exp(-travel / scale); as many are known as before. Places
    that nothing of another area reaches stay as they are.
    """
    at = world.names.kinds.index(kind)
    rows = np.flatnonzero(
        (world.facilities.kind == at) & np.isin(world.facilities.pooling_area, areas)
    )
    homes = np.flatnonzero(
        np.isin(world.places.pooling_area, areas) & (world.choice.option[:, at, 0] >= 0)
    )
    if not len(homes) or len(np.unique(world.facilities.pooling_area[rows])) < 2:
        return ()
    option, taste, travel = known(world, homes, rows, at, scale)
    changed = (option != world.choice.option[homes, at]).any(axis=1)
    where = (homes[changed], at)
    if not changed.any():
        return ()
    return (
        put("choice.option", where, option[changed]), put("choice.taste", where, taste[changed]),
        put("choice.travel", where, travel[changed]),
    )  # fmt: skip


def known(world: World, homes: Array, rows: Array, at: int, scale: float) -> tuple[Array, ...]:
    """Options, cumulative tastes and travel of places among their own hospitals and `rows`."""
    own, before = world.choice.option[homes, at], world.choice.travel[homes, at]
    share = np.diff(world.choice.taste[homes, at], axis=1, prepend=0.0)
    size = world.facilities.physicians
    drawn = np.where(own >= 0, size[own] * pull(before, scale), 0.0)
    area = world.facilities.pooling_area[rows]
    foreign = area[None, :] != world.places.pooling_area[homes][:, None]
    minutes = travel(world, homes, rows, at)
    weight = np.concatenate([
        share * drawn.sum(axis=1, keepdims=True), size[rows] * pull(minutes, scale) * foreign
    ], axis=1)  # fmt: skip
    given = np.concatenate([own, np.broadcast_to(rows, foreign.shape)], axis=1)
    way = np.concatenate([before, minutes], axis=1)
    best = np.argsort(-weight, axis=1, kind="stable")[:, : own.shape[1]]
    weight, given, way = (np.take_along_axis(t, best, axis=1) for t in (weight, given, way))
    given = np.where(weight > 0.0, given, NONE)
    return given, np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True), way


def travel(world: World, homes: Array, rows: Array, at: int) -> Array:
    """Minutes from places to hospitals, as of ways of the same length that the World knows."""
    seen = world.choice.option >= 0
    place, kind, c = np.nonzero(seen)
    keep = np.isin(kind, np.flatnonzero(seen.any(axis=(0, 2)))[-3:]) | (kind == at)
    place, kind, c = place[keep], kind[keep], c[keep]
    to, (lon, lat) = world.choice.option[place, kind, c], (world.places.lon, world.places.lat)
    x, y = world.facilities.lon, world.facilities.lat
    far = kilometres(lon[place], lat[place], x[to], y[to])
    order = np.argsort(far, kind="stable")
    asked = kilometres(lon[homes][:, None], lat[homes][:, None], x[rows], y[rows])
    return np.interp(asked, far[order], world.choice.travel[place, kind, c][order])
