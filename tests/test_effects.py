"""Changes of several policies compose to one World, whatever their order."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import policies
from sim.difference import flat
from sim.effects import Change, Conflict, EffectError, add, compose, covered, move, put, raise_by
from sim.scenario import load
from sim.world import World

TUTORIAL = Path(__file__).parents[1] / "scenarios" / "tiny_clinic.yaml"
WORLD = load(TUTORIAL).world()
DOCTORS, SHARE, RATE = "departments.doctors", "facilities.formulary", "departments.remote_rate"
CELLS = st.tuples(st.integers(0, 2), st.integers(0, 6), st.just(0))
SHARES = st.floats(0, 1)
# Adds and moves that leave no post empty are the ones that any order may take.
CHANGES = st.one_of(
    st.builds(add, st.just(RATE), st.integers(0, 2), st.floats(0, 1e6)),
    st.builds(raise_by, st.just(SHARE), st.integers(0, 1), SHARES),
    st.builds(add, st.just(DOCTORS), CELLS, st.integers(0, 9)),
    st.builds(move, st.just(DOCTORS), CELLS, CELLS, st.just(0)),
    st.builds(put, st.just("departments.remote_success"), st.integers(0, 2), st.just(0.8)),
)


def same(one: World, two: World) -> bool:
    """Whether all columns agree in every bit."""
    pairs = zip(flat(one), flat(two), strict=True)
    return all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


@pytest.mark.invariant
@settings(max_examples=60, deadline=None)
@given(st.lists(CHANGES, max_size=6), st.data())
def test_the_order_of_changes_does_not_matter(changes: list[Change], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(changes))
    assert same(compose(WORLD, changes), compose(WORLD, shuffled))


@pytest.mark.invariant
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, st.integers(0, 1)), max_size=5))
def test_a_move_conserves_or_is_refused(moves: list) -> None:
    changes = [move(DOCTORS, source, target, amount) for source, target, amount in moves]
    try:
        after = compose(WORLD, changes).departments.doctors
    except EffectError as error:
        assert "below its lower bound 0 by" in str(error)
        return
    assert after.sum() == WORLD.departments.doctors.sum()
    assert after.min() >= 0


@pytest.mark.invariant
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), SHARES), min_size=1, max_size=6), SHARES)
def test_a_raised_share_grows_and_stays_a_share(raises: list, level: float) -> None:
    world = WORLD.having({SHARE: np.full(2, level)})
    after = compose(world, [raise_by(SHARE, where, share) for where, share in raises])
    left = np.full(2, 1 - level)
    for where, share in raises:
        left[where] *= 1 - share
    assert after.facilities.formulary == pytest.approx(1 - left, abs=1e-12)
    assert (after.facilities.formulary <= 1).all()
    assert (after.facilities.formulary >= level - 1e-12).all()


@pytest.mark.unit
def test_nothing_to_compose_gives_the_very_world() -> None:
    assert compose(WORLD, []) is WORLD


@pytest.mark.unit
def test_the_old_world_stays_and_untouched_columns_are_shared() -> None:
    before = WORLD.departments.doctors.copy()
    after = compose(WORLD, [add(DOCTORS, (0, 0, 0), 3)])
    assert np.array_equal(WORLD.departments.doctors, before)
    assert after.departments.doctors[0, 0, 0] == before[0, 0, 0] + 3
    assert after.departments.doctors.dtype == before.dtype
    assert after.departments.opens is WORLD.departments.opens
    assert after.facilities is WORLD.facilities
    with pytest.raises(ValueError, match="read-only"):
        after.departments.doctors[0, 0, 0] = 9


@pytest.mark.unit
def test_settings_come_first_then_additions_then_raises() -> None:
    world = compose(WORLD, [raise_by(SHARE, 0, 0.5), add(SHARE, 0, 0.2), put(SHARE, 0, 0.4)])
    assert world.facilities.formulary[0] == pytest.approx(1 - (1 - 0.6) * 0.5)


@pytest.mark.unit
def test_two_settings_conflict_only_where_they_differ() -> None:
    first = put(SHARE, ..., 0.5)._replace(policy="drugs")
    second = put(SHARE, 1, 0.7)._replace(policy="clinics")
    with pytest.raises(Conflict, match=r"clinics and drugs set facilities.formulary .*0.7 and 0.5"):
        compose(WORLD, [first, second])
    agreed = compose(WORLD, [first, second._replace(amount=0.5)])
    assert agreed.facilities.formulary.tolist() == [0.5, 0.5]


@pytest.mark.unit
def test_masks_tuples_and_cells_given_twice() -> None:
    mask = WORLD.departments.doctors == 2
    assert compose(WORLD, [add(DOCTORS, mask, 1)]).departments.doctors[mask].tolist() == [3] * 14
    twice = (np.array([0, 0]), np.array([0, 0]), np.array([0, 0]))
    assert compose(WORLD, [add(DOCTORS, twice, 1)]).departments.doctors[0, 0, 0] == 3


@pytest.mark.unit
def test_a_scalar_field_keeps_its_type() -> None:
    changed = compose(WORLD, [put("payment.unfiled", ..., 0.5), add("care.advise", ..., 0.0)])
    assert type(changed.payment.unfiled) is float
    assert changed.care.advise == WORLD.care.advise


@pytest.mark.unit
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put(SHARE, 0, 1.5), r"p: facilities.formulary becomes 1.5, above .* 1 by 0.5 \[1\]"),
        (add(DOCTORS, (0, 0, 0), -4), r"becomes -3, below its lower bound 0 by 3 \[persons\]"),
        (add(DOCTORS, (0, 0, 0), 0.5), "becomes 1.5, not whole"),
        (move(DOCTORS, (0, 0, 0), (1, 0, 0), 5), "becomes -4, below its lower bound 0 by 4"),
        (move(DOCTORS, (0, 0, 0), (1, 0, 0), 0.5), "whole numbers"),
        (move(DOCTORS, (0, 0, 0), (1, 0, 0), -1), "whole numbers"),
        (move(DOCTORS, (0, 0, 0), (1, [0, 1], 0), 1), "from 1 cells to 2"),
        (raise_by(SHARE, 0, 1.5), r"a share in \[0, 1\]"),
        (put(SHARE, 0, [1, 1]), r"by an amount of shape \(2,\)"),
        (put("facilities.formulary", 0, np.nan), "becomes not a number"),
        (put("behaviour.travel", ..., 0.0), "may not write behaviour.travel"),
        (put("people.seed", ..., 1), "may not write people.seed"),
        (put("departments.prior_days", 0, 1), "may not write departments.prior_days"),
    ],
)
def test_an_impossible_change_is_refused(change: Change, told: str) -> None:
    with pytest.raises(EffectError, match=told):
        compose(WORLD, [change._replace(policy="p")])


@pytest.mark.luck
def test_coverage_only_adds_and_ignores_what_else_exists() -> None:
    codes = np.arange(1000, 1200) * 7919
    reached = [covered(codes, share / 10) for share in range(11)]
    assert [int(mask.sum()) for mask in reached] == list(range(0, 201, 20))
    for fewer, more in pairwise(reached):
        assert not (fewer & ~more).any()
    backwards = covered(codes[::-1], 0.3)[::-1]
    assert np.array_equal(backwards, reached[3])


@pytest.mark.policy
def test_an_unknown_policy_is_told_with_the_nearest() -> None:
    with pytest.raises(policies.UnknownPolicy, match="no policy telemedicin") as caught:
        policies.find("telemedicin")
    assert caught.value.nearest == "telemedicine"
