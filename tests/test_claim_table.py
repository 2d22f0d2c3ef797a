"""The table of claims on a small county in a few days: what is asked, answered, kept and shown."""

import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import SMALL_COUNTY

from sim import answers, claims, experiment, policies
from sim.cli import BAD_INPUT, app
from sim.effects import Claim

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
    findings, identities = page.split("## Identities")
    assert f"{POLICY} (3)" in identities and f"{POLICY} (3)" not in findings
    assert f"{POLICY} (1)" in findings and "written to" in said


def test_the_effect_is_that_of_a_comparison_of_the_same_pairs(asked, said) -> None:
    claim = policies.find(POLICY).claims[0]
    pair = claims.arms(POLICY, claim, claim.dose, asked[-3])
    table = experiment.compare(*pair, 2, seed=claims.SEED, workers=1).table
    row = table[(table.measure == claim.measure) & (table.tier == claim.tier)].iloc[0]
    found = answers.read(asked[-1]).iloc[0]
    assert found[["effect", "low", "high"]].tolist() == pytest.approx(
        row[["difference", "low", "high"]].tolist(), rel=1e-5
    )


def test_a_table_asked_again_plays_nothing(asked, said, monkeypatch) -> None:
    before = answers.read(asked[-1])
    monkeypatch.setattr(experiment, "run", None)
    typed(*asked)
    pd.testing.assert_frame_equal(before, answers.read(asked[-1]))


def test_answers_to_other_policies_are_kept(asked, said, tmp_path) -> None:
    table = answers.read(asked[-1])
    answers.save(table.assign(policy="another"), tmp_path)
    answers.save(table, tmp_path)
    assert set(answers.read(tmp_path)["policy"]) == {"another", POLICY}


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
    assert claims.holds(DOWN, claims.Effect(*found, "min")) is answer


def test_the_lever_is_the_first_number_that_only_one_arm_has() -> None:
    dose = {"regrade": True, "months": 36.0, "villages": 0.6}
    assert claims.lever(DOWN._replace(dose=dose, against={"months": 36.0})) == "villages"
    assert claims.lever(DOWN._replace(dose={"regrade": True})) == ""


def test_a_grid_ends_where_the_policy_refuses_the_dose(asked) -> None:
    claim = DOWN._replace(dose={"coverage": 1.0, "experts": 1})
    doses = claims.grid("telemedicine", claim, asked[-3])
    assert [dose["coverage"] for dose in doses] == [0.25, 0.5, 1.0]


def worsening(measure: str, tier: str, difference: float, low: float, **row: object) -> dict:
    first = {"axis": "all", "who": "all", "measure": measure, "tier": tier, "group": "all"}
    return {**first, "unit": "min", "baseline": 100.0, "difference": difference, "low": low, **row}


def test_who_loses_most_is_measured_in_differences_that_matter() -> None:
    rows = [
        worsening("wait_mean", "hub", 2.0, 1.0), worsening("wait_mean", "county", 9.0, -1.0),
        worsening("travel_per_episode", "all", 5.0, 4.0, axis="age", who="65+"),
        worsening("first_contact", "hub", 90.0, 80.0),
    ]  # fmt: skip
    assert claims.loser(pd.DataFrame(rows))["loser"] == "age 65+"
    assert claims.loser(pd.DataFrame(rows[:2]))["loser"] == "tier hub"
    assert claims.loser(pd.DataFrame(rows[1:2]))["loser"] == ""


def test_a_sign_in_few_draws_is_not_robust() -> None:
    assert "not robust" in answers.drawn({"draws": 16, "sign_share": 0.85})
    assert "not robust" not in answers.drawn({"draws": 16, "sign_share": 0.95})
