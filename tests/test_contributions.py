"""What policies contribute adds up, is paired, and goes on after a kill."""

import os
import signal
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_plots import texts_of
from typer.testing import CliRunner

from sim import contributing, contributions, experiment, plots, store
from sim.cli import app
from sim.contributions import ALONE, INTERACTION, LOST, NONE, WHOLE, Effect, Step
from sim.scenario import load

ROOT = Path(__file__).resolve().parents[1]
COUNTY = ROOT / "scenarios" / "county_baseline.yaml"
SHORT = ("--days", "1", "--warmup", "1", "--replications", "2", "--workers", "1")
PROGRAMME = f"""\
extends: {COUNTY}
title: two policies and one that does nothing
policies:
  - {{name: shared_diagnostics, from: 2022-03-08, coverage: 1.0}}
  - {{name: telemedicine, from: 2022-03-07, coverage: 1.0, per_1000: 100.0}}
  - {{name: resource_sinking, from: 2022-03-08, share: 0.0}}
"""
ORDER = [Step("b", 1, date(2022, 1, 1)), Step("a", 0, date(2022, 2, 1)), Step("c", 2, date.max)]
VALUES = {
    (): 10, (1,): 9, (0,): 12, (2,): 10, (0, 1): 8, (0, 1, 2): 7, (1, 2): 9, (0, 2): 11,
}  # fmt: skip


@pytest.fixture
def programme(tmp_path, monkeypatch):
    """A file of three policies, in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "programme.yaml"
    path.write_text(PROGRAMME)
    return path


def typed(*words):
    return CliRunner().invoke(app, ["contributions", *map(str, words)])


def told():
    """Effects of the values above, twice under a luck that adds the same to every arm."""
    arms = {frozenset(some): str(some) for some in VALUES}
    rows = [{"replication": i, "arm": str(some), "measure": "m", "tier": "all", "group": "all",
             "unit": "min", "value": value + 100 * i} for some, value in VALUES.items()
            for i in (0, 1)]  # fmt: skip
    asked = list(contributions.effects(ORDER, knock_out=True))
    return contributions.measured(pd.DataFrame(rows), asked, arms)


@pytest.mark.unit
def test_effects_are_their_definitions():
    table = told().set_index(["effect", "policy"])
    assert table.loc[("added", "b"), "value"] == 9 - 10
    assert table.loc[("added", "a"), "value"] == 8 - 9
    assert table.loc[("added", "c"), "value"] == 7 - 8
    assert [table.loc[(ALONE, name), "value"] for name in "bac"] == [-1, 2, 0]
    assert table.loc[(WHOLE, ""), "value"] == -3
    assert table.loc[(INTERACTION, ""), "value"] == -3 - (-1 + 2 + 0)
    assert [table.loc[(LOST, name), "value"] for name in "bac"] == [7 - 11, 7 - 9, 7 - 8]
    assert table.loc[(NONE, ""), "value"] == 60  # mean of 10 and 110


@pytest.mark.luck
def test_luck_that_all_arms_share_leaves_no_width():
    table = told().set_index("effect").drop(NONE)
    assert (table["low"] == table["value"]).all() and (table["high"] == table["value"]).all()
    assert (table["replications"] == 2).all()


@pytest.mark.unit
def test_the_interval_is_that_of_the_sum_in_each_replication():
    luck = np.array([[0.0, 1.0, 3.0], [2.0, 2.5, 9.0]])
    rows = [
        {
            "replication": i,
            "arm": arm,
            "measure": "m",
            "tier": "all",
            "group": "all",
            "unit": "1",
            "value": luck[j, i],
        }
        for j, arm in enumerate("xy")
        for i in range(3)
    ]
    some = frozenset({0})
    effect = Effect(WHOLE, "", "", {some: 2, frozenset(): -1})
    row = contributions.measured(pd.DataFrame(rows), [effect], {some: "y", frozenset(): "x"})
    sums = 2 * luck[1] - luck[0]
    half = 4.302652729749462 * sums.std(ddof=1) / np.sqrt(3)  # t, two degrees of freedom
    expected = (sums.mean(), sums.mean() - half, sums.mean() + half)
    assert tuple(row.loc[0, ["value", "low", "high"]]) == pytest.approx(expected)


@pytest.mark.policy
def test_policies_stand_in_the_order_of_their_first_days(programme):
    order = contributions.steps(load(programme))
    assert [(s.policy, s.start.isoformat()) for s in order] == [
        ("telemedicine", "2022-03-07"), ("resource_sinking", "2022-03-08"),
        ("shared_diagnostics", "2022-03-08"),
    ]  # fmt: skip


@pytest.mark.policy
def test_a_policy_used_twice_is_told_apart_by_its_place():
    twice = load(COUNTY).having("telemedicine", coverage=0.1).having("telemedicine", coverage=0.2)
    assert [s.policy for s in contributions.steps(twice)] == ["telemedicine #1", "telemedicine #2"]


@pytest.mark.door
def test_a_programme_is_taken_apart(programme):
    result = typed(programme, *SHORT, "--knock-out", "--measure", "wait_mean:hub",
                   "--measure", "remote_per_1000")  # fmt: skip
    assert result.exit_code == 0, result.output
    for word in ("whole programme", "interaction", "carried most by telemedicine", "in all runs"):
        assert word in result.stdout
    out = Path("results/programme_contributions")
    assert {"waterfall.png", "knock_outs.png", "table.csv"} <= {p.name for p in out.iterdir()}
    found = store.read(out)
    assert found.title.startswith("two policies")
    check_sums(found.table)
    files = {f"played/{name}.parquet" for name in found.manifest["run_files"].values()}
    assert len(files) == 10 and files <= set(found.manifest["checksums"])
    arms = {arm.rpartition(",")[0] for arm in found.manifest["run_files"]}
    assert arms == {"no policy", "only telemedicine", "all but shared_diagnostics", "all policies",
                    "only shared_diagnostics"}  # fmt: skip
    check_against_a_comparison(found, programme)


def check_sums(table):
    """What is added one by one makes the whole, and what does nothing adds exactly nothing."""
    cell = ["measure", "tier", "group"]
    every = table[table["replications"] == 2].set_index(cell)
    added, whole = (every[every["effect"] == name]["value"] for name in ("added", "whole"))
    sums = added.groupby(level=cell).sum()
    both = sums.index.intersection(whole.index)
    assert len(both) > 100
    np.testing.assert_allclose(sums[both], whole[both], atol=1e-9)
    nothing = every[(every["policy"] == "resource_sinking") & (every["effect"] != "none")]
    assert set(nothing["effect"]) == {"added", "alone", "lost"} and (nothing["value"] == 0).all()


def check_against_a_comparison(found, programme):
    """The whole is the paired difference that `compare` finds."""
    scenario = load(programme).with_value("days", 1).with_value("warmup", 1)
    bare = scenario.with_value("policies", ())
    pair = experiment.compare(bare, scenario, 2, workers=1).table
    cell = ["measure", "tier", "group"]
    whole = found.table[found.table["effect"] == "whole"].set_index(cell)
    said = pair.set_index(cell).loc[whole.index]
    for ours, theirs in (("value", "difference"), ("low", "low"), ("high", "high")):
        np.testing.assert_allclose(whole[ours], said[theirs], atol=1e-9)


def tables(folder):
    files = [f for f in sorted(Path(folder).rglob("*")) if f.suffix in (".csv", ".parquet")]
    return {f.relative_to(folder): f.read_bytes() for f in files}


KILLING = """\
import os, signal, sys
from sim import contributions, cli
keep = contributions.Kept.put
def put(self, name, measures):
    keep(self, name, measures)
    if len(list(self.aside.glob("*.parquet"))) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
contributions.Kept.put = put
sys.argv[0] = "sim"
cli.main()
"""


@pytest.mark.door
def test_a_killed_call_goes_on_where_it_was_and_plays_nothing_twice(programme, monkeypatch):
    words = ["contributions", str(programme), *SHORT, "--out"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLING, *words, "there"], capture_output=True, timeout=600,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL and not Path("there").exists()
    assert len(list(Path(".there.played").glob("*.parquet"))) == 3
    played = []
    play = experiment.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "run", lambda *a, **k: played.append(a) or play(*a, **k))
        assert typed(*words[1:], "there").exit_code == 0
    assert len(played) == 10 - 3 and not Path(".there.played").exists()
    assert typed(*words[1:], "undisturbed").exit_code == 0
    whole = tables("there")
    assert whole == tables("undisturbed")
    monkeypatch.setattr(experiment, "run", lambda *_, **__: pytest.fail("it was played"))
    assert typed(*words[1:], "there", "--measure", "bypass").exit_code == 0
    assert tables("there") == whole


@pytest.mark.door
def test_a_run_that_fails_is_told_and_stops_no_other(programme, monkeypatch):
    play = experiment.run

    def sometimes(scenario, seed, *given, **more):
        if len(scenario.policies) == 3 and seed == 2:
            raise RuntimeError("the world ended")
        return play(scenario, seed, *given, **more)

    monkeypatch.setattr(experiment, "run", sometimes)
    result = typed(programme, *SHORT, "--out", "there")
    assert result.exit_code == 1
    assert "failed: all policies, seed 2: RuntimeError: the world ended" in result.stderr
    found = store.read("there")
    assert len(found.frame("failures")) == 1
    counts = found.table.groupby("effect")["replications"].max()
    assert counts["whole"] == 1 and counts["alone"] == 2


@pytest.mark.door
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((COUNTY,), "the scenario has no policy that could contribute"),
        (("programme.yaml", "--measure", "wait_meen:hub"), "(nearest: wait_mean)"),
        (("programme.yaml", "--measure", "wait_mean:hubb"), "there is no tier hubb (nearest: hub)"),
        (("programme.yaml", "--set", "replications=1"), "two replications or more"),
    ],
)
def test_what_cannot_be_answered_is_refused(programme, words, message, monkeypatch):
    monkeypatch.setattr(experiment, "run", lambda *_, **__: pytest.fail("it was played"))
    result = typed(*words)
    assert result.exit_code == 2 and message in result.stderr
    assert not Path("results").exists()


@pytest.fixture
def shown():
    """Two measures, one a share, of the values above."""
    share = told().assign(unit="1", measure="s")
    table = pd.concat([told(), share])
    return contributing.rows_of(table, [["m", "all"], ["s", "all"], ["absent", "all"]])


@pytest.mark.door
def test_bars_hang_on_each_other_and_end_at_the_whole(shown):
    assert [panel.measure for panel in plots.panels(shown)] == ["m", "s"]
    axes, share = plots.waterfall(shown, "source").axes[:2]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    added, (whole, _together) = ends[:3], ends[3:]
    assert all(one[1] == two[0] for one, two in pairwise(added))
    assert added[0][0] == 0 and added[-1][1] == whole[1] == -3
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["b", "a", "c", "whole programme", "interaction"]
    assert axes.get_xlabel() == "difference [min]"
    assert share.get_xlabel() == "difference [percentage points]"
    assert share.patches[3].get_width() == pytest.approx(-300)


@pytest.mark.door
def test_knock_outs_stand_beside_what_each_does_alone(shown):
    axes = plots.knock_outs(shown, "source").axes[0]
    points = {mark: [line.get_xdata()[0] for line in axes.lines if line.get_marker() == mark]
              for mark in "Do"}  # fmt: skip
    assert points == {"D": [-4, -2, -1], "o": [-1, 2, 0]}


@pytest.mark.door
@pytest.mark.parametrize("draw", [plots.waterfall, plots.knock_outs])
def test_no_words_lie_over_others(shown, draw):
    again = shown.assign(tier="hub")
    texts = texts_of(draw(pd.concat([shown, again]), "a source line"))
    over = [(one, two) for i, (one, a) in enumerate(texts) for two, b in texts[:i]
            if a.overlaps(b) and one != two]  # fmt: skip
    assert len(texts) > 20 and not over
