"""Doctors and beds go from the core to new districts and the fringe; nothing is added.

    share        of the outpatient doctor-sessions of the donors moves to the receivers, in turn,
                 with physicians in proportion
    beds         that go with each physician who moves
    concentrate  share of the doctors of the chosen specialties who leave the smaller of a
                 prefecture's donors for the one that is largest in it: hospitals specialise, and
                 what is there twice is capped

Source: programmes HS ("two guides, one control": to new districts and the fringe, general hospitals
specialise), LN ("integrate and optimise", "balanced and orderly"), HB, row capacity_redistribution
(programmes.md).
Assumed: donors, receivers, share, beds, concentrate. What emerges: waits at both ends, occupancy at
both ends (beds without their patients), first contacts, inequality of what people reach.
Simple: levels stay what they are where people arrive (`resource_sinking` teaches); buildings cost
nothing; emergency departments give nobody.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose
from sim.targets import Hospital, Specialty, Word
from sim.world import Array, World

NAME = "capacity_redistribution"
HERE = "huangshi_baseline"
DOSE = {"share": 0.1, "beds": 2.0}
CLAIMS = (
    Claim(
        kind="trade-off", measure="wait_mean", tier="municipal", direction="up", at_least=1.0,
        dose=DOSE, world=HERE, fails_where="one doctor of a hundred moves",
        fails_with={"share": 0.01},
    ),
    Claim(
        kind="response", measure="wait_mean", tier="county", direction="down", at_least=1.0,
        dose=DOSE, world=HERE, fails_where="one doctor of a hundred moves", holds=False,
        fails_with={"share": 0.01},
    ),
    Claim(
        kind="trade-off", measure="bed_wait_mean", tier="municipal", direction="up", at_least=1.0,
        dose=DOSE, world=HERE, fails_where="doctors who move without beds",
        fails_with={"beds": 0.0}, holds=False,
    ),
    Claim(
        kind="response", measure="county_gini", tier="", group="physicians", direction="down",
        at_least=0.01, dose=DOSE, world=HERE, fails_where="receivers in the core itself",
        fails_with={"fringe": ("黄石港区",)}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="bed_left", tier="municipal", direction="up", at_least=0.005,
        dose=DOSE, world=HERE, fails_where="doctors who move without beds",
        fails_with={"beds": 0.0},
    ),
)


class Params(BaseModel):
    """From where to where, and how much."""

    model_config = DOSES

    share: float = dose(0.0, "1", "share of the donors' outpatient doctors who move", ge=0, le=1)
    beds: float = dose(0.0, "beds/physician", "beds that go with each physician", ge=0, le=20)
    donors: tuple[Hospital, ...] = dose(
        ("municipal_general",), "kind", "kinds of hospital that give", min_length=1
    )
    core: tuple[Word, ...] = targets.places_dose("hospitals that give")
    receivers: tuple[Hospital, ...] = dose(
        ("county_general",), "kind", "kinds of hospital that receive", min_length=1
    )
    fringe: tuple[Word, ...] = targets.places_dose("hospitals that receive")
    concentrate: float = dose(
        0.0, "1", "share of the chosen specialties' doctors who go to the largest", ge=0, le=1
    )
    specialties: tuple[Specialty, ...] = dose(
        ("paediatrics", "obstetrics"), "specialty", "specialties concentrated", min_length=1
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Doctors, physicians and beds that move; nothing where both shares are 0."""
    if params.share == params.concentrate == 0.0:
        return ()
    core = targets.chosen(world, params.donors, params.core, NAME)
    return (*outward(world, core, params), *together(world, core, params))


def outward(world: World, core: Array, params: Params) -> tuple[Change, ...]:
    """From the core to the fringe. Raises EffectError where a hospital is in both."""
    fringe = targets.chosen(world, params.receivers, params.fringe, NAME)
    both = np.intersect1d(core, fringe)
    if len(both):
        raise EffectError(f"{NAME}: {world.names.facilities[both[0]]} is donor and receiver")
    rows = np.sort(targets.outpatient(world, targets.departments_of(world, core)))
    giving = staffing.sendable(world, rows, fringe)
    return staffing.relocated(world, giving, fringe, params.share, params.beds)


def together(world: World, core: Array, params: Params) -> tuple[Change, ...]:
    """Each chosen specialty to the donor that is largest in it, area by area."""
    made: list[Change] = []
    area, doctors = world.facilities.pooling_area, world.departments.doctors.sum(axis=(1, 2))
    every = np.unique(targets.outpatient(world, targets.departments_of(world, core)))
    for specialty in params.specialties if params.concentrate > 0.0 else ():
        rows = targets.departments_of(world, core, (specialty,))
        own = area[world.departments.facility[rows]]
        for here in np.unique(own):
            mates = rows[own == here]
            most = mates[np.argmax(doctors[mates])]
            others = np.sort(mates[mates != most])
            to = world.departments.facility[[most]]
            made += staffing.relocated(world, others, to, params.concentrate, 0.0, every)
    return tuple(made)
