"""How did it go, day by day? The series of a run, the warm-up included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sim.arithmetic import TICKS_PER_MINUTE
from sim.measures.cells import ALL
from sim.measures.window import Counted
from sim.tally import DAILY_ITEMS, MIDNIGHT_ITEMS

SERIES_COLUMNS = ["day", "date", "measure", "tier", "value"]
COUNTS = {
    "visits": "arrived", "referred": "referred", "left_unseen": "left", "admissions": "admissions",
}  # fmt: skip
MIDNIGHTS = ("in_bed", "awaiting_bed", "queued")

Row = tuple[int, str, str, float]


def day_series(run: Counted) -> pd.DataFrame:
    """Per day and tier: visits and their mean wait, referrals, admissions, remote, midnight state.

    A visit belongs to the day it arrived; what did not happen on a day has no row. State in
    `in_bed`, `awaiting_bed`, `queued` is that of the midnight at which the named day begins.
    """
    rows = [*_counts(run), *_waits(run), *_remote(run), *_midnights(run)]
    series = pd.DataFrame(rows, columns=["day", "measure", "tier", "value"])
    first = run.timeline[0][1].clock.first_day
    dates = {day: date.fromordinal(first + day).isoformat() for day in series["day"].unique()}
    words_of = dict.fromkeys(("date", "measure", "tier"), str)
    return series.assign(date=series["day"].map(dates))[SERIES_COLUMNS].astype(words_of)


def _daily(run: Counted, item: str) -> np.ndarray:
    return _by_tier(run, run.events.tally.cells.daily[..., DAILY_ITEMS.index(item)])


def _by_tier(run: Counted, of_groups: np.ndarray) -> np.ndarray:
    """Numbers by day and group (county x tier) summed by day and tier, all tiers last."""
    tiers = len(run.timeline[0][1].names.tiers)
    found = np.zeros((len(of_groups), tiers + 1), dtype=np.int64)
    at: Any = (slice(None), run.events.tally.groups[:, 1])
    np.add.at(found, at, of_groups)
    found[:, -1] = of_groups.sum(axis=1)
    return found


def _rows(run: Counted, measure: str, value: np.ndarray, kept: np.ndarray) -> Iterator[Row]:
    names = (*run.timeline[0][1].names.tiers, ALL)
    for day, tier in np.argwhere(kept).tolist():
        yield day, measure, names[tier], float(value[day, tier])


def _counts(run: Counted) -> Iterator[Row]:
    for measure, item in COUNTS.items():
        number = _daily(run, item)
        yield from _rows(run, measure, number, number > 0)


def _waits(run: Counted) -> Iterator[Row]:
    seen, waited = _daily(run, "seen"), _daily(run, "wait")
    mean = waited / TICKS_PER_MINUTE / np.maximum(seen, 1)
    yield from _rows(run, "wait_mean", mean, seen > 0)


def _remote(run: Counted) -> Iterator[Row]:
    asked = _by_tier(run, run.events.tally.cells.asked)
    yield from _rows(run, "remote", asked, asked > 0)


def _midnights(run: Counted) -> Iterator[Row]:
    there = np.append(np.unique(run.events.tally.groups[:, 1]), -1)
    for measure in MIDNIGHTS:
        cells = run.events.tally.cells.midnights[..., MIDNIGHT_ITEMS.index(measure)]
        state = _by_tier(run, cells)
        kept = np.zeros(state.shape, dtype=bool)
        kept[:, there] = True
        for day, name, tier, value in _rows(run, measure, state, kept):
            yield day + 1, name, tier, value
