"""The project stays readable: small functions, short files, every room says its question."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
ROOMS = sorted((ROOT / "sim").rglob("*.py"))
SOURCES = [*ROOMS, *sorted((ROOT / "tests").rglob("*.py"))]
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".csv", ".txt", ".cff"}
MEAN_LINES, MOST_LINES, LINES_A_FILE = 8, 40, 400
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def functions(path):
    """Every function of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(function):
    """Lines of the body from its first to its last statement, blank ones too, docstring not."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def relative(path):
    return path.relative_to(ROOT).as_posix()


def test_functions_of_the_model_are_eight_lines_on_average():
    lengths = [length(function) for path in ROOMS for function in functions(path)]
    assert sum(lengths) / len(lengths) <= MEAN_LINES


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_function_is_long(path):
    long = {f.name: length(f) for f in functions(path) if length(f) > MOST_LINES}
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_A_FILE


@pytest.mark.parametrize("path", ROOMS, ids=relative)
def test_every_room_says_what_it_is_for(path):
    source = path.read_text(encoding="utf-8")
    assert not source.strip() or ast.get_docstring(ast.parse(source))


@pytest.mark.parametrize("path", ROOMS, ids=relative)
def test_no_room_is_named_after_nothing(path):
    assert not NAMELESS & {path.stem, *(part for part in path.relative_to(ROOT).parts)}


def test_nothing_is_left_unfinished():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    texts = [ROOT / name for name in listed if Path(name).suffix in TEXT]
    unfinished = [relative(p) for p in texts if p.is_file() and UNFINISHED.search(p.read_text())]
    assert not unfinished
