"""What does a run in ten exceed?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.frames import (
    ARM,
    CONFIDENCE,
    POINT,
    REPLICATION,
    VALUE,
    cell,
    labelled,
    stacked,
    with_keys,
)

SHARES = (0.1, 0.5, 0.9)


def quantiles(
    runs: pd.DataFrame, shares: Sequence[float] = SHARES, by: Sequence[str] | None = None
) -> pd.DataFrame:
    """Quantiles over replications with 95 % intervals from order statistics.

    by: columns within which values are taken together; point, arm and cell if not given (drop
    point to take the quantile over uncertain assumptions). Columns: by, share, value, low, high,
    n. The interval needs no distribution: ends are observed values chosen by the binomial, so it
    covers with at least 95 %; an end that n values cannot give is missing (the median needs six,
    the ninth tenth 36). Values within a run depend on each other and must not stand here as rows.
    """
    if REPLICATION not in runs:
        raise ValueError("no frame of runs: replication missing")
    if wrong := [share for share in shares if not 0 < share < 1]:
        raise ValueError(f"shares lie between 0 and 1, not {wrong[0]}")
    own = [name for name in (POINT, ARM, *cell(runs)) if name in runs]
    names = own if by is None else list(by)
    groups = [((), runs)] if not names else runs.groupby(names, sort=False, dropna=False)
    tables = [
        labelled(dict(zip(names, labels, strict=True)), _of(rows[VALUE].dropna(), shares))
        for labels, rows in groups
    ]
    return with_keys(stacked(tables), runs)


def _of(values: pd.Series, shares: Sequence[float]) -> pd.DataFrame:
    found = [(share, *_interval(values.to_numpy(float), share), len(values)) for share in shares]
    return pd.DataFrame(found, columns=["share", "value", "low", "high", "n"])


def _interval(values: np.ndarray, share: float) -> tuple[float, float, float]:
    if not len(values):
        return np.nan, np.nan, np.nan
    ends = stats.quantile_test(values, p=share).confidence_interval(CONFIDENCE)
    middle = np.quantile(values, share, method="median_unbiased")
    return float(middle), float(ends.low), float(ends.high)
