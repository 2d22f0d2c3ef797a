"""Every policy's claims under paired replications on fresh seeds: the model's present answers."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from sim import experiment, policies
from sim.effects import Claim
from sim.scenario import load

pytestmark = [pytest.mark.policy, pytest.mark.slow]
ROOT = Path(__file__).parents[1]
REPLICATIONS = 3
SEED = 7001  # never looked at while doses and differences were chosen
CLAIMS = [(name, i) for name in policies.names() for i in range(len(policies.find(name).claims))]
Parameters = dict[str, object]
WORLDS = {"financial_protection": "county_low_income"}  # else as it is
FAILING: dict[tuple[str, int], Parameters] = {  # (policy, claim): the world in which it fails
    ("telemedicine", 0): {"experts": 1},
    ("resource_sinking", 0): {"share": 0.005},
    ("resource_sinking", 2): {"skill": 0.0},
    ("pediatric_alliance", 2): {"away": 0.02},
    ("specialty_alliance", 2): {"away": 0.02},
    ("tcm_alliance", 1): {"appeal": -155.53},
    ("tcm_alliance", 2): {"away": 0.02},
    ("village_doctors", 0): {"level": 1.0},
    ("village_doctors", 1): {"attrition": 0.0},
    ("village_doctors", 2): {"away": 0.02},
    ("clinic_standardisation", 1): {"tests": 0.02, "drugs": 0.02},
    ("shared_diagnostics", 0): {"reading": 0.05},
    ("mutual_recognition", 0): {"fidelity": 0.05},
    ("mutual_recognition", 2): {"fidelity": 0.05},
    ("metropolitan_area", 1): {"prefectures": 1},
    ("internet_hospital", 0): {"settles": 0.0},
    ("internet_hospital", 2): {"doctors": 1},
    ("insurance_reform", 0): {"unreferred": 0.9},
    ("insurance_reform", 1): {"gatekept": 0.02},
    ("insurance_reform", 3): {"admission_response": 0.0},
    ("insurance_reform", 5): {"visits_low": 0.02},
    ("financial_protection", 0): {"deferred": 0.0},
    ("financial_protection", 1): {"extent": 0.05},
    ("disease_control", 0): {"reporting": 0.0},
    ("emergency_centres", 0): {"lines": ("mothers",), "platform": 0.0},
    ("emergency_centres", 2): {"opens": 8.0, "closes": 20.0},
    ("emergency_response", 1): {"called": 0.02},
    ("lifecycle_care", 0): {"visits": 0.5},
    ("major_disease_control", 2): {"screened": 0.02, "lent": 0.0},
    ("outreach_clinics", 2): {"villages": 2},
}


Doses = tuple[tuple[str, object], ...]


@cache
def compared(name: str, world: str, dose: Doses, against: Doses | None) -> pd.DataFrame:
    """Paired differences of a world (Yangxin unless the claim says another) with the policy.

    against: its doses in the other arm, None for none of it.
    """
    region = load(ROOT / "scenarios" / f"{WORLDS.get(name, world)}.yaml")
    first = region if against is None else region.having(name, **dict(against))
    other = region.having(name, **dict(dose))
    found = experiment.compare(first, other, REPLICATIONS, seed=SEED)
    assert found.failures.empty
    return found.table


def difference(name: str, claim: Claim, dose: Parameters) -> pd.Series:
    """Paired difference of the claim's measure at a dose."""
    other = claim.against
    if other is not None:
        other = tuple(sorted((key, dose.get(key, value)) for key, value in other.items()))
    table = compared(name, claim.world, tuple(sorted(dose.items())), other)
    chosen = (table.measure == claim.measure) & (table.tier == (claim.tier or "all"))
    return table[chosen & (table.group == (claim.group or "all"))].iloc[0]


def holds(claim: Claim, row: pd.Series) -> bool:
    """Whether the whole interval lies on the claimed side of no difference, the mean far enough."""
    sign = 1 if claim.direction == "up" else -1
    mean = sign * row["difference"]
    return bool(mean >= claim.at_least and min(sign * row["low"], sign * row["high"]) > 0)


@pytest.mark.parametrize(("name", "i"), CLAIMS)
def test_a_claim_is_answered_as_the_file_says(name: str, i: int) -> None:
    claim = policies.find(name).claims[i]
    row = difference(name, claim, claim.dose)
    assert holds(claim, row) is claim.holds, row


@pytest.mark.parametrize(("name", "i"), FAILING)
def test_a_claim_that_holds_fails_where_it_says(name: str, i: int) -> None:
    claim = policies.find(name).claims[i]
    row = difference(name, claim, claim.dose | FAILING[name, i])
    assert claim.holds and not holds(claim, row), row


def test_every_claim_that_holds_has_a_world_in_which_it_fails() -> None:
    held = {(name, i) for name, i in CLAIMS if policies.find(name).claims[i].holds}
    assert held == set(FAILING)
