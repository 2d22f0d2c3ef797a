"""What does a sweep say? Tidy frames, read from its folder when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import parquet

from sim import measures
from sim.sweeping.pictures import SweepPlots


@dataclass(frozen=True, repr=False)
class Sweep:
    """A finished sweep on disk; `runs` and `series` are read anew each time, whole or in part.

    Every frame has the point's number and, beside it, one column for each key that varies.
    """

    path: Path
    manifest: Mapping[str, Any]

    def __repr__(self) -> str:
        number = self.manifest["points"]
        return f"<Sweep of {self.title!r}: {number} points, {self.manifest['runs']} runs>"

    @property
    def title(self) -> str:
        """What it is called: the question."""
        return self.question

    @property
    def question(self) -> str:
        """What was asked."""
        return str(self.manifest["question"])

    @property
    def content_hash(self) -> str:
        """SHA-256 of the names of all runs."""
        return str(self.manifest["content_hash"])

    @property
    def plot(self) -> SweepPlots:
        """Pictures, each a matplotlib Figure."""
        return SweepPlots(self)

    @property
    def keys(self) -> list[str]:
        """Keys of the scenario that vary."""
        return list(self.manifest["keys"])

    @property
    def runs(self) -> pd.DataFrame:
        """Measures of every run: point, arm, replication, seed, measure, tier, group, value."""
        return self._part("runs")

    @property
    def series(self) -> pd.DataFrame:
        """Counts per day of every run, the warm-up included."""
        return self._part("series")

    def of(self, *wanted: str) -> pd.DataFrame:
        """The runs' rows of some measures only; others are not read.

        Raises KeyError with the nearest name for a measure that does not exist.
        """
        measures.chosen(wanted)
        return self._part("runs", sorted(measures.rows_of(wanted)))

    def series_of(self, *wanted: str) -> pd.DataFrame:
        """The series' rows of some measures only; others are not read."""
        return self._part("series", list(wanted))

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Scenario minus baseline at every point, with 95 % t intervals and the variance saved."""
        return self._part("differences")

    @cached_property
    def points(self) -> pd.DataFrame:
        """Points of the design, their warm-up and replications, whether intervals got narrow."""
        return self._part("points")

    @cached_property
    def warmup(self) -> pd.DataFrame:
        """Where MSER-5 found the warm-up: by point and series the day from which it has settled."""
        return self._part("warmup")

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Runs without a result, and why."""
        return self._part("failures")

    def part_column(self, name: str, column: str) -> list[str]:
        """The words of one column of a table, without the rest of it."""
        read = parquet.read_table(self.path / f"{name}.parquet", columns=[column])
        return list(read[column].unique().to_pylist())

    def _part(self, name: str, wanted: list[str] | None = None) -> pd.DataFrame:
        if not (self.path / f"{name}.parquet").exists():
            return pd.read_csv(self.path / f"{name}.csv", keep_default_na=False, na_values=[""])
        filters = None if wanted is None else [("measure", "in", wanted)]
        read = parquet.read_table(self.path / f"{name}.parquet", filters=filters)
        return read.to_pandas()


class Published(Sweep):
    """A published sweep: the same tables, its series as means over the replications."""

    @property
    def seconds(self) -> float:
        """Processor seconds that all runs took, as far as they were timed."""
        return float(self.manifest["machine"].get("run_seconds") or 0) * self.manifest["runs"]
