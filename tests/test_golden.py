"""Earlier results do not move by a bit unless the model is meant to change.

`python tests/test_golden.py` writes the present digests; the change belongs into the CHANGELOG.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import worlds

from sim import policies
from sim.effects import compose
from sim.engine import play
from sim.events import Events
from sim.scenario import load
from sim.world import World

HERE = Path(__file__).parent
STORED = HERE / "golden.json"
SCENARIOS = HERE.parent / "scenarios"
LISTED = sorted([*SCENARIOS.glob("tiny*.yaml"), *SCENARIOS.glob("verification/*.yaml")])
DAYS, SEED = 3, 1
LINKED = {"coverage": 0.6, "per_1000": 100.0, "experts": 2}


def linked() -> World:
    """The small county with telemedicine."""
    world = worlds.county()
    return compose(world, policies.changes("telemedicine", world, LINKED))


def runs() -> dict[str, list[tuple[int, World]]]:
    """The timelines whose results are kept."""
    county = worlds.county()
    listed = {file.stem: load(file).timeline() for file in LISTED}
    return listed | {"county": [(0, county)], "county_linked": [(0, county), (1, linked())]}


def digest(events: Events) -> str:
    """Hash of everything that a run says."""
    found = hashlib.sha256(str(events.ledger).encode())
    for table in (events.visits, events.stays, events.remote, events.daily):
        found.update(worlds.rows(table).tobytes())
    return found.hexdigest()[:16]


@pytest.mark.golden
@pytest.mark.parametrize("name", sorted(runs()))
def test_a_result_is_as_it_was(name: str) -> None:
    assert digest(play(runs()[name], SEED, DAYS)) == json.loads(STORED.read_text())[name]


if __name__ == "__main__":
    found = {name: digest(play(timeline, SEED, DAYS)) for name, timeline in runs().items()}
    STORED.write_text(json.dumps(found, indent=1) + "\n")
