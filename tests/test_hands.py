"""Work is shared by threads without loss, and who counts a row does not matter."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import small_world
from test_tally import NOTHING, visits
from worlds import county

from sim import engine
from sim.arithmetic import compiled
from sim.engine.compiled.hands import PIECES, Hands
from sim.engine.keeper import Keeper
from sim.events import Visit
from sim.stream import Stream
from sim.table import Table, fetch


@pytest.mark.unit
@given(st.integers(1, 4), st.integers(0, 1000))
def test_shares_are_one_after_the_other_and_nearly_equal(count, things):
    hands = Hands(1)
    hands.count = count
    bounds = [hands.share(number, things) for number in range(count)]
    assert bounds[0][0] == 0 and bounds[-1][1] == things
    assert all(a[1] == b[0] for a, b in itertools.pairwise(bounds))
    sizes = [last - first for first, last in bounds]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.unit
@pytest.mark.parametrize("things", [0, 1, 7, 3 * PIECES, 3 * PIECES + 1, 5000])
def test_every_piece_is_taken_once_by_whichever_thread_is_free(things):
    hands, taken = Hands(3), []
    what = np.arange(things) * 10
    pieces = hands.pieces(what, lambda: what % 7)

    def take(number):
        taken.extend(piece for piece in pieces)

    hands.each(take)
    hands.close()
    assert sorted(np.concatenate([np.empty(0, int), *taken]).tolist()) == what.tolist()


@pytest.mark.unit
def test_of_a_few_things_the_heaviest_goes_first():
    hands = Hands(2)
    found = list(hands.pieces(np.array([4, 5, 6]), lambda: np.array([10, 30, 20])))
    hands.close()
    assert [piece.tolist() for piece in found] == [[5], [6], [4]]


@pytest.mark.unit
def test_each_is_done_once_by_every_thread_and_errors_reach_the_caller():
    hands, seen = Hands(2), []
    hands.each(seen.append)
    assert sorted(seen) == [0, 1]
    with pytest.raises(ZeroDivisionError):
        hands.each(lambda number: 1 // number)
    hands.close()
    alone = Hands(1)
    alone.each(lambda number: seen.append(threading.current_thread().name))
    assert seen[-1] == threading.main_thread().name


@pytest.mark.invariant
def test_who_counts_a_row_does_not_matter():
    rows = visits(999)
    alone, three = (Keeper([(0, small_world())], 3, 1, None, hands) for hands in (1, 3))
    alone.rows(rows, *NOTHING)
    for hand, part in enumerate(np.array_split(rows[::-1], 3)):
        three.rows(part, *NOTHING, hand=hand)
    ours, theirs = (keeper.events({}).tally.cells for keeper in (alone, three))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    assert ours.daily.any()


@pytest.mark.invariant
def test_a_log_on_disk_is_the_same_file_for_any_number_of_threads(tmp_path):
    timeline, files = [(0, county())], []
    for threads in (1, 2, 3):
        folder = tmp_path / str(threads)
        with Stream(folder, timeline[0][1]) as log:
            engine.play(timeline, 5, 3, "compiled", log=log, threads=threads)
        files.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert "visits.parquet" in files[0] and files[0] == files[1] == files[2]


@compiled
def summed(table, rows):
    total = 0
    for i in range(rows.shape[0]):
        fetch(table.numbers, rows[i])
        fetch(table.grid, rows[i])
        fetch(table.records, rows[i])
        total += table.numbers[rows[i]] + table.grid[rows[i], 1] + table.records[rows[i]].start
    return total


@pytest.mark.unit
def test_asking_for_memory_ahead_changes_nothing():
    kind = np.dtype([(name, np.int64) for name in Visit._fields])
    records = np.zeros(50, kind)
    records["start"] = np.arange(50) * 1000
    grid = np.arange(100, dtype=np.int16).reshape(50, 2)
    table = Table("fetched", {"numbers": np.arange(50), "grid": grid, "records": records})
    before = [array.copy() for array in (table.numbers, table.grid, table.records)]
    rows = np.array([3, 49, 0, 3])
    assert summed(table, rows) == sum(r + 2 * r + 1 + 1000 * r for r in rows)
    for old, new in zip(before, (table.numbers, table.grid, table.records), strict=True):
        np.testing.assert_array_equal(old, new)
