"""Small worlds that several tests share."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np

from sim import explicit, geography
from sim.events import Events
from sim.listing import Listed
from sim.world import World

MONDAY = date(2022, 3, 7)
SMALL_COUNTY = "松潘县"  # 66,937 residents: the smallest that still has every tier


def listed(facilities: list[dict[str, Any]], **rest: Any) -> World:
    """The explicit world of a mapping as it would stand in a scenario file."""
    asked = {"facilities": facilities, "arrivals": [], "routes": [], **rest}
    return explicit.world(Listed.model_validate(asked, strict=False), MONDAY)


def clinic(name: str = "clinic", **department: Any) -> dict[str, Any]:
    """A facility of one department; exponential service of ten minutes unless said."""
    service = {"family": "exponential", "mean_minutes": 10.0}
    return {"name": name, "departments": [{"name": "general", "service": service, **department}]}


def queue(per_hour: float = 5.0, **department: Any) -> World:
    """One clinic with one stream of ordinary arrivals."""
    return listed([clinic(**department)], arrivals=[{"to": "clinic.general", "per_hour": per_hour}])


@cache
def county() -> World:
    """A small real county."""
    return geography.county_world(SMALL_COUNTY, MONDAY.toordinal())


def rows(table: dict[str, np.ndarray], keep: np.ndarray | None = None) -> np.ndarray:
    """The rows of an event table as one matrix."""
    matrix = np.column_stack(list(table.values()))
    return matrix if keep is None else matrix[keep]


def same(one: Events, other: Events) -> bool:
    """Whether two runs say exactly the same."""
    tables = ("visits", "stays", "remote", "daily")
    return all(
        np.array_equal(rows(getattr(one, t)), rows(getattr(other, t))) for t in tables
    ) and str(one.ledger) == str(other.ledger)
