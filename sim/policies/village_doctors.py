"""Village clinics get a college-trained doctor each: commissioned, recruited or upgraded in post.

A share `villages` of the village clinics is meant, the first ones of a keyed order, so that raising
it only adds; each has a keyed way and hour to its doctor, `months` after the programme began:

    commissioned  a share of them: a graduate after three years (`study` months)
    recruited     a share of them: a graduate, evenly within `recruiting` months
    upgraded      the others: the doctor in post is absent for a share `away` of the half-days
                  during a course of `course` months, evenly begun so that all end in `study`

A trained doctor's true level is at least `level`. Against it works attrition: of the posts without
a trained doctor a share `attrition` a year falls vacant, evenly in keyed order. A vacant clinic
sees nobody, and residents choose among the others that they know, until a graduate takes the post:
then there are as many doctors as before, never more.

Source: programmes HB ("one college-trained doctor per village"), HS; row village_doctors
(programmes.md), domain.md 1.3 and 4.8: about 13,000 trained village doctors by 2025 for 21,766
village committees of Hubei, 60 % [P2]; delays: domain.md 2.2.
Assumed: shares of the three ways, level (that of private clinics), course, away, attrition. What
emerges: first contacts in villages, who is told to go higher without need, trust, who travels.
Simple: trained doctors stay; a graduate takes the post, nobody works as a second doctor.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import BaseModel

from sim import chance, staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose, floor
from sim.world import Array, World

NAME = "village_doctors"
KIND = "village_clinic"
POST = 0x706F7374  # tag of the keys of a post's way, hour and fate
MONTHS_PER_YEAR = 12.0

COUNTERFACTUAL = {"months": 36.0, "attrition": 0.05}
TRAINED = COUNTERFACTUAL | {"villages": 0.6}
CLAIMS = (
    Claim(
        kind="identity", measure="advised_up", tier="village", direction="down", at_least=0.005,
        dose={"villages": 0.6, "months": 36.0}, fails_where="graduates no better than before",
        fails_with={"level": 1.0},
    ),
    Claim(
        kind="response", measure="first_contact", tier="village", direction="up", at_least=0.005,
        dose=TRAINED, against=COUNTERFACTUAL, fails_where="nobody leaves the villages",
        fails_with={"attrition": 0.0},
        holds=False,
    ),
    Claim(
        kind="trade-off", measure="first_contact", tier="village", direction="down",
        at_least=0.005, fails_where="courses in the free hours",
        dose={"villages": 1.0, "months": 18.0, "commissioned": 0.0, "recruited": 0.0, "away": 0.4,
              "course": 24.0},
        fails_with={"away": 0.02},
        holds=False,
    ),
)  # fmt: skip


class Params(BaseModel):
    """How many villages, how long since, by which ways, and how fast posts fall vacant."""

    model_config = DOSES

    villages: float = dose(0.0, "1", "share of village clinics meant; HB: 0.6", ge=0, le=1)
    months: float = dose(0.0, "months", "since the programme began", ge=0, le=600)
    attrition: float = dose(
        0.0, "1/year", "share of posts without a trained doctor that fall vacant", ge=0, le=1
    )
    commissioned: float = dose(
        0.3, "1", "share of them who study by commission (assumption)", ge=0, le=1
    )
    recruited: float = dose(0.2, "1", "share of them who are recruited (assumption)", ge=0, le=1)
    study: float = dose(36.0, "months", "of study by commission", ge=0, le=120)
    recruiting: float = dose(6.0, "months", "until all who are recruited came", ge=0, le=120)
    course: float = dose(6.0, "months", "of a course in post (assumption)", ge=0, le=120)
    away: float = dose(
        0.2, "1", "share of half-days absent during the course (assumption)", ge=0, le=1
    )
    level: float = dose(
        1.5, "level", "skill of a trained doctor; private clinics have 1.5", ge=0, le=5
    )
    places: tuple[str | int, ...] = targets.places_dose("clinics that are meant, or fall vacant")


class Posts(NamedTuple):
    """What has become of village clinics after some months, masks over their rows."""

    trained: Array
    graduate: Array  # trained elsewhere: a new person
    studying: Array  # the doctor in post is on the course
    vacant: Array  # the doctor who was there has left


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Skill, absence, vacant posts and graduates; nothing without villages and attrition.

    Raises EffectError where the shares of two ways are more than all.
    """
    if params.villages == 0.0 and params.attrition * params.months == 0.0:
        return ()
    if params.commissioned + params.recruited > 1.0:
        raise EffectError(f"{NAME}: commissioned and recruited are more than all villages meant")
    rows = targets.chosen(world, (KIND,), params.places, NAME)
    department = world.choice.department[rows, targets.specialty_of(world, "general")]
    posts = after(world, rows, params)
    gone = posts.vacant & ~posts.graduate
    absent = params.away if posts.studying.any() else 0.0
    skilled = floor("departments.level", department[posts.trained], params.level)
    return (
        *((skilled,) if posts.trained.any() else ()),
        *(staffing.off_duty(world, department[posts.studying], absent) if absent > 0.0 else ()),
        *(staffing.off_duty(world, department[gone], 1.0) if gone.any() else ()),
        *staffing.unlisted(world, rows[gone]),
    )


def after(world: World, rows: Array, params: Params) -> Posts:
    """What has become of clinics (rows, first ones first) by now."""
    keys = [chance.key(0, code, 0, POST) for code in world.facilities.code[rows]]
    way, hour, fate = (
        np.array([chance.uniform(key, draw, 0, chance.COVERAGE) for key in keys])
        for draw in range(3)
    )
    meant = np.arange(len(rows)) < int(params.villages * len(rows) + 0.5)
    commissioned = meant & (way < params.commissioned)
    recruited = meant & ~commissioned & (way < params.commissioned + params.recruited)
    upgraded = meant & ~commissioned & ~recruited
    begins = hour * max(params.study - params.course, 0.0)
    graduate = (commissioned & (params.months >= params.study)) | (
        recruited & (params.months >= hour * params.recruiting)
    )
    finished = upgraded & (params.months >= begins + params.course)
    studying = upgraded & (params.months >= begins) & ~finished
    left = fate < params.attrition * params.months / MONTHS_PER_YEAR
    vacant = left & ~finished & ~studying
    return Posts(graduate | finished, graduate, studying, vacant)
