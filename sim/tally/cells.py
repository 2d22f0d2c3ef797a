"""The cells that rows fall into: their axes and items.

Times are ticks and money is yuan/100, summed as integers. Everything is counted over the measured
window (by arrival, request or discharge; time in bed as it passes), but for `daily`, `asked` and
`midnights`: they hold the warm-up too.
"""

from __future__ import annotations

from typing import Annotated as A
from typing import NamedTuple

import numpy as np

from sim.events import OUTCOMES

Array = np.ndarray

VISIT_ITEMS = (
    *OUTCOMES,  # visits that ended so
    "visits", "seen", "wait",  # wait: from readiness to the doctor, of those seen
    "waiting", "waited",  # still without a doctor at the end, and since readiness
    "unfinished",  # seen, without an outcome at the end
    "left_wait",  # from readiness, of those who left unseen
    "tests", "test_wait", "repeated", "recognised",
    "overtime",  # with the doctor after closing (see `sim.tally.hours`)
)  # fmt: skip
(RESOLVED, UNRESOLVED, ADVISED, REFERRED, REMOTE, ADMITTED, LEFT, REFUSED,
 VISITS, SEEN, WAIT, WAITING, WAITED, UNFINISHED, LEFT_WAIT, TESTS, TEST_WAIT, REPEATED,
 RECOGNISED, OVERTIME) = range(len(VISIT_ITEMS))  # fmt: skip

STAY_ITEMS = (
    "requested", "started", "bed_wait", "awaiting", "left_waiting",  # by request
    "discharged", "stepped_down", "bed_time",  # by end; discharged holds those stepped down
    "occupied", "occupants",  # time in bed within the window, and whose
)  # fmt: skip
(REQUESTED, STARTED, BED_WAIT, AWAITING, LEFT_WAITING,
 DISCHARGED, STEPPED_DOWN, BED_TIME, OCCUPIED, OCCUPANTS) = range(len(STAY_ITEMS))  # fmt: skip

CASE_ITEMS = ("discharged", "bed_time")  # by end, as those of STAY_ITEMS
CASE_DISCHARGED, CASE_BED_TIME = range(len(CASE_ITEMS))

REMOTE_ITEMS = ("asked", "residents", "answered", "reply_wait", "pending")
ASKED, ASKED_RESIDENTS, ANSWERED, REPLY_WAIT, PENDING = range(len(REMOTE_ITEMS))

DAILY_ITEMS = (
    "arrived", "seen", "wait", *OUTCOMES, "residents", "travel", "cost", "out_of_pocket",
    "admissions",  # by the day the stay begins; all others by the day of arrival
)  # fmt: skip
(ARRIVED, DAY_SEEN, DAY_WAIT, DAY_OUTCOME) = range(4)
(DAY_RESIDENTS, DAY_TRAVEL, DAY_COST, DAY_POCKET, DAILY_STAYS) = range(
    DAY_OUTCOME + len(OUTCOMES), len(DAILY_ITEMS)
)
WEEKLY_ITEMS = (
    "visits", "seen", "wait", *OUTCOMES, "tests", "test_wait", "repeated", "recognised",
    "requested", "started", "bed_wait", "left_waiting",  # stays, by request
    "discharged", "bed_time",  # stays, by end
)  # fmt: skip
WEEK_VISITS, WEEK_SEEN, WEEK_WAIT, WEEK_OUTCOME = range(4)
(WEEK_TESTS, WEEK_TEST_WAIT, WEEK_REPEATED, WEEK_RECOGNISED, WEEK_REQUESTED, WEEK_STARTED,
 WEEK_BED_WAIT, WEEK_LEFT_WAITING, WEEK_DISCHARGED, WEEK_BED_TIME) = range(
    WEEK_OUTCOME + len(OUTCOMES), len(WEEKLY_ITEMS)
)  # fmt: skip

HOME_WEEK_ITEMS = (
    "visits", "seen", "wait", "travel", "cost", "pocket",
    "first", "above", "below",  # first contacts; a level or more above, below what is needed
    "low", "booked", "ahead",  # a level or more below; with a number, days to it
    "stays", "stay_cost", "stay_pocket", "low_stays",  # that got a bed, by request
)  # fmt: skip
HOME_ITEMS = (
    *HOME_WEEK_ITEMS, *OUTCOMES, "tests", "test_wait", "repeated", "recognised",
    "bed_wait",  # of stays
)  # fmt: skip
(HOME_VISITS, HOME_SEEN, HOME_WAIT, HOME_TRAVEL, HOME_COST, HOME_POCKET, HOME_FIRST, HOME_ABOVE,
 HOME_BELOW, HOME_LOW, HOME_BOOKED, HOME_AHEAD, HOME_STAYS, HOME_STAY_COST, HOME_STAY_POCKET,
 HOME_LOW_STAYS, HOME_OUTCOME) = range(17)
(HOME_TESTS, HOME_TEST_WAIT, HOME_REPEATED, HOME_RECOGNISED, HOME_BED_WAIT) = range(
    HOME_OUTCOME + len(OUTCOMES), len(HOME_ITEMS)
)
WHERE = ("own county", "own pooling area", "elsewhere")
OWN_COUNTY, OWN_AREA, ELSEWHERE = range(3)

LOAD_ITEMS = (
    "overtime",  # by the week of the session
    "planned", "left_wait",  # by arrival; planned: at a hospital, not in its emergency department
    "occupied", "occupants", "begun",  # begun: those whose first week in bed it is
    "discharged", "stepped_down",  # by end
)  # fmt: skip
(LOAD_OVERTIME, PLANNED, LOAD_LEFT_WAIT, LOAD_OCCUPIED, LOAD_OCCUPANTS, BEGUN, LOAD_DISCHARGED,
 LOAD_STEPPED_DOWN) = range(len(LOAD_ITEMS))  # fmt: skip
END_ITEMS = ("waiting", "waited", "unfinished", "awaiting")
END_WAITING, END_WAITED, END_UNFINISHED, END_AWAITING = range(len(END_ITEMS))

MIDNIGHT_ITEMS = ("visits", "in_bed", "awaiting_bed", "queued")
CAME = ("first contact", "formally referred", "advised to go higher", "came back unadvised")


class Cells(NamedTuple):
    """All that is counted, as int64 (histograms by month and week int32, marks uint8)."""

    visits: A[Array, "department x class x VISIT_ITEMS"]
    late: A[Array, "department x day: bit s set where session s ran beyond its closing"]
    stays: A[Array, "facility x STAY_ITEMS"]
    cases: A[Array, "county (outside last) x sort x age x condition x severity x CASE_ITEMS"]
    remote: A[Array, "facility that asks x REMOTE_ITEMS"]
    first: A[Array, "tier x condition (none last) x severity (none last): first contacts"]
    came: A[Array, "tier x CAME: how residents' visits came about"]
    referred: A[Array, "tier that referred x tier of arrival: visits"]
    advised: A[Array, "tier that advised x tier of arrival: visits"]
    stepped: A[Array, "tier that sent down x tier of the stay: stays"]
    waits: A[Array, "tier x specialty x class x bin: waits of those seen"]
    days: A[Array, "tier x specialty x days to a number: residents where numbers are given"]
    tests: A[Array, "tier x bin: waits for a test"]
    beds: A[Array, "tier x bin: waits for a bed"]
    replies: A[Array, "tier that asks x bin: time to a remote answer"]
    home: A[Array, "county of residence x WHERE x sort x age (none last) x HOME_ITEMS"]
    home_weeks: A[Array, "week x county of residence x WHERE x sort x HOME_WEEK_ITEMS"]
    weekly: A[Array, "week x group x age (none last) x class x WEEKLY_ITEMS"]
    load: A[Array, "week x part x age (none last) x LOAD_ITEMS"]
    at_end: A[Array, "part x age (none last) x END_ITEMS: who is still there when the run ends"]
    remote_weeks: A[Array, "week x group that asks x REMOTE_ITEMS"]
    by_month: A[Array, "month x group x class x coarse bin: waits of those seen, by arrival"]
    by_week: A[Array, "week x tier x age (none last) x coarse bin: the same"]
    daily: A[Array, "day x group x DAILY_ITEMS, warm-up included"]
    asked: A[Array, "day x group: remote requests, warm-up included"]
    midnights: A[Array, "midnight (0: that ends day 0) x group x MIDNIGHT_ITEMS"]
