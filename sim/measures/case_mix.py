"""How heavy are the cases of those discharged, and how long should they have stayed?

Weights and expected stays are those of the register as it is shipped, never those of a World: no
scenario, policy or parameter moves them, so what differs between runs is who was treated and how.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from sim import register
from sim.arithmetic import DAY
from sim.defaults import column, having
from sim.measures.sources import Codes, Source
from sim.tally import CASE_ITEMS

WEIGHED = ("weighed", "weight", "expected_stays")


def discharges(window: Any, county: Codes, sort: Codes, age: Codes) -> Source:
    """Discharges with a condition and severity, their weights, their stays in expected stays."""
    names, held = window.world.names, window.cells.cases[..., :-1, :-1, :]
    number, time = (held[..., CASE_ITEMS.index(item)] for item in ("discharged", "bed_time"))
    condition = [register.CONDITIONS.index(name) for name in names.conditions]
    kind = [register.KIND_NAMES.index(names.kinds[code]) for code in sort["kind"]]
    days = expected_days()[np.ix_(condition, kind)].T[:, None, :]
    items = (
        number.sum(axis=(-2, -1)), (number * weights()[condition]).sum(axis=(-2, -1)),
        (time.sum(axis=-1) / (days * DAY)).sum(axis=-1),
    )  # fmt: skip
    return Source(np.stack(items, axis=-1), (county, sort, age), WEIGHED)


@cache
def weights() -> np.ndarray:
    """Expected cost of a stay / that of all admissions of the nation, (condition, severity)."""
    with having({}):
        cost, number = stay_cost(), admissions()
    return cost * number.sum() / (cost * number).sum()


@cache
def expected_days() -> np.ndarray:
    """Mean stay in the register as shipped [days], (condition, kind)."""
    with having({}):
        return register.stay_days()


def admissions() -> np.ndarray:
    """Needs for a bed of the mean resident of China [1/person/year], (condition, severity).

    Needs x share of the severity x share of these that needs a bed.
    """
    severity, needs = register.by_severity(""), register.needs_per_resident()
    return needs[:, None] * severity * register.bed_need()


def stay_cost() -> np.ndarray:
    """Expected cost of a stay wherever the nation's admissions go [yuan], (condition, severity).

    Mean over kinds of days of the condition x price of a day at their grade, weighted by the
    admissions of 2022 of their class, x factor of the severity on prices.
    """
    price = dict(zip(register.GRADES, column("grades", "day_price"), strict=True))
    share = kind_shares() * [price[kind.grade] for kind in register.KINDS]
    return np.outer(register.stay_days() @ share, column("severities", "price"))


def kind_shares() -> np.ndarray:
    """Share of each kind in the nation's admissions; kinds of one class share them evenly."""
    classes = [kind.capacity for kind in register.KINDS]
    number = [register.CAPACITY[c].admissions_2022 / classes.count(c) for c in classes]
    return np.array(number) / sum(number)
