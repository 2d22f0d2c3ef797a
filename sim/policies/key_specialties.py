"""Specialties are built up at chosen hospitals, at the county, the city or the hub.

The first `number` departments of the chosen specialties, in keyed order over hospitals:

    skill   true level += skill x (ceiling - own), never above the ceiling
    repute  level expected of the hospital += repute x (ceiling - own) x share of its doctors who
            work in the departments built: one strong department makes part of a name

Source: programmes SC (75 provincial, 125 municipal, 250 county specialties and departments at
primary places), HS (intensive care, respiratory, emergency), LN, HB (clusters at the hub, which
pull upwards), row key_specialties (programmes.md).
Assumed: which departments, ceiling, skill, repute. What emerges: retention in the county, the pull
of the hub, where children, women or the injured go first.
Simple: respiratory medicine is part of the general department, intensive care of the emergency
department; no doctors or beds come with it (`capacity_expansion`, `capacity_redistribution`).
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import targets
from sim.effects import DOSES, Change, Claim, acting, approach, dose
from sim.targets import Hospital, Primary, Specialty, Word
from sim.world import Array, World

NAME = "key_specialties"
COUNTY = {"skill": 0.5, "repute": 0.5, "specialties": ("emergency", "general")}
CLUSTER = {
    "skill": 1.0, "repute": 1.0, "kinds": ("hub_general",), "ceiling": 5.5,
    "specialties": ("emergency", "general", "surgery"),
}  # fmt: skip
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", group="admissions", direction="up",
        at_least=0.005, dose=COUNTY, fails_where="departments hardly better, and not better known",
        fails_with={"skill": 0.05, "repute": 0.0},
    ),
    Claim(
        kind="trade-off", measure="visit_share", tier="hub", direction="up", at_least=0.001,
        dose=CLUSTER, fails_where="a cluster whose name stays what it was",
        fails_with={"repute": 0.0},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=COUNTY, fails_where="a name without skill",
        fails_with={"skill": 0.0},
    ),
)


class Params(BaseModel):
    """Which specialties where, and how far they are built."""

    model_config = DOSES

    skill: float = dose(
        0.0, "1", "share of the gap to the ceiling that is closed (assumption)", ge=0, le=1
    )
    repute: float = dose(
        0.0, "1", "share of the gap in expected level, by the part of the hospital", ge=0, le=1
    )
    specialties: tuple[Specialty, ...] = dose(
        ("emergency", "general", "surgery", "paediatrics", "obstetrics", "tcm", "specialist"),
        "specialty", "specialties built up", min_length=1,
    )  # fmt: skip
    kinds: tuple[Hospital | Primary, ...] = dose(
        ("county_general",), "kind", "kinds of facility that may have them", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("facilities that may have them")
    number: int = dose(
        100_000, "departments", "most departments built, first ones first", ge=1, le=100_000
    )
    ceiling: float = dose(
        4.2, "level", "level of a built-up department; a municipal hospital's", ge=1, le=6
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Level of the departments and name of their hospitals; nothing where both doses are 0."""
    if params.skill == params.repute == 0.0:
        return ()
    rows = built(world, params)
    found, part = parts(world, rows)
    return acting(
        approach("departments.level", rows, params.ceiling, np.full(len(rows), params.skill)),
        approach("facilities.perceived", found, params.ceiling, params.repute * part),
    )


def built(world: World, params: Params) -> Array:
    """The departments built up, first ones of their keyed order."""
    found = targets.chosen(world, params.kinds, params.places, NAME)
    rows = targets.departments_of(world, found, params.specialties)
    return rows[np.lexsort((rows, targets.luck(world, rows)))][: params.number]


def parts(world: World, rows: Array) -> tuple[Array, Array]:
    """Facilities of some departments, and the share of their doctors who work in these."""
    facility, doctors = world.departments.facility, world.departments.doctors.sum(axis=(1, 2))
    whole, own = np.zeros((2, len(world.facilities.code)))
    np.add.at(whole, facility, doctors)
    np.add.at(own, facility[rows], doctors[rows])
    found = np.unique(facility[rows])
    return found, own[found] / np.maximum(whole[found], 1)
