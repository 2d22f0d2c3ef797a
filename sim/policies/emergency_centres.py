"""Hospitals become centres for chest pain, stroke, trauma, mothers or children, at capable hours.

The first `centres` hospitals (of the chosen kinds, in keyed order or in that of `places`, so that
raising the number only adds) get units for the urgent cases of the chosen lines:

    chest pain and stroke  emergency cases          trauma    injuries
    mothers                obstetric emergencies    children  severe illness of children

    unit level  = at least `level`, for the line's urgent cases, from `opens` to `closes`
    dispatch    ambulances of all places take the line's urgent cases to the nearest centre of it,
                if its unit is staffed when they get there; a resident calls one with the World's
                probability `calls`
    platform    other hospitals of the county send the line's cases on, to where they refer: a share
                `platform` more of advice becomes a transfer; a centre ranks above its like
    staff       doctors more in the emergency department, day and night, from the general one
    nights      where the unit works at all hours, `rest` doctor-sessions a week of the line's day
                department are off duty after a night (of the general one for chest pain and stroke)

Source: programmes SC, LN, HS, row emergency_centres (programmes.md: capable hours, dispatch to the
nearest capable place, shared platform, night cover elsewhere); Sichuan's five kinds of centre in
domain.md 1.3 (the fifth is an assumption).
Assumed: who becomes a centre, level, hours, platform, staff, rest; and of the World, calls
and ambulances (no source, ranges in the register). What emerges: where and
when the urgent arrive, who is transferred, admissions inside the county, waits of day clinics.
Simple: it acts after the call: the delay before it is untouched; ambulances are never busy; units
have no beds of their own; chest pain and stroke are one line.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import emergency, staffing, targets
from sim.arithmetic import DAY
from sim.effects import DOSES, Change, Claim, EffectError, dose, move, put, raise_by
from sim.staffing import DOCTORS
from sim.targets import Word
from sim.world import HOURS, Array, World

Kind = Literal["county_general", "municipal_general", "hub_general"]
Line = Literal["chest_pain_stroke", "trauma", "mothers", "children"]
SPECIALTY: dict[str, str] = {
    "chest_pain_stroke": "emergency", "trauma": "surgery", "mothers": "obstetrics",
    "children": "paediatrics",
}  # fmt: skip
BELOW = ("county_tcm", "mch", "small_hospital")

DOSE = {"centres": 3, "platform": 0.3}
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", group="admissions", direction="up",
        at_least=0.005, dose=DOSE, fails_where="only mothers are brought and treated there",
        fails_with={"lines": ("mothers",), "platform": 0.0},
    ),
    Claim(
        kind="response", measure="wait_mean", tier="county", group="urgent", direction="down",
        at_least=1.0, dose=DOSE, fails_where="ambulances bring everybody to one centre",
        fails_with={"centres": 1}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group="surgery", direction="up",
        at_least=1.0, dose=DOSE, fails_where="a unit that closes at night",
        fails_with={"opens": 8.0, "closes": 20.0},
        holds=False,
    ),
)  # fmt: skip


class Params(BaseModel):
    """Which hospitals, for what, when, and how the urgent come."""

    model_config = DOSES

    centres: int = dose(0, "hospitals", "hospitals that become centres", ge=0, le=1000)
    kinds: tuple[Kind, ...] = dose(
        ("county_general", "municipal_general"),
        "kind",
        "kinds of hospital that may, first ones first",
        min_length=1,
    )
    places: tuple[Word, ...] = targets.places_dose("who may become a centre")
    lines: tuple[Line, ...] = dose(
        ("chest_pain_stroke", "trauma", "mothers", "children"), "line", "what for", min_length=1
    )
    level: float = dose(4.0, "level", "true level of units (municipal: 4.2)", ge=0, le=6)
    opens: float = dose(0.0, "hour", "units are staffed from", ge=0, le=24)
    closes: float = dose(24.0, "hour", "units are staffed until", ge=0, le=24)
    platform: float = dose(
        0.0, "1", "share of lower hospitals' advice that becomes a transfer", ge=0, le=1
    )
    staff: int = dose(
        1, "persons", "emergency doctors more, day and night, from general departments", ge=0, le=20
    )
    rest: int = dose(
        7, "sessions/week", "doctor-sessions off duty after nights, each line (assumption)",
        ge=0, le=140,
    )  # fmt: skip


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Units, hours, ambulances, transfers and night rest; none without centres.

    Raises EffectError where fewer hospitals than asked can become centres.
    """
    if params.centres == 0:
        return ()
    found = targets.chosen(world, params.kinds, params.places, "emergency_centres")
    if params.centres > len(found):
        raise EffectError(
            f"emergency_centres has {params.centres} centres, but {len(found)} hospitals"
            f" ({', '.join(params.kinds)}) can become one"
        )
    centres = found[: params.centres]
    above = put("facilities.rank", centres, world.facilities.rank[centres] + 1)
    lines = [made for line in params.lines for made in equipped(world, centres, line, params)]
    return (above, *lines, *manned(world, centres, params.staff))


def manned(world: World, centres: Array, staff: int) -> tuple[Change, ...]:
    """Doctors who leave a centre's general department for its emergency department."""
    general = world.choice.department[centres, targets.specialty_of(world, "general")]
    emergencies = world.choice.emergency[centres]
    both = (general >= 0) & (emergencies >= 0)
    if staff == 0 or not both.any():
        return ()
    return (move(DOCTORS, general[both], emergencies[both], staff),)


def equipped(world: World, centres: Array, line: str, params: Params) -> tuple[Change, ...]:
    """What one line of care changes at its centres, below them and on the way."""
    specialty = targets.specialty_of(world, SPECIALTY[line])
    able = emergency.able(world, centres, specialty)
    rows = world.choice.department[able, specialty]
    hours = (
        put("departments.unit_opens", rows, int(params.opens * (DAY // HOURS))),
        put("departments.unit_closes", rows, int(params.closes * (DAY // HOURS))),
    )
    return (
        emergency.units(rows, params.level), *hours,
        emergency.fetched_to(rows),
        *transferred(world, specialty, params.platform), *rested(world, able, line, params),
    )  # fmt: skip


def transferred(world: World, specialty: int, platform: float) -> tuple[Change, ...]:
    """Hospitals that cannot be centres transfer a line's cases more often than they advise."""
    rows = world.choice.department[targets.of_kinds(world, BELOW), specialty]
    own = rows[(rows >= 0) & (world.departments.specialty[rows] == specialty)]
    if platform == 0.0 or not len(own):
        return ()
    return (raise_by("departments.referral_formal", own, platform),)


def rested(world: World, able: Array, line: str, params: Params) -> tuple[Change, ...]:
    """Doctors off duty after the nights of a line, at centres whose unit works at all hours."""
    if params.opens > 0 or params.closes < HOURS or params.rest == 0:
        return ()
    by_day = "general" if SPECIALTY[line] == "emergency" else SPECIALTY[line]
    rows = world.choice.department[able, targets.specialty_of(world, by_day)]
    sessions = world.departments.doctors[rows].sum(axis=(1, 2))
    share = np.minimum(params.rest / np.maximum(sessions, 1), 1.0)
    absent = staffing.sessions_of_each(world, rows, share)
    return staffing.take_off_duty(absent) if len(absent.department) else ()
