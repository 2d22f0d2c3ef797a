"""What came out of a search? Tidy frames, and a folder that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim import store
from sim.analysis import holm, paired
from sim.analysis.frames import CONFIDENCE, POINT, VALUE, cell, with_keys
from sim.optimising.asked import Sought
from sim.optimising.doubt import pareto

KIND = "search"
SEARCH, ALLOT, CONFIRM = "search", "allot", "confirm"
DIFFERENCES = ["difference", "difference_low", "difference_high", "variance_saved", "p_adjusted"]
FRAMES = ("front", "candidates", "runs", "failures")


@dataclass(frozen=True, repr=False)
class Optimum:
    """Doses within a budget and what they do.

    runs: point, keys, cost, stage, replication, seed, cell, value; it may be given to
    `sim.analysis` as it is. candidates: every dose tried (see `candidates`). In point 0 every dose
    is at its lowest.
    """

    sought: Sought
    runs: pd.DataFrame
    candidates: pd.DataFrame
    failures: pd.DataFrame
    seed: int
    seconds: float = 0.0
    hashes: Mapping[str, str] = field(default_factory=dict)

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

    def save(self, path: str | Path) -> Path:
        """Write the search into a result folder (see `sim.store`)."""
        frames = {name: getattr(self, name) for name in FRAMES}
        csv = {f"{name}.csv": frames[name].to_csv(index=False, lineterminator="\n")
               for name in ("front", "candidates")}  # fmt: skip
        return store.save(path, self._manifest(), frames, texts=csv)

    def _manifest(self) -> dict[str, Any]:
        search = self.sought.search
        return {
            "kind": KIND, "title": search.question, "question": search.question,
            "search": search.model_dump(), "scenario": dict(self.sought.scenario.resolved()),
            "seed": self.seed, "runs": len(self.runs) // len(search.objectives),
            "wall_seconds": self.seconds,
            "content_hash": store.digest([search.model_dump(), dict(self.hashes), self.seed]),
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Stored:
    """A search read from its folder: the same frames."""

    path: Path
    manifest: Mapping[str, Any]

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in FRAMES:
            raise AttributeError(f"a stored search has {', '.join(FRAMES)}, not {name}")
        if (self.path / f"{name}.parquet").exists():
            return pd.read_parquet(self.path / f"{name}.parquet")
        return pd.read_csv(self.path / f"{name}.csv")


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
