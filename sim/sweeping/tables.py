"""What does a sweep count to? Tidy tables, written measure by measure, never all runs in memory.

`runs` and `series` have one row group a measure, so that reading one measure reads no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from sim import measures
from sim.experiment import CELL, paired_differences
from sim.sweeping.asked import Case
from sim.sweeping.folder import Folder
from sim.sweeping.playing import Failed, measures_of, series_of
from sim.sweeping.units import Unit
from sim.sweeping.warmup import COLUMNS as WARMUP_COLUMNS

MOST_ROWS = 2_000_000  # held at a time
LABELS = ["point", "arm", "replication", "seed"]
FAILURE_COLUMNS = [*LABELS, "kind", "error"]
POINT_COLUMNS = ["warmup", "days", "seed", "replications", "reached"]
TYPES: dict[str, Any] = {
    "point": pa.int32(), "arm": pa.string(), "replication": pa.int32(), "seed": pa.int64(),
    "measure": pa.string(), "tier": pa.string(), "group": pa.string(), "unit": pa.string(),
    "day": pa.int32(), "value": pa.float64(), "n": pa.int64(), "baseline": pa.float64(),
    "scenario": pa.float64(), "difference": pa.float64(), "low": pa.float64(),
    "high": pa.float64(), "variance_saved": pa.float64(), "replications": pa.int32(),
    "kind": pa.string(), "error": pa.string(), "settled": pa.int32(), "late": pa.bool_(),
    "warmup": pa.int32(), "days": pa.int32(), "reached": pa.bool_(),
}  # fmt: skip
RUNS = [*LABELS, "measure", "tier", "group", "unit", "value", "n"]
SERIES = [*LABELS, "day", "measure", "tier", "value"]
DIFFERENCES = ["point", *CELL, "baseline", "scenario", "difference", "low", "high",
               "variance_saved", "replications"]  # fmt: skip


class Found(NamedTuple):
    """All that a sweep knows when its runs are done."""

    cases: Sequence[Case]
    units: Sequence[Unit]
    replications: Mapping[int, int]
    reached: Mapping[int, bool]
    settled: pd.DataFrame
    failed: Mapping[str, Failed]
    judges: Sequence[Unit]
    measures: tuple[str, ...]


def write(folder: Folder, found: Found) -> list[Path]:
    """Write all tables; returns their files."""
    keys = parameters(found.cases)
    small = {"points": points(found), "warmup": found.settled, "failures": failures(found)}
    written = [_write_small(folder, name, frame, keys) for name, frame in small.items()]
    with ExitStack() as stack:
        tables = [_Table(folder, name, columns, keys, stack)
                  for name, columns in (("runs", RUNS), ("differences", DIFFERENCES))]  # fmt: skip
        for _, rows in _by_measure(folder, found, measures_of, list(_rows(found))):
            tables[0].add(rows)
            tables[1].add(paired_differences(rows, ["point", *CELL]))
        series = _Table(folder, "series", SERIES, keys, stack)
        for _, rows in _by_measure(folder, found, series_of, None):
            series.add(rows)
    written += [[folder.path / f"{name}.parquet"] for name in ("runs", "differences", "series")]
    written.append([csv(folder, "differences")])
    return [file for files in written for file in files]


def parameters(cases: Sequence[Case]) -> pd.DataFrame:
    """One row a point, one column a key that varies, each of one type."""
    names = dict.fromkeys(key for case in cases for key in case.values)
    frame = pd.DataFrame({"point": [case.number for case in cases]})
    for name in names:
        frame[name] = _typed([case.values.get(name) for case in cases])
    return frame


def _typed(values: list[Any]) -> pd.Series:
    """Numbers as numbers, all else as text; missing where a point does not give the key."""
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return pd.Series(values, dtype="int64")
    if kinds <= {int, float, type(None)}:
        return pd.Series(values, dtype="float64")
    return pd.Series([None if v is None else _text(v) for v in values], dtype="str")


def _text(value: object) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, tuple) else str(value)


def points(found: Found) -> pd.DataFrame:
    """One row a point: warm-up, days, seed, replications, whether its intervals got narrow."""
    rows = [
        (case.number, case.scenario.warmup, case.scenario.days, case.scenario.seed,
         found.replications[case.number], found.reached[case.number])
        for case in found.cases
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["point", *POINT_COLUMNS])


def failures(found: Found) -> pd.DataFrame:
    """One row a run without a result, and why."""
    rows = [
        (unit.point, unit.arm, unit.replication, unit.seed, *found.failed[unit.name][1:])
        for unit in [*found.judges, *found.units]
        if unit.name in found.failed
    ]
    return pd.DataFrame(rows, columns=FAILURE_COLUMNS)


def _rows(found: Found) -> Iterator[str]:
    """Rows of the measures asked for, in the order of the table of a run."""
    kept = measures.rows_of(found.measures)
    return (name for name in measures.names() if name in kept)


def _by_measure(
    folder: Folder, found: Found, read: Any, names: list[str] | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of all runs, one measure after the other; several are read at a time."""
    units = [unit for unit in found.units if folder.has(unit.name)]
    if not units:
        return
    first = read(folder.file(units[0].name))
    number = first["measure"].value_counts()
    every = names or list(dict.fromkeys(first["measure"]))
    for some in _batches(every, number, len(units)):
        parts = [_labelled(unit, read(folder.file(unit.name), some)) for unit in units]
        whole = pd.concat(parts, ignore_index=True)
        for name in some:
            rows = whole[whole["measure"] == name]
            if len(rows):
                yield name, rows


def _batches(names: list[str], number: pd.Series, runs: int) -> Iterator[list[str]]:
    """Names in portions of which all runs together have not too many rows."""
    batch: list[str] = []
    held = 0
    for name in names:
        rows = runs * int(number.get(name, 1))
        if batch and held + rows > MOST_ROWS:
            yield batch
            batch, held = [], 0
        batch, held = [*batch, name], held + rows
    yield batch


def _labelled(unit: Unit, rows: pd.DataFrame) -> pd.DataFrame:
    labels = dict(zip(LABELS, unit[:4], strict=True))
    return rows.assign(**dict[str, Any](labels))[[*labels, *rows.columns]]


# --- files -----------------------------------------------------------------------------------


class _Table:
    """A table on disk that grows by row groups, the values of the point beside its number."""

    def __init__(
        self,
        folder: Folder,
        name: str,
        columns: Sequence[str],
        keys: pd.DataFrame,
        stack: ExitStack,
    ) -> None:
        self.keys, self.schema = keys, schema(columns, keys)
        path = folder.path / f"{name}.parquet"
        self.writer = parquet.ParquetWriter(path, self.schema, compression="zstd")
        stack.callback(self.writer.close)

    def add(self, rows: pd.DataFrame) -> None:
        """Write rows, in one group if they are not many."""
        self.writer.write_table(table(rows, self.keys, self.schema))


def schema(columns: Sequence[str], keys: pd.DataFrame) -> pa.Schema:
    """Types of a table: the point, its values, then the other columns; none twice."""
    given = pa.Schema.from_pandas(_beside(keys, columns), preserve_index=False)
    of_keys = [(field.name, pa.string() if pa.types.is_large_string(field.type) else field.type)
               for field in given]  # fmt: skip
    first, *others = [(name, TYPES[name]) for name in columns]
    return pa.schema([first, *of_keys, *others])


def table(rows: pd.DataFrame, keys: pd.DataFrame, typed: pa.Schema) -> pa.Table:
    """Rows with the values of their points, as the schema says."""
    numbered = rows.astype({"point": "int64"})
    own = _beside(keys, rows.columns).assign(point=keys["point"])
    joined = numbered.merge(own, on="point", how="left", sort=False)
    return pa.Table.from_pandas(joined[typed.names], typed, preserve_index=False).cast(typed)


def _beside(keys: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Values of the points that a table does not have already, such as varied days."""
    return keys[[name for name in keys if name not in {"point", *columns}]]


def _write_small(folder: Folder, name: str, frame: pd.DataFrame, keys: pd.DataFrame) -> list[Path]:
    columns = list(frame.columns) if len(frame.columns) else ["point", *WARMUP_COLUMNS[1:]]
    typed = schema(columns, keys)
    path = folder.path / f"{name}.parquet"
    parquet.write_table(table(frame, keys, typed), path, compression="zstd")
    return [path, csv(folder, name)]


def csv(folder: Folder, name: str) -> Path:
    """Write a copy for the eye of a table that lies there."""
    path = folder.path / f"{name}.csv"
    stored = parquet.ParquetFile(folder.path / f"{name}.parquet")
    with path.open("w", encoding="utf-8", newline="") as file:
        stored.schema_arrow.empty_table().to_pandas().to_csv(file, index=False)
        for group in range(stored.num_row_groups):
            rows = stored.read_row_group(group).to_pandas()
            rows.to_csv(file, index=False, header=False, lineterminator="\n")
    return path
