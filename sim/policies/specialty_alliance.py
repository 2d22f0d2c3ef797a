"""Hospitals bind themselves in one specialty to a hub: training, slots, advice, units.

The general form of `pediatric_alliance` and `tcm_alliance` (one function of sim/alliance.py). The
first `members` places (of the chosen kinds, that treat the specialty) join, in keyed order or in
that of `places`, so that raising the number only adds. Each is led by the hub of its county, else
of its pooling area, else by the hubs in turn. At each member with a department of the specialty

    referral   the specialty's cases go to the hub; a share `formal` more of advice has a slot
    away       share of its doctor-sessions absent for the course, not backfilled
    skill      true level of the department += skill x (hub's level - own), never above it
    advice     remote consultations a year that the department may ask for
    unit       the first `units` members: urgent cases are treated at the level they need

and each hub holds a share `slots` of its numbers in the specialty, and gives `experts` to the
afternoons of advice. Places with one department for all gain a service line instead: skill for the
specialty's cases alone, without links. A course in two waves is two doses: `away`, then `skill`.

Source: programmes HS ("specialty alliances, special departments"), HN (eye-health and
rehabilitation alliances of children), SC; row specialty_alliance (programmes.md), domain.md 1.1.
Assumed: who joins, all doses; no document gives any for specialties other than children's. What
emerges: who is referred and waits where, what residents learn, retention in the county in that
specialty, waits while trainees are away.
Simple: level, unit and slots begin with the dose and end with it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sim import alliance
from sim.effects import DOSES, Change, Claim, dose
from sim.staffing import DAYS, Weekday
from sim.world import World

NAME = "specialty_alliance"
Specialty = Literal["general", "surgery", "paediatrics", "obstetrics", "tcm", "specialist"]
Hub = Literal["county_general", "county_tcm", "municipal_general", "hub_general",
              "children_hospital"]  # fmt: skip
Kind = Literal[
    "township_centre", "community_centre", "small_hospital", "mch", "county_tcm", "county_general",
    "municipal_general",
]  # fmt: skip

JOINED = {"members": 4, "slots": 0.2, "formal": 0.2, "skill": 0.3}
COURSE = {"members": 4, "away": 0.25}
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", group="visits", direction="up",
        at_least=0.005, dose=JOINED, fails_where="links and slots without training", holds=False,
        fails_with={"skill": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", group="general", direction="up",
        at_least=1.0, dose=JOINED, fails_where="no slots and no referrals of the alliance",
        fails_with={"slots": 0.0, "formal": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group="general", direction="up",
        at_least=1.0, dose=COURSE, fails_where="nearly nobody at a time is away",
        fails_with={"away": 0.02},
    ),
)


class Params(BaseModel):
    """Who joins whom in which specialty, and what the alliance does."""

    model_config = DOSES

    members: int = dose(0, "hospitals", "places that have joined", ge=0, le=10_000)
    specialty: Specialty = dose(
        "general", "specialty", "what it is for; general: internal, specialist: eye, ear, skin"
    )
    hub: Hub = dose("hub_general", "kind", "kind of hospital that leads")
    hubs: tuple[str | int, ...] = dose((), "name", "which of that kind lead; () all")
    kinds: tuple[Kind, ...] = dose(
        ("county_general", "county_tcm"), "kind", "kinds of places that may join",
        min_length=1,
    )
    places: tuple[str | int, ...] = dose(
        (), "name", "who may join, first ones first: hospital, county or county's code; () all"
    )
    slots: float = dose(
        0.0, "1", "share of the hubs' numbers held for linked referrers", ge=0, le=1
    )
    formal: float = dose(0.0, "1", "share of members' advice that becomes a referral", ge=0, le=1)
    away: float = dose(
        0.0, "1", "share of members' doctors of the specialty absent on the course", ge=0, le=1
    )
    skill: float = dose(
        0.0, "1", "share of the gap in level to the hub that training closes", ge=0, le=1
    )
    units: int = dose(
        0, "hospitals", "members with a unit for urgent cases, first ones first", ge=0, le=1000
    )
    advice: float = dose(
        0.0, "1/member/year", "remote consultations that each member may ask for", ge=0, le=100_000
    )
    success: float = dose(
        0.8, "1", "share of the specialist's skill kept at a distance (assumption)", ge=0, le=1
    )
    experts: int = dose(
        1, "persons", "doctors of each hub who answer in a session of advice", ge=0, le=100
    )
    days: tuple[Weekday, ...] = dose(
        (DAYS[1], DAYS[3]), "weekday", "days with an afternoon of advice", min_length=1
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Links, held numbers, absence, skill, units and advice; none without members.

    Raises EffectError where nobody can lead, a member does not rank below its hub, or more are to
    join or to have units than can.
    """
    if params.members == 0:
        return ()
    hubs = alliance.leaders(world, NAME, params.specialty, params.hub, params.hubs)
    terms = {key: value for key, value in params if key in alliance.Terms._fields}
    return alliance.bind(world, NAME, params.specialty, hubs, alliance.Terms(**terms))
