"""A search that is really killed, its folder, what is published of it, and its picture."""

import os
import signal
import subprocess
import sys
import time

import pytest
from small_sweep import Here, bits
from test_optimising import CLINIC, FILE, GENERAL
from typer.testing import CliRunner

from sim import optimising, reading, store
from sim.cli import app
from sim.optimising import publishing
from sim.sweeping import crew, playing
from sim.sweeping.publishing import SAMPLE

TRADE = FILE.replace(
    "  - {measure: wait_mean}\n",
    "  - {measure: wait_mean}\n  - {measure: left_unseen}\n",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a search of 48 runs."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "clinic.yaml").write_text(CLINIC, encoding="utf-8")
    (folder / "doctors.yaml").write_text(TRADE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sought(place):
    """The search, played in this process without disturbance."""
    optimising.optimise(place / "doctors.yaml", executor=Here(), out=place / "undisturbed")
    return reading.read(place / "undisturbed")


def started(place, out):
    """The command in a process group of its own."""
    command = [sys.executable, "-m", "sim.cli", "optimise", str(place / "doctors.yaml"),
               "--workers", "2", "--out", str(out)]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, start_new_session=True, **quiet)


def until(known, seconds=900):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not known():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def written(out):
    """The runs that lie in a folder, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / "played").glob("*.parquet")}


@pytest.mark.slow
@pytest.mark.invariant
def test_after_kill_9_only_what_is_missing_is_played_and_the_whole_is_the_same(
    sought, place, tmp_path
):
    out, before = tmp_path / "out", {}
    for number in (2, 15):
        program = started(place, out)
        until(lambda n=number: len(list(out.glob("played/*.parquet"))) >= n)
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        assert before.items() <= written(out).items()
        before = written(out)
    assert not (out / "manifest.json").exists()
    assert len(before) < sought.number
    assert started(place, out).wait() == 0
    assert before.items() <= written(out).items()
    assert bits(out) == bits(sought.path)


@pytest.mark.invariant
def test_a_search_that_was_stopped_plays_only_what_is_missing(sought, place, tmp_path):
    short, rest, out = Here(9), Here(), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        optimising.optimise(place / "doctors.yaml", executor=short, out=out)
    kept = {name.removesuffix(".parquet") for name in written(out)}
    assert len(kept) in (8, 9) and not (out / "manifest.json").exists()
    told = []
    optimising.optimise(place / "doctors.yaml", executor=rest, out=out,
                        progress=lambda done, total: told.append((done, total)))  # fmt: skip
    assert not kept & {task.name for task in rest.seen}
    assert len(kept) + len(rest.seen) == sought.number
    assert told[-1][0] == len(rest.seen) and told[-1][0] <= told[-1][1] < 48
    assert bits(out) == bits(sought.path)


@pytest.mark.door
def test_a_failed_run_stops_nothing_and_is_tried_again(place, tmp_path, monkeypatch):
    def play(task):
        failed = playing.Failed(task.name, "model", "the world ended")
        return failed if task.seed == 2 else playing.play(task)

    monkeypatch.setattr(crew, "play", play)
    out = tmp_path / "out"
    found = optimising.optimise(place / "doctors.yaml", executor=Here(), out=out)
    assert set(found.failures["seed"]) == {2} and set(found.failures["kind"]) == {"model"}
    assert len(found.front) and set(reading.read(out).failures["error"]) == {"the world ended"}
    monkeypatch.undo()
    again = Here()
    mended = optimising.optimise(place / "doctors.yaml", executor=again, out=out)
    assert not len(mended.failures) and 2 in {task.seed for task in again.seen}


@pytest.mark.door
def test_a_search_is_taken_up_in_its_own_folder_only(place, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    done = CliRunner().invoke(
        app, ["optimise", str(place / "doctors.yaml"), "--out", str(tmp_path / "full")]
    )
    assert done.exit_code == 2 and "is no result" in done.stderr
    assert not (tmp_path / "full" / "played").exists()


# --- published -------------------------------------------------------------------------------


@pytest.mark.door
def test_a_search_is_published_and_reproduced(sought, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = CliRunner().invoke
    done = typed(app, ["publish", str(sought.path), "doctors"])
    assert done.exit_code == 0, done.output
    place = tmp_path / "results" / "published" / "doctors"
    assert {"front.csv", "candidates.csv", "front.png", "search.yaml", "scenario.yaml",
            "manifest.json"} <= {path.name for path in place.iterdir()}  # fmt: skip
    assert not (place / "played").exists()
    for more in (["--quick"], []):
        told = typed(app, ["reproduce", str(place), "--workers", "1", *more])
        assert told.exit_code == 0 and "identical" in told.output, told.output
    assert bits(tmp_path / "results" / "reproduced" / "doctors") == bits(sought.path)


@pytest.mark.door
def test_what_is_not_true_is_told_cell_by_cell(sought, tmp_path):
    place = publishing.publish(sought, tmp_path / "doctors")
    told = reading.published(place)
    runs = told.runs.assign(value=told.runs["value"] + 1)
    told.__dict__["runs"] = runs
    found = publishing.reproduce(told, tmp_path / "again", quick=True, workers=1)
    assert set(found["column"]) == {"value"} and len(found) == 2 * SAMPLE
    with pytest.raises(store.ResultError, match="publish the folder of `sim optimise`"):
        publishing.publish(told, tmp_path / "twice")
    with pytest.raises(store.ResultError, match="is not published"):
        reading.published(sought.path)


# --- the picture -----------------------------------------------------------------------------


@pytest.mark.door
def test_a_stored_search_is_drawn_by_name(sought, tmp_path):
    done = CliRunner().invoke(app, ["plot", str(sought.path), "--out", str(tmp_path)])
    assert done.exit_code == 0 and (tmp_path / "front.png").exists(), done.output
    figure = sought.plot.front()
    said = [text.get_text() for text in figure.findobj() if hasattr(text, "get_text")]
    foot = " ".join(said)
    assert f"search {sought.content_hash[:12]}" in foot and "less is better" in foot
    best = sought.front.iloc[0]
    assert f"{best[GENERAL]:.3g}" in said and f"{best['point']}" in said
    done = CliRunner().invoke(app, ["plot", str(sought.path), "fromt"])
    assert done.exit_code == 2 and "nearest: 'front'" in done.stderr
