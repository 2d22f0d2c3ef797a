"""Who lives here, and who falls ill today.

A resident is (place, slot). Traits that never change are keyed draws under the population seed and
cost no memory; needs are drawn sparsely under the replication seed: a Poisson number of candidates
for each block of 4,096 slots, day and condition at a constant envelope rate, of which a candidate
is accepted with probability rate / envelope. An empty slot accepts nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, compiled
from sim.world import HOURS, URGENT, Needs, People, Places, Streams

BLOCK = 4096
DAYS_PER_YEAR = 365.0
CONDITION_STRIDE = 64
HOUR = DAY // HOURS
PIECE = 256.0


class Person(NamedTuple):
    """A resident's lasting traits and luck."""

    place: int
    slot: int
    traits: int  # key under the population seed
    luck: int  # key under the replication seed
    age_group: int
    woman: int
    scheme: int  # 0 residents', 1 employees'
    chronic: int
    contract: int


class Ill(NamedTuple):
    """The needs of a day, by onset."""

    place: np.ndarray
    slot: np.ndarray
    condition: np.ndarray
    severity: np.ndarray
    onset: np.ndarray  # tick


class Arriving(NamedTuple):
    """The arrivals of a day in given streams, by time."""

    stream: np.ndarray
    number: np.ndarray
    tick: np.ndarray


@compiled
def person(places: Places, people: People, seed, place, slot):
    """The resident in a slot of a place, with the luck of one replication."""
    code = places.code[place]
    traits = chance.key(people.seed, code, slot, chance.PERSON)
    luck = chance.key(seed, code, slot, chance.PERSON)
    u_age, u_sex, u_scheme, u_chronic = chance.uniforms(traits, 0, 0, chance.ATTRIBUTES)
    band = chance.categorical(u_age, people.age_cumulative[places.age_mix[place]])
    age = people.age_group[band]
    woman = 1 if u_sex < people.female else 0
    scheme = 1 if u_scheme < people.employee[places.urban[place], age] else 0
    chronic = 1 if u_chronic < people.chronic[age] else 0
    u_contract = chance.uniform(traits, 1, 0, chance.ATTRIBUTES)
    contract = 1 if u_contract < people.contract[age] else 0
    return Person(place, slot, traits, luck, age, woman, scheme, chronic, contract)


@compiled
def frailty(people: People, traits):
    """How much more often a resident falls ill than his like: lognormal of mean 1, bounded."""
    u = chance.uniform(traits, 0, 0, chance.FRAILTY)
    return min(chance.lognormal(u, 1.0, people.frailty_cv), people.frailty_bound)


@compiled
def propensity(places: Places, people: People, needs: Needs, place, slot, condition, month):
    """Needs a year of one resident in one condition group in a month; 0 for an empty slot."""
    if slot >= places.population[place]:
        return 0.0
    who = person(places, people, 0, place, slot)
    if needs.women[condition] and not who.woman:
        return 0.0
    rate = needs.demand * needs.rate[condition, who.age_group] * needs.season[condition, month]
    if needs.chronic[condition]:
        return rate if who.chronic else 0.0
    return rate * frailty(people, who.traits)


@compiled
def _candidates(places, people, needs, seed, day, month, place, block, condition, out, filled):
    luck = chance.key(seed, places.code[place], block, chance.NEED)
    when = day * CONDITION_STRIDE + condition
    envelope = needs.envelope[condition]
    u = chance.uniform(luck, when, 0, chance.NEED_COUNT)
    for j in range(chance.poisson(u, BLOCK * envelope / DAYS_PER_YEAR)):
        u_slot, u_accept, u_onset, u_severity = chance.uniforms(luck, when, j, chance.NEED)
        slot = block * BLOCK + np.int64(u_slot * BLOCK)
        rate = propensity(places, people, needs, place, slot, condition, month)
        if u_accept * envelope < rate:
            severity = chance.categorical(u_severity, needs.severity[condition])
            onset = day * DAY + np.int64(u_onset * DAY)
            if filled < out.shape[0]:
                out[filled, 0] = place
                out[filled, 1] = slot
                out[filled, 2] = condition
                out[filled, 3] = severity
                out[filled, 4] = onset
            filled += 1
    return filled


@compiled
def _needs_of_day(places, people, needs, seed, day, month, out):
    filled = 0
    for place in range(places.code.shape[0]):
        for block in range((places.population[place] + BLOCK - 1) // BLOCK):
            for condition in range(needs.envelope.shape[0]):
                filled = _candidates(
                    places, people, needs, seed, day, month, place, block, condition, out, filled
                )
    return filled


def needs_of_day(
    places: Places, people: People, needs: Needs, seed: int, day: int, month: int
) -> Ill:
    """Every need that arises on a day, by onset; a resident may have several.

    month: 0 January … 11 December.
    """
    rows = np.empty((1024 + int(places.population.sum()) // 16, 5), dtype=np.int64)
    filled = _needs_of_day(places, people, needs, seed, day, month, rows)
    if filled > len(rows):
        rows = np.empty((filled, 5), dtype=np.int64)
        _needs_of_day(places, people, needs, seed, day, month, rows)
    rows = rows[:filled]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 4]))]
    return Ill(*(np.ascontiguousarray(column) for column in rows.T))


@compiled
def _stream_day(streams, seed, day, weekday, out):
    filled = 0
    for stream in range(streams.code.shape[0]):
        luck = chance.key(seed, streams.code[stream], 0, chance.STREAM)
        number = 0
        for hour in range(HOURS):
            mean = streams.rate[stream, hour] * streams.weekday[stream, weekday]
            pieces = np.int64(mean / PIECE) + 1
            for piece in range(pieces if mean > 0.0 else 0):
                when = (day * HOURS + hour) * 1024 + piece
                u = chance.uniform(luck, when, 0, chance.STREAM_COUNT)
                for j in range(chance.poisson(u, mean / pieces)):
                    within = chance.uniform(luck, when, j, chance.STREAM)
                    if filled < out.shape[0]:
                        out[filled, 0] = stream
                        out[filled, 1] = number
                        out[filled, 2] = day * DAY + hour * HOUR + np.int64(within * HOUR)
                    number += 1
                    filled += 1
    return filled


def arrivals_of_day(streams: Streams, seed: int, day: int, weekday: int) -> Arriving:
    """All arrivals of given streams on a day: Poisson within each hour, by time."""
    rows = np.empty((1024, 3), dtype=np.int64)
    filled = _stream_day(streams, seed, day, weekday, rows)
    if filled > len(rows):
        rows = np.empty((filled, 3), dtype=np.int64)
        _stream_day(streams, seed, day, weekday, rows)
    rows = rows[:filled]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 2]))]
    return Arriving(*(np.ascontiguousarray(column) for column in rows.T))


@compiled
def outside_case(streams: Streams, needs: Needs, luck, day, stream):
    """(Condition, severity) of an outside patient; urgent streams bring urgent severities only."""
    u_condition, u_severity, _, _ = chance.uniforms(luck, day, 0, chance.SEVERITY)
    condition = chance.categorical(u_condition, streams.mix[stream])
    asked = 1 if streams.visit_class[stream] == URGENT else 0
    shares = np.zeros(needs.severity.shape[1])
    below, total = 0.0, 0.0
    for severity in range(shares.shape[0]):
        share = needs.severity[condition, severity] - below
        below = needs.severity[condition, severity]
        total += share if needs.urgent[condition, severity] == asked else 0.0
        shares[severity] = total
    return condition, chance.categorical(u_severity, shares / total)
