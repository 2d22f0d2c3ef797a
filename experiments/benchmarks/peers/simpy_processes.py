"""Idiomatic SimPy: a process per patient, a `PriorityResource` per site."""

from __future__ import annotations

import math
import random  # noqa: TID251  a peer draws as its users do
from collections.abc import Iterator

import simpy

from experiments.benchmarks.network import (
    DOWN_AFTER_MINUTES,
    SERVICE_CV,
    UP_AFTER_MINUTES,
    Site,
)
from experiments.benchmarks.rows import Row

REFERRED, ORDINARY = 0, 1


class Network:
    """Sites with their doctors, and the visits seen."""

    def __init__(self, sites: list[Site], seed: int) -> None:
        self.env, self.luck, self.sites = simpy.Environment(), random.Random(seed), sites
        self.doctors = [simpy.PriorityResource(self.env, site.doctors) for site in sites]
        self.sigma = math.sqrt(math.log(1 + SERVICE_CV**2))
        self.mu = [math.log(site.minutes) - self.sigma**2 / 2 for site in sites]
        self.visits: list[Row] = []
        for position in range(len(sites)):
            self.env.process(self.source(position))

    def source(self, at: int) -> Iterator[simpy.Event]:
        """Patients from outside."""
        while True:
            yield self.env.timeout(self.luck.expovariate(self.sites[at].arrivals))
            self.env.process(self.patient(at))

    def patient(self, at: int) -> Iterator[simpy.Event]:
        """One patient's way through the network."""
        priority = ORDINARY
        while at >= 0:
            arrival = self.env.now
            with self.doctors[at].request(priority) as turn:
                yield turn
                start = self.env.now
                yield self.env.timeout(self.luck.lognormvariate(self.mu[at], self.sigma))
            self.visits.append((at, priority, arrival, start, self.env.now))
            at, minutes = self.next_site(at)
            if at >= 0:
                yield self.env.timeout(minutes)
                priority = REFERRED if self.sites[at].referred_first else ORDINARY

    def next_site(self, at: int) -> tuple[int, int]:
        """(Site, minutes until arrival) after a visit; -1 for home."""
        site, u = self.sites[at], self.luck.random()
        if u < site.up_share:
            return site.up, UP_AFTER_MINUTES
        if u < site.up_share + site.down_share:
            return self.luck.choice(site.down), DOWN_AFTER_MINUTES
        return -1, 0


def visits(sites: list[Site], days: int, seed: int) -> list[Row]:
    """Rows of all visits that end within so many days."""
    network = Network(sites, seed)
    network.env.run(until=days * 1440)
    return network.visits
