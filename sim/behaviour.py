"""What a person decides: to seek care, where, how long to wait, whether to go on.

The choice is a nested logit over staying at home and one alternative of each kind, by races
(`chance.race`) keyed by kind and nest, so that a change flips only those whose ranking truly
changed. It reads last midnight's experienced waits, perceived skill and trust; never a facility's
true skill.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import (
    DAY,
    INFINITY,
    MINUTES_PER_DAY,
    TICKS_PER_MINUTE,
    compiled,
    exp,
    inlined,
    log,
    ticks,
)
from sim.durations import duration
from sim.payment import FEN, visit_bill
from sim.people import Person
from sim.table import Table, fetch
from sim.world import (
    BY_CASE,
    ORDINARY,
    PRIMARY_NEST,
    SESSIONS,
    WEEKDAYS,
    Behaviour,
    Care,
    Choice,
    Departments,
    Facilities,
    Needs,
    Payment,
    Places,
)

HOME = -1
NONE = -1
ENDLESS = 0
NOTHING = -1e9  # utility of what is not on offer
LARGEST = 700.0  # utility in units of a nest's dissimilarity whose weight is still finite
EVEN = 0.5
DECISIONS = 64
AHEAD = 8  # results ahead that memory is asked for


class Case(NamedTuple):
    """What the present episode brings to a decision."""

    day: int  # on which the episode opened
    condition: int
    severity: int
    attempt: int  # number of the decision in the episode
    advised_tier: int  # tier of the adviser, -1 none
    failed: int  # facility that did not resolve it last, -1 none
    target: int  # facility of a formal referral, -1 none


class Outlook(NamedTuple):
    """What residents know, as of last midnight."""

    minutes: np.ndarray  # expected wait after arrival, by department
    days: np.ndarray  # expected days to a number, by department
    trust: np.ndarray  # [row of `Residents`, tier, (unresolved, resolved)]
    last_kind: np.ndarray  # [row] kind used last, -1 none
    reputation: np.ndarray  # [township, tier, (unresolved, resolved)]


def outlook(departments: Departments, residents: int, townships: int, tiers: int) -> Table:
    """What is known before the first day: stated priors, no results; a table of `Outlook`."""
    known = Outlook(
        np.array(departments.prior_minutes, dtype=float),
        np.array(departments.prior_days, dtype=float),
        np.zeros((residents, tiers, 2), dtype=np.uint8),
        np.full(residents, NONE, dtype=np.int8),
        np.zeros((max(townships, 1), tiers, 2), dtype=np.int64),
    )
    return Table("outlook", known._asdict())


class Goal(NamedTuple):
    """Where somebody decides to go."""

    kind: Any  # -1 home
    facility: Any
    department: Any
    travel: Any  # ticks one way


@inlined
def mean_trust(behaviour: Behaviour, unresolved, resolved):
    """Beta mean of results, with a prior of one half."""
    prior = behaviour.prior_weight
    return (resolved + EVEN * prior) / (resolved + unresolved + prior)


@inlined
def standing(behaviour: Behaviour, results, row, tier):
    """Trust above one half that a row of results [row, tier, (unresolved, resolved)] gives."""
    return mean_trust(behaviour, results[row, tier, 0], results[row, tier, 1]) - EVEN


@inlined
def candidate(choice: Choice, place, kind, u):
    """The resident's usual facility of a kind: a lasting taste among his place's candidates."""
    passed = 0
    for c in range(choice.taste.shape[2] - 1):
        passed += u >= choice.taste[place, kind, c]
    return passed


@inlined
def department_for(choice: Choice, needs: Needs, facility, condition, severity):
    """The department of a facility that sees a case, -1 if none."""
    if needs.urgent[condition, severity]:
        return np.int64(choice.emergency[facility])
    return np.int64(choice.department[facility, needs.specialty[condition]])


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
    facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, who: Person, case: Case, kind, taste, now, weekday,
):  # fmt: skip
    """The goal that a kind offers to a case, kind -1 if none; taste: draw of the resident's own."""
    none = Goal(NONE, NONE, NONE, 0)
    if not choice.accepts[kind, case.condition]:
        return none
    c = candidate(choice, who.place, kind, taste)
    facility = np.int64(choice.option[who.place, kind, c])
    if case.target >= 0 and facilities.kind[case.target] == kind:
        facility = np.int64(case.target)
    if facility < 0:
        return none
    department = department_for(choice, needs, facility, case.condition, case.severity)
    if department < 0:
        return none
    travel = ticks(choice.travel[who.place, kind, c])
    if needs.urgent[case.condition, case.severity]:
        there = now + travel
        on = (weekday + there // DAY - now // DAY) % WEEKDAYS
        if not is_open(departments, department, on, there % DAY):
            return none
    return Goal(kind, facility, department, travel)


@inlined
def utility(
    places: Places, facilities: Facilities, choice: Choice, needs: Needs, behaviour: Behaviour,
    care: Care, payment: Payment, outlook: Outlook, who: Person, case: Case, goal: Goal,
):  # fmt: skip
    """Systematic utility of an alternative.

    constant + travel + expected waits + expected out-of-pocket + perceived skill x severity
    + own trust + the township's results + habit + contract + advice - last failure.
    """
    kind, facility = goal.kind, goal.facility
    tier = facilities.tier[facility]
    in_area = facilities.pooling_area[facility] == places.pooling_area[who.place]
    benefit = who.chronic and needs.chronic[case.condition]
    _, own_fen = visit_bill(
        payment, facilities.grade[facility], case.severity, care.test_need[case.condition],
        who.scheme, benefit, in_area, case.target == facility,
    )  # fmt: skip
    town = places.township[who.place]
    value = behaviour.constant[kind]
    value += behaviour.travel * (goal.travel / TICKS_PER_MINUTE)
    value += behaviour.wait_minute * outlook.minutes[goal.department]
    value += behaviour.wait_day * outlook.days[goal.department]
    value += behaviour.yuan * (own_fen / FEN)
    value += behaviour.skill[case.severity] * facilities.perceived[facility]
    value += behaviour.trust * standing(behaviour, outlook.trust, who.row, tier)
    value += behaviour.reputation * standing(behaviour, outlook.reputation, town, tier)
    if outlook.last_kind[who.row] == kind:
        value += behaviour.habit
    if who.contract and choice.nest[kind] == PRIMARY_NEST:
        value += behaviour.contract
    if case.advised_tier >= 0 and tier > case.advised_tier:
        value += behaviour.advice
    if facility == case.failed:
        value += behaviour.tried
    return value


@compiled
def choose(
    places: Places, facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, behaviour: Behaviour, care: Care, payment: Payment,
    outlook: Outlook, weights, who: Person, case: Case, now, weekday,
):  # fmt: skip
    """The goal of one decision: a nested logit over home and one alternative of each kind.

    Within a nest of dissimilarity s an alternative weighs exp(V / s); a nest weighs the sum of its
    weights to the power s, home exp(V). The kinds of a nest stand together; home is its own nest.
    Utilities beyond 700 s are not told apart, those below -745 s are never chosen. weights:
    (kinds,) scratch. All V come first, then all exponentials, so that a processor overlaps them.
    """
    kinds = choice.nest.shape[0]
    for kind in range(kinds):
        if kind & 3 == 0:
            tastes = chance.uniforms(who.traits, kind >> 2, 0, chance.TASTE)
        there = alternative(
            facilities, departments, choice, needs, who, case, kind,
            chance.pick(tastes, kind & 3), now, weekday,
        )  # fmt: skip
        weights[kind] = NOTHING
        if there.kind >= 0:
            weights[kind] = utility(
                places, facilities, choice, needs, behaviour, care, payment, outlook, who, case,
                there,
            ) / behaviour.nest_scale[choice.nest[kind]]  # fmt: skip
    for kind in range(kinds):
        weights[kind] = exp(min(weights[kind], LARGEST))
    kind = winner(choice, behaviour, weights, who, case)
    if kind == HOME:
        return Goal(HOME, NONE, NONE, 0)
    taste = chance.pick(chance.uniforms(who.traits, kind >> 2, 0, chance.TASTE), kind & 3)
    return alternative(
        facilities, departments, choice, needs, who, case, kind, taste, now, weekday
    )


@inlined
def winner(choice: Choice, behaviour: Behaviour, weights, who: Person, case: Case):
    """The kind that wins its nest's race, whose nest wins the race of nests and home."""
    when = case.day * DECISIONS + case.attempt
    nest_shocks = chance.uniforms(who.luck, when, 0, chance.NEST)
    first = chance.race(nest_shocks[0], exp(behaviour.home[case.severity]))
    goal, best, ahead, inclusive = HOME, HOME, INFINITY, 0.0
    for kind in range(choice.nest.shape[0]):
        if kind & 3 == 0:
            shocks = chance.uniforms(who.luck, when, kind >> 2, chance.CHOICE)
        inclusive += weights[kind]
        arrives = chance.race(chance.pick(shocks, kind & 3), weights[kind])
        if arrives < ahead:
            ahead, best = arrives, kind
        if ends_nest(choice, kind):
            nest = choice.nest[kind]
            weight = exp(behaviour.nest_scale[nest] * log(inclusive))
            arrives = chance.race(chance.pick(nest_shocks, nest + 1), weight)
            if arrives < first:
                first, goal = arrives, best
            ahead, inclusive = INFINITY, 0.0
    return goal


@inlined
def ends_nest(choice: Choice, kind):
    """Whether a kind is the last of its nest."""
    return kind + 1 == choice.nest.shape[0] or choice.nest[kind + 1] != choice.nest[kind]


@compiled
def keeps_number(behaviour: Behaviour, luck, key, attempt):
    """Whether somebody with a number for a later day comes (C084: 14.4 % do not)."""
    return chance.uniform(luck, key, attempt, chance.BOOKING) >= behaviour.no_show


@compiled
def patience(
    behaviour: Behaviour, departments: Departments, department, visit_class, luck, day, contact
):
    """Ticks that somebody waits in a department before leaving, 0 without end.

    Ordinary patients of departments that treat by the case have the patience of `behaviour`.
    """
    mean = departments.patience_mean[department]
    if visit_class == ORDINARY and departments.service_family[department] == BY_CASE:
        mean = behaviour.patience
    if mean <= 0.0:
        return np.int64(ENDLESS)
    u = chance.uniform(luck, day, contact, chance.PATIENCE)
    family, cv = departments.patience_family[department], departments.patience_cv[department]
    return ticks(duration(family, mean, cv, u))


@compiled
def bed_patience(behaviour: Behaviour, condition, luck, day, contact):
    """Ticks that somebody waits for a bed, exponential; 0 without end or without a condition."""
    if condition < 0 or behaviour.bed_patience <= 0.0:
        return np.int64(ENDLESS)
    u = chance.uniforms(luck, day, contact, chance.PATIENCE)[1]
    return ticks(chance.exponential(u, behaviour.bed_patience) * MINUTES_PER_DAY)


@compiled
def files(behaviour: Behaviour, luck, day):
    """Whether somebody who leaves the pooling area by himself files before."""
    return chance.uniforms(luck, day, 0, chance.REFERRAL)[2] < behaviour.filing


@compiled
def declines(behaviour: Behaviour, luck, day, contact):
    """Whether somebody declines an offered admission (C071)."""
    return chance.uniform(luck, day, contact, chance.OUTCOME) < behaviour.declines


@compiled
def next_try(behaviour: Behaviour, luck, day, attempt, advised, severity, now):
    """Tick at which somebody not helped tries again, on a later day; -1 gives up.

    Whole days until then are geometric with mean `return_days`, at least one.
    """
    u_again, u_days, u_hour, _ = chance.uniforms(luck, day, attempt, chance.RETURN)
    if u_again >= (behaviour.follows if advised else behaviour.returns[severity]):
        return np.int64(NONE)
    stays_away = 1.0 - 1.0 / max(behaviour.return_days, 1.0)
    more = np.int64(log(u_days) / log(stays_away))
    return (now // DAY + 1 + more) * DAY + np.int64(u_hour * DAY)


@compiled
def experience(behaviour: Behaviour, expected, sums, prior, unit):
    """Expected waits after a day: its mean weighs `smoothing`; with nobody, the prior fades in.

    sums: [department, (whole ticks or days of ordinary visits, their number)], integers; unit:
    of the sums per unit of expected and prior. Changes `expected`.
    """
    for d in range(expected.shape[0]):
        if sums[d, 1] == 0:
            expected[d] += behaviour.fading * (prior[d] - expected[d])
        else:
            today = sums[d, 0] / sums[d, 1] / unit
            expected[d] += behaviour.smoothing * (today - expected[d])


@compiled
def learn(behaviour: Behaviour, outlook: Outlook, lessons, first, last):
    """Add results to what residents of rows first … last - 1 remember, each one's in their order.

    lessons: (row of resident, township, tier, kind, resolved). A full pair is halved first.
    """
    for i in range(lessons.shape[0]):
        if i + AHEAD < lessons.shape[0]:
            fetch(outlook.trust, lessons[i + AHEAD, 0])
            fetch(outlook.last_kind, lessons[i + AHEAD, 0])
        row = lessons[i, 0]
        if row < first or row >= last:
            continue
        tier, result = lessons[i, 2], lessons[i, 4]
        outlook.last_kind[row] = lessons[i, 3]
        if outlook.trust[row, tier, result] >= behaviour.own_memory:
            halve(outlook.trust, row, tier)
        outlook.trust[row, tier, result] += 1


@compiled
def spread_word(outlook: Outlook, lessons):
    """Add results to what townships know; lessons: as of `learn`."""
    for i in range(lessons.shape[0]):
        outlook.reputation[lessons[i, 1], lessons[i, 2], lessons[i, 4]] += 1


@compiled
def forget(behaviour: Behaviour, outlook: Outlook):
    """After a day's results a township halves each pair while it is over full."""
    results = outlook.reputation
    for town in range(results.shape[0]):
        for tier in range(results.shape[1]):
            while max(results[town, tier, 0], results[town, tier, 1]) > behaviour.town_memory:
                halve(results, town, tier)


@compiled
def halve(results, row, tier):
    """Forget half of a pair of results."""
    results[row, tier, 0] //= 2
    results[row, tier, 1] //= 2
