"""How long do people wait: for the doctor, a number, a test, a bed?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.arithmetic import MINUTES_PER_DAY
from sim.measures.cells import BY_TIER, EVERYWHERE, Cells, Cut, averaged, counted, spread
from sim.measures.window import Window

MINUTES_PER_HOUR = 60
WAIT_CUTS: tuple[Cut, ...] = (EVERYWHERE, BY_TIER, ("tier", "specialty"), ("tier", "class"))


def wait(window: Window) -> Cells:
    """Wait for the doctor of those seen, after arrival and opening.

    start - ready of visits with a first consultation. Who was not seen is in `wait_left`,
    `waiting_at_end` and `wait_so_far`. By tier, and tier x specialty, tier x class.
    """
    return spread(window.visits, window.visits["wait"], *WAIT_CUTS)


def unseen(window: Window) -> pd.DataFrame:
    """Visits still without a doctor when the run ends."""
    visits = window.visits
    return visits[visits["start"].isna() & visits["outcome"].isna()]


def waiting_at_end(window: Window) -> Cells:
    """People still waiting for the doctor when the run ends.

    Number of visits that have arrived and have neither start nor outcome.
    """
    return counted(window, unseen(window))


def unfinished_at_end(window: Window) -> Cells:
    """People seen but not finished when the run ends.

    Number of visits with a start but no outcome: with the doctor, at a test, or waiting to return
    with results.
    """
    visits = window.visits
    return counted(window, visits[visits["start"].notna() & visits["outcome"].isna()])


def wait_so_far(window: Window) -> Cells:
    """Mean wait so far of those still waiting when the run ends.

    end of the run - ready, 0 where the department has not opened yet.
    """
    waiting = unseen(window)
    return averaged(waiting, (window.end - waiting["ready"]).fillna(0.0), EVERYWHERE, BY_TIER)


def wait_left(window: Window) -> Cells:
    """Mean time after which people left without being seen.

    end - ready of visits with outcome left, 0 before opening.
    """
    gone = window.visits[window.visits["outcome"] == "left"]
    waited = (gone["end"] - gone["ready"]).clip(lower=0.0).fillna(0.0)
    return averaged(gone, waited, EVERYWHERE, BY_TIER)


def wait_days(window: Window) -> Cells:
    """Days from asking for a number to the visit.

    Calendar days between residents' request and arrival, at departments that give out numbers on
    day 0; outside patients arrive without asking.
    """
    quota = np.asarray(window.world.departments.quota_minutes) > 0
    booked = window.residents[quota[window.residents["department"].cat.codes]]
    days = booked["arrival"] // MINUTES_PER_DAY - booked["requested"] // MINUTES_PER_DAY
    return spread(booked, days, EVERYWHERE, BY_TIER, ("tier", "specialty"))


def test_wait(window: Window) -> Cells:
    """Wait for a test of those tested.

    From reaching the test to its start.
    """
    return spread(window.visits, window.visits["test_wait"], EVERYWHERE, BY_TIER)


def bed_wait(window: Window) -> Cells:
    """Wait for a bed of those who got one.

    start - requested of stays; others are in `awaiting_bed_at_end` and `bed_left`.
    """
    return spread(window.stays, window.stays["wait"] / MINUTES_PER_HOUR, EVERYWHERE, BY_TIER)


def awaiting_bed_at_end(window: Window) -> Cells:
    """People still waiting for a bed when the run ends.

    Number of stays with neither start nor outcome.
    """
    stays = window.stays
    return counted(window, stays[stays["start"].isna() & stays["outcome"].isna()])


def bed_left(window: Window) -> Cells:
    """Share of requests for a bed that were given up while waiting.

    Stays with outcome left_waiting / stays requested.
    """
    return averaged(window.stays, window.stays["outcome"] == "left_waiting", EVERYWHERE, BY_TIER)
