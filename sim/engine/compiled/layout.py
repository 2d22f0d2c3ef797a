"""How the compiled engine lays out what it holds: patients, points, lists, a worker's desk.

A patient is one record and in exactly one list at a time, linked through the records, so lists cost
nothing and nobody is copied. A facility belongs to one worker while its day is played; what a
worker hands on it writes into lists of its own, which all workers read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arithmetic import MINUTES_PER_DAY
from sim.care import room_for_draws
from sim.events import ENDINGS, OUTCOMES, STAY_OUTCOMES, Remote, Stay, Visit
from sim.logit import scratch
from sim.table import EIGHT, Table, apart
from sim.world import CLASSES, SESSIONS, Array

NONE = -1
UNKNOWN = -1  # patience of who may not need any

# What a patient's next event is, or what he waits for; at home, on the way, at a facility, remote.
# A record that nobody has had holds zeros.
(
    GONE, DECIDE, REQUEST, BOOK, ARRIVE,
    WAIT, SERVICE, TO_TEST, TEST_WAIT, TEST, BACK, RESULT_WAIT, RESULTS,
    TO_BED, BED_WAIT, BED, STEP_DOWN,
    ASK, REMOTE_WAIT, REMOTE_SERVICE, REPLY,
    VISIT_OVER, BED_ASKED, STAY_OVER, AFTERWARDS,
) = range(25)  # fmt: skip
# The last four are passed through within an instant; these have an event that is due:
TIMED = sum(1 << stage for stage in (
    SERVICE, TO_TEST, TEST, BACK, RESULTS, TO_BED, BED, STEP_DOWN, REMOTE_SERVICE, REPLY,
))  # fmt: skip
IN_SERVICE = sum(1 << stage for stage in (SERVICE, TEST, RESULTS, BED, REMOTE_SERVICE))

# Two lines of memory say who it is, where, and what for, which is all that a decision reads and
# writes; two more hold the times and bills of a visit.
WHO = ("luck", "traits", "due", "requested", "travel")
WHERE = (
    "day", "last_day", "home", "slot", "place", "row", "facility", "department",
    "last_facility", "failed", "target", "referred_from", "advised_from", "tested_at",
    "answering", "stepped_from",
)  # fmt: skip
COUNTS = ("contact",)
WHAT_FOR = (
    "attempt", "stage", "condition", "severity", "age_group", "scheme", "chronic", "contract",
    "urgent", "filed", "kind", "advised_tier", "keeps", "visit_class", "queue_class", "cover",
    "tested", "repeated", "recognised", "resolved", "outcome",
)  # fmt: skip
SPELL = (
    "arrival", "ready", "start", "expires", "service", "consultation", "cost", "own", "test",
    "results", "reached", "test_wait", "test_end", "rest",
)  # fmt: skip
STANDS = ("back", "point", "ward", "below")
PATIENT = np.dtype(
    [(name, np.int64) for name in WHO] + [(name, np.int32) for name in WHERE]
    + [(name, np.int16) for name in COUNTS] + [(name, np.int8) for name in WHAT_FOR]
    + [(name, np.int64) for name in SPELL] + [(name, np.int32) for name in STANDS],
    align=True,
)  # fmt: skip

POINT = np.dtype(
    [(name, np.int32) for name in ("capacity", "busy", "waiting", "room", "open", "closing")]
)
OUTSIDE = len(CLASSES)  # the list of those before a closed door, after those of the classes
LISTS = len(CLASSES) + 1

DAYS_AHEAD = 64  # lists of the calendar; who is due later stays in his list for another turn

ABREAST = 4  # lists of a day

FREE, DECIDERS = range(2)  # a worker's lists
VACANT, FREED = 1, 2  # of a record that is free
ILL, TODAY = 1, 2  # bits of a resident: an episode is open; one opened or ended today
FALLEN_ILL, RECOVERED = ILL | TODAY, TODAY
(
    AGENDA, JOINS, EXPIRIES, TOUCHED, MOVED, CHANGES, VISITS, STAYS, REMOTES, LESSONS,
    LATER, MINUTE, IDLE,
) = range(13)  # lengths of what a worker holds, its agenda's minute and next free slot  # fmt: skip

OPENED, ARISEN, DROPPED = range(len(ENDINGS), len(ENDINGS) + 3)  # after the endings of episodes
EPISODE_ITEMS = len(ENDINGS) + 3

KEYS = 64  # of residents, made together; whole lanes of a processor

OPEN, CLOSE, STOP = range(1, 4)  # changes of a point
TICK, POINT_OF, WHAT, CAPACITY = range(4)  # columns of a change
LESSON = ("row", "township", "tier", "kind", "resolved", "planned")


class State(NamedTuple):
    """Everything that lasts over midnight, and the lists between workers."""

    patients: Array  # PATIENT
    link: Array  # [record] the next in the list that a record is in
    free: Array  # [record] VACANT where nobody has it, FREED where somebody had it today
    made: Array  # [1] how many records exist; the rest is reserved
    points: Array  # POINT: departments, then tests of facilities, then beds
    head: Array  # [point, list] first in the queue of a class
    tail: Array  # [point, list]
    first_department: Array  # [facility + 1] into `department_of`
    department_of: Array  # departments by facility
    first_route: Array  # [department + 1]
    numbers: Array  # [department, day modulo, session, (public, linked)] given out
    allowance: Array  # [department] remote consultations it may ask
    waits: Array  # [department, (ticks, people)] of ordinary visits today
    leads: Array  # [department, (days, people)] to a number, of those asking today
    came: Array  # [facility] contacts that reached it today
    open: Array  # [row] ILL, FALLEN_ILL or RECOVERED, 0 for who may fall ill
    calendar: Array  # [worker, (day modulo, which of its lists)] heads
    at_home: Array  # [worker, place] heads: who is due today and decides
    inbox: Array  # [worker, facility] heads: who comes today
    expected: Array  # [worker, facility] how many


class Worker(NamedTuple):
    """What one worker writes: its lists, its agenda, rows for the books, counts."""

    number: int
    lists: Array  # heads of FREE, DECIDERS
    lengths: Array  # of what follows
    next_of: Array  # [ABREAST] of the lists of a day while they are walked
    ahead: Array  # [ABREAST] the same, some steps before
    when: Array  # agenda: ticks of a heap of what comes soon
    who: Array  # agenda: patient, or ~patient for the end of patience
    later: Array  # [slot] agenda: tick of what comes later
    whose: Array  # [slot]
    after: Array  # [slot] the next of its minute, or the next free one
    minutes: Array  # [minute of the day] the first slot, -1 none
    joins: Array
    expiries: Array
    touched: Array
    moved: Array
    changes: Array  # [n, (TICK, POINT_OF, WHAT, CAPACITY)]
    visits: Array  # rows closed
    stays: Array
    remote: Array
    lessons: Array  # [n, LESSON]
    company: Array  # [lane] who decide together
    scratch: Table  # of their choices
    draws: Table  # of a contact
    keys: Array  # [(traits, luck), KEYS] of residents of a place
    filing: Array  # [KEYS] 1 who files before leaving the pooling area
    arrived: Array  # [tier]
    visit_ends: Array  # [tier, outcome]
    stay_ends: Array  # [tier, outcome]
    episodes: Array  # counts of endings, then opened, arisen, dropped


def worker(number: int, size: int, departments: int, tiers: int, kinds: int) -> Table:
    """An empty desk for facilities of at most `size` patients a day: a table of `Worker`."""
    agenda = 4 * size + 16
    desk = Worker(
        number, apart(2), apart(13), apart(ABREAST), apart(ABREAST),
        apart(agenda), apart(agenda), apart(agenda), apart(agenda), apart(agenda),
        apart(MINUTES_PER_DAY), apart(agenda), apart(agenda),
        apart(agenda + 4 * departments), apart(agenda),
        apart(2 * SESSIONS * departments + 2, 4),
        apart(size, len(Visit._fields)), apart(size, len(Stay._fields)),
        apart(size, len(Remote._fields)), apart(2 * size, len(LESSON), kind=np.int32),
        apart(EIGHT), scratch(kinds, EIGHT), room_for_draws(), apart(2, KEYS), apart(KEYS),
        apart(tiers), apart(tiers, len(OUTCOMES)), apart(tiers, len(STAY_OUTCOMES)),
        apart(EPISODE_ITEMS),
    )  # fmt: skip
    desk.lists[:] = desk.minutes[:] = NONE
    desk.after[:] = np.arange(1, agenda + 1)
    return Table("worker", desk._asdict())
