"""A county's lead hospital and its township centres become one: drugs, staff, slots, budget.

The first `members` township and community centres of each lead hospital join, in keyed order or in
that of `places`, so that raising the number only adds; a centre belongs to the general hospital of
the county to which it refers (one function with `urban_medical_group`, sim/community.py). Four
levers, dosed apart:

    drugs   in stock at members and the clinics below += drugs x (lead's stock - own)
    staff   doctors of the lead spend `staff` half-days a week at each member by roster; where one
            is there all week, ten of them, true level += skill x (lead's level - own)
    slots   the lead holds the share for its members, of whose advice `formal` more is a referral;
            a share `down` more of the lead's stays ends in beds of the first member that has any
    budget  share of the surplus kept: budget x response of the needs for a bed, but the severe, are
            met without one at lead and members

Source: programmes HB, SC, LN, HS, row county_medical_community (programmes.md); down-transfer of
1, 3, 8 %: domain.md 4.8 (below 1 % of discharges in 2017 [P3], attitudes allow 7.8 % [E067, E068]).
Assumed: who joins, all doses, response (no study separates it). What emerges: what is resolved and
learned below, whether the lead draws patients from its townships or they keep them, walk-in waits
where numbers are held, what leaves the county.
Simple: the payer is not in the World, only what hospitals do with a surplus; members' numbers of
doctors grow by those of the lead, who are missed there.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sim import community
from sim.effects import DOSES, Change, Claim, dose
from sim.world import World

NAME = "county_medical_community"
LEAD = "county_general"
Kind = Literal["township_centre", "community_centre"]

CLOSE = {"members": 24, "drugs": 1.0, "staff": 2, "skill": 0.3, "slots": 0.2, "formal": 0.3,
         "down": 0.03, "budget": 0.5}  # fmt: skip
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", direction="up", at_least=0.005,
        dose=CLOSE, fails_where="one drug list and nothing else", holds=False,
        fails_with={"staff": 0, "slots": 0.0, "formal": 0.0, "down": 0.0, "budget": 0.0},
    ),
    Claim(
        kind="response", measure="visit_share", tier="township", direction="up", at_least=0.005,
        dose=CLOSE, fails_where="slots and referrals alone: the lead hospital draws patients up",
        fails_with={"drugs": 0.0, "staff": 0, "down": 0.0, "budget": 0.0}, holds=False,
    ),
    Claim(
        kind="identity", measure="referred_down", tier="county", direction="up", at_least=0.01,
        dose=CLOSE, fails_where="a community without step-down beds", holds=False,
        fails_with={"down": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_days_mean", tier="county", direction="up", at_least=0.1,
        dose={"members": 24, "slots": 0.6, "formal": 0.3}, fails_where="a twentieth is held",
        fails_with={"slots": 0.05}, holds=False,
    ),
)


class Params(BaseModel):
    """Who joins, and the four levers."""

    model_config = DOSES

    members: int = dose(0, "centres", "centres of each lead hospital that joined", ge=0, le=1000)
    kinds: tuple[Kind, ...] = dose(
        ("township_centre", "community_centre"), "kind", "kinds of centre that may", min_length=1
    )
    places: tuple[str | int, ...] = dose(
        (), "name", "who may join, first ones first: centre, county or county's code; () all"
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
    budget: float = dose(0.0, "1", "share of a surplus that the community keeps", ge=0, le=1)
    response: float = dose(
        0.2, "1", "share of bed needs, but severe, met without at a whole surplus (assumption)",
        ge=0, le=1,
    )  # fmt: skip


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """The four levers in every county's communities; none without members.

    Raises EffectError where no centre refers up to a county hospital, or a name names none.
    """
    terms = {key: value for key, value in params if key in community.Terms._fields}
    return community.integrate(world, NAME, LEAD, params.kinds, community.Terms(**terms))
