"""Who lives in each place for good? Everybody's nature and frailty, before the first day."""

from __future__ import annotations

import numpy as np

from sim import chance
from sim.arithmetic import compiled, inlined
from sim.chance import FOUR
from sim.people import Residents, frailty_of, nature_of
from sim.table import Table, apart, whole_eights
from sim.world import People, Places

TOGETHER = 64  # residents whose draws are made before any of them is looked at


def vacant(places: Places, managed: bool = False) -> Table:
    """Room for everybody who lives here, two bytes each: a table of `Residents`.

    managed: whether long illness is managed anywhere, which takes a byte more.
    """
    rows = np.concatenate([[0], np.cumsum(places.population)]).astype(np.int64)
    count = int(rows[-1])
    bytes_each = (np.zeros(number, dtype=np.uint8) for number in (count, count, count * managed))
    found = Residents(rows[:-1].copy(), *bytes_each)
    return Table("residents", found._asdict())


def residents(places: Places, people: People, managed: bool = False) -> Table:
    """Everybody who lives here: a table of `Residents`; managed: see `vacant`."""
    table = vacant(places, managed)
    settle(places, people, table, 0, len(places.code), room_for_draws())
    return table


def room_for_draws() -> Table:
    """Where `settle` writes keys and draws of some residents down."""
    return Table("settling", {
        "traits": apart(TOGETHER), "lasting": apart(FOUR, TOGETHER, kind=float),
        "more": apart(2, TOGETHER, kind=float), "proneness": apart(TOGETHER, kind=float),
    })  # fmt: skip


@compiled
def settle(places, people, residents, first, last, room):
    """Draw nature and frailty of everybody in places first … last - 1.

    room: of `room_for_draws`.
    """
    spread = chance.spread(people.frailty_cv)
    for place in range(first, last):
        count = places.population[place]
        for slot in range(0, count, TOGETHER):
            number, row = min(TOGETHER, count - slot), residents.first_row[place] + slot
            _draw(places.code[place], people.seed, slot, whole_eights(number), room)
            for k in range(number):
                residents.nature[row + k] = nature_of(
                    places, people, place, room.lasting[:, k], room.more[:, k]
                )
                residents.frailty[row + k] = frailty_of(people, room.proneness[k], spread)


@inlined
def _draw(code, seed, slot, number, room):
    """Fill keys and draws of so many residents of a place: a processor takes eight at once."""
    traits, lasting, more, proneness = room.traits, room.lasting, room.more, room.proneness
    for k in range(number):
        traits[k] = chance.keyed(seed, code, slot + k, chance.PERSON)
    for k in range(number):
        lasting[0, k], lasting[1, k], lasting[2, k], lasting[3, k] = chance.uniforms(
            traits[k], 0, 0, chance.ATTRIBUTES
        )
    for k in range(number):
        four = chance.uniforms(traits[k], 1, 0, chance.ATTRIBUTES)
        more[0, k], more[1, k] = four[0], four[1]
    for k in range(number):
        proneness[k] = chance.uniforms(traits[k], 0, 0, chance.FRAILTY)[0]
