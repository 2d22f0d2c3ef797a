"""Days in bed, late contacts, and what was held, one row each: for measures by any axis.

Written from the raw columns of a run and the Worlds of its timeline, in plain Python.
"""

import numpy as np
import pandas as pd
import recount

from sim.arithmetic import DAY, TICKS_PER_MINUTE


def frames(run):
    """Days in bed, late contacts, facilities by day, sessions with a doctor."""
    return lain(run), late(run), held(run), sessions(run)


def measured(run):
    return range(run.warmup, run.warmup + run.days)


def worlds(run):
    """Every measured day with its World."""
    for day in measured(run):
        yield day, [world for begins, world in run.timeline if begins <= day][-1]


def lain(run):
    """Minutes in bed of each stay on each measured day."""
    stays, rows = run.events.stays, []
    for i in np.flatnonzero(stays["start"] >= 0).tolist():
        start, end = (int(stays[name][i]) for name in ("start", "end"))
        for day in measured(run):
            upto = (day + 1) * DAY if end < 0 else min(end, (day + 1) * DAY)
            ticks = upto - max(start, day * DAY)
            if ticks > 0:
                at = int(stays["facility"][i]), day, int(stays["age_group"][i])
                rows.append((*at, ticks / TICKS_PER_MINUTE))
    return pd.DataFrame(rows, columns=["facility", "day", "age_group", "minutes"])


def late(run):
    """Contacts after closing of visits that arrived within the window, by day of the session."""
    visits, departments, rows = run.events.visits, run.world.departments, []
    results = round(run.world.care.result_minutes * TICKS_PER_MINUTE)
    measured_visits = (visits["start"] >= 0) & (visits["arrival"] >= run.warmup * DAY)
    for i in np.flatnonzero(measured_visits).tolist():
        row = {name: int(column[i]) for name, column in visits.items()}
        second = min(results, row["service"]) if row["test_end"] >= 0 <= row["end"] else 0
        contacts = [(row["start"], row["start"] + row["service"] - second)]
        for begun, ended in [*contacts, (row["end"] - second, row["end"])]:
            day, session, closing = recount.session_of(departments, row["department"], begun)
            if closing is not None and ended > max(begun, closing):
                minutes = (ended - max(begun, closing)) / TICKS_PER_MINUTE
                at = row["facility"], day, row["age_group"]
                rows.append((*at, row["department"], session, minutes))
    columns = ["facility", "day", "age_group", "department", "session", "minutes"]
    return pd.DataFrame(rows, columns=columns)


def held(run):
    """Beds and physicians of each facility on each measured day."""
    rows = [
        (facility, day, float(world.facilities.beds[facility]),
         float(world.facilities.physicians[facility]))
        for day, world in worlds(run)
        for facility in range(len(world.facilities.tier))
    ]
    return pd.DataFrame(rows, columns=["facility", "day", "beds", "physicians"])


def sessions(run):
    """Sessions held with a doctor, and their doctors."""
    rows = []
    for day, world in worlds(run):
        departments, weekday = world.departments, (run.world.clock.first_day + day - 1) % 7
        for d, s in np.argwhere(departments.doctors[:, weekday] > 0).tolist():
            closes = departments.closes[d, s] > departments.opens[d, s]
            if closes and not departments.always[d]:
                doctors = float(departments.doctors[d, weekday, s])
                rows.append((int(departments.facility[d]), day, doctors))
    return pd.DataFrame(rows, columns=["facility", "day", "doctors"])
