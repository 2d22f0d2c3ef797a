"""Doses within a budget: known fronts are found, the same on any executor; mistakes have places."""

import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sim import analysis, optimising, store
from sim.cli import app
from sim.optimising import Search, Sought, doubt, optimise, spending
from sim.yamlfile import ScenarioError

WAIT = {"measure": "wait_mean", "tier": "hub"}
BYPASS = {"measure": "bypass"}
CENTRES = np.array([[0.2, 0.2], [0.6, 0.3]])


def search(**changed):
    """Two doses that cost ten doctors each, ten doctors to spend."""
    doses = {"policies.one.share": {"high": 1.0, "cost": 10},
             "policies.two.share": {"high": 1.0, "cost": 10}}  # fmt: skip
    plain = {"question": "who gets ten doctors?", "scenario": "none.yaml", "doses": doses,
             "budget": 10, "objectives": [WAIT], "candidates": 20, "first": 3,
             "replications": 140}  # fmt: skip
    return Search.model_validate({**plain, **changed})


def sought(**changed):
    scenario = SimpleNamespace(seed=1, resolved=dict)
    return Sought(search(**changed), scenario)


def luck(doses, seed, size=1, own=0.02):
    """Much that candidates share, a little of their own."""
    place = [int(1e6 * dose) for dose in doses.values()]
    shared = np.random.default_rng(seed).normal(0, 3, size)
    return shared + np.random.default_rng([seed, *place]).normal(0, own, size)


def saturating(doses, seed):
    """Best within the budget at exp(-3 b) = 4/9: a = 0.730, b = 0.270, 5.414."""
    return luck(doses, seed) + truth(*doses.values())


def truth(a, b):
    return 10 - 4 * a - 3 * (1 - np.exp(-3 * b))


def two_centres(doses, seed):
    """The front is the line between two centres; the second objective shall be large."""
    near = ((np.array(list(doses.values())) - CENTRES) ** 2).sum(1)
    return (near + luck(doses, seed, 2, 0.005)) * [1, -1]


TRADE = {"objectives": [WAIT, {**BYPASS, "want": "most"}]}


@pytest.mark.theory
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_best_doses_within_the_budget_are_found(seed):
    found = optimise(sought(), saturating, seed=seed, workers=1)
    front = found.front.iloc[0]
    assert truth(front["policies.one.share"], front["policies.two.share"]) < 5.414 + 0.05
    assert front["cost"] <= 10 + 1e-9
    assert front["difference_low"] < -4.58 + 0.1 and front["difference"] < -4.4
    assert front["variance_saved"] > 0.95 and front["p_adjusted"] < 1e-6


@pytest.mark.theory
def test_the_front_between_two_objectives_is_found():
    given = sought(**TRADE, candidates=32, replications=240)
    front = optimise(given, two_centres, workers=1).front
    points = front.groupby("point")[["policies.one.share", "policies.two.share"]].first().to_numpy()
    way = CENTRES[1] - CENTRES[0]
    along = np.clip((points - CENTRES[0]) @ way / (way @ way), 0, 1)
    off = np.sqrt(((points - CENTRES[0] - along[:, None] * way) ** 2).sum(1))
    assert len(points) >= 4 and (off < 0.1).all()
    assert along.min() < 0.25 and along.max() > 0.75
    assert list(front["want"][:2]) == ["least", "most"]


@pytest.mark.invariant
def test_runs_add_up_and_share_their_luck():
    found = optimise(sought(**TRADE), two_centres, workers=1)
    runs = found.runs
    assert len(runs) / 2 <= 140 and len(runs) / 2 > 130
    assert (runs["seed"] == runs["replication"] + 1).all()
    assert not runs.duplicated(["point", "replication", "measure"]).any()
    fresh = runs[runs["stage"] == "confirm"]
    assert not set(fresh["seed"]) & set(runs.loc[runs["stage"] != "confirm", "seed"])
    assert set(fresh["point"]) == {0, *found.points}
    counts = fresh.groupby("point")["seed"].nunique()
    assert counts.nunique() == 1 and counts.iloc[0] >= 3
    assert (runs["cost"] <= 10 + 1e-9).all()
    told = analysis.ranking(fresh)
    assert list(told.columns[:5]) == ["measure", "tier", "group", "unit", "point"]


@pytest.mark.invariant
def test_the_executor_changes_nothing():
    given = sought(**TRADE, candidates=8, replications=60)
    alone = optimise(given, two_centres, workers=1)
    with ThreadPoolExecutor(3) as threads:
        other = optimise(given, two_centres, executor=threads)
    processes = optimise(given, two_centres, workers=2)
    for name in ("runs", "front", "candidates"):
        pd.testing.assert_frame_equal(getattr(alone, name), getattr(other, name))
        pd.testing.assert_frame_equal(getattr(alone, name), getattr(processes, name))


def broken(doses, seed):
    if doses["policies.one.share"] > 0.8:
        raise RuntimeError("the world ended")
    return saturating(doses, seed)


def killing(doses, seed):
    if doses["policies.one.share"] > 0.99 and seed == 2:
        os._exit(1)
    return saturating(doses, seed)


@pytest.mark.door
@pytest.mark.parametrize(("play", "workers"), [(broken, 1), (killing, 2)])
def test_failed_runs_are_told_and_stop_nothing(play, workers):
    few = {"candidates": 6, "replications": 60}
    found = optimise(sought(**few), play, workers=workers)
    assert len(found.failures) and len(found.front)
    if play is killing:
        assert list(found.failures["seed"]) == [2]
    else:
        assert set(found.failures["error"]) == {"RuntimeError: the world ended"}
        assert not set(found.failures["point"]) & set(found.points)


@pytest.mark.door
def test_nothing_is_said_where_all_fails():
    with pytest.raises(RuntimeError, match="no run: ZeroDivisionError"):
        optimise(sought(), lambda doses, seed: [1 / 0], workers=1)


@pytest.mark.unit
def test_where_no_dose_pays_the_lowest_are_best():
    found = optimise(sought(), lambda doses, seed: [sum(doses.values()) + seed], workers=1)
    assert found.points == [0] and found.front["difference"].isna().all()


@pytest.mark.unit
def test_whole_doses_are_whole_and_paid_for():
    doses = {"a": {"low": 1, "high": 9, "cost": 3, "whole": True}, "b": {"high": 1.0, "cost": 0}}
    asked = search(doses=doses, budget=17)
    low, _ = spending.ends(asked)
    tried = np.vstack([spending.first(asked, 12, 1), spending.pool(asked, 1)])
    assert (tried[:, 0] % 1 == 0).all() and tried[:, 0].max() == 5 and (tried >= low).all()
    assert (tried[:, 0] * 3 <= 17).all() and tried[:, 1].max() > 0.95


@pytest.mark.unit
def test_the_front_is_what_nothing_dominates():
    means = np.array([[1, 5], [2, 2], [5, 1], [2, 3], [5, 5], [2, 2], [np.nan, 0]])
    assert list(np.flatnonzero(doubt.pareto(means))) == [0, 1, 2, 5]


@pytest.mark.theory
def test_doubt_is_where_candidates_are_close():
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 5, (1, 12, 1))
    values = np.array([0, 0.02, 3.0])[:, None, None] + shared + rng.normal(0, 0.3, (3, 12, 1))
    state = doubt.doubts(values)
    assert state.doubt[2] < 1e-6 and state.doubt[:2].max() > 0.05
    chosen = doubt.batch(values, np.array([12, 12, 12]), 4, 99)
    assert {0, 1} <= set(chosen[:2]) and chosen[0] != chosen[1]


@pytest.mark.theory
def test_whoever_played_lucky_replications_is_not_better():
    values = np.full((2, 6, 1), np.nan)
    values[0, :, 0] = np.array([0, 0, 0, 9, 9, 9.0])
    values[1, :3, 0] = 1.0
    assert np.allclose(doubt.mean_of(values)[:, 0], [4.5, 5.5])


# --- files -----------------------------------------------------------------------------------

CLINIC = """\
title: a clinic
world:
  facilities:
    - name: clinic
      departments:
        - {name: general, servers: 1, service: {family: exponential, mean_minutes: 8}}
        - {name: surgery, servers: 1, service: {family: exponential, mean_minutes: 8}}
  arrivals:
    - {to: clinic.general, per_hour: 7}
    - {to: clinic.surgery, per_hour: 5}
days: 2
engine: reference
"""
GENERAL = "world.facilities.0.departments.0.servers"
SURGERY = "world.facilities.0.departments.1.servers"
FILE = f"""\
question: where do two more doctors help most?
scenario: clinic.yaml
doses:
  {GENERAL}: {{low: 1, high: 4, cost: 1, whole: true}}
  {SURGERY}: {{low: 1, high: 4, cost: 1, whole: true}}
budget: 4
objectives:
  - {{measure: wait_mean}}
candidates: 6
first: 3
replications: 48
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "clinic.yaml").write_text(CLINIC, encoding="utf-8")
    return tmp_path / "doctors.yaml"


@pytest.mark.door
def test_a_search_is_typed_and_kept(file, tmp_path):
    file.write_text(FILE, encoding="utf-8")
    done = CliRunner().invoke(
        app, ["optimise", str(file), "--workers", "1", "--out", str(tmp_path / "found")]
    )
    assert done.exit_code == 0, done.output
    assert "where do two more doctors help most?" in done.output
    manifest = store.manifest_of(tmp_path / "found")
    stored = optimising.Stored(tmp_path / "found", manifest)
    best = stored.front.iloc[0]
    assert (best[GENERAL], best[SURGERY]) in ((3, 1), (2, 2)) and best["difference_high"] < 0
    assert stored.candidates["cost"].max() <= 4 and not len(stored.failures)
    assert (tmp_path / "found" / "front.csv").exists()


@pytest.mark.door
@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("budget: 4", "budgett: 4", "6:1", "(nearest: budget)"),
        ("measure: wait_mean", "measure: wait_maen", "8:15", "(nearest: wait_mean)"),
        ("scenario: clinic", "scenario: clinik", "2:11", "(nearest: clinic.yaml)"),
        ("budget: 4", "budget: 1", "6:9", "the lowest doses alone cost 2 doctors"),
        ("replications: 48", "replications: 20", "11:15", "need 24 runs"),
        ("high: 4, cost: 1", "high: 0, cost: 1", "4:45", "1 does not lie below 0"),
        ("high: 4, cost: 1", "high: 4.5, cost: 1", "4:45", "whole needs whole ends"),
        ("departments.1.servers", "departments.7.servers", "5:51", "there is no 7 in the list"),
        ("departments.1.servers", "departments.1.server", "5:50", "unknown key"),
    ],
)
def test_mistakes_have_places(file, old, new, place, told):
    assert old in FILE
    file.write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        optimising.load(file)
    problem = caught.value.problems[-1]
    assert str(problem).startswith(f"{file}:{place}:") and told in str(problem)


@pytest.mark.door
def test_all_mistakes_are_told_at_once_and_in_memory_too(file):
    text = FILE.replace("wait_mean", "wait_maen").replace("budget: 4", "budget: 1")
    file.write_text(text.replace("clinic.yaml", "none.yaml"), encoding="utf-8")
    done = CliRunner().invoke(app, ["optimise", str(file)])
    assert done.exit_code == 2 and len(done.stderr.splitlines()) == 3, done.stderr
    with pytest.raises(ScenarioError, match="quarter of them"):
        optimising.made(search(replications=70), SimpleNamespace(with_value=None))


@pytest.mark.door
def test_a_part_that_cannot_be_read_hides_no_mistake_elsewhere(file):
    broken = {"budget: 4": "budgett: 4", "measure: wait_mean": "measure: wait_maen, tier: hubb",
              "departments.1.servers": "departments.1.server"}  # fmt: skip
    text = FILE
    for old, new in broken.items():
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        optimising.load(file)
    told = {str(each).removeprefix(f"{file}:") for each in caught.value.problems}
    assert len(told) == 5, told
    for place, words in (("1:1", "budget: is missing"), ("6:1", "(nearest: budget)"),
                         ("8:15", "(nearest: wait_mean)"), ("8:32", "(nearest: hub)"),
                         ("5:50", "(nearest: servers)")):  # fmt: skip
        assert any(line.startswith(f"{place}:") and words in line for line in told), told


@pytest.mark.door
def test_a_county_is_searched(tmp_path):
    """Does the search play the model? Two policies of Yangxin, two days."""
    (tmp_path / "county.yaml").write_text(
        "title: a county\nworld:\n  county: 阳新县\ndays: 2\npolicies:\n"
        "  - {name: resource_sinking, share: 0.0, to: [county_general], skill: 0.3}\n",
        encoding="utf-8",
    )
    (tmp_path / "sent.yaml").write_text(
        "question: how many doctors should the hub send?\nscenario: county.yaml\n"
        "doses:\n  policies.resource_sinking.share: {high: 0.2, cost: 376}\nbudget: 40\n"
        "objectives: [{measure: wait_mean, tier: hub}, {measure: within_county, want: most}]\n"
        "candidates: 4\nfirst: 3\nreplications: 24\n",
        encoding="utf-8",
    )
    found = optimise(tmp_path / "sent.yaml", workers=1)
    assert not len(found.failures) and len(found.front)
    assert found.candidates["cost"].max() <= 40 + 1e-9
