"""Worlds of a few listed facilities: columns as the file says, demand as arithmetic says."""

from pathlib import Path

import numpy as np
import pytest

from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.scenario import Scenario, load
from sim.world import CLASSES, EXPONENTIAL, GROUPS, LOGNORMAL, columns_of

SCENARIOS = Path(__file__).parents[1] / "scenarios"
HOUR = 60 * TICKS_PER_MINUTE


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load(SCENARIOS / "tiny_clinic.yaml")


@pytest.mark.unit
def test_every_column_has_its_type_and_cannot_be_written(tiny: Scenario) -> None:
    world = tiny.world()
    for name, group in GROUPS.items():
        for field, column in columns_of(group).items():
            held = world.get(f"{name}.{field}")
            if isinstance(held, np.ndarray):
                assert held.dtype == np.dtype(column.dtype), field
                assert not held.flags.writeable


@pytest.mark.unit
def test_departments_are_as_listed(tiny: Scenario) -> None:
    world = tiny.world()
    department = world.departments
    listed = ("clinic.general", "hospital.emergency", "hospital.general")
    assert world.names.departments == listed
    assert department.facility.tolist() == [0, 1, 1]
    assert department.service_family.tolist() == [LOGNORMAL, EXPONENTIAL, LOGNORMAL]
    assert department.service_mean.tolist() == [8, 15, 10]
    assert department.patience_mean.tolist() == [0, 0, 120]
    assert department.admit.tolist() == [0, 0, 0.05]
    assert department.room.tolist() == [-1, -1, -1]
    assert world.facilities.rank.tolist() == [10, 35]
    assert world.facilities.beds.tolist() == [0, 12]
    assert world.facilities.stay_mean.tolist() == [0, 4]
    assert world.choice.emergency.tolist() == [-1, 1]


@pytest.mark.unit
def test_hours_and_rosters_are_as_listed(tiny: Scenario) -> None:
    department = tiny.world().departments
    assert department.always.tolist() == [0, 1, 0]
    assert department.opens[2].tolist() == [8 * HOUR, 14 * HOUR]
    assert department.closes[2].tolist() == [12 * HOUR, 17 * HOUR + HOUR // 2]
    assert (department.opens[1, 0], department.closes[1, 0]) == (0, DAY)
    assert department.doctors[1].tolist() == [[1, 0]] * 7
    assert department.doctors[2].tolist() == [[2, 2]] * 7


@pytest.mark.unit
def test_streams_and_routes_are_as_listed(tiny: Scenario) -> None:
    world = tiny.world()
    assert world.streams.department.tolist() == [0, 2, 1]
    assert world.streams.rate[2].tolist() == [1] * 24
    assert world.streams.weekday[0].tolist() == [1] * 6 + [0.5]
    assert [CLASSES[i] for i in world.streams.visit_class] == ["ordinary", "ordinary", "urgent"]
    assert world.routes.origin.tolist() == [0, 2]
    assert world.routes.target.tolist() == [2, 0]
    assert world.routes.delay.tolist() == [HOUR, 2 * DAY]


@pytest.mark.unit
def test_routes_accumulate_within_their_origin(tiny: Scenario) -> None:
    route = {"from": "clinic.general", "to": "hospital.emergency", "probability": 0.2}
    routes = [*tiny.resolved()["world"]["routes"], route]
    world = tiny.with_value("world.routes", routes).world()
    assert world.routes.origin.tolist() == [0, 0, 2]
    assert world.routes.cumulative == pytest.approx([0.1, 0.3, 0.05])
    assert world.routes.delay[1] == 1


@pytest.mark.luck
def test_a_facility_more_leaves_the_codes_of_the_others(tiny: Scenario) -> None:
    before = tiny.world()
    data = tiny.resolved()["world"]
    idle = {**data["facilities"][0], "name": "idle"}
    world = tiny.with_value("world.facilities", [idle, *data["facilities"]]).world()
    assert world.facilities.code[1:].tolist() == before.facilities.code.tolist()
    assert world.streams.code.tolist() == before.streams.code.tolist()
    assert len(set(world.facilities.code.tolist())) == 3


@pytest.mark.unit
def test_nobody_lives_there(tiny: Scenario) -> None:
    world = tiny.world()
    assert len(world.places.population) == 0
    assert world.choice.option.shape[:2] == (0, len(world.names.kinds))


@pytest.mark.unit
def test_an_always_open_department_may_say_so(tiny: Scenario) -> None:
    always = tiny.with_value("world.facilities.clinic.departments.0.open", "always").world()
    assert always.departments.always.tolist() == [1, 1, 0]


@pytest.mark.theory
def test_offered_load_solves_the_traffic_equations(tiny: Scenario) -> None:
    load_of = tiny.offered_load().set_index("department")
    clinic = 40 * 6.5 / 7  # arrivals of its own a day
    hospital = 55
    visits_clinic = (clinic + 0.05 * hospital) / (1 - 0.05 * 0.1)
    visits_hospital = hospital + 0.1 * visits_clinic
    assert load_of.visits["clinic.general"] == pytest.approx(visits_clinic)
    assert load_of.visits["hospital.general"] == pytest.approx(visits_hospital)
    assert load_of.load["hospital.general"] == pytest.approx(visits_hospital * 10 / (2 * 450))
    assert load_of.load["hospital.emergency"] == pytest.approx(24 * 15 / 1440)
