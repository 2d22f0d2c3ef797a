"""The notebooks run from top to bottom, shortened, and are stored without anybody's outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import sim

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
BOOKS = sorted((ROOT / "experiments").glob("*.ipynb"))
MOST_BYTES = 200_000
PATIENCE = 600  # seconds a cell may take where the model is compiled first
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(home|Users|root|work|tmp|mnt|opt|var)/|[A-Z]:\\\\")
PUBLISHED = ("telemedicine_dose", "sinking_dose", "alliance_rollout")

def stored(name):
    return nbformat.read(ROOT / "experiments" / f"{name}.ipynb", as_version=4)


def tagged(book):
    """The one cell whose values may be replaced."""
    (cell,) = (c for c in book.cells if "parameters" in c.metadata.get("tags", ()))
    return cell


@pytest.fixture
def played(monkeypatch):
    """Run a notebook with other values in its parameters cell; returns it with its outputs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def play(name, **values):
        book = stored(name)
        cell = tagged(book)
        known = re.findall(r"^([A-Z]+)|, ([A-Z]+) =", cell.source, re.MULTILINE)
        assert set(values) <= {one or other for one, other in known}
        cell.source += "".join(f"\n{key} = {value!r}" for key, value in values.items())
        where = {"metadata": {"path": str(ROOT / "experiments")}}
        return NotebookClient(book, timeout=PATIENCE, resources=where).execute()

    return play


def pictures(book):
    """How many pictures a notebook shows."""
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def printed(book):
    """All that a notebook prints."""
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_what_is_stored_is_small_and_of_no_machine(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert path.stat().st_size < MOST_BYTES
    assert not [cell for cell in book.cells if cell.get("outputs") or cell.get("execution_count")]
    assert not MACHINE_PATH.search(path.read_text("utf-8"))
    assert tagged(book)


def test_they_are_listed_and_their_links_lead_somewhere():
    listed = (ROOT / "experiments" / "README.md").read_text("utf-8")
    assert len(BOOKS) == 3 and not [path for path in BOOKS if path.name not in listed]
    words = "".join(cell.source for path in BOOKS for cell in stored(path.stem).cells)
    links = re.findall(r"\]\(([^)#]+)\)", words)
    assert links and not [link for link in links if not (ROOT / "experiments" / link).exists()]


def test_a_first_hour(played, tmp_path):
    short = {"DAYS": 2, "WARMUP": 1, "PAIRS": 2, "DOSES": [1, 10, 100]}
    book = played("first_hour", OUT=str(tmp_path / "swept"), **short)
    assert pictures(book) == 5
    assert sim.read(tmp_path / "swept").manifest["points"] == 3


def test_a_map_of_counties(played):
    book = played("province_on_a_map", SCENARIO="huangshi_baseline", DAYS=2, WARMUP=1)
    assert pictures(book) == 4


def test_published_comparisons_are_shown(played):
    book = played("published_comparisons")
    assert pictures(book) == 11
    assert "Play it and publish it" not in printed(book)


def test_what_is_not_published_is_told(played, tmp_path):
    told = printed(played("published_comparisons", PUBLISHED=str(tmp_path)))
    for name in PUBLISHED:
        assert f"{name} is not in {tmp_path}" in told
        assert f"sim sweep experiments/{name}.yaml" in told
