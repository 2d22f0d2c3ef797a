"""How the compiled engine lays out what it holds: patients, points, lists, a worker's desk.

A patient is one record, never copied, and in one list at a time. Lists are written on pages: who
stands next in them is known before his record, or that of anybody before him, has been looked at.
A facility belongs to one worker while its day is played; what a worker hands on it writes into
lists of its own, which all workers read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arithmetic import MINUTES_PER_DAY
from sim.care import room_for_draws, room_for_plans
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

# Two lines of memory say who it is, where, and what for. Times and bills of a visit, and of the
# stay it leads to, are a `SPELL`: only those at a facility have one, who comes next takes it over.
WHO = ("luck", "traits", "due", "requested", "travel")
WHERE = (
    "day", "last_day", "home", "slot", "place", "row", "facility", "department",
    "last_facility", "failed", "target", "referred_from", "advised_from", "tested_at",
    "answering", "spell",
)  # fmt: skip
COUNTS = ("contact",)
WHAT_FOR = (
    "attempt", "stage", "condition", "severity", "age_group", "scheme", "chronic", "contract",
    "urgent", "filed", "kind", "advised_tier", "keeps", "visit_class", "queue_class", "cover",
    "tested", "repeated", "recognised", "resolved", "outcome",
)  # fmt: skip
TIMES = (
    "arrival", "ready", "start", "expires", "service", "consultation", "cost", "own", "test",
    "results", "reached", "test_wait", "test_end", "rest",
)  # fmt: skip
STANDS = ("next", "back", "point", "ward", "below", "stepped_from")
PATIENT = np.dtype(
    [(name, np.int64) for name in WHO] + [(name, np.int32) for name in WHERE]
    + [(name, np.int16) for name in COUNTS] + [(name, np.int8) for name in WHAT_FOR],
    align=True,
)  # fmt: skip
SPELL = np.dtype(
    [(name, np.int64) for name in TIMES] + [(name, np.int32) for name in STANDS], align=True
)

POINT = np.dtype(
    [(name, np.int32) for name in ("capacity", "busy", "waiting", "room", "open", "closing")]
)
OUTSIDE = len(CLASSES)  # the list of those before a closed door, after those of the classes
LISTS = len(CLASSES) + 1

DAYS_AHEAD = 64  # lists of the calendar; who is due later stays in his list for another turn

VACANT, FREED = 1, 2  # of a record that is free
ILL, TODAY = 1, 2  # bits of a resident: an episode is open; one opened or ended today
FALLEN_ILL, RECOVERED = ILL | TODAY, TODAY
(
    AGENDA, JOINS, EXPIRIES, TOUCHED, MOVED, CHANGES, VISITS, STAYS, REMOTES, LESSONS,
    LATER, MINUTE, IDLE, SPARE, DECIDERS, FRESH, LOOSE, FREE,
) = range(18)  # fmt: skip
# Lengths of what a worker holds; its agenda's minute and next free slot; the next that is free of
# `pages`, of `leaves` and of records.

OPENED, ARISEN, DROPPED = range(len(ENDINGS), len(ENDINGS) + 3)  # after the endings of episodes
EPISODE_ITEMS = len(ENDINGS) + 3

PAGE = 16  # slots of a page of a list, which fills a line of memory
EMPTY = PAGE - 1  # the last slot of a list that nobody is in

KEYS = 64  # of residents, made together; whole lanes of a processor

OPEN, CLOSE, STOP = range(1, 4)  # changes of a point
TICK, POINT_OF, WHAT, CAPACITY = range(4)  # columns of a change
LESSON = ("row", "township", "tier", "kind", "resolved", "planned")


class State(NamedTuple):
    """Everything that lasts over midnight, and the lists between workers."""

    patients: Array  # PATIENT
    spells: Array  # SPELL
    spare: Array  # [worker, n] spells that nobody has, a stack of each worker
    free: Array  # [record] VACANT where nobody has it, FREED where somebody had it today
    made: Array  # [2] how many records and spells exist; the rest is reserved
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
    calendar: Array  # [worker, day modulo] last slot of `leaves` in use: who is due
    leaves: Array  # [worker, slot] as `pages`; first on a free one, the next that is free
    at_home: Array  # [worker, place] last slot of `pages` in use: who is due today and decides
    inbox: Array  # [worker, facility] last slot of `pages` in use: who comes today
    pages: Array  # [worker, slot] who comes; first on a page, the last slot of the page before
    deciders: Array  # [worker, n] who is at home and decides now
    expected: Array  # [worker, facility] how many
    ranks: int  # of facilities; to each a patient is sent once a day at most


class Worker(NamedTuple):
    """What one worker writes: its lists, its agenda, rows for the books, counts."""

    number: int
    lengths: Array  # of what follows
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
    starts: Array  # [part of the day] where in order those of it begin
    services: Array  # [k of joins] ticks for which a plain visit is served
    ways: Array  # [k of joins] row of the routes by which he goes on, -1 leaves
    behind: Array  # [k of joins] the next in line of his class
    front: Array  # [class] the first in line, of joins
    last: Array  # [class]
    changes: Array  # [n, (TICK, POINT_OF, WHAT, CAPACITY)]
    visits: Array  # rows closed
    stays: Array
    remote: Array
    lessons: Array  # [n, LESSON]
    company: Array  # [lane] who decide together
    scratch: Table  # of their choices
    draws: Table  # of a contact
    plan: Table  # of plain visits
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
        number, apart(18),
        apart(agenda), apart(agenda), apart(agenda), apart(agenda), apart(agenda),
        apart(MINUTES_PER_DAY), apart(agenda), apart(agenda),
        apart(agenda + 4 * departments), apart(agenda),
        apart(MINUTES_PER_DAY + 1), apart(agenda), apart(agenda), apart(agenda),
        apart(len(CLASSES)), apart(len(CLASSES)),
        apart(2 * SESSIONS * departments + 2, 4),
        apart(size, len(Visit._fields)), apart(size, len(Stay._fields)),
        apart(size, len(Remote._fields)), apart(2 * size, len(LESSON), kind=np.int32),
        apart(EIGHT), scratch(kinds, EIGHT), room_for_draws(), room_for_plans(KEYS),
        apart(2, KEYS), apart(KEYS),
        apart(tiers), apart(tiers, len(OUTCOMES)), apart(tiers, len(STAY_OUTCOMES)),
        apart(EPISODE_ITEMS),
    )  # fmt: skip
    desk.minutes[:] = NONE
    desk.lengths[[FRESH, LOOSE]] = PAGE
    desk.after[:] = np.arange(1, agenda + 1)
    return Table("worker", desk._asdict())
