"""How do effects add up? A waterfall of steps, and what each is worth alone or last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.language import measure, say
from sim.plots.paper import (
    BLUE,
    GREY,
    ORANGE,
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

COLUMNS = ("measure", "tier", "unit", "effect", "policy", "value", "low", "high")
NUMBERS = ["value", "low", "high"]
WHOLE, TOGETHER = "whole programme", "interaction"
TOTALS = {"whole": WHOLE, "interaction": TOGETHER}
ALL = "all"
ACROSS = 3  # panels beside each other
FAINT = 0.35
THICK = 0.62
ROW, PANEL = 0.24, 1.25  # inches


class Panel(NamedTuple):
    """A measure of a tier, its unit, and rows of effects: effect, policy, value, low, high."""

    measure: str
    tier: str
    unit: str
    rows: pd.DataFrame

    def of(self, effect: str) -> pd.DataFrame:
        """The rows of an effect by policy, shares in percentage points."""
        own = self.rows[self.rows["effect"] == effect].set_index("policy")[NUMBERS]
        return own * factor(self.unit)

    @property
    def title(self) -> str:
        """What it shows, and from which level it starts, if that is known."""
        name = measure(self.measure) + ("" if self.tier == ALL else f", {say(self.tier)}")
        start = self.of("none")["value"]
        if start.empty:
            return name
        share = self.unit == "1"
        level = f"{start.iloc[0]:.2f} %" if share else f"{start.iloc[0]:.4g} {say(self.unit)}"
        return f"{name}\n{say('{level} without any policy', level=level)}"


def panels(frame: pd.DataFrame) -> list[Panel]:
    """What is shown of each measure and tier, in the order of a tidy frame of effects."""
    rows = checked(frame, *COLUMNS)
    parts = rows.groupby(["measure", "tier"], sort=False)
    return [Panel(str(name), str(tier), str(part["unit"].iloc[0]), part)
            for (name, tier), part in parts]  # fmt: skip


@drawing
def waterfall(frame: pd.DataFrame, source: str) -> Figure:
    """What each policy adds to those before it, the whole, and how much of it is interaction.

    frame: columns measure, tier, unit, effect, policy, value, low, high, a panel for each measure
    and tier. effect: `added` in the order of the steps, the same policies in every panel; `whole`
    and `interaction`, and `none`, the level before all, where they are known. Pale: the interval
    holds 0.
    """
    marks = ((BLUE, 1, "more"), (ORANGE, 1, "less"), (GREY, 1, "the whole, and the interaction"),
             (GREY, FAINT, "pale: the interval holds 0"))  # fmt: skip
    known = [Line2D([], [], color=c, alpha=a, lw=6, label=say(name)) for c, a, name in marks]
    foot = f"{say('Added in the order of first days; lines: 95 % intervals.')} {source}"
    below = [name for effect, name in TOTALS.items() if effect in set(frame["effect"])]
    return _drawn(frame, say("What each policy adds"), foot, _falls, below, known)


@drawing
def knock_outs(frame: pd.DataFrame, source: str) -> Figure:
    """What is lost when a policy is left out of the whole, beside what it does alone.

    frame: as for `waterfall`, with the effects `lost` and `alone` of each policy and the `whole`.
    """
    known = [_point("D", BLUE, "lost without it: whole minus all others"),
             _point("o", ORANGE, "alone: against no policy"),
             Line2D([], [], color=GREY, ls="--", label=say("the whole"))]  # fmt: skip
    foot = f"{say('Lines: 95 % intervals.')} {source}"
    return _drawn(frame, say("Which policy carries it?"), foot, _losses, (), known)


def _point(marker: str, colour: str, name: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, ms=5, ls="", label=say(name))


def _drawn(
    frame: pd.DataFrame, title: str, source: str, draw: Callable[[Axes, Panel], None],
    below: Sequence[str], known: Sequence[Line2D],
) -> Figure:  # fmt: skip
    shown = panels(frame)
    names = [*(measure(name) for name in shown[0].of("added").index), *map(say, below)]
    across = min(ACROSS, len(shown))
    down = -(-len(shown) // across)
    figure = sheet(0.4 + down * (PANEL + ROW * len(names)), title, source)
    grid = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    listed(grid[0], names)
    for axes, panel in zip(grid, shown, strict=False):
        draw(axes, panel)
        axes.axvline(0, color="black", lw=0.8)
        axes.set_title(panel.title, fontsize=9)
        axes.set_xlabel(f"{say('difference')} {told(panel.unit, difference=True)}", fontsize=WORDS)
        axes.tick_params(labelsize=WORDS)
        bare(axes)
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    keys(figure, known)
    return figure


def _falls(axes: Axes, panel: Panel) -> None:
    """Bars that hang on each other, then the whole and the interaction from 0."""
    reached = 0.0
    added = panel.of("added")
    for row, (value, low, high) in enumerate(added.to_numpy()):
        _bar(axes, row, reached, (value, low, high), BLUE if value > 0 else ORANGE)
        axes.plot([reached + value] * 2, [row, row + 1], color=GREY, lw=0.6)
        reached += value
    totals = (panel.of(effect) for effect in TOTALS)
    for row, total in enumerate((t for t in totals if len(t)), start=len(added)):
        _bar(axes, row, 0.0, total.to_numpy()[0], GREY)


def _bar(axes: Axes, row: int, left: float, effect: Sequence[float], colour: str) -> None:
    value, low, high = effect
    pale = not (low > 0 or high < 0)
    axes.barh(row, value, THICK, left=left, color=colour, alpha=FAINT if pale else 1)
    axes.plot([left + low, left + high], [row, row], color="black", lw=1)


def _losses(axes: Axes, panel: Panel) -> None:
    whole = panel.of("whole")["value"].iloc[0]
    axes.axvline(whole, color=GREY, ls="--", lw=1)
    marks = (("lost", "D", BLUE, -0.16), ("alone", "o", ORANGE, 0.16))
    for effect, marker, colour, shift in marks:
        for row, (value, low, high) in enumerate(panel.of(effect).to_numpy()):
            axes.plot([low, high], [row + shift] * 2, color=colour, lw=1.5)
            axes.plot(value, row + shift, marker, color=colour, ms=4.5)
