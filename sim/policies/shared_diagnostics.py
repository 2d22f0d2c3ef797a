"""County hospitals read images, electrocardiograms and samples that townships take.

A share `coverage` of the township and community centres is linked, the first ones of a keyed order
within each kind, so that raising it only adds. Of the tests that a centre cannot do, a share
`reading` is taken there and read by the county's general hospital to which it refers; the result
comes the next morning, and the centre's doctor, who lacked nothing else, resolves the need. In the
afternoons of `days` each such hospital seats `readers` of its general department, who leave their
patients; what they do not reach waits for the next session.

Source: programme HS ("laboratory resources of the two places complement each other"), county
communities; row shared_diagnostics (programmes.md); next morning: domain.md 0 (10).
Assumed: who is linked, reading, readers; minutes of a reading (reading_minutes of the register).
What emerges: who is no longer sent up for a test alone, what residents learn, the readers' queue,
waits at the county hospital.
Simple: one reader's list for all kinds of tests; cases that need a bed are not read from afar;
sampling costs the centre the minutes of a second contact.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import community, staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose, put, raise_by
from sim.staffing import DAYS, Answering, Weekday
from sim.world import World

NAME = "shared_diagnostics"
LEAD = "county_general"
Kind = Literal["township_centre", "community_centre"]
DOSE = {"coverage": 1.0, "readers": 1}
CLAIMS = (
    Claim(
        kind="response", measure="advised_up", tier="township", direction="down", at_least=0.005,
        dose=DOSE, fails_where="hardly a test can be read from afar",
        fails_with={"reading": 0.05},
    ),
    Claim(
        kind="response", measure="first_contact", tier="township", direction="up", at_least=0.005,
        dose=DOSE, fails_where="residents without memory of what was resolved below", holds=False,
        fails_with={"behaviour.trust": 0.0, "behaviour.reputation": 0.0},
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="county", group="general", direction="up",
        at_least=1.0, dose={"coverage": 1.0, "readers": 5}, fails_where="one doctor reads",
        fails_with={"readers": 1}, holds=False,
    ),
)


class Params(BaseModel):
    """Who is linked, what can be read, who reads when."""

    model_config = DOSES

    coverage: float = dose(0.0, "1", "share of the centres that are linked", ge=0, le=1)
    reading: float = dose(
        0.6, "1", "share of the tests lacking that can be read from afar (assumption)", ge=0, le=1
    )
    readers: int = dose(1, "persons", "doctors of each hospital in a session", ge=0, le=100)
    days: tuple[Weekday, ...] = dose(
        DAYS[:5], "weekday", "days with an afternoon of reading", min_length=1
    )
    kinds: tuple[Kind, ...] = dose(
        ("township_centre", "community_centre"), "kind", "kinds that are linked", min_length=1
    )
    places: tuple[str | int, ...] = targets.places_dose("centres that may be linked")


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Links to readers, and the readers' sessions; nothing at coverage 0 or without readers.

    Raises EffectError where a centre refers to no county hospital that could read.
    """
    if params.coverage == 0.0 or params.readers == 0:
        return ()
    rows = targets.reached(world, params.kinds, params.places, params.coverage, NAME)
    if not len(rows):
        return ()
    general, remote = (
        world.choice.department[:, targets.specialty_of(world, name)]
        for name in ("general", "remote")
    )
    lead = community.led_by(world, rows, LEAD)
    if (lead < 0).any() or (remote[lead] < 0).any():
        raise EffectError(f"{NAME} needs centres that refer to a {LEAD} with a remote department")
    hospitals = np.unique(lead)
    return (
        put("departments.reading_point", general[rows], remote[lead]),
        raise_by("departments.reading", general[rows], params.reading),
        *(staffing.seated(Answering(int(f), int(general[f]), int(remote[f])), params.readers,
                          params.days) for f in hospitals),
    )  # fmt: skip
