"""An infectious surge is noticed after a delay, and then hospitals open fever clinics and beds.

The surge is the scenario's (`surges`), the same with and without the policy. Reports come from a
share `reporting` of those who fall ill; when `threshold` of them could have been counted, it takes
`lag` days to confirm and to act:

    noticed = first day on which reporting x needs before it >= threshold, + lag

From then on (in a world without such a surge: from its date), at the county's general hospitals
(or those of `places`):

    fever clinic  a share `lent` of the doctor-sessions of their other day departments goes to the
                  same hospital's general one, which sees the surge; raising it only adds
    surge beds    a share `beds` of the beds of the nearest small hospitals stand there meanwhile
    advice        village and township places may ask the hospital's doctors from afar: `advice`
                  consultations a day each, answered by one general doctor in the afternoons

Source: programme LN, row disease_control (programmes.md: three-level surveillance, noticed after a
delay, fever clinics, surge beds, advice; claims only about delays and capacity: an imposed wave
does not fall when people stay at home, domain.md 2.2).
Assumed: reporting, threshold, lag, lent, beds, advice. What emerges: waits at the height of the
wave, bed waits, the backlog of the departments that lend, who is helped below.
Simple: no infection is prevented; the fever clinic shares the general department's queue; reports
are expected ones, without luck; beds come with their nurses.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import emergency, staffing, targets
from sim.arithmetic import DAY
from sim.effects import DOSES, Change, Claim, dose
from sim.staffing import DAYS
from sim.targets import Word
from sim.wave import tick_of_share
from sim.world import Array, World

HOSPITALS, LENDING = ("county_general",), ("small_hospital",)
ASKING = ("village_clinic", "community_station", "township_centre", "community_centre")
LENDERS = ("surgery", "tcm", "specialist")
SURGE, FEVER = "infectious_surge", "general"

DOSE = {"lent": 0.2, "beds": 0.2}
CLAIMS = (
    Claim(
        kind="response", measure="wait_mean", tier="county", group="general", direction="down",
        at_least=1.0, dose=DOSE, world="county_surge", fails_where="it is noticed at its end",
        fails_with={"reporting": 0.0},
        holds=False,
    ),
    Claim(
        kind="response", measure="bed_wait_mean", tier="county", direction="down", at_least=1.0,
        dose=DOSE, world="county_surge", fails_where="no bed is moved", holds=False,
        fails_with={"beds": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group="specialist", direction="up",
        at_least=1.0, dose=DOSE, world="county_surge", fails_where="hardly anybody is lent",
        fails_with={"lent": 0.02}, holds=False,
    ),
)  # fmt: skip


class Params(BaseModel):
    """How soon a surge is noticed, and what is then done where."""

    model_config = DOSES

    lent: float = dose(
        0.0, "1", "share of other departments' sessions lent to fever clinics", ge=0, le=1
    )
    places: tuple[Word, ...] = targets.places_dose("hospitals with a fever clinic")
    reporting: float = dose(0.3, "1", "share of the ill who are reported (assumption)", ge=0, le=1)
    threshold: float = dose(
        50.0, "persons", "reports after which a surge is suspected (assumption)", ge=0, le=1e6
    )
    lag: float = dose(7.0, "days", "from suspicion until hospitals act (assumption)", ge=0, le=365)
    beds: float = dose(0.0, "1", "share of small hospitals' beds that stand there", ge=0, le=1)
    advice: float = dose(
        0.0, "1/day", "remote consultations that each lower place may ask for", ge=0, le=100
    )
    success: float = dose(
        0.8, "1", "share of the hospital's skill kept at a distance (assumption)", ge=0, le=1
    )


def begins(world: World, params: Params) -> int:
    """The day on which the surge of the world has been noticed and hospitals act; 0 without one."""
    condition = world.names.conditions.index(SURGE)
    days = [noticed(world, int(row), params)
            for row in np.flatnonzero(world.surges.condition == condition)]  # fmt: skip
    return max(min(days), 0) if days else 0


def noticed(world: World, row: int, params: Params) -> int:
    """First whole day after enough of one surge was reported and confirmed; its end at latest."""
    surges = world.surges
    people = world.places.population[surges.first_place[row] : surges.end_place[row]].sum()
    reports = params.reporting * float(surges.size[row]) * float(people)
    begin, peak, end = (int(at[row]) for at in (surges.begins, surges.peaks, surges.ends))
    reached = end
    if reports > params.threshold:
        reached = int(tick_of_share(begin, peak, end, params.threshold / reports))
    return int(np.ceil(reached / DAY + params.lag))


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Fever clinics, beds and advice; none where nobody is lent."""
    if params.lent == 0.0:
        return ()
    ready = targets.chosen(world, HOSPITALS, params.places, "disease_control")
    return (
        *fever_clinics(world, ready, params.lent), *surge_beds(world, ready, params.beds),
        *advised(world, ready, params),
    )  # fmt: skip


def fever_clinics(world: World, ready: Array, lent: float) -> tuple[Change, ...]:
    """Doctor-sessions of day departments that go to the general one of the same hospital."""
    rows = targets.departments_of(world, ready, LENDERS)
    sent = staffing.doctor_sessions(world, rows, lent)
    if not len(sent.department):
        return ()
    own = world.departments.facility[sent.department]
    to = world.choice.department[own, targets.specialty_of(world, FEVER)]
    return (staffing.move_doctors(sent, to),)


def surge_beds(world: World, ready: Array, share: float) -> tuple[Change, ...]:
    """Beds of small hospitals, whole ones, that stand at the nearest of the general hospitals."""
    small = targets.of_kinds(world, LENDING)
    return emergency.lend_beds(world, small, ready, share)


def advised(world: World, ready: Array, params: Params) -> tuple[Change, ...]:
    """Lower places ask the first hospital that can answer; nobody without a dose."""
    mask = np.isin(np.arange(len(world.facilities.code)), ready[:1])
    hub = staffing.answering(world, mask, FEVER)
    if params.advice == 0.0 or hub is None:
        return ()
    asking = targets.departments_of(world, targets.of_kinds(world, ASKING), (FEVER,))
    return staffing.consult(asking, params.advice, params.success, hub, 1, DAYS[:5])
