"""Yangxin as it is looks like a rural county: volumes, loads and waits beside the statistics."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim import register
from sim.arithmetic import MINUTES_PER_DAY, TICKS_PER_MINUTE

pytestmark = [pytest.mark.invariant, pytest.mark.slow]
BASELINE = Path(__file__).parents[1] / "scenarios" / "county_baseline.yaml"
RESIDENTS = 141_175 * 1e4  # of China in 2022 (domain 4.1)
TOLERANCE = 0.15  # a rural county of its own age structure in one week of its own season
GRADED = {"level_1": ("N004",), "secondary": ("N016",), "tertiary": ("N010",), "mch": ("N028",)}
ROWS = {
    "village_clinic": ("B011",), "township_centre": ("N272",), "community_centre": ("N293",),
    **GRADED,
}  # fmt: skip


@pytest.fixture(scope="module")
def run():
    """One run of the shipped baseline: a whole week after its warm-up."""
    return sim.run(sim.load(BASELINE), seed=1)


def cell(run, measure, tier="all", group="all"):
    rows = run.measures
    chosen = (rows["measure"] == measure) & (rows["tier"] == tier) & (rows["group"] == group)
    return float(rows.loc[chosen, "value"].iloc[0])


def national_rows():
    """Shares of the nine rows of the bulletin of 2022; two follow by difference (domain 4.1)."""
    visits = {row: sum(map(register.fact, ids)) for row, ids in ROWS.items()}
    primary = sum(visits[row] for row in ("village_clinic", "township_centre", "community_centre"))
    visits["station_clinic"] = register.fact("N046") - primary
    graded = sum(visits[row] for row in ("level_1", "secondary", "tertiary"))
    visits["ungraded"] = register.fact("N040") - graded
    return pd.Series(visits) / sum(visits.values())


def rows_of_statistics(run):
    shares = run.measures.query("measure == 'visit_share' and tier == 'all'")
    return shares.set_index("group")["value"]


def doctor_minutes(departments):
    """Minutes of doctors on duty in a whole week, by department."""
    hours = (departments.closes - departments.opens) / TICKS_PER_MINUTE
    sessions = (departments.doctors * hours[:, None, :]).sum(axis=(1, 2))
    whole = departments.doctors[:, :, 0].sum(axis=1) * MINUTES_PER_DAY
    return np.where(departments.always > 0, whole, sessions)


def test_visits_per_resident_are_near_the_statistics(run):
    expected = register.fact("N034") * 1e8 / RESIDENTS
    assert cell(run, "visits_per_resident") == pytest.approx(expected, rel=TOLERANCE)


def test_admissions_per_resident_are_near_the_statistics(run):
    """Beds asked for and got within the week; N050 is admissions per 100 residents."""
    expected = 10 * register.fact("N050")
    assert cell(run, "admissions_per_1000") == pytest.approx(expected, rel=TOLERANCE)


def test_no_department_is_asked_for_more_than_its_doctors_have(run):
    """Offered load: arrivals x mean doctor minutes of those seen / minutes of doctors on duty."""
    assert run.days % 7 == 0
    visits = run.visits[run.visits["arrival"] >= run.warmup * MINUTES_PER_DAY]
    by = visits.groupby("department", observed=False)
    asked = (by["service"].sum() / by["start"].count().clip(lower=1) * by.size()).to_numpy()
    offered = doctor_minutes(run.world.departments) * run.days / 7
    staffed = offered > 0
    assert (asked[~staffed] == 0).all()
    assert (asked[staffed] < offered[staffed]).all()


def test_waits_rise_with_the_tier(run):
    waits = [cell(run, "wait_mean", tier) for tier in run.tiers]
    print(dict(zip(run.tiers, np.round(waits, 2), strict=True)))
    assert (np.diff(waits) > 0).all()


def test_nothing_is_lost(run):
    assert (run.ledger["gap"] == 0).all()


def test_nine_rows_of_the_statistics_sum_to_one(run):
    """Small hospitals are one kind of grade I: compare level 1 and ungraded together."""
    found, national = rows_of_statistics(run), national_rows()
    print(pd.DataFrame({"Yangxin": found, "China 2022": national}).fillna(0.0).round(3))
    assert set(found.index) <= set(national.index)
    assert found.sum() == pytest.approx(1.0)
    assert found["village_clinic"] > national["village_clinic"]
    assert found["tertiary"] < national["tertiary"]
