"""Measures count what their definitions say, on a dozen visits written by hand."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import DAY, MINUTE, counted, events, small_run, small_world, stay, visit

from sim import measures
from sim.events import CONTACT_BITS
from sim.log import NoLog
from sim.measures.window import Window

BIN = 1 / 64  # the widest bin of a histogram of waits


def cell(run, measure, tier="all", group="all"):
    """The value and n of one cell."""
    table = run.measures.set_index(["measure", "tier", "group"])
    return tuple(table.loc[(measure, tier, group), ["value", "n"]])


def value(run, measure, tier="all", group="all"):
    return cell(run, measure, tier, group)[0]


@pytest.fixture(scope="module")
def county():
    """A warm-up day and two measured ones; facilities: clinic 0, centre 1, county 2, hub 3."""
    noon = DAY + 600 * MINUTE
    return small_run(
        visits=[
            visit(0, arrival=noon - DAY, wait=500, facility=0),  # warm-up: not measured
            visit(1, arrival=noon, wait=10, facility=0),
            visit(2, arrival=noon, wait=20, facility=0, outcome="advised"),
            visit(2, contact=1, arrival=noon + DAY, wait=30, facility=2, advised_from=0),
            visit(3, arrival=noon, wait=40, facility=1, outcome="referred", test_wait=15,
                  recognised=1),
            visit(3, contact=1, arrival=noon + DAY, wait=50, facility=2, referred_from=1,
                  visit_class=2, test_wait=25, repeated=1, outcome="admitted"),
            visit(4, arrival=noon, wait=60, facility=3, severity=0, travel=90),
            visit(5, arrival=noon, wait=None, facility=2, outcome="left", stays_for=35),
            visit(6, arrival=3 * DAY - 100 * MINUTE, wait=None, facility=2, outcome=None),
            visit(7, arrival=noon, wait=0, facility=1, outcome="referred"),
            visit(8, arrival=noon, wait=70, facility=2, resident=-1),
            visit(9, arrival=noon, wait=None, facility=2, outcome="refused", stays_for=0),
            visit(14, arrival=noon - DAY, wait=3, facility=2, outcome=None),  # warm-up
            visit(10, arrival=None, wait=None, facility=2, outcome=None, requested=noon),
        ],
        stays=[
            stay(3, requested=2 * DAY, start=2 * DAY + 120 * MINUTE, end=None, facility=2),
            stay(11, requested=0, start=0, end=2 * DAY, facility=2, outcome="discharged"),
            stay(12, requested=0, start=0, end=int(1.5 * DAY), facility=3, outcome="stepped_down"),
            stay(12, requested=2 * DAY, start=2 * DAY, end=None, facility=2, stepped_from=3),
            stay(13, requested=2 * DAY, start=None, end=None, facility=2),
        ],
    )


@pytest.mark.unit
def test_waits_are_of_those_seen_in_the_window(county):
    assert cell(county, "wait_mean") == pytest.approx((280 / 8, 8))
    assert cell(county, "wait_p50") == pytest.approx((35, 8), rel=BIN)
    assert cell(county, "wait_mean", "village") == pytest.approx((15, 2))
    assert cell(county, "wait_mean", "county", "referred") == pytest.approx((50, 1))
    assert value(county, "wait_p90", "village") == pytest.approx(19, rel=BIN)
    assert value(county, "wait_mean", "hub", "general") == 60
    assert value(county, "wait_p50", "hub", "general") == pytest.approx(60, rel=BIN)


@pytest.mark.unit
def test_people_still_waiting_are_told_apart_and_never_dropped(county):
    assert cell(county, "waiting_at_end", "county") == (1, 1)
    assert value(county, "waiting_at_end", "hub") == 0
    assert cell(county, "wait_so_far") == (100, 1)
    assert cell(county, "wait_left", "county") == (35, 1)


@pytest.mark.unit
def test_days_to_a_number_are_calendar_days_where_numbers_are_given(county):
    assert cell(county, "wait_days_mean", "county") == pytest.approx((0, 5))
    assert "village" not in set(rows_of(county, "wait_days_mean")["tier"])


def rows_of(run, measure):
    return run.measures[run.measures["measure"] == measure]


@pytest.mark.unit
def test_tests_and_repeats(county):
    assert value(county, "test_wait_mean") == 20
    assert cell(county, "repeated_tests") == (0.5, 2)
    assert cell(county, "repeated_tests", "township") == (0, 1)


@pytest.mark.unit
def test_referrals_are_counted_where_they_arrive(county):
    assert cell(county, "referral_up_formal", "township") == (1, 2)
    assert value(county, "referral_up_formal", "township", "township>county") == 0.5
    assert value(county, "advised_up", "village", "village>county") == 0.5
    assert value(county, "advised_up", "village", "village>hub") == 0


@pytest.mark.invariant
def test_no_more_arrive_by_referral_than_were_sent(county):
    for measure in ("referral_up_formal", "advised_up"):
        rows = rows_of(county, measure).query("tier != 'all'")
        sums = rows.groupby([rows["tier"], rows["group"] == "all"])["value"].sum().unstack()
        assert (sums[False] <= sums[True]).all()


@pytest.mark.unit
def test_beds(county):
    assert cell(county, "bed_wait_mean", "county") == pytest.approx((1, 2))
    assert value(county, "awaiting_bed_at_end", "county") == 1
    assert cell(county, "length_of_stay") == pytest.approx((1.75, 2))
    assert cell(county, "referred_down", "hub") == (1, 1)
    assert value(county, "referred_down", "hub", "hub>county") == 1
    occupied = (1 + 1 + 22 / 24) / (10 * 2)  # county: 10 beds, two measured days
    assert value(county, "occupancy", "county") == pytest.approx(occupied)
    assert value(county, "occupancy", "hub") == pytest.approx(0.5 / (20 * 2))


@pytest.mark.unit
def test_first_contacts_bypass_and_shares(county):
    assert cell(county, "first_contact", "village") == pytest.approx((2 / 8, 8))
    assert value(county, "first_contact_primary") == pytest.approx(4 / 8)
    assert value(county, "visit_share", "all", "tertiary") == pytest.approx(1 / 10)
    assert value(county, "visit_share", "all", "secondary") == pytest.approx(5 / 10)
    assert value(county, "primary_share") == pytest.approx(4 / 10)
    assert value(county, "non_hospital_share") == pytest.approx(4 / 10)
    # mild needs level 1, moderate 1.5, for which a village clinic or a township centre will do
    assert cell(county, "bypass", "all", "mild") == (1, 1)
    assert cell(county, "bypass", "all", "moderate") == pytest.approx((3 / 7, 7))
    assert cell(county, "under_placement") == (0, 8)


@pytest.mark.unit
def test_outside_patients_count_for_facilities_only(county):
    assert cell(county, "left_unseen", "county") == pytest.approx((1 / 6, 6))
    assert cell(county, "refused", "county") == pytest.approx((1 / 6, 6))
    assert cell(county, "travel_per_visit")[1] == 10
    years = 1000 * 2 / 365
    assert value(county, "visits_per_resident") == pytest.approx(10 / years)
    assert value(county, "admissions_per_1000") == pytest.approx(2 * 1000 / years)
    assert value(county, "visits_per_physician", "county") == pytest.approx(
        6 / 2 * 365 / 251 / 8
    )


@pytest.mark.unit
def test_travel_and_money_and_county(county):
    assert value(county, "travel_per_visit", "hub") == 90
    assert cell(county, "travel_per_episode") == pytest.approx(((9 * 12 + 90) / 8, 8))
    assert value(county, "out_of_pocket_per_visit") == pytest.approx(5)
    assert value(county, "within_county", "all", "visits") == pytest.approx(9 / 10)
    assert value(county, "within_county") == pytest.approx(11 / 12)


@pytest.mark.unit
def test_unresolved_episodes_come_from_the_ledger(county):
    assert cell(county, "unresolved_episodes") == pytest.approx((3 / 8, 8))


@pytest.mark.unit
def test_beds_added_on_a_date_count_from_then():
    lying = stay(1, requested=0, start=DAY, end=None, facility=2)
    run = small_run(stays=[lying], beds_from=(2, 30))
    assert Window(run).sums("tier").held("beds")[2] == 10 * 1 + 30 * 1
    assert value(run, "occupancy", "county") == pytest.approx(2 / 40)


@pytest.mark.unit
def test_a_run_without_events_has_no_means_and_no_error():
    table = small_run().measures
    assert not table["measure"].str.startswith("wait_mean").any()
    assert (table.loc[table["measure"] == "visits_per_resident", "value"] == 0).all()
    assert table["value"].notna().all()


@pytest.mark.door
def test_every_measure_says_what_it_is_in_one_line():
    listed = measures.names()
    assert len(listed) > 50
    for name, line in listed.items():
        assert line.endswith("]") and "\n" not in line and len(line) < 100, name
    assert all(one.formula.__doc__.count("\n") > 2 for one in measures.MEASURES)


@pytest.mark.door
def test_the_table_holds_only_listed_measures(county):
    assert set(county.measures["measure"]) <= set(measures.names())
    assert list(county.measures.columns) == ["measure", "tier", "group", "value", "unit", "n"]
    assert not county.measures.duplicated(["measure", "tier", "group"]).any()


@pytest.mark.door
def test_measures_by_name(county):
    some = measures.compute(county, "wait_p90", "bypass")
    assert set(some["measure"]) == {"wait_p90", "bypass"}
    assert set(measures.compute(county, "wait")["measure"]) == {
        "wait_mean", "wait_p50", "wait_p90", "wait_p95"
    }
    with pytest.raises(KeyError, match="nearest: 'bypass'"):
        measures.compute(county, "bypas")


CASES = st.lists(
    st.tuples(
        st.integers(0, 3), st.one_of(st.none(), st.integers(0, 500)), st.integers(0, 2),
        st.sampled_from(["resolved", "unresolved", "advised", "referred"]), st.booleans(),
    ),
    max_size=25,
)


@pytest.mark.invariant
@settings(max_examples=25, deadline=None)
@given(CASES)
def test_shares_lie_between_0_and_1_and_waits_add_up(cases):
    run = small_run(visits=[
        visit(i, arrival=DAY + i * MINUTE, facility=f, wait=w, severity=s,
              outcome=o if w is not None else "left", resident=None if ours else -1)
        for i, (f, w, s, o, ours) in enumerate(cases)
    ])
    table = run.measures
    shares = table[table["unit"] == "1"]
    assert shares["value"].between(0, 1 + 1e-12).all()
    waits = table[(table["measure"] == "wait_mean") & (table["group"] == "all")]
    parts = waits[waits["tier"] != "all"]
    whole = waits[waits["tier"] == "all"]
    assert np.isclose((parts["value"] * parts["n"]).sum(), (whole["value"] * whole["n"]).sum())
    for measure in ("visit_share", "first_contact"):
        rows = table[(table["measure"] == measure) & (table["tier"] != "all")]
        assert rows.empty or rows["value"].sum() == pytest.approx(1)


@pytest.mark.invariant
def test_every_arrival_is_ended_or_still_there(county):
    ended = Window(county).visits["outcome"].notna().sum()
    there = value(county, "waiting_at_end") + value(county, "unfinished_at_end")
    assert ended + there == len(Window(county).visits) == 11


@pytest.mark.unit
def test_people_with_the_doctor_at_the_end_are_unfinished():
    run = small_run(visits=[visit(1, DAY, 5, outcome=None), visit(2, DAY, None, outcome=None)])
    assert value(run, "unfinished_at_end") == 1 and value(run, "waiting_at_end") == 1


@pytest.mark.invariant
def test_the_order_of_events_changes_no_measure(county):
    order = np.argsort(county.events.visits["resident"] * 7919 % 101, kind="stable")
    turned = {name: column[order] for name, column in county.events.visits.items()}
    tables = county.events._asdict() | {"visits": turned}
    again = small_run(events=counted(tables, county.timeline))
    pd.testing.assert_frame_equal(again.measures, county.measures)


@pytest.mark.door
def test_measures_and_series_need_no_rows(county):
    bare = dict.fromkeys(("visits", "stays", "remote", "daily"))
    again = replace(county, events=county.events._replace(**bare))
    for table in ("measures", "series", "ledger"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(county, table))
    with pytest.raises(NoLog, match="events='memory'"):
        _ = again.visits


@pytest.mark.unit
def test_series_count_per_day(county):
    series = county.series.set_index(["measure", "day", "tier"])["value"]
    assert series["visits", 0, "all"] == 2
    assert series["visits", 1, "all"] == 8
    assert series["wait_mean", 2, "county"] == 40
    assert series["in_bed", 1, "county"] == 3
    assert set(county.series.loc[county.series["day"] == 0, "date"]) == {"2022-03-07"}


@pytest.mark.unit
def test_a_ledger_that_does_not_close_shows_its_gap(county):
    assert (county.ledger["gap"] == 0).all()
    ledger = county.events.ledger
    broken = ledger | {"episodes": ledger["episodes"] | {"opened": 99}}
    run = small_run(events=county.events._replace(ledger=broken))
    assert run.ledger.query("ledger == 'episodes'")["gap"].tolist() == [99 - 12]


@pytest.mark.unit
def test_frames_speak_in_words_minutes_and_yuan(county):
    first = county.visits.iloc[1]
    assert (first["facility"], first["tier"], first["grade"]) == ("clinic", "village", "none")
    assert (first["arrival"], first["wait"], first["out_of_pocket"]) == (1440 + 600, 10, 5)
    outside = county.visits[county.visits["resident"] == -1].iloc[0]
    assert pd.isna(outside["place"]) and pd.isna(outside["local"]) and pd.isna(outside["urban"])


@pytest.mark.unit
def test_names_that_occur_twice_stay_apart():
    run = small_run(facility_names=("twin", "twin", "county", "hub"),
                    visits=[visit(1, DAY, 0, facility=1)])
    assert run.visits["facility"].tolist() == ["twin #1"]


@pytest.mark.invariant
def test_a_county_fortnight_is_counted_in_seconds():
    one = [visit(i, arrival=DAY + i * MINUTE, wait=i % 90, facility=i % 4) for i in range(1000)]
    few = events(visits=one)
    columns = {k: np.tile(v, 200) for k, v in few.visits.items()}
    columns["visit"] = np.arange(len(columns["visit"])) << CONTACT_BITS
    start = time.process_time()
    many = counted(few._asdict() | {"visits": columns}, [(0, small_world())])
    run = small_run(events=many)
    assert len(run.visits) == 200_000 and len(run.measures)
    assert time.process_time() - start < 2


@pytest.mark.unit
def test_a_first_contact_below_what_is_needed_is_under_placed(county):
    """Raising every need above the village's level puts its first contacts below it."""
    level = np.full_like(county.world.needs.level, 3.0)
    timeline = ((0, county.world.having({"needs.level": level})),)
    harder = replace(county, timeline=timeline, events=counted(county.events._asdict(), timeline))
    first = Window(county).sums("tier").people("first")
    below = first[:2].sum() / first.sum()
    assert cell(harder, "under_placement") == pytest.approx((below, first.sum()))
    assert below > 0
