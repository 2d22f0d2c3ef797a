"""The counts of a run once more, from its rows with plain NumPy: the oracle of `sim.tally`."""

from datetime import date

import numpy as np

from sim.arithmetic import DAY
from sim.events import OUTCOMES
from sim.tally.bins import coarse_edges, edges
from sim.tally.cells import (
    DAILY_ITEMS,
    END_ITEMS,
    HOME_ITEMS,
    HOME_WEEK_ITEMS,
    LOAD_ITEMS,
    STAY_ITEMS,
    VISIT_ITEMS,
    WEEKLY_ITEMS,
)


def bins_of(ticks, number):
    """Bins by search among the least values of all bins."""
    return np.searchsorted(edges(np.arange(number))[0], ticks, side="right") - 1


def coarse_bins_of(ticks, number):
    """The same among the coarse bins."""
    return np.searchsorted(coarse_edges(np.arange(number))[0], ticks, side="right") - 1


def counted(like, *index):
    """How many rows fall into each cell of an array of the same shape."""
    found = np.zeros(like.shape, dtype=np.int64)
    np.add.at(found, index, 1)
    return found


def summed(like, index, items):
    """Sums of items (name -> value by row, in order of the last axis) by cell."""
    found = np.zeros(like.shape, dtype=np.int64)
    for i, values in enumerate(items):
        np.add.at(found[..., i], index, values)
    return found


def looked_up(world):
    """Group of each facility (county x tier, outside last), and the departments' specialty."""
    held = world.facilities
    pairs = list(zip(held.county.tolist(), held.tier.tolist(), strict=True))
    order = sorted(set(pairs), key=lambda pair: (pair[0] < 0, pair[0], pair[1]))
    return np.array([order.index(pair) for pair in pairs]), order


def of_visits(events, world, begin, end):
    """Every field of Cells that visits fill, by name."""
    cells, v = events.tally.cells, events.visits
    inside = (v["arrival"] >= begin) & (v["arrival"] < end)
    measured = {k: c[inside] for k, c in v.items()}
    found = _by_day(cells, {k: c[v["arrival"] >= 0] for k, c in v.items()}, world)
    found |= _window(cells, measured, world, end) | _by_week(cells, measured, world, begin)
    found["late"] = np.zeros(cells.late.shape, dtype=np.int64)
    found |= _loads(cells, measured, world, begin, end)
    _late(found, measured, world, begin)
    return found


def parted(world):
    """Part of each facility: county (outside last) x tier x whether a hospital."""
    held = world.facilities
    hospital = [world.names.kinds[kind] in world.names.hospital_kinds for kind in held.kind]
    triples = list(zip(held.county.tolist(), held.tier.tolist(), hospital, strict=True))
    order = sorted(set(triples), key=lambda part: (part[0] < 0, *part))
    return np.array([order.index(triple) for triple in triples]), np.array(hospital)


def _loads(cells, v, world, begin, end):
    """Planned visits, waits of those who left, and who is still there; overtime comes later."""
    part, hospital = parted(world)
    seen, over, ready = v["start"] >= 0, v["outcome"] >= 0, v["ready"] >= 0
    specialties = np.array([*world.names.specialties])
    emergency = specialties[world.departments.specialty[v["department"]]] == "emergency"
    left = (v["outcome"] == OUTCOMES.index("left")) & ready
    waiting = ~seen & ~over
    loads = dict.fromkeys(LOAD_ITEMS, 0) | {
        "planned": hospital[v["facility"]] & ~emergency,
        "left_wait": np.maximum(v["end"] - v["ready"], 0) * left,
    }
    states = dict.fromkeys(END_ITEMS, 0) | {
        "waiting": waiting, "waited": (end - v["ready"]) * (waiting & ready),
        "unfinished": seen & ~over,
    }
    _, week = calendar(world, v["arrival"], begin)
    at = part[v["facility"]], v["age_group"]
    return {"load": summed(cells.load, (week, *at), loads.values()),
            "at_end": summed(cells.at_end, at, states.values())}


def _by_day(cells, v, world):
    group, _ = looked_up(world)
    own, seen, day = v["resident"] >= 0, v["start"] >= 0, v["arrival"] // DAY
    wait = np.where(seen, v["start"] - v["ready"], 0)
    zero = np.zeros(len(day), dtype=np.int64)
    items = [zero + 1, seen, wait, *(v["outcome"] == o for o in range(len(OUTCOMES))), own,
             v["travel"] * own, v["cost"], v["out_of_pocket"] * own, zero]
    return {"daily": summed(cells.daily, (day, group[v["facility"]]), items)}


def calendar(world, ticks, begin):
    """Month and week of ticks, from those of the first measured day."""
    start = date.fromordinal(world.clock.first_day + begin // DAY)
    dates = [date.fromordinal(world.clock.first_day + int(d)) for d in ticks // DAY]
    month = [(d.year - start.year) * 12 + d.month - start.month for d in dates]
    week = [((d - start).days + start.weekday()) // 7 for d in dates]
    return np.array(month, dtype=int), np.array(week, dtype=int)


def _by_week(cells, v, world, begin):
    group, _ = looked_up(world)
    seen, tested = v["start"] >= 0, v["test_wait"] >= 0
    wait = np.where(seen, v["start"] - v["ready"], 0)
    month, week = calendar(world, v["arrival"], begin)
    tier = world.facilities.tier[v["facility"]]
    items = dict.fromkeys(WEEKLY_ITEMS, 0) | {
        **{name: v["outcome"] == o for o, name in enumerate(OUTCOMES)},
        "visits": 1, "seen": seen, "wait": wait, "tests": tested,
        "test_wait": v["test_wait"] * tested, "repeated": v["repeated"] == 1,
        "recognised": v["recognised"] == 1,
    }
    hit = coarse_bins_of(wait, cells.by_month.shape[-1])
    age, rank, group = v["age_group"], v["visit_class"], group[v["facility"]]
    return {
        "weekly": summed(cells.weekly, (week, group, age, rank), items.values()),
        "by_month": counted(cells.by_month, *(c[seen] for c in (month, group, rank, hit))),
        "by_week": counted(cells.by_week, *(c[seen] for c in (week, tier, age, hit))),
    } | _homes(cells, v, world, week)


def _homes(cells, v, world, week):
    own, departments = v["resident"] >= 0, world.departments
    v, week = {k: c[own] for k, c in v.items()}, week[own]
    seen, tested, first = v["start"] >= 0, v["test_wait"] >= 0, v["contact"] == 0
    above = placement(world, v)
    booked = departments.quota_minutes[v["department"]] > 0
    ahead = v["arrival"] // DAY - v["requested"] // DAY
    items = dict.fromkeys(HOME_ITEMS, 0) | {
        **{name: v["outcome"] == o for o, name in enumerate(OUTCOMES)},
        "visits": 1, "seen": seen, "wait": (v["start"] - v["ready"]) * seen, "travel": v["travel"],
        "cost": v["cost"], "pocket": v["out_of_pocket"], "first": first,
        "above": first & (above >= 1), "below": first & (above <= -1), "low": above <= -1,
        "tests": tested, "test_wait": v["test_wait"] * tested, "repeated": v["repeated"] == 1,
        "recognised": v["recognised"] == 1, "booked": booked, "ahead": ahead * booked,
    }
    home = at_home(world, v)
    weekly = [items[name] for name in HOME_WEEK_ITEMS]
    return {
        "home": summed(cells.home, (*home, v["age_group"]), items.values()),
        "home_weeks": summed(cells.home_weeks, (week, *home), weekly),
    }


def placement(world, rows):
    """Tier above the minimal capable level, 0 where the need is not known."""
    known = (rows["condition"] >= 0) & (rows["severity"] >= 0)
    needed = world.needs.level[rows["condition"], rows["severity"]]
    return np.where(known, world.facilities.tier[rows["facility"]] + 1 - needed, 0)


def at_home(world, rows):
    """County of residence, where the facility lies from there, and its sort."""
    held, places = world.facilities, world.places
    place, facility = rows["place"], rows["facility"]
    county = places.county[place]
    area = held.pooling_area[facility] == places.pooling_area[place]
    where = np.where(held.county[facility] == county, 0, np.where(area, 1, 2))
    return county, where, sort_of(world)[facility]


def sort_of(world):
    """Sort of each facility: tier x kind x grade."""
    held = world.facilities
    triples = list(zip(held.tier.tolist(), held.kind.tolist(), held.grade.tolist(), strict=True))
    sorts = sorted(set(triples))
    return np.array([sorts.index(triple) for triple in triples])


def _late(found, v, world, begin):
    """Overtime visit by visit, contact by contact, in plain Python."""
    part, item = parted(world)[0], LOAD_ITEMS.index("overtime")
    results = round(world.care.result_minutes * 2**20)
    for i in np.flatnonzero(v["start"] >= 0).tolist():
        row = {name: int(column[i]) for name, column in v.items()}
        second = min(results, row["service"]) if row["test_end"] >= 0 <= row["end"] else 0
        contacts = [(row["start"], row["start"] + row["service"] - second)]
        contacts += [(row["end"] - second, row["end"])] if second else []
        for begun, ended in contacts:
            day, session, closing = session_of(world.departments, row["department"], begun)
            if closing is not None and ended > closing:
                at = row["department"], row["visit_class"], VISIT_ITEMS.index("overtime")
                found["visits"][at] += ended - max(begun, closing)
                found["late"][row["department"], day] |= 1 << session
                _, week = calendar(world, np.array([max(day * DAY, begin)]), begin)
                cell = week[0], part[row["facility"]], row["age_group"], item
                found["load"][cell] += ended - max(begun, closing)


def session_of(departments, department, tick):
    """Day, number and closing of the session that opened last; closing None if none is held."""
    opened = [
        (day * DAY + int(departments.opens[department, s]), day, s)
        for day in (tick // DAY - 1, tick // DAY)
        for s in range(departments.opens.shape[1])
        if departments.closes[department, s] > departments.opens[department, s]
        and not departments.always[department]
    ]
    _, day, session = max((o for o in opened if o[0] <= tick), default=(0, 0, None))
    if session is None:
        return 0, 0, None
    return day, session, day * DAY + int(departments.closes[department, session])


def _window(cells, v, world, end):
    tiers, departments = world.facilities.tier, world.departments
    tier, specialty = tiers[v["facility"]], departments.specialty[v["department"]]
    own, seen, over = v["resident"] >= 0, v["start"] >= 0, v["outcome"] >= 0
    first, tested = own & (v["contact"] == 0), v["test_wait"] >= 0
    wait = v["start"] - v["ready"]
    waiting, left = ~seen & ~over, v["outcome"] == OUTCOMES.index("left")
    ready = v["ready"] >= 0
    items = dict.fromkeys(VISIT_ITEMS, 0) | {
        **{name: v["outcome"] == o for o, name in enumerate(OUTCOMES)},
        "visits": 1, "seen": seen, "wait": wait * seen, "waiting": waiting,
        "waited": (end - v["ready"]) * (waiting & ready), "unfinished": seen & ~over,
        "left_wait": np.maximum(v["end"] - v["ready"], 0) * (left & ready), "tests": tested,
        "test_wait": v["test_wait"] * tested, "repeated": v["repeated"] == 1,
        "recognised": v["recognised"] == 1,
    }
    came = np.select([v["contact"] == 0, v["referred_from"] >= 0, v["advised_from"] >= 0],
                     [0, 1, 2], 3)
    booked = own & (departments.quota_minutes[v["department"]] > 0)
    ahead = v["arrival"] // DAY - v["requested"] // DAY
    number = cells.waits.shape[-1]
    return {
        "visits": summed(cells.visits, (v["department"], v["visit_class"]), items.values()),
        "waits": counted(cells.waits, tier[seen], specialty[seen], v["visit_class"][seen],
                         bins_of(wait[seen], number)),
        "tests": counted(cells.tests, tier[tested], bins_of(v["test_wait"][tested], number)),
        "first": counted(cells.first, tier[first], v["condition"][first], v["severity"][first]),
        "came": counted(cells.came, tier[own], came[own]),
        "days": counted(cells.days, tier[booked], specialty[booked], ahead[booked]),
        "referred": _pairs(cells.referred, tiers, v["referred_from"], tier),
        "advised": _pairs(cells.advised, tiers, v["advised_from"], tier),
    }


def _pairs(like, tiers, origin, tier):
    moved = origin >= 0
    return counted(like, tiers[origin[moved]], tier[moved])


def of_stays(events, world, begin, end):
    """Every field of Cells that stays fill, and what they add to those of visits."""
    cells, s = events.tally.cells, events.stays
    tiers, tier = world.facilities.tier, world.facilities.tier[s["facility"]]
    asked, got = s["requested"] >= begin, s["start"] >= 0
    wait, down = s["start"] - s["requested"], s["outcome"] == 1
    left = (s["end"] >= begin) & ((s["outcome"] == 0) | down)
    until = np.where(s["end"] < 0, end, np.minimum(s["end"], end))
    time = np.maximum(until - np.maximum(s["start"], begin), 0) * got
    items = dict.fromkeys(STAY_ITEMS, 0) | {
        "requested": asked, "started": asked & got, "bed_wait": wait * (asked & got),
        "awaiting": asked & ~got & (s["outcome"] < 0), "left_waiting": asked & (s["outcome"] == 2),
        "discharged": left, "stepped_down": left & down, "bed_time": (s["end"] - s["start"]) * left,
        "occupied": time, "occupants": time > 0,
    }
    group, _ = looked_up(world)
    begun = np.zeros(cells.daily.shape[:-1], dtype=np.int64)
    np.add.at(begun, (s["start"][got] // DAY, group[s["facility"][got]]), 1)
    sent = asked & (s["stepped_from"] >= 0)
    hit = bins_of(wait[asked & got], cells.beds.shape[-1])
    return {
        "stays": summed(cells.stays, s["facility"], items.values()),
        "cases": _cases(cells, s, world, items),
        "beds": counted(cells.beds, tier[asked & got], hit),
        "stepped": counted(cells.stepped, tiers[s["stepped_from"][sent]], tier[sent]),
    }, begun, _stays_by_week(cells, s, world, begin, items) | _stays_at_home(cells, s, world, begin)


def _cases(cells, s, world, items):
    """Discharges and their time in bed by case; outside facilities have county -1, the last."""
    county, sort = world.facilities.county[s["facility"]], sort_of(world)[s["facility"]]
    at = county, sort, s["age_group"], s["condition"], s["severity"]
    return summed(cells.cases, at, [items["discharged"], items["bed_time"]])


def _stays_by_week(cells, s, world, begin, items):
    group, _ = looked_up(world)
    found = np.zeros(cells.weekly.shape, dtype=np.int64)
    loads = _stays_as_loads(cells, s, world, begin, items)
    for when, names in (("requested", ("requested", "started", "bed_wait", "left_waiting")),
                        ("end", ("discharged", "bed_time"))):
        _, week = calendar(world, np.maximum(s[when], begin), begin)
        at = week, group[s["facility"]], s["age_group"], s["visit_class"]
        for name in names:
            np.add.at(found[..., WEEKLY_ITEMS.index(name)], at, items[name])
    return {"weekly": found} | loads


def _stays_as_loads(cells, s, world, begin, items):
    """Discharges by week, who still waits for a bed, and time in bed, day by day."""
    part, end = parted(world)[0][s["facility"]], cells.daily.shape[0] * DAY
    load, states = (np.zeros(like.shape, dtype=np.int64) for like in (cells.load, cells.at_end))
    np.add.at(states[..., END_ITEMS.index("awaiting")], (part, s["age_group"]), items["awaiting"])
    _, week = calendar(world, np.maximum(s["end"], begin), begin)
    for name in ("discharged", "stepped_down"):
        np.add.at(load[..., LOAD_ITEMS.index(name)], (week, part, s["age_group"]), items[name])
    occupied, occupants, begun = (LOAD_ITEMS.index(n) for n in ("occupied", "occupants", "begun"))
    for i in np.flatnonzero(s["start"] >= 0).tolist():
        until = end if s["end"][i] < 0 else min(int(s["end"][i]), end)
        met = []
        for day in range(begin // DAY, end // DAY):
            time = min(until, (day + 1) * DAY) - max(int(s["start"][i]), day * DAY)
            if time > 0:
                _, (week_of,) = calendar(world, np.array([day * DAY]), begin)
                cell = week_of, part[i], s["age_group"][i]
                load[*cell, occupied] += time
                load[*cell, occupants] += week_of not in met
                load[*cell, begun] += not met
                met.append(week_of)
    return {"load": load, "at_end": states}


def _stays_at_home(cells, s, world, begin):
    admitted = (s["requested"] >= begin) & (s["start"] >= 0) & (s["resident"] >= 0)
    s = {name: column[admitted] for name, column in s.items()}
    _, week = calendar(world, s["requested"], begin)
    items = dict.fromkeys(HOME_ITEMS, 0) | {
        "stays": 1, "stay_cost": s["cost"], "stay_pocket": s["out_of_pocket"],
        "low_stays": placement(world, s) <= -1, "bed_wait": s["start"] - s["requested"],
    }
    home, weekly = at_home(world, s), [items[name] for name in HOME_WEEK_ITEMS]
    return {
        "home": summed(cells.home, (*home, s["age_group"]), items.values()),
        "home_weeks": summed(cells.home_weeks, (week, *home), weekly),
    }


def of_the_rest(events, world, begin):
    """Every field of Cells that remote consultations and midnights fill."""
    cells, r, d = events.tally.cells, events.remote, events.daily
    group, _ = looked_up(world)
    _, week = calendar(world, np.maximum(r["requested"], begin), begin)
    asked, done = r["requested"] >= begin, r["end"] >= 0
    wait = (r["end"] - r["requested"]) * (asked & done)
    items = [asked, asked & (r["resident"] >= 0), asked & done, wait,
             asked & ~done & (r["outcome"] < 0)]
    answered = asked & done
    hit = bins_of(wait[answered], cells.replies.shape[-1])
    states = [d[name] for name in ("visits", "in_bed", "awaiting_bed", "queued")]
    return {
        "remote": summed(cells.remote, r["facility"], items),
        "remote_weeks": summed(cells.remote_weeks, (week, group[r["facility"]]), items),
        "replies": counted(cells.replies, world.facilities.tier[r["facility"]][answered], hit),
        "asked": counted(cells.asked, r["requested"] // DAY, group[r["facility"]]),
        "midnights": summed(cells.midnights, (d["day"] - 1, group[d["facility"]]), states),
    }


def everything(events, timeline, days, warmup):
    """All fields of Cells by name, from the rows of a run."""
    world, begin, end = timeline[0][1], warmup * DAY, days * DAY
    stays, begun, more = of_stays(events, world, begin, end)
    found = of_visits(events, world, begin, end) | stays
    found["daily"][..., DAILY_ITEMS.index("admissions")] = begun
    for name, cells in more.items():
        found[name] = found[name] + cells
    return found | of_the_rest(events, world, begin)
