"""The contract that every policy file keeps, and what telemedicine in particular changes."""

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds
from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from twins import on_every_engine

from sim import policies
from sim.arithmetic import DAY
from sim.difference import flat
from sim.effects import FORBIDDEN, Claim, EffectError, compose
from sim.engine import play
from sim.listing import PolicyUse
from sim.policies import telemedicine
from sim.record import Run
from sim.rollout import Span, timeline
from sim.scenario import Scenario, load
from sim.world import GROUPS, World, column_of, columns_of

ROOT = Path(__file__).parents[1]
EVERY = policies.names()
CLAIMS = [(name, i) for name in EVERY for i in range(len(policies.find(name).claims))]
FIELDS = {f"{name}.{field}" for name, group in GROUPS.items() for field in columns_of(group)}
NEW = {"departments.new_doctors", "facilities.new_physicians", "facilities.new_beds"}
MAY_ADD = ("capacity_expansion", "fifteen_minute_circle", "village_doctors")  # parameters say so
BY_CALENDAR = {"visiting_experts", "outreach_clinics"}  # free time on chosen days
GENERAL, REMOTE = "general", "remote"
NEEDED = {"financial_protection": {"people.low_income": 0.3}}  # without which it changes nothing


def columns(world: World) -> list[bytes]:
    """All columns as bytes."""
    return [np.asarray(held).tobytes() for _, held in flat(world)]


@pytest.mark.policy
def test_there_are_policies() -> None:
    assert "telemedicine" in EVERY
    files = {path.stem for path in (ROOT / "sim" / "policies").glob("[!_]*.py")}
    assert set(EVERY) == files


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_the_file_says_what_it_does_and_where_it_is_from(name: str) -> None:
    policy = policies.find(name)
    text = policies.import_module(f"sim.policies.{name}").__doc__ or ""
    assert policy.summary.endswith(".")
    for word in ("Source:", "Assumed:", "emerges:"):
        assert word in text


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_parameters_are_typed_bounded_and_documented(name: str) -> None:
    model = policies.find(name).Params
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"
    for title, field in model.model_fields.items():
        assert field.description, title
        assert isinstance(field.json_schema_extra, dict)
        assert field.json_schema_extra["unit"], title
        if field.annotation in (int, float):
            kinds = [type(bound) for bound in field.metadata]
            assert {Ge, Gt} & set(kinds) and {Le, Lt} & set(kinds), title


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_the_neutral_dose_changes_nothing(name: str, world: World) -> None:
    assert compose(world, policies.changes(name, world, {})) is world


def dose_of(name: str) -> dict[str, Any]:
    """The dose of the policy's first claim."""
    return policies.find(name).claims[0].dose


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_effects_are_pure_and_quick(name: str, world: World) -> None:
    dose = dose_of(name)
    before = columns(world)
    policies.changes(name, world, dose)
    began = time.process_time()
    first = compose(world, policies.changes(name, world, dose))
    assert time.process_time() - began < 1
    second = compose(world, policies.changes(name, world, dose))
    assert columns(first) == columns(second)
    assert columns(world) == before
    assert columns(first) != before


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_no_policy_writes_what_people_decide(name: str, world: World) -> None:
    made = policies.changes(name, world, dose_of(name))
    assert made
    for change in made:
        assert change.policy == name
        assert change.path in FIELDS
        assert not change.path.startswith(FORBIDDEN)


@cache
def world_of(scenario: str) -> World:
    """The world of a scenario by its file's name."""
    return load(ROOT / "scenarios" / f"{scenario}.yaml").world()


def on_duty(world: World) -> np.ndarray:
    """Doctors by half-day who were there before: without new ones, and in their own time."""
    department = world.departments
    known = department.doctors - department.new_doctors - department.free_time
    return np.asarray(known.sum(axis=0))


@pytest.mark.policy
@pytest.mark.parametrize(("name", "i"), CLAIMS)
def test_who_is_moved_is_conserved(name: str, i: int) -> None:
    claim = policies.find(name).claims[i]
    world = world_of(claim.world)
    after = compose(world, policies.changes(name, world, claim.dose))
    staff = [on_duty(w) + w.departments.away.sum(axis=0) for w in (world, after)]
    assert np.array_equal(*staff)
    assert (on_duty(after) <= on_duty(world)).all()
    held = [w.facilities for w in (world, after)]
    people = [math.fsum(f.physicians) - math.fsum(f.new_physicians) for f in held]
    assert people[0] == pytest.approx(people[1], rel=1e-12)
    beds = [int((f.beds - f.new_beds).sum()) for f in held]
    assert beds[1] <= beds[0]


@pytest.mark.policy
@pytest.mark.parametrize(("name", "i"), CLAIMS)
def test_only_the_policies_that_say_so_add_people_or_beds(name: str, i: int) -> None:
    claim = policies.find(name).claims[i]
    written = {change.path for change in policies.changes(name, world_of(claim.world), claim.dose)}
    assert not written & NEW or name in MAY_ADD
    assert "departments.free_time" not in written or name in BY_CALENDAR


def growing(name: str) -> tuple[str, tuple[float, ...]]:
    """The parameter that says how far a policy is rolled out: its first; and rising doses of it."""
    title, field = next(iter(policies.find(name).Params.model_fields.items()))
    if field.annotation is int:
        return title, (2, 3, 4)
    most = min(high(field), 1.0)
    return title, tuple(part * most for part in (0.01, 0.1, 0.3, 0.6, 1.0))


def high(field: FieldInfo) -> float:
    """Upper bound of a parameter."""
    bounds = (b for b in field.metadata if isinstance(b, Le | Lt))
    return float(next((getattr(b, "le", None) or b.lt for b in bounds), math.inf))


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_a_larger_rollout_only_adds(name: str, world: World) -> None:
    title, doses = growing(name)
    reached: dict[str, np.ndarray] = {}
    for dose in doses:
        after = compose(world, policies.changes(name, world, dose_of(name) | {title: dose}))
        more = {
            path: np.abs(np.asarray(new, dtype=float) - old)
            for (path, old), (_, new) in zip(flat(world), flat(after), strict=True)
            if not np.array_equal(old, new)
        }
        assert more
        assert all((more[path] >= moved - 1e-9).all() for path, moved in reached.items())
        reached = more


def levers(name: str) -> list[tuple[str, tuple[float, ...]]]:
    """Every parameter that is a number, with rising doses about the claimed one."""
    model, claimed = policies.find(name).Params, dose_of(name)
    found: list[tuple[str, tuple[float, ...]]] = []
    for title, field in model.model_fields.items():
        at = claimed.get(title, field.default)
        if field.annotation is float:
            at = at or min(high(field), 1.0) / 5.0
            rising: tuple[float, ...] = (at / 2.0, at, min(at * 1.5, high(field)))
        elif field.annotation is int:
            rising = (at - 1, at) if at > 1 else (0, 1) if high(field) < 2 else (1, 2)
        else:
            continue
        found.append((title, rising))
    return found


def sums_of_change(before: World, after: World) -> dict[str, float]:
    """How much each column of amounts is changed, over all its cells; positions have no size."""
    return {
        path: float(np.abs(np.asarray(new, dtype=float) - old).sum())
        for (path, old), (_, new) in zip(flat(before), flat(after), strict=True)
        if column_of(path).unit != "index"
    }


def followed(name: str, world: World, claim: Claim, title: str, doses: Sequence[float]) -> Any:
    """Sums of change at rising doses, as far as the policy's donors can follow."""
    made: list[Any] = []
    with suppress(EffectError):
        for value in doses:
            changes = policies.changes(name, world, {**claim.dose, title: value})
            made.append(sums_of_change(world, compose(world, changes)))
    return made


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_each_lever_moves_its_columns_one_way(name: str) -> None:
    claim = policies.find(name).claims[0]
    world = world_of(claim.world)
    for title, doses in levers(name):
        made = followed(name, world, claim, title, doses)
        assert made, title
        for path in made[0]:
            steps = np.diff([sums[path] for sums in made])
            assert (steps >= -1e-9).all() or (steps <= 1e-9).all(), (title, path, steps)


@pytest.mark.policy
@pytest.mark.slow
def test_effects_on_a_province_take_less_than_a_second() -> None:
    province = world_of("hubei_baseline")
    for name in EVERY:
        dose = dose_of(name)
        policies.changes(name, world_of("county_baseline"), dose)
        began = time.process_time()
        assert policies.changes(name, province, dose)
        assert time.process_time() - began < 1, name


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_policies_compose_whatever_their_order(name: str, world: World) -> None:
    i = EVERY.index(name) if name in EVERY else 0
    few = {name, EVERY[(i + 1) % len(EVERY)], EVERY[(i + 7) % len(EVERY)]}
    made = [change for one in few for change in policies.changes(one, world, dose_of(one))]
    assert columns(compose(world, made)) == columns(compose(world, made[::-1]))


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_parameters_leave_the_words_of_a_scenario_alone(name: str) -> None:
    words = {field.alias or title for title, field in PolicyUse.model_fields.items()}
    assert not words & set(policies.find(name).Params.model_fields)


@cache
def as_it_is(needed: tuple[tuple[str, Any], ...], days: int, engine: str) -> tuple[World, Run]:
    """A small county with what a policy needs, and its run without any policy."""
    world = worlds.county().having(dict(needed))
    return world, play([(0, world)], 1, days, engine=engine)


@on_every_engine
@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_a_dated_start_leaves_the_past_as_it_was(name: str, engine: str) -> None:
    start, days, needed = 2, 5, tuple(NEEDED.get(name, {}).items())
    world, none = as_it_is(needed, days, engine)
    neutral = timeline(world, [Span(name, 1, days, {})], days)
    assert worlds.same(none, play(neutral, 1, days, engine=engine))
    dated = timeline(world, [Span(name, start, days, dose_of_a_small_county(name))], days)
    assert [day for day, _ in dated] == [0, start]
    dosed = play(dated, 1, days, engine=engine)
    assert not worlds.same(none, dosed)
    for column in ("requested", "arrival", "start", "end"):
        assert np.array_equal(*(past(run.visits, column, start) for run in (none, dosed))), column


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_the_engines_say_the_same_of_a_dose(name: str) -> None:
    world, days = worlds.county(), 3
    dated = timeline(world, [Span(name, 1, days, dose_of_a_small_county(name))], days)
    one, other = (play(dated, 1, days, engine=engine) for engine in ("reference", "compiled"))
    assert worlds.same(one, other)


def dose_of_a_small_county(name: str) -> dict[str, Any]:
    """The dose of the first claim, with no more hospitals and doctors than a small county has."""
    title, doses = growing(name)
    fields = policies.find(name).Params.model_fields
    whole = {key: 1 for key, field in fields.items() if field.annotation is int}
    return dose_of(name) | {title: doses[2]} | whole


def past(visits: dict[str, np.ndarray], column: str, day: int) -> np.ndarray:
    """(visit, time, facility) of what had happened before a day."""
    then = (visits[column] >= 0) & (visits[column] < day * DAY)
    return np.column_stack([visits[name][then] for name in ("visit", column, "facility")])


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_the_claims_can_fail(name: str) -> None:
    policy = policies.find(name)
    assert policy.claims
    for claim in policy.claims:
        assert_falsifiable(claim)
        assert policy.Params(**claim.dose) != policy.Params()


def assert_falsifiable(claim: Claim) -> None:
    """Sorted, with a difference that matters, about something that no lever is."""
    assert claim.kind in ("response", "trade-off", "identity")
    assert claim.direction in ("up", "down")
    assert claim.at_least > 0
    assert claim.measure not in FIELDS
    assert claim.fails_where


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_a_dose_survives_the_file(name: str, county: Scenario, tmp_path: Path) -> None:
    for claim in policies.find(name).claims:
        parameters = policies.find(name).Params(**claim.dose).model_dump()
        scenario = county.having(name, from_=6, **parameters)
        scenario.dump(tmp_path / "dose.yaml")
        assert load(tmp_path / "dose.yaml") == scenario


def telemedicine_of(world: World, **dose: Any) -> World:
    """The county with telemedicine at a dose."""
    return compose(world, policies.changes("telemedicine", world, dose))


def departments_of(world: World, tier: str) -> np.ndarray:
    """Rows of general departments in a tier."""
    own = world.facilities.tier[world.departments.facility] == world.names.tiers.index(tier)
    general = world.departments.specialty == world.names.specialties.index(GENERAL)
    return np.flatnonzero(own & general)


@pytest.mark.policy
def test_the_share_of_each_tier_is_linked_to_the_hub(world: World) -> None:
    after = telemedicine_of(world, coverage=0.6)
    point = after.departments.remote_point
    for tier in ("village", "township"):
        rows = departments_of(world, tier)
        assert (point[rows] >= 0).sum() == int(0.6 * len(rows) + 0.5)
    answering = np.unique(point[point >= 0])
    assert [after.names.specialties[i] for i in after.departments.specialty[answering]] == [REMOTE]
    assert (point[departments_of(world, "county")] == -1).all()


@pytest.mark.policy
def test_full_coverage_may_ask_for_the_stated_consultations(world: World) -> None:
    after = telemedicine_of(world, coverage=1.0, per_1000=30.0)
    a_year = after.departments.remote_rate.sum() * 365
    assert a_year == pytest.approx(30 * world.places.population.sum() / 1000)
    half = telemedicine_of(world, coverage=0.5, per_1000=30.0).departments.remote_rate
    linked = half > 0
    assert np.array_equal(half[linked], after.departments.remote_rate[linked])


@pytest.mark.policy
def test_experts_leave_the_general_department_on_the_chosen_afternoons(world: World) -> None:
    days = ("wednesday", "friday")  # of W007
    after = telemedicine_of(world, coverage=0.3, experts=3, days=days)
    moved = after.departments.doctors - world.departments.doctors
    _, general, remote = telemedicine.answerers(world)
    expected = np.zeros((7, 2), dtype=int)
    expected[[2, 4], 1] = 3
    assert np.array_equal(moved[remote], expected)
    assert np.array_equal(moved[general], -expected)
    assert np.abs(moved).sum() == 2 * expected.sum()


@pytest.mark.policy
def test_more_experts_than_the_hub_has_are_refused(world: World) -> None:
    _, general, _ = telemedicine.answerers(world)
    present = int(world.departments.doctors[general, 0, 1])
    with pytest.raises(EffectError, match=r"below its lower bound 0 by 1 \[persons\]"):
        telemedicine_of(world, coverage=0.3, experts=present + 1, days=("monday",))


@pytest.mark.policy
def test_a_world_without_a_hub_has_no_telemedicine() -> None:
    tiny = load(ROOT / "scenarios" / "tiny_clinic.yaml").world()
    with pytest.raises(EffectError, match="needs a hub"):
        telemedicine_of(tiny, coverage=1.0)
