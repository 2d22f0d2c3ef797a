"""In which counties and districts does tertiary capacity stand?

The statistics know tertiary hospitals, not their share in each county. What counties have of it
together makes so many hospitals, and stands in as many counties, the largest first; likewise what
districts have (domain.md 2.1, 4.2). A real county is looked at among those of its province.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim import register
from sim.capacity import Residents, general_tertiary, residents_of
from sim.divisions import County, counties
from sim.world import Array


class Served(NamedTuple):
    """Whom the institutions of a county serve, and what part of tertiary capacity stands there."""

    residents: Residents
    tertiary: float  # times its residents' share


def served_in_province(county: County) -> Served:
    """A real county as it stands among those of its province."""
    return Served(residents_of([county]), tertiary_of(county.province)[county.code])


@register.remembered
def tertiary_of(province: int) -> dict[int, float]:
    """What each county of a province holds of tertiary capacity, times its residents' share."""
    rows = [row for row in counties().values() if row.province == province]
    held = holdings(rows, [residents_of([row]) for row in rows])
    return {row.code: each for row, each in zip(rows, held.tolist(), strict=True)}


def holdings(rows: Sequence[County], residents: Sequence[Residents]) -> Array:
    """What each of some counties holds of tertiary capacity, times its residents' share."""
    units = np.array([general_tertiary(each).units for each in residents])
    district = np.array([row.kind == "district" for row in rows])
    found = np.zeros(len(rows))
    for among in (district, ~district):
        if among.any():
            holds = first_class(units, among)
            found[holds] = units[among].sum() / units[holds].sum()
    return found


def first_class(units: Array, among: Array) -> Array:
    """Which of some counties have a tertiary hospital: as many as their units make, the largest."""
    number = min(max(round(units[among].sum()), 1), int(among.sum()))
    largest = np.argsort(-np.where(among, units, -1.0), kind="stable")[:number]
    return np.isin(np.arange(len(units)), largest) & among
