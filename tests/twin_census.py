"""How often do generated worlds reach each mechanism? Counts over the events of a run."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
from twins import Timeline

from sim.arithmetic import DAY
from sim.engine.books import EPISODE_STATES, VISIT_STATES
from sim.events import ENDINGS, OUTCOMES, REMOTE_OUTCOMES, STAY_OUTCOMES, Events
from sim.world import CLASSES, SERVICE_FAMILIES, World


def census(timeline: Timeline, events: Events) -> Counter[str]:
    """Everything counted in one run."""
    world = timeline[0][1]
    found: Counter[str] = Counter()
    for part in (outcomes(events), ledgers(events), instants(events), midnights(events)):
        found.update(part)
    for part in (doors(world, events), journeys(world, events), tested(events)):
        found.update(part)
    found.update(levers(timeline))
    return found


def share(mask: np.ndarray) -> int:
    """How many rows."""
    return int(np.count_nonzero(mask))


def outcomes(events: Events) -> dict[str, int]:
    """Visits, stays and remote consultations by outcome, and those still open."""
    tables = (
        ("visit", OUTCOMES, events.visits), ("stay", STAY_OUTCOMES, events.stays),
        ("remote", REMOTE_OUTCOMES, events.remote),
    )  # fmt: skip
    found = {}
    for name, words, table in tables:
        for i, word in enumerate((*words, "open")):
            code = -1 if word == "open" else i
            found[f"{name} {word}"] = share(table["outcome"] == code)
    by_class = {f"class {c}": share(events.visits["visit_class"] == i)
                for i, c in enumerate(CLASSES) if c != "returning"}  # fmt: skip
    return found | by_class


def ledgers(events: Events) -> dict[str, int]:
    """Ends of episodes, states at the end of the run, needs dropped."""
    visits, episodes, needs = (events.ledger[k] for k in ("visits", "episodes", "needs"))
    found = {f"at the end {state}": int(visits[state].sum()) for state in VISIT_STATES}
    found |= {f"at the end {state}": episodes[state] for state in EPISODE_STATES}
    found |= {f"episode {ending}": episodes[ending] for ending in ENDINGS}
    return found | {"need dropped": needs["dropped"]}


def instants(events: Events) -> dict[str, int]:
    """Events of one instant at one department."""
    v, r = events.visits, events.remote
    same = {}
    for time in ("arrival", "start", "end"):
        there = v[time] >= 0
        pairs = np.column_stack([v["department"][there], v[time][there]])
        same[f"same instant {time}"] = share(np.unique(pairs, axis=0, return_counts=True)[1] > 1)
    both = np.intersect1d(at(v, "start"), at(v, "end"))
    left = v["outcome"] == OUTCOMES.index("left")
    expiry = v["department"][left] << 44 | v["end"][left]
    pairs = np.column_stack([r["department"], r["requested"]])
    return same | {
        "start as another ends": len(both),
        "expiry as another starts": share(np.isin(expiry, at(v, "start"))),
        "arrival as another ends": share(np.isin(at(v, "arrival"), at(v, "end"))),
        "same instant remote": share(np.unique(pairs, axis=0, return_counts=True)[1] > 1),
        "asking at one instant": repeated(v["department"], v["requested"], v["resident"] >= 0),
    }  # fmt: skip


def at(table: dict[str, np.ndarray], time: str) -> np.ndarray:
    """(Department, instant) of every row as one number."""
    there = table[time] >= 0
    return table["department"][there] << 44 | table[time][there]


def repeated(department: np.ndarray, tick: np.ndarray, who: np.ndarray) -> int:
    """Instants at which several ask the same department."""
    return share(np.unique(department[who] << 44 | tick[who], return_counts=True)[1] > 1)


def midnights(events: Events) -> dict[str, int]:
    """What goes on over a midnight, and what happens exactly at one."""
    v, s, r = events.visits, events.stays, events.remote
    return {
        "service over midnight": over(v["start"], v["end"]),
        "queue over midnight": over(v["arrival"], v["start"]),
        "travel over midnight": over(v["requested"], v["arrival"]),
        "stay over midnight": over(s["start"], s["end"]),
        "stay within a day": share((s["start"] >= 0) & (s["end"] // DAY == s["start"] // DAY)),
        "bed queue over midnight": over(s["requested"], s["start"]),
        "remote over midnight": over(r["requested"], r["start"]),
        "start at midnight": share((v["start"] >= 0) & (v["start"] % DAY == 0)),
        "awaiting bed": int(events.daily["awaiting_bed"].sum()),
    }


def over(first: np.ndarray, last: np.ndarray) -> int:
    """Spans with a midnight between."""
    return share((first >= 0) & (last >= 0) & (last // DAY > first // DAY))


def doors(world: World, events: Events) -> dict[str, int]:
    """Waiting outside, overtime, and closed doors on the way back from a test."""
    v, departments = events.visits, world.departments
    d = v["department"]
    closing = departments.closes[d].max(axis=1)
    limited = (departments.always[d] == 0) & (v["end"] >= 0) & (v["start"] >= 0)
    return {
        "outside before opening": share(v["ready"] > v["arrival"]),
        "overtime": share(limited & (v["start"] % DAY > closing)),
        "seen though ready the day before": over(v["ready"], v["start"]),
        "waits unseen": share((v["start"] < 0) & (v["outcome"] < 0)),
    }


def journeys(world: World, events: Events) -> dict[str, int]:
    """Referrals, advice, step-down, second contacts, numbers for later days."""
    v, s = events.visits, events.stays
    known = v["resident"] >= 0
    later = known & (v["arrival"] // DAY > v["requested"] // DAY)
    books = world.departments.quota_minutes[v["department"]] > 0
    rank, held = world.facilities.rank, world.departments.held[v["department"]]
    referred = v["referred_from"] >= 0
    formal = np.isin(v["visit_class"], [CLASSES.index("referred")]) & known
    return {
        "came by referral": share(referred), "came by advice": share(v["advised_from"] >= 0),
        "stepped down": share(s["stepped_from"] >= 0), "second contact": share(v["contact"] > 0),
        "number for a later day": share(later & books),
        "held number": share(formal & books & (held > 0.0)),
        "same-day rise": rises(v, rank), "outside patient": share(~known & (v["condition"] >= 0)),
        "given demand": share(v["condition"] < 0),
        "filed or not": share(known & (v["out_of_pocket"] != v["cost"])),
    }  # fmt: skip


def rises(v: dict[str, np.ndarray], rank: np.ndarray) -> int:
    """Residents' contacts on the day of the one before, higher up."""
    order = np.argsort(v["visit"])
    order = order[v["resident"][order] >= 0]
    episode, start, end = v["visit"][order] >> 9, v["requested"][order], v["end"][order]
    follows = (episode[1:] == episode[:-1]) & (start[1:] // DAY == end[:-1] // DAY)
    higher = rank[v["facility"][order]]
    return share(follows & (higher[1:] > higher[:-1]))


def tested(events: Events) -> dict[str, int]:
    """Tests done, queued for, repeated, recognised, and still going on."""
    v = events.visits
    return {
        "tested": share(v["test_end"] >= 0), "waited for a test": share(v["test_wait"] > 0),
        "repeated": share(v["repeated"] > 0), "recognised": share(v["recognised"] > 0),
        "test over midnight": over(v["start"], v["test_end"]),
    }  # fmt: skip


def levers(timeline: Timeline) -> dict[str, int]:
    """What the Worlds of a timeline are: capacities of 0, families, cuts, rooms, routes."""
    worlds = [world for _, world in timeline]
    first, d = worlds[0], worlds[0].departments
    used = np.unique(first.choice.option) if first.choice.option.size else slice(None)
    pairs = list(itertools.pairwise(worlds))
    found = {
        "changes of World": len(pairs), "departments": len(d.facility),
        "no doctor": share(d.doctors.max(axis=(1, 2)) == 0), "stops": share(d.stops > 0),
        "no bed": share(first.facilities.beds[used] == 0),
        "no test": share(first.facilities.tests[used] == 0),
        "adjoining": share((d.closes[:, 0] == d.opens[:, 1]) & (d.closes[:, 1] > d.opens[:, 1])),
        "closes at 24:00": share((d.closes.max(axis=1) == DAY) & (d.always == 0)),
        "opens at 00:00": share((d.opens.min(axis=1) == 0) & (d.always == 0)),
        "24 hours": share(d.always > 0), "routes": len(first.routes.origin),
    }  # fmt: skip
    for before, after in pairs:
        found |= changes(before, after, found)
    for i, family in enumerate(SERVICE_FAMILIES):
        found[f"service {family}"] = share(d.service_family == i)
        found[f"patience {family}"] = share((d.patience_family == i) & (d.patience_mean > 0))
        found[f"room {i}"] = share(d.room == i)
    found.pop("patience by_case")
    return found


def changes(before: World, after: World, found: dict[str, int]) -> dict[str, int]:
    """What a World of a timeline takes, gives or moves, added to what was found before."""
    old, new = before.departments, after.departments
    more = {
        "cut of doctors": share(new.doctors < old.doctors),
        "cut of beds": share(after.facilities.beds < before.facilities.beds),
        "another room": share(new.room != old.room),
        "link begins": share(gained(before, after)),
        "link ends": share(gained(after, before)),
    }
    return {name: n + found.get(name, 0) for name, n in more.items()}


def gained(before: World, after: World) -> np.ndarray:
    """Departments that have a remote link after and had none before."""
    return (after.departments.remote_point >= 0) & (before.departments.remote_point < 0)
