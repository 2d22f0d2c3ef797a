"""What needs an extra says which; everything else works without any of them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "SALib": "SALib", "scikit-learn": "sklearn", "statsmodels": "statsmodels",
    "plotly": "plotly", "vidigi": "vidigi", "cimba": "cimba", "ema-workbench": "ema_workbench",
    "distributed": "distributed", "hypothesis": "hypothesis", "import-linter": "importlinter",
    "ipykernel": "ipykernel", "jsonschema": "jsonschema", "mypy": "mypy", "nbclient": "nbclient",
    "nbformat": "nbformat", "pandas-stubs": "pandas-stubs", "pytest": "pytest",
    "pytest-xdist": "xdist", "ruff": "ruff",
}  # fmt: skip
PLAIN = f"import sys; sys.modules.update(dict.fromkeys({sorted(MODULES.values())}))\n"
EVERY_ROOM = """
import pkgutil, sim
for room in pkgutil.walk_packages(sim.__path__, "sim."):
    __import__(room.name)
"""
EVERY_HELP = """
from sim.cli import app
from typer.main import get_command
from typer.testing import CliRunner
for name in get_command(app).commands:
    found = CliRunner().invoke(app, [name, "--help"])
    assert found.exit_code == 0 and "Usage" in found.output, (name, found.output)
"""
PUBLISHED = """
import sim
found = sim.read("results/published/telemedicine_dose")
assert len(found.differences) and found.question
"""
DIFFERENCES = """
import pandas as pd
from sim import analysis
rows = pd.DataFrame({"point": [0, 0, 1, 1, 2, 2], "replication": [0, 1] * 3,
                     "value": [1.0, 2.0, 2.0, 3.5, 2.0, 5.0], "dose": [0, 0, 1, 1, 2, 2]})
found = analysis.paired(rows, against=0)
assert len(found) == 2
"""
NEEDED = f"""{DIFFERENCES}
from sim.analysis import frames
from sim.exports import animation
asked = [lambda: analysis.holm(found),
         lambda: frames.library("ema_workbench.analysis.prim", "ema-workbench", "boxes"),
         lambda: animation.animate(None)]
for ask in asked:
    try:
        ask()
    except ImportError as missing:
        print(missing)
"""


def plain(code, *words):
    """What a Python without the extras prints, in the root of the checkout."""
    command = [sys.executable, "-c", PLAIN + code, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_every_extra_is_known_here():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=]", one)[0] for some in extras["optional-dependencies"].values()
             for one in some}  # fmt: skip
    assert asked == {*MODULES, extras["name"]}


@pytest.mark.parametrize("code", [EVERY_ROOM, EVERY_HELP, PUBLISHED, DIFFERENCES])
def test_all_else_needs_no_extra(code):
    done = plain(code)
    assert done.returncode == 0, done.stderr


def test_what_needs_an_extra_says_how_to_get_it():
    done = plain(NEEDED)
    assert done.returncode == 0, done.stderr
    said = [line.partition(": ")[2] for line in done.stdout.splitlines()]
    assert said == [f'pip install -e ".[{name}]"' for name in ("analysis", "boxes", "animation")]


def test_a_search_is_refused_in_one_line_before_anything_is_played():
    words = ("optimise", "experiments/budgets/hub_doctors.yaml")
    done = plain("from sim.cli import main; main()", *words)
    assert done.returncode == 2 and not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.endswith('pip install -e ".[analysis]"')


def test_a_stored_run_is_read_without_the_rooms_of_sweeps_and_searches():
    done = plain("import sim.reading; print(*sys.modules)")
    assert not {"sim.sweeping", "sim.optimising"} & set(done.stdout.split())
