"""Performance assessment of hospitals from a grade: shorter stays, fewer no-shows, fuller sessions.

At the hospitals assessed

    stay      lengths of stay x (1 - stay)
    harm      success of a stay x (1 - harm x stay): who goes home too early comes back
    reminded  share of the numbers for a later day that are not used, prevented by reminders
    numbers   so many more numbers a session, as a share

Source: programmes SC (performance assessment of public hospitals, level 2 and above), HS, row
hospital_efficiency (programmes.md); that the shorter stay is the lever, not the result: domain.md
2.2; no-shows of 14.4 %: fact C084.
Assumed: all four. What emerges: waits for a bed, admissions gained, returns, waits in sessions that
are fuller.
Simple: ownership is not known, so all hospitals of the grade are assessed; a case's severity does
not change who goes home early.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import targets
from sim.effects import DOSES, Change, Claim, acting, add, dose, raise_by
from sim.targets import Word
from sim.world import Array, World

NAME = "hospital_efficiency"
HERE = "huangshi_baseline"
DOSE = {"stay": 0.1, "harm": 0.5}
CLINICS = {"reminded": 0.5, "numbers": 0.1}
CLAIMS = (
    Claim(
        kind="response", measure="bed_wait_mean", tier="municipal", direction="down", at_least=1.0,
        dose=DOSE, world=HERE, fails_where="hospitals with free beds, as those of a county",
        fails_with={"places": ("阳新县",)}, holds=False,
    ),
    Claim(
        kind="response", measure="admissions_per_1000", tier="", direction="up", at_least=1.75,
        dose=DOSE, world=HERE, fails_where="hospitals with free beds, as those of a county",
        fails_with={"places": ("阳新县",)},
    ),
    Claim(
        kind="trade-off", measure="unresolved_episodes", tier="", direction="up", at_least=0.005,
        dose=DOSE, world=HERE, fails_where="stays that were too long for everybody",
        fails_with={"harm": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", direction="up", at_least=1.0,
        dose=CLINICS, world=HERE, fails_where="a reminder to one of fifty and no more numbers",
        fails_with={"reminded": 0.02, "numbers": 0.0},
    ),
    Claim(
        kind="identity", measure="length_of_stay", tier="municipal", direction="down",
        at_least=0.5, dose=DOSE, world=HERE, fails_where="an assessment of clinics only",
        fails_with={"stay": 0.0, "reminded": 0.5},
    ),
    Claim(
        kind="response", measure="bed_left", tier="municipal", direction="down", at_least=0.005,
        dose=DOSE, world=HERE, fails_where="an assessment of clinics only",
        fails_with={"stay": 0.0, "reminded": 0.5},
    ),
)


class Params(BaseModel):
    """What the assessment brings about, and where."""

    model_config = DOSES

    stay: float = dose(0.0, "1", "share by which stays are shorter (assumption)", ge=0, le=0.5)
    harm: float = dose(
        0.5, "1", "success of a stay lost for each share that it is cut (assumption)", ge=0, le=2
    )
    reminded: float = dose(0.0, "1", "share of no-shows prevented (assumption)", ge=0, le=1)
    numbers: float = dose(0.0, "1", "more numbers a session, as a share", ge=0, le=1)
    grade: Literal["II", "III"] = dose("II", "grade", "lowest grade that is assessed")
    places: tuple[Word, ...] = targets.places_dose("hospitals assessed")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Stays, reminders and numbers; nothing where the three doses are 0."""
    if params.stay == params.reminded == params.numbers == 0.0:
        return ()
    found = assessed(world, params)
    rows = np.flatnonzero(np.isin(world.departments.facility, found))
    rows = rows[world.departments.quota_minutes[rows] > 0.0]
    minutes = world.departments.quota_minutes[rows]
    fewer = minutes * params.numbers / (1.0 + params.numbers)
    return acting(
        add("facilities.stay_factor", found, -params.stay),
        add("facilities.stay_kept", found, -params.stay * params.harm),
        raise_by("departments.reminded", rows, params.reminded),
        add("departments.quota_minutes", rows, -fewer),
    )


def assessed(world: World, params: Params) -> Array:
    """Hospitals of the grade and above, at the places meant."""
    lowest = world.names.grades.index(params.grade)
    rows = targets.keyed(world, np.flatnonzero(world.facilities.grade >= lowest))
    return targets.named(world, rows, params.places) if params.places else rows
