"""What can be had together? Choices against one aim, two, or three, the best of them marked.

Choices bear numbers, and a table beside them says what each is: so it can be read however near to
each other they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from textwrap import wrap
from typing import Any, Literal, NamedTuple

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
    SMALL,
    WIDTH,
    WORDS,
    bare,
    checked,
    drawing,
    factor,
    keys,
    lettered,
    sheet,
    told,
)

Better = Literal["less", "more"]
Panel = tuple[Axes, list[str]]  # axes, and the columns of values that stand on them
PLACES = tuple((round(far * x), round(far * y)) for far in (9, 15, 22, 30) for x, y in (
    (0.7, 0.7), (0.7, -1.2), (-0.7, 0.7), (-0.7, -1.2), (0, 1), (1, -0.3), (-1, -0.3), (0, -1.4)
))  # fmt: skip
APART = 8  # points between two numbers
MOST_NAMED = 30
PALE = 0.35
LETTER = 0.075  # inches of a letter of the table
HEADING = 12  # letters of a line of a heading
WIDEST = 0.5  # of the page, for the table
GAP = 2  # letters between two columns
ROW, LEAST, ONE_PANEL, TWO_PANELS = 0.19, 1.6, 4.6, 8.0  # inches
NUMBER = "no."
CHINESE = 0x2E7F  # letters beyond are wide


class Aim(NamedTuple):
    """What is wanted: a measure, its unit, which way is better; of whom; what it is at 0."""

    measure: str
    unit: str
    better: Better = "less"
    of: str = ""
    base: float | None = None


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
    best = rows["front"] if "front" in rows else unbeaten(rows, better)
    names = {"x": "value0", "xlow": "low0", "xhigh": "high0",
             "y": "value1", "ylow": "low1", "yhigh": "high1"}  # fmt: skip
    choices = rows.rename(columns=names).assign(front=best, number=rows.index + 1)
    aims = [Aim(*each, way) for each, way in zip((x, y), better, strict=True)]
    return _drawn(choices, rows[["label"]].rename(columns={"label": ""}), source, aims)


@drawing
def front(frame: pd.DataFrame, beside: pd.DataFrame, source: str, *, aims: Sequence[Aim]) -> Figure:
    """Choices against one aim, two, or three: the best joined, the others pale.

    frame: columns number, front (whether it belongs to the best), holds (false where that is not
    borne out; hollow), and of aim i value{i}, low{i}, high{i}. Where an aim has a base, its values
    are differences from it. beside: what each row of the frame is, in words, a column a heading.
    """
    return _drawn(frame.reset_index(drop=True), beside.reset_index(drop=True), source, aims)


def unbeaten(rows: pd.DataFrame, better: tuple[Better, Better] = ("less", "less")) -> pd.Series:
    """Which rows no other beats: at least as good in both and better in one."""
    signs = [1.0 if way == "less" else -1.0 for way in better]
    at = rows[["x", "y"]].to_numpy(float) * signs
    beaten = [((row >= at).all(axis=1) & (row > at).any(axis=1)).any() for row in at]
    return ~pd.Series(beaten, index=rows.index, dtype=bool)


def _drawn(frame: pd.DataFrame, beside: pd.DataFrame, source: str, aims: Sequence[Aim]) -> Figure:
    columns = [f"value{i}" for i in range(len(aims))]
    rows = checked(frame, "number", "front", *columns)
    rows = _scaled(rows.assign(front=rows["front"].astype(bool)), aims)
    shown = _shown(rows, aims)
    figure, panels, table = _panels(shown, _wide(beside), source, aims)
    for axes, (one, *others) in panels:
        _choices(axes, shown, one, others[0] if others else "line")
        bare(axes, "both" if others else "x")
    _told(panels, aims)
    if len(aims) == 1:
        panels[0][0].tick_params(axis="y", left=False, labelleft=False)
    elif len(aims) == 2:
        _joined(panels[0][0], shown)
    lines = shown["line"] if len(aims) == 1 else pd.Series(range(len(shown)), shown.index)
    _table(table, shown, beside, lines)
    _legend(figure, shown)
    if len(aims) > 1:
        lettered(figure).draw_without_rendering()
        for axes, (one, other) in panels:
            _numbers(figure, axes, shown, one, other)
    return figure


def _scaled(rows: pd.DataFrame, aims: Sequence[Aim]) -> pd.DataFrame:
    """Shares in per cent; intervals that are not known are missing."""
    for i, aim in enumerate(aims):
        for name in (f"value{i}", f"low{i}", f"high{i}"):
            rows[name] = factor(aim.unit) * rows[name] if name in rows else np.nan
    return rows if "holds" in rows else rows.assign(holds=True)


def _shown(rows: pd.DataFrame, aims: Sequence[Aim]) -> pd.DataFrame:
    """The best, then the others, as many as can be named; of one aim the best first."""
    sign = 1 if aims[0].better == "less" else -1
    order = rows.assign(worse=sign * rows["value0"], other=~rows["front"])
    by = ["other", "worse"] if len(aims) == 1 else ["other"]
    kept = order.sort_values(by, kind="stable").index[: max(MOST_NAMED, int(rows["front"].sum()))]
    return rows.loc[kept].assign(line=range(len(kept)))


def _panels(
    rows: pd.DataFrame, wide: float, source: str, aims: Sequence[Aim]
) -> tuple[Figure, list[tuple[Axes, list[str]]], Axes]:
    """The sheet with axes for the aims and for the table, and which values stand on which axes."""
    share = min(wide / WIDTH, WIDEST)
    high = LEAST + ROW * len(rows)
    title = say("What can be had together") if len(aims) > 1 else say("Which choice is best")
    names = [f"value{i}" for i in range(len(aims))]
    if len(aims) > 2:
        figure = sheet(max(TWO_PANELS, 2 * high), title, source)
        *every, table = figure.subplots(2, 2).ravel()
        return figure, list(zip(every, map(list, combinations(names, 2)), strict=True)), table
    figure = sheet(max(ONE_PANEL, high) if len(aims) > 1 else high, title, source)
    axes, table = figure.subplots(1, 2, width_ratios=[1 - share, share], sharey=len(aims) == 1)
    return figure, [(axes, names)], table


def _choices(axes: Axes, rows: pd.DataFrame, x: str, y: str) -> None:
    for best, colour, strength in ((False, GREY, PALE), (True, BLUE, 1.0)):
        some = rows[rows["front"] == best]
        look: dict[str, Any] = {"color": colour, "alpha": strength, "zorder": 2 + best}
        for _, row in some.iterrows():
            axes.plot([row[_low(x)], row[_high(x)]], [row[y]] * 2, lw=1, **look)
            if y != "line":
                axes.plot([row[x]] * 2, [row[_low(y)], row[_high(y)]], lw=1, **look)
        axes.plot(some[x], some[y], "o", ms=6, mec=colour, **look)
    lost = rows[rows["front"] & ~rows["holds"].astype(bool)]
    axes.plot(lost[x], lost[y], "o", ms=6, color=BLUE, mfc="white", zorder=4)
    axes.tick_params(labelsize=WORDS)


def _joined(axes: Axes, rows: pd.DataFrame) -> None:
    """A line through the best of two aims."""
    best = rows[rows["front"] & rows["holds"].astype(bool)].sort_values("value0")
    axes.plot(best["value0"], best["value1"], color=BLUE, lw=1, alpha=0.6, zorder=2)


def _low(value: str) -> str:
    return value.replace("value", "low")


def _high(value: str) -> str:
    return value.replace("value", "high")


def _told(panels: Sequence[Panel], aims: Sequence[Aim]) -> None:
    """What stands on each axis; the best of two aims are joined, of one numbered."""
    for axes, names in panels:
        of = [aims[int(name.removeprefix("value"))] for name in names]
        axes.set_xlabel(_label(of[0]), fontsize=WORDS, linespacing=1.4)
        if of[0].base is not None:
            axes.axvline(0, color="black", lw=0.6, zorder=1)
        if len(of) > 1:
            axes.set_ylabel(_label(of[1]), fontsize=WORDS, linespacing=1.4)
        if len(of) > 1 and of[1].base is not None:
            axes.axhline(0, color="black", lw=0.6, zorder=1)


def _label(aim: Aim) -> str:
    """A measure, of whom, in which unit, from where it is counted, and which way is better."""
    name = measure(aim.measure) + (f", {say(aim.of)}" if aim.of else "")
    way = say(f"{aim.better} is better")
    if aim.base is None:
        return f"{name} {told(aim.unit)}, {way}"
    unit = "%" if aim.unit == "1" else say(aim.unit)
    base = f"{factor(aim.unit) * aim.base:.4g} {unit}".rstrip()
    against = say("against the lowest doses ({base})", base=base)
    return f"{name} {told(aim.unit, difference=True)}\n{against}; {way}"


def _legend(figure: Figure, rows: pd.DataFrame) -> None:
    every = ((rows["front"] & rows["holds"].astype(bool), BLUE, BLUE, 1.0, "the best"),
             (rows["front"] & ~rows["holds"].astype(bool), BLUE, "white", 1.0,
              "not the best with fresh luck"),
             (~rows["front"], GREY, GREY, PALE, "others"))  # fmt: skip
    keys(figure, [Line2D([], [], color=c, mfc=filled, alpha=a, marker="o", ls="", label=say(name))
                  for some, c, filled, a, name in every if some.any()])  # fmt: skip


# --- the table -------------------------------------------------------------------------------


def _heads(beside: pd.DataFrame) -> list[list[str]]:
    """The lines of each heading, that of the number first."""
    return [[say(NUMBER)], *(wrap(measure(str(name)), HEADING) for name in beside)]


def _letters(beside: pd.DataFrame) -> list[int]:
    """How many letters each column takes, that of the number first."""
    cells = [[str(len(beside))], *(list(map(str, beside[name])) for name in beside)]
    return [max(map(_width, (*head, *cell))) + GAP
            for head, cell in zip(_heads(beside), cells, strict=True)]  # fmt: skip


def _width(word: str) -> int:
    """Letters that a word takes; a Chinese character takes two."""
    return len(word) + sum(ord(letter) > CHINESE for letter in word)


def _wide(beside: pd.DataFrame) -> float:
    """Inches that the table takes."""
    return LETTER * sum(_letters(beside))


def _table(axes: Axes, rows: pd.DataFrame, beside: pd.DataFrame, lines: pd.Series) -> None:
    """Number and words of each choice, a line each, below their headings."""
    heads = _heads(beside)
    tall = max(map(len, heads))
    axes.set_axis_off()
    axes.set_ylim(max(len(rows), 1) - 0.5, -1.0)
    if lines.name != "line":
        axes.set_ylim(max(len(rows) + 0.5, 12), -0.7 - tall)
    ends = np.cumsum(_letters(beside)) / max(sum(_letters(beside)), 1)
    for head, start in zip(heads, [0, *ends[:-1]], strict=True):
        axes.text(start, -0.6, "\n".join(head), transform=axes.get_yaxis_transform(),
                  va="bottom", fontsize=WORDS, fontweight="bold")  # fmt: skip
    cells = beside.loc[rows.index].astype(str).to_numpy().tolist()
    for line, number, best, words in zip(lines, rows["number"], rows["front"], cells, strict=True):
        for word, start in zip([f"{number}", *words], [0, *ends[:-1]], strict=True):
            axes.text(start, line, word, transform=axes.get_yaxis_transform(), va="center",
                      fontsize=WORDS, color=BLUE if best else GREY)  # fmt: skip


def _numbers(figure: Figure, axes: Axes, rows: pd.DataFrame, x: str, y: str) -> None:
    """The number of each choice beside its point, where no other number or point stands."""
    to_points = 72 / figure.dpi
    points = axes.transData.transform(rows[[x, y]].to_numpy(float)) * to_points
    taken = [tuple(point - (0, 4)) for point in points]
    for at, (_, row) in zip(points, rows.iterrows(), strict=True):
        place = next((p for p in PLACES if _free(at + p, taken)), PLACES[0])
        taken.append(tuple(at + place))
        number = axes.annotate(
                      f"{row['number']}", (row[x], row[y]), place, fontsize=SMALL,
                      textcoords="offset points", ha="center", va="bottom",
                      color=BLUE if row["front"] else GREY, zorder=5)  # fmt: skip
        number.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _free(place: np.ndarray, taken: list[tuple[float, ...]]) -> bool:
    return bool(min(np.linalg.norm(np.array(taken) - place, axis=1)) >= APART)
