"""The agents of the reference engine: a resident during an episode, and an outside arrival.

An agent's life is a SimPy process that reads like the patient's story; what is decided, how long
it takes and what it costs comes from the compiled functions of the other rooms.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import mesa

from sim import care, people
from sim.arithmetic import DAY
from sim.engine import rules
from sim.engine.service_point import ENDLESS, LEFT, STARTED
from sim.engine.service_point import REFUSED as REFUSED_ENTRY
from sim.events import (
    ADMITTED,
    DECLINED,
    DISCHARGED,
    LEFT_WAITING,
    OUTCOMES,
    REFUSED,
    RESOLVED,
    STAY_OUTCOMES,
    STEPPED_DOWN,
    visit_key,
)
from sim.events import LEFT as LEFT_UNSEEN
from sim.world import BY_CASE, ORDINARY, REFERRED, RETURNING

if TYPE_CHECKING:
    from sim.engine.books import Row
    from sim.engine.reference import TieredCare

NONE = -1
Story = Generator[Any, Any, Any]


class Patient(mesa.Agent):
    """Somebody at a facility: joins queues, is treated, tested, admitted."""

    model: TieredCare
    place = resident = age_group = NONE
    slot = contact = scheme = benefit = cover = 0
    condition = severity = NONE
    luck = 0
    tested_at = NONE
    referred_from = advised_from = NONE

    def __init__(self, model: TieredCare, place: int, slot: int, day: int) -> None:
        super().__init__(model)
        self.place_key, self.slot, self.day = place, slot, day

    @property
    def visit(self) -> int:
        """Key of the present contact."""
        return visit_key.py_func(self.day, self.place_key, self.slot, self.contact)

    def treatment(self, department: int) -> care.Treatment:
        """What the contact will be, fixed at its start."""
        raise NotImplementedError

    def bill(self, row: Row, tests: int) -> None:
        """Write the cost of a visit into its row."""
        facility = row.facility
        row.cost, row.out_of_pocket = rules.visit_bill(
            self.model.rules, facility, max(self.severity, 0), float(tests), self.scheme,
            self.benefit, self.in_area(facility), self.filed(facility), self.cover, self.referred,
        )  # fmt: skip

    @property
    def referred(self) -> bool:
        """Whether the patient may pass a gate of his insurance; outside patients may."""
        return True

    def in_area(self, facility: int) -> bool:
        """Whether a facility lies inside the patient's pooling area; outside patients are."""
        return True

    def filed(self, facility: int) -> bool:
        """Whether care outside the pooling area was filed before."""
        return True

    def known(self) -> dict[str, int]:
        """The columns that every row of this patient shares."""
        return {
            "resident": self.resident, "age_group": self.age_group, "condition": self.condition,
            "severity": self.severity, "place": self.place,
        }  # fmt: skip

    def attend(self, department: int, visit_class: int, requested: int, travel: int) -> Story:
        """One visit to a department, from arrival to its outcome; returns the closed row."""
        model, now = self.model, self.model.env.now
        row = model.books.begin(
            model.books.visits, visit=self.visit, **self.known(),
            facility=model.facility_of[department], department=department,
            visit_class=visit_class, contact=self.contact, referred_from=self.referred_from,
            advised_from=self.advised_from, requested=requested, arrival=now, service=0,
            repeated=0, recognised=0, travel=travel, cost=0, out_of_pocket=0,
        )  # fmt: skip
        tier = model.tier_of[row.facility]
        model.ledger.arrive(tier, "waiting")
        model.came(row.facility)
        ticket = model.points[department].join(
            row.visit, visit_class, model.patience(department, self, visit_class)
        )
        row.ticket = ticket
        how = yield ticket.event
        row.ready = ticket.ready
        if how is not REFUSED_ENTRY:
            model.waited(row, model.env.now)
        if how is not STARTED:
            row.end = model.env.now
            return self.close_visit(row, LEFT_UNSEEN if how is LEFT else REFUSED, "waiting")
        return (yield from self.consult(row, department))

    def consult(self, row: Row, department: int) -> Story:
        """The consultation, tests with a second contact, and the outcome."""
        model, env = self.model, self.model.env
        tier = model.tier_of[row.facility]
        row.start = env.now
        plan = self.treatment(department)
        row.repeated, row.recognised = plan.repeated, plan.recognised
        self.bill(row, plan.tested)
        model.ledger.move(tier, "waiting", "in_service")
        yield env.timeout(int(plan.consultation))
        model.points[department].leave()
        row.service = int(plan.consultation)
        if plan.test:
            model.ledger.move(tier, "in_service", "in_test")
            yield from self.test(row, plan)
            model.ledger.move(tier, "in_test", "waiting")
            yield model.points[department].join(row.visit, RETURNING, ENDLESS).event
            model.ledger.move(tier, "waiting", "in_service")
            yield env.timeout(int(plan.results))
            model.points[department].leave()
            row.service += int(plan.results)
        row.end = env.now
        if plan.tested:
            self.tested_at = row.facility
        return self.close_visit(row, plan.outcome, "in_service")

    def test(self, row: Row, plan: care.Treatment) -> Story:
        """Walk to the test, wait for it, have it, walk back."""
        model, env = self.model, self.model.env
        yield env.timeout(model.walk)
        reached = env.now
        point = model.test_points[row.facility]
        yield point.join(row.visit, row.visit_class, ENDLESS).event
        row.test_wait = env.now - reached
        yield env.timeout(int(plan.test))
        point.leave()
        row.test_end = env.now
        yield env.timeout(model.walk)

    def close_visit(self, row: Row, outcome: int, state: str) -> Row:
        """Write the outcome; an admission goes on as a stay."""
        row.outcome = outcome
        tier = self.model.tier_of[row.facility]
        ending = "awaiting_bed" if outcome == ADMITTED else OUTCOMES[outcome]
        self.model.ledger.move(tier, state, ending)
        self.model.books.finish(row)
        return row

    def lie(self, facility: int, visit_class: int, stepped_from: int, rest: int) -> Story:
        """One stay from asking for a bed; returns its row, need resolved, (ticks left, where).

        rest: ticks that a stay begun above still asks for, 0 for a new one.
        """
        model, env = self.model, self.model.env
        row = model.books.begin(
            model.books.stays, visit=self.visit, **self.known(), facility=facility,
            visit_class=visit_class, stepped_from=stepped_from, requested=env.now, cost=0,
            out_of_pocket=0,
        )  # fmt: skip
        if self.condition != NONE and not rest and self.declines():
            row.end = env.now
            return self.close_stay(row, DECLINED, "awaiting_bed"), False, (0, NONE)
        yield env.timeout(model.walk)
        row.requested = env.now
        patience = ENDLESS if rest else model.bed_patience(self)
        how = yield model.bed_points[facility].join(row.visit, visit_class, patience).event
        if how is not STARTED:
            row.end = env.now
            return self.close_stay(row, LEFT_WAITING, "awaiting_bed"), False, (0, NONE)
        return (yield from self.recover(row, rest))

    def declines(self) -> bool:
        """Whether the patient declines an offered admission."""
        return bool(
            rules.declines(self.model.rules, self.cover, self.luck, self.day, self.contact)
        )

    def recover(self, row: Row, rest: int) -> Story:
        """The time in bed, its bill, and whether the patient steps down for the rest of it."""
        model, env, facility = self.model, self.model.env, row.facility
        row.start = env.now
        whole, resolved, down = rules.stay(
            model.rules, facility, self.luck, self.day, self.contact, max(self.condition, 0),
            max(self.severity, 0),
        )  # fmt: skip
        below, target = 0, NONE
        if rest:
            whole, resolved, down = rest, 1, 0
        if down:
            below = max(int(whole * model.world.care.step_down_share), 1)
            target = int(model.world.facilities.step_down_target[facility])
        here = max(int(whole) - below, 1)
        row.cost, row.out_of_pocket = rules.stay_bill(
            model.rules, facility, max(self.severity, 0), here / DAY, self.scheme,
            self.in_area(facility), self.filed(facility), bool(rest), self.cover, self.referred,
        )  # fmt: skip
        model.ledger.move(model.tier_of[facility], "awaiting_bed", "in_bed")
        yield env.timeout(here)
        model.bed_points[facility].leave()
        row.end = env.now
        outcome = STEPPED_DOWN if down else DISCHARGED
        return self.close_stay(row, outcome, "in_bed"), bool(resolved), (below, target)

    def close_stay(self, row: Row, outcome: int, state: str) -> Row:
        """Write the outcome of a stay."""
        row.outcome = outcome
        tier = self.model.tier_of[row.facility]
        self.model.ledger.move(tier, state, STAY_OUTCOMES[outcome])
        self.model.books.finish(row)
        return row

    def inpatient(self, facility: int, visit_class: int) -> Story:
        """A stay and what of it is spent below, from a later day; (outcome, need resolved)."""
        model = self.model
        row, resolved, (rest, below) = yield from self.lie(facility, visit_class, NONE, 0)
        while rest:
            above, facility = facility, below
            yield model.until(model.reply_tick())
            self.contact += 1
            model.ledger.arrive(model.tier_of[facility], "awaiting_bed")
            row, _, (rest, below) = yield from self.lie(facility, REFERRED, above, rest)
        return row.outcome, resolved


class Visitor(Patient):
    """An arrival of given demand, or an outside patient at a slice."""

    def __init__(self, model: TieredCare, stream: int, number: int, day: int, tick: int) -> None:
        super().__init__(model, len(model.world.places.code) + stream, number, day)
        self.stream, self.tick = stream, tick
        streams = model.world.streams
        self.luck = people.stream_luck(model.world.tables.streams, model.seed, stream, number)
        if streams.mix[stream, -1] > 0.0:
            self.condition, self.severity = rules.outside_case(
                model.rules, self.luck, day, stream
            )

    def treatment(self, department: int) -> care.Treatment:
        """By the case where it has one, else of the department's service family."""
        world = self.model.world
        if world.departments.service_family[department] == BY_CASE:
            return rules.treat(
                self.model.rules, department, self.luck, self.day, self.contact, self.condition,
                self.severity, NONE, False, self.model.env.now,
            )  # fmt: skip
        return rules.plain_treatment(
            self.model.rules, department, self.luck, self.day, self.contact
        )

    def story(self) -> Story:
        """Arrive, be seen, perhaps stay, perhaps go on by the routes."""
        model = self.model
        yield model.until(self.tick)
        department = int(model.world.streams.department[self.stream])
        visit_class = int(model.world.streams.visit_class[self.stream])
        while department != NONE:
            now = model.env.now
            row = yield from self.attend(department, visit_class, now, 0)
            if row.outcome == ADMITTED:
                yield from self.inpatient(row.facility, visit_class)
            department, visit_class, delay = self.route(department, row.outcome)
            if department != NONE:
                yield model.env.timeout(delay)
                self.contact += 1
        self.remove()

    def route(self, department: int, outcome: int) -> tuple[int, int, int]:
        """(Department, class, delay) where a resolved visit of given demand goes next; -1 out."""
        if outcome != RESOLVED:
            return NONE, ORDINARY, 0
        routes = self.model.world.routes
        r = self.model.route(department, self)
        if r < 0:
            return NONE, ORDINARY, 0
        return int(routes.target[r]), int(routes.visit_class[r]), int(routes.delay[r])
