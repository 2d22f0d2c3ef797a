"""What does a world hold of a quantity: institutions, beds, physicians, residents, rules?

These are inputs: what the model takes in. Numbers are per resident where the table of quantities
scales them by the population; below a province, slices of what lies above are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from sim import register
from sim.divisions import counties_of, find
from sim.validation.outcomes import Silent, there
from sim.validation.words import NATION, Place, Tier
from sim.world import World

SLICED = {"county": ("municipal", "hub"), "prefecture": ("hub",)}  # tiers that a world has in part
BAND_STARTS = (0, 1, *range(5, 90, 5))  # of the 19 age bands of the census
AGES = re.compile(r"(\d+)\s*(?:-\s*(\d+)|\+|and over)")
ANGINA, TUBERCULOSIS = "chronic_exacerbation", "moderate_acute"
RURAL_PRIMARY = ("village_clinic", "township_centre")


class Held:
    """A world, the place that it is, and the words of the fact that asks."""

    def __init__(self, world: World, place: Place, words: str = "") -> None:
        self.world, self.place, self.words = world, place, words

    @property
    def residents(self) -> float:
        """Residents of the census."""
        return float(self.world.places.population.sum())

    def whole(self, tier: Tier) -> np.ndarray:
        """Facilities that a tier means and that are there whole. Raises Silent for none."""
        if tier.reason:
            raise Silent(f"{tier.tier}: {tier.reason}")
        sliced = [self.world.names.tiers.index(name) for name in SLICED.get(self.place.level, ())]
        found = there(self.world, tier) & ~np.isin(self.world.facilities.tier, sliced)
        if not found.any():
            raise Silent(f"no {tier.tier} in this world")
        return found


def institutions(held: Held, tier: Tier) -> float:
    """Institutions per resident."""
    return float(held.whole(tier).sum()) / held.residents


def registered(world: World) -> np.ndarray:
    """Registered beds of each facility: open ones over the open share of its class."""
    classes = [register.KIND[name].capacity for name in world.names.kinds]
    shares = np.array([register.CAPACITY[name].open_share for name in classes])
    return np.asarray(world.facilities.beds) / shares[world.facilities.kind]


def beds(held: Held, tier: Tier) -> float:
    """Registered beds per resident."""
    return float(registered(held.world)[held.whole(tier)].sum()) / held.residents


def mean_beds(held: Held, tier: Tier) -> float:
    """Registered beds per institution."""
    return float(registered(held.world)[held.whole(tier)].mean())


def physicians(held: Held, tier: Tier) -> float:
    """Licensed physicians per resident."""
    return float(np.asarray(held.world.facilities.physicians)[held.whole(tier)].sum()) / (
        held.residents
    )


def residents(held: Held, tier: Tier) -> float:
    """Residents of the census of 2020."""
    if held.place.level == NATION:
        raise Silent("the nation is a sample: numbers are scaled to its population")
    return held.residents


def counties(held: Held, tier: Tier) -> float:
    """Counties without districts and county-level cities."""
    if held.place.level != "province":
        raise Silent("known of a province only")
    rows = counties_of(find("province", held.place.name).code)
    return float(sum(row.kind == "county" for row in rows))


def age_share(held: Held, tier: Tier) -> float:
    """Share of residents of the ages that the quantity names."""
    first, after = ages(held.words)
    places, people = held.world.places, held.world.people
    if not {first, after} <= {*BAND_STARTS, np.inf}:
        raise Silent(f"ages are known by five years, not {held.words!r}")
    shares = np.diff(np.asarray(people.age_cumulative), axis=1, prepend=0.0)
    inside = [first <= start < after for start in BAND_STARTS]
    of_places = shares[np.asarray(places.age_mix)][:, inside].sum(axis=1)
    return float(of_places @ places.population) / held.residents


def ages(words: str) -> tuple[float, float]:
    """First year of age and the year after the last that some words name. Raises Silent."""
    found = AGES.search(words)
    if not found:
        raise Silent(f"no ages in {words!r}")
    return float(found[1]), float(found[2]) + 1 if found[2] else np.inf


def employees(held: Held) -> float:
    """Expected share of residents in the employees' scheme."""
    places, people = held.world.places, held.world.people
    shares = np.diff(np.asarray(people.age_cumulative), axis=1, prepend=0.0)
    by_band = np.asarray(people.employee)[:, np.asarray(people.age_group)]
    of_places = shares[np.asarray(places.age_mix)] * by_band[np.asarray(places.urban)]
    return float(of_places.sum(axis=1) @ places.population) / held.residents


def rule(field: str, scheme: str) -> Content:
    """A rule of payment by scheme: the mean over the grades that a tier means."""

    def told(held: Held, tier: Tier) -> float:
        grades = np.unique(held.world.facilities.grade[there(held.world, tier)])
        if tier.reason or not len(grades):
            raise Silent(f"no rule for {tier.tier}")
        rules = getattr(held.world.payment, field)[held.world.names.schemes.index(scheme)]
        return float(np.mean(rules[grades]))

    return told


def minutes(condition: str) -> Content:
    """Contact minutes of a condition at village clinics and township centres [minutes]."""

    def told(held: Held, tier: Tier) -> float:
        names = held.world.names
        kinds = [names.kinds.index(kind) for kind in RURAL_PRIMARY]
        row = held.world.care.minutes[names.conditions.index(condition)]
        return float(np.mean(np.asarray(row)[kinds]))

    return told


def _recognition(held: Held, tier: Tier) -> float:
    graded = np.asarray(held.world.facilities.recognition)
    return float(graded.max()) / register.value("recognition_fidelity")


def _appointments(held: Held, tier: Tier) -> float:
    slotted = np.asarray(held.world.departments.slotted)
    return float(slotted.max()) / register.value("slot_share")


Content = Callable[[Held, Tier], float]
CONTENTS: dict[str, Content] = {
    "institutions": institutions, "beds": beds, "mean_beds": mean_beds, "physicians": physicians,
    "residents": residents, "counties": counties, "age_share": age_share,
    "employees_scheme": lambda held, tier: employees(held),
    "residents_scheme": lambda held, tier: 1 - employees(held),
    "inpatient_rate_resident": rule("inpatient", "resident"),
    "inpatient_rate_employee": rule("inpatient", "employee"),
    "outpatient_rate_resident": rule("outpatient", "resident"),
    "outpatient_rate_employee": rule("outpatient", "employee"),
    "deductible_resident": rule("deductible", "resident"),
    "deductible_employee": rule("deductible", "employee"),
    "filed": lambda held, tier: float(held.world.payment.filed),
    "unfiled": lambda held, tier: float(held.world.payment.unfiled),
    "no_show": lambda held, tier: float(held.world.behaviour.no_show),
    "declines": lambda held, tier: float(held.world.behaviour.declines),
    "minutes_angina": minutes(ANGINA), "minutes_tb": minutes(TUBERCULOSIS),
    "recognition": _recognition, "appointments": _appointments,
}  # fmt: skip
