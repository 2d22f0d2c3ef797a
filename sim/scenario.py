"""What does the file ask? YAML to a Scenario, and a Scenario to a timeline of Worlds.

Days are counted from `start`, which is day 0; the first `warmup` days are played, not measured.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, PrivateAttr
from ruamel.yaml import YAML

from sim import arithmetic, checking, demand, difference, explicit, register, rollout, surges
from sim.effects import EffectError
from sim.listing import Asked, Date, Listed, PolicyUse, Surge, WorldAsked
from sim.world import Surges, World, column_of
from sim.yamlfile import (
    Complaint,
    Document,
    Key,
    Origin,
    Problem,
    ScenarioError,
    Spot,
    dotted,
    nearest,
    plain,
    read,
    scalar,
)

FIRST_MONDAY = date(2022, 3, 7)
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)  # what else is a slip of the keyboard
COMMAND_LINE = "command line"
NO_END = 10**6  # days, where the scenario's own number is no number
MOST_SEED = 2**62
DATES = ("start", "from", "until")
MOST_DAYS = 36_525  # a hundred years
POSITION = re.compile(r"\[(\d+)\]")
WORLDS_KEPT = 4  # regions held in memory


class Scenario(Asked):
    """A world, days and policies: everything that a run needs but its luck."""

    title: str = Field(description="one line for people")
    question: str = Field("", description="what it is to answer, for people")
    source: str = Field("", description="where it comes from")
    world_: WorldAsked = Field(
        alias="world",
        description="county, prefecture, province, nation, or facilities with arrivals and routes",
    )
    start: Date = Field(FIRST_MONDAY, ge=EARLIEST, le=LATEST, description="day 0, a date")
    days: int = Field(ge=1, le=MOST_DAYS, description="measured days [days]")
    warmup: int = Field(0, ge=0, le=MOST_DAYS, description="days played before them")
    surges: tuple[Surge, ...] = Field((), description="what strikes many at once")
    policies: tuple[PolicyUse, ...] = Field((), description="who changes what and when")
    replications: int = Field(10, ge=1, description="runs with luck of their own")
    engine: Literal["auto", "reference", "compiled"] = Field(
        "auto", description="which engine plays it"
    )
    seed: int = Field(1, ge=0, le=MOST_SEED, description="luck of the first replication")
    theory: dict[str, Any] = Field(default_factory=dict, description="textbook model it must meet")
    set: dict[str, float] = Field(default_factory=dict, description="group.field: value everywhere")
    parameters: dict[str, float] = Field(
        default_factory=dict, description="other values of the register's scalars, by name"
    )
    draw: int | None = Field(
        None, ge=0, description="draw of the posterior sample, for what `parameters` does not give"
    )

    _origin: Origin | None = PrivateAttr(None)

    @property
    def total_days(self) -> int:
        """Days played: warm-up and measured."""
        return self.warmup + self.days

    def having(self, policy: str, **parameters: Any) -> Scenario:
        """The scenario with one more policy; `from_` (or "from") is its first day.

        Raises ScenarioError for an unknown policy or parameter, as a file does.
        """
        use = {key.removesuffix("_"): value for key, value in parameters.items()}
        data = self.resolved()
        data["policies"] = (*data.get("policies", ()), {"name": policy, **use})
        return _validated(plain(f"having({policy})", _tuples(data)), self._origin)

    def without(self, policy: str) -> Scenario:
        """The scenario without a policy. Raises ScenarioError where it has none of the name."""
        names = [use.name for use in self.policies]
        if policy not in names:
            raise _refused(
                f"without({policy})", f"it has no policy {policy}", nearest(policy, names)
            )
        kept = tuple(use for use in self.policies if use.name != policy)
        return self.model_copy(update={"policies": kept})

    def with_value(self, key: str, value: Any) -> Scenario:
        """The scenario with one value replaced, e.g. `days`, `policies.telemedicine.coverage`.

        A text is read as YAML reads it. Raises ScenarioError as a file does.
        """
        return self.with_values({key: scalar(value) if isinstance(value, str) else value})

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario with several values replaced; raises ScenarioError as a file does."""
        data: Any = self.resolved()
        for key, value in values.items():
            data = _placed(data, _steps(key), value)
        return _validated(plain(COMMAND_LINE, _tuples(data)), self._origin)

    def path_of(self, key: str) -> Key:
        """Where a dotted key stands: what names a policy becomes its position.

        Raises ScenarioError where a list has no such item.
        """
        data: Any = self.resolved()
        path: Key = ()
        for step in _steps(key):
            if isinstance(data, list | tuple):
                step = _position(data, (step,))
                data = data[step]
            else:
                missing = () if step == "policies" else None
                data = data.get(step, missing) if isinstance(data, dict) else None
            path = (*path, step)
        return path

    def resolved(self) -> dict[str, Any]:
        """The scenario as plain values, `extends` resolved, without what is left at its default."""
        return self.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)

    def dump(self, path: Path | str) -> None:
        """Write the scenario as YAML that `load` reads back as an equal scenario."""
        yaml = YAML()
        yaml.default_flow_style = False
        with Path(path).open("w", encoding="utf-8") as file:
            yaml.dump(_lists(self.resolved()), file)

    @property
    def given(self) -> dict[str, float]:
        """Scalars of the register that have another value here: those of the draw, and its own."""
        drawn = {} if self.draw is None else register.posterior()[self.draw]
        return {**drawn, **self.parameters}

    def world(self) -> World:
        """The World before any policy, with the values of `parameters`, `draw` and `set`."""
        region, given = self.world_.region, self.given
        if region is None:
            with register.having(given):
                built = explicit.world(_listed(self.world_), self.start)
        else:
            built = _region(*region, self.start, tuple(sorted(given.items())))
        if self.surges:
            built = built.having_group("surges", self._struck(built))
        return built.having({path: _filled(built, path, self.set[path]) for path in self.set})

    def _struck(self, world: World) -> Surges:
        """The surges as layers of needs. Raises ScenarioError at the one that does not fit."""
        try:
            return surges.layers(world, self.surges, self.start)
        except surges.UnknownWord as error:
            document = self._origin.document if self._origin else plain(self.title, {})
            path: Key = ("surges", error.row, error.key)
            found = Complaint(path, str(error), nearest(error.word, error.valid))
            raise ScenarioError([document.problem(found)]) from error

    def spans(self) -> list[rollout.Span]:
        """Every dose of every policy, with its first day and end."""
        return [
            span
            for use in self.policies
            for span in rollout.spans(use, self.start, self.warmup, self.total_days)
        ]

    def timeline(self) -> list[tuple[int, World]]:
        """The World from each day on which something changes; day 0 comes first.

        Raises ScenarioError where policies conflict or leave the bounds of a column.
        """
        try:
            return rollout.timeline(self.world(), self.spans(), self.total_days)
        except EffectError as error:
            raise ScenarioError([self._policy_problem(str(error))]) from error

    def _policy_problem(self, message: str) -> Problem:
        """What went wrong with policies, at the last one that it names."""
        rows = [row for row, use in enumerate(self.policies) if use.name in message]
        document = self._origin.document if self._origin else plain(self.title, {})
        return document.problem(Complaint(("policies", *rows[-1:]), message))

    def offered_load(self) -> pd.DataFrame:
        """Load of every department of an explicit world, per mean day; empty for a region."""
        loads = demand.offered_load(_listed(self.world_)) if self.world_.facilities else []
        return pd.DataFrame(loads, columns=demand.Load._fields)

    def changes(self) -> pd.DataFrame:
        """What each policy changes: date, policy, field, cells, unit, and means before and after.

        A move has a row of the cells that give and one of those that take.
        """
        return difference.changes(self.world(), self.spans(), self.start, self.total_days)

    def diff(self, other: Scenario) -> pd.DataFrame:
        """Keys and, on the last day, levers in which two scenarios differ.

        Columns: key, this, other, cells; of a lever, the mean over the cells that differ.
        """
        rows = difference.keys(self.resolved(), other.resolved())
        rows += difference.levers(self.timeline()[-1][1], other.timeline()[-1][1])
        return pd.DataFrame(rows, columns=["key", "this", "other", "cells"])

    def content_hash(self, seed: int, days: int | None = None) -> str:
        """SHA-256 of everything that a run depends on: Worlds with their days, seed, days, model.

        days: days played, warm-up included; those of the scenario if not given.
        """
        return self.content_hashes([seed], days)[0]

    def content_hashes(self, seeds: Iterable[int], days: int | None = None) -> list[str]:
        """The content hashes of several seeds; the Worlds are read once."""
        worlds = hashlib.sha256()
        played = self.total_days if days is None else days
        for day, world in self.timeline():
            if day < played:
                _digest_world(worlds, day, world)
        of_all = {"days": played, "warmup": self.warmup, "model": _model()}
        return [_with_head(worlds, {"seed": seed, **of_all}) for seed in seeds]


def load(path: Path | str) -> Scenario:
    """The scenario of a YAML file. Raises ScenarioError with everything that is wrong with it."""
    return _validated(read(Path(path)))


def restored(data: dict[str, Any]) -> Scenario:
    """The scenario of resolved values as a manifest keeps them, dates as ISO texts."""
    return _validated(plain("manifest", _dated(_tuples(data))))


def _dated(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _dated(held, name) for name, held in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_dated, value))
    return date.fromisoformat(value) if key in DATES and isinstance(value, str) else value


def _validated(document: Document, origin: Origin | None = None) -> Scenario:
    """The scenario that a document asks; origin: where its mistakes are told, else there."""
    data = document.data
    found = checking.type_complaints(Scenario, data)
    found += checking.world_complaints(data.get("world"))
    found += checking.set_complaints(data.get("set"))
    found += checking.parameter_complaints(data.get("parameters"))
    found += checking.draw_complaints(data.get("draw"))
    found += checking.theory_complaints(data.get("theory"))
    found += checking.policy_complaints(data.get("policies"), *_calendar(data))
    if found or document.problems:
        raise ScenarioError([*document.problems, *map(document.problem, found)])
    scenario = Scenario.model_validate(data)
    scenario._origin = origin or Origin(document)
    return scenario


def _calendar(data: dict[str, Any]) -> tuple[date, int]:
    """Start and total days as far as they are valid, to check dates although others are wrong."""
    start = data.get("start", FIRST_MONDAY)
    days, warmup = data.get("days"), data.get("warmup", 0)
    total = days + warmup if type(days) is type(warmup) is int else NO_END
    return (start if type(start) is date else FIRST_MONDAY), total


def _refused(where: str, message: str, near: str = "", path: Key = ()) -> ScenarioError:
    return ScenarioError([Problem(Spot(where), dotted(path), message, near)])


def _steps(key: str) -> Key:
    """Keys on the way to a dotted key, `policies[0]` as `policies.0`; after `set.` is one key."""
    first, _, rest = POSITION.sub(r".\1", key).partition(".")
    steps = (rest,) if first == "set" else tuple(filter(None, rest.split(".")))
    return (first, *(int(step) if step.isdigit() else step for step in steps))


def _placed(data: Any, steps: Key, value: Any) -> Any:
    """Plain values with one replaced; a policy may be named by its position or its name."""
    if not steps:
        return value
    if isinstance(data, list | tuple):
        return _placed_in_list(data, steps, value)
    held = data if isinstance(data, dict) else {}
    missing: Any = () if steps[0] == "policies" else {}
    return {**held, steps[0]: _placed(held.get(str(steps[0]), missing), steps[1:], value)}


def _placed_in_list(data: Sequence[Any], steps: Key, value: Any) -> tuple[Any, ...]:
    position = _position(data, steps)
    replaced = _placed(data[position], steps[1:], value)
    return (*data[:position], replaced, *data[position + 1 :])


def _position(data: Sequence[Any], steps: Key) -> int:
    """Of the item that the first step names by number or name."""
    names = [item.get("name") if isinstance(item, dict) else None for item in data]
    position = steps[0] if isinstance(steps[0], int) else None
    if steps[0] in names:
        position = names.index(steps[0])
    if position is None or position >= len(data):
        near = nearest(steps[0], filter(None, names))
        raise _refused(COMMAND_LINE, f"there is no {steps[0]} in the list", near, steps)
    return position


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(held) for key, held in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(held) for key, held in value.items()}
    return list(map(_lists, value)) if isinstance(value, list | tuple) else value


@lru_cache(maxsize=WORLDS_KEPT)
def _region(level: str, name: str, start: date, given: tuple[tuple[str, float], ...]) -> World:
    from sim import geography

    with register.having(dict(given)):
        return geography.world_of(level, name, start.toordinal())


def _listed(asked: WorldAsked) -> Listed:
    return Listed(facilities=asked.facilities, arrivals=asked.arrivals, routes=asked.routes)


def _filled(world: World, path: str, value: float) -> Any:
    held = world.get(path)
    if isinstance(held, np.ndarray):
        return np.full_like(held, value)
    return int(value) if column_of(path).dtype != "f8" or isinstance(held, int) else float(value)


def _with_head(worlds: Any, head: Mapping[str, Any]) -> str:
    digest = worlds.copy()
    digest.update(json.dumps(head, sort_keys=True).encode())
    return str(digest.hexdigest())


def _digest_world(digest: Any, day: int, world: World) -> None:
    digest.update(f"day {day} {world.names}".encode())
    for path, held in difference.flat(world):
        values = np.asarray(held)
        digest.update(f"{path} {values.dtype.str} {values.shape}".encode())
        digest.update(values.tobytes())


@lru_cache(maxsize=1)
def _model() -> str:
    return arithmetic.source_digest()
