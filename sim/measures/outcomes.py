"""What becomes of people, how busy are the places, how late do they work?"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.defaults import value
from sim.measures.living import DAYS_PER_YEAR
from sim.measures.sums import Ratio, Sums

PER_THOUSAND = 1000
SOUGHT_CARE = ("resolved", "gave_up", "no_show")
HOSPITALS = (1,)
WHOEVER = ("age", "class")  # of people: what is there for all of them is not parted by it


def left_unseen(of: Sums) -> Ratio:
    """Share of visits that left without being seen.

    Visits with outcome left / visits arrived.
    """
    return Ratio(of.visits("left"), of.visits("visits"))


def refused(of: Sums) -> Ratio:
    """Share of visits refused for lack of a number or a waiting place.

    Visits with outcome refused / visits arrived.
    """
    return Ratio(of.visits("refused"), of.visits("visits"))


def unresolved(of: Sums) -> Ratio:
    """Share of visits that end at home unresolved, without advice or referral.

    Visits with outcome unresolved / visits arrived.
    """
    return Ratio(of.visits("unresolved"), of.visits("visits"))


def unresolved_episodes(of: Sums) -> Ratio:
    """Share of closed episodes that sought care and were not resolved.

    (gave up + no show) / (resolved + gave up + no show), from the ledger of the whole run, the
    warm-up included; open episodes are in neither.
    """
    closed = sum(of.window.episodes[ending] for ending in SOUGHT_CARE)
    return Ratio(of.once(closed - of.window.episodes["resolved"]), closed)


def no_show(of: Sums) -> Ratio:
    """Share of closed episodes that sought care and ended by not coming to a number.

    no show / (resolved + gave up + no show), from the ledger of the whole run, the warm-up
    included.
    """
    closed = sum(of.window.episodes[ending] for ending in SOUGHT_CARE)
    return Ratio(of.once(of.window.episodes["no_show"]), closed)


def repeated_tests(of: Sums) -> Ratio:
    """Share of tests done again although one was done elsewhere in the episode.

    Visits with a repeated test / visits with a repeated test or a recognised one.
    """
    repeated = of.visits("repeated")
    return Ratio(repeated, repeated + of.visits("recognised"))


def recognised_tests(of: Sums) -> Ratio:
    """Share of tests done elsewhere in the episode that were recognised.

    Visits with a recognised test / visits with a repeated test or a recognised one.
    """
    recognised = of.visits("recognised")
    return Ratio(recognised, recognised + of.visits("repeated"))


def needs_dropped(of: Sums) -> Ratio:
    """Share of needs that arise in an open episode and are dropped.

    Dropped / arisen, over the whole run.
    """
    needs = of.window.run.events.ledger["needs"]
    return Ratio(of.once(needs["dropped"]), needs["arisen"])


def yearly(of: Sums, numbers: np.ndarray, factor: float = 1.0) -> Ratio:
    """Numbers x factor per resident and year; no cell where nobody lives."""
    return Ratio(numbers * factor, of.years(), numbers)


def visits_per_year(of: Sums) -> Ratio:
    """Visits per resident and year.

    Residents' visits / residents x 365 / days; by age, the expected number of residents.
    """
    return yearly(of, of.people("visits"))


def admissions_per_year(of: Sums) -> Ratio:
    """Admissions per 1,000 residents and year.

    Residents' stays that got a bed / residents x 365 / days; a stay below after stepping down is
    an admission of its own, as in the statistics.
    """
    return yearly(of, of.people("stays"), PER_THOUSAND)


def remote_per_year(of: Sums) -> Ratio:
    """Remote consultations per 1,000 residents and year.

    Residents' requests by the tier that asks / residents x 365 / days.
    """
    return yearly(of, of.remote("residents"), PER_THOUSAND)


def occupancy(of: Sums) -> Ratio:
    """Bed occupancy.

    Occupied bed time / open bed time within the window; stays begun before it or not yet over
    count with the part that lies within. Open beds follow the scenario's dates. By age: what an age
    group occupies of all open beds (outside patients have none); by week, n: who was in bed.
    """
    beds = of.held("beds", over=WHOEVER)
    return Ratio(of.stays("occupied"), beds, of.stays("occupants"), DAY)


def length_of_stay(of: Sums) -> Ratio:
    """Mean length of stay.

    Bed-days of those discharged (or sent down) within the window / their number.
    """
    return Ratio(of.stays("bed_time"), of.stays("discharged"), unit=DAY)


def case_mix_index(of: Sums) -> Ratio:
    """Mean weight of the cases of those discharged (CMI).

    Sum of weights of discharges within the window / their number. The weight of a condition x
    severity is the expected cost of a stay / that of all admissions of the nation: admissions,
    days, prices and where people lie are those of the register as shipped, so no scenario moves a
    weight. Both parts of a stay that steps down are discharges; those of no condition are left out.
    """
    return Ratio(of.cases("weight"), of.cases("weighed"))


def stay_index(of: Sums) -> Ratio:
    """Mean stay of those discharged, in expected stays of the same cases (time consumption index).

    Mean over discharges within the window of time in bed / mean stay of the condition at the kind
    of institution in the register as shipped (it is the same for all severities): above 1, longer
    than expected. Both parts of a stay that steps down count, each as a whole one; discharges of no
    condition are left out.
    """
    return Ratio(of.cases("expected_stays"), of.cases("weighed"))


def physician_load(of: Sums) -> Ratio:
    """Visits per physician and working day.

    Visits x 365 / 251 / physician-days of all licensed physicians (not only those on duty). By age
    or class: visits of theirs / the same physician-days.
    """
    n, physicians = of.visits("visits"), of.held("physicians", over=WHOEVER)
    return Ratio(n * (DAYS_PER_YEAR / value("working_days")), physicians, n)


def inpatient_load(of: Sums) -> Ratio:
    """Occupied bed-days per physician and day.

    Occupied bed time within the window / physician-days of all licensed physicians of hospitals. By
    age: bed time of theirs / the same physician-days; by week, n counts who was in bed.
    """
    occupied, n = (of.stays(item, hospital=HOSPITALS) for item in ("occupied", "occupants"))
    return Ratio(occupied, of.held("physicians", over=WHOEVER, hospital=HOSPITALS), n, DAY)


def visits_per_discharge(of: Sums) -> Ratio:
    """Outpatient visits per discharge.

    Visits at other departments than emergency of hospitals / their discharges within the window.
    """
    return Ratio(of.visits("planned"), of.stays("discharged", hospital=HOSPITALS))


def overtime(of: Sums) -> Ratio:
    """Minutes that a doctor works on after a session.

    Contacts' time after the closing of the session in which they began / doctors x sessions held
    within the window; around-the-clock departments have none. By week: of the session. By age or
    class: minutes with these patients / the same sessions. See `sim.tally.hours`.
    """
    doctors = of.held("doctor_sessions", over=WHOEVER)
    return Ratio(of.visits("overtime"), doctors, unit=TICKS_PER_MINUTE)


def late_sessions(of: Sums) -> Ratio:
    """Share of sessions that run beyond their closing.

    Sessions of a department in which a contact ended after closing / sessions held with a doctor.
    """
    return Ratio(of.held("late"), of.held("sessions"))


def travel_per_visit(of: Sums) -> Ratio:
    """Mean travel to a visit, one way.

    Residents' minutes of travel / residents' visits.
    """
    return Ratio(of.people("travel"), of.people("visits"), unit=TICKS_PER_MINUTE)


def travel_per_episode(of: Sums) -> Ratio:
    """Mean travel over an episode, one way each time.

    Residents' minutes of travel / their first contacts, both within the window: in a steady state
    later contacts of earlier episodes make up for those that come after the end.
    """
    return Ratio(of.people("travel"), of.people("first"), unit=TICKS_PER_MINUTE)
