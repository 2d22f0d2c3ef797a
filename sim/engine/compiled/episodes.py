"""A resident's way through an episode: decide, ask for a number, come, and what follows a visit."""

from __future__ import annotations

from sim import behaviour, care, registration
from sim.arithmetic import compiled, inlined
from sim.choice import Case, enter, freest, goal_of, weigh
from sim.engine.compiled.layout import (
    ARRIVE,
    ASK,
    BOOK,
    DECIDE,
    FREED,
    GONE,
    NONE,
    RECOVERED,
    REQUEST,
)
from sim.engine.compiled.lists import decides, enter_calendar, send
from sim.engine.compiled.rows import lesson
from sim.events import (
    ADMITTED,
    ADVISED,
    ENDINGS,
    LEFT,
    REFERRED_UP,
    REFUSED,
    REMOTE,
    RESOLVED,
)
from sim.logit import HOME, draw, run
from sim.people import Person

HELPED, GAVE_UP, NO_SHOW, STAYED_HOME = range(len(ENDINGS))


@inlined
def gone(state, i):
    """A patient leaves the model; his record is free, and taken again from tomorrow on."""
    state.patients[i].stage = GONE
    state.free[i] = FREED


@inlined
def close(state, me, i, ending):
    """An episode ends; the resident may fall ill again from midnight on."""
    me.episodes[ending] += 1
    state.open[state.patients[i].row] = RECOVERED
    gone(state, i)


@inlined
def wait_until(day, state, me, i, tick, stage, facility):
    """The next event of somebody who is under way: today at a facility, or in the calendar."""
    p = state.patients[i]
    p.due, p.stage = tick, stage
    if tick < day.end:
        send(state, me, i, facility)
    else:
        enter_calendar(state, me, i)


@inlined
def decide_at(day, state, me, i, tick):
    """The resident decides again at a tick, which may be today."""
    p = state.patients[i]
    p.due, p.stage = tick, DECIDE
    if tick < day.end:
        decides(state, me, i)
    else:
        enter_calendar(state, me, i)


@compiled
def person_of(p):
    """The resident as decision rules take him."""
    return Person(
        p.place, p.row, p.traits, p.luck, p.age_group, p.scheme, p.chronic, p.contract, p.cover
    )


@compiled
def weighs(day, state, me, i):
    """Whether somebody weighs where to go, and does not ask online, or give up, instead."""
    p = state.patients[i]
    if p.attempt == 0 and p.answering == NONE and asks_online(day, p):
        ask_online(day, state, me, i)
        return False
    if p.attempt >= day.behaviour.contacts:
        close(state, me, i, GAVE_UP)
        return False
    return True


@inlined
def case_of(p):
    """What the present episode brings to a decision."""
    return Case(
        p.day, p.condition, p.severity, p.attempt, p.advised_tier, p.failed, p.target
    )


@compiled
def decide_together(day, state, me, count):
    """Where the first so many of `company` go, as of last midnight's knowledge."""
    for lane in range(count):
        p = state.patients[me.company[lane]]
        enter(me.scratch, lane, person_of(p), case_of(p))
    draw(me.scratch)
    for lane in range(count):
        p = state.patients[me.company[lane]]
        weigh(
            day.places, day.facilities, day.departments, day.choice, day.needs, day.behaviour,
            day.offers, day.bills, day.esteem, day.delay, day.outlook, me.scratch, lane,
            person_of(p), case_of(p), p.due, day.weekday,
        )  # fmt: skip
    run(day.choice, day.behaviour, me.scratch)
    for lane in range(count):
        go(day, state, me, me.company[lane], goal_of(day.departments, me.scratch, lane))


@compiled
def go(day, state, me, i, goal):
    """Do what was decided; within a day only to a higher rank."""
    p = state.patients[i]
    p.attempt += 1
    if goal.kind == HOME:
        close(state, me, i, STAYED_HOME if p.attempt == 1 else GAVE_UP)
        return
    p.kind, p.facility, p.department, p.travel = (
        goal.kind, goal.facility, goal.department, goal.travel,
    )  # fmt: skip
    ranks = day.facilities.rank
    if p.last_day == day.today and ranks[p.facility] <= ranks[p.last_facility]:
        p.due, p.stage = day.reply, REQUEST
        enter_calendar(state, me, i)
    else:
        pursue(day, state, me, i, p.due)


@inlined
def asks_online(day, p):
    """Whether somebody at home first asks for a refill online."""
    return behaviour.asks_online(day.choice, day.needs, p.luck, p.day, p.place, p.condition)


@compiled
def ask_online(day, state, me, i):
    """A request from home reaches the doctors online in the same instant."""
    p = state.patients[i]
    p.answering = p.department = day.choice.online_point[p.place]
    p.facility = day.departments.facility[p.answering]
    ask_specialist(day, state, me, i, p.due)


@compiled
def pursue(day, state, me, i, now):
    """Set out at once, come in the next session, or ask the desk of the department for a number."""
    p = state.patients[i]
    p.requested, p.keeps = now, 1
    if p.urgent or day.departments.always[p.department]:
        wait_until(day, state, me, i, now + p.travel, ARRIVE, p.facility)
    elif day.departments.quota_minutes[p.department] > 0.0:
        wait_until(day, state, me, i, now, BOOK, p.facility)
    else:
        got = appointment(day, state, p, now, False)
        if got.found:
            wait_until(day, state, me, i, got.arrival, ARRIVE, p.facility)
        else:
            turned_away(day, state, me, i, now)


@compiled
def appointment(day, state, p, now, linked):
    """When one comes who asks now."""
    return registration.appoint(
        day.departments, day.behaviour, day.spans, state.numbers[p.department], p.department,
        p.luck, p.day, p.attempt, now, now + p.travel, day.weekday, linked,
    )  # fmt: skip


@compiled
def book(day, state, me, i, now):
    """Ask the desk for a number; True if the arrival is later today."""
    p = state.patients[i]
    d, linked = p.department, p.target == p.facility
    got = appointment(day, state, p, now, linked)
    if not linked:
        state.leads[d, 0] += got.day - day.today if got.found else day.behaviour.horizon
        state.leads[d, 1] += 1
    if not got.found:
        turned_away(day, state, me, i, now)
        return False
    state.numbers[d, got.day % state.numbers.shape[1], got.session, 1 if linked else 0] += 1
    p.due, p.stage = got.arrival, ARRIVE
    if got.day == day.today:
        return True
    p.keeps = behaviour.keeps_number(
        day.behaviour, day.departments, d, p.luck, p.day, p.attempt
    )  # fmt: skip
    enter_calendar(state, me, i)
    return False


@compiled
def turned_away(day, state, me, i, now):
    """No number to be had: another day, perhaps elsewhere."""
    p = state.patients[i]
    p.failed = p.facility
    again(day, state, me, i, now, False)


@compiled
def again(day, state, me, i, now, advised):
    """Try again on a later day, or give up."""
    p = state.patients[i]
    tick = behaviour.next_try(
        day.behaviour, p.luck, p.day, p.attempt, advised, p.severity, now
    )
    if tick < 0:
        close(state, me, i, GAVE_UP)
    else:
        decide_at(day, state, me, i, tick)


@inlined
def heed(day, p):
    """A visit counts as referred or advised only where the patient went as told."""
    if p.facility != p.target:
        p.referred_from = NONE
    if day.facilities.tier[p.facility] <= p.advised_tier:
        p.advised_from = NONE


@compiled
def after(day, state, me, i, now):
    """What the outcome of a visit, or of the stay that it led to, leads to."""
    p = state.patients[i]
    p.contact += 1
    p.last_day = day.today
    if p.outcome == REMOTE:
        ask_specialist(day, state, me, i, now)
        return
    helped = p.outcome == RESOLVED or (p.outcome == ADMITTED and p.resolved)
    if p.outcome != LEFT and p.outcome != REFUSED:
        lesson(day, state, me, i, 1 if helped else 0)
    if helped:
        close(state, me, i, HELPED)
    else:
        go_on(day, state, me, i, now, p.outcome)


@compiled
def go_on(day, state, me, i, now, outcome):
    """The next step of somebody not helped: a transfer, advice, or home unresolved."""
    p = state.patients[i]
    p.failed, p.target = p.facility, NONE
    if outcome in (ADVISED, REFERRED_UP):
        p.advised_tier, p.advised_from = day.facilities.tier[p.facility], p.facility
    if outcome == REFERRED_UP:
        p.advised_from, p.referred_from = NONE, p.facility
        p.target = referred_to(day, p)
        decide_at(day, state, me, i, now + day.transfer)
    else:
        again(day, state, me, i, now, outcome == ADVISED)


@inlined
def referred_to(day, p):
    """Where a facility formally refers: to its partner, or where it sees that it is freer."""
    target = care.referral_target(
        day.facilities, day.departments, day.choice, day.needs, p.facility, p.condition
    )
    if day.facilities.informed[p.facility]:
        return freest(
            day.facilities, day.choice, day.needs, day.outlook, p.place, target, p.condition,
            p.severity,
        )  # fmt: skip
    return target


@compiled
def ask_specialist(day, state, me, i, now):
    """A request for remote consultation reaches the answering department in the same instant."""
    p = state.patients[i]
    p.requested = now
    wait_until(day, state, me, i, now, ASK, day.departments.facility[p.answering])


@compiled
def hear(day, state, me, i):
    """The specialist's reply: resolved, or a formal referral to his facility.

    A refill asked online teaches nothing of anybody's skill; unsettled, the patient comes.
    """
    p = state.patients[i]
    if p.contact == 0:
        if p.resolved:
            close(state, me, i, HELPED)
        else:
            decide_at(day, state, me, i, p.due + 1)
        return
    lesson(day, state, me, i, p.resolved)
    if p.resolved:
        close(state, me, i, HELPED)
        return
    p.failed = p.referred_from = p.facility
    p.advised_tier = day.facilities.tier[p.facility]
    p.target = day.departments.facility[p.answering]
    decide_at(day, state, me, i, p.due + 1)
