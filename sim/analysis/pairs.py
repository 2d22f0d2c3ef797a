"""What does the scenario change, pair by pair, and how much did common luck save?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.frames import (
    ARM,
    BASELINE,
    CONFIDENCE,
    POINT,
    REPLICATION,
    SCENARIO,
    VALUE,
    cell,
    with_keys,
)
from sim.experiment import paired_differences

SPARED = ["saved_low", "saved_high"]


def gains(runs: pd.DataFrame, against: int | None = None) -> pd.DataFrame:
    """Scenario minus baseline as a frame of runs again: one row a pair and cell.

    against: the point that is everybody's baseline, where a sweep has no arm of it. Pairs of which
    one half failed are left out.
    """
    arms = runs if against is None else _against(runs, against)
    names = [name for name in (POINT, REPLICATION, *cell(runs)) if name in arms]
    wanted = [name for name in (*names, "seed") if name in arms]
    first = arms.loc[arms[ARM] == BASELINE, [*names, VALUE]]
    second = arms.loc[arms[ARM] == SCENARIO, [*wanted, VALUE]]
    both = second.merge(first, on=names, suffixes=("", "_before"), sort=False)
    made = both.assign(value=both[VALUE] - both[f"{VALUE}_before"])
    whole = made.drop(columns=f"{VALUE}_before").dropna(subset=[VALUE])
    return with_keys(whole.reset_index(drop=True), runs)


def paired(runs: pd.DataFrame, against: int | None = None) -> pd.DataFrame:
    """Paired differences by point and cell, with 95 % t intervals and the variance saved.

    To the table of `sim.experiment.paired_differences` come p (t test of no difference) and
    saved_low, saved_high: the 95 % interval of the variance saved, exact for normal values whatever
    the arms' variances and correlation (Pitman 1939, Morgan 1939). against: as in `gains`.
    """
    arms = runs if against is None else _against(runs, against)
    names = [name for name in (POINT, *cell(runs)) if name in arms]
    table = paired_differences(arms, names).astype({name: arms[name].dtype for name in names})
    saved = _saved(arms, names)
    found = table.merge(saved, on=names, how="left", sort=False)
    return with_keys(found.assign(p=p_values(found)), runs)


def p_values(table: pd.DataFrame) -> np.ndarray:
    """Two-sided p of no difference, from a table with difference, high and replications."""
    freedom = np.maximum(table["replications"].to_numpy() - 1, 1)
    half = (table["high"] - table["difference"]).to_numpy()
    error = half / stats.t.ppf((1 + CONFIDENCE) / 2, freedom)
    size = np.abs(table["difference"].to_numpy())
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(size / error, freedom)
    sure = np.where(size > 0, 0.0, 1.0)
    return np.where(np.isnan(half), np.nan, np.where(error > 0, p, sure))


def _against(runs: pd.DataFrame, point: int) -> pd.DataFrame:
    """Every other point as the scenario of a comparison with one point."""
    if POINT not in runs or point not in set(runs[POINT]):
        raise ValueError(f"there is no point {point}")
    rows = runs[runs[ARM] == SCENARIO] if ARM in runs else runs
    base = rows.loc[rows[POINT] == point].drop(columns=POINT)
    others = pd.DataFrame({POINT: sorted(set(rows[POINT]) - {point})})
    scenario = rows[rows[POINT] != point].assign(arm=SCENARIO)
    return pd.concat([others.merge(base, how="cross").assign(arm=BASELINE), scenario],
                     ignore_index=True)  # fmt: skip


def _saved(arms: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Interval of 1 - Var D / (Var A + Var B) by the ratio of Var(A + B) to Var(B - A)."""
    table = arms.pivot(index=[*names, REPLICATION], columns=ARM, values=VALUE)
    pairs = table.reindex(columns=[BASELINE, SCENARIO]).astype(float).dropna()
    pairs["difference"] = pairs[SCENARIO] - pairs[BASELINE]
    by = pairs.groupby(level=names)
    var, n = by.var(ddof=1), by.size()
    low, high = pitman_morgan(var[BASELINE], var[SCENARIO], var["difference"], n)
    found = pd.DataFrame(dict(zip(SPARED, (low, high), strict=True)), index=var.index)
    return found.reset_index()


def pitman_morgan(
    first: pd.Series, second: pd.Series, difference: pd.Series, n: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % interval of the variance saved, from the variances of both arms and of D.

    With S = A + B: saved = (L - 1) / (L + 1) where L = Var S / Var D, and L is covered by
    R (K -+ sqrt(K K - 1)), K = 1 + 2 (1 - r r) t t / (n - 2), r the correlation of S and D.
    """
    total, freedom = 2 * (first + second) - difference, np.maximum(n - 2, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, squared = total / difference, (second - first) ** 2 / (total * difference)
        t = stats.t.ppf((1 + CONFIDENCE) / 2, freedom)
        k = 1 + 2 * np.maximum(1 - squared, 0) * t**2 / freedom
        root = np.sqrt(k**2 - 1)
        ends = [ratio * (k - root), ratio * (k + root)]
    known = (n > 2) & (total > 0) & (difference > 0)
    low, high = (np.where(known, (end - 1) / (end + 1), np.nan) for end in ends)
    return low, high
