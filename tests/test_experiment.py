"""Pairs share their luck, intervals are t over pairs, and a failed run stops no other."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small_world import DAY, events, small_world, visit

from sim import engine, experiment, store
from sim.experiment import compare, paired_differences
from sim.log import NoLog

HOME = os.getpid()
MODULUS = 97


def play(timeline, seed, days, engine="auto", progress=None, warmup=0, log="memory", threads=None):
    """A stand-in for an engine: waits depend on the seed and on the county's beds."""
    if progress:
        progress(days, days)
    luck = seed * 31 % MODULUS
    beds = int(timeline[0][1].facilities.beds[2])
    rows = [visit(i, DAY, luck + i * beds, facility=i % 4) for i in range(8)]
    return events(visits=rows, timeline=timeline, days=days, warmup=warmup, log=log)


@dataclass(frozen=True)
class Scripted:
    """A scenario of four facilities whose county has some beds; may fail or kill its process."""

    beds: int = 10
    days: int = 2
    warmup: int = 1
    replications: int = 3
    seed: int = 1
    title: str = "scripted"
    engine: str = "auto"
    ends: str = ""
    home: int = HOME

    def timeline(self):
        if os.getpid() != self.home:
            engine.play = play
            if self.ends == "killed":
                os._exit(1)
        if self.ends == "fails":
            raise RuntimeError("the world ended")
        return [(0, small_world(beds=(0, 5, self.beds, 20)))]

    def resolved(self):
        return {"title": self.title, "beds": self.beds}

    def content_hash(self, seed, days=None):
        return f"{self.beds} {seed} {days}"


@pytest.fixture(autouse=True)
def played(monkeypatch):
    monkeypatch.setattr(engine, "play", play)


@pytest.mark.door
def test_a_run_counts_its_warm_up_apart():
    told = []
    run = experiment.run(Scripted(), seed=5, days=4, progress=lambda *units: told.append(units))
    assert (run.seed, run.days, run.warmup) == (5, 4, 1)
    assert told == [(5, 5)] and run.content_hash == "10 5 5"
    assert experiment.run(Scripted()).seed == 1


@pytest.fixture
def asked(monkeypatch):
    """What the engine is asked for, run by run."""
    seen = []
    monkeypatch.setattr(engine, "play", lambda *a, **k: seen.append(k) or play(*a, **k))
    return seen


@pytest.mark.door
def test_a_comparison_keeps_no_rows_and_shares_no_run_among_threads(asked):
    compare(Scripted(), Scripted(), 2, workers=1)
    assert [(one["log"], one["threads"]) for one in asked] == [(None, 1)] * 4


@pytest.mark.door
@pytest.mark.parametrize("threads", [None, 1, 3])
def test_a_run_takes_the_threads_it_is_given_or_as_many_as_pay(asked, threads):
    experiment.run(Scripted(), threads=threads)
    assert [one["threads"] for one in asked] == [threads]


@pytest.mark.door
@pytest.mark.parametrize(("days", "kept"), [(7, True), (3_650, False)])
def test_a_long_run_of_a_county_counts_only_unless_told_otherwise(monkeypatch, days, kept):
    found = {}

    def played(timeline, seed, days, *given, log, **more):
        found[log] = days
        return play(timeline, seed, 1, *given, log=log, **more)

    monkeypatch.setattr("sim.engine.play", played)
    monkeypatch.setattr("sim.engine.visits_a_day", lambda world: 15_000.0)
    experiment.run(Scripted(), days=days)
    assert found == {"memory" if kept else None: days + Scripted().warmup}


@pytest.mark.door
def test_a_run_keeps_rows_where_it_is_told(tmp_path):
    kept = experiment.run(Scripted(), events=tmp_path / "rows")
    bare = experiment.run(Scripted(), events=None)
    pd.testing.assert_frame_equal(kept.visits, experiment.run(Scripted()).visits)
    pd.testing.assert_frame_equal(kept.measures, bare.measures)
    saved = store.read(kept.save(tmp_path / "result"))
    pd.testing.assert_frame_equal(saved.visits, kept.visits)
    without = store.read(bare.save(tmp_path / "bare"))
    for run in (bare, without):
        with pytest.raises(NoLog, match="--events"):
            _ = run.visits


@pytest.mark.door
def test_a_comparison_is_paired_and_says_so():
    found = compare(Scripted(), Scripted(beds=12), workers=1)
    row = found.table.set_index(["measure", "tier", "group"]).loc[("wait_mean", "all", "all")]
    assert row["difference"] == pytest.approx(7.0)  # mean of 0..7 times two beds
    assert row["low"] == pytest.approx(7.0) and row["high"] == pytest.approx(7.0)
    assert row["variance_saved"] == pytest.approx(1) and row["replications"] == 3
    assert found.failures.empty
    assert list(found.table.columns) == [
        "measure", "tier", "group", "unit", "baseline", "scenario", "difference", "low", "high",
        "variance_saved", "replications",
    ]
    arms = found.runs.groupby(["replication", "arm"])["seed"].first().unstack()
    assert (arms["baseline"] == arms["scenario"]).all() and arms["baseline"].is_unique


@pytest.mark.luck
def test_a_replication_does_not_depend_on_their_number_or_on_where_it_runs():
    few, many = (compare(Scripted(), Scripted(beds=12), n, workers=1).runs for n in (2, 5))
    pd.testing.assert_frame_equal(few, many[many["replication"] < 2])
    with ThreadPoolExecutor(3) as threads:
        elsewhere = compare(Scripted(), Scripted(beds=12), 5, executor=threads).runs
    pd.testing.assert_frame_equal(elsewhere, many)


@pytest.mark.door
def test_progress_counts_every_run():
    told = []
    compare(Scripted(), Scripted(), 2, workers=1, progress=lambda *units: told.append(units))
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.door
def test_failed_runs_are_told_and_stop_no_other():
    found = compare(Scripted(), Scripted(ends="fails"), 2, workers=1)
    assert found.failures["error"].tolist() == ["RuntimeError: the world ended"] * 2
    assert found.failures["arm"].unique().tolist() == ["scenario"]
    assert set(found.runs["arm"]) == {"baseline"} and found.table.empty


@pytest.mark.door
def test_nothing_but_failures_is_a_comparison_too(tmp_path):
    found = compare(Scripted(ends="fails"), Scripted(ends="fails"), 1, workers=1)
    assert len(found.failures) == 2 and found.table.empty
    assert len(store.read(found.save(tmp_path / "sad")).failures) == 2


@pytest.mark.invariant
def test_a_ledger_that_does_not_close_is_told(monkeypatch):
    monkeypatch.setattr(engine, "play", lambda *given, **more: unbalanced(play(*given, **more)))
    found = compare(Scripted(), Scripted(), 1, workers=1)
    assert found.failures["error"].str.contains("gap 1").all() and len(found.failures) == 2


def unbalanced(said):
    """The events with one episode more opened than accounted for."""
    episodes = said.ledger["episodes"]
    more = episodes | {"opened": episodes["opened"] + 1}
    return said._replace(ledger=said.ledger | {"episodes": more})


@pytest.mark.door
def test_arms_must_be_measured_alike():
    with pytest.raises(ValueError, match="warm-up differs: 1 and 2"):
        compare(Scripted(), Scripted(warmup=2))
    with pytest.raises(ValueError, match="measured days differ"):
        compare(Scripted(), Scripted(days=3))


@pytest.mark.door
def test_processes_give_what_one_process_gives():
    alone = compare(Scripted(), Scripted(beds=12), 2, workers=1)
    spread = compare(Scripted(), Scripted(beds=12), 2, workers=2)
    pd.testing.assert_frame_equal(spread.runs, alone.runs)
    assert spread.failures.empty and spread.content_hashes == alone.content_hashes


@pytest.mark.door
def test_a_dying_process_takes_only_its_own_run_with_it():
    found = compare(Scripted(), Scripted(ends="killed"), 2, workers=2)
    assert set(found.failures["arm"]) == {"scenario"} and len(found.failures) == 2
    assert found.runs["replication"].unique().tolist() == [0, 1]


@pytest.mark.door
def test_a_saved_comparison_reads_back(tmp_path):
    found = compare(Scripted(), Scripted(beds=12), workers=1)
    again = store.read(found.save(tmp_path / "pair"))
    for name in ("table", "runs"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))
    assert again.failures.empty and again.manifest["seeds"] == [1, 2, 3]
    assert again.title == "scripted, compared with scripted"
    assert len(again.manifest["run_hashes"]) == 6


@pytest.mark.door
def test_differences_by_county_are_those_of_the_runs_and_are_kept(tmp_path):
    found = compare(Scripted(), Scripted(beds=12), workers=1)
    by = found.by("county", "visits_per_resident")
    assert set(by["county"]) == {"420222"} and set(by["name"]) == {"Yangxin"}
    runs = [experiment.run(Scripted(beds=beds), seed=1 + i).by("county", "wait")
            for beds in (10, 12) for i in range(3)]  # fmt: skip
    means = [run.set_index(["measure", "tier", "group"])["value"] for run in runs]
    differences = sum(b - a for a, b in zip(means[:3], means[3:], strict=True)) / 3
    waits = found.by("county", "wait").set_index(["measure", "tier", "group"])["difference"]
    pd.testing.assert_series_equal(
        waits.sort_index(), differences.loc[waits.index].sort_index(), check_names=False
    )
    again = store.read(found.save(tmp_path / "pair"))
    pd.testing.assert_frame_equal(again.by("county", "wait"), found.by("county", "wait"))
    for result in (found, again):
        assert result.plot.map("visits_per_resident")
        with pytest.raises(KeyError, match="nearest: 'county'"):
            result.by("country")
        with pytest.raises(KeyError, match="nearest: 'wait_"):
            result.by("county", "wait_meen")


@pytest.mark.door
def test_pictures_of_runs_and_comparisons(tmp_path):
    run = experiment.run(Scripted())
    found = compare(Scripted(), Scripted(beds=12), 2, workers=1)
    for shown in (run, store.read(run.save(tmp_path / "run"))):
        assert shown.plot.waits() and shown.plot.referrals()
    assert found.plot.differences()


def tidy(first, second):
    """Values of one cell in both arms."""
    return pd.DataFrame([
        {"replication": i, "arm": arm, "measure": "wait_mean", "tier": "hub", "group": "all",
         "unit": "min", "value": v}
        for arm, values in (("baseline", first), ("scenario", second))
        for i, v in enumerate(values)
    ])


VALUES = st.floats(-100, 100).map(lambda x: round(x, 3))


@pytest.mark.unit
@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=12))
def test_the_interval_is_that_of_the_paired_t_test(pairs):
    first, second = map(np.array, zip(*pairs, strict=True))
    row = paired_differences(tidy(first, second)).iloc[0]
    test = stats.ttest_rel(second, first).confidence_interval(0.95)
    if np.isfinite(test.low):
        assert (row["low"], row["high"]) == pytest.approx((test.low, test.high), abs=1e-9)
    apart = first.var(ddof=1) + second.var(ddof=1)
    if apart > 1e-6:
        saved = 1 - (second - first).var(ddof=1) / apart
        assert row["variance_saved"] == pytest.approx(saved)
        if np.cov(first, second)[0, 1] > 0:
            assert row["variance_saved"] > -1e-9


@pytest.mark.unit
def test_one_pair_has_a_difference_but_no_interval():
    row = paired_differences(tidy([1.0], [3.0])).iloc[0]
    assert row["difference"] == 2 and np.isnan(row["low"]) and np.isnan(row["high"])
    assert np.isnan(row["variance_saved"])


@pytest.mark.unit
def test_a_value_missing_in_one_arm_drops_its_pair_only():
    row = paired_differences(tidy([1.0, np.nan, 3.0], [2.0, 9.0, 5.0])).iloc[0]
    assert row["replications"] == 2 and row["difference"] == pytest.approx(1.5)
