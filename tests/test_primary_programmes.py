"""Village doctors, standardised clinics, tests read above, refills online: what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds
from draws import close, condition
from test_alliance import moved, of_kind, under
from test_treatment import OUTCOME, TESTED, all_of, department_of, treated
from twins import assert_twins, on_every_engine

from sim import targets
from sim.arithmetic import DAY
from sim.effects import EffectError, compose
from sim.engine import play
from sim.events import CONTACT_BITS, REMOTE, RESOLVED
from sim.policies import internet_hospital, village_doctors
from sim.scenario import load
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
GENERAL = "general"
READER = 7  # column of `Treatment`


def doctors_of(world: World, kind: str) -> np.ndarray:
    """Half-days of a week with a doctor at each facility of a kind."""
    at = world.names.specialties.index(GENERAL)
    return world.departments.doctors[world.choice.department[of_kind(world, kind), at]].sum((1, 2))


# --- village doctors ----------------------------------------------------------------------------


def posts(world: World, **dose: Any) -> village_doctors.Posts:
    """What has become of the village clinics, in keyed order."""
    rows = targets.chosen(world, ("village_clinic",))
    return village_doctors.after(world, rows, village_doctors.Params(**dose))


def test_graduates_come_by_commission_after_three_years_and_by_recruitment_before(
    world: World,
) -> None:
    dose: dict[str, Any] = {"villages": 0.6, "commissioned": 0.3, "recruited": 0.2}
    meant = int(0.6 * len(of_kind(world, "village_clinic")) + 0.5)
    came = [posts(world, months=m, **dose).graduate.sum() for m in (0.0, 3.0, 6.0, 35.9, 36.0)]
    assert came[0] == 0 < came[1] < came[2] == came[3] < came[4]
    assert close(came[2], meant, 0.2) and close(came[4], meant, 0.5)
    assert posts(world, months=36.0, **dose).trained.sum() == meant


def test_those_upgraded_in_post_are_absent_for_the_course_and_no_new_person(world: World) -> None:
    dose: dict[str, Any] = {"villages": 1.0, "commissioned": 0.0, "recruited": 0.0, "course": 12.0}
    found = posts(world, months=18.0, **dose)
    clinics = len(of_kind(world, "village_clinic"))
    assert close(found.studying.sum(), clinics, 12 / 24) and not found.graduate.any()
    after = under("village_doctors", world, months=18.0, away=1.0, **dose)
    assert (doctors_of(after, "village_clinic") == 0).sum() == found.studying.sum()
    assert after.departments.new_doctors.sum() == 0


def test_attrition_empties_posts_and_residents_choose_another_clinic(world: World) -> None:
    after = under("village_doctors", world, attrition=0.05, months=36.0)
    clinics = of_kind(world, "village_clinic")
    empty = clinics[doctors_of(after, "village_clinic") == 0]
    assert close(len(empty), len(clinics), 0.15)
    assert not np.isin(after.choice.option, empty).any()
    kind = world.names.kinds.index("village_clinic")
    held = after.choice.option[:, kind] >= 0
    assert held.any(axis=1).all() and (after.choice.travel[:, kind][held] > 0).all()


def test_a_graduate_takes_a_vacant_post_and_there_are_no_more_doctors(world: World) -> None:
    dose: dict[str, Any] = {"attrition": 0.1, "months": 36.0, "commissioned": 1.0, "recruited": 0.0}
    left = under("village_doctors", world, **dose)
    filled = under("village_doctors", world, villages=1.0, **dose)
    assert np.array_equal(filled.departments.doctors, world.departments.doctors)
    gone = world.departments.doctors - left.departments.doctors
    assert np.array_equal(left.departments.away, gone) and gone.sum() > 0
    assert not filled.departments.away.any() and not filled.departments.new_doctors.any()


def test_more_ways_than_all_are_refused(world: World) -> None:
    with pytest.raises(EffectError, match="more than all villages"):
        under("village_doctors", world, villages=0.5, commissioned=0.7, recruited=0.7)


# --- clinics to standard ------------------------------------------------------------------------


def test_the_standard_is_reached_evenly_over_the_ramp(world: World) -> None:
    reached = [
        under("clinic_standardisation", world, coverage=1.0, months=m).facilities.test_share
        for m in (9.0, 36.0, 72.0)
    ]
    rows, before = of_kind(world, "village_clinic"), 0.1
    for share, months in zip(reached, (9.0, 36.0, 36.0), strict=True):
        assert share[rows] == pytest.approx(1 - (1 - before) * (1 - 0.3 * months / 36))


def test_days_open_what_was_closed_and_are_in_the_ledger(world: World) -> None:
    after = under("clinic_standardisation", world, coverage=1.0, days=1)
    opened = after.departments.doctors - world.departments.doctors
    assert opened.sum() == len(of_kind(world, "village_clinic"))
    assert opened[:, 6, 1].sum() == opened.sum()  # Sunday afternoons
    assert np.array_equal(opened, after.departments.free_time)


# --- tests read above ---------------------------------------------------------------------------


def test_who_lacks_a_test_alone_is_answered_tomorrow_and_nobody_else_changes() -> None:
    base, d = worlds.county(), department_of("township_centre", GENERAL)
    reader, c = department_of("county_general", "remote"), condition("moderate_acute")
    linked = base.having(
        all_of(base, "departments.reading_point", reader) | all_of(base, "departments.reading", 0.5)
    )
    before, after = (treated(w, d, c, 0) for w in (base, linked))
    read = after[:, READER] == reader
    assert (after[~read] == before[~read]).all()
    assert (after[read, OUTCOME] == REMOTE).all() and (after[read, TESTED] == 1).all()
    assert not (before[read, OUTCOME] == RESOLVED).any() and not before[read, TESTED].any()
    full = treated(base.having(all_of(base, "facilities.test_share", 1.0)), d, c, 0)
    gained = (full[:, OUTCOME] == RESOLVED) & (before[:, OUTCOME] != RESOLVED)
    assert read[gained].sum() == read.sum() and close(read.sum(), gained.sum(), 0.5)


@on_every_engine
def test_readings_resolve_on_a_later_day_and_wait_for_their_readers(engine: str) -> None:
    world = worlds.county()
    after = under("shared_diagnostics", world, coverage=1.0, reading=1.0, readers=1)
    said = play([(0, after)], 1, 6, engine=engine)
    r = said.remote
    done = r["reply"] >= 0
    assert done.any() and (r["outcome"][done] == 0).all()
    assert (r["reply"][done] // DAY > r["end"][done] // DAY).all()
    weekend = (r["start"][r["start"] >= 0] // DAY) % 7 >= 5
    assert not weekend.any()


def test_nobody_is_linked_to_a_hospital_where_nobody_reads(world: World) -> None:
    after = under("shared_diagnostics", world, coverage=1.0, readers=0)
    assert np.array_equal(after.departments.reading_point, world.departments.reading_point)


# --- refills online -----------------------------------------------------------------------------


def online_runs(engine: str, **dose: Any) -> tuple[World, dict[str, np.ndarray], Any]:
    """A small county in which everybody asks for refills online."""
    world = compose(
        worlds.county(),
        internet_hospital.effects(
            worlds.county(), internet_hospital.Params(share=1.0, doctors=3, **dose)
        ),
    )
    said = play([(0, world)], 1, 6, engine=engine)
    return world, said.visits, said.remote


@on_every_engine
def test_what_is_settled_online_needs_no_visit(engine: str) -> None:
    world, visits, remote = online_runs(engine, settles=1.0)
    refill = world.names.conditions.index("chronic_follow_up")
    assert len(remote["visit"]) and (remote["condition"] == refill).all()
    mine = (visits["resident"] >= 0) & (visits["condition"] == refill)
    assert not mine.any()
    hub = np.unique(remote["department"])
    assert [world.names.specialties[s] for s in world.departments.specialty[hub]] == ["remote"]


@on_every_engine
def test_what_is_not_settled_comes_in_person_after_the_reply(engine: str) -> None:
    world, visits, remote = online_runs(engine, settles=0.0)
    refill = world.names.conditions.index("chronic_follow_up")
    mine = (visits["resident"] >= 0) & (visits["condition"] == refill)
    episode = (remote["visit"] >> CONTACT_BITS).tolist()
    reply = dict(zip(episode, remote["reply"].tolist(), strict=True))
    came = zip(visits["visit"][mine] >> CONTACT_BITS, visits["arrival"][mine], strict=True)
    assert mine.any() and all(0 <= reply[int(e)] < arrival for e, arrival in came)


def test_only_residents_of_the_named_counties_ask_online() -> None:
    city = load(ROOT / "scenarios" / "huangshi_baseline.yaml").world()
    after = under("internet_hospital", city, share=0.1, places=("阳新县",))
    asking = np.unique(city.places.county[after.choice.online > 0])
    assert [city.names.counties[i] for i in asking] == ["阳新县"]
    with pytest.raises(EffectError, match="nearest: 阳新县"):
        under("internet_hospital", city, share=0.1, places=("阳新",))
    assert moved(city, after) == {
        "choice.online", "choice.online_point", "departments.doctors", "departments.settles",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "dose"),
    [
        ("village_doctors", {"villages": 0.5, "months": 24.0, "attrition": 0.2, "away": 0.5}),
        ("clinic_standardisation", {"coverage": 1.0, "days": 1}),
        ("shared_diagnostics", {"coverage": 1.0, "reading": 1.0}),
        ("internet_hospital", {"share": 0.5, "doctors": 2}),
    ],
)
def test_the_engines_are_twins_under_it(name: str, dose: dict[str, Any]) -> None:
    world = worlds.county()
    assert_twins([(0, world), (1, under(name, world, **dose))], 3, 4)
