"""`sim new policy` writes a file that keeps the contract of every policy, and refuses bad names."""

import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import test_policies as contract
from typer.testing import CliRunner

from sim import policies, schema, skeleton
from sim.cli import app
from sim.effects import compose
from sim.scenario import Scenario
from sim.world import World

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
NAME = "stocked_drugs"
CONTRACT = [
    name
    for name, test in vars(contract).items()
    if any(m.args[0] == "name" for m in getattr(test, "pytestmark", ()) if m.name == "parametrize")
]


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["new", "policy", *words])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which policies are found besides those of the package."""
    monkeypatch.setattr(policies, "__path__", [*policies.__path__, str(tmp_path)])
    yield tmp_path
    sys.modules.pop(f"sim.policies.{NAME}", None)


def test_the_contract_is_found() -> None:
    assert len(CONTRACT) >= 9
    assert "test_the_neutral_dose_changes_nothing" in CONTRACT


@pytest.mark.parametrize("check", CONTRACT)
def test_the_new_policy_keeps_the_contract(
    check: str, folder: Path, county: Scenario, world: World, tmp_path: Path
) -> None:
    assert typed(NAME, "--folder", str(folder)).exit_code == 0
    assert NAME in policies.names()
    test = getattr(contract, check)
    given = {m.args[0]: m.args[1][-1] for m in test.pytestmark if m.name == "parametrize"}
    given |= {"name": NAME, "world": world, "county": county, "tmp_path": tmp_path}
    test(**{word: given[word] for word in signature(test).parameters})


def test_it_stocks_what_was_lacking(folder: Path, world: World) -> None:
    skeleton.write(NAME, folder)
    dose = {"coverage": 1.0, "stocked": 0.5}
    after = compose(world, policies.changes(NAME, world, dose)).facilities.formulary
    primary = world.facilities.tier < world.names.tiers.index("county")
    lacking = 1 - world.facilities.formulary
    assert 1 - after[primary] == pytest.approx(lacking[primary] / 2)
    assert (after[~primary] == world.facilities.formulary[~primary]).all()


def test_editors_learn_it(folder: Path) -> None:
    skeleton.write(NAME, folder)
    found = schema.scenario_schema()["$defs"]
    assert NAME in found["PolicyUse"]["properties"]["name"]["enum"]
    assert "coverage" in found[f"policy_{NAME}"]["properties"]


def test_it_says_what_to_do_next(tmp_path: Path) -> None:
    found = typed("telemedecine", "--folder", str(tmp_path / "mine"))
    assert found.exit_code == 0
    assert f"written to {tmp_path / 'mine' / 'telemedecine.py'}" in found.stdout
    assert "easily taken for the policy telemedicine" in found.stdout
    for step in ("sim.policies.__path__.append(", "- name: telemedecine", "test_claims.py"):
        assert step in found.stdout
    assert "test_policies.py -k" in skeleton.next_steps(skeleton.POLICIES / "other.py")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("stocked-drugs", "(nearest: stocked_drugs)"),
        ("Stocked Drugs", "(nearest: stocked_drugs)"),
        ("2nd_opinion", "(nearest: policy_2nd_opinion)"),
        ("_hidden", "(nearest: hidden)"),
        ("class", "(nearest: class_)"),
        ("医联体", "(nearest: policy)"),
        ("../drugs", "(nearest: drugs)"),
        ("telemedicine", "there is a policy telemedicine already"),
    ],
)
def test_a_bad_name_is_refused(name: str, message: str, tmp_path: Path) -> None:
    found = typed(name, "--folder", str(tmp_path))
    assert found.exit_code == 2
    assert found.stderr.startswith("new policy: ") and message in found.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").write_text("mine")
    found = typed(NAME, "--folder", str(tmp_path))
    assert found.exit_code == 2
    assert "exists already" in found.stderr
    assert (tmp_path / f"{NAME}.py").read_text() == "mine"


def test_where_the_package_cannot_be_written_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(skeleton, "POLICIES", tmp_path / "file")
    found = typed(NAME)
    assert found.exit_code == 2
    assert "cannot be written" in found.stderr and "say where with --folder" in found.stderr
