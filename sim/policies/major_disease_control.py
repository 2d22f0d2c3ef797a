"""Residents are screened for long illness, and those who are found are managed like the known.

A share `coverage` of villages and residents' committees, the first ones of a keyed order (of those
of `places`), so that raising it only adds, takes part. There

    looks          = screened a year of each resident, whether he feels ill or not
    planned visits = visits a year of each resident who is managed: found, or known and under
                     contract
    away           = share `lent` of the doctor-sessions of their centre, who screen

A look finds needs that nobody has brought to a doctor (`needs.unseen`: years of them), and long
illness that nobody knew (`needs.undetected`): both go to a doctor like any need, by the resident's
own choice. Whoever keeps a first planned visit is managed from then on. So visits come first;
control, and fewer exacerbations, come later if planned visits resolve.

Source: programmes LN and SC, row major_disease_control (programmes.md: detection first, visits up;
fewer exacerbations later).
Assumed: screened, visits, lent; and of the World, what a look finds (no source, ranges in the
register) and how control works (see lifecycle_care). What emerges: visits, work-up and admissions
of what is found, control, exacerbations, the day on which it pays if it does, waits.
Simple: a look takes no time of the resident; who screens does nothing else in those sessions;
illness that is found early is no milder; cancer is found, not prevented.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import siting, staffing, targets
from sim.effects import DOSES, Change, Claim, add, dose
from sim.siting import Word
from sim.world import Array, World

SCREENING = ("township_centre", "community_centre")
DOSE = {"coverage": 1.0, "screened": 0.3, "visits": 4.0, "lent": 0.1}
CLAIMS = (
    Claim(
        kind="response", measure="admissions_per_1000", tier="", direction="up", at_least=1.0,
        dose=DOSE, fails_where="few are looked at", holds=False,
        fails_with={"screened": 0.02},
    ),
    Claim(
        kind="response", measure="admissions_per_1000", tier="", direction="down", at_least=1.0,
        dose=DOSE, world="county_chronic", fails_where="control that keeps nobody out of hospital",
        fails_with={"needs.controlled": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="township", direction="up", at_least=1.0,
        dose=DOSE, fails_where="few are looked at, and nobody is lent",
        fails_with={"screened": 0.02, "lent": 0.0},
        holds=False,
    ),
)  # fmt: skip


class Params(BaseModel):
    """Where residents are screened, how often, by whom, and what follows."""

    model_config = DOSES

    coverage: float = dose(0.0, "1", "share of villages and committees that take part", ge=0, le=1)
    screened: float = dose(0.3, "1/person/year", "looks at each resident (assumption)", ge=0, le=12)
    visits: float = dose(
        4.0, "1/person/year", "planned visits of each managed resident; domain 3", ge=0, le=26
    )
    lent: float = dose(
        0.05, "1", "share of the centres' doctor-sessions that screen (assumption)", ge=0, le=1
    )
    places: tuple[Word, ...] = dose((), "name", "townships or counties that may join; () all")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Looks, planned visits and doctors off duty; none at coverage 0."""
    rows = siting.places_covered(world, params.coverage, params.places)
    if not len(rows):
        return ()
    lent = staffing.sessions_of_each(world, centres(world, rows), params.lent)
    away = staffing.take_off_duty(lent) if len(lent.department) else ()
    return (
        add("places.screened", rows, params.screened),
        add("places.planned", rows, params.visits), *away,
    )  # fmt: skip


def centres(world: World, rows: Array) -> Array:
    """Departments of the centres of places, which lend the doctors who screen."""
    own = siting.own_primary(world, rows)
    kinds = [world.names.kinds.index(kind) for kind in SCREENING]
    centre = own[np.isin(world.facilities.kind[own], kinds)]
    return targets.departments_of(world, centre, ("general",))
