"""How long do doctors work after closing? Compiled, integers only.

Whoever is inside at closing is seen. A contact belongs to the session, held on day 0, that opened
last before it began; what of it lies after that session's closing is overtime. A row holds the sum
of both contacts of a visit with a test: the second is taken at the mean length of a contact with
results, ending when the visit ends. Around the clock there is no overtime.
"""

from __future__ import annotations

from sim.arithmetic import DAY, compiled
from sim.events import Visit
from sim.tally import cells as c

V = Visit(*range(len(Visit._fields)))


@compiled
def work_late(cells, where, row, item):
    """Add a visit's overtime to its department, and mark the sessions that ran late."""
    department, service = row[V.department], row[V.service]
    second = 0
    if row[V.test_end] >= 0 and row[V.end] >= 0:
        second = min(where.results, service)
        item[c.OVERTIME] += _late(cells, where, department, row[V.end] - second, second)
    item[c.OVERTIME] += _late(cells, where, department, row[V.start], service - second)


@compiled
def _late(cells, where, department, begin, length):
    day = begin // DAY
    session = _session(where.opens[department], begin - day * DAY)
    if session < 0:
        day -= 1
        session = _session(where.opens[department], DAY)
    if session < 0:
        return 0
    closing = day * DAY + where.closes[department, session]
    after = max(begin + length - max(begin, closing), 0)
    if after > 0 and 0 <= day < cells.late.shape[1]:
        cells.late[department, day] |= 1 << session
    return after


@compiled
def _session(opens, tick):
    """The session that opened last before a tick of the day, -1 none."""
    found = -1
    for session in range(len(opens)):
        if 0 <= opens[session] <= tick and (found < 0 or opens[session] >= opens[found]):
            found = session
    return found
