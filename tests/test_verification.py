"""The engine against textbooks: every scenario in scenarios/verification, jointly."""

from pathlib import Path

import pytest

from sim import verification

FILES = sorted((Path(__file__).parents[1] / "scenarios" / "verification").glob("*.yaml"))


@pytest.mark.theory
def test_every_textbook_queue_lies_within_its_interval() -> None:
    assert len(FILES) >= 9
    table = verification.verify(FILES, None)
    assert table["scenario"].nunique() == len(FILES)
    assert table["within"].all(), table.to_string()
    assert ((table["high"] - table["low"]) < 0.75 * table["theory"]).all()
