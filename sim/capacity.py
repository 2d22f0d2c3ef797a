"""How much care do the national statistics give to how many residents?

One function for every kind. National amounts per 10,000 residents by class of institution
(domain.md 4.2) are divided by who uses them: rural or urban residents, or the grade by tier matrix
of visits (4.1). Densities refer to the composition of the residents of all shipped counties, so
that sums over all of them reproduce the statistics.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from sim import register
from sim.divisions import County, counties

PER = 10_000.0
AREAS = ("counties", "districts", "municipal", "hub")
BASES: dict[str, tuple[tuple[str, str], ...]] = {  # classes, and the residents who use them
    "village_clinic": (("village", "rural"),),
    "clinic": (("clinic", "total"),),
    "community_station": (("clinic", "urban"),),
    "township_centre": (("township", "rural"),),
    "community_centre": (("community", "urban"),),
    "small_hospital": (("small", "counties"), ("small", "districts")),
    "mch": (("mch", "total"),),
    "county_tcm": (("secondary", "counties"), ("secondary", "districts")),
    "county_general": (("secondary", "counties"), ("secondary", "districts")),
    "municipal_general": (("secondary", "municipal"), ("tertiary", "municipal")),
    "hub_general": (("tertiary", "hub"),),
    "children_hospital": (("tertiary", "hub"),),
}


class Residents(NamedTuple):
    """Numbers of residents [persons] by what they use."""

    total: float
    urban: float
    rural: float
    counties: float  # living in counties and county-level cities
    districts: float  # living in city districts

    def using(self, tier: str) -> float:
        """Residents for whom a tier or setting exists; municipal hospitals and hubs serve all."""
        return self.total if tier in ("municipal", "hub") else getattr(self, tier)


class Amounts(NamedTuple):
    """Amounts of one kind; doctors and beds as fractions, before units are formed."""

    units: float  # institutions
    duty: float  # doctors on outpatient duty [persons]
    physicians: float  # all licensed physicians [persons]
    beds: float  # open beds
    test_slots: float  # tests a day
    emergency: float  # emergency doctors at all hours [persons]
    visits: float  # visits per effective day

    def times(self, factor: float) -> Amounts:
        """All amounts multiplied."""
        return Amounts(*(amount * factor for amount in self))

    def plus(self, other: Amounts) -> Amounts:
        """Both together."""
        return Amounts(*(a + b for a, b in zip(self, other, strict=True)))


NOTHING = Amounts(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def residents_of(rows: Iterable[County]) -> Residents:
    """Residents of some counties together."""
    rows = tuple(rows)
    districts = sum(row.population for row in rows if row.kind == "district")
    total = sum(row.population for row in rows)
    urban = sum(row.urban for row in rows)
    return Residents(total, urban, total - urban, total - districts, districts)


@cache
def reference() -> Residents:
    """Residents of all shipped counties: the composition that densities refer to."""
    return residents_of(counties().values())


def capacity(kind: str, residents: Residents) -> Amounts:
    """Amounts of a kind for some residents: sum of its classes, times the kind's share of them."""
    amount = NOTHING
    for name, who in BASES[kind]:
        amount = amount.plus(class_capacity(name, who, residents))
    return amount.times(share_of_kind(kind))


def class_capacity(name: str, tier: str, residents: Residents) -> Amounts:
    """Amounts of a class of institution in one tier or setting for some residents.

    national amount per 10,000 x share of the class's visits in the tier x residents who use it,
    scaled by how many of all residents do.
    """
    scale = tier_share(name, tier) * reference().total / max(reference().using(tier), 1)
    return national(name).times(scale * residents.using(tier) / PER)


def general_tertiary(residents: Residents) -> Amounts:
    """Tertiary capacity of counties and districts for some residents."""
    parts = [class_capacity("tertiary", who, residents) for who in ("counties", "districts")]
    return parts[0].plus(parts[1])


def national(name: str) -> Amounts:
    """Amounts of a class per 10,000 residents of China in 2022."""
    row = register.CAPACITY[name]
    return Amounts(
        row.units, row.duty_doctors, row.physicians, row.beds * row.open_share,
        row.test_slots, row.emergency_doctors, row.visits,
    )


def tier_share(name: str, tier: str) -> float:
    """Share of a hospital class's visits in a tier; 1 for classes that are not split by tier."""
    return register.tier_share(name, tier) if tier in AREAS else 1.0


def share_of_kind(kind: str) -> float:
    """Share of its classes that a kind has, where two kinds share them."""
    tcm, children = register.value("county_tcm_share"), register.value("children_share")
    clinics = register.value("clinic_units")
    shares = {
        "county_tcm": tcm, "county_general": 1.0 - tcm, "children_hospital": children,
        "hub_general": 1.0 - children, "clinic": clinics, "community_station": 1.0 - clinics,
    }
    return shares.get(kind, 1.0)
