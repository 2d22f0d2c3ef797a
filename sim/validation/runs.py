"""Which scenarios are played for some facts, at which level of demand, and what do they answer?

Each place is played once as its baseline is. A fact of another year named for the demand is met by
one paired correction: the level of the baseline times fact / model, under the same luck; it holds
for the facts of its year, in its place, or everywhere if its place is the nation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sim import experiment
from sim.divisions import LEVELS, UnknownPlace, find
from sim.scenario import Scenario, load
from sim.validation.contents import CONTENTS, Held
from sim.validation.outcomes import Seen, Silent, measured
from sim.validation.plan import Asked
from sim.validation.words import NATION, Place
from sim.world import column_of
from sim.yamlfile import ScenarioError

DEMAND = "needs.demand"
NATIONAL = "national_baseline"
SUFFIX = "_baseline"
YEAR_DAYS, WARMUP = 365, 28
Progress = Callable[[int, int], None]


class Level(NamedTuple):
    """A level of demand: that of the baseline, or what a fact of a year asks for."""

    asked: Asked | None = None

    @property
    def name(self) -> str:
        """The fact's id; nothing for the baseline."""
        return self.asked.fact.id if self.asked else ""


BASELINE = Level()


class Job(NamedTuple):
    """A place played at a level of demand."""

    place: Place
    level: Level


class Said(NamedTuple):
    """What was said of a fact: values of the replications in base units, and by whom."""

    values: tuple[float, ...] = ()
    scenario: str = ""
    demand: float | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """How runs are made: where the scenarios lie, and what the command line changes."""

    folder: Path
    days: int | None = None
    warmup: int | None = None
    replications: int = 1
    seed: int | None = None
    engine: str | None = None

    def scenario(self, place: Place) -> Scenario:
        """The baseline of a place: its file, or a world of its own. Raises Silent for none."""
        found = self._file(place) or self._made(place)
        for key in ("days", "warmup", "engine"):
            value = getattr(self, key)
            found = found if value is None else found.with_value(key, value)
        return found

    def _file(self, place: Place) -> Scenario | None:
        if place.level == NATION:
            path = self.folder / f"{NATIONAL}.yaml"
            if not path.exists():
                raise Silent(f"{path} is not there")
            return load(path)
        baselines = (load(path) for path in sorted(self.folder.glob(f"*{SUFFIX}.yaml")))
        return next((one for one in baselines if _shows(one, place)), None)

    def _made(self, place: Place) -> Scenario:
        """A baseline's settings with another region."""
        files = sorted(self.folder.glob(f"*{SUFFIX}.yaml"))
        if not files:
            raise Silent(f"no {self.folder}/*{SUFFIX}.yaml")
        made = load(files[0]).with_value("world", {place.level: place.name})
        made = made.with_value("title", f"{place.name} as it is")
        return made.with_value("days", YEAR_DAYS).with_value("warmup", WARMUP)


def _shows(scenario: Scenario, place: Place) -> bool:
    """Whether a scenario is the place as it is."""
    region = scenario.world_.region
    if not region or scenario.policies or region[0] not in LEVELS or region[0] != place.level:
        return False
    try:
        return find(*region) == find(place.level, place.name)
    except UnknownPlace:
        return False


@dataclass
class Answers:
    """What worlds and runs say of facts, filled place by place."""

    options: Options
    demands: Sequence[Asked] = ()
    progress: Progress | None = None
    said: dict[Asked, Said] = field(default_factory=dict)
    played: list[dict[str, Any]] = field(default_factory=list)
    factors: dict[str, float] = field(default_factory=dict)

    def find(self, every: Iterable[Asked]) -> Mapping[Asked, Said]:
        """Answers to all that is asked; each place and level is played once."""
        whole = list(dict.fromkeys((*every, *self.demands)))
        held = [asked for asked in whole if not asked.runs]
        for place in dict.fromkeys(asked.place for asked in held):
            self._from_world(place, [asked for asked in held if asked.place == place])
        self._from_runs([asked for asked in whole if asked.runs])
        return self.said

    # --- worlds ------------------------------------------------------------------------------

    def _from_world(self, place: Place, every: Sequence[Asked]) -> None:
        try:
            scenario = self.options.scenario(place)
            world = scenario.world()
        except (Silent, ScenarioError) as error:
            self.said |= {asked: Said(reason=str(error)) for asked in every}
            return
        for asked in every:
            held = Held(world, place, asked.fact.quantity)
            self._tell(asked, [partial(_content, held, asked)], scenario.title, None)

    # --- runs --------------------------------------------------------------------------------

    def level_of(self, asked: Asked) -> Level:
        """The level of demand at which a fact is answered."""
        meant = [one for one in self.demands if one.year == asked.year]
        own = [one for one in meant if one.place[:2] == asked.place[:2]]
        wide = [one for one in meant if one.place.level == NATION]
        return Level((own or wide)[0]) if own or wide else BASELINE

    def _from_runs(self, every: Sequence[Asked]) -> None:
        jobs: dict[Job, list[Asked]] = {}
        for asked in self.demands:
            jobs.setdefault(Job(asked.place, BASELINE), [])
        for asked in every:
            jobs.setdefault(Job(asked.place, self.level_of(asked)), []).append(asked)
        ordered = sorted(jobs, key=lambda job: job.level != BASELINE)
        clock = _Clock(self.progress, sum(map(self._days, ordered)))
        for job in ordered:
            try:
                self._play(job, jobs[job], clock)
            except (Silent, ScenarioError) as error:
                self.said |= {asked: Said(reason=str(error)) for asked in jobs[job]}

    def _days(self, job: Job) -> int:
        try:
            return self.options.scenario(job.place).total_days * self.options.replications
        except (Silent, ScenarioError):
            return 0

    def _play(self, job: Job, every: Sequence[Asked], clock: _Clock) -> None:
        """Play a job's replications and let each answer what is asked, then forget it."""
        scenario, demand = self._at_level(job)
        first = scenario.seed if self.options.seed is None else self.options.seed
        basis = self._basis(job)
        found: dict[Asked, list[Callable[[], float]]] = {asked: [] for asked in (*every, *basis)}
        for seed in range(first, first + self.options.replications):
            run = experiment.run(scenario, seed=seed, progress=clock.part(scenario), events=None)
            seen = Seen(run)
            for asked, values in found.items():
                values.append(_kept(partial(_outcome, seen, asked)))
            self._note(job, scenario, demand, run)
        self._correct(basis, found)
        for asked in every:
            self._tell(asked, found[asked], scenario.title, demand, _season(asked, scenario, seen))

    def _basis(self, job: Job) -> list[Asked]:
        """Facts for which this is the baseline that their level corrects."""
        return [one for one in self.demands if one.place == job.place and job.level == BASELINE]

    def _at_level(self, job: Job) -> tuple[Scenario, float]:
        scenario = self.options.scenario(job.place)
        demand = float(scenario.world().needs.demand)
        if job.level == BASELINE:
            return scenario, demand
        demand *= self._factor(job.level)
        highest = column_of(DEMAND).high
        if demand > highest:
            raise Silent(f"{job.level.name} asks for a demand of {demand:.3f}, above {highest:g}")
        return scenario.with_value(f"set.{DEMAND}", demand), demand

    def _factor(self, level: Level) -> float:
        if level.name not in self.factors:
            raise Silent(f"the baseline does not answer {level.name}, which sets the demand")
        return self.factors[level.name]

    def _correct(
        self, basis: Sequence[Asked], found: Mapping[Asked, Sequence[Callable[[], float]]]
    ) -> None:
        for asked in basis:
            try:
                values = [value() for value in found[asked]]
            except Silent:
                continue
            self.factors[asked.fact.id] = asked.base / (sum(values) / len(values))

    def _tell(self, asked: Asked, values: Sequence[Callable[[], float]], scenario: str,
              demand: float | None, notes: Sequence[str] = ()) -> None:  # fmt: skip
        try:
            told = tuple(value() for value in values)
            self.said[asked] = Said(told, scenario, demand, notes=tuple(notes))
        except Silent as error:
            self.said[asked] = Said(scenario=scenario, demand=demand, reason=str(error))

    def _note(self, job: Job, scenario: Scenario, demand: float, run: Any) -> None:
        self.played.append({
            "scenario": scenario.title, "place": job.place.name, "demand_from": job.level.name,
            "demand": demand, "seed": run.seed, "days": run.days, "warmup": run.warmup,
            "start": str(scenario.start), "seconds": run.seconds, "content_hash": run.content_hash,
        })  # fmt: skip


def _outcome(seen: Seen, asked: Asked) -> float:
    return measured(seen, asked.quantity.measure, asked.tier, asked.period.months) * asked.scale


def _content(held: Held, asked: Asked) -> float:
    return CONTENTS[asked.quantity.measure](held, asked.tier) * asked.scale


def _kept(answer: Callable[[], float]) -> Callable[[], float]:
    """An answer worked out now: its value, or its refusal, told when asked."""
    try:
        value = answer()
    except Silent as silent:
        refusal = silent

        def refused() -> float:
            raise refusal

        return refused
    return lambda: value


def _season(asked: Asked, scenario: Scenario, seen: Seen) -> list[str]:
    """What a reader must know of the time that a run measured."""
    notes = []
    if asked.period.months and not seen.covers(asked.period.months):
        notes.append("none of the months was measured: by the mean day")
    return notes


class _Clock:
    """Days played over all runs."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.before = progress, total, 0

    def part(self, scenario: Scenario) -> Progress | None:
        """What a run tells its days to."""
        if self.progress is None:
            return None
        tell, begun = self.progress, self.before
        self.before += scenario.total_days
        return lambda done, total: tell(begun + done, max(self.total, begun + done))
