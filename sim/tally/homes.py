"""Residents' visits and stays by where they live: compiled, integers only.

Level is the scale of minimal capable levels, on which a village facility stands at 1. A whole level
or more above (below) the need counts as above (below): where a clinic may or may not suffice (1.5),
neither a clinic nor a township centre does.
"""

from __future__ import annotations

from sim.arithmetic import DAY, compiled
from sim.events import Stay, Visit
from sim.tally import cells as c

V = Visit(*range(len(Visit._fields)))
S = Stay(*range(len(Stay._fields)))


@compiled
def home_of_visit(cells, where, row):
    """Count a resident's visit by county of residence, and by week."""
    county, away, sort = _cell(where, row[V.place], row[V.facility])
    item = cells.home[county, away, sort, row[V.age_group]]
    _both(where, row, item)
    _both(where, row, cells.home_weeks[where.week[row[V.arrival] // DAY], county, away, sort])
    if row[V.outcome] >= 0:
        item[c.HOME_OUTCOME + row[V.outcome]] += 1
    if row[V.test_wait] >= 0:
        item[c.HOME_TESTS] += 1
        item[c.HOME_TEST_WAIT] += row[V.test_wait]
    item[c.HOME_REPEATED] += row[V.repeated] == 1
    item[c.HOME_RECOGNISED] += row[V.recognised] == 1
    item[c.HOME_LOW] += _placed(where, row[V.facility], row[V.condition], row[V.severity]) < 0
    if where.booked[row[V.department]]:
        item[c.HOME_BOOKED] += 1
        item[c.HOME_AHEAD] += row[V.arrival] // DAY - row[V.requested] // DAY


@compiled
def _cell(where, place, facility):
    county = where.home[place]
    away = c.ELSEWHERE
    if where.county[facility] == county:
        away = c.OWN_COUNTY
    elif where.area[facility] == where.home_area[place]:
        away = c.OWN_AREA
    return county, away, where.sort[facility]


@compiled
def _both(where, row, item):
    item[c.HOME_VISITS] += 1
    item[c.HOME_TRAVEL] += row[V.travel]
    item[c.HOME_COST] += row[V.cost]
    item[c.HOME_POCKET] += row[V.out_of_pocket]
    if row[V.start] >= 0:
        item[c.HOME_SEEN] += 1
        item[c.HOME_WAIT] += row[V.start] - row[V.ready]
    if row[V.contact] == 0:
        item[c.HOME_FIRST] += 1
        placed = _placed(where, row[V.facility], row[V.condition], row[V.severity])
        item[c.HOME_ABOVE] += placed > 0
        item[c.HOME_BELOW] += placed < 0


@compiled
def _placed(where, facility, condition, severity):
    """1 a level or more above what is needed, -1 below it, 0 between or without a known need."""
    if condition < 0 or severity < 0:
        return 0
    above = where.tier[facility] + 1 - where.needed[condition, severity]
    if above >= 1.0:
        return 1
    return -1 if above <= -1.0 else 0


@compiled
def home_of_stay(cells, where, row):
    """Count a resident's stay that got a bed by county of residence, and by week of request."""
    county, away, sort = _cell(where, row[S.place], row[S.facility])
    day = min(row[S.requested] // DAY, len(where.week) - 1)
    item = cells.home[county, away, sort, row[S.age_group]]
    _paid(row, item)
    _paid(row, cells.home_weeks[where.week[day], county, away, sort])
    item[c.HOME_LOW_STAYS] += _placed(where, row[S.facility], row[S.condition], row[S.severity]) < 0
    item[c.HOME_BED_WAIT] += row[S.start] - row[S.requested]


@compiled
def _paid(row, item):
    item[c.HOME_STAYS] += 1
    item[c.HOME_STAY_COST] += row[S.cost]
    item[c.HOME_STAY_POCKET] += row[S.out_of_pocket]
