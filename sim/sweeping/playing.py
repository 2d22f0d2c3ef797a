"""What does a worker do, and what does it send back? One run, as the bytes of one small table.

A table has the measures (day -1) and the daily series of a run; its bytes depend on nothing but
the run, so one, two or many workers, here or elsewhere, write the same files.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pandas as pd
from pyarrow import Table, parquet

from sim import experiment, store
from sim.arithmetic import PACKAGE
from sim.scenario import Scenario

WHOLE = -1
COLUMNS = ["measure", "tier", "group", "unit", "day", "value", "n"]
CELL = ["measure", "tier", "group", "unit"]
SERIES_CELL = ["day", "measure", "tier"]


class OtherModel(Exception):
    """A worker whose sources are not ours."""


class Task(NamedTuple):
    """One run to play, by the name of its file, whatever points and arms it serves."""

    name: str
    scenario: Scenario
    seed: int


class Played(NamedTuple):
    """What came out of a run."""

    name: str
    table: bytes
    seconds: float


class Failed(NamedTuple):
    """Why a run has no result. kind: model, or killed (its worker died while it played alone)."""

    name: str
    kind: str
    error: str


COUNTING = ("engine", "measures", "tally", "record.py", "experiment.py", "sweeping/playing.py")

FROM_OUTSIDE = (MemoryError, OSError, ImportError, OtherModel)


def named(content_hash: str) -> str:
    """What a run's file is called: a hash of its content hash and of the sources that count it."""
    return store.digest([content_hash, _counting()])


@lru_cache(maxsize=1)
def _counting() -> str:
    """Hash of the sources that play and count, which the content hash of a run does not read."""
    places = [PACKAGE / place for place in COUNTING]
    files = {file for place in places for file in (place.rglob("*.py"), [place])[place.is_file()]}
    return store.digest({str(file.relative_to(PACKAGE)): store.file_digest(file) for file in files})


def play(task: Task) -> Played | Failed:
    """Play one run. What the model raises is an answer; what the machine lacks is raised."""
    started = time.perf_counter()
    try:
        once = experiment.run(task.scenario, task.seed, events=None, threads=1)
        table = _bytes(once.measures, once.series)
        gap = int(once.ledger["gap"].abs().sum())
    except FROM_OUTSIDE:
        raise
    except Exception as error:
        return Failed(task.name, "model", f"{type(error).__name__}: {error}")
    if named(once.content_hash) != task.name:
        raise OtherModel("the sources of the model differ between this worker and the sweep")
    if gap:
        return Failed(task.name, "model", f"a ledger does not close: gap {gap}")
    return Played(task.name, table, time.perf_counter() - started)


def _bytes(measures: pd.DataFrame, series: pd.DataFrame) -> bytes:
    daily = series.assign(group="", unit="", n=0)
    both = pd.concat([measures.assign(day=WHOLE)[COLUMNS], daily[COLUMNS]], ignore_index=True)
    both = both.astype({"day": "int32", "n": "int64", "value": float})
    table = Table.from_pandas(both, preserve_index=False).replace_schema_metadata(None)
    written = io.BytesIO()
    parquet.write_table(table, written, compression="zstd")
    return written.getvalue()


def measures_of(path: Path | BinaryIO, rows: Sequence[str] | None = None) -> pd.DataFrame:
    """The measures of a run's file, all or some: measure, tier, group, unit, value, n."""
    return _read(path, [("day", "==", WHOLE)], rows)[[*CELL, "value", "n"]]


def series_of(path: Path, rows: Sequence[str] | None = None) -> pd.DataFrame:
    """The daily series of a run's file, all or some: day, measure, tier, value."""
    return _read(path, [("day", "!=", WHOLE)], rows)[[*SERIES_CELL, "value"]]


def _read(
    path: Path | BinaryIO, wanted: list[tuple[str, str, Any]], rows: Sequence[str] | None
) -> Any:
    named = [] if rows is None else [("measure", "in", list(rows))]
    return parquet.read_table(path, filters=[*wanted, *named]).to_pandas()
