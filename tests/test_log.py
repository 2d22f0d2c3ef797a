"""Rows that stream to disk are the rows, day by day, and half a log is no log."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import worlds
from pyarrow import parquet
from small_world import DAY, small_run, small_world, stay, visit

from sim import stream
from sim.engine import play
from sim.log import TABLES, NoLog
from sim.stream import LogError, Stream

DAYS = 3


def played(folder):
    """Three days of a small county, streamed into a folder."""
    world = worlds.county()
    with Stream(folder, world) as log:
        play([(0, world)], 1, DAYS, "reference", log=log)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return played(tmp_path_factory.mktemp("rows") / "log")


@pytest.fixture(scope="module")
def events():
    return play([(0, worlds.county())], 1, DAYS, "reference")


@pytest.mark.invariant
def test_rows_on_disk_are_the_rows_in_memory(folder, events):
    for table in TABLES:
        found, kept = stream.columns(folder, table), getattr(events, table)
        assert list(found) == list(kept)
        for name, column in kept.items():
            np.testing.assert_array_equal(found[name], column, name)
    assert len(events.visits["visit"]) > 1000


@pytest.mark.door
def test_there_is_a_row_group_a_day_of_whole_numbers(folder):
    for table in ("visits", "daily"):
        file = parquet.ParquetFile(folder / f"{table}.parquet")
        assert file.num_row_groups == DAYS + (table == "visits")  # and those still open
        assert file.schema_arrow == stream.schema_of(table)
        assert not any(field.nullable for field in file.schema_arrow)


@pytest.mark.door
def test_the_words_of_rows_are_those_of_the_world():
    run = small_run(visits=[visit(1, DAY, 5), visit(2, DAY, None, facility=2, resident=-1)])
    assert run.visits["facility"].tolist() == ["clinic", "county"]


@pytest.mark.door
def test_an_error_leaves_neither_log_nor_remains(tmp_path):
    with pytest.raises(RuntimeError), Stream(tmp_path / "log", small_world()):
        raise RuntimeError("the world ended")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NoLog, match="no visits"):
        stream.columns(tmp_path / "log", "visits")


@pytest.mark.door
def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LogError, match="no event log"), Stream(tmp_path, small_world()):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.invariant
def test_a_killed_run_leaves_no_log(tmp_path):
    script = f"""
        import os, signal
        import worlds
        from sim.engine import play
        from sim.stream import Stream
        world = worlds.queue()
        stop = lambda day, _: day == 2 and os.kill(os.getpid(), signal.SIGKILL)
        with Stream({str(tmp_path / "log")!r}, world) as log:
            play([(0, world)], 1, 4, "reference", progress=stop, log=log)
    """
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)],
                          env=os.environ | {"PYTHONPATH": paths})
    assert done.returncode < 0
    assert all(path.name.startswith(".log.") for path in tmp_path.iterdir())
    with pytest.raises(NoLog):
        stream.frame(tmp_path / "log", "visits")


@pytest.mark.unit
def test_a_log_of_memory_is_sorted_by_key_and_request():
    """A stay below shares its key with the stay above, and comes after it."""
    later = stay(1, 2 * DAY, 2 * DAY, None, facility=1, stepped_from=2)
    run = small_run(stays=[later, stay(1, DAY, DAY, 2 * DAY), stay(0, DAY, DAY, None)])
    assert run.events.stays["requested"].tolist() == [DAY, DAY, 2 * DAY]
    assert np.diff(run.events.stays["visit"]).min() >= 0
