"""Rows of visits, stays and remote consultations, written from the patient's record."""

from __future__ import annotations

from sim.arithmetic import compiled, inlined
from sim.engine.compiled.layout import LESSONS, NONE, REMOTES, STAYS, VISITS
from sim.engine.compiled.lists import key_of, spell_of
from sim.events import resident_key


@inlined
def resident_of(p):
    """The resident's number, -1 for given demand and outside patients."""
    return NONE if p.place == NONE else resident_key(p.place, p.slot)


@compiled
def visit_row(state, me, i, end, outcome):
    """Write a visit as it stands; end and outcome -1 while it goes on."""
    n = me.lengths[VISITS]
    me.lengths[VISITS] = n + 1
    p, s, row = state.patients[i], spell_of(state, i), me.visits[n]
    row[0], row[1], row[2] = key_of(state, i), resident_of(p), p.age_group
    row[3], row[4], row[5] = p.condition, p.severity, p.place
    row[6], row[7], row[8] = p.facility, p.department, p.visit_class
    row[9], row[10], row[11] = p.contact, p.referred_from, p.advised_from
    row[12], row[13], row[14] = p.requested, s.arrival, s.ready
    row[15], row[16], row[17] = s.start, end, s.service
    row[18], row[19], row[20] = s.test_wait, s.test_end, p.repeated
    row[21], row[22], row[23] = p.recognised, outcome, p.travel
    row[24], row[25] = s.cost, s.own


@compiled
def stay_row(state, me, i, end, outcome):
    """Write a stay as it stands; end and outcome -1 while it goes on."""
    n = me.lengths[STAYS]
    me.lengths[STAYS] = n + 1
    p, s, row = state.patients[i], spell_of(state, i), me.stays[n]
    row[0], row[1], row[2] = key_of(state, i), resident_of(p), p.age_group
    row[3], row[4], row[5] = p.condition, p.severity, p.place
    row[6], row[7], row[8] = s.ward, p.queue_class, s.stepped_from
    row[9], row[10], row[11] = p.requested, s.start, end
    row[12], row[13], row[14] = outcome, s.cost, s.own


@compiled
def remote_row(state, me, i, end, reply, outcome):
    """Write a remote consultation as it stands; end, reply and outcome -1 while it goes on."""
    n = me.lengths[REMOTES]
    me.lengths[REMOTES] = n + 1
    p, row = state.patients[i], me.remote[n]
    row[0], row[1], row[2] = key_of(state, i), resident_of(p), p.condition
    row[3], row[4], row[5] = p.severity, p.facility, p.answering
    row[6], row[7], row[8] = p.requested, spell_of(state, i).start, end
    row[9], row[10] = reply, outcome


@inlined
def lesson(day, state, me, i, resolved):
    """Write down, for midnight, where and how a resident's visit ended."""
    n = me.lengths[LESSONS]
    me.lengths[LESSONS] = n + 1
    p, row = state.patients[i], me.lessons[n]
    row[0], row[1] = p.row, day.places.township[p.place]
    row[2], row[3], row[4] = day.facilities.tier[p.facility], p.kind, resolved
    row[5] = 1 if p.condition == day.needs.visit_planned else 0
