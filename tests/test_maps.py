"""A value by county as a map: the right colour in the right place, and what has none says so."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import LogNorm, to_hex
from matplotlib.figure import Figure
from typer.testing import CliRunner

from sim import maps, places, reading
from sim.cli import app
from sim.maps import county_map
from sim.pictures import ComparisonPlots, RunPlots
from sim.plots import save

YANGXIN, HUBEI = 420222, 42
LAKES = 421002  # a county with a hole in its outline: land of another county
MEASURE = "within_county"


def table(*codes: int, start: float = 0.2) -> pd.DataFrame:
    """Shares by county, rising from row to row."""
    return pd.DataFrame(
        {
            "measure": MEASURE,
            "county": [f"{code:06}" for code in codes],
            "name": [places.counties()[code].name for code in codes],
            "value": start + 0.7 * np.arange(len(codes)) / len(codes),
            "unit": "1",
            "n": 100,
        }
    )


def of_prefecture(code: int) -> list[int]:
    """Counties of the prefecture of a county."""
    area = places.counties()[code].prefecture_code
    return [code for code, row in places.counties().items() if row.prefecture_code == area]


def of_province(number: int) -> list[int]:
    return [code for code, row in places.counties().items() if row.province == number]


def painted(figure: Figure) -> PathCollection:
    return figure.axes[0].collections[0]


def texts(figure: Figure) -> list[str]:
    """All words on a figure."""
    legend = figure.axes[0].get_legend()
    keys = [text.get_text() for text in legend.get_texts()] if legend else []
    return keys + [a.get_ylabel() for a in figure.axes] + [t.get_text() for t in figure.texts]


def pixel(figure: Figure, lon: float, lat: float) -> str:
    """Colour at a place of a drawn figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    x, y = figure.axes[0].transData.transform((lon, lat))
    picture = np.asarray(canvas.buffer_rgba())
    return to_hex(picture[picture.shape[0] - 1 - int(y), int(x)] / 255)


def middle_of_hole(code: int) -> tuple[float, float]:
    """A point inside a ring that lies inside another ring of the county."""
    rings = places.outlines()[code]
    hole = next(ring for ring in rings if maps.depth(ring, rings) == 1)
    grid = hole.min(axis=0) + np.random.default_rng(1).random((500, 2)) * np.ptp(hole, axis=0)
    within = grid[places.inside(grid, (hole,))]
    apart = np.linalg.norm(within[:, None] - hole[None], axis=2).min(axis=1)
    lon, lat = within[np.argmax(apart)]
    return float(lon), float(lat)


@pytest.mark.unit
def test_a_county_has_the_colour_of_its_value() -> None:
    codes = of_prefecture(YANGXIN)
    figure = county_map(table(*codes).sample(frac=1, random_state=1))
    drawn = painted(figure)
    values = table(*codes)["value"].to_numpy()
    for code, value in zip(codes, values, strict=True):
        row = places.counties()[code]
        colour = to_hex(drawn.cmap(drawn.norm(100 * value)))
        if row.area > 500:  # in others the name is in the way
            assert pixel(figure, row.lon, row.lat - 0.03) == colour, row.name


@pytest.mark.unit
def test_a_hole_is_a_hole() -> None:
    figure = county_map(table(LAKES))
    row = places.counties()[LAKES]
    assert pixel(figure, *middle_of_hole(LAKES)) == "#ffffff"
    assert pixel(figure, row.lon, row.lat - 0.02) != "#ffffff"
    turns = [np.sign(maps.turn(ring)) for ring in maps.wound(LAKES)]
    assert set(turns) == {-1, 1}


@pytest.mark.unit
def test_counties_without_a_value_are_hatched_and_counted() -> None:
    codes = of_prefecture(YANGXIN)
    frame = table(*codes[1:])
    frame.loc[0, "value"] = np.nan
    figure = county_map(frame)
    blank = figure.axes[0].collections[1]
    assert isinstance(blank, PathCollection) and blank.get_hatch()
    assert len(blank.get_paths()) == 2
    assert len(painted(figure).get_paths()) == len(codes) - 2
    assert "no value (2)" in texts(figure)
    nothing = county_map(frame.assign(value=np.inf))
    assert f"no value ({len(codes)})" in texts(nothing)


@pytest.mark.unit
def test_lengths_are_true() -> None:
    figure = county_map(table(*of_province(HUBEI)))
    axes = figure.axes[0]
    FigureCanvasAgg(figure).draw()
    south, north = axes.get_ylim()
    middle, lon = (south + north) / 2, np.mean(axes.get_xlim())
    here = axes.transData.transform([(lon, middle), (lon + 0.1, middle), (lon, middle + 0.1)])
    east, up = here[1, 0] - here[0, 0], here[2, 1] - here[0, 1]
    km = places.kilometres(
        lon, middle, np.array([lon + 0.1, lon]), np.array([middle, middle + 0.1])
    )
    assert east / up == pytest.approx(km[0] / km[1], rel=1e-3)
    bar = axes.lines[0].get_xdata()
    length = float(next(t.get_text() for t in axes.texts if "km" in t.get_text()).split()[0])
    assert places.kilometres(bar[0], middle, bar[1], middle) == pytest.approx(length, rel=1e-3)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("length", "bar"), [(0.37, 0.2), (1, 1), (3.3, 2), (49, 20), (51, 50), (99.9, 50), (730, 500)]
)
def test_the_bar_is_a_round_number_of_kilometres(length: float, bar: float) -> None:
    assert maps.round_below(length) == pytest.approx(bar)


@pytest.mark.unit
def test_borders_of_prefectures_leave_out_what_two_of_their_counties_share() -> None:
    codes = of_prefecture(YANGXIN)
    shared = [tuple(map(tuple, e)) for code in codes for e in maps.edges_of(code).tolist()]
    twice = {edge for edge in shared if shared.count(edge) > 1}
    border = {tuple(map(tuple, edge)) for edge in maps.border(codes).tolist()}
    assert twice and border
    assert not twice & border
    alone, every = len(maps.border([YANGXIN])), len(maps.edges_of(YANGXIN))
    assert 0.9 * every < alone <= every


@pytest.mark.unit
def test_shares_are_per_cent_and_differences_percentage_points_around_zero() -> None:
    codes = of_prefecture(YANGXIN)
    share = county_map(table(*codes))
    assert "[%]" in texts(share)
    assert painted(share).norm.vmin == pytest.approx(20)
    assert "within county" in texts(share)
    moved = county_map(table(*codes, start=-0.1), centre=0.0, title="more", unit="1")
    norm = painted(moved).norm
    assert norm.vmin == -norm.vmax
    assert painted(moved).cmap.name == maps.DIVERGING
    assert {"more", "[percentage points]"} <= set(texts(moved))


@pytest.mark.unit
def test_scales() -> None:
    frame = table(*of_province(HUBEI)).assign(unit="minutes")
    assert isinstance(painted(county_map(frame, scale="log")).norm, LogNorm)
    edges = painted(county_map(frame, scale="classes")).norm.boundaries
    counts, _ = np.histogram(frame["value"], edges)
    assert len(counts) == maps.CLASSES
    assert counts.max() - counts.min() <= 1
    same = county_map(frame.assign(value=3.0), scale="classes")
    assert "3 minutes" in texts(same)


@pytest.mark.door
@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ([YANGXIN], 1),
        (of_prefecture(YANGXIN)[:2], len(of_prefecture(YANGXIN))),
        (of_province(HUBEI), len(of_province(HUBEI))),
        (list(places.counties()), len(places.counties())),
    ],
    ids=["county", "prefecture", "province", "all"],
)
def test_whatever_is_given_is_drawn(codes: list[int], shown: int, tmp_path: Path) -> None:
    places.outlines()
    began = time.perf_counter()
    figure = county_map(table(*codes), source="a test")
    path = save(figure, tmp_path / "map.png")
    assert time.perf_counter() - began < 8  # about half a second; all four provinces 2
    assert path.stat().st_size > 10_000
    assert sum(len(c.get_paths()) for c in figure.axes[0].collections[:2]) == shown
    assert isinstance(figure.axes[0].collections[2], LineCollection)
    assert "a test" in texts(figure)


@pytest.mark.door
def test_counties_may_be_named() -> None:
    figure = county_map(pd.DataFrame({"county": ["阳新", 420281], "share": [1, 2]}), "share")
    assert len(painted(figure).get_paths()) == 2
    assert "share" in texts(figure)


@pytest.mark.door
@pytest.mark.parametrize(
    ("frame", "given", "message"),
    [
        (table(YANGXIN).assign(county="阳兴县"), {}, "no county is called '阳兴县'; use 阳新"),
        (table(YANGXIN).assign(county="420229"), {}, "use 420222 阳新县|420222"),
        (table(YANGXIN, YANGXIN), {}, "given twice: 黄石市阳新县"),
        (table(YANGXIN), {"value": "worth"}, "no column 'worth'; there are measure, county"),
        (table(YANGXIN).iloc[:0], {}, "no county to draw"),
        (table(YANGXIN, start=0.0), {"scale": "log"}, "above 0 only, not 0"),
        (table(YANGXIN), {"scale": "logarithmic"}, "there are linear, log, classes"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    frame: pd.DataFrame, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        county_map(frame, **given)


def result(**columns: Any) -> SimpleNamespace:
    """A result that knows two measures by county."""
    known = table(*of_prefecture(YANGXIN)).assign(**columns)
    both = pd.concat([known, known.assign(measure="visits", unit="visits")])
    return SimpleNamespace(
        by=lambda what: both[both["county"].notna()] if what == "county" else both.iloc[:0],
        title="Huangshi", seed=1, days=7, warmup=5, replications=3,
    )  # fmt: skip


@pytest.mark.door
def test_a_run_draws_a_measure_by_county_in_one_call() -> None:
    figure = RunPlots(result(tier="all", group="all")).map(MEASURE)
    assert {"within county", "[%]"} <= set(texts(figure))
    assert any("Huangshi; seed 1; 7 days measured" in text for text in texts(figure))
    assert isinstance(painted(RunPlots(result()).map("visits", "log")).norm, LogNorm)


@pytest.mark.door
def test_a_comparison_draws_the_difference_by_county() -> None:
    figure = ComparisonPlots(result(difference=np.linspace(-0.01, 0.03, 6))).map(MEASURE)
    assert painted(figure).norm.vmax == pytest.approx(3)
    assert {"within county: scenario minus baseline", "[percentage points]"} <= set(texts(figure))


@pytest.mark.door
def test_a_measure_that_is_not_known_by_county_is_told_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="no measure 'within_country'; nearest: 'within_county'"):
        RunPlots(result()).map("within_country")
    with pytest.raises(KeyError, match="has no tier 'all'; there are hub"):
        RunPlots(result(tier="hub", group="all")).map(MEASURE)
    assert RunPlots(result(tier="hub", group="all")).map(MEASURE, tier="hub")
    listed = SimpleNamespace(by=lambda what: table())
    with pytest.raises(KeyError, match="nothing is known by county"):
        RunPlots(listed).map(MEASURE)


@pytest.mark.door
def test_the_command_draws_maps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = result()
    held.plot = RunPlots(held)
    monkeypatch.setattr(reading, "read", lambda folder: held)
    words = ["plot", str(tmp_path), "--map", MEASURE, "--map", "visits"]
    assert CliRunner().invoke(app, words).exit_code == 0
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["map_visits.png", f"map_{MEASURE}.png"]
    refused = CliRunner().invoke(app, ["plot", str(tmp_path), "--map", "visit"])
    assert refused.exit_code == 2
    assert refused.stderr == "no measure 'visit'; nearest: 'visits'\n"
