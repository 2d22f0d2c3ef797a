"""How do the policies of a programme add up? A waterfall, and what each is worth alone or last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.plots import BLUE, GREY, ORANGE, PER_CENT, bare, lettered, sheet

ACROSS = 3  # panels beside each other
FAINT = 0.35
THICK = 0.62
ROW, PANEL = 0.24, 1.25  # inches
WHOLE, TOGETHER = "whole programme", "interaction"
MORE, LESS, ALL_OF_IT = "more", "less", "the whole, and the interaction in it"


class Panel(NamedTuple):
    """A measure: its name, unit, level without any policy, and rows of effects.

    rows: columns effect, policy, value, low, high; policies in their order.
    """

    name: str
    unit: str
    level: float
    rows: pd.DataFrame

    def of(self, effect: str) -> pd.DataFrame:
        """The rows of an effect, shares in percentage points."""
        numbers = ["value", "low", "high"]
        own = self.rows[self.rows["effect"] == effect].set_index("policy")[numbers]
        return own * (PER_CENT if self.unit == "1" else 1)

    @property
    def title(self) -> str:
        """What it shows, and from where it starts."""
        share = self.unit == "1"
        level = f"{PER_CENT * self.level:.2f} %" if share else f"{self.level:.4g} {self.unit}"
        return f"{self.name}\n{level} without any policy"

    @property
    def axis(self) -> str:
        """What the horizontal axis counts."""
        return f"change [{'percentage points' if self.unit == '1' else self.unit}]"


def waterfall(panels: Sequence[Panel], source: str) -> Figure:
    """What each policy adds to those before it, the whole, and how much of it is interaction."""
    title = "What each policy adds"
    keys = [Patch(color=BLUE, label=MORE), Patch(color=ORANGE, label=LESS),
            Patch(color=GREY, label=ALL_OF_IT),
            Patch(color=GREY, alpha=FAINT, label="pale: the interval holds 0")]  # fmt: skip
    source = f"Added in the order of first days; lines: 95 % intervals. {source}"
    return _drawn(panels, title, source, _falls, (WHOLE, TOGETHER), keys)


def knock_outs(panels: Sequence[Panel], source: str) -> Figure:
    """What is lost when a policy is left out of the whole, beside what it does alone."""
    title = "Which policy carries it?"
    keys = [_point("D", BLUE, "lost without it: whole minus all others"),
            _point("o", ORANGE, "alone: against no policy"),
            Line2D([], [], color=GREY, ls="--", label="the whole")]  # fmt: skip
    return _drawn(panels, title, f"Lines: 95 % intervals. {source}", _losses, (), keys)


def _point(marker: str, colour: str, name: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, ms=5, ls="", label=name)


def _drawn(
    panels: Sequence[Panel], title: str, source: str, draw: Callable[[Axes, Panel], None],
    below: Sequence[str], keys: Sequence[Patch | Line2D],
) -> Figure:  # fmt: skip
    names = [name.replace("_", " ") for name in (*panels[0].of("added").index, *below)]
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    figure = sheet(0.4 + down * (PANEL + ROW * len(names)), title, source)
    grid = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        draw(axes, panel)
        axes.axvline(0, color="black", lw=0.8)
        axes.set_title(panel.title, fontsize=9)
        axes.set_xlabel(panel.axis, fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        bare(axes)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    grid[0].set_yticks(range(len(names)), names)
    grid[0].set_ylim(len(names) - 0.5, -0.5)
    for axes in grid:
        axes.tick_params(axis="y", labelsize=8)
    figure.legend(handles=keys, loc="outside upper right", ncols=4, fontsize=8, frameon=False)
    return lettered(figure)


def _falls(axes: Axes, panel: Panel) -> None:
    """Bars that hang on each other, then the whole and the interaction from 0."""
    reached = 0.0
    added = panel.of("added")
    for row, (value, low, high) in enumerate(added.to_numpy()):
        _bar(axes, row, reached, (value, low, high), BLUE if value > 0 else ORANGE)
        axes.plot([reached + value] * 2, [row, row + 1], color=GREY, lw=0.6)
        reached += value
    for row, effect in enumerate(("whole", "interaction"), start=len(added)):
        _bar(axes, row, 0.0, panel.of(effect).to_numpy()[0], GREY)


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
