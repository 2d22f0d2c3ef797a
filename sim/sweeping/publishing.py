"""What goes into `results/published/`, and is it true?

A published sweep is small enough for git and asks its own question: its experiment and scenarios
lie beside its tables, so that whoever doubts it plays them again and compares table by table, bit
by bit.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import plots, store
from sim.sweeping import sweep, units, warm
from sim.sweeping.asked import Checked, checked, load
from sim.sweeping.chosen import QUANTILES
from sim.sweeping.crew import answers, crew_of
from sim.sweeping.folder import EXPERIMENT, MACHINE, MACHINE_FILE
from sim.sweeping.playing import Played, measures_of
from sim.sweeping.result import Published, Sweep
from sim.sweeping.units import Catalogue, Unit

MOST_BYTES = 20_000_000
SAMPLE = 4  # runs that a quick look plays again
MOST_POINTS_DRAWN = 40
ALL = "all"
CELL = ("measure", "tier", "group", "unit")
IDENTITY = {
    "points": ("point",), "warmup": ("point", "measure", "tier"),
    "failures": ("point", "arm", "replication"), "differences": ("point", *CELL),
    "runs": ("point", "arm", "replication", *CELL),
    "series": ("point", "arm", "day", "measure", "tier"),
}  # fmt: skip
LONG = ("runs", "series")  # kept without a copy for the eye
DIFFERING = ["table", "where", "column", "published", "again"]

Progress = Callable[[int, int], None]


def frames_of(swept: Sweep) -> dict[str, pd.DataFrame]:
    """The tables that are published and compared."""
    frames = {name: getattr(swept, name) for name in IDENTITY if name != "series"}
    return frames | {"series": mean_series(swept)}


def mean_series(swept: Sweep) -> pd.DataFrame:
    """Daily series as means over the replications: what has no row on a day counts as none."""
    if isinstance(swept, Published):
        return swept.series
    parts = []
    for name in sorted(set(swept.part_column("series", "measure"))):
        rows = swept.series_of(name)
        cell = ["point", *swept.keys, "arm", "day", "measure", "tier"]
        means = rows.groupby(cell, sort=True, dropna=False)["value"].agg(["mean", "count"])
        parts.append(means.reset_index().rename(columns={"mean": "value", "count": "replications"}))
    return pd.concat(parts, ignore_index=True) if parts else swept.series


def publish(swept: Sweep, target: str | Path) -> Path:
    """Write a sweep's tables, experiment and pictures into a folder for git; returns it.

    Raises ResultError for what is no finished sweep, a folder taken by something else, or tables of
    more than 20 MB.
    """
    if type(swept) is not Sweep:
        told = "publish the folder of `sim sweep` or `sim optimise`"
        raise store.ResultError(f"{swept.path} is no sweep or search: {told}")
    frames = frames_of(swept)
    copies = {f"{name}.csv": frame.to_csv(index=False, lineterminator="\n")
              for name, frame in frames.items() if name not in LONG}  # fmt: skip
    size = sum(map(len, copies.values()))
    if size > MOST_BYTES:
        raise store.ResultError(
            f"{target}: tables of {size / 1e6:.0f} MB are too large for git (20 MB); name fewer "
            f"measures in {swept.path / EXPERIMENT}"
        )
    asked = {path.name: path.read_text("utf-8") for path in sorted(swept.path.glob("*.yaml"))}
    manifest = provenance(swept.path, swept.manifest, "published")
    folder = store.save(target, manifest, frames, texts=asked | copies)
    for name, figure in figures(swept).items():
        plots.save(figure, folder / f"{name}.png")
    return folder


def provenance(folder: Path, manifest: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The manifest of what is published of a result folder, with the machine that played it."""
    machine = json.loads((folder / MACHINE / MACHINE_FILE).read_text("utf-8"))
    left_out = ("format", "written_by", "checksums", "kind")
    kept = {key: value for key, value in manifest.items() if key not in left_out}
    return {"kind": kind, **kept, "machine": machine}


def figures(swept: Sweep) -> dict[str, Any]:
    """Curves over the doses, else each measure's paired differences; none without a baseline."""
    table = swept.differences
    table = table[(table["group"] == ALL) & table["low"].notna()]
    drawn = {name: swept.plot(name) for name in swept.plot.names()}
    if drawn or table["point"].nunique() > MOST_POINTS_DRAWN:
        return drawn
    return {
        f"difference_{measure}": swept.plot.differences(measure)
        for measure in dict.fromkeys(table["measure"])
        if not measure.endswith(QUANTILES)
    }


# --- reproduction ----------------------------------------------------------------------------


def reproduce(
    published: Published,
    out: str | Path,
    quick: bool = False,
    workers: int | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Play a published sweep again; returns what differs: table, where, column, both values.

    out: the folder of the new sweep, which goes on where it was stopped. quick: plays a sample of
    the runs and compares their measures. Raises as `sweep` does.
    """
    asked = load(published.path / EXPERIMENT)
    if quick:
        return _sampled(published, checked(asked), workers, engine, progress)
    again = sweep(asked, out, workers, engine, progress=progress)
    theirs, ours = frames_of(published), frames_of(again)
    found = [differing(name, theirs[name], ours[name], key) for name, key in IDENTITY.items()]
    return pd.concat(found, ignore_index=True)


def differing(
    name: str, published: pd.DataFrame, again: pd.DataFrame, identity: Sequence[str]
) -> pd.DataFrame:
    """Every cell of a table that is not the same bit for bit, rows and columns that are missing.

    identity: the columns that tell its rows apart.
    """
    told = [(name, "", column, _held(column in published), _held(column in again))
            for column in sorted(set(published.columns) ^ set(again.columns))]  # fmt: skip
    key = list(identity)
    plain = [table.astype(dict.fromkeys(key, str)) for table in (published, again)]
    both = plain[0].merge(plain[1], how="outer", on=key, suffixes=("", "\n"), indicator=True)
    for row in both[both["_merge"] != "both"].to_dict("records"):
        sides = (_held(row["_merge"] != "right_only"), _held(row["_merge"] != "left_only"))
        told.append((name, _where(row, key), "row", *sides))
    there = both[both["_merge"] == "both"]
    for column in [c for c in published.columns if c in again and c not in key]:
        one, two = there[column], there[f"{column}\n"]
        other = there[~((one == two) | (one.isna() & two.isna()))]
        told += [(name, _where(row, key), column, str(row[column]), str(row[f"{column}\n"]))
                 for row in other.to_dict("records")]  # fmt: skip
    return pd.DataFrame(told, columns=DIFFERING)


def _held(there: bool) -> str:
    return "there" if there else "missing"


def _where(row: Mapping[Any, Any], key: Iterable[str]) -> str:
    return ", ".join(f"{name} {row[name]}" for name in key)


def _sampled(
    published: Published,
    found: Checked,
    workers: int | None,
    engine: str | None,
    progress: Progress | None,
) -> pd.DataFrame:
    catalogue = Catalogue()
    some = sample(published, found, catalogue)
    tasks, told = units.tasks_of(some, catalogue), [pd.DataFrame(columns=DIFFERING)]
    warm(tasks[0])
    with crew_of(workers, engine) as crew:
        for done, answer in enumerate(answers(tasks, crew), 1):
            of = [unit for unit in some if unit.name == answer.name]
            told += [_compared(published, unit, answer) for unit in of]
            if progress:
                progress(done, len(tasks))
    return pd.concat(told, ignore_index=True)


def sample(published: Published, found: Checked, catalogue: Catalogue) -> list[Unit]:
    """A few runs from all over the design, with the warm-ups and replications as published."""
    return spread_out(every(published, found, catalogue))


def every(published: Published, found: Checked, catalogue: Catalogue) -> list[Unit]:
    """All runs, with the warm-ups and replications as published."""
    settled = published.points.set_index("point")
    held: list[Unit] = []
    for case in found.cases:
        warmed = case.with_warmup(int(settled["warmup"][case.number]))
        held += units.of_case(warmed, int(settled["replications"][case.number]), catalogue)
    return held


def spread_out(every: Sequence[Any]) -> list[Any]:
    """A few of all runs, from the first to the last."""
    chosen = np.unique(np.linspace(0, len(every) - 1, SAMPLE).round().astype(int))
    return [every[position] for position in chosen]


def _compared(published: Published, unit: Unit, answer: Any) -> pd.DataFrame:
    """What differs between a run as published and as played again."""
    names = list(dict.fromkeys(published.runs["measure"]))
    labels: dict[str, Any] = {"point": unit.point, "arm": unit.arm, "replication": unit.replication}
    table = published.runs
    for label, value in labels.items():
        table = table[table[label] == value]
    if not isinstance(answer, Played):
        told = [("runs", _where(labels, labels), "run", _held(len(table) > 0), answer.error)]
        return pd.DataFrame(told if len(table) else [], columns=DIFFERING)
    again = measures_of(io.BytesIO(answer.table), names).assign(**labels)
    return differing("runs", table[list(again.columns)], again, IDENTITY["runs"])
