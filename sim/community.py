"""What do a lead hospital and the primary places below it share, and with what consequence?

The members of a community follow their chain of referral up to a hospital of the lead's kind, which
leads them. Four levers are dosed apart: one drug list, staff by roster, numbers and beds kept for
each other, one budget whose surplus stays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import staffing, targets
from sim.effects import Change, EffectError, approach, keyed_order, put, raise_by
from sim.staffing import NONE
from sim.world import Array, World

CHAIN = 4  # steps of referral from a village to a hub


class Terms(NamedTuple):
    """Who joins a community and at which doses; what a policy does not say is nothing."""

    members: int  # primary centres of each lead hospital that have joined
    places: tuple[str | int, ...] = ()  # names of centres or counties whose centres may; () all
    drugs: float = 0.0  # share of the gap in stock to the lead that one list closes
    staff: int = 0  # half-days a week that a doctor of the lead is at each member
    skill: float = 0.0  # share of the gap in level that a doctor there all week closes
    slots: float = 0.0  # share of the lead's numbers held for its members
    formal: float = 0.0  # share of members' advice that becomes a referral
    down: float = 0.0  # share of the lead's stays that end at a member
    budget: float = 0.0  # share of a surplus that the community keeps
    response: float = 0.0  # share of bed needs met without a bed at a surplus kept whole


class Community(NamedTuple):
    """A lead hospital, its members in order of joining, and the clinics that refer to these."""

    lead: int
    members: Array
    clinics: Array


def integrate(
    world: World, policy: str, lead: str, kinds: tuple[str, ...], terms: Terms
) -> tuple[Change, ...]:
    """All changes of the communities led by hospitals of a kind; none without members.

    Raises EffectError where no place of the kinds has a chain of referral to a leader.
    """
    if terms.members == 0:
        return ()
    found = communities(world, policy, lead, kinds, terms)
    return tuple(
        change
        for one in found
        for change in (
            *listed(world, one, terms.drugs),
            *rostered(world, policy, one, terms.staff, terms.skill),
            *reserved(world, one, terms.slots, terms.formal),
            *stepped_down(world, one, terms.down),
            *thrifty(one, terms.budget * terms.response),
        )
    )  # fmt: skip


def communities(
    world: World, policy: str, lead: str, kinds: tuple[str, ...], terms: Terms
) -> list[Community]:
    """Each lead hospital with the first members of its own, and the clinics below them."""
    wanted = [world.names.kinds.index(kind) for kind in kinds]
    rows = np.flatnonzero(np.isin(world.facilities.kind, wanted))
    leads = led_by(world, rows, lead)
    rows, leads = rows[leads >= 0], leads[leads >= 0]
    if not len(rows):
        raise EffectError(f"{policy} finds no {' or '.join(kinds)} that refers up to a {lead}")
    if terms.places:
        chosen = targets.named(world, rows, terms.places)
    else:
        chosen = rows[keyed_order(world.facilities.code[rows])]
    led = leads[np.searchsorted(rows, chosen)]
    found = []
    for head in np.unique(led).tolist():
        members = chosen[led == head][: terms.members]
        clinics = np.flatnonzero(np.isin(world.facilities.referral_target, members))
        found.append(Community(head, members, clinics))
    return found


def led_by(world: World, rows: Array, lead: str) -> Array:
    """The hospital of a kind at which each facility's chain of referral arrives, -1 none."""
    kind, target = world.names.kinds.index(lead), world.facilities.referral_target
    at, found = rows.astype(np.int64), np.full(len(rows), NONE)
    for _ in range(CHAIN):
        at = np.where(at >= 0, target[at], NONE)
        here = (at >= 0) & (found < 0) & (world.facilities.kind[at] == kind)
        found[here] = at[here]
    return found


def listed(world: World, one: Community, drugs: float) -> tuple[Change, ...]:
    """One drug list: what members and the clinics below them stock approaches the lead's."""
    if drugs == 0.0:
        return ()
    below, stock = np.append(one.members, one.clinics), world.facilities.formulary
    return (approach("facilities.formulary", below, stock[one.lead], drugs),)


def rostered(
    world: World, policy: str, one: Community, staff: int, skill: float
) -> tuple[Change, ...]:
    """Doctors of the lead spend `staff` half-days a week at each member, and raise the level there.

    Raises EffectError where the lead has not so many.
    """
    giving = givers(world, one)
    present, asked = world.departments.doctors[giving].sum(), staff * len(one.members)
    if asked > present:
        raise EffectError(
            f"{policy} sends doctors of {world.names.facilities[one.lead]} to {asked} half-days"
            f" a week, but they hold {present}"
        )
    if asked == 0:
        return ()
    sent = staffing.doctor_sessions(world, giving, asked / present)
    specialty = world.departments.specialty[sent.department].tolist()
    target = np.array([
        staffing.taking(world, one.members[[k // staff]], s)[0] for k, s in enumerate(specialty)
    ])  # fmt: skip
    return (
        staffing.move_doctors(sent, target),
        staffing.move_physicians(world, giving, sent, target),
        *staffing.taught(world, sent, target, 1, skill, 0.0),
    )


def givers(world: World, one: Community) -> Array:
    """Outpatient departments of the lead whose doctors every member can take."""
    department, everyone = world.departments, len(one.members)
    own = (department.facility == one.lead) & (department.quota_minutes > 0.0)
    return np.array([
        row for row in np.flatnonzero(own)
        if len(staffing.taking(world, one.members, int(department.specialty[row]))) == everyone
    ], dtype=np.int64)  # fmt: skip


def reserved(world: World, one: Community, slots: float, formal: float) -> tuple[Change, ...]:
    """Members refer to their lead, more of their advice with a number that is held for them."""
    department = world.departments
    booked = (department.facility == one.lead) & (department.quota_minutes > 0.0)
    past = one.members[world.facilities.referral_target[one.members] != one.lead]
    made = []
    if slots > 0.0:
        made.append(raise_by("departments.held", np.flatnonzero(booked), slots))
    if formal > 0.0:
        made.append(raise_by("facilities.referral_formal", one.members, formal))
        made += [put("facilities.referral_target", past, one.lead)] if len(past) else []
    return tuple(made)


def stepped_down(world: World, one: Community, down: float) -> tuple[Change, ...]:
    """A share of the lead's stays ends in the beds of the first member that has any."""
    beds = one.members[world.facilities.beds[one.members] > 0]
    if down == 0.0 or not len(beds):
        return ()
    return (
        put("facilities.step_down_target", one.lead, beds[0]),
        raise_by("facilities.step_down", one.lead, down),
    )


def thrifty(one: Community, spared: float) -> tuple[Change, ...]:
    """Who keeps the surplus treats part of those who need a bed, but the severe, without one."""
    whole = np.append(one.members, one.lead)
    return (raise_by("facilities.spared", whole, spared),) if spared > 0.0 else ()
