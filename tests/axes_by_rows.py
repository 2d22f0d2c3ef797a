"""Measures by any axis once more, from the rows with pandas: (above, below) of each group.

Each takes the residents' visits, their stays that got a bed, and all visits and stays of the
window, of one cell: one county, age, week or tier.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import rows_of_supply as supply
from cases_by_rows import days_in_expected, weight_of

from sim.arithmetic import MINUTES_PER_DAY

ALL = "all"
WEEK = 7 * MINUTES_PER_DAY


@dataclass(frozen=True)
class Rows:
    """What happened in one cell."""

    visits: pd.DataFrame  # residents'
    stays: pd.DataFrame  # residents' that got a bed
    seen_by: pd.DataFrame  # all visits to facilities
    asked: pd.DataFrame  # all stays asked for
    left: pd.DataFrame  # all stays that ended by discharge
    lain: pd.DataFrame  # days in bed of all stays, a row each
    late: pd.DataFrame  # contacts that ended after closing
    held: pd.DataFrame  # facilities, a row a day
    sessions: pd.DataFrame  # of departments that close, with a doctor


def of_run(run):
    """Rows of a run's window, with what the measures look up."""
    start = run.warmup * MINUTES_PER_DAY
    every, beds = labelled(run, run.visits, "arrival"), labelled(run, run.stays, "requested")
    numbers = run.world.departments.quota_minutes > 0
    every = every[every["arrival"] >= start]
    every = every.assign(numbered=numbers[every["department"].cat.codes])
    ended = labelled(run, run.stays, "end")
    ended = ended[(ended["end"] >= start) & ended["outcome"].isin(["discharged", "stepped_down"])]
    beds = beds[beds["requested"] >= start]
    own = beds[(beds["resident"] >= 0) & beds["start"].notna()]
    people = every[every["resident"] >= 0], own, every, beds, ended
    return Rows(*people, *(labels(run, frame) for frame in supply.frames(run)))


def labels(run, frame):
    """The frame with the words of its facility, day (-1: before the window) and age."""
    world, names = run.world, run.names
    at, held = frame["facility"].to_numpy(), world.facilities
    first = world.clock.first_day
    monday = [day - (day - 1) % 7 for day in first + np.maximum(frame["day"], run.warmup)]
    kind, ages = np.array(names.kinds)[held.kind[at]], np.array([*names.age_groups, ""])
    more = {"age": ages[frame["age_group"]]} if "age_group" in frame else {}
    return frame.assign(
        tier=np.array(names.tiers)[held.tier[at]], hospital=np.isin(kind, names.hospital_kinds),
        place_county=np.array([*names.county_codes, -1])[held.county[at]],
        week=[str(pd.Timestamp.fromordinal(day).date()) for day in monday], **more,
    )


def labelled(run, frame, when):
    """The frame with where it lies from home, the level above the need, week, place's county."""
    world, names = run.world, run.names
    place, facility = frame["place"].cat.codes.to_numpy(), frame["facility"].cat.codes.to_numpy()
    held = world.facilities
    same = held.pooling_area[facility] == world.places.pooling_area[place]
    local = frame["local"].fillna(False).to_numpy(dtype=bool)
    needed = world.needs.level[frame["condition"].cat.codes, frame["severity"].cat.codes]
    code = np.array([*names.county_codes, -1])
    first = world.clock.first_day
    monday = frame[when] // MINUTES_PER_DAY + (first - 1) % 7
    return frame.assign(
        where=np.where(local, "own", np.where(same, "area", "elsewhere")),
        above=frame["tier"].cat.codes.to_numpy() + 1 - needed,
        week=[str(pd.Timestamp.fromordinal(first - (first - 1) % 7 + 7 * int(w // 7)).date())
              if w >= 0 else "" for w in monday.fillna(-1)],
        county=code[frame["county"].cat.codes], place_county=code[held.county[facility]],
        primary=frame["kind"].isin(names.primary_kinds),
        hospital=frame["kind"].isin(names.hospital_kinds),
        age=frame["age_group"].astype(object).fillna("").astype(str),
        fund=frame["cost"] - frame["out_of_pocket"],
    )


def cells(rows, axis, person):
    """Rows of every value of an axis; the county is of residence or of the facility."""
    column = axis if person or axis != "county" else "place_county"
    parts = [getattr(rows, name) for name in Rows.__dataclass_fields__]
    apart = [part for part in parts if column in part]  # what is there serves all ages
    values = sorted({v for part in apart for v in part[column].astype(str)} - {"-1", "nan", ""})
    for value in values:
        yield value, Rows(*(
            part[part[column].astype(str) == value] if column in part else part for part in parts
        ))


def total(*series):
    return float(sum(s.sum() for s in series))


def within_county(r):
    here = [part[part["where"] == "own"] for part in (r.visits, r.stays)]
    visits, stays = (len(here[0]), len(r.visits)), (len(here[1]), len(r.stays))
    both = visits[0] + stays[0], visits[1] + stays[1]
    return {"visits": visits, "admissions": stays, ALL: both, "counties and cities": both}


def out_of_area(r):
    far = [part[part["where"] == "elsewhere"] for part in (r.visits, r.stays)]
    cost = total(*(p["cost"] for p in far)), total(r.visits["cost"], r.stays["cost"])
    return {"episodes": (len(far[0]) + len(far[1]), len(r.visits) + len(r.stays)), "cost": cost}


def quality_floor(r):
    parts = {"visits": r.visits, "stays": r.stays, ALL: pd.concat([r.visits, r.stays])}
    return {name: ((part["above"] > -1).sum(), len(part)) for name, part in parts.items()}


def bypass(r):
    first = r.visits[r.visits["contact"] == 0]
    return {ALL: ((first["above"] >= 1).sum(), len(first))}


def under_placement(r):
    first = r.visits[r.visits["contact"] == 0]
    return {ALL: ((first["above"] <= -1).sum(), len(first))}


def primary_share(r):
    return {ALL: (r.visits["primary"].sum(), len(r.visits))}


def first_contact_primary(r):
    first = r.visits[r.visits["contact"] == 0]
    return {ALL: (first["primary"].sum(), len(first))}


def travel_per_visit(r):
    return {ALL: (total(r.visits["travel"]), len(r.visits))}


def out_of_pocket_per_visit(r):
    return {ALL: (total(r.visits["out_of_pocket"]), len(r.visits))}


def out_of_pocket_per_stay(r):
    return {ALL: (total(r.stays["out_of_pocket"]), len(r.stays))}


def _in_and_out(part, item="cost"):
    inside = part["where"] == "own"
    parts = {ALL: part, "in the county": part[inside], "outside the county": part[~inside]}
    return {name: (total(p[item]), len(p)) for name, p in parts.items()}


def cost_per_visit(r):
    return _in_and_out(r.visits)


def cost_per_stay(r):
    return _in_and_out(r.stays)


def reimbursement(r):
    both = pd.concat([r.visits, r.stays])
    parts = {"visits": r.visits, "stays": r.stays}
    found = {name: (total(p["fund"]), total(p["cost"])) for name, p in parts.items()}
    paid, cost = _in_and_out(both, "fund"), _in_and_out(both)
    return found | {name: (paid[name][0], cost[name][0]) for name in paid}


def fund_in_county(r):
    parts = {"visits": r.visits, "stays": r.stays, ALL: pd.concat([r.visits, r.stays])}
    return {name: (total(p["fund"][p["where"] == "own"]), total(p["fund"]))
            for name, p in parts.items()}


def fund_at_primary(r):
    both = pd.concat([r.visits, r.stays])
    here = both[both["where"] == "own"]
    return {ALL: (total(here["fund"][here["primary"]]), total(here["fund"]))}


def primary_in_county(r):
    inside = r.seen_by[r.seen_by["place_county"] >= 0]
    return {ALL: (inside["primary"].sum(), len(inside))}


def wait(r):
    seen = r.seen_by["wait"].dropna()
    return {ALL: (total(seen), len(seen))}


def left_unseen(r):
    return {ALL: ((r.seen_by["outcome"] == "left").sum(), len(r.seen_by))}


def unresolved(r):
    return {ALL: ((r.seen_by["outcome"] == "unresolved").sum(), len(r.seen_by))}


def test_wait(r):
    waits = r.seen_by["test_wait"].dropna()
    return {ALL: (total(waits), len(waits))}


def recognised_tests(r):
    again = r.seen_by[r.seen_by["repeated"] | r.seen_by["recognised"]]
    return {ALL: (again["recognised"].sum(), len(again))}


def bed_wait(r):
    started = r.asked["wait"].dropna()
    return {ALL: (total(started) / 60, len(started))}


def length_of_stay(r):
    return {ALL: (total(r.left["end"] - r.left["start"]) / MINUTES_PER_DAY, len(r.left))}


def case_mix_index(r):
    weights = weight_of(r.left).dropna()
    return {ALL: (total(weights), len(weights))}


def stay_index(r):
    stays = days_in_expected(r.left).dropna()
    return {ALL: (total(stays), len(stays))}


def occupancy(r):
    return {ALL: (total(r.lain["minutes"]) / MINUTES_PER_DAY, total(r.held["beds"]))}


def visits_per_physician(r):
    return {ALL: (len(r.seen_by) * 365 / 251, total(r.held["physicians"]))}


def bed_days_per_physician(r):
    lain, held = r.lain[r.lain["hospital"]], r.held[r.held["hospital"]]
    return {ALL: (total(lain["minutes"]) / MINUTES_PER_DAY, total(held["physicians"]))}


def visits_per_discharge(r):
    planned = r.seen_by["hospital"] & (r.seen_by["specialty"] != "emergency")
    return {ALL: (planned.sum(), r.left["hospital"].sum())}


def overtime(r):
    return {ALL: (total(r.late["minutes"]), total(r.sessions["doctors"]))}


def late_sessions(r):
    ran = r.late[["department", "day", "session"]].drop_duplicates()
    return {ALL: (len(ran), len(r.sessions))}


def referred_down(r):
    return {ALL: ((r.left["outcome"] == "stepped_down").sum(), len(r.left))}


def wait_left(r):
    gone = r.seen_by[r.seen_by["outcome"] == "left"]
    return {ALL: (total((gone["end"] - gone["ready"]).clip(lower=0).fillna(0)), len(gone))}


def waiting_at_end(r):
    return {ALL: (len(_unseen(r)), 1)}


def _unseen(r):
    return r.seen_by[r.seen_by["start"].isna() & r.seen_by["outcome"].isna()]


def unfinished_at_end(r):
    return {ALL: ((r.seen_by["start"].notna() & r.seen_by["outcome"].isna()).sum(), 1)}


def awaiting_bed_at_end(r):
    return {ALL: ((r.asked["start"].isna() & r.asked["outcome"].isna()).sum(), 1)}


def booked_share(r):
    return {ALL: (r.visits["numbered"].sum(), len(r.visits))}


def wait_days(r):
    booked = r.visits[r.visits["numbered"]]
    days = booked["arrival"] // MINUTES_PER_DAY - booked["requested"] // MINUTES_PER_DAY
    return {ALL: (total(days), len(booked))}
