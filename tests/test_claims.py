"""Every policy's claims under paired replications on fresh seeds: the model's present answers."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from sim import claims, pairs, policies
from sim.effects import Claim

pytestmark = [pytest.mark.policy, pytest.mark.slow]
SCENARIOS = Path(__file__).parents[1] / "scenarios"
CLAIMS = [(name, i) for name in policies.names() for i in range(len(policies.find(name).claims))]
FAILING = [(name, i) for name, i in CLAIMS if policies.find(name).claims[i].holds]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Three pairs of runs of every claim, and where runs are kept meanwhile."""
    runs = pairs.Runs(tmp_path_factory.mktemp("runs"))
    return SimpleNamespace(options=pairs.Options(scenarios=SCENARIOS), runs=runs)


def claim_of(name: str, i: int) -> Claim:
    return policies.find(name).claims[i]


@pytest.mark.parametrize(("name", "i"), CLAIMS)
def test_a_claim_is_answered_as_the_file_says(name: str, i: int, asked: SimpleNamespace) -> None:
    pair = pairs.arms(name, claim_of(name, i), claim_of(name, i).dose, SCENARIOS)
    found = pairs.compared(asked.runs, pair, asked.options.seeds)
    effect = pairs.effect(claim_of(name, i), found)
    assert pairs.holds(claim_of(name, i), effect) is claim_of(name, i).holds, effect


@pytest.mark.parametrize(("name", "i"), FAILING)
def test_a_claim_that_holds_fails_where_it_says(name: str, i: int, asked: SimpleNamespace) -> None:
    found = claims.failing(name, claim_of(name, i), asked.options, asked.runs)
    assert found["fails"], found
