"""County hospitals are raised to grade III first-class.

Hospitals of the chosen kinds at the chosen places:

    skill    true level of the departments += skill x (level at the tier above - own)
    repute   expected level += repute x (that of the tier above - own)
    regrade  the hospital is grade III: prices and reimbursement are those of the grade

Source: programmes HB ("two hundreds": counties of a million residents and of the hundred strongest
get a grade III first-class hospital; the list is an assumption), HS (city and county leaders),
row hospital_upgrade (programmes.md). Reimbursement by grade: facts R005, R007.
Assumed: which hospitals, skill, repute, and that beds and staff come from `capacity_expansion`.
What emerges: who stays in the county, what patients pay, what townships and the city lose.
Simple: a hospital whose size made it grade III already is not re-graded, only raised.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sim import targets
from sim.effects import DOSES, Change, Claim, acting, approach, dose, put
from sim.targets import Hospital, Word
from sim.world import Array, World

NAME = "hospital_upgrade"
GRADE = "III"
DOSE = {"skill": 0.5, "repute": 0.5, "regrade": True}
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", group="admissions", direction="up",
        at_least=0.005, dose=DOSE, fails_where="a new grade for the same doctors",
        fails_with={"skill": 0.0, "repute": 0.0},
    ),
    Claim(
        kind="trade-off", measure="first_contact", tier="township", direction="down",
        at_least=0.005, dose=DOSE, fails_where="hospitals that are better and not better known",
        fails_with={"repute": 0.0},
    ),
    Claim(
        kind="trade-off", measure="out_of_pocket_per_stay", tier="county", direction="up",
        at_least=25.0, dose=DOSE, fails_where="hospitals hardly better, of the grade they had",
        fails_with={"skill": 0.02, "repute": 0.02, "regrade": False},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=DOSE, fails_where="a new grade for the same doctors",
        fails_with={"skill": 0.0, "repute": 0.0},
    ),
)


class Params(BaseModel):
    """Which hospitals, how far, and whether the insurance treats them as grade III."""

    model_config = DOSES

    skill: float = dose(
        0.0, "1", "share of the gap in level to the tier above that is closed", ge=0, le=1
    )
    repute: float = dose(
        0.0, "1", "share of the gap in expected level that is closed (assumption)", ge=0, le=1
    )
    regrade: bool = dose(False, "yes/no", "whether prices and reimbursement become grade III")
    kinds: tuple[Hospital, ...] = dose(
        ("county_general",), "kind", "kinds of hospital raised", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("hospitals that are raised")
    above: Literal["municipal", "hub"] = dose("municipal", "tier", "tier whose level is the aim")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Level, name and grade of the chosen hospitals; nothing where all doses are neutral."""
    if params.skill == params.repute == 0.0 and not params.regrade:
        return ()
    found = targets.chosen(world, params.kinds, params.places, NAME)
    rows = targets.departments_of(world, found)
    level = targets.level_of(world, params.above, rows)
    known = targets.repute_of(world, params.above)
    return (
        *acting(
            approach("departments.level", rows, level, params.skill),
            approach("facilities.perceived", found, known, params.repute),
        ),
        *regraded(world, found, params.regrade),
    )


def regraded(world: World, found: Array, wanted: bool) -> tuple[Change, ...]:
    """The grade of those below grade III."""
    grade = world.names.grades.index(GRADE)
    below = found[world.facilities.grade[found] < grade]
    return (put("facilities.grade", below, grade),) if wanted and len(below) else ()
