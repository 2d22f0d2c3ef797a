"""Where does an institution refer to, and who takes its inpatients down?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim import register
from sim.distance import kilometres
from sim.divisions import province_of
from sim.facilities import OUTSIDE, Unit
from sim.world import Array

NONE = -1
STEP_DOWN_KINDS = ("township_centre", "community_centre", "small_hospital")
Groups = dict[int, list[int]]


def referral_targets(units: Sequence[Unit]) -> Array:
    """Where each unit formally refers to: its township centre, county general, municipal, hub.

    The nearest of its own township, else county, else pooling area, else of all. Several hubs take
    the municipal hospitals in turn.
    """
    found = np.full(len(units), NONE)
    tiers = [register.KIND[unit.kind].tier for unit in units]
    for tier, upward in (
        ("village", lambda row: tiers[row] == "township"),
        ("township", lambda row: units[row].kind == "county_general"),
        ("county", lambda row: units[row].kind == "municipal_general"),
        ("municipal", lambda row: units[row].kind == "hub_general"),
    ):
        senders = [row for row in range(len(units)) if tiers[row] == tier]
        targets = [row for row in range(len(units)) if upward(row)]
        if targets and tier == "municipal":
            found[senders] = in_turn(units, senders, targets)
        elif targets:
            found[senders] = nearest_of(units, senders, targets)
    return found


def in_turn(units: Sequence[Unit], senders: list[int], targets: list[int]) -> Array:
    """Hubs for municipal hospitals, those of each province in turn."""
    found = np.full(len(senders), NONE)
    areas = [np.array([province_of(units[row].pooling_area) for row in rows], dtype=np.int64)
             for rows in (senders, targets)]  # fmt: skip
    for province in np.unique(areas[0]):
        here, there = areas[0] == province, np.array(targets)[areas[1] == province]
        if len(there):
            found[here] = np.resize(there, int(here.sum()))
    return found


def nearest_of(units: Sequence[Unit], senders: list[int], targets: list[int]) -> list[int]:
    """The nearest target of each sender, those of the smallest common area first."""
    levels: list[Callable[[Unit], int]] = [
        lambda unit: unit.township, lambda unit: unit.county, lambda unit: unit.pooling_area,
    ]  # fmt: skip
    groups = [by_area(units, targets, level) for level in levels]
    found = []
    for row in senders:
        areas = [level(units[row]) for level in levels]
        near = [group[area] for group, area in zip(groups, areas, strict=True) if area in group]
        found.append(nearest(units, row, near[0] if near else targets))
    return found


def by_area(units: Sequence[Unit], rows: Sequence[int], area: Callable[[Unit], int]) -> Groups:
    """Rows of units by area; those of none are left out."""
    found: Groups = {}
    for row in rows:
        if area(units[row]) != NONE:
            found.setdefault(area(units[row]), []).append(row)
    return found


def nearest(units: Sequence[Unit], row: int, candidates: list[int]) -> int:
    """The nearest candidate; the first of equals."""
    if len(candidates) == 1:
        return candidates[0]
    lon, lat = (np.array([getattr(units[i], axis) for i in candidates]) for axis in ("lon", "lat"))
    return candidates[int(np.argmin(kilometres(lon, lat, units[row].lon, units[row].lat)))]


def step_down_targets(units: Sequence[Unit], beds: Array) -> Array:
    """Who takes hospital inpatients down; -1 where nobody does.

    The unit of lower rank with the most beds in the county where the hospital stands; hospitals of
    no county go through these in turn. For slices, which stand outside, that of all counties.
    """
    below = [row for row, u in enumerate(units) if u.kind in STEP_DOWN_KINDS and beds[row] > 0]
    below.sort(key=lambda row: -beds[row])
    groups, found = by_area(units, below, lambda unit: unit.county), np.full(len(units), NONE)
    passed: dict[int, int] = {}
    for row, unit in enumerate(units):
        if unit.kind in register.HOSPITAL_KINDS and unit.kind != "small_hospital":
            where = unit.seat if unit.county == OUTSIDE else unit.county
            lower = [b for b in groups.get(where, below) if rank(units[b]) < rank(unit)]
            turn = passed.get(where, 0)
            if lower:
                found[row] = lower[turn % len(lower)]
            passed[where] = turn + (unit.seat != OUTSIDE)
    return found


def rank(unit: Unit) -> int:
    """Order of a unit within a day."""
    return register.KIND[unit.kind].rank
