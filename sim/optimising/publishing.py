"""Which search goes into `results/published/`, and is it true?

As of a sweep: its question and scenario lie beside its tables, so that whoever doubts it plays it
again and compares cell by cell.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from sim import plots, store
from sim.optimising import load, optimise
from sim.optimising.playing import Answers, Count, Model, Progress, Run
from sim.optimising.result import ASKED, FRAMES, LONG, PUBLISHED, Published, Stored, opened
from sim.sweeping.asked import SCENARIO
from sim.sweeping.crew import crew_of
from sim.sweeping.playing import Failed
from sim.sweeping.publishing import DIFFERING, differing, provenance, spread_out
from sim.sweeping.trial import Trial, timed
from sim.sweeping.units import Catalogue

CELL = ("measure", "tier", "group")
IDENTITY = {
    "front": ("point", *CELL), "candidates": ("point", *CELL),
    "runs": ("point", "replication", *CELL), "failures": ("point", "replication"),
}  # fmt: skip


def publish(found: Stored, target: str | Path) -> Path:
    """Write a search's tables, question and picture into a folder for git; returns it.

    Raises ResultError for what is no finished search, or a folder taken by something else.
    """
    if isinstance(found, Published):
        raise store.ResultError(f"{found.path} is published: publish the folder of `sim optimise`")
    frames = {name: getattr(found, name) for name in FRAMES}
    copies = {f"{name}.csv": frame.to_csv(index=False, lineterminator="\n")
              for name, frame in frames.items() if name not in LONG}  # fmt: skip
    asked = {path.name: path.read_text("utf-8") for path in sorted(found.path.glob("*.yaml"))}
    manifest = provenance(found.path, found.manifest, PUBLISHED)
    folder = store.save(target, manifest, frames, texts=asked | copies)
    for name in found.plot.names():
        plots.save(found.plot(name), folder / f"{name}.png")
    return folder


def reproduce(
    published: Published,
    out: str | Path,
    quick: bool = False,
    workers: int | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Search again; returns what differs: table, where, column, both values.

    out: the folder of the new search, which goes on where it was stopped. quick: plays a sample of
    the runs and compares their objectives. Raises as `optimise` does.
    """
    if quick:
        return _sampled(published, workers, engine, progress)
    again = optimise(load(published.path / ASKED), workers=workers, engine=engine,
                     progress=progress, out=out)  # fmt: skip
    found = [differing(name, getattr(published, name), getattr(again, name), key)
             for name, key in IDENTITY.items()]  # fmt: skip
    return pd.concat(found, ignore_index=True)


def tried(
    published: Published, quick: bool, workers: int | None = None, engine: str | None = None
) -> Trial:
    """One run played for the time that it takes. quick: of the sample only."""
    asked, catalogue = load(published.path / ASKED), Catalogue()
    for run in sample(published) if quick else every(published):
        catalogue.units(run.point, SCENARIO, asked.at(run.doses), run.seed, 1)
    return timed(list(catalogue.tasks.values()), workers, engine)


def sample(published: Published) -> list[Run]:
    """A few runs from all over the search."""
    return spread_out(every(published))


def every(published: Published) -> list[Run]:
    """All runs that have a result."""
    doses = published.search.doses
    runs = published.runs.drop_duplicates(["point", "replication"])
    return [
        Run(int(row["point"]), int(row["replication"]),
            {key: dose.of(row[key]) for key, dose in doses.items()}, int(row["seed"]))
        for row in runs.to_dict("records")
    ]  # fmt: skip


def _sampled(
    published: Published, workers: int | None, engine: str | None, progress: Progress | None
) -> pd.DataFrame:
    asked, some = load(published.path / ASKED), sample(published)
    with TemporaryDirectory() as place, crew_of(workers, engine) as crew:
        folder = opened(place, asked, asked.scenario.seed)
        said = Model(asked, folder, crew)(some, Count(len(some), progress))
    told = [_compared(published, run, answer) for run, answer in zip(some, said, strict=True)]
    return pd.concat(told, ignore_index=True)


def _compared(published: Published, run: Run, answer: Answers | Failed) -> pd.DataFrame:
    """What differs between a run as published and as played again."""
    runs = published.runs
    table = runs[(runs["point"] == run.point) & (runs["replication"] == run.replication)]
    if isinstance(answer, Failed):
        where = f"point {run.point}, replication {run.replication}"
        told = [("runs", where, "run", "there", answer.error)]
        return pd.DataFrame(told, columns=DIFFERING)
    cells = [each.cell for each in published.search.objectives]
    again = pd.DataFrame(cells).assign(point=run.point, replication=run.replication, value=answer)
    return differing("runs", table[list(again.columns)], again, IDENTITY["runs"])
