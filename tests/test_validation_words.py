"""Cells of a file of facts are read as people write them, and every quantity has an answer."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sim import defaults
from sim.validation import plan, words
from sim.validation.contents import ages
from sim.validation.facts import Fact, shipped
from sim.validation.outcomes import Silent
from sim.validation.wording import amount, interval, period
from sim.validation.words import Place, Unknown

pytestmark = pytest.mark.unit

QUANTITIES = sorted({fact.quantity for fact in shipped()})
JAN_TO_AUG = tuple(range(1, 9))


def fact(**cells):
    """A fact of total visits in China in 2022 with some cells changed."""
    usual = {"line": 2, "id": "X", "quantity": "total visits", "place": "China", "year": "2022",
             "tier": "all", "value": "84.2", "unit": "100 million visits"}  # fmt: skip
    return Fact(**(usual | cells))


def answer(**cells):
    """What answers such a fact, or why nothing does."""
    (row,) = plan.plan([fact(**cells)], "facts.csv")
    return row.asked or row.reason


def test_every_quantity_of_the_shipped_facts_has_an_answer_or_a_reason():
    assert len(QUANTITIES) > 170
    for row in map(words.quantity, QUANTITIES):
        assert row.answer in (words.RUN, words.WORLD, words.NONE), row.quantity
        assert row.note if row.answer == words.NONE else row.dimensions, row.quantity


def test_every_measure_that_the_table_names_exists():
    rows = set(words.quantities().values())
    assert len(rows) > 100 and all(plan.is_known(row) for row in rows)


def test_words_of_the_tables_are_told_apart():
    for name in ("facts/quantities", "facts/tiers", "facts/places", "facts/units"):
        rows = defaults.rows(name)
        first = next(iter(rows[0]))
        said = [words.plain(w) for row in rows for w in (row[first], *words.parts(row["also"]))]
        assert sorted(said) == sorted(set(said)), name


def test_tiers_name_kinds_and_grades_that_exist():
    for tier in words.tiers().values():
        assert set(tier.kinds) <= set(defaults.KIND_NAMES)
        assert set(tier.grades) <= set(defaults.GRADES)
        assert tier.reason or tier.kinds or tier.tier == plan.ALL.tier


def test_scales_are_quantities():
    scales = {row.scale for row in words.quantities().values()} - {"", plan.POPULATION}
    assert scales and all(words.quantity(scale) for scale in scales)


def test_no_cell_of_the_shipped_facts_is_left_unread():
    """Where a fact is not answered, it is for what it says, never for how it is written."""
    reasons = {row.fact.id: row.reason for row in plan.plan(shipped(), "facts.csv")}
    for identifier, reason in reasons.items():
        assert "unknown" not in reason and "does not fit" not in reason, identifier
        assert not reason.startswith("value"), identifier


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Average annual visits per person", "visits per resident"),
        ("mean length of hospital stay", "average length of stay"),
        ("the bed occupancy rate", "bed occupancy"),
        ("Visits (9 months)", "visits (* months)"),
        ("病床使用率", "bed occupancy"),
    ],
)
def test_quantities_are_found_by_the_words_that_matter(said, meant):
    assert words.quantity(said).quantity == meant


@pytest.mark.parametrize("said", ["", "rate of the", "visits per kilometre", "bed ocupancy"])
def test_other_words_are_no_quantity(said):
    with pytest.raises(Unknown, match="unknown quantity"):
        words.quantity(said)


@pytest.mark.parametrize(
    ("text", "value", "bounds", "unit"),
    [
        ("84.2", 84.2, (None, None), ""),
        ("1,234,567.5", 1234567.5, (None, None), ""),
        ("１２．５", 12.5, (None, None), ""),
        ("50.7 %", 50.7, (None, None), "%"),
        ("64-68", 66, (64, 68), ""),
        ("0.5–0.7%", 0.6, (0.5, 0.7), "%"),
        ("56 (95% CI 47-65)", 56, (47, 65), ""),
        ("-0.132", -0.132, (None, None), ""),
        ("~30000", 30000, (None, None), ""),
        ("18.5 min", 18.5, (None, None), "min"),
        ("84.2亿", 84.2, (None, None), "亿"),
    ],
)
def test_numbers_are_read_as_written(text, value, bounds, unit):
    told = amount(text)
    assert (told.value, (told.low, told.high), told.unit) == (pytest.approx(value), bounds, unit)


@pytest.mark.parametrize("text", ["", "-", "—", "bimodal", "n/a"])
def test_what_is_no_number_is_none(text):
    assert amount(text) is None


@pytest.mark.parametrize(
    ("text", "quantity", "first", "last", "months"),
    [
        ("2022", "total visits", 2022, 2022, ()),
        ("2022 (inferred from population)", "", 2022, 2022, ()),
        ("2022 Jan-Aug", "visits (8 months)", 2022, 2022, JAN_TO_AUG),
        ("2022年1-8月", "", 2022, 2022, JAN_TO_AUG),
        ("2019 January to October", "", 2019, 2019, tuple(range(1, 11))),
        ("2022", "visits (8 months)", 2022, 2022, JAN_TO_AUG),
        ("2024-26", "", 2024, 2026, ()),
        ("2015/2018", "", 2015, 2018, ()),
        ("~2018", "12-month hospitalisation rate", 2018, 2018, ()),
    ],
)
def test_years_and_months_are_read_as_written(text, quantity, first, last, months):
    assert period(text, quantity) == (first, last, months)


def test_intervals_stand_in_brackets_of_units():
    assert interval("OR (95% CI 1.37-2.30)") == (1.37, 2.30)
    assert interval("% (55-67)") == (55, 67)
    assert interval("utility (SE 0.016)") == interval("points (max 6)") == (None, None)


@pytest.mark.parametrize(
    ("unit", "dimension", "factor"),
    [
        ("100 million visits", "count", 1e8),
        ("10k person-times", "count", 1e4),
        ("万人次", "count", 1e4),
        ("million visits", "count", 1e6),
        ("10,000 beds", "count", 1e4),
        ("10k", "count", 1e4),
        ("visits", "count", 1),
        ("%", "share", 0.01),
        ("% (95% CI 47-65)", "share", 0.01),
        ("per 1,000", "share", 0.001),
        ("per 10k", "share", 0.0001),
        ("visits/person/yr", "per person", 1),
        ("bed-days/physician/day", "load", 1),
        ("days", "time", 1440),
        ("100M yuan", "money", 1e8),
    ],
)
def test_units_are_worth_what_they_say(unit, dimension, factor):
    assert words.unit(unit) == (dimension, pytest.approx(factor))


def test_a_fact_in_its_base_unit():
    """84.2 (100 million) visits of 1,411.75 million residents are 5.96 a person [N034]."""
    asked = answer()
    assert asked.base == pytest.approx(8.42e9)
    assert asked.base / asked.scale == pytest.approx(5.964, abs=0.001)
    assert answer(value="8420", unit="million visits").base == pytest.approx(8.42e9)
    assert answer(quantity="share of total visits", value="50.7", unit="%").base == 0.507


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("China", Place("nation", "China")),
        ("全国", Place("nation", "China")),
        ("Hubei", Place("province", "湖北省")),
        ("Huangshi (Hubei)", Place("prefecture", "黄石市")),
        ("Wuhan", Place("prefecture", "武汉市")),
        ("阳新县", Place("county", "阳新县")),
        ("Yangxin", Place("county", "阳新县")),
        ("Huangshigang district, Huangshi", Place("county", "黄石港区")),
    ],
)
def test_places_of_the_model(text, place):
    assert words.place(text) == place


@pytest.mark.parametrize("text", ["Henan", "Shanghai", "Luohu, Shenzhen", "Wuhan Tongji", "", "?"])
def test_a_place_without_a_world_is_none(text):
    with pytest.raises(Unknown, match="no world of"):
        words.place(text)


def test_a_study_in_some_areas_is_beside_the_nation_and_says_so():
    assert words.place("10 areas").note and words.place("China (1 hospital)").note


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"quantity": "bed ocupancy"}, r"facts.csv:2: unknown quantity \(nearest: bed occupancy\)"),
        ({"quantity": "zzz qqq"}, "facts.csv:2: unknown quantity$"),
        ({"tier": "tertiery hospital"}, r"unknown tier .*\(nearest: tertiary hospital\)"),
        ({"unit": "parsecs"}, "unknown unit 'parsecs'"),
        ({"unit": "%"}, r"unit '%' \(share\) does not fit: count expected"),
        ({"value": ""}, "no value"),
        ({"value": "many"}, "value 'many' is no number"),
        ({"place": "Henan"}, "no world of 'Henan'"),
        ({"tier": "private hospital"}, "ownership is not modelled"),
        ({"quantity": "mortality"}, "not modelled"),
        ({"quantity": "resident population"}, "a sample"),
        ({"quantity": "out-of-area total cost", "unit": "yuan", "year": "1990"}, "needs a fact"),
    ],
)
def test_why_a_fact_is_not_answered(cells, reason):
    assert re.search(reason, answer(**cells))


@given(some.lists(some.text(max_size=12), min_size=7, max_size=7))
@settings(max_examples=200, deadline=None)
def test_no_row_is_ever_too_strange(cells):
    (row,) = plan.plan([Fact(2, *cells)], "facts.csv")
    assert row.asked or row.reason


def test_a_tier_left_blank_is_that_of_the_quantity():
    share = answer(quantity="share of visits at THC + CHC", tier="", value="23.3", unit="%")
    assert share.tier.kinds == ("township_centre", "community_centre", "community_station")
    assert answer(tier="-").tier == answer(tier="all institutions").tier == plan.ALL


def test_a_place_may_stand_in_the_quantity():
    daye = answer(quantity="resident population Daye", place="Huangshi", unit="10k persons")
    whole = answer(quantity="resident population Huangshi 2015", place="Hubei", unit="10k persons")
    assert (daye.place.name, whole.place.name) == ("大冶市", "黄石市")


def test_the_population_is_that_of_the_year_or_the_nearest_known():
    assert plan.population(Place("nation", "China"), 2022, ()) == (1_411_750_000, "")
    assert plan.population(Place("nation", "China"), 1990, ())[1] == "population of 2015"
    number, note = plan.population(Place("province", "湖北省"), 2022, shipped())
    assert (number, note) == (58_440_000, "")
    given_ = fact(quantity="resident population", place="Hunan", year="2021", value="66,220,000",
                  unit="persons")  # fmt: skip
    assert plan.population(Place("province", "湖南省"), 2021, [given_])[0] == 66_220_000


def test_populations_agree_with_what_facts_imply():
    """Beds over beds per 1,000 residents [N340, N341 and so on] within three in a thousand."""
    for year, beds, rate in ((2018, "N340", "N341"), (2019, "N349", "N350"),
                             (2020, "N358", "N359"), (2021, "N367", "N368")):  # fmt: skip
        implied = defaults.fact(beds) * 1e4 / defaults.fact(rate) * 1e3
        known, _ = plan.population(Place("nation", "China"), year, ())
        assert known == pytest.approx(implied, rel=0.003)


def test_companions_are_facts_of_the_same_place_and_year():
    asked = answer(quantity="out-of-pooling-area care episodes", value="11049.9",
                   unit="10k person-times")  # fmt: skip
    assert asked.scale == pytest.approx(426052.6e4) and "of N377" in asked.notes


def test_ages_of_a_population_share():
    assert ages("population share 0-14") == (0, 15)
    assert ages("population share 65+") == (65, float("inf"))
    with pytest.raises(Silent):
        ages("population share")
