"""In what order it happens: Mesa agents and SimPy queues, one `step()` a day; written to be read.

At midnight: last day's results are learned, expected waits smoothed, the day's World put in force,
rosters and needs set. Then SimPy plays the day. A decision reads last midnight's `outlook`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import mesa
import numpy as np
import simpy

from sim import behaviour, choice, layers, people, settling
from sim.arithmetic import DAY, ticks
from sim.engine import rules
from sim.engine.books import Books, Row
from sim.engine.keeper import Keeper
from sim.engine.midnight import allow, check_links, date_of, first_outlook, smooth, weigh_day
from sim.engine.patients import Patient, Story, Visitor
from sim.engine.residents import Resident
from sim.engine.service_point import Desk, ServicePoint
from sim.events import Events, resident_key
from sim.world import ORDINARY, SESSIONS, World

Timeline = list[tuple[int, World]]
MINUTES_PER_HOUR = 60
GARBAGE_THRESHOLDS = (500_000, 20, 100)  # allocations between collections, by generation


class TieredCare(mesa.Model):
    """A health system of places and facilities, played day by day."""

    def __init__(self, timeline: Timeline, seed: int) -> None:
        for _, world in timeline:
            check_links(world)
        super().__init__(rng=0)
        self.timeline, self.seed, self.day = dict(timeline), seed, -1
        self.world = timeline[0][1]
        self.people = self.world.people
        self.managed = any(layers.manages(world) for _, world in timeline)
        self.env = simpy.Environment(initial_time=0)
        self.books = Books(len(self.world.names.tiers))
        self.ledger = self.books.ledger
        self.open_episodes: set[int] = set()
        self.ended_today: list[int] = []
        self.lessons: list[tuple[int, int, int, int, int, int]] = []
        self._index()
        self._build_points()
        self._open_memory()

    def _index(self) -> None:
        """Plain lists of what never changes, since reading a list is fast."""
        world = self.world
        self.facility_of = world.departments.facility.tolist()
        self.tier_of = world.facilities.tier.tolist()
        self.area_of = world.facilities.pooling_area.tolist()
        self.home_area = world.places.pooling_area.tolist()
        self.town_of = world.places.township.tolist()

    def _build_points(self) -> None:
        env, departments = self.env, self.world.departments
        rooms, always = departments.room.tolist(), departments.always.tolist()
        self.points = [
            ServicePoint(env, 0, bool(a), room) for a, room in zip(always, rooms, strict=True)
        ]
        self.desks = [Desk(env) for _ in self.points]
        self.test_points = [ServicePoint(env) for _ in self.tier_of]
        self.bed_points = [ServicePoint(env) for _ in self.tier_of]
        days = max(world.behaviour.horizon for world in self.timeline.values()) + 1
        self.numbers = np.zeros((len(self.points), days, SESSIONS, 2), dtype=np.int32)
        self.allowance = np.zeros(len(self.points))
        self.linked = np.zeros(len(self.points), dtype=bool)
        self.visits_today = [0] * len(self.tier_of)

    def _open_memory(self) -> None:
        world, count = self.world, len(self.points)
        self.residents = self._settled(world)
        self.outlook = first_outlook(world, self.residents)
        self.first_route = people.first_routes(world.routes, count)
        self.wait_ticks, self.wait_people = [0] * count, [0] * count
        self.leads = np.zeros((count, 2), dtype=np.int64)  # days, people

    def _settled(self, world: World) -> Any:
        return settling.residents(world.tables.places, world.tables.people, self.managed)

    def step(self) -> None:
        """One day: midnight, then the clock runs to the next."""
        self.day += 1
        date = date_of(self.world, self.day)
        self.weekday = date.weekday()
        self._learn()
        self._smooth()
        self._enforce(self.timeline.get(self.day))
        self._roster()
        allow(self.world, self.allowance, self.linked)
        weigh_day(self.world, self.outlook, self.rules.delay)
        self._fall_ill(date.month - 1)
        self._visitors()
        self.env.run(until=(self.day + 1) * DAY)
        self._count_day()

    def _learn(self) -> None:
        """Yesterday's results become known; whose episode ended may fall ill again."""
        self.open_episodes.difference_update(self.ended_today)
        self.ended_today.clear()
        weights, everybody = self.world.tables, len(self.residents.nature)
        if self.managed and self.day % layers.FADING_DAYS == 0:
            layers.fade(weights.care, self.residents, 0, everybody)
        if not self.lessons:
            return
        lessons = np.array(self.lessons, dtype=np.int64)
        behaviour.learn(weights.behaviour, self.outlook, lessons, 0, everybody)
        behaviour.spread_word(self.outlook, lessons)
        behaviour.forget(weights.behaviour, self.outlook)
        if self.managed:
            layers.manage(weights.care, self.residents, lessons, 0, everybody)
        self.lessons.clear()

    def _smooth(self) -> None:
        """Expected waits of every department, once at midnight; yesterday's book is closed."""
        waits = np.array([self.wait_ticks, self.wait_people], dtype=np.int64).T.copy()
        beds = np.array([point.busy + point.waiting for point in self.bed_points])
        smooth(self.world, self.outlook, waits, self.leads, beds)
        self.wait_ticks, self.wait_people = [0] * len(waits), [0] * len(waits)
        self.numbers[:, (self.day - 1) % self.numbers.shape[1]] = 0

    def _enforce(self, world: World | None) -> None:
        """Put a new World in force, if the timeline has one for today."""
        if world is not None:
            self.world = world
            self.rank_of = world.facilities.rank.tolist()
            for point, room in zip(self.points, world.departments.room.tolist(), strict=True):
                point.room = room
            if world.people is not self.people:
                self.people = world.people
                self.residents = self._settled(world)
            self.rules = rules.of(world, self.residents, self.outlook)
            self.always = world.departments.always.tolist()
            self.rank_of = world.facilities.rank.tolist()
            self.registers = (world.departments.quota_minutes > 0.0).tolist()
            self.walk = int(ticks(world.care.walk_minutes))

    def _roster(self) -> None:
        """Capacities of 24-hour points now; openings and closings of sessions during the day."""
        facilities, departments = self.world.facilities, self.world.departments
        for point, capacity in zip(self.test_points, facilities.tests.tolist(), strict=True):
            point.set_capacity(capacity)
        for point, capacity in zip(self.bed_points, facilities.beds.tolist(), strict=True):
            point.set_capacity(capacity)
        doctors = departments.doctors[:, self.weekday].tolist()
        hours = np.stack([departments.opens, departments.closes], axis=2).tolist()
        for d, point in enumerate(self.points):
            if departments.always[d]:
                point.set_capacity(doctors[d][0])
            else:
                self._sessions(d, doctors[d], hours[d])

    def _sessions(self, department: int, doctors: list[int], hours: list[list[int]]) -> None:
        point, stops = self.points[department], bool(self.world.departments.stops[department])
        for present, (opens, closes) in zip(doctors, hours, strict=True):
            if present > 0 and opens < closes:
                self._at(opens, partial(point.open, present))
                self._at(closes, partial(point.close, stops))

    def _at(self, within: int, action: Callable[[], None]) -> None:
        event = self.env.timeout(self.day * DAY + within - self.env.now)
        event.callbacks.append(lambda _: action())

    def _fall_ill(self, month: int) -> None:
        world = self.world
        ill = layers.needs_of_day(world.tables, self.residents, self.seed, self.day, month)
        self.ledger.needs["arisen"] += len(ill.place)
        for need in zip(*(column.tolist() for column in ill), strict=True):
            self._open_episode(*need)

    def _open_episode(
        self, place: int, slot: int, condition: int, severity: int, onset: int
    ) -> None:
        """One open episode per resident; needs arising meanwhile are dropped and counted."""
        key = int(resident_key(place, slot))
        if key in self.open_episodes:
            self.ledger.needs["dropped"] += 1
            return
        self.open_episodes.add(key)
        self.ledger.episodes["opened"] += 1
        self.ledger.episodes["at_home"] += 1
        resident = Resident(self, place, slot, condition, severity, onset)
        self.env.process(resident.story())

    def _visitors(self) -> None:
        streams = self.world.tables.streams
        arriving = people.arrivals_of_day(streams, self.seed, self.day, self.weekday)
        people.check_numbers(arriving.number)
        for stream, number, tick in zip(*(column.tolist() for column in arriving), strict=True):
            self.env.process(Visitor(self, stream, number, self.day, tick).story())

    def _count_day(self) -> None:
        """State of every facility at the midnight that ends the day."""
        queued = [0] * len(self.tier_of)
        for d, point in enumerate(self.points):
            queued[self.facility_of[d]] += point.waiting
        for facility, beds in enumerate(self.bed_points):
            self.books.daily.add(
                (self.day + 1, facility, self.visits_today[facility], beds.busy, beds.waiting,
                 queued[facility])
            )  # fmt: skip
        self.visits_today = [0] * len(self.tier_of)

    # What patients ask the model.

    def until(self, tick: int) -> simpy.Event:
        """An event at a tick that is not past."""
        return self.env.timeout(tick - self.env.now)

    def reply_tick(self) -> int:
        """The hour of the next day at which what came during this day arrives."""
        hour = self.world.care.reply_hour
        return (self.env.now // DAY + 1) * DAY + int(ticks(hour * MINUTES_PER_HOUR))

    def give_number(self, goal: choice.Goal, who: Resident, linked: bool) -> Any:
        """The first free session for one who asks now, entered in the book."""
        got, d = self.appoint(goal, who, linked), goal.department
        ahead = got.day - self.day if got.found else self.world.behaviour.horizon
        if not linked:
            self.leads[d] += (ahead, 1)
        if got.found:
            self.numbers[d, got.day % self.numbers.shape[1], got.session, int(linked)] += 1
        return got

    def appoint(self, goal: choice.Goal, who: Resident, linked: bool) -> Any:
        """The first session open to one who asks now."""
        now, d = self.env.now, goal.department
        return rules.appoint(
            self.rules, self.numbers[d], d, who.luck, who.day, who.attempt, now,
            now + goal.travel, self.weekday, linked,
        )  # fmt: skip

    def patience(self, department: int, who: Patient, visit_class: int) -> int:
        """Ticks that somebody waits after opening, 0 without end."""
        return int(rules.patience(
            self.rules, department, visit_class, who.luck, who.day, who.contact
        ))  # fmt: skip

    def bed_patience(self, who: Patient) -> int:
        """Ticks that somebody waits for a bed, 0 without end."""
        return int(rules.bed_patience(self.rules, who.condition, who.luck, who.day, who.contact))

    def route(self, department: int, who: Patient) -> int:
        """Row of the route that a visitor takes from a department, -1 out."""
        routes, first = self.world.tables.routes, self.first_route
        if first[department] == first[department + 1]:
            return -1
        return int(people.route(routes, first, department, who.luck, who.day, who.contact))

    def came(self, facility: int) -> None:
        """Count an arrival at a facility."""
        self.visits_today[facility] += 1

    def waited(self, row: Row, now: int) -> None:
        """Enter an ordinary patient's wait into the day's sums of a department."""
        if row.visit_class == ORDINARY:
            self.wait_ticks[row.department] += now - row.ready
            self.wait_people[row.department] += 1

    def may_ask(self, department: int) -> bool:
        """Whether a department has allowance for one more remote consultation."""
        return bool(self.allowance[department] >= 1.0)

    def asks(self, department: int) -> int:
        """Use one remote consultation of the allowance; returns the department that answers."""
        self.allowance[department] -= 1.0
        return int(self.world.departments.remote_point[department])

    def remote_consultation(self, who: Resident, asked: Row) -> Story:
        """A request queues for a specialist; returns, when the reply comes, if it resolves."""
        answering = who.answering
        row = self.books.begin(
            self.books.remote, visit=asked.visit, resident=who.resident, condition=who.condition,
            severity=who.severity, facility=asked.facility, department=answering,
            requested=self.env.now,
        )  # fmt: skip
        return (yield from self._answered(row, lambda: rules.remote_answer(
            self.rules, asked.department, answering, who.luck, who.day, asked.contact,
            who.condition, who.severity,
        )))  # fmt: skip

    def online_consultation(self, who: Resident) -> Story:
        """A resident asks from home; returns, when the reply comes, if it settles the need."""
        row = self.books.begin(
            self.books.remote, visit=who.visit, resident=who.resident, condition=who.condition,
            severity=who.severity, facility=self.facility_of[who.answering],
            department=who.answering, requested=self.env.now,
        )  # fmt: skip
        return (yield from self._answered(row, lambda: rules.online_answer(
            self.rules, who.answering, who.luck, who.day, who.condition
        )))  # fmt: skip

    def _answered(self, row: Row, answer: Callable[[], tuple[int, int]]) -> Story:
        """A request waits for a doctor of the answering department; whether he resolves it."""
        env, point = self.env, self.points[row.department]
        yield point.join(row.visit, ORDINARY, refusable=False).event
        row.start = env.now
        service, resolved = answer()
        yield env.timeout(int(service))
        point.leave()
        row.end, row.reply, row.outcome = env.now, self.reply_tick(), 1 - int(resolved)
        self.books.finish(row)
        yield self.until(row.reply)
        return bool(resolved)

    def closed(self, resident: int) -> None:
        """An episode has ended; the resident may fall ill again from midnight on."""
        self.ended_today.append(resident)

    def hand_over(self, keeper: Keeper) -> None:
        """Give away the day's closed rows and its midnight."""
        keeper.rows(*self.books.closed())
        keeper.midnight(self.books.daily.taken())

    def forget(self) -> None:
        """Let go of the model, which Mesa otherwise keeps alive."""
        self.remove_all_agents()
        getattr(mesa.Agent, "_ids", {}).pop(self, None)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Look for cyclic garbage seldom: a day makes a hundred thousand objects and little of it."""
    usual = gc.get_threshold()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def play(
    timeline: Timeline,
    seed: int,
    days: int,
    keeper: Keeper,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 1,
) -> Events:
    """What happens in a timeline of Worlds over so many days under one replication seed.

    One thread plays, however many are offered.
    """
    with seldom_collecting():
        model = TieredCare(timeline, seed)
        try:
            for day in range(days):
                model.step()
                model.hand_over(keeper)
                if progress:
                    progress(day + 1, days)
            model.books.close_all()
            keeper.rows(*model.books.closed())
            return keeper.events(model.ledger.as_dict())
        finally:
            model.forget()
