"""What does an experiment ask? A question, a scenario, what varies, against what, how often.

Everything that is wrong is told at once, before anything runs, at its file, line and column; every
point of the design is made a scenario first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from sim import checking, measures
from sim import scenario as scenarios
from sim.listing import Asked, Tier
from sim.scenario import MOST_DAYS, Scenario
from sim.sweeping import design
from sim.sweeping.design import Point, Vary, tuples
from sim.sweeping.warmup import FEWEST_DAYS
from sim.yamlfile import (
    Complaint,
    Document,
    Key,
    Origin,
    Problem,
    ScenarioError,
    dotted,
    nearest,
    plain,
    read,
)

ALL = "all"
MSER5 = "mser5"
POLICIES = "policies"
OWN_KEYS = ("replications", "warmup", "theory", "title", "source")
FEWEST_PILOT, MOST_REPLICATIONS = 10, 10_000
BASELINE, SCENARIO = "baseline", "scenario"
BASES = ("scenario", "against")
OF_POINTS = ("levers", "warmup")  # keys that say how points are made


class Target(Asked):
    """A measure whose interval must become narrow."""

    measure: str = Field(description="name of a measure, a row of its table")
    tier: Tier | Literal["all"] = Field("all", description="of one tier, or all")
    group: str = Field(ALL, description="of one group, or all")
    half_width: float = Field(gt=0, description="half of the 95 % interval, in the measure's unit")


class Replications(Asked):
    """How many replications: a number, or until intervals are narrow."""

    fixed: int | None = Field(None, ge=1, le=MOST_REPLICATIONS, description="this number")
    until: Annotated[tuple[Target, ...], BeforeValidator(tuples)] = Field(
        (), description="measures with the half-width wanted"
    )
    pilot: int = Field(FEWEST_PILOT, ge=FEWEST_PILOT, description="replications of the first look")
    batch: int = Field(5, ge=1, description="replications added at a time")
    most: int = Field(100, ge=FEWEST_PILOT, le=MOST_REPLICATIONS, description="never more")

    @property
    def first(self) -> int:
        """Replications before the first look."""
        return self.fixed or min(self.pilot, self.most)

    @property
    def last(self) -> int:
        """Replications at most."""
        return self.fixed or self.most


def _number_or_rule(value: object) -> object:
    if not isinstance(value, int | dict | Replications) or isinstance(value, bool):
        raise ValueError(f"a number or until expected, not {checking.shown(value)}")
    return {"fixed": value} if isinstance(value, int) else value


def _warmup(value: object) -> object:
    if value == MSER5 or value is None or (type(value) is int and 0 <= value <= MOST_DAYS):
        return value
    raise ValueError(f"a number of days or {MSER5} expected, not {checking.shown(value)}")


def _file_or_scenario(value: object) -> object:
    if isinstance(value, str | Scenario):
        return value
    raise ValueError(f"a scenario file expected, not {checking.shown(value)}")


File = Annotated[Any, AfterValidator(_file_or_scenario)]


class Experiment(Asked):
    """A question and the runs that answer it."""

    question: str = Field(min_length=1, description="what is asked, for people")
    source: str = Field("", description="where doses and places come from")
    scenario: File = Field(description="scenario file, seen from this file")
    against: File | None = Field(None, description="scenario file of the baseline")
    vary: Vary = Field(
        default_factory=lambda: Vary.model_validate({}),
        description="keys of the scenario and their values",
    )
    levers: Annotated[tuple[str, ...], BeforeValidator(tuples)] = Field(
        (POLICIES,), description="beginnings of varied keys that leave the baseline as it is"
    )
    replications: Annotated[Replications, BeforeValidator(_number_or_rule)] | None = Field(
        None, description="a number, or until intervals are narrow; else the scenario's"
    )
    measures: Annotated[tuple[str, ...], BeforeValidator(tuples)] = Field(
        (), description="measures kept in tables, all if not given"
    )
    warmup: Annotated[Any, AfterValidator(_warmup)] = Field(
        None, description="days, or mser5: found for each world; else the scenario's"
    )

    _origin: Origin | None = PrivateAttr(None)

    @property
    def name(self) -> str:
        """The file's name, for a result folder; empty where there is no file."""
        named = self._origin.document.name if self._origin else ""
        return Path(named).stem

    @property
    def finds_warmup(self) -> bool:
        """Whether warm-ups are found by MSER-5."""
        return bool(self.warmup == MSER5)


class Case(NamedTuple):
    """A point of the design with its scenarios."""

    number: int
    values: dict[str, Any]
    scenario: Scenario
    against: Scenario | None

    @property
    def arms(self) -> dict[str, Scenario]:
        """Scenarios by arm."""
        first = {} if self.against is None else {BASELINE: self.against}
        return {**first, SCENARIO: self.scenario}

    def with_warmup(self, days: int) -> Case:
        """The same with another warm-up in both arms."""
        given = {"warmup": days}
        against = self.against and self.against.with_values(given)
        return self._replace(scenario=self.scenario.with_values(given), against=against)


class Checked(NamedTuple):
    """An experiment whose every point is a scenario that can be played."""

    experiment: Experiment
    scenario: Scenario
    against: Scenario | None
    cases: list[Case]
    replications: Replications


def load(path: Path | str) -> Experiment:
    """The experiment of a YAML file. Raises ScenarioError with everything that is wrong in it."""
    return _validated(read(Path(path)))


def _validated(document: Document) -> Experiment:
    found = [*document.problems]
    found += map(document.problem, checking.type_complaints(Experiment, document.data))
    if found:
        raise ScenarioError([*found, *_besides(document, {p.path.split(".")[0] for p in found})])
    experiment = Experiment.model_validate(document.data)
    experiment._origin = Origin(document)
    return experiment


def _besides(document: Document, wrong: set[str]) -> Iterator[Problem]:
    """What else is wrong with the sound keys of a file that has wrong ones.

    Points are made only where all that makes them is sound.
    """
    given = {key: value for key, value in document.data.items()
             if key in Experiment.model_fields and key not in wrong}  # fmt: skip
    sound = "vary" in given and not wrong & set(OF_POINTS)
    experiment = Experiment.model_validate({"question": "?", "scenario": "?", **given})
    experiment._origin = Origin(document)
    yield from map(document.problem, _own_complaints(experiment))
    bases, more = _bases(experiment, document, [key for key in BASES if key not in wrong])
    yield from more
    yield from _points(experiment, bases, document)[1] if sound else ()


def checked(experiment: Experiment) -> Checked:
    """All points as scenarios. Raises ScenarioError with all that is wrong, at its place."""
    origin = experiment._origin
    document = origin.document if origin else plain("experiment", {})
    problems = list(map(document.problem, _own_complaints(experiment)))
    bases, more = _bases(experiment, document, BASES)
    cases, still = _points(experiment, bases, document)
    problems += [*more, *still]
    scenario = bases.get("scenario")
    if problems or scenario is None:
        raise ScenarioError(problems)
    own = Replications.model_validate({"fixed": scenario.replications})
    repeated = experiment.replications or own
    return Checked(experiment, scenario, bases["against"], cases, repeated)


def _bases(
    experiment: Experiment, document: Document, keys: Iterable[str]
) -> tuple[dict[str, Scenario | None], list[Problem]]:
    """The scenarios that are sound, and what is wrong with the others."""
    bases: dict[str, Scenario | None] = {}
    problems: list[Problem] = []
    for key in keys:
        try:
            bases[key] = _base(getattr(experiment, key), key, document)
        except ScenarioError as error:
            problems += error.problems
    return bases, problems


def _points(
    experiment: Experiment, bases: Mapping[str, Scenario | None], document: Document
) -> tuple[list[Case], list[Problem]]:
    """The points, and what is wrong with them; of keys alone where a scenario is missing."""
    scenario, found = bases.get("scenario"), list[Complaint]()
    if list(design.complaints(experiment.vary)):
        return [], []
    if scenario is None or "against" not in bases:
        return [], list(map(document.problem, dict.fromkeys(_keys_alone(experiment.vary))))
    cases = list(_cases(experiment, scenario, bases["against"], found))
    return cases, list(map(document.problem, found))


def _keys_alone(vary: Vary) -> Iterator[Complaint]:
    """What is wrong with varied keys whatever the scenario: not its own, or not there at all."""
    known = [field.alias or name for name, field in Scenario.model_fields.items()]
    for point in design.points(vary):
        for key, given in point.given.items():
            first = key.split(".")[0].split("[")[0]
            if first in OWN_KEYS:
                yield Complaint(given, f"{first} is no key to vary")
            elif first not in known:
                yield Complaint(given, "unknown key", nearest(first, known))


def _base(asked: Any, key: str, document: Document) -> Scenario | None:
    if asked is None or isinstance(asked, Scenario):
        return asked
    path = Path(document.name).parent / asked
    if not path.is_file():
        near = nearest(path.name, (found.name for found in path.parent.glob("*.yaml")))
        complaint = Complaint((key,), f"there is no file {asked}", near)
        raise ScenarioError([document.problem(complaint)])
    return scenarios.load(path)


def _own_complaints(experiment: Experiment) -> Iterator[Complaint]:
    """What is wrong whatever the scenarios are."""
    yield from design.complaints(experiment.vary)
    rows = measures.names()
    families = [*(one.name for one in measures.MEASURES), *rows]
    for number, name in enumerate(experiment.measures):
        if name not in families:
            path: Key = ("measures", number)
            yield Complaint(path, f"there is no measure {name}", nearest(name, families))
    if experiment.replications:
        yield from _stopping_complaints(experiment.replications, rows)


def _stopping_complaints(asked: Replications, rows: Mapping[str, str]) -> Iterator[Complaint]:
    if (asked.fixed is None) == (not asked.until):
        yield Complaint(("replications",), "give either a number or until")
    if asked.most < asked.pilot and asked.until:
        message = f"{asked.most} are fewer than the pilot's {asked.pilot}"
        yield Complaint(("replications", "most"), message)
    for number, target in enumerate(asked.until):
        if target.measure not in rows:
            path: Key = ("replications", "until", number, "measure")
            message = f"there is no measure {target.measure}"
            yield Complaint(path, message, nearest(target.measure, rows))


# --- points as scenarios ---------------------------------------------------------------------


def _cases(
    experiment: Experiment, scenario: Scenario, against: Scenario | None, found: list[Complaint]
) -> Iterator[Case]:
    """Every point whose scenarios are sound; complaints about the others."""
    fixed = {} if experiment.warmup is None else {"warmup": experiment.warmup}
    if experiment.finds_warmup:
        fixed = {"warmup": 0}  # until it is found
    for number, point in enumerate(design.points(experiment.vary)):
        own = {key: value for key, value in point.values.items()
               if not key.startswith(experiment.levers)}  # fmt: skip
        made = _at(scenario, point, fixed, found)
        base = None if against is None else _at(against, point._replace(values=own), fixed, found)
        if made is None or (base is None and against is not None):
            continue
        found += _unlike(made, base)
        if experiment.finds_warmup:
            found += _not_to_be_judged(scenario, made)
        yield Case(number, point.values, made, base)


def _at(
    scenario: Scenario, point: Point, fixed: Mapping[str, Any], found: list[Complaint]
) -> Scenario | None:
    """The scenario at a point, none if it is not sound."""
    before, places = len(found), dict[Key, Key]()
    for key, given in point.given.items():
        if key in OWN_KEYS:
            found.append(Complaint(given, f"{key} is no key to vary"))
        elif key in point.values:
            try:
                places[scenario.path_of(key)] = given
            except ScenarioError as error:
                found += [Complaint(given, each.message, each.nearest) for each in error.problems]
    sound = {key: point.values[key] for key in point.values if point.given[key] in places.values()}
    try:
        made = scenario.with_values({**sound, **fixed})
        made.timeline()
    except ScenarioError as error:
        found += [_moved(problem, places) for problem in error.problems]
    return made if len(found) == before else None


def _moved(problem: Problem, places: Mapping[Key, Key]) -> Complaint:
    """A problem of a point told at the value of the experiment that made it."""
    named = tuple(problem.path.split("."))
    for path, place in places.items():
        parts = tuple(dotted(path).split("."))
        if parts[: len(named)] == named or named[: len(parts)] == parts:
            return Complaint(place, problem.message, problem.nearest)
    message = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return Complaint(next(iter(places.values()), ("scenario",)), message, problem.nearest)


def _unlike(scenario: Scenario, against: Scenario | None) -> Iterator[Complaint]:
    for key in ("days", "warmup") if against else ():
        ours, theirs = getattr(scenario, key), getattr(against, key)
        if ours != theirs:
            message = f"its {key} differs from the scenario's, {theirs} and {ours}"
            yield Complaint(("against",), message)


def _not_to_be_judged(scenario: Scenario, made: Scenario) -> Iterator[Complaint]:
    """Why a warm-up cannot be found: too few days, or dates that do not move with it."""
    total = scenario.warmup + made.days
    if total < FEWEST_DAYS:
        message = f"{MSER5} needs {FEWEST_DAYS} days to judge, warm-up and days have {total}"
        yield Complaint(("warmup",), message)
    dated = [use.name for use in made.policies if use.from_ or use.until or use.waves]
    for name in [*dated, *(["surges"] if made.surges else [])]:
        message = f"{MSER5} moves the first measured day, but {name} has dates of its own"
        yield Complaint(("warmup",), message)
