"""Which of many differences remain when it counts how many were looked at?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.frames import CONFIDENCE, library
from sim.analysis.pairs import p_values


def holm(
    differences: pd.DataFrame, family: Sequence[str] = (), error: float = 1 - CONFIDENCE
) -> pd.DataFrame:
    """Differences with p adjusted by Holm (1979) and intervals that hold together.

    differences: a table of paired differences (difference, low, high, replications). family: the
    columns whose values name a family, to be declared before looking; all rows are one if not
    given. Adds p, tests (rows of the family with a p), p_adjusted, differs (p_adjusted <= error),
    low_all and high_all: t intervals that cover all of the family at once with probability
    1 - error at least (Bonferroni). The probability of one false `differs` in a family is at most
    `error`, however the rows depend on each other.
    """
    table = differences.assign(p=p_values(differences))
    names = list(family)
    groups = [table] if not names else [rows for _, rows in table.groupby(names, sort=False)]
    found = pd.concat([_adjusted(rows, error) for rows in groups])
    return found.loc[table.index]


def _adjusted(rows: pd.DataFrame, error: float) -> pd.DataFrame:
    known = rows["p"].notna().to_numpy()
    adjusted, number = np.full(len(rows), np.nan), int(known.sum())
    if number:
        tests = library("statsmodels.stats.multitest", "statsmodels")
        adjusted[known] = tests.multipletests(rows["p"].to_numpy()[known], error, "holm")[1]
    half = _wider(rows, error / max(number, 1))
    return rows.assign(
        tests=number, p_adjusted=adjusted, differs=adjusted <= error,
        low_all=rows["difference"] - half, high_all=rows["difference"] + half,
    )  # fmt: skip


def _wider(rows: pd.DataFrame, error: float) -> np.ndarray:
    """Half-widths at another error than that of the table."""
    freedom = np.maximum(rows["replications"].to_numpy() - 1, 1)
    own, wanted = (stats.t.ppf(1 - e / 2, freedom) for e in (1 - CONFIDENCE, error))
    return (rows["high"] - rows["difference"]).to_numpy() * wanted / own
