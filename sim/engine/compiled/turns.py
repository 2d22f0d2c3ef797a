"""Which step of a visit or stay it is, by the stage that a patient has reached."""

from __future__ import annotations

from sim.arithmetic import compiled, inlined
from sim.engine.compiled.episodes import after
from sim.engine.compiled.layout import (
    AFTERWARDS,
    ARRIVE,
    BACK,
    BED,
    BED_ASKED,
    BED_WAIT,
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
from sim.engine.compiled.lists import spell_of
from sim.engine.compiled.stays import (
    answer,
    arrive_below,
    ask_for_bed,
    end_stay,
    lie_down,
    reach_ward,
    reply,
    request_arrives,
)
from sim.engine.compiled.visits import (
    arrive,
    come_back,
    consult,
    end_consultation,
    end_visit,
    moved,
    reach_test,
    waited,
)
from sim.events import DISCHARGED, LEFT, LEFT_WAITING, STEPPED_DOWN


@inlined
def begin(day, state, me, i, now):
    """Whoever waited is taken."""
    p = state.patients[i]
    if p.stage == WAIT:
        consult(day, state, me, i, now)
    elif p.stage == TEST_WAIT:
        s = spell_of(state, i)
        s.test_wait = now - s.reached
        moved(state, me, i, now + s.test, TEST)
    elif p.stage == RESULT_WAIT:
        moved(state, me, i, now + spell_of(state, i).results, RESULTS)
    elif p.stage == BED_WAIT:
        lie_down(day, state, me, i, now)
    else:
        answer(day, state, me, i, now)


@inlined
def finish(day, state, me, i, now):
    """A service, test, stay or answer ends."""
    p = state.patients[i]
    if p.stage == SERVICE:
        end_consultation(day, state, me, i, now)
    elif p.stage == TEST:
        spell_of(state, i).test_end = now
        moved(state, me, i, now + day.walk, BACK)
    elif p.stage == RESULTS:
        s = spell_of(state, i)
        s.service += s.results
        moved(state, me, i, now, VISIT_OVER)
    elif p.stage == BED:
        p.outcome = STEPPED_DOWN if spell_of(state, i).rest > 0 else DISCHARGED
        moved(state, me, i, now, STAY_OVER)
    else:
        reply(day, state, me, i, now)


@inlined
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
        waited(state, i, now)
        p.outcome = LEFT
        moved(state, me, i, now, VISIT_OVER)
    else:
        p.outcome = LEFT_WAITING
        moved(state, me, i, now, STAY_OVER)


@inlined
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
