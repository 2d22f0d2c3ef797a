"""What hospitals share of tests, information and areas: who takes over, who sees, who files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds
from draws import close, condition
from test_alliance import moved, of_kind, under
from test_treatment import REPEATED, all_of, department_of, treated
from twins import assert_twins

from sim import behaviour, choice, geography, payment
from sim.effects import EffectError
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
HUANGSHI, EZHOU = 4202, 4207


@pytest.fixture(scope="module")
def neighbours() -> World:
    """Huangshi and Ezhou with their municipal hospitals whole, the hub as a slice."""
    return geography.areas_world((HUANGSHI, EZHOU), worlds.MONDAY.toordinal())


# --- tests of peers -----------------------------------------------------------------------------


@pytest.mark.parametrize(("other", "share"), [("municipal_general", 0.6), ("county_tcm", 0.0)])
def test_peers_of_one_grade_take_over_each_other_s_tests(other: str, share: float) -> None:
    base, d = worlds.county(), department_of("hub_general", "general")
    c = condition("cancer_complex")
    source = int(of_kind(base, other)[0])
    none = base.having(all_of(base, "facilities.recognition", 0.0))
    peers = none.having(all_of(none, "facilities.peers", 0.6))
    before, after = (treated(w, d, c, 1, tested_at=source)[:, REPEATED] for w in (none, peers))
    assert close(before.sum() - after.sum(), before.sum(), share)


def test_what_the_baseline_recognises_stays_where_peers_recognise_less() -> None:
    base, d = worlds.county(), department_of("hub_general", "general")
    c = condition("cancer_complex")
    source = int(of_kind(base, "municipal_general")[0])
    peers = base.having(all_of(base, "facilities.peers", 0.01))
    before, after = (treated(w, d, c, 1, tested_at=source) for w in (base, peers))
    assert (before == after).all()


def test_only_those_that_take_part_are_peers(city: World) -> None:
    after = under("mutual_recognition", city, coverage=0.5, fidelity=0.6, places=("大冶市",))
    at = np.flatnonzero(after.facilities.peers)
    assert after.facilities.peers[at] == pytest.approx(0.6)
    assert {city.names.counties[i] for i in city.facilities.county[at]} == {"大冶市"}
    with pytest.raises(EffectError, match="nearest: 大冶市"):
        under("mutual_recognition", city, coverage=0.5, places=("大冶县",))


# --- information --------------------------------------------------------------------------------


def freest(world: World, outlook: Any, severity: int) -> int:
    """Where a county hospital that sees what is free sends a case of the first place."""
    t, target = world.tables, int(of_kind(world, "municipal_general")[0])
    c = condition("moderate_acute")
    return int(choice.freest(
        t.facilities, t.choice, t.needs, outlook, 0, target, c, severity
    ))  # fmt: skip


def test_an_informed_referrer_sends_where_a_number_or_a_bed_is_free(city: World) -> None:
    hospitals, general = of_kind(city, "municipal_general"), city.names.specialties.index("general")
    departments = city.choice.department[hospitals, general]
    known = behaviour.outlook(city.departments, 1, 1, 5, len(city.facilities.code))
    known.days[:], known.minutes[:] = 5.0, 30.0
    assert freest(city, known, 0) == hospitals[0]  # none is better than the partner
    known.minutes[departments[1]] = 10.0
    assert freest(city, known, 0) == hospitals[1]
    known.days[departments[2]] = 4.0
    assert freest(city, known, 0) == hospitals[2]
    known.free_beds[hospitals[1]] = 3
    assert freest(city, known, 2) == hospitals[1]


def test_hospitals_post_and_every_referrer_sees(city: World) -> None:
    after = under("information_sharing", city, coverage=1.0, reads=0.4)
    books = city.departments.quota_minutes > 0
    assert after.departments.posted == pytest.approx(0.4 * books)
    refers = city.facilities.referral_target >= 0
    assert np.array_equal(after.facilities.informed > 0, refers)
    blind = under("information_sharing", city, coverage=1.0, reads=0.4, sees=False)
    assert moved(city, blind) == {"departments.posted"}


# --- areas --------------------------------------------------------------------------------------


def bill(world: World, place: int, facility: int) -> int:
    """Place in the bills of a case of somebody who has not filed."""
    t = world.tables
    seen = choice.seen(t.places, t.facilities, t.choice, place, facility, False)
    return int(seen[2]) // 2 % payment.AREAS


def test_in_one_area_nobody_files_and_nobody_else_gains(city: World) -> None:
    hub = int(of_kind(city, "hub_general")[0])
    own = int(of_kind(city, "municipal_general")[0])
    for prefectures, expected in ((1, 0), (2, payment.FILED)):
        after = under(
            "metropolitan_area", city, prefectures=prefectures, areas=("黄石市", "武汉市")
        )
        assert bill(after, 0, hub) == expected
        assert bill(after, 0, own) == bill(city, 0, own) == payment.INSIDE


def test_a_prefecture_may_be_named_wrongly(city: World) -> None:
    with pytest.raises(EffectError, match="nearest: 武汉市"):
        under("metropolitan_area", city, prefectures=1, areas=("武汉",))


def test_residents_know_hospitals_across_the_border(neighbours: World) -> None:
    kind = neighbours.names.kinds.index("municipal_general")
    area, home = neighbours.facilities.pooling_area, neighbours.places.pooling_area[:, None]
    before = neighbours.choice.option[:, kind]
    assert (area[before] == home)[before >= 0].all()
    after = under("metropolitan_area", neighbours, prefectures=2, areas=("黄石市", "鄂州市"))
    known = after.choice.option[:, kind]
    foreign = (known >= 0) & (area[known] != home)
    assert 0 < foreign.any(axis=1).mean() <= 1 and not foreign.all(axis=1).all()
    taste = np.diff(after.choice.taste[:, kind], axis=1, prepend=0.0)
    assert (taste >= -1e-12).all() and after.choice.taste[:, kind, -1] == pytest.approx(1.0)
    assert foreign[0].sum() == 0 or taste[0][foreign[0]].max() < 1
    assert (after.choice.travel[:, kind][known >= 0] > 0).all()
    blind = under(
        "metropolitan_area", neighbours, prefectures=2, areas=("黄石市", "鄂州市"), choices=False
    )
    assert np.array_equal(blind.choice.option, neighbours.choice.option)


def test_own_hospitals_keep_their_proportions_and_ways_their_length(neighbours: World) -> None:
    kind = neighbours.names.kinds.index("municipal_general")
    after = under("metropolitan_area", neighbours, prefectures=2, areas=("黄石市", "鄂州市"))
    checked = 0
    for place in range(0, len(neighbours.places.code), 97):
        shares = []
        for world in (neighbours, after):
            held = world.choice.option[place, kind]
            taste = np.diff(world.choice.taste[place, kind], prepend=0.0)
            shares.append({int(f): (s, t) for f, s, t in zip(
                held, taste, world.choice.travel[place, kind], strict=True) if f >= 0})  # fmt: skip
        both = sorted(shares[0].keys() & shares[1].keys())
        for f in both:
            assert shares[0][f][1] == shares[1][f][1]
            ratio = shares[1][f][0] * shares[0][both[0]][0]
            assert ratio == pytest.approx(shares[0][f][0] * shares[1][both[0]][0])
            checked += 1
    assert checked > 10


@pytest.mark.parametrize(
    ("name", "dose"),
    [
        ("mutual_recognition", {"coverage": 1.0, "fidelity": 0.9}),
        ("information_sharing", {"coverage": 1.0, "reads": 1.0}),
        ("metropolitan_area", {"prefectures": 2, "slots": 0.5, "formal": 0.5}),
    ],
)
def test_the_engines_are_twins_under_it(name: str, dose: dict[str, Any]) -> None:
    world = worlds.county()
    assert_twins([(0, world), (1, under(name, world, **dose))], 3, 4)
