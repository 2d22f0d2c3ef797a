"""Where does a person decide to go?

The choice is a nested logit over staying at home and one alternative of each kind, by races
(`chance.race`) keyed by kind and nest, so that a change flips only those whose ranking truly
changed. It reads last midnight's experienced waits, perceived skill and trust; never a facility's
true skill.

One decision weighs about ten alternatives and is what a run does most of. So what places may choose
from is laid out once for a World (`offers`), and every step is taken for all kinds before the next:
loops without branches over lanes, of which a processor takes several at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, INFINITY, TICKS_PER_MINUTE, compiled, exp, inlined, log, ticks
from sim.behaviour import NONE, Outlook, standing
from sim.chance import FOUR
from sim.payment import AREAS, area, expected_bills, insured, without_filing
from sim.people import Person
from sim.rides import fetched, rides
from sim.table import EIGHT, Table, apart, on_lines, whole_eights
from sim.world import (
    MOST_CONTACTS,
    POOR,
    PRIMARY_NEST,
    SESSIONS,
    WEEKDAYS,
    Behaviour,
    Choice,
    Departments,
    Facilities,
    Needs,
    Places,
    World,
)

HOME = -1
NOTHING = -1e9  # utility of what is not on offer
LARGEST = 700.0  # utility in units of a nest's dissimilarity whose weight is still finite
ABOVE = 2.0  # above every draw

OFFER = np.dtype(
    [("base", np.float64), ("perceived", np.float64), ("travel", np.int64), ("facility", np.int32),
     ("tier", np.uint16), ("bill", np.uint16)], align=True,
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
    facility: Any
    department: Any
    travel: Any  # ticks one way
    base: Any  # utility of kind, name, area and travel
    perceived: Any
    tier: Any
    bill: Any  # place in the bills of a case


def scratch(kinds: int, tiers: int) -> Table:
    """What a decision writes down on its way; kinds and then home and three nests have a lane each.

    Lanes are in whole groups of eight, so that all are gone through without a rest.
    """
    groups = -(-kinds // FOUR)
    lanes = whole_eights(FOUR * (groups + 1))
    return Table("scratch", {
        "groups": groups,
        "results": apart(2, 2, whole_eights(tiers)),
        "standings": apart(2, whole_eights(tiers), kind=float),
        "draws": apart(FOUR, whole_eights(2 * groups + 1), kind=float),
        "found": apart(kinds, FOUR), "values": apart(lanes, kind=float),
        "weights": apart(lanes, kind=float), "arrivals": apart(lanes, kind=float),
        "heads": apart(FOUR), "sums": apart(EIGHT, kind=float), "scales": apart(EIGHT, kind=float),
    })  # fmt: skip


def prepared(world: World) -> dict[str, Any]:
    """What choices read of a World, worked out once: `offers`, and bills by the case."""
    return {"offers": offers(world), "bills": expected_bills(world.tables)}


def offers(world: World) -> Table:
    """What each place may choose from: steps of the taste, and a record of each candidate."""
    places, kinds, most = world.choice.option.shape
    steps = np.full((places, kinds, max(most, FOUR) - 1), ABOVE)
    steps[:, :, : most - 1] = world.choice.taste[:, :, :-1]
    many = max(most, FOUR)
    candidates = on_lines(places * kinds * many, OFFER).reshape(places, kinds, many)
    centre, ride = rides(world)
    table, tables = Table("offers", {
        "steps": steps, "candidates": candidates, "centre": centre, "ride": ride,
    }), world.tables  # fmt: skip
    _fill_offers(tables.places, tables.facilities, tables.choice, tables.behaviour, table)
    return table


@compiled
def _fill_offers(places, facilities, choice, behaviour, offers):
    for place in range(choice.option.shape[0]):
        for kind in range(choice.option.shape[1]):
            for c in range(choice.option.shape[2]):
                offer, facility = offers.candidates[place, kind, c], choice.option[place, kind, c]
                offer.facility, offer.travel = facility, ticks(choice.travel[place, kind, c])
                minutes = offer.travel / TICKS_PER_MINUTE
                offer.base = behaviour.constant[kind] + behaviour.travel * minutes
                if facility >= 0:
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
def draw(draws, groups, who: Person, case: Case):
    """All draws of a decision at once, [which of four, call]: tastes, shocks of kinds, of nests."""
    when = case.day * MOST_CONTACTS + case.attempt
    for call in range(draws.shape[1]):
        lasting, nests = call < groups, call >= 2 * groups
        four = chance.uniforms(
            who.traits if lasting else who.luck, call if lasting else when,
            0 if lasting or nests else call - groups,
            chance.TASTE if lasting else (chance.NEST if nests else chance.CHOICE),
        )  # fmt: skip
        draws[0, call], draws[1, call], draws[2, call], draws[3, call] = four


@inlined
def line_up(scratch):
    """Every lane's draw where its race begins."""
    draws, groups, shocks = scratch.draws, scratch.groups, scratch.arrivals
    for lane in range(FOUR * (groups + 1)):
        shocks[lane] = draws[lane & 3, groups + (lane >> 2)]


@inlined
def regard(behaviour: Behaviour, outlook: Outlook, scratch, row, town):
    """Fill what own results and the township's say for each tier, in utility."""
    results, standings = scratch.results, scratch.standings
    for tier in range(outlook.trust.shape[1]):
        results[0, 0, tier] = outlook.trust[row, tier, 0]
        results[0, 1, tier] = outlook.trust[row, tier, 1]
        results[1, 0, tier] = outlook.reputation[town, tier, 0]
        results[1, 1, tier] = outlook.reputation[town, tier, 1]
    for lane in range(standings.shape[1]):
        known = standing(behaviour, results[0, 0, lane], results[0, 1, lane])
        standings[0, lane] = behaviour.trust * known
    for lane in range(standings.shape[1]):
        known = standing(behaviour, results[1, 0, lane], results[1, 1, lane])
        standings[1, lane] = behaviour.reputation * known


@inlined
def department_for(choice: Choice, needs: Needs, facility, condition, severity):
    """The department of a facility that sees a case, -1 if none."""
    if needs.urgent[condition, severity]:
        return np.int64(choice.emergency[facility])
    return np.int64(choice.department[facility, needs.specialty[condition]])


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
    if not choice.accepts[kind, case.condition]:
        return none
    steps = offers.steps
    c = np.uint64(taste >= steps[who.place, kind, 0])
    c += np.uint64(taste >= steps[who.place, kind, 1])
    c += np.uint64(taste >= steps[who.place, kind, 2])
    for more in range(FOUR - 1, steps.shape[2]):
        c += np.uint64(taste >= steps[who.place, kind, more])
    usual = offers.candidates[who.place, kind, c]
    facility, tier, perceived, bill = (
        np.int64(usual.facility), np.uint64(usual.tier), usual.perceived, np.uint64(usual.bill),
    )  # fmt: skip
    if case.target >= 0 and facilities.kind[case.target] == kind:
        facility = np.int64(case.target)
        there = seen(places, facilities, choice, who.place, facility, True)
        tier, perceived, bill = np.uint64(there[0]), there[1], np.uint64(there[2])
    if facility < 0:
        return none
    department = department_for(choice, needs, facility, case.condition, case.severity)
    if department < 0:
        return none
    if needs.urgent[case.condition, case.severity]:
        there = now + usual.travel
        on = (weekday + there // DAY - now // DAY) % WEEKDAYS
        if not is_open(departments, department, on, there % DAY):
            return none
    return Offer(kind, facility, department, usual.travel, usual.base, perceived, tier, bill)


@inlined
def utility(
    choice: Choice, behaviour: Behaviour, outlook: Outlook, bills, standings,
    who: Person, case: Case, offer: Offer,
):  # fmt: skip
    """Systematic utility of an alternative.

    constants + travel + expected waits + expected out-of-pocket + perceived skill x severity
    + own trust + the township's results + habit + contract + advice - last failure; what a kind is
    worth to a condition counts as money saved. bills: those of the case; standings: of `regard`.
    """
    value = offer.base
    value += behaviour.wait_minute * outlook.minutes[offer.department]
    value += behaviour.wait_day * outlook.days[offer.department]
    value += behaviour.yuan * (bills[offer.bill] - choice.appeal[offer.kind, case.condition])
    value += behaviour.skill[case.severity] * offer.perceived
    value += standings[0, offer.tier]
    value += standings[1, offer.tier]
    if outlook.last_kind[who.row] == offer.kind:
        value += behaviour.habit
    if who.contract and choice.nest[offer.kind] == PRIMARY_NEST:
        value += behaviour.contract
    if case.advised_tier >= 0 and np.int64(offer.tier) > case.advised_tier:
        value += behaviour.advice
    if offer.facility == case.failed:
        value += behaviour.tried
    return value


@compiled
def choose(
    places: Places, facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, behaviour: Behaviour, offers, bills, outlook: Outlook, scratch: Any,
    who: Person, case: Case, now, weekday,
):  # fmt: skip
    """The goal of one decision: a nested logit over home and one alternative of each kind.

    Within a nest of dissimilarity s an alternative weighs exp(V / s); a nest weighs the sum of its
    weights to the power s, home exp(V). The kinds of a nest stand together; home is its own nest.
    Utilities beyond 700 s are not told apart, those below -745 s are never chosen. offers: of
    `offers`; bills: of `payment.expected_bills`; scratch: of `scratch`. Who was told to go higher
    passes the gate of his insurance.
    """
    groups, draws, values, found = scratch.groups, scratch.draws, scratch.values, scratch.found
    regard(behaviour, outlook, scratch, who.row, places.township[who.place])
    draw(draws, groups, who, case)
    line_up(scratch)
    benefit = 1 if who.chronic and needs.chronic[case.condition] else 0
    if needs.urgent[case.condition, case.severity] and case.attempt == 0:
        facility, ride = fetched(departments, choice, needs, behaviour, offers, who, case, now)
        if facility >= 0:
            department = department_for(choice, needs, facility, case.condition, case.severity)
            return Goal(np.int64(facilities.kind[facility]), facility, department, ride)
    cover = who.cover if case.advised_tier < 0 else who.cover & POOR
    asked = bills[case.condition, case.severity, insured(who.scheme, cover), benefit]
    for kind in range(choice.nest.shape[0]):
        offer = alternative(
            places, facilities, departments, choice, needs, offers, who, case, kind,
            draws[kind & 3, kind >> 2], now, weekday,
        )  # fmt: skip
        values[kind] = NOTHING
        if offer.kind >= 0:
            found[kind, 0], found[kind, 1] = offer.facility, offer.department
            found[kind, 2] = offer.travel
            value = utility(choice, behaviour, outlook, asked, scratch.standings, who, case, offer)
            values[kind] = min(value / behaviour.nest_scale[choice.nest[kind]], LARGEST)
    values[FOUR * groups] = behaviour.home[case.severity]
    kind = winner(choice, behaviour, scratch)
    if kind == HOME:
        return Goal(HOME, NONE, NONE, 0)
    return Goal(kind, found[kind, 0], found[kind, 1], found[kind, 2])


@inlined
def winner(choice: Choice, behaviour: Behaviour, scratch):
    """The kind that wins its nest's race, whose nest wins the race of nests and home."""
    home = FOUR * scratch.groups
    values, weights, arrivals = scratch.values, scratch.weights, scratch.arrivals
    for lane in range(arrivals.shape[0]):
        weights[lane] = exp(values[lane])
        arrivals[lane] = chance.race(arrivals[lane], weights[lane])
    heads, sums, scales = scratch.heads, scratch.sums, scratch.scales
    gather_nests(choice, behaviour, scratch)
    for nest in range(sums.shape[0]):
        sums[nest] = exp(scales[nest] * log(sums[nest]))
    goal, first = HOME, arrivals[home]
    for nest in range(FOUR - 1):
        arrives = arrivals[home + 1 + nest] / sums[nest]
        goal = heads[nest] if arrives < first else goal
        first = arrives if arrives < first else first
    return goal


@inlined
def gather_nests(choice: Choice, behaviour: Behaviour, scratch):
    """Each nest's winner, sum of weights, and dissimilarity."""
    weights, arrivals = scratch.weights, scratch.arrivals
    heads, sums, scales = scratch.heads, scratch.sums, scratch.scales
    for nest in range(FOUR):
        sums[nest] = 0.0
    head, ahead, total = HOME, INFINITY, 0.0
    for kind in range(choice.nest.shape[0]):
        total += weights[kind]
        arrives = arrivals[kind]
        head = kind if arrives < ahead else head
        ahead = arrives if arrives < ahead else ahead
        if ends_nest(choice, kind):
            nest = choice.nest[kind]
            heads[nest], sums[nest], scales[nest] = head, total, behaviour.nest_scale[nest]
            head, ahead, total = HOME, INFINITY, 0.0


@inlined
def ends_nest(choice: Choice, kind):
    """Whether a kind is the last of its nest."""
    return kind + 1 == choice.nest.shape[0] or choice.nest[kind + 1] != choice.nest[kind]
