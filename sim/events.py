"""What an engine may say happened: the columns of a visit, a stay and a remote consultation.

Times are ticks since day 0, 00:00 inside an engine and minutes at the door. A visit is one
registration; coming back to the doctor with results belongs to it. `visit` packs (day on which the
episode opened, place, slot, contact) into one integer and is never a counter.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.arithmetic import compiled

OUTCOMES = (
    "resolved", "unresolved", "advised", "referred", "remote", "admitted", "left", "refused",
)
RESOLVED, UNRESOLVED, ADVISED, REFERRED_UP, REMOTE, ADMITTED, LEFT, REFUSED = range(8)
STAY_OUTCOMES = ("discharged", "stepped_down", "left_waiting", "declined")
DISCHARGED, STEPPED_DOWN, LEFT_WAITING, DECLINED = range(4)
REMOTE_OUTCOMES = ("answered", "not_answered")
ENDINGS = ("resolved", "gave_up", "no_show", "stayed_home")
NOBODY = -1

SLOT_BITS, CONTACT_BITS, PLACE_BITS = 16, 9, 18


class Visit(NamedTuple):
    """One registration. -1 in a time: it did not happen (yet)."""

    visit: int  # key
    resident: int  # place << 16 | slot; outside patients and given demand: -1
    age_group: int  # index, -1 none
    condition: int  # index, -1 none
    severity: int  # index, -1 none
    place: int  # place of residence, -1 none
    facility: int
    department: int
    visit_class: int
    contact: int  # 0 first contact of the episode
    referred_from: int  # facility that formally referred, -1 none
    advised_from: int  # facility that advised to go higher, -1 none
    requested: int  # tick: asked for a number or set out
    arrival: int  # tick: reached the department
    ready: int  # tick: arrived and the department had opened
    start: int  # tick: first consultation starts
    end: int  # tick: last contact with the doctor ends, or left
    service: int  # ticks with the doctor, both contacts
    test_wait: int  # ticks from reaching the test to its start, -1 no test
    test_end: int  # tick, -1 no test
    repeated: int  # 1 if the test had been done elsewhere in this episode
    recognised: int  # 1 if one done elsewhere was taken over instead
    outcome: int  # OUTCOMES, -1 still there at the end of the run
    travel: int  # ticks one way
    cost: int  # yuan/100
    out_of_pocket: int  # yuan/100


class Stay(NamedTuple):
    """One inpatient stay, from asking for a bed."""

    visit: int  # key of the contact that led to it
    resident: int
    age_group: int
    condition: int
    severity: int
    place: int
    facility: int
    visit_class: int
    stepped_from: int  # facility that sent the inpatient down, -1 none
    requested: int  # tick
    start: int  # tick in bed, -1 not
    end: int  # tick out of bed or leaving the queue, -1 not yet
    outcome: int  # STAY_OUTCOMES, -1 still there
    cost: int  # yuan/100
    out_of_pocket: int  # yuan/100


class Remote(NamedTuple):
    """One remote consultation, from the request of the lower doctor."""

    visit: int
    resident: int
    condition: int
    severity: int
    facility: int  # that asked
    department: int  # that answers
    requested: int  # tick
    start: int  # tick, -1 not yet
    end: int  # tick, -1 not yet
    reply: int  # tick at which the patient hears, -1 not yet
    outcome: int  # REMOTE_OUTCOMES, -1 pending


class Daily(NamedTuple):
    """State of a facility at one midnight, which begins the day."""

    day: int
    facility: int
    visits: int  # contacts that reached it during the day before
    in_bed: int
    awaiting_bed: int
    queued: int  # in its departments


@compiled
def visit_key(day, place, slot, contact):
    """The visit's key: 18 bits of place, 16 of slot, 9 of contact below the day."""
    return (((day << PLACE_BITS | place) << SLOT_BITS | slot) << CONTACT_BITS) | contact


@compiled
def resident_key(place, slot):
    """The resident's number."""
    return place << SLOT_BITS | slot


class Events(NamedTuple):
    """All that one run says: what it counts to, and its rows if a log in memory kept them.

    Tables are columns of int64 by name, None without such a log. tally: see `sim.tally`.
    """

    visits: dict[str, np.ndarray] | None
    stays: dict[str, np.ndarray] | None
    remote: dict[str, np.ndarray] | None
    daily: dict[str, np.ndarray] | None
    ledger: dict[str, dict[str, Any]]
    tally: Any
