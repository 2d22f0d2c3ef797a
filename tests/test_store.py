"""A result folder is whole or no result, and gives back what was saved."""

import json
import os
import shutil
import subprocess
import sys
import textwrap

import pandas as pd
import pytest
from small_world import DAY, small_run, stay, visit

from sim import store
from sim.store import ResultError

FRAMES = ("visits", "stays", "remote", "measures", "series", "ledger")


@pytest.fixture(scope="module")
def run():
    return small_run(
        visits=[visit(1, DAY, 5), visit(2, DAY, None, facility=2, outcome=None, resident=-1)],
        stays=[stay(1, DAY, DAY, None)],
    )


@pytest.fixture
def saved(run, tmp_path):
    return run.save(tmp_path / "deep" / "result")


@pytest.mark.door
def test_reading_gives_back_every_table(run, saved):
    again = store.read(saved)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(run, name))
    assert (again.seed, again.days, again.warmup, again.tiers) == (1, 2, 1, run.tiers)
    assert again.scenario == {"title": "small"} and again.title == run.title


@pytest.mark.door
def test_the_manifest_says_what_when_and_with_what(saved):
    manifest = json.loads((saved / "manifest.json").read_text())
    assert manifest["kind"] == "run" and manifest["seeds"] == [1]
    assert manifest["versions"]["python"].count(".") == 2
    assert {"numpy", "pandas", "sources"} <= set(manifest["versions"])
    assert manifest["started"].endswith("+00:00")
    files = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    files -= {"manifest.json"}
    assert set(manifest["checksums"]) == files
    assert {"measures.csv", "ledger.csv", "events/visits.parquet"} <= files
    assert "aggregates/daily.parquet" in files
    assert os.uname().nodename not in json.dumps(manifest["versions"])


@pytest.mark.invariant
def test_the_same_run_writes_the_same_bytes(run, tmp_path):
    sums = [store.manifest_of(run.save(tmp_path / name))["checksums"] for name in "ab"]
    assert sums[0] == sums[1]


@pytest.mark.door
@pytest.mark.parametrize("name", ["events/visits.parquet", "ledger.csv"])
def test_a_changed_or_missing_file_is_named(saved, name):
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ResultError, match=f"{name} was changed"):
        store.read(saved)
    (saved / name).unlink()
    with pytest.raises(ResultError, match=f"{name} is missing"):
        store.read(saved)


@pytest.mark.door
def test_what_is_no_result_is_said_to_be_none(tmp_path):
    with pytest.raises(ResultError, match="is no folder"):
        store.read(tmp_path / "nowhere")
    with pytest.raises(ResultError, match=r"no manifest\.json"):
        store.read(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(ResultError, match=r"manifest\.json: "):
        store.read(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(ResultError, match="format 99"):
        store.read(tmp_path)


@pytest.mark.door
def test_only_results_are_replaced(run, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(ResultError, match="nothing written"):
        run.save(mine)
    (mine / "manifest.json").write_text('{"somebody": "else"}')
    with pytest.raises(ResultError, match="nothing written"):
        run.save(mine)
    assert sorted(path.name for path in mine.iterdir()) == ["manifest.json", "thesis.txt"]
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.door
def test_an_older_result_is_replaced_whole(run, saved):
    (saved / "stale.parquet").touch()
    again = small_run(visits=[visit(3, DAY, 7)]).save(saved)
    assert not (again / "stale.parquet").exists()
    assert store.read(again).visits["wait"].tolist() == [7]
    assert [path.name for path in saved.parent.iterdir()] == ["result"]


@pytest.mark.door
def test_an_empty_folder_may_be_filled(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert store.read(run.save(tmp_path / "empty")).seed == 1


@pytest.mark.invariant
def test_an_error_while_writing_leaves_nothing_and_keeps_the_old(run, saved, monkeypatch):
    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr(store, "_write_manifest", fails)
    for path in (saved, saved.with_name("new")):
        with pytest.raises(ResultError, match="disk full"):
            run.save(path)
    assert [path.name for path in saved.parent.iterdir()] == ["result"]
    assert store.read(saved).seed == 1


@pytest.mark.invariant
@pytest.mark.parametrize("step", ["_write_frame", "_write_manifest", "_put_in_place"])
def test_a_killed_run_leaves_nothing_that_looks_whole(tmp_path, step):
    script = f"""
        import os, signal
        from small_world import DAY, small_run, visit
        from sim import store
        store.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        small_run(visits=[visit(1, DAY, 5)]).save({str(tmp_path / "result")!r})
    """
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)],
                          env=os.environ | {"PYTHONPATH": paths})
    assert done.returncode < 0
    assert not (tmp_path / "result").exists()
    with pytest.raises(ResultError):
        store.read(tmp_path / "result")


@pytest.mark.door
def test_outside_a_checkout_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setattr(store, "PACKAGE", tmp_path)
    assert store.checkout() is None
    monkeypatch.setenv("PATH", "")
    assert store.checkout() is None


@pytest.mark.door
def test_in_a_checkout_there_is_one(monkeypatch, tmp_path):
    shutil.copy(store.__file__, tmp_path / "store.py")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b",
                                                 "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(store, "PACKAGE", tmp_path)
    assert store.checkout()["dirty"] is False and len(store.checkout()["commit"]) == 40
    (tmp_path / "store.py").write_text("changed")
    assert store.checkout()["dirty"] is True
