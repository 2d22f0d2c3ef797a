"""A scenario may give scalars of the register another value; the shipped world stays as it was."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import worlds

from sim import defaults, geography, register
from sim.difference import flat
from sim.scenario import Scenario, load
from sim.world import World

PLACED = {"travel_speed_far": 60.0, "place_urban_reach": 0.5, "taste_travel_scale": 20.0}
SIZED = {"half_day_morning": 0.5, "saturday_share": 0.8, "bed_yield": 0.7, "slice_doctors_least": 8}
CHOSEN = {"constant_high": 0.5, "choice_scale": 2.0, "severity_slope": 1.2, "demand": 1.1}
SHIPPED = {"quota_minutes": 8.0, "slotted": 0.3, "recognition": 0.2, "small_ungraded": 0.6}


def differing(one: World, other: World) -> set[str]:
    """Columns in which two worlds differ."""
    pairs = zip(flat(one), flat(other), strict=True)
    return {path for (path, a), (_, b) in pairs if not np.array_equal(a, b)}


def built(**given: float) -> World:
    """The small county with other values of scalars."""
    with register.having(given):
        return geography.county_world(worlds.SMALL_COUNTY, worlds.MONDAY.toordinal())


@pytest.mark.unit
def test_a_value_given_holds_until_it_is_taken_back() -> None:
    shipped = register.value("demand")
    with register.having({"demand": 1.0}):
        assert register.value("demand") == 1.0
        with register.having({"travel": -0.03}):
            assert register.value("demand") == shipped
        assert register.value("demand") == 1.0
    assert register.value("demand") == shipped


@pytest.mark.unit
def test_what_is_remembered_is_remembered_for_the_values_in_force() -> None:
    asked = []

    @defaults.remembered
    def demand(unused: int) -> float:
        asked.append(unused)
        return register.value("demand")

    with register.having({"demand": 1.0}):
        assert demand(1) == demand(1) == 1.0
    assert demand(1) == demand(1) == register.parameters()["demand"].value
    assert asked == [1, 1]


@pytest.mark.invariant
def test_the_shipped_world_stays_bit_by_bit_after_any_other_was_built() -> None:
    before = built()
    other = built(**PLACED, **SIZED, **CHOSEN, **SHIPPED)
    moved = differing(before, other)
    assert {
        "places.lon", "choice.travel", "departments.doctors", "care.bed", "behaviour.constant",
        "behaviour.travel", "behaviour.skill", "needs.demand", "departments.quota_minutes",
        "departments.slotted", "facilities.recognition", "facilities.grade",
    } <= moved  # fmt: skip
    assert differing(before, built()) == set()
    assert differing(before, worlds.county()) == set()


@pytest.mark.unit
def test_each_scalar_moves_its_own_columns() -> None:
    before = built()
    assert differing(before, built(choice_scale=2.0)) == {
        f"behaviour.{name}" for name in register.STATED
    }
    assert differing(before, built(constant_high=0.5)) == {"behaviour.constant"}
    assert differing(before, built(severity_slope=1.2)) == {"behaviour.skill"}
    skill, ratio = before.behaviour.skill, 1.2 / register.value("severity_slope")
    steeper = built(severity_slope=1.2).behaviour.skill
    assert np.diff(steeper) == pytest.approx(ratio * np.diff(skill))
    assert steeper[0] == pytest.approx(skill[0])


@pytest.mark.unit
def test_small_hospitals_without_a_grade_are_the_share_of_the_facts() -> None:
    """22,308 hospitals below grade II, of which 12,815 of level 1 [N212, N215, N224, N236]."""
    small = register.fact("N236") - register.fact("N215") - register.fact("N224")
    ungraded = 1 - register.fact("N212") / small
    with register.having({"small_ungraded": round(ungraded, 3)}):
        grades = [
            unit.grade
            for code in range(420202, 420206)
            for unit in geography.own_units(geography.settlement(code))
            if unit.kind == "small_hospital"
        ]
    assert grades.count("none") / len(grades) == pytest.approx(ungraded, abs=1 / len(grades) + 0.05)


@pytest.mark.unit
def test_a_scenario_gives_values_to_its_world_and_its_hash() -> None:
    asked = {"title": "x", "days": 1, "world": {"county": worlds.SMALL_COUNTY}}
    plain = Scenario.model_validate(asked)
    other = Scenario.model_validate({**asked, "parameters": {"demand": 1.0}})
    assert plain.start == date(2022, 3, 7)
    assert other.world().needs.demand == 1.0
    assert plain.world().needs.demand == register.value("demand")
    assert plain.content_hash(1) != other.content_hash(1)
    assert plain.content_hash(1) == plain.content_hash(1)
    assert other.resolved()["parameters"] == {"demand": 1.0}
    assert plain.with_value("parameters.demand", "1.0").content_hash(1) == other.content_hash(1)


@pytest.mark.unit
def test_a_draw_gives_what_the_scenario_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = ({"demand": 1.0, "travel": -0.03}, {"demand": 1.2, "travel": -0.02})
    monkeypatch.setattr(register, "posterior", lambda: draws)
    asked = {"title": "x", "days": 1, "world": {"county": worlds.SMALL_COUNTY}, "draw": 1}
    assert Scenario.model_validate(asked).given == draws[1]
    asked["parameters"] = {"demand": 0.9}
    assert Scenario.model_validate(asked).given == {"demand": 0.9, "travel": -0.02}


@pytest.mark.unit
def test_a_listed_world_takes_them_too(tmp_path) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_text(
        "title: x\ndays: 1\nparameters: {patience: 60}\nworld:\n  facilities:\n"
        "    - {name: a, departments: [{service: {family: constant, mean_minutes: 5}}]}\n"
        "  arrivals: [{to: a.general, per_hour: 3}]\n"
    )
    assert load(path).world().behaviour.patience == 60.0
