"""Chosen township centres become sub-centres of the county for their neighbours, not re-graded.

The first `number` centres of the keyed order, or of `places`, rank between township and county and

    skill    true level += skill x (level-II standard - own)
    repute   expected level likewise
    tests    share of the needed tests that they lack becomes possible; `servers` more test places
    drugs    share of the needed drugs that they lack is in stock
    doctors  share of the outpatient doctors of the county hospital that they refer to who come,
             with physicians and `beds` for each of these
    linked   so many nearest centres of the county refer to the sub-centre instead of the county

Source: programmes SC (150 sub-centres), HS (Jinniu and Huandiqiao in Daye, Longgang and Baisha in
Yangxin: service capacity to the level-II standard by the end of 2023, a step), row
county_subcentres (programmes.md); not re-graded, so that township reimbursement stays (fact R001):
domain.md 1.3.
Assumed: all doses; the level-II standard as the level of a county hospital for Chinese medicine.
What emerges: who is resolved there, what residents learn, the county hospitals' and the neighbours'
volume, travel.
Simple: which centre a resident uses is a lasting taste, so neighbours come by formal referral only.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, acting, add, approach, dose, put, raise_by
from sim.targets import Primary, Word
from sim.world import Array, World

NAME = "county_subcentres"
RANK = 25  # above township and community centres, below hospitals: neighbours may refer here
DOSE = {
    "skill": 1.0, "repute": 0.5, "tests": 0.75, "drugs": 0.5, "doctors": 0.02, "beds": 2.0,
    "linked": 2,
}  # fmt: skip
CLAIMS = (
    Claim(
        kind="response", measure="first_contact", tier="township", direction="up", at_least=0.005,
        dose=DOSE, fails_where="sub-centres that are better and not better known",
        fails_with={"repute": 0.0},
    ),
    Claim(
        kind="response", measure="visit_share", tier="county", direction="down", at_least=0.005,
        dose=DOSE, fails_where="sub-centres that are better and not better known",
        fails_with={"repute": 0.0}, holds=False,
    ),
    Claim(
        kind="response", measure="travel_per_episode", tier="", direction="down", at_least=0.35,
        dose=DOSE, fails_where="sub-centres that are better and not better known",
        fails_with={"repute": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="first_contact", tier="village", direction="down",
        at_least=0.005, dose=DOSE, fails_where="sub-centres that are better and not better known",
        fails_with={"repute": 0.0},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="township", direction="down", at_least=0.005,
        dose=DOSE, fails_where="a name without skill",
        fails_with={"skill": 0.0, "tests": 0.0, "drugs": 0.0},
    ),
)


class Params(BaseModel):
    """Which centres, and what they become able to do."""

    model_config = DOSES

    skill: float = dose(0.0, "1", "share of the gap to the standard that is closed", ge=0, le=1)
    repute: float = dose(
        0.0, "1", "share of the gap in expected level that is closed (assumption)", ge=0, le=1
    )
    standard: float = dose(
        3.0, "level", "level-II standard; that of a county hospital for TCM", ge=1, le=5
    )
    number: int = dose(4, "centres", "sub-centres, first ones first; HS: 4", ge=1, le=10_000)
    kinds: tuple[Primary, ...] = dose(
        ("township_centre",), "kind", "kinds of centre that may become one", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("centres that become sub-centres")
    tests: float = dose(0.0, "1", "share of the lacking tests that they can do", ge=0, le=1)
    servers: int = dose(0, "servers", "more test places each", ge=0, le=100)
    drugs: float = dose(0.0, "1", "share of the lacking drugs in stock", ge=0, le=1)
    doctors: float = dose(
        0.0, "1", "share of the county hospitals' outpatient doctors who come", ge=0, le=1
    )
    beds: float = dose(0.0, "beds/physician", "beds that come with each physician", ge=0, le=20)
    linked: int = dose(
        0, "centres", "nearest centres that refer to each sub-centre", ge=0, le=100
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """What the sub-centres become, who comes, and who refers to them; nothing where all is 0."""
    levers = (params.skill, params.repute, params.tests, params.drugs, params.doctors)
    if not any(levers) and params.servers == params.linked == 0:
        return ()
    found = targets.chosen(world, params.kinds, params.places, NAME)[: params.number]
    return (
        put("facilities.rank", found, RANK), *equipped(world, found, params),
        *joined(world, found, params), *linked(world, found, params),
    )  # fmt: skip


def equipped(world: World, found: Array, params: Params) -> tuple[Change, ...]:
    """Skill, name, tests and drugs."""
    rows = targets.departments_of(world, found)
    return acting(
        approach("departments.level", rows, params.standard, params.skill),
        approach("facilities.perceived", found, params.standard, params.repute),
        raise_by("facilities.test_share", found, params.tests),
        add("facilities.tests", found, params.servers),
        raise_by("facilities.formulary", found, params.drugs),
    )


def joined(world: World, found: Array, params: Params) -> tuple[Change, ...]:
    """Doctors of the county hospitals that the sub-centres refer to, with beds."""
    above = np.unique(world.facilities.referral_target[found])
    rows = targets.outpatient(world, targets.departments_of(world, above[above >= 0]))
    giving = staffing.sendable(world, np.sort(rows), found)
    return staffing.relocated(world, giving, found, params.doctors, params.beds)


def linked(world: World, found: Array, params: Params) -> tuple[Change, ...]:
    """The nearest other centres of the county refer here, each to the first that wants it."""
    kinds = [world.names.kinds.index(kind) for kind in params.kinds]
    place, free = world.facilities, np.isin(world.facilities.kind, kinds)
    free[found] = False
    pairs: dict[int, int] = {}
    for centre in found.tolist() if params.linked else ():
        others = np.flatnonzero(free & (place.county == place.county[centre]))
        for neighbour in targets.nearest(world, centre, others)[: params.linked].tolist():
            pairs.setdefault(neighbour, centre)
    if not pairs:
        return ()
    return (put("facilities.referral_target", np.array(list(pairs)), np.array([*pairs.values()])),)
