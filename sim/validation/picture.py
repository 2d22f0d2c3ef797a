"""How near is the model to the facts? A dot a fact: relative difference, and model against fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim import plots
from sim.validation.result import INPUT, MODEL, PER_CENT, records

COLOURS = {
    "fitted": plots.GREY, "sets the demand": plots.YELLOW, "input": plots.ORANGE,
    "identity": plots.PURPLE, "compared": plots.SKY, "no": plots.BLUE,
}  # fmt: skip
MEANINGS = {
    "fitted": "fitted", "sets the demand": "sets the demand", "input": "a number of the model",
    "identity": "follows from what was fitted",
    "compared": "listed with the targets, never fitted", "no": "not used",
}  # fmt: skip
BANDS, BAND = (5, 20), "#EEEEEE"  # per cent
LABEL = {"pad": 0.5, "fc": "white", "lw": 0}
FURTHEST = 100  # per cent; what lies beyond is drawn at the edge
LINE_INCHES, HEAD_INCHES, LETTERS, MOST_LINES = 0.17, 3.6, 62, 60


def beside_facts(table: pd.DataFrame, source: str) -> Figure:
    """Model against fact above, relative differences below, one line a fact; inputs are hollow.

    table: that of a validation; source: the line below. The largest 120 differences have a line.
    """
    shown = table[table["answer"].isin([MODEL, INPUT]) & table["relative"].notna()]
    left = shown[shown["answer"] == MODEL], shown[shown["answer"] == INPUT]
    order = pd.concat([part.iloc[part["relative"].abs().argsort()[::-1]] for part in left])
    kept = order.head(2 * MOST_LINES)
    lines = max(-(-len(kept) // 2), 1)
    height = LINE_INCHES * lines + 1.0
    title = "Model beside facts"
    figure = plots.sheet(HEAD_INCHES + height, title, source)
    above, below = plots.halves(figure, HEAD_INCHES, height)
    _against(above, shown)
    for axes, part in zip(below.subplots(1, 2), (kept[:lines], kept[lines:]), strict=True):
        _differences(axes, part, lines)
    return plots.lettered(figure)


def _against(figure: Any, shown: pd.DataFrame) -> None:
    axes: Axes = figure.subplots()
    there = shown[(shown["fact"] > 0) & (shown["model"] > 0)]
    for row in records(there):
        _dot(axes, row["fact"], row["model"], row)
    if len(there):
        both = there[["fact", "model"]].to_numpy()
        ends = np.array([both.min(), both.max()])
        axes.plot(ends, ends, color=plots.GREY, lw=0.8, zorder=0)
        for band in BANDS:
            around = 1 + band / PER_CENT
            axes.fill_between(ends, ends / around, ends * around, color=BAND, lw=0, zorder=-band)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("fact [its own unit]", fontsize=8)
    axes.set_ylabel("model", fontsize=8)
    axes.tick_params(labelsize=7)
    plots.bare(axes, "both")
    uses = [use for use in COLOURS if use in set(shown["used"])]
    axes.legend(handles=_keys(uses), fontsize=7, frameon=False, loc="upper left")
    axes.set_title("line: equal; bands: within 5 and 20 %", fontsize=8, loc="right")


def _keys(uses: Sequence[str]) -> list[Any]:
    said = [Line2D([], [], ls="", marker="o", color=COLOURS[use], label=MEANINGS[use])
            for use in uses]  # fmt: skip
    hollow = Line2D([], [], ls="", marker="o", mfc="white", color=plots.GREY,
                    label="hollow: what the world holds, no run")  # fmt: skip
    return [*said, hollow]


def _dot(axes: Axes, x: float, y: float, row: dict[str, Any]) -> None:
    colour = COLOURS.get(row["used"], plots.BLUE)
    face = "white" if row["answer"] == INPUT else colour
    axes.plot(x, y, "o", ms=4.5, mec=colour, mfc=face, mew=1.2, clip_on=False)


def _differences(axes: Axes, part: pd.DataFrame, lines: int) -> None:
    for line, row in enumerate(records(part)):
        off = PER_CENT * row["relative"]
        at = float(np.clip(off, -FURTHEST, FURTHEST))
        axes.plot([0, at], [line, line], color="#CCCCCC", lw=0.8, zorder=1)
        _dot(axes, at, line, row)
        if abs(off) > FURTHEST:
            axes.annotate(f"{off:+,.0f} %", (at, line), fontsize=5.5, va="center",
                          ha="right" if off > 0 else "left", xytext=(-6 if off > 0 else 6, 0),
                          textcoords="offset points", bbox=LABEL)  # fmt: skip
    axes.set_yticks(range(len(part)), list(map(_label, records(part))), fontsize=5.5)
    axes.set_ylim(lines - 0.4, -0.6)
    axes.set_xlim(-FURTHEST * 1.04, FURTHEST * 1.04)
    axes.axvspan(-BANDS[0], BANDS[0], color=BAND, lw=0, zorder=0)
    axes.set_xlabel("model over fact, less one [%]", fontsize=7)
    axes.tick_params(axis="x", labelsize=6)
    plots.bare(axes)


def _label(row: dict[str, Any]) -> str:
    of = (row[name] for name in ("quantity", "tier", "place", "year"))
    text = ", ".join(word for word in of if word.strip("-"))
    if not plots.chinese_font():
        text = " ".join(text.encode("ascii", "ignore").decode().split())
    short = text if len(text) <= LETTERS else f"{text[:LETTERS]}…"
    return f"{short}  {row['id']}"
