"""Every published result is what its experiment says today, cell by cell and bit by bit."""

from pathlib import Path

import pytest

from sim import reading
from sim.sweeping import publishing
from sim.sweeping.asked import load
from sim.sweeping.folder import EXPERIMENT

PUBLISHED = Path(__file__).parents[1] / "results" / "published"
FOLDERS = sorted(manifest.parent for manifest in PUBLISHED.glob("*/manifest.json"))
NAMED = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.mark.door
def test_there_is_something_published_and_its_list_names_it():
    listed = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    assert FOLDERS and all(f"`{folder.name}`" in listed for folder in FOLDERS)


@NAMED
@pytest.mark.door
def test_what_is_published_is_whole_and_asks_its_own_question(folder):
    published = publishing.only(reading.read(folder))
    assert published.question == load(folder / EXPERIMENT).question
    assert len(published.points) == published.manifest["points"]
    assert published.manifest["failures"] == len(published.failures) == 0
    size = sum(file.stat().st_size for file in folder.iterdir())
    assert size <= publishing.MOST_BYTES and not (folder / "played").exists()


@NAMED
@pytest.mark.golden
@pytest.mark.slow
def test_what_is_published_reproduces_in_full(folder, tmp_path):
    differing = publishing.reproduce(publishing.only(reading.read(folder)), tmp_path / "again")
    assert not len(differing), differing.head(20).to_string()
