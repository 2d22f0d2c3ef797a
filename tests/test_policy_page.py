"""The page that walks through adding a policy does what it says, block by block."""

import re
import shutil
import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import test_policies as contract
from test_skeleton import CONTRACT
from typer.testing import CliRunner

import sim
from sim import policies, skeleton
from sim.cli import app
from sim.scenario import load

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path(policies.__file__).with_name("README.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = "bedside_tests"


def blocks(language: str) -> list[str]:
    """The page's blocks in a language, in their order."""
    return [text for found, text in BLOCK.findall(PAGE.read_text("utf-8")) if found == language]


COMMANDS = [line for block in blocks("console") for line in block.splitlines()]
FILE, NOTEBOOK = blocks("python")
(SCENARIO,) = blocks("yaml")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the scenarios and the page's policy, found besides those of the package."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "scenarios").mkdir()
    shutil.copy(ROOT / "scenarios" / "county_baseline.yaml", folder / "scenarios")
    said = SCENARIO.partition("\n")[0].removeprefix("# ")
    (folder / said).write_text(SCENARIO)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies, "__path__", [*policies.__path__, str(folder)])
        assert typed(COMMANDS[0], "--folder", str(folder)) == 0
        (folder / f"{NAME}.py").write_text(FILE)
        patch.chdir(folder)
        yield folder
    sys.modules.pop(f"sim.policies.{NAME}", None)


def typed(line: str, *more: str) -> int:
    """Exit status of a command of the page."""
    return CliRunner().invoke(app, [*line.split()[1:], *more]).exit_code


def test_the_page_names_every_step() -> None:
    assert [line.split()[:2] for line in COMMANDS] == [
        ["sim", "new"], ["pytest", "tests/test_policies.py"], ["sim", "check"],
        ["sim", "compare"], ["pytest", "--slow"], ["sim", "schema"],
    ]  # fmt: skip
    for line in COMMANDS:
        if line.startswith("pytest"):
            asked = next(word for word in line.split() if word.startswith("tests/"))
            assert (ROOT / asked).is_file() and line.endswith(f"-k {NAME}")


def test_its_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE.read_text("utf-8"))
    assert len(links) >= 4
    assert not [link for link in links if not (PAGE.parent / link).exists()]


def test_its_file_has_the_parts_that_a_started_policy_has(place: Path) -> None:
    for part in ("class Params(BaseModel):", "def effects(world", "CLAIMS = (", "Source:"):
        assert part in FILE and part in skeleton.SKELETON.read_text("utf-8")
    assert policies.find(NAME).summary == "Village clinics get devices for tests at the bedside."


@pytest.mark.parametrize("check", CONTRACT)
def test_its_file_keeps_the_contract(check: str, place: Path, tmp_path: Path) -> None:
    test: Any = getattr(contract, check)
    given = {m.args[0]: m.args[1][-1] for m in test.pytestmark if m.name == "parametrize"}
    county = load(ROOT / "scenarios" / "county_baseline.yaml")
    given |= {"name": NAME, "world": county.world(), "county": county, "tmp_path": tmp_path}
    test(**{word: given[word] for word in signature(test).parameters})


def test_its_scenario_changes_what_the_file_says(place: Path) -> None:
    (check,) = (line for line in COMMANDS if line.startswith("sim check"))
    found = CliRunner().invoke(app, check.split()[1:])
    assert found.exit_code == 0, found.output
    assert "1 policy: bedside_tests" in found.stdout and "facilities.test_share" in found.stdout


def test_its_comparison_answers(place: Path) -> None:
    (compare,) = (line for line in COMMANDS if line.startswith("sim compare"))
    assert typed(compare, "--workers", "1") == 0
    found = sim.read("results/county_bedside_tests_against_county_baseline")
    row = found.table.set_index(["measure", "tier", "group"]).loc[("advised_up", "village", "all")]
    assert found.replications == 2 and row["difference"] < 0


def test_its_notebook_shows_the_lever(place: Path) -> None:
    cell: dict[str, Any] = {}
    exec(NOTEBOOK, cell)
    levers = cell["levers"].set_index("key")
    row = levers.loc["facilities.test_share"]
    assert row["cells"] > 100 and 1 - row["other"] == pytest.approx(0.7 * (1 - row["this"]))


def test_editors_learn_it(place: Path) -> None:
    assert typed(COMMANDS[-1]) == 0
    assert f"policy_{NAME}" in Path("scenarios/schema.json").read_text("utf-8")
