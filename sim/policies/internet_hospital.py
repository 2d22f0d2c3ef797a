"""Hub doctors answer follow-ups and refills online, first visits excluded.

A share `share` of the refills of residents with a managed chronic illness is first asked online, by
keyed luck of the need, so that raising it only adds. A request waits for the online session of the
hub that the resident's place uses most; its answer takes as long as a consultation and comes the
next morning. It settles the need with probability `settles`; otherwise the patient comes in person
all the same: settles 1 replaces visits, 0 only adds contacts. In the afternoons of `days` each hub
seats `doctors` of its general department, who leave their patients.

Source: programme LN ("internet + health"), row internet_hospital (programmes.md); no first visits:
domain.md 2.2.
Assumed: share, settles (swept 0-1: no fact says whether such services replace or add), doctors.
What emerges: in-person visits by place, the queue online, the hub's own waits.
Simple: only refills; what is settled online teaches nobody anything of a hospital's skill; no bill
is written for an online answer.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel

from sim import staffing, targets
from sim.effects import DOSES, Change, Claim, EffectError, dose, put, raise_by
from sim.staffing import DAYS, Answering, Weekday
from sim.world import Array, World

NAME = "internet_hospital"
DOSE = {"share": 0.05, "doctors": 8}
CLAIMS = (
    Claim(
        kind="identity", measure="visits_per_resident", tier="", direction="down", at_least=0.02,
        dose=DOSE, fails_where="what is asked online is an addition and settles nothing",
        fails_with={"settles": 0.0},
    ),
    Claim(
        kind="response", measure="visits_per_resident", tier="county", direction="down",
        at_least=0.01, dose=DOSE,
        fails_where="what is asked online is an addition and settles nothing",
        fails_with={"settles": 0.0}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="wait_mean", tier="hub", direction="up", at_least=1.0,
        dose=DOSE, fails_where="one doctor online: hardly anybody leaves the hub's afternoons",
        fails_with={"doctors": 1},
    ),
)


class Params(BaseModel):
    """Who asks online, and who answers."""

    model_config = DOSES

    share: float = dose(0.0, "1", "share of refills first asked online", ge=0, le=1)
    settles: float = dose(
        0.5, "1", "share of those asked online that need no visit (assumption; sweep)", ge=0, le=1
    )
    hub: Literal["hub_general", "municipal_general"] = dose(
        "hub_general", "kind", "kind of hospital that answers"
    )
    doctors: int = dose(1, "persons", "doctors of each hub in a session online", ge=0, le=100)
    days: tuple[Weekday, ...] = dose(
        DAYS[:5], "weekday", "days with an afternoon online", min_length=1
    )
    places: tuple[str | int, ...] = dose(
        (), "name", "counties, or their codes, whose residents may ask; () all"
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """Who is asked by whom, what it settles, who answers; nothing at share 0.

    Raises EffectError where no place uses a hospital of the kind that could answer.
    """
    if params.share == 0.0:
        return ()
    asking = residents_of(world, params.places)
    hub = usual(world, params.hub)[asking]
    general, remote = (
        world.choice.department[:, targets.specialty_of(world, name)]
        for name in ("general", "remote")
    )
    able = (hub >= 0) & (general[hub] >= 0) & (remote[hub] >= 0)
    if not able.any():
        raise EffectError(f"{NAME} needs a {params.hub} with a general and a remote department")
    where, point = asking[able], remote[hub[able]]
    hubs = np.unique(hub[able])
    return (
        put("choice.online_point", where, point), raise_by("choice.online", where, params.share),
        put("departments.settles", remote[hubs], params.settles),
        *(staffing.seated(Answering(int(f), int(general[f]), int(remote[f])), params.doctors,
                          params.days) for f in hubs),
    )  # fmt: skip


def residents_of(world: World, words: tuple[str | int, ...]) -> Array:
    """Places of the named counties, all if none is named."""
    if not words:
        return np.arange(len(world.places.code))
    return np.flatnonzero(np.isin(world.places.county, targets.counties(world, words)))


def usual(world: World, kind: str) -> Array:
    """The hospital of a kind that most residents of each place use, -1 none."""
    at = world.names.kinds.index(kind)
    share = np.diff(world.choice.taste[:, at], axis=1, prepend=0.0)
    share = np.where(world.choice.option[:, at] >= 0, share, -1.0)
    return world.choice.option[np.arange(len(share)), at, share.argmax(axis=1)]
