"""Equity and access against textbook formulas, by hand and where everything is even."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import (
    DAY,
    DAYS,
    MINUTE,
    WARMUP,
    columns,
    counted,
    small_run,
    small_world,
    stay,
    visit,
)

from sim.events import Daily, Remote, Stay, Visit, resident_key
from sim.measures import access, equity
from sim.record import Run

NUMBERS = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 500)), min_size=2, max_size=12)


def textbook_gini(values):
    """Gini of equal persons: sum of (2 i - n - 1) x_i / (n sum of x), x in order, i from 1."""
    x = np.sort(values)
    n = len(x)
    return ((2 * np.arange(1, n + 1) - n - 1) * x).sum() / (n * x.sum()) if x.sum() else 0.0


def textbook_concentration(values, living):
    """Twice the covariance of value and fractional rank over the mean, equal persons, no ties."""
    order = np.argsort(living)
    rank = (np.arange(len(values)) + 0.5) / len(values)
    x = np.asarray(values, float)[order]
    return 2 * np.mean((x - x.mean()) * rank) / x.mean()


@pytest.mark.theory
@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_gini_is_that_of_persons_who_each_have_their_countys_value(counties):
    value, weight = (np.array(column, dtype=float) for column in zip(*counties, strict=True))
    persons = np.repeat(value, weight.astype(int))
    assert equity.gini(value, weight) == pytest.approx(textbook_gini(persons), abs=1e-12)


@pytest.mark.theory
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_concentration_is_the_covariance_with_the_rank(values, luck):
    living = list(range(len(values)))
    luck.shuffle(living)
    found = equity.concentration_index(
        np.array(values, float), np.ones(len(values)), np.array(living, float)
    )
    assert found == pytest.approx(textbook_concentration(values, living), abs=1e-12)


@pytest.mark.theory
def test_gini_and_concentration_by_hand():
    """One has all: (n - 1) / n. Three counties of 1, 2, 3 in order of living: 2/9, both."""
    alone = np.array([0.0, 0.0, 0.0, 8.0])
    assert equity.gini(alone, np.ones(4)) == pytest.approx(3 / 4)
    rising = np.array([1.0, 2.0, 3.0])
    assert equity.gini(rising, np.ones(3)) == pytest.approx(2 / 9)
    assert equity.concentration_index(rising, np.ones(3), rising) == pytest.approx(2 / 9)
    assert equity.concentration_index(rising, np.ones(3), -rising) == pytest.approx(-2 / 9)


@pytest.mark.invariant
@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_splitting_a_county_into_equal_halves_or_scaling_changes_neither(counties):
    value, weight = (np.array(column, dtype=float) for column in zip(*counties, strict=True))
    living = np.arange(len(value)) % 3
    twice, halves = np.repeat(value, 2), np.repeat(weight / 2, 2)
    for as_even in ((twice, halves), (7 * value, 3 * weight)):
        assert equity.gini(*as_even) == pytest.approx(equity.gini(value, weight), abs=1e-12)
    one = equity.concentration_index(value, weight, living)
    both = equity.concentration_index(twice, halves, np.repeat(living, 2))
    assert both == pytest.approx(one, abs=1e-12)
    assert abs(one) <= equity.gini(value, weight) + 1e-12  # no ranking is stronger than its own
    assert equity.gini(value * 0 + 5, weight) == pytest.approx(0, abs=1e-12)
    assert equity.concentration_index(value * 0 + 5, weight, living) == pytest.approx(0, abs=1e-12)


@pytest.mark.theory
def test_two_steps_by_hand():
    """Two places of 100 and 300, facilities of 2 and 8 physicians, at 5, 15, 25 and 40 minutes.

    Facility 0: 2 / (100 x 1 + 300 x 0.68); facility 1: 8 / (100 x 0.22), too far for place 1.
    """
    option = np.array([[0, 1], [0, 1]])
    travel = np.array([[5.0, 25.0], [15.0, 40.0]])
    found = access.two_steps(option, travel, np.array([100.0, 300.0]), np.array([2.0, 8.0]))
    first, second = 2 / (100 + 300 * 0.68), 8 / (100 * 0.22)
    assert found == pytest.approx([first + 0.22 * second, 0.68 * first])
    assert access.weight(np.array([0.0, 10.0, 10.1, 20.0, 30.0, 30.1])).tolist() == [
        1.0, 1.0, 0.68, 0.68, 0.22, 0.0
    ]


PLACES = st.lists(
    st.tuples(st.integers(1, 900), st.floats(0, 30), st.floats(0, 30)), min_size=1, max_size=8
)


@pytest.mark.theory
@settings(max_examples=60, deadline=None)
@given(PLACES)
def test_two_steps_hand_out_every_physician_within_reach(places):
    """Residents x what they reach is all supply: the method's own conservation."""
    living = np.array([place[0] for place in places], dtype=float)
    travel = np.array([place[1:] for place in places])
    option = np.tile([0, 1], (len(places), 1))
    reach = access.two_steps(option, travel, living, np.array([3.0, 5.0]))
    assert living @ reach == pytest.approx(8.0)


def chosen(travel, north=0.01, option=((0, 2), (0, 2))):
    """The small world, whose two places may choose the clinic, and the county hospital.

    The second place, and the township centre, lie so many degrees north of all the others.
    """
    return small_world().having({
        "choice.option": np.array(option, dtype=np.int32).reshape(2, 2, 1),
        "choice.travel": np.array(travel, float).reshape(2, 2, 1),
        "places.lat": np.array([30.0, 30.0 + north]),
        "facilities.lat": np.array([30.0, 30.0 + north, 30.0, 30.0]),
    })


@pytest.mark.unit
def test_access_of_a_world_by_hand():
    """400 and 600 residents; the clinic has one physician, the county hospital eight."""
    run = replace(small_run(), timeline=((0, chosen([[5, 15], [16, 25]])),))
    table = run.measures.query("tier == 'all'").set_index(["measure", "group"])["value"]
    clinic, hospital = 1 / (400 + 0.68 * 600), 8 / (0.68 * 400 + 0.22 * 600)
    primary = (400 * clinic + 600 * 0.68 * clinic) / 1000
    others = (400 * 0.68 * hospital + 600 * 0.22 * hospital) / 1000
    assert table["accessibility", "primary"] == pytest.approx(1e4 * primary)
    assert table["accessibility", "hospitals"] == pytest.approx(1e4 * others)
    assert table["accessibility", "all"] == pytest.approx(1e4 * (primary + others))
    assert table["coverage_15", "all"] == pytest.approx(0.4)
    assert table["coverage_30", "all"] == 1
    assert table["physicians_per_10000", "all"] == pytest.approx(27 / 1000 * 1e4)
    assert run.by("county", "physicians_per_10000").query("tier == 'all'")["value"].item() == (
        pytest.approx(11 / 1000 * 1e4)  # the hub is of no county
    )
    assert "county_gini" not in run.measures["measure"].tolist()  # one county


def coverage(*timeline):
    """Coverage of a small run by (tier, group)."""
    run = replace(small_run(), timeline=timeline)
    return run, run.measures.query("measure == 'coverage_15'").set_index(["tier", "group"])["value"]


@pytest.mark.unit
def test_village_facilities_are_walked_to_and_others_reached_by_travel():
    """0.01 degrees are 1.5 km of way: 18.8 minutes at 4.8 km/h; 0.007 are 13.1."""
    far, near = (coverage((0, chosen([[5, 15], [5, 25]], north)))[1] for north in (0.01, 0.007))
    assert far["all", "all"] == far["village", "all"] == pytest.approx(400 / 1000)
    assert near["all", "all"] == near["village", "all"] == 1
    assert far["all", "urban residents"] == 0 and near["all", "urban residents"] == 1
    assert far["county", "all"] == near["county", "all"] == pytest.approx(0.4)  # 15 and 25 minutes
    assert far["hub", "all"] == 0  # nobody may choose it


@pytest.mark.unit
def test_private_clinics_count_apart():
    world = chosen([[5, 15], [5, 25]], 0.0)
    kinds = ("clinic", *world.names.kinds[1:])
    names = world.names._replace(kinds=kinds, primary_kinds=kinds[:2])
    _, found = coverage((0, replace(world, names=names)))
    assert found["all", "all"] == 0 and found["all", "with private clinics"] == 1


@pytest.mark.unit
def test_a_point_that_opens_covers_from_its_day_on():
    """The second place may choose the centre at its door from the second measured day on."""
    before = chosen([[5, 15], [5, 25]])
    after = chosen([[5, 15], [5, 25]], option=((0, 2), (1, 2)))
    run, found = coverage((0, before), (2, after))
    assert found["all", "all"] == pytest.approx((0.4 + 1.0) / 2)
    assert found["all", "urban residents"] == pytest.approx(1 / 2)
    by_week = run.by("week", "coverage_15").query("tier == 'all' and group == 'all'")
    assert by_week["value"].tolist() == pytest.approx([0.7])


def two_counties(second=400):
    """Two counties of one place each, rural and urban, with a clinic and a county hospital."""
    world = small_world()
    names = world.names._replace(counties=("A", "B"), county_codes=(420222, 420281))
    parted = world.having({
        "places.county": np.array([0, 1], np.int32), "places.population": np.array([400, second]),
        "facilities.county": np.array([0, 1, 0, 1], np.int32),
        "facilities.physicians": np.array([4.0, 4.0, 2.0, 2.0]),
    })
    return replace(parted, names=names)


def run_of(visits, world, stays=()):
    """A small run in a given world."""
    tables = {"visits": columns(visits, Visit), "stays": columns(stays, Stay),
              "remote": columns([], Remote), "daily": columns([{"day": 1}], Daily)}
    said = counted(tables, [(0, world)])
    return Run({"title": "two"}, 1, DAYS - WARMUP, WARMUP, ((0, world),), said)


def at(place, who, **more):
    return visit(who, DAY + 600 * MINUTE, 5, place=place, resident=resident_key(place, who), **more)


@pytest.mark.unit
def test_spread_over_two_counties_by_hand():
    """Equal counties, visits 1 and 3: Gini and, the urban one having more, concentration 1/4."""
    visits = [at(0, 1)] + [at(1, who, facility=1) for who in range(3)]
    table = run_of(visits, two_counties()).measures.query("tier == 'all'")
    for measure in ("county_gini", "concentration"):
        here = table[table["measure"] == measure].set_index("group")
        assert here["value"][["visits", "travel", "physicians"]].tolist() == pytest.approx(
            [0.25, 0.0, 0.0]
        )
        assert (here["n"] == 2).all()


@pytest.mark.unit
def test_money_of_two_counties_by_hand():
    """Visits cost 10 yuan, half out of pocket; a stay of 1,000 with 300 in the other county."""
    visits = [at(0, 1), at(0, 2, facility=3), at(1, 3, facility=1, cost=2000)]
    beds = [stay(1, 2 * DAY, 2 * DAY, None, facility=3, place=0, cost=100_000,
                 out_of_pocket=30_000)]
    run = run_of(visits, two_counties(), beds)
    years = 800 * 2 / 365
    table = run.measures.query("tier == 'all'").set_index(["measure", "group"])["value"]
    assert table["fund_per_resident", "visits"] == pytest.approx((5 + 5 + 15) / years)
    assert table["fund_per_resident", "all"] == pytest.approx((25 + 700) / years)
    assert table["out_of_pocket_per_resident", "stays"] == pytest.approx(300 / years)
    assert table["fund_in_county", "all"] == pytest.approx((5 + 15) / 725)
    assert table["fund_at_primary", "all"] == 1
    assert table["cost_per_visit", "in the county"] == pytest.approx(15)
    assert table["reimbursement", "stays"] == pytest.approx(0.7)
    assert table["out_of_area", "cost"] == pytest.approx(1010 / 1040)
    assert table["booked_share", "all"] == pytest.approx(1 / 3)
    assert table["no_show", "all"] == pytest.approx(1 / 8)
    counties = run.by("county", "fund_in_county").query("tier == 'all' and group == 'all'")
    assert counties.set_index("county")["value"].to_dict() == pytest.approx(
        {420222: 5 / 710, 420281: 1.0}
    )


@pytest.mark.unit
def test_loads_of_hospitals_by_hand():
    """One bed-day at a county hospital of eight physicians, two visits and one discharge."""
    run = small_run(
        visits=[visit(1, DAY, 0, facility=2), visit(2, DAY, 0, facility=2), visit(3, DAY, 0)],
        stays=[stay(1, DAY, DAY, 2 * DAY, outcome="discharged")],
    )
    table = run.measures.set_index(["measure", "tier"])["value"]
    assert table["bed_days_per_physician", "county"] == pytest.approx(1 / (8 * 2))
    assert table["visits_per_discharge", "county"] == 2
    assert ("visits_per_discharge", "village") not in table.index
