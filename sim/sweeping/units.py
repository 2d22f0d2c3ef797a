"""Which runs has a sweep, and what is each called?

A run is named by its content hash (Worlds, seed, days, sources of the model and of its counts).
Points that ask for the same run (the baseline of a grid of doses) share it, and a run that lies on
disk is not played again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sim import store
from sim.scenario import Scenario
from sim.sweeping.asked import SCENARIO, Case, Checked
from sim.sweeping.playing import Task, named
from sim.sweeping.warmup import JUDGES

JUDGE = "without policies"
NOT_OF_THE_RUN = ("title", "source", "question", "replications", "seed", "theory", "engine")


class Unit(NamedTuple):
    """One run at its place in the design."""

    point: int
    arm: str
    replication: int
    seed: int
    name: str


class Catalogue:
    """The runs of scenarios by content hash; Worlds are made once for all seeds of a scenario."""

    def __init__(self) -> None:
        self._hashes: dict[str, dict[int, str]] = {}
        self.tasks: dict[str, Task] = {}

    def units(self, point: int, arm: str, scenario: Scenario, seed: int, upto: int) -> list[Unit]:
        """The first runs of an arm: replication i has the seed `seed + i`."""
        names = self._names(scenario, seed, upto)
        found = [Unit(point, arm, i, seed + i, names[seed + i]) for i in range(upto)]
        for unit in found:
            self.tasks.setdefault(unit.name, Task(unit.name, scenario, unit.seed))
        return found

    def _names(self, scenario: Scenario, seed: int, upto: int) -> Mapping[int, str]:
        asked = {k: v for k, v in scenario.resolved().items() if k not in NOT_OF_THE_RUN}
        held = self._hashes.setdefault(store.digest(asked), {})
        missing = [each for each in range(seed, seed + upto) if each not in held]
        if missing:
            held |= zip(missing, map(named, scenario.content_hashes(missing)), strict=True)
        return held


def of_case(case: Case, upto: int, catalogue: Catalogue) -> list[Unit]:
    """The runs of a point, replication by replication, both arms under the same luck."""
    seed = case.scenario.seed
    arms = [catalogue.units(case.number, arm, scenario, seed, upto)
            for arm, scenario in case.arms.items()]  # fmt: skip
    return [unit for pair in zip(*arms, strict=True) for unit in pair]


def of_judges(checked: Checked, catalogue: Catalogue) -> Iterator[tuple[Case, list[Unit]]]:
    """For each point the runs on which its warm-up is judged: no policy, nothing left out."""
    for case in checked.cases:
        base = case.against or case.scenario
        days = checked.scenario.warmup + base.days
        bare = base.with_values({"policies": (), "warmup": 0, "days": days})
        yield case, catalogue.units(case.number, JUDGE, bare, case.scenario.seed, JUDGES)


def tasks_of(units: Iterable[Unit], catalogue: Catalogue) -> list[Task]:
    """The different runs among units, in their order."""
    return [catalogue.tasks[name] for name in dict.fromkeys(unit.name for unit in units)]


def title_of(case: Case) -> str:
    """A point in words: its values, or its scenario."""
    said = ", ".join(f"{key} {value}" for key, value in case.values.items())
    return said or case.arms[SCENARIO].title
