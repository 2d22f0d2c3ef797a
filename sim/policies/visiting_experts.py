"""Experts of the hub hold clinics in other cities or counties on fixed days.

In each session of the chosen weekdays `experts` doctors of each chosen specialty join each hospital
visited. On working days they leave the hub's sessions of that day; at weekends they come in their
free time, which costs the hub nothing and is marked in the ledger (`departments.free_time`):

    expert share = experts' sessions of a week / all sessions of the department visited
    true level     += expert share x (hub's level - own): who sees a patient is chance
    expected level += repute x (hub's - own)

Source: programme HS, experts from Wuhan to Huangshi, row visiting_experts (programmes.md); often at
weekends: domain.md 2.2.
Assumed: who comes when, repute. What emerges: visits to the hub from there, the hub's waits.
Simple: one hub gives (the first with the specialty); nobody chooses the expert's own clinic, so the
expert is a part of the department's level; travel costs nothing.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, acting, add, approach, dose
from sim.staffing import DAYS, DOCTORS, Sessions, Weekday
from sim.targets import Hospital, Specialty, Word
from sim.world import SESSIONS, Array, World

NAME = "visiting_experts"
HERE = "huangshi_baseline"
WORKDAYS = 5
WEEKEND = {"experts": 2, "repute": 0.1}
WEEKDAY = WEEKEND | {"days": ("tuesday", "thursday")}
CLAIMS = (
    Claim(
        kind="response", measure="visit_share", tier="hub", direction="down", at_least=0.001,
        dose=WEEKEND, world=HERE, fails_where="experts whom nobody knows to be there", holds=False,
        fails_with={"repute": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", direction="up", at_least=1.0,
        dose=WEEKDAY, world=HERE, fails_where="experts who come at weekends in their free time",
        fails_with={"days": ("saturday",)},
    ),
)


class Params(BaseModel):
    """Who comes, where and when."""

    model_config = DOSES

    experts: int = dose(
        0, "persons", "experts of each specialty at each hospital in a session", ge=0, le=100
    )
    repute: float = dose(
        0.0, "1", "share of the gap in expected level that the visits close", ge=0, le=1
    )
    specialties: tuple[Specialty, ...] = dose(
        ("general", "surgery", "specialist"), "specialty", "specialties that come", min_length=1
    )
    kinds: tuple[Hospital, ...] = dose(
        ("municipal_general",), "kind", "kinds of hospital visited", min_length=1
    )
    places: tuple[Word, ...] = targets.places_dose("hospitals visited")
    days: tuple[Weekday, ...] = dose((DAYS[5],), "weekday", "days of the clinics", min_length=1)


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Doctors who come on the fixed days, and what that makes of the departments; none without.

    Raises EffectError where no hub has a specialty that a visited hospital has.
    """
    if params.experts == 0:
        return ()
    found = targets.chosen(world, params.kinds, params.places, NAME)
    hub, rows = matched(world, found, params.specialties)
    known = targets.repute_of(world, "hub")
    places = np.unique(world.departments.facility[rows])
    days = np.array(sorted({DAYS.index(day) for day in params.days}))
    return (
        *visits(hub, rows, days, params.experts),
        *acting(
            improved(world, hub, rows, len(days) * SESSIONS * params.experts),
            approach("facilities.perceived", places, known, params.repute),
        ),
    )


def matched(world: World, found: Array, specialties: tuple[str, ...]) -> tuple[Array, Array]:
    """The hub's department and the one visited, for each hospital and specialty."""
    hubs = targets.of_tier(world, "hub")
    pairs = []
    for name in specialties:
        giving, taking = (targets.departments_of(world, rows, (name,)) for rows in (hubs, found))
        pairs += [(giving[0], row) for row in taking] if len(giving) else []
    if not pairs:
        raise EffectError(f"{NAME}: no hub has {' or '.join(specialties)} in common with those")
    hub, rows = np.array(pairs).T
    return hub, rows


def visits(hub: Array, rows: Array, days: Array, experts: int) -> tuple[Change, ...]:
    """Doctors who leave the hub on working days, and those who come in their free time."""
    pair, day, session = (
        part.ravel() for part in np.indices((len(rows), len(days), SESSIONS))
    )  # fmt: skip
    working = days[day] < WORKDAYS
    made: tuple[Change, ...] = ()
    if working.any():
        p, d, s = (np.repeat(part[working], experts) for part in (pair, days[day], session))
        made += (staffing.move_doctors(Sessions(hub[p], d, s), rows[p]),)
    if not working.all():
        cells = (rows[pair[~working]], days[day[~working]], session[~working])
        made += (add(DOCTORS, cells, experts), add("departments.free_time", cells, experts))
    return made


def improved(world: World, hub: Array, rows: Array, sessions: int) -> Change:
    """The departments visited, at the mean level of all who see patients in a week."""
    own = world.departments.doctors[rows].sum(axis=(1, 2))
    level = world.departments.level[hub]
    return approach("departments.level", rows, level, sessions / (own + sessions))
