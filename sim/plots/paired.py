"""What does a scenario change? Paired differences with their intervals."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.language import measure, say
from sim.plots.paper import (
    BLUE,
    GREY,
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

COLUMNS = ["measure", "group", "difference", "low", "high", "unit"]
TITLE = "Paired differences: scenario minus baseline, with 95 % intervals"
CLEAR, NOT_CLEAR = "the interval leaves out 0", "it holds 0"


@drawing
def forest(frame: pd.DataFrame, source: str, title: str = TITLE) -> Figure:
    """Paired differences with their intervals, one panel a unit, so that each keeps its scale.

    frame: columns measure, group (of whom; may be empty), difference, low, high, unit. Shares (unit
    1) are drawn in percentage points. Rows of one measure stand together. Filled and blue: the
    interval leaves out 0; hollow and grey: it does not.
    """
    measures = list(dict.fromkeys(checked(frame, *COLUMNS)["measure"]))
    order = frame["measure"].map(measures.index)
    rows = frame.assign(at=order).sort_values("at", kind="stable")
    panels = {unit: rows[rows["unit"] == unit] for unit in dict.fromkeys(rows["unit"])}
    heights = [len(part) + 1.6 for part in panels.values()]
    figure = sheet(1.3 + 0.27 * sum(heights), say(title), source)
    every = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (unit, part) in zip(every, panels.items(), strict=True):
        _forest(axes, part, str(unit))
    keys(figure, [_point(BLUE, BLUE, CLEAR), _point(GREY, "white", NOT_CLEAR)])
    return figure


def _point(colour: str, filled: str, name: str) -> Line2D:
    """A key of the legend: a round point."""
    return Line2D([], [], color=colour, marker="o", ms=5, mfc=filled, ls="", label=say(name))


def _forest(axes: Axes, rows: pd.DataFrame, unit: str) -> None:
    drawn = factor(unit) * rows[["low", "difference", "high"]].to_numpy(float)
    for row, (low, value, high) in enumerate(drawn):
        clear = low > 0 or high < 0
        colour = BLUE if clear else GREY
        axes.plot([low, high], [row, row], color=colour, lw=2)
        axes.plot(value, row, "o", color=colour, ms=5, mfc=colour if clear else "white")
    axes.axvline(0, color="black", lw=0.8)
    listed(
        axes, [_name(str(m), str(g)) for m, g in zip(rows["measure"], rows["group"], strict=True)]
    )
    axes.set_xlabel(f"{say('difference')} {told(unit, difference=True)}", fontsize=WORDS)
    bare(axes)


def _name(name: str, group: str) -> str:
    return ", ".join(word for word in (measure(name), say(group)) if word)
