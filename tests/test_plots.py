"""Pictures show what the frames say, and nothing lies over anything else."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from sim import plots
from sim.pictures import ComparisonPlots
from sim.plots import paper

pytestmark = pytest.mark.door

TIERS = ["village", "township", "county", "municipal", "hub"]
CLASSES = ["urgent", "returning", "referred", "ordinary"]
SPECIALTIES = ["emergency", "general", "surgery"]
SOURCE = "a county; seed 1; 7 days measured after 5 days of warm-up"


def category(codes, words):
    return pd.Categorical.from_codes(codes, words)


@pytest.fixture
def visits():
    """Every tier with every class and department; three contacts that came from the village."""
    n = 600
    at = np.arange(n)
    return pd.DataFrame({
        "tier": category(at % 5, TIERS),
        "class": category(at // 5 % 4, CLASSES),
        "specialty": category(at // 20 % 3, SPECIALTIES),
        "wait": np.where(at % 50 == 0, np.nan, (at * 37 % 101).astype(float)),
        "resident": at,
        "contact": np.where(at % 5 == 2, 1, 0),
        "facility": [f"{TIERS[i % 5]} 1" for i in at],
        "advised_from": np.where(at % 5 == 2, "village 1", None),
        "referred_from": [None] * n,
    })  # fmt: skip


def waits(visits):
    """The picture of the waits of some visits."""
    seen = visits[visits["wait"].notna()]
    keys = ["tier", "specialty", "class", "wait"]
    counts = seen.groupby(keys, observed=True).size().rename("count").reset_index()
    counts = counts.assign(least=counts["wait"], most=counts["wait"])
    waits = seen.groupby(["tier", "specialty"], observed=True)["wait"]
    columns = {"mean": waits.mean()} | {f"p{q}": waits.quantile(q / 100) for q in (50, 90, 95)}
    measures = pd.concat(
        [
            column.rename("value").reset_index().assign(measure=f"wait_{name}")
            for name, column in columns.items()
        ]
    ).rename(columns={"specialty": "group"})
    return plots.waits(counts, measures.astype({"tier": str, "group": str}), SOURCE)


def moved(origin="village", to="county", count=120):
    return pd.DataFrame({"origin": [origin], "tier": [to], "count": [count]})


def referrals():
    """The picture of flows: the county's visits come on the village's advice."""
    came = pd.DataFrame({"tier": category(range(5), TIERS), "how": "first contact", "count": 120})
    came.loc[2, "how"] = "advised to go higher"
    counts = {
        "came": came,
        "advised": moved(),
        "referred": moved(count=6),
        "stepped": moved("hub", "county", 3).iloc[:0],
        "stays": pd.DataFrame({"tier": TIERS, "requested": 10}),
    }
    return plots.referrals(counts, SOURCE)


def texts_of(figure):
    """Texts that are drawn, with their boxes on the page."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    unseen = {label for axes in figure.axes for label in labels_beyond(axes)}
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t not in unseen]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in texts if t.get_text().strip()]


def labels_beyond(axes):
    """Labels of ticks outside the view, which are not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        yield from (t.label1 for t in axis.get_major_ticks() if not low <= t.get_loc() <= high)


def overlapping(figure):
    """Pairs of texts whose boxes share more than a hair."""
    boxes = [(text, box.padded(-1.5)) for text, box in texts_of(figure)]
    boxes = [(text, box) for text, box in boxes if box.width > 0 and box.height > 0]
    return [
        (one, two) for i, (one, a) in enumerate(boxes) for two, b in boxes[i + 1 :] if a.overlaps(b)
    ]


def differences(*rows):
    columns = ["measure", "group", "difference", "low", "high", "unit"]
    return pd.DataFrame(list(rows), columns=columns)


def intervals(count):
    return differences(
        *((f"measure_{i}", "county", i, i - 1.5, i + 1, ("min", "1")[i % 2]) for i in range(count))
    )


def sides():
    rows = [(tier, group) for tier in TIERS for group in ("all", *CLASSES)]
    return pd.DataFrame(
        [(*row, q, 2.0 * i + j, 1.5 * i + j) for i, row in enumerate(rows)
         for j, q in enumerate(("p50", "mean", "p90"))],
        columns=["tier", "class", "statistic", "baseline", "scenario"],
    )  # fmt: skip


def figures(visits):
    yield plots.forest(intervals(3), " ".join([SOURCE] * 4))
    yield waits(visits)
    yield referrals()
    yield plots.forest(intervals(12), SOURCE)
    yield plots.side_by_side(sides(), SOURCE)


def test_no_text_lies_over_another_and_all_is_on_the_page(visits):
    for figure in figures(visits):
        assert not overlapping(figure)
        width, height = figure.get_size_inches() * figure.dpi
        for text, box in texts_of(figure):
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text


def test_every_picture_names_its_source(visits):
    for figure in figures(visits):
        assert any(text.startswith(SOURCE) for text, _ in texts_of(figure))


def test_curves_fall_from_everybody_to_nobody(visits):
    figure = waits(visits)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title().split(",")[0] for axes in panels] == list(map(plots.label, TIERS))
    for line in (line for axes in panels for line in axes.lines):
        share = line.get_ydata()
        assert share[0] == 100 and share[-1] == 0 and (np.diff(share) <= 0).all()


def test_bars_stand_at_the_quantiles(visits):
    figure = waits(visits)
    axes = figure.axes[-1]
    words = [label.get_text() for label in axes.get_yticklabels()]
    row = words.index(f"{plots.label('county')} · general")
    at = (visits["tier"] == "county") & (visits["specialty"] == "general")
    here = visits.loc[at, "wait"].dropna()
    bars = [line.get_xdata() for line in axes.lines if line.get_ydata()[0] == row]
    expected = here.quantile([0.5, 0.95]).tolist(), here.quantile([0.5, 0.9]).tolist()
    assert [list(bar) for bar in bars[:2]] == [pytest.approx(pair) for pair in expected]
    assert bars[3][0] == pytest.approx(here.mean())


def test_flows_are_drawn_per_thousand_visits_of_the_tier_that_sent():
    panel = next(axes for axes in referrals().axes if axes.get_title().startswith("told"))
    (said,) = panel.texts
    assert said.get_text() == "1e+03" and said.get_position() == (2, 0)


def test_the_shares_of_how_visits_came_add_up():
    bars = referrals().axes[0].patches
    widths = [sum(b.get_width() for b in bars if round(b.get_y() + 0.4) == row) for row in range(5)]
    assert widths == [pytest.approx(100)] * 5


def test_an_interval_that_leaves_out_zero_is_filled():
    pair = differences(("clear", "", 2, 1, 3, "min"), ("open", "", 0.5, -1, 2, "min"))
    axes = plots.forest(pair, SOURCE).axes[0]
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert [p.get_markerfacecolor() for p in points] == [plots.BLUE, "white"]


def test_shares_differ_in_percentage_points_and_measures_stand_together():
    rows = ((m, tier, 0.01, -0.02, 0.03, "1") for tier in "ab" for m in ("x_y", "z"))
    axes = plots.forest(differences(*rows), SOURCE).axes[0]
    assert axes.get_xlabel() == "difference [percentage points]"
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "x y, a",
        "x y, b",
        "z, a",
        "z, b",
    ]
    assert list(axes.lines[0].get_xdata()) == pytest.approx([-2, 3])


def test_colours_of_classes_differ_in_lightness_or_hue_for_the_colour_blind():
    """Deuteranopes and protanopes see blue against yellow and lightness; any pair must differ."""
    seen = [(b - (r + g) / 2, (r + g + b) / 3)
            for r, g, b in map(to_rgb, plots.CLASS_COLOURS.values())]  # fmt: skip
    apart = [np.hypot(*np.subtract(one, two)) for i, one in enumerate(seen) for two in seen[:i]]
    assert min(apart) > 0.08


def compared(**differences):
    """A comparison whose measures differ by as much in every pair, in the county."""
    table = pd.DataFrame(
        [(m, "county", "all", "min", d, d, d) for m, d in differences.items()],
        columns=["measure", "tier", "group", "unit", "difference", "low", "high"],
    )
    return ComparisonPlots(SimpleNamespace(
        table=table, title="two", replications=2, seed=1, days=1, warmup=3,
    ))  # fmt: skip


def test_what_is_the_same_in_every_pair_is_named_below():
    figure = compared(wait_mean=2.0, occupancy=0.0).differences(["wait_mean", "occupancy"])
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["wait mean, county"]
    said = " ".join(" ".join(text for text, _ in texts_of(figure)).split())
    assert "1 day measured after 3 days of warm-up" in said
    assert "the same in every pair: occupancy" in said


def test_a_measure_that_nobody_knows_is_refused_with_the_nearest():
    with pytest.raises(KeyError, match="nearest: 'wait_mean'"):
        compared(wait_mean=2.0).differences(["wait_maen"])


def test_the_axis_of_waits_holds_every_bar(visits):
    """A small department waits longer than all but a thousandth of the rest."""
    many = pd.concat([visits.assign(wait=1.0)] * 10)
    at = np.flatnonzero((visits["tier"] == "hub") & (visits["specialty"] == "surgery"))[:2]
    rare = visits.iloc[at].assign(wait=400.0, specialty="obstetrics")
    both = pd.concat([many, rare], ignore_index=True)
    axes = waits(both).axes[-1]
    assert axes.get_xlim()[1] >= 400


def test_chinese_words_only_where_a_font_writes_them(monkeypatch):
    monkeypatch.setattr(paper, "chinese_font", lambda: None)
    with pytest.raises(ValueError, match="no installed font writes Chinese"):
        plots.side_by_side(sides(), SOURCE, lang="zh")


def test_pictures_open_no_window_and_are_written(visits, tmp_path):
    path = plots.save(waits(visits), tmp_path / "waits.png")
    assert path.read_bytes().startswith(b"\x89PNG")
