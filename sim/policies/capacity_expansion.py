"""New doctors and beds are added by tier, kind and place; the only policy that may add.

Once `months` since the decision have reached `lead`, the chosen facilities have

    doctors  so many more doctor-sessions, as a share of those they have, in the same half-days,
             and as many more physicians
    beds     so many more beds, as a share of those they have, to the nearest bed

all marked as new (`departments.new_doctors`, `facilities.new_physicians`, `facilities.new_beds`).

Source: programmes HB ("expansion of high-quality resources"), SC, LN (the total "should increase
moderately"), row capacity_expansion (programmes.md).
Assumed: doctors, beds, lead (three years to train or recruit and to build). What emerges: waits,
shares of visits and stays by tier for each new doctor, who is drawn where.
Simple: new doctors are as able as their colleagues from the first day; test places stay; a year's
programme is a wave; salaries and buildings cost nothing here.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, add, dose
from sim.targets import Hospital, Primary, Word
from sim.world import Array, World

NAME = "capacity_expansion"
HERE = "huangshi_baseline"
READY = {"doctors": 0.1, "beds": 0.1, "months": 36.0}
CITY = READY | {"kinds": ("municipal_general",)}
CENTRES = READY | {"kinds": ("township_centre", "community_centre")}
CLAIMS = (
    Claim(
        kind="response", measure="wait_mean", tier="county", direction="down", at_least=1.0,
        dose=READY, world=HERE, fails_where="before the lead time is over", holds=False,
        fails_with={"months": 12.0},
    ),
    Claim(
        kind="response", measure="bed_wait_mean", tier="municipal", direction="down", at_least=1.0,
        dose=CITY, world=HERE, fails_where="new doctors without beds",
        fails_with={"beds": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="first_contact", tier="municipal", direction="up",
        at_least=0.005, dose=CITY, world=HERE, fails_where="a city that grows by one in a hundred",
        fails_with={"doctors": 0.01, "beds": 0.01},
    ),
    Claim(
        kind="response", measure="first_contact", tier="township", direction="up", at_least=0.005,
        dose=CENTRES, world=HERE, fails_where="residents who do not mind a wait", holds=False,
        fails_with={"behaviour.wait_minute": 0.0, "behaviour.wait_day": 0.0},
    ),
    Claim(
        kind="response", measure="bed_left", tier="municipal", direction="down", at_least=0.005,
        dose=CITY, world=HERE, fails_where="new doctors without beds",
        fails_with={"beds": 0.0},
    ),
)


class Params(BaseModel):
    """How much is added, where, and when it is there."""

    model_config = DOSES

    doctors: float = dose(0.0, "1", "new doctors as a share of those there", ge=0, le=1)
    beds: float = dose(0.0, "1", "new beds as a share of those there", ge=0, le=1)
    kinds: tuple[Hospital | Primary, ...] = dose(
        ("county_general",), "kind", "kinds of facility that grow", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("facilities that grow")
    months: float = dose(0.0, "months", "months since the decision", ge=0, le=600)
    lead: float = dose(
        36.0, "months", "months until new doctors and beds are there (assumption)", ge=0, le=600
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """New doctors, physicians and beds with their marks; nothing before the lead time is over."""
    if params.months < params.lead or params.doctors == params.beds == 0.0:
        return ()
    found = targets.chosen(world, params.kinds, params.places, NAME)
    return (*recruited(world, found, params.doctors), *built(world, found, params.beds))


def recruited(world: World, found: Array, share: float) -> tuple[Change, ...]:
    """New doctors in half-days in which there were some, and new physicians in proportion."""
    rows = np.sort(targets.departments_of(world, found))
    more = staffing.doctor_sessions(world, rows, share)
    if not len(more.department):
        return ()
    people = world.facilities.physicians[found] * share
    return (
        add(staffing.DOCTORS, tuple(more), 1), add("departments.new_doctors", tuple(more), 1),
        add(staffing.PHYSICIANS, found, people), add("facilities.new_physicians", found, people),
    )  # fmt: skip


def built(world: World, found: Array, share: float) -> tuple[Change, ...]:
    """New beds, to the nearest bed of each facility."""
    more = np.floor(world.facilities.beds[found] * share + 0.5)
    if not more.any():
        return ()
    return (add(staffing.BEDS, found, more), add("facilities.new_beds", found, more))
