"""The closed forms agree with textbook values, with each other, and in their limits."""

from math import exp, factorial, inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import theory

pytestmark = pytest.mark.unit

LOADS = st.floats(0.05, 0.95)
SERVERS = st.integers(1, 30)
PATIENCE = st.floats(0.1, 100)


def test_mm1_at_half_load_waits_one_service():
    assert theory.mm1(0.1, 5) == pytest.approx(5)


def test_two_servers_at_load_three_quarters():
    """C(2, 1.5) = 9/14, hence a wait of 9/7 services: worked by hand from Erlang's formula."""
    assert theory.erlang_c(1.5, 2) == pytest.approx(9 / 14)
    assert theory.mmc(1.5, 1, 2) == pytest.approx(9 / 7)


def test_loss_formula_by_its_definition():
    offered, servers = 8.0, 10
    terms = [offered**n / factorial(n) for n in range(servers + 1)]
    assert theory.erlang_b(offered, servers) == pytest.approx(terms[-1] / sum(terms))


@given(LOADS)
def test_one_server_is_mm1(load):
    expected = theory.mm1(load, 1)
    assert theory.mmc(load, 1, 1) == pytest.approx(expected)
    assert theory.mg1(load, 1, 1) == pytest.approx(expected)
    assert theory.md1(load, 1) == pytest.approx(expected / 2)
    assert theory.priorities([load], [1], [1]) == pytest.approx([expected])


@given(LOADS, SERVERS)
def test_states_give_erlang_b_and_c(load, servers):
    offered = load * servers
    without_room = theory.states(offered, 1, servers, room=0)
    assert without_room[-1] == pytest.approx(theory.erlang_b(offered, servers))
    endless = theory.states(offered, 1, servers)
    assert endless[servers:].sum() == pytest.approx(theory.erlang_c(offered, servers), rel=1e-6)
    waiting = theory.queued(endless, servers)
    assert waiting == pytest.approx(theory.littles_law(offered, theory.mmc(offered, 1, servers)))


@given(LOADS, SERVERS)
def test_endless_patience_is_erlang_c(load, servers):
    found = theory.erlang_a(load * servers, 1, servers, 1e9)
    assert found["left"] == pytest.approx(0, abs=1e-6)
    assert found["wait"] == pytest.approx(theory.mmc(load * servers, 1, servers), rel=1e-4)
    assert found["wait_served"] == pytest.approx(found["wait"], rel=1e-4)


def test_no_patience_is_erlang_b():
    assert theory.erlang_a(8, 1, 10, 1e-9)["left"] == pytest.approx(theory.erlang_b(8, 10))


@given(st.floats(0.1, 3), SERVERS)
def test_patience_equal_to_service_makes_everybody_a_server(load, servers):
    """With equal rates of service and leaving the number present is Poisson, as in M/M/infinity."""
    offered = load * servers
    shares = theory.states(offered, 1, servers, patience=1)
    poisson = exp(-offered) * np.cumprod([1, *(offered / np.arange(1, len(shares)))])
    assert shares == pytest.approx(poisson, abs=1e-12)


@given(st.floats(0.1, 3), SERVERS, PATIENCE)
def test_who_is_not_served_has_left(load, servers, patience):
    """Served = throughput of busy servers; those who leave had waited less than their patience."""
    offered = load * servers
    found = theory.erlang_a(offered, 1, servers, patience)
    shares = theory.states(offered, 1, servers, patience)
    busy = shares @ np.minimum(np.arange(len(shares)), servers)
    assert offered * (1 - found["left"]) == pytest.approx(busy, rel=1e-6)
    left_after = (found["wait"] - (1 - found["left"]) * found["wait_served"]) / found["left"]
    assert 0 < left_after < patience


def test_wait_of_the_served_by_integration():
    """One server, at most one ahead in service: the wait's density is integrated numerically."""
    arrivals, service, patience = 0.9, 1.0, 2.0
    shares = theory.states(arrivals, service, 1, patience)
    time = np.linspace(0, 60, 60_001)
    step = time[1]
    reach = np.exp(-time / patience)
    chain = np.zeros(len(shares) - 1)
    chain[:] = shares[1:]
    served = waited = 0.0
    ahead = np.arange(len(chain))
    for moment in time:
        head = chain[0] / service * np.exp(-moment / patience)
        served += head * step
        waited += head * moment * step
        out = (1 / service + ahead / patience) * chain
        chain = chain + step * (np.append(out[1:], 0) - out)
    assert reach[-1] < 1e-9
    found = theory.erlang_a(arrivals, service, 1, patience)
    assert served + shares[0] == pytest.approx(1 - found["left"], rel=2e-3)
    assert waited / (served + shares[0]) == pytest.approx(found["wait_served"], rel=5e-3)


@given(LOADS, st.floats(0.05, 0.95), st.floats(0.2, 3), st.floats(0, 3))
def test_priorities_conserve_work(load, split, ratio, cv):
    """Kleinrock: load-weighted waits do not depend on the order of classes."""
    arrivals = [load * split, load * (1 - split) / ratio]
    service, spread = [1.0, ratio], [cv, 1.0]
    first = theory.priorities(arrivals, service, spread)
    second = theory.priorities(arrivals[::-1], service[::-1], spread[::-1])[::-1]
    loads = np.multiply(arrivals, service)
    assert loads @ first == pytest.approx(loads @ second)
    assert first[0] <= second[0] * (1 + 1e-9)


@given(LOADS, SERVERS, st.floats(0.05, 0.95))
def test_shared_priorities_average_to_erlang_c(load, servers, split):
    offered = load * servers
    rates = [offered * split, offered * (1 - split)]
    waits = theory.shared_priorities(rates, 1, servers)
    assert np.average(waits, weights=rates) == pytest.approx(theory.mmc(offered, 1, servers))
    if servers == 1:
        assert waits == pytest.approx(theory.priorities(rates, [1, 1], [1, 1]))


@given(LOADS, SERVERS)
def test_no_waiting_room_and_endless_room(load, servers):
    none = theory.finite_room(load * servers, 1, servers, 0)
    assert none["refused"] == pytest.approx(theory.erlang_b(load * servers, servers))
    assert none["wait"] == 0
    endless = theory.finite_room(load * servers, 1, servers, 3_000)
    assert endless["wait"] == pytest.approx(theory.mmc(load * servers, 1, servers))


def test_beds_without_limit_hold_arrivals_times_stay():
    assert theory.mg_infinity(12 / 1440, 5 * 1440) == pytest.approx(60)


@pytest.mark.parametrize("load", [1.0, 1.5, inf])
def test_overload_has_no_answer(load):
    for wait in (
        lambda: theory.mm1(load, 1),
        lambda: theory.mg1(load, 1, 1),
        lambda: theory.mmc(2 * load, 1, 2),
        lambda: theory.priorities([load], [1], [1]),
        lambda: theory.states(load, 1, 1),
    ):
        with pytest.raises(ValueError, match="load"):
            wait()


# --- networks, thinning, choices ---------------------------------------------------------------


@given(LOADS, SERVERS, st.floats(0, 0.9))
def test_a_station_that_sends_back_is_visited_geometrically_often(load, servers, again):
    """From outside at (1 - again) of the rate, it is the station without feedback."""
    arrivals = load * servers
    station = {"arrivals": arrivals * (1 - again), "service": 1.0, "servers": servers}
    found = theory.jackson({"a": station}, [("a", "a", again)])
    assert found["visits at a"] == pytest.approx(arrivals * 1440)
    assert found["wait at a"] == pytest.approx(theory.mmc(arrivals, 1, servers), rel=1e-6)


def test_traffic_is_what_comes_from_outside_and_from_other_stations():
    """Worked by hand: a = 1 + b / 2, b = a / 4, hence a = 8 / 7 and b = 2 / 7."""
    stations = {"a": {"arrivals": 1.0, "service": 0.1}, "b": {"service": 0.1}}
    found = theory.jackson(stations, [("a", "b", 0.25), ("b", "a", 0.5)])
    assert found["visits at a"] == pytest.approx(8 / 7 * 1440)
    assert found["visits at b"] == pytest.approx(2 / 7 * 1440)
    assert found["wait at b"] == pytest.approx(theory.mm1(2 / 7, 0.1))


def test_a_network_that_floods_a_station_has_no_answer():
    stations = {"a": {"arrivals": 0.1, "service": 5.0}, "b": {"service": 10.5}}
    with pytest.raises(ValueError, match="load"):
        theory.jackson(stations, [("a", "b", 1.0)])


@given(
    st.lists(st.floats(0.01, 50), min_size=24, max_size=24),
    st.dictionaries(st.sampled_from(["monday", "friday", "sunday"]), st.floats(0, 3)),
)
def test_hours_of_a_mean_day_add_up_to_the_mean_of_its_weekdays(per_hour, weekdays):
    found = theory.thinned(per_hour, weekdays)
    hours = sum(value for name, value in found.items() if name.startswith("arrivals at"))
    days = [found.get(f"arrivals on {day}") for day in weekdays]
    whole = sum(days) + (7 - len(days)) * sum(per_hour)
    assert hours == pytest.approx(whole / 7)
    assert found["dispersion"] == 1


VALUES = st.lists(st.floats(-3, 3), min_size=4, max_size=4)


@given(VALUES, st.floats(-2, 2))
def test_nests_of_dissimilarity_one_are_a_plain_logit(values, home):
    found = theory.nested_logit(np.array([values]), [0, 0, 1, 1], [1, 1], home)[0]
    weights = np.exp(values)
    assert found == pytest.approx(weights / (np.exp(home) + weights.sum()))


@given(VALUES, st.floats(0.1, 1), st.floats(-2, 2))
def test_choice_within_a_nest_is_a_logit_and_without_home_all_go(values, scale, home):
    found = theory.nested_logit(np.array([values]), [0, 0, 0, 1], [scale, 0.5], home)[0]
    within = np.exp(np.array(values[:3]) / scale)
    assert found[:3] / found[:3].sum() == pytest.approx(within / within.sum())
    assert found[3] == pytest.approx(
        np.exp(values[3]) / (np.exp(home) + np.exp(values[3]) + within.sum() ** scale)
    )
    assert theory.nested_logit(np.array([values]), [0, 0, 0, 1], [scale, 0.5], -inf).sum() == (
        pytest.approx(1)
    )


def test_what_is_not_offered_is_not_chosen_and_twins_in_a_nest_share():
    """Two alike of dissimilarity 1/2 weigh sqrt(2), not 2."""
    values = np.array([[0.0, 0.0, 0.0, -inf], [0.0, -inf, -inf, -inf], [-inf] * 4])
    found = theory.nested_logit(values, [0, 0, 1, 2], [0.5, 0.5, 0.5], 0.0)
    whole = 1 + np.sqrt(2) + 1
    assert found[0] == pytest.approx([np.sqrt(2) / 2 / whole] * 2 + [1 / whole, 0])
    assert found[1] == pytest.approx([0.5, 0, 0, 0])
    assert found[2].tolist() == [0, 0, 0, 0]
