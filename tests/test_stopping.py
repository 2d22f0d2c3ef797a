"""Replications stop when intervals are narrow, and the intervals still cover."""

import numpy as np
import pytest
from scipy import stats

from sim.sweeping.asked import Replications
from sim.sweeping.stopping import Looks, half_width, next_look
from sim.sweeping.units import Unit

TARGET = {"measure": "wait_mean", "half_width": 0.5}


def asked(**given):
    return Replications.model_validate({"until": [TARGET], **given})


@pytest.mark.unit
def test_the_half_width_is_that_of_the_t_interval():
    values = [1.0, 4.0, 2.5, 3.0]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert half_width(values) == pytest.approx((high - low) / 2)
    assert half_width([1.0]) == float("inf") and half_width([2.0] * 5) == 0


@pytest.mark.unit
def test_batches_follow_the_pilot_up_to_the_last():
    rule = asked(pilot=10, batch=4, most=17)
    counts = [rule.first]
    while next_look(rule, counts[-1]) > counts[-1]:
        counts.append(next_look(rule, counts[-1]))
    assert counts == [10, 14, 17]
    fixed = Replications.model_validate({"fixed": 3})
    assert fixed.first == fixed.last == next_look(fixed, 3) == 3


class Values(Looks):
    """Looks at values that stand in the name of a run."""

    def __init__(self):
        super().__init__(None, asked().until)

    def _read(self, name):
        return [float(name)]


@pytest.mark.unit
def test_pairs_are_judged_and_a_missing_arm_drops_its_pair():
    def units(first, second):
        arms = (("baseline", first), ("scenario", second))
        return [Unit(0, arm, i, i, v) for arm, vs in arms for i, v in enumerate(vs)]

    apart = (["0", "10", "20"], ["1", "11", "21"])
    assert Values().reached(units(*apart))
    assert Values().reached(units(["0", "10", "20", "nan"], ["1", "11", "21", "99"]))
    assert not Values().reached(units(["0", "10", "20"], ["1", "12", "25"]))
    assert not Values().reached([Unit(0, "scenario", i, i, v) for i, v in enumerate(apart[1])])


@pytest.mark.theory
def test_stopped_intervals_cover_the_truth_nearly_as_often_as_they_say():
    rule, luck = asked(pilot=10, batch=5, most=200), np.random.default_rng(5)
    covered, numbers = [], []
    for _ in range(2000):
        values, n = luck.normal(0, 1, 200), rule.first
        while half_width(values[:n]) > 0.5 and next_look(rule, n) > n:
            n = next_look(rule, n)
        covered.append(abs(values[:n].mean()) <= half_width(values[:n]))
        numbers.append(n)
    assert 10 <= np.median(numbers) <= 20
    assert 0.92 <= np.mean(covered) <= 0.97
