"""Who is sent, where to, and what becomes of those who stay: the two policies that move people."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds
from pydantic import ValidationError

from sim import policies, staffing
from sim.effects import EffectError, approach, compose
from sim.scenario import ScenarioError, load
from sim.staffing import WEEK
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
SHARES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15)  # grid of domain.md 4.8
LEVEL = "departments.level"


def with_policy(name: str, world: World, **dose: Any) -> World:
    """The world with a policy at a dose."""
    return compose(world, policies.changes(name, world, dose))


def tier_of(world: World, name: str) -> np.ndarray:
    """Mask of the departments in a tier."""
    return world.facilities.tier[world.departments.facility] == world.names.tiers.index(name)


def rows_of(world: World, kind: str, specialty: str) -> np.ndarray:
    """Departments of a specialty at facilities of a kind."""
    own = world.facilities.kind[world.departments.facility] == world.names.kinds.index(kind)
    line = world.departments.specialty == world.names.specialties.index(specialty)
    return np.flatnonzero(own & line)


def gained(before: World, after: World) -> np.ndarray:
    """Doctor-sessions of a week that each department gains."""
    return (after.departments.doctors - before.departments.doctors).sum(axis=(1, 2))


# --- doctor-sessions -----------------------------------------------------------------------------


@pytest.mark.parametrize("share", SHARES)
def test_the_share_is_met_to_the_nearest_doctor_session(share: float, world: World) -> None:
    rows = rows_of(world, "hub_general", "general")
    rows = np.append(rows, rows_of(world, "hub_general", "surgery"))
    sent = staffing.doctor_sessions(world, rows, share)
    total = world.departments.doctors[rows].sum()
    assert abs(len(sent.department) - share * total) <= 0.5


def test_every_department_gives_its_part_to_the_nearest_doctor(world: World) -> None:
    rows = np.flatnonzero(tier_of(world, "hub") & (world.departments.quota_minutes > 0))
    sent = staffing.doctor_sessions(world, rows, 0.3)
    given = np.zeros(world.departments.doctors.shape)
    np.add.at(given, tuple(sent), 1)
    assert (np.abs(given - 0.3 * world.departments.doctors)[rows] <= 1).all()
    assert (given <= world.departments.doctors).all()


def test_one_doctor_works_a_week_below_before_the_next_is_sent(world: World) -> None:
    rows = rows_of(world, "hub_general", "surgery")
    total = int(world.departments.doctors[rows].sum())
    sent = staffing.doctor_sessions(world, rows, WEEK / total)
    assert sorted(zip(sent.weekday, sent.session, strict=True)) == [
        (day, half) for day in range(5) for half in range(2)
    ]


# --- resource_sinking ----------------------------------------------------------------------------


def test_those_sent_join_their_specialty_below_at_the_same_half_days(world: World) -> None:
    after = with_policy("resource_sinking", world, share=0.1)
    moved = after.departments.doctors - world.departments.doctors
    hub, county = tier_of(world, "hub"), tier_of(world, "county")
    assert (moved[hub] <= 0).all() and (moved[county] >= 0).all()
    assert not moved[~(hub | county)].any()
    line = world.departments.specialty
    for specialty in np.unique(line):
        mine = line == specialty
        assert np.array_equal(-moved[hub & mine].sum(axis=0), moved[county & mine].sum(axis=0))


def test_emergency_and_outside_departments_give_nobody(world: World) -> None:
    after = with_policy("resource_sinking", world, share=1.0)
    change = gained(world, after)
    none = (world.departments.quota_minutes == 0) | ~tier_of(world, "hub")
    assert not (change[none] < 0).any()


def test_township_centres_take_every_specialty_in_their_one_department(world: World) -> None:
    after = with_policy("resource_sinking", world, share=0.1, to=("township_centre",), team=2)
    change = gained(world, after)
    received = change[change > 0]
    assert received.sum() == -change[tier_of(world, "hub")].sum()
    assert received.max() == 2 * WEEK
    assert (world.facilities.tier[world.departments.facility[change > 0]] == 1).all()


def test_hands_skill_and_repute_are_dosed_apart(world: World) -> None:
    hands = with_policy("resource_sinking", world, share=0.1, skill=0.0)
    assert np.array_equal(hands.departments.level, world.departments.level)
    assert np.array_equal(hands.facilities.perceived, world.facilities.perceived)
    taught = with_policy("resource_sinking", world, share=0.1, hands=0.0, wards=0.0)
    assert (gained(world, taught) <= 0).all()
    assert taught.departments.away.sum() == -gained(world, hands)[tier_of(world, "hub")].sum()
    assert np.array_equal(taught.facilities.beds, world.facilities.beds)
    known = with_policy("resource_sinking", world, share=0.1, skill=0.0, repute=0.5)
    assert np.array_equal(known.departments.level, world.departments.level)
    assert (known.facilities.perceived >= world.facilities.perceived).all()
    assert (known.facilities.perceived != world.facilities.perceived).any()
    assert known.facilities.perceived.max() <= world.facilities.perceived.max()


def test_a_full_team_closes_the_stated_share_of_the_gap_and_none_passes_the_donor(
    world: World,
) -> None:
    after = with_policy("resource_sinking", world, share=0.1, skill=0.3)
    full = np.flatnonzero(gained(world, after) >= WEEK)
    own = world.departments.level[full]
    assert after.departments.level[full] == pytest.approx(own + 0.3 * (5.0 - own))
    most = with_policy("resource_sinking", world, share=1.0, skill=1.0)
    assert most.departments.level.max() <= world.departments.level.max()


def test_beds_close_for_the_physicians_who_leave(world: World) -> None:
    after = with_policy("resource_sinking", world, share=0.1, wards=2.0)
    left = np.minimum(after.facilities.physicians - world.facilities.physicians, 0.0)
    closed = world.facilities.beds - after.facilities.beds
    assert np.abs(closed + 2.0 * left).max() <= 0.5
    hub = world.facilities.tier == world.names.tiers.index("hub")
    share = -left.sum() / world.facilities.physicians[hub].sum()
    assert share == pytest.approx(0.1, abs=0.01)


def test_municipal_hospitals_may_be_the_donors(world: World) -> None:
    after = with_policy("resource_sinking", world, share=0.05, donors="municipal")
    change = gained(world, after)
    assert change[tier_of(world, "municipal")].sum() < 0
    assert not change[tier_of(world, "hub")].any()


@pytest.mark.parametrize("share", [-0.1, 1.1, "a tenth"])
def test_a_share_out_of_bounds_is_refused(share: object, world: World) -> None:
    with pytest.raises(ValidationError):
        policies.changes("resource_sinking", world, {"share": share})


def test_sinking_without_a_hub_is_refused() -> None:
    tiny = load(ROOT / "scenarios" / "tiny_clinic.yaml").world()
    with pytest.raises(EffectError, match="needs a hospital of tier hub"):
        with_policy("resource_sinking", tiny, share=0.1)


# --- pediatric_alliance --------------------------------------------------------------------------


def members_of(world: World, after: World) -> np.ndarray:
    """Departments that refer by a rule of their own."""
    return np.flatnonzero(after.departments.referral_target >= 0)


def test_members_refer_children_to_the_children_s_hospital(world: World) -> None:
    after = with_policy("pediatric_alliance", world, members=4, formal=0.2)
    rows = members_of(world, after)
    county = np.append(
        rows_of(world, "county_general", "paediatrics"), rows_of(world, "mch", "paediatrics")
    )
    assert sorted(rows) == sorted(county)
    hub = np.unique(after.departments.referral_target[rows])
    assert [world.names.kinds[k] for k in world.facilities.kind[hub]] == ["children_hospital"]
    assert after.departments.referral_formal[rows] == pytest.approx(0.2)


def test_what_is_not_paediatrics_stays_as_it_was(world: World) -> None:
    dose = {"members": 4, "slots": 0.2, "formal": 0.2, "skill": 0.3, "units": 4, "away": 0.3}
    after = with_policy("pediatric_alliance", world, **dose)
    other = world.departments.specialty != world.names.specialties.index("paediatrics")
    for name in ("doctors", "level", "held", "unit_level", "referral_target", "remote_rate"):
        old, new = (getattr(w.departments, name)[other] for w in (world, after))
        assert np.array_equal(old, new), name


def test_the_hub_holds_its_share_of_paediatric_numbers(world: World) -> None:
    after = with_policy("pediatric_alliance", world, members=1, slots=0.2)
    held = np.flatnonzero(after.departments.held)
    assert held.tolist() == rows_of(world, "children_hospital", "paediatrics").tolist()
    assert after.departments.held[held] == pytest.approx(0.2)


def test_trainees_are_absent_member_by_member(world: World) -> None:
    after = with_policy("pediatric_alliance", world, members=4, away=0.25)
    rows = members_of(world, after)
    whole = world.departments.doctors[rows].sum(axis=(1, 2))
    assert (np.abs(gained(world, after)[rows] + 0.25 * whole) <= 0.5).all()
    assert after.departments.away.sum() == -gained(world, after).sum()


def test_units_reach_what_severe_children_need(world: World) -> None:
    after = with_policy("pediatric_alliance", world, members=4, units=2)
    rows = np.flatnonzero(after.departments.unit_level)
    severe = world.names.conditions.index("child_severe")
    assert len(rows) == 2 and set(rows) <= set(members_of(world, after))
    assert (after.departments.unit_level[rows] == world.needs.level[severe, 2]).all()


def test_each_member_may_ask_for_the_stated_consultations(world: World) -> None:
    after = with_policy("pediatric_alliance", world, members=3, advice=684.0)
    rows = members_of(world, after)
    assert after.departments.remote_rate[rows] * 365 == pytest.approx(684.0)
    hub = np.unique(after.departments.facility[after.departments.remote_point[rows]])
    assert [world.names.kinds[k] for k in world.facilities.kind[hub]] == ["children_hospital"]


@pytest.mark.parametrize("word", ["阳新县妇幼保健院", "阳新县", 420222, "420222"])
def test_members_may_be_named(word: object, world: World) -> None:
    after = with_policy("pediatric_alliance", world, members=1, places=(word,))
    assert len(members_of(world, after)) == 1
    if word == "阳新县妇幼保健院":
        assert members_of(world, after) == rows_of(world, "mch", "paediatrics")


@pytest.mark.parametrize(
    ("dose", "told"),
    [
        ({"members": 5}, r"5 members, but 4 hospitals .*can join$"),
        ({"members": 2, "places": ("阳新县妇幼保健院",)}, "but 1 hospitals .*join at 阳新"),
        ({"members": 1, "places": ("阳新县妇幼院",)}, r"nearest: 阳新县妇幼保健院"),
        ({"members": 1, "units": 2}, "2 units, but 1 members"),
        ({"members": 4, "kinds": ("mch",)}, "but 1 hospitals"),
        ({"members": 1, "advice": 10.0, "experts": 99}, "below its lower bound 0"),
    ],
)
def test_an_alliance_that_cannot_be_is_refused(
    dose: dict[str, Any], told: str, world: World
) -> None:
    with pytest.raises(EffectError, match=told):
        with_policy("pediatric_alliance", world, **dose)


def test_an_alliance_without_a_children_s_hospital_is_refused(world: World) -> None:
    kind = world.names.kinds.index("children_hospital")
    other = world.names.kinds.index("hub_general")
    kinds = np.where(world.facilities.kind == kind, other, world.facilities.kind)
    with pytest.raises(EffectError, match="needs a children's hospital"):
        with_policy("pediatric_alliance", world.having({"facilities.kind": kinds}), members=1)


def test_a_file_is_told_of_an_impossible_alliance(tmp_path: Path) -> None:
    base = (ROOT / "scenarios" / "county_baseline.yaml").as_posix()
    file = tmp_path / "many.yaml"
    file.write_text(
        f"extends: {base}\npolicies:\n  - name: pediatric_alliance\n    members: 40\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="40 members, but 4 hospitals"):
        load(file).timeline()


@pytest.mark.parametrize("name", ["county_sinking", "county_pediatric_alliance"])
def test_the_county_scenarios_have_waves(name: str) -> None:
    scenario = load(ROOT / "scenarios" / f"{name}.yaml")
    begins = [day for day, _ in scenario.timeline()]
    assert len(begins) >= 3 and begins[1] == scenario.warmup


# --- steps towards a level -----------------------------------------------------------------------


@pytest.mark.parametrize("shares", [(0.5,), (0.5, 0.5), (1.0, 0.3)])
def test_steps_towards_a_level_never_pass_it(shares: tuple[float, ...]) -> None:
    world = worlds.county()
    row = int(np.argmin(world.departments.level))
    own = world.departments.level[row]
    after = compose(world, [approach(LEVEL, row, 4.0, share) for share in shares])
    left = np.prod(1.0 - np.array(shares))
    assert after.departments.level[row] == pytest.approx(4.0 - (4.0 - own) * left)
    above = compose(world, [approach(LEVEL, row, own - 1.0, 1.0)])
    assert above.departments.level[row] == own
