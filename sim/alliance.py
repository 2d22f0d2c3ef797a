"""How does a hub bind hospitals below it in one specialty: links, training, slots, advice, units?

A policy says the terms; which hub leads a member is worked out here. Members with a department
of the specialty are bound by it. Places with one department for everything (township and community
centres) gain a service line: skill for the specialty's cases alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim import staffing, targets
from sim.effects import Change, EffectError, approach, floor, keyed_order, put, raise_by
from sim.staffing import Answering, Weekday
from sim.world import Array, World

DAYS_PER_YEAR = 365.0


class Terms(NamedTuple):
    """Who joins an alliance and at which doses; what a policy does not say is nothing."""

    members: int  # places that have joined
    kinds: tuple[str, ...]  # that may join
    places: tuple[str | int, ...] = ()  # names of those who may, first ones first; () all
    slots: float = 0.0  # share of the hubs' numbers held for linked referrers
    formal: float = 0.0  # share of members' advice that becomes a referral
    away: float = 0.0  # share of members' doctor-sessions absent on a course
    skill: float = 0.0  # share of the gap in level to the hub that training closes
    units: int = 0  # members with a unit for urgent cases
    advice: float = 0.0  # remote consultations a year that each member may ask for
    success: float = 0.0  # share of the specialist's skill kept at a distance
    experts: int = 0  # doctors of each hub who answer in a session of advice
    days: tuple[Weekday, ...] = ()  # with an afternoon of advice


def bind(
    world: World, policy: str, specialty: str, hubs: Sequence[Answering], terms: Terms
) -> tuple[Change, ...]:
    """All changes of an alliance of the members with their hubs; none without members.

    Raises EffectError where more are to join than can, or more units are asked for than members.
    """
    if terms.members == 0:
        return ()
    rows = joined(world, policy, specialty, terms)
    led = led_by(world, [hub.facility for hub in hubs], rows)
    own = apart(world, rows)
    leading = [hubs[i] for i in np.unique(led)]
    return (
        *linked(world, policy, rows[own], [hubs[i] for i in led[own]], terms),
        *held(leading if own.any() else [], terms.slots),
        *taught(world, specialty, rows, [hubs[i] for i in led], own, terms.skill),
        *(staffing.off_duty(world, rows, terms.away) if terms.away > 0.0 else ()),
        *equipped(world, policy, specialty, rows[own], terms.units),
        *advised(policy, rows, led, own, hubs, terms),
    )  # fmt: skip


def leaders(
    world: World, policy: str, specialty: str, kind: str, names: Sequence[str | int] = ()
) -> list[Answering]:
    """Facilities of a kind that can lead: those with a department of the specialty, named ones.

    Raises EffectError where there is none, or a name names none.
    """
    at = world.names.kinds.index(kind) if kind in world.names.kinds else staffing.NONE
    giving = world.choice.department[:, targets.specialty_of(world, specialty)]
    remote = world.choice.department[:, targets.specialty_of(world, "remote")]
    line = targets.specialty_of(world, specialty)
    own = (giving >= 0) & (world.departments.specialty[giving] == line)
    able = np.flatnonzero((world.facilities.kind == at) & own)
    if len(able) and names:
        able = targets.named(world, able, names)
    if not len(able):
        raise EffectError(
            f"{policy} needs a {said(kind)} with a {specialty} department, which leads it"
        )
    return [Answering(int(f), int(giving[f]), int(remote[f])) for f in able]


def said(kind: str) -> str:
    """A kind of facility in words."""
    return kind.replace("children_", "children's ").replace("_", " ")


def joined(world: World, policy: str, specialty: str, terms: Terms) -> Array:
    """Departments of the members that see the specialty's cases, first members first."""
    kinds = [world.names.kinds.index(kind) for kind in terms.kinds]
    seen_by = world.choice.department[:, targets.specialty_of(world, specialty)]
    hospitals = np.flatnonzero(np.isin(world.facilities.kind, kinds) & (seen_by >= 0))
    if terms.places:
        hospitals = targets.named(world, hospitals, terms.places)
    else:
        hospitals = hospitals[keyed_order(world.facilities.code[hospitals])]
    if terms.members > len(hospitals):
        where = f" at {', '.join(map(str, terms.places))}" if terms.places else ""
        raise EffectError(
            f"{policy} has {terms.members} members, but {len(hospitals)} hospitals"
            f" ({', '.join(terms.kinds)}) with {specialty} can join{where}"
        )
    return seen_by[hospitals[: terms.members]].astype(np.int64)


def apart(world: World, rows: Array) -> Array:
    """Whether each department sees one specialty alone, not everything that comes to its place."""
    lines = world.choice.department[world.departments.facility[rows]]
    return (lines == rows[:, None]).sum(axis=1) == 1


def led_by(world: World, hubs: Sequence[int], rows: Array) -> Array:
    """Which hub leads each member: of its county, else its pooling area, else any; in turn."""
    facilities, found = world.facilities, np.zeros(len(rows), dtype=np.int64)
    turns: dict[int, int] = {}
    county, area = facilities.county[list(hubs)], facilities.pooling_area[list(hubs)]
    for at, member in enumerate(world.departments.facility[rows].tolist()):
        home = facilities.county[member]
        near = np.flatnonzero((county == home) & (home >= 0))
        if not len(near):
            near = np.flatnonzero(area == facilities.pooling_area[member])
        if not len(near):
            near = np.arange(len(hubs))
        turn = turns.get(near[0], 0)
        found[at], turns[near[0]] = near[turn % len(near)], turn + 1
    return found


def linked(
    world: World, policy: str, rows: Array, hubs: Sequence[Answering], terms: Terms
) -> tuple[Change, ...]:
    """Members refer the specialty's cases to their hub, and more of their advice has a slot."""
    if not len(rows):
        return ()
    to = np.array([hub.facility for hub in hubs])
    rank, own = world.facilities.rank, world.departments.facility[rows]
    level = np.flatnonzero(rank[own] >= rank[to])
    if len(level):
        names = [world.names.facilities[f[level[0]]] for f in (own, to)]
        raise EffectError(f"{policy}: {names[0]} does not rank below {names[1]}, which leads it")
    formal = raise_by("departments.referral_formal", rows, terms.formal)
    return (
        put("departments.referral_target", rows, to),
        *((formal,) if terms.formal > 0.0 else ()),
    )


def held(hubs: Sequence[Answering], slots: float) -> tuple[Change, ...]:
    """The hubs hold numbers for linked referrers."""
    giving = np.array([hub.giving for hub in hubs], dtype=np.int64)
    return (raise_by("departments.held", giving, slots),) if slots > 0.0 and len(giving) else ()


def taught(
    world: World, specialty: str, rows: Array, hubs: Sequence[Answering], own: Array, skill: float
) -> tuple[Change, ...]:
    """Departments of the specialty, and service lines elsewhere, approach their hub's level."""
    if skill == 0.0:
        return ()
    level = world.departments.level
    best = level[[hub.giving for hub in hubs]]
    department = approach("departments.level", rows[own], best[own], skill)
    reached = level[rows] + skill * np.maximum(best - level[rows], 0.0)
    line = line_of(world, specialty, world.departments.facility[rows[~own]], reached[~own])
    return (*((department,) if own.any() else ()), *((line,) if not own.all() else ()))


def line_of(world: World, specialty: str, facilities: Array, level: Array) -> Change:
    """Facilities have a service line for a specialty's cases, at least of a level each."""
    cases = np.flatnonzero(world.needs.specialty == targets.specialty_of(world, specialty))
    where = (np.repeat(facilities, len(cases)), np.tile(cases, len(facilities)))
    return floor("facilities.service_level", where, np.repeat(level, len(cases)))


def equipped(
    world: World, policy: str, specialty: str, rows: Array, units: int
) -> tuple[Change, ...]:
    """Units at the first members, at the level that the specialty's urgent cases need at most."""
    if units > len(rows):
        raise EffectError(f"{policy} has {units} units, but {len(rows)} members")
    mine = world.needs.specialty == targets.specialty_of(world, specialty)
    needed = (world.needs.level * (world.needs.urgent > 0))[mine].max(initial=0.0)
    return (put("departments.unit_level", rows[:units], needed),) if units else ()


def advised(
    policy: str, rows: Array, led: Array, own: Array, hubs: Sequence[Answering], terms: Terms
) -> tuple[Change, ...]:
    """Members ask, and doctors of their hubs answer; nobody without a dose."""
    if terms.advice == 0.0:
        return ()
    if not own.all() or any(hubs[i].remote < 0 for i in led):
        raise EffectError(
            f"{policy}: advice needs members with a department of their own"
            " and a leader with a remote department"
        )
    rate, made = terms.advice / DAYS_PER_YEAR, tuple[Change, ...]()
    for i in np.unique(led):
        mine = rows[led == i]
        made += staffing.consult(mine, rate, terms.success, hubs[i], terms.experts, terms.days)
    return tuple(made)
