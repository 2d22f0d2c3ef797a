"""Alliances and communities: who leads whom, what each lever moves, and what stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds
from draws import condition
from test_treatment import OUTCOME, all_of, department_of, treated
from twins import assert_twins

from sim import alliance, community, policies
from sim.difference import flat
from sim.effects import EffectError, compose
from sim.events import ADMITTED
from sim.scenario import load
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
HOLDINGS = ("doctors", "away", "new_doctors")


def under(name: str, world: World, **dose: Any) -> World:
    """The world with one policy at a dose."""
    return compose(world, policies.changes(name, world, dose))


def moved(before: World, after: World) -> set[str]:
    """Columns in which two worlds differ."""
    pairs = zip(flat(before), flat(after), strict=True)
    return {path for (path, old), (_, new) in pairs if not np.array_equal(old, new)}


def of_kind(world: World, *kinds: str) -> np.ndarray:
    """Facilities of some kinds."""
    wanted = [world.names.kinds.index(kind) for kind in kinds]
    return np.flatnonzero(np.isin(world.facilities.kind, wanted))


# --- alliances ----------------------------------------------------------------------------------


def test_an_alliance_of_paediatrics_is_the_pediatric_alliance(world: World) -> None:
    dose: dict[str, Any] = {
        "members": 3, "slots": 0.2, "formal": 0.2, "away": 0.2, "skill": 0.3, "units": 2,
        "advice": 100.0, "kinds": ("county_general", "mch"),
    }  # fmt: skip
    special = under("pediatric_alliance", world, **dose)
    general = under(
        "specialty_alliance", world, specialty="paediatrics", hub="children_hospital", **dose
    )
    assert moved(special, general) == set()
    assert moved(world, special)


def test_a_member_is_led_by_the_hub_of_its_county_or_area_else_in_turn(city: World) -> None:
    tcm = of_kind(city, "county_tcm")
    centres = of_kind(city, "township_centre", "community_centre")
    rows = city.choice.department[centres, city.names.specialties.index("tcm")]
    led = alliance.led_by(city, tcm.tolist(), rows)
    assert np.array_equal(city.facilities.county[tcm[led]], city.facilities.county[centres])
    hubs = of_kind(city, "municipal_general")
    turns = alliance.led_by(city, hubs.tolist(), rows)
    assert np.ptp(np.bincount(turns, minlength=len(hubs))) <= 1


def test_a_service_line_is_for_the_cases_of_its_specialty_alone(world: World) -> None:
    after = under("tcm_alliance", world, members=24, skill=0.5)
    assert moved(world, after) == {"facilities.service_level"}
    facility, case = np.nonzero(after.facilities.service_level)
    suited = world.names.specialties.index("tcm")
    assert (world.needs.specialty[case] == suited).all()
    assert sorted(set(facility)) == of_kind(world, "township_centre", "community_centre").tolist()
    hub, own = (
        world.departments.level[world.choice.department[of_kind(world, kind)[0], suited]]
        for kind in ("county_tcm", "township_centre")
    )
    reached = after.facilities.service_level[facility, case]
    assert reached == pytest.approx(own + 0.5 * (hub - own))


def test_appeal_is_in_proportion_to_the_places_that_joined(world: World) -> None:
    after = under("tcm_alliance", world, members=6, appeal=470.54)
    kinds, cases = np.nonzero(after.choice.appeal)
    assert after.choice.appeal[kinds, cases] == pytest.approx(470.54 * 6 / 24)


@pytest.mark.parametrize(
    ("dose", "told"),
    [
        ({"members": 9}, "9 members, but 4 hospitals"),
        ({"members": 1, "hub": "county_tcm", "specialty": "surgery"}, "county tcm with a surgery"),
        ({"members": 4, "hub": "county_general"}, "does not rank below"),
        ({"members": 1, "hubs": ("湖北综合医院",)}, "nearest: 湖北省省级综合医院"),
        ({"members": 1, "places": ("阳新县综合院",)}, "nearest: 阳新县综合医院"),
        ({"members": 1, "kinds": ("township_centre",), "advice": 9.0}, "advice needs members"),
    ],
)
def test_an_alliance_that_cannot_be_is_refused(
    dose: dict[str, Any], told: str, world: World
) -> None:
    with pytest.raises(EffectError, match=told):
        under("specialty_alliance", world, **dose)


# --- communities --------------------------------------------------------------------------------


LEVERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"drugs": 1.0}, {"facilities.formulary"}),
    ({"staff": 2}, {"departments.doctors", "facilities.physicians", "departments.level"}),
    ({"slots": 0.2}, {"departments.held"}),
    ({"formal": 0.3}, {"facilities.referral_formal"}),
    ({"down": 0.03}, {"facilities.step_down", "facilities.step_down_target"}),
    ({"budget": 0.5}, {"facilities.spared"}),
]


@pytest.mark.parametrize(("dose", "paths"), LEVERS, ids=[next(iter(dose)) for dose, _ in LEVERS])
def test_each_lever_of_a_community_moves_its_own_columns(
    dose: dict[str, Any], paths: set[str], world: World
) -> None:
    after = under("county_medical_community", world, members=24, **dose)
    assert moved(world, after) == paths


def test_a_centre_belongs_to_the_hospital_at_the_end_of_its_referrals(city: World) -> None:
    terms = community.Terms(members=1000)
    found = community.communities(city, "x", "municipal_general", ("community_centre",), terms)
    assert [one.lead for one in found] == of_kind(city, "municipal_general").tolist()
    members = np.concatenate([one.members for one in found])
    assert sorted(members) == of_kind(city, "community_centre").tolist()
    for one in found:
        county = city.facilities.referral_target[one.members]
        assert (city.facilities.referral_target[county] == one.lead).all()
        assert np.isin(city.facilities.referral_target[one.clinics], one.members).all()


def test_rostered_doctors_are_the_lead_s_and_as_many_as_said(world: World) -> None:
    after = under("county_medical_community", world, members=24, staff=2)
    gain = (after.departments.doctors - world.departments.doctors).sum(axis=(1, 2))
    at = world.departments.facility
    assert gain.sum() == 0
    centres = of_kind(world, "township_centre", "community_centre")
    assert gain[np.isin(at, centres)].tolist() == [2] * len(centres)
    people = after.facilities.physicians - world.facilities.physicians
    assert people.sum() == pytest.approx(0.0, abs=1e-9) and (people[centres] > 0).all()


def test_a_lead_cannot_send_more_doctors_than_it_has(world: World) -> None:
    with pytest.raises(EffectError, match="half-days a week, but they hold"):
        under("county_medical_community", world, members=24, staff=120)


def test_a_group_binds_the_named_districts_alone(city: World) -> None:
    scenario = load(ROOT / "scenarios" / "huangshi_urban_group.yaml")
    after = scenario.timeline()[-1][1]
    drugs = after.facilities.formulary != city.facilities.formulary
    named = [city.names.counties.index(name) for name in scenario.policies[0].parameters["places"]]
    assert drugs.any()
    assert set(city.facilities.county[drugs]) <= set(named)
    with pytest.raises(EffectError, match="nearest: "):
        under("urban_medical_group", city, members=2, places=("黄石港",))


def test_needs_spared_a_bed_are_never_severe() -> None:
    base, d = worlds.county(), department_of("county_general", "general")
    thrifty = base.having(all_of(base, "facilities.spared", 1.0))
    c, admitted = condition("chronic_exacerbation"), ADMITTED
    shares = [
        [np.mean(treated(w, d, c, s)[:, OUTCOME] == admitted) for s in range(3)]
        for w in (base, thrifty)
    ]
    assert min(shares[0]) > 0 and shares[1][:2] == [0, 0] and shares[1][2] == shares[0][2]


@pytest.mark.parametrize(
    ("name", "dose"),
    [
        ("specialty_alliance", {"members": 1, "slots": 0.3, "formal": 0.5, "skill": 0.5}),
        ("tcm_alliance", {"members": 1, "skill": 1.0, "appeal": 470.0}),
        ("county_medical_community", {"members": 2, "drugs": 1.0, "staff": 1, "slots": 0.5,
                                      "formal": 0.5, "down": 0.3, "budget": 1.0}),
    ],
)  # fmt: skip
def test_the_engines_are_twins_under_it(name: str, dose: dict[str, Any]) -> None:
    world = worlds.county()
    assert_twins([(0, world), (1, under(name, world, **dose))], 3, 4)
