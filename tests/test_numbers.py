"""No number of the model stands outside the register, and its page is current."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from literals import literals
from typer.testing import CliRunner

from sim import defaults, parameters
from sim.cli import app

ROOT = Path(__file__).resolve().parents[1]
MADE_BY = ("geography", "explicit", "policies", "measures", "engine", "nation")
"""Rooms that make worlds, change them, play them and count; with all that they import."""
MACHINERY = ("arithmetic", "chance", "table")
"""Held to published answers and to exactness by tests of their own."""
DOOR = ("", "record", "yamlfile", "theory", "log", "stream", "frames", "listing", "divisions")
"""Reading, storing, showing, textbook formulas; what they hold changes no world and no event."""


def room_of(path):
    """Name of a room: `places`, `measures.access`, `engine`."""
    parts = path.relative_to(ROOT / "sim").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


ROOMS = {room_of(path): path for path in (ROOT / "sim").rglob("*.py")}


def imported(room):
    """Rooms that a room imports when it runs."""
    found = set()
    for node in ast.walk(ast.parse(ROOMS[room].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sim":
            inside = node.module.removeprefix("sim").removeprefix(".")
            found |= {inside, *(f"{inside}.{name.name}".strip(".") for name in node.names)}
    return found & set(ROOMS)


def rooms_of_the_model():
    """Rooms that make, change, play and count worlds, and all that these import."""
    known, asked = set(), [room for room in ROOMS if room.split(".")[0] in MADE_BY]
    while asked:
        room = asked.pop()
        if room not in known and room not in (*MACHINERY, *DOOR):
            known.add(room)
            asked += imported(room)
    return sorted(known)


MODEL = rooms_of_the_model()


def allowed():
    """Values that each name of each room may hold."""
    return {
        (row["room"], row["name"]): {float(value) for value in row["values"].split()}
        for row in defaults.rows("definitions")
    }


def strangers(room, source):
    """Numbers of a source that are no listed definitions."""
    return [
        f"sim/{room}: {number.value} in {number.name} (line {number.line})"
        for number in literals(source)
        if number.value not in allowed().get((room, number.name), ())
    ]


@pytest.mark.door
@pytest.mark.parametrize("room", MODEL)
def test_no_number_of_the_model_stands_outside_the_register(room):
    """A number is a parameter (sim/data/parameters.csv), or a definition (definitions.csv)."""
    assert not strangers(room, ROOMS[room].read_text(encoding="utf-8"))


@pytest.mark.door
def test_every_room_that_decides_is_read():
    named = "people choice behaviour care payment registration geography places facilities"
    more = "departments capacity hospitals links candidates attraction distance staffing effects"
    assert {*named.split(), *more.split(), "register", "defaults", "outline", "world"} <= set(MODEL)
    folders = {room.split(".")[0] for room in MODEL if "." in room}
    assert folders == {"policies", "measures", "engine", "tally"}


@pytest.mark.door
@pytest.mark.parametrize(
    "planted",
    [
        "SHARE = 0.3", "SHARE: float = 0.3", "def f(x):\n    return x * 0.3",
        "def f(x, y=3):\n    return x", "class A:\n    share = 0.3", "SHARES = {'a': (1, 0.3)}",
        "def f(x):\n    return x[3 * x[0]]", "A, B = 0.3, 1", "f(0.3)", "f = lambda x: x + 3",
        "def f(x):\n    return x if x > 1e6 else -3",
    ],
)  # fmt: skip
def test_a_planted_number_is_found(planted):
    assert strangers("places", planted)


@pytest.mark.door
def test_a_definition_holds_its_own_value_only():
    (room, name), values = next(iter(allowed().items()))
    assert not strangers(room, f"{name} = {values.pop()}")
    assert strangers(room, f"{name} = 0.123")


@pytest.mark.door
@pytest.mark.parametrize(
    "harmless",
    [
        "def f(x):\n    return x[3] + x[4:, 5] - 1", "A, B, C = range(3)",
        "def f(x):\n    return x >> 3 & 7", "p: float = dose(0.3, '1', 'share', ge=0, le=9)",
        "FLAG = True\nWORD = 'three'",
    ],
)  # fmt: skip
def test_what_is_no_parameter_may_stand(harmless):
    assert not strangers("places", harmless)


@pytest.mark.door
def test_every_listed_definition_stands_in_the_code():
    held = {
        (room, number.name, number.value)
        for room in MODEL
        for number in literals(ROOMS[room].read_text(encoding="utf-8"))
    }
    listed = {(*key, value) for key, values in allowed().items() for value in values}
    assert not listed - held
    assert all(row["reason"].endswith(".") for row in defaults.rows("definitions"))


def typed(*words):
    """The result of a command, with what it prints."""
    return CliRunner().invoke(app, ["parameters", *words])


@pytest.mark.door
def test_the_command_lists_scalars_and_finds_cells_by_words():
    every, some = typed(), typed("village_clinic", "level")
    assert every.exit_code == some.exit_code == 0
    assert all(name in every.stdout for name in defaults.parameters())
    assert (
        "kinds.village_clinic.level" in some.stdout and "fitted" not in some.stdout.split("\n")[2]
    )
    assert "kinds.hub_general.level" not in some.stdout
    assert "| demand |" in typed("demand", "--markdown").stdout


@pytest.mark.door
def test_an_unknown_parameter_is_answered_with_the_nearest():
    result = typed("patienc_")
    assert result.exit_code == 2 and "nearest: patience" in result.stderr


@pytest.mark.door
def test_the_page_is_what_the_command_prints():
    assert typed("--markdown").stdout == parameters.page()


@pytest.mark.door
def test_the_page_is_current():
    """`python -m sim.cli parameters --markdown` prints it."""
    assert parameters.page() == (defaults.DATA / "README.md").read_text(encoding="utf-8")
