"""How does the answer move with the dose, and how sure is that?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import interpolate, stats

from sim.analysis.frames import CONFIDENCE, each_cell, labelled, of_scenario, stacked

FEWEST_SMOOTHED = 5  # doses; fewer are joined
DRAWN = 41
CUBIC = 3

Smoother = Callable[[np.ndarray], np.ndarray]


def curve(runs: pd.DataFrame, key: str, at: Sequence[float] | None = None) -> pd.DataFrame:
    """Dose curve with 95 % bands: columns cell, key, value, low, high, low_all, high_all, played.

    Each replication gets a curve of its own through its doses, all with the same smoothing (cubic
    smoothing spline, generalised cross-validation on the means; joined where there are fewer than
    five doses), and the band is the t interval over these curves: it holds under common luck, with
    any variance at any dose. low, high hold at one dose, low_all, high_all at all doses shown at
    once (Bonferroni). at: doses shown, within those played; 41 even ones and those played if not
    given. What bends within the gap between two doses cannot be seen.
    """
    rows = of_scenario(runs)
    if key not in rows:
        raise ValueError(f"no column {key} in the runs")
    tables = [labelled(cell, _curve(part, key, at)) for cell, part in each_cell(rows)]
    return stacked(tables)


def _curve(rows: pd.DataFrame, key: str, at: Sequence[float] | None) -> pd.DataFrame:
    values = rows.pivot_table(index="replication", columns=key, values="value").dropna()
    doses, held = values.columns.to_numpy(float), values.to_numpy(float)
    if len(doses) < 2 or not len(held):
        raise ValueError(f"two doses of {key} with a replication in common are needed")
    shown = _shown(doses, at)
    smooth = _smoother(doses, held, shown)
    fitted = np.array([smooth(one) for one in held])
    mean, count = fitted.mean(0), len(fitted)
    table = pd.DataFrame({key: shown, "value": mean})
    for suffix, number in (("", 1), ("_all", len(shown))):
        half = _half(fitted, number)
        table[f"low{suffix}"], table[f"high{suffix}"] = mean - half, mean + half
    return table.assign(played=np.isin(shown, doses), replications=count)


def _shown(doses: np.ndarray, at: Sequence[float] | None) -> np.ndarray:
    if at is None:
        return np.union1d(np.linspace(doses[0], doses[-1], DRAWN), doses)
    wanted = np.asarray(at, float)
    if (wanted < doses[0]).any() or (wanted > doses[-1]).any():
        raise ValueError(f"doses lie between those played, {doses[0]:g} and {doses[-1]:g}")
    return wanted


def _half(fitted: np.ndarray, number: int) -> np.ndarray:
    """Half-widths of the intervals of `number` means at once."""
    count = len(fitted)
    if count < 2:
        return np.full(fitted.shape[1], np.nan)
    t = stats.t.ppf(1 - (1 - CONFIDENCE) / (2 * number), count - 1)
    return np.asarray(t * fitted.std(axis=0, ddof=1) / np.sqrt(count))


def _smoother(doses: np.ndarray, held: np.ndarray, shown: np.ndarray) -> Smoother:
    """What makes a curve of the values at the doses; linear in them."""
    if len(doses) < FEWEST_SMOOTHED:
        degree = min(CUBIC, len(doses) - 1)
        return lambda one: np.asarray(interpolate.make_interp_spline(doses, one, degree)(shown))
    hat = _hat(doses, _smoothing(doses, held.mean(0)), shown)
    return lambda one: np.asarray(hat @ one)


def _hat(doses: np.ndarray, lam: float, shown: np.ndarray) -> np.ndarray:
    """The matrix that takes values at the doses to the smoothing spline at those shown."""
    return np.asarray(interpolate.make_smoothing_spline(doses, np.eye(len(doses)), lam=lam)(shown))


def _smoothing(doses: np.ndarray, mean: np.ndarray) -> float:
    """The penalty with the least generalised cross-validation error of the means."""
    scale = float((doses[-1] - doses[0]) ** 3)
    penalties = scale * np.logspace(-9, 1, 31)

    def error(lam: float) -> float:
        hat = _hat(doses, lam, doses)
        freedom = 1 - np.trace(hat) / len(doses)
        return float(((mean - hat @ mean) ** 2).mean() / max(freedom, 1e-6) ** 2)

    return float(min(penalties, key=error))
