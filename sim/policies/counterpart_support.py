"""A hospital supports another for half a year or longer, and what it taught fades afterwards.

Each pair (donor, receiver) works for itself; without pairs every receiving hospital is supported by
the hospital of the donor tier to which it refers. While the support lasts, a share of the donor's
outpatient doctor-sessions is spent at the receiver, with physicians, and beds close at the donor:

    filled  = doctor-sessions received in a department / sessions of a full team, at most 1
    skill   true level += skill x min(months / rotation, 1) x filled x (donor's level - own)
    repute  expected level likewise
    after   `ended` months without support, people are back and what was gained is halved each
            `half_life`

Source: programmes HS (central hospital of Huangshi -> people's hospital of Yangxin county), SC
(east-west pairs), row counterpart_support (programmes.md); rotations of six months or longer, decay
after the end: domain.md 2.2; ward cover of 2.0 beds: fact N086.
Assumed: pairs, team, skill, repute, rotation, half-life. What emerges: who is resolved at the
receiver and stays there, the donor's numbers and waits.
Simple: months pass by waves of a scenario, which state them; travel costs nothing.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose, faded, grown
from sim.targets import Hospital, Word
from sim.world import Array, World

NAME = "counterpart_support"
DOSE = {"share": 0.05, "months": 6.0, "skill": 0.3}
CLAIMS = (
    Claim(
        kind="response", measure="within_county", tier="", group="admissions", direction="up",
        at_least=0.005, dose=DOSE, fails_where="one doctor in two hundred is sent",
        fails_with={"share": 0.005},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="municipal", direction="up", at_least=1.0,
        dose=DOSE, fails_where="one doctor in two hundred is sent", holds=False,
        fails_with={"share": 0.005},
    ),
    Claim(
        kind="identity", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=DOSE, fails_where="doctors who see patients and teach nobody",
        fails_with={"skill": 0.0},
    ),
    Claim(
        kind="response", measure="advised_up", tier="county", direction="down", at_least=0.005,
        dose=DOSE | {"ended": 24.0}, fails_where="knowledge that is gone within half a year",
        fails_with={"half_life": 2.0}, holds=False,
    ),
)


class Params(BaseModel):
    """Who supports whom with how many, for how long, and how long ago it ended."""

    model_config = DOSES

    share: float = dose(0.0, "1", "share of the donor's outpatient doctors sent", ge=0, le=1)
    pairs: tuple[tuple[Word, Word], ...] = dose(
        (), "name", "donor and receiver by own name or place; () the hospital referred to"
    )
    donors: Literal["municipal", "hub"] = dose("municipal", "tier", "tier of the donors")
    kinds: tuple[Hospital, ...] = dose(
        ("county_general",), "kind", "kinds that receive", min_length=1
    )
    months: float = dose(0.0, "months", "months that the support has lasted", ge=0, le=600)
    rotation: float = dose(6.0, "months", "months until all is taught; domain 2.2", ge=0, le=600)
    ended: float = dose(0.0, "months", "months since it ended; 0 it lasts", ge=0, le=600)
    half_life: float = dose(
        12.0, "months", "months in which half of the gain is lost (assumption)", gt=0, le=600
    )
    team: int = dose(
        1, "persons", "doctors of a department who make a full team (assumption)", ge=1, le=100
    )
    hands: float = dose(1.0, "1", "share of those sent who see patients", ge=0, le=1)
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
    """People sent and what they teach, pair by pair; nothing at share 0."""
    if params.share == 0.0:
        return ()
    found = supported(world, params)
    return tuple(
        change
        for donor, receivers in found.items()
        for change in support(world, donor, np.array(receivers), params)
    )


def support(world: World, donor: int, receivers: Array, params: Params) -> tuple[Change, ...]:
    """What one donor does for its receivers."""
    rows = targets.outpatient(world, targets.departments_of(world, np.array([donor])))
    giving = staffing.sendable(world, rows, receivers)
    sent = staffing.doctor_sessions(world, giving, params.share)
    if not len(sent.department):
        return ()
    target = staffing.stationed(world, sent, receivers, params.team)
    months = params.months
    gained = (
        faded(grown(share, months, params.rotation), params.ended, params.half_life)
        for share in (params.skill, params.repute)
    )
    taught = staffing.taught(world, sent, target, params.team, *gained)
    if params.ended > 0.0:
        return taught
    away = staffing.move_physicians(world, giving, sent, target)
    there = staffing.posted(sent, target, params.hands)
    return (*there, away, *staffing.closed(away, params.wards), *taught)


def supported(world: World, params: Params) -> dict[int, list[int]]:
    """Receivers of each donor; every donor and receiver once a pair."""
    found: dict[int, list[int]] = {}
    donors = targets.of_tier(world, params.donors)
    able = targets.chosen(world, params.kinds, (), NAME)
    for donor, receiver in params.pairs:
        giving = targets.named(world, donors, (donor,))
        taking = targets.named(world, able, (receiver,))
        found.setdefault(int(giving[0]), []).extend(taking.tolist())
    for receiver in () if params.pairs else able.tolist():
        above = int(world.facilities.referral_target[receiver])
        if above in donors:
            found.setdefault(above, []).append(receiver)
    if not found:
        raise EffectError(f"{NAME}: no {' or '.join(params.kinds)} refers to a {params.donors}")
    return found
