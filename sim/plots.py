"""What do we show? Waits, referral flows and paired differences as pictures.

Every function returns a matplotlib Figure of its own (no global state, no window); `save` writes
it. Colours are Okabe and Ito's, told apart by colour-blind readers; each picture states its units
and, in its last line, the run that it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter

BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#777777",
)  # fmt: skip
CLASS_COLOURS = {"urgent": VERMILION, "returning": PURPLE, "referred": BLUE, "ordinary": GREEN}
CAME_COLOURS = {
    "first contact": GREEN, "came back unadvised": GREY,
    "advised to go higher": ORANGE, "formally referred": BLUE,
}  # fmt: skip
CHINESE = {
    "village": "村 village", "township": "乡镇 township", "county": "县 county",
    "municipal": "市 municipal", "hub": "省 hub",
}  # fmt: skip
CHINESE_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "SimHei")
WAIT_TICKS = (0, 5, 15, 30, 60, 120, 240, 480, 1440)
WIDTH, HEAD, FOOT, LINE, DPI = 10.0, 0.42, 0.16, 0.13, 150  # inches, dots per inch
SOURCE_LETTERS = 165
SCALE = "logarithmic beyond 15"
CLEAR, NOT_CLEAR = "the interval leaves out 0", "it holds 0"
PER_CENT = 100
PER_THOUSAND = 1000
WAIT_STATISTICS = ("wait_mean", "wait_p50", "wait_p90", "wait_p95")


def chinese_font() -> str | None:
    """Name of an installed font that writes Chinese, if there is one."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), None)


def label(tier: str) -> str:
    """A tier's word, in Chinese too where a font for it is installed."""
    return CHINESE.get(tier, tier) if chinese_font() else tier


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG (or what the ending says) and say where."""
    figure.savefig(path, dpi=DPI)
    return Path(path)


def sheet(height: float, title: str, source: str) -> Figure:
    """An empty figure with a title and a source line, laid out without overlaps."""
    lines = wrap(source, SOURCE_LETTERS)
    foot = FOOT + LINE * len(lines)
    height += HEAD + foot
    frame = (0, foot / height, 1, 1 - (HEAD + foot) / height)
    engine = ConstrainedLayoutEngine(rect=frame, w_pad=0.08, h_pad=0.08)
    figure = Figure(figsize=(WIDTH, height), layout=engine)
    figure.text(0.01, 1 - 0.08 / height, title, va="top", fontsize=13, fontweight="bold")
    below = "\n".join(lines)
    figure.text(0.01, 0.08 / height, below, va="bottom", fontsize=7, color=GREY)
    return figure


def lettered(figure: Figure) -> Figure:
    """The figure, its words in a font that writes Chinese where one is installed."""
    fonts = [font for font in (chinese_font(), "DejaVu Sans") if font]
    for text in figure.findobj(Text):
        text.set_fontfamily(fonts)
    return figure


def halves(figure: Figure, above: float, below: float) -> tuple[SubFigure, SubFigure]:
    """Two parts of a figure, one above the other, with their relative heights."""
    parts: Any = figure.subfigures(2, 1, height_ratios=[above, below])
    return parts[0], parts[1]


def bare(axes: Axes, grid: Literal["both", "x", "y"] = "x") -> None:
    """Only the lines that carry numbers."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)


def minutes_axis(axes: Axes, longest: float) -> None:
    """Waits from 0 to the longest: even up to a quarter of an hour, then by orders."""
    axes.set_xscale("symlog", linthresh=15, linscale=0.8)
    axes.set_xlim(0, max(longest, 30))
    axes.xaxis.set_major_locator(FixedLocator([t for t in WAIT_TICKS if t <= max(longest, 30)]))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def present(frame: pd.DataFrame, column: str) -> list[str]:
    """The words of a column that occur, in the order of its categories."""
    words = frame[column].dropna()
    order = list(words.cat.categories) if hasattr(words, "cat") else sorted(words.unique())
    held = set(words.unique())
    return [str(word) for word in order if word in held]


# --- waits -----------------------------------------------------------------------------------


def waits(counts: pd.DataFrame, measures: pd.DataFrame, source: str) -> Figure:
    """How long patients wait for the doctor: whole distributions, by tier, class and department.

    counts: columns tier, specialty, class, least, most [minutes after arrival and opening], count:
    histograms of those seen; measures: the tidy table, whose waits by tier and specialty are drawn
    below; source: the line below.
    """
    tiers = present(counts, "tier")
    pairs = _pairs(counts, tiers)
    bars = _statistics(measures).reindex(pd.MultiIndex.from_tuples(pairs, names=["tier", "group"]))
    figure = sheet(3.6 + 0.24 * len(pairs), "Waiting for the doctor", source)
    top, bottom = halves(figure, 2.6, 0.9 + 0.24 * len(pairs))
    longest = _longest(counts, bars)
    _curves(top, counts, tiers, longest)
    _ranges(bottom.subplots(), bars, longest)
    return lettered(figure)


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
    panels[0].set_ylabel("still waiting [% of patients]", fontsize=8)
    figure.supxlabel(f"minutes after arrival and opening ({SCALE})", fontsize=8)
    figure.legend(
        handles=_keys(present(counts, "class")),
        loc="outside upper right",
        ncols=4,
        fontsize=8,
        frameon=False,
    )


def _survival(axes: Axes, counts: pd.DataFrame, colour: str) -> None:
    """Who still waits after each bin's greatest wait; those who never waited leave at 0."""
    bins = counts.groupby("most")["count"].sum()
    still = PER_CENT * (1 - bins.cumsum() / bins.sum())
    axes.plot(np.r_[0, bins.index], np.r_[PER_CENT, still], color=colour, lw=1.6)


def _keys(classes: Sequence[str]) -> list[Any]:
    return [Line2D([], [], color=CLASS_COLOURS.get(c, GREY), label=c) for c in classes]


def _ranges(axes: Axes, bars: pd.DataFrame, longest: float) -> None:
    for row, (mean, middle, most, almost) in enumerate(bars[list(WAIT_STATISTICS)].to_numpy()):
        axes.plot([middle, almost], [row, row], color=SKY, lw=1.5, zorder=1)
        axes.plot([middle, most], [row, row], color=BLUE, lw=4, zorder=2, solid_capstyle="butt")
        axes.plot(middle, row, "o", color=BLUE, ms=5, zorder=3)
        axes.plot(mean, row, "D", color=ORANGE, ms=4, mec="white", mew=0.5, zorder=4)
    axes.set_yticks(range(len(bars)), [f"{label(t)} · {s}" for t, s in bars.index], fontsize=8)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    minutes_axis(axes, longest)
    axes.set_xlabel(
        "minutes: half wait longer than ●, a tenth beyond the bar, a twentieth beyond "
        "the line; ◆ mean",
        fontsize=8,
    )
    axes.tick_params(axis="x", labelsize=8)
    bare(axes)


# --- referrals -------------------------------------------------------------------------------


def referrals(counts: Mapping[str, pd.DataFrame], source: str) -> Figure:
    """How patients reach each tier, and what flows between tiers per 1,000 visits of the origin.

    counts: tables `came` (tier, how, count) of residents' visits; `advised`, `referred`, `stepped`
    (origin, tier, count); `stays` (tier, requested). Visits that are no resident's are left out.
    """
    came = counts["came"]
    tiers = present(came, "tier")
    visits = came.groupby(came["tier"].astype(str))["count"].sum()
    stays = counts["stays"].groupby(counts["stays"]["tier"].astype(str))["requested"].sum()
    figure = sheet(6.4, "How patients move between tiers", source)
    top, bottom = halves(figure, 1, 1.15)
    _arrivals(top.subplots(), came, tiers)
    flows = (
        ("told to go higher, and went", "visits", "advised", visits),
        ("formally referred", "visits", "referred", visits),
        ("sent down to recover", "stays", "stepped", stays),
    )
    for axes, (title, base, moved, each) in zip(
        bottom.subplots(1, 3, sharey=True), flows, strict=True
    ):
        rates = flow(counts[moved], tiers).div(each.reindex(tiers), axis=0)
        _matrix(axes, f"{title}\nper 1,000 {base} of the row", rates, tiers)
    return lettered(figure)


def _arrivals(axes: Axes, came: pd.DataFrame, tiers: Sequence[str]) -> None:
    shares = came.astype({"tier": str, "how": str}).pivot_table("count", "tier", "how", "sum")
    shares = shares.reindex(list(tiers)).fillna(0)
    left = np.zeros(len(tiers))
    for way in (way for way in CAME_COLOURS if way in shares):
        share = PER_CENT * shares[way].to_numpy() / shares.sum(axis=1).to_numpy()
        axes.barh(range(len(tiers)), share, left=left, color=CAME_COLOURS[way], label=way)
        left += share
    whole = PER_CENT * shares.sum(axis=1) / shares.to_numpy().sum()
    names = [f"{label(t)}\n{whole[t]:.1f} % of visits" for t in tiers]
    axes.set_yticks(range(len(tiers)), names, fontsize=8)
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.set_xlabel("how the visits of each tier came about [%]", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=8, frameon=False)
    bare(axes)


def flow(moved: pd.DataFrame, tiers: Sequence[str]) -> pd.DataFrame:
    """Numbers that came from tier (row) to tier (column)."""
    words = moved.astype({"origin": str, "tier": str})
    square = words.pivot_table("count", "origin", "tier", "sum")
    return square.reindex(index=list(tiers), columns=list(tiers)).fillna(0)


def _matrix(axes: Axes, title: str, shares: pd.DataFrame, tiers: Sequence[str]) -> None:
    rates = PER_THOUSAND * shares.fillna(0).to_numpy(float)
    darkest = max(np.sqrt(rates).max(initial=0) * 1.6, 1e-9)
    axes.imshow(np.sqrt(rates), cmap="Blues", vmin=0, vmax=darkest)
    for (row, column), rate in np.ndenumerate(rates):
        if rate > 0:
            axes.text(column, row, f"{rate:.3g}", ha="center", va="center", fontsize=8)
    if not rates.any():
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", va="center", fontsize=9)
    axes.set_title(title, fontsize=9)
    axes.set_xticks(range(len(tiers)), [label(t) for t in tiers], fontsize=7, rotation=30)
    axes.set_yticks(range(len(tiers)), [f"from {label(t)}" for t in tiers], fontsize=7)
    axes.set_xlabel("to", fontsize=8)


# --- comparisons -----------------------------------------------------------------------------


class Interval(NamedTuple):
    """A paired difference: what, its value and interval, and the unit."""

    name: str
    value: float
    low: float
    high: float
    unit: str


def differences(intervals: Sequence[Interval], source: str) -> Figure:
    """Paired differences with their intervals, one panel a unit, so that each keeps its scale.

    Shares (unit 1) are drawn in percentage points. Rows of one measure (the name up to a comma)
    stand together. Filled and blue: the interval leaves out 0; hollow and grey: it does not.
    """
    measures = list(dict.fromkeys(measure_of(interval) for interval in intervals))
    ordered = sorted(intervals, key=lambda interval: measures.index(measure_of(interval)))
    units = list(dict.fromkeys(interval.unit for interval in ordered))
    of = {unit: [i for i in ordered if i.unit == unit] for unit in units}
    rows = [len(of[unit]) + 1.6 for unit in units]
    title = "Paired differences: scenario minus baseline, with 95 % intervals"
    figure = sheet(1.3 + 0.27 * sum(rows), title, source)
    panels = figure.subplots(max(len(units), 1), 1, height_ratios=rows or [1], squeeze=False)
    for axes, unit in zip(panels[:, 0], units, strict=False):
        _forest(axes, of[unit], unit)
    points = [_point(BLUE, BLUE, CLEAR), _point(GREY, "white", NOT_CLEAR)]
    figure.legend(handles=points, loc="outside upper right", ncols=2, fontsize=8, frameon=False)
    return lettered(figure)


def _point(colour: str, filled: str, name: str) -> Line2D:
    """A key of the legend: a round point."""
    return Line2D([], [], color=colour, marker="o", ms=5, mfc=filled, ls="", label=name)


def measure_of(interval: Interval) -> str:
    """The measure of an interval, before the tier in its name."""
    return interval.name.partition(",")[0]


def _forest(axes: Axes, intervals: Sequence[Interval], unit: str) -> None:
    factor = PER_CENT if unit == "1" else 1
    for row, interval in enumerate(intervals):
        clear = interval.low > 0 or interval.high < 0
        colour = BLUE if clear else GREY
        low, value, high = (factor * v for v in (interval.low, interval.value, interval.high))
        axes.plot([low, high], [row, row], color=colour, lw=2)
        axes.plot(value, row, "o", color=colour, ms=5, mfc=colour if clear else "white")
    axes.axvline(0, color="black", lw=0.8)
    names = [interval.name.replace("_", " ") for interval in intervals]
    axes.set_yticks(range(len(intervals)), names, fontsize=8)
    axes.set_ylim(len(intervals) - 0.5, -0.5)
    axes.set_xlabel(f"difference [{'percentage points' if unit == '1' else unit}]", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    bare(axes)


ARMS = (("baseline", GREY, "white", -0.16), ("scenario", BLUE, BLUE, 0.16))


def side_by_side(table: pd.DataFrame, source: str) -> Figure:
    """Waits of baseline and scenario by tier and class: median, mean and ninetieth percentile.

    table: columns tier, class (or all), statistic (p50, mean, p90), baseline, scenario [minutes].
    """
    rows = list(dict.fromkeys(zip(table["tier"], table["class"], strict=True)))
    title = "Waiting for the doctor: baseline and scenario, means over the runs"
    figure = sheet(1.2 + 0.34 * len(rows), title, source)
    axes = figure.subplots()
    for arm, colour, filled, shift in ARMS:
        wide = table.pivot(index=["tier", "class"], columns="statistic", values=arm).reindex(rows)
        at = np.arange(len(rows)) + shift
        axes.hlines(at, wide["p50"], wide["p90"], color=colour, lw=3, alpha=0.5)
        axes.plot(wide["p50"], at, "o", color=colour, ms=5, mfc=filled, label=arm)
        axes.plot(wide["p90"], at, "|", color=colour, ms=9, mew=2)
        axes.plot(wide["mean"], at, "D", color=colour, ms=5, mfc=filled)
    names = [f"{label(tier)} · {'all classes' if c == 'all' else c}" for tier, c in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    minutes_axis(axes, float(table[["baseline", "scenario"]].max().max()) * 1.05)
    axes.set_xlabel(f"minutes after arrival and opening ({SCALE}): "
                    "● median, ◆ mean, | ninetieth percentile", fontsize=8)  # fmt: skip
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, fontsize=8, frameon=False)
    bare(axes)
    return lettered(figure)
