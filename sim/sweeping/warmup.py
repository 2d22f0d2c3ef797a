"""When has a world settled? MSER-5 on its daily series, before any policy starts.

Judged is the world without policies, the same for both arms, from day 0 over as many days as the
scenario plays, on the mean of a few replications. The warm-up is the longest that any series asks
for, in whole weeks, since weekdays differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

BATCH = 5  # days, the 5 of MSER-5 (White 1997)
LEFT = 5  # batches that always stay: fewer may look alike by chance (Spratt 1998)
WEEK = 7
JUDGES = 5  # replications whose mean is judged
FEWEST_DAYS = 2 * BATCH * LEFT
SETTLES = ("visits", "wait_mean", "in_bed")
COLUMNS = ["point", "measure", "tier", "settled", "late", "warmup"]


class Settled(NamedTuple):
    """From which day on a series has settled, and whether that lies in its second half."""

    day: int
    late: bool


def mser5(series: np.ndarray) -> Settled:
    """The truncation point of MSER-5: d that minimises SSE(d) / (n - d)^2 over batch means.

    series: one value a day. n batches of five days; SSE(d) = squared deviations of batches d, ...,
    n - 1 from their mean; d <= n - 5. Late: d in the second half, so the series is too short to
    trust. Raises ValueError below ten batches.
    """
    n = len(series) // BATCH
    if len(series) < FEWEST_DAYS:
        raise ValueError(f"{len(series)} days, MSER-5 needs {FEWEST_DAYS}")
    batches = np.asarray(series[: n * BATCH], dtype=float).reshape(n, BATCH).mean(axis=1)
    errors = [float(batches[d:].var()) / (n - d) for d in range(n - LEFT + 1)]
    day = BATCH * int(np.argmin(errors))
    return Settled(day, 2 * day >= n * BATCH)


def without_weekdays(series: np.ndarray) -> np.ndarray:
    """The series less what each weekday adds, as its last half (in whole weeks) tells."""
    weeks = len(series) // 2 // WEEK
    if not weeks:
        return series
    last = series[-weeks * WEEK :].reshape(weeks, WEEK).mean(axis=0)
    first = (len(series) - weeks * WEEK) % WEEK
    return np.asarray(series - np.roll(last - last.mean(), first)[np.arange(len(series)) % WEEK])


def judged(runs: Sequence[pd.DataFrame], days: int) -> pd.DataFrame:
    """Measure, tier, settled and late of every series that settles, of the mean of runs.

    runs: series of each (day, measure, tier, value); what has no row on a day is 0.
    """
    every = pd.concat(runs, ignore_index=True)
    every = every[every["measure"].isin(SETTLES) & (every["day"] < days)]
    rows = []
    for (measure, tier), part in every.groupby(["measure", "tier"], sort=False):
        mean = np.bincount(part["day"], part["value"], days) / len(runs)
        rows.append((measure, tier, *mser5(without_weekdays(mean))))
    return pd.DataFrame(rows, columns=COLUMNS[1:5])


def longest(found: pd.DataFrame) -> int:
    """Days until all have settled, up to the end of that week."""
    return -(-int(found["settled"].max() if len(found) else 0) // WEEK) * WEEK


def warnings(found: pd.DataFrame, titles: Mapping[int, str]) -> list[str]:
    """What must be said of warm-ups found in the second half of what was played."""
    said = []
    for point, rows in found[found["late"]].groupby("point", sort=False):
        series = ", ".join(f"{row.measure} ({row.tier})" for row in rows.itertuples())
        said.append(f"{titles[int(str(point))]}: {series} settled in the second half only; "
                    "more days are needed to trust this warm-up")  # fmt: skip
    return said
