"""Points on foot, remote villages, and places that a programme reaches first."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds

from sim import geography, policies, siting
from sim.effects import EffectError, compose
from sim.policies import fifteen_minute_circle, outreach_clinics
from sim.scenario import load
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
DISTRICTS = ("黄石港区", "西塞山区", "下陆区", "铁山区")
SEEDS = (0, 1, 2)


@cache
def huangshi(seed: int = 0) -> World:
    return geography.prefecture_world("Huangshi", worlds.MONDAY.toordinal(), seed)


@cache
def yangxin() -> World:
    return load(ROOT / "scenarios" / "county_baseline.yaml").world()


def with_policy(name: str, world: World, **dose: Any) -> World:
    """The world with a policy at a dose."""
    return compose(world, policies.changes(name, world, dose))


def at_hand(world: World, words: tuple[str, ...] = (), walk: float = 0.9) -> float:
    """Share of urban residents with a public primary place, which they know, within the walk."""
    rows = siting.places_covered(world, 1.0, words)
    rows = rows[world.places.urban[rows] == 1]
    kinds = [world.names.kinds.index(name) for name in fifteen_minute_circle.PUBLIC]
    known = world.choice.option[rows][:, kinds].reshape(len(rows), -1)
    home, there = world.places, world.facilities
    km = siting.between(home.lon[rows][:, None], home.lat[rows][:, None],
                        there.lon[known], there.lat[known])  # fmt: skip
    near = ((km <= walk) & (known >= 0)).any(axis=1)
    people = world.places.population[rows]
    return float((people * near).sum() / people.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_points_bring_public_care_within_the_walk_under_every_placement(seed: int) -> None:
    """The level is a property of the placement; what the policy changes is the same in kind."""
    before = huangshi(seed)
    some, all_ = (
        with_policy("fifteen_minute_circle", before, points=points) for points in (10, 60)
    )
    assert 0.7 < at_hand(before) < at_hand(some) < at_hand(all_)
    assert at_hand(all_) > 0.99


@pytest.mark.parametrize("seed", SEEDS)
def test_the_four_districts_are_within_the_walk_already(seed: int) -> None:
    """A finding: stations stand so near each other there that the programme has little to do."""
    assert at_hand(huangshi(seed), DISTRICTS) > 0.95
    asked = fifteen_minute_circle.Params(points=200, places=DISTRICTS)
    assert len(fifteen_minute_circle.planned(huangshi(seed), asked).points) <= 3


def test_points_are_clinics_that_become_stations_and_no_doctor_is_made() -> None:
    before = huangshi()
    after = with_policy("fifteen_minute_circle", before, points=20)
    changed = np.flatnonzero(after.facilities.kind != before.facilities.kind)
    station, clinic = (before.names.kinds.index(k) for k in ("community_station", "clinic"))
    assert (before.facilities.kind[changed] == clinic).all()
    assert (after.facilities.kind[changed] == station).all()
    assert len(changed) == 20
    moved = after.departments.doctors.astype(int) - before.departments.doctors
    assert (moved.sum(axis=0) == 0).all()
    donors = before.departments.facility[moved.sum(axis=(1, 2)) < 0]
    centre = before.names.kinds.index("community_centre")
    assert (before.facilities.kind[donors] == centre).all()
    assert (after.departments.doctors[moved.sum(axis=(1, 2)) < 0, :5] >= 1).all()


def test_added_doctors_are_new_and_marked() -> None:
    before = huangshi()
    after = with_policy("fifteen_minute_circle", before, points=10, sessions=2, added=1.0)
    new = after.departments.new_doctors
    assert new.sum() == 20
    assert np.array_equal(after.departments.doctors - new, before.departments.doctors)


def test_tastes_of_places_with_new_points_still_rise_to_one() -> None:
    after = with_policy("fifteen_minute_circle", huangshi(), points=40)
    kind = after.names.kinds.index("community_station")
    taste, option = after.choice.taste[:, kind], after.choice.option[:, kind]
    assert (np.diff(taste, axis=1) >= 0.0).all()
    assert taste[:, -1] == pytest.approx(1.0)
    last = (option >= 0).sum(axis=1) - 1
    held = np.flatnonzero(last >= 0)
    assert taste[held, last[held]] == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", ["黄石港", "阳心县"])
def test_a_wrong_place_gets_the_nearest(wrong: str) -> None:
    with pytest.raises(EffectError, match=r"nearest: (黄石港|阳新县)"):
        with_policy("fifteen_minute_circle", huangshi(), points=2, places=(wrong,))


# --- remote villages -----------------------------------------------------------------------------


def test_the_farthest_villages_are_visited_first_each_once_a_week() -> None:
    before = yangxin()
    after = with_policy("outreach_clinics", before, villages=12, days=("tuesday", "thursday"))
    looked = np.flatnonzero(after.places.screened > 0)
    assert len(looked) == 12
    hospitals = np.flatnonzero(before.facilities.kind == before.names.kinds.index("county_general"))
    rural = np.flatnonzero(before.places.urban == 0)
    km = siting.nearest(before, rural, hospitals).km
    assert siting.nearest(before, looked, hospitals).km.min() >= np.sort(km)[-12] - 1e-9
    gained = after.departments.doctors.astype(int) - before.departments.doctors
    clinics = gained.sum(axis=(1, 2)) > 0
    assert clinics.sum() == 12
    assert (gained[clinics].sum(axis=(1, 2)) == 1).all()
    assert set(np.flatnonzero(gained[clinics].any(axis=(0, 2)))) == {1, 3}
    assert (gained.sum(axis=0) == 0).all()


def test_skill_and_drugs_are_those_of_the_part_of_the_week_that_doctors_visit() -> None:
    before = yangxin()
    after = with_policy("outreach_clinics", before, villages=3, team=2, drugs=1.0)
    rows = np.flatnonzero(after.departments.level != before.departments.level)
    held = before.departments.doctors[rows].sum(axis=(1, 2))
    part = 2 / (2 + held)
    own = before.departments.level[rows]
    assert after.departments.level[rows] == pytest.approx(own + part * (3.3 - own))
    shelf = before.departments.facility[rows]
    lacking = 1.0 - before.facilities.formulary[shelf]
    assert after.facilities.formulary[shelf] == pytest.approx(1.0 - lacking * (1.0 - part))


def test_more_villages_than_have_clinics_are_refused() -> None:
    asked = outreach_clinics.Params(villages=10_000)
    with pytest.raises(EffectError, match="visits 10000 villages, but"):
        outreach_clinics.effects(yangxin(), asked)


def test_what_is_covered_first_stays_covered() -> None:
    world = yangxin()
    reached = [set(siting.places_covered(world, share).tolist()) for share in (0.1, 0.4, 1.0)]
    assert reached[0] < reached[1] < reached[2]
    assert len(reached[2]) == len(world.places.code)
    town = siting.places_covered(world, 1.0, ("龙港镇",))
    assert {world.names.townships[t] for t in world.places.township[town]} == {"龙港镇"}
