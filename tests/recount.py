"""The counts of a run once more, from its rows with plain NumPy: the oracle of `sim.tally`."""

from datetime import date

import numpy as np

from sim.arithmetic import DAY
from sim.events import OUTCOMES
from sim.tally.bins import edges
from sim.tally.cells import DAILY_ITEMS, STAY_ITEMS, VISIT_ITEMS


def bins_of(ticks, number):
    """Bins by search among the least values of all bins."""
    return np.searchsorted(edges(np.arange(number))[0], ticks, side="right") - 1


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


def looked_up_home(world, rows):
    """Whether each row is at a facility of the county of residence; nobody's never."""
    county = np.append(world.places.county, -2)[rows["place"]]
    return county == world.facilities.county[rows["facility"]]


def of_visits(events, world, begin, end):
    """Every field of Cells that visits fill, by name."""
    cells, v = events.tally.cells, events.visits
    found = _by_day(cells, {k: c[v["arrival"] >= 0] for k, c in v.items()}, world)
    inside = (v["arrival"] >= begin) & (v["arrival"] < end)
    return found | _window(cells, {k: c[inside] for k, c in v.items()}, world, end)


def _by_day(cells, v, world):
    group, _ = looked_up(world)
    own, seen, day = v["resident"] >= 0, v["start"] >= 0, v["arrival"] // DAY
    wait = np.where(seen, v["start"] - v["ready"], 0)
    at = (day, group[v["facility"]], v["age_group"], v["visit_class"])
    zero = np.zeros(len(day), dtype=np.int64)
    items = [zero + 1, seen, wait, *(v["outcome"] == o for o in range(len(OUTCOMES))), own,
             v["travel"] * own, v["cost"], v["out_of_pocket"] * own, zero]
    first = date.fromordinal(world.clock.first_day)
    dates = [date.fromordinal(world.clock.first_day + int(d)) for d in day[seen]]
    month = np.array([(d.year - first.year) * 12 + d.month - first.month for d in dates], int)
    week = np.array([((d - first).days + first.weekday()) // 7 for d in dates], int)
    hit = bins_of(wait[seen], cells.by_month.shape[-1])
    _, groups, ages, classes = (column[seen] for column in at)
    tier = world.facilities.tier[v["facility"]][seen]
    return {
        "daily": summed(cells.daily, at, items),
        "by_month": counted(cells.by_month, month, groups, classes, hit),
        "by_week": counted(cells.by_week, week, tier, ages, hit),
    }


def _window(cells, v, world, end):
    tiers, departments = world.facilities.tier, world.departments
    tier, specialty = tiers[v["facility"]], departments.specialty[v["department"]]
    own, seen, over = v["resident"] >= 0, v["start"] >= 0, v["outcome"] >= 0
    first, tested = own & (v["contact"] == 0), v["test_wait"] >= 0
    wait = v["start"] - v["ready"]
    waiting, left = ~seen & ~over, v["outcome"] == OUTCOMES.index("left")
    ready = v["ready"] >= 0
    home = looked_up_home(world, v)
    items = dict.fromkeys(VISIT_ITEMS, 0) | {
        **{name: v["outcome"] == o for o, name in enumerate(OUTCOMES)},
        "visits": 1, "seen": seen, "wait": wait * seen, "waiting": waiting,
        "waited": (end - v["ready"]) * (waiting & ready), "unfinished": seen & ~over,
        "left_wait": np.maximum(v["end"] - v["ready"], 0) * (left & ready), "tests": tested,
        "test_wait": v["test_wait"] * tested, "repeated": v["repeated"] == 1,
        "recognised": v["recognised"] == 1, "residents": own, "travel": v["travel"] * own,
        "pocket": v["out_of_pocket"] * own, "local": home & own, "first": first,
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
    """Every field of Cells that stays fill, and the admissions of `daily`."""
    cells, s = events.tally.cells, events.stays
    tiers, tier = world.facilities.tier, world.facilities.tier[s["facility"]]
    asked, got, own = s["requested"] >= begin, s["start"] >= 0, s["resident"] >= 0
    wait = s["start"] - s["requested"]
    down = s["outcome"] == 1
    left = (s["end"] >= begin) & ((s["outcome"] == 0) | down)
    until = np.where(s["end"] < 0, end, np.minimum(s["end"], end))
    time = np.maximum(until - np.maximum(s["start"], begin), 0) * got
    admitted = asked & got & own
    home = looked_up_home(world, s)
    items = dict.fromkeys(STAY_ITEMS, 0) | {
        "requested": asked, "started": asked & got, "bed_wait": wait * (asked & got),
        "awaiting": asked & ~got & (s["outcome"] < 0), "left_waiting": asked & (s["outcome"] == 2),
        "admitted": admitted, "pocket": s["out_of_pocket"] * admitted, "local": home & admitted,
        "discharged": left, "stepped_down": left & down, "bed_time": (s["end"] - s["start"]) * left,
        "occupied": time, "occupants": time > 0,
    }
    group, _ = looked_up(world)
    begun = np.zeros(cells.daily.shape[:-1], dtype=np.int64)
    place = (s["start"] // DAY, group[s["facility"]], s["age_group"], s["visit_class"])
    np.add.at(begun, tuple(column[got] for column in place), 1)
    sent = asked & (s["stepped_from"] >= 0)
    hit = bins_of(wait[asked & got], cells.beds.shape[-1])
    return {
        "stays": summed(cells.stays, s["facility"], items.values()),
        "beds": counted(cells.beds, tier[asked & got], hit),
        "stepped": counted(cells.stepped, tiers[s["stepped_from"][sent]], tier[sent]),
        "admissions": begun,
    }


def of_the_rest(events, world, begin):
    """Every field of Cells that remote consultations and midnights fill."""
    cells, r, d = events.tally.cells, events.remote, events.daily
    group, _ = looked_up(world)
    asked, done = r["requested"] >= begin, r["end"] >= 0
    wait = (r["end"] - r["requested"]) * (asked & done)
    items = [asked, asked & (r["resident"] >= 0), asked & done, wait,
             asked & ~done & (r["outcome"] < 0)]
    answered = asked & done
    hit = bins_of(wait[answered], cells.replies.shape[-1])
    states = [d[name] for name in ("visits", "in_bed", "awaiting_bed", "queued")]
    return {
        "remote": summed(cells.remote, r["facility"], items),
        "replies": counted(cells.replies, world.facilities.tier[r["facility"]][answered], hit),
        "asked": counted(cells.asked, r["requested"] // DAY, group[r["facility"]]),
        "midnights": summed(cells.midnights, (d["day"] - 1, group[d["facility"]]), states),
    }


def everything(events, timeline, days, warmup):
    """All fields of Cells by name, from the rows of a run."""
    world, begin, end = timeline[0][1], warmup * DAY, days * DAY
    found = of_visits(events, world, begin, end) | of_stays(events, world, begin, end)
    found["daily"][..., DAILY_ITEMS.index("admissions")] = found.pop("admissions")
    return found | of_the_rest(events, world, begin)
