"""Doctors go on a course for weeks, with or without others in their place, and come back more able.

A course is two doses (`waves` of a scenario): first people are away, then the level is higher.

    away      share of the doctor-sessions of the chosen departments absent
    backfill  share of these in which a doctor of the hospital referred to stands in
    skill     true level += skill x (level at the teaching tier - own), never above it

Source: programmes HS, HN, LN (also Chinese medicine), row staff_training (programmes.md); whether
posts are backfilled must be said: domain.md 2.2.
Assumed: who is trained, away, backfill, skill. What emerges: waits during the course at home, or at
the hospital that stands in, and what people learn afterwards from what is resolved.
Simple: the level of a department rises as a whole, by the share that `skill` says; pay and travel
cost nothing; nobody leaves after the course.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, acting, approach, dose
from sim.staffing import Sessions
from sim.targets import Hospital, Primary, Specialty, Word
from sim.world import World

NAME = "staff_training"
COURSE = {"away": 0.2}
FILLED = {"away": 0.2, "backfill": 1.0}
AFTER = {"skill": 0.3}
CLAIMS = (
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", direction="up", at_least=1.0,
        dose=COURSE, fails_where="doctors of the city stand in",
        fails_with={"backfill": 1.0},
        holds=False,
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="municipal", direction="up", at_least=1.0,
        dose=FILLED, fails_where="nobody stands in",
        fails_with={"backfill": 0.0},
    ),
    Claim(
        kind="response", measure="first_contact", tier="county", direction="up", at_least=0.005,
        dose=AFTER, fails_where="residents without memory of what was resolved", holds=False,
        fails_with={"behaviour.trust": 0.0, "behaviour.reputation": 0.0},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=AFTER, fails_where="a course that teaches nothing",
        fails_with={"skill": 0.0},
    ),
)


class Params(BaseModel):
    """Who is away, who stands in, and what is learned."""

    model_config = DOSES

    away: float = dose(0.0, "1", "share of the doctor-sessions absent", ge=0, le=1)
    backfill: float = dose(
        0.0, "1", "share of these with a doctor of the hospital referred to", ge=0, le=1
    )
    skill: float = dose(
        0.0, "1", "share of the gap in level to the teachers closed (assumption)", ge=0, le=1
    )
    kinds: tuple[Hospital | Primary, ...] = dose(
        ("county_general",), "kind", "kinds of facility whose doctors are trained", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("facilities whose doctors are trained")
    specialties: tuple[Specialty, ...] = dose((), "specialty", "those trained; () all")
    teachers: Literal["county", "municipal", "hub"] = dose(
        "municipal", "tier", "tier that teaches and whose level is the aim"
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Absence, those who stand in, and the level reached; nothing where away and skill are 0."""
    if params.away == params.skill == 0.0:
        return ()
    found = targets.chosen(world, params.kinds, params.places, NAME)
    rows = targets.departments_of(world, found, params.specialties)
    level = targets.level_of(world, params.teachers, rows)
    absent = staffing.doctor_sessions(world, targets.outpatient(world, rows), params.away)
    gone = staffing.take_off_duty(absent) if len(absent.department) else ()
    return (
        *gone, *stand_ins(world, absent, params.backfill),
        *acting(approach("departments.level", rows, level, params.skill)),
    )  # fmt: skip


def stand_ins(world: World, absent: Sessions, share: float) -> tuple[Change, ...]:
    """Doctors of the hospitals referred to, in the same half-days; none without backfill.

    Raises EffectError where a hospital referred to has no such department.
    """
    first = Sessions(*(part[: int(share * len(absent.department) + 0.5)] for part in absent))
    if not len(first.department):
        return ()
    facility, specialty = world.departments.facility, world.departments.specialty
    above = world.facilities.referral_target[facility[first.department]]
    giving = np.array([
        _standing_in(world, a, s)
        for a, s in zip(above.tolist(), specialty[first.department].tolist(), strict=True)
    ])  # fmt: skip
    return (staffing.move_doctors(first._replace(department=giving), first.department),)


def _standing_in(world: World, facility: int, specialty: int) -> int:
    above = np.array([facility] if facility >= 0 else [], dtype=np.int64)
    rows = staffing.taking(world, above, specialty)
    if not len(rows):
        word = world.names.specialties[specialty]
        raise EffectError(f"{NAME}: no hospital above has a doctor of {word} who could stand in")
    return int(rows[0])
