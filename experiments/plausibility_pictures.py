"""How is a plausible world drawn? Five pictures from the table of `experiments.plausibility`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from sim import plots

DPI = 120
COLOURS = plots.TIER_COLOURS
LEAST_WRITTEN = 4  # % of a column that has room for its number


def wide(drawn: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A measure as a matrix, groups by tiers, both in their order."""
    rows = drawn[drawn["measure"] == measure]
    square = rows.pivot(index="group", columns="tier", values="value")
    return square.loc[rows["group"].unique(), rows["tier"].unique()]


def waits_figure(drawn: pd.DataFrame, source: str) -> Figure:
    """Who still waits, and the tenth, the half and nine tenths of each tier."""
    figure = plots.sheet(3.9, "Waiting for the doctor", source)
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
    still, parts = wide(drawn, "still waiting"), wide(drawn, "wait")
    longest = float(max(parts.loc["p99"].max(), 30)) * 1.05
    for tier in still:
        left.plot(still.index.astype(float), 100 * still[tier], "o-", ms=3.5, lw=1.6,
                  color=COLOURS[tier], label=plots.label(tier))  # fmt: skip
    left.set_ylabel("still waiting [% of those seen]", fontsize=8)
    left.set_ylim(0, None)
    left.legend(fontsize=8, frameon=False)
    for row, tier in enumerate(parts):
        span(right, row, parts[tier], COLOURS[tier])
    names = [plots.label(tier) for tier in parts]
    right.set_yticks(range(len(names)), names, fontsize=8)
    right.set_ylim(len(names) - 0.5, -0.5)
    words = ("minutes after arrival and opening", "minutes: bar from p10 to p90, line to p99;\n"
             "● median, ◆ mean, number: mean")  # fmt: skip
    for axes, word in zip((left, right), words, strict=True):
        plots.minutes_axis(axes, longest)
        axes.set_xlabel(f"{word} ({plots.SCALE})", fontsize=8)
        dressed(axes)
    return plots.lettered(figure)


def span(axes: Axes, row: int, parts: pd.Series, colour: str) -> None:
    """Quantiles and mean of one tier as a horizontal bar."""
    axes.plot(parts[["p50", "p99"]], [row, row], color=colour, lw=1.5)
    axes.plot(parts[["p10", "p90"]], [row, row], color=colour, lw=7, solid_capstyle="butt")
    axes.plot(parts["p50"], row, "o", color="white", mec="black", ms=6, clip_on=False, zorder=3)
    axes.plot(parts["mean"], row, "D", color="black", ms=4.5, zorder=4)
    axes.annotate(f"{parts['mean']:.1f}", (parts["mean"], row), (0, 8), fontsize=8,
                  textcoords="offset points", ha="center")  # fmt: skip


def arrivals_figure(drawn: pd.DataFrame, source: str) -> Figure:
    """The day of each tier: arrivals by hour."""
    figure = plots.sheet(3.2, "Arrivals by hour of the day", source)
    outpatient, always = (wide(drawn, f"arrivals, {g}") for g in ("outpatient", "open all hours"))
    panels = figure.subplots(1, len(outpatient.columns), sharey=True)
    hours = np.arange(24) + 0.5
    for axes, tier in zip(panels, outpatient, strict=True):
        day, all_hours = (100 * of[tier].to_numpy() for of in (outpatient, always))
        axes.bar(hours, day, 0.9, color=plots.BLUE, label="departments with sessions")
        axes.bar(hours, all_hours, 0.9, bottom=day, color=plots.ORANGE,
                 label="departments open all hours")  # fmt: skip
        n = int(drawn.loc[drawn["tier"] == tier, "n"].sum())
        axes.set_title(f"{plots.label(tier)}\nn = {n:,}", fontsize=9)
        axes.set_xlim(0, 24)
        axes.xaxis.set_major_locator(MultipleLocator(6))
        dressed(axes, "y")
    panels[0].set_ylabel("arrivals in the hour [% of all]", fontsize=8)
    panels[len(panels) // 2].set_xlabel("hour of arrival at the department", fontsize=8)
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="upper right", ncols=2, fontsize=8, frameon=False)
    return plots.lettered(figure)


def beds_figure(drawn: pd.DataFrame, source: str) -> Figure:
    """The week of each tier: occupied beds, admissions and ends of stays."""
    figure = plots.sheet(4.8, "Beds by weekday", source)
    mean = wide(drawn, "occupancy")
    panels = figure.subplots(2, len(mean.columns), sharex=True, sharey="row", squeeze=False)
    n = drawn.groupby("tier", sort=False)["n"].first()
    for column, tier in enumerate(mean):
        upper, lower = panels[:, column]
        low, most = (100 * wide(drawn, f"occupancy, {w}")[tier] for w in ("least", "most"))
        upper.bar(range(7), 100 * mean[tier], 0.75, color=COLOURS[tier])
        upper.vlines(range(7), low, most, color="black", lw=1.2)
        upper.axhline(100, color=plots.GREY, lw=0.8, ls="--")
        upper.set_title(f"{plots.label(tier)}, {n[tier]:,} open beds", fontsize=9)
        for name, style, colour in (("admissions", "o-", plots.BLUE),
                                    ("ends of stays", "s--", plots.VERMILION)):  # fmt: skip
            values = wide(drawn, name)[tier]
            lower.plot(range(7), 100 * values / values.mean(), style, ms=4, color=colour,
                       label=name)  # fmt: skip
        lower.axhline(100, color=plots.GREY, lw=0.8)
        lower.set_xticks(range(7), mean.index)
        for axes in (upper, lower):
            dressed(axes, "y")
    panels[0, 0].set_ylabel("occupied beds [% of open ones]\nline: least and most week", fontsize=8)
    panels[1, 0].set_ylabel("a day [% of the week's mean]", fontsize=8)
    panels[1, 0].set_ylim(0, None)
    handles = panels[1, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="upper right", ncols=2, fontsize=8, frameon=False)
    return plots.lettered(figure)


def distance_figure(drawn: pd.DataFrame, source: str) -> Figure:
    """Where residents go first, and how often, the farther the county hospital."""
    figure = plots.sheet(5.0, "First contacts by travel to the nearest county hospital", source)
    upper, lower = figure.subplots(2, 1, height_ratios=[2.4, 1], sharex=True)
    stacked(upper, wide(drawn, "first contacts"))
    rest = {name: wide(drawn, name)["all"] for name in
            ("first contacts per resident", "residents", "urban residents")}  # fmt: skip
    rate = rest["first contacts per resident"]
    lower.plot(range(len(rate)), rate, "o-", color=plots.BLUE)
    for at, value in enumerate(rate):
        lower.annotate(f"{value:.2f}", (at, value), (0, 6), textcoords="offset points",
                       ha="center", fontsize=8)  # fmt: skip
    lower.set_ylim(0, 1.35 * rate.max())
    lower.set_ylabel("first contacts\n[1/resident/year]", fontsize=8)
    people, urban = (100 * rest[name] for name in ("residents", "urban residents"))
    names = [f"{w}\n{people[w]:.1f} %\n{urban[w]:.0f} % urban" for w in rate.index]
    lower.set_xticks(range(len(rate)), names)
    lower.set_xlabel("minutes one way; share of all residents; of these, in urban committees",
                     fontsize=8)  # fmt: skip
    dressed(lower, "y")
    return plots.lettered(figure)


def severity_figure(drawn: pd.DataFrame, source: str) -> Figure:
    """Where residents go first, the severer the need."""
    figure = plots.sheet(3.9, "First contacts by severity of the need", source)
    found, far = wide(drawn, "first contacts"), wide(drawn, "travel")["all"]
    n = drawn[drawn["tier"] == "all"].set_index("group")["n"]
    axes = figure.subplots()
    stacked(axes, found)
    names = [f"{g}\nn = {n[g]:,}\n{far[g]:.0f} min away" for g in found.index]
    axes.set_xticks(range(len(found)), names)
    axes.set_xlabel("severity, number of first contacts, mean travel to them one way", fontsize=8)
    return plots.lettered(figure)


def stacked(axes: Axes, found: pd.DataFrame) -> None:
    """Columns of shares by tier, with their numbers where there is room."""
    below = np.zeros(len(found))
    for tier in found:
        share = 100 * found[tier].to_numpy()
        axes.bar(range(len(found)), share, 0.8, bottom=below, color=COLOURS[tier],
                 edgecolor="white", lw=0.5, label=plots.label(tier))  # fmt: skip
        for at in np.flatnonzero(share >= LEAST_WRITTEN):
            axes.text(at, below[at] + share[at] / 2, f"{share[at]:.0f}", ha="center", va="center",
                      fontsize=8, color="white" if tier == "hub" else "black")  # fmt: skip
        below += share
    axes.set_ylim(0, 100)
    axes.set_ylabel("first contacts [%]", fontsize=8)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=5, fontsize=8, frameon=False)
    dressed(axes, "y")


def dressed(axes: Axes, grid: str = "both") -> None:
    """Small numbers, and only the lines that carry them."""
    axes.tick_params(labelsize=8)
    plots.bare(axes, grid)


FIGURES: dict[str, Callable[[pd.DataFrame, str], Figure]] = {
    "waits": waits_figure, "arrivals": arrivals_figure, "beds": beds_figure,
    "distance": distance_figure, "severity": severity_figure,
}  # fmt: skip


def draw(drawn: pd.DataFrame, name: str, source: str, folder: Path) -> list[Path]:
    """All pictures of one world's table; says where they are."""
    paths = []
    for picture, figure in FIGURES.items():
        paths.append(folder / f"{name}_{picture}.png")
        rows = drawn[drawn["picture"] == picture]
        figure(rows, source).savefig(paths[-1], dpi=DPI)
    return paths
