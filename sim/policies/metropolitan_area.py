"""Neighbouring prefectures become one area for patients: insurance, tests, numbers, choice.

The first `prefectures` of those listed in `areas` (pooling areas; all of the world if none is
listed) have joined, so that raising the number only adds. Among those that have

    insurance   care in another prefecture is paid as if filed, without filing
    tests       hospitals of one grade take over a share `recognition` of each other's tests
    numbers     municipal hospitals and hubs hold a share `slots` of their numbers for linked
                referrers; a share `formal` more of county hospitals' advice is a referral
    choice      (choices) residents also know the municipal hospitals of the other prefectures:
                each place the four that attract most, by physicians x exp(-travel / scale), its own
                in the proportions that they had

Source: programmes HB (Wuhan metropolitan area), HS ("same-city treatment" with Wuhan); row
metropolitan_area (programmes.md), domain.md 1.1. Baseline outside the area: R018, R019.
Assumed: which prefectures, recognition, slots, formal; scale is that of the baseline's choice sets.
What emerges: flows between neighbours, visits to the hub, what residents pay.
Simple: care outside the own pooling area is still paid at the outside rate, only filed; residents
of prefectures without a municipal hospital of their own keep what they know.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import reach, targets
from sim.effects import DOSES, Change, Claim, dose, put, raise_by
from sim.world import Array, World

NAME = "metropolitan_area"
ONE_AREA = 1  # code of the area
HIGH = ("municipal_general", "hub_general")
GRADED = ("county_general", "county_tcm", "mch", *HIGH, "children_hospital")

DOSE = {"prefectures": 2}
CLAIMS = (
    Claim(
        kind="response", measure="visit_share", tier="hub", direction="up", at_least=0.005,
        dose=DOSE, fails_where="residents whose prefecture has not joined",
        world="huangshi_baseline", holds=False,
        fails_with={"prefectures": 1},
    ),
    Claim(
        kind="identity", measure="out_of_pocket_per_visit", tier="hub", direction="down",
        at_least=1.0, dose=DOSE, fails_where="residents whose prefecture has not joined",
        world="huangshi_baseline",
        fails_with={"prefectures": 1},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", direction="up", at_least=1.0,
        dose=DOSE, fails_where="residents whose prefecture has not joined",
        world="huangshi_baseline", holds=False,
        fails_with={"prefectures": 1},
    ),
)  # fmt: skip


class Params(BaseModel):
    """Who joins, and what they share."""

    model_config = DOSES

    prefectures: int = dose(0, "prefectures", "that have joined, first ones first", ge=0, le=100)
    areas: tuple[str | int, ...] = dose(
        (), "name", "prefectures by name or code, in the order of joining; () all of the world"
    )
    recognition: float = dose(
        0.3, "1", "share of a peer's tests that one takes over (assumption)", ge=0, le=1
    )
    slots: float = dose(
        0.0, "1", "share of high hospitals' numbers held for linked referrers", ge=0, le=1
    )
    formal: float = dose(
        0.0, "1", "share of county hospitals' advice that becomes a referral", ge=0, le=1
    )
    choices: bool = dose(True, "yes/no", "whether residents know hospitals across borders")
    scale: float = dose(
        15.0, "minutes", "travel over which the pull of a hospital falls to 37 %", ge=1, le=120
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Insurance, tests, numbers and choice sets of those that have joined; none without."""
    if params.prefectures == 0:
        return ()
    joined = targets.areas(world, params.areas)[: params.prefectures]
    at = world.facilities.pooling_area
    inside, homes = np.isin(at, joined), np.isin(world.places.pooling_area, joined)
    shares = (
        raise_by("facilities.peers", of_kinds(world, inside, GRADED), params.recognition),
        raise_by("departments.held", booked(world, of_kinds(world, inside, HIGH)), params.slots),
        raise_by(
            "facilities.referral_formal", of_kinds(world, inside, ("county_general",)),
            params.formal,
        ),
    )  # fmt: skip
    known = reach.across(world, joined, "municipal_general", params.scale)
    return (
        put("facilities.metro", np.flatnonzero(inside), ONE_AREA),
        put("places.metro", np.flatnonzero(homes), ONE_AREA),
        *(change for change in shares if change.amount > 0.0),
        *(known if params.choices else ()),
    )


def of_kinds(world: World, inside: Array, kinds: tuple[str, ...]) -> Array:
    """Facilities of some kinds among those inside."""
    wanted = [world.names.kinds.index(kind) for kind in kinds if kind in world.names.kinds]
    return np.flatnonzero(inside & np.isin(world.facilities.kind, wanted))


def booked(world: World, facilities: Array) -> Array:
    """Departments of facilities that give out numbers."""
    department = world.departments
    return np.flatnonzero(
        np.isin(department.facility, facilities) & (department.quota_minutes > 0.0)
    )
