"""Tuned SimPy: callbacks instead of processes, two events a visit, luck drawn in blocks.

A visit is one event on arrival and one at its end; a request, a resource and a process are none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import simpy
from simpy.core import NORMAL

from experiments.benchmarks.network import (
    DOWN_AFTER_MINUTES,
    SERVICE_CV,
    UP_AFTER_MINUTES,
    Site,
)
from experiments.benchmarks.rows import Row

BLOCK = 65_536


def endless(block: Callable[[int], np.ndarray]) -> Callable[[], float]:
    """Draws one by one from blocks."""

    def draws() -> Iterator[float]:
        while True:
            yield from block(BLOCK).tolist()

    return draws().__next__


class Patient(simpy.Event):
    """An event that is the patient; what is to happen is its callback."""

    __slots__ = ("arrival", "at", "referred", "start")

    def __init__(self, env: simpy.Environment, at: int, referred: bool) -> None:
        self.env, self.at, self.referred = env, at, referred
        self._ok, self._value, self._defused = True, None, False
        self.arrival = self.start = 0.0

    def after(self, minutes: float, what: Callable[[simpy.Event], None]) -> None:
        """Do something in so many minutes."""
        self.callbacks = [what]
        self.env.schedule(self, NORMAL, minutes)


class Network:
    """Free doctors and two queues a site, and the visits seen."""

    def __init__(self, sites: list[Site], seed: int) -> None:
        luck, sigma = np.random.default_rng(seed), np.sqrt(np.log(1 + SERVICE_CV**2))  # noqa: TID251
        self.env, self.sites = simpy.Environment(), sites
        self.free = [site.doctors for site in sites]
        self.queues: list[tuple[deque[Patient], deque[Patient]]] = [
            (deque(), deque()) for _ in sites
        ]
        self.visits: list[Row] = []
        self.minutes = [site.minutes for site in sites]
        self.gaps = [1 / site.arrivals for site in sites]
        self.service = endless(lambda n: np.exp(luck.normal(-(sigma**2) / 2, sigma, n)))
        self.gap = endless(lambda n: luck.exponential(1.0, n))
        self.uniform = endless(lambda n: luck.random(n))
        for at in range(len(sites)):
            Patient(self.env, at, False).after(self.gap() * self.gaps[at], self.comes)

    def comes(self, who: Patient) -> None:
        """A patient from outside arrives, and the next is on the way."""
        Patient(self.env, who.at, False).after(self.gap() * self.gaps[who.at], self.comes)
        self.arrives(who)

    def arrives(self, who: Patient) -> None:
        """Start at once or queue."""
        who.arrival = self.env.now
        if self.free[who.at]:
            self.free[who.at] -= 1
            self.starts(who)
        else:
            self.queues[who.at][not who.referred].append(who)

    def starts(self, who: Patient) -> None:
        """A service begins."""
        who.start = self.env.now
        who.after(self.service() * self.minutes[who.at], self.ends)

    def ends(self, who: Patient) -> None:
        """A service ends: the next one starts, the patient goes on."""
        at = who.at
        self.visits.append((at, int(not who.referred), who.arrival, who.start, self.env.now))
        first, others = self.queues[at]
        if first:
            self.starts(first.popleft())
        elif others:
            self.starts(others.popleft())
        else:
            self.free[at] += 1
        self.goes_on(who)

    def goes_on(self, who: Patient) -> None:
        """By the routes, or home."""
        site, u = self.sites[who.at], self.uniform()
        if u < site.up_share:
            who.at, minutes = site.up, UP_AFTER_MINUTES
        elif u < site.up_share + site.down_share:
            below = int((u - site.up_share) / site.down_share * len(site.down))
            who.at, minutes = site.down[below], DOWN_AFTER_MINUTES
        else:
            return
        who.referred = self.sites[who.at].referred_first
        who.after(minutes, self.arrives)


def visits(sites: list[Site], days: int, seed: int) -> list[Row]:
    """Rows of all visits that end within so many days."""
    network = Network(sites, seed)
    network.env.run(until=days * 1440)
    return network.visits
