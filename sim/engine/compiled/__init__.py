"""The same events, compiled: rank by rank, facility by facility; written to be run.

Within a day people and messages move only to a higher rank (rules of a day, 1). So a day is played
in ranks: everybody at home decides; then each facility of the lowest rank plays its whole day by
itself and hands those it refers upward; then the next rank. Facilities of a rank are played by
several threads; whose lists somebody stands in depends on that, what happens to him does not.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim import behaviour, people
from sim.arithmetic import DAY, ticks
from sim.engine.compiled import ending, morning
from sim.engine.compiled.facility import busiest, play_facilities
from sim.engine.compiled.layout import (
    DECIDERS,
    ILL,
    LESSONS,
    NONE,
    REMOTES,
    SPARE,
    STAYS,
    VISITS,
)
from sim.engine.compiled.opening import desks, first_state, records, wider
from sim.engine.keeper import Keeper
from sim.engine.midnight import allow, check_links, date_of, first_outlook, smooth
from sim.events import Daily, Events
from sim.table import Table
from sim.world import World

MINUTES_PER_HOUR = 60
Timeline = list[tuple[int, World]]


class Machine:
    """A health system of places and facilities, played day by day, compiled.

    special: whether facilities that are plain queues are played by their own, shorter kernel.
    """

    special = True

    def __init__(self, timeline: Timeline, seed: int, keeper: Keeper, threads: int) -> None:
        for _, world in timeline:
            check_links(world)
        self.timeline, self.seed, self.keeper, self.today = dict(timeline), seed, keeper, -1
        self.world = world = timeline[0][1]
        self.residents = people.residents(world.tables.places, world.tables.people)
        self.outlook = first_outlook(world, self.residents)
        self.state = first_state([w for _, w in timeline], len(self.residents.nature), threads)
        self.workers = desks(world, self.state, threads)
        self.needs = [(np.empty((0, people.NEED_COLUMNS), dtype=np.int64), 0)] * threads
        self.arrivals = [(np.empty((0, people.ARRIVAL_COLUMNS), dtype=np.int64), 0)] * threads
        self.linked = np.zeros(len(world.departments.facility), dtype=bool)
        self.lessons: list[np.ndarray] = []
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def step(self) -> None:
        """One day: midnight, morning, then rank after rank."""
        self.today += 1
        self._learn()
        smooth(self.world, self.outlook, self.state.waits, self.state.leads)
        self.state.numbers[:, (self.today - 1) % self.state.numbers.shape[1]] = 0
        self._enforce(self.timeline.get(self.today))
        allow(self.world, self.state.allowance, self.linked)
        self.day = self._day()
        self._morning()
        self._decide()
        for facilities in self.ranks:
            self._play(facilities)
            self._decide()
        self._count_day()

    def events(self) -> Events:
        """All that happened; those still here are reported as they stand."""
        me, first = self.workers[0], 0
        while first < len(self.state.patients):
            first = ending.still_open(self.state, me, first)
            self.keeper.rows(*self._rows(me))
        return self.keeper.events(ending.ledger(self.world, self.state, self.workers))

    def _learn(self) -> None:
        """Yesterday's results become known; who recovered yesterday may fall ill again."""
        np.bitwise_and(self.state.open, ILL, out=self.state.open)
        if self.lessons:
            behaviour.learn(self.world.tables.behaviour, self.outlook, np.concatenate(self.lessons))
            self.lessons.clear()

    def _enforce(self, world: World | None) -> None:
        """Put a new World in force, if the timeline has one for today."""
        if world is None:
            return
        if world.people is not self.world.people:
            self.residents = people.residents(world.tables.places, world.tables.people)
        self.world = world
        self.candidates = people.candidate_counts(world.tables.needs)
        ranks = np.asarray(world.facilities.rank)
        self.ranks = [np.flatnonzero(ranks == rank) for rank in np.unique(ranks)]

    def _day(self) -> Table:
        """The World of today with the day's own numbers, times in ticks."""
        world, end = self.world, (self.today + 1) * DAY
        return Table("day", {
            **vars(world.tables), "residents": self.residents, "outlook": self.outlook,
            "seed": self.seed, "today": self.today,
            "weekday": date_of(world, self.today).weekday(), "start": end - DAY, "end": end,
            "reply": end + int(ticks(world.care.reply_hour * MINUTES_PER_HOUR)),
            "walk": int(ticks(world.care.walk_minutes)),
            "transfer": int(ticks(world.care.transfer_minutes)), "special": int(self.special),
        })  # fmt: skip

    # The day.

    def _each(self, task: Callable[[Table], None]) -> None:
        """Let every worker do a task, each in a thread of his own."""
        if self.pool is None:
            task(self.workers[0])
        else:
            list(self.pool.map(task, self.workers))

    def _morning(self) -> None:
        """Those due today are called, those who fall ill or arrive get a record."""
        self._each(self._call)
        for me in self.workers:
            self._provide(me)
        self._each(self._admit)

    def _call(self, me: Table) -> None:
        """Call those due, and find this worker's needs and arrivals of the day."""
        morning.meet_day(self.day, self.state, me)
        self.needs[me.number] = people.fitting(self._needs_of(me), self.needs[me.number][0])
        self.arrivals[me.number] = people.fitting(
            self._arrivals_of(me), self.arrivals[me.number][0]
        )

    def _needs_of(self, me: Table) -> Callable[[np.ndarray], int]:
        """What finds the needs of this worker's share of places."""
        tables, month = self.world.tables, date_of(self.world, self.today).month - 1
        first, last = self._share(me, len(self.world.places.code))
        return lambda out: people.find_needs(
            tables.places, tables.needs, self.residents, self.candidates, self.seed, self.today,
            month, first, last, out,
        )  # fmt: skip

    def _arrivals_of(self, me: Table) -> Callable[[np.ndarray], int]:
        """What finds the arrivals of this worker's share of streams."""
        streams = self.world.tables.streams
        first, last = self._share(me, len(streams.code))
        return lambda out: people.find_arrivals(
            streams, self.seed, self.today, self.day.weekday, first, last, out
        )

    def _share(self, me: Table, count: int) -> tuple[int, int]:
        """This worker's part of so many things in order."""
        threads = len(self.workers)
        return count * me.number // threads, count * (me.number + 1) // threads

    def _provide(self, me: Table) -> None:
        """Make sure that a worker has a free record for everybody who is new today."""
        arrivals, arriving = self.arrivals[me.number]
        people.check_numbers(arrivals[:arriving, 1])
        wanted = self.needs[me.number][1] + arriving
        if wanted > me.lengths[SPARE]:
            self.state = records(self.state, me, max(wanted, len(self.state.patients) // 2))

    def _admit(self, me: Table) -> None:
        """Open episodes and let given demand come."""
        morning.fall_ill(self.day, self.state, me, *self.needs[me.number])
        morning.admit_visitors(self.day, self.state, me, *self.arrivals[me.number])

    def _decide(self) -> None:
        """Everybody at home whose hour has come decides."""
        while any(me.lists[DECIDERS] != NONE for me in self.workers):
            self._each(lambda me: morning.decide_all(self.day, self.state, me))
            self._hand_over()

    def _play(self, facilities: np.ndarray) -> None:
        """The day of all facilities of a rank, at desks with room for the busiest."""
        threads, most = len(self.workers), busiest(self.day, self.state, facilities)
        self.workers = [wider(self.world, self.state, me, most) for me in self.workers]
        todo = [facilities[n::threads] for n in range(threads)]
        done = [0] * threads

        def play(me: Table) -> None:
            n = me.number
            done[n] = play_facilities(self.day, self.state, me, todo[n], done[n])

        while any(done[n] < len(todo[n]) for n in range(threads)):
            self._each(play)
            self._hand_over()

    def _hand_over(self) -> None:
        """Rows to the books, lessons to midnight; the desks are empty again."""
        for me in self.workers:
            if n := me.lengths[LESSONS]:
                self.lessons.append(me.lessons[:n].copy())
                me.lengths[LESSONS] = 0
            if me.lengths[VISITS] or me.lengths[STAYS] or me.lengths[REMOTES]:
                self.keeper.rows(*self._rows(me))

    def _rows(self, me: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows on a desk, which is empty then."""
        visits, stays, remote = (int(me.lengths[k]) for k in (VISITS, STAYS, REMOTES))
        me.lengths[[VISITS, STAYS, REMOTES]] = 0
        return me.visits[:visits], me.stays[:stays], me.remote[:remote]

    def _count_day(self) -> None:
        """State of every facility at the midnight that ends the day."""
        count = len(self.world.facilities.code)
        own, points = self.world.departments.facility, self.state.points
        queued = np.zeros(count, dtype=np.int64)
        np.add.at(queued, own, points["waiting"][: len(own)])
        beds = points[len(own) + count :]
        columns = (
            np.full(count, self.today + 1), np.arange(count), self.state.came, beds["busy"],
            beds["waiting"], queued,
        )  # fmt: skip
        assert len(columns) == len(Daily._fields)
        self.keeper.midnight(np.column_stack(columns).astype(np.int64))
        self.state.came[:] = 0


def play(
    timeline: Timeline, seed: int, days: int, keeper: Keeper,
    progress: Callable[[int, int], None] | None = None, threads: int = 1,
) -> Events:
    """What happens in a timeline of Worlds over so many days under one replication seed."""
    machine = Machine(timeline, seed, keeper, threads)
    try:
        for day in range(days):
            machine.step()
            if progress:
                progress(day + 1, days)
        return machine.events()
    finally:
        if machine.pool is not None:
            machine.pool.shutdown()
