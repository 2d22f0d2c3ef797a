"""Primary care stocks more of the drugs that its patients need.

A share `coverage` of the facilities of the villages and townships, the first ones of a keyed order
within each tier, so that raising it only adds, gets the share `stocked` of the drugs that they
lack:

    in stock = 1 - (1 - in stock before) x (1 - stocked)

Source: the programme, law or study that the numbers are from; where there is none, say so.
Assumed: `stocked`, and that drugs cost nobody more. What emerges: what is resolved, trust in lower
tiers, bypass.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim.effects import DOSES, Change, Claim, covered, dose, raise_by
from sim.world import Array, World

TIERS = ("village", "township")

# What you expect, written down before you play it. Each claim names a measure (`sim list`), a
# direction, the smallest difference that matters and a world in which it would fail, and is tested
# by paired runs. `holds` is the model's answer: False is a finding, not a mistake. Be sure to look
# for what gets worse, too (kind="trade-off").
CLAIMS = (
    Claim(
        kind="response", measure="unresolved", tier="village", direction="down", at_least=0.001,
        dose={"coverage": 1.0}, fails_where="villages that lack skill or tests, not drugs",
        fails_with={"stocked": 0.02},
    ),
)  # fmt: skip


class Params(BaseModel):
    """How many facilities, and how much each of them."""

    model_config = DOSES

    # Default, [unit], meaning, bounds. With all defaults the policy must change nothing: one of
    # them, here `coverage`, is neutral.
    coverage: float = dose(
        0.0, "1", "share of the facilities of each tier that take part", ge=0, le=1
    )
    stocked: float = dose(
        0.5, "1", "share of the lacking drugs that they get (assumption)", ge=0, le=1
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """What changes, and where; nothing at coverage 0.

    Say it with `put` (a setting), `add` (so much more), `move` (from here to there: doctors are
    moved, never made) and `raise_by` (a share that stays below 1), on columns of the World
    (sim/world.py: meaning, unit and bounds of each). What people decide is never written: no
    column of `behaviour` or `people`, no `departments.prior_…`. No files, no clock, no luck but
    `covered`: the same world and doses give the same changes. Dates and waves are the scenario's.
    """
    chosen = taking_part(world, params.coverage)
    if not len(chosen):
        return ()
    return (raise_by("facilities.formulary", chosen, params.stocked),)


def taking_part(world: World, coverage: float) -> Array:
    """Rows of the facilities that take part: the share of each tier, in keyed order."""
    tiers = [world.names.tiers.index(name) for name in TIERS]
    rows = [np.flatnonzero(world.facilities.tier == tier) for tier in tiers]
    return np.concatenate([own[covered(world.facilities.code[own], coverage)] for own in rows])
