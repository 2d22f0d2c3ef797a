"""How long do patients wait? Whole distributions, and two scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.language import say
from sim.plots.paper import (
    BLUE,
    CLASS_COLOURS,
    GREY,
    ORANGE,
    PER_CENT,
    SCALE,
    SKY,
    WORDS,
    bare,
    drawing,
    halves,
    keys,
    label,
    listed,
    minutes_axis,
    present,
    sheet,
)

MINUTES = "minutes after arrival and opening"
WAIT_STATISTICS = ("wait_mean", "wait_p50", "wait_p90", "wait_p95")


@drawing
def waits(counts: pd.DataFrame, measures: pd.DataFrame, source: str) -> Figure:
    """How long patients wait for the doctor: whole distributions, by tier, class and department.

    counts: columns tier, specialty, class, least, most [minutes after arrival and opening], count:
    histograms of those seen; measures: the tidy table, whose waits by tier and specialty are drawn
    below; source: the line below.
    """
    tiers = present(counts, "tier")
    pairs = _pairs(counts, tiers)
    bars = _statistics(measures).reindex(pd.MultiIndex.from_tuples(pairs, names=["tier", "group"]))
    figure = sheet(3.6 + 0.24 * len(pairs), say("Waiting for the doctor"), source)
    top, bottom = halves(figure, 2.6, 0.9 + 0.24 * len(pairs))
    longest = _longest(counts, bars)
    _curves(top, counts, tiers, longest)
    _ranges(bottom.subplots(), bars, longest)
    return figure


def _statistics(measures: pd.DataFrame) -> pd.DataFrame:
    """Mean and quantiles of waits by tier and group, one column each."""
    waits_of = measures[measures["measure"].isin(WAIT_STATISTICS)]
    return waits_of.pivot(index=["tier", "group"], columns="measure", values="value")


def _longest(counts: pd.DataFrame, bars: pd.DataFrame) -> float:
    """Where the axis of minutes ends: beyond all bars, and all but a thousandth of the waits."""
    if not len(counts):
        return 0.0
    every = counts.groupby("most")["count"].sum()
    nearly = every.index[every.cumsum() >= 0.999 * every.sum()][0]
    return 1.02 * float(max(nearly, bars["wait_p95"].max()))


def _pairs(counts: pd.DataFrame, tiers: Sequence[str]) -> list[tuple[str, str]]:
    by_tier = {tier: present(counts[counts["tier"] == tier], "specialty") for tier in tiers}
    return [(tier, specialty) for tier in tiers for specialty in by_tier[tier]]


def _curves(figure: Any, counts: pd.DataFrame, tiers: Sequence[str], longest: float) -> None:
    panels = figure.subplots(1, max(len(tiers), 1), sharey=True, squeeze=False)[0]
    for axes, tier in zip(panels, tiers, strict=False):
        here = counts[counts["tier"] == tier]
        for name in present(here, "class"):
            _survival(axes, here[here["class"] == name], CLASS_COLOURS.get(name, GREY))
        axes.set_title(f"{label(tier)}, n = {here['count'].sum():,}", fontsize=9)
        minutes_axis(axes, longest)
        axes.tick_params(labelsize=7)
        bare(axes, "both")
    panels[0].set_ylabel(say("still waiting [% of patients]"), fontsize=WORDS)
    figure.supxlabel(f"{say(MINUTES)} ({say(SCALE)})", fontsize=WORDS)
    keys(figure, _keys(present(counts, "class")))


def _survival(axes: Axes, counts: pd.DataFrame, colour: str) -> None:
    """Who still waits after each bin's greatest wait; those who never waited leave at 0."""
    bins = counts.groupby("most")["count"].sum()
    still = PER_CENT * (1 - bins.cumsum() / bins.sum())
    axes.plot(np.r_[0, bins.index], np.r_[PER_CENT, still], color=colour, lw=1.6)


def _keys(classes: Sequence[str]) -> list[Line2D]:
    return [Line2D([], [], color=CLASS_COLOURS.get(c, GREY), label=say(c)) for c in classes]


def _ranges(axes: Axes, bars: pd.DataFrame, longest: float) -> None:
    for row, (mean, middle, most, almost) in enumerate(bars[list(WAIT_STATISTICS)].to_numpy()):
        axes.plot([middle, almost], [row, row], color=SKY, lw=1.5, zorder=1)
        axes.plot([middle, most], [row, row], color=BLUE, lw=4, zorder=2, solid_capstyle="butt")
        axes.plot(middle, row, "o", color=BLUE, ms=5, zorder=3)
        axes.plot(mean, row, "D", color=ORANGE, ms=4, mec="white", mew=0.5, zorder=4)
    axes.set_yticks(
        range(len(bars)), [f"{label(t)} · {say(s)}" for t, s in bars.index], fontsize=WORDS
    )
    axes.set_ylim(len(bars) - 0.4, -0.6)
    minutes_axis(axes, longest)
    axes.set_xlabel(
        say(
            "minutes: half wait longer than ●, a tenth beyond the bar, a twentieth beyond "
            "the line; ◆ mean"
        ),
        fontsize=WORDS,
    )
    axes.tick_params(axis="x", labelsize=8)
    bare(axes)


ARMS = (("baseline", GREY, "white", -0.16), ("scenario", BLUE, BLUE, 0.16))


@drawing
def side_by_side(table: pd.DataFrame, source: str) -> Figure:
    """Waits of baseline and scenario by tier and class: median, mean and ninetieth percentile.

    table: columns tier, class (or all), statistic (p50, mean, p90), baseline, scenario [minutes].
    """
    rows = list(dict.fromkeys(zip(table["tier"], table["class"], strict=True)))
    title = say("Waiting for the doctor: baseline and scenario, means over the runs")
    figure = sheet(1.2 + 0.34 * len(rows), title, source)
    axes = figure.subplots()
    for arm, colour, filled, shift in ARMS:
        wide = table.pivot(index=["tier", "class"], columns="statistic", values=arm).reindex(rows)
        at = np.arange(len(rows)) + shift
        axes.hlines(at, wide["p50"], wide["p90"], color=colour, lw=3, alpha=0.5)
        axes.plot(wide["p50"], at, "o", color=colour, ms=5, mfc=filled, label=say(arm))
        axes.plot(wide["p90"], at, "|", color=colour, ms=9, mew=2)
        axes.plot(wide["mean"], at, "D", color=colour, ms=5, mfc=filled)
    classes = {"all": "all classes"}
    listed(axes, [f"{label(tier)} · {say(classes.get(c, c))}" for tier, c in rows])
    minutes_axis(axes, float(table[["baseline", "scenario"]].max().max()) * 1.05)
    marks = say("● median, ◆ mean, | ninetieth percentile")
    axes.set_xlabel(f"{say(MINUTES)} ({say(SCALE)}): {marks}", fontsize=WORDS)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, fontsize=WORDS, frameon=False)
    bare(axes)
    return figure
