"""Referrers see free numbers and beds of hospitals, and residents read posted waits.

A share `coverage` of the facilities of each kind takes part, the first ones of a keyed order, so
that raising it only adds. Of hospitals that do, a share `reads` of residents knows the last day's
waits at once instead of by slow experience:

    expected += (smoothing + reads x (1 - smoothing)) x (last day's mean - expected)

for minutes and for days to a number. Referrers that do (sees) send a formal referral not to their
one partner but to the hospital of its kind that the patient's place knows, with most free beds as
of last midnight (urgent cases) or the soonest number, then the shortest wait.

Source: programme HS ("medical information interconnected", "sharing of information on medical
resources"), row information_sharing (programmes.md); design.md 5.2: a decision reads last
midnight's state, so "now" is this morning.
Assumed: who takes part, reads. What emerges: waits, whether all go where it was free yesterday
(herding), transfers that find a bed.
Simple: everybody knows alike; a posted wait is the last day's mean, whatever the hour.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import targets
from sim.effects import DOSES, Change, Claim, dose, put, raise_by
from sim.world import World

NAME = "information_sharing"
DOSE = {"coverage": 1.0, "reads": 0.5}
CLAIMS = (
    Claim(
        kind="response", measure="wait_mean", tier="county", direction="down", at_least=1.0,
        dose=DOSE, fails_where="hardly anybody reads what is posted",
        world="huangshi_baseline", holds=False,
        fails_with={"reads": 0.02},
    ),
    Claim(
        kind="response", measure="wait_days_mean", tier="", direction="down", at_least=0.1,
        dose=DOSE, fails_where="hardly anybody reads what is posted",
        world="huangshi_baseline", holds=False,
        fails_with={"reads": 0.02},
    ),
    Claim(
        kind="trade-off", measure="wait_p90", tier="hub", direction="up", at_least=1.0,
        dose={"coverage": 1.0, "reads": 1.0}, fails_where="hardly anybody reads what is posted",
        world="huangshi_baseline", holds=False,
        fails_with={"reads": 0.02},
    ),
)


class Params(BaseModel):
    """Who takes part, who reads, and whether referrers see."""

    model_config = DOSES

    coverage: float = dose(0.0, "1", "share of the facilities of each kind", ge=0, le=1)
    reads: float = dose(
        0.5, "1", "share of residents who read posted waits (assumption)", ge=0, le=1
    )
    sees: bool = dose(True, "yes/no", "whether referrers see free numbers and beds")
    places: tuple[str | int, ...] = targets.places_dose("facilities that may take part")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Posted waits of hospitals and informed referrers; nothing at coverage 0."""
    if params.coverage == 0.0:
        return ()
    rows = targets.reached(world, world.names.kinds, params.places, params.coverage, NAME)
    department = world.departments
    posting = np.flatnonzero(
        np.isin(department.facility, rows) & (department.quota_minutes > 0.0)
    )
    refers = rows[world.facilities.referral_target[rows] >= 0]
    made = (
        raise_by("departments.posted", posting, params.reads),
        put("facilities.informed", refers, int(params.sees)),
    )
    return tuple(change for change in made if len(change.where) and change.amount > 0.0)
