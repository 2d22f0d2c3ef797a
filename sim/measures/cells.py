"""How values fall into cells: tier, group, value, n.

n is the number of visits, stays, consultations or episodes that a value rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.measures.window import Window

ALL = "all"
PENDING = "pending"
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
SPREAD = ("mean", *QUANTILES)

Cells = pd.DataFrame
Cut = tuple[str | None, str | None]  # columns for tier and group, None: all
EVERYWHERE: Cut = (None, None)
BY_TIER: Cut = ("tier", None)


def averaged(frame: pd.DataFrame, values: Any, *cuts: Cut) -> Cells:
    """Means of values over the rows of a frame (shares where they are true or false), by cut."""
    numbers = pd.Series(np.asarray(values, dtype=float), index=frame.index)
    means = [_cut(frame, numbers, cut, lambda by: by.agg(value="mean", n="count")) for cut in cuts]
    return pd.concat(means, ignore_index=True)


def spread(frame: pd.DataFrame, values: pd.Series, *cuts: Cut) -> Cells:
    """Mean and quantiles (linear between order statistics) of values, by cut."""
    cells = [_cut(frame, values.astype(float), cut, _statistics) for cut in cuts]
    return pd.concat(cells, ignore_index=True)


def _statistics(by: Any) -> pd.DataFrame:
    n = by.count()
    values = {"mean": by.mean()} | {name: by.quantile(q) for name, q in QUANTILES.items()}
    return pd.concat([pd.DataFrame({"value": v, "n": n}).assign(statistic=s)
                      for s, v in values.items()])


def _cut(frame: pd.DataFrame, values: pd.Series, cut: Cut, summary: Callable) -> Cells:
    keys = [frame[key] for key in cut if key] or [pd.Series(0, index=frame.index)]
    cells = summary(values.groupby(keys, observed=True)).reset_index()
    tier, group = (cells[key].astype(str) if key else ALL for key in cut)
    cells = cells.assign(tier=tier, group=group)
    wanted = [c for c in ("statistic", "tier", "group", "value", "n") if c in cells]
    return cells.loc[cells["n"] > 0, wanted]


def rows(cells: Sequence[tuple[str, str, float, int]]) -> Cells:
    """Cells from (tier, group, value, n)."""
    return pd.DataFrame(cells, columns=["tier", "group", "value", "n"])


def tiers(window: Window) -> list[str]:
    """Names of the tiers that have a facility."""
    names = window.world.names.tiers
    return [names[i] for i in np.unique(window.world.facilities.tier)]


def counted(window: Window, frame: pd.DataFrame, factor: float = 1.0) -> Cells:
    """Numbers of rows x factor, over all and for every tier that exists, zeros included."""
    n = frame["tier"].value_counts()
    everywhere = [(ALL, ALL, len(frame) * factor, len(frame))]
    each = [(t, ALL, int(n.get(t, 0)) * factor, int(n.get(t, 0))) for t in tiers(window)]
    return rows(everywhere + each)


def pooled(window: Window, above: np.ndarray, below: np.ndarray, n: np.ndarray) -> Cells:
    """Sums above / sums below of facilities' totals, over all and by tier."""
    names, at = np.array(window.world.names.tiers), window.world.facilities.tier
    parts = [(ALL, np.ones(len(at), dtype=bool))] + [(t, names[at] == t) for t in tiers(window)]
    return rows([
        (t, ALL, above[of].sum() / below[of].sum(), int(n[of].sum()))
        for t, of in parts if below[of].sum() > 0
    ])


def facility_sum(window: Window, frame: pd.DataFrame, weights: Any = None) -> np.ndarray:
    """Rows (or weights) of a frame summed by facility."""
    count = len(window.world.facilities.tier)
    return np.bincount(frame["facility"].cat.codes, weights=weights, minlength=count)


def paired(window: Window, origin: pd.DataFrame, target: Any, base: pd.Series) -> Cells:
    """Shares of each tier's base that go on to each tier: 'a>b'; a target without word: pending.

    Zeros are given for every tier at or above the origin.
    """
    names = tiers(window)
    target = pd.Series(target, dtype=object).fillna(PENDING).to_numpy()
    n = Counter(zip(origin["tier"].astype(str), target, strict=True))
    return rows([
        (a, f"{a}>{b}", n[a, b] / base[a], int(base[a]))
        for i, a in enumerate(names) for j, b in enumerate([*names, PENDING])
        if base.get(a, 0) > 0 and (j >= i or n[a, b] > 0)
    ])
