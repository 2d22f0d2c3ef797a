"""The end of a run: who is still here, in which state, and the two ledgers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arithmetic import compiled
from sim.engine.books import ENDED, Ledger
from sim.engine.compiled.layout import (
    ARISEN,
    ARRIVE,
    ASK,
    BACK,
    BED,
    BED_WAIT,
    DECIDE,
    DROPPED,
    GONE,
    NONE,
    REMOTE_SERVICE,
    REMOTE_WAIT,
    REMOTES,
    REPLY,
    RESULT_WAIT,
    RESULTS,
    SERVICE,
    STAYS,
    STEP_DOWN,
    TO_BED,
    TO_TEST,
    VISITS,
    WAIT,
)
from sim.engine.compiled.rows import remote_row, stay_row, visit_row
from sim.events import ENDINGS, OUTCOMES, STAY_OUTCOMES
from sim.table import Table
from sim.world import World

VISIT_STATE = {
    "waiting": (WAIT, RESULT_WAIT), "in_service": (SERVICE, RESULTS),
    "in_test": tuple(range(TO_TEST, BACK + 1)), "awaiting_bed": (TO_BED, BED_WAIT),
    "in_bed": (BED,),
}  # fmt: skip
EPISODE_STATE = {
    "at_home": (DECIDE,), "in_transit": tuple(range(DECIDE + 1, ARRIVE + 1)),
    "at_facility": tuple(range(WAIT, STEP_DOWN + 1)),
    "awaiting_reply": tuple(range(ASK, REPLY + 1)),
}  # fmt: skip


@compiled
def still_open(state, me, first):
    """Write the rows of everybody from a record on; returns the first that found no room."""
    for i in range(first, state.made[0]):
        stage = state.patients[i].stage
        if me.lengths[VISITS] + me.lengths[STAYS] + me.lengths[REMOTES] >= me.remote.shape[0]:
            return i
        if WAIT <= stage <= RESULTS:
            visit_row(state, me, i, NONE, NONE)
        elif TO_BED <= stage <= BED:
            stay_row(state, me, i, NONE, NONE)
        elif REMOTE_WAIT <= stage <= REMOTE_SERVICE:
            remote_row(state, me, i, NONE, NONE, NONE)
    return state.made[0]


def ledger(world: World, state: Table, desks: list[Table]) -> dict[str, dict[str, Any]]:
    """Both ledgers and the needs, from the counts of all workers and who is still here."""
    found = Ledger(len(world.names.tiers)).as_dict()
    visits, episodes = found["visits"], found["episodes"]
    visits["arrived"] += sum(desk.arrived for desk in desks)
    for names, ends in ((OUTCOMES, "visit_ends"), (STAY_OUTCOMES, "stay_ends")):
        total = sum(getattr(desk, ends) for desk in desks)
        for k, name in enumerate(names):
            if name in ENDED:
                visits[name] += total[:, k]
    counts = sum(desk.episodes for desk in desks).tolist()
    episodes |= dict(zip((*ENDINGS, "opened"), counts, strict=False))
    found["needs"] |= {"arisen": counts[ARISEN], "dropped": counts[DROPPED]}
    _still_here(world, state, visits, episodes)
    return found


def _still_here(
    world: World, state: Table, visits: dict[str, np.ndarray], episodes: dict[str, int]
) -> None:
    """Count everybody who is still here, in his state."""
    made = state.patients[: int(state.made[0])]
    here = np.flatnonzero(made["stage"] != GONE)
    stage, facility, place = (made[column][here] for column in ("stage", "facility", "place"))
    tiers, names = np.asarray(world.facilities.tier), len(world.names.tiers)
    lying = np.isin(stage, (*VISIT_STATE["awaiting_bed"], *VISIT_STATE["in_bed"]))
    where = facility.copy()
    where[lying] = state.spells["ward"][made["spell"][here[lying]]]
    tier = tiers[where]
    for name, stages in VISIT_STATE.items():
        visits[name] += np.bincount(tier[np.isin(stage, stages)], minlength=names)
    mine = stage[place != NONE]
    for name, stages in EPISODE_STATE.items():
        episodes[name] = int(np.isin(mine, stages).sum())
