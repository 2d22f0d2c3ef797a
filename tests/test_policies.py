"""The contract that every policy file keeps, and what telemedicine in particular changes."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le, Lt

from sim import policies
from sim.difference import flat
from sim.effects import FORBIDDEN, Claim, EffectError, compose
from sim.policies import telemedicine
from sim.scenario import Scenario, load
from sim.world import GROUPS, World, columns_of

ROOT = Path(__file__).parents[1]
EVERY = policies.names()
FIELDS = {f"{name}.{field}" for name, group in GROUPS.items() for field in columns_of(group)}
GENERAL, REMOTE = "general", "remote"


@pytest.fixture(scope="module")
def county() -> Scenario:
    return load(ROOT / "scenarios" / "county_baseline.yaml")


@pytest.fixture(scope="module")
def world(county: Scenario) -> World:
    return county.world()


def changed(before: World, after: World) -> Iterator[tuple[str, np.ndarray]]:
    """Fields that differ, with the mask of the cells."""
    for (path, old), (_, new) in zip(flat(before), flat(after), strict=True):
        if not np.array_equal(old, new):
            yield path, np.asarray(old) != np.asarray(new)


def columns(world: World) -> list[bytes]:
    """All columns as bytes."""
    return [np.asarray(held).tobytes() for _, held in flat(world)]


@pytest.mark.policy
def test_there_are_policies() -> None:
    assert "telemedicine" in EVERY
    files = {path.stem for path in (ROOT / "sim" / "policies").glob("[!_]*.py")}
    assert set(EVERY) == files


@pytest.mark.policy
def test_an_unknown_policy_is_told_with_the_nearest() -> None:
    with pytest.raises(policies.UnknownPolicy, match="no policy telemedicin") as caught:
        policies.find("telemedicin")
    assert caught.value.nearest == "telemedicine"


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
    began = time.perf_counter()
    first = compose(world, policies.changes(name, world, dose))
    assert time.perf_counter() - began < 1
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


@pytest.mark.policy
@pytest.mark.parametrize("name", EVERY)
def test_doctors_are_conserved_in_every_session(name: str, world: World) -> None:
    after = compose(world, policies.changes(name, world, dose_of(name)))
    before = world.departments.doctors.sum(axis=0)
    assert np.array_equal(after.departments.doctors.sum(axis=0), before)


@pytest.mark.policy
@pytest.mark.parametrize(
    "name", [name for name in EVERY if "coverage" in policies.find(name).Params.model_fields]
)
def test_more_coverage_only_adds(name: str, world: World) -> None:
    dose = dose_of(name)
    reached: dict[str, np.ndarray] = {}
    for coverage in (0.1, 0.3, 0.6, 1.0):
        after = compose(world, policies.changes(name, world, dose | {"coverage": coverage}))
        more = dict(changed(world, after))
        assert all((more[path] >= mask).all() for path, mask in reached.items())
        reached = more


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
    parameters = policies.find(name).Params(**dose_of(name)).model_dump()
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
