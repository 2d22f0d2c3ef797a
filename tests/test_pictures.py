"""Pictures of days, beds, ledgers and sweeps show what the frames say, in two languages."""

import ast
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_plots import SOURCE, overlapping, texts_of

from sim import language, measures, plots
from sim.pictures import RunPlots, beds_of, turns
from sim.plots import fronts

pytestmark = pytest.mark.door

TIERS = ["village", "township", "county", "municipal", "hub"]
DAYS, WARMUP = 42, 14
POLICIES = [
    {"name": "telemedicine", "from": "2022-03-28", "until": "2022-04-10"},
    {"name": "resource_sinking", "waves": [{"from": "2022-03-29", "share": 0.1}]},
    {"name": "telemedicine", "from": "2030-01-01"},
    {"name": "training"},
]
needs_chinese = pytest.mark.skipif(not plots.chinese_font(), reason="no font writes Chinese")


def days():
    """Four series of five tiers, six weeks from Monday 7 March 2022."""
    dates = pd.date_range("2022-03-07", periods=DAYS).strftime("%Y-%m-%d")
    return pd.DataFrame([
        (day, dates[day], name, tier, (10.0 ** (1 + rank)) * (1 + day % 7))
        for name in ("visits", "wait_mean", "referred", "in_bed", "awaiting_bed")
        for rank, tier in enumerate(TIERS) for day in range(DAYS)
    ], columns=["day", "date", "measure", "tier", "value"])  # fmt: skip


def ledger():
    """Two tiers and the episodes, closed to zero."""
    ways = {way for ways in (plots_ways("VISITS"), plots_ways("EPISODES")) for way in ways}
    rows = [{"ledger": name, "tier": tier, "came": 100, "gap": 0, **dict.fromkeys(ways, 0),
             "resolved": 90, last: 10}
            for name, tier, last in (("visits", "village", "advised"), ("visits", "hub", "waiting"),
                                     ("episodes", "all", "at_home"))]  # fmt: skip
    return pd.DataFrame(rows)


def plots_ways(name):
    from sim.plots import accounts

    return [column for columns in getattr(accounts, name).values() for column in columns]


@dataclass
class Shown:
    """What pictures read of a run."""

    series: pd.DataFrame
    scenario: dict
    warmup: int = WARMUP
    days: int = DAYS - WARMUP
    title: str = "six weeks"
    seed: int = 1
    content_hash: str = "0123456789abcdef"


@pytest.fixture
def run():
    return Shown(days(), {"policies": POLICIES})


INTERVALS = ["measure", "group", "difference", "low", "high", "unit"]


def forest():
    rows = [("wait_mean", tier, -1.0, -2.0, float(i), "min") for i, tier in enumerate(TIERS)]
    return pd.DataFrame(rows, columns=INTERVALS)


def steps():
    rows = [("added", "a", -3.0, -4.0, -2.0), ("added", "b", 1.0, 0.5, 1.5),
            ("whole", "", -2.0, -3.0, -1.0), ("interaction", "", 0.5, -1.0, 2.0),
            ("lost", "a", -2.5, -3.0, -2.0), ("lost", "b", 1.5, 1.0, 2.0),
            ("alone", "a", -3.0, -4.0, -2.0), ("alone", "b", 0.5, 0.0, 1.0),
            ("none", "", 40.0, 39.0, 41.0)]  # fmt: skip
    columns = ["effect", "policy", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns).assign(measure="wait_mean", tier="hub", unit="min")


def doses():
    dose = np.linspace(0, 1, 5)
    of = {"wait_mean": "min", "within_county": "1", "remote_per_1000": "1/1000/year"}
    return pd.concat([pd.DataFrame({
        "dose": dose, "estimate": dose, "low": dose - 0.1, "high": dose + 0.1, "measure": m,
        "unit": unit,
    }) for m, unit in of.items()])  # fmt: skip


def sensitivities():
    return pd.DataFrame({"parameter": ["weak", "strong"], "low_effect": [-0.1, 2.0],
                         "high_effect": [0.2, -3.0], "low": [0, 1], "high": [1, 9]})  # fmt: skip


def choices(count=20):
    x = np.arange(count) % 7 + 0.1 * np.arange(count)
    y = np.arange(count)[::-1] % 5 / 10
    return pd.DataFrame(
        {
            "x": x,
            "y": y,
            "label": [f"dose {i}" for i in range(count)],
            "xlow": x - 0.2,
            "xhigh": x + 0.2,
            "ylow": y - 0.02,
            "yhigh": y + 0.02,
        }
    )


def figures(shown, lang):
    yield RunPlots(shown).series(lang=lang)
    yield plots.series(days()[lambda f: f["day"] < 3], SOURCE, lang=lang)
    yield plots.beds(days(), pd.Series({"hub": 5e5, "county": 9e3}), SOURCE, lang=lang)
    yield plots.ledger(ledger(), SOURCE, lang=lang)
    yield plots.forest(forest(), SOURCE, lang=lang)
    yield plots.waterfall(steps(), SOURCE, lang=lang)
    yield plots.knock_outs(steps(), SOURCE, lang=lang)
    yield plots.dose(doses(), SOURCE, of="coverage", lang=lang)
    yield plots.tornado(sensitivities(), SOURCE, measured="wait_mean", unit="min", lang=lang)
    yield plots.pareto(choices(), SOURCE, x=("wait_mean", "min"), y=("within_county", "1"),
                       better=("less", "more"), lang=lang)  # fmt: skip
    for count in (1, 2, 3):
        yield front(count, lang)


AIMS = (plots.Aim("wait_mean", "min", "less", "hub", 10.2),
        plots.Aim("within_county", "1", "more", "", 0.83),
        plots.Aim("bypass", "1", "less", "", 0.2))  # fmt: skip


def front(aims, lang="en"):
    """Twenty choices against some aims: the first six the best, of which one is not borne out."""
    rows = choices()
    frame = pd.DataFrame({"number": range(20), "front": rows.index < 6, "holds": rows.index != 2})
    for i, (name, half) in enumerate((("x", 0.2), ("y", 0.02), ("x", 0.1))):
        frame[f"value{i}"] = rows[name] / (1 + i)
        frame[f"low{i}"], frame[f"high{i}"] = frame[f"value{i}"] - half, frame[f"value{i}"] + half
    beside = pd.DataFrame({"resource_sinking share": ["0.0123"] * 20, "doctors": ["4.56"] * 20})
    return plots.front(frame, beside, SOURCE, aims=AIMS[:aims], lang=lang)


@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=needs_chinese)])
def test_no_text_lies_over_another_and_all_is_on_the_page(run, lang):
    for figure in figures(run, lang):
        assert not overlapping(figure)
        width, height = figure.get_size_inches() * figure.dpi
        for text, box in texts_of(figure):
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text


@needs_chinese
def test_what_is_said_in_chinese_is_chinese(run):
    titles = [figure.texts[0].get_text() for figure in figures(run, "zh")]
    assert all(any(ord(letter) > 0x2E7F for letter in title) for title in titles)
    assert "随机种子 1; 预热 14 天 后测量 28 天; 结果 0123456789ab" in " ".join(
        text for text, _ in texts_of(RunPlots(run).series(lang="zh"))
    )


def test_the_foot_of_a_picture_names_the_result(run):
    said = [text for text, _ in texts_of(RunPlots(run).series())]
    foot = "six weeks; seed 1; 28 days measured after 14 days of warm-up; result 0123456789ab"
    assert foot in said


def test_policies_turn_on_the_days_that_the_scenario_says(run):
    assert list(turns(run)) == [
        (21, "telemedicine from 2022-03-28"), (34, "telemedicine ends 2022-04-10"),
        (22, "resource_sinking, next wave 2022-03-29"), (14, "training from 2022-03-21"),
    ]  # fmt: skip


def test_days_of_policies_are_numbered_in_order_and_the_warm_up_is_shaded(run):
    figure = RunPlots(run).series(["visits"])
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3", "4"]
    first = axes.get_xlim()[0]
    dashed = [line.get_xdata()[0] - first for line in axes.lines if line.get_linestyle() == "--"
              and len(set(line.get_xdata())) == 1]  # fmt: skip
    assert dashed == [14, 21, 22, 34]
    shade = axes.patches[0]
    assert (shade.get_x() - first, shade.get_width()) == (0, WARMUP)


def test_the_bold_line_is_the_mean_of_the_seven_days_around(run):
    (axes,) = RunPlots(run).series(["visits"]).axes
    bold = axes.lines[0].get_ydata()
    assert np.isnan(bold[:3]).all() and bold[3:-3] == pytest.approx([40.0] * (DAYS - 6))


def test_a_series_that_is_not_there_is_refused(run):
    with pytest.raises(ValueError, match="no series of queues; there are awaiting_bed, in_bed"):
        RunPlots(run).series(["queues"])


def test_beds_stand_in_per_cent_of_the_beds_of_the_tier():
    frame = days()
    frame.loc[frame["measure"] == "in_bed", "value"] = 30.0
    axes = plots.beds(frame, pd.Series({"hub": 40.0}), SOURCE).axes[0]
    assert set(axes.lines[1].get_ydata()) == {75.0}
    assert "hub (40 beds)" in [text for text, _ in texts_of(axes.figure)]


def test_every_bar_of_the_ledger_is_whole():
    for axes in plots.ledger(ledger(), SOURCE).axes:
        widths = {}
        for bar in axes.patches:
            row = round(bar.get_y() + 0.35)
            widths[row] = widths.get(row, 0) + bar.get_width()
        assert set(widths.values()) == {100.0}


def test_steps_start_where_the_one_before_ended():
    rows = steps()
    added = rows[rows["effect"] == "added"]
    for frame, below in ((rows, [(0, -2), (0, 0.5)]), (added, [])):
        axes = plots.waterfall(frame, SOURCE).axes[0]
        bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
        assert bars == [(0, -3), (-3, 1), *below]


def test_the_strongest_parameter_stands_first():
    axes = plots.tornado(sensitivities(), SOURCE, measured="wait_mean", unit="1").axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["strong  (1 … 9)", "weak  (0 … 1)"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([200, -10, -300, 20])


def test_the_band_of_a_dose_is_its_interval():
    axes = plots.dose(doses(), SOURCE).axes[1]
    band = axes.collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == pytest.approx((-10, 110))
    assert axes.get_title(loc="left") == "within county [percentage points]"


def test_the_front_is_what_nothing_beats():
    rows = pd.DataFrame({"x": [1, 2, 3, 1, 2], "y": [1, 2, 3, 0, 2]})
    assert fronts.unbeaten(rows, ("less", "more")).tolist() == [True, True, True, False, True]
    assert fronts.unbeaten(rows).tolist() == [False, False, False, True, False]


def test_every_pair_of_aims_has_its_panel_and_says_which_way_is_better():
    labels = [axes.get_xlabel() for axes in front(3).axes if axes.get_xlabel()]
    assert len(labels) == 3 and labels[0].startswith("wait mean, hub [min]")
    (axes, _), (alone, _) = front(2).axes, front(1).axes
    assert axes.get_ylabel() == (
        "within county [percentage points]\nagainst the lowest doses (83 %); more is better"
    )
    assert "(10.2 min); less is better" in alone.get_xlabel()
    joined = next(line for line in axes.lines if len(line.get_xdata()) == 5)
    assert list(joined.get_xdata()) == sorted(joined.get_xdata())
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in hollow] == [[2.2]]


def test_a_frame_without_its_columns_is_refused():
    with pytest.raises(ValueError, match="no column 'low'; there are effect"):
        plots.waterfall(steps().drop(columns="low"), SOURCE)
    with pytest.raises(ValueError, match="no rows"):
        plots.forest(forest().iloc[:0], SOURCE)


def test_a_picture_is_asked_for_by_name(run):
    assert RunPlots(run)("series", ["visits"]).axes
    with pytest.raises(KeyError, match="nearest: 'ledger'"):
        RunPlots(run)("leger")
    with pytest.raises(ValueError, match="there are en, zh"):
        RunPlots(run).series(lang="fr")


def test_beds_of_a_tier_follow_from_time_in_bed_and_occupancy(run):
    table = [("occupancy", "hub", "all", 0.5), ("occupancy", "village", "all", np.nan)]
    run.measures = pd.DataFrame(table, columns=["measure", "tier", "group", "value"])
    stays = pd.DataFrame({"tier": ["hub", "hub"], "occupied": [1440.0 * 28 * 3, 1440.0 * 28 * 2]})
    run.aggregates = {"stays": stays}
    assert beds_of(run).to_dict() == {"hub": 10.0}


def said_words():
    """Texts that the sources of pictures say, as far as they are literals."""
    here = Path(language.__file__).parent
    for room in (*here.glob("plots/*.py"), here / "maps.py", here / "pictures.py"):
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"
            if called and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def test_everything_that_pictures_say_has_its_chinese():
    known = language.table("zh")
    names = {name.split("[")[0].strip() for name in measures.names()}
    ends = tuple(f"_{end}" for end in language.WAITING_SUFFIX)
    stems = {next((n.removesuffix(end) for end in ends if n.endswith(end)), n) for n in names}
    from sim.plots import accounts, adding, days, paired

    fixed = {*accounts.VISITS, *accounts.EPISODES, *days.UNITS.values(), *days.UNITS,
             *plots.CLASS_COLOURS, *plots.CAME_COLOURS, *TIERS, paired.TITLE, paired.CLEAR,
             paired.NOT_CLEAR, *adding.TOTALS.values(),
             *language.WAITING_SUFFIX.values()}  # fmt: skip
    missing = {*said_words(), *stems, *fixed} - {*known}
    assert not {word for word in missing if not word.endswith(ends)}


def test_translations_keep_the_placeholders():
    import string

    def fields(text):
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    for english, translated in language.table("zh").items():
        assert fields(english) == fields(translated), english
