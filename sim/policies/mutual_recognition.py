"""Hospitals of one grade in listed areas take over each other's tests and images.

A share `coverage` of the hospitals of the chosen kinds and places takes part, the first ones of a
keyed order within each kind, so that raising it only adds. Between two that take part and are of
one grade

    share of tests taken over = max(own share before, fidelity)

where the share before is that of the baseline, participation x items = 0.882 x 0.1 [N064].

Source: programme HS ("mutual recognition with Wuhan of institutions of the same level"), row
mutual_recognition (programmes.md); baseline N064; fidelity 0.3, 0.6, 0.9: domain.md 4.8.
Assumed: who takes part, fidelity. What emerges: how many tests are repeated (near to an identity),
queues at tests, returns with results, what hospitals earn by tests.
Simple: a test is one thing, taken over or not; one of an earlier episode is not known.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from sim import targets
from sim.effects import DOSES, Change, Claim, dose, raise_by
from sim.world import World

NAME = "mutual_recognition"
Kind = Literal[
    "county_general", "county_tcm", "mch", "municipal_general", "hub_general", "children_hospital"
]
DOSE = {"coverage": 1.0, "fidelity": 0.6}
CLAIMS = (
    Claim(
        kind="identity", measure="repeated_tests", tier="", direction="down", at_least=0.05,
        dose=DOSE, fails_where="a fidelity that the baseline has already",
        fails_with={"fidelity": 0.05},
    ),
    Claim(
        kind="response", measure="test_wait_mean", tier="municipal", direction="down",
        at_least=1.0, dose=DOSE, fails_where="a fidelity that the baseline has already",
        fails_with={"fidelity": 0.05}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="cost_per_visit", tier="municipal", direction="down",
        at_least=1.0, dose=DOSE, fails_where="few patients come with a test of a peer",
        fails_with={"fidelity": 0.05},
    ),
)


class Params(BaseModel):
    """Who takes part, and how far."""

    model_config = DOSES

    coverage: float = dose(0.0, "1", "share of the hospitals that take part", ge=0, le=1)
    fidelity: float = dose(
        0.3, "1", "share of a peer's tests that one takes over; grid 0.3, 0.6, 0.9", ge=0, le=1
    )
    kinds: tuple[Kind, ...] = dose(
        ("county_general", "county_tcm", "mch", "municipal_general", "hub_general",
         "children_hospital"), "kind", "kinds that may take part", min_length=1,
    )  # fmt: skip
    places: tuple[str | int, ...] = targets.places_dose("hospitals that may take part")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """What peers take over of each other; nothing at coverage 0."""
    rows = targets.reached(world, params.kinds, params.places, params.coverage, NAME)
    return (raise_by("facilities.peers", rows, params.fidelity),) if len(rows) else ()
