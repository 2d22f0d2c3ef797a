"""What becomes of people, what do they travel and pay, and how busy are the places?"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.measures.cells import ALL, Cells, averaged, counted, pooled, ratio, rows, spread
from sim.measures.window import DAYS_PER_YEAR, Window
from sim.tally import STAY_ITEMS

WORKING_DAYS = 251  # a year, as the statistics divide visits per physician (domain.md §3)
MINUTES_PER_HOUR = 60
PER_THOUSAND = 1000
FEN_PER_YUAN = 100
SOUGHT_CARE = ("resolved", "gave_up", "no_show")


def left_unseen(window: Window) -> Cells:
    """Share of visits that left without being seen.

    Visits with outcome left / visits arrived.
    """
    return averaged(window, window.at_tiers("left"), window.at_tiers("visits"))


def refused(window: Window) -> Cells:
    """Share of visits refused for lack of a number or a waiting place.

    Visits with outcome refused / visits arrived.
    """
    return averaged(window, window.at_tiers("refused"), window.at_tiers("visits"))


def unresolved(window: Window) -> Cells:
    """Share of visits that end at home unresolved, without advice or referral.

    Visits with outcome unresolved / visits arrived.
    """
    return averaged(window, window.at_tiers("unresolved"), window.at_tiers("visits"))


def unresolved_episodes(window: Window) -> Cells:
    """Share of closed episodes that sought care and were not resolved.

    (gave up + no show) / (resolved + gave up + no show), from the ledger of the whole run, the
    warm-up included; open episodes are in neither.
    """
    closed = sum(window.episodes[ending] for ending in SOUGHT_CARE)
    failed = closed - window.episodes["resolved"]
    return rows((ALL, ALL, *cell) for cell in ratio(failed, closed))


def repeated_tests(window: Window) -> Cells:
    """Share of tests done again although one was done elsewhere in the episode.

    Visits with a repeated test / visits with a repeated test or a recognised one.
    """
    repeated = window.at_tiers("repeated")
    return averaged(window, repeated, repeated + window.at_tiers("recognised"))


def needs_dropped(window: Window) -> Cells:
    """Share of needs that arise in an open episode and are dropped.

    Dropped / arisen, over the whole run.
    """
    needs = window.run.events.ledger["needs"]
    return rows((ALL, ALL, *cell) for cell in ratio(needs["dropped"], needs["arisen"]))


def yearly(window: Window, numbers: np.ndarray, factor: float = 1.0) -> Cells:
    """Numbers by tier x factor per resident and year; no cell where nobody lives."""
    years = window.resident_years
    return counted(window, numbers, factor / years) if years else rows([])


def visits_per_year(window: Window) -> Cells:
    """Visits per resident and year.

    Residents' visits / residents x 365 / days.
    """
    return yearly(window, window.at_tiers("residents"))


def admissions_per_year(window: Window) -> Cells:
    """Admissions per 1,000 residents and year.

    Residents' stays that got a bed / residents x 365 / days; a stay below after stepping down is
    an admission of its own, as in the statistics.
    """
    return yearly(window, window.stays_at("admitted"), PER_THOUSAND)


def occupancy(window: Window) -> Cells:
    """Bed occupancy.

    Occupied bed time / open bed time within the window; stays begun before it or not yet over
    count with the part that lies within. Open beds follow the scenario's dates.
    """
    stays = window.cells.stays
    occupied, occupants = (stays[:, STAY_ITEMS.index(i)] for i in ("occupied", "occupants"))
    return pooled(window, occupied / DAY, window.held("beds"), occupants)


def length_of_stay(window: Window) -> Cells:
    """Mean length of stay.

    Bed-days of those discharged (or sent down) within the window / their number.
    """
    return averaged(window, window.stays_at("bed_time"), window.stays_at("discharged"), DAY)


def physician_load(window: Window) -> Cells:
    """Visits per physician and working day.

    Visits x 365 / 251 / physician-days of all licensed physicians (not only those on duty).
    """
    n = window.at_facilities("visits")
    return pooled(window, n * (DAYS_PER_YEAR / WORKING_DAYS), window.held("physicians"), n)


def travel_per_visit(window: Window) -> Cells:
    """Mean travel to a visit, one way.

    Residents' minutes of travel / residents' visits.
    """
    travel, visits = window.at_tiers("travel"), window.at_tiers("residents")
    return averaged(window, travel, visits, TICKS_PER_MINUTE)


def travel_per_episode(window: Window) -> Cells:
    """Mean travel over an episode, one way each time.

    Residents' minutes of travel / their first contacts, both within the window: in a steady state
    later contacts of earlier episodes make up for those that come after the end.
    """
    travel, episodes = window.at_tiers("travel").sum(), window.at_tiers("first").sum()
    return rows((ALL, ALL, *cell) for cell in ratio(travel, episodes, TICKS_PER_MINUTE))


def pocket_per_visit(window: Window) -> Cells:
    """Mean paid by the patient for a visit.

    Out-of-pocket yuan of residents' visits / visits.
    """
    paid, visits = window.at_tiers("pocket"), window.at_tiers("residents")
    return averaged(window, paid, visits, FEN_PER_YUAN)


def pocket_per_stay(window: Window) -> Cells:
    """Mean paid by the patient for a stay.

    Out-of-pocket yuan of residents' stays that got a bed / such stays.
    """
    return averaged(window, window.stays_at("pocket"), window.stays_at("admitted"), FEN_PER_YUAN)


def remote_per_year(window: Window) -> Cells:
    """Remote consultations per 1,000 residents and year.

    Residents' requests by the tier that asks / residents x 365 / days.
    """
    return yearly(window, window.remote_from("residents"), PER_THOUSAND)


def remote_wait(window: Window) -> Cells:
    """Time from a remote request to its answer.

    end - requested of answered consultations; the others are in `remote_pending`. Quantiles within
    1/64.
    """
    sums = window.remote_from("reply_wait")
    return spread(window, window.cells.replies, sums, MINUTES_PER_HOUR).table()


def remote_pending(window: Window) -> Cells:
    """Remote consultations without an answer when the run ends.

    Number of requests within the window with neither end nor outcome.
    """
    return counted(window, window.remote_from("pending"))


def within_county(window: Window) -> Cells:
    """Share of residents' visits and stays at facilities of their own county.

    Groups: visits, admissions, and both together (all). Residents, not the insured, count.
    """
    visits = [window.at_tiers(item).sum() for item in ("local", "residents")]
    stays = [window.stays_at(item).sum() for item in ("local", "admitted")]
    parts = {"visits": visits, "admissions": stays, ALL: np.add(visits, stays)}
    return rows((ALL, g, *cell) for g, part in parts.items() for cell in ratio(*part))
