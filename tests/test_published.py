"""Every published result is what its file says today, cell by cell and bit by bit."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim import reading
from sim.cli import app
from sim.sweeping import publishing

PUBLISHED = Path(__file__).parents[1] / "results" / "published"
FOLDERS = sorted(manifest.parent for manifest in PUBLISHED.glob("*/manifest.json"))
NAMED = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.mark.door
def test_there_is_something_published_and_its_list_names_it():
    listed = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    assert FOLDERS and all(f"`{folder.name}`" in listed for folder in FOLDERS)


@NAMED
@pytest.mark.door
def test_what_is_published_is_whole_small_and_without_failures(folder):
    published = reading.published(folder)
    assert published.manifest["failures"] == len(published.failures) == 0
    assert len(published.runs) and list(folder.glob("*.png"))
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert size <= publishing.MOST_BYTES and not (folder / "played").exists()


@NAMED
@pytest.mark.golden
@pytest.mark.slow
def test_what_is_published_reproduces_in_full(folder, tmp_path):
    found = CliRunner().invoke(app, ["reproduce", str(folder), "--out", str(tmp_path / "again")])
    assert found.exit_code == 0 and "identical: every table" in found.stdout, found.stdout
