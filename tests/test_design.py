"""Points of a design: crossed in order, even where they are spread, refused where they clash."""

import numpy as np
import pytest

from sim.sweeping import design
from sim.sweeping.design import Vary, points

pytestmark = pytest.mark.unit


def vary(**given):
    return Vary.model_validate(given)


def values(asked):
    return [point.values for point in points(asked)]


def test_nothing_varied_is_one_point():
    assert values(vary()) == [{}]


def test_a_grid_is_crossed_and_its_last_key_varies_fastest():
    asked = vary(grid={"a": [1, 2], "b": ["x", "y"]})
    assert values(asked) == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"},
    ]  # fmt: skip
    assert points(asked)[3].given == {"a": ("vary", "grid", "a", 1), "b": ("vary", "grid", "b", 1)}


def test_designs_are_crossed_with_each_other():
    asked = vary(grid={"a": [1, 2]}, list=[{"b": 1, "c": 2}, {"b": 3}])
    assert values(asked) == [
        {"a": 1, "b": 1, "c": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 1, "c": 2}, {"a": 2, "b": 3},
    ]  # fmt: skip


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_key():
    asked = vary(latin_hypercube={"points": 20, "within": {"a": [0, 1], "b": [10, 30]}})
    table = np.array([[p["a"], (p["b"] - 10) / 20] for p in values(asked)])
    for column in table.T:
        assert sorted((column * 20).astype(int)) == list(range(20))
    assert values(asked) == values(asked)
    assert values(asked) != values(
        vary(latin_hypercube={"points": 20, "seed": 2, "within": {"a": [0, 1], "b": [10, 30]}})
    )


def test_a_sobol_sequence_fills_every_quarter_alike():
    asked = vary(sobol={"points": 64, "within": {"a": [0, 1], "b": [0, 1]}})
    table = np.array([[p["a"], p["b"]] for p in values(asked)])
    quarters = 2 * (table[:, 0] >= 0.5) + (table[:, 1] >= 0.5)
    assert np.bincount(quarters).tolist() == [16] * 4


@pytest.mark.parametrize("number", [1, 5, 8, 9])
def test_a_sobol_sequence_may_be_cut(number):
    assert len(points(vary(sobol={"points": number, "within": {"a": [0, 1]}}))) == number


def test_whole_numbers_reach_both_ends_and_logarithms_are_even():
    whole = vary(latin_hypercube={"points": 30, "within": {"d": {"low": 1, "high": 3,
                                                               "whole": True}}})  # fmt: skip
    found = [p["d"] for p in values(whole)]
    assert all(type(d) is int for d in found) and [found.count(d) for d in (1, 2, 3)] == [10] * 3
    log = vary(latin_hypercube={"points": 30, "within": {"d": {"low": 1, "high": 1000,
                                                             "log": True}}})  # fmt: skip
    decades = [len(str(int(p["d"]))) for p in values(log)]
    assert [decades.count(d) for d in (1, 2, 3)] == [10] * 3


@pytest.mark.parametrize(("given", "message"), [
    ({"grid": {"a": [1]}, "list": [{"a": 2}]}, "a is varied twice, also in grid"),
    ({"sobol": {"points": 2, "within": {"a": [3, 1]}}}, "3 does not lie below 1"),
    ({"sobol": {"points": 2, "within": {"a": {"low": 0, "high": 1, "log": True}}}}, "log needs"),
    ({"sobol": {"points": 2, "within": {"a": {"low": 0.5, "high": 2, "whole": True}}}},
     "whole needs whole ends"),
    ({"grid": {k: list(range(100)) for k in "abc"}}, "1,000,000 points, at most 100,000"),
])  # fmt: skip
def test_what_makes_no_design_is_told(given, message):
    assert any(message in c.message for c in design.complaints(vary(**given)))
