"""On what is a picture drawn? A titled sheet with its source at the foot, colours and axes.

Figures have no global state and open no window. Colours are Okabe and Ito's, told apart by
colour-blind readers.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache, wraps
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter

from sim.language import Lang, say, speaking

BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#777777",
)  # fmt: skip
CLASS_COLOURS = {"urgent": VERMILION, "returning": PURPLE, "referred": BLUE, "ordinary": GREEN}
TIER_COLOURS = {
    "village": GREEN, "township": PURPLE, "county": ORANGE, "municipal": SKY, "hub": BLUE,
}  # fmt: skip
CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Microsoft YaHei",
    "PingFang SC",
)  # the first face of a collection is the one that is read; Japanese faces hold Chinese too
FONT_FILES = (
    "notosanscjk-regular",
    "notosanscjk-bold",
    "notosanssc",
    "sourcehansans",
    "wqy",
    "simhei",
    "msyh",
)
WAIT_TICKS = (0, 5, 15, 30, 60, 120, 240, 480, 1440)
WIDTH, HEAD, FOOT, LINE, DPI = 10.0, 0.42, 0.16, 0.13, 150  # inches, dots per inch
SOURCE_LETTERS = 165  # of a line at the foot; a Chinese character takes two
SMALL, WORDS = 7, 8  # points
SCALE = "logarithmic beyond 15"
PER_CENT = 100


def chinese_font() -> str | None:
    """Name of an installed font that writes Chinese, if there is one."""
    _learn_fonts()
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), None)


@cache
def _learn_fonts() -> None:
    """Make known the Chinese fonts that were installed after matplotlib made its list."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - known):
        if Path(path).name.lower().startswith(FONT_FILES):
            font_manager.fontManager.addfont(path)


def label(tier: str) -> str:
    """A tier's word."""
    return say(tier)


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG (or what the ending says) and say where."""
    figure.savefig(path, dpi=DPI)
    return Path(path)


def drawing(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Give a picture the keyword `lang`, and its words letters that write them.

    The picture raises ValueError for Chinese where no installed font writes it.
    """

    @wraps(draw)
    def drawn(*given: Any, lang: Lang = "en", **named: Any) -> Figure:
        if lang == "zh" and not chinese_font():
            fonts = ", ".join(CHINESE_FONTS)
            raise ValueError(f"no installed font writes Chinese (one of {fonts}); use lang 'en'")
        with speaking(lang):
            return lettered(draw(*given, **named))

    asked = inspect.signature(draw)
    last = inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default="en", annotation=Lang)
    shown: Any = drawn
    shown.__signature__ = asked.replace(parameters=[*asked.parameters.values(), last])
    return drawn


def sheet(height: float, title: str, source: str) -> Figure:
    """An empty figure with a title and a source line, laid out without overlaps."""
    lines = folded(source)
    foot = FOOT + LINE * len(lines)
    height += HEAD + foot
    frame = (0, foot / height, 1, 1 - (HEAD + foot) / height)
    engine = ConstrainedLayoutEngine(rect=frame, w_pad=0.08, h_pad=0.08)
    figure = Figure(figsize=(WIDTH, height), layout=engine)
    figure.text(0.01, 1 - 0.08 / height, title, va="top", fontsize=13, fontweight="bold")
    below = "\n".join(lines)
    figure.text(0.01, 0.08 / height, below, va="bottom", fontsize=SMALL, color=GREY)
    return figure


def folded(source: str) -> list[str]:
    """The lines at the foot; shorter where letters are wide."""
    wide = sum(ord(letter) > 0x2E7F for letter in source)
    share = (len(source) + 1) / (len(source) + 1 + wide)
    return wrap(source, int(SOURCE_LETTERS * share))


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


def listed(axes: Axes, names: Sequence[str]) -> None:
    """Rows of a picture from the top down, each with its name."""
    axes.set_yticks(range(len(names)), names, fontsize=WORDS)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="x", labelsize=WORDS)


def keys(figure: Figure | SubFigure, handles: Sequence[Line2D]) -> None:
    """What colours and marks mean, above on the right, beside the title."""
    place: Any = "upper right" if isinstance(figure, Figure) else "outside upper right"
    figure.legend(handles=list(handles), loc=place, ncols=len(handles),
                  fontsize=WORDS, frameon=False)  # fmt: skip


def told(unit: str, difference: bool = False) -> str:
    """A unit in brackets; shares in per cent, their differences in percentage points."""
    if unit == "1":
        return f"[{say('percentage points')}]" if difference else "[%]"
    return f"[{say(unit)}]" if unit else ""


def factor(unit: str) -> float:
    """By what a value is multiplied before it is drawn: shares by a hundred."""
    return PER_CENT if unit == "1" else 1


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


def checked(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The frame. Raises ValueError for a column that it lacks, or where it has no row."""
    for column in columns:
        if column not in frame:
            raise ValueError(f"no column {column!r}; there are {', '.join(map(str, frame))}")
    if not len(frame):
        raise ValueError("nothing to draw: the table has no rows")
    return frame
