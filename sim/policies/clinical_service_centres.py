"""County hospitals get five centres for clinical services, each for some groups of patients.

Of the chosen hospitals the first `hospitals` get each of the `centres`; whoever of the hospital
sees a case of a centre's conditions works at least at the centre's level:

    level of the service line = own level + skill x (level at the tier above - own)

and a share `staff` of the outpatient doctors of the departments behind it leaves the clinics for
the centre's wards and theatres, without being replaced.

Source: programme SC, "five centres for clinical services" in county hospitals, row
clinical_service_centres (programmes.md); the list (tumour, chronic disease, minimally invasive and
interventional, anaesthesia and pain, critical care) is an assumption of domain.md 1.1.
Assumed: which conditions a centre serves, skill, staff. What emerges: who stays in the county, what
the clinics wait for those who left them.
Simple: beds are those of the hospital; a centre needs no name of its own; a service line is seen in
the department that would see the case anyway.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, dose, floor
from sim.targets import Hospital, Word
from sim.world import Array, World

NAME = "clinical_service_centres"
Centre = Literal["tumour", "chronic", "minimally_invasive", "anaesthesia_pain", "critical_care"]
SERVES: dict[Centre, tuple[str, ...]] = {  # conditions of each centre (assumption)
    "tumour": ("cancer_complex",),
    "chronic": ("chronic_exacerbation",),
    "minimally_invasive": ("elective_surgical",),
    "anaesthesia_pain": ("musculoskeletal",),
    "critical_care": ("time_critical", "child_severe"),
}
DOSE = {"skill": 0.5, "staff": 0.05}
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", group="admissions", direction="up",
        at_least=0.005, dose=DOSE, fails_where="centres that are a sign on the door",
        fails_with={"skill": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", direction="up", at_least=1.0,
        dose=DOSE, fails_where="centres with staff of their own", holds=False,
        fails_with={"staff": 0.0},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=DOSE, fails_where="centres that are a sign on the door",
        fails_with={"skill": 0.0},
    ),
)


class Params(BaseModel):
    """Which centres where, how good they are, and who works in them."""

    model_config = DOSES

    skill: float = dose(
        0.0, "1", "share of the gap to the tier above that a centre closes (assumption)", ge=0, le=1
    )
    staff: float = dose(
        0.0, "1", "share of outpatient doctors behind it who leave the clinics", ge=0, le=1
    )
    centres: tuple[Centre, ...] = dose(tuple(SERVES), "centre", "centres built", min_length=1)
    kinds: tuple[Hospital, ...] = dose(
        ("county_general",), "kind", "kinds of hospital that get centres", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("hospitals that get centres")
    hospitals: int = dose(
        100_000, "hospitals", "most hospitals with centres, first ones first", ge=1, le=100_000
    )
    above: Literal["municipal", "hub"] = dose("municipal", "tier", "tier whose level is the aim")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Levels of service lines and staff that leaves the clinics; nothing where both doses are 0."""
    if params.skill == params.staff == 0.0:
        return ()
    found = targets.chosen(world, params.kinds, params.places, NAME)[: params.hospitals]
    served = [name for centre in params.centres for name in SERVES[centre]]
    conditions = np.array([world.names.conditions.index(name) for name in served])
    lines, behind = pairs(world, found, conditions)
    return (*raised(world, lines, behind, params), *staffed(world, behind, params.staff))


def pairs(world: World, found: Array, conditions: Array) -> tuple[tuple[Array, Array], Array]:
    """(Facility, condition) of each service line, and the department behind it."""
    hospital, condition = (part.ravel() for part in np.meshgrid(found, conditions, indexing="ij"))
    behind = world.choice.department[hospital, world.needs.specialty[condition]]
    able = behind >= 0
    return (hospital[able], condition[able]), behind[able]


def raised(
    world: World, lines: tuple[Array, Array], behind: Array, params: Params
) -> tuple[Change, ...]:
    """The level of each service line."""
    own = world.departments.level[behind]
    gap = np.maximum(targets.level_of(world, params.above, behind) - own, 0.0)
    level = own + params.skill * gap
    return (floor("facilities.service_level", lines, level),) if params.skill > 0.0 else ()


def staffed(world: World, behind: Array, share: float) -> tuple[Change, ...]:
    """Doctors of the departments behind the centres who leave the clinics."""
    rows = targets.outpatient(world, np.unique(behind))
    leaving = staffing.doctor_sessions(world, rows, share)
    return staffing.take_off_duty(leaving) if len(leaving.department) else ()
