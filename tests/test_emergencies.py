"""Ambulances, units and their hours, command, and when a surge is noticed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds

from sim import care, choice, people, policies, settling
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.behaviour import outlook
from sim.choice import Case
from sim.difference import flat
from sim.effects import EffectError, compose
from sim.engine import play, rules
from sim.policies import disease_control
from sim.rides import rides
from sim.rollout import Span, timeline
from sim.scenario import load
from sim.sphere import kilometres
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
HOUR = DAY // 24
MODERATE, SEVERE = 1, 2
CALLING = {"behaviour.calls": 1.0}


@cache
def world_of(scenario: str) -> World:
    return load(ROOT / "scenarios" / f"{scenario}.yaml").world()


def with_policy(name: str, world: World, **dose: Any) -> World:
    """The world with a policy at a dose."""
    return compose(world, policies.changes(name, world, dose))


def lines(world: World, specialty: str) -> np.ndarray:
    """Departments of a specialty that have a unit."""
    own = world.departments.specialty == world.names.specialties.index(specialty)
    return np.flatnonzero(own & (world.departments.unit_level > 0))


def goals(world: World, condition: str, severity: int, hour: int, number: int = 300) -> Any:
    """Where some residents of every place go at an hour who fall urgently ill."""
    known = outlook(world.departments, int(world.places.population.sum()),
                    len(world.names.townships), len(world.names.tiers),
                    len(world.facilities.code))  # fmt: skip
    living = settling.residents(world.tables.places, world.tables.people)
    table, found = rules.of(world, living, known), []
    case = Case(0, world.names.conditions.index(condition), severity, 0, -1, -1, -1)
    for n in range(number):
        place = n % len(world.places.code)
        who = people.person(
            table.places, table.people, table.payment, living, 5, place, n // 7 % 20
        )
        found.append((place, *rules.choose(table, who, case, hour * HOUR, 0)))
    return np.array(found)


@pytest.mark.parametrize("line", ["emergency", "surgery", "obstetrics", "paediatrics"])
def test_ambulances_go_to_the_nearest_centre_of_the_line(line: str) -> None:
    world = with_policy("emergency_centres", world_of("county_baseline"), centres=3)
    centre, ride = rides(world)
    at = world.names.specialties.index(line)
    rows = world.departments.facility[lines(world, line)]
    home, there = world.places, world.facilities
    km = kilometres(home.lon[:, None], home.lat[:, None], there.lon[rows], there.lat[rows])
    assert np.array_equal(centre[:, at], rows[km.argmin(axis=1)])
    minutes = world.care.ambulance_ready + 60 / world.care.ambulance_speed * km.min(axis=1)
    assert ride[:, at] / TICKS_PER_MINUTE == pytest.approx(minutes, abs=1e-5)
    other = world.names.specialties.index("tcm")
    assert (centre[:, other] == -1).all()


def test_a_world_without_centres_has_no_rides() -> None:
    assert rides(worlds.county())[0].shape[0] == 0


def test_who_calls_is_brought_to_the_centre_in_its_hours_and_no_one_else() -> None:
    base = worlds.county().having(CALLING)
    day = {"centres": 1, "opens": 8.0, "closes": 20.0, "staff": 0}
    world = with_policy("emergency_centres", base, **day)
    centre = rides(world)[0][:, world.names.specialties.index("surgery")]
    at_noon, at_night = (goals(world, "injury", SEVERE, hour) for hour in (12, 2))
    assert np.array_equal(at_noon[:, 2], centre[at_noon[:, 0]])
    usual = goals(base, "injury", SEVERE, 2)
    assert np.array_equal(at_night[:, 1:3], usual[:, 1:3])
    silent = world.having({"behaviour.calls": 0.0})
    assert np.array_equal(goals(silent, "injury", SEVERE, 12), goals(base, "injury", SEVERE, 12))
    mild = goals(world, "minor_acute", MODERATE, 12)
    assert np.array_equal(mild, goals(base, "minor_acute", MODERATE, 12))


def test_a_unit_helps_urgent_cases_in_its_hours() -> None:
    world = with_policy("emergency_centres", worlds.county(), centres=1, opens=8.0, closes=20.0)
    t = world.tables
    row = int(lines(world, "surgery")[0])
    seen = int(world.choice.emergency[world.departments.facility[row]])
    injury = world.names.conditions.index("injury")

    def level(hour: int) -> float:
        return care.skill_level.py_func(  # as every department that sees the case would
            t.facilities, t.departments, t.choice, t.needs, seen, injury, SEVERE, hour * HOUR
        )

    assert level(12) == world.departments.unit_level[row] > world.departments.level[seen]
    assert level(7) == level(20) == world.departments.level[seen]


def test_a_centre_ranks_above_its_like_and_rests_after_nights() -> None:
    before = world_of("county_baseline")
    after = with_policy("emergency_centres", before, centres=1, places=("阳新县综合医院",), staff=0)
    changed = np.flatnonzero(after.facilities.rank != before.facilities.rank)
    assert [after.names.facilities[i] for i in changed] == ["阳新县综合医院"]
    assert (after.departments.away - before.departments.away).sum() == 4 * 7
    by_day = with_policy("emergency_centres", before, centres=1, opens=8.0, closes=20.0)
    assert by_day.departments.away.sum() == 0


def test_more_centres_than_hospitals_and_a_wrong_name_are_refused() -> None:
    with pytest.raises(EffectError, match="9 centres, but 4 hospitals"):
        with_policy("emergency_centres", world_of("county_baseline"), centres=9)
    with pytest.raises(EffectError, match="nearest: 阳新县综合医院"):
        with_policy("emergency_centres", world_of("county_baseline"), centres=1,
                    places=("阳新县综合医阮",))  # fmt: skip


def test_command_calls_doctors_in_and_lends_beds() -> None:
    before = world_of("county_accident")
    after = with_policy("emergency_response", before, called=0.3, beds=0.5, base_level=5.0)
    gained = (after.departments.doctors - before.departments.doctors).sum(axis=(1, 2))
    emergency = before.departments.specialty == before.names.specialties.index("emergency")
    assert gained.sum() == 0
    assert (gained[emergency] >= 0).all()
    assert gained[emergency].sum() > 0
    assert after.facilities.beds.sum() == before.facilities.beds.sum()
    assert not np.array_equal(after.facilities.beds, before.facilities.beds)
    base = np.unique(after.departments.facility[after.departments.unit_level > 0])
    assert [after.names.kinds[after.facilities.kind[i]] for i in base] == ["municipal_general"]


# --- noticing a surge ------------------------------------------------------------------------


def params(**dose: Any) -> disease_control.Params:
    return disease_control.Params(lent=0.2, **dose)


def test_more_reports_and_shorter_confirmation_notice_a_surge_sooner() -> None:
    world = world_of("county_surge")
    days = [disease_control.begins(world, params(reporting=r)) for r in (0.05, 0.3, 1.0)]
    assert days == sorted(days, reverse=True)
    assert days[0] > days[-1] > 28
    soon = disease_control.begins(world, params(lag=0.0))
    assert disease_control.begins(world, params(lag=7.0)) == soon + 7
    last = int(world.surges.ends[0]) // DAY
    assert disease_control.begins(world, params(reporting=0.0, lag=0.0)) == last
    assert disease_control.begins(worlds.county(), params()) == 0


def test_nothing_changes_before_the_surge_is_noticed() -> None:
    world = world_of("county_surge")
    day = disease_control.begins(world, params())
    turns = timeline(world, [Span("disease_control", 28, 84, {"lent": 0.2})], 84)
    assert [first for first, _ in turns] == [0, day]
    assert turns[0][1] is world
    late = timeline(world, [Span("disease_control", day + 5, 84, {"lent": 0.2})], 84)
    assert [first for first, _ in late] == [0, day + 5]
    never = timeline(world, [Span("disease_control", 28, day, {"lent": 0.2})], 84)
    assert [first for first, _ in never] == [0]


def test_fever_clinics_take_doctors_of_the_same_hospital() -> None:
    before = world_of("county_surge")
    after = with_policy("disease_control", before, lent=0.2)
    moved = after.departments.doctors.astype(int) - before.departments.doctors
    for facility in np.unique(before.departments.facility[np.flatnonzero(moved.any(axis=(1, 2)))]):
        own = before.departments.facility == facility
        assert (moved[own].sum(axis=0) == 0).all()
        general = before.choice.department[facility, before.names.specialties.index("general")]
        assert moved[general].sum() > 0
        assert (np.delete(moved[own], np.flatnonzero(np.flatnonzero(own) == general), 0) <= 0).all()


def test_advice_links_lower_places_to_a_hospital_of_the_county() -> None:
    after = with_policy("disease_control", world_of("county_surge"), lent=0.2, advice=0.5)
    asking = after.departments.remote_point >= 0
    tiers = after.facilities.tier[after.departments.facility[asking]]
    assert set(tiers) == {after.names.tiers.index(name) for name in ("village", "township")}
    asked = np.unique(after.departments.facility[after.departments.remote_point[asking]])
    assert [after.names.kinds[after.facilities.kind[i]] for i in asked] == ["county_general"]


def test_choosing_reads_only_what_it_should() -> None:
    """A world whose ambulances nobody calls is played as one without."""
    base = worlds.county().having({"behaviour.calls": 0.0})
    rows = np.flatnonzero(base.departments.always > 0)
    fetches = base.departments.fetches.copy()
    fetches[rows] = 1
    with_rides = base.having({"departments.fetches": fetches})
    assert worlds.same(play([(0, base)], 3, 2), play([(0, with_rides)], 3, 2))
    assert {p for (p, a), (_, b) in zip(flat(base), flat(with_rides), strict=True)
            if not np.array_equal(a, b)} == {"departments.fetches"}  # fmt: skip
    assert choice.offers(with_rides).centre.shape[0] == len(base.places.code)
