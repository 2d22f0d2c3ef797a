"""A table says the same to Python and to compiled code."""

from __future__ import annotations

import ast
import gc
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import worlds

from sim.arithmetic import PACKAGE, compiled
from sim.table import Table
from sim.world import GROUPS

pytestmark = pytest.mark.unit

RECORD = np.dtype([("luck", np.int64), ("place", np.int32), ("stage", np.int16)], align=True)
DTYPES = ("i1", "u1", "i2", "i4", "u4", "i8", "u8", "f4", "f8")


def filled(dtype: str, *shape: int) -> np.ndarray:
    """An array whose every entry is another number, as far as its type allows."""
    return (np.arange(1, np.prod(shape) + 1).reshape(shape) % 120).astype(dtype)


def readonly(array: np.ndarray) -> np.ndarray:
    """The array, not to be written."""
    array.flags.writeable = False
    return array


def records(rows: int) -> np.ndarray:
    """Structured rows."""
    table = np.zeros(rows, dtype=RECORD)
    table["luck"], table["place"] = np.arange(rows) - 2**62, np.arange(rows) * 7 - 3
    table["stage"] = -np.arange(rows)
    return table


@compiled
def _weighed_1(table: Table) -> Any:
    total = 0.0
    for i in range(table.column.shape[0]):
        total = 3.0 * total + table.column[i]
    return total


@compiled
def _weighed_2(table: Table) -> Any:
    total = 0.0
    for i in range(table.column.shape[0]):
        for j in range(table.column.shape[1]):
            total = 3.0 * total + table.column[i, j]
    return total


@compiled
def _weighed_3(table: Table) -> Any:
    total = 0.0
    for i in range(table.column.shape[0]):
        for j in range(table.column.shape[1]):
            for k in range(table.column.shape[2]):
                total = 3.0 * total + table.column[i, j, k]
    return total


WEIGHED = {1: _weighed_1, 2: _weighed_2, 3: _weighed_3}


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("writeable", [False, True])
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 2), (0,), (2, 0), (1, 1, 1)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_are_read_alike(dtype: str, shape: tuple[int, ...], writeable: bool) -> None:
    array = filled(dtype, *shape)
    table = Table("some", {"before": 1, "column": array if writeable else readonly(array)})
    weighed = WEIGHED[len(shape)]
    assert table.column is array
    assert weighed(table) == weighed.py_func(table)
    assert (weighed(table) != 0.0) == (array.size > 0)


@pytest.mark.parametrize("turned", [lambda a: a.T, lambda a: a[:, ::2], lambda a: a[::-1]])
def test_an_array_that_is_not_contiguous_is_read_as_it_was(turned: Any) -> None:
    array = turned(filled("f8", 4, 6))
    table = Table("some", {"column": array})
    assert (table.column == array).all()
    assert _weighed_2(table) == _weighed_2.py_func(table)


@compiled
def _numbers(table: Table) -> Any:
    return table.whole, table.share, table.large


@pytest.mark.parametrize("whole", [0, -1, 2**63 - 1, -(2**63), np.int32(-7), np.uint8(200)])
@pytest.mark.parametrize("share", [0.0, -0.0, 5e-324, -1.5e308, np.inf, np.float64(0.1)])
def test_numbers_are_read_alike(whole: Any, share: Any) -> None:
    table = Table("some", {"whole": whole, "share": share, "large": 2**40})
    there = _numbers(table)
    assert there == (table.whole, table.share, table.large) == (whole, share, 2**40)
    assert np.signbit(there[1]) == np.signbit(share)


def test_not_a_number_is_read_as_such() -> None:
    assert np.isnan(_numbers(Table("some", {"whole": 1, "share": np.nan, "large": 1}))[1])


@compiled
def _of_records(table: Table, row: int) -> Any:
    one = table.rows[row]
    return one["luck"], one["place"], one["stage"]


def test_records_are_read_alike() -> None:
    table = Table("some", {"rows": records(6)})
    for row in range(6):
        assert _of_records(table, row) == _of_records.py_func(table, row)
        assert _of_records(table, row) == tuple(table.rows[row])


@compiled
def _nested(table: Table) -> Any:
    return table.outer.inner.column[2], table.outer.number, table.column[0]


def test_a_table_within_a_table_is_read_alike() -> None:
    inner = Table("inner", {"column": filled("i4", 5)})
    table = Table("some", {
        "column": filled("f8", 2), "outer": Table("outer", {"inner": inner, "number": 0.25}),
    })  # fmt: skip
    assert _nested(table) == _nested.py_func(table) == (3, 0.25, 1.0)
    assert table.outer.inner is inner


def test_a_name_that_is_not_there_is_an_error_in_both() -> None:
    table = Table("some", {"column": filled("f8", 2)})
    with pytest.raises(AttributeError, match="missing"):
        _ = table.missing
    with pytest.raises(numba.TypingError, match="missing"):
        numba.njit(lambda t: t.missing[0])(table)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_a_world_reads_as_its_table(group: str) -> None:
    world = worlds.county()
    table = getattr(world.tables, group)
    for name, value in getattr(world, group)._asdict().items():
        assert np.array_equal(getattr(table, name), value), name


@compiled
def _at(table: Table, row: int, column: int) -> Any:
    return table.column[row], table.columns[row, column], table.columns[row][column]


@pytest.mark.parametrize(("row", "column"), [(-1, -1), (-3, -2), (0, -1), (2, 1)])
def test_a_table_made_for_it_counts_from_the_end(row: int, column: int) -> None:
    fields = {"column": filled("i4", 3), "columns": filled("f8", 3, 2)}
    table = pickle.loads(pickle.dumps(Table("some", fields, from_end=True)))
    assert _at(table, row, column) == _at.py_func(table, row, column)


def test_another_table_does_not_ask_for_the_sign_of_an_index() -> None:
    fields = {"column": filled("i4", 3), "columns": filled("f8", 3, 2)}
    asked = []
    for from_end in (True, False):
        at = numba.njit(_at.py_func)
        assert at(Table("some", fields, from_end=from_end), 2, 1) == (3, 6.0, 6.0)
        asked.append(sum(text.count("select") for text in at.inspect_llvm().values()))
    assert asked[0] > 0 == asked[1]


def _compiled_functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                marks = {ast.unparse(mark) for mark in node.decorator_list}
                if marks & {"compiled", "inlined", "entry"}:
                    yield path, node


def test_only_the_tally_counts_from_the_end() -> None:
    found, looked_at = [], 0
    for path, function in _compiled_functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and path.parent.name != "tally":
                looked_at += 1
                below = any(isinstance(part, ast.USub) for part in ast.walk(node.slice))
                found += [f"{path.name}:{node.lineno}"] if below else []
    assert looked_at > 500
    assert found == []


# --- writing -----------------------------------------------------------------------------------


@compiled
def _write(table: Table, row: int, value: Any) -> None:
    table.column[row] = value
    table.rows[row]["place"] = value
    table.inner.column[row] += value


def written(given: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What three arrays hold after `_write` or its Python."""
    column, rows, deep = np.zeros(3), records(3), np.ones(3, dtype=np.uint8)
    table = Table("some", {
        "column": column, "rows": rows, "inner": Table("inner", {"column": deep}),
    })  # fmt: skip
    given(table, 1, 9)
    return column, rows, deep


def test_what_is_written_stands_in_the_array() -> None:
    for there, here in zip(written(_write), written(_write.py_func), strict=True):
        assert np.array_equal(there, here)
    column, rows, deep = written(_write)
    assert column.tolist() == [0.0, 9.0, 0.0]
    assert rows["place"].tolist() == [-3, 9, 11]
    assert deep.tolist() == [1, 10, 1]


def test_a_change_of_the_array_is_seen() -> None:
    column = filled("f8", 4)
    table = Table("some", {"column": column})
    before = _weighed_1(table)
    column[3] += 1.0
    assert _weighed_1(table) == before + 1.0


def test_a_readonly_array_cannot_be_written() -> None:
    table = Table("some", {"column": readonly(np.zeros(3))})
    with pytest.raises(numba.TypingError, match="readonly"):
        numba.njit(_set_first)(table)
    with pytest.raises(ValueError, match="read-only"):
        _set_first(table)


def _set_first(table: Table) -> None:
    table.column[0] = 1.0


# --- lifetime ----------------------------------------------------------------------------------


def test_a_table_keeps_what_it_reads_alive() -> None:
    table = Table("some", {
        "column": filled("f8", 1000), "outer": Table("outer", {
            "inner": Table("inner", {"column": filled("i4", 1000)}), "number": 1.0,
        }),
    })  # fmt: skip
    gc.collect()
    spoilers = [np.full(1000, -1.0) for _ in range(200)]
    assert _nested(table) == (3, 1.0, 1.0)
    assert len(spoilers) == 200


def test_a_table_lets_go_of_its_arrays_with_itself() -> None:
    array = filled("f8", 5)
    table, held = Table("some", {"column": array}), weakref.ref(array)
    _weighed_1(table)
    del array
    assert held() is not None
    del table
    gc.collect()
    assert held() is None


def test_a_table_can_be_pickled() -> None:
    table = Table("some", {
        "column": filled("f8", 3), "rows": records(3), "number": 0.5,
        "inner": Table("inner", {"column": filled("u1", 3)}),
    })  # fmt: skip
    copy = pickle.loads(pickle.dumps(table))
    assert copy.table_type == table.table_type
    assert copy.address != table.address
    del table
    gc.collect()
    _write(copy, 1, 9)
    assert copy.column.tolist() == [1.0, 9.0, 3.0]
    assert copy.inner.column.tolist() == [1, 11, 3]
    assert copy.number == 0.5


def test_the_tables_of_a_world_are_not_pickled_with_it() -> None:
    world = worlds.county()
    before = world.tables.care
    copy = pickle.loads(pickle.dumps(world))
    assert "tables" not in vars(copy)
    assert copy.tables.care.address != before.address
    assert np.array_equal(copy.tables.care.minutes, before.minutes)


def test_a_pickled_world_stays_read_only_and_so_keeps_its_compiled_versions() -> None:
    """Who sends a World to another process would else wait for a compiler there."""
    world = worlds.county()
    copy = pickle.loads(pickle.dumps(world))
    assert not copy.departments.doctors.flags.writeable
    for group in GROUPS:
        assert getattr(copy.tables, group).table_type == getattr(world.tables, group).table_type


def test_a_changed_world_has_tables_of_its_own() -> None:
    world = worlds.county()
    demand = world.tables.needs.demand
    changed = world.having({"needs.demand": demand / 2.0})
    assert changed.tables.needs.demand == demand / 2.0
    assert world.tables.needs.demand == demand


# --- types -------------------------------------------------------------------------------------


def test_equal_layouts_share_one_compiled_version() -> None:
    read = numba.njit(lambda table: table.column[0] + table.number)
    for rows in (1, 5, 70):
        assert read(Table("some", {"column": filled("f8", rows), "number": rows})) == 1.0 + rows
    assert len(read.signatures) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"column": filled("f4", 3), "number": 2},
        {"column": filled("f8", 3, 2), "number": 2},
        {"column": readonly(filled("f8", 3)), "number": 2},
        {"column": filled("f8", 3), "number": 2.0},
        {"number": 2, "column": filled("f8", 3)},
        {"column": filled("f8", 3), "number": 2, "more": 1},
    ],
)
def test_another_layout_is_another_type(other: dict[str, Any]) -> None:
    given = {"column": filled("f8", 3), "number": 2}
    one, two = Table("some", given), Table("some", other)
    assert one.table_type != two.table_type
    read = numba.njit(lambda table: table.column.ravel()[0] + table.number)
    assert read(one) == read(two) == 3.0
    assert len(read.signatures) == 2


def test_the_type_does_not_depend_on_the_process() -> None:
    """The cache on disk finds a compiled version by it."""
    program = (
        "import worlds\n"
        "tables = worlds.county().tables\n"
        "print(*[table.table_type.name for table in vars(tables).values()])\n"
    )
    path = {"PYTHONPATH": "tests", "PYTHONHASHSEED": "77"}
    said = subprocess.run(
        [sys.executable, "-c", program], env=path, check=True, capture_output=True, text=True
    ).stdout.split()
    assert said == [each.table_type.name for each in vars(worlds.county().tables).values()]
