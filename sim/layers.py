"""Who needs a doctor today: everyday needs, and the layers on top of them?

Everyday needs are drawn sparsely under the replication seed: a Poisson number of candidates for
each block of 1,024 slots, day and condition at a constant envelope rate, of which a candidate is
accepted with probability rate / envelope. An empty slot accepts nothing.

On top come, each with luck of its own, so that the others stay as they are: what strikes many at
once (`surges`), planned visits of those whose long illness is managed, and what is found when
residents are looked at unasked. A planned visit that was made with skill and drugs wins control;
control fades, and exacerbations follow it (`people.propensity`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import chance
from sim.arithmetic import DAY, compiled, inlined
from sim.chance import FOUR
from sim.people import (
    AGE_BITS,
    CHRONIC,
    CONTRACT,
    FULL,
    LEVEL,
    MANAGED,
    NEED_COLUMNS,
    PIECE,
    Ill,
    fitting,
    group_of,
    propensity,
)
from sim.table import EIGHT, LINE_BYTES, Table, apart, fetch, whole_eights
from sim.wave import share_before, tick_of_share
from sim.world import Care, Needs, People, Places, Surges, World

BLOCK = 1024
DAYS_PER_YEAR = 365.0
CONDITION_STRIDE = 64
MOST_CANDIDATES = 1024  # of one block, day and condition; above the largest Poisson mean
FADING_DAYS = 30
PIECES = 1024  # of a block, day and layer, at most
HALF = 0.5


@inlined
def _written(out, filled, place, slot, condition, severity, onset):
    """One more row, if there is room."""
    if filled < out.shape[0]:
        out[filled, 0] = place
        out[filled, 1] = slot
        out[filled, 2] = condition
        out[filled, 3] = severity
        out[filled, 4] = onset
    return filled + 1


@inlined
def _list_candidates(luck, day, counts, room):
    """How many candidates a block has, listed by condition.

    Counts are small, so theirs is looked for from below.
    """
    shares, listed = room.shares, 0
    for condition in range(counts.shape[0]):
        when = day * CONDITION_STRIDE + condition
        shares[condition] = chance.uniform(luck, when, 0, chance.NEED_COUNT)
    for condition in range(counts.shape[0]):
        count = 0
        while count < counts.shape[1] - 1 and shares[condition] >= counts[condition, count]:
            room.condition[listed], room.number[listed] = condition, count
            count += 1
            listed += 1
        room.first[condition + 1] = listed
    return listed


@inlined
def _draw_candidates(luck, day, listed, room):
    """All draws of a block's candidates at once: a processor takes eight.

    Those that fill up the last eight are nobody's.
    """
    values = room.values
    for k in range(whole_eights(listed)):
        when = day * CONDITION_STRIDE + room.condition[k]
        values[0, k], values[1, k], values[2, k], values[3, k] = chance.uniforms(
            luck, when, room.number[k], chance.NEED
        )


@inlined
def _accept(places, needs, residents, month, place, block, room):
    """List the candidates of a block who have a need; returns how many.

    Few do, and nothing tells which: so every one is written down, and the next over who does not.
    """
    values, before, kept = room.values, block * BLOCK, np.int64(0)
    first, most = residents.first_row[place] + before, places.population[place] - before
    for condition in range(needs.envelope.shape[0]):
        group, envelope = group_of(needs, condition, month), needs.envelope[condition]
        for k in range(room.first[condition], room.first[condition + 1]):
            slot = np.int64(values[0, k] * BLOCK)
            rate = propensity(needs, residents, first + min(slot, most - 1), group)
            room.kept[kept] = k
            kept += np.int64(values[1, k] * envelope < rate) & np.int64(slot < most)
    return kept


@inlined
def _write(needs, day, place, block, room, kept, out, filled):
    """Fill rows of the candidates of a block who have a need."""
    values = room.values
    for j in range(kept):
        k = room.kept[j]
        slot, condition = block * BLOCK + np.int64(values[0, k] * BLOCK), room.condition[k]
        severity = chance.categorical(values[3, k], needs.severity[condition])
        onset = day * DAY + np.int64(values[2, k] * DAY)
        filled = _written(out, filled, place, slot, condition, severity, onset)
    return filled


@inlined
def _await_residents(residents, first):
    """Ask for what is kept of those who will be looked at next."""
    for row in range(first, first + BLOCK, LINE_BYTES):
        fetch(residents.nature, row)
        fetch(residents.frailty, row)


@inlined
def find_everyday(
    places, needs, residents, counts, seed, day, month, place, room, out, filled
):  # fmt: skip
    """Fill rows of a place's everyday needs, as `find_needs`; returns their number."""
    for block in range((places.population[place] + BLOCK - 1) // BLOCK):
        luck = chance.key(seed, places.code[place], block, chance.NEED)
        listed = _list_candidates(luck, day, counts, room)
        last = min((block + 1) * BLOCK, places.population[place])
        _await_residents(residents, residents.first_row[place] + last)
        _draw_candidates(luck, day, listed, room)
        kept = _accept(places, needs, residents, month, place, block, room)
        filled = _write(needs, day, place, block, room, kept, out, filled)
    return filled


def room_for_candidates(conditions: int) -> Table:
    """Where `find_needs` lists the candidates of a block, and writes their draws."""
    most = conditions * MOST_CANDIDATES + EIGHT
    return Table("candidates", {
        "shares": apart(conditions, kind=float), "condition": apart(most), "number": apart(most),
        "first": apart(conditions + 1), "kept": apart(most),
        "values": apart(FOUR, most, kind=float),
    })  # fmt: skip


@compiled
def _count_shares(needs, shares):
    for condition in range(needs.envelope.shape[0]):
        chance.poisson_shares(BLOCK * needs.envelope[condition] / DAYS_PER_YEAR, shares[condition])


def candidate_counts(needs: Needs) -> np.ndarray:
    """Cumulative shares of the number of candidates a block and day, by condition."""
    shares = np.empty((len(needs.envelope), MOST_CANDIDATES))
    _count_shares(needs, shares)
    return shares


@compiled
def find_struck(places: Places, surges: Surges, seed, day, place, layer, out, filled):
    """Fill rows of the residents of a place whom a surge strikes today; as `find_needs`."""
    begins, peaks, ends = surges.begins[layer], surges.peaks[layer], surges.ends[layer]
    low = share_before(begins, peaks, ends, day * DAY)
    high = share_before(begins, peaks, ends, (day + 1) * DAY)
    mean = surges.size[layer] * (high - low) * BLOCK
    pieces = np.int64(mean / PIECE) + 1
    own = chance.key(seed, surges.code[layer], 0, chance.SURGE)
    for block in range((places.population[place] + BLOCK - 1) // BLOCK if mean > 0.0 else 0):
        luck = chance.key(own, places.code[place], block, chance.SURGE)
        for piece in range(pieces):
            when = day * PIECES + piece
            count = chance.poisson(chance.uniform(luck, when, 0, chance.NEED_COUNT), mean / pieces)
            for j in range(count):
                u_who, u_when, u_severity, _ = chance.uniforms(luck, when, j, chance.SURGE)
                slot = block * BLOCK + np.int64(u_who * BLOCK)
                if slot < places.population[place]:
                    onset = tick_of_share(begins, peaks, ends, low + u_when * (high - low))
                    onset = min(max(onset, day * DAY), (day + 1) * DAY - 1)
                    severity = chance.categorical(u_severity, surges.severity[layer])
                    filled = _written(
                        out, filled, place, slot, surges.condition[layer], severity, onset
                    )
    return filled


@inlined
def is_managed(residents, row):
    """Whether a resident's long illness is managed: known and under contract, or found."""
    bits = np.int64(residents.nature[row])
    known = bits & CHRONIC and bits & CONTRACT
    return known or np.int64(residents.control[row]) & MANAGED > 0


@compiled
def is_undetected(places: Places, people: People, needs: Needs, residents, place, slot):
    """Whether a resident is ill for long and does not know it: keyed by the population seed."""
    row = residents.first_row[place] + slot
    bits = np.int64(residents.nature[row])
    if bits & CHRONIC or np.int64(residents.control[row]) & MANAGED:
        return False
    known = people.chronic[bits & AGE_BITS]
    share = min(needs.undetected * known, 1.0 - known)
    traits = chance.key(people.seed, places.code[place], slot, chance.PERSON)
    u = chance.uniforms(traits, 1, 0, chance.ATTRIBUTES)[1]
    return u * (1.0 - known) < share


@compiled
def find_planned(places, people, needs, residents, seed, day, place, purpose, rate, out, filled):
    """Fill rows of planned visits of a place: of the managed, or first ones of those found ill.

    purpose: PLANNED or FOUND; rate: a year of every resident whom it concerns.
    """
    for block in range((places.population[place] + BLOCK - 1) // BLOCK):
        luck = chance.key(seed, places.code[place], block, purpose)
        u = chance.uniform(luck, day, 0, chance.NEED_COUNT)
        for j in range(chance.poisson(u, rate * BLOCK / DAYS_PER_YEAR)):
            u_who, u_when, u_severity, _ = chance.uniforms(luck, day, j, purpose)
            slot = block * BLOCK + np.int64(u_who * BLOCK)
            if slot >= places.population[place]:
                continue
            if purpose == chance.PLANNED:
                concerned = is_managed(residents, residents.first_row[place] + slot)
            else:
                concerned = is_undetected(places, people, needs, residents, place, slot)
            if concerned:
                severity = chance.categorical(u_severity, needs.severity[needs.visit_planned])
                onset = day * DAY + np.int64(u_when * DAY)
                filled = _written(out, filled, place, slot, needs.visit_planned, severity, onset)
    return filled


@compiled
def find_unseen(places, needs, residents, seed, day, month, place, condition, out, filled):
    """Fill rows of needs of a condition that are found where residents are looked at unasked."""
    looks = places.screened[place] * needs.unseen[condition]
    envelope, group = needs.envelope[condition], group_of(needs, condition, month)
    for block in range((places.population[place] + BLOCK - 1) // BLOCK):
        luck = chance.key(seed, places.code[place], block, chance.FOUND + chance.NEED)
        when = day * PIECES + condition
        u = chance.uniform(luck, when, 0, chance.NEED_COUNT)
        for j in range(chance.poisson(u, looks * envelope * BLOCK / DAYS_PER_YEAR)):
            u_who, u_is, u_when, u_severity = chance.uniforms(luck, when, j, chance.FOUND)
            slot = block * BLOCK + np.int64(u_who * BLOCK)
            if slot >= places.population[place]:
                continue
            row = residents.first_row[place] + slot
            if u_is * envelope < propensity(needs, residents, row, group):
                severity = chance.categorical(u_severity, needs.severity[condition])
                onset = day * DAY + np.int64(u_when * DAY)
                filled = _written(out, filled, place, slot, condition, severity, onset)
    return filled


@compiled
def find_managed(places, people, needs, residents, seed, day, month, place, out, filled):
    """Fill rows of planned visits and of what looking at residents finds in a place."""
    if places.planned[place] > 0.0:
        filled = find_planned(
            places, people, needs, residents, seed, day, place, chance.PLANNED,
            places.planned[place], out, filled,
        )  # fmt: skip
    if places.screened[place] > 0.0:
        filled = find_planned(
            places, people, needs, residents, seed, day, place, chance.FOUND,
            places.screened[place], out, filled,
        )  # fmt: skip
        for condition in range(needs.unseen.shape[0]):
            if needs.unseen[condition] > 0.0:
                filled = find_unseen(
                    places, needs, residents, seed, day, month, place, condition, out, filled
                )
    return filled


@compiled
def find_needs(
    places, people, needs, surges, residents, counts, seed, day, month, first, last, room, out
):  # fmt: skip
    """Fill rows (place, slot, condition, severity, onset) of places first … last - 1.

    counts: of `candidate_counts`; room: of `room_for_candidates`. Returns the number of
    needs, which may exceed the rows.
    """
    filled = 0
    for place in range(first, last):
        filled = find_everyday(
            places, needs, residents, counts, seed, day, month, place, room, out, filled
        )
        for layer in range(surges.code.shape[0]):
            if surges.first_place[layer] <= place < surges.end_place[layer]:
                filled = find_struck(places, surges, seed, day, place, layer, out, filled)
        if residents.control.shape[0] > 0:
            filled = find_managed(
                places, people, needs, residents, seed, day, month, place, out, filled
            )
    return filled


def needs_of_day(tables: Any, residents: Any, seed: int, day: int, month: int) -> Ill:
    """Every need that arises on a day, by onset; a resident may have several.

    tables: of a World; month: 0 January … 11 December.
    """
    places = tables.places
    counts, last = candidate_counts(tables.needs), len(places.code)
    room = room_for_candidates(len(counts))
    rows, filled = fitting(
        lambda out: find_needs(
            places,
            tables.people,
            tables.needs,
            tables.surges,
            residents,
            counts,
            seed,
            day,
            month,
            0,
            last,
            room,
            out,
        ),
        np.empty((1024 + int(places.population.sum()) // 16, NEED_COLUMNS), dtype=np.int64),
    )
    rows = rows[:filled]
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 4]))]
    return Ill(*(np.ascontiguousarray(column) for column in rows.T))


# --- control ---------------------------------------------------------------------------------


def manages(world: World) -> bool:
    """Whether anybody's long illness is managed or looked for in a World."""
    return bool((world.places.planned > 0.0).any() or (world.places.screened > 0.0).any())


@compiled
def manage(care: Care, residents, lessons, first, last):
    """Control that yesterday's planned visits win for residents of rows first … last - 1.

    lessons: of `behaviour.learn`, with 1 in the last column for a planned visit. Who comes to one
    is managed from then on; one that resolved wins `control_gain` of what lacks.
    """
    for i in range(lessons.shape[0]):
        row = lessons[i, 0]
        if lessons[i, 5] == 0 or row < first or row >= last:
            continue
        level = np.int64(residents.control[row]) & LEVEL
        if lessons[i, 4] > 0:
            level += np.int64((FULL - level) * care.control_gain + HALF)
        residents.control[row] = MANAGED | level


@compiled
def fade(care: Care, residents, first, last):
    """Control that residents of rows first … last - 1 lose within thirty days."""
    for row in range(first, last):
        bits = np.int64(residents.control[row])
        level = bits & LEVEL
        level -= np.int64(level * care.control_fade + HALF)
        residents.control[row] = (bits & MANAGED) | level
