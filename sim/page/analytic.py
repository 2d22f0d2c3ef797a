"""What would theory expect of these departments? Offered load and Erlang's wait beside the run's.

A department is taken for M/M/c while it is open: Poisson arrivals at its mean rate, exponential
service, as many doctors as on average. Patients really come when sessions open and by number, some
classes go first, and contact times vary less than exponential ones: the prediction orients, it is
no test. (Textbook queues, which are tests: `sim verify`.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim import theory
from sim.arithmetic import MINUTES_PER_DAY, TICKS_PER_MINUTE
from sim.world import World

COLUMNS = ["department", "tier", "visits", "servers", "load", "erlang", "simulated"]
WEEK = 7
FULL = 1.0  # load from which no queue is stationary


def departments(
    timeline: Sequence[tuple[int, World]],
    warmup: int,
    days: int,
    counted: pd.DataFrame,
    first: pd.DataFrame,
) -> pd.DataFrame:
    """One row a department that saw anybody, over the measured days.

    counted: department, seen, wait (summed minutes), tests; first: tier, condition, count of first
    contacts, which weigh contact times by condition. Columns: visits seen a day, servers (doctors
    on duty while open), load [1], erlang (mean wait of M/M/c, missing at a load of 1 or more) and
    simulated mean wait [minutes].
    """
    world = timeline[-1][1]
    offered, opened = capacity(timeline, warmup, days)
    sums = counted.groupby("department", observed=True)[["seen", "wait", "tests"]].sum()
    sums = sums[sums["seen"] > 0]
    rows = np.array([world.names.departments.index(str(name)) for name in sums.index], dtype=int)
    seen = sums["seen"].to_numpy(float)
    service = contact_minutes(world, first)[rows]
    by_case = world.departments.service_family[rows] == 0
    service = service + by_case * world.care.result_minutes * sums["tests"].to_numpy(float) / seen
    asked = service * seen / days
    with np.errstate(divide="ignore", invalid="ignore"):
        load, servers = asked / offered[rows], offered[rows] / opened[rows]
    tiers = world.facilities.tier[world.departments.facility[rows]]
    return pd.DataFrame({
        "department": list(sums.index), "tier": [world.names.tiers[tier] for tier in tiers],
        "visits": seen / days, "servers": servers, "load": load,
        "erlang": erlang(seen / days / opened[rows], load, servers),
        "simulated": sums["wait"].to_numpy(float) / seen,
    })[COLUMNS]  # fmt: skip


def capacity(
    timeline: Sequence[tuple[int, World]], warmup: int, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Doctor minutes and open minutes of every department, on a mean measured day."""
    found = [_of_day(_acting(timeline, day), day) for day in range(warmup, warmup + days)]
    doctors, opened = np.mean(found, axis=0)
    return doctors, opened


def _acting(timeline: Sequence[tuple[int, World]], day: int) -> World:
    return [world for first, world in timeline if first <= day][-1]


def _of_day(world: World, day: int) -> tuple[np.ndarray, np.ndarray]:
    of = world.departments
    weekday = (world.clock.first_day + day - 1) % WEEK  # ordinal 1 was a Monday
    length = (of.closes - of.opens) / TICKS_PER_MINUTE
    round_the_clock = np.zeros_like(length)
    round_the_clock[:, 0] = MINUTES_PER_DAY
    length = np.where(of.always[:, None] == 1, round_the_clock, length)
    doctors = of.doctors[:, weekday]
    return (length * doctors).sum(axis=1), (length * (doctors > 0)).sum(axis=1)


def contact_minutes(world: World, first: pd.DataFrame) -> np.ndarray:
    """Mean contact of every department: its own, or that of its tier's first contacts."""
    of, tier = world.departments, world.facilities.tier[world.departments.facility]
    kind = world.facilities.kind[world.departments.facility]
    conditions = world.names.conditions
    counts = first.astype({"tier": str, "condition": str}).pivot_table(
        "count", "tier", "condition", "sum"
    )
    counts = counts.reindex(index=world.names.tiers, columns=conditions).fillna(0)
    weights = counts.to_numpy(float) + 1e-9
    shares = weights / weights.sum(axis=1, keepdims=True)
    minutes = np.broadcast_to(world.care.minutes, (len(conditions), len(world.names.kinds)))
    by_case = (shares @ minutes)[tier, kind]
    return np.where(of.service_family == 0, by_case, of.service_mean)


def erlang(rate: np.ndarray, load: np.ndarray, servers: np.ndarray) -> np.ndarray:
    """Mean wait of M/M/c at a rate [1/minute] and load; the nearest whole number of servers."""
    whole = np.maximum(np.rint(np.nan_to_num(servers)), 1).astype(int).tolist()
    return np.array([
        theory.mmc(r, c * a / r, c) if a < FULL else np.nan
        for r, a, c in zip(rate.tolist(), load.tolist(), whole, strict=True)
    ])  # fmt: skip


def by_tier(table: pd.DataFrame, tiers: Sequence[str]) -> list[dict[str, Any]]:
    """Each tier's departments together: means weighted by visits, and how many are overloaded."""
    rows = []
    for tier in tiers:
        part = table[table["tier"] == tier]
        if not len(part):
            continue
        calm = part[part["load"] < FULL]
        rows.append({
            "tier": tier, "departments": len(part), "full": len(part) - len(calm),
            "load": _mean(part, "load"), "erlang": _mean(calm, "erlang"),
            "simulated": _mean(calm, "simulated"), "all": _mean(part, "simulated"),
        })  # fmt: skip
    return rows


def _mean(part: pd.DataFrame, column: str) -> float:
    return float(np.average(part[column], weights=part["visits"])) if len(part) else float("nan")


def listed(worlds: Mapping[str, Any], kept_by: str, instead: str) -> dict[str, Any]:
    """Loads of listed departments from the traffic equations alone, by what each world is called.

    kept_by and instead: what keeps no counts by department, and what does.
    """
    tables = [one.offered_load().assign(arm=name) for name, one in worlds.items()]
    rows = [row for table in tables for row in table.to_dict("records")]
    unknown = "" if rows else (
        f"{kept_by} keeps no counts by department, and the loads of a region follow from what its "
        f"residents choose; {instead} and report it"
    )  # fmt: skip
    return {"unknown": unknown, "tiers": [], "fullest": [], "listed": rows}
