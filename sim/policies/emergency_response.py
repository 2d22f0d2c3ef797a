"""When many are hurt at once, a command calls doctors in, opens beds and spreads the casualties.

It acts on the days of the scenario (from the day of the accident on), in the counties of `places`:

    called     share of the doctor-sessions of surgery and general departments of county hospitals
               that go to the same hospital's emergency department, all day
    dispatch   ambulances of all places take injuries and other emergencies to the nearest of the
               hospitals under command that can take them, if `ambulances`
    command    a share more of advice at places below becomes a transfer, made at once
    beds       share of the beds of small hospitals that county hospitals use meanwhile
    base       the rescue base, a municipal hospital or hub, has units of `base_level` for injuries
               and emergencies (0: no base)

Source: programmes SC (health emergency response, national rescue base) and LN (rescue network,
command system), row emergency_response (programmes.md: command, surge beds, transfers, base).
Assumed: all doses; who can be called. What emerges: waits of the urgent, where casualties are
treated, bed waits, the backlog of ordinary clinics.
Simple: a day is the smallest unit of staff, so doctors who are called leave their clinics for the
whole day of the accident; ambulances are never busy; the accident itself is a `surge` of the
scenario, the same with and without response.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim import emergency, staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose, raise_by
from sim.staffing import Sessions
from sim.targets import Word
from sim.world import Array, World

HOSPITALS, LENDING = ("county_general",), ("small_hospital",)
BELOW = ("township_centre", "community_centre", "small_hospital")
BASES = ("municipal_general", "hub_general")
CALLED, URGENT = ("surgery", "general"), ("emergency", "surgery")

DOSE = {"called": 0.3, "command": 0.5, "beds": 0.2}
CLAIMS = (
    Claim(
        kind="response", measure="wait_mean", tier="county", group="urgent", direction="down",
        at_least=1.0, dose=DOSE, world="county_accident", fails_where="hardly anybody is called",
        fails_with={"called": 0.02},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group="general", direction="up",
        at_least=1.0, dose=DOSE, world="county_accident", fails_where="hardly anybody is called",
        fails_with={"called": 0.02},
    ),
    Claim(
        kind="response", measure="left_unseen", tier="county", direction="down", at_least=0.001,
        dose=DOSE, world="county_accident", fails_where="patients who wait as long as it takes",
        fails_with={"behaviour.patience": 100000.0}, holds=False,
    ),
)  # fmt: skip


class Params(BaseModel):
    """Who is called, what is opened, where casualties go."""

    model_config = DOSES

    called: float = dose(
        0.0, "1", "share of surgical and general doctor-sessions called to emergency", ge=0, le=1
    )
    places: tuple[Word, ...] = targets.places_dose("hospitals under command")
    command: float = dose(
        0.0, "1", "share of lower places' advice that becomes a transfer", ge=0, le=1
    )
    beds: float = dose(0.0, "1", "share of small hospitals' beds used meanwhile", ge=0, le=1)
    ambulances: bool = dose(True, "0/1", "whether ambulances go to the hospitals under command")
    base_level: float = dose(
        0.0, "level", "level of the rescue base's units, 0: no base", ge=0, le=6
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Doctors, ambulances, transfers, beds and base; none where nobody is called."""
    if params.called == 0.0:
        return ()
    hospitals = targets.chosen(world, HOSPITALS, params.places, "emergency_response")
    surgery = targets.specialty_of(world, "surgery")
    able = emergency.able(world, hospitals, surgery)
    if not len(able):
        raise EffectError("emergency_response needs a hospital with surgery and emergency")
    lines = np.array([targets.specialty_of(world, name) for name in URGENT])
    return (
        *called_in(world, able, params.called),
        *fetched(world, able, params.ambulances),
        *commanded(world, params.command), *lent(world, able, params.beds),
        *based(world, lines, params.base_level),
    )  # fmt: skip


def called_in(world: World, able: Array, share: float) -> tuple[Change, ...]:
    """Doctors go from clinics to the emergency department of the same hospital."""
    rows = targets.departments_of(world, able, CALLED)
    sent = staffing.sessions_of_each(world, rows, share)
    if not len(sent.department):
        return ()
    own = world.choice.emergency[world.departments.facility[sent.department]]
    return (staffing.move_doctors(Sessions(*sent), own),)


def fetched(world: World, able: Array, ambulances: bool) -> tuple[Change, ...]:
    """Ambulances bring injuries and emergencies to the nearest hospital under command."""
    rows = targets.departments_of(world, able, URGENT)
    return (emergency.fetched_to(rows),) if ambulances else ()


def commanded(world: World, share: float) -> tuple[Change, ...]:
    """Places below transfer instead of only advising."""
    rows = targets.of_kinds(world, BELOW)
    referring = rows[world.facilities.referral_target[rows] >= 0]
    return (raise_by("facilities.referral_formal", referring, share),) if share else ()


def lent(world: World, able: Array, share: float) -> tuple[Change, ...]:
    """Beds of small hospitals, whole ones, used by the nearest hospital under command."""
    return emergency.lend_beds(world, targets.of_kinds(world, LENDING), able, share)


def based(world: World, lines: Array, level: float) -> tuple[Change, ...]:
    """Units of the rescue base, the first municipal hospital or hub."""
    bases = targets.of_kinds(world, BASES)
    if level == 0.0 or not len(bases):
        return ()
    rows = world.choice.department[bases[0], lines]
    return (emergency.units(rows[rows >= 0], level),)
