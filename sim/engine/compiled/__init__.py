"""The same events, compiled: rank by rank, facility by facility; written to be run.

Within a day people and messages move only to a higher rank (rules of a day, 1). So a day is played
in ranks: everybody at home decides; then each facility of the lowest rank plays its whole day by
itself and hands those it refers upward; then the next rank. Facilities of a rank are played by
several threads; whose lists somebody stands in depends on that, what happens to him does not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from sim import behaviour, layers, people, settling
from sim.arithmetic import DAY, ticks
from sim.engine.compiled import ending, morning
from sim.engine.compiled.facility import busiest, play_facilities
from sim.engine.compiled.hands import Hands
from sim.engine.compiled.layout import (
    DECIDERS,
    FREE,
    ILL,
    LESSONS,
    REMOTES,
    STAYS,
    VACANT,
    VISITS,
)
from sim.engine.compiled.notes import Notes
from sim.engine.compiled.opening import desks, first_state, records, spells, wider
from sim.engine.keeper import Keeper
from sim.engine.midnight import (
    allow,
    check_links,
    date_of,
    first_outlook,
    prepared,
    smooth,
    weigh_day,
)
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
        self.hands = Hands(threads)
        self.managed = any(layers.manages(world) for _, world in timeline)
        self._settle(world)
        self.outlook = first_outlook(world, self.residents)
        self.state = first_state([w for _, w in timeline], len(self.residents.nature), threads)
        self.workers = desks(world, self.state, threads)
        self.needs = [(np.empty((0, people.NEED_COLUMNS), dtype=np.int64), 0)] * len(self.homes)
        conditions = len(world.needs.envelope)
        self.drawn = [layers.room_for_candidates(conditions) for _ in range(threads)]
        self.arrivals = [(np.empty((0, people.ARRIVAL_COLUMNS), dtype=np.int64), 0)] * threads
        self.linked = np.zeros(len(world.departments.facility), dtype=bool)
        self.lessons: list[np.ndarray] = []
        self.notes = [Notes() for _ in range(threads)]

    def step(self) -> None:
        """One day: midnight, morning, then rank after rank."""
        self.today += 1
        self._learn()
        smooth(self.world, self.outlook, self.state.waits, self.state.leads, self._beds_asked())
        self.state.numbers[:, (self.today - 1) % self.state.numbers.shape[1]] = 0
        self._enforce(self.timeline.get(self.today))
        allow(self.world, self.state.allowance, self.linked)
        weigh_day(self.world, self.outlook, self.prepared["delay"])
        self.day = self._day()
        self._morning()
        for facilities in self.ranks:
            self._play(facilities)
            self._decide()
        self._count_day()

    def events(self) -> Events:
        """All that happened; those still here are reported as they stand."""
        me, first = self.workers[0], 0
        while first < self.state.made[0]:
            first = ending.still_open(self.state, me, first)
            self._hand_over(me)
        return self.keeper.events(ending.ledger(self.world, self.state, self.workers))

    def _learn(self) -> None:
        """Yesterday's results become known; who recovered yesterday may fall ill again."""
        weights, count = self.world.tables.behaviour, len(self.state.open)
        care, residents = self.world.tables.care, self.residents

        def learn(number: int) -> None:
            first, last = self.hands.share(number, count)
            own = self.state.open[first:last]
            np.bitwise_and(own, ILL, out=own)
            if self.managed and self.today % layers.FADING_DAYS == 0:
                layers.fade(care, residents, first, last)
            for lessons in self.lessons:
                behaviour.learn(weights, self.outlook, lessons, first, last)
                if self.managed:
                    layers.manage(care, residents, lessons, first, last)

        self.hands.each(learn)
        for lessons in self.lessons:
            behaviour.spread_word(self.outlook, lessons)
        behaviour.forget(weights, self.outlook)
        self.lessons.clear()
        for notes in self.notes:
            notes.clear()

    def _enforce(self, world: World | None) -> None:
        """Put a new World in force, if the timeline has one for today."""
        if world is None:
            return
        if world.people is not self.world.people:
            self._settle(world)
        self.world = world
        self.candidates = layers.candidate_counts(world.tables.needs)
        self.prepared = prepared(world)
        ranks = np.asarray(world.facilities.rank)
        self.ranks = [np.flatnonzero(ranks == rank) for rank in np.unique(ranks)]

    def _settle(self, world: World) -> None:
        """Everybody who lives in a world."""
        places, traits = world.tables.places, world.tables.people
        self.residents = found = settling.vacant(places, self.managed)
        shares = np.arange(self.hands.runs) * len(found.nature) // self.hands.runs
        bounds = [*np.searchsorted(found.first_row, shares).tolist(), len(places.code)]
        self.homes = list(itertools.pairwise(bounds))
        todo, rooms = iter(self.homes), [settling.room_for_draws() for _ in range(self.hands.count)]

        def settle(number: int) -> None:
            for first, last in todo:
                settling.settle(places, traits, found, first, last, rooms[number])

        self.hands.each(settle)

    def _day(self) -> Table:
        """The World of today with the day's own numbers, times in ticks."""
        world, end = self.world, (self.today + 1) * DAY
        return Table("day", {
            **vars(world.tables), **self.prepared,
            "residents": self.residents, "outlook": self.outlook,
            "seed": self.seed, "today": self.today,
            "weekday": date_of(world, self.today).weekday(), "start": end - DAY, "end": end,
            "reply": end + int(ticks(world.care.reply_hour * MINUTES_PER_HOUR)),
            "walk": int(ticks(world.care.walk_minutes)),
            "transfer": int(ticks(world.care.transfer_minutes)), "special": int(self.special),
        })  # fmt: skip

    # The day.

    def _morning(self) -> None:
        """Those due today are called, those who fall ill or arrive get a record; all decide."""
        runs = iter(range(len(self.homes)))
        self.hands.each(lambda number: self._call(number, runs))
        self._provide()
        runs = iter(range(len(self.homes)))
        self.hands.each(lambda number: self._admit(number, runs))

    def _call(self, number: int, runs: Iterator[int]) -> None:
        """Call those due, find this worker's arrivals, and needs of the runs of places left."""
        morning.meet_day(self.day, self.state, self.workers[number])
        self.arrivals[number] = people.fitting(self._arrivals_of(number), self.arrivals[number][0])
        for run in runs:
            self.needs[run] = people.fitting(self._needs_of(number, run), self.needs[run][0])

    def _needs_of(self, number: int, run: int) -> Callable[[np.ndarray], int]:
        """What finds, by a worker, the needs of a run of places."""
        tables, month = self.world.tables, date_of(self.world, self.today).month - 1
        room = self.drawn[number]
        first, last = self.homes[run]
        return lambda out: layers.find_needs(
            tables.places, tables.people, tables.needs, tables.surges, self.residents,
            self.candidates, self.seed, self.today, month, first, last, room, out,
        )  # fmt: skip

    def _arrivals_of(self, number: int) -> Callable[[np.ndarray], int]:
        """What finds the arrivals of this worker's share of streams."""
        streams = self.world.tables.streams
        first, last = self.hands.share(number, len(streams.code))
        return lambda out: people.find_arrivals(
            streams, self.seed, self.today, self.day.weekday, first, last, out
        )

    def _provide(self) -> None:
        """Make sure of a free record for everybody who is new today; whose are next to whose."""
        for rows, arriving in self.arrivals:
            people.check_numbers(rows[:arriving, 1])
        wanted, made = [count for _, count in self.needs + self.arrivals], int(self.state.made[0])
        free = self.state.free[:made]
        np.minimum(free, VACANT, out=free)
        lack = sum(wanted) - int(np.count_nonzero(free))
        if lack > 0:
            self.state = records(self.state, max(lack, made // 4))
        self.spare, first = [], 0
        for number in wanted:
            self.spare.append(first)
            first = morning.after_free(self.state, first, number)

    def _admit(self, number: int, runs: Iterator[int]) -> None:
        """Open episodes and let all at home decide, run by run; and let given demand come."""
        me = self.workers[number]
        for run in runs:
            me.lengths[FREE] = self.spare[run]
            morning.begin_day(self.day, self.state, me, *self.needs[run], *self.homes[run])
            self._decide_all(me)
        me.lengths[FREE] = self.spare[len(self.homes) + number]
        morning.admit_visitors(self.day, self.state, me, *self.arrivals[number])

    def _decide(self) -> None:
        """Everybody at home whose hour has come decides."""

        self.hands.each(lambda number: self._decide_all(self.workers[number]))

    def _decide_all(self, me: Table) -> None:
        """Everybody whom a worker has at home decides."""
        while me.lengths[DECIDERS] > 0:
            morning.decide_all(self.day, self.state, me)
            self._hand_over(me)

    def _play(self, facilities: np.ndarray) -> None:
        """The day of all facilities of a rank, at desks with room for the busiest."""
        most = busiest(self.day, self.state, facilities)
        self.workers = [wider(self.world, self.state, me, most) for me in self.workers]
        coming = int(self.state.expected[:, facilities].sum())
        self.state = spells(self.state, self.workers, coming)
        pieces = self.hands.pieces(
            facilities, lambda: self.state.expected[:, facilities].sum(axis=0)
        )

        def play(number: int) -> None:
            for todo in pieces:
                done = 0
                while done < len(todo):
                    me = self.workers[number]
                    done = play_facilities(self.day, self.state, me, todo, done)
                    self._hand_over(me)

        self.hands.each(play)

    def _hand_over(self, me: Table) -> None:
        """Rows to the books, lessons to midnight; the desk is empty again."""
        visits, stays, remote, lessons = (
            int(me.lengths[k]) for k in (VISITS, STAYS, REMOTES, LESSONS)
        )
        if lessons:
            self.lessons.append(self.notes[me.number].kept(me.lessons[:lessons]))
        if visits or stays or remote:
            self.keeper.rows(
                me.visits[:visits], me.stays[:stays], me.remote[:remote], hand=me.number
            )
        me.lengths[[VISITS, STAYS, REMOTES, LESSONS]] = 0

    def _beds_asked(self) -> np.ndarray:
        """Beds occupied or waited for, by facility."""
        points = self.state.points[-len(self.world.facilities.code) :]
        return np.asarray(points["busy"] + points["waiting"])

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
        machine.hands.close()
