"""What is counted while it happens is what the rows say, in memory that does not grow."""

from pathlib import Path

import axes_by_rows
import measured_by_rows as by_rows
import numpy as np
import pandas as pd
import pytest
import recount
import worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import small_world

from sim import measures, policies, tally
from sim.arithmetic import MINUTES_PER_DAY
from sim.effects import compose
from sim.engine import play
from sim.engine.keeper import Keeper
from sim.events import Visit
from sim.measures.cells import Cell
from sim.measures.histogram import quantiles, whole
from sim.record import Run
from sim.tally.bins import PER_OCTAVE, bin_of, bins_for, edges

HOUR = {"family": "constant", "mean_minutes": 60.0}
PATIENCE = {"mean_minutes": 90.0}
LINKED = {"coverage": 0.6, "per_1000": 100.0, "experts": 2}


def changed():
    """The small county, linked by telemedicine from its second day on."""
    world = worlds.county()
    return [(0, world), (1, compose(world, policies.changes("telemedicine", world, LINKED)))]


CASES = {
    "queue": ([(0, worlds.queue(7.0))], 4, 1),
    "crowded": ([(0, worlds.queue(6.0, service=HOUR, patience=PATIENCE, room=20))], 3, 0),
    "county": ([(0, worlds.county())], 3, 1),
    "linked": (changed(), 4, 1),
}


@pytest.mark.invariant
@pytest.mark.parametrize("name", CASES)
def test_counts_and_rows_agree_exactly(name):
    timeline, days, warmup = CASES[name]
    events = play(timeline, 1, days, "reference", warmup=warmup)
    found = recount.everything(events, timeline, days, warmup)
    assert set(found) == set(tally.Cells._fields)
    for field, cells in found.items():
        np.testing.assert_array_equal(getattr(events.tally.cells, field), cells, field)
    assert events.tally.cells.visits.any() and events.tally.cells.midnights.any()


@pytest.mark.invariant
def test_counting_does_not_need_the_rows():
    timeline, days, warmup = CASES["county"]
    kept, bare = (
        play(timeline, 1, days, "reference", warmup=warmup, log=log) for log in ("memory", None)
    )
    assert bare.visits is bare.stays is bare.remote is bare.daily is None
    assert str(bare.ledger) == str(kept.ledger)
    for one, other in zip(kept.tally.cells, bare.tally.cells, strict=True):
        np.testing.assert_array_equal(one, other)


CELL = ["statistic", "tier", "group"]
ARRIVALS = ["referral_up_formal", "advised_up"]  # whose pairs only the counts define
SEEN_OTHERWISE = [*ARRIVALS, "travel_per_episode"]
BY_HAND = [
    "no_show", "booked_share", "overtime", "late_sessions", "bed_days_per_physician",
    "visits_per_discharge", "out_of_pocket_per_resident", "fund_per_resident",
    "physicians_per_10000", "accessibility", "coverage_15", "coverage_30", "county_gini",
    "concentration",
]
NAMED = {one.name for one in measures.MEASURES}
MORE_CELLS = {"referred_down", "bypass", "under_placement", "within_county"}  # pairs and tiers
OF_ROWS = [one for one in measures.MEASURES if hasattr(by_rows, one.formula.__name__)]


def keyed(cells):
    """Values and n by cell, whatever the order of rows."""
    cells = cells if isinstance(cells, pd.DataFrame) else pd.DataFrame(cells, columns=Cell._fields)
    whole = cells if "statistic" in cells else cells.assign(statistic="value")
    return whole.set_index(CELL)[["value", "n"]].astype(float).sort_index()


@pytest.fixture(scope="module")
def windows():
    """A run of the linked county, seen by its counts and by its rows."""
    timeline, days, warmup = CASES["linked"]
    events = play(timeline, 1, days, "reference", warmup=warmup)
    run = Run({}, 1, days - warmup, warmup, tuple(timeline), events)
    return measures.Window(run), by_rows.Window(run)


@pytest.mark.door
def test_every_table_of_counts_is_told_in_words():
    page = (Path(__file__).resolve().parents[1] / "results" / "README.md").read_text("utf-8")
    told = page.split("## `aggregates/`")[1]
    assert [name for name in tally.Cells._fields if f"`{name}`" not in told] == []


@pytest.mark.door
def test_every_measure_is_computed_once_more_somewhere():
    """From rows as a whole, from rows by axes, or by hand (named here)."""
    again = {one.name for one in OF_ROWS} | set(SEEN_OTHERWISE) | set(BY_HAND)
    assert {one.name for one in measures.MEASURES} == again | set(vars(axes_by_rows)) & NAMED


@pytest.mark.invariant
@pytest.mark.parametrize("measure", OF_ROWS, ids=lambda measure: measure.name)
def test_measures_of_counts_are_those_of_rows(windows, measure):
    """Exactly where they count or average; quantiles within the bin of a histogram."""
    counted, rows = windows
    found = keyed(measure.cells(counted))
    expected = keyed(getattr(by_rows, measure.formula.__name__)(rows))
    both = found.loc[expected.index]
    plain = both.index.get_level_values("statistic").isin(["value", "mean"])
    exact = plain | (measure.name == "wait_days")
    pd.testing.assert_frame_equal(both[exact], expected[exact], rtol=1e-9, check_index_type=False)
    np.testing.assert_allclose(both["value"], expected["value"], rtol=1 / 64, atol=1e-5)
    extra = found.drop(expected.index)
    assert extra.empty or measure.name in MORE_CELLS


def days_of(times, frame, value):
    """Sum and number of values by (day, tier) and by (day, all)."""
    both = pd.concat([frame.assign(tier=frame["tier"].astype(str)), frame.assign(tier="all")])
    both["value"] = pd.concat([value, value])
    day = pd.concat([times, times]) // MINUTES_PER_DAY
    return both.groupby([day.astype(int).rename("day"), "tier"])["value"].agg(["sum", "mean"])


@pytest.mark.invariant
def test_the_series_of_counts_is_that_of_rows(windows):
    run = windows[0].run
    visits, stays = run.visits, run.stays[run.stays["start"].notna()]
    seen = visits[visits["wait"].notna()]
    parts = {name: visits[visits["outcome"] == outcome]
             for name, outcome in (("referred", "referred"), ("left_unseen", "left"))}
    expected = {name: days_of(part["arrival"], part, part["contact"] * 0 + 1)["sum"]
                for name, part in (parts | {"visits": visits}).items()}
    expected["wait_mean"] = days_of(seen["arrival"], seen, seen["wait"])["mean"]
    expected["admissions"] = days_of(stays["start"], stays, stays["wait"] * 0 + 1)["sum"]
    asked = run.remote
    expected["remote"] = days_of(asked["requested"], asked, asked["visit"] * 0 + 1)["sum"]
    series = run.series.set_index(["measure", "day", "tier"])["value"]
    for name, values in expected.items():
        found = series[name] if len(values) else series.iloc[:0]
        np.testing.assert_allclose(found.reindex(values.index), values, rtol=1e-9)
        assert len(found) == len(values)
    for state in ("in_bed", "awaiting_bed", "queued"):
        daily = pd.Series(run.events.daily[state]).groupby(run.events.daily["day"]).sum()
        assert series[state][:, "all"].tolist() == daily.tolist()


def visits(number):
    """Rows of visits to the small world, one a minute."""
    rows = np.full((number, len(Visit._fields)), -1, dtype=np.int64)
    column = Visit(*range(len(Visit._fields)))
    at = np.arange(number)
    rows[:, column.facility] = rows[:, column.department] = at % 4
    for name in ("age_group", "condition", "severity", "place", "contact", "outcome"):
        rows[:, getattr(column, name)] = 0
    rows[:, column.visit_class] = at % 3
    rows[:, column.resident] = at
    for name in ("requested", "arrival", "ready"):
        rows[:, getattr(column, name)] = at % 4000 << 20
    rows[:, column.start] = (at % 4000 + at % 97) << 20
    return rows


NOTHING = (np.zeros((0, 15), np.int64), np.zeros((0, 11), np.int64))


@pytest.mark.invariant
def test_memory_does_not_grow_with_visits():
    sizes = []
    for number in (10, 100_000):
        keeper = Keeper([(0, small_world())], 3, 1, log=None)
        keeper.rows(visits(number), *NOTHING)
        cells = keeper.events({}).tally.cells
        sizes.append(sum(array.nbytes for array in cells))
        assert cells.daily[..., tally.DAILY_ITEMS.index("arrived")].sum() == number
    assert sizes[0] == sizes[1]


@pytest.mark.invariant
def test_neither_order_nor_portions_of_rows_matter():
    rows = visits(5000)
    whole_day, in_parts = (Keeper([(0, small_world())], 3, 1, log=None) for _ in range(2))
    whole_day.rows(rows, *NOTHING)
    for part in np.array_split(rows[::-1], 7):
        in_parts.rows(part, *NOTHING)
    for one, other in zip(whole_day.tally.cells, in_parts.tally.cells, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.unit
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**45))
def test_a_bin_holds_its_values_and_is_narrow(ticks):
    found = bin_of(ticks)
    least, most = edges(np.array([found]))
    assert least[0] <= ticks <= most[0]
    assert most[0] - least[0] <= least[0] / PER_OCTAVE
    assert bins_for(ticks) == found + 1


@pytest.mark.unit
def test_bins_follow_each_other_without_gaps():
    least, most = edges(np.arange(3000))
    assert least[0] == 0 and (least[1:] == most[:-1] + 1).all()
    assert (most[:128] == least[:128]).all()


@pytest.mark.unit
@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3 * 2**31), min_size=1, max_size=60))
def test_quantiles_of_a_histogram_lie_within_a_bin(values):
    """Against NumPy's quantiles of the values themselves: 1/64, exactly for whole numbers."""
    shares = np.array([0.0, 0.5, 0.9, 0.95, 1.0])
    counts = np.bincount([bin_of(v) for v in values])
    exact = np.quantile(values, shares)
    found = quantiles(counts, shares) * 2**20
    np.testing.assert_allclose(found, exact, rtol=1 / 64)
    days = np.array(values) % 15
    assert quantiles(np.bincount(days), shares, whole) == pytest.approx(np.quantile(days, shares))
