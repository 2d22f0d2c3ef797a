"""How long do doctors work after closing? Compiled, integers only.

Whoever is inside at closing is seen. A contact belongs to the session, held on day 0, that opened
last before it began; what of it lies after that session's closing is overtime. A row holds the sum
of both contacts of a visit with a test: the second is taken at the mean length of a contact with
results, ending when the visit ends. Around the clock there is no overtime.
"""

from __future__ import annotations

from sim.arithmetic import DAY, compiled, inlined
from sim.events import Visit
from sim.tally import cells as c

V = Visit(*range(len(Visit._fields)))


@inlined
def work_late(cells, where, row, item):
    """Add a visit's overtime to its department and week, and mark the sessions that ran late."""
    department, start, end = row[V.department], row[V.start], row[V.end]
    day, session = _session(where, department, start)
    in_time = 0 <= end <= day * DAY + where.closes[department, session]
    if session >= 0 and not in_time:
        _overtime(cells, where, row, item)


@compiled
def _overtime(cells, where, row, item):
    service, second = row[V.service], 0
    if row[V.test_end] >= 0 and row[V.end] >= 0:
        second = min(where.results, service)
    _late(cells, where, row, item, row[V.start], service - second)
    _late(cells, where, row, item, row[V.end] - second, second)


@compiled
def _late(cells, where, row, item, begin, length):
    department = row[V.department]
    day, session = _session(where, department, begin)
    closing = day * DAY + where.closes[department, session]
    after = max(begin + length - max(begin, closing), 0)
    if after > 0:
        if 0 <= day < len(where.week):
            cells.late[department, day] |= 1 << session
        week = where.week[min(max(day, 0), len(where.week) - 1)]
        item[c.OVERTIME] += after
        cells.load[week, where.part[row[V.facility]], row[V.age_group], c.LOAD_OVERTIME] += after


@inlined
def _session(where, department, tick):
    """Day and number of the session that opened last before a tick, -1 none."""
    day, opens = tick // DAY, where.opens[department]
    of_day, last = tick - day * DAY, len(opens) - 1
    for session in range(last, -1, -1):
        if 0 <= opens[session] <= of_day:
            return day, session
    for session in range(last, -1, -1):
        if opens[session] >= 0:
            return day - 1, session
    return day, -1
