"""Who is a resident, how often does he fall ill, and who comes in given streams?

A resident is (place, slot). Traits that never change are keyed draws under the population seed,
kept in two bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, compiled, inlined
from sim.cover import cover
from sim.events import SLOT_BITS
from sim.table import whole_eights
from sim.world import HOURS, URGENT, Needs, Payment, People, Places, Routes, Streams

HOUR = DAY // HOURS
PIECE = 256.0
AGE_BITS, WOMAN, SCHEME, CHRONIC, CONTRACT, LOW_INCOME = 7, 8, 16, 32, 64, 128  # of a nature
FRAILTY_STEPS = 64.0
FRAILEST = 255
MANAGED, LEVEL, FULL = 128, 127, 100  # of control of a long illness: a bit, the others, most
NONE = -1
NEED_COLUMNS, ARRIVAL_COLUMNS = 5, 3


class Residents(NamedTuple):
    """What is kept of every resident: a row for each slot of each place."""

    first_row: np.ndarray  # row of a place's slot 0
    nature: np.ndarray  # age group, sex, scheme, chronic illness, contract, low income, as bits
    frailty: np.ndarray  # in steps of 1/64
    control: np.ndarray  # MANAGED, and in steps of 1/100; no rows where nobody is managed


class Person(NamedTuple):
    """A resident's lasting traits and luck."""

    place: Any
    row: Any
    traits: Any  # key under the population seed
    luck: Any  # key under the replication seed
    age_group: Any
    scheme: Any  # 0 residents', 1 employees'
    chronic: Any
    contract: Any
    cover: Any  # GATEKEPT and POOR, as bits


class Group(NamedTuple):
    """A condition group in a month, as it befalls residents."""

    condition: Any
    season: Any  # factor of its rate
    asks: Any  # bits of a nature, all of which it asks for


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
def nature(places: Places, people: People, traits, place):
    """Age group and traits of a resident as bits, by keyed draws."""
    lasting = chance.uniforms(traits, 0, 0, chance.ATTRIBUTES)
    return nature_of(
        places, people, place, lasting, chance.uniforms(traits, 1, 0, chance.ATTRIBUTES)
    )


@inlined
def nature_of(places: Places, people: People, place, lasting, more):
    """Nature by draws: `lasting` for age, sex, scheme, illness, `more` for contract and income."""
    band = chance.categorical(lasting[0], people.age_cumulative[places.age_mix[place]])
    age = people.age_group[band]
    bits = np.int64(age)
    if lasting[1] < people.female:
        bits |= WOMAN
    if lasting[2] < people.employee[places.urban[place], age]:
        bits |= SCHEME
    if lasting[3] < people.chronic[age]:
        bits |= CHRONIC
    if more[0] < people.contract[age]:
        bits |= CONTRACT
    if more[1] < people.low_income:
        bits |= LOW_INCOME
    return bits


@compiled
def frailty(people: People, traits):
    """How much more often a resident falls ill than his like, in whole steps of 1/64."""
    u = chance.uniform(traits, 0, 0, chance.FRAILTY)
    return frailty_of(people, u, chance.spread(people.frailty_cv))


@inlined
def frailty_of(people: People, u, spread):
    """Frailty by a draw: lognormal of mean 1 and a `chance.spread`, bounded."""
    steps = np.int64(chance.lognormal_of(u, 1.0, spread) * FRAILTY_STEPS + 0.5)
    return min(steps, np.int64(people.frailty_bound * FRAILTY_STEPS), FRAILEST)


@compiled
def person(places: Places, people: People, payment: Payment, residents, seed, place, slot):
    """The resident in a slot of a place, with the luck of one replication."""
    code = places.code[place]
    traits = chance.key(people.seed, code, slot, chance.PERSON)
    luck = chance.key(seed, code, slot, chance.PERSON)
    return known(payment, residents, place, slot, traits, luck)


@inlined
def known(payment: Payment, residents: Residents, place, slot, traits, luck):
    """The resident in a slot of a place, whose two keys are known."""
    row = residents.first_row[place] + slot
    bits = np.int64(residents.nature[row])
    return Person(
        np.int64(place), row, traits, luck, bits & AGE_BITS,
        1 if bits & SCHEME else 0, 1 if bits & CHRONIC else 0, 1 if bits & CONTRACT else 0,
        cover(payment, traits, bits & LOW_INCOME),
    )  # fmt: skip


@inlined
def draw_keys(places: Places, people: People, seed, place, rows, keys):
    """Fill the keys [(traits, luck), resident] of residents of a place; rows: of `find_needs`.

    A processor takes eight; those that fill up the last eight are nobody's.
    """
    code, traits, lucks = places.code[place], keys[0], keys[1]
    for k in range(rows.shape[0]):
        traits[k] = rows[k, 1]
    for k in range(whole_eights(rows.shape[0])):
        slot = traits[k]
        traits[k] = chance.keyed(people.seed, code, slot, chance.PERSON)
        lucks[k] = chance.keyed(seed, code, slot, chance.PERSON)


@inlined
def group_of(needs: Needs, condition, month):
    """A condition group in a month."""
    asks = (WOMAN if needs.women[condition] else 0) | (CHRONIC if needs.chronic[condition] else 0)
    return Group(condition, needs.season[condition, month], asks)


@inlined
def propensity(needs: Needs, residents: Residents, row, group: Group):
    """Needs a year of one resident in a condition group in a month."""
    bits = np.int64(residents.nature[row])
    rate = needs.demand * needs.rate[group.condition, bits & AGE_BITS] * group.season
    if residents.control.shape[0] > 0:
        level = np.int64(residents.control[row]) & LEVEL
        rate *= 1.0 - needs.controlled[group.condition] * (level / FULL)
    rate *= 1.0 if group.asks & CHRONIC else residents.frailty[row] / FRAILTY_STEPS
    return rate if bits & group.asks == group.asks else 0.0


def fitting(find: Callable[[np.ndarray], int], rows: np.ndarray) -> tuple[np.ndarray, int]:
    """What `find` fills rows with, in a larger array where it found more; and how many."""
    while (found := find(rows)) > len(rows):
        rows = np.empty((2 * found, rows.shape[1]), dtype=np.int64)
    return rows, found


def check_numbers(numbers: np.ndarray) -> None:
    """Raise ValueError where a stream has more arrivals a day than keys can number."""
    if len(numbers) and int(numbers.max()) >> SLOT_BITS:
        raise ValueError(f"a stream has over {2**SLOT_BITS:,} arrivals a day: split it")


@compiled
def _stream_hour(streams, luck, stream, day, weekday, hour, number, out, filled):
    mean = streams.rate[stream, hour] * streams.weekday[stream, weekday]
    pieces = np.int64(mean / PIECE) + 1
    for piece in range(pieces if mean > 0.0 else 0):
        when = (day * HOURS + hour) * 1024 + piece
        u = chance.uniform(luck, when, 0, chance.STREAM_COUNT)
        for j in range(chance.poisson(u, mean / pieces)):
            if j & 3 == 0:
                four = chance.uniforms(luck, when, j >> 2, chance.STREAM)
            if filled < out.shape[0]:
                out[filled, 0] = stream
                out[filled, 1] = number
                out[filled, 2] = day * DAY + hour * HOUR + np.int64(chance.pick(four, j & 3) * HOUR)
            number += 1
            filled += 1
    return number, filled


@compiled
def find_arrivals(streams, seed, day, weekday, first, last, out):
    """Fill rows (stream, number, tick) of streams first … last - 1.

    Returns the number of arrivals, which may exceed the rows.
    """
    filled = 0
    for stream in range(first, last):
        luck = chance.key(seed, streams.code[stream], 0, chance.STREAM)
        number = 0
        for hour in range(HOURS):
            number, filled = _stream_hour(
                streams, luck, stream, day, weekday, hour, number, out, filled
            )
    return filled


def arrivals_of_day(streams: Streams, seed: int, day: int, weekday: int) -> Arriving:
    """All arrivals of given streams on a day: Poisson within each hour, by time."""
    rows, filled = fitting(
        lambda out: find_arrivals(streams, seed, day, weekday, 0, len(streams.code), out),
        np.empty((1024, ARRIVAL_COLUMNS), dtype=np.int64),
    )
    rows = rows[:filled]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 2]))]
    return Arriving(*(np.ascontiguousarray(column) for column in rows.T))


@compiled
def stream_luck(streams: Streams, seed, stream, number):
    """Luck of the n-th arrival of a day in a stream of given demand."""
    return chance.key(seed, streams.code[stream], number, chance.PERSON)


@inlined
def draw_stream_keys(streams: Streams, seed, rows, keys):
    """Fill keys[1] with the luck of given demand; rows: of `find_arrivals`. As `draw_keys`."""
    codes, lucks = keys[0], keys[1]
    for k in range(rows.shape[0]):
        codes[k], lucks[k] = streams.code[rows[k, 0]], rows[k, 1]
    for k in range(whole_eights(rows.shape[0])):
        lucks[k] = chance.keyed(seed, codes[k], lucks[k], chance.PERSON)


@compiled
def _share(needs, condition, severity, asked):
    """Share of a severity where its urgency is the one asked for, else 0."""
    if needs.urgent[condition, severity] != asked:
        return 0.0
    below = needs.severity[condition, severity - 1] if severity > 0 else 0.0
    return needs.severity[condition, severity] - below


@compiled
def outside_case(streams: Streams, needs: Needs, luck, day, stream):
    """(Condition, severity) of an outside patient; urgent streams bring urgent severities only."""
    u_condition, u_severity, _, _ = chance.uniforms(luck, day, 0, chance.SEVERITY)
    condition = chance.categorical(u_condition, streams.mix[stream])
    asked = 1 if streams.visit_class[stream] == URGENT else 0
    severities = needs.severity.shape[1]
    total, upto, found = 0.0, 0.0, severities - 1
    for severity in range(severities):
        total += _share(needs, condition, severity, asked)
    for severity in range(severities - 1):
        upto += _share(needs, condition, severity, asked)
        if u_severity * total < upto:
            found = severity
            break
    return condition, found


@compiled
def route(routes: Routes, first_route, department, luck, day, contact):
    """Row of `routes` that a resolved visit of given demand takes on; -1 leaves.

    first_route: (departments + 1,) row of each department's first route.
    """
    first, last = first_route[department], first_route[department + 1]
    if first == last:
        return NONE
    return route_of(routes, first, last, chance.uniform(luck, day, contact, chance.ROUTE))


@inlined
def route_of(routes: Routes, first, last, u):
    """Which of rows first … last - 1 of `routes` a draw takes; -1 none."""
    for r in range(first, last):
        if u < routes.cumulative[r]:
            return r
    return NONE


@inlined
def draw_routes(room, number):
    """Draws of so many visits for their routes; room: of `care.room_for_plans`."""
    for k in range(number):
        room.route[k] = chance.uniforms(room.luck[k], room.day[k], room.contact[k], chance.ROUTE)[0]


def first_routes(routes: Routes, departments: int) -> np.ndarray:
    """Row of each department's first route, and the end of the last."""
    return np.searchsorted(routes.origin, np.arange(departments + 1)).astype(np.int64)
