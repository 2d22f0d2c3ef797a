"""Prefectures and provinces hold what their residents have, and people choose across borders."""

import datetime
import pickle

import numpy as np
import pytest

from sim import candidates, departments, register
from sim.attraction import balanced
from sim.capacity import BASES, capacity, general_tertiary, residents_of
from sim.divisions import counties_of
from sim.engine.midnight import check_links
from sim.facilities import own_units
from sim.geography import county_world, prefecture_world, province_world
from sim.hospitals import hospitals_in, service_areas, wide_units
from sim.places import counties, settlement

FIRST_DAY = datetime.date(2022, 3, 7).toordinal()
HUNAN, HUBEI, SHENNONGJIA = 43, 42, 429021
PROVINCES = (21, HUBEI, HUNAN, 51)
WIDE = ("municipal_general", "hub_general", "children_hospital")
TOGETHER = {"township_centre": "community_centre", "clinic": "community_station"}


@pytest.fixture(scope="module")
def hunan():
    return province_world("Hunan", FIRST_DAY)


@pytest.fixture(scope="module")
def huangshi():
    return prefecture_world("Huangshi", FIRST_DAY)


def of_kinds(world, *names):
    """Rows of facilities of some kinds."""
    return np.isin(world.facilities.kind, [world.names.kinds.index(name) for name in names])


def expected_visitors(world, kind):
    """Residents whose usual facility of a kind each facility is, if all used that kind."""
    option, taste = world.choice.option[:, kind], world.choice.taste[:, kind]
    share = np.where(option >= 0, np.diff(taste, axis=1, prepend=0.0), 0.0)
    people = share * world.places.population[:, None]
    return np.bincount(np.maximum(option, 0).ravel(), people.ravel(), len(world.facilities.code))


@pytest.mark.invariant
def test_hunan_has_every_resident_place_and_county(hunan):
    assert hunan.places.population.sum() == 66_444_864
    by_county = np.bincount(hunan.places.county, hunan.places.population)
    assert by_county.tolist() == [row.population for row in counties_of(HUNAN)]
    assert list(hunan.names.county_codes) == [row.code for row in counties_of(HUNAN)]
    assert len(set(hunan.names.counties)) == len(hunan.names.counties) == 122
    assert len(hunan.names.places) == len(set(hunan.places.code.tolist()))


@pytest.mark.invariant
def test_every_county_has_its_own_ages(hunan):
    for index, row in enumerate(counties_of(HUNAN)):
        assert set(hunan.places.age_mix[hunan.places.county == index]) == {index}
        shares = np.diff(hunan.people.age_cumulative[index], prepend=0.0)
        np.testing.assert_allclose(shares, np.array(row.ages) / sum(row.ages), rtol=1e-9)


@pytest.mark.invariant
def test_every_kind_tier_and_department_is_there(hunan, huangshi):
    for world in (hunan, huangshi):
        assert set(world.facilities.kind) == set(range(len(world.names.kinds)))
        assert set(world.facilities.tier) == set(range(len(world.names.tiers)))
        assert set(world.departments.specialty) == set(range(len(world.names.specialties)))


@pytest.mark.invariant
@pytest.mark.parametrize("kind", [k for k in BASES if register.KIND[k].tier != "village"])
def test_physicians_and_beds_of_a_province_are_the_capacity_of_its_residents(hunan, kind):
    """Physicians exactly; beds and duty doctors to half a unit for each group that is rounded."""
    kinds = (kind, TOGETHER.get(kind, kind))
    if kind in TOGETHER.values():
        kinds = next((k, v) for k, v in TOGETHER.items() if v == kind)
    rows, here = of_kinds(hunan, *kinds), residents_of(counties_of(HUNAN))
    amounts = [capacity(each, here) for each in dict.fromkeys(kinds)]
    amounts += [general_tertiary(here)] if kind == "county_general" else []
    physicians = sum(amount.physicians for amount in amounts)
    assert hunan.facilities.physicians[rows].sum() == pytest.approx(physicians)
    held = hunan.facilities
    groups = np.unique(np.stack([held.kind, held.county, held.pooling_area])[:, rows], axis=1)
    beds = sum(amount.beds for amount in amounts)
    assert abs(held.beds[rows].sum() - beds) <= groups.shape[1] / 2
    doctors = duty(hunan, rows)
    assert doctors >= sum(amount.duty for amount in amounts) - groups.shape[1] / 2
    assert doctors == pytest.approx(sum(amount.duty for amount in amounts), rel=0.02)


def duty(world, facilities):
    """Weekday doctors outside emergency departments."""
    held = world.departments
    return held.doctors[facilities[held.facility] & (held.always == 0), 0, 0].sum()


@pytest.mark.invariant
@pytest.mark.parametrize("province", PROVINCES)
def test_hospitals_that_serve_many_counties_share_the_capacity_of_all(province):
    rows = counties_of(province)
    units, here = wide_units(rows, whole_hubs=True), residents_of(rows)
    assert not any(unit.sliced for unit in units)
    for kind in WIDE:
        amounts = np.sum([unit.amounts for unit in units if unit.kind == kind], axis=0)
        np.testing.assert_allclose(amounts, capacity(kind, here), rtol=1e-9)
    assert len({unit.code for unit in units}) == len({unit.name for unit in units}) == len(units)
    whole = departments.whole_by_kind(units, "duty")
    total = sum(capacity(kind, here).duty for kind in WIDE)
    assert abs(whole.sum() - total) <= len(service_areas(rows)) / 2 + 1


@pytest.mark.unit
def test_whole_hospitals_are_about_as_large_as_the_nations_tertiary_ones():
    for unit in wide_units(counties_of(HUNAN), whole_hubs=True):
        if unit.kind != "children_hospital":
            assert 250 < unit.amounts.physicians < 570, unit.name
    hubs = [u for u in wide_units(counties_of(HUNAN), True) if u.kind == "hub_general"]
    assert len(hubs) == hospitals_in(capacity("hub_general", residents_of(counties_of(HUNAN))))


@pytest.mark.unit
def test_hospitals_stand_in_districts_of_their_area_the_densest_first():
    units = wide_units(counties_of(HUBEI), whole_hubs=True)
    for unit in units:
        seat = counties()[unit.site // 1_000_000]
        assert seat.kind == "district" or seat.pooling_area in (4228, 429004, 429005, 429006)
        assert unit.pooling_area == seat.pooling_area
        assert counties_of(HUBEI)[unit.seat] == seat
    huangshi = [unit for unit in units if unit.pooling_area == 4202]
    assert len({(unit.lon, unit.lat) for unit in huangshi}) == len(huangshi) == 3


@pytest.mark.unit
def test_directly_administered_counties_have_hospitals_of_their_own_unless_too_small():
    areas = service_areas(counties_of(HUBEI))
    assert {429004, 429005, 429006} <= set(areas)
    assert SHENNONGJIA not in areas
    assert [area for area, rows in areas.items() if counties()[SHENNONGJIA] in rows] == [4203]
    alone = service_areas([counties()[SHENNONGJIA]])
    assert list(alone) == [SHENNONGJIA]


@pytest.mark.invariant
def test_rows_of_a_county_lie_together_and_wide_hospitals_last(hunan, huangshi):
    for world in (hunan, huangshi):
        county, local = world.facilities.county, world.facilities.county >= 0
        assert (np.diff(county[local]) >= 0).all() and local[: local.sum()].all()
        assert (world.facilities.county[of_kinds(world, *WIDE)] == -1).all()
        assert local.sum() == (~of_kinds(world, *WIDE)).sum()
        assert (np.diff(world.facilities.rank[~local]) >= 0).all()
        assert (np.diff(world.departments.facility) >= 0).all()
        assert (np.diff(world.places.county) >= 0).all()
        assert (np.diff(world.places.township) >= 0).all()
        assert world.places.township.max() < len(world.names.townships)


@pytest.mark.invariant
def test_codes_and_names_are_unique(hunan, huangshi):
    for world in (hunan, huangshi):
        for values in (world.facilities.code.tolist(), world.names.facilities):
            assert len(set(values)) == len(world.facilities.code)


@pytest.mark.invariant
def test_links_follow_ranks_and_stay_in_the_county_or_area(hunan, huangshi):
    for world in (hunan, huangshi):
        check_links(world)
        held, target = world.facilities, world.facilities.referral_target
        assert (target[held.rank < held.rank.max()] >= 0).all()
        low = np.flatnonzero(np.isin(held.tier, (0, 1)))
        np.testing.assert_array_equal(held.county[target[low]], held.county[low])
        county = np.flatnonzero(held.tier == 2)
        np.testing.assert_array_equal(
            held.pooling_area[target[county]], held.pooling_area[county]
        )
        down = np.flatnonzero((held.step_down_target >= 0) & (held.county >= 0))
        np.testing.assert_array_equal(
            held.county[held.step_down_target[down]], held.county[down]
        )


@pytest.mark.invariant
def test_hubs_take_formal_referrals_in_turn(hunan):
    municipal = of_kinds(hunan, "municipal_general")
    numbers = np.bincount(hunan.facilities.referral_target[municipal], minlength=len(municipal))
    assert numbers.max() - numbers[of_kinds(hunan, "hub_general")].min() <= 1


@pytest.mark.invariant
def test_a_county_has_the_same_facilities_alone_and_in_its_prefecture(huangshi):
    alone = county_world("阳新县", FIRST_DAY)
    index = huangshi.names.counties.index("阳新县")
    ours, own = huangshi.facilities.county == index, alone.facilities.county == 0
    for name in ("code", "kind", "grade", "lon", "lat", "beds", "physicians", "tests"):
        np.testing.assert_array_equal(
            getattr(huangshi.facilities, name)[ours], getattr(alone.facilities, name)[own], name
        )
    queues, queues_alone = ours[huangshi.departments.facility], own[alone.departments.facility]
    for name in ("doctors", "specialty", "opens", "quota_minutes"):
        np.testing.assert_array_equal(
            getattr(huangshi.departments, name)[queues],
            getattr(alone.departments, name)[queues_alone], name,
        )
    homes = huangshi.places.county == index
    for name in ("code", "population", "urban", "lon", "lat"):
        np.testing.assert_array_equal(
            getattr(huangshi.places, name)[homes], getattr(alone.places, name)
        )


@pytest.mark.invariant
def test_only_what_lies_outside_is_a_slice_with_background(hunan, huangshi):
    assert len(hunan.streams.code) == 0 and hunan.streams.rate.shape == (0, 24)
    owner = huangshi.departments.facility[huangshi.streams.department]
    assert set(huangshi.facilities.tier[owner]) == {huangshi.names.tiers.index("hub")}


@pytest.mark.invariant
def test_every_place_has_a_choice_at_each_tier_and_own_places_first(hunan, huangshi):
    for world in (hunan, huangshi):
        option, names = world.choice.option, world.names
        tiers = np.array([register.KIND[kind].tier for kind in names.kinds])
        for tier in register.TIERS:
            assert (option[:, tiers == tier] >= 0).any(axis=(1, 2)).all(), tier
        rural = np.flatnonzero(world.places.urban == 0)
        clinic = option[rural, names.kinds.index("village_clinic"), 0]
        assert (world.facilities.code[clinic] // 10_000 == world.places.code[rural]).all()
        kinds = [counties()[code].kind for code in names.county_codes]
        loyal = np.array([kind != "district" for kind in kinds])[world.places.county]
        general = option[loyal, names.kinds.index("county_general"), 0]
        assert (world.facilities.county[general] == world.places.county[loyal]).all()


@pytest.mark.invariant
def test_candidates_are_of_their_kind_once_and_shares_end_at_one(hunan):
    option, taste = hunan.choice.option, hunan.choice.taste
    for kind in range(len(hunan.names.kinds)):
        held = option[:, kind]
        assert (hunan.facilities.kind[held[held >= 0]] == kind).all()
        both = (held[:, :, None] == held[:, None, :]) & (held >= 0)[:, :, None]
        assert (both.sum(axis=2) <= 1).all()
    assert (np.diff(taste, axis=2) >= 0).all() and (taste[:, :, -1] == 1.0).all()
    assert (hunan.choice.travel[option >= 0] >= register.value("travel_access_minutes")).all()


@pytest.mark.invariant
def test_choices_cross_the_borders_of_counties_but_rarely_at_county_hospitals(hunan):
    held, places = hunan.facilities, hunan.places
    rural = np.array([counties()[c].kind != "district" for c in hunan.names.county_codes])
    at = rural[places.county]
    for kind, low, high in (("clinic", 0.9, 0.999), ("county_general", 0.9, 0.999)):
        option = hunan.choice.option[at, hunan.names.kinds.index(kind)]
        taste = hunan.choice.taste[at, hunan.names.kinds.index(kind)]
        share = np.where(option >= 0, np.diff(taste, axis=1, prepend=0.0), 0.0)
        own = held.county[option] == places.county[at][:, None]
        assert low < np.average((share * own).sum(axis=1), weights=places.population[at]) < high


@pytest.mark.invariant
def test_municipal_hospitals_are_those_of_the_own_pooling_area(hunan):
    kind = hunan.names.kinds.index("municipal_general")
    option = hunan.choice.option[:, kind]
    area = np.where(option >= 0, hunan.facilities.pooling_area[option], -1)
    assert ((area == hunan.places.pooling_area[:, None]) | (option < 0)).all()


@pytest.mark.invariant
@pytest.mark.parametrize("kind", ["municipal_general", "hub_general"])
def test_hospitals_attract_residents_by_their_size(hunan, kind):
    visitors = expected_visitors(hunan, hunan.names.kinds.index(kind))
    rows = of_kinds(hunan, kind)
    each = visitors[rows] / hunan.facilities.physicians[rows]
    assert each.max() / each.min() < 1.25


@pytest.mark.unit
def test_balanced_weights_give_every_hospital_its_size_and_keep_the_order_of_distance():
    pulls = np.array([[1.0, 0.1, 0.01], [0.5, 0.5, 0.1], [0.1, 0.9, 0.2]])
    people, size = np.array([100.0, 50.0, 30.0]), np.array([3.0, 2.0, 1.0])
    weight = balanced(pulls, people, size, 30)
    share = weight / weight.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(people @ share, 180.0 * size / 6.0, rtol=1e-3)
    odds = share[:, 0] / share[:, 1]
    np.testing.assert_allclose(odds / odds[0], (pulls[:, 0] / pulls[:, 1]) / 10.0, rtol=1e-9)


@pytest.mark.luck
def test_the_tree_proposes_and_never_decides(huangshi, monkeypatch):
    monkeypatch.setattr(candidates, "ALL_PAIRS", 0)
    again = prefecture_world("Huangshi", FIRST_DAY)
    for one, other in zip(huangshi.choice, again.choice, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.unit
def test_nearest_of_many_equals_the_comparison_of_all(monkeypatch):
    home = settlement(420222)
    units = [unit for unit in own_units(home) if unit.kind == "clinic"]
    lon, lat = (np.array([getattr(unit, axis) for unit in units]) for axis in ("lon", "lat"))
    none = np.full((len(home.places.code), 1), -1)
    every = candidates.nearby(home.places, lon, lat, none, 9)
    monkeypatch.setattr(candidates, "ALL_PAIRS", 0)
    monkeypatch.setattr(candidates, "NEIGHBOURS", 1)
    np.testing.assert_array_equal(candidates.nearby(home.places, lon, lat, none, 9), every)


@pytest.mark.luck
def test_another_placement_seed_moves_villages_of_a_prefecture_and_no_resident(huangshi):
    other = prefecture_world("Huangshi", FIRST_DAY, placement_seed=1)
    np.testing.assert_array_equal(huangshi.places.population, other.places.population)
    assert (huangshi.places.lon != other.places.lon).mean() > 0.9


@pytest.mark.unit
def test_a_prefecture_survives_pickling(huangshi):
    again = pickle.loads(pickle.dumps(huangshi))
    assert again.names == huangshi.names
    np.testing.assert_array_equal(again.choice.option, huangshi.choice.option)
    assert not again.choice.option.flags.writeable
