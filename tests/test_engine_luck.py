"""Common luck: what does not concern somebody does not move his history."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import worlds

from sim.arithmetic import DAY
from sim.engine import play
from sim.world import World

DAYS = 3


@pytest.mark.luck
def test_an_idle_facility_moves_nobody() -> None:
    arrivals = [{"to": "clinic.general", "per_hour": 5.0}]
    alone = worlds.listed([worlds.clinic()], arrivals=arrivals)
    idle = worlds.listed([worlds.clinic(), worlds.clinic("idle")], arrivals=arrivals)
    one, two = play([(0, alone)], 1, 10), play([(0, idle)], 1, 10)
    assert len(one.visits["visit"]) > 1000
    assert np.array_equal(worlds.rows(one.visits), worlds.rows(two.visits))


@pytest.mark.luck
def test_one_more_resident_who_is_never_ill_moves_nobody() -> None:
    before = worlds.county()
    baseline = play([(0, before)], 1, DAYS)
    tried = 0
    for place in range(len(before.places.code)):
        population = before.places.population.copy()
        population[place] += 1
        after = play([(0, before.having({"places.population": population}))], 1, DAYS)
        newcomer = place << 16 | int(before.places.population[place])
        if newcomer not in after.visits["resident"]:
            assert worlds.same(baseline, after)
            tried += 1
        if tried == 2:
            return
    pytest.fail("every newcomer fell ill")


@pytest.mark.luck
def test_nothing_moves_before_a_change_of_the_world() -> None:
    world, start = worlds.county(), 2
    plain = play([(0, world)], 1, DAYS)
    changed = play([(0, world), (start, _richer(world))], 1, DAYS)
    for table in ("visits", "stays"):
        one, two = getattr(plain, table), getattr(changed, table)
        for column in ("requested", "start", "end"):
            before = _known(one, column, start), _known(two, column, start)
            assert np.array_equal(*before), (table, column)
    assert not np.array_equal(worlds.rows(plain.visits), worlds.rows(changed.visits))


def _known(table: dict[str, np.ndarray], column: str, day: int) -> np.ndarray:
    """(visit, time, facility) of what had happened before a day."""
    past = (table[column] >= 0) & (table[column] < day * DAY)
    return np.column_stack([table["visit"][past], table[column][past], table["facility"][past]])


def _richer(world: World) -> World:
    return world.having({"departments.doctors": world.departments.doctors * 2})


@pytest.mark.luck
def test_more_doctors_leave_what_is_not_downstream_identical() -> None:
    def network(servers: int) -> World:
        return worlds.listed(
            [worlds.clinic("a", servers=servers), worlds.clinic("b"), worlds.clinic("c")],
            arrivals=[{"to": f"{name}.general", "per_hour": 3.0} for name in "abc"],
            routes=[
                {"from": "a.general", "to": "b.general", "probability": 0.3, "after_minutes": 1500}
            ],
        )

    few, many = play([(0, network(1))], 1, 20).visits, play([(0, network(3))], 1, 20).visits
    for facility, moved in ((0, True), (1, True), (2, False)):
        one = worlds.rows(few, few["facility"] == facility)
        two = worlds.rows(many, many["facility"] == facility)
        assert np.array_equal(one, two) is not moved, facility


@pytest.mark.luck
@pytest.mark.parametrize("seeds", [(1, 2)])
def test_seeds_differ(seeds: tuple[int, int]) -> None:
    one, two = (play([(0, worlds.queue())], seed, 2) for seed in seeds)
    assert not worlds.same(one, two)


@pytest.mark.luck
def test_the_hash_seed_of_python_does_not_matter() -> None:
    program = (
        "import worlds, hashlib; from sim.engine import play;"
        "e = play([(0, worlds.county())], 1, 1);"
        "print(hashlib.sha256(worlds.rows(e.visits).tobytes()).hexdigest(), len(e.visits['visit']))"
    )
    said = {_printed(program, seed) for seed in ("1", "2")}
    assert len(said) == 1
    assert int(said.pop().split()[1]) > 100


def _printed(program: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "tests"}
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout
