"""What happens to a patient at a facility: the visit, its test, the stay, the remote answer.

Everything is fixed when a service or stay starts, with that day's World.
"""

from __future__ import annotations

import numpy as np

from sim import behaviour, care, payment, people
from sim.arithmetic import DAY, compiled
from sim.engine.compiled.episodes import (
    GAVE_UP,
    after,
    close,
    gone,
    heed,
    wait_until,
)
from sim.engine.compiled.layout import (
    AFTERWARDS,
    ARRIVE,
    BACK,
    BED,
    BED_ASKED,
    BED_WAIT,
    MOVED,
    NONE,
    REMOTE_SERVICE,
    REMOTE_WAIT,
    REPLY,
    RESULT_WAIT,
    RESULTS,
    SERVICE,
    STAY_OVER,
    STEP_DOWN,
    TEST,
    TEST_WAIT,
    TO_BED,
    TO_TEST,
    VISIT_OVER,
    WAIT,
)
from sim.engine.compiled.points import join
from sim.engine.compiled.rows import remote_row, stay_row, visit_row
from sim.events import (
    ADMITTED,
    DECLINED,
    DISCHARGED,
    LEFT,
    LEFT_WAITING,
    REFUSED,
    REMOTE,
    RESOLVED,
    STEPPED_DOWN,
)
from sim.world import BY_CASE, ORDINARY, REFERRED, RETURNING, URGENT


@compiled
def moved(state, me, i, tick, stage):
    """A patient at the facility has a next event, or passes through a stage in this instant."""
    p = state.patients[i]
    p.due, p.stage = tick, stage
    me.moved[me.lengths[MOVED]] = i
    me.lengths[MOVED] += 1


@compiled
def test_point(day, facility):
    """The point where a facility tests: after those of all departments."""
    return day.departments.facility.shape[0] + facility


@compiled
def bed_point(day, facility):
    """The point that holds a facility's beds: after the test points."""
    return test_point(day, facility) + day.facilities.rank.shape[0]


@compiled
def in_area(day, p, facility):
    """Whether a facility lies inside the patient's pooling area; outside patients are."""
    return p.place == NONE or (
        day.facilities.pooling_area[facility] == day.places.pooling_area[p.place]
    )


@compiled
def filed(p, facility):
    """Whether care outside the pooling area was filed, or formally referred."""
    return p.place == NONE or p.filed != 0 or facility == p.target


# --- the visit -------------------------------------------------------------------------------


@compiled
def arrive(day, state, me, i, now):
    """Reach the department that was the goal."""
    p = state.patients[i]
    if p.place != NONE:
        p.visit_class = ORDINARY
        if p.urgent:
            p.visit_class = URGENT
        elif p.target == p.facility:
            p.visit_class = REFERRED
        heed(day, p)
    p.arrival, p.ready, p.start, p.service = now, NONE, NONE, 0
    p.test_wait = p.test_end = NONE
    p.repeated = p.recognised = p.cost = p.own = 0
    p.stage, p.queue_class = WAIT, p.visit_class
    p.expires = behaviour.patience(
        day.behaviour, day.departments, p.department, p.visit_class, p.luck, p.day, p.contact
    )
    state.came[p.facility] += 1
    me.arrived[day.facilities.tier[p.facility]] += 1
    if not join(state, me, p.department, i, now):
        p.outcome = REFUSED
        moved(state, me, i, now, VISIT_OVER)


@compiled
def waited(state, p, now):
    """Enter an ordinary patient's wait into the day's sums of the department."""
    if p.visit_class == ORDINARY:
        state.waits[p.department, 0] += now - p.ready
        state.waits[p.department, 1] += 1


@compiled
def consult(day, state, me, i, now):
    """The consultation starts: what it will be, and its bill."""
    p = state.patients[i]
    waited(state, p, now)
    p.start = now
    d = p.department
    if p.place == NONE and day.departments.service_family[d] != BY_CASE:
        plan = care.plain_treatment(day.departments, d, p.luck, p.day, p.contact)
    else:
        asks = p.place != NONE and state.allowance[d] >= 1.0
        plan = care.treat(
            day.facilities, day.departments, day.needs, day.care, d, p.luck, p.day, p.contact,
            p.condition, p.severity, p.tested_at, asks,
        )  # fmt: skip
        if plan.outcome == REMOTE:
            state.allowance[d] -= 1.0
            p.answering = day.departments.remote_point[d]
    p.consultation, p.test, p.results = plan.consultation, plan.test, plan.results
    p.outcome, p.tested = plan.outcome, plan.tested
    p.repeated, p.recognised = plan.repeated, plan.recognised
    p.cost, p.own = payment.visit_bill(
        day.payment, day.facilities.grade[p.facility], max(p.severity, 0), float(p.tested),
        p.scheme, p.benefit, in_area(day, p, p.facility), filed(p, p.facility),
    )  # fmt: skip
    moved(state, me, i, now + p.consultation, SERVICE)


@compiled
def end_consultation(day, state, me, i, now):
    """The consultation ends: on to a test, or the visit is over."""
    p = state.patients[i]
    p.service = p.consultation
    if p.test > 0:
        moved(state, me, i, now + day.walk, TO_TEST)
    else:
        moved(state, me, i, now, VISIT_OVER)


@compiled
def reach_test(day, state, me, i, now):
    """Queue for the test."""
    p = state.patients[i]
    p.reached, p.expires = now, 0
    p.stage, p.queue_class = TEST_WAIT, p.visit_class
    join(state, me, test_point(day, p.facility), i, now)


@compiled
def come_back(day, state, me, i, now):
    """Queue again for the doctor, with results."""
    p = state.patients[i]
    p.expires = 0
    p.stage, p.queue_class = RESULT_WAIT, RETURNING
    join(state, me, p.department, i, now)


@compiled
def end_visit(day, state, me, i, now):
    """The visit ends with its outcome; an admission goes on as a stay."""
    p = state.patients[i]
    visit_row(state, me, i, now, p.outcome)
    me.visit_ends[day.facilities.tier[p.facility], p.outcome] += 1
    if p.start != NONE and p.tested:
        p.tested_at = p.facility
    p.last_facility = p.facility
    p.referred_from = p.advised_from = NONE
    if p.outcome == ADMITTED:
        p.stage, p.ward, p.stepped_from, p.rest = BED_ASKED, p.facility, NONE, 0
        p.queue_class = p.visit_class
    elif p.place != NONE:
        p.stage = AFTERWARDS
    elif p.outcome == RESOLVED:
        take_route(day, state, me, i, now)
    else:
        gone(state, me, i)


@compiled
def take_route(day, state, me, i, now):
    """Given demand goes on by the routes, or leaves."""
    p = state.patients[i]
    r = people.route(day.routes, state.first_route, p.department, p.luck, p.day, p.contact)
    if r < 0:
        gone(state, me, i)
        return
    p.contact += 1
    p.department = day.routes.target[r]
    p.facility = day.departments.facility[p.department]
    p.visit_class = day.routes.visit_class[r]
    p.requested = now + day.routes.delay[r]
    wait_until(day, state, me, i, p.requested, ARRIVE, p.facility)


# --- the stay --------------------------------------------------------------------------------


@compiled
def ask_for_bed(day, state, me, i, now):
    """A stay is asked for, or an offered one declined; `rest` is what remains of one above."""
    p = state.patients[i]
    p.requested, p.start, p.cost, p.own = now, NONE, 0, 0
    p.due, p.stage = now + day.walk, TO_BED
    if p.condition != NONE and p.rest == 0:
        if behaviour.declines(day.behaviour, p.luck, p.day, p.contact):
            p.outcome, p.stage = DECLINED, STAY_OVER


@compiled
def reach_ward(day, state, me, i, now):
    """Queue for a bed."""
    p = state.patients[i]
    p.requested, p.stage, p.expires = now, BED_WAIT, 0
    if p.rest == 0:
        p.expires = behaviour.bed_patience(day.behaviour, p.condition, p.luck, p.day, p.contact)
    join(state, me, bed_point(day, p.ward), i, now)


@compiled
def lie_down(day, state, me, i, now):
    """A bed is free: length of stay, result, step-down and bill."""
    p = state.patients[i]
    p.start = now
    severity = max(p.severity, 0)
    whole, resolved, down = care.stay(
        day.facilities, day.care, p.ward, p.luck, p.day, p.contact, max(p.condition, 0), severity
    )
    continued = p.rest > 0
    if continued:
        whole, down = p.rest, 0
    else:
        p.resolved = resolved
    p.rest = max(np.int64(whole * day.care.step_down_share), 1) if down else 0
    p.below = day.facilities.step_down_target[p.ward]
    here = max(whole - p.rest, 1)
    p.cost, p.own = payment.stay_bill(
        day.payment, day.facilities.grade[p.ward], severity, here / DAY, p.scheme,
        in_area(day, p, p.ward), filed(p, p.ward), continued,
    )  # fmt: skip
    moved(state, me, i, now + here, BED)


@compiled
def end_stay(day, state, me, i, now):
    """Write the stay; go down for the rest of it on the next day, or on with the episode."""
    p = state.patients[i]
    outcome = p.outcome
    stay_row(state, me, i, now, outcome)
    me.stay_ends[day.facilities.tier[p.ward], outcome] += 1
    if outcome == STEPPED_DOWN:
        p.due, p.stage = day.reply, STEP_DOWN
    elif p.place == NONE:
        gone(state, me, i)
    elif outcome == DECLINED:
        close(state, me, i, GAVE_UP)
    else:
        p.outcome, p.stage = ADMITTED, AFTERWARDS
        if outcome == LEFT_WAITING:
            p.resolved = 0


@compiled
def arrive_below(day, state, me, i, now):
    """Somebody sent down arrives for the rest of his stay."""
    p = state.patients[i]
    p.contact += 1
    p.stepped_from, p.ward, p.queue_class = p.ward, p.below, REFERRED
    me.arrived[day.facilities.tier[p.ward]] += 1
    moved(state, me, i, now, BED_ASKED)


# --- the specialist's answer -----------------------------------------------------------------


@compiled
def request_arrives(day, state, me, i, now):
    """A remote request queues for a specialist."""
    p = state.patients[i]
    p.queue_class, p.expires = ORDINARY, 0
    join(state, me, p.answering, i, now)
    p.stage = REMOTE_WAIT


@compiled
def answer(day, state, me, i, now):
    """A specialist takes up a request."""
    p = state.patients[i]
    p.start = now
    service, p.resolved = care.remote_answer(
        day.departments, day.needs, day.care, p.department, p.answering, p.luck, p.day,
        p.contact - 1, p.condition, p.severity,
    )  # fmt: skip
    moved(state, me, i, now + service, REMOTE_SERVICE)


@compiled
def reply(day, state, me, i, now):
    """The answer is given; the patient hears of it on the next day."""
    p = state.patients[i]
    remote_row(state, me, i, now, day.reply, 1 - p.resolved)
    moved(state, me, i, day.reply, REPLY)


# --- which of these --------------------------------------------------------------------------


@compiled
def begin(day, state, me, i, now):
    """Whoever waited is taken."""
    p = state.patients[i]
    if p.stage == WAIT:
        consult(day, state, me, i, now)
    elif p.stage == TEST_WAIT:
        p.test_wait = now - p.reached
        moved(state, me, i, now + p.test, TEST)
    elif p.stage == RESULT_WAIT:
        moved(state, me, i, now + p.results, RESULTS)
    elif p.stage == BED_WAIT:
        lie_down(day, state, me, i, now)
    else:
        answer(day, state, me, i, now)


@compiled
def finish(day, state, me, i, now):
    """A service, test, stay or answer ends."""
    p = state.patients[i]
    if p.stage == SERVICE:
        end_consultation(day, state, me, i, now)
    elif p.stage == TEST:
        p.test_end = now
        moved(state, me, i, now + day.walk, BACK)
    elif p.stage == RESULTS:
        p.service += p.results
        moved(state, me, i, now, VISIT_OVER)
    elif p.stage == BED:
        p.outcome = STEPPED_DOWN if p.rest > 0 else DISCHARGED
        moved(state, me, i, now, STAY_OVER)
    else:
        reply(day, state, me, i, now)


@compiled
def reach(day, state, me, i, now):
    """Somebody reaches a point of the facility."""
    p = state.patients[i]
    if p.stage == ARRIVE:
        arrive(day, state, me, i, now)
    elif p.stage == TO_TEST:
        reach_test(day, state, me, i, now)
    elif p.stage == BACK:
        come_back(day, state, me, i, now)
    elif p.stage == TO_BED:
        reach_ward(day, state, me, i, now)
    elif p.stage == STEP_DOWN:
        arrive_below(day, state, me, i, now)
    else:
        request_arrives(day, state, me, i, now)


@compiled
def lose_patience(day, state, me, i, now):
    """Somebody leaves a queue unseen, or gives up waiting for a bed."""
    p = state.patients[i]
    if p.stage == WAIT:
        waited(state, p, now)
        p.outcome = LEFT
        moved(state, me, i, now, VISIT_OVER)
    else:
        p.outcome = LEFT_WAITING
        moved(state, me, i, now, STAY_OVER)


@compiled
def pass_on(day, state, me, i, now):
    """Whoever ended something passes to what follows it, in the same instant."""
    p = state.patients[i]
    if p.stage == VISIT_OVER:
        end_visit(day, state, me, i, now)
    if p.stage == BED_ASKED:
        ask_for_bed(day, state, me, i, now)
    if p.stage == STAY_OVER:
        end_stay(day, state, me, i, now)
    if p.stage == AFTERWARDS:
        after(day, state, me, i, now)
