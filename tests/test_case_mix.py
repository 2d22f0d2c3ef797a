"""Case-mix index and stay index: who was treated moves the one, how long they lay the other."""

from dataclasses import replace

import cases_by_rows as by_rows
import numpy as np
import pytest
import worlds
from small_world import DAY, small_run, stay

from sim import policies, register
from sim.arithmetic import DAY as TICKS_A_DAY
from sim.effects import compose
from sim.engine import play
from sim.measures import case_mix
from sim.record import Run

WARMUP, DAYS = 3, 7
MANY = 10**6  # discharges: bed time of the nation still fits a count
CASE_PAYMENT = {"extent": 1.0, "case_payment": 1.0, "days_response": 0.5}


def cell(run, measure, tier="all"):
    """The value and n of one cell."""
    table = run.measures.set_index(["measure", "tier"])
    return tuple(table.loc[(measure, tier), ["value", "n"]])


def ended(who, days, severity=1, condition=0, **more):
    """A stay at the county hospital that ends after one measured day."""
    until = 2 * DAY
    return stay(who, until - days * DAY, until - days * DAY, until, severity=severity,
                condition=condition, outcome="discharged", **more)


def played(**columns):
    """A run of the small county, in which stays last exactly as long as they are expected to."""
    exact = {"care.stay_cv": 0.0, "facilities.step_down": 0.0 * worlds.county().facilities.beds}
    timeline = ((0, worlds.county().having(exact | columns)),)
    events = play(timeline, 1, WARMUP + DAYS, "compiled", warmup=WARMUP)
    return Run({}, 1, DAYS, WARMUP, timeline, events)


@pytest.fixture(scope="module")
def short():
    """Stays of a tenth."""
    return played(**{"facilities.stay_factor": np.full(len(worlds.county().facilities.beds), 0.1)})


@pytest.mark.unit
def test_a_discharge_counts_its_weight_and_its_stay():
    run = small_run(stays=[ended(1, 2), ended(2, 1, severity=2), ended(3, 1, 0, facility=3)])
    weight = by_rows.weights().loc["minor_acute"]
    expected = by_rows.days().loc["minor_acute"]
    found = (weight["moderate"] + weight["severe"]) / 2
    assert cell(run, "case_mix_index", "county") == pytest.approx((found, 2))
    assert cell(run, "case_mix_index", "hub") == pytest.approx((weight["mild"], 1))
    assert cell(run, "stay_index", "county") == pytest.approx((1.5 / expected["secondary"], 2))
    assert cell(run, "stay_index", "hub") == pytest.approx((1 / expected["tertiary"], 1))


@pytest.mark.unit
def test_a_discharge_of_no_condition_is_not_weighed():
    """As in a listed world; where there is no other, there is no value."""
    none = {"condition": -1, "severity": -1}
    bare = small_run(stays=[ended(1, 1, **none)])
    assert not bare.measures["measure"].isin(["case_mix_index", "stay_index"]).any()
    assert cell(bare, "length_of_stay") == (1, 1)
    both = small_run(stays=[ended(1, 1, **none), ended(2, 1)])
    assert cell(both, "case_mix_index") == cell(small_run(stays=[ended(2, 1)]), "case_mix_index")


@pytest.mark.invariant
def test_the_case_mix_of_the_nation_has_index_1():
    """And with the stays of the register a stay index of 1, wherever its people lie."""
    run = played()
    items = run.events.tally.cells.cases
    items[...] = 0
    number = np.round(by_rows.admissions().to_numpy() * MANY).astype(np.int64)
    for sort, kind in enumerate(run.events.tally.sorts[:, 1]):
        days = register.stay_days()[:, kind, None]
        items[0, sort, 0, :-1, :-1, 0] = number
        items[0, sort, 0, :-1, :-1, 1] = number * days * TICKS_A_DAY
    assert cell(run, "case_mix_index")[0] == pytest.approx(1, rel=1e-4)
    assert cell(run, "stay_index")[0] == pytest.approx(1, rel=1e-9)
    np.testing.assert_allclose(case_mix.weights(), by_rows.weights(), rtol=1e-12)


@pytest.mark.invariant
def test_doubled_stays_double_the_stay_index_and_leave_the_case_mix(short):
    double = played(**{"facilities.stay_factor": short.world.facilities.stay_factor * 2})
    (one, n), (two, more) = (cell(run, "stay_index") for run in (short, double))
    assert one == pytest.approx(0.1, rel=1e-6) and two == pytest.approx(0.2, rel=1e-6)
    assert min(n, more) > 100
    mixes = [cell(run, "case_mix_index")[0] for run in (short, double)]
    assert mixes[0] == pytest.approx(mixes[1], rel=0.02)


@pytest.mark.invariant
def test_severer_cases_raise_the_index_by_the_price_of_severity(short):
    """Metamorphic: all discharges a severity up, from mild to moderate and from there to severe."""
    held = short.events.tally.cells.cases
    lifted = np.zeros_like(held)
    lifted[..., 1, :], lifted[..., 2, :] = held[..., 0, :], held[..., 1, :] + held[..., 2, :]
    price = np.array(register.column("severities", "price"))
    assert (np.diff(price) > 0).all()
    again = replace(short, events=short.events._replace(
        tally=short.events.tally._replace(cells=short.events.tally.cells._replace(cases=lifted))))
    ratio = cell(again, "case_mix_index")[0] / cell(short, "case_mix_index")[0]
    assert 1 < ratio <= price[1] / price[0]
    assert cell(again, "stay_index") == pytest.approx(cell(short, "stay_index"))


@pytest.mark.policy
def test_a_policy_that_shortens_stays_moves_no_weight(short):
    """The same discharges count the same, whatever the World says of stays, beds and prices."""
    world = short.world
    reformed = compose(world, policies.changes("insurance_reform", world, CASE_PAYMENT))
    assert (reformed.care.stay_days < world.care.stay_days).any()
    assert (reformed.payment.day_price > world.payment.day_price).any()
    again = replace(short, timeline=((0, reformed),))
    for measure in ("case_mix_index", "stay_index"):
        assert cell(again, measure) == cell(short, measure)


@pytest.mark.invariant
def test_other_values_of_parameters_move_no_weight():
    frozen, number = case_mix.weights(), case_mix.admissions()
    case_mix.weights.cache_clear()
    with register.having({"bed_weight_mild": 0.3}):
        assert np.array_equal(case_mix.weights(), frozen)
        assert not np.array_equal(case_mix.admissions(), number)


@pytest.mark.door
def test_cases_stand_in_words_among_the_aggregates(short):
    table = short.aggregates["cases"]
    assert list(table) == ["county", "tier", "kind", "grade", "age_group", "condition", "severity",
                           "discharged", "bed_time"]
    n = table.loc[table["condition"] != "none", "discharged"].sum()
    assert n == cell(short, "case_mix_index")[1]
    counties = short.by("county", "case_mix_index").query("tier == 'all'")
    inside = table.loc[table["county"] != "outside", "discharged"].sum()
    assert counties["n"].sum() == inside > 0
