"""How did it go, day by day, and how full were the beds? With the days on which policies turned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator

from sim.language import measure, say
from sim.plots.paper import (
    GREY,
    PER_CENT,
    SMALL,
    TIER_COLOURS,
    WORDS,
    bare,
    checked,
    drawing,
    halves,
    keys,
    label,
    sheet,
)

COLUMNS = ("day", "date", "measure", "tier", "value")
UNITS = {
    "visits": "visits a day", "referred": "visits a day", "left_unseen": "visits a day",
    "admissions": "stays a day", "wait_mean": "min", "remote": "requests a day",
    "in_bed": "persons at midnight", "awaiting_bed": "persons at midnight",
    "queued": "persons at midnight",
}  # fmt: skip
ORDERS = 30.0  # between the tiers' means, beyond which an axis is logarithmic
STYLES = {"village": ":", "township": "-.", "county": "-", "municipal": (0, (5, 1)), "hub": "--"}
WEEK = 7
FAINT, BACKGROUND = 0.25, "#EEEEEE"
LINE_OF_TURN = 0.17  # inches
MOST_DATES = 9
NEAR = 0.025  # of the width, between two numbers
ALL = "all"


class Turn(NamedTuple):
    """A day on which a policy begins, changes or ends, in words."""

    day: int
    words: str


@drawing
def series(
    frame: pd.DataFrame,
    source: str,
    turns: Sequence[Turn] = (),
    warmup: int = 0,
    measures: Sequence[str] = ("visits", "wait_mean"),
) -> Figure:
    """Measures by tier and day: faint the days, bold the mean of seven; policies' days numbered.

    frame: columns day, date (ISO), measure, tier, value, the warm-up (shaded) included. turns: days
    on which policies turn, numbered above and told below the title. Raises ValueError for a measure
    that the frame lacks.
    """
    there = set(checked(frame, *COLUMNS)["measure"])
    if missing := [name for name in measures if name not in there]:
        raise ValueError(f"no series of {', '.join(missing)}; there are {', '.join(sorted(there))}")
    figure = sheet(1.9 * len(measures) + LINE_OF_TURN * len(turns), say("Day by day"), source)
    below = _with_turns(figure, turns, 1.9 * len(measures))
    panels = below.subplots(len(measures), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, measures, strict=True):
        _panel(axes, frame[(frame["measure"] == name) & (frame["tier"] != ALL)], name)
    _calendar(panels, frame, warmup, turns)
    keys(figure, _tiers(frame, warmup))
    return figure


@drawing
def beds(
    frame: pd.DataFrame,
    capacity: pd.Series,
    source: str,
    turns: Sequence[Turn] = (),
    warmup: int = 0,
) -> Figure:
    """Occupied beds at midnight, in per cent of the beds of each tier, and who waits for one.

    frame: as of `series`, with in_bed and awaiting_bed; capacity: beds by tier, means over the
    measured days.
    """
    figure = sheet(4.0 + LINE_OF_TURN * len(turns), say("Beds at midnight"), source)
    below = _with_turns(figure, turns, 4.0)
    full, queue = below.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
    known = frame[frame["tier"].isin(capacity.index[capacity > 0])]
    taken = known[known["measure"] == "in_bed"]
    share = PER_CENT * taken["value"] / taken["tier"].map(capacity).astype(float)
    _lines(full, taken.assign(value=share))
    full.axhline(PER_CENT, color="black", lw=0.8)
    full.set_ylim(bottom=0)
    _named(full, "occupied", "% of beds")
    _lines(queue, known[known["measure"] == "awaiting_bed"])
    queue.set_ylim(bottom=0)
    _named(queue, "awaiting_bed", UNITS["awaiting_bed"])
    _calendar([full, queue], frame, warmup, turns)
    keys(figure, _tiers(known, warmup, capacity))
    return figure


def _with_turns(figure: Figure, turns: Sequence[Turn], height: float) -> Any:
    """Where panels go: below what the numbers mean, if there are any."""
    if not turns:
        return figure
    above, below = halves(figure, LINE_OF_TURN * len(_days(turns)) + 0.1, height)
    lines = [f"{number}  {'; '.join(words)}" for number, (_, words) in _days(turns).items()]
    above.text(0.01, 0.0, "\n".join(lines), fontsize=WORDS, va="bottom", linespacing=1.35)
    return below


def _days(turns: Sequence[Turn]) -> dict[int, tuple[int, list[str]]]:
    """Number, day and words of each day on which something turns."""
    by_day = groupby(sorted(turns, key=lambda turn: turn.day), key=lambda turn: turn.day)
    return {n: (day, [turn.words for turn in some]) for n, (day, some) in enumerate(by_day, 1)}


def _panel(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    _lines(axes, rows)
    means = rows.groupby("tier", observed=True)["value"].mean()
    means = means[means > 0]
    if len(means) and means.max() > ORDERS * means.min():
        _orders(axes, float(means.min()) / 2, float(rows["value"].max()))
    axes.set_ylim(bottom=0)
    _named(axes, name, UNITS.get(name, ""))


def _orders(axes: Axes, least: float, most: float) -> None:
    """From 0 to `least` even, then by orders of ten."""
    axes.set_yscale("symlog", linthresh=least, linscale=0.5)
    powers = 10.0 ** np.arange(np.ceil(np.log10(least)), np.floor(np.log10(most)) + 1)
    axes.yaxis.set_major_locator(FixedLocator([0.0, *powers]))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")


def _named(axes: Axes, name: str, unit: str) -> None:
    axes.set_title(f"{measure(name)} [{say(unit)}]", fontsize=9, loc="left")
    axes.tick_params(labelsize=SMALL)
    bare(axes, "both")


def _lines(axes: Axes, rows: pd.DataFrame) -> None:
    """Each tier's days, and the mean of the seven around each where there are as many."""
    wide = rows.pivot_table("value", "date", "tier", "sum", observed=True).fillna(0.0)
    wide.index = pd.to_datetime(wide.index)
    for tier in (tier for tier in TIER_COLOURS if tier in wide):
        style: dict[str, Any] = {"color": TIER_COLOURS[tier], "ls": STYLES[tier], "lw": 1.8}
        smooth = wide[tier].rolling(WEEK, center=True).mean()
        long = bool(smooth.notna().sum() > 1)
        axes.plot(wide.index, smooth if long else wide[tier], **style)
        if long:
            axes.plot(wide.index, wide[tier], color=style["color"], lw=0.7, alpha=FAINT)


def _tiers(frame: pd.DataFrame, warmup: int, capacity: pd.Series | None = None) -> list[Line2D]:
    found = [tier for tier in TIER_COLOURS if tier in set(frame["tier"])]
    beds_of = {} if capacity is None else {t: say(" ({beds:,.0f} beds)", beds=capacity[t])
                                           for t in found}  # fmt: skip
    lines = [Line2D([], [], color=TIER_COLOURS[tier], ls=STYLES[tier], lw=1.8,
                    label=label(tier) + beds_of.get(tier, "")) for tier in found]  # fmt: skip
    shade = Line2D([], [], color=BACKGROUND, lw=8, label=say("warm-up"))
    return [*lines, shade] if warmup else lines


def _calendar(
    panels: Sequence[Axes], frame: pd.DataFrame, warmup: int, turns: Sequence[Turn]
) -> None:
    """Dates below, the warm-up shaded, the days of policies as numbered lines."""
    day, when = frame["day"].to_numpy(), pd.to_datetime(frame["date"]).to_numpy()
    first = float(date2num(when[0])) - int(day[0])
    last = first + int(day.max())
    for axes in panels:
        if warmup:
            axes.axvspan(first, first + warmup, color=BACKGROUND, zorder=0)
        for turned, _ in _days(turns).values():
            axes.axvline(first + turned, color=GREY, lw=1, ls="--")
        axes.set_xlim(first, last)
    _tags(panels[0], first, last, turns)
    panels[-1].xaxis.set_major_locator(AutoDateLocator(maxticks=MOST_DATES))
    panels[-1].xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))


def _tags(axes: Axes, first: float, last: float, turns: Sequence[Turn]) -> None:
    """The numbers above the first panel; those too near to the one before stand higher."""
    near = NEAR * (last - first)
    before, level = -near, 0
    for number, (day, _) in _days(turns).items():
        level = level + 1 if day - before < near else 0
        before = day
        axes.annotate(
            str(number), (first + day, 1), (0, 2 + 11 * level), textcoords="offset points",
            xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=SMALL,
        )  # fmt: skip
