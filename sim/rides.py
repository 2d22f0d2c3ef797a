"""Where do ambulances take whom, and how long are they on the way?"""

from __future__ import annotations

import numpy as np

from sim import chance
from sim.arithmetic import TICKS_PER_MINUTE, inlined
from sim.care import unit_ready
from sim.sphere import kilometres
from sim.world import Array, Behaviour, Choice, Departments, Needs, World

NONE = -1
MINUTES_PER_HOUR = 60.0


def rides(world: World) -> tuple[Array, Array]:
    """Facility to which ambulances take each place's urgent cases by specialty, and ticks to it.

    The nearest of those whose department for the specialty fetches; -1 none. No rows where no
    department does.
    """
    departments, care, home = world.departments, world.care, world.places
    fetching = np.flatnonzero(departments.fetches > 0)
    shape = (len(home.code) if len(fetching) else 0, len(world.names.specialties))
    centre, ride = np.full(shape, NONE, np.int32), np.zeros(shape, np.int64)
    for specialty in np.unique(departments.specialty[fetching]):
        rows = departments.facility[fetching[departments.specialty[fetching] == specialty]]
        there = world.facilities
        km = kilometres(home.lon[:, None], home.lat[:, None], there.lon[rows], there.lat[rows])
        first = np.argmin(km, axis=1)
        minutes = care.ambulance_ready + MINUTES_PER_HOUR / care.ambulance_speed * km.min(axis=1)
        centre[:, specialty] = rows[first]
        ride[:, specialty] = (minutes * TICKS_PER_MINUTE).astype(np.int64)
    return centre, ride


@inlined
def fetched(
    departments: Departments, choice: Choice, needs: Needs, behaviour: Behaviour, offers, who, case,
    now,
):  # fmt: skip
    """(Facility, ticks) to which an ambulance takes an urgent case, if one is called; -1 nowhere.

    To the centre of the place for the case's specialty, if its unit is staffed when they get there.
    """
    nowhere = np.int64(NONE), np.int64(0)
    if offers.centre.shape[0] == 0:
        return nowhere
    specialty = needs.specialty[case.condition]
    facility = np.int64(offers.centre[who.place, specialty])
    if facility < 0 or choice.emergency[facility] < 0:
        return nowhere
    if chance.uniform(who.luck, case.day, 0, chance.CALL) >= behaviour.calls:
        return nowhere
    ride = np.int64(offers.ride[who.place, specialty])
    line = choice.department[facility, specialty]
    if line < 0 or not unit_ready(departments, line, now + ride):
        return nowhere
    return facility, ride
