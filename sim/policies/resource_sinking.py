"""Physicians of large hospitals are stationed below for half a year or longer.

A share of the doctor-sessions of a week leaves the outpatient departments of the donor tier, of
each in proportion and rounded to the nearest session in all, so that also a slice of a hub gives no
more than its part. They fill the receiving hospitals, in keyed order, one after the other, `team`
doctors for each specialty, in the department of their specialty, else the general one. Raising the
share only adds. Three effects are dosed apart:

    hands  doctors on duty below       += hands x sessions received; the others only teach
    skill  true level there            += skill x filled x (donor's level - own), never above it
    repute level expected of the place += repute x filled x (donor's - own)
    filled = sessions received / sessions of a full team, at most 1

Licensed physicians move along in proportion (about five for each doctor who is on duty all week,
the team that programmes send), and `wards` beds close at the donor for each.

Source: programmes SC, LN, HS, row resource_sinking (programmes.md); scale of doses in domain.md 4.8
(five of a tertiary hospital's 376 physicians are 1.3 %); ward cover of 2.0 beds: fact N086.
Assumed: who gives and receives, team, hands, skill, repute. What emerges: who is resolved below,
what residents learn from it, where they go first, the donor's numbers, waits and bed waits.
Simple: emergency departments give nobody; beds are closed, not moved; skill and repute end with the
policy; travel and pay of those sent cost nothing.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose
from sim.world import Array, World

Kind = Literal[
    "county_general", "county_tcm", "mch", "small_hospital", "township_centre", "community_centre"
]
DOSE = {"share": 0.1}
CLAIMS = (
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", direction="up", at_least=1.0, dose=DOSE,
        fails_where="one doctor of two hundred is sent: hardly anybody leaves",
        fails_with={"share": 0.005},
    ),
    Claim(
        kind="response", measure="first_contact", tier="county", direction="up", at_least=0.005,
        dose=DOSE, fails_where="residents without memory of what was resolved below", holds=False,
        fails_with={"behaviour.trust": 0.0, "behaviour.reputation": 0.0},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=DOSE, fails_where="stationed doctors who see patients and teach nobody",
        fails_with={"skill": 0.0},
    ),
    Claim(
        kind="trade-off", measure="bed_wait_mean", tier="hub", direction="up", at_least=1.0,
        dose=DOSE, fails_where="wards that others cover while physicians are away",
        fails_with={"wards": 0.0},
        holds=False,
    ),
)


class Params(BaseModel):
    """Who is sent, where to, and what goes with them."""

    model_config = DOSES

    share: float = dose(0.0, "1", "share of the donors' doctors who are sent", ge=0, le=1)
    donors: Literal["hub", "municipal"] = dose("hub", "tier", "tier whose hospitals send doctors")
    to: tuple[Kind, ...] = dose(
        ("county_general",), "kind", "kinds that receive, the first ones first", min_length=1
    )
    team: int = dose(
        1, "persons", "doctors of a department below before the next one gets any (assumption)",
        ge=1, le=100,
    )  # fmt: skip
    hands: float = dose(1.0, "1", "share of the sessions sent that see patients", ge=0, le=1)
    skill: float = dose(
        0.3, "1", "share of the gap in level that a full team closes (assumption)", ge=0, le=1
    )
    repute: float = dose(
        0.0, "1", "share of the gap in expected level that a full team closes", ge=0, le=1
    )
    wards: float = dose(
        2.0, "beds/physician", "beds closed at the donor for each sent; N086", ge=0, le=20
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Doctors, physicians and beds that move or close, skill and repute that grow; none at share 0.

    Raises EffectError where nobody of the donor tier could join a receiving hospital.
    """
    if params.share == 0.0:
        return ()
    below = receiving(world, params)
    giving = givers(world, params, below)
    sent = staffing.doctor_sessions(world, giving, params.share)
    if not len(sent.department):
        return ()
    target = staffing.stationed(world, sent, below, params.team)
    away = staffing.move_physicians(world, giving, sent, target)
    return (
        *staffing.posted(sent, target, params.hands), away, *staffing.closed(away, params.wards),
        *staffing.taught(world, sent, target, params.team, params.skill, params.repute),
    )  # fmt: skip


def receiving(world: World, params: Params) -> Array:
    """Facilities that receive: kind by kind as listed, each in keyed order."""
    return targets.of_kinds(world, params.to)


def givers(world: World, params: Params, below: Array) -> Array:
    """Outpatient departments of the donor tier whose doctors somebody below can take."""
    department, tier = world.departments, world.names.tiers.index(params.donors)
    own = world.facilities.tier[department.facility] == tier
    outpatient = np.flatnonzero(own & (department.quota_minutes > 0.0))
    rows = staffing.sendable(world, outpatient, below)
    if not len(rows):
        raise EffectError(
            f"resource_sinking needs a hospital of tier {params.donors} with outpatient departments"
            f" whose doctors a {' or '.join(params.to)} can take"
        )
    return rows
