"""Needs on top of everyday ones: who is struck, who comes as planned, who is found and recovers."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
import worlds

from sim import layers, people, settling, surges
from sim.arithmetic import DAY
from sim.listing import Surge
from sim.scenario import Scenario, ScenarioError, load
from sim.wave import share_before, tick_of_share
from sim.world import World

START = worlds.MONDAY
WAVE = {"condition": "infectious_surge", "from": date(2022, 3, 9), "hours": 96, "needs": 6000}
HOUR = DAY // 24


def struck_by(*asked: dict[str, Any]) -> World:
    """The small county with surges."""
    world = worlds.county()
    listed = tuple(Surge.model_validate(one) for one in asked)
    return world.having_group("surges", surges.layers(world, listed, START))


def needs(world: World, days: int, managed: bool = False, seed: int = 3) -> np.ndarray:
    """Rows (place, slot, condition, severity, onset) of some days."""
    living = settling.residents(world.tables.places, world.tables.people, managed)
    found = [layers.needs_of_day(world.tables, living, seed, day, 2) for day in range(days)]
    return np.concatenate([np.column_stack(day) for day in found])


@cache
def everyday(days: int) -> np.ndarray:
    """Needs of the small county without anything on top."""
    return needs(worlds.county(), days)


def beside(world: World, days: int, **more: Any) -> np.ndarray:
    """The rows that stand on top of everyday ones, which must all be there."""
    rows = needs(world, days, **more)
    usual = {tuple(row) for row in everyday(days).tolist()}
    found = [tuple(row) for row in rows.tolist()]
    assert usual <= set(found)
    return np.array([row for row in found if row not in usual])


@pytest.mark.parametrize("peak", [0.0, 0.25, 0.7, 1.0])
@pytest.mark.unit
def test_a_wave_rises_to_its_peak_and_falls_to_its_end(peak: float) -> None:
    begins, ends = 100, 100 + 2**30
    peaks = begins + int(peak * (ends - begins))
    shares = [share_before(begins, peaks, ends, tick) for tick in np.linspace(0, ends + 9, 200)]
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert (np.diff(shares) >= 0.0).all()
    assert share_before(begins, peaks, ends, peaks) == pytest.approx(peak, abs=1e-6)
    for share in (0.01, 0.2, 0.5, 0.99):
        tick = tick_of_share(begins, peaks, ends, share)
        assert share_before(begins, peaks, ends, tick) == pytest.approx(share, abs=1e-6)


@pytest.mark.luck
def test_a_surge_strikes_about_as_many_as_asked_and_nobody_elses_history_moves() -> None:
    rows = beside(struck_by(WAVE), 8)
    assert len(rows) == pytest.approx(6000, abs=5 * 6000**0.5)
    world = worlds.county()
    assert set(rows[:, 2]) == {world.names.conditions.index("infectious_surge")}
    assert rows[:, 4].min() >= 2 * DAY
    assert rows[:, 4].max() < 6 * DAY
    by_day = np.bincount(rows[:, 4] // DAY, minlength=8)[2:6]
    assert by_day / len(rows) == pytest.approx([0.125, 0.375, 0.375, 0.125], abs=0.03)


@pytest.mark.luck
def test_a_surge_leaves_another_as_it_was() -> None:
    accident = {"condition": "injury", "from": date(2022, 3, 8), "at": "15:00", "hours": 2,
                "needs": 200, "severity": (0.0, 0.5, 0.5), "name": "accident"}  # fmt: skip
    alone = {tuple(row) for row in beside(struck_by(WAVE | {"name": "wave"}), 8).tolist()}
    both = beside(struck_by(accident, WAVE | {"name": "wave"}), 8)
    others = both[[tuple(row) not in alone for row in both.tolist()]]
    assert len(others) == len(both) - len(alone) > 100
    assert ((others[:, 4] >= DAY + 15 * HOUR) & (others[:, 4] < DAY + 17 * HOUR)).all()
    assert set(others[:, 3]) == {1, 2}


@pytest.mark.unit
def test_a_surge_strikes_the_place_that_is_named() -> None:
    world = worlds.county()
    town = world.names.townships[2]
    rows = beside(struck_by(WAVE | {"place": town, "needs": 300}), 8)
    assert set(world.places.township[rows[:, 0]]) == {2}
    village = world.names.places[5]
    rows = beside(struck_by(WAVE | {"place": village, "needs": 50}), 8)
    assert {world.names.places[p] for p in rows[:, 0]} == {village}


def with_surge(**wrong: Any) -> Scenario:
    """A scenario whose surge has something else."""
    baseline = load("scenarios/county_baseline.yaml")
    return baseline.with_value("surges", ({**WAVE, **wrong},))


@pytest.mark.parametrize(
    ("wrong", "near"),
    [({"condition": "infectious_serge"}, "infectious_surge"), ({"place": "龙岗镇"}, "龙港镇")],
)
@pytest.mark.door
def test_a_wrong_word_of_a_surge_gets_the_nearest(wrong: dict[str, str], near: str) -> None:
    with pytest.raises(ScenarioError, match=near):
        with_surge(**wrong).world()


# --- planned visits, looks and control -----------------------------------------------------------


def managing(planned: float = 0.0, screened: float = 0.0) -> World:
    """The small county with planned visits and looks everywhere."""
    count = np.ones(len(worlds.county().places.code))
    return worlds.county().having({
        "places.planned": count * planned, "places.screened": count * screened,
    })  # fmt: skip


def natures(rows: np.ndarray) -> np.ndarray:
    """Bits of the nature of those in need."""
    world = worlds.county()
    living = settling.residents(world.tables.places, world.tables.people)
    return living.nature[living.first_row[rows[:, 0]] + rows[:, 1]].astype(int)


@pytest.mark.luck
def test_planned_visits_are_those_of_the_known_under_contract() -> None:
    world = managing(planned=12.0)
    rows = beside(world, 14, managed=True)
    bits = natures(rows)
    assert (bits & people.CHRONIC > 0).all()
    assert (bits & people.CONTRACT > 0).all()
    assert set(rows[:, 2]) == {world.needs.visit_planned}
    everybody = settling.residents(world.tables.places, world.tables.people).nature.astype(int)
    who = (everybody & people.CHRONIC > 0) & (everybody & people.CONTRACT > 0)
    assert len(rows) == pytest.approx(who.sum() * 12 * 14 / 365, rel=0.1)


@pytest.mark.luck
def test_a_look_finds_illness_that_nobody_knew() -> None:
    world = managing(screened=2.0)
    rows = beside(world, 14, managed=True)
    planned = rows[rows[:, 2] == world.needs.visit_planned]
    assert len(planned) > 100
    assert (natures(planned) & people.CHRONIC == 0).all()
    assert set(rows[:, 2]) - {world.needs.visit_planned} <= set(np.flatnonzero(world.needs.unseen))
    few = beside(managing(screened=0.2), 14, managed=True)
    assert len(few) == pytest.approx(len(rows) / 10, rel=0.2)


def lesson(row: int, resolved: int, planned: int) -> list[int]:
    return [row, 0, 1, 3, resolved, planned]


@pytest.mark.unit
def test_control_is_won_by_planned_visits_that_resolve_and_fades() -> None:
    world = worlds.county()
    care = world.tables.care
    living = settling.residents(world.tables.places, world.tables.people, managed=True)
    count = len(living.nature)
    told = [lesson(0, 1, 1), lesson(1, 0, 1), lesson(2, 1, 0)]
    layers.manage(care, living, np.array(told, dtype=np.int64), 0, count)
    gain = int(people.FULL * world.care.control_gain + 0.5)
    assert living.control[:4].tolist() == [people.MANAGED | gain, people.MANAGED, 0, 0]
    layers.manage(care, living, np.array(told, dtype=np.int64), 0, count)
    won = int(living.control[0]) & people.LEVEL
    assert gain < won < 2 * gain
    layers.fade(care, living, 0, count)
    assert int(living.control[0]) & people.LEVEL == won - int(won * world.care.control_fade + 0.5)
    assert living.control[0] & people.MANAGED


@pytest.mark.unit
def test_control_takes_away_the_stated_share_of_exacerbations_and_of_nothing_else() -> None:
    world = worlds.county()
    t = world.tables
    living = settling.residents(t.places, t.people, managed=True)
    row = int(np.flatnonzero(living.nature & people.AGE_BITS == 4)[0])
    groups = [people.group_of(t.needs, c, 2) for c in range(len(t.needs.rate))]
    before = [people.propensity(t.needs, living, row, group) for group in groups]
    living.control[row] = people.MANAGED | people.FULL
    after = [people.propensity(t.needs, living, row, group) for group in groups]
    assert after == pytest.approx(np.array(before) * (1.0 - world.needs.controlled))
    assert world.needs.controlled.argmax() == world.names.conditions.index("chronic_exacerbation")


@pytest.mark.unit
def test_nothing_is_kept_of_control_where_nobody_is_managed() -> None:
    world = worlds.county()
    assert not layers.manages(world)
    assert layers.manages(managing(planned=1.0))
    living = settling.residents(world.tables.places, world.tables.people)
    assert len(living.control) == 0
