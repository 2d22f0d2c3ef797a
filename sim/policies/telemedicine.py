"""Lower-tier doctors may consult the hub's specialists without sending the patient there.

A share `coverage` of the facilities of the chosen tiers is linked, the first ones of a keyed order
within each tier, so that raising it only adds. The general department of each may ask for
per_1000 / 1000 / 365 x residents served remote consultations a day, where

    residents served = residents of the world x own doctors / doctors of all chosen facilities.

The hub answers on the chosen weekdays in the afternoon session, with `experts` doctors taken from
its general department: they leave it, none is added.

Source: programmes HB, LN, HS, row telemedicine (programmes.md); dose as counted in domain.md 4.8.
Assumed: links, allowance, experts, their weekdays, and the share `success` of the specialist's
skill that works at a distance. What emerges: which patients are discussed, what is resolved, the
queue of requests until the next session, trust in lower tiers, bypass, the wait at the hub itself.
Simple: one hub (the first with a remote department) and its general department answer everything.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import staffing
from sim.effects import DOSES, Change, Claim, EffectError, covered, dose
from sim.staffing import DAYS, Answering, Weekday
from sim.targets import specialty_of
from sim.world import Array, World

DAYS_PER_YEAR = 365.0
PER_THOUSAND = 1000.0
LowerTier = Literal["village", "township", "county", "municipal"]

DOSE = {"coverage": 1.0, "per_1000": 30.0, "experts": 8}
CLAIMS = (
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", direction="up", at_least=1.0,
        dose=DOSE, fails_where="one expert: hardly anybody leaves the hub's afternoons",
        fails_with={"experts": 1},
    ),
    Claim(
        kind="response", measure="bypass", tier="", direction="down", at_least=0.005,
        dose=DOSE, fails_where="residents without memory of what was resolved below", holds=False,
        fails_with={"behaviour.trust": 0.0, "behaviour.reputation": 0.0},
    ),
    Claim(
        kind="response", measure="travel_per_episode", tier="", direction="down", at_least=0.35,
        dose=DOSE, fails_where="one expert: hardly anybody leaves the hub's afternoons",
        fails_with={"experts": 1},
        holds=False,
    ),
)


class Params(BaseModel):
    """Who is linked, how much they may ask, and who answers when."""

    model_config = DOSES

    coverage: float = dose(0.0, "1", "share of the chosen facilities that are linked", ge=0, le=1)
    per_1000: float = dose(
        30.0, "1/1000 residents/year", "remote consultations that linked facilities may ask for",
        ge=0, le=1000,
    )  # fmt: skip
    success: float = dose(
        0.8, "1", "share of the specialist's skill kept at a distance (assumption)", ge=0, le=1
    )
    experts: int = dose(1, "persons", "doctors of the hub who answer in a session", ge=0, le=100)
    days: tuple[Weekday, ...] = dose(
        DAYS[:5], "weekday", "days with a remote session; W007: wednesday, friday", min_length=1
    )
    tiers: tuple[LowerTier, ...] = dose(
        ("village", "township"), "tier", "tiers whose facilities may be linked", min_length=1
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Links, allowances and the move of the hub's doctors; none at coverage 0.

    Raises EffectError where no hub has a general and a remote department.
    """
    asking = askers(world, params)
    linked = asking[_covered(world, asking, params.coverage)]
    if not len(linked):
        return ()
    hub = answerers(world)
    rate = params.per_1000 / PER_THOUSAND / DAYS_PER_YEAR
    served = residents_served(world, asking)[np.isin(asking, linked)]
    return staffing.consult(
        linked, rate * served, params.success, hub, params.experts, params.days
    )


def askers(world: World, params: Params) -> Array:
    """Rows of the general departments of facilities in the chosen tiers."""
    tiers = [world.names.tiers.index(tier) for tier in params.tiers]
    department = world.departments
    chosen = np.isin(world.facilities.tier[department.facility], tiers)
    return np.flatnonzero(chosen & (department.specialty == specialty_of(world, "general")))


def residents_served(world: World, asking: Array) -> Array:
    """Residents of the world shared out by each asking department's doctors over the week."""
    doctors = world.departments.doctors[asking].sum(axis=(1, 2), dtype=np.float64)
    total = doctors.sum()
    return world.places.population.sum() * doctors / total if total else doctors


def answerers(world: World) -> Answering:
    """The first hub with a general and a remote department."""
    hubs = world.facilities.tier == world.names.tiers.index("hub")
    found = staffing.answering(world, hubs, "general")
    if found is None:
        raise EffectError("telemedicine needs a hub with a general and a remote department")
    return found


def _covered(world: World, asking: Array, coverage: float) -> Array:
    """Mask of the asking departments that are linked: the share of each tier, in keyed order."""
    facility = world.departments.facility[asking]
    linked = np.zeros(len(asking), dtype=bool)
    for tier in np.unique(world.facilities.tier[facility]):
        own = world.facilities.tier[facility] == tier
        linked[own] = covered(world.facilities.code[facility[own]], coverage)
    return linked
