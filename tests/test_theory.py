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
