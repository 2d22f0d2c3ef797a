"""What do many runs say? Doses, sensitivities and trade-offs, each from a tidy frame.

Every interval is drawn as it is given. Units: `1` is a share and is drawn in per cent, differences
of shares in percentage points.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from sim.language import measure, say
from sim.plots.paper import (
    BLUE,
    GREY,
    ORANGE,
    SKY,
    SMALL,
    WORDS,
    bare,
    checked,
    drawing,
    factor,
    keys,
    lettered,
    listed,
    sheet,
    told,
)

Better = Literal["less", "more"]
PLACES = ((6, 5), (6, -12), (-6, 5), (-6, -12), (12, 12), (-12, 12), (12, -20), (-12, -20))
APART = 13  # points between two numbers
MOST_NAMED = 30


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


@drawing
def pareto(
    frame: pd.DataFrame,
    source: str,
    *,
    x: tuple[str, str],
    y: tuple[str, str],
    better: tuple[Better, Better] = ("less", "less"),
) -> Figure:
    """Two aims against each other: every choice with its intervals, the best of them joined.

    frame: columns x, y, label, and xlow, xhigh, ylow, yhigh where there are intervals; `front`
    (true or false) if it is known which are best, else those that no other beats in both. x, y:
    measure and unit of each; better: whether less or more of it is.
    """
    rows = checked(frame, "x", "y", "label").reset_index(drop=True)
    best = rows["front"].astype(bool) if "front" in rows else unbeaten(rows, better)
    figure = sheet(4.6, say("What can be had together"), source)
    axes, beside = figure.subplots(1, 2, width_ratios=[2.2, 1])
    scaled = rows.assign(**{c: factor(u) * rows[c] for u, columns in _columns(x, y)
                            for c in columns if c in rows})  # fmt: skip
    for chosen, colour in ((~best, GREY), (best, BLUE)):
        _choices(axes, scaled[chosen], colour)
    front = scaled[best].sort_values("x")
    axes.plot(front["x"], front["y"], color=BLUE, lw=1)
    for (name, unit), way, put in zip(
        (x, y), better, (axes.set_xlabel, axes.set_ylabel), strict=True
    ):
        put(f"{measure(name)} {told(unit)}, {say(f'{way} is better')}", fontsize=WORDS)
    axes.tick_params(labelsize=WORDS)
    bare(axes, "both")
    _legend(beside, scaled, best)
    _numbers(figure, axes, scaled, best)
    return figure


def _columns(x: tuple[str, str], y: tuple[str, str]) -> Any:
    return ((x[1], ("x", "xlow", "xhigh")), (y[1], ("y", "ylow", "yhigh")))


def unbeaten(rows: pd.DataFrame, better: tuple[Better, Better] = ("less", "less")) -> pd.Series:
    """Which rows no other beats: at least as good in both and better in one."""
    signs = [1.0 if way == "less" else -1.0 for way in better]
    at = rows[["x", "y"]].to_numpy(float) * signs
    beaten = [((row >= at).all(axis=1) & (row > at).any(axis=1)).any() for row in at]
    return ~pd.Series(beaten, index=rows.index, dtype=bool)


def _choices(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    for _, row in rows.iterrows():
        if "xlow" in row:
            axes.plot([row["xlow"], row["xhigh"]], [row["y"]] * 2, color=colour, lw=1, alpha=0.6)
        if "ylow" in row:
            axes.plot([row["x"]] * 2, [row["ylow"], row["yhigh"]], color=colour, lw=1, alpha=0.6)
    axes.plot(rows["x"], rows["y"], "o", color=colour, ms=6)


def _legend(axes: Axes, rows: pd.DataFrame, best: pd.Series) -> None:
    """Names of the choices by number, the best first."""
    axes.set_axis_off()
    named = [*rows.index[best], *rows.index[~best]]
    if len(rows) > MOST_NAMED:
        named = list(rows.index[best])
    for line, row in enumerate(named[:MOST_NAMED]):
        axes.text(0, 1 - line / MOST_NAMED, f"{row + 1}  {rows['label'][row]}", va="top",
                  fontsize=WORDS, color=BLUE if best[row] else GREY)  # fmt: skip


def _numbers(figure: Figure, axes: Axes, rows: pd.DataFrame, best: pd.Series) -> None:
    """The number of each choice beside its point, where no other number or point stands."""
    lettered(figure).draw_without_rendering()
    to_points = 72 / figure.dpi
    points = axes.transData.transform(rows[["x", "y"]].to_numpy(float)) * to_points
    taken = [tuple(point) for point in points]
    for row in rows.index if len(rows) <= MOST_NAMED else rows.index[best]:
        place = next((p for p in PLACES if _free(points[row] + p, taken)), PLACES[0])
        taken.append(tuple(points[row] + place))
        number = axes.annotate(
                      str(row + 1), (rows["x"][row], rows["y"][row]), place, fontsize=SMALL,
                      textcoords="offset points", ha="center", va="bottom",
                      color=BLUE if best[row] else GREY, zorder=5)  # fmt: skip
        number.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _free(place: np.ndarray, taken: list[tuple[float, ...]]) -> bool:
    return bool(min(np.linalg.norm(np.array(taken) - place - (0, 4), axis=1)) >= APART * 0.6)
