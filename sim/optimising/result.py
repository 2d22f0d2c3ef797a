"""What came out of a search? Tidy frames, and a folder that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import Table, parquet
from scipy import stats

from sim import store
from sim.analysis import holm, paired
from sim.analysis.frames import CONFIDENCE, POINT, VALUE, cell, with_keys
from sim.optimising.asked import Search, Sought
from sim.optimising.doubt import pareto
from sim.optimising.pictures import SearchPlots
from sim.sweeping.folder import SCENARIO_FILES, Folder, written

KIND, PUBLISHED = "search", "published search"
ASKED = "search.yaml"
SEARCH, ALLOT, CONFIRM = "search", "allot", "confirm"
DIFFERENCES = ["difference", "difference_low", "difference_high", "variance_saved", "p_adjusted"]
FRAMES = ("front", "candidates", "runs", "failures")
LONG = ("runs",)  # kept without a copy for the eye


@dataclass(frozen=True, repr=False)
class Optimum:
    """Doses within a budget and what they do.

    runs: point, keys, cost, stage, replication, seed, cell, value; it may be given to
    `sim.analysis` as it is. candidates: every dose tried (see `candidates`). In point 0 every dose
    is at its lowest. names: hashes of the runs of a scenario, by point and replication.
    """

    sought: Sought
    runs: pd.DataFrame
    candidates: pd.DataFrame
    failures: pd.DataFrame
    seed: int
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    names: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Optimum of {self.sought.search.question!r}: {len(self.points)} on the front>"

    @property
    def points(self) -> list[int]:
        """Numbers of the candidates on the front."""
        return [int(point) for point in dict.fromkeys(self.front[POINT])]

    @cached_property
    def front(self) -> pd.DataFrame:
        """The Pareto set, from runs with luck that its choice has not seen.

        One row a candidate and objective, cheapest first: point, keys, cost, cell, want, value
        with its 95 % t interval (low, high), difference from the lowest doses, paired, with
        interval (difference_low, difference_high), variance_saved, p_adjusted (Holm, over the whole
        table), holds (whether no other of the set dominates it in these runs), replications.
        """
        fresh = self.runs[self.runs["stage"] == CONFIRM]
        return front(fresh, self.sought, self.candidates)

    @property
    def search(self) -> Search:
        """What was asked."""
        return self.sought.search

    @property
    def content_hash(self) -> str:
        """SHA-256 of what was asked and of the names of all runs."""
        asked = self.search.model_dump(exclude={"scenario"})
        return store.digest([asked, self.seed, sorted(self.names.values())])

    @property
    def number(self) -> int:
        """Different runs."""
        return len(set(self.names.values())) or len(self.runs) // len(self.search.objectives)

    @property
    def plot(self) -> SearchPlots:
        """Pictures, each a matplotlib Figure."""
        return SearchPlots(self)

    def save(self, path: str | Path) -> Path:
        """Write the tables into a result folder; what `machine/` holds is all that may differ."""
        folder = opened(path, self.sought, self.seed)
        files = [file for name in FRAMES for file in _kept(folder, name, getattr(self, name))]
        folder.close(self._manifest(), files, self.started)
        return folder.path

    def _manifest(self) -> dict[str, Any]:
        search = self.search
        return {
            "kind": KIND, "title": search.question, "question": search.question,
            "source": search.source, "seed": self.seed,
            "search": search.model_dump() | {"scenario": SCENARIO_FILES[0]},
            "scenario": dict(self.sought.scenario.resolved()), "runs": self.number,
            "failures": len(self.failures), "content_hash": self.content_hash,
            "run_hashes": sorted(set(self.names.values())),
        }  # fmt: skip


def opened(path: str | Path, sought: Sought, seed: int) -> Folder:
    """The folder of a search, ready, with the files that ask the same again."""
    folder = Folder(Path(path), ASKED)
    asked = sought.search.model_dump(exclude_defaults=True, exclude_none=True)
    scenario = {**sought.scenario.resolved(), "seed": seed}
    texts = {ASKED: asked | {"scenario": SCENARIO_FILES[0]}, SCENARIO_FILES[0]: scenario}
    folder.open({name: written(content) for name, content in texts.items()})
    return folder


def _kept(folder: Folder, name: str, frame: pd.DataFrame) -> list[Path]:
    """The files of a table: Parquet, and a copy for the eye where it is short."""
    stored = BytesIO()
    parquet.write_table(Table.from_pandas(frame, preserve_index=False), stored, compression="zstd")
    files = {folder.path / f"{name}.parquet": stored.getvalue()}
    if name not in LONG:
        text = frame.to_csv(index=False, lineterminator="\n")
        files[folder.path / f"{name}.csv"] = text.encode()
    for path, content in files.items():
        folder.write(path, content)
    return list(files)


@dataclass(frozen=True, repr=False)
class Stored:
    """A search read from its folder: the same frames."""

    path: Path
    manifest: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<stored Optimum of {self.question!r}: {self.number} runs>"

    @property
    def question(self) -> str:
        """What was asked."""
        return str(self.manifest["question"])

    @property
    def search(self) -> Search:
        """What was asked, with doses, budget and objectives."""
        return Search.model_validate(self.manifest["search"])

    @property
    def content_hash(self) -> str:
        """SHA-256 of what was asked and of the names of all runs."""
        return str(self.manifest["content_hash"])

    @property
    def number(self) -> int:
        """Different runs."""
        return int(self.manifest["runs"])

    @property
    def plot(self) -> SearchPlots:
        """Pictures, each a matplotlib Figure."""
        return SearchPlots(self)

    @cached_property
    def front(self) -> pd.DataFrame:
        """The Pareto set (see `Optimum.front`)."""
        return self._frame("front")

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Every dose tried (see `candidates`)."""
        return self._frame("candidates")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The objectives of every run."""
        return self._frame("runs")

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Runs without a result, and why."""
        return self._frame("failures")

    def _frame(self, name: str) -> pd.DataFrame:
        if (self.path / f"{name}.parquet").exists():
            return pd.read_parquet(self.path / f"{name}.parquet")
        return pd.read_csv(self.path / f"{name}.csv")


class Published(Stored):
    """A published search: the same tables."""

    @property
    def seconds(self) -> float:
        """Processor seconds that all runs took, as far as they were timed."""
        return float(self.manifest["machine"].get("run_seconds") or 0) * self.number


def candidates(
    runs: pd.DataFrame, levels: np.ndarray, found: Mapping[int, tuple[bool, float]], sought: Sought
) -> pd.DataFrame:
    """Every dose tried with what was known when the choice was made.

    value: the mean, freed of the luck of who played which replications; differences from the lowest
    doses, paired; on_front: whether it was chosen; doubt: the probability that this is wrong.
    """
    names = [POINT, *cell(runs)]
    table = runs.groupby(names, sort=False).size().rename("replications").reset_index()
    order = table.groupby(POINT, sort=False).cumcount()
    table.insert(len(names), VALUE, levels[table[POINT], order])
    table = table.merge(_differences(runs)[[*names, *DIFFERENCES[:3]]], on=names, how="left")
    table["on_front"] = [found[point][0] for point in table[POINT]]
    table["doubt"] = [found[point][1] for point in table[POINT]]
    return _ordered(with_cost(with_keys(table, runs), sought), sought)


def means(runs: pd.DataFrame) -> pd.DataFrame:
    """Means by candidate and objective with 95 % t intervals over replications."""
    names = [POINT, *cell(runs)]
    by = runs.groupby(names, sort=False)[VALUE]
    count, mean = by.size(), by.mean()
    half = stats.t.ppf((1 + CONFIDENCE) / 2, np.maximum(count - 1, 1)) * by.std() / np.sqrt(count)
    table = pd.DataFrame({VALUE: mean, "low": mean - half, "high": mean + half})
    return table.assign(replications=count).reset_index()


def front(fresh: pd.DataFrame, sought: Sought, tried: pd.DataFrame) -> pd.DataFrame:
    """The chosen candidates with their means and paired differences from the lowest doses."""
    names = [POINT, *cell(fresh)]
    told = means(fresh)
    table = told.merge(_differences(fresh)[[*names, *DIFFERENCES]], on=names, how="left")
    chosen = set(tried.loc[tried["on_front"], POINT])
    table = table[table[POINT].isin(chosen)].assign(holds=lambda rows: _holds(rows, sought))
    whole = with_cost(with_keys(table, fresh), sought)
    return _ordered(whole, sought).sort_values(["cost", POINT], kind="stable", ignore_index=True)


def _differences(fresh: pd.DataFrame) -> pd.DataFrame:
    """Paired differences from point 0, adjusted; no row where it stands alone."""
    if fresh[POINT].nunique() < 2:
        return pd.DataFrame(columns=[POINT, *cell(fresh), *DIFFERENCES]).astype({POINT: "int64"})
    ends = {"low": "difference_low", "high": "difference_high"}
    return holm(paired(fresh, against=0)).rename(columns=ends)


def with_cost(table: pd.DataFrame, sought: Sought) -> pd.DataFrame:
    """A table with keys, with what their doses cost."""
    price = [each.cost for each in sought.search.doses.values()]
    cost = table[list(sought.search.doses)].to_numpy(float) @ np.array(price)
    place = list(table.columns).index(list(sought.search.doses)[-1]) + 1
    table.insert(place, "cost", cost)
    return table


def _holds(table: pd.DataFrame, sought: Sought) -> pd.Series:
    """Whether no other candidate of the table dominates each row's, by these means."""
    signs = [each.sign for each in sought.search.objectives]
    wide = table.pivot(index=POINT, columns=cell(table), values=VALUE)
    order = list(dict.fromkeys(map(tuple, table[cell(table)].to_numpy())))
    stays = pareto(wide[order].to_numpy() * signs)
    return table[POINT].map(dict(zip(wide.index, stays, strict=True)))


def _ordered(table: pd.DataFrame, sought: Sought) -> pd.DataFrame:
    """Which end is wanted, beside the cell."""
    wants = {tuple(each.cell.values()): each.want for each in sought.search.objectives}
    place = list(table.columns).index("unit") + 1
    told = [wants[row] for row in map(tuple, table[["measure", "tier", "group"]].to_numpy())]
    table.insert(place, "want", told)
    return table
