"""In which list a patient stands: queues through spells, all others on pages."""

from __future__ import annotations

import numpy as np

from sim.arithmetic import DAY, inlined
from sim.engine.compiled.layout import (
    ASK,
    DAYS_AHEAD,
    DECIDERS,
    EMPTY,
    FRESH,
    LOOSE,
    NONE,
    PAGE,
    REPLY,
    SPARE,
)
from sim.events import visit_key
from sim.table import fetch

AHEAD = 8  # steps ahead that memory is asked for


@inlined
def spell_of(state, i):
    """The spell at a facility of somebody who is there."""
    return state.spells[state.patients[i].spell]


@inlined
def come_in(state, me, i):
    """Somebody comes to a facility and takes a spell, the one last given back."""
    me.lengths[SPARE] -= 1
    state.patients[i].spell = state.spare[me.number, me.lengths[SPARE]]


@inlined
def go_out(state, me, i):
    """Somebody leaves a facility and gives back his spell."""
    state.spare[me.number, me.lengths[SPARE]] = state.patients[i].spell
    me.lengths[SPARE] += 1


@inlined
def append(state, point, which, i):
    """Put a patient at the end of a queue of a point."""
    last, s = state.tail[point, which], spell_of(state, i)
    s.back, s.next = last, NONE
    if last == NONE:
        state.head[point, which] = i
    else:
        spell_of(state, last).next = i
    state.tail[point, which] = i


@inlined
def remove(state, point, which, i):
    """Take a patient out of a queue of a point."""
    s = spell_of(state, i)
    before, after = s.back, s.next
    if before == NONE:
        state.head[point, which] = after
    else:
        spell_of(state, before).next = after
    if after == NONE:
        state.tail[point, which] = before
    else:
        spell_of(state, after).back = before


# --- lists on pages --------------------------------------------------------------------------


@inlined
def put(pages, heads, which, fresh, i):
    """Put a patient into a list, if its page is full on a fresh one; returns whether it was."""
    slot = np.int64(heads[which]) + 1
    full = slot % PAGE == 0
    if full:
        pages[fresh] = heads[which]
        slot = fresh + 1
    pages[slot] = i
    heads[which] = slot
    return full


@inlined
def slot_before(pages, slot):
    """The slot before one of a list, EMPTY before the first."""
    slot -= 1
    return np.int64(pages[slot]) if slot % PAGE == 0 else slot


@inlined
def awaited(state, pages, slot):
    """The slot before one of a list, once the record of who is in it is on its way."""
    if slot == EMPTY:
        return slot
    fetch(state.patients, pages[slot])
    return slot_before(pages, slot)


@inlined
def enter_calendar(state, me, i):
    """Put a patient who is due on a later day into the list of that day."""
    leaves, fresh = state.leaves[me.number], me.lengths[LOOSE]
    day, after = state.patients[i].due // DAY % DAYS_AHEAD, np.int64(leaves[fresh])
    if put(leaves, state.calendar[me.number], day, fresh, i):
        me.lengths[LOOSE] = after if after > 0 else fresh + PAGE


@inlined
def loosen(me, leaves, slot):
    """Once the first slot of a leaf has been read, the leaf is free."""
    if slot % PAGE == 1:
        leaves[slot - 1] = me.lengths[LOOSE]
        me.lengths[LOOSE] = slot - 1


@inlined
def put_on_page(state, me, heads, which, i):
    """Put a patient into a list of today."""
    if put(state.pages[me.number], heads, which, me.lengths[FRESH], i):
        me.lengths[FRESH] += PAGE


@inlined
def send(state, me, i, facility):
    """Hand a patient who is due today to the facility where his next event is."""
    put_on_page(state, me, state.inbox[me.number], facility, i)
    state.expected[me.number, facility] += 1


@inlined
def decides(state, me, i):
    """A patient decides as soon as his worker comes to it."""
    state.deciders[me.number, me.lengths[DECIDERS]] = i
    me.lengths[DECIDERS] += 1


@inlined
def take_in(state, facility):
    """All who come to a facility have been seen to; its inboxes are empty."""
    for w in range(state.inbox.shape[0]):
        state.inbox[w, facility] = EMPTY
        state.expected[w, facility] = 0


@inlined
def coming(state, facility):
    """How many come to a facility today, as far as is known."""
    count = 0
    for w in range(state.expected.shape[0]):
        count += state.expected[w, facility]
    return count


@inlined
def key_of(state, i):
    """Key of the visit that a patient's next event belongs to; a remote request is the last's.

    Who has not been anywhere asks online, under the key of the visit that he may yet make.
    """
    p = state.patients[i]
    remote = ASK <= p.stage <= REPLY and p.contact > 0
    return visit_key(p.day, p.home, p.slot, p.contact - (1 if remote else 0))
