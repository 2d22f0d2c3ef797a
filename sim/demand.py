"""Can the listed facilities do what is asked of them, and do their parts fit together?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim import register
from sim.arithmetic import MINUTES_PER_DAY
from sim.explicit import Point, arrivals_a_day, minutes, open_minutes, points, rank
from sim.listing import Listed
from sim.world import Array
from sim.yamlfile import Complaint, Key, nearest

ROUNDING = 1e-9  # of summed probabilities


class Load(NamedTuple):
    """What is asked of a department on a mean day, against what it can do."""

    department: str
    visits: float  # 1/day, streams and routes together
    asked: float  # minutes of service a day
    offered: float  # server minutes a day
    load: float  # asked / offered
    leaving: bool  # True where a finite room or patience lets patients leave


def offered_load(listed: Listed) -> list[Load]:
    """Load of every department before anything runs, by the traffic equations of open networks.

    visits = external + routing' visits (Jackson 1957); infinite where routes let nobody leave.
    """
    found = points(listed)
    return [_load(name, found[name], visits) for name, visits in _traffic(listed, found)]


def _traffic(listed: Listed, found: dict[str, Point]) -> list[tuple[str, float]]:
    external = np.zeros(len(found))
    routing = np.zeros((len(found), len(found)))
    for arrival in listed.arrivals:
        external[found[arrival.to].row] += arrivals_a_day(arrival)
    for route in listed.routes:
        routing[found[route.from_].row, found[route.to].row] += route.probability
    reached = _reached(external > 0, routing > 0)
    visits = np.zeros(len(found))
    inner = np.eye(int(reached.sum())) - routing[np.ix_(reached, reached)].T
    try:
        visits[reached] = np.linalg.solve(inner, external[reached])
    except np.linalg.LinAlgError:
        visits[reached] = np.inf
    return list(zip(found, np.where(visits < 0, np.inf, visits).tolist(), strict=True))


def _reached(start: Array, linked: Array) -> Array:
    """Departments that any patient can reach."""
    reached = start
    for _ in range(len(start)):
        reached = reached | linked[reached].any(axis=0)
    return reached


def _load(name: str, point: Point, visits: float) -> Load:
    department = point.department
    asked = visits * department.service.mean_minutes
    offered = float(department.servers * open_minutes(department))
    load = asked / offered if offered else (np.inf if asked else 0.0)
    leaving = department.room is not None or department.patience is not None
    return Load(name, visits, asked, offered, load, leaving)


def complaints(listed: Listed) -> list[Complaint]:
    """Everything that is wrong with a listed world beyond the types of its parts."""
    found = points(listed)
    named = [*_name_complaints(listed), *_reference_complaints(listed, found)]
    if named:
        return named
    return [
        *_session_complaints(listed), *_bed_complaints(listed),
        *_route_complaints(listed, found), *_load_complaints(listed, found),
    ]  # fmt: skip


def _name_complaints(listed: Listed) -> Iterator[Complaint]:
    seen: set[str] = set()
    for row, facility in enumerate(listed.facilities):
        here: Key = ("world", "facilities", row)
        if facility.name in seen:
            yield Complaint((*here, "name"), f"a second facility is called {facility.name}")
        seen.add(facility.name)
        if facility.kind is not None and facility.kind not in register.KIND:
            near = nearest(facility.kind, register.KIND)
            yield Complaint((*here, "kind"), f"there is no kind {facility.kind!r}", near)
        own = [department.name for department in facility.departments]
        for position, name in enumerate(own):
            if name in own[:position]:
                path = (*here, "departments", position)
                yield Complaint(path, f"{facility.name} has a second department {name}")


def _reference_complaints(listed: Listed, found: dict[str, Point]) -> Iterator[Complaint]:
    named: list[tuple[Key, str]] = []
    for row, arrival in enumerate(listed.arrivals):
        named.append((("world", "arrivals", row, "to"), arrival.to))
    for row, route in enumerate(listed.routes):
        named.append((("world", "routes", row, "from"), route.from_))
        named.append((("world", "routes", row, "to"), route.to))
    for path, name in named:
        if name not in found:
            yield Complaint(path, f"there is no department {name}", nearest(name, found))


def _session_complaints(listed: Listed) -> Iterator[Complaint]:
    for row, facility in enumerate(listed.facilities):
        for position, department in enumerate(facility.departments):
            path: Key = ("world", "facilities", row, "departments", position, "open")
            times = [minutes(time) for one in department.open for time in (one.from_, one.to)]
            if times != sorted(set(times)):
                yield Complaint(path, "sessions close after they open, one after the other")


def _bed_complaints(listed: Listed) -> Iterator[Complaint]:
    for row, facility in enumerate(listed.facilities):
        path: Key = ("world", "facilities", row)
        if not any(department.admit for department in facility.departments):
            continue
        if facility.beds == 0:
            yield Complaint((*path, "beds"), f"{facility.name} admits but has no beds")
        if facility.stay is None:
            yield Complaint((*path, "stay"), f"{facility.name} admits but gives no stay")


def _route_complaints(listed: Listed, found: dict[str, Point]) -> Iterator[Complaint]:
    total = dict.fromkeys(found, 0.0)
    for row, route in enumerate(listed.routes):
        path: Key = ("world", "routes", row)
        total[route.from_] += route.probability
        if (summed := total[route.from_]) > 1.0 + ROUNDING:
            message = f"routes from {route.from_} have a total probability of {summed:g}"
            yield Complaint((*path, "probability"), message)
        upward = rank(found[route.to].facility) > rank(found[route.from_].facility)
        if not upward and route.after_minutes < MINUTES_PER_DAY:
            message = (
                f"only a higher rank is reached within a day: {MINUTES_PER_DAY} minutes or more"
                f" from {route.from_} to {route.to}, not {route.after_minutes:g}"
            )
            yield Complaint((*path, "after_minutes"), message)


def _load_complaints(listed: Listed, found: dict[str, Point]) -> Iterator[Complaint]:
    loads = offered_load(listed)
    table = "; ".join(f"{one.department} {one.load:.3g}" for one in loads)
    for one in loads:
        if one.load < 1 or one.leaving:
            continue
        point = found[one.department]
        position = point.facility.departments.index(point.department)
        path = ("world", "facilities", point.facility_row, "departments", position)
        yield Complaint(path, _overload(one, table))


def _overload(load: Load, table: str) -> str:
    return (
        f"offered load {load.load:.3g}: {load.visits:g} visits a day ask for {load.asked:g} minutes"
        f" of {load.offered:g}, and nobody leaves the queue (loads: {table})"
    )
