"""A city's tertiary hospital leads the community centres of its grid: drugs, staff, slots, budget.

The first `members` community centres of each municipal hospital join, in keyed order or in that of
`places`, so that raising the number only adds; a centre's grid is that of the municipal hospital at
which its chain of referral arrives. The four levers are those of `county_medical_community` (one
function, sim/community.py):

    drugs   in stock at members and the stations and clinics below += drugs x (lead's - own)
    staff   half-days a week of the lead's doctors at each member, level += skill x gap x share
            of a week
    slots   share of the lead's numbers held; `formal` more of members' advice; `down` stays
    budget  share of a surplus kept: budget x response of bed needs met without a bed

Source: programmes HB, HS, SC ("urban medical groups" in 2-3 cities); row urban_medical_group
(programmes.md); doses as of `county_medical_community`, domain.md 4.8.
Assumed: who joins, all doses, response. What emerges: the community centres' share of the city's
visits, whether the tertiary hospital draws more instead, its own waits.
Simple: referral of members skips the district hospitals between; the grid follows referral, not
streets.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sim import community
from sim.effects import DOSES, Change, Claim, dose
from sim.world import World

NAME = "urban_medical_group"
LEAD = "municipal_general"
Kind = Literal["community_centre", "township_centre"]

CLOSE = {"members": 25, "drugs": 1.0, "staff": 2, "skill": 0.3, "slots": 0.2, "formal": 0.3,
         "down": 0.03, "budget": 0.5}  # fmt: skip
CLAIMS = (
    Claim(
        kind="response", measure="visit_share", tier="township", direction="up", at_least=0.005,
        dose=CLOSE, fails_where="slots and referrals alone: the tertiary hospital draws up",
        world="huangshi_baseline", holds=False,
        fails_with={"drugs": 0.0, "staff": 0, "down": 0.0, "budget": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="municipal", direction="up", at_least=1.0,
        dose=CLOSE, fails_where="nobody of the lead hospital is sent",
        world="huangshi_baseline", holds=False,
        fails_with={"staff": 0},
    ),
)


class Params(BaseModel):
    """Who joins, and the four levers."""

    model_config = DOSES

    members: int = dose(0, "centres", "centres of each lead hospital that joined", ge=0, le=1000)
    kinds: tuple[Kind, ...] = dose(
        ("community_centre",), "kind", "kinds of centre that may join", min_length=1
    )
    places: tuple[str | int, ...] = dose(
        (), "name", "who may join, first ones first: centre, district or its code; () all"
    )
    drugs: float = dose(0.0, "1", "share of the gap in stock to the lead closed", ge=0, le=1)
    staff: int = dose(
        0, "half-days/week", "of a doctor of the lead at each member by roster", ge=0, le=140
    )
    skill: float = dose(
        0.3, "1", "share of the gap in level that a doctor there all week closes (assumption)",
        ge=0, le=1,
    )  # fmt: skip
    slots: float = dose(0.0, "1", "share of the lead's numbers held for members", ge=0, le=1)
    formal: float = dose(0.0, "1", "share of members' advice that becomes a referral", ge=0, le=1)
    down: float = dose(
        0.0, "1", "share of the lead's stays sent down; 0.01, 0.03, 0.08", ge=0, le=1
    )
    budget: float = dose(0.0, "1", "share of a surplus that the group keeps", ge=0, le=1)
    response: float = dose(
        0.2, "1", "share of bed needs, but severe, met without at a whole surplus (assumption)",
        ge=0, le=1,
    )  # fmt: skip


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """The four levers in every grid; none without members.

    Raises EffectError where no centre's referrals arrive at a municipal hospital.
    """
    terms = {key: value for key, value in params if key in community.Terms._fields}
    return community.integrate(world, NAME, LEAD, params.kinds, community.Terms(**terms))
