"""How long do people wait: for the doctor, a number, a test, a bed?"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import TICKS_PER_MINUTE
from sim.measures.cells import Waits, spread
from sim.measures.histogram import whole
from sim.measures.sums import Ratio, Sums

MINUTES_PER_HOUR = 60


def counted(number: np.ndarray, factor: float = 1.0) -> Ratio:
    """Numbers x factor, zeros included."""
    return Ratio(number * factor, np.int64(1), number)


def wait(of: Sums) -> Waits:
    """Wait for the doctor of those seen, after arrival and opening.

    start - ready of visits with a first consultation. Who was not seen is in `wait_left`,
    `waiting_at_end` and `wait_so_far`. Quantiles are those of a histogram (see `histogram`): within
    1/64, by county, month and week within a 256th of a minute too.
    """
    return spread(of, "waits", of.visits("wait"), of.visits("seen"))


def waiting_at_end(of: Sums) -> Ratio:
    """People still waiting for the doctor when the run ends.

    Number of visits that have arrived and have neither start nor outcome.
    """
    return counted(of.visits("waiting"))


def unfinished_at_end(of: Sums) -> Ratio:
    """People seen but not finished when the run ends.

    Number of visits with a start but no outcome: with the doctor, at a test, or waiting to return
    with results.
    """
    return counted(of.visits("unfinished"))


def wait_so_far(of: Sums) -> Ratio:
    """Mean wait so far of those still waiting when the run ends.

    end of the run - ready, 0 where the department has not opened yet.
    """
    return Ratio(of.visits("waited"), of.visits("waiting"), unit=TICKS_PER_MINUTE)


def wait_left(of: Sums) -> Ratio:
    """Mean time after which people left without being seen.

    end - ready of visits with outcome left, 0 before opening.
    """
    return Ratio(of.visits("left_wait"), of.visits("left"), unit=TICKS_PER_MINUTE)


def wait_days(of: Sums) -> Waits:
    """Days from asking for a number to the visit.

    Calendar days between residents' request and arrival, at departments that give out numbers on
    day 0; outside patients arrive without asking. Exact.
    """
    histogram, _ = of.histogram("days")
    if histogram is None:
        return Waits(of.people("ahead"), of.people("booked"), None, whole)
    days = histogram @ np.arange(histogram.shape[-1])
    return Waits(days, histogram.sum(axis=-1), histogram, whole)


def test_wait(of: Sums) -> Waits:
    """Wait for a test of those tested.

    From reaching the test to its start. Quantiles within 1/64.
    """
    return spread(of, "tests", of.visits("test_wait"), of.visits("tests"))


def bed_wait(of: Sums) -> Waits:
    """Wait for a bed of those who got one.

    start - requested of stays; others are in `awaiting_bed_at_end` and `bed_left`. Quantiles
    within 1/64.
    """
    sums, number = of.stays("bed_wait"), of.stays("started")
    return spread(of, "beds", sums, number, MINUTES_PER_HOUR)


def awaiting_bed_at_end(of: Sums) -> Ratio:
    """People still waiting for a bed when the run ends.

    Number of stays with neither start nor outcome.
    """
    return counted(of.stays("awaiting"))


def bed_left(of: Sums) -> Ratio:
    """Share of requests for a bed that were given up while waiting.

    Stays with outcome left_waiting / stays requested.
    """
    return Ratio(of.stays("left_waiting"), of.stays("requested"))


def remote_wait(of: Sums) -> Waits:
    """Time from a remote request to its answer.

    end - requested of answered consultations; the others are in `remote_pending`. Quantiles within
    1/64.
    """
    sums, number = of.remote("reply_wait"), of.remote("answered")
    return spread(of, "replies", sums, number, MINUTES_PER_HOUR)


def remote_pending(of: Sums) -> Ratio:
    """Remote consultations without an answer when the run ends.

    Number of requests within the window with neither end nor outcome; by week: of the request.
    """
    return counted(of.remote("pending"))
