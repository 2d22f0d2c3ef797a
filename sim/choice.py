"""Where does a person decide to go?

The choice is a nested logit over staying at home and one alternative of each kind (`logit`), its
draws keyed by kind and nest, so that a change flips only those whose ranking truly changed. It
reads last midnight's experienced waits, perceived skill and trust; never a facility's true skill.

One decision weighs about ten alternatives and is what a run does most of. So what places may choose
from is laid out once for a World (`offers`), as is what own results are worth (`esteem`); and every
midnight what the waits of a department cost (`delay`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled, inlined, ticks
from sim.behaviour import NONE, Outlook, esteem, last_kind, results_of
from sim.chance import FOUR
from sim.logit import HOME, NOTHING, draw, home_row, run, taste
from sim.payment import AREAS, area, expected_bills, insured, without_filing
from sim.people import Person
from sim.rides import fetched, rides
from sim.table import Table, on_lines
from sim.world import (
    MOST_CONTACTS,
    POOR,
    PRIMARY_NEST,
    SESSIONS,
    WEEKDAYS,
    Array,
    Behaviour,
    Choice,
    Departments,
    Facilities,
    Needs,
    Places,
    World,
)

ABOVE = 2.0  # above every draw

OFFER = np.dtype(
    [("base", np.float64), ("perceived", np.float64), ("travel", np.int64), ("first", np.int32),
     ("layout", np.uint16), ("tier", np.uint8), ("bill", np.uint8)], align=True,
)  # fmt: skip


class Case(NamedTuple):
    """What the present episode brings to a decision."""

    day: int  # on which the episode opened
    condition: int
    severity: int
    attempt: int  # number of the decision in the episode
    advised_tier: int  # tier of the adviser, -1 none
    failed: int  # facility that did not resolve it last, -1 none
    target: int  # facility of a formal referral, -1 none


class Goal(NamedTuple):
    """Where somebody decides to go."""

    kind: Any  # -1 home
    facility: Any
    department: Any
    travel: Any  # ticks one way


class Offer(NamedTuple):
    """What a kind offers to a case."""

    kind: Any  # -1 nothing
    first: Any  # the facility's first department
    department: Any
    travel: Any  # ticks one way
    base: Any  # utility of kind, name, area and travel
    perceived: Any
    tier: Any
    bill: Any  # place in the bills of a case


def prepared(world: World) -> dict[str, Any]:
    """What choices read of a World, worked out once: `offers`, bills by the case, `esteem`.

    And room for `delay`, which `weigh_waits` fills every midnight.
    """
    return {
        "offers": offers(world), "bills": expected_bills(world.tables),
        "esteem": esteem(world.tables.behaviour),
        "delay": np.zeros(len(world.departments.facility)),
    }  # fmt: skip


def offers(world: World) -> Table:
    """What each place may choose from: steps of the taste, and a record of each candidate.

    By condition which kinds take it and what they are worth to it. And where the departments of
    facilities are (`laid_out`).
    """
    places, kinds, most = world.choice.option.shape
    steps = np.full((places, kinds, max(most, FOUR) - 1), ABOVE)
    steps[:, :, : most - 1] = world.choice.taste[:, :, :-1]
    many = max(most, FOUR)
    candidates = on_lines(places * kinds * many, OFFER).reshape(places, kinds, many)
    centre, ride = rides(world)
    table, tables = Table("offers", {
        "steps": steps, "candidates": candidates, "centre": centre, "ride": ride,
        "accepts": world.choice.accepts.T, "appeal": world.choice.appeal.T, **laid_out(world),
    }), world.tables  # fmt: skip
    _fill_offers(tables.places, tables.facilities, tables.choice, tables.behaviour, table)
    return table


def laid_out(world: World) -> dict[str, Array]:
    """`first` department of each facility, its `layout`, and the `steps_on` of each layout.

    steps_on: [layout, specialty, emergencies last] departments after the first, -1 none. Few
    facilities differ in it, so that a decision reads little memory.
    """
    choice = world.choice
    seen_by = np.column_stack([choice.department, choice.emergency])
    most = np.iinfo(seen_by.dtype).max
    first = np.where(seen_by >= 0, seen_by, most).min(axis=1, initial=most)
    first[first == most] = NONE
    steps = np.where(seen_by >= 0, seen_by - first[:, None], NONE)
    steps_on, layout = np.unique(steps, axis=0, return_inverse=True)
    return {"first": first, "layout": layout.reshape(-1).astype(np.uint16), "steps_on": steps_on}


@compiled
def _fill_offers(places, facilities, choice, behaviour, offers):
    for place in range(choice.option.shape[0]):
        for kind in range(choice.option.shape[1]):
            for c in range(choice.option.shape[2]):
                offer, facility = offers.candidates[place, kind, c], choice.option[place, kind, c]
                offer.first, offer.travel = NONE, ticks(choice.travel[place, kind, c])
                minutes = offer.travel / TICKS_PER_MINUTE
                offer.base = behaviour.constant[kind] + behaviour.travel * minutes
                if facility >= 0:
                    offer.first, offer.layout = offers.first[facility], offers.layout[facility]
                    offer.base += facilities.renown[facility]
                    if facilities.pooling_area[facility] != places.pooling_area[place]:
                        offer.base += behaviour.outside
                    offer.tier, offer.perceived, offer.bill = seen(
                        places, facilities, choice, place, facility, False
                    )


@inlined
def seen(places: Places, facilities: Facilities, choice: Choice, place, facility, filed):
    """(Tier, perceived skill, place in the bills of a case) of a facility as seen from a place."""
    in_area = facilities.pooling_area[facility] == places.pooling_area[place]
    known = filed or without_filing(places, facilities, place, facility)
    above = 0 if choice.nest[facilities.kind[facility]] == PRIMARY_NEST else 1
    bill = 2 * (facilities.grade[facility] * AREAS + area(in_area, known)) + above
    return facilities.tier[facility], facilities.perceived[facility], bill


@inlined
def enter(scratch, lane, who: Person, case: Case):
    """Take somebody's decision into a lane, with his luck."""
    scratch.traits[lane], scratch.luck[lane] = who.traits, who.luck
    scratch.when[lane] = case.day * MOST_CONTACTS + case.attempt


@inlined
def department_for(choice: Choice, needs: Needs, facility, condition, severity):
    """The department of a facility that sees a case, -1 if none."""
    if needs.urgent[condition, severity]:
        return np.int64(choice.emergency[facility])
    return np.int64(choice.department[facility, needs.specialty[condition]])


@compiled
def weigh_waits(behaviour: Behaviour, outlook: Outlook, delay):
    """Fill what the waits of each department cost in a choice today, in utility."""
    for d in range(delay.shape[0]):
        minutes, days = outlook.minutes[d], outlook.days[d]
        delay[d] = behaviour.wait_minute * minutes + behaviour.wait_day * days


@compiled
def freest(facilities: Facilities, choice: Choice, needs: Needs, outlook: Outlook,
           place, target, condition, severity):  # fmt: skip
    """Where an informed referrer sends a case: of the target's kind, what the place knows as free.

    Urgent cases go where most beds are free, others where a number is to be had soonest and, where
    that is alike, the wait shortest; as of last midnight. The target itself where none is better.
    """
    best, kind = np.int64(target), facilities.kind[target]
    for c in range(choice.option.shape[2]):
        other = np.int64(choice.option[place, kind, c])
        if other >= 0 and freer(choice, needs, outlook, other, best, condition, severity):
            best = other
    return best


@inlined
def freer(choice: Choice, needs: Needs, outlook: Outlook, one, other, condition, severity):
    """Whether one facility is freer than another for a case, by what is known of them."""
    here = department_for(choice, needs, one, condition, severity)
    there = department_for(choice, needs, other, condition, severity)
    if here < 0 or there < 0:
        return here >= 0 and there < 0
    if needs.urgent[condition, severity]:
        return outlook.free_beds[one] > outlook.free_beds[other]
    if outlook.days[here] != outlook.days[there]:
        return outlook.days[here] < outlook.days[there]
    return outlook.minutes[here] < outlook.minutes[there]


@compiled
def is_open(departments: Departments, department, weekday, within):
    """Whether a department sees people at a time of the day [ticks after midnight]."""
    if departments.always[department]:
        return True
    for session in range(SESSIONS):
        if (
            departments.doctors[department, weekday, session] > 0
            and departments.opens[department, session] <= within
            and within < departments.closes[department, session]
        ):
            return True
    return False


@inlined
def alternative(
    places: Places, facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, offers, who: Person, case: Case, kind, taste, now, weekday,
):  # fmt: skip
    """What a kind offers to a case, kind -1 if nothing; taste: draw of the resident's own.

    The resident's usual facility of a kind is a lasting taste among his place's candidates.
    """
    none = Offer(NONE, NONE, NONE, 0, 0.0, 0.0, np.uint64(0), np.uint64(0))
    if not offers.accepts[case.condition, kind]:
        return none
    steps = offers.steps
    c = np.uint64(taste >= steps[who.place, kind, 0])
    c += np.uint64(taste >= steps[who.place, kind, 1])
    c += np.uint64(taste >= steps[who.place, kind, 2])
    for more in range(FOUR - 1, steps.shape[2]):
        c += np.uint64(taste >= steps[who.place, kind, more])
    usual = offers.candidates[who.place, kind, c]
    first, layout = np.int64(usual.first), np.uint64(usual.layout)
    tier, perceived, bill = np.uint64(usual.tier), usual.perceived, np.uint64(usual.bill)
    if case.target >= 0 and facilities.kind[case.target] == kind:
        there = seen(places, facilities, choice, who.place, case.target, True)
        tier, perceived, bill = np.uint64(there[0]), there[1], np.uint64(there[2])
        first = np.int64(offers.first[case.target])
        layout = np.uint64(offers.layout[case.target])
    if first < 0:
        return none
    urgent = needs.urgent[case.condition, case.severity]
    line = offers.steps_on.shape[1] - 1 if urgent else np.int64(needs.specialty[case.condition])
    on = np.int64(offers.steps_on[layout, line])
    if on < 0:
        return none
    if urgent:
        there = now + usual.travel
        weekday = (weekday + there // DAY - now // DAY) % WEEKDAYS
        if not is_open(departments, first + on, weekday, there % DAY):
            return none
    return Offer(kind, first, first + on, usual.travel, usual.base, perceived, tier, bill)


@inlined
def utility(
    choice: Choice, behaviour: Behaviour, offers, bills, esteem, delay, outlook: Outlook,
    who: Person, town, case: Case, failed, offer: Offer,
):  # fmt: skip
    """Systematic utility of an alternative.

    constants + travel + expected waits + expected out-of-pocket + perceived skill x severity
    + own trust + the township's results + habit + contract + advice - last failure; what a kind is
    worth to a condition counts as money saved. bills: those of the case; esteem: of own results;
    failed: first department of the facility that did not help last.
    """
    own = outlook.own[who.row]
    unresolved, resolved = results_of(own, offer.tier)
    value = offer.base + delay[offer.department]
    value += behaviour.yuan * (bills[offer.bill] - offers.appeal[case.condition, offer.kind])
    value += behaviour.skill[case.severity] * offer.perceived
    value += esteem[unresolved, resolved]
    value += outlook.word[town, offer.tier]
    if last_kind(own) == offer.kind:
        value += behaviour.habit
    if who.contract and choice.nest[offer.kind] == PRIMARY_NEST:
        value += behaviour.contract
    if case.advised_tier >= 0 and np.int64(offer.tier) > case.advised_tier:
        value += behaviour.advice
    if offer.first == failed:
        value += behaviour.tried
    return value


@compiled
def weigh(
    places: Places, facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, behaviour: Behaviour, offers, bills, esteem, delay, outlook: Outlook,
    scratch: Any, lane, who: Person, case: Case, now, weekday,
):  # fmt: skip
    """Write down what home and each kind are worth to somebody who has entered a lane.

    Whom an ambulance fetches has nothing else on offer. Who was told to go higher passes the gate
    of his insurance. offers, bills, esteem, delay: of `prepared`.
    """
    values, found, home = scratch.values, scratch.found, home_row(scratch)
    if needs.urgent[case.condition, case.severity] and case.attempt == 0:
        facility, ride = fetched(departments, choice, needs, behaviour, offers, who, case, now)
        if facility >= 0:
            values[: home + 1, lane] = NOTHING
            department = department_for(choice, needs, facility, case.condition, case.severity)
            kind = facilities.kind[facility]
            values[kind, lane] = 0.0
            found[lane, kind, 0], found[lane, kind, 1] = department, ride
            return
    benefit = 1 if who.chronic and needs.chronic[case.condition] else 0
    cover = who.cover if case.advised_tier < 0 else who.cover & POOR
    asked = bills[case.condition, case.severity, insured(who.scheme, cover), benefit]
    town = places.township[who.place]
    failed = offers.first[case.failed] if case.failed >= 0 else NONE
    for kind in range(choice.nest.shape[0]):
        offer = alternative(
            places, facilities, departments, choice, needs, offers, who, case, kind,
            taste(scratch, kind, lane), now, weekday,
        )  # fmt: skip
        values[kind, lane] = NOTHING
        if offer.kind >= 0:
            found[lane, kind, 0], found[lane, kind, 1] = offer.department, offer.travel
            values[kind, lane] = utility(
                choice, behaviour, offers, asked, esteem, delay, outlook, who, town, case, failed,
                offer,
            )  # fmt: skip
    values[home, lane] = behaviour.home[case.severity]


@inlined
def goal_of(departments: Departments, scratch, lane):
    """Where somebody goes, once the races are run."""
    kind, found = scratch.goals[lane], scratch.found
    if kind == HOME:
        return Goal(np.int64(HOME), np.int64(NONE), np.int64(NONE), np.int64(0))
    department = found[lane, kind, 0]
    facility = np.int64(departments.facility[department])
    return Goal(kind, facility, department, found[lane, kind, 1])


@compiled
def choose(
    places: Places, facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, behaviour: Behaviour, offers, bills, esteem, delay, outlook: Outlook,
    scratch: Any, who: Person, case: Case, now, weekday,
):  # fmt: skip
    """Where one person goes who decides alone: see `weigh`. scratch: of `logit.scratch`."""
    enter(scratch, 0, who, case)
    draw(scratch)
    weigh(
        places, facilities, departments, choice, needs, behaviour, offers, bills, esteem, delay,
        outlook, scratch, 0, who, case, now, weekday,
    )  # fmt: skip
    run(choice, behaviour, scratch)
    return goal_of(departments, scratch, 0)
