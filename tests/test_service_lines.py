"""Service lines, shorter stays and reminders: what the levers of hospitals do to a contact."""

import numpy as np
import pytest
import worlds
from draws import DRAWS, close, condition

from sim import behaviour, care, chance
from sim.engine import play
from sim.world import World

pytestmark = pytest.mark.unit
DAYS = 3


def test_a_service_line_helps_its_condition_and_no_other() -> None:
    world = worlds.county()
    cancer, able = condition("cancer_complex"), world.facilities.service_level.copy()
    able[:, cancer] = 9.0
    runs = [
        play([(0, w)], 3, DAYS, engine="reference").visits
        for w in (world, world.having({"facilities.service_level": able}))
    ]
    seen = [(v["contact"] == 0) & (v["start"] >= 0) & (v["start"] < 2**20 * 1440) for v in runs]
    outcome = [dict(zip(v["visit"][s], v["outcome"][s], strict=True))
               for v, s in zip(runs, seen, strict=True)]  # fmt: skip
    ill = dict(zip(runs[0]["visit"], runs[0]["condition"], strict=True))
    both = set(outcome[0]) & set(outcome[1])
    changed = {visit for visit in both if outcome[0][visit] != outcome[1][visit]}
    assert changed and {ill[visit] for visit in changed} == {cancer}


def stays(world: World) -> np.ndarray:
    """(ticks, resolved, down) of many stays at the first county hospital."""
    tables = world.tables
    row = int(np.flatnonzero(world.facilities.beds > 0)[-1])
    return np.array([
        care.stay(tables.facilities, tables.care, row, chance.key(1, n, 0, 0), 5, 0, 5, 1)
        for n in range(2000)
    ])  # fmt: skip


def test_stays_are_shorter_and_less_often_enough() -> None:
    world = worlds.county()
    half = np.full_like(world.facilities.stay_factor, 0.5)
    usual = stays(world)
    shorter = stays(world.having({"facilities.stay_factor": half}))
    assert np.abs(shorter[:, 0] * 2 - usual[:, 0]).max() <= 2
    assert np.array_equal(shorter[:, 1:], usual[:, 1:])
    early = stays(world.having({"facilities.stay_kept": half}))
    assert np.array_equal(early[:, 0], usual[:, 0])
    assert (early[:, 1] <= usual[:, 1]).all()
    assert close(early[:, 1].sum(), len(early), 0.5 * world.care.stay_success)


def test_reminders_prevent_their_share_of_no_shows() -> None:
    world = worlds.county()
    for share in (0.0, 0.5, 1.0):
        reminded = np.full_like(world.departments.reminded, share)
        tables = world.having({"departments.reminded": reminded}).tables
        kept = sum(
            behaviour.keeps_number(
                tables.behaviour, tables.departments, 0, chance.key(1, n, 0, 0), 0, 0
            )
            for n in range(DRAWS)
        )
        assert close(DRAWS - kept, DRAWS, world.behaviour.no_show * (1.0 - share))
