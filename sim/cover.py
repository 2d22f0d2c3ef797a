"""What does insurance know of a resident: does it ask for a referral, has he a low income?"""

from __future__ import annotations

import numpy as np

from sim import chance
from sim.arithmetic import compiled, inlined
from sim.world import GATEKEPT, POOR, Array, Payment, People, Places, World


@inlined
def gatekept(payment: Payment, traits):
    """Whether insurance asks for a referral: a lasting trait, the same ones first in any share."""
    if payment.gatekept <= 0.0:
        return False
    return chance.uniforms(traits, 1, 0, chance.ATTRIBUTES)[2] < payment.gatekept


@inlined
def cover(payment: Payment, traits, poor):
    """GATEKEPT and POOR, as bits."""
    return (POOR if poor else 0) | (GATEKEPT if gatekept(payment, traits) else 0)


def gatekept_residents(world: World) -> Array:
    """Who needs a referral, by row of `people.Residents`; bool (residents,)."""
    tables = world.tables
    found = np.zeros(int(world.places.population.sum()), dtype=np.bool_)
    _fill(tables.places, tables.people, tables.payment, found)
    return found


@compiled
def _fill(places: Places, people: People, payment: Payment, found):
    row = 0
    for place in range(places.code.shape[0]):
        for slot in range(places.population[place]):
            traits = chance.key(people.seed, places.code[place], slot, chance.PERSON)
            found[row] = gatekept(payment, traits)
            row += 1
