"""Under which assumptions does the policy pay? PRIM boxes, with the extra `boxes`.

The extra installs ema-workbench (BSD), which installs Platypus-Opt (GPL); nothing else needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.frames import (
    POINT,
    VALUE,
    each_cell,
    keys,
    labelled,
    library,
    of_scenario,
    stacked,
)

DENSITY, PEEL, SMALLEST, MOST_BOXES = 0.8, 0.05, 0.05, 3
COLUMNS = ["box", "key", "low", "high", "p", "coverage", "density", "mass"]
EXTRA = "boxes"


def boxes(
    runs: pd.DataFrame,
    below: float | None = None,
    above: float | None = None,
    among: Sequence[str] = (),
    density: float = DENSITY,
) -> pd.DataFrame:
    """Boxes of assumptions in which the answer lies below, or above, a value (PRIM).

    runs: of a sweep over assumptions, best of `gains`; a point counts by its mean. among: the keys,
    all that vary if not given. Columns: cell, box, key, low, high, p (that the bound is chance:
    quasi-p of the binomial), coverage (share of all points that pay which the box has), density
    (share of its points that pay), mass (share of all points). Keys that a box leaves free have no
    row; no row at all where no box is as dense as asked.
    """
    if (below is None) == (above is None):
        raise ValueError("give either below or above")
    rows = of_scenario(runs)
    names = list(among) or keys(rows)
    if not names:
        raise ValueError("no key varies in these runs")
    tables = []
    for cell, part in each_cell(rows):
        by = part.groupby(POINT)
        mean = by[VALUE].mean()
        pays = mean < below if below is not None else mean > above
        tables.append(labelled(cell, _found(by[names].first(), pays, density)))
    return stacked(tables)


def _found(inputs: pd.DataFrame, pays: pd.Series, density: float) -> pd.DataFrame:
    if not pays.any():
        return pd.DataFrame(columns=COLUMNS)
    prim = library("ema_workbench.analysis.prim", "ema-workbench", EXTRA)
    held = inputs.reset_index(drop=True).astype(float)
    search = prim.Prim(held, pays.to_numpy(bool), threshold=density, peel_alpha=PEEL,
                       mass_min=SMALLEST)  # fmt: skip
    found: list[pd.DataFrame] = []
    while len(found) < MOST_BOXES:
        box = search.find_box()
        dense = [] if box is None else _dense(box, density)
        if not dense:
            break
        box.select(dense[0])
        found.append(_told(box, dense[0], len(found) + 1))
    return stacked(found) if found else pd.DataFrame(columns=COLUMNS)


def _dense(box: Any, density: float) -> list[int]:
    """Steps of the peeling at which a box is dense enough and bounds a key, largest first."""
    steps = box.peeling_trajectory
    wanted = (steps["density"] >= density) & (steps["res_dim"] > 0)
    return [int(step) for step in np.flatnonzero(wanted)]


def _told(box: Any, step: int, number: int) -> pd.DataFrame:
    limits, at = box.box_lims[step], box.peeling_trajectory.iloc[step]
    rows = [
        (number, key, float(limits[key].iloc[0]), float(limits[key].iloc[1]),
         min(p for p in chances if p >= 0), at["coverage"], at["density"], at["mass"])
        for key, chances in box.qp[step].items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
