"""Primary places join an alliance for Chinese medicine: training, absence for it, appeal.

An instance of `specialty_alliance` (one function of sim/alliance.py): the first `members` township
and community centres are led by the county's hospital of Chinese medicine, else another, and gain a
service line for what suits it (musculoskeletal needs, rehabilitation), nothing else:

    skill      level for these cases += skill x (hub's level - own), never above it
    away       share of the centre's doctor-sessions absent for the course, not backfilled
    appeal     what residents would pay for these cases to be treated so, in the mean over all
               places of the kind: appeal x members / places [yuan]

Source: programmes SC ("provincial Chinese medicine specialist alliances"), LN (capacity and
personnel of Chinese medicine); row tcm_alliance (programmes.md), domain.md 2.2: one choice study
finds that residents pay 155.53 yuan for modern over Chinese medicine [C040], another 470.54 for the
combination [C042], so the sign of `appeal` is open: run both.
Assumed: who joins, skill, away, appeal (a taste that studies state; no policy makes it). What
emerges: what is resolved and learned, where suitable needs go.
Simple: a centre's one department has one queue, so longer contacts and herbal stocks are left out.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import alliance
from sim.effects import DOSES, Change, Claim, add, dose
from sim.staffing import specialty_of
from sim.world import World

NAME, SPECIALTY = "tcm_alliance", "tcm"
Kind = Literal["township_centre", "community_centre"]
Hub = Literal["county_tcm", "county_general", "municipal_general", "hub_general"]

JOINED = {"members": 24, "skill": 0.5}
CLAIMS = (
    Claim(
        kind="response", measure="first_contact", tier="township", direction="up", at_least=0.005,
        dose=JOINED, fails_where="residents without memory of what was resolved below", holds=False,
        fails_with={"behaviour.trust": 0.0, "behaviour.reputation": 0.0},
    ),
    Claim(
        kind="response", measure="first_contact", tier="township", direction="up", at_least=0.005,
        dose=JOINED | {"appeal": 470.54}, fails_where="residents who prefer modern medicine (C040)",
        fails_with={"appeal": -155.53},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="township", direction="up", at_least=1.0,
        dose={"members": 24, "away": 0.2}, fails_where="one in fifty is on the course",
        fails_with={"away": 0.02},
    ),
)


class Params(BaseModel):
    """Who joins, and what the alliance does."""

    model_config = DOSES

    members: int = dose(0, "places", "primary places that have joined", ge=0, le=10_000)
    hub: Hub = dose("county_tcm", "kind", "kind of hospital that leads")
    kinds: tuple[Kind, ...] = dose(
        ("township_centre", "community_centre"), "kind", "kinds that may join", min_length=1
    )
    places: tuple[str | int, ...] = dose(
        (), "name", "who may join, first ones first: centre, county or county's code; () all"
    )
    skill: float = dose(
        0.0, "1", "share of the gap in level to the hub that training closes", ge=0, le=1
    )
    away: float = dose(0.0, "1", "share of members' doctors absent on the course", ge=0, le=1)
    appeal: float = dose(
        0.0, "yuan", "worth of Chinese medicine to residents; C040 -155.53, C042 470.54",
        ge=-1000, le=1000,
    )  # fmt: skip


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Service lines, absence and appeal; none without members.

    Raises EffectError where nobody can lead or more are to join than can.
    """
    if params.members == 0:
        return ()
    hubs = alliance.leaders(world, NAME, SPECIALTY, params.hub)
    terms = alliance.Terms(
        params.members, params.kinds, params.places, away=params.away, skill=params.skill
    )
    bound = alliance.bind(world, NAME, SPECIALTY, hubs, terms)
    return (*bound, *appealing(world, params))


def appealing(world: World, params: Params) -> tuple[Change, ...]:
    """What the kinds are worth to suitable needs, in proportion to the places that have joined."""
    if params.appeal == 0.0:
        return ()
    kinds = [world.names.kinds.index(kind) for kind in params.kinds]
    share = params.members / np.isin(world.facilities.kind, kinds).sum()
    cases = np.flatnonzero(world.needs.specialty == specialty_of(world, SPECIALTY))
    where = (np.repeat(kinds, len(cases)), np.tile(cases, len(kinds)))
    return (add("choice.appeal", where, params.appeal * share),)
