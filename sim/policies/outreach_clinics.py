"""Doctors of hospitals hold clinics in remote villages, by a weekly calendar.

The first `villages` villages with a clinic of their own, the farthest from any hospital of the
donors first (of `places`, or all), are visited: each one half-day a week, on the days of `days` in
turn. So a higher number only adds. At each

    hands  `team` doctors more in the village clinic in that half-day, taken from general and
           children's departments of the donors
    skill  true level += part x (donor's level - own), never above it
    drugs  in stock    = 1 - (1 - before) x (1 - drugs x part)
           part        = sessions of those who visit / all sessions of the village's clinic
    looks  screened a year of each resident: the clinic is free and looks at who comes, ill or not

A look finds needs that nobody has brought to a doctor (`needs.unseen`), which then go to a doctor
like any other, wherever the resident chooses. A clinic has no tests: what it finds may need them.

Source: programmes SC and HN, row outreach_clinics (programmes.md). SC asks for a plan for ethnic
areas, mobile clinics are an assumption; HN counts 960,000 children in three years (7.4 % of those
aged 0-14, `looks` 0.025 of them a year), or 19,600 if the text's figure is split (0.0005).
Assumed: team, looks, drugs; what a look finds (no source, range in the register). What emerges:
who is found, where they go, referrals, what villagers learn, the donors' waits.
Simple: skill and drugs are the mean over the week's sessions; the way to the village costs the
donors nothing beyond the half-day; all residents are looked at alike.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import siting, staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, add, approach, dose, raise_by
from sim.siting import Word
from sim.staffing import DAYS, DOCTORS, SESSIONS, Sessions, Weekday
from sim.world import Array, World

CLINIC = "village_clinic"
SENT = ("general", "paediatrics")
GENERAL = "_general"  # kinds of hospital that send: of their tier

DOSE = {"villages": 40, "looks": 2.0}
CLAIMS = (
    Claim(
        kind="response", measure="advised_up", tier="village", direction="up", at_least=0.005,
        dose=DOSE, world="county_remote", fails_where="clinics that look at nobody unasked",
        fails_with={"looks": 0.0}, holds=False,
    ),
    Claim(
        kind="response", measure="unresolved_episodes", tier="", direction="down",
        at_least=0.002, dose=DOSE, world="county_remote",
        fails_where="two villages are visited", holds=False,
        fails_with={"villages": 2},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group="general", direction="up",
        at_least=1.0, dose=DOSE, world="county_remote", fails_where="two villages are visited",
        fails_with={"villages": 2},
    ),
)  # fmt: skip


class Params(BaseModel):
    """Which villages are visited, when, by whom, and what is done there."""

    model_config = DOSES

    villages: int = dose(0, "villages", "villages that are visited", ge=0, le=10_000)
    team: int = dose(1, "persons", "doctors who come (assumption)", ge=1, le=10)
    donors: Literal["county", "municipal", "hub"] = dose("county", "tier", "whose hospitals send")
    days: tuple[Weekday, ...] = dose(
        DAYS[:5], "weekday", "days on which clinics are held", min_length=1
    )
    looks: float = dose(
        0.3, "1/person/year", "looks at each resident of a village; HN: 0.025 or 0.0005",
        ge=0, le=12,
    )  # fmt: skip
    drugs: float = dose(0.5, "1", "share of the lacking drugs that are brought", ge=0, le=1)
    places: tuple[Word, ...] = dose((), "name", "townships or counties of the villages; () all")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Doctor-sessions in villages, with skill, drugs and looks; none without villages.

    Raises EffectError where there are fewer villages, or fewer doctors to send, than asked.
    """
    if params.villages == 0:
        return ()
    donors = targets.chosen(world, (params.donors + GENERAL,), who="outreach_clinics")
    rows, clinics = remote(world, params, donors)
    visits = calendar(clinics, params)
    giving, sent = taken(world, donors, visits, params.team)
    part = params.team / (params.team + sessions_held(world, clinics))
    level = world.departments.level[giving].max()
    made = (
        approach("departments.level", clinics, level, part),
        raise_by("facilities.formulary", world.departments.facility[clinics], params.drugs * part),
        add("places.screened", rows, params.looks),
    )
    return (staffing.move_doctors(sent, np.repeat(visits.department, params.team)), *made)


def remote(world: World, params: Params, donors: Array) -> tuple[Array, Array]:
    """Places, and departments of their own clinics, the farthest from all donors first."""
    every = siting.places_covered(world, 1.0, params.places)
    clinic = world.choice.option[every, world.names.kinds.index(CLINIC), 0]
    held = (world.places.urban[every] == 0) & (clinic >= 0)
    own, first = np.unique(clinic[held], return_index=True)
    rows = every[held][first]
    order = np.lexsort((world.places.code[rows], -siting.nearest(world, rows, donors).km))
    if len(order) < params.villages:
        raise EffectError(
            f"outreach_clinics visits {params.villages} villages, but {len(order)} have a clinic"
        )
    chosen = order[: params.villages]
    return rows[chosen], targets.departments_of(world, own[chosen], ("general",))


def calendar(clinics: Array, params: Params) -> Sessions:
    """The half-day of each clinic: days in turn, all mornings before afternoons, then anew."""
    on = np.array([DAYS.index(day) for day in dict.fromkeys(params.days)])
    turn = np.arange(len(clinics))
    return Sessions(clinics, on[turn % len(on)], turn // len(on) % SESSIONS)


def taken(world: World, donors: Array, visits: Sessions, team: int) -> tuple[Array, Sessions]:
    """Departments that give, and the doctor-session each visiting doctor leaves.

    Of the departments with a doctor left in that half-day the one with most gives. Raises
    EffectError where none is left.
    """
    giving = targets.departments_of(world, donors, SENT)
    left = world.departments.doctors[giving].astype(np.int64)
    found = []
    for weekday, session in zip(visits.weekday, visits.session, strict=True):
        for _ in range(team):
            best = int(np.argmax(left[:, weekday, session]))
            if left[best, weekday, session] == 0:
                raise EffectError(
                    f"outreach_clinics sends more doctors on {DAYS[weekday]} than there are"
                )
            left[best, weekday, session] -= 1
            found.append(giving[best])
    days, halves = (np.repeat(column, team) for column in (visits.weekday, visits.session))
    return giving, Sessions(np.array(found), days, halves)


def sessions_held(world: World, clinics: Array) -> Array:
    """Doctor-sessions a week of the clinics themselves."""
    return world.get(DOCTORS)[clinics].sum(axis=(1, 2))
