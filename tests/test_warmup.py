"""MSER-5 finds where a series settles, and says when it cannot know."""

import numpy as np
import pandas as pd
import pytest

from sim.sweeping import warmup
from sim.sweeping.warmup import judged, longest, mser5, without_weekdays

pytestmark = pytest.mark.unit

DAYS = 200


def noise(seed, days=DAYS):
    return np.random.default_rng(seed).normal(size=days)


def by_hand(series):
    """The definition, term by term."""
    batches = [np.mean(series[5 * i : 5 * i + 5]) for i in range(len(series) // 5)]
    n = len(batches)
    marks = {}
    for d in range(n - 4):
        mean = sum(batches[d:]) / (n - d)
        marks[d] = sum((b - mean) ** 2 for b in batches[d:]) / (n - d) ** 2
    return 5 * min(marks, key=marks.get)


@pytest.mark.parametrize("seed", range(10))
def test_it_is_the_published_rule(seed):
    series = noise(seed) + 5 * np.exp(-np.arange(DAYS) / (10 + seed))
    assert mser5(series).day == by_hand(series)


@pytest.mark.parametrize("length", [20, 40, 60])
def test_a_start_of_another_level_is_cut_off(length):
    series = noise(1)
    series[:length] += 10
    found = mser5(series)
    assert length <= found.day <= length + 15 and not found.late


def test_what_never_changes_needs_no_warm_up_and_what_never_settles_is_late():
    assert mser5(np.ones(DAYS)) == (0, False)
    assert mser5(np.arange(DAYS, dtype=float)).late


def test_too_few_days_cannot_be_judged():
    with pytest.raises(ValueError, match="49 days, MSER-5 needs 50"):
        mser5(np.ones(49))


@pytest.mark.parametrize("days", [70, 73, 140])
def test_weekdays_are_no_unrest(days):
    week = np.array([5.0, 4, 3, 2, 1, -7, -8])
    rhythm = week[np.arange(days) % 7]
    assert np.ptp(without_weekdays(rhythm)) < 1e-9
    assert np.allclose(without_weekdays(noise(3, days)).mean(), noise(3, days).mean(), atol=0.15)


def test_the_slowest_series_decides_in_whole_weeks():
    day = np.arange(100)
    rows = [pd.DataFrame({"day": day, "measure": name, "tier": "all", "value": value})
            for name, value in (("visits", np.ones(100)), ("in_bed", (day < 30) * 9.0),
                                ("referred", day * 1.0))]  # fmt: skip
    found = judged([pd.concat(rows)] * 2, 100).set_index("measure")
    assert found["settled"].to_dict() == {"visits": 0, "in_bed": 30}
    assert longest(found) == 35


def test_a_warning_names_point_and_series():
    found = pd.DataFrame({"point": [0, 1], "measure": "in_bed", "tier": "hub",
                          "late": [False, True]})  # fmt: skip
    said = warmup.warnings(found, {0: "dose 1", 1: "dose 2"})
    assert len(said) == 1 and said[0].startswith("dose 2: in_bed (hub) settled in the second half")
