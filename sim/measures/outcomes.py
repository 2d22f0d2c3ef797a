"""What becomes of people, what do they travel and pay, and how busy are the places?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.arithmetic import MINUTES_PER_DAY
from sim.events import CONTACT_BITS
from sim.measures.cells import (
    ALL,
    BY_TIER,
    EVERYWHERE,
    Cells,
    averaged,
    counted,
    facility_sum,
    pooled,
    rows,
    spread,
)
from sim.measures.flows import discharges
from sim.measures.window import DAYS_PER_YEAR, Window, of_residents

WORKING_DAYS = 251  # a year, as the statistics divide visits per physician (domain.md §3)
MINUTES_PER_HOUR = 60
PER_THOUSAND = 1000
SOUGHT_CARE = ("resolved", "gave_up", "no_show")


def left_unseen(window: Window) -> Cells:
    """Share of visits that left without being seen.

    Visits with outcome left / visits arrived.
    """
    return averaged(window.visits, window.visits["outcome"] == "left", EVERYWHERE, BY_TIER)


def refused(window: Window) -> Cells:
    """Share of visits refused for lack of a number or a waiting place.

    Visits with outcome refused / visits arrived.
    """
    return averaged(window.visits, window.visits["outcome"] == "refused", EVERYWHERE, BY_TIER)


def unresolved(window: Window) -> Cells:
    """Share of visits that end at home unresolved, without advice or referral.

    Visits with outcome unresolved / visits arrived.
    """
    return averaged(window.visits, window.visits["outcome"] == "unresolved", EVERYWHERE, BY_TIER)


def unresolved_episodes(window: Window) -> Cells:
    """Share of closed episodes that sought care and were not resolved.

    (gave up + no show) / (resolved + gave up + no show), from the ledger of the whole run, the
    warm-up included; open episodes are in neither.
    """
    episodes = window.run.ledger.query("ledger == 'episodes'")
    closed = float(episodes[list(SOUGHT_CARE)].to_numpy(dtype=float).sum())
    failed = closed - float(episodes["resolved"].sum())
    return rows([(ALL, ALL, failed / closed, int(closed))] if closed else [])


def repeated_tests(window: Window) -> Cells:
    """Share of tests done again although one was done elsewhere in the episode.

    Visits with a repeated test / visits with a repeated test or a recognised one.
    """
    visits = window.visits
    again = visits[visits["repeated"] | visits["recognised"]]
    return averaged(again, again["repeated"], EVERYWHERE, BY_TIER)


def needs_dropped(window: Window) -> Cells:
    """Share of needs that arise in an open episode and are dropped.

    Dropped / arisen, over the whole run.
    """
    needs = window.run.events.ledger["needs"]
    share = needs["dropped"] / needs["arisen"] if needs["arisen"] else 0.0
    return rows([(ALL, ALL, share, needs["arisen"])] if needs["arisen"] else [])


def visits_per_year(window: Window) -> Cells:
    """Visits per resident and year.

    Residents' visits / residents x 365 / days.
    """
    years = window.resident_years
    return counted(window, window.residents, 1 / years) if years else rows([])


def admissions_per_year(window: Window) -> Cells:
    """Admissions per 1,000 residents and year.

    Residents' stays that got a bed / residents x 365 / days; a stay below after stepping down is
    an admission of its own, as in the statistics.
    """
    years, stays = window.resident_years, admitted(window)
    return counted(window, stays, PER_THOUSAND / years) if years else rows([])


def admitted(window: Window) -> pd.DataFrame:
    """Residents' stays that got a bed."""
    stays = of_residents(window.stays)
    return stays[stays["start"].notna()]


def occupancy(window: Window) -> Cells:
    """Bed occupancy.

    Occupied bed time / open bed time within the window; stays begun before it or not yet over
    count with the part that lies within. Open beds follow the scenario's dates.
    """
    stays = window.run.stays
    begun = stays["start"].clip(lower=window.start)
    inside = (stays["end"].fillna(window.end).clip(upper=window.end) - begun).clip(lower=0.0)
    days = facility_sum(window, stays, inside.fillna(0.0).to_numpy() / MINUTES_PER_DAY)
    return pooled(window, days, window.held("beds"), facility_sum(window, stays[inside > 0]))


def length_of_stay(window: Window) -> Cells:
    """Mean length of stay.

    Bed-days of those discharged (or sent down) within the window / their number.
    """
    left = discharges(window)
    days = (left["end"] - left["start"]) / MINUTES_PER_DAY
    return averaged(left, days, EVERYWHERE, BY_TIER)


def physician_load(window: Window) -> Cells:
    """Visits per physician and working day.

    Visits x 365 / 251 / physician-days of all licensed physicians (not only those on duty).
    """
    n = facility_sum(window, window.visits)
    return pooled(window, n * (DAYS_PER_YEAR / WORKING_DAYS), window.held("physicians"), n)


def travel_per_visit(window: Window) -> Cells:
    """Mean travel to a visit, one way.

    Residents' minutes of travel / residents' visits.
    """
    return averaged(window.residents, window.residents["travel"], EVERYWHERE, BY_TIER)


def travel_per_episode(window: Window) -> Cells:
    """Mean travel over an episode, one way each time.

    Residents' minutes of travel / episodes with a visit within the window.
    """
    visits = window.residents
    travel = visits["travel"].groupby(visits["visit"].to_numpy() >> CONTACT_BITS).sum()
    return averaged(travel.to_frame(), travel, EVERYWHERE)


def pocket_per_visit(window: Window) -> Cells:
    """Mean paid by the patient for a visit.

    Out-of-pocket yuan of residents' visits / visits.
    """
    return averaged(window.residents, window.residents["out_of_pocket"], EVERYWHERE, BY_TIER)


def pocket_per_stay(window: Window) -> Cells:
    """Mean paid by the patient for a stay.

    Out-of-pocket yuan of residents' stays that got a bed / such stays.
    """
    stays = admitted(window)
    return averaged(stays, stays["out_of_pocket"], EVERYWHERE, BY_TIER)


def remote_per_year(window: Window) -> Cells:
    """Remote consultations per 1,000 residents and year.

    Residents' requests by the tier that asks / residents x 365 / days.
    """
    years = window.resident_years
    asked = of_residents(window.remote)
    return counted(window, asked, PER_THOUSAND / years) if years else rows([])


def remote_wait(window: Window) -> Cells:
    """Time from a remote request to its answer.

    end - requested of answered consultations; the others are in `remote_pending`.
    """
    asked = window.remote
    return spread(asked, asked["wait"] / MINUTES_PER_HOUR, EVERYWHERE, BY_TIER)


def remote_pending(window: Window) -> Cells:
    """Remote consultations without an answer when the run ends.

    Number of requests within the window with neither end nor outcome.
    """
    asked = window.remote
    return counted(window, asked[asked["end"].isna() & asked["outcome"].isna()])


def within_county(window: Window) -> Cells:
    """Share of residents' visits and stays at facilities of their own county.

    Groups: visits, admissions, and both together (all). Residents, not the insured, count.
    """
    parts = {"visits": window.residents["local"], "admissions": admitted(window)["local"]}
    parts["all"] = pd.concat(list(parts.values()))
    return rows([
        (ALL, group, float(np.mean(local.astype(float))), len(local))
        for group, local in parts.items() if len(local)
    ])
