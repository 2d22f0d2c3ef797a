"""What happens in bed, and what a specialist answers; fixed at its start, with that day's World."""

from __future__ import annotations

import numpy as np

from sim import behaviour, care, payment
from sim.arithmetic import DAY, compiled
from sim.engine.compiled.episodes import GAVE_UP, close, gone
from sim.engine.compiled.layout import (
    AFTERWARDS,
    BED,
    BED_ASKED,
    BED_WAIT,
    NONE,
    REMOTE_SERVICE,
    REMOTE_WAIT,
    REPLY,
    STAY_OVER,
    STEP_DOWN,
    TO_BED,
)
from sim.engine.compiled.lists import come_in, go_out, spell_of
from sim.engine.compiled.points import join
from sim.engine.compiled.rows import remote_row, stay_row
from sim.engine.compiled.visits import bed_point, filed, gated, in_area, moved
from sim.events import ADMITTED, DECLINED, LEFT_WAITING, STEPPED_DOWN
from sim.world import ORDINARY, REFERRED


@compiled
def ask_for_bed(day, state, me, i, now):
    """A stay is asked for, or an offered one declined; `rest` is what remains of one above."""
    p = state.patients[i]
    s = spell_of(state, i)
    p.requested, s.start, s.cost, s.own = now, NONE, 0, 0
    p.due, p.stage = now + day.walk, TO_BED
    asks = p.condition != NONE and s.rest == 0
    if asks and behaviour.declines(
        day.behaviour, day.payment, p.cover, p.luck, p.day, p.contact
    ):
        p.outcome, p.stage = DECLINED, STAY_OVER


@compiled
def reach_ward(day, state, me, i, now):
    """Queue for a bed."""
    p, s = state.patients[i], spell_of(state, i)
    p.requested, p.stage, s.expires = now, BED_WAIT, 0
    if s.rest == 0:
        s.expires = behaviour.bed_patience(day.behaviour, p.condition, p.luck, p.day, p.contact)
    join(state, me, bed_point(day, s.ward), i, now)


@compiled
def lie_down(day, state, me, i, now):
    """A bed is free: length of stay, result, step-down and bill."""
    p, s = state.patients[i], spell_of(state, i)
    s.start = now
    severity = max(p.severity, 0)
    whole, resolved, down = care.stay(
        day.facilities, day.care, s.ward, p.luck, p.day, p.contact, max(p.condition, 0), severity
    )
    continued = s.rest > 0
    if continued:
        whole, down = s.rest, 0
    else:
        p.resolved = resolved
    s.rest = max(np.int64(whole * day.care.step_down_share), 1) if down else 0
    s.below = day.facilities.step_down_target[s.ward]
    here = max(whole - s.rest, 1)
    s.cost, s.own = payment.stay_bill(
        day.payment, day.facilities.grade[s.ward], severity, here / DAY, p.scheme,
        in_area(day, p, s.ward), filed(day, p, s.ward), continued, p.cover,
        gated(day, p, s.ward),
    )  # fmt: skip
    moved(state, me, i, now + here, BED)


@compiled
def end_stay(day, state, me, i, now):
    """Write the stay; go down for the rest of it on the next day, or on with the episode."""
    p = state.patients[i]
    outcome = p.outcome
    stay_row(state, me, i, now, outcome)
    me.stay_ends[day.facilities.tier[spell_of(state, i).ward], outcome] += 1
    if outcome == STEPPED_DOWN:
        p.due, p.stage = day.reply, STEP_DOWN
        return
    go_out(state, me, i)
    if p.place == NONE:
        gone(state, i)
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
    s = spell_of(state, i)
    s.stepped_from, s.ward, p.queue_class = s.ward, s.below, REFERRED
    me.arrived[day.facilities.tier[s.ward]] += 1
    moved(state, me, i, now, BED_ASKED)


# --- the specialist's answer -----------------------------------------------------------------


@compiled
def request_arrives(day, state, me, i, now):
    """A remote request queues for a specialist."""
    come_in(state, me, i)
    p, s = state.patients[i], spell_of(state, i)
    p.queue_class, s.expires, s.start = ORDINARY, 0, NONE
    join(state, me, p.answering, i, now)
    p.stage = REMOTE_WAIT


@compiled
def answer(day, state, me, i, now):
    """A specialist takes up a request."""
    p = state.patients[i]
    spell_of(state, i).start = now
    if p.contact == 0:
        service, p.resolved = care.online_answer(
            day.facilities, day.departments, day.care, p.answering, p.luck, p.day, p.condition
        )
    else:
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
    go_out(state, me, i)
    moved(state, me, i, day.reply, REPLY)
