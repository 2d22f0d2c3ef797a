"""What eleven policies of levels, people and beds change, and what they leave alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import policies, targets
from sim.effects import Conflict, EffectError, acting, add, compose, faded, floor, grown, put
from sim.scenario import load
from sim.staffing import WEEK
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
SATURDAY, TUESDAY = 5, 1
LEVEL = "facilities.service_level"


@pytest.fixture(scope="module")
def prefecture() -> World:
    return load(ROOT / "scenarios" / "huangshi_baseline.yaml").world()


def having(name: str, world: World, **dose: Any) -> World:
    """The world with a policy at a dose."""
    return compose(world, policies.changes(name, world, dose))


def gained(before: World, after: World, column: str) -> np.ndarray:
    """What each row of a column gains, over its other axes."""
    more = np.asarray(after.get(column), dtype=float) - before.get(column)
    return np.asarray(more.reshape(len(more), -1).sum(axis=1))


def of_kind(world: World, kind: str) -> np.ndarray:
    """Mask of the facilities of a kind."""
    return np.asarray(world.facilities.kind == world.names.kinds.index(kind))


def at(world: World, facilities: np.ndarray) -> np.ndarray:
    """Mask of the departments of some facilities (a mask)."""
    return np.asarray(facilities[world.departments.facility])


# --- how changes grow, fade and compose ----------------------------------------------------------


def test_the_highest_floor_holds_whatever_stands_there(world: World) -> None:
    cells = (np.array([0, 1]), np.array([2, 2]))
    low, high = floor(LEVEL, cells, 3.0), floor(LEVEL, cells, 4.0)
    for made in ([low, high], [high, low], [high, low, high]):
        after = compose(world, made).facilities.service_level
        assert (after[cells] == 4.0).all() and after.sum() == 8.0
    above = compose(world, [put(LEVEL, cells, 5.0), high]).facilities.service_level
    assert (above[cells] == 5.0).all()
    with pytest.raises(Conflict):
        compose(world, [put(LEVEL, cells, 5.0), put(LEVEL, cells, 4.0)])


def test_a_share_grows_evenly_and_fades_by_halves() -> None:
    assert [grown(0.3, months, 6.0) for months in (0, 3, 6, 60)] == [0.0, 0.15, 0.3, 0.3]
    assert grown(0.3, 0.0, 0.0) == 0.3
    left = [faded(0.4, months, 12.0) for months in (0, 12, 24)]
    assert left == pytest.approx([0.4, 0.2, 0.1], rel=1e-12)


def test_changes_by_nothing_are_left_out() -> None:
    some = add("facilities.beds", 0, 1)
    assert acting(add("facilities.beds", 0, 0), some, add("facilities.beds", [0, 1], [0, 0])) == (
        some,
    )


# --- who is raised -------------------------------------------------------------------------------


def test_one_hospital_of_an_area_becomes_the_regional_centre(prefecture: World) -> None:
    after = having("regional_medical_centres", prefecture, skill=0.5, places=("黄石市",))
    raised = np.unique(
        prefecture.departments.facility[gained(prefecture, after, "departments.level") > 0]
    )
    size = prefecture.facilities.physicians
    assert len(raised) == 1
    assert size[raised[0]] == size[of_kind(prefecture, "municipal_general")].max()
    own = prefecture.departments.facility == raised[0]
    hub = targets.level_of(prefecture, "hub", np.flatnonzero(own))
    middle = (prefecture.departments.level[own] + hub) / 2.0
    seen = prefecture.departments.specialty[own] != targets.specialty_of(prefecture, "remote")
    assert after.departments.level[own][seen] == pytest.approx(middle[seen])


def test_beds_and_physicians_come_with_those_who_move_to_the_centre(prefecture: World) -> None:
    after = having("regional_medical_centres", prefecture, share=0.02, beds=2.0)
    people = gained(prefecture, after, "facilities.physicians")
    beds = gained(prefecture, after, "facilities.beds")
    assert people.sum() == pytest.approx(0.0, abs=1e-9) and beds.sum() == 0.0
    assert beds[people > 0].sum() == pytest.approx(2.0 * people[people > 0].sum(), abs=1.0)


def test_only_what_is_below_grade_three_gets_a_new_grade(world: World) -> None:
    after = having("hospital_upgrade", world, regrade=True)
    third = world.names.grades.index("III")
    hospitals = of_kind(world, "county_general")
    assert (after.facilities.grade[hospitals] == third).all()
    assert (world.facilities.grade[hospitals] < third).any()
    assert np.array_equal(after.facilities.grade[~hospitals], world.facilities.grade[~hospitals])
    assert np.array_equal(after.departments.level, world.departments.level)


def test_a_key_specialty_leaves_the_others_alone(world: World) -> None:
    after = having("key_specialties", world, skill=0.5, repute=0.5, specialties=("paediatrics",))
    children = world.departments.specialty == targets.specialty_of(world, "paediatrics")
    more = gained(world, after, "departments.level")
    assert (more[children & at(world, of_kind(world, "county_general"))] > 0).all()
    assert not more[~children].any()
    everything = having("key_specialties", world, skill=0.5, repute=0.5)
    name, whole = (gained(world, w, "facilities.perceived") for w in (after, everything))
    doctors = world.departments.doctors.sum(axis=(1, 2))
    for hospital in np.flatnonzero(of_kind(world, "county_general")):
        own = world.departments.facility == hospital
        part = doctors[own & children].sum() / doctors[own].sum()
        assert name[hospital] == pytest.approx(whole[hospital] * part)


def test_as_many_departments_are_built_as_the_programme_says(world: World) -> None:
    built = [
        np.flatnonzero(gained(world, having("key_specialties", world, skill=0.5, number=n),
                              "departments.level"))
        for n in (1, 5, 9)
    ]  # fmt: skip
    assert [len(rows) for rows in built] == [1, 5, 9]
    assert set(built[0]) < set(built[1]) < set(built[2])


def test_a_centre_serves_its_conditions_and_takes_its_staff_from_the_clinics(world: World) -> None:
    after = having("clinical_service_centres", world, skill=0.5, staff=0.1, centres=("tumour",))
    lines = np.argwhere(after.facilities.service_level > 0)
    cancer = world.names.conditions.index("cancer_complex")
    assert set(lines[:, 1]) == {cancer}
    assert set(lines[:, 0]) == set(np.flatnonzero(of_kind(world, "county_general")))
    general = world.departments.specialty == targets.specialty_of(world, "general")
    away = after.departments.away.sum(axis=(1, 2))
    assert away[general].sum() > 0 and not away[~general].any()
    assert np.array_equal(after.departments.level, world.departments.level)


# --- who is sent, for how long -------------------------------------------------------------------


def test_support_grows_over_the_rotation_and_fades_after_it(world: World) -> None:
    def level(**dose: float) -> np.ndarray:
        after = having("counterpart_support", world, share=0.05, **dose)
        return gained(world, after, "departments.level")

    whole = level(months=6.0)
    assert whole.max() > 0
    assert level(months=3.0) == pytest.approx(whole / 2.0)
    assert level(months=60.0) == pytest.approx(whole)
    assert level(months=6.0, ended=12.0) == pytest.approx(whole / 2.0)
    back = having("counterpart_support", world, share=0.05, months=6.0, ended=12.0)
    for column in ("departments.doctors", "facilities.physicians", "facilities.beds"):
        assert np.array_equal(back.get(column), world.get(column))


def test_a_pair_is_named_and_others_are_left_alone(world: World) -> None:
    pair = ("黄石市", "阳新县综合医院2")
    after = having("counterpart_support", world, share=0.02, months=6.0, pairs=(pair,))
    moved = gained(world, after, "departments.doctors")
    words = {world.names.facilities[f] for f in world.departments.facility[moved > 0]}
    assert words == {pair[1]}
    with pytest.raises(EffectError, match=r"阳新县综合医院4 names .*nearest: 阳新县综合医院"):
        having("counterpart_support", world, share=0.02, pairs=(("黄石市", "阳新县综合医院4"),))


def test_experts_of_a_weekend_cost_the_hub_nothing(world: World) -> None:
    weekend = having("visiting_experts", world, experts=2)
    hub = at(world, world.facilities.tier == world.names.tiers.index("hub"))
    assert np.array_equal(weekend.departments.doctors[hub], world.departments.doctors[hub])
    free = weekend.departments.free_time
    assert np.array_equal(weekend.departments.doctors - world.departments.doctors, free)
    assert set(np.argwhere(free)[:, 1]) == {SATURDAY}
    weekday = having("visiting_experts", world, experts=2, days=("tuesday",))
    moved = weekday.departments.doctors - world.departments.doctors
    assert moved.sum() == 0 and set(np.argwhere(moved)[:, 1]) == {TUESDAY}
    assert (moved[hub] <= 0).all() and moved[hub].sum() < 0
    assert not weekday.departments.free_time.any()


def test_an_expert_counts_for_the_sessions_he_holds(world: World) -> None:
    after = having("visiting_experts", world, experts=1, specialties=("surgery",))
    more = gained(world, after, "departments.level")
    row = int(np.flatnonzero(more)[0])
    own = int(world.departments.doctors[row].sum())
    gap = targets.level_of(world, "hub", np.array([row]))[0] - world.departments.level[row]
    assert more[row] == pytest.approx(gap * 2 / (own + 2))


def test_stand_ins_fill_the_half_days_that_the_course_leaves(world: World) -> None:
    course = having("staff_training", world, away=0.2)
    filled = having("staff_training", world, away=0.2, backfill=1.0)
    county = at(world, of_kind(world, "county_general"))
    assert course.departments.away.sum() == -gained(world, course, "departments.doctors").sum()
    assert np.array_equal(filled.departments.doctors[county], world.departments.doctors[county])
    above = gained(world, filled, "departments.doctors")
    assert above.sum() == -course.departments.away.sum()
    tier = world.facilities.tier[world.departments.facility[above < 0]]
    assert {world.names.tiers[t] for t in tier} == {"municipal"}


# --- what is added, moved, or used better --------------------------------------------------------


def test_nothing_is_there_before_the_lead_time_is_over(world: World) -> None:
    dose = {"doctors": 0.1, "beds": 0.1, "lead": 24.0}
    assert having("capacity_expansion", world, **dose, months=23.9) is world
    after = having("capacity_expansion", world, **dose, months=24.0)
    grown_up = of_kind(world, "county_general")
    for column, mark in (
        ("departments.doctors", "departments.new_doctors"),
        ("facilities.physicians", "facilities.new_physicians"),
        ("facilities.beds", "facilities.new_beds"),
    ):
        more = np.asarray(after.get(column), dtype=float) - world.get(column)
        assert more == pytest.approx(after.get(mark)), column
        assert more.sum() == pytest.approx(0.1 * world.get(column)[_rows(world, column, grown_up)]
                                           .sum(), abs=2.0), column  # fmt: skip


def _rows(world: World, column: str, facilities: np.ndarray) -> np.ndarray:
    return at(world, facilities) if column.startswith("departments") else facilities


def test_new_doctors_work_when_their_colleagues_do(world: World) -> None:
    after = having("capacity_expansion", world, doctors=0.5, months=36.0, kinds=("village_clinic",))
    new = after.departments.new_doctors
    assert new.sum() > 0 and (new <= world.departments.doctors).all()


def test_the_core_gives_in_turn_and_physicians_and_beds_go_along(prefecture: World) -> None:
    after = having("capacity_redistribution", prefecture, share=0.05, beds=2.0, fringe=("大冶市",))
    county = of_kind(prefecture, "county_general")
    people = gained(prefecture, after, "facilities.physicians")
    beds = gained(prefecture, after, "facilities.beds")
    daye = prefecture.names.counties.index("大冶市")
    assert (people[prefecture.facilities.county == daye] >= 0).all()
    assert not people[county & (prefecture.facilities.county != daye)].any()
    core = of_kind(prefecture, "municipal_general")
    assert -people[core].sum() == pytest.approx(0.05 * prefecture.facilities.physicians[core].sum(),
                                                rel=0.02)  # fmt: skip
    assert beds.sum() == 0 and (beds[people > 0] > 0).all()


def test_a_specialty_is_concentrated_where_it_is_largest(prefecture: World) -> None:
    after = having("capacity_redistribution", prefecture, concentrate=0.5)
    moved = gained(prefecture, after, "departments.doctors")
    for name in ("paediatrics", "obstetrics"):
        mine = prefecture.departments.specialty == targets.specialty_of(prefecture, name)
        assert (moved[mine] > 0).sum() == 1 and moved[mine].sum() == 0
    assert (moved[moved < 0] >= -0.5 * prefecture.departments.doctors.max() * 2 * WEEK).all()
    everywhere = gained(prefecture, after, "facilities.physicians")
    assert everywhere.sum() == pytest.approx(0.0, abs=1e-9)


def test_no_hospital_is_core_and_fringe(prefecture: World) -> None:
    with pytest.raises(EffectError, match="is donor and receiver"):
        having("capacity_redistribution", prefecture, share=0.1, receivers=("municipal_general",))


def test_small_hospitals_are_not_assessed(world: World) -> None:
    after = having("hospital_efficiency", world, stay=0.2, reminded=0.5, numbers=0.25)
    second = world.facilities.grade >= world.names.grades.index("II")
    assert (after.facilities.stay_factor[second] == 0.8).all()
    assert (after.facilities.stay_factor[~second] == 1.0).all()
    rows = at(world, second) & (world.departments.quota_minutes > 0)
    assert after.departments.quota_minutes[rows] == pytest.approx(
        world.departments.quota_minutes[rows] / 1.25
    )
    assert not after.departments.reminded[~rows].any()


def test_neighbours_refer_to_a_sub_centre_that_keeps_its_grade(world: World) -> None:
    centre = "龙港镇卫生院"
    after = having("county_subcentres", world, skill=1.0, places=(centre,), linked=2)
    (row,) = np.flatnonzero(after.facilities.rank != world.facilities.rank)
    assert world.names.facilities[row] == centre
    assert world.names.kinds.index("township_centre") == world.facilities.kind[row]
    new = np.flatnonzero(after.facilities.referral_target != world.facilities.referral_target)
    assert len(new) == 2 and (after.facilities.referral_target[new] == row).all()
    assert set(new) == set(
        targets.nearest(world, row, np.setdiff1d(
            np.flatnonzero(of_kind(world, "township_centre")), [row]))[:2].tolist()
    )  # fmt: skip
    assert (after.facilities.rank[new] < after.facilities.rank[row]).all()
    above = after.facilities.referral_target[row]
    assert after.facilities.rank[above] > after.facilities.rank[row]
    assert np.array_equal(after.facilities.grade, world.facilities.grade)
