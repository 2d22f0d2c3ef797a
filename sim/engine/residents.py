"""A resident during one episode of illness: decides, goes, is seen, and decides again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import care, choice
from sim.arithmetic import DAY, ticks
from sim.engine import rules
from sim.engine.patients import NONE, Patient, Story
from sim.events import (
    ADMITTED,
    ADVISED,
    DECLINED,
    LEFT,
    REFERRED_UP,
    REFUSED,
    REMOTE,
    RESOLVED,
    resident_key,
)
from sim.world import ORDINARY, REFERRED, URGENT

if TYPE_CHECKING:
    from sim.engine.books import Row
    from sim.engine.reference import TieredCare


class Resident(Patient):
    """A resident during one episode of illness."""

    advised_tier = failed = target = last_facility = last_day = NONE
    answering = NONE
    attempt = 0

    def __init__(
        self, model: TieredCare, place: int, slot: int, condition: int, severity: int, onset: int
    ) -> None:
        super().__init__(model, place, slot, onset // DAY)
        self.who, self.urgent, self.has_filed = rules.opening(
            model.rules, model.seed, place, slot, self.day, condition, severity
        )
        self.luck, self.scheme, self.cover = self.who.luck, self.who.scheme, self.who.cover
        self.benefit = int(self.who.chronic and model.world.needs.chronic[condition])
        self.age_group = self.who.age_group
        self.place, self.resident = place, int(resident_key(place, slot))
        self.condition, self.severity, self.onset = condition, severity, onset

    @property
    def referred(self) -> bool:
        """Told to go higher by somebody in this episode, or urgent."""
        return bool(self.urgent) or self.advised_tier != NONE

    def in_area(self, facility: int) -> bool:
        """Whether a facility lies inside the resident's pooling area."""
        return self.model.area_of[facility] == self.model.home_area[self.place]

    def filed(self, facility: int) -> bool:
        """By a formal referral to it, or by the resident's own filing."""
        known = rules.without_filing(self.model.rules, self.place, facility)
        return bool(self.has_filed or facility == self.target or known)

    def story(self) -> Story:
        """The episode: decide, go, be seen, and again until it is resolved or given up."""
        yield self.model.until(self.onset)
        ending, state = None, "at_home"
        if rules.asks_online(self.model.rules, self.luck, self.day, self.place, self.condition):
            ending, state = yield from self.online()
        while ending is None:
            if self.attempt >= self.model.world.behaviour.contacts:
                ending = "gave_up"
                break
            goal = self.decide()
            if goal.kind == choice.HOME:
                ending = "stayed_home" if self.attempt == 1 else "gave_up"
                break
            self.turn(state, "in_transit")
            ending, state, again = yield from self.pursue(goal)
            if ending is None:
                yield self.model.until(again)
        self.close(state, ending)

    def online(self) -> Story:
        """Ask for a refill from home; (ending or None, state of the episode)."""
        self.turn("at_home", "awaiting_reply")
        self.answering = int(self.model.world.choice.online_point[self.place])
        if (yield from self.model.online_consultation(self)):
            return "resolved", "awaiting_reply"
        self.turn("awaiting_reply", "at_home")
        yield self.model.until(self.model.env.now + 1)
        return None, "at_home"

    def decide(self) -> choice.Goal:
        """Where to go now, as of last midnight's knowledge."""
        model = self.model
        case = choice.Case(
            self.day, self.condition, self.severity, self.attempt, self.advised_tier,
            self.failed, self.target,
        )  # fmt: skip
        self.attempt += 1
        return rules.choose(model.rules, self.who, case, model.env.now, model.weekday)

    def pursue(self, goal: choice.Goal) -> Story:
        """Go for a goal; returns (ending or None, state of the episode, tick of the next try)."""
        model = self.model
        if self.last_day == model.env.now // DAY and not self.goes_up(goal):
            yield model.until(model.reply_tick())
        requested = model.env.now
        appointment = yield from self.appointment(goal)
        if appointment is None:
            self.failed = goal.facility
            return self.again("in_transit", advised=False)
        arrival, keeps = appointment
        yield model.until(arrival)
        if not keeps:
            return "no_show", "in_transit", NONE
        self.turn("in_transit", "at_facility")
        visit_class = URGENT if self.urgent else ORDINARY
        if self.target == goal.facility and not self.urgent:
            visit_class = REFERRED
        self.heed(goal)
        row = yield from self.attend(goal.department, visit_class, requested, goal.travel)
        return (yield from self.after(row, goal))

    def heed(self, goal: choice.Goal) -> None:
        """A visit counts as referred or advised only where the patient went as told."""
        if goal.facility != self.target:
            self.referred_from = NONE
        if self.model.tier_of[goal.facility] <= self.advised_tier:
            self.advised_from = NONE

    def goes_up(self, goal: choice.Goal) -> bool:
        """Whether a goal ranks above the last facility: only then may it follow the same day."""
        rank = self.model.rank_of
        return rank[goal.facility] > rank[self.last_facility]

    def appointment(self, goal: choice.Goal) -> Story:
        """(Tick of arrival, whether the number is kept), or None without a number to be had."""
        model, now = self.model, self.model.env.now
        if self.urgent or model.always[goal.department]:
            return now + goal.travel, True
        if not model.registers[goal.department]:
            got = model.appoint(goal, self, False)
            return (int(got.arrival), True) if got.found else None
        linked = self.target == goal.facility
        got = yield model.desks[goal.department].ask(
            self.visit, lambda: model.give_number(goal, self, linked)
        )
        if not got.found:
            return None
        keeps = got.day == now // DAY or rules.keeps_number(
            model.rules, goal.department, self.luck, self.day, self.attempt
        )
        return int(got.arrival), keeps

    def after(self, row: Row, goal: choice.Goal) -> Story:
        """What the outcome of a visit leads to."""
        self.last_facility, self.last_day = row.facility, self.model.env.now // DAY
        self.contact += 1
        self.referred_from = self.advised_from = NONE
        outcome, resolved = row.outcome, row.outcome == RESOLVED
        if outcome == ADMITTED:
            self.contact -= 1
            stay, resolved = yield from self.inpatient(row.facility, row.visit_class)
            self.contact += 1
            self.last_day = self.model.env.now // DAY
            if stay == DECLINED:
                return "gave_up", "at_facility", NONE
        elif outcome == REMOTE:
            return (yield from self.remote(row, goal))
        if outcome not in (LEFT, REFUSED):
            self.learn(row.facility, goal.kind, resolved)
        if resolved:
            return "resolved", "at_facility", NONE
        return self.go_on(row.facility, outcome)

    def go_on(self, facility: int, outcome: int) -> tuple[str | None, str, int]:
        """The next step of somebody not helped at a facility."""
        model = self.model
        self.failed, self.target = facility, NONE
        if outcome in (ADVISED, REFERRED_UP):
            self.advised_tier = model.tier_of[facility]
            self.advised_from = facility
        if outcome == REFERRED_UP:
            self.advised_from, self.referred_from = NONE, facility
            self.target = self.referred_to(facility)
            transfer = int(ticks(model.world.care.transfer_minutes))
            self.turn("at_facility", "at_home")
            return None, "at_home", model.env.now + transfer
        return self.again("at_facility", advised=outcome == ADVISED)

    def referred_to(self, facility: int) -> int:
        """Where a facility formally refers: to its partner, or where it sees that it is freer."""
        model = self.model
        target = int(rules.referral_target(model.rules, facility, self.condition))
        if model.world.facilities.informed[facility]:
            return int(rules.freest(
                model.rules, self.place, target, self.condition, self.severity
            ))  # fmt: skip
        return target

    def again(self, state: str, advised: bool) -> tuple[str | None, str, int]:
        """Try again on a later day, or give up."""
        model = self.model
        tick = rules.next_try(
            model.rules, self.luck, self.day, self.attempt, advised, self.severity, model.env.now
        )
        if tick < 0:
            return "gave_up", state, NONE
        self.turn(state, "at_home")
        return None, "at_home", int(tick)

    def remote(self, row: Row, goal: choice.Goal) -> Story:
        """Wait at home for a specialist's answer, which comes on a later day."""
        model = self.model
        self.turn("at_facility", "awaiting_reply")
        resolved = yield from model.remote_consultation(self, row)
        self.learn(row.facility, goal.kind, resolved)
        if resolved:
            return "resolved", "awaiting_reply", NONE
        self.failed, self.advised_tier = row.facility, model.tier_of[row.facility]
        self.referred_from = row.facility
        self.target = model.facility_of[self.answering]
        self.turn("awaiting_reply", "at_home")
        return None, "at_home", model.env.now + 1

    def treatment(self, department: int) -> care.Treatment:
        """By the case."""
        plan = rules.treat(
            self.model.rules, department, self.luck, self.day, self.contact, self.condition,
            self.severity, self.tested_at, self.model.may_ask(department), self.model.env.now,
        )  # fmt: skip
        if plan.outcome == REMOTE:
            reads = plan.reader != NONE
            self.answering = plan.reader if reads else self.model.asks(department)
        return plan

    def learn(self, facility: int, kind: int, resolved: bool) -> None:
        """Remember, from midnight on, how the visit ended and where."""
        town, tier = self.model.town_of[self.place], self.model.tier_of[facility]
        planned = int(self.condition == self.model.world.needs.visit_planned)
        self.model.lessons.append((int(self.who.row), town, tier, kind, int(resolved), planned))

    def turn(self, old: str, new: str) -> None:
        """The episode changes state in the ledger."""
        self.model.ledger.turn(old, new)

    def close(self, state: str, ending: str) -> None:
        """The episode ends; the agent leaves the model."""
        self.turn(state, ending)
        self.model.closed(self.resident)
        self.remove()
