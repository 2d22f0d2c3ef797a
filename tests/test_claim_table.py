"""The table of claims on a small county in a few days: what is asked, answered, kept and shown."""

import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import SMALL_COUNTY

from sim import answers, experiment, levers, pairs, policies
from sim.breakeven import Dose, crossing
from sim.cli import BAD_INPUT, app
from sim.effects import Claim
from sim.losers import losers

pytestmark = pytest.mark.door
POLICY = "resource_sinking"
WORLD = f"""\
title: a small county as it is
world: {{county: {SMALL_COUNTY}}}
start: 2022-03-07
warmup: 1
days: 2
"""
DOWN = Claim("response", "wait_mean", "", "down", 1.0, {}, "nowhere")


def typed(*words: object) -> str:
    """What the command prints; it must succeed."""
    told = CliRunner().invoke(app, ["claims", *(str(word) for word in words)])
    assert told.exit_code == 0, told.output
    return told.output


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """A command with everything on, and its folder at the end."""
    folder = tmp_path_factory.mktemp("claims")
    (folder / "county_baseline.yaml").write_text(WORLD, encoding="utf-8")
    return [POLICY, "--pairs", 2, "--draws", 1, "--break-even", "--workers", 1,
            "--scenario-dir", folder, "--out", folder / "out"]  # fmt: skip


@pytest.fixture(scope="module")
def said(asked: list[object]) -> str:
    return typed(*asked)


def test_every_claim_has_a_row_and_identities_stand_apart(asked, said) -> None:
    found = answers.read(asked[-1])
    assert list(found["measure"]) == [claim.measure for claim in policies.find(POLICY).claims]
    page = (asked[-1] / answers.PAGE).read_text(encoding="utf-8")
    _, findings, costs, identities = page.split("\n## ")
    assert f"{POLICY} (2)" in findings and f"{POLICY} (1)" in costs
    assert f"{POLICY} (3)" in identities and f"{POLICY} (3)" not in findings + costs
    assert "Does advised_up (county) fall by 0.005 or more?" in identities
    assert "written to" in said


def test_the_effect_is_that_of_a_comparison_of_the_same_pairs(asked, said) -> None:
    claim = policies.find(POLICY).claims[0]
    pair = pairs.arms(POLICY, claim, claim.dose, asked[-3])
    table = experiment.compare(*pair, 2, seed=pairs.SEED, workers=1).table
    row = table[(table.measure == claim.measure) & (table.tier == claim.tier)].iloc[0]
    found = answers.read(asked[-1]).iloc[0]
    assert found[["effect", "low", "high"]].tolist() == pytest.approx(
        row[["difference", "low", "high"]].tolist(), rel=1e-5
    )


def test_a_table_asked_again_plays_nothing(asked, said, monkeypatch) -> None:
    before = answers.read(asked[-1])
    monkeypatch.setattr(experiment, "run", None)
    assert "1 of 1 policies answered already" in typed(*asked)
    pd.testing.assert_frame_equal(before, answers.read(asked[-1]))


def test_only_what_was_asked_alike_is_not_asked_again(asked, said) -> None:
    options = pairs.Options(2, 1, True, asked[-3])
    assert answers.pending([POLICY, "telemedicine"], asked[-1], options) == ["telemedicine"]
    more = options._replace(draws=2)
    assert answers.pending([POLICY], asked[-1], more) == [POLICY]


def test_a_stopped_table_goes_on_where_runs_are_kept(asked, said, monkeypatch) -> None:
    before = answers.read(asked[-1])
    (asked[-1] / f"{POLICY}.csv").unlink()
    monkeypatch.setattr(experiment, "run", None)
    typed(*asked)
    pd.testing.assert_frame_equal(before, answers.read(asked[-1]))


def test_answers_to_other_policies_are_kept(asked, said, tmp_path) -> None:
    table = answers.read(asked[-1])
    answers.save(table.assign(policy="another"), tmp_path)
    answers.save(table, tmp_path)
    assert set(answers.read(tmp_path)["policy"]) == {"another", POLICY}
    assert len(pd.read_csv(tmp_path / answers.TABLE)) == 2 * len(table)
    assert {f"{POLICY}.csv", "another.csv"} < {file.name for file in tmp_path.iterdir()}


def test_an_unknown_policy_is_told_with_the_nearest(tmp_path) -> None:
    told = CliRunner().invoke(app, ["claims", "telemedecine", "--out", str(tmp_path)])
    assert told.exit_code == BAD_INPUT
    assert "telemedicine" in told.output


@pytest.mark.parametrize(
    ("found", "answer"),
    [((-1.5, -2.0, -1.0), True), ((-0.9, -1.0, -0.8), False), ((-1.5, -4.0, 1.0), False),
     ((1.5, 1.0, 2.0), False)],
)  # fmt: skip
def test_a_claim_holds_beyond_what_matters_with_its_whole_interval(found, answer) -> None:
    assert pairs.holds(DOWN, pairs.Effect(*found, "min")) is answer


def test_the_lever_is_the_first_number_of_one_arm_that_could_rise() -> None:
    claim = DOWN._replace(dose={"coverage": 1.0, "per_1000": 30.0, "experts": 8})
    assert levers.lever("telemedicine", claim) == "per_1000"
    assert levers.lever("telemedicine", claim._replace(against={"per_1000": 1.0})) == "experts"
    assert levers.lever("telemedicine", DOWN._replace(dose={"coverage": 1.0})) == "coverage"
    assert levers.lever("hospital_upgrade", DOWN._replace(dose={"regrade": True})) == ""


def test_the_highest_dose_is_one_that_the_world_takes(asked) -> None:
    claim = DOWN._replace(dose={"experts": 1, "coverage": 1.0})
    most = levers.highest("telemedicine", claim, asked[-3])
    assert 1 <= most < levers.limit("telemedicine", "experts", "le")
    pairs.arms("telemedicine", claim, {**claim.dose, "experts": most}, asked[-3])[1].timeline()


def test_values_of_the_world_are_alike_in_both_arms(asked) -> None:
    dose = {"share": 0.1, "behaviour.trust": 0.0}
    without, policy = pairs.arms(POLICY, DOWN, dose, asked[-3])
    assert without.set == policy.set == {"behaviour.trust": 0.0}
    assert not without.policies and policy.policies[0].parameters == {"share": 0.1}


def searched(excess, claimed, low, high, whole=False):
    """The bracket that a search finds, and how many doses it asked for."""
    search, asked, sent = crossing(Dose(claimed, excess(claimed)), low, high, whole), 0, None
    while True:
        try:
            sent = excess(search.send(sent))
        except StopIteration as end:
            return end.value, asked
        asked += 1


@pytest.mark.parametrize("excess", [lambda d: d - 0.3, lambda d: d**2 - 0.09])
@pytest.mark.parametrize("claimed", [0.1, 0.9])
def test_a_search_brackets_the_break_even_with_few_doses(excess, claimed) -> None:
    found, asked = searched(excess, claimed, 0.0, 1.0)
    assert found.below.value < 0.3 <= found.above.value + 1e-12
    assert found.root == pytest.approx(0.3, abs=0.03)
    assert asked <= 4


def test_a_search_in_whole_doses_ends_at_the_least_that_matters() -> None:
    found, _ = searched(lambda d: d - 2.5, 6, 0, 100, whole=True)
    assert (found.below.value, found.above.value) == (2, 3)


def test_a_search_says_where_no_dose_matters_and_where_all_do() -> None:
    none, asked = searched(lambda d: d - 2.0, 0.2, 0.0, 1.0)
    assert none.above is None and none.below.value == 1.0 and asked == 2
    assert searched(lambda d: float("nan"), 0.2, 0.0, 1.0)[0].above is None
    every, _ = searched(lambda d: d + 1.0, 0.2, 0.0, 1.0)
    assert every.below is None and every.above.value == 0.0
    assert searched(lambda d: -1.0, 1.0, 0.0, 1.0)[1] == 0


def test_a_search_sees_that_more_may_be_too_much() -> None:
    found, _ = searched(lambda d: 0.5 - abs(d - 4.0), 1.0, 0.0, 16.0)
    assert 1.0 <= found.below.value < found.above.value == pytest.approx(4.0, abs=0.5)


def worsening(measure: str, tier: str, difference: float, low: float, **row: object) -> dict:
    first = {"axis": "all", "who": "all", "measure": measure, "tier": tier, "group": "all"}
    return {**first, "unit": "min", "baseline": 100.0, "difference": difference, "low": low, **row}


def test_losers_are_told_by_differences_that_matter_the_worst_first() -> None:
    rows = [
        worsening("wait_mean", "hub", 2.0, 1.0), worsening("wait_mean", "county", 9.0, -1.0),
        worsening("travel_per_episode", "all", 5.0, 4.0, axis="age", who="65+"),
        worsening("first_contact", "hub", 90.0, 80.0),
    ]  # fmt: skip
    assert losers(pd.DataFrame(rows)) == [
        "age 65+: travel_per_episode +5 min", "tier hub: wait_mean +2 min"
    ]  # fmt: skip
    assert losers(pd.DataFrame(rows[1:2])) == []


def test_every_claim_has_a_world_in_which_it_should_fail() -> None:
    claims = {name: policies.find(name).claims for name in policies.names()}
    assert not [name for name in claims if not all(each.fails_with for each in claims[name])]


def test_a_sign_in_few_draws_is_not_robust() -> None:
    assert "not robust" in answers.drawn({"draws": 16, "sign_share": 0.85})
    assert "not robust" not in answers.drawn({"draws": 16, "sign_share": 0.95})
