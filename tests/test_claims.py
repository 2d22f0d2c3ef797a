"""Every policy's claim under paired replications, and a world in which it does not hold."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim import experiment, policies
from sim.effects import Claim
from sim.scenario import load

pytestmark = [pytest.mark.policy, pytest.mark.slow]
ROOT = Path(__file__).parents[1]
REPLICATIONS = 3
FAILING = {"telemedicine": {"coverage": 0.6, "per_1000": 30.0, "experts": 2}}


def difference(name: str, dose: dict[str, Any]) -> pd.Series:
    """Paired difference of the claim's measure in Yangxin with and without the policy."""
    county, claim = load(ROOT / "scenarios" / "county_baseline.yaml"), policies.find(name).claim
    found = experiment.compare(county, county.having(name, **dose), REPLICATIONS)
    assert found.failures.empty
    table = found.table
    chosen = (table.measure == claim.measure) & (table.tier == (claim.tier or "all"))
    return table[chosen & (table.group == "all")].iloc[0]


def holds(claim: Claim, row: pd.Series) -> bool:
    """Whether the whole interval lies on the claimed side of no difference, the mean far enough."""
    sign = 1 if claim.direction == "up" else -1
    mean = sign * row["difference"]
    return mean >= claim.at_least and min(sign * row["low"], sign * row["high"]) > 0


@pytest.mark.parametrize("name", policies.names())
def test_the_claim_holds_at_its_dose(name: str) -> None:
    claim = policies.find(name).claim
    row = difference(name, claim.dose)
    assert holds(claim, row), row


@pytest.mark.parametrize("name", FAILING)
def test_the_claim_fails_where_it_says(name: str) -> None:
    row = difference(name, FAILING[name])
    assert not holds(policies.find(name).claim, row), row
