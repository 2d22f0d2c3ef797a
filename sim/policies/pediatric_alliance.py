"""A province's children's hospital binds hospitals below it: slots, training, advice, units.

An instance of `specialty_alliance` (one function of sim/alliance.py). The first `members` hospitals
(of the chosen kinds, with a paediatrics department) join, in keyed order or in that of `places`, so
that raising the number only adds. At each member

    referral   children's cases are referred to the hub; a share `formal` more of advice has a slot
    away       share of its children's doctor-sessions absent for the course, not backfilled
    skill      true level of paediatrics += skill x (hub's level - own), never above it
    advice     remote consultations a year that paediatrics may ask for
    unit       the first `units` members: severe urgent children are treated at the level they need

and the hub holds a share `slots` of its paediatric numbers for linked referrers, and gives
`experts` to the afternoons of advice. A course in two waves is two doses: first `away`, then
`skill` with `away` 0 (`waves` of a scenario).

Source: programme HN, row pediatric_alliance (programmes.md); figures in domain.md 1.3: 156 members,
48 units, 2,000 transfers (4.3 per member and year) or as many trained, 320,000 consultations (684
per member and year) in three years; scarcity of children's doctors: fact E081.
Assumed: who joins, formal, slots, away, skill, success. What emerges: who is referred and waits
where, what parents learn, retention in the county, waits while trainees are away.
Simple: one hub (the first children's hospital); a unit takes no staff or beds of its own, so claims
about severe children are near to identities; free clinics (960,000 or 19,600 children in three
years, the text is unclear) are not modelled: they find needs that this world does not hold back.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sim import alliance
from sim.effects import DOSES, Change, Claim, dose
from sim.staffing import DAYS, Weekday
from sim.world import World

NAME = "pediatric_alliance"
SPECIALTY = "paediatrics"
HUB = "children_hospital"
Kind = Literal["county_general", "mch", "municipal_general"]

JOINED = {"members": 4, "slots": 0.2, "formal": 0.2, "skill": 0.3, "units": 2, "advice": 684.0}
COURSE = {"members": 4, "away": 0.25}
CLAIMS = (
    Claim(
        kind="response", measure="wait_mean", tier="hub", group=SPECIALTY, direction="down",
        at_least=1.0, dose=JOINED, fails_where="an alliance that draws children up by its slots",
        fails_with={"skill": 0.0, "units": 0, "advice": 0.0}, holds=False,
    ),
    Claim(
        kind="response", measure="within_county", tier="", group="admissions", direction="up",
        at_least=0.005, dose=JOINED, fails_where="members without a unit", holds=False,
        fails_with={"units": 0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group=SPECIALTY, direction="up",
        at_least=1.0, dose=COURSE, fails_where="one of the members' doctors at a time is away",
        fails_with={"away": 0.02},
    ),
)


class Params(BaseModel):
    """Who joins, and what the alliance does."""

    model_config = DOSES

    members: int = dose(0, "hospitals", "hospitals that have joined", ge=0, le=1000)
    kinds: tuple[Kind, ...] = dose(
        ("county_general", "mch"), "kind", "kinds of hospital that may join", min_length=1
    )
    places: tuple[str | int, ...] = dose(
        (), "name", "who may join, first ones first: hospital, county or county's code; () all"
    )
    slots: float = dose(
        0.0, "1", "share of the hub's paediatric numbers held for linked referrers", ge=0, le=1
    )
    formal: float = dose(
        0.0, "1", "share of members' advice to children that becomes a referral", ge=0, le=1
    )
    away: float = dose(
        0.0, "1", "share of members' children's doctors absent on the course", ge=0, le=1
    )
    skill: float = dose(
        0.0, "1", "share of the gap in level to the hub that training closes", ge=0, le=1
    )
    units: int = dose(
        0, "hospitals", "members with intensive care for children, first ones first", ge=0, le=1000
    )
    advice: float = dose(
        0.0, "1/member/year", "remote consultations that each member may ask for; HN: 684",
        ge=0, le=100_000,
    )  # fmt: skip
    success: float = dose(
        0.8, "1", "share of the specialist's skill kept at a distance (assumption)", ge=0, le=1
    )
    experts: int = dose(1, "persons", "hub doctors who answer in a session of advice", ge=0, le=100)
    days: tuple[Weekday, ...] = dose(
        (DAYS[1], DAYS[3]), "weekday", "days with an afternoon of advice", min_length=1
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Links, held numbers, absence, skill, units and advice; none without members.

    Raises EffectError where no children's hospital can lead, more are to join than can, or more
    units are asked for than members.
    """
    if params.members == 0:
        return ()
    hubs = alliance.leaders(world, NAME, SPECIALTY, HUB)[:1]
    return alliance.bind(world, NAME, SPECIALTY, hubs, alliance.Terms(**dict(params)))
