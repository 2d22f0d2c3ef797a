"""What a specialty's department changes for its own cases: units, where and how it refers."""

from typing import Any

import numpy as np
import pytest
import worlds
from test_treatment import condition, department_of, treated
from twins import assert_twins, by, on_every_engine

from sim import policies
from sim.effects import compose
from sim.engine import play
from sim.events import REFERRED_UP, RESOLVED
from sim.world import SEVERITIES, World

OUTCOME = 3
SEVERE = SEVERITIES.index("severe")
CHILDREN = ("child_minor", "child_severe")
ALLIED = {"members": 1, "formal": 1.0, "slots": 0.5, "units": 1, "skill": 0.3, "advice": 2000.0}


def with_cell(world: World, path: str, row: int, value: float) -> World:
    """A column with one cell replaced."""
    column = np.array(world.get(path))
    column[row] = value
    return world.having({path: column})


def allied(**dose: Any) -> World:
    """The small county with an alliance of its county hospital."""
    world = worlds.county()
    return compose(world, policies.changes("pediatric_alliance", world, ALLIED | dose))


def of_conditions(world: World, visits: dict[str, np.ndarray], *names: str) -> np.ndarray:
    """Mask of the residents' visits for some conditions."""
    wanted = [world.names.conditions.index(name) for name in names]
    return np.isin(visits["condition"], wanted) & (visits["resident"] >= 0)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("specialty", "what", "severity", "better"),
    [("emergency", "child_severe", SEVERE, True), ("emergency", "time_critical", SEVERE, False),
     ("paediatrics", "child_severe", 0, False)],
)  # fmt: skip
def test_a_unit_serves_urgent_cases_of_its_specialty_wherever_they_enter(
    specialty: str, what: str, severity: int, better: bool
) -> None:
    world, d, c = worlds.county(), department_of("county_general", specialty), condition(what)
    unit = department_of("county_general", "paediatrics")
    with_unit = with_cell(world, "departments.unit_level", unit, 6.0)
    before, after = (treated(w, d, c, severity) for w in (world, with_unit))
    assert np.array_equal(before, after) is not better
    if better:
        assert (after[:, OUTCOME] >= RESOLVED).all()
        failed = [np.mean(said[:, OUTCOME] == REFERRED_UP) for said in (before, after)]
        assert failed[1] < failed[0]


@pytest.mark.theory
def test_a_specialty_makes_its_share_of_what_is_left_formal() -> None:
    world, d = worlds.county(), department_of("county_general", "paediatrics")
    c = condition("child_severe")
    formal = with_cell(world, "departments.referral_formal", d, 0.5)
    facility = world.departments.facility[d]
    expected = world.facilities.referral_formal[facility]
    before, after = (treated(w, d, c, 1)[:, OUTCOME] for w in (world, formal))
    moved = before != after
    assert (after[moved] == REFERRED_UP).all()
    up = np.isin(after, (REFERRED_UP, *np.unique(before[moved])))
    share = np.mean(after[up] == REFERRED_UP)
    assert share == pytest.approx(expected + (1 - expected) * 0.5, abs=0.06)


@on_every_engine
@pytest.mark.invariant
def test_children_go_to_the_alliance_s_hub_and_adults_where_they_went(engine: str) -> None:
    world = allied()
    failing = world.having(
        {"care.skill_offset": -3.0, "care.advise": 1.0, "behaviour.travel": 0.0}
    )
    visits = play([(0, failing)], 1, 6, engine=engine).visits
    rows = np.flatnonzero(world.departments.referral_target >= 0)
    member = world.departments.facility[rows]
    referred = np.isin(visits["referred_from"], member)
    children = of_conditions(world, visits, *CHILDREN)
    hub = np.unique(world.departments.referral_target[rows])
    assert set(visits["facility"][referred & children]) == set(hub)
    assert not np.isin(visits["facility"][referred & ~children], hub).any()


@pytest.mark.invariant
@pytest.mark.parametrize("name", ["resource_sinking", "pediatric_alliance"])
def test_the_engines_are_twins_under_a_policy(name: str) -> None:
    world = worlds.county()
    dose = ALLIED if name == "pediatric_alliance" else {"share": 0.3, "hands": 0.5}
    after = compose(world, policies.changes(name, world, dose))
    assert_twins([(0, world), (1, after)], 3, 4, by("reference"), by("compiled"))
