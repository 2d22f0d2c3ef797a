"""Places are where and as many as the tables say, whatever the order of the files."""

import datetime
import gzip
import math

import numpy as np
import pytest

from sim import divisions, places, register
from sim.geography import county, county_world, travel_minutes
from sim.places import UnknownPlace, apportion, counties, inside, kilometres, settle, settlement

YANGXIN = 420222
FIRST_DAY = datetime.date(2022, 1, 1).toordinal()
PROVINCES = {21: 42_591_407, 42: 57_752_557, 43: 66_444_864, 51: 83_674_866}
SAMPLE = (YANGXIN, 420112, 429021, 210102, 513233, 430426)


@pytest.fixture(scope="module")
def world():
    return county_world("阳新县", FIRST_DAY)


@pytest.mark.invariant
def test_provinces_sum_to_the_census():
    for province, total in PROVINCES.items():
        rows = [row for row in counties().values() if row.province == province]
        assert sum(row.population for row in rows) == total
        assert all(row.urban + row.rural == row.population for row in rows)
    assert len(counties()) == 508


@pytest.mark.invariant
@pytest.mark.parametrize("code", SAMPLE)
def test_places_hold_exactly_the_residents_of_the_county(code):
    home = settlement(code)
    urban = home.places.urban == 1
    assert home.places.population.sum() == home.county.population
    if urban.any() and not urban.all():
        assert home.places.population[urban].sum() == home.county.urban
        assert np.ptp(home.places.population[~urban]) <= 1


@pytest.mark.invariant
def test_residents_without_a_committee_of_their_kind_live_with_the_other():
    home = settlement(420112)
    assert home.county.rural > 0
    assert home.places.urban.all()
    assert home.places.population.sum() == home.county.population


@pytest.mark.invariant
@pytest.mark.parametrize("code", SAMPLE)
def test_every_village_lies_inside_the_outline(code):
    home = settlement(code)
    spots = np.column_stack([home.places.lon, home.places.lat])
    assert inside(spots, places.outlines()[code]).all()
    assert inside(home.seats, places.outlines()[code]).all()


@pytest.mark.invariant
def test_villages_cluster_around_the_seat_of_their_township():
    home = settlement(YANGXIN)
    own = home.seats[home.places.township]
    near = kilometres(home.places.lon, home.places.lat, own[:, 0], own[:, 1]).mean()
    other = home.seats[home.places.township - 1]
    far = kilometres(home.places.lon, home.places.lat, other[:, 0], other[:, 1]).mean()
    assert near < far / 3


@pytest.mark.luck
def test_the_order_of_the_files_moves_nobody():
    home = settlement(YANGXIN)
    again = settle(
        home.county, home.townships[::-1], home.committees[::-1], places.outlines()[YANGXIN], 0
    )
    for one, other in zip(home.places, again.places, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.luck
def test_another_placement_seed_moves_villages_and_no_resident():
    one, other = settlement(YANGXIN), settlement(YANGXIN, 1)
    np.testing.assert_array_equal(one.places.population, other.places.population)
    assert (one.places.lon != other.places.lon).mean() > 0.9


@pytest.mark.unit
def test_the_inside_of_a_ring_with_a_hole():
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], dtype=float)
    hole = square / 2 + 1
    points = np.array([[0.5, 0.5], [2.0, 2.0], [5.0, 2.0], [3.5, 2.0], [-1.0, 2.0]])
    assert inside(points, (square, hole)).tolist() == [True, False, False, True, False]


@pytest.mark.unit
def test_distance_agrees_with_the_great_circle():
    for lon, lat, lon2, lat2 in ((115.1, 29.8, 114.3, 30.6), (102.0, 27.0, 104.1, 30.7)):
        a = math.sin(math.radians(lat2 - lat) / 2) ** 2 + math.cos(math.radians(lat)) * math.cos(
            math.radians(lat2)
        ) * math.sin(math.radians(lon2 - lon) / 2) ** 2
        exact = 2 * 6371.0 * math.asin(math.sqrt(a))
        assert kilometres(lon, lat, lon2, lat2) == pytest.approx(exact, rel=1e-3)


@pytest.mark.unit
def test_travel_takes_its_access_and_grows_slower_than_distance():
    north = np.array([0.0, 0.1, 0.2, 0.8, 1.6])
    minutes = travel_minutes(115.0, 30.0, 115.0, 30.0 + north)
    access = register.value("travel_access_minutes")
    assert minutes[0] == access
    ride = minutes - access
    assert (np.diff(ride) > 0).all()
    assert ride[2] < 2 * ride[1]
    assert ride[4] < 2 * ride[3]


@pytest.mark.unit
def test_whole_numbers_by_largest_remainder():
    assert apportion(10, np.array([1, 1, 1])).tolist() == [4, 3, 3]
    assert apportion(7, np.array([0.5, 0.0, 1.5])).tolist() == [2, 0, 5]
    assert apportion(0, np.array([1.0])).tolist() == [0]
    with pytest.raises(ValueError, match="positive"):
        apportion(3, np.zeros(2))


@pytest.mark.door
@pytest.mark.parametrize("name", ["阳新县", "阳新", "420222", 420222, "黄石市阳新县", "黄石 阳新"])
def test_a_county_is_found_by_name_and_code(name):
    assert county(name).code == YANGXIN


@pytest.mark.door
def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownPlace) as caught:
        county("阳薪县")
    assert "阳新县" in caught.value.nearest
    with pytest.raises(UnknownPlace, match="more than one"):
        county("铁西区")
    assert county("鞍山市铁西区").prefecture == "鞍山市"
    with pytest.raises(UnknownPlace, match="420222"):
        county("420223")


@pytest.mark.unit
def test_the_seat_town_has_most_residents_committees_and_the_inner_point():
    home = settlement(YANGXIN)
    assert home.townships[home.centre].name == "兴国镇"
    assert home.seats[home.centre].tolist() == [home.county.lon, home.county.lat]


@pytest.mark.invariant
def test_yangxin_has_its_residents_ages_and_calendar(world):
    assert world.places.population.sum() == 901_971
    assert world.clock.first_day == FIRST_DAY
    under_15 = world.people.age_cumulative[0, 3]
    assert under_15 == pytest.approx((11826 + 58939 + 94537 + 85735) / 901_971)
    assert set(world.places.pooling_area) == {4202}


@pytest.mark.invariant
def test_every_place_has_a_choice_at_each_tier(world):
    option = world.choice.option
    tiers = np.array([register.KIND[kind].tier for kind in world.names.kinds])
    for tier in register.TIERS:
        assert (option[:, tiers == tier] >= 0).any(axis=(1, 2)).all(), tier


@pytest.mark.invariant
def test_candidates_are_of_their_kind_and_shares_end_at_one(world):
    option, taste = world.choice.option, world.choice.taste
    for kind in range(len(world.names.kinds)):
        listed = option[:, kind][option[:, kind] >= 0]
        assert (world.facilities.kind[listed] == kind).all()
    assert (np.diff(taste, axis=2) >= 0).all()
    assert (taste[:, :, -1] == 1.0).all()


@pytest.mark.invariant
def test_the_own_village_clinic_and_centre_come_first(world):
    clinic, centre = (world.names.kinds.index(k) for k in ("village_clinic", "township_centre"))
    rural = np.flatnonzero(world.places.urban == 0)
    first = world.choice.option[rural, clinic, 0]
    np.testing.assert_array_equal(world.facilities.lon[first], world.places.lon[rural])
    villages = [row for row in rural if world.places.township[row] != settlement(YANGXIN).centre]
    towns = [world.names.townships[world.places.township[row]] for row in villages]
    named = [world.names.facilities[world.choice.option[row, centre, 0]] for row in villages]
    own = [name.startswith(town) for name, town in zip(named, towns, strict=True)]
    assert np.mean(own) > 0.9


@pytest.mark.unit
def test_the_shipped_village_table_is_packed_without_a_date():
    content = (divisions.TABLES / "villages.csv.gz").read_bytes()
    assert content[4:8] == bytes(4)
    assert len(gzip.decompress(content).splitlines()) == 107_731
