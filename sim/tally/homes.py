"""Residents' visits and stays by where they live: compiled, integers only.

Level is the scale of minimal capable levels, on which a village facility stands at 1. A whole level
or more above (below) the need counts as above (below): where a clinic may or may not suffice (1.5),
neither a clinic nor a township centre does.
"""

from __future__ import annotations

from sim.arithmetic import DAY, compiled, inlined
from sim.events import Stay, Visit
from sim.tally import cells as c

V = Visit(*range(len(Visit._fields)))
S = Stay(*range(len(Stay._fields)))


@inlined
def home_of_visit(cells, where, row, day, tier):
    """Count a resident's visit by county of residence, and by week."""
    facility, place = row[V.facility], row[V.place]
    county, away, sort = where.home[place], _away(where, place, facility), where.sort[facility]
    item = cells.home[county, away, sort, row[V.age_group]]
    placed = _placed(where, tier, row[V.condition], row[V.severity])
    ahead = day - row[V.requested] // DAY if where.booked[row[V.department]] else -1
    _both(row, item, placed, ahead)
    _both(row, cells.home_weeks[where.week[day], county, away, sort], placed, ahead)
    if row[V.outcome] >= 0:
        item[c.HOME_OUTCOME + row[V.outcome]] += 1
    if row[V.test_wait] >= 0:
        item[c.HOME_TESTS] += 1
        item[c.HOME_TEST_WAIT] += row[V.test_wait]
    if row[V.repeated] == 1:
        item[c.HOME_REPEATED] += 1
    if row[V.recognised] == 1:
        item[c.HOME_RECOGNISED] += 1


@inlined
def _away(where, place, facility):
    if where.county[facility] == where.home[place]:
        return c.OWN_COUNTY
    return c.OWN_AREA if where.area[facility] == where.home_area[place] else c.ELSEWHERE


@inlined
def _both(row, item, placed, ahead):
    item[c.HOME_VISITS] += 1
    item[c.HOME_TRAVEL] += row[V.travel]
    item[c.HOME_COST] += row[V.cost]
    item[c.HOME_POCKET] += row[V.out_of_pocket]
    if row[V.start] >= 0:
        item[c.HOME_SEEN] += 1
        item[c.HOME_WAIT] += row[V.start] - row[V.ready]
    if row[V.contact] == 0:
        item[c.HOME_FIRST] += 1
        if placed > 0:
            item[c.HOME_ABOVE] += 1
        elif placed < 0:
            item[c.HOME_BELOW] += 1
    if placed < 0:
        item[c.HOME_LOW] += 1
    if ahead >= 0:
        item[c.HOME_BOOKED] += 1
        item[c.HOME_AHEAD] += ahead


@inlined
def _placed(where, tier, condition, severity):
    """1 a level or more above what is needed, -1 below it, 0 between or without a known need."""
    if condition < 0 or severity < 0:
        return 0
    above = tier + 1 - where.needed[condition, severity]
    if above >= 1.0:
        return 1
    return -1 if above <= -1.0 else 0


@compiled
def home_of_stay(cells, where, row):
    """Count a resident's stay that got a bed by county of residence, and by week of request."""
    facility, place = row[S.facility], row[S.place]
    county, away, sort = where.home[place], _away(where, place, facility), where.sort[facility]
    day = min(row[S.requested] // DAY, len(where.week) - 1)
    item = cells.home[county, away, sort, row[S.age_group]]
    placed = _placed(where, where.tier[facility], row[S.condition], row[S.severity])
    _paid(row, item, placed)
    _paid(row, cells.home_weeks[where.week[day], county, away, sort], placed)
    item[c.HOME_BED_WAIT] += row[S.start] - row[S.requested]


@inlined
def _paid(row, item, placed):
    item[c.HOME_STAYS] += 1
    item[c.HOME_LOW_STAYS] += placed < 0
    item[c.HOME_STAY_COST] += row[S.cost]
    item[c.HOME_STAY_POCKET] += row[S.out_of_pocket]
