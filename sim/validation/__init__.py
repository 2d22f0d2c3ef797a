"""Why should one believe the model? A file of facts beside what the model says of each.

`validate(path)` reads facts in the format of `sim/data/calibration.csv`, finds the measure of the
place that answers each, or why none does, plays what is needed and gives a `Validation`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from sim.scenario import COMMAND_LINE
from sim.store import ResultError
from sim.validation import facts as files
from sim.validation import plan as planning
from sim.validation import studies
from sim.validation.plan import Asked, Row
from sim.validation.result import Validation, listed, tabled
from sim.validation.runs import Answers, Options
from sim.validation.wording import plain
from sim.validation.words import nearest
from sim.yamlfile import Problem, Spot

__all__ = ["Options", "Validation", "mapping", "validate"]

SETTING = ("visits", "visits_two_weeks", "admissions")  # measures from which a demand may be set


def mapping(
    path: Path, folder: Path, only: Sequence[str] = (), quantities: Sequence[str] = ()
) -> pd.DataFrame:
    """Which measure answers each fact of a file; nothing is played. Raises as `validate`.

    folder: that of the scenarios.
    """
    rows = chosen(path, only, quantities)
    _there(folder)
    return listed(rows, studies.known(rows, folder))


def validate(
    path: Path,
    options: Options,
    only: Sequence[str] = (),
    quantities: Sequence[str] = (),
    demand_from: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Every fact of a file, or those chosen by id or quantity, beside what the model says.

    demand_from: ids of facts, of the file or of those shipped, each of which sets the level of
    demand for its year. Raises FactsError for a file that is no table of facts, and for ids and
    quantities that it does not hold; ResultError where the scenarios' folder is not there.
    """
    started = time.time()
    rows = chosen(path, only, quantities)
    demands = _demands(demand_from, path)
    _there(options.folder)
    answers = Answers(options, demands, progress)
    every = [row.asked for row in rows if row.asked]
    said = answers.find(every)
    effects = studies.played(studies.known(rows, options.folder), options.folder, progress)
    levels = {one: answers.level_of(one).name for one in every if one.runs}
    given = {"file": str(path), "only": list(only), "quantities": list(quantities),
             "demand_from": list(demand_from), "days": options.days, "warmup": options.warmup,
             "replications": options.replications, "seed": options.seed}  # fmt: skip
    return Validation(
        f"{Path(path).stem}: model beside facts",
        tabled(rows, said, levels, effects),
        pd.DataFrame(answers.played, columns=PLAYED),
        given,
        started,
        round(time.time() - started, 3),
    )


PLAYED = ("scenario", "place", "demand_from", "demand", "seed", "days", "warmup", "start",
          "seconds", "content_hash")  # fmt: skip


def chosen(path: Path, only: Sequence[str], quantities: Sequence[str]) -> list[Row]:
    """The facts of a file that are asked for, with what answers them."""
    rows = planning.plan(files.read(path), str(path))
    rows = _among(rows, only, "id", lambda row: row.fact.id)
    return _among(rows, quantities, "quantity", lambda row: row.fact.quantity)


def _there(folder: Path) -> None:
    if not folder.is_dir():
        raise ResultError(f"{folder} is no folder")


def _among(
    rows: list[Row], wanted: Sequence[str], what: str, named: Callable[[Row], str]
) -> list[Row]:
    held = {plain(named(row)) for row in rows}
    if missing := [word for word in wanted if plain(word) not in held]:
        told = (f"no {what} {word!r} in the file{nearest(plain(word), held)}" for word in missing)
        raise refused(*told)
    asked_for = {plain(word) for word in wanted}
    return [row for row in rows if not asked_for or plain(named(row)) in asked_for]


def _demands(identifiers: Sequence[str], path: Path) -> list[Asked]:
    """The facts from which demand is set, of the file or of those shipped."""
    known = [*files.shipped(), *files.read(path)]
    return [_demand(identifier, known, str(path)) for identifier in identifiers]


def _demand(identifier: str, known: list[files.Fact], path: str) -> Asked:
    found = [fact for fact in known if plain(fact.id) == plain(identifier)]
    if not found:
        near = nearest(identifier, (fact.id for fact in known))
        raise refused(f"--demand-from {identifier}: no such fact{near}")
    (row,) = planning.plan(found[-1:], path, known)
    if row.asked is None or row.asked.quantity.measure not in SETTING:
        why = row.reason or f"{found[-1].quantity} says no level of demand"
        raise refused(f"--demand-from {identifier}: {why}; visits or admissions are expected")
    return row.asked


def refused(*messages: str) -> files.FactsError:
    """What was asked of a file that does not hold it."""
    return files.FactsError([Problem(Spot(COMMAND_LINE), "", message) for message in messages])
