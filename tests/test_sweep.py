"""A sweep plays each run once, goes on where it stopped, and its tables never depend on how."""

import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from small_sweep import SERVERS, Here, asked_in, bits, undisturbed

import sim
from sim import experiment, reading, store
from sim.sweeping import crew, playing
from sim.sweeping.asked import Experiment


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with an experiment of six runs."""
    return asked_in(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def swept(place):
    """The experiment, played in this process without disturbance."""
    return undisturbed(place)


@pytest.mark.door
def test_frames_are_tidy_and_pairs_are_those_of_a_comparison(swept, place):
    clinic = sim.load(place / "clinic.yaml")
    both = experiment.compare(clinic, clinic.with_values({SERVERS: 2}), 3, workers=1)
    kept = both.table[both.table["measure"].isin(swept.differences["measure"])]
    ours = swept.differences[swept.differences["point"] == 1].drop(columns=["point", SERVERS])
    cell = ["measure", "tier", "group", "unit"]
    ours, kept = (table.set_index(cell).sort_index() for table in (ours, kept))
    pd.testing.assert_frame_equal(ours, kept, check_dtype=False)
    assert list(swept.runs.columns) == [
        "point", SERVERS, "arm", "replication", "seed", "measure", "tier", "group", "unit",
        "value", "n",
    ]  # fmt: skip
    assert swept.points[SERVERS].tolist() == [1, 2] and swept.failures.empty
    assert set(swept.of("occupancy")["measure"]) == {"occupancy"}
    assert set(swept.series_of("visits")["day"]) == {0, 1, 2}
    assert len(swept.series) == sum(len(swept.series_of(m)) for m in set(swept.series["measure"]))
    with pytest.raises(KeyError, match="nearest: 'occupancy'"):
        swept.of("ocupancy")


@pytest.mark.door
def test_a_sweep_reads_back_and_a_changed_table_is_told(swept, place, tmp_path):
    again = sim.read(swept.path)
    assert isinstance(again, sim.Sweep) and repr(again) == repr(swept)
    pd.testing.assert_frame_equal(again.runs, swept.runs)
    with pytest.raises(store.ResultError, match="is a sweep, none of run"):
        store.read(swept.path)
    table = swept.path / "points.csv"
    held = table.read_bytes()
    try:
        table.write_bytes(held + b"\n")
        with pytest.raises(store.ResultError, match=r"points\.csv was changed"):
            reading.read(swept.path)
    finally:
        table.write_bytes(held)


@pytest.mark.luck
def test_equal_runs_are_played_once(place, tmp_path):
    played = Here()
    sim.sweep(place / "dose.yaml", tmp_path / "out", executor=played)
    assert len(played.seen) == 6  # the baseline is the point with one server
    sim.sweep(place / "dose.yaml", tmp_path / "out", executor=played)
    assert len(played.seen) == 6


@pytest.mark.invariant
@pytest.mark.parametrize("after", [0, 1, 5])
def test_what_was_interrupted_goes_on_and_ends_the_same(swept, place, tmp_path, after):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        sim.sweep(place / "dose.yaml", out, executor=Here(after))
    assert not (out / "manifest.json").exists()
    with pytest.raises(store.ResultError, match="not finished"):
        sim.read(out)
    (out / "played" / ".half.1.partial").write_text("torn")
    rest, kept = Here(), len(list((out / "played").glob("*.parquet")))
    assert kept >= after - 1
    sim.sweep(place / "dose.yaml", out, executor=rest)
    assert len(rest.seen) == 6 - kept
    assert bits(out) == bits(swept.path)


@pytest.mark.invariant
def test_threads_finish_in_any_order_and_tables_are_the_same(swept, place, tmp_path):
    with ThreadPoolExecutor(3) as threads:
        sim.sweep(place / "dose.yaml", tmp_path / "out", executor=threads)
    assert bits(tmp_path / "out") == bits(swept.path)


@pytest.mark.door
def test_a_failed_run_is_reported_and_stops_no_other(place, tmp_path, monkeypatch):
    run = experiment.run

    def failing(scenario, seed, **more):
        if seed == 2:
            raise ArithmeticError("the world ended")
        return run(scenario, seed, **more)

    monkeypatch.setattr(experiment, "run", failing)
    found = sim.sweep(place / "dose.yaml", tmp_path / "out", executor=Here())
    assert set(found.failures["error"]) == {"ArithmeticError: the world ended"}
    assert set(found.failures["kind"]) == {"model"} and set(found.failures["seed"]) == {2}
    assert sorted(set(found.runs["replication"])) == [0, 2]
    assert set(found.differences["replications"]) == {2}


@pytest.mark.door
def test_what_the_machine_lacks_is_tried_again_and_never_counted(place, swept, tmp_path,
                                                                 monkeypatch):  # fmt: skip
    run, tries = experiment.run, []

    def short_of_memory(scenario, seed, **more):
        tries.append(seed)
        if seed == 2 and tries.count(2) <= 4:
            raise MemoryError
        return run(scenario, seed, **more)

    monkeypatch.setattr(experiment, "run", short_of_memory)
    found = sim.sweep(place / "dose.yaml", tmp_path / "out", executor=Here())
    assert found.failures.empty and bits(tmp_path / "out") == bits(swept.path)


@pytest.mark.door
def test_a_machine_that_is_gone_stops_the_sweep_and_keeps_what_is_done(place, tmp_path,
                                                                       monkeypatch):  # fmt: skip
    run = experiment.run

    def unplugged(scenario, seed, **more):
        if seed == 2:
            raise OSError("no space left")
        return run(scenario, seed, **more)

    monkeypatch.setattr(experiment, "run", unplugged)
    with pytest.raises(store.ResultError, match=r"no space left.*call again to finish the rest"):
        sim.sweep(place / "dose.yaml", tmp_path / "out", executor=Here())
    assert len(list((tmp_path / "out" / "played").iterdir())) == 4


@pytest.mark.invariant
def test_tasks_are_handed_out_a_few_at_a_time():
    out, most = set(), []

    class Counting(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            out.add(future)
            most.append(len(out))
            timer = threading.Timer(0.002, lambda: (out.discard(future), future.set_result(0)))
            timer.start()
            return future

    pool = Counting()
    answers = crew.answers(iter(range(200)), crew.Crew(lambda: pool, 2))
    assert sum(1 for _ in answers) == 200 and max(most) <= 4


@pytest.mark.luck
def test_a_worker_with_other_sources_is_refused(place, monkeypatch):
    clinic = sim.load(place / "clinic.yaml")
    with pytest.raises(playing.OtherModel):
        playing.play(playing.Task("another name", clinic, 1))


@pytest.mark.door
def test_replications_go_on_until_intervals_are_narrow(place, tmp_path):
    clinic = sim.load(place / "clinic.yaml")
    target = {"measure": "wait_mean", "tier": "village", "half_width": 10.0}
    asked = {"question": "?", "scenario": clinic, "against": clinic, "levers": ["world"],
             "vary": {"grid": {SERVERS: [1, 2]}}}  # fmt: skip
    rule = {"until": [target], "pilot": 10, "batch": 2, "most": 14}
    found = sim.sweep(Experiment(**asked, replications=rule), tmp_path / "out", executor=Here())
    points = found.points.set_index(SERVERS)
    assert points["replications"][1] == 10 and points["reached"][1]  # it is the baseline
    kept = found.differences
    cell = kept[["measure", "tier", "group"]].agg(" ".join, axis=1)
    kept = kept[cell == "wait_mean village all"]
    half = ((kept["high"] - kept["low"]) / 2).to_numpy()
    assert ((half <= 10) == points["reached"]).all()
    assert points["reached"][2] or points["replications"][2] == 14
    exact = sim.sweep(Experiment(**asked, replications=14), tmp_path / "out", executor=Here(8))
    first = exact.runs[exact.runs["replication"] < 10]
    assert np.isin(first["value"].dropna(), found.runs["value"]).all()


@pytest.mark.door
@pytest.mark.slow
def test_a_warm_up_is_found_and_reported(place, tmp_path):
    longer = sim.load(place / "clinic.yaml").with_values({"warmup": 30, "days": 30})
    told = Experiment(question="?", scenario=longer, vary={"grid": {SERVERS: [1, 2]}},
                      warmup="mser5", replications=2)  # fmt: skip
    found = sim.sweep(told, tmp_path / "out", executor=Here())
    by_point = found.warmup.groupby("point")
    assert set(by_point.groups) == {0, 1} and (found.warmup["warmup"] % 7 == 0).all()
    assert (by_point["settled"].max() <= by_point["warmup"].first()).all()
    days = found.series.groupby("point")["day"].max()
    assert days.tolist() == (found.points["warmup"] + 30).tolist()


@pytest.mark.door
def test_a_folder_of_something_else_is_left_alone(place, tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(store.ResultError, match="is no result of"):
        sim.sweep(place / "dose.yaml", tmp_path, executor=Here())
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.door
@pytest.mark.parametrize(("address", "said"), [
    ("tcp://here:1", "dask://HOST:PORT expected"), ("dask://here", "dask://HOST:PORT expected"),
])  # fmt: skip
def test_an_address_that_is_none_is_told(address, said):
    with pytest.raises(store.ResultError, match=said), crew.crew_of(engine=address):
        pass
