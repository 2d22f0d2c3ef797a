"""Family-doctor teams see residents with a long illness at planned visits, year round.

A share `coverage` of villages and residents' committees, the first ones of a keyed order (of those
of `places`), so that raising it only adds, has a team. There

    planned visits = visits a year of each resident who is managed: with a known long illness and a
                     contract with a family doctor, or found by a screening programme
    in stock       = 1 - (1 - in stock before) x (1 - drugs)   at its own primary places

The World does the rest: a resident goes to a planned visit or not, and chooses where; one that the
doctor resolves, by skill, test and drug together, wins a part of the control that lacks; control
fades; exacerbations follow it. Nothing here touches a rate of illness.

Source: programme LN, row lifecycle_care (programmes.md: contracts, planned visits, control,
exacerbations; no direct cut of hazard); four visits a year are those of the managed rate in
domain.md 3.
Assumed: visits, drugs; and of the World, how much control a visit wins, how fast it fades
and how much of exacerbations control takes away (`control_gain`, `control_fade`, `controlled`: no
source, ranges in the register). What emerges: visits kept, where, control, exacerbations and their
admissions, waits at the places that see more people.
Simple: planned visits come at their rate, not on fixed dates; they replace no refill; teams have no
staff of their own; its own places are the first that it knows of each kind.
"""

from __future__ import annotations

from pydantic import BaseModel

from sim import siting
from sim.effects import DOSES, Change, Claim, add, dose, raise_by
from sim.siting import Word
from sim.world import World

DOSE = {"coverage": 1.0, "visits": 4.0, "drugs": 0.3}
CLAIMS = (
    Claim(
        kind="identity", measure="visits_per_resident", tier="", direction="up", at_least=0.05,
        dose=DOSE, fails_where="a planned visit in two years",
        fails_with={"visits": 0.5},
    ),
    Claim(
        kind="response", measure="admissions_per_1000", tier="", direction="down",
        at_least=1.0, dose=DOSE, world="county_chronic",
        fails_where="drug shelves as they are", holds=False,
        fails_with={"drugs": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="township", direction="up", at_least=1.0,
        dose=DOSE, fails_where="one visit a year", holds=False,
        fails_with={"visits": 1.0},
    ),
)  # fmt: skip


class Params(BaseModel):
    """Where teams work, and what they do."""

    model_config = DOSES

    coverage: float = dose(
        0.0, "1", "share of villages and committees that have a team", ge=0, le=1
    )
    visits: float = dose(
        4.0, "1/person/year", "planned visits of each managed resident; domain 3", ge=0, le=26
    )
    drugs: float = dose(0.0, "1", "share of the lacking drugs that its places get", ge=0, le=1)
    places: tuple[Word, ...] = dose((), "name", "townships or counties that may have teams; () all")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Planned visits, and drugs, where there are teams; none at coverage 0."""
    rows = siting.places_covered(world, params.coverage, params.places)
    if not len(rows):
        return ()
    own = siting.own_primary(world, rows)
    stocked = (raise_by("facilities.formulary", own, params.drugs),) if params.drugs else ()
    return (add("places.planned", rows, params.visits), *stocked)
