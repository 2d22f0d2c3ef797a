"""Which counties stand for the whole nation?

Balanced sampling: of many systematic samples with probability by size, drawn from the counties of
the shipped provinces, the one whose residents are most like those of the nation [1, 2]. Ages and
urban share are China's; what no fact gives for China (living in city districts or in a provincial
capital, the way to the municipal hospitals and to the hub) is that of all shipped counties.

[1] Fuller (2009), Some design properties of a rejective sampling procedure, Biometrika 96.
[2] Deville and Tille (2004), Efficient balanced sampling: the cube method, Biometrika 91.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from sim import register
from sim.capacity import Residents, reference, residents_of
from sim.distance import travel_minutes
from sim.divisions import CAPITAL, CODES_PER_PROVINCE, County, counties
from sim.hospitals import capital, municipal_seat
from sim.outline import placement
from sim.places import committee_lines
from sim.standing import Served, holdings
from sim.world import Array

ORDERS, STARTS = 256, 512  # systematic samples tried: orders of the counties x starting points
SPARE = 1.1  # residents of a sample over those asked for, at most
VILLAGE = "village_committee"
TOWNSHIP = 1000  # from a township's code to its county's
DRAW_OF_ORDER = 1000  # purposes of the draws that order counties
CLOSENESS = {  # differences that weigh alike
    "0-4": 0.005, "5-14": 0.008, "15-44": 0.015, "45-64": 0.015, "65+": 0.005,
    "urban": 0.01, "districts": 0.02, "capitals": 0.02, "to_hub": 0.05, "to_municipal": 0.05,
    "villages": 0.04,
}  # fmt: skip
"""Shares of residents, mean logarithms of minutes, village committees per 1,000 residents."""


class Frame(NamedTuple):
    """All counties that may be drawn."""

    rows: tuple[County, ...]
    people: Array
    traits: Array  # (county, trait) in the order of CLOSENESS


@cache
def frame() -> Frame:
    """The shipped counties with their traits."""
    rows = tuple(counties()[code] for code in sorted(counties()))
    people = np.array([row.population for row in rows], dtype=float)
    groups = np.array([np.bincount(register.AGE_BANDS, row.ages) for row in rows])
    villages = village_committees()
    rest = [
        [row.urban / row.population, row.kind == "district", in_capital(row),
         np.log(minutes_to(row, capital(row.province))),
         np.log(minutes_to(row, municipal_seat(row))), villages[row.code] / row.population * 1e3]
        for row in rows
    ]  # fmt: skip
    return Frame(rows, people, np.hstack([groups / people[:, None], np.array(rest, dtype=float)]))


def village_committees() -> Counter[int]:
    """Number of village committees, which have a clinic each, by county."""
    lines = (line.split(",") for line in committee_lines())
    return Counter(int(line[2]) // TOWNSHIP for line in lines if line[3] == VILLAGE)


def in_capital(row: County) -> bool:
    """Whether a county belongs to the capital of its province."""
    return row.prefecture_code % CODES_PER_PROVINCE == CAPITAL


def minutes_to(row: County, seat: County) -> float:
    """Travel from the middle of a county to that of another [minutes]."""
    return float(travel_minutes(row.lon, row.lat, seat.lon, seat.lat))


def traits_of(rows: Sequence[County]) -> dict[str, float]:
    """Traits of the residents of some counties together."""
    every = frame()
    at = [every.rows.index(row) for row in rows]
    means = every.people[at] @ every.traits[at] / every.people[at].sum()
    return dict(zip(CLOSENESS, means.tolist(), strict=True))


def wanted() -> dict[str, float]:
    """What the residents of a sample should be like."""
    ages = np.array(register.column("people", "weight"))
    known = dict(zip(register.AGE_GROUPS, (ages / ages.sum()).tolist(), strict=True))
    return traits_of(frame().rows) | known | {"urban": register.value("urban_share")}


@register.remembered
def sampled(residents: int) -> tuple[County, ...]:
    """The counties that stand for the nation, with at least so many residents, by code.

    Raises ValueError where the shipped counties have too few.
    """
    every, best, least = frame(), None, np.inf
    number = round(residents * every.people.sum() / (every.people @ every.people))
    for order in range(ORDERS):
        rows, apart = nearest_of(every, residents, max(number, 1), order)
        if apart < least:
            best, least = rows, apart
    if best is None:
        raise ValueError(f"no sample of the shipped counties has about {residents} residents")
    return tuple(every.rows[at] for at in sorted(best.tolist()))


def nearest_of(every: Frame, residents: int, number: int, order: int) -> tuple[Array, float]:
    """Of the systematic samples of one order the one most like the nation, and how far it is."""
    codes = np.array([row.code for row in every.rows])
    rank = np.lexsort((placement(codes, DRAW_OF_ORDER + order), every.traits[:, 6]))
    upto = np.cumsum(every.people[rank])
    step = upto[-1] / number
    starts = (np.arange(STARTS) + 0.5) / STARTS * step
    taken = rank[np.searchsorted(upto, starts[:, None] + step * np.arange(number))]
    people, traits = every.people[taken], every.traits[taken]
    means = (people[:, :, None] * traits).sum(axis=1) / people.sum(axis=1)[:, None]
    goal, close = np.array([*wanted().values()]), np.array([*CLOSENESS.values()])
    apart = (((means - goal) / close) ** 2).sum(axis=1)
    total = people.sum(axis=1)
    twice = (np.diff(np.sort(taken, axis=1), axis=1) == 0).any(axis=1)
    apart[(total < residents) | (total > SPARE * residents) | twice] = np.inf
    return taken[np.argmin(apart)], float(apart.min())


def served(rows: Sequence[County]) -> tuple[Served, ...]:
    """What each county of a sample has, so that all together have the nation's capacity.

    Rural, urban, county and district residents weigh as in the sample, not as in all shipped
    counties.
    """
    weighed = [as_in(residents_of(rows), residents_of([row])) for row in rows]
    held = holdings(rows, weighed).tolist()
    return tuple(Served(*each) for each in zip(weighed, held, strict=True))


def as_in(sample: Residents, one: Residents) -> Residents:
    """Residents of one county weighed so that densities refer to a sample."""
    every = reference()
    scale = {
        who: every.using(who) / every.total * sample.total / max(sample.using(who), 1)
        for who in ("urban", "rural", "counties", "districts")
    }
    return one._replace(**{who: one.using(who) * factor for who, factor in scale.items()})
