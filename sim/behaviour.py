"""What a person decides: to seek care, where, how long to wait, whether to go on.

The choice is a nested logit over staying at home and one alternative of each kind, by Gumbel draws
keyed by nest and facility, so that a change flips only those whose ranking truly changed. It reads
last midnight's experienced waits, perceived skill and trust; never a facility's true skill.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, MINUTES_PER_DAY, TICKS_PER_MINUTE, compiled, exp, log, ticks
from sim.durations import duration
from sim.payment import FEN, visit_bill
from sim.people import Person
from sim.world import (
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
NEVER = -1e300
EVEN = 0.5
DECISIONS = 64


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
    first_row: np.ndarray  # row of a place's slot 0 in the resident columns
    trust: np.ndarray  # [row, tier, (unresolved, resolved)] small counters
    last_kind: np.ndarray  # [row] kind used last, -1 none
    reputation: np.ndarray  # [township, tier, (unresolved, resolved)]


class Goal(NamedTuple):
    """Where somebody decides to go."""

    kind: Any  # -1 home
    facility: Any
    department: Any
    travel: Any  # ticks one way


@compiled
def mean_trust(behaviour: Behaviour, unresolved, resolved):
    """Beta mean of results, with a prior of one half."""
    prior = behaviour.prior_weight
    return (resolved + EVEN * prior) / (resolved + unresolved + prior)


@compiled
def candidate(choice: Choice, who: Person, kind):
    """The resident's usual facility of a kind: a keyed taste among the candidates of his place."""
    u = chance.uniform(who.traits, kind, 0, chance.TASTE)
    return chance.categorical(u, choice.taste[who.place, kind])


@compiled
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


@compiled
def alternative(
    facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, who: Person, case: Case, kind, now, weekday,
):  # fmt: skip
    """The goal that a kind offers to a case, kind -1 if none."""
    none = Goal(NONE, NONE, NONE, 0)
    if not choice.accepts[kind, case.condition]:
        return none
    c = candidate(choice, who, kind)
    facility = np.int64(choice.option[who.place, kind, c])
    minutes = choice.travel[who.place, kind, c]
    if case.target >= 0 and facilities.kind[case.target] == kind:
        facility = np.int64(case.target)
    if facility < 0:
        return none
    department = department_for(choice, needs, facility, case.condition, case.severity)
    if department < 0:
        return none
    travel = ticks(minutes)
    if needs.urgent[case.condition, case.severity]:
        there = now + travel
        on = (weekday + there // DAY - now // DAY) % WEEKDAYS
        if not is_open(departments, department, on, there % DAY):
            return none
    return Goal(kind, facility, department, travel)


@compiled
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
    row = outlook.first_row[who.place] + who.slot
    own = outlook.trust[row, tier]
    town = outlook.reputation[places.township[who.place], tier]
    value = behaviour.constant[kind]
    value += behaviour.travel * (goal.travel / TICKS_PER_MINUTE)
    value += behaviour.wait_minute * outlook.minutes[goal.department]
    value += behaviour.wait_day * outlook.days[goal.department]
    value += behaviour.yuan * (own_fen / FEN)
    value += behaviour.skill[case.severity] * facilities.perceived[facility]
    value += behaviour.trust * (mean_trust(behaviour, own[0], own[1]) - EVEN)
    value += behaviour.reputation * (mean_trust(behaviour, town[0], town[1]) - EVEN)
    if outlook.last_kind[row] == kind:
        value += behaviour.habit
    if who.contract and choice.nest[kind] == PRIMARY_NEST:
        value += behaviour.contract
    if case.advised_tier >= 0 and tier > case.advised_tier:
        value += behaviour.advice
    if facility == case.failed:
        value += behaviour.tried
    return value


@compiled
def shock(who: Person, case: Case, code):
    """Gumbel taste shock of a facility in one decision."""
    when = case.day * DECISIONS + case.attempt
    return chance.gumbel(chance.uniform(who.luck, when, code, chance.CHOICE))


@compiled
def nest_shock(who: Person, case: Case, nest):
    """Gumbel taste shock of a nest in one decision; nest -1 is staying at home."""
    when = case.day * DECISIONS + case.attempt
    return chance.gumbel(chance.uniform(who.luck, when, nest + 1, chance.NEST))


@compiled
def choose(
    places: Places, facilities: Facilities, departments: Departments, choice: Choice,
    needs: Needs, behaviour: Behaviour, care: Care, payment: Payment,
    outlook: Outlook, who: Person, case: Case, now, weekday,
):  # fmt: skip
    """The goal of one decision: a nested logit over home and one alternative of each kind.

    Within a nest of dissimilarity s the best of V / s + Gumbel wins; a nest weighs
    s log(sum exp(V / s)) + Gumbel. Home is a nest of its own.
    """
    nests = behaviour.nest_scale.shape[0]
    best = np.full(nests, NEVER)
    winner = np.full(nests, NONE)
    inclusive = np.zeros(nests)
    for kind in range(choice.nest.shape[0]):
        goal = alternative(facilities, departments, choice, needs, who, case, kind, now, weekday)
        if goal.kind < 0:
            continue
        nest = choice.nest[kind]
        value = utility(
            places, facilities, choice, needs, behaviour, care, payment, outlook, who, case, goal
        ) / behaviour.nest_scale[nest]  # fmt: skip
        inclusive[nest] += exp(value)
        value += shock(who, case, facilities.code[goal.facility])
        if value > best[nest]:
            best[nest], winner[nest] = value, kind
    kind = HOME
    top = behaviour.home[case.severity] + nest_shock(who, case, HOME)
    for nest in range(nests):
        if inclusive[nest] > 0.0:
            value = behaviour.nest_scale[nest] * log(inclusive[nest]) + nest_shock(who, case, nest)
            if value > top:
                top, kind = value, winner[nest]
    if kind == HOME:
        return Goal(HOME, NONE, NONE, 0)
    return alternative(facilities, departments, choice, needs, who, case, kind, now, weekday)


@compiled
def keeps_number(behaviour: Behaviour, luck, key, attempt):
    """Whether somebody with a number for a later day comes (C084: 14.4 % do not)."""
    return chance.uniform(luck, key, attempt, chance.BOOKING) >= behaviour.no_show


@compiled
def patience(family, mean, cv, luck, key, attempt):
    """Ticks that somebody waits before leaving, of a family with a mean in minutes."""
    u = chance.uniform(luck, key, attempt, chance.PATIENCE)
    return ticks(duration(family, mean, cv, u))


@compiled
def bed_patience(mean, luck, key, attempt):
    """Ticks that somebody waits for a bed before leaving: exponential with a mean in days."""
    u = chance.uniforms(luck, key, attempt, chance.PATIENCE)[1]
    return ticks(chance.exponential(u, mean) * MINUTES_PER_DAY)


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
def learn(
    behaviour: Behaviour, trust, last_kind, reputation, rows, towns, tiers, kinds, resolved
):  # fmt: skip
    """Add a day's results to residents' and townships' counters; a full counter halves its pair."""
    for i in range(rows.shape[0]):
        last_kind[rows[i]] = kinds[i]
        count(trust[rows[i], tiers[i]], resolved[i], behaviour.own_memory)
        count(reputation[towns[i], tiers[i]], resolved[i], behaviour.town_memory)


@compiled
def count(pair, result, cap):
    """One more result in an (unresolved, resolved) pair, halved first when at its cap."""
    if pair[result] >= cap:
        pair[0] //= 2
        pair[1] //= 2
    pair[result] += 1
