"""What people live through, against the formulas: the next try, what is learned, patience."""

from __future__ import annotations

import numpy as np
import pytest
import worlds
from draws import DRAWS, SIGMAS, close

from sim import behaviour, chance
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.behaviour import ENDLESS
from sim.table import Table
from sim.world import BY_CASE, EXPONENTIAL, ORDINARY, REFERRED, URGENT, World

MORNING = 10 * 60 * TICKS_PER_MINUTE

# --- going on, learning ------------------------------------------------------------------------


@pytest.mark.theory
def test_the_next_try_is_on_a_later_day_with_the_stated_probability_and_mean() -> None:
    weights = worlds.county().tables.behaviour
    now = 4 * DAY + MORNING
    for advised, severity in ((False, 0), (False, 1), (False, 2), (True, 0)):
        tries = np.array([
            behaviour.next_try(
                weights, chance.key(5, 1, n, chance.PERSON), 4, 1, advised, severity, now
            )
            for n in range(DRAWS // 2)
        ])  # fmt: skip
        again = tries >= 0
        share = weights.follows if advised else weights.returns[severity]
        assert close(again.sum(), len(tries), share)
        days = tries[again] // DAY - 4
        assert days.min() == 1
        error = days.std() / np.sqrt(len(days))
        assert abs(days.mean() - weights.return_days) < SIGMAS * error


@pytest.mark.unit
def test_expected_waits_are_smoothed_posted_ones_known_at_once_and_the_prior_fades_in() -> None:
    weights = worlds.county().tables.behaviour
    expected, prior = np.array([30.0, 10.0, 7.0]), np.array([5.0, 20.0, 7.0])
    sums = np.array([[90 * TICKS_PER_MINUTE, 2], [0, 0], [0, 4]])
    unit, s, f = float(TICKS_PER_MINUTE), weights.smoothing, weights.fading
    shown = np.array([1.0, 1.0, 0.5])
    known = expected.copy()
    behaviour.experience(weights, expected, sums, prior, unit, np.zeros(3))
    behaviour.experience(weights, known, sums, prior, unit, shown)
    assert expected == pytest.approx([30 + s * (45 - 30), 10 + f * (20 - 10), 7 - s * 7])
    assert known == pytest.approx([45, 10 + f * (20 - 10), 7 - (s + 1) / 2 * 7])


def known(own: list[int], town: list[int]) -> Table:
    """The outlook of one resident of one township who knows one tier."""
    world = worlds.county()
    table = behaviour.outlook(world.departments, 1, 1, 1)
    table.own[0, 1:], table.reputation[0, 0] = own, town
    return table


def taught(weights: Table, table: Table, *results: int) -> tuple[list[int], list[int]]:
    """What the resident and his township remember after a day with these results at kind 3."""
    lessons = np.array([(0, 0, 0, 3, result) for result in results], dtype=np.int64)
    behaviour.learn(weights, table, lessons, 0, 1)
    behaviour.spread_word(table, lessons)
    behaviour.forget(weights, table)
    return table.own[0, 1:].tolist(), table.reputation[0, 0].tolist()


def remembering(own: float, town: float) -> Table:
    """The weights of behaviour with other memories."""
    changed = {"behaviour.own_memory": own, "behaviour.town_memory": town}
    return worlds.county().having(changed).tables.behaviour


@pytest.mark.unit
def test_a_full_counter_of_a_resident_halves_its_pair_first() -> None:
    weights, table = remembering(10.0, 1000.0), known([6, 9], [0, 0])
    assert taught(weights, table, 1)[0] == [6, 10]
    assert taught(weights, table, 1)[0] == [3, 6]
    assert taught(weights, table, 0)[0] == [4, 6]
    assert taught(weights, table, 1, 1, 1, 1, 1, 0)[0] == [3, 6]
    assert behaviour.last_kind(table.own[0]) == 3


@pytest.mark.unit
def test_residents_taught_share_by_share_know_what_all_taught_together_know() -> None:
    world, rng = worlds.county(), np.arange(400)
    lessons = np.column_stack([rng * 7 % 50, rng % 3, rng % 2, rng % 5, rng // 3 % 2])
    whole, parts = (behaviour.outlook(world.departments, 50, 3, 2) for _ in range(2))
    weights = remembering(4.0, 1000.0)
    behaviour.learn(weights, whole, lessons, 0, 50)
    for first, last in ((20, 50), (0, 20)):
        behaviour.learn(weights, parts, lessons, first, last)
    assert (whole.own.max(axis=0) > 0).all() and (whole.own == parts.own).all()


@pytest.mark.unit
def test_a_township_adds_a_day_together_and_then_halves_what_is_over_full() -> None:
    weights, table = remembering(200.0, 10.0), known([0, 0], [6, 9])
    assert taught(weights, table, 1)[1] == [6, 10]
    assert taught(weights, table, 1)[1] == [3, 5]
    assert taught(weights, table, *[1] * 16)[1] == [1, 10]
    assert taught(weights, table, *[1] * 14, 0)[1] == [0, 6]


@pytest.mark.unit
def test_the_order_of_a_day_does_not_move_a_township() -> None:
    weights = remembering(200.0, 10.0)
    orders = ([0] * 30 + [1] * 20, [1] * 20 + [0] * 30, [0, 1, 0, 1, 0] * 10)
    towns = [taught(weights, known([0, 0], [7, 7]), *results)[1] for results in orders]
    assert towns == [[9, 6]] * 3


@pytest.mark.unit
def test_counters_never_overflow_and_keep_the_share() -> None:
    weights, table = worlds.county().tables.behaviour, known([0, 0], [0, 0])
    assert weights.own_memory <= np.iinfo(np.uint8).max
    for n in range(5000):
        own, town = taught(weights, table, int(n % 4 != 0))
        assert max(own) <= weights.own_memory
        assert max(town) <= weights.town_memory
    assert behaviour.last_kind(table.own[0]) == 3
    unresolved, resolved = town
    assert resolved / (resolved + unresolved) == pytest.approx(0.75, abs=0.02)
    assert behaviour.mean_trust(weights, 0, 0) == 0.5


# --- patience ----------------------------------------------------------------------------------


def impatient(case_minutes: float, point_minutes: float, bed_days: float) -> World:
    """The small county with stated mean patience; exponential."""
    base = worlds.county()
    rows = np.ones_like(base.departments.patience_mean)
    return base.having({
        "departments.patience_mean": rows * point_minutes,
        "departments.patience_cv": rows,
        "departments.patience_family": np.full_like(base.departments.patience_family, EXPONENTIAL),
        "behaviour.patience": case_minutes, "behaviour.bed_patience": bed_days,
    })  # fmt: skip


def patience(world: World, visit_class: int, luck: int) -> int:
    """Ticks in the first department, which treats by the case."""
    t = world.tables
    return int(behaviour.patience(t.behaviour, t.departments, 0, visit_class, luck, 2, 1))


@pytest.mark.unit
def test_patience_has_the_stated_mean() -> None:
    world = impatient(25.0, 40.0, 5.0)
    assert world.departments.service_family[0] == BY_CASE
    luck = [chance.key(6, 1, n, chance.PERSON) for n in range(DRAWS // 2)]
    ordinary = np.array([patience(world, ORDINARY, one) for one in luck]) / TICKS_PER_MINUTE
    referred = np.array([patience(world, REFERRED, one) for one in luck]) / TICKS_PER_MINUTE
    weights = world.tables.behaviour
    days = np.array([behaviour.bed_patience(weights, 0, one, 2, 1) for one in luck]) / DAY
    for drawn, mean in ((ordinary, 25.0), (referred, 40.0), (days, 5.0)):
        assert abs(drawn.mean() - mean) < SIGMAS * mean / np.sqrt(len(drawn))
    assert abs(np.corrcoef(referred, days)[0, 1]) < SIGMAS / np.sqrt(len(luck))


@pytest.mark.unit
def test_patience_of_the_department_holds_where_service_is_its_own() -> None:
    world = impatient(25.0, 40.0, 5.0)
    family = np.full_like(world.departments.service_family, EXPONENTIAL)
    given = world.having({"departments.service_family": family})
    for luck in range(100):
        assert patience(given, ORDINARY, luck) == patience(world, REFERRED, luck)


@pytest.mark.unit
def test_patience_without_a_mean_is_endless() -> None:
    world = impatient(0.0, 0.0, 0.0)
    weights = world.tables.behaviour
    for luck in range(100):
        assert patience(world, ORDINARY, luck) == ENDLESS
        assert patience(world, URGENT, luck) == ENDLESS
        assert behaviour.bed_patience(weights, 0, luck, 2, 1) == ENDLESS
    assert behaviour.bed_patience(impatient(0.0, 0.0, 5.0).tables.behaviour, -1, 1, 2, 1) == ENDLESS
