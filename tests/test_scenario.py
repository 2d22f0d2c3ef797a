"""A scenario: what the file says, what changes it, and the timeline of Worlds it becomes."""

from datetime import date
from pathlib import Path

import pytest

from sim.scenario import Scenario, load
from sim.yamlfile import ScenarioError

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.fixture(scope="module")
def linked() -> Scenario:
    return load(SCENARIOS / "county_telemedicine.yaml")


@pytest.mark.door
@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_loads_and_survives_the_file(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    scenario.dump(tmp_path / "again.yaml")
    again = load(tmp_path / "again.yaml")
    assert again == scenario
    assert again.resolved() == scenario.resolved()
    assert scenario.timeline()[0][0] == 0


@pytest.mark.door
def test_a_child_overrides_its_parent(county: Scenario, linked: Scenario) -> None:
    assert linked.world_ == county.world_
    assert linked.start == date(2022, 3, 7)
    assert linked.total_days == 56
    assert linked.title != county.title
    assert not county.policies


@pytest.mark.door
def test_having_is_the_file(county: Scenario, linked: Scenario) -> None:
    made = county.having("telemedicine", from_=date(2022, 4, 4), coverage=0.6, experts=5)
    assert made.policies == linked.policies
    assert made.content_hash(1) == linked.content_hash(1)
    assert county.having("telemedicine", **{"from": 28}, coverage=0.6, experts=5).content_hash(
        1
    ) == linked.content_hash(1)
    assert made.without("telemedicine") == county
    with pytest.raises(ScenarioError, match="nearest: telemedicine"):
        made.without("telemedicin")
    with pytest.raises(ScenarioError, match=r"having.telemedicine.: policies.0.coverge: unknown"):
        county.having("telemedicine", coverge=1)


@pytest.mark.policy
def test_a_policy_starts_on_the_first_measured_day_unless_dated(county: Scenario) -> None:
    timeline = county.having("telemedicine", coverage=0.5).timeline()
    assert [day for day, _ in timeline] == [0, 28]
    assert (timeline[0][1].departments.remote_point < 0).all()
    assert (timeline[1][1].departments.remote_point >= 0).any()


def linked_on(scenario: Scenario) -> dict[int, int]:
    """Number of linked departments from each turning day on."""
    return {
        day: int((world.departments.remote_point >= 0).sum()) for day, world in scenario.timeline()
    }


@pytest.mark.policy
def test_waves_replace_parameters_and_until_ends_them(county: Scenario) -> None:
    waves = [{"from": date(2022, 3, 10), "coverage": 0.2}, {"from": 6, "coverage": 1.0}]
    scenario = county.having("telemedicine", waves=waves, until=9)
    found = linked_on(scenario)
    every = found[6]
    assert list(found) == [0, 3, 6, 9]
    assert (found[0], found[9]) == (0, 0)
    assert found[3] == pytest.approx(0.2 * every, abs=1.5)
    earlier = county.having("telemedicine", from_=1, coverage=0.1, waves=waves)
    assert list(linked_on(earlier)) == [0, 1, 3, 6]


@pytest.mark.policy
def test_the_order_of_policies_does_not_matter(county: Scenario) -> None:
    one = county.having("telemedicine", from_=2, until=5, coverage=0.3)
    first = one.having("telemedicine", from_=6, coverage=0.5)
    other = county.having("telemedicine", from_=6, coverage=0.5)
    second = other.having("telemedicine", from_=2, until=5, coverage=0.3)
    assert first.content_hash(1) == second.content_hash(1)


@pytest.mark.policy
def test_policies_that_conflict_are_refused_before_anything_runs(county: Scenario) -> None:
    one = county.having("telemedicine", coverage=0.3, success=0.5)
    both = one.having("telemedicine", coverage=0.3, success=0.7)
    with pytest.raises(ScenarioError, match=r"telemedicine set departments\.remote_success diff"):
        both.timeline()


@pytest.mark.policy
def test_the_neutral_dose_has_the_timeline_of_no_policy(county: Scenario) -> None:
    neutral = county.having("telemedicine", from_=3, coverage=0.0)
    assert [day for day, _ in neutral.timeline()] == [0]
    assert neutral.content_hash(1) == county.content_hash(1)


@pytest.mark.unit
def test_the_hash_knows_what_a_run_depends_on_and_nothing_else(county: Scenario) -> None:
    same = county.with_value("title", "another").with_value("replications", 5)
    assert same.content_hash(1) == county.content_hash(1)
    others = [
        county.content_hash(2), county.content_hash(1, days=11),
        county.with_value("days", 8).content_hash(1),
        county.with_value("start", "2022-03-08").content_hash(1),
        county.with_value("set.care.advise", 0.5).content_hash(1),
        county.having("telemedicine", coverage=0.2).content_hash(1),
        county.having("telemedicine", coverage=0.4).content_hash(1),
    ]  # fmt: skip
    assert len({county.content_hash(1), *others}) == 1 + len(others)


@pytest.mark.door
def test_values_are_set_as_in_the_file(linked: Scenario) -> None:
    assert linked.with_value("days", 14).days == 14
    assert linked.with_value("days", "14").days == 14
    half = linked.with_value("policies.telemedicine.coverage", "0.5")
    assert half.policies[0].parameters["coverage"] == 0.5
    assert linked.with_value("policies.0.coverage", 0.5) == half
    slow = linked.with_value("set.behaviour.travel", "-0.5").with_value("set.care.advise", 0.25)
    assert slow.world().behaviour.travel == -0.5
    assert slow.world().care.advise == 0.25
    assert slow.with_value("set.facilities.formulary", 1).world().facilities.formulary.min() == 1
    assert linked.world().behaviour.travel != -0.5


@pytest.mark.door
def test_changes_tell_field_before_and_after(linked: Scenario) -> None:
    table = linked.changes()
    assert set(table.policy) == {"telemedicine"}
    assert set(table.date) == {date(2022, 4, 4)}
    row = table.set_index("field").loc["departments.remote_success"]
    assert (row.before, row.after) == (0, pytest.approx(0.8))
    assert row.unit == "1"
    taken, given = (table[table.how == how].iloc[0] for how in ("move from", "move to"))
    assert taken.before - taken.after == given.after - given.before == 5
    assert linked.without("telemedicine").changes().empty


@pytest.mark.door
def test_diff_tells_keys_and_levers(county: Scenario, linked: Scenario) -> None:
    table = county.diff(linked).set_index("key")
    assert table.other["policies.0.coverage"] == 0.6
    assert table.this.isna()["policies.0.coverage"]
    assert table.this["departments.remote_point"] == -1
    assert table.cells["departments.doctors"] == 10
    assert county.diff(county).empty


@pytest.mark.unit
def test_a_county_by_name_or_code_is_one_world(county: Scenario) -> None:
    by_code = county.with_value("world.county", 420222)
    assert by_code.content_hash(1) == county.content_hash(1)
