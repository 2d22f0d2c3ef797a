"""Indices of a known function, curves that cover the truth, boxes that are there."""

import numpy as np
import pandas as pd
import pytest
from known_runs import frame
from scipy import stats

from sim import analysis

ISHIGAMI = dict.fromkeys(("x", "y", "z"), (-np.pi, np.pi))
A, B = 7.0, 0.1
VARIANCE = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 0.5
FIRST = np.array([(1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 0]) / VARIANCE
TOTAL = FIRST + np.array([1, 0, 1]) * B**2 * np.pi**8 * 8 / 225 / VARIANCE
RARE = 1e-6


def ishigami(at):
    return np.sin(at["x"]) + A * np.sin(at["y"]) ** 2 + B * at["z"] ** 4 * np.sin(at["x"])


def played(at, answer, own=0.0, common=0.0, count=2, seed=1):
    """Runs at points whose values are an answer with luck."""
    rng = np.random.default_rng(seed)
    luck = rng.normal(0, own, (len(at), count)) + rng.normal(0, common, count)
    return frame(np.asarray(answer(at))[:, None] + luck, at.drop(columns="point"))


@pytest.mark.theory
def test_sobol_indices_are_those_of_ishigami():
    at = analysis.sobol_points(ISHIGAMI, 1024)
    assert len(at) == 1024 * 5
    table = analysis.sobol(played(at, ishigami, common=5.0), ISHIGAMI)
    for index, truth in (("first", FIRST), ("total", TOTAL)):
        rows = table[table["index"] == index]
        assert np.allclose(rows["value"], truth, atol=0.05)
        assert ((rows["low"] - 0.01 <= truth) & (truth <= rows["high"] + 0.01)).all()
    assert (table["luck"] < 1e-9).all()  # what all points share is no luck between them


@pytest.mark.theory
def test_morris_ranks_as_ishigami_and_knows_lines():
    at = analysis.morris_points(ISHIGAMI, 40)
    table = analysis.morris(played(at, ishigami), ISHIGAMI)
    sizes = table[table["index"] == "mu_star"].set_index("key")["value"]
    assert sizes["y"] > sizes["z"] * 0.9 and sizes.min() > 1
    straight = analysis.morris(played(at, lambda a: 3 * a["x"] - 2 * a["y"]), ISHIGAMI)
    effects = straight.pivot(index="key", columns="index", values="value")
    assert np.allclose(effects["mu"], np.array([3, -2, 0]) * 2 * np.pi)
    assert np.allclose(effects["sigma"], 0, atol=1e-9)


@pytest.mark.theory
def test_any_even_spread_gives_first_order_indices():
    drawn = stats.qmc.scale(stats.qmc.LatinHypercube(3, rng=1).random(2000), -np.pi, np.pi)
    at = pd.DataFrame(drawn, columns=list("xyz")).assign(point=range(2000))
    table = analysis.first_order(played(at, ishigami, own=1.0), ISHIGAMI)
    assert np.allclose(table["value"], FIRST, atol=0.06)
    assert table["luck"].iloc[0] == pytest.approx(0.5 / (VARIANCE + 0.5), abs=0.01)


@pytest.mark.door
def test_points_of_another_design_are_refused():
    at = analysis.morris_points(ISHIGAMI, 10)
    with pytest.raises(ValueError, match="use them, or ask first_order"):
        analysis.sobol(played(at, ishigami), ISHIGAMI)
    with pytest.raises(ValueError, match="not the points of morris_points"):
        analysis.morris(played(analysis.sobol_points(ISHIGAMI, 4), ishigami), ISHIGAMI)
    with pytest.raises(ValueError, match="power of two"):
        analysis.sobol_points(ISHIGAMI, 100)
    with pytest.raises(ValueError, match="no column w"):
        analysis.sobol(played(at, ishigami), {"w": (0, 1)})


def saturating(at):
    return -4 * (1 - np.exp(-3 * at["dose"]))


@pytest.mark.theory
@pytest.mark.parametrize("number", [3, 8])
def test_bands_of_a_dose_curve_cover_it(number):
    """Under common luck, and more luck at higher doses; at doses played and between."""
    doses = np.linspace(0, 1, number)
    at = pd.DataFrame({"point": range(number), "dose": doses})
    shown = doses if number < 5 else [0, 0.2, 0.5, 0.8, 1]
    rng, trials = np.random.default_rng(2), 200
    inside, everywhere = np.zeros(len(shown)), 0
    for _ in range(trials):
        luck = rng.normal(0, 2, 10) + rng.normal(0, 1, (number, 10)) * (0.5 + doses[:, None])
        values = saturating(at).to_numpy()[:, None] + luck
        table = analysis.curve(frame(values, at[["dose"]]), "dose", shown)
        truth = saturating(pd.DataFrame({"dose": shown})).to_numpy()
        inside += (table["low"] <= truth) & (truth <= table["high"])
        everywhere += ((table["low_all"] <= truth) & (truth <= table["high_all"])).all()
    assert (inside >= stats.binom.ppf(RARE, trials, 0.95)).all()
    assert everywhere >= stats.binom.ppf(RARE, trials, 0.95)


@pytest.mark.unit
def test_a_dose_curve_shows_what_was_played_and_no_more():
    at = pd.DataFrame({"point": range(4), "dose": [0, 0.1, 0.5, 1]})
    runs = played(at, saturating)
    table = analysis.curve(runs, "dose")
    assert set(at["dose"]) == set(table.loc[table["played"], "dose"])
    assert np.allclose(table.loc[table["played"], "value"], saturating(at))
    with pytest.raises(ValueError, match="between those played, 0 and 1"):
        analysis.curve(runs, "dose", [1.5])
    with pytest.raises(ValueError, match="no column coverage"):
        analysis.curve(runs, "coverage")


@pytest.mark.theory
def test_a_surface_covers_what_was_not_played():
    drawn = stats.qmc.Sobol(2, rng=3).random(64)
    at = pd.DataFrame(drawn, columns=["a", "b"]).assign(point=range(64))

    def answer(points):
        return np.sin(3 * points["a"]) + points["b"] ** 2

    new = pd.DataFrame(stats.qmc.Sobol(2, rng=4).random(128), columns=["a", "b"])
    table = analysis.surface(played(at, answer, own=0.2, count=8), ["a", "b"], new)
    covered = (table["low"] <= answer(new)) & (answer(new) <= table["high"])
    assert covered.mean() > 0.85
    assert np.abs(table["value"] - answer(new)).mean() < 0.07  # luck alone: 0.2 / sqrt(8)


@pytest.mark.theory
def test_the_box_in_which_a_policy_pays_is_found():
    pytest.importorskip("ema_workbench")  # of the extra `boxes`
    drawn = stats.qmc.Sobol(3, rng=5).random(512)
    at = pd.DataFrame(drawn, columns=list("abc")).assign(point=range(512))
    runs = played(at, lambda p: np.where((p["a"] > 0.6) & (p["b"] < 0.5), -1.0, 1.0))
    table = analysis.boxes(runs, below=0, density=0.95)
    box = table[table["box"] == 1].set_index("key")
    assert set(box.index) == {"a", "b"} and (box["p"] < 1e-6).all()
    assert box.loc["a", "low"] == pytest.approx(0.6, abs=0.06)
    assert box.loc["b", "high"] == pytest.approx(0.5, abs=0.06)
    assert box["density"].iloc[0] >= 0.95 and box["coverage"].iloc[0] > 0.85
    larger = analysis.boxes(runs, below=0, density=0.8)
    assert larger["density"].min() >= 0.8 and larger["mass"].iloc[0] > box["mass"].iloc[0]


@pytest.mark.unit
def test_no_box_where_nothing_pays():
    at = pd.DataFrame({"point": range(64), "a": np.linspace(0, 1, 64)})
    assert not len(analysis.boxes(played(at, lambda p: p["a"]), below=-1))
    with pytest.raises(ValueError, match="either below or above"):
        analysis.boxes(played(at, lambda p: p["a"]))
