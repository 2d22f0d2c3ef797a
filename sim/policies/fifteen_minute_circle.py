"""Community points are opened until residents of the city can walk to one in fifteen minutes.

The points are private clinics that the community service takes in: one by one, each the clinic
that most residents reach on foot who reach no public place yet, until `points` are open or nobody
more would be reached. So a higher number only adds. A point

    kind     counts as a community station: its name and what residents expect of it
    choice   is a station of the residents' committees within `walk` kilometres, beside the four
             that they know or instead of a farther one
    staff    gets `sessions` doctor-sessions a week beside the clinic's own doctor, from the
             community centres of the same county, whose doctors are then fewer; with `added` a
             share of them is new (marked in the ledger); a centre keeps one doctor, and what
             none can spare is not held

Source: programme HS, row fifteen_minute_circle (programmes.md); the mode is walking, fifteen
minutes are 1.2 km of road (domain.md 1.3), about 0.9 km as the crow flies; four urban districts.
Assumed: sessions, walk, who takes part. What emerges: who goes there first, waits at the centres.
Simple: a World has no rows for new institutions, so a point needs a clinic to stand in; it keeps
its private patients. Villages and committees have no surveyed coordinates: coverage is a property
of how places are laid out, so only its change, under several placement seeds, says anything.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import BaseModel

from sim import siting, staffing, targets
from sim.effects import DOSES, Change, Claim, add, dose, put
from sim.siting import Word
from sim.staffing import DOCTORS, SESSIONS, Sessions
from sim.world import WORKDAYS, Array, World

CLINIC, STATION, CENTRE = "clinic", "community_station", "community_centre"
PUBLIC = ("village_clinic", STATION, "township_centre", CENTRE)
NEW = "departments.new_doctors"

DOSE = {"points": 30}
CLAIMS = (
    Claim(
        kind="response", measure="first_contact", tier="village", direction="up", at_least=0.005,
        dose=DOSE, world="huangshi_baseline", fails_where="a handful of points", holds=False,
        fails_with={"points": 3},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="township", direction="up", at_least=1.0,
        dose=DOSE, world="huangshi_baseline", fails_where="points whose doctors are new",
        fails_with={"added": 1.0}, holds=False,
    ),
)  # fmt: skip


class Params(BaseModel):
    """How many points, where, and with whose doctors."""

    model_config = DOSES

    points: int = dose(0, "points", "community points that are opened", ge=0, le=10_000)
    places: tuple[Word, ...] = dose((), "name", "counties or townships; () all urban places")
    walk: float = dose(
        0.9, "km", "as the crow flies that fifteen minutes on foot reach (assumption)", gt=0, le=5
    )
    sessions: int = dose(
        2, "sessions/week", "doctor-sessions of each point beside the clinic's own", ge=0, le=10
    )
    added: float = dose(0.0, "1", "share of these sessions whose doctors are new", ge=0, le=1)


class Circle(NamedTuple):
    """The places asked for, clinics that may become points, who walks to which, who is taken."""

    places: Array
    clinics: Array
    near: Array  # (places, clinics)
    points: Array  # facilities, first ones first


class Candidates(NamedTuple):
    """Of one kind by place: facilities, cumulative tastes, minutes."""

    option: Array
    taste: Array
    travel: Array


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Points with name, choice and staff; none without points, or where all are reached."""
    circle = planned(world, params)
    if not len(circle.points):
        return ()
    names = world.names
    stations = np.flatnonzero(world.facilities.kind == names.kinds.index(STATION))
    known = world.facilities.perceived[stations[:1]].max(initial=0.0)
    named = (
        put("facilities.kind", circle.points, names.kinds.index(STATION)),
        put("facilities.perceived", circle.points,
            np.maximum(world.facilities.perceived[circle.points], known)),
    )  # fmt: skip
    return (*named, *offered(world, circle), *staffed(world, circle.points, params))


def planned(world: World, params: Params) -> Circle:
    """Which clinics become points: those that reach most who walk to nothing public yet."""
    rows = siting.places_covered(world, 1.0, params.places)
    rows = rows[world.places.urban[rows] == 1]
    kinds = world.facilities.kind
    public = np.isin(kinds, [world.names.kinds.index(kind) for kind in PUBLIC])
    far = siting.nearest(world, rows, np.flatnonzero(public)).km > params.walk
    inside = np.isin(world.facilities.county, world.places.county[rows])
    clinics = np.flatnonzero((kinds == world.names.kinds.index(CLINIC)) & inside)
    near = siting.apart(world, rows, clinics) <= params.walk
    taken = siting.placed(world, rows, near & far[:, None], clinics, params.points)
    return Circle(rows, clinics, near, np.array(taken, dtype=np.int64))


def offered(world: World, circle: Circle) -> tuple[Change, ...]:
    """Each point is a station of the places that walk to it: one more, or instead of a far one."""
    kind, clinic = (world.names.kinds.index(name) for name in (STATION, CLINIC))
    before = Candidates(
        *(
            table[circle.places, kind]
            for table in (world.choice.option, world.choice.taste, world.choice.travel)
        )
    )
    option, travel = before.option.copy(), before.travel.copy()
    near = circle.near[:, np.searchsorted(circle.clinics, circle.points)]
    for number, point in enumerate(circle.points.tolist()):
        rows = np.flatnonzero(near[:, number])
        minutes = minutes_to(world, circle.places[rows], clinic, point)
        held = np.where(np.isin(option[rows], circle.points), siting.NONE, travel[rows])
        worst = np.where(option[rows] < 0, np.inf, held)
        slot = np.argmax(worst, axis=1)
        gains = worst[np.arange(len(rows)), slot] > minutes
        option[rows[gains], slot[gains]], travel[rows[gains], slot[gains]] = point, minutes[gains]
    changed = np.flatnonzero((option != before.option).any(axis=1))
    where = (circle.places[changed], np.full(len(changed), kind))
    taste = shares(before, option)
    return (
        put("choice.option", where, option[changed]), put("choice.travel", where, travel[changed]),
        put("choice.taste", where, taste[changed]),
    )  # fmt: skip


def minutes_to(world: World, places: Array, clinic: int, point: int) -> Array:
    """Travel of places to a point: as to the clinic it stands in, else as to their nearest one."""
    known = world.choice.option[places, clinic] == point
    minutes = world.choice.travel[places, clinic]
    return np.where(known.any(axis=1), np.where(known, minutes, 0.0).max(axis=1), minutes[:, 0])


def shares(before: Candidates, option: Array) -> Array:
    """Cumulative tastes: who is new has an even share, others keep theirs of what is left."""
    old, number = ((held >= 0).sum(axis=1)[:, None] for held in (before.option, option))
    place = np.arange(option.shape[1])
    number = np.maximum(number, 1)
    even = np.minimum((place + 1) / number, 1.0)
    return np.where(place < old, before.taste * old / number, even)


def staffed(world: World, points: Array, params: Params) -> tuple[Change, ...]:
    """Doctor-sessions of points: some new, the others from centres of the same county."""
    rows = targets.departments_of(world, points, ("general",))
    wanted = sessions_of(rows, params.sessions)
    number = np.arange(len(wanted.department))
    fresh = np.floor((number + 1) * params.added) > np.floor(number * params.added)
    new, others = (Sessions(*(part[who] for part in wanted)) for who in (fresh, ~fresh))
    made = (add(DOCTORS, tuple(new), 1), add(NEW, tuple(new), 1)) if fresh.any() else ()
    giving = donated(world, others)
    held = giving.department >= 0
    if not held.any():
        return made
    sent, to = Sessions(*(part[held] for part in giving)), others.department[held]
    return (*made, staffing.move_doctors(sent, to))


def sessions_of(rows: Array, each: int) -> Sessions:
    """So many half-days a week of each point, in turn over weekday mornings, then afternoons."""
    turn = np.arange(len(rows) * each) if each else np.zeros(0, dtype=np.int64)
    department = np.repeat(rows, each)
    return Sessions(department, turn % WORKDAYS, turn // WORKDAYS % SESSIONS)


def donated(world: World, wanted: Sessions) -> Sessions:
    """From which centre each session comes: of those of the county the one with most doctors left.

    A centre keeps one doctor in each session; -1 where none can give.
    """
    kind = world.names.kinds.index(CENTRE)
    rows = targets.departments_of(
        world, np.flatnonzero(world.facilities.kind == kind), ("general",)
    )
    county = world.facilities.county[world.departments.facility[rows]]
    left = world.departments.doctors[rows].astype(np.int64) - 1
    own = world.facilities.county[world.departments.facility[wanted.department]]
    found = np.full(len(own), siting.NONE)
    for number, half_day in enumerate(zip(wanted.weekday, wanted.session, strict=True)):
        spare = np.where(county == own[number], left[:, *half_day], 0)
        if (spare > 0).any():
            best = int(np.argmax(spare))
            left[best, *half_day] -= 1
            found[number] = rows[best]
    return Sessions(found, wanted.weekday, wanted.session)
