"""Intervals cover what they say, families are bounded, the best is found as often as promised."""

import gc

import numpy as np
import pandas as pd
import pytest
from known_runs import CELL, arms, frame, normal_runs
from scipy import stats
from small_sweep import SERVERS, asked_in, undisturbed

from sim import analysis
from sim.experiment import paired_differences

RARE = 1e-6  # chance that a test of a stated probability fails although it is kept


def at_least(stated, trials):
    """The fewest successes of so many trials that a stated probability explains."""
    return stats.binom.ppf(RARE, trials, stated)


@pytest.mark.unit
def test_paired_differences_are_those_of_the_comparison():
    rng = np.random.default_rng(1)
    runs = arms(rng.normal(size=12), rng.normal(1, 1, 12))
    table, told = analysis.paired(runs), paired_differences(runs)
    for name in ("difference", "low", "high", "variance_saved", "baseline"):
        assert table[name].iloc[0] == told[name].iloc[0]
    first, second = (runs.loc[runs["arm"] == arm, "value"] for arm in ("baseline", "scenario"))
    assert table["p"].iloc[0] == pytest.approx(stats.ttest_rel(second, first).pvalue)


@pytest.mark.unit
def test_points_may_be_compared_with_one_of_them():
    rng = np.random.default_rng(2)
    runs = normal_runs([0, 1, 3], 30, rng, own=0.1)
    table = analysis.paired(runs, against=0)
    assert list(table["point"]) == [1, 2]
    assert np.allclose(table["difference"], [1, 3], atol=0.2)
    told = analysis.gains(runs, against=0).groupby("point")["value"].mean()
    assert np.allclose(told, table["difference"])
    with pytest.raises(ValueError, match="no point 9"):
        analysis.paired(runs, against=9)


@pytest.mark.unit
def test_where_nothing_differs_nothing_is_claimed():
    same = np.arange(8.0)
    table = analysis.holm(analysis.paired(arms(same, same)))
    assert table["p"].iloc[0] == 1 and not table["differs"].iloc[0]
    moved = analysis.holm(analysis.paired(arms(same, same + 1)))
    assert moved["p"].iloc[0] == 0 and moved["differs"].iloc[0]


@pytest.mark.theory
@pytest.mark.parametrize(("ratio", "correlation"), [(1.0, 0.9), (2.0, 0.5), (1.0, 0.0)])
def test_the_variance_saved_is_covered_whatever_the_variances(ratio, correlation):
    rng, trials, count = np.random.default_rng(3), 2000, 10
    saved = 2 * correlation * ratio / (1 + ratio**2)
    cov = [[1, correlation * ratio], [correlation * ratio, ratio**2]]
    held = rng.multivariate_normal([0, 0], cov, (trials, count))
    first, second = held[..., 0], held[..., 1]
    var = [pd.Series(v.var(axis=1, ddof=1)) for v in (first, second, second - first)]
    from sim.analysis.pairs import pitman_morgan

    low, high = pitman_morgan(*var, pd.Series(np.full(trials, count)))
    covered = int(((low <= saved) & (saved <= high)).sum())
    assert at_least(0.95, trials) <= covered <= trials - at_least(0.05, trials)


@pytest.mark.theory
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_quantiles_are_covered(share):
    rng, points = np.random.default_rng(4), 600
    runs = frame(rng.exponential(size=(points, 60)))
    table = analysis.quantiles(runs, [share])
    truth = stats.expon.ppf(share)
    assert len(table) == points and table["low"].notna().all()
    covered = ((table["low"] <= truth) & (truth <= table["high"])).sum()
    assert covered >= at_least(0.95, points)
    assert abs(table["value"].mean() - truth) < 0.05


@pytest.mark.unit
def test_few_values_give_no_end():
    table = analysis.quantiles(frame([[3.0, 1.0, 2.0]]), [0.5])
    assert table["value"].iloc[0] == 2 and table[["low", "high"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="between 0 and 1"):
        analysis.quantiles(frame([[1.0, 2.0]]), [50])


@pytest.mark.unit
def test_holm_is_holm():
    rng = np.random.default_rng(5)
    runs = normal_runs([0, *np.linspace(0, 1.5, 8)], 12, rng)
    table = analysis.holm(analysis.paired(runs, against=0)).sort_values("p")
    p = table["p"].to_numpy()
    by_hand = np.maximum.accumulate(np.minimum(1, p * np.arange(len(p), 0, -1)))
    assert np.allclose(table["p_adjusted"], by_hand)
    assert (table["tests"] == 8).all()
    assert (table["high_all"] > table["high"]).all()
    alone = analysis.holm(analysis.paired(runs, against=0), family=["point"])
    assert np.allclose(alone["p_adjusted"], alone["p"])


@pytest.fixture
def little_to_collect():
    """Nothing old is walked again where statsmodels collects garbage, once a family."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.theory
@pytest.mark.usefixtures("little_to_collect")
def test_a_family_without_effect_seldom_shows_one():
    rng, trials = np.random.default_rng(6), 150
    runs = [normal_runs(np.zeros(7), 8, rng).assign(name=f"{trial}") for trial in range(trials)]
    table = analysis.holm(analysis.paired(pd.concat(runs), against=0), family=["name"])
    assert (table["tests"] == 6).all() and table["name"].nunique() == trials
    held = (table["low_all"] <= 0) & (table["high_all"] >= 0)
    false = table["differs"].groupby(table["name"]).any().sum()
    covered = held.groupby(table["name"]).all().sum()
    assert false <= stats.binom.isf(RARE, trials, 0.05)
    assert covered >= at_least(0.95, trials)


@pytest.mark.theory
def test_the_promised_probability_of_a_right_choice_is_kept():
    """Least favourable: all others lie behind the best by just what matters."""
    rng, trials, matters = np.random.default_rng(7), 150, 1.0
    right = 0
    for _ in range(trials):
        means = rng.permutation([0, matters, matters, matters])
        pilot = normal_runs(means, 10, rng, own=1.5)
        asked = int(analysis.needed(pilot, matters)["replications"].iloc[0])
        more = normal_runs(means, asked - 10, rng, own=1.5)
        more["replication"] += 10
        runs = pd.concat([pilot, more], ignore_index=True)
        chosen = analysis.selected(runs, pilot=10, within=matters)
        assert chosen["stated"].iloc[0] == 0.95
        right += means[chosen["point"].iloc[0]] == 0
    assert right >= at_least(0.95, trials)


@pytest.mark.unit
def test_nothing_is_promised_for_fewer_replications_than_needed():
    rng = np.random.default_rng(8)
    runs = normal_runs([0, 0.1], 12, rng)
    chosen = analysis.selected(runs, pilot=10, within=0.01)
    assert chosen["needed"].iloc[0] > 12 and np.isnan(chosen["stated"].iloc[0])
    with pytest.raises(ValueError, match="within > 0"):
        analysis.needed(runs, 0)
    with pytest.raises(ValueError, match="1 with 12"):
        analysis.ranking(runs[runs["point"] == 0])


@pytest.mark.theory
def test_how_far_behind_is_covered_for_all_at_once():
    rng, trials, means = np.random.default_rng(9), 150, np.array([0.0, 0.5, 0.5, 2.0, 0.1])
    truth = np.array([means[i] - np.delete(means, i).min() for i in range(len(means))])
    covered = sure = right = 0
    for _ in range(trials):
        table = analysis.ranking(normal_runs(means, 10, rng)).set_index("point").sort_index()
        covered += ((table["low"] <= truth) & (truth <= table["high"])).all()
        sure += table["correct"].max()
        right += table["rank"].idxmin() == 0
        assert table.loc[0, "in_race"] or table.loc[0, "low"] > 0
    assert covered >= at_least(0.95, trials)
    assert sure <= right + 4 * np.sqrt(trials)  # the bound lies below what happens


@pytest.mark.unit
def test_most_may_be_best_and_two_arms_are_alternatives():
    rng = np.random.default_rng(10)
    runs = normal_runs([0, 1, 5], 10, rng, own=0.1)
    assert analysis.ranking(runs, least=False)["point"].iloc[0] == 2
    both = arms(np.arange(6.0), np.arange(6.0) - 1 + rng.normal(0, 0.1, 6)).drop(columns="point")
    assert list(analysis.ranking(both)["arm"]) == ["scenario", "baseline"]


@pytest.mark.unit
def test_replications_go_where_alternatives_are_close():
    """Chen et al. 2000: of equal variances those nearest to the best get most."""
    values = np.array([[-1.0, 1.0] * 5]) + np.array([[0.0], [1.0], [2.0], [4.0]])
    table = analysis.allotment(frame(values), 400)
    given = table["replications"].to_numpy()
    assert given.sum() == 400 and (given >= 10).all()
    weights = np.array([0, 1, 1 / 4, 1 / 16])
    weights[0] = np.sqrt((weights**2).sum())
    assert np.allclose(given / 400, weights / weights.sum(), atol=0.02)


@pytest.mark.theory
def test_allotting_finds_the_best_more_often_than_even_shares():
    rng, trials, means = np.random.default_rng(11), 400, np.arange(10) * 0.4
    found = {"even": 0, "allotted": 0}
    for _ in range(trials):
        first = normal_runs(means, 5, rng, common=0)
        given = analysis.allotment(first, 150)["replications"].to_numpy()
        for name, counts in (("even", np.full(10, 15)), ("allotted", given)):
            pilot = first["value"].to_numpy().reshape(10, 5).sum(1)
            mean = (pilot + rng.normal((counts - 5) * means, np.sqrt(counts - 5))) / counts
            found[name] += np.argmin(mean) == 0
    assert found["allotted"] > found["even"]


@pytest.mark.door
def test_the_runs_of_a_sweep_are_taken_as_they_are(tmp_path):
    found = undisturbed(asked_in(tmp_path))
    table = analysis.paired(found.runs)
    shared = ["point", SERVERS, "measure", "tier", "group", "difference", "low", "variance_saved"]
    both = table[shared].merge(found.differences[shared], how="outer", indicator=True)
    assert len(both) and (both["_merge"] == "both").all()
    waits = found.of("wait_mean")
    best = analysis.ranking(waits)
    whole = best[(best["tier"] == "all") & (best["group"] == "all")].set_index(SERVERS)
    assert whole.loc[2, "mean"] < whole.loc[1, "mean"] and whole.loc[2, "rank"] == 1
    assert (analysis.curve(waits, SERVERS)["played"]).sum() >= 2
    assert len(analysis.gains(waits)) == (waits["arm"] == "scenario").sum()
    assert len(analysis.holm(table)) == len(table)
    assert set(analysis.quantiles(waits, [0.5])["arm"]) == {"baseline", "scenario"}


@pytest.mark.door
def test_a_frame_that_is_none_is_refused():
    with pytest.raises(ValueError, match="replication and value missing"):
        analysis.ranking(pd.DataFrame(CELL, index=[0]))
    with pytest.raises(AttributeError, match="nothing"):
        _ = analysis.nothing
    for name in analysis.__all__:
        assert callable(getattr(analysis, name)), name
    assert dir(analysis) == sorted(analysis.__all__)
