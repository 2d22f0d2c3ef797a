"""cimba 0.9.5, a C engine that runs compiled Python models, in the two styles its users have.

A process per patient, who acquires a doctor; and a process per doctor, who takes patients from a
priority store. Both give the same events. Five captured data sets hold the row of a visit, since a
model's results are its captured entities. One native thread; compiling is not counted.
"""

from __future__ import annotations

import math
from typing import Any

import cimba as cb
import numpy as np
from cimba import random

from experiments.benchmarks import network as workload
from experiments.benchmarks.rows import MINUTES_A_DAY

SIGMA = math.sqrt(math.log(1 + workload.SERVICE_CV**2))
UP_AFTER, DOWN_AFTER = float(workload.UP_AFTER_MINUTES), float(workload.DOWN_AFTER_MINUTES)
COLUMNS = ("place", "priority", "arrival", "start", "end")


class Records(cb.Model):
    """The rows of visits, one data set a column."""

    place: cb.Dataset = cb.Dataset()
    priority: cb.Dataset = cb.Dataset()
    arrival: cb.Dataset = cb.Dataset()
    start: cb.Dataset = cb.Dataset()
    end: cb.Dataset = cb.Dataset()


class Place(cb.Model):
    """What is alike for a site in both styles."""

    number: int
    mu: float
    gap: float
    up_share: float
    down_share: float
    above: int
    below: int
    belows: int
    referred: int  # priority of those referred to it; cimba serves the highest first


class Hall(Place):
    """A site where patients acquire doctors."""

    doctors: cb.Resource
    town: cb.Ref[Town]

    @cb.process
    def source(self):
        """Patients from outside."""
        while True:
            cb.hold(random.exponential(self.gap))
            cb.spawn(Patient, town=self.town, first=self.number)


class Town(Records):
    """The network of halls."""

    sites: list[Hall]


class Patient(cb.Model):
    """One patient's way through the network."""

    town: cb.Ref[Town]
    first: int

    @cb.process
    def journey(self):
        """Visit after visit, until home."""
        town, at, priority = self.town, self.first, 0
        while at >= 0:
            site = town.sites[at]
            arrival = cb.now()
            site.doctors.acquire(1, priority)
            start = cb.now()
            cb.hold(random.lognormal(site.mu, SIGMA))
            site.doctors.release(1)
            town.place.record(float(at))
            town.priority.record(float(priority))
            town.arrival.record(arrival)
            town.start.record(start)
            town.end.record(cb.now())
            u, at = random.uniform(), -1
            if u < site.up_share:
                at = site.above
                cb.hold(UP_AFTER)
            elif u < site.up_share + site.down_share:
                at = site.below + int(random.uniform() * site.belows)
                cb.hold(DOWN_AFTER)
            if at >= 0:
                priority = town.sites[at].referred


class Waiting(cb.Model):
    """A patient as a record in a queue."""

    arrival: float
    priority: int


class Desk(Place):
    """A site whose doctors take patients from a queue."""

    queue: cb.PriorityStore[Waiting] = cb.PriorityStore()
    city: cb.Ref[City]

    @cb.process
    def source(self):
        """Patients from outside."""
        while True:
            cb.hold(random.exponential(self.gap))
            self.queue.put(cb.spawn(Waiting, arrival=cb.now(), priority=0), 0)


class Transfer(cb.Model):
    """A referral on its way."""

    to: cb.Ref[Desk]
    minutes: float

    @cb.process
    def travel(self):
        """Arrive later."""
        cb.hold(self.minutes)
        to = self.to
        who = cb.spawn(Waiting, arrival=cb.now(), priority=to.referred)
        to.queue.put(who, to.referred)


class Doctor(cb.Model):
    """Somebody who sees one patient after another."""

    site: cb.Ref[Desk]

    @cb.process
    def serve(self):
        """Take, treat, write down, refer."""
        site = self.site
        city = site.city
        while True:
            who = site.queue.get()
            start = cb.now()
            cb.hold(random.lognormal(site.mu, SIGMA))
            city.place.record(float(site.number))
            city.priority.record(float(who.priority))
            city.arrival.record(who.arrival)
            city.start.record(start)
            city.end.record(cb.now())
            cb.release(who)
            u = random.uniform()
            if u < site.up_share:
                cb.spawn(Transfer, to=city.sites[site.above], minutes=UP_AFTER)
            elif u < site.up_share + site.down_share:
                below = site.below + int(random.uniform() * site.belows)
                cb.spawn(Transfer, to=city.sites[below], minutes=DOWN_AFTER)


class City(Records):
    """The network of desks and their doctors."""

    sites: list[Desk]
    doctors: list[Doctor]


def halls(sites: list[workload.Site]) -> Town:
    """The model with a process per patient."""
    town = Town()
    town.sites = [_place(Hall, number, site) for number, site in enumerate(sites)]
    for hall, site in zip(town.sites, sites, strict=True):
        hall.town, hall.doctors = town, cb.Resource(capacity=site.doctors)
    return town


def desks(sites: list[workload.Site]) -> City:
    """The model with a process per doctor."""
    city = City()
    city.sites = [_place(Desk, number, site) for number, site in enumerate(sites)]
    city.doctors = []
    for desk, site in zip(city.sites, sites, strict=True):
        desk.city = city
        city.doctors = [*city.doctors, *(_doctor(desk) for _ in range(site.doctors))]
    return city


def _doctor(desk: Desk) -> Doctor:
    doctor = Doctor()
    doctor.site = desk
    return doctor


def _place(kind: Any, number: int, site: workload.Site) -> Any:
    place = kind()
    place.number, place.gap = number, 1 / site.arrivals
    place.mu = math.log(site.minutes) - SIGMA**2 / 2
    place.up_share, place.down_share = site.up_share, site.down_share
    place.above, place.referred = site.up, int(site.referred_first)
    place.below, place.belows = site.down[0] if site.down else 0, max(1, len(site.down))
    return place


class Runner:
    """A built model; calling it plays it. Building and compiling are not timed."""

    def __init__(self, model: Any) -> None:
        self.model = model
        for column in COLUMNS:
            getattr(model, column).capture()
        self(1, 0)

    def __call__(self, days: int, seed: int) -> np.ndarray:
        """Rows of all visits that end within so many days."""
        window = cb.Window(duration=float(days * MINUTES_A_DAY))
        trials = cb.Experiment(self.model, window=window, seed=seed)
        results = trials.run(workers=1, on_failure="raise")[self.model]
        return np.column_stack([getattr(results, name).trial(0, 0)[1] for name in COLUMNS])
