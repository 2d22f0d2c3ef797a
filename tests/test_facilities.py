"""Capacities sum to the national statistics; each county has what a county has."""

import datetime

import numpy as np
import pytest

from sim import register
from sim.capacity import (
    BASES,
    capacity,
    class_capacity,
    general_tertiary,
    national,
    reference,
    residents_of,
)
from sim.departments import rooms_of
from sim.geography import county_world
from sim.hospitals import units_of
from sim.places import counties, settlement
from sim.standing import tertiary_of

FIRST_DAY = datetime.date(2022, 1, 1).toordinal()
DISTRICT, SMALL, DIRECT = 420202, 513233, 429004
WORKDAYS, DAY_MINUTES, YEAR = 5, 1440.0, 365.0


@pytest.fixture(scope="module")
def world():
    return county_world("阳新县", FIRST_DAY)


@pytest.fixture(scope="module")
def units():
    return units_of(settlement(420222))


def duty(world, kind):
    """Weekday doctors of a kind outside emergency departments."""
    departments, kinds = world.departments, world.facilities.kind[world.departments.facility]
    rows = (kinds == world.names.kinds.index(kind)) & (departments.always == 0)
    return departments.doctors[rows, 0, 0].sum()


@pytest.mark.invariant
@pytest.mark.parametrize("name", register.CAPACITY)
def test_all_counties_together_have_the_national_capacity(name):
    total = np.zeros(7)
    for row in counties().values():
        here = residents_of([row])
        for kind, classes in BASES.items():
            share = {"county_tcm": 0, "children_hospital": 0, "community_station": 0}.get(kind, 1)
            for found, who in classes:
                if found == name:
                    total += share * np.array(class_capacity(found, who, here))
        if name == "tertiary":
            held = tertiary_of(row.province)[row.code]
            total += np.array(general_tertiary(here).times(held))
    expected = np.array(national(name)) * reference().total / 10_000
    np.testing.assert_allclose(total, expected, rtol=1e-9)


@pytest.mark.invariant
def test_kinds_that_share_a_class_take_all_of_it():
    here = reference()
    general, tcm = capacity("county_general", here), capacity("county_tcm", here)
    both = [class_capacity(grade, who, here) for grade, who in BASES["county_tcm"]]
    assert general.beds + tcm.beds == pytest.approx(sum(part.beds for part in both))
    hub = capacity("hub_general", here).duty + capacity("children_hospital", here).duty
    assert hub == pytest.approx(class_capacity("tertiary", "hub", here).duty)


@pytest.mark.unit
def test_county_hospitals_have_the_share_of_the_matrix():
    rows = [row for row in counties().values() if row.kind != "district"]
    here = residents_of(rows)
    assert here.districts == 0
    beds = capacity("county_general", here).plus(capacity("county_tcm", here)).beds
    beds += general_tertiary(here).beds
    expected = 19.65 * 0.923 * 8.3 / 12.0 + 24.41 * 0.974 * 3.5 / 22.3
    assert beds == pytest.approx(expected * reference().total / 10_000, rel=1e-6)


@pytest.mark.invariant
def test_yangxin_has_the_institutions_of_a_county(world):
    number = dict(zip(world.names.kinds, np.bincount(world.facilities.kind).tolist(), strict=True))
    assert number["village_clinic"] == 418
    assert number["county_tcm"] == number["mch"] == number["hub_general"] == 1
    assert number["community_station"] == round(56 / 4.5)
    assert number["clinic"] + number["community_station"] == pytest.approx(2.19 * 90.2, rel=0.05)
    assert 15 <= number["township_centre"] <= 22
    assert number["small_hospital"] == pytest.approx(10.8, abs=1)
    assert 1 <= number["county_general"] <= 4
    assert len(set(world.facilities.code)) == len(set(world.names.facilities)) == sum(
        number.values()
    )


@pytest.mark.invariant
@pytest.mark.parametrize("kind", ["township_centre", "community_centre", "small_hospital", "mch"])
def test_doctors_and_beds_sum_to_the_capacity(world, kind):
    here = residents_of([settlement(420222).county])
    amounts = capacity(kind, here)
    rows = world.facilities.kind == world.names.kinds.index(kind)
    assert duty(world, kind) == round(amounts.duty)
    assert world.facilities.beds[rows].sum() == round(amounts.beds)
    assert world.facilities.physicians[rows].sum() == pytest.approx(amounts.physicians)


@pytest.mark.invariant
def test_slices_keep_at_least_five_doctors_in_each_department(world):
    outside = world.facilities.county[world.departments.facility] < 0
    remote = world.departments.specialty == world.names.specialties.index("remote")
    assert outside.sum() > 10
    assert (world.departments.doctors[outside & ~remote][:, :WORKDAYS] >= 5).all()
    assert (world.departments.doctors[remote] == 0).all()


@pytest.mark.invariant
def test_rank_follows_tier_and_referral_goes_up(world):
    facilities = world.facilities
    for tier in range(1, len(world.names.tiers)):
        below = facilities.rank[facilities.tier == tier - 1].max()
        assert below < facilities.rank[facilities.tier == tier].min()
    sender = np.flatnonzero(facilities.referral_target >= 0)
    target = facilities.referral_target[sender]
    assert (facilities.rank[target] > facilities.rank[sender]).all()
    assert (facilities.referral_target[facilities.rank < 50] >= 0).all()
    down = np.flatnonzero(facilities.step_down_target >= 0)
    below = facilities.step_down_target[down]
    assert (facilities.rank[below] < facilities.rank[down]).all()
    assert (facilities.beds[below] > 0).all()


@pytest.mark.invariant
def test_usual_volumes_load_no_department_fully(world):
    loads = {key: value for key, value in reference_loads(world).items() if not value < 1.0}
    assert not loads


def reference_loads(world):
    """Minutes of the visits of domain 4.2 over doctor minutes, by kind and specialty."""
    here = residents_of([settlement(420222).county])
    severity = np.diff(world.needs.severity, axis=1, prepend=0.0)
    urgent = (severity * world.needs.urgent).sum(axis=1)
    loads = {}
    for index, kind in enumerate(register.KINDS):
        row = register.CAPACITY[kind.capacity]
        at = register.landing(kind.capacity) * np.array(kind.accepts)
        minutes = world.care.minutes[:, index]
        visits = capacity(kind.name, here).visits * at / at.sum()
        for name in kind.departments:
            doctors = doctors_of(world, index, name)
            asked = np.array(world.needs.specialty) == world.names.specialties.index(name)
            if name == "emergency":
                work = visits * minutes * urgent * row.effective_days / YEAR
                loads[kind.name, name] = work.sum() / (doctors * DAY_MINUTES)
            elif name != "remote":
                single = kind.departments == ("general",)
                work = visits * minutes * (1.0 if single else asked * (1.0 - urgent))
                loads[kind.name, name] = work.sum() / (doctors * register.value("open_minutes"))
    return loads


def doctors_of(world, kind, specialty):
    rows = world.facilities.kind[world.departments.facility] == kind
    rows &= world.departments.specialty == world.names.specialties.index(specialty)
    return world.departments.doctors[rows, 0, 0].sum()


@pytest.mark.unit
def test_weekday_sessions_give_the_effective_days_of_the_year(world):
    for kind in ("village_clinic", "township_centre", "county_general", "municipal_general"):
        rows = world.facilities.kind[world.departments.facility] == world.names.kinds.index(kind)
        rows &= (world.departments.always == 0) & (world.departments.doctors[:, 0, 0] > 0)
        doctors = world.departments.doctors[rows].sum(axis=0)
        days = doctors.sum() / doctors[0, 0] / 2 * YEAR / 7
        effective = register.CAPACITY[register.KIND[kind].capacity].effective_days
        assert days == pytest.approx(effective, rel=0.06), kind


@pytest.mark.invariant
def test_urgent_people_find_a_department_above_the_village(world):
    emergency, facilities = world.choice.emergency, world.facilities
    village = facilities.tier == 0
    assert (emergency[village] == -1).all()
    assert (emergency[~village] >= 0).all()
    owner = world.departments.facility[emergency[~village]]
    np.testing.assert_array_equal(owner, np.flatnonzero(~village))


@pytest.mark.invariant
def test_departments_of_the_map_belong_to_their_facility(world):
    for facility, row in enumerate(world.choice.department):
        assert (world.departments.facility[row[row >= 0]] == facility).all()


@pytest.mark.invariant
def test_streams_fill_slices_only_up_to_the_usual_load(world):
    streams, departments = world.streams, world.departments
    assert (world.facilities.county[departments.facility[streams.department]] < 0).all()
    emergency = departments.always[streams.department] == 1
    usual = register.CAPACITY["tertiary"].visits_per_duty_day
    doctors = departments.doctors[streams.department, 0, 0]
    daily = streams.rate.sum(axis=1)
    assert (daily >= 0).all()
    assert (daily[~emergency] <= usual * doctors[~emergency] + 1e-9).all()
    assert (streams.mix[:, -1] == 1.0).all()
    assert (np.diff(streams.mix, axis=1) >= -1e-12).all()
    closed = np.ones(24, dtype=bool)
    closed[8:18] = False
    assert (streams.rate[~emergency][:, closed] == 0).all()


@pytest.mark.unit
@pytest.mark.parametrize("code", [DISTRICT, SMALL, DIRECT])
def test_districts_small_and_directly_administered_counties_are_worlds_too(code):
    world = county_world(code, FIRST_DAY)
    assert world.places.population.sum() == counties()[code].population
    assert {"municipal_general", "hub_general"} <= {
        world.names.kinds[kind] for kind in world.facilities.kind
    }


@pytest.mark.unit
def test_only_a_county_with_half_a_tertiary_hospital_has_one():
    grades = {
        code: [u.grade for u in units_of(settlement(code)) if u.kind == "county_general"]
        for code in (420222, SMALL)
    }
    assert grades[420222][0] == "III"
    assert set(grades[420222][1:]) == {"II"}
    assert set(grades[SMALL]) == {"II"}


@pytest.mark.invariant
@pytest.mark.parametrize("code", [420222, DISTRICT, SMALL, DIRECT, 420112, 510104])
def test_what_a_county_has_of_township_and_community_care_is_lost_nowhere(code):
    home = settlement(code)
    here, kinds = residents_of([home.county]), ("township_centre", "community_centre")
    found = sum(unit.amounts.duty for unit in units_of(home) if unit.kind in kinds)
    assert found == pytest.approx(sum(capacity(kind, here).duty for kind in kinds))


@pytest.mark.luck
def test_a_unit_keeps_its_code_and_doctors_when_made_again(units):
    again = units_of(settlement(420222))
    assert units == again
    assert rooms_of(units) == rooms_of(again)


@pytest.mark.invariant
@pytest.mark.parametrize("code", [420222, SMALL])
def test_slices_are_as_large_in_beds_and_tests_as_in_doctors(code):
    world, units = county_world(code, FIRST_DAY), units_of(settlement(code))
    for row in (row for row, unit in enumerate(units) if unit.sliced):
        shown = world.facilities.physicians[row] / units[row].amounts.physicians
        assert shown >= 1.0
        assert world.facilities.beds[row] >= units[row].amounts.beds * 0.99
        streams = world.facilities.code[world.departments.facility[world.streams.department]]
        mix = np.diff(world.streams.mix[streams == units[row].code], axis=1, prepend=0.0)
        daily = world.streams.rate[streams == units[row].code].sum(axis=1)
        tests = (daily[:, None] * mix * world.care.test_need).sum() * world.care.test_minutes
        assert tests < world.facilities.tests[row] * register.value("open_minutes")


@pytest.mark.invariant
def test_beds_of_slices_hold_what_outside_patients_ask_for(world):
    severity = np.diff(world.needs.severity, axis=1, prepend=0.0)
    bed = (severity * world.care.bed).sum(axis=1)
    owner = world.departments.facility[world.streams.department]
    mix = np.diff(world.streams.mix, axis=1, prepend=0.0)
    days = bed[None, :] * world.care.stay_days.T[world.facilities.kind[owner]]
    asked = world.streams.rate.sum(axis=1) * (mix * days).sum(axis=1)
    for facility in np.unique(owner):
        assert asked[owner == facility].sum() < world.facilities.beds[facility]
