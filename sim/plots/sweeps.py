"""What do many runs say? Doses and sensitivities, each from a tidy frame.

Every interval is drawn as it is given. Units: `1` is a share and is drawn in per cent, differences
of shares in percentage points.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.language import measure, say
from sim.plots.paper import (
    BLUE,
    ORANGE,
    SKY,
    WORDS,
    bare,
    checked,
    drawing,
    factor,
    keys,
    listed,
    sheet,
    told,
)


@drawing
def dose(
    frame: pd.DataFrame, source: str, *, of: str = "dose", unit: str = "1", difference: bool = True
) -> Figure:
    """How measures answer to a dose: points, a line and a band of the interval, one panel each.

    frame: columns dose, estimate, low, high, measure; `unit` of the measure if it has that column.
    of, unit: what the dose is, and its unit as written (shares stay shares). difference: whether
    the estimates are differences.
    """
    checked(frame, "dose", "estimate", "low", "high", "measure")
    names = list(dict.fromkeys(frame["measure"]))
    rows = -(-len(names) // 2)
    figure = sheet(0.3 + 2.5 * rows, say("Answer to the dose, with 95 % intervals"), source)
    panels = figure.subplots(rows, min(len(names), 2), squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        _answer(axes, frame[frame["measure"] == name].sort_values("dose"), str(name), difference)
        axes.set_xlabel(f"{measure(of)} [{unit}]", fontsize=WORDS)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    return figure


def _answer(axes: Axes, rows: pd.DataFrame, name: str, difference: bool) -> None:
    unit = str(rows["unit"].iloc[0]) if "unit" in rows else ""
    low, value, high = factor(unit) * rows[["low", "estimate", "high"]].to_numpy(float).T
    axes.fill_between(rows["dose"], low, high, color=SKY, alpha=0.35, lw=0)
    axes.plot(rows["dose"], value, "o-", color=BLUE, ms=4, lw=1.6)
    if low.min() <= 0 <= high.max():
        axes.axhline(0, color="black", lw=0.8)
    axes.set_title(f"{measure(name)} {told(unit, difference)}", fontsize=9, loc="left")
    axes.tick_params(labelsize=WORDS)
    bare(axes, "both")


@drawing
def tornado(frame: pd.DataFrame, source: str, *, measured: str, unit: str) -> Figure:
    """How far each parameter moves a measure between its ends, the strongest first.

    frame: columns parameter, low_effect, high_effect (change of the measure with the parameter at
    its low and its high end), and `low`, `high`, the ends themselves, if they are to be told.
    """
    rows = checked(frame, "parameter", "low_effect", "high_effect")
    effects = factor(unit) * rows[["low_effect", "high_effect"]].to_numpy(float)
    order = np.argsort(-np.abs(effects).max(axis=1), kind="stable")
    title = say("{measure}: what it is sensitive to", measure=measure(measured))
    figure = sheet(0.9 + 0.34 * len(rows), title, source)
    axes = figure.subplots()
    for end, (colour, shift) in enumerate(((ORANGE, -0.17), (BLUE, 0.17))):
        axes.barh(np.arange(len(rows)) + shift, effects[order, end], 0.34, color=colour)
    axes.axvline(0, color="black", lw=0.8)
    listed(axes, [_ends(row) for _, row in rows.iloc[order].iterrows()])
    axes.set_xlabel(f"{say('difference')} {told(unit, difference=True)}", fontsize=WORDS)
    ends = ((ORANGE, "at its low end"), (BLUE, "at its high end"))
    keys(figure, [Line2D([], [], color=c, lw=6, label=say(name)) for c, name in ends])
    bare(axes)
    return figure


def _ends(row: pd.Series) -> str:
    ends = f"  ({row['low']:g} … {row['high']:g})" if {"low", "high"} <= set(row.index) else ""
    return f"{row['parameter']}{ends}"
