"""Measures by county, age, week and tier are those of the rows of each."""

from dataclasses import replace
from pathlib import Path

import axes_by_rows as by_rows
import numpy as np
import pandas as pd
import pytest
import worlds
from small_world import DAY, MINUTE, small_run, visit

from sim import geography, measures, store
from sim.engine import play
from sim.pictures import by_county
from sim.record import Run
from sim.world import World

WARMUP, DAYS = 3, 9  # measured from Thursday to the Friday of the week after
CODES = (513224, 513201)  # a county and a county-level city
ORACLES = [name for name in vars(by_rows) if name in {one.name for one in measures.MEASURES}]
PERSONS = {one.name for one in measures.MEASURES if one.of == "residence"}
COUNTIES = Path(geography.__file__).parent / "data" / "geography" / "counties.csv"
OF_HOSPITALS = ("bed_days_per_physician", "visits_per_discharge")  # the east has none
FEW = ("within_county", "wait", "cost_per_visit")


def two_counties() -> World:
    """The small county, its west and its east each a county of its own."""
    world = worlds.county()
    middle = np.median(world.places.lon)
    places = (world.places.lon > middle).astype(np.int32)
    held = world.facilities
    facilities = np.where(held.county < 0, -1, held.lon > middle).astype(np.int32)
    parted = world.having({"places.county": places, "facilities.county": facilities})
    names = parted.names._replace(counties=("west", "east"), county_codes=CODES)
    return replace(parted, names=names)


@pytest.fixture(scope="module")
def run():
    """Nine measured days of two counties."""
    timeline = [(0, two_counties())]
    events = play(timeline, 1, WARMUP + DAYS, "compiled", warmup=WARMUP)
    return Run({"title": "two counties"}, 1, DAYS, WARMUP, timeline, events)


@pytest.fixture(scope="module")
def rows(run):
    return by_rows.of_run(run)


@pytest.mark.invariant
@pytest.mark.parametrize("axis", ["county", "age", "week", "tier"])
@pytest.mark.parametrize("name", ORACLES)
def test_measures_by_an_axis_are_those_of_the_rows(run, rows, name, axis):
    measure = next(one for one in measures.MEASURES if one.name == name)
    if axis not in measures.axes_of(measure, measures.Window(run)):
        with pytest.raises(KeyError, match="it has"):
            run.by(axis, name)
        return
    table = run.by(axis, name)
    table = table[(table["tier"] == "all") | (axis == "tier")]
    values = table[table["measure"].isin([name, f"{name}_mean"])]
    found = values.set_index([values[axis].astype(str), "group"])["value"].to_dict()
    expected = {}
    for value, cell in by_rows.cells(rows, axis, name in PERSONS):
        pairs = getattr(by_rows, name)(cell)
        expected |= {(value, group): a / b for group, (a, b) in pairs.items() if b}
    assert len(expected) > 1 or (axis == "county" and name in OF_HOSPITALS)
    assert found == pytest.approx(expected)


@pytest.mark.invariant
def test_the_counties_are_unlike_and_add_up(run):
    """What is tested above differs between counties, and their visits are all visits."""
    table = run.by("county", "within_county", "visits_per_resident")
    whole = table[(table["tier"] == "all") & (table["group"] == "all")]
    assert set(whole["county"]) == set(CODES) and set(whole["name"]) == {"west", "east"}
    shares = whole.loc[whole["measure"] == "within_county", "value"]
    assert shares.nunique() == 2 and shares.between(0.2, 0.99).all()
    n = run.measures.query("measure == 'visits_per_resident' and tier == 'all'")["n"].sum()
    assert whole.loc[whole["measure"] == "visits_per_resident", "n"].sum() == n > 1000


@pytest.mark.invariant
def test_two_axes_add_up_to_one(run):
    apart = run.by(("county", "age"), "visits_per_resident").query("tier == 'all'")
    by_age = run.by("age", "visits_per_resident").query("tier == 'all'")
    sums = apart.groupby("age", sort=False)["n"].sum()
    assert sums.to_dict() == by_age.set_index("age")["n"].to_dict()
    tiers = run.by(["county", "tier"], "wait_mean")
    assert list(tiers.columns) == ["measure", "county", "name", "tier", "group", "value", "unit",
                                   "n"]
    assert set(tiers["tier"]) < set(run.tiers) and set(tiers["measure"]) == {"wait_mean"}


@pytest.mark.invariant
def test_quantiles_by_county_and_week_lie_within_a_bin(run, rows):
    visits = rows.seen_by
    table = run.by("county", "wait").query("tier == 'all'").set_index(["county", "measure"])
    weekly = run.by("week", "wait").query("tier == 'all'").set_index(["week", "measure"])
    for statistic, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95)):
        for county, waits in visits[visits["place_county"] > 0].groupby("place_county")["wait"]:
            found = table.loc[(county, f"wait_{statistic}"), "value"]
            assert found == pytest.approx(waits.quantile(share), rel=1 / 64, abs=1 / 128)
        for week, waits in visits.groupby("week")["wait"]:
            found = weekly.loc[(week, f"wait_{statistic}"), "value"]
            assert found == pytest.approx(waits.quantile(share), rel=1 / 64, abs=1 / 128)


@pytest.mark.invariant
def test_person_years_by_age_and_week_are_all_person_years(run):
    window = measures.Window(run)
    all_years = float(window.sums().years())
    assert all_years == pytest.approx(run.world.places.population.sum() * DAYS / 365)
    for axes in (("age",), ("week",), ("county", "age", "week")):
        assert float(window.sums(*axes).years().sum()) == pytest.approx(all_years)
        for item in ("residents", "near", "reach"):
            whole = float(window.sums().living(item))
            assert float(window.sums(*axes).living(item).sum()) == pytest.approx(whole)


@pytest.mark.invariant
def test_two_halves_of_a_county_alike_leave_its_measures_as_they_were(run):
    """Metamorphic: only measures that know counties may tell a county from its two halves."""
    world = replace(two_counties(), names=run.names)
    one = world.having({
        "places.county": world.places.county * 0,
        "facilities.county": np.minimum(world.facilities.county, 0),
    })
    timeline = [(0, one)]
    events = play(timeline, 1, WARMUP + DAYS, "compiled", warmup=WARMUP)
    whole = Run({}, 1, DAYS, WARMUP, timeline, events)
    key = ["measure", "tier", "group"]
    both = [r.measures.set_index(key)["value"] for r in (run, whole)]
    differ = both[0].index[~np.isclose(both[0], both[1].reindex(both[0].index), rtol=1e-12)]
    assert set(differ.get_level_values("measure")) <= {
        "within_county", "cost_per_visit", "cost_per_stay", "reimbursement", "fund_in_county",
        "fund_at_primary", "county_gini", "concentration",
    }


@pytest.mark.door
def test_unknown_axes_and_measures_name_the_nearest(run):
    for asked, nearest in ((("conty",), "county"), (("week", "within_conty"), "within_county")):
        with pytest.raises(KeyError, match=f"nearest: '{nearest}'"):
            run.by(*asked)
    with pytest.raises(KeyError, match="twice"):
        run.by(("age", "age"))
    why = r"not counted by week \(it is what stands at the end of the run\); it has tier"
    with pytest.raises(KeyError, match=f"waiting_at_end is {why}"):
        run.by("week", "waiting_at_end")


@pytest.mark.door
def test_a_measure_has_the_axes_of_the_issue_or_says_why_not(run):
    """Tier, county, age, week: told apart or a reason in the error and in the list, never both."""
    window = measures.Window(run)
    for one in measures.MEASURES:
        lacking = {"tier", "county", "age", "week"} - set(measures.axes_of(one, window))
        assert lacking == set(one.lacks), one.name
        for axis in lacking:
            with pytest.raises(KeyError) as told:
                run.by(axis, one.name)
            assert one.lacks[axis] in str(told.value)


@pytest.mark.invariant
@pytest.mark.parametrize("name", ["occupancy", "visits_per_physician", "overtime",
                                  "bed_days_per_physician"])
def test_ages_and_those_of_no_age_add_up_to_the_load_of_all(run, rows, name):
    """What is there is not parted by age; outside patients have none."""
    whole = run.measures.query("measure == @name and tier == 'all' and group == 'all'")
    ages = run.by("age", name).query("tier == 'all'")
    parts = {part: getattr(rows, part) for part in ("seen_by", "lain", "late")}
    of_none = replace(rows, **{part: rows_[rows_["age"] == ""] for part, rows_ in parts.items()})
    above, below = getattr(by_rows, name)(of_none)["all"]
    assert above > 0
    assert ages["value"].sum() + above / below == pytest.approx(whole["value"].item())


@pytest.mark.door
def test_a_stored_run_gives_the_same_by_county_week_and_age(run, tmp_path):
    stored = store.read(run.save(tmp_path / "two"))
    for axis in ("county", "week", "age", "tier"):
        for wanted in ((), FEW if axis != "age" else ("wait",)):
            both = (one.by(axis, *wanted).sort_values(["measure", "tier", "group", "value", "n"])
                    for one in (run, stored))
            fresh, kept = (table.reset_index(drop=True) for table in both)
            pd.testing.assert_frame_equal(kept[fresh.columns], fresh, check_dtype=False)
    with pytest.raises(KeyError, match="nearest: 'week'"):
        stored.by("weak")
    with pytest.raises(KeyError, match="nearest: 'within_county'"):
        stored.by("county", "within_conty")


@pytest.mark.door
def test_a_map_takes_the_rows_over_all_tiers_of_a_group(run):
    """One row a county, whatever tiers and groups the table by county has."""
    found = by_county(run, "out_of_area", group="cost")
    assert found["county"].tolist() == list(CODES) and set(found["group"]) == {"cost"}
    assert by_county(run, "within_county")["county"].tolist() == list(CODES)
    with pytest.raises(KeyError, match="there are episodes, cost"):
        by_county(run, "out_of_area")


@pytest.mark.unit
def test_overtime_is_what_lies_after_the_closing_of_the_session():
    """Sessions 8-12 and 14-17; five minutes of service unless said."""
    def seen(who, at, minutes, **more):
        return visit(who, DAY + at * MINUTE, 0, facility=2, service=minutes * MINUTE,
                     end=DAY + (at + minutes) * MINUTE, **more)

    run = small_run(visits=[
        seen(0, 9 * 60, 10),  # within the session
        seen(1, 11 * 60 + 55, 10),  # five minutes late
        seen(2, 12 * 60 + 20, 10),  # begun after closing: ten
        seen(3, 18 * 60, 30),  # the afternoon's, thirty
        visit(4, 2 * DAY + 30 * MINUTE, 0, facility=2, service=10 * MINUTE,
              end=2 * DAY + 40 * MINUTE),  # after midnight: ten, of the afternoon before
        visit(5, 2 * DAY + 11 * 60 * MINUTE, 0, facility=2, service=8 * MINUTE, test_wait=0,
              test_end=2 * DAY + 12 * 60 * MINUTE, end=2 * DAY + (12 * 60 + 31) * MINUTE),
    ])
    table = run.measures.set_index(["measure", "tier"])["value"]
    sessions = 2 * 2  # two days
    assert table["overtime", "county"] == pytest.approx((5 + 10 + 30 + 10 + 3) / sessions)
    assert table["late_sessions", "county"] == 3 / sessions  # of five late contacts
    assert table["late_sessions", "hub"] == 0
    around_the_clock = run.world.having({"departments.always": np.ones(4, np.int32)})
    assert measures.Window(replace(run, timeline=((0, around_the_clock),))).run.days == 2


@pytest.mark.unit
def test_official_counties_are_no_districts():
    """GB/T 2260 against the kinds of the shipped table, cities under a prefecture among them."""
    table = pd.read_csv(COUNTIES)
    found = measures.flows.official_counties(tuple(table["county_code"].tolist()))
    assert len(table) > 500 and set(table["kind"][found]) == set(table["kind"]) - {"district"}
    assert set(table["kind"].drop(found)) == {"district"}
