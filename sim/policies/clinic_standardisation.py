"""Village clinics and township centres are brought to standard: tests, drugs, opening days.

A share `coverage` of the places of each chosen kind takes part, the first ones of a keyed order, so
that raising it only adds. After `months` of a ramp of `ramp` months, share = min(months / ramp, 1),

    tests   can be done  = 1 - (1 - before) x (1 - tests x share)
    drugs   in stock     = 1 - (1 - before) x (1 - drugs x share)
    days    half-days a week on which the place was closed and one of its doctors now works, from
            Saturday on, days x share of them, rounded down: beyond a week's duty, in the ledger

Source: programmes HS ("second round of the three-year grassroots action"), SC, LN (rural services);
row clinic_standardisation (programmes.md), domain.md 1.3 (ramp of three years) and 2.2 (never trust
itself).
Assumed: how far tests and drugs go, who takes part; no document says what the standard adds. What
emerges: what is resolved and learned, first contacts below, who stays away from hospitals, waits.
Simple: equipment costs nobody anything; skill is a matter of `village_doctors` and training.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import targets
from sim.effects import DOSES, Change, Claim, add, dose, grown, raise_by
from sim.world import SESSIONS, WORKDAYS, Array, World

NAME = "clinic_standardisation"
Kind = Literal["village_clinic", "community_station", "township_centre", "community_centre"]

DOSE = {"coverage": 1.0}
CLAIMS = (
    Claim(
        kind="response", measure="first_contact_primary", tier="", direction="up",
        at_least=0.005, dose=DOSE, fails_where="residents without memory of what was resolved",
        fails_with={"behaviour.trust": 0.0, "behaviour.reputation": 0.0}, holds=False,
    ),
    Claim(
        kind="identity", measure="unresolved", tier="village", direction="down", at_least=0.005,
        dose=DOSE, fails_where="a standard that adds neither tests nor drugs to speak of",
        fails_with={"tests": 0.02, "drugs": 0.02},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="township", direction="up", at_least=1.0,
        dose=DOSE, fails_where="one clinic in twenty is up to standard", holds=False,
        fails_with={"coverage": 0.05},
    ),
)


class Params(BaseModel):
    """Who takes part, how long since, and what the standard adds."""

    model_config = DOSES

    coverage: float = dose(0.0, "1", "share of the places of each kind", ge=0, le=1)
    months: float = dose(36.0, "months", "since the programme began", ge=0, le=600)
    ramp: float = dose(36.0, "months", "until the standard is reached", ge=0, le=600)
    tests: float = dose(0.3, "1", "share of the lacking tests gained (assumption)", ge=0, le=1)
    drugs: float = dose(0.5, "1", "share of the lacking drugs gained (assumption)", ge=0, le=1)
    days: int = dose(0, "half-days/week", "closed half-days that open", ge=0, le=4)
    kinds: tuple[Kind, ...] = dose(
        ("village_clinic", "township_centre"), "kind", "kinds brought to standard", min_length=1
    )
    places: tuple[str | int, ...] = targets.places_dose("places that may take part")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Tests, drugs and opening days of the places that take part; nothing at coverage 0."""
    if params.coverage == 0.0:
        return ()
    rows = targets.reached(world, params.kinds, params.places, params.coverage, NAME)
    shares = {"test_share": params.tests, "formulary": params.drugs}
    raised = (
        raise_by(f"facilities.{name}", rows, grown(share, params.months, params.ramp))
        for name, share in shares.items()
    )
    days = int(grown(float(params.days), params.months, params.ramp))
    return (*(change for change in raised if change.amount > 0.0), *opened(world, rows, days))


def opened(world: World, rows: Array, days: int) -> tuple[Change, ...]:
    """One doctor more in the first closed half-days of each place's weekend."""
    department = np.unique(world.choice.department[rows, targets.specialty_of(world, "general")])
    closed = world.departments.doctors[department, WORKDAYS:].reshape(len(department), -1) == 0
    first = closed & (np.cumsum(closed, axis=1) <= days)
    at, half = np.nonzero(first)
    cells = (department[at], WORKDAYS + half // SESSIONS, half % SESSIONS)
    ledgers = ("departments.doctors", "departments.free_time")
    return tuple(add(path, cells, 1) for path in ledgers) if len(at) else ()
