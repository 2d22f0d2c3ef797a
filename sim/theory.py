"""What do textbooks say of a queue that is simple enough to solve?

Arrivals are Poisson [1/minute], service, patience and waits are [minutes], `servers` is a number,
`cv` the coefficient of variation of service [1]. Waits are in the queue, before service. A system
without a stationary state raises ValueError.
Sources: Gross, Shortle, Thompson and Harris (2008), Fundamentals of Queueing Theory, 4th ed.;
Mandelbaum and Zeltyn (2007), Service engineering in action: the Palm/Erlang-A queue;
Baskett, Chandy, Muntz and Palacios (1975), Open, closed and mixed networks of queues;
Train (2009), Discrete Choice Methods with Simulation, 2nd ed., 4.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

QUANTITIES = {
    "mm1": "wait", "md1": "wait", "mg1": "wait", "mmc": "wait", "erlang_b": "refused",
    "erlang_c": "waiting", "priorities": "wait", "shared_priorities": "wait", "erlang_a": "",
    "finite_room": "", "jackson": "", "thinned": "", "nested_logit": "",
    "mg_infinity": "in bed", "littles_law": "present",
}  # fmt: skip
NEGLIGIBLE = 75.0  # a share below exp(-75) of the largest
MINUTES_PER_DAY, DAYS_PER_WEEK = 1440, 7


def mm1(arrivals: float, service: float) -> float:
    """Mean wait of M/M/1: load x service / (1 - load), load = arrivals x service."""
    load = stable(arrivals * service)
    return load * service / (1 - load)


def mg1(arrivals: float, service: float, cv: float) -> float:
    """Mean wait of M/G/1: arrivals x service**2 x (1 + cv**2) / (2 (1 - load)).

    Pollaczek and Khinchine.
    """
    load = stable(arrivals * service)
    return arrivals * service**2 * (1 + cv**2) / (2 * (1 - load))


def md1(arrivals: float, service: float) -> float:
    """Mean wait of M/D/1, constant service: half that of M/M/1."""
    return mg1(arrivals, service, 0.0)


def erlang_b(offered: float, servers: int) -> float:
    """Share of arrivals refused by M/G/c without waiting places.

    B(0) = 1, B(c) = a B(c - 1) / (c + a B(c - 1)) with offered load a = arrivals x service.
    """
    refused = 1.0
    for busy in range(1, servers + 1):
        refused = offered * refused / (busy + offered * refused)
    return refused


def erlang_c(offered: float, servers: int) -> float:
    """Share of arrivals that wait in M/M/c: B / (1 - load (1 - B)), B of Erlang's loss formula."""
    load = stable(offered / servers)
    refused = erlang_b(offered, servers)
    return refused / (1 - load * (1 - refused))


def mmc(arrivals: float, service: float, servers: int) -> float:
    """Mean wait of M/M/c: C x service / (c - a), C the share that waits."""
    offered = arrivals * service
    return erlang_c(offered, servers) * service / (servers - offered)


def priorities(
    arrivals: Sequence[float],
    service: Sequence[float],
    cv: Sequence[float],
) -> list[float]:
    """Mean wait of each class of M/G/1 with non-preemptive priorities, the first class first.

    R / ((1 - s(k - 1)) (1 - s(k))), R = sum arrivals x service**2 x (1 + cv**2) / 2 over all
    classes, s(k) the load of classes up to k. Cobham (1954).
    """
    rate, time = np.asarray(arrivals, float), np.asarray(service, float)
    residual = float((rate * time**2 * (1 + np.asarray(cv, float) ** 2)).sum() / 2)
    return between_priorities(residual, rate * time)


def shared_priorities(arrivals: Sequence[float], service: float, servers: int) -> list[float]:
    """Mean wait of each class of M/M/c with non-preemptive priorities and one service law.

    As `priorities` with R = C x service / c, C the share of all arrivals that wait.
    """
    rate = np.asarray(arrivals, float)
    waiting = erlang_c(float(rate.sum()) * service, servers)
    return between_priorities(waiting * service / servers, rate * service / servers)


def between_priorities(residual: float, loads: np.ndarray) -> list[float]:
    """Waits of classes in order from the residual work in service and their loads."""
    upto = np.cumsum(loads)
    stable(float(upto[-1]))
    return (residual / ((1 - upto + loads) * (1 - upto))).tolist()


def states(
    arrivals: float,
    service: float,
    servers: int,
    patience: float = inf,
    room: float = inf,
) -> np.ndarray:
    """Share of time with n in the system, n = 0, 1, ...: a birth-death chain.

    Born at `arrivals` below servers + room, dying at min(n, servers) / service + queued / patience.
    Cut off where the tail is negligible.
    """
    if patience == inf and room == inf:
        stable(arrivals * service / servers)
    logs, n, peak = [0.0], 0, 0.0
    while n < servers + room and (n <= servers or logs[-1] > peak - NEGLIGIBLE):
        n += 1
        death = min(n, servers) / service + max(n - servers, 0) / patience
        logs.append(logs[-1] + log(arrivals / death))
        peak = max(peak, logs[-1])
    shares = np.exp(np.array(logs) - peak)
    return shares / shares.sum()


def queued(shares: np.ndarray, servers: int) -> float:
    """Mean number waiting from the shares of time with n in the system."""
    return float(shares @ np.maximum(np.arange(len(shares)) - servers, 0))


def erlang_a(arrivals: float, service: float, servers: int, patience: float) -> dict[str, float]:
    """M/M/c with exponential patience: `left` [1], `wait` of all and `wait_served` [minutes].

    wait = Q / arrivals and left = wait / patience (Little's law on the queue of mean length Q).
    With k ahead, one is served with probability (c / service) / (c / service + (k + 1) / patience)
    after the sum over j = 0..k of 1 / (c / service + (j + 1) / patience).
    """
    shares = states(arrivals, service, servers, patience)
    wait = queued(shares, servers) / arrivals
    total = servers / service + np.arange(1, len(shares) - servers + 1) / patience
    served = shares[servers:] * (servers / service) / total
    waited = float(served @ np.cumsum(1 / total)) / (1 - wait / patience)
    return {"left": wait / patience, "wait": wait, "wait_served": waited}


def finite_room(arrivals: float, service: float, servers: int, room: int) -> dict[str, float]:
    """M/M/c with `room` waiting places: share `refused` [1], `wait` of those let in [minutes]."""
    shares = states(arrivals, service, servers, room=room)
    refused = float(shares[-1])
    return {"refused": refused, "wait": queued(shares, servers) / (arrivals * (1 - refused))}


def jackson(
    stations: Mapping[str, Mapping[str, float]], routes: Sequence[tuple[str, str, float]]
) -> dict[str, float]:
    """Each station of an open network: `visits at` it [1/day] and the `wait at` it [minutes].

    stations: by name, arrivals from outside (0 if not given), service, servers (1); exponential
    services. routes: (from, to, share of those served). Visits solve the traffic equations and
    every station waits as M/M/c. A time on the way of any law, such as a night at home, changes
    neither: it is a station with a server for everybody (BCMP).
    """
    names = list(stations)
    outside = [stations[name].get("arrivals", 0.0) for name in names]
    found: dict[str, float] = {}
    for name, rate in zip(names, traffic(outside, routed(names, routes)), strict=True):
        station = stations[name]
        wait = mmc(rate, station["service"], int(station.get("servers", 1)))
        found |= {f"visits at {name}": rate * MINUTES_PER_DAY, f"wait at {name}": wait}
    return found


def routed(names: Sequence[str], routes: Sequence[tuple[str, str, float]]) -> np.ndarray:
    """Share of those served at each station (row) who go to each station (column)."""
    routing = np.zeros((len(names), len(names)))
    for origin, target, share in routes:
        routing[names.index(origin), names.index(target)] += share
    return routing


def traffic(outside: Sequence[float], routing: np.ndarray) -> list[float]:
    """Rate of visits at each station: from outside + routing' rates (Jackson 1957)."""
    return np.linalg.solve(np.eye(len(routing)) - routing.T, np.asarray(outside, float)).tolist()


def thinned(
    per_hour: Sequence[float], weekdays: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Poisson arrivals at a rate that changes by hour [1/hour] and by a factor of the weekday.

    `arrivals at` an hour and `arrivals on` a weekday of the factors, both [1/day]; `dispersion`,
    the mean over hours and days of (count - mean)**2 / mean, which is 1 for a Poisson count.
    """
    factors = weekdays or {}
    usual = (sum(factors.values()) + DAYS_PER_WEEK - len(factors)) / DAYS_PER_WEEK
    found = {f"arrivals at {hour}": rate * usual for hour, rate in enumerate(per_hour) if rate}
    found |= {f"arrivals on {day}": sum(per_hour) * factor for day, factor in factors.items()}
    return found | {"dispersion": 1.0}


def nested_logit(values: np.ndarray, nests: ArrayLike, scale: ArrayLike, home: float) -> np.ndarray:
    """Shares of each alternative (column) for each chooser (row); the rest stays at home.

    values: utilities, -inf where there is no such alternative; nests: of each column; scale: the
    dissimilarity s of each nest, of weight (sum exp(V / s))**s; home: utility of a nest of its own.
    """
    nest, dissimilar = np.asarray(nests), np.asarray(scale, float)
    each = np.exp(np.asarray(values, float) / dissimilar[nest])
    inclusive = np.stack([each[:, nest == m].sum(axis=1) for m in range(len(dissimilar))], axis=1)
    weights = inclusive**dissimilar
    within = each / np.maximum(inclusive, np.finfo(float).tiny)[:, nest]
    return within * (weights / (np.exp(home) + weights.sum(axis=1))[:, None])[:, nest]


def mg_infinity(arrivals: float, service: float) -> float:
    """Mean number present in M/G/infinity, and its variance: arrivals x service."""
    return arrivals * service


def littles_law(arrivals: float, time: float) -> float:
    """Mean number present where each arrival stays for `time` on average: arrivals x time."""
    return arrivals * time


def stable(load: float) -> float:
    """The load, if it is below 1."""
    if not load < 1:
        raise ValueError(f"no stationary state: load {load:.3g} is not below 1")
    return load


def expected(formula: str, **given: Any) -> dict[str, float]:
    """What a formula of this room says, by quantity, such as wait [minutes] or left [1].

    Of classes: `wait 0` for the first. Raises ValueError for an unknown formula.
    """
    if formula not in QUANTITIES:
        raise ValueError(f"no formula {formula!r}; there are {', '.join(QUANTITIES)}")
    found = globals()[formula](**given)
    if isinstance(found, dict):
        return found
    if isinstance(found, list):
        return {f"{QUANTITIES[formula]} {rank}": wait for rank, wait in enumerate(found)}
    return {QUANTITIES[formula]: found}
