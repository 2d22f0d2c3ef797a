"""How long do people wait: for the doctor, a number, a test, a bed?"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import TICKS_PER_MINUTE
from sim.measures.cells import ALL, Cells, Spread, averaged, counted, mean, spread
from sim.measures.histogram import whole
from sim.measures.window import Window
from sim.tally import VISIT_ITEMS
from sim.world import CLASSES

MINUTES_PER_HOUR = 60


def wait(window: Window) -> Cells:
    """Wait for the doctor of those seen, after arrival and opening.

    start - ready of visits with a first consultation. Who was not seen is in `wait_left`,
    `waiting_at_end` and `wait_so_far`. By tier, and tier x specialty, tier x class. Quantiles are
    those of a histogram (see `histogram`): within 1/64.
    """
    bins, names = window.cells.waits, window.world.names
    sums = window.totals[..., VISIT_ITEMS.index("wait")]
    found = spread(window, bins.sum(axis=(1, 2)), sums.sum(axis=(1, 2)))
    for groups, other in ((names.specialties, 2), (CLASSES, 1)):
        _by_group(found, names.tiers, groups, bins.sum(axis=other), sums.sum(axis=other))
    return found.table()


def _by_group(found: Spread, tiers: tuple[str, ...], groups: tuple[str, ...],
              bins: np.ndarray, sums: np.ndarray) -> None:
    for (t, tier), (g, group) in ((a, b) for a in enumerate(tiers) for b in enumerate(groups)):
        found.add(tier, group, bins[t, g], mean(sums[t, g], bins[t, g].sum()))


def waiting_at_end(window: Window) -> Cells:
    """People still waiting for the doctor when the run ends.

    Number of visits that have arrived and have neither start nor outcome.
    """
    return counted(window, window.at_tiers("waiting"))


def unfinished_at_end(window: Window) -> Cells:
    """People seen but not finished when the run ends.

    Number of visits with a start but no outcome: with the doctor, at a test, or waiting to return
    with results.
    """
    return counted(window, window.at_tiers("unfinished"))


def wait_so_far(window: Window) -> Cells:
    """Mean wait so far of those still waiting when the run ends.

    end of the run - ready, 0 where the department has not opened yet.
    """
    waited, waiting = window.at_tiers("waited"), window.at_tiers("waiting")
    return averaged(window, waited, waiting, TICKS_PER_MINUTE)


def wait_left(window: Window) -> Cells:
    """Mean time after which people left without being seen.

    end - ready of visits with outcome left, 0 before opening.
    """
    return averaged(window, window.at_tiers("left_wait"), window.at_tiers("left"), TICKS_PER_MINUTE)


def wait_days(window: Window) -> Cells:
    """Days from asking for a number to the visit.

    Calendar days between residents' request and arrival, at departments that give out numbers on
    day 0; outside patients arrive without asking. Exact.
    """
    days, names = window.cells.days, window.world.names
    found = Spread(bounds=whole)
    _add_days(found, ALL, ALL, days.sum(axis=(0, 1)))
    for tier, here in zip(names.tiers, days, strict=True):
        _add_days(found, tier, ALL, here.sum(axis=0))
    for tier, here in zip(names.tiers, days, strict=True):
        for specialty, counts in zip(names.specialties, here, strict=True):
            _add_days(found, tier, specialty, counts)
    return found.table()


def _add_days(found: Spread, tier: str, group: str, counts: np.ndarray) -> None:
    total = float(counts @ np.arange(len(counts)))
    found.add(tier, group, counts, total / max(float(counts.sum()), 1.0))


def test_wait(window: Window) -> Cells:
    """Wait for a test of those tested.

    From reaching the test to its start. Quantiles within 1/64.
    """
    return spread(window, window.cells.tests, window.at_tiers("test_wait")).table()


def bed_wait(window: Window) -> Cells:
    """Wait for a bed of those who got one.

    start - requested of stays; others are in `awaiting_bed_at_end` and `bed_left`. Quantiles
    within 1/64.
    """
    sums = window.stays_at("bed_wait")
    return spread(window, window.cells.beds, sums, MINUTES_PER_HOUR).table()


def awaiting_bed_at_end(window: Window) -> Cells:
    """People still waiting for a bed when the run ends.

    Number of stays with neither start nor outcome.
    """
    return counted(window, window.stays_at("awaiting"))


def bed_left(window: Window) -> Cells:
    """Share of requests for a bed that were given up while waiting.

    Stays with outcome left_waiting / stays requested.
    """
    return averaged(window, window.stays_at("left_waiting"), window.stays_at("requested"))
