"""What happens to a patient at a department: the visit, its test, its outcome.

Everything is fixed when a service starts, with that day's World.
"""

from __future__ import annotations

from sim import behaviour, care, payment, people
from sim.arithmetic import compiled, inlined
from sim.engine.compiled.episodes import gone, heed, wait_until
from sim.engine.compiled.layout import (
    AFTERWARDS,
    ARRIVE,
    BED_ASKED,
    MOVED,
    NONE,
    RESULT_WAIT,
    SERVICE,
    TEST_WAIT,
    TO_TEST,
    UNKNOWN,
    VISIT_OVER,
    WAIT,
)
from sim.engine.compiled.lists import come_in, go_out, spell_of
from sim.engine.compiled.points import join
from sim.engine.compiled.rows import visit_row
from sim.events import ADMITTED, REFUSED, REMOTE, RESOLVED
from sim.world import (
    BY_CASE,
    ORDINARY,
    REFERRED,
    RETURNING,
    URGENT,
)


@inlined
def moved(state, me, i, tick, stage):
    """A patient at the facility has a next event, or passes through a stage in this instant."""
    p = state.patients[i]
    p.due, p.stage = tick, stage
    me.moved[me.lengths[MOVED]] = i
    me.lengths[MOVED] += 1


@inlined
def test_point(day, facility):
    """The point where a facility tests: after those of all departments."""
    return day.departments.facility.shape[0] + facility


@inlined
def bed_point(day, facility):
    """The point that holds a facility's beds: after the test points."""
    return test_point(day, facility) + day.facilities.rank.shape[0]


@inlined
def in_area(day, p, facility):
    """Whether a facility lies inside the patient's pooling area; outside patients are."""
    return p.place == NONE or (
        day.facilities.pooling_area[facility] == day.places.pooling_area[p.place]
    )


@inlined
def filed(day, p, facility):
    """Whether care outside the pooling area was filed, formally referred, or needs no filing."""
    if p.place == NONE or p.filed != 0 or facility == p.target:
        return True
    return payment.without_filing(day.places, day.facilities, p.place, facility)


@inlined
def benefit(day, p):
    """Whether the benefit for the long ill pays: 1 for one of them, with a condition it is for."""
    return 1 if p.chronic and day.needs.chronic[p.condition] else 0


@inlined
def gated(day, p, facility):
    """Whether insurance asks for a referral that a patient without an urgent need does not have."""
    referred = p.urgent != 0 or p.advised_tier != NONE
    return payment.gated(day.choice, day.facilities, facility, p.cover, referred)


# --- the visit -------------------------------------------------------------------------------


@inlined
def register(day, state, me, i, now):
    """A visit begins: somebody reaches the department that was the goal."""
    p = state.patients[i]
    if p.place != NONE:
        p.visit_class = ORDINARY
        if p.urgent:
            p.visit_class = URGENT
        elif p.target == p.facility:
            p.visit_class = REFERRED
        heed(day, p)
    come_in(state, me, i)
    s = spell_of(state, i)
    s.arrival, s.ready, s.start, s.service = now, NONE, NONE, 0
    s.test_wait = s.test_end = NONE
    p.repeated = p.recognised = s.cost = s.own = 0
    p.stage, p.queue_class = WAIT, p.visit_class
    state.came[p.facility] += 1
    me.arrived[day.facilities.tier[p.facility]] += 1


@compiled
def arrive(day, state, me, i, now):
    """Join the queue of the department, unless its waiting room is full."""
    register(day, state, me, i, now)
    p = state.patients[i]
    open_now = state.points[p.department].open
    spell_of(state, i).expires = UNKNOWN if open_now else patience(day, p)
    if not join(state, me, p.department, i, now):
        p.outcome = REFUSED
        moved(state, me, i, now, VISIT_OVER)


@inlined
def patience(day, p):
    """Ticks that a patient waits in his department before he leaves, 0 without end."""
    return behaviour.patience(
        day.behaviour, day.departments, p.department, p.visit_class, p.luck, p.day, p.contact
    )


@inlined
def waited(state, i, now):
    """Enter an ordinary patient's wait into the day's sums of the department."""
    p = state.patients[i]
    if p.visit_class == ORDINARY:
        state.waits[p.department, 0] += now - spell_of(state, i).ready
        state.waits[p.department, 1] += 1


@compiled
def consult(day, state, me, i, now):
    """The consultation starts: what it will be, and its bill."""
    p, s = state.patients[i], spell_of(state, i)
    waited(state, i, now)
    s.start = now
    d = p.department
    if p.place == NONE and day.departments.service_family[d] != BY_CASE:
        plan = care.plain_treatment(day.departments, d, p.luck, p.day, p.contact)
    else:
        asks = p.place != NONE and state.allowance[d] >= 1.0
        plan = care.treat(
            day.facilities, day.departments, day.choice, day.needs, day.care, d, p.luck, p.day,
            p.contact, p.condition, p.severity, p.tested_at, asks, now, day.spread, me.draws,
        )  # fmt: skip
        if plan.outcome == REMOTE and plan.reader != NONE:
            p.answering = plan.reader
        elif plan.outcome == REMOTE:
            state.allowance[d] -= 1.0
            p.answering = day.departments.remote_point[d]
    s.consultation, s.test, s.results = plan.consultation, plan.test, plan.results
    p.outcome, p.tested = plan.outcome, plan.tested
    p.repeated, p.recognised = plan.repeated, plan.recognised
    s.cost, s.own = payment.visit_bill(
        day.payment, day.facilities.grade[p.facility], max(p.severity, 0), float(p.tested),
        p.scheme, benefit(day, p), in_area(day, p, p.facility), filed(day, p, p.facility), p.cover,
        gated(day, p, p.facility),
    )  # fmt: skip
    moved(state, me, i, now + s.consultation, SERVICE)


@inlined
def end_consultation(day, state, me, i, now):
    """The consultation ends: on to a test, or the visit is over."""
    s = spell_of(state, i)
    s.service = s.consultation
    if s.test > 0:
        moved(state, me, i, now + day.walk, TO_TEST)
    else:
        moved(state, me, i, now, VISIT_OVER)


@compiled
def reach_test(day, state, me, i, now):
    """Queue for the test."""
    p = state.patients[i]
    s = spell_of(state, i)
    s.reached, s.expires = now, 0
    p.stage, p.queue_class = TEST_WAIT, p.visit_class
    join(state, me, test_point(day, p.facility), i, now)


@compiled
def come_back(day, state, me, i, now):
    """Queue again for the doctor, with results."""
    p = state.patients[i]
    spell_of(state, i).expires = 0
    p.stage, p.queue_class = RESULT_WAIT, RETURNING
    join(state, me, p.department, i, now)


@compiled
def end_visit(day, state, me, i, now):
    """The visit ends with its outcome; an admission goes on as a stay."""
    p, s = state.patients[i], spell_of(state, i)
    visit_row(state, me, i, now, p.outcome)
    me.visit_ends[day.facilities.tier[p.facility], p.outcome] += 1
    if s.start != NONE and p.tested:
        p.tested_at = p.facility
    p.last_facility = p.facility
    p.referred_from = p.advised_from = NONE
    if p.outcome == ADMITTED:
        p.stage, s.ward, s.stepped_from, s.rest = BED_ASKED, p.facility, NONE, 0
        p.queue_class = p.visit_class
        return
    go_out(state, me, i)
    if p.place != NONE:
        p.stage = AFTERWARDS
    elif p.outcome == RESOLVED:
        take_route(day, state, me, i, now)
    else:
        gone(state, i)


@compiled
def take_route(day, state, me, i, now):
    """Given demand goes on by the routes, or leaves."""
    p = state.patients[i]
    r = people.route(day.routes, state.first_route, p.department, p.luck, p.day, p.contact)
    go_by(day, state, me, i, now, r)


@inlined
def go_by(day, state, me, i, now, r):
    """Given demand goes on by a row of the routes, or leaves by none."""
    if r < 0:
        gone(state, i)
        return
    p = state.patients[i]
    p.contact += 1
    p.department = day.routes.target[r]
    p.facility = day.departments.facility[p.department]
    p.visit_class = day.routes.visit_class[r]
    p.requested = now + day.routes.delay[r]
    wait_until(day, state, me, i, p.requested, ARRIVE, p.facility)
