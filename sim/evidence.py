"""What have studies found, and does the model say the same? A table of effects, run and compared.

Nothing here is fitted. An effect agrees where the model's interval (t over replications) meets the
reported one; a value reported without an interval is taken with a tenth of it on either side. Of a
bound the model's interval lies below it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim import experiment, probes
from sim.scenario import load
from sim.store import ResultError
from sim.yamlfile import nearest

FOLDER = Path("scenarios") / "evidence"
TABLE = "evidence.csv"
CONFIDENCE = 0.95
TOLERANCE = 0.1  # of a value that is reported without an interval
AT_MOST = "at most"
WHAT_IF = "what if"
Progress = Callable[[int, int], None]


class Effect(NamedTuple):
    """One finding of a study, and which probe of which scenario answers it."""

    name: str
    effect: str
    scenario: str
    probe: str
    of: str
    facts: str  # ids in calibration.csv, or the section of the domain
    reported: float
    low: float
    high: float
    unit: str
    relation: str
    nature: str  # revealed, stated, calendar, null, bound, or a what if that is not the model's own
    remark: str


def effects(folder: Path = FOLDER) -> tuple[Effect, ...]:
    """The effects of a folder's table, in its order. Raises ResultError where there is none."""
    try:
        with (folder / TABLE).open(encoding="utf-8", newline="") as lines:
            return tuple(map(_effect, csv.DictReader(lines)))
    except OSError as error:
        raise ResultError(f"{folder / TABLE}: cannot be read: {error.strerror}") from error


def named(name: str | None) -> list[Effect]:
    """The effect or the effects of the scenario of that name, else all; ResultError for no such."""
    every = effects()
    found = [one for one in every if name in (None, one.name, one.scenario)]
    if not found:
        known = [one.name for one in every]
        near = nearest(str(name), known)
        hint = f"nearest: {near}" if near else f"there are {', '.join(known)}"
        raise ResultError(f"there is no effect {name} ({hint})")
    return found


def _effect(row: dict[str, str]) -> Effect:
    reported = float(row["reported"])
    wide = TOLERANCE * abs(reported)
    bounds = (reported - wide, reported + wide)
    if row["relation"] == AT_MOST:
        bounds = (-np.inf, reported)
    low, high = (
        float(row[name]) if row[name] else bound
        for name, bound in zip(("low", "high"), bounds, strict=True)
    )
    return Effect(**{**row, "reported": reported, "low": low, "high": high})  # type: ignore[arg-type]


def answer(
    asked: Sequence[Effect], folder: Path = FOLDER, progress: Progress | None = None
) -> pd.DataFrame:
    """One row an effect: the model's mean and interval, what is reported, whether they agree."""
    done: dict[str, list[float]] = {}
    ordered = sorted(asked, key=lambda effect: effect.scenario)
    groups = [(name, list(group)) for name, group in groupby(ordered, lambda one: one.scenario)]
    total = sum(load(folder / f"{name}.yaml").replications for name, _ in groups)
    played = 0
    for name, group in groups:
        for found in observed(folder / f"{name}.yaml", group):
            for effect, value in zip(group, found, strict=True):
                done.setdefault(effect.name, []).append(value)
            played += 1
            if progress:
                progress(played, total)
    return pd.DataFrame([_row(effect, done[effect.name]) for effect in asked])


def observed(file: Path, asked: Sequence[Effect]) -> Iterator[list[float]]:
    """What the probes say of each replication of a scenario."""
    scenario = load(file)
    for i in range(scenario.replications):
        run = experiment.run(scenario, scenario.seed + i, events="memory")
        yield [probes.PROBES[effect.probe](run, effect.of) for effect in asked]


def _row(effect: Effect, values: Sequence[float]) -> dict[str, Any]:
    mean, half = float(np.mean(values)), interval(values)
    found = {"model": mean, "model_low": mean - half, "model_high": mean + half}
    row = effect._asdict() | found | {"replications": len(values)}
    return row | {"agrees": agrees(effect, mean - half, mean + half)}


def interval(values: Sequence[float]) -> float:
    """Half of a t interval over replications."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return float(stats.t.ppf((1.0 + CONFIDENCE) / 2.0, len(values) - 1) * error)


def agrees(effect: Effect, low: float, high: float) -> bool:
    """Whether the model's interval meets the reported one; of a bound, lies below it."""
    if effect.relation == AT_MOST:
        return high <= effect.high
    return low <= effect.high and high >= effect.low


# --- the page --------------------------------------------------------------------------------

HEAD = """# Effects known from studies

`sim evidence` plays the scenarios of `scenarios/evidence/` and sets what they say beside what
studies report. Nothing was fitted to these effects, and none was left out after it had been run.
{agreeing} of {own} agree with the model as it is, {differing} do not. Intervals are 95 %, t over
replications of one population; a value reported without an interval is taken with a tenth of it on
either side.

| effect | facts | nature | model | reported | agrees | remark |
|---|---|---|---|---|---|---|
"""
TAIL = """
*Revealed* is what people did, *stated* what they said they would do, *calendar* a wait that days
and hours of service mostly make, *null* a study that found nothing, *bound* a value that the model
must not pass. A *what if* is not the model's own and is not counted. The worlds are stand-ins,
named in each scenario: where they differ from the place of the study, so may the answer.
"""


def page(table: pd.DataFrame) -> str:
    """The table as a page, in the order of the file, what agrees and what does not alike."""
    own = table[table["nature"] != WHAT_IF]
    agreeing = int(own["agrees"].sum())
    counts = {"agreeing": agreeing, "own": len(own), "differing": len(own) - agreeing}
    lines = [_line(row) for row in table.to_dict("records")]
    return HEAD.format(**counts) + "\n".join(lines) + "\n" + TAIL


def _line(row: Mapping[Any, Any]) -> str:
    verdict = "yes" if row["agrees"] else "**no**"
    cells = (row["effect"], row["facts"], row["nature"], model(row), reported(row), verdict)
    return "| " + " | ".join([*cells, row["remark"] or ""]) + " |"


def model(row: Mapping[Any, Any]) -> str:
    """The model's value with its interval."""
    return f"{row['model']:.4g} [{row['model_low']:.4g}, {row['model_high']:.4g}] {row['unit']}"


def reported(row: Mapping[Any, Any]) -> str:
    """The reported value with its interval, or as a bound."""
    if row["relation"] == AT_MOST:
        return f"at most {row['high']:.4g}"
    return f"{row['reported']:.4g} [{row['low']:.4g}, {row['high']:.4g}]"


def save(table: pd.DataFrame, folder: Path) -> Path:
    """Write the table and its page into a folder. Raises ResultError where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        table.to_csv(folder / "table.csv", index=False, float_format="%.6g")
        (folder / "README.md").write_text(page(read(folder)), encoding="utf-8")
    except OSError as error:
        raise ResultError(f"{folder} cannot be written: {error.strerror}") from error
    return folder


def read(folder: Path) -> pd.DataFrame:
    """The table of a folder, to six digits."""
    return pd.read_csv(folder / "table.csv", keep_default_na=False)
