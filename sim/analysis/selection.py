"""Which alternative is best, how sure is that, and where do further replications matter?

All procedures take differences within replications and bound by Bonferroni, so they hold under
common luck, whatever the variances and correlations (Nelson and Matejcik 1995; Clark and Yang
1986).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.frames import (
    CONFIDENCE,
    REPLICATION,
    each_cell,
    labelled,
    of_scenario,
    option,
    spread,
    stacked,
    wide,
    with_keys,
)

FEWEST = 2


def ranking(
    runs: pd.DataFrame, least: bool = True, within: float = 0.0, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Alternatives from best to worst, with what each lies behind the best of the others.

    least: whether less is better. Columns: cell, alternative (point or arm), keys, mean, rank,
    behind (behind the best other, negative: ahead of it) with intervals low, high that hold for all
    alternatives at once, in_race (may be best: low <= within), correct (estimated probability that
    the first is best or within `within` of it: one minus the sum of the tails of t; of the first
    row only), replications. `correct` is computed after looking; for a promise made before, see
    `needed` and `selected`.
    """
    rows = of_scenario(runs)
    tables = [labelled(cell, _ranked(wide(part), least, within, confidence).reset_index())
              for cell, part in each_cell(rows)]  # fmt: skip
    return with_keys(stacked(tables), rows)


def _ranked(values: pd.DataFrame, least: bool, within: float, confidence: float) -> pd.DataFrame:
    _enough(values)
    count, options = len(values), values.shape[1]
    apart, error = spread(values if least else -values)
    pairs = options * (options - 1) / 2
    half = stats.t.ppf(1 - (1 - confidence) / (2 * pairs), count - 1) * error
    best = int(np.argmin(apart[:, 0]))
    table = pd.DataFrame({"mean": values.mean()}, index=values.columns)
    for name, ends in (("behind", apart), ("low", apart - half), ("high", apart + half)):
        table[name] = np.where(np.eye(options, dtype=bool), -np.inf, ends).max(axis=1)
    table["in_race"] = table["low"] <= within
    table["correct"] = np.where(np.arange(options) == best,
                                _correct(apart[:, best], error[:, best], best, within, count),
                                np.nan)  # fmt: skip
    table.insert(1, "rank", stats.rankdata(apart[:, 0], method="ordinal"))
    return table.assign(replications=count).sort_values("rank")


def _correct(apart: np.ndarray, error: np.ndarray, best: int, within: float, count: int) -> float:
    """One minus the sum over rivals of the probability to be better by more than `within`."""
    others = np.arange(len(apart)) != best
    gap, size = apart[others] + within, error[others]
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = stats.t.sf(gap / size, count - 1)
    sure = np.where(gap >= 0, 0.0, 1.0)
    return float(max(0.0, 1 - np.where(size > 0, tail, sure).sum()))


def needed(pilot: pd.DataFrame, within: float, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Replications after which the best is chosen rightly with a probability stated beforehand.

    pilot: the first replications of every alternative, ten or more. With N of them under common
    luck the alternative with the best mean is, with probability `confidence` at least, the best or
    within `within` of it: N = (t(1 - (1 - confidence) / (k - 1), n - 1) s / within)^2, s the
    largest deviation of a difference, k alternatives (Clark and Yang 1986; values normal).
    Columns: cell, alternatives, pilot, within, confidence, replications.
    """
    if within <= 0:
        raise ValueError(f"within > 0 expected, the smallest difference that matters, not {within}")
    tables = [labelled(cell, _needed(wide(part), within, confidence))
              for cell, part in each_cell(of_scenario(pilot))]  # fmt: skip
    return stacked(tables)


def _needed(values: pd.DataFrame, within: float, confidence: float) -> pd.DataFrame:
    _enough(values)
    count, options = len(values), values.shape[1]
    largest = spread(values)[1].max() * np.sqrt(count)
    t = stats.t.ppf(1 - (1 - confidence) / (options - 1), count - 1)
    number = max(count, int(np.ceil((t * largest / within) ** 2)))
    row = {"alternatives": options, "pilot": count, "within": within, "confidence": confidence}
    return pd.DataFrame([{**row, "replications": number}])


def selected(
    runs: pd.DataFrame,
    pilot: int,
    within: float,
    least: bool = True,
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """The best alternative of each cell, with the probability that was promised for it.

    pilot: how many of the first replications had fixed the number (see `needed`). Columns: cell,
    alternative, keys, mean, needed, replications, stated: the confidence if there are as many
    replications as needed, else missing.
    """
    rows = of_scenario(runs)
    tables = []
    for cell, part in each_cell(rows):
        values = wide(part)
        asked = int(_needed(values.iloc[:pilot], within, confidence)["replications"].iloc[0])
        mean = values.mean()
        best: Any = mean.idxmin() if least else mean.idxmax()
        stated = confidence if len(values) >= asked else np.nan
        row = {option(part): best, "mean": mean[best], "needed": asked,
               "replications": len(values), "stated": stated}  # fmt: skip
        tables.append(labelled(cell, pd.DataFrame([row])))
    return with_keys(stacked(tables), rows)


def allotment(runs: pd.DataFrame, total: int, least: bool = True) -> pd.DataFrame:
    """How to allot replications to alternatives so that the choice of the best gets surest.

    Optimal computing budget allocation (Chen et al. 2000): N_i / N_j = (s_i d_j / (s_j d_i))^2
    among those behind the best by d, and N_best = s_best sqrt(sum N_i^2 / s_i^2). Columns: cell,
    alternative, keys, mean, sd, replications (of `total`, those played included, none less than it
    has). Luck of one alternative; where pairs share luck, a close rival needs the best beside it.
    """
    rows = of_scenario(runs)
    tables = [labelled(cell, _allotted(part, total, least)) for cell, part in each_cell(rows)]
    return with_keys(stacked(tables), rows)


def _allotted(rows: pd.DataFrame, total: int, least: bool) -> pd.DataFrame:
    by = rows.dropna(subset=["value"]).groupby(option(rows))["value"]
    table = pd.DataFrame({"mean": by.mean(), "sd": by.std(ddof=1)})
    if (by.size() < FEWEST).any() or len(table) < FEWEST:
        raise ValueError("two alternatives with two replications each are needed")
    mean = table["mean"].to_numpy() * (1 if least else -1)
    weights = ocba(mean, table["sd"].to_numpy())
    table["replications"] = shared(weights, by.size().to_numpy(), total)
    return table.reset_index()


def ocba(mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Shares of the replications by alternative, the least mean being best."""
    best = int(np.argmin(mean))
    others = np.arange(len(mean)) != best
    behind = mean - mean[best]
    floor = max(behind.max(), 1.0) * 1e-9  # a tie asks for nearly everything
    deviation = np.maximum(deviation, floor)
    weights = (deviation / np.maximum(behind, floor)) ** 2
    own = weights[others] ** 2 / deviation[others] ** 2
    weights[best] = deviation[best] * np.sqrt(own.sum())
    return np.asarray(weights / weights.sum())


def shared(weights: np.ndarray, played: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers that add up to the total, near the weights, none below what is played."""
    given = played.astype(int).copy()
    for _ in range(total - int(given.sum())):
        with np.errstate(divide="ignore"):
            given[int(np.argmax(weights / np.maximum(given, 1)))] += 1
    return given


def _enough(values: pd.DataFrame) -> None:
    if len(values) < FEWEST or values.shape[1] < FEWEST:
        have = f"{values.shape[1]} with {len(values)}"
        raise ValueError(f"two alternatives with two {REPLICATION}s in common expected, not {have}")
