"""How rows fall into cells: compiled, one pass, integers only.

A row is counted once, when it closes or when the run ends; what did not happen is -1. Index -1
(no age, no condition) lands in the last place of its axis, which is kept for it.
"""

from __future__ import annotations

from sim.arithmetic import DAY, compiled, inlined
from sim.events import DISCHARGED as WENT_HOME
from sim.events import LEFT as LEFT_UNSEEN
from sim.events import LEFT_WAITING as GAVE_UP
from sim.events import NOBODY, Daily, Remote, Stay, Visit
from sim.events import STEPPED_DOWN as SENT_DOWN
from sim.tally import cells as c
from sim.tally.bins import bin_of, coarse_of
from sim.tally.homes import home_of_stay, home_of_visit
from sim.tally.hours import work_late

V = Visit(*range(len(Visit._fields)))
S = Stay(*range(len(Stay._fields)))
R = Remote(*range(len(Remote._fields)))
D = Daily(*range(len(Daily._fields)))


@compiled
def count_visits(cells, where, rows):
    """Count rows of visits: (n, columns of Visit) int64."""
    for i in range(len(rows)):
        row = rows[i]
        arrival = row[V.arrival]
        if 0 <= arrival < where.end:
            day, group = arrival // DAY, where.group[row[V.facility]]
            _day_of_visit(cells.daily[day, group], row)
            if arrival >= where.begin:
                _visit(cells, where, row, day, group)


@inlined
def _day_of_visit(item, row):
    item[c.ARRIVED] += 1
    if row[V.outcome] >= 0:
        item[c.DAY_OUTCOME + row[V.outcome]] += 1
    if row[V.start] >= 0:
        item[c.DAY_SEEN] += 1
        item[c.DAY_WAIT] += row[V.start] - row[V.ready]
    item[c.DAY_COST] += row[V.cost]
    if row[V.resident] != NOBODY:
        item[c.DAY_RESIDENTS] += 1
        item[c.DAY_TRAVEL] += row[V.travel]
        item[c.DAY_POCKET] += row[V.out_of_pocket]


@inlined
def _visit(cells, where, row, day, group):
    item = cells.visits[row[V.department], row[V.visit_class]]
    week = cells.weekly[where.week[day], group, row[V.age_group], row[V.visit_class]]
    tier = where.tier[row[V.facility]]
    item[c.VISITS] += 1
    week[c.WEEK_VISITS] += 1
    load = cells.load[where.week[day], where.part[row[V.facility]], row[V.age_group]]
    if where.planned[row[V.department]]:
        load[c.PLANNED] += 1
    if row[V.outcome] >= 0:
        _outcome(item, week, load, row)
    else:
        _open(cells, where, row, item)
    if row[V.start] >= 0:
        _seen(cells, where, row, item, week, day, group, tier)
    _tested(cells, row, item, week, tier)
    _sent(cells, where, row, tier)
    if row[V.resident] != NOBODY:
        _resident(cells, where, row, day, tier)
        home_of_visit(cells, where, row, day, tier)


@inlined
def _outcome(item, week, load, row):
    outcome, ready = row[V.outcome], row[V.ready]
    item[outcome] += 1
    week[c.WEEK_OUTCOME + outcome] += 1
    if outcome == LEFT_UNSEEN and ready >= 0:
        item[c.LEFT_WAIT] += max(row[V.end] - ready, 0)
        load[c.LOAD_LEFT_WAIT] += max(row[V.end] - ready, 0)


@compiled
def _open(cells, where, row, item):
    at_end = cells.at_end[where.part[row[V.facility]], row[V.age_group]]
    if row[V.start] >= 0:
        item[c.UNFINISHED] += 1
        at_end[c.END_UNFINISHED] += 1
    else:
        item[c.WAITING] += 1
        at_end[c.END_WAITING] += 1
        if row[V.ready] >= 0:
            item[c.WAITED] += where.end - row[V.ready]
            at_end[c.END_WAITED] += where.end - row[V.ready]


@inlined
def _seen(cells, where, row, item, week, day, group, tier):
    wait, rank = row[V.start] - row[V.ready], row[V.visit_class]
    item[c.SEEN] += 1
    item[c.WAIT] += wait
    week[c.WEEK_SEEN] += 1
    week[c.WEEK_WAIT] += wait
    at = bin_of(wait)
    cells.waits[tier, where.specialty[row[V.department]], rank, at] += 1
    at = coarse_of(at, wait)
    cells.by_month[where.month[day], group, rank, at] += 1
    cells.by_week[where.week[day], tier, row[V.age_group], at] += 1
    work_late(cells, where, row, item)


@inlined
def _tested(cells, row, item, week, tier):
    if row[V.test_wait] >= 0:
        item[c.TESTS] += 1
        item[c.TEST_WAIT] += row[V.test_wait]
        week[c.WEEK_TESTS] += 1
        week[c.WEEK_TEST_WAIT] += row[V.test_wait]
        cells.tests[tier, bin_of(row[V.test_wait])] += 1
    if row[V.repeated] == 1:
        item[c.REPEATED] += 1
        week[c.WEEK_REPEATED] += 1
    if row[V.recognised] == 1:
        item[c.RECOGNISED] += 1
        week[c.WEEK_RECOGNISED] += 1


@inlined
def _sent(cells, where, row, tier):
    if row[V.referred_from] >= 0:
        cells.referred[where.tier[row[V.referred_from]], tier] += 1
    if row[V.advised_from] >= 0:
        cells.advised[where.tier[row[V.advised_from]], tier] += 1


@inlined
def _resident(cells, where, row, day, tier):
    department = row[V.department]
    if row[V.contact] == 0:
        cells.first[tier, row[V.condition], row[V.severity]] += 1
    cells.came[tier, _way(row)] += 1
    if where.booked[department]:
        ahead = day - row[V.requested] // DAY
        cells.days[tier, where.specialty[department], ahead] += 1


@inlined
def _way(row):
    if row[V.contact] == 0:
        return 0
    if row[V.referred_from] >= 0:
        return 1
    return 2 if row[V.advised_from] >= 0 else 3


@compiled
def count_stays(cells, where, rows):
    """Count rows of stays: (n, columns of Stay) int64."""
    for i in range(len(rows)):
        row = rows[i]
        facility = row[S.facility]
        item, tier, group = cells.stays[facility], where.tier[facility], where.group[facility]
        part = where.part[facility]
        if row[S.requested] >= where.begin:
            week = _week_of(where, row[S.requested])
            _requested(cells, where, row, item, tier)
            if row[S.start] < 0 and row[S.outcome] < 0:
                item[c.AWAITING] += 1
                cells.at_end[part, row[S.age_group], c.END_AWAITING] += 1
            _week_of_request(row, cells.weekly[week, group, row[S.age_group], row[S.visit_class]])
        if row[S.end] >= where.begin and (
            row[S.outcome] == WENT_HOME or row[S.outcome] == SENT_DOWN
        ):
            week = _week_of(where, row[S.end])
            load = cells.load[week, part, row[S.age_group]]
            load[c.LOAD_DISCHARGED] += 1
            load[c.LOAD_STEPPED_DOWN] += row[S.outcome] == SENT_DOWN
            item[c.STEPPED_DOWN] += row[S.outcome] == SENT_DOWN
            _discharged(row, item, c.DISCHARGED, c.BED_TIME)
            by_week = cells.weekly[week, group, row[S.age_group], row[S.visit_class]]
            _discharged(row, by_week, c.WEEK_DISCHARGED, c.WEEK_BED_TIME)
            _case(cells, where, row)
        if row[S.start] >= 0:
            _occupied(cells, where, row, item)
            cells.daily[row[S.start] // DAY, group, c.DAILY_STAYS] += 1


@compiled
def _requested(cells, where, row, item, tier):
    start = row[S.start]
    item[c.REQUESTED] += 1
    item[c.LEFT_WAITING] += row[S.outcome] == GAVE_UP
    if row[S.stepped_from] >= 0:
        cells.stepped[where.tier[row[S.stepped_from]], tier] += 1
    if start >= 0:
        item[c.STARTED] += 1
        item[c.BED_WAIT] += start - row[S.requested]
        cells.beds[tier, bin_of(start - row[S.requested])] += 1
        if row[S.resident] != NOBODY:
            home_of_stay(cells, where, row)


@compiled
def _week_of_request(row, item):
    item[c.WEEK_REQUESTED] += 1
    item[c.WEEK_LEFT_WAITING] += row[S.outcome] == GAVE_UP
    if row[S.start] >= 0:
        item[c.WEEK_STARTED] += 1
        item[c.WEEK_BED_WAIT] += row[S.start] - row[S.requested]


@inlined
def _week_of(where, tick):
    return where.week[min(tick // DAY, len(where.week) - 1)]


@compiled
def _case(cells, where, row):
    facility = row[S.facility]
    ward = cells.cases[where.county[facility], where.sort[facility]]
    case = ward[row[S.age_group], row[S.condition], row[S.severity]]
    _discharged(row, case, c.CASE_DISCHARGED, c.CASE_BED_TIME)


@compiled
def _discharged(row, item, number, time):
    item[number] += 1
    item[time] += row[S.end] - row[S.start]


@compiled
def _occupied(cells, where, row, item):
    until = min(row[S.end] if row[S.end] >= 0 else where.end, where.end)
    since = max(row[S.start], where.begin)
    if until > since:
        item[c.OCCUPIED] += until - since
        item[c.OCCUPANTS] += 1
        _by_weeks(cells, where, row, since, until)


@compiled
def _by_weeks(cells, where, row, since, until):
    """Part a time in bed among the weeks in which it passes."""
    part, week = where.part[row[S.facility]], where.week[since // DAY]
    cells.load[week, part, row[S.age_group], c.BEGUN] += 1
    while since < until:
        load, parted = cells.load[week, part, row[S.age_group]], min(until, where.week_ends[week])
        load[c.LOAD_OCCUPIED] += parted - since
        load[c.LOAD_OCCUPANTS] += 1
        since, week = parted, week + 1


@compiled
def count_remote(cells, where, rows):
    """Count rows of remote consultations: (n, columns of Remote) int64."""
    for i in range(len(rows)):
        row = rows[i]
        facility, requested = row[R.facility], row[R.requested]
        group = where.group[facility]
        cells.asked[requested // DAY, group] += 1
        if requested >= where.begin:
            _consulted(row, cells.remote[facility])
            _consulted(row, cells.remote_weeks[_week_of(where, requested), group])
            if row[R.end] >= 0:
                cells.replies[where.tier[facility], bin_of(row[R.end] - requested)] += 1


@compiled
def _consulted(row, item):
    item[c.ASKED] += 1
    item[c.ASKED_RESIDENTS] += row[R.resident] != NOBODY
    item[c.PENDING] += row[R.end] < 0 and row[R.outcome] < 0
    if row[R.end] >= 0:
        item[c.ANSWERED] += 1
        item[c.REPLY_WAIT] += row[R.end] - row[R.requested]


@compiled
def count_midnight(cells, where, rows):
    """Count rows of midnights: (n, columns of Daily) int64."""
    for i in range(len(rows)):
        row = rows[i]
        item = cells.midnights[row[D.day] - 1, where.group[row[D.facility]]]
        item[0] += row[D.visits]
        item[1] += row[D.in_bed]
        item[2] += row[D.awaiting_bed]
        item[3] += row[D.queued]
