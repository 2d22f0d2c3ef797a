"""Luck is keyed and stateless, even and independent."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import sim.chance as chance
from sim.arithmetic import exp
from sim.chance import (
    categorical,
    exponential,
    key,
    lognormal,
    philox,
    pick,
    poisson,
    poisson_shares,
    race,
    uniform,
    uniforms,
)

pytestmark = pytest.mark.luck

ROOT = Path(chance.__file__).resolve().parent.parent
ALL_ONES = 0xFFFFFFFF
DRAWS = 100_000
UNLIKELY = 1e-4
WIDE = st.integers(-(2**63), 2**63 - 1)
WORD = st.integers(0, ALL_ONES)
PURPOSES = {
    name: value
    for name, value in vars(chance).items()
    if name.isupper() and type(value) is int and name not in ("ROUNDS", "FOUR")
}
NEEDED = (
    "PERSON",
    "ATTRIBUTES",
    "FRAILTY",
    "TASTE",
    "NEED_COUNT",
    "NEED",
    "SEVERITY",
    "CHOICE",
    "NEST",
    "BOOKING",
    "ARRIVAL",
    "PATIENCE",
    "CONSULTATION",
    "CARE",
    "TESTS",
    "OUTCOME",
    "REFERRAL",
    "STAY",
    "STEP_DOWN",
    "RETURN",
    "REMOTE",
    "STREAM_COUNT",
    "STREAM",
    "SERVICE",
    "ROUTE",
    "PLACEMENT",
    "COVERAGE",
    "ONLINE",
    "SURGE",
    "PLANNED",
    "FOUND",
    "CALL",
)


@numba.njit
def sample(seed, count, purpose):
    """Draws (count, 4) of one person, one row for each time."""
    out = np.empty((count, 4))
    person = key(seed, 10, 3, chance.PERSON)
    for n in range(count):
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = uniforms(person, n, 0, purpose)
    return out


@numba.njit
def keys_of_persons(seeds, persons):
    out = np.empty((seeds, persons), np.int64)
    for s in range(seeds):
        for p in range(persons):
            out[s, p] = key(s, p, 0, chance.PERSON)
    return out


@numba.njit
def mapped(function, us, a, b):
    out = np.empty(len(us))
    for i in range(len(us)):
        out[i] = function(us[i], a, b)
    return out


@numba.njit
def counted(us, mean):
    out = np.empty(len(us), np.int64)
    for i in range(len(us)):
        out[i] = poisson(us[i], mean)
    return out


@pytest.fixture(scope="module")
def draws():
    return sample(2024, DRAWS, chance.CHOICE)


@pytest.mark.parametrize(
    ("counter", "secret", "answer"),
    [
        ("00000000 " * 4, "00000000 " * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff " * 4, "ffffffff " * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_published_known_answers(counter, secret, answer):
    words = [int(word, 16) for word in (counter + " " + secret).split()]
    assert " ".join(f"{int(word):08x}" for word in philox(*words)) == answer


@settings(deadline=None)
@given(WORD, WORD, WORD, WORD, WORD, WORD)
def test_python_and_compiled_philox_agree(c0, c1, c2, c3, k0, k1):
    assert philox(c0, c1, c2, c3, k0, k1) == philox.py_func(c0, c1, c2, c3, k0, k1)


@settings(deadline=None)
@given(WIDE, WIDE, WIDE, st.integers(0, 2**31))
def test_python_and_compiled_keys_agree(seed, a, b, tag):
    assert key(seed, a, b, tag) == key.py_func(seed, a, b, tag)


@settings(deadline=None)
@given(WIDE, WIDE, st.integers(0, ALL_ONES))
def test_python_and_compiled_uniforms_agree(secret, a, b):
    compiled = uniforms(secret, a, b, chance.NEED)
    assert compiled == uniforms.py_func(secret, a, b, chance.NEED)
    assert uniform(secret, a, b, chance.NEED) == compiled[0]


def test_keys_are_not_added():
    assert key(1, 10, 0, chance.PERSON) != key(2, 9, 0, chance.PERSON)
    keys = keys_of_persons(200, 1000)
    assert len(np.unique(keys)) == keys.size


def test_draws_of_shifted_seeds_and_persons_share_nothing():
    keys = keys_of_persons(50, 50)
    firsts = {uniform(k, 0, 0, chance.NEED) for k in keys.ravel()}
    assert len(firsts) == keys.size


@pytest.mark.parametrize("argument", range(3))
@pytest.mark.parametrize("bit", [0, 1, 31, 32, 33, 62])
def test_every_bit_of_a_key_matters(argument, bit):
    things = [7, 11, 13]
    before = key(*things, 1)
    things[argument] ^= 1 << bit
    after = key(*things, 1)
    assert 10 < ((before ^ after) % 2**64).bit_count() < 54


def test_keys_of_either_sign_can_be_used_from_python():
    keys = [key(1, person, 0, chance.PERSON) for person in range(100)]
    assert min(keys) < 0 < max(keys)
    assert len({uniform(k, 0, 0, chance.NEED) for k in keys}) == len(keys)


def test_place_and_slot_do_not_swap():
    assert key(1, 2, 3, 1) != key(1, 3, 2, 1)
    assert key(1, 2, 3, 1) != key(1, 2, 3, 2)
    assert key(-1, 2, 3, 1) != key(1, 2, 3, 1)


@pytest.mark.parametrize("bit", [0, 31, 32, 62])
def test_both_words_of_the_occasion_matter(bit):
    person = key(1, 2, 3, 1)
    assert uniforms(person, 5, 0, 1) != uniforms(person, 5 ^ (1 << bit), 0, 1)


def test_low_word_of_the_second_occasion_and_purpose_matter():
    person = key(1, 2, 3, 1)
    assert uniforms(person, 5, 0, 1) != uniforms(person, 5, 1, 1)
    assert uniforms(person, 5, 0, 1) == uniforms(person, 5, 2**32, 1)
    assert uniforms(person, 5, 0, 1) != uniforms(person, 5, 0, 2)


def test_draws_stay_inside_the_open_interval():
    assert chance._unit(np.uint32(0)) == 2.0**-33
    assert chance._unit(np.uint32(ALL_ONES)) == 1.0 - 2.0**-33


def test_draws_are_even(draws):
    assert min(stats.kstest(column, "uniform").pvalue for column in draws.T) > UNLIKELY


def test_the_four_words_are_independent_in_pairs(draws):
    for i in range(4):
        for j in range(i):
            cells, _, _ = np.histogram2d(draws[:, i], draws[:, j], bins=16, range=[[0, 1]] * 2)
            assert stats.chisquare(cells.ravel()).pvalue > UNLIKELY


def test_neighbouring_occasions_are_independent(draws):
    bound = 5 / math.sqrt(DRAWS)
    for lag in (1, 2, 7, 4096):
        assert abs(np.corrcoef(draws[lag:, 0], draws[:-lag, 0])[0, 1]) < bound


def test_neighbouring_persons_are_even():
    firsts = [uniform(k, 0, 0, chance.NEED) for k in keys_of_persons(100, 100).ravel()]
    assert stats.kstest(firsts, "uniform").pvalue > UNLIKELY


def test_purposes_are_distinct_and_complete():
    assert sorted(PURPOSES) == sorted(NEEDED)
    assert len(set(PURPOSES.values())) == len(NEEDED)


def printed(code, **environment):
    """Print of a fresh interpreter under the given environment."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.check_output([sys.executable, "-c", code], env=settings, text=True)


LUCK = """
from sim.chance import *
for n in range(200):
    person = key(n, -n, n << 40, PERSON)
    u, v, w, x = uniforms(person, n - 100, n, NEED)
    print(person, u, exponential(u, 3.0), race(v, 0.7), lognormal(w, 2.0, 0.6), poisson(x, 9.0))
"""


def test_luck_does_not_depend_on_the_hash_seed():
    assert len({printed(LUCK, PYTHONHASHSEED=seed) for seed in ("0", "1", "4711")}) == 1


def test_luck_does_not_depend_on_the_compiler():
    assert printed(LUCK) == printed(LUCK, NUMBA_DISABLE_JIT="1").replace("np.float64", "")


def test_exponential_durations(draws):
    xs = mapped(numba.njit(lambda u, mean, _: exponential(u, mean)), draws[:, 0], 12.0, 0)
    assert stats.kstest(xs, "expon", args=(0, 12.0)).pvalue > UNLIKELY


@pytest.mark.parametrize("weight", [1e-3, 1.0, 40.0])
def test_arrivals_of_a_race_are_exponential_at_the_rate_of_the_weight(draws, weight):
    xs = mapped(numba.njit(lambda u, w, _: race(u, w)), draws[:, 1], weight, 0)
    assert stats.kstest(xs, "expon", args=(0, 1.0 / weight)).pvalue > UNLIKELY


def test_a_race_is_a_gumbel_choice(draws):
    """The logarithm of who comes in, turned, is utility plus a Gumbel shock."""
    utility = 0.8
    xs = mapped(numba.njit(lambda u, w, _: race(u, w)), draws[:, 1], math.exp(utility), 0)
    assert stats.kstest(-np.log(xs), "gumbel_r", args=(utility, 1.0)).pvalue > UNLIKELY


def test_winners_of_a_race_have_logit_shares(draws):
    utility = np.array([0.0, 1.0, -0.5, 0.3])
    raced = numba.njit(lambda u, w, _: race(u, w))
    times = [mapped(raced, draws[:, i], exp(v), 0) for i, v in enumerate(utility)]
    picked = np.bincount(np.argmin(times, axis=0), minlength=4)
    shares = np.exp(utility) / np.exp(utility).sum()
    assert stats.chisquare(picked, shares * DRAWS).pvalue > UNLIKELY


def test_a_heavier_alternative_never_comes_in_later():
    for u in (2.0**-33, 0.3, 1.0 - 2.0**-33):
        assert 0.0 < race(u, 2.0) < race(u, 1.0) < math.inf
        assert race(u, 0.0) == math.inf


def test_each_of_the_four_draws_can_be_picked():
    four = uniforms(key(1, 2, 3, chance.PERSON), 5, 0, chance.CHOICE)
    assert tuple(pick(four, i) for i in range(4)) == four


@pytest.mark.parametrize("cv", [0.2, 0.7, 1.5])
def test_lognormal_durations(draws, cv):
    xs = mapped(lognormal, draws[:, 2], 8.0, cv)
    shape = math.sqrt(math.log(1 + cv * cv))
    scale = 8.0 / math.sqrt(1 + cv * cv)
    assert stats.kstest(xs, "lognorm", args=(shape, 0, scale)).pvalue > UNLIKELY
    assert xs.mean() == pytest.approx(8.0, rel=5 * cv / math.sqrt(DRAWS))


def test_lognormal_without_spread_is_its_mean():
    assert lognormal(0.1, 8.0, 0.0) == lognormal(0.9, 8.0, 0.0) == 8.0


@pytest.mark.parametrize("mean", [0.01, 0.7, 5.0, 60.0, 500.0])
def test_poisson_counts_are_quantiles(draws, mean):
    assert np.array_equal(counted(draws[:, 3], mean), stats.poisson.ppf(draws[:, 3], mean))


@pytest.mark.parametrize("u", [2.0**-33, 1.0 - 2.0**-33, 1.0 - 2.0**-53])
@pytest.mark.parametrize("mean", [1e-9, 1.0, 500.0])
def test_poisson_ends_at_the_extremes(u, mean):
    assert 0 <= poisson(u, mean) <= mean + 12 * math.sqrt(mean) + 20


@pytest.mark.parametrize("mean", [0.0, 0.01, 5.0, 60.0, 500.0])
def test_poisson_shares_give_the_same_counts(draws, mean):
    shares = np.empty(1024)
    poisson_shares(mean, shares)
    exact = stats.poisson.cdf(np.arange(len(shares)), mean)
    assert np.abs(shares - exact).max() < 1e-12
    counts = mapped(numba.njit(lambda u, row, _: categorical(u, row)), draws[:, 3], shares, 0)
    assert np.array_equal(counts, counted(draws[:, 3], mean))


def test_poisson_of_nothing_is_nothing():
    assert poisson(1.0 - 2.0**-33, 0.0) == 0


@pytest.mark.parametrize("mean", [500.1, math.inf, math.nan])
def test_poisson_refuses_means_to_be_split(mean):
    with pytest.raises(ValueError, match="at most 500"):
        poisson(0.5, mean)


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=20), st.floats(0.0001, 0.9999))
def test_categorical_finds_the_class(weights, u):
    cumulative = np.cumsum(weights) / np.sum(weights)
    expected = min(np.searchsorted(cumulative, u, side="right"), len(weights) - 1)
    assert categorical(u, cumulative) == expected


def test_categorical_forgives_a_rounded_last_share():
    assert categorical(1.0 - 2.0**-33, np.array([0.25, 0.5, 0.9])) == 2
    assert categorical(0.25, np.array([0.25, 0.5, 0.9])) == 1


def test_categorical_never_picks_an_empty_class():
    cumulative = np.array([0.0, 0.5, 0.5, 1.0])
    assert {categorical(u, cumulative) for u in np.linspace(1e-9, 1 - 1e-9, 1001)} == {1, 3}
