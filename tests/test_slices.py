"""The study of slices counts what concerns one county, and nothing else."""

import numpy as np
import pandas as pd
import pytest
import worlds

from experiments.slices import OfCounty, measures, table, window
from sim import divisions
from sim.engine import play

DAYS, WARMUP = 2, 1


@pytest.fixture(scope="module")
def held():
    world = worlds.county()
    return window(world, world.names.county_codes[0], seed=1, days=DAYS, warmup=WARMUP)


@pytest.fixture(scope="module")
def found(held):
    return pd.DataFrame(measures(held), columns=["measure", "tier", "unit", "value"])


@pytest.mark.invariant
def test_a_county_alone_keeps_all_rows_of_residents_and_own_facilities():
    world = worlds.county()
    code = divisions.county(worlds.SMALL_COUNTY).code
    log, all_rows = OfCounty(world, code), play([(0, world)], 1, 2, "compiled").visits
    play([(0, world)], 1, 2, "compiled", log=log)
    kept = log.rows("visits")
    assert kept["resident"].sum() == (all_rows["place"] >= 0).sum()
    outside = (all_rows["place"] < 0) & (world.facilities.county[all_rows["facility"]] < 0)
    assert len(kept["visit"]) == len(all_rows["visit"]) - outside.sum()


@pytest.mark.invariant
def test_shares_sum_to_one_and_nobody_comes_from_elsewhere(found):
    for name in ("first contact share", "visit share", "admission share"):
        assert found.value[found.measure == name].sum() == pytest.approx(1.0)
    assert (found.value[found.measure == "of them from elsewhere"] == 0.0).all()
    assert not found.duplicated(["measure", "tier"]).any()


@pytest.mark.unit
def test_visits_per_resident_are_those_of_the_measured_days(held, found):
    assert (held.visits["arrival"] >= 0).all()
    visits = held.visits["resident"].sum() / (held.log.residents * DAYS / 365.0)
    assert found.value[found.measure == "visits per resident"].item() == pytest.approx(visits)


@pytest.mark.unit
def test_the_table_has_means_and_the_range_of_differences_over_seeds():
    key = pd.MultiIndex.from_tuples(
        [("wait", "hub", "min", 1)], names=["measure", "tier", "unit", "seed"]
    )
    other = key.set_levels([2], level="seed")
    parts = [pd.DataFrame({name: [value]}, index=index) for name, value, index in (
        ("slices", 1.0, key), ("inside", 4.0, key), ("slices", 3.0, other), ("inside", 4.0, other),
    )]  # fmt: skip
    row = table(parts).iloc[0]
    np.testing.assert_allclose(row[["slices", "inside"]].astype(float), [2.0, 4.0])
    np.testing.assert_allclose(row[["difference", "least", "most"]].astype(float), [2.0, 1.0, 3.0])
