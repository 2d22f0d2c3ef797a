"""How do rows reach the disk while they happen? Parquet, one row group a day.

A log folder holds visits, stays, remote and daily.parquet: the integer columns of `sim.events`
(times in ticks of 2**-20 minutes since day 0, money in yuan/100, -1 for none), in order of closing;
and the words for its indexes: facilities, departments and places.parquet, and `words.json`. It is
written beside its place and renamed when whole; what a killed run leaves is hidden and no log.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import parquet

from sim.frames import FRAMES, Worded
from sim.log import TABLES, NoLog, in_order
from sim.world import World

WORDS = "words.json"
VOCABULARIES = ("tiers", "grades", "kinds", "specialties", "conditions", "age_groups", "counties")
INDEXES = {
    "facilities": ("tier", "grade", "kind", "county"), "departments": ("facility", "specialty"),
    "places": ("county", "urban"),
}  # fmt: skip
COMPRESSION = "zstd"


class LogError(OSError):
    """A folder that cannot take a log, or holds none that is whole."""


def schema_of(table: str) -> Any:
    """The columns of a table of rows: all int64, none missing."""
    fields = TABLES[table]._fields
    return pyarrow.schema([pyarrow.field(name, pyarrow.int64(), False) for name in fields])


class Stream:
    """A log that streams into a folder; `with Stream(folder, world) as log` finishes it.

    Memory holds one day at a time. An error inside the block leaves nothing behind.
    """

    def __init__(self, folder: str | Path, world: World) -> None:
        self.folder, self.world = Path(folder), world
        self.aside = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.partial")

    def __enter__(self) -> Stream:
        if self.folder.exists() and not is_log(self.folder) and any(self.folder.iterdir()):
            raise LogError(f"{self.folder} exists and is no event log; nothing written")
        shutil.rmtree(self.aside, ignore_errors=True)
        self.aside.mkdir(parents=True)
        self.writers = {table: self._writer(table) for table in TABLES}
        return self

    def _writer(self, table: str) -> Any:
        path = self.aside / f"{table}.parquet"
        return parquet.ParquetWriter(path, schema_of(table), compression=COMPRESSION)

    def write(self, table: str, rows: np.ndarray) -> None:
        """Append one row group."""
        if len(rows):
            schema = schema_of(table)
            columns = [np.ascontiguousarray(rows[:, i]) for i in range(len(schema))]
            self.writers[table].write_table(pyarrow.table(columns, schema=schema))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        try:
            for writer in self.writers.values():
                writer.close()
            if kind is None:
                write_words(self.aside, self.world)
                shutil.rmtree(self.folder, ignore_errors=True)
                self.aside.rename(self.folder)
        finally:
            shutil.rmtree(self.aside, ignore_errors=True)


def write_words(folder: Path, world: World) -> None:
    """The words for the indexes of rows; `words.json` comes last and says that the log is whole."""
    for group, columns in INDEXES.items():
        held = {"name": getattr(world.names, group)}
        held |= {column: getattr(getattr(world, group), column) for column in columns}
        parquet.write_table(
            pyarrow.table(held), folder / f"{group}.parquet", compression=COMPRESSION
        )
    vocabularies = {name: getattr(world.names, name) for name in VOCABULARIES}
    (folder / WORDS).write_text(json.dumps(vocabularies, ensure_ascii=False), encoding="utf-8")


def write_whole(
    folder: Path, tables: Mapping[str, Mapping[str, np.ndarray]], world: World
) -> None:
    """Write rows that memory held into a log folder."""
    with Stream(folder, world) as log:
        for table, columns in tables.items():
            log.write(table, np.column_stack(list(columns.values())))


def copy(folder: Path, target: Path) -> None:
    """Put a log folder's files at another place too, without a second copy where that can be."""
    target.mkdir()
    for file in sorted(folder.iterdir()):
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)


def is_log(folder: Path) -> bool:
    """Whether a folder holds a whole log."""
    return (folder / WORDS).is_file()


def frame(folder: Path, table: str) -> pd.DataFrame:
    """Rows of a log folder in words, minutes and yuan. Raises NoLog if it holds no whole log."""
    return FRAMES[table](columns(folder, table), words_of(folder))


def columns(folder: Path, table: str) -> dict[str, np.ndarray]:
    """Rows of a log folder as int64 columns, sorted as in memory. Raises NoLog without one."""
    if not is_log(folder):
        raise NoLog(table)
    held = parquet.read_table(folder / f"{table}.parquet", schema=schema_of(table))
    rows = [held[name].to_numpy() for name in held.column_names]
    return in_order(table, np.column_stack(rows).reshape(-1, len(rows)))


def words_of(folder: Path) -> Worded:
    """The words of a log folder, as its World had them."""
    names = {key: tuple(v) for key, v in json.loads((folder / WORDS).read_text("utf-8")).items()}
    groups = {}
    for group in INDEXES:
        held = parquet.read_table(folder / f"{group}.parquet")
        names[group] = tuple(held["name"].to_pylist())
        given = {name: held[name].to_numpy() for name in INDEXES[group]}
        groups[group] = SimpleNamespace(**given)
    return SimpleNamespace(names=SimpleNamespace(**names), **groups)
