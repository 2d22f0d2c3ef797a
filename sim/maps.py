"""Where is it high, where low? Any value by county, on the real outlines.

`county_map` takes a table with one row a county. The outlines are simplified county by county, for
display (sim/data/geography/README.md), so that small districts leave gaps or overlap a little.
Colours are told apart by colour-blind readers and stay in order in black and white.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import BoundaryNorm, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

from sim import distance, divisions, outline
from sim.language import measure as in_words
from sim.language import say
from sim.plots import PER_CENT, WIDTH, chinese_font, drawing, sheet
from sim.world import Array

Scale = Literal["linear", "log", "classes"]
SCALES = ("linear", "log", "classes")
SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
INNER, OUTER = {SEQUENTIAL: "#FFFFFF", DIVERGING: "#999999"}, "#333333"  # borders
BLANK: dict[str, Any] = {
    "facecolor": "#EEEEEE", "edgecolor": "#AAAAAA", "hatch": "//////", "linewidth": 0.4,
}  # fmt: skip
ASIDE = 0.02  # degrees beside an edge where one looks for land; gaps between counties are narrower
CLASSES = 5  # quantiles of the counties
LOWEST, HIGHEST = 3.0, 9.5  # inches of a map
MARGIN = 0.04  # around the outlines, share of their width
SHARE_OF_BAR = 0.25  # of the width that the bar of kilometres may take
MOST_NAMES = 30  # counties whose names have room
FULL_WIDTH = 0.82  # of the sheet, beside the colour bar
Ring = Array


@drawing
def county_map(
    frame: pd.DataFrame,
    value: str = "value",
    *,
    title: str | None = None,
    unit: str | None = None,
    source: str = "",
    scale: Scale = "linear",
    centre: float | None = None,
) -> Figure:
    """A value by county as colour; counties without one are hatched.

    frame: columns `county` (six-digit code or name) and the value, one row a county; several
    counties are shown in their whole prefectures. title and unit: those of the columns `measure`
    and `unit` if not given; shares (unit 1) are shown in per cent. scale: `linear`, `log`, or
    `classes` with equally many counties each. centre: where two colours part, 0 for differences.

    Raises UnknownPlace (a ValueError) for a county that does not exist, ValueError for a column
    that the frame lacks, a county given twice, and values that the scale cannot show.
    """
    unit = only(frame, "unit", "") if unit is None else unit
    title = in_words(only(frame, "measure", value)) if title is None else title
    values = values_of(frame, value) * (PER_CENT if unit == "1" else 1)
    codes = shown_counties(values)
    norm, colours = shading(values.to_numpy(), scale, centre)
    west, south, east, north = extent(codes)
    stretch = 1.0 / cosine((south + north) / 2)
    tall = FULL_WIDTH * WIDTH * stretch * (north - south) / (east - west)
    figure = sheet(min(max(tall, LOWEST), HIGHEST), title, source)
    axes = figure.subplots()
    drawn = painted(axes, values.reindex(codes), norm, colours)
    borders(axes, codes)
    names(axes, codes)
    axes.set(xlim=(west, east), ylim=(south, north), aspect=stretch)
    axes.set_axis_off()
    kilometre_bar(axes, (west, south, east, north))
    explained(figure, axes, drawn, told_unit(unit, centre), len(codes))
    return figure


def told_unit(unit: str, centre: float | None) -> str:
    """The unit in words: shares in per cent, their differences in percentage points."""
    if unit == "1":
        return "%" if centre is None else say("percentage points")
    return say(unit)


def only(frame: pd.DataFrame, column: str, otherwise: str) -> str:
    """The one word of a column, if the frame has it."""
    words = list(frame[column].unique()) if column in frame else []
    return str(words[0]) if len(words) == 1 else otherwise


def values_of(frame: pd.DataFrame, value: str) -> pd.Series:
    """Values by county code; not a number where there is none."""
    for column in ("county", value):
        if column not in frame:
            raise ValueError(f"no column {column!r}; there are {', '.join(map(str, frame))}")
    if not len(frame):
        raise ValueError("no county to draw: the table has no rows")
    codes = [divisions.county(name).code for name in frame["county"]]
    twice = [code for code, count in Counter(codes).items() if count > 1]
    if twice:
        rows = [divisions.counties()[code] for code in twice]
        raise ValueError(f"given twice: {', '.join(row.prefecture + row.name for row in rows)}")
    found = pd.Series(frame[value].to_numpy(float), index=codes)
    return found.where(np.isfinite(found))


def shown_counties(values: pd.Series) -> list[int]:
    """Codes of the counties to draw: the one given, or all of the prefectures of several."""
    if len(values) == 1:
        return list(values.index)
    areas = {divisions.counties()[code].pooling_area for code in values.index}
    return [code for code, row in divisions.counties().items() if row.pooling_area in areas]


# --- colours ---------------------------------------------------------------------------------


def shading(values: Array, scale: Scale, centre: float | None) -> tuple[Normalize, str]:
    """How values become colours, and which ones."""
    if scale not in SCALES:
        raise ValueError(f"no scale {scale!r}; there are {', '.join(SCALES)}")
    known = values[np.isfinite(values)]
    if centre is not None:
        reach = float(np.abs(known - centre).max(initial=0.0)) or 1.0
        return Normalize(centre - reach, centre + reach), DIVERGING
    if not len(known):
        return Normalize(0.0, 1.0), SEQUENTIAL
    low, high = float(known.min()), float(known.max())
    if scale == "log" and low <= 0:
        raise ValueError(f"a logarithmic scale shows values above 0 only, not {low:g}")
    if low == high:
        return Normalize(low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2), SEQUENTIAL
    if scale == "classes":
        edges = np.unique(np.quantile(known, np.linspace(0, 1, CLASSES + 1)))
        return BoundaryNorm(edges, 256), SEQUENTIAL
    return (LogNorm if scale == "log" else Normalize)(low, high), SEQUENTIAL


def explained(figure: Figure, axes: Axes, drawn: PathCollection, unit: str, counties: int) -> None:
    """What the colours mean, in the unit: a bar, or the value where all have the same."""
    shown: Any = drawn.get_array()
    known = np.unique(shown)
    keys = []
    if len(known) == 1:
        colour: Any = drawn.cmap(drawn.norm(known[0]))
        keys.append(Patch(facecolor=colour, label=f"{known[0]:,.4g} {unit}"))
    elif len(known):
        colour_bar(figure, axes, drawn, unit)
    if blank := counties - len(shown):
        keys.append(Patch(label=say("no value ({counties})", counties=blank), **BLANK))
    if keys:
        axes.legend(handles=keys, loc="upper left", fontsize=8, frameon=False)


def colour_bar(figure: Figure, axes: Axes, drawn: PathCollection, unit: str) -> None:
    """The colours from the lowest to the highest value."""
    bar = figure.colorbar(drawn, ax=axes, shrink=0.75, aspect=28, pad=0.01, label=f"[{unit}]")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    if isinstance(drawn.norm, BoundaryNorm):
        bar.set_ticks(list(drawn.norm.boundaries))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.3g}"))
    bar.ax.tick_params(labelsize=8)
    bar.outline.set_visible(False)


# --- outlines --------------------------------------------------------------------------------


def painted(axes: Axes, values: pd.Series, norm: Normalize, colours: str) -> PathCollection:
    """Counties with a value in its colour, the others hatched."""
    known = values.notna()
    shapes = [shape_of(code) for code in values.index[known]]
    inner = INNER[colours]
    drawn = PathCollection(shapes, cmap=colours, linewidths=0.4, edgecolors=inner)
    drawn.set(array=values[known].to_numpy(), norm=norm)
    axes.add_collection(drawn)
    axes.add_collection(PathCollection([shape_of(code) for code in values.index[~known]], **BLANK))
    return drawn


def shape_of(code: int) -> Path:
    """All rings of a county as one path, in which a hole is a hole."""
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in wound(code)))


def wound(code: int) -> list[Ring]:
    """Rings of a county: those around land run one way, those around holes the other."""
    rings = outline.outlines()[code]
    return [
        ring if (turn(ring) > 0) == (depth(ring, rings) % 2 == 0) else ring[::-1] for ring in rings
    ]


def turn(ring: Ring) -> float:
    """Twice the area inside, negative where the ring runs clockwise."""
    lon, lat = ring[:, 0], ring[:, 1]
    return float((lon[:-1] * lat[1:] - lon[1:] * lat[:-1]).sum())


def depth(ring: Ring, rings: Sequence[Ring]) -> int:
    """How many of the other rings lie around it."""
    return sum(bool(outline.inside(ring[:1], (other,))[0]) for other in rings if other is not ring)


def borders(axes: Axes, codes: Sequence[int]) -> None:
    """Borders of the prefectures."""
    areas: dict[int, list[int]] = {}
    for code in codes:
        areas.setdefault(divisions.counties()[code].pooling_area, []).append(code)
    lines = np.concatenate([border(within) for within in areas.values()])
    axes.add_collection(LineCollection(list(lines), colors=OUTER, linewidths=0.7))


def border(codes: Sequence[int]) -> Array:
    """Edges (n, 2 points, 2) that no two counties share, without their land on both sides."""
    every = np.concatenate([edges_of(code) for code in codes])
    found, times = np.unique(every, axis=0, return_counts=True)
    edges = found[times == 1]
    start, end = edges[:, 0], edges[:, 1]
    along = (end - start) / np.linalg.norm(end - start, axis=1)[:, None]
    across = ASIDE * np.column_stack([-along[:, 1], along[:, 0]])
    middle = (start + end) / 2
    return edges[~(covers(codes, middle + across) & covers(codes, middle - across))]


def covers(codes: Sequence[int], points: Array) -> Array:
    """Whether one of the counties holds each point (n, 2)."""
    outlines = outline.outlines()
    return np.any([outline.inside(points, outlines[code]) for code in codes], axis=0)


def edges_of(code: int) -> Array:
    """Pairs of neighbouring points (n, 2, 2), the same whichever way a ring runs."""
    pairs = np.concatenate([np.stack([r[:-1], r[1:]], axis=1) for r in outline.outlines()[code]])
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]).any(axis=1)]
    back = (pairs[:, 0, 0] > pairs[:, 1, 0]) | (
        (pairs[:, 0, 0] == pairs[:, 1, 0]) & (pairs[:, 0, 1] > pairs[:, 1, 1])
    )
    return np.where(back[:, None, None], pairs[:, ::-1], pairs)


def names(axes: Axes, codes: Sequence[int]) -> None:
    """Names of few counties or, of many, of their prefectures.

    Where no font writes Chinese, few counties get their codes, and prefectures nothing.
    """
    rows = [divisions.counties()[code] for code in codes]
    spots: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        county = row.name if chinese_font() else str(row.code)
        word = county if len(rows) <= MOST_NAMES else row.prefecture
        spots.setdefault(word, []).append((row.lon, row.lat))
    if len(rows) > MOST_NAMES and not chinese_font():
        return
    for word, points in spots.items():
        lon, lat = np.mean(points, axis=0)
        text = axes.text(lon, lat, word, ha="center", va="center", fontsize=7, clip_on=True)
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])


# --- the sheet -------------------------------------------------------------------------------


def extent(codes: Sequence[int]) -> tuple[float, float, float, float]:
    """West, south, east and north of counties [degrees], with a margin."""
    points = np.vstack([ring for code in codes for ring in outline.outlines()[code]])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * max(east - west, north - south)
    return west - margin, south - 2 * margin, east + margin, north + margin


def cosine(latitude: float) -> float:
    """How much shorter a degree of longitude is than one of latitude."""
    return float(distance.cosine(np.array(latitude)))


def kilometre_bar(axes: Axes, within: tuple[float, float, float, float]) -> None:
    """A bar of a round number of kilometres, below on the left; lengths hold on the middle
    parallel."""
    west, south, east, north = within
    wide = distance.KM_PER_DEGREE * cosine((south + north) / 2) * (east - west)
    length = round_below(SHARE_OF_BAR * wide)
    lon, lat = west + MARGIN / 2 * (east - west), south + MARGIN / 2 * (north - south)
    end = lon + length / wide * (east - west)
    axes.plot([lon, end], [lat, lat], color=OUTER, lw=2, solid_capstyle="butt")
    axes.annotate(
        f"{length:g} km", ((lon + end) / 2, lat), xytext=(0, 3), textcoords="offset points",
        ha="center", va="bottom", fontsize=8, color=OUTER,
    )  # fmt: skip


def round_below(length: float) -> float:
    """The largest of 1, 2, 5, 10, 20, ... that is not above."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(max(step * power for step in (1, 2, 5) if step * power <= length))
