"""Every command says what it does in a sentence, and what it cannot find in a line."""

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from sim.cli import app

pytestmark = pytest.mark.door

COMMANDS = get_command(app).commands
ABSENT = [
    "check nope.yaml", "run nope.yaml", "compare nope.yaml nope.yaml", "verify --only nope",
    "schema nope/nope.json", "calibrate nope.yaml", "evidence nope", "plot nope", "report nope",
    "sweep nope.yaml", "publish nope name", "reproduce nope", "optimise nope.yaml",
    "validate nope.csv --scenario-dir .", "contributions nope.yaml", "claims nope",
    "export nope --format csv", "parameters nopenope", "new policy telemedicine",
]  # fmt: skip
NO_PATH = {"list"}


def typed(words):
    return CliRunner().invoke(app, words.split())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does(name):
    said = COMMANDS[name].help
    assert said and said[0].isupper() and said.endswith(".") and "\n" not in said
    options = [option.help for option in COMMANDS[name].params if option.name != "help"]
    assert all(options), options


def test_every_command_is_asked_for_what_is_not_there():
    assert {words.split()[0] for words in ABSENT} == COMMANDS.keys() - NO_PATH


@pytest.mark.parametrize("words", ABSENT)
def test_what_is_not_there_is_told_in_words_and_nothing_is_written(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = typed(words)
    assert found.exit_code == 2 and isinstance(found.exception, SystemExit), found.exception
    assert any(word in found.stderr for word in ("nope", "telemedicine", "scenarios/"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    ["claims telemedicine --out taken", "evidence --out taken", "calibrate --out taken {national}"],
)
def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_played(
    words, tmp_path, monkeypatch
):
    monkeypatch.setattr("sim.experiment.run", lambda *_, **__: pytest.fail("it was played"))
    national = "scenarios/national_baseline.yaml"
    (tmp_path / "taken").write_text("a file")
    found = typed(words.replace("taken", str(tmp_path / "taken")).format(national=national))
    assert found.exit_code == 2 and "taken cannot be written: File exists" in found.stderr


def test_facts_are_not_put_beside_worlds_of_a_folder_that_is_not_there():
    found = typed("validate sim/data/calibration.csv --list --scenario-dir nope")
    assert found.exit_code == 2 and found.stderr == "nope is no folder\n"
