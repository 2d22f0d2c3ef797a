"""What else does a person know and decide: how long to wait, whether to go on?

Where to go is `choice`. What is known is last midnight's; never a facility's true skill.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import (
    DAY,
    MINUTES_PER_DAY,
    compiled,
    inlined,
    log,
    ticks,
)
from sim.durations import duration
from sim.table import Table, fetch
from sim.world import (
    BY_CASE,
    ORDINARY,
    POOR,
    Behaviour,
    Choice,
    Departments,
    Needs,
    Payment,
)

NONE = -1
ENDLESS = 0
AHEAD = 8  # results ahead that memory is asked for
COUNTS = 256  # that a resident's results can take, a byte each


class Outlook(NamedTuple):
    """What residents know, as of last midnight."""

    minutes: np.ndarray  # expected wait after arrival, by department
    days: np.ndarray  # expected days to a number, by department
    own: np.ndarray  # [row of `Residents`, (kind used last, then results by tier)], see `last_kind`
    reputation: np.ndarray  # [township, tier, (unresolved, resolved)]
    word: np.ndarray  # [township, tier] what that is worth in a choice, in utility
    free_beds: np.ndarray  # [facility] beds neither occupied nor waited for


def outlook(
    departments: Departments, residents: int, townships: int, tiers: int, facilities: int = 0
) -> Table:
    """What is known before the first day: stated priors, no results; a table of `Outlook`."""
    known = Outlook(
        np.array(departments.prior_minutes, dtype=float),
        np.array(departments.prior_days, dtype=float),
        np.zeros((residents, 1 + 2 * tiers), dtype=np.uint8),
        np.zeros((max(townships, 1), tiers, 2), dtype=np.int64),
        np.zeros((max(townships, 1), tiers)),
        np.zeros(facilities, dtype=np.int64),
    )
    return Table("outlook", known._asdict())


@inlined
def last_kind(own):
    """The kind that a resident used last, -1 none; own: his row, which one read brings whole."""
    return np.int64(own[0]) - 1


@inlined
def results_of(own, tier):
    """(Unresolved, resolved) of a resident at a tier."""
    return own[2 * tier + 1], own[2 * tier + 2]


@inlined
def mean_trust(behaviour: Behaviour, unresolved, resolved):
    """Beta mean of results, with the trust that comes before any."""
    prior = behaviour.prior_weight
    return (resolved + behaviour.prior_trust * prior) / (resolved + unresolved + prior)


@inlined
def standing(behaviour: Behaviour, unresolved, resolved):
    """Trust above the prior that results give."""
    return mean_trust(behaviour, unresolved, resolved) - behaviour.prior_trust


def esteem(behaviour: Table) -> np.ndarray:
    """What own results of a tier are worth in a choice [unresolved, resolved], in utility."""
    worth = np.empty((COUNTS, COUNTS))
    _fill_esteem(behaviour, worth)
    return worth


@compiled
def _fill_esteem(behaviour: Behaviour, worth):
    for unresolved in range(worth.shape[0]):
        for resolved in range(worth.shape[1]):
            known = standing(behaviour, unresolved, resolved)
            worth[unresolved, resolved] = behaviour.trust * known


@compiled
def weigh_word(behaviour: Behaviour, outlook: Outlook):
    """Fill what every township's results are worth today."""
    results, word = outlook.reputation, outlook.word
    for town in range(word.shape[0]):
        for tier in range(word.shape[1]):
            known = standing(behaviour, results[town, tier, 0], results[town, tier, 1])
            word[town, tier] = behaviour.reputation * known


@compiled
def keeps_number(behaviour: Behaviour, departments: Departments, department, luck, key, attempt):
    """Whether somebody with a number for a later day comes (C084: 14.4 % do not).

    The department's reminders prevent a share of it.
    """
    missed = behaviour.no_show * (1.0 - departments.reminded[department])
    return chance.uniform(luck, key, attempt, chance.BOOKING) >= missed


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


@inlined
def files(behaviour: Behaviour, luck, day):
    """Whether somebody who leaves the pooling area by himself files before."""
    return chance.uniforms(luck, day, 0, chance.REFERRAL)[2] < behaviour.filing


@compiled
def declines(behaviour: Behaviour, payment: Payment, cover, luck, day, contact):
    """Whether somebody declines an offered admission (C071), with low income also for the deposit.

    declines + deposit x (1 - deferred), as far as stays are not paid after treatment.
    """
    share = behaviour.declines
    if cover & POOR:
        share += behaviour.deposit * (1.0 - payment.deferred)
    return chance.uniform(luck, day, contact, chance.OUTCOME) < share


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
def asks_online(choice: Choice, needs: Needs, luck, day, place, condition):
    """Whether a resident's need is first asked online: only what managed chronic residents have."""
    if choice.online_point[place] < 0 or not needs.chronic[condition]:
        return False
    return chance.uniforms(luck, day, 0, chance.ONLINE)[1] < choice.online[place]


@compiled
def experience(behaviour: Behaviour, expected, sums, prior, unit, posted):
    """Expected waits after a day: its mean weighs `smoothing`; with nobody, the prior fades in.

    Where a share is posted, that share of residents knows the last day's mean at once.

    sums: [department, (whole ticks or days of ordinary visits, their number)], integers; unit:
    of the sums per unit of expected and prior. Changes `expected`.
    """
    for d in range(expected.shape[0]):
        if sums[d, 1] == 0:
            expected[d] += behaviour.fading * (prior[d] - expected[d])
        else:
            today = sums[d, 0] / sums[d, 1] / unit
            weight = behaviour.smoothing + posted[d] * (1.0 - behaviour.smoothing)
            expected[d] += weight * (today - expected[d])


@compiled
def learn(behaviour: Behaviour, outlook: Outlook, lessons, first, last):
    """Add results to what residents of rows first … last - 1 remember, each one's in their order.

    lessons: (row of resident, township, tier, kind, resolved). A full pair is halved first.
    """
    for i in range(lessons.shape[0]):
        if i + AHEAD < lessons.shape[0]:
            soon = min(max(lessons[i + AHEAD, 0], first), last - 1)
            fetch(outlook.own, soon)
        row = lessons[i, 0]
        if row < first or row >= last:
            continue
        own, pair = outlook.own[row], 2 * lessons[i, 2] + 1
        own[0] = lessons[i, 3] + 1
        if own[pair + lessons[i, 4]] >= behaviour.own_memory:
            own[pair] //= 2
            own[pair + 1] //= 2
        own[pair + lessons[i, 4]] += 1


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
