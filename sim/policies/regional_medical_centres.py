"""One municipal hospital of each named prefecture becomes a regional medical centre.

The largest hospital of each area (by physicians) is raised towards the hub and may get people:

    skill   true level of its departments += skill x (hub's level of the specialty - own)
    repute  level expected of the hospital += repute x (hub's - own)
    share   of the hub's outpatient doctor-sessions move to the centres, with their physicians
    beds    that move with each of these physicians

Source: programmes HB, SC, LN, HS, row regional_medical_centres (programmes.md): HB names Wuhan as
leader, Xiangyang and Yichang as wings, Jingzhou, Huanggang, Shiyan; HS works with partners in
Beijing and Fujian and with Tongji and Union hospitals, and aims to be the eastern centre itself.
Assumed: which hospital, skill, repute, share, beds. What emerges: who is resolved there instead of
being sent on, what residents learn, the hub's load from the region, travel, what counties lose.
Simple: residents of other prefectures come only as far as their choice sets reach; which of several
municipal hospitals somebody uses is a lasting taste, so a centre draws from other kinds of hospital
before it draws from its neighbour; a partner outside the province is a higher `skill`, no people.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, acting, approach, dose
from sim.targets import Specialty, Word
from sim.world import Array, World

NAME = "regional_medical_centres"
HERE = "huangshi_baseline"
DOSE = {"skill": 0.5, "repute": 0.5, "share": 0.01, "beds": 2.0}
CLAIMS = (
    Claim(
        kind="response", measure="visit_share", tier="hub", direction="down", at_least=0.001,
        dose=DOSE, world=HERE, fails_where="a name that residents do not know, and a hub that stays"
        " the place to be sent to",
        fails_with={"repute": 0.0},
    ),
    Claim(
        kind="response", measure="travel_per_episode", tier="", direction="down", at_least=0.3,
        dose=DOSE, world=HERE, fails_where="a centre that is better and not better known",
        fails_with={"repute": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="first_contact", tier="county", direction="down", at_least=0.005,
        dose=DOSE, world=HERE, fails_where="a centre that is better and not better known",
        fails_with={"repute": 0.0}, holds=False,
    ),
    Claim(
        kind="identity", measure="advised_up", tier="municipal", direction="down", at_least=0.005,
        dose=DOSE, world=HERE, fails_where="a centre in name only",
        fails_with={"skill": 0.0},
    ),
)  # fmt: skip


class Params(BaseModel):
    """How far a centre is raised, which it is, and who moves there."""

    model_config = DOSES

    skill: float = dose(
        0.0, "1", "share of the gap in level to the hub that is closed (assumption)", ge=0, le=1
    )
    repute: float = dose(
        0.0, "1", "share of the gap in expected level that is closed (assumption)", ge=0, le=1
    )
    places: tuple[Word, ...] = targets.places_dose("areas or hospitals that become a centre")
    specialties: tuple[Specialty, ...] = dose((), "specialty", "those raised; () all")
    share: float = dose(
        0.0, "1", "share of the hub's outpatient doctors who move to the centres", ge=0, le=1
    )
    beds: float = dose(
        0.0, "beds/physician", "beds that move with each physician; 2.0 cover N086", ge=0, le=20
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Levels, names, and doctors with beds who move; nothing where all doses are 0."""
    if params.skill == params.repute == params.share == 0.0:
        return ()
    found = centres(world, params)
    rows = targets.departments_of(world, found, params.specialties)
    level, known = targets.level_of(world, "hub", rows), targets.repute_of(world, "hub")
    return (
        *acting(
            approach("departments.level", rows, level, params.skill),
            approach("facilities.perceived", found, known, params.repute),
        ),
        *moved(world, found, params),
    )


def centres(world: World, params: Params) -> Array:
    """The largest municipal hospital of each area meant."""
    rows = targets.chosen(world, ("municipal_general",), params.places, NAME)
    return targets.largest(world, rows, world.facilities.pooling_area[rows])


def moved(world: World, found: Array, params: Params) -> tuple[Change, ...]:
    """Doctors of the hub who join the centres, in turn, with their beds."""
    hub = targets.outpatient(world, targets.departments_of(world, targets.of_tier(world, "hub")))
    giving = staffing.sendable(world, np.sort(hub), found)
    return staffing.relocated(world, giving, found, params.share, params.beds)
