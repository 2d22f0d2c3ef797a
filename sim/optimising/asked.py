"""What may be spent on which doses, and for what? The file of a search, checked at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sim import checking, measures
from sim import scenario as scenarios
from sim.listing import Asked, Tier
from sim.scenario import Scenario
from sim.yamlfile import Complaint, Document, Key, ScenarioError, nearest, plain, read

ALL = "all"
CONFIRMED = 0.25  # of the replications, played with fresh luck for those chosen
FEWEST_FIRST, FEWEST_CONFIRMED, FEWEST_CANDIDATES = 3, 3, 4


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class Dose(Asked):
    """Between which ends a dose is searched, and what a unit of it costs."""

    low: float = Field(0.0, ge=0, description="lowest dose")
    high: float = Field(description="highest dose")
    cost: float = Field(0.0, ge=0, description="of one unit of the dose, in the budget's unit")
    whole: bool = Field(False, description="whole numbers only")

    def of(self, value: float) -> float | int:
        """A dose as the scenario takes it."""
        return int(value) if self.whole else value


class Objective(Asked):
    """A measure that shall become small or large."""

    measure: str = Field(description="name of a measure, a row of its table")
    tier: Literal[Tier, "all"] = Field("all", description="of one tier, or all")
    group: str = Field(ALL, description="of one group, or all")
    want: Literal["least", "most"] = Field("least", description="which end is better")

    @property
    def sign(self) -> int:
        """1 where less is better, else -1."""
        return 1 if self.want == "least" else -1

    @property
    def cell(self) -> dict[str, str]:
        """The cell of a table of measures."""
        return {"measure": self.measure, "tier": self.tier, "group": self.group}


class Search(Asked):
    """Doses, a budget, and what is wanted of them."""

    question: str = Field(min_length=1, description="what is asked, for people")
    source: str = Field("", description="where doses and costs come from")
    scenario: str = Field(description="scenario file, seen from this file")
    doses: dict[str, Dose] = Field(min_length=1, description="by key of the scenario")
    budget: float = Field(ge=0, description="what all doses together may cost")
    unit: str = Field("doctors", description="of the budget: doctors, yuan")
    objectives: Annotated[tuple[Objective, ...], BeforeValidator(_tuples)] = Field(
        min_length=1, max_length=3, description="one for the best, more for a trade-off"
    )
    candidates: int = Field(24, ge=FEWEST_CANDIDATES, le=1000, description="doses that are tried")
    first: int = Field(4, ge=FEWEST_FIRST, description="replications that each of them gets")
    replications: int = Field(200, ge=1, le=1_000_000, description="runs in all")

    def cost(self, doses: Mapping[str, float]) -> float:
        """What some doses cost."""
        return sum(self.doses[key].cost * dose for key, dose in doses.items())

    @property
    def lowest(self) -> dict[str, float]:
        """Every dose at its lowest: what the others are compared with."""
        return {key: dose.of(dose.low) for key, dose in self.doses.items()}

    @property
    def confirming(self) -> int:
        """Runs kept for the end, with fresh luck."""
        return int(self.replications * CONFIRMED)

    @property
    def fewest(self) -> int:
        """Runs that trying every candidate takes, with those kept for the end."""
        least = max(self.candidates * self.first, 1)
        return max(int(-(-least // (1 - CONFIRMED))), int(2 * FEWEST_CONFIRMED / CONFIRMED))


@dataclass(frozen=True)
class Sought:
    """A search with its scenario, both sound."""

    search: Search
    scenario: Scenario
    name: str = "search"

    def at(self, doses: Mapping[str, float]) -> Scenario:
        """The scenario with some doses."""
        return placed(self.scenario, doses)


def placed(scenario: Scenario, doses: Mapping[str, float]) -> Scenario:
    """A scenario with some doses at their keys."""
    for key, dose in doses.items():
        scenario = scenario.with_value(key, dose)
    return scenario


def load(path: Path | str) -> Sought:
    """The search of a YAML file. Raises ScenarioError with everything that is wrong in it."""
    document = read(Path(path))
    found = [*document.problems]
    found += map(document.problem, checking.type_complaints(Search, document.data))
    search = None if found else Search.model_validate(document.data)
    parts = document.data if isinstance(document.data, dict) else {}
    told = _measure_complaints(_measures_in(parts)) if search is None else complaints(search)
    found += map(document.problem, told)
    scenario = None
    try:
        scenario = _scenario(parts.get("scenario"), document)
    except ScenarioError as error:
        found += error.problems
    if scenario is not None:
        doses = _doses_in(parts)
        found += map(document.problem, _dose_complaints(doses, scenario))
    if found or search is None or scenario is None:
        raise ScenarioError(found)
    return Sought(search, scenario, Path(document.name).stem)


def _scenario(asked: Any, document: Document) -> Scenario | None:
    """The scenario of a file that may lack it. Raises ScenarioError with all that is wrong."""
    if not isinstance(asked, str):
        return None
    path = Path(document.name).parent / asked
    if not path.is_file():
        near = nearest(path.name, (file.name for file in path.parent.glob("*.yaml")))
        complaint = Complaint(("scenario",), f"there is no file {asked}", near)
        raise ScenarioError([document.problem(complaint)])
    return scenarios.load(path)


def _measures_in(parts: Mapping[str, Any]) -> dict[int, str]:
    """The measures of the objectives, as far as they can be read, by number."""
    objectives = parts.get("objectives")
    every = enumerate(objectives if isinstance(objectives, list | tuple) else [])
    found = {number: each.get("measure") for number, each in every if isinstance(each, dict)}
    return {number: name for number, name in found.items() if isinstance(name, str)}


def _doses_in(parts: Mapping[str, Any]) -> dict[str, Dose]:
    """The doses that are sound, whatever else is not."""
    doses = parts.get("doses")
    held = doses.items() if isinstance(doses, dict) else ()
    return {
        str(key): Dose.model_validate(asked)
        for key, asked in held
        if not checking.type_complaints(Dose, asked)
    }


def made(search: Search, scenario: Scenario) -> Sought:
    """A search in memory. Raises ScenarioError as a file does."""
    found = list(complaints(search)) or list(_dose_complaints(search.doses, scenario))
    if found:
        raise ScenarioError(map(plain("search", {}).problem, found))
    return Sought(search, scenario)


def complaints(search: Search) -> Iterator[Complaint]:
    """What is wrong whatever the scenario is."""
    yield from _range_complaints(search)
    yield from _measure_complaints(dict(enumerate(o.measure for o in search.objectives)))
    for number, objective in enumerate(search.objectives):
        if objective.cell in [other.cell for other in search.objectives[:number]]:
            yield Complaint(("objectives", number), "the objective stands here twice")
    if search.replications < search.fewest:
        message = (f"{search.candidates} candidates with {search.first} first replications each "
                   f"need {search.fewest} runs, a quarter of them for the end")  # fmt: skip
        yield Complaint(("replications",), message)


def _measure_complaints(named: Mapping[int, str]) -> Iterator[Complaint]:
    rows = measures.names()
    for number, name in named.items():
        if name not in rows:
            path: Key = ("objectives", number, "measure")
            yield Complaint(path, f"there is no measure {name}", nearest(name, rows))


def _range_complaints(search: Search) -> Iterator[Complaint]:
    for key, dose in search.doses.items():
        if not dose.low < dose.high:
            yield Complaint(("doses", key), f"{dose.low:g} does not lie below {dose.high:g}")
        elif dose.whole and not (dose.low.is_integer() and dose.high.is_integer()):
            yield Complaint(("doses", key), "whole needs whole ends")
    least = search.cost(search.lowest)
    if least > search.budget:
        yield Complaint(("budget",), f"the lowest doses alone cost {least:g} {search.unit}")


def _dose_complaints(doses: Mapping[str, Dose], scenario: Scenario) -> Iterator[Complaint]:
    """What the scenario says to each dose at its ends, where these are in order."""
    for key, dose in doses.items():
        for end in ("low", "high") if dose.low < dose.high else ():
            try:
                placed(scenario, {key: dose.of(getattr(dose, end))}).timeline()
            except ScenarioError as error:
                for problem in error.problems:
                    named = "" if key.endswith(problem.path) else f"{problem.path}: "
                    yield Complaint(("doses", key, end), named + problem.message, problem.nearest)
                break
