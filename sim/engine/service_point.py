"""A queue with finite servers over SimPy that settles each instant once.

All that reaches a point in one instant is collected and settled after every other event of that
instant (rules of a day, 4): capacity change, ends, arrivals by visit key, starts, expiries. So no
result depends on the order in which simultaneous events happen to be processed.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import simpy

from sim.world import RETURNING, UNLIMITED

LATE = 2
STARTED, LEFT, REFUSED = "started", "left", "refused"
ENDLESS = 0


class Settling:
    """Something that settles an instant once, after all else of that instant."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self._due = False

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            event = self.env.event()
            event.callbacks.append(self._settled)
            event._ok, event._value = True, None
            self.env.schedule(event, priority=LATE)

    def _settled(self, _: simpy.Event) -> None:
        self._due = False
        self.settle()

    def settle(self) -> None:
        """Bring everything collected in this instant into effect."""
        raise NotImplementedError


class Ticket:
    """One person's place in a queue; `event` fires with STARTED, LEFT or REFUSED."""

    __slots__ = ("event", "patience", "ready", "refusable", "visit", "visit_class", "waiting")

    def __init__(
        self, visit: int, visit_class: int, patience: int, event: simpy.Event, refusable: bool
    ) -> None:
        self.visit, self.visit_class, self.patience = visit, visit_class, patience
        self.refusable = refusable
        self.event, self.ready, self.waiting = event, -1, False


class ServicePoint(Settling):
    """Servers, a queue by class and arrival, opening, patience and a finite waiting room."""

    def __init__(
        self, env: simpy.Environment, capacity: int = 0, is_open: bool = True, room: int = UNLIMITED
    ) -> None:
        super().__init__(env)
        self.capacity, self.is_open, self.room = capacity, is_open, room
        self._busy = self.waiting = 0
        self._queue: list[tuple[int, int, int, Ticket]] = []
        self._outside: list[tuple[int, Ticket]] = []
        self._arrived: list[Ticket] = []
        self._expired: list[Ticket] = []
        self._impatient: list[Ticket] = []
        self._ended = 0
        self._changes: list[Callable[[], None]] = []
        self._closings: list[bool] = []

    @property
    def busy(self) -> int:
        """Services going on."""
        return self._busy - self._ended

    def join(
        self, visit: int, visit_class: int, patience: int = ENDLESS, refusable: bool = True
    ) -> Ticket:
        """Reach the point now; patience in ticks from the moment it is open.

        Who returns with results, or is not refusable, finds room in a full waiting room.
        """
        refusable = refusable and visit_class != RETURNING
        ticket = Ticket(visit, visit_class, patience, self.env.event(), refusable)
        self._arrived.append(ticket)
        self._soon()
        return ticket

    def leave(self) -> None:
        """End of a service now: one server becomes free, at once if somebody waits for it."""
        self._ended += 1
        if self._queue:
            self._soon()

    def set_capacity(self, capacity: int) -> None:
        """Change the number of servers now; work in service finishes."""
        self._changes.append(lambda: setattr(self, "capacity", capacity))
        self._soon()

    def open(self, capacity: int) -> None:
        """Open now with so many servers; those outside come in."""
        self.set_capacity(capacity)
        self._changes.append(self._let_in)

    def close(self, stops: bool = False) -> None:
        """Close the door now; those inside are still seen by the same crew, unless it stops."""
        self._closings.append(stops)
        self._soon()

    def settle(self) -> None:
        """Closings, openings and capacities, ends, arrivals by visit key, starts, expiries."""
        self._change()
        self._busy, self._ended = self.busy, 0
        self._admit()
        self._start()
        self._expire()
        self._set_timers()

    def _change(self) -> None:
        for stops in self._closings:
            self.is_open = False
            self.capacity = 0 if stops else self.capacity
        for change in self._changes:
            change()
        self._closings.clear()
        self._changes.clear()

    def _let_in(self) -> None:
        self.is_open = True
        for arrival, ticket in self._outside:
            self._enter(arrival, ticket)
        self._outside.clear()

    def _admit(self) -> None:
        self._arrived.sort(key=lambda ticket: ticket.visit)
        for ticket in self._arrived:
            if ticket.refusable and self._full():
                ticket.event.succeed(REFUSED)
            elif self.is_open:
                self._enter(self.env.now, ticket)
            else:
                self._outside.append((self.env.now, ticket))
                self.waiting += 1
                ticket.waiting = True
        self._arrived.clear()

    def _full(self) -> bool:
        """Whether every server and waiting place is taken."""
        limit = self.capacity + self.room
        return self.room != UNLIMITED and self.waiting + self._busy >= limit

    def _enter(self, arrival: int, ticket: Ticket) -> None:
        if not ticket.waiting:
            ticket.waiting = True
            self.waiting += 1
        ticket.ready = self.env.now
        heappush(self._queue, (ticket.visit_class, arrival, ticket.visit, ticket))
        if ticket.patience != ENDLESS:
            self._impatient.append(ticket)

    def _set_timers(self) -> None:
        for ticket in self._impatient:
            if ticket.waiting:
                timer = self.env.timeout(ticket.patience, ticket)
                timer.callbacks.append(self._loses_patience)
        self._impatient.clear()

    def _loses_patience(self, timer: Any) -> None:
        if timer.value.waiting:
            self._expired.append(timer.value)
            self._soon()

    def _start(self) -> None:
        while self._busy < self.capacity and self._queue:
            ticket = heappop(self._queue)[-1]
            if ticket.waiting:
                self._busy += 1
                self._begin(ticket)

    def _begin(self, ticket: Ticket) -> None:
        """Let a service begin before the next starts: an allowance is used in this order."""
        ticket.waiting = False
        self.waiting -= 1
        event = ticket.event
        waiting, event.callbacks = event.callbacks, None
        event._ok, event._value = True, STARTED
        for callback in waiting:
            callback(event)

    def _expire(self) -> None:
        for ticket in self._expired:
            if ticket.waiting:
                self._end_wait(ticket, LEFT)
        self._expired.clear()

    def _end_wait(self, ticket: Ticket, how: str) -> None:
        ticket.waiting = False
        self.waiting -= 1
        ticket.event.succeed(how)


class Desk(Settling):
    """Answers the requests of one instant in the order of their visit keys."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._asked: list[tuple[int, simpy.Event, Callable[[], Any]]] = []

    def ask(self, visit: int, answer: Callable[[], Any]) -> simpy.Event:
        """An event that fires, still in this instant, with what `answer` then returns."""
        event = self.env.event()
        self._asked.append((visit, event, answer))
        self._soon()
        return event

    def settle(self) -> None:
        """Answer everybody of this instant, by visit key."""
        self._asked.sort(key=lambda request: request[0])
        asked, self._asked = self._asked, []
        for _, event, answer in asked:
            event.succeed(answer())
