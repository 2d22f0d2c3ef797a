"""What all tests share: slow tests on request, exactly one marker on each, Yangxin and Huangshi."""

from pathlib import Path

import pytest

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"

PROOFS = ("unit", "theory", "luck", "policy", "invariant", "golden", "door")


def pytest_addoption(parser):
    """`--slow` also runs the tests that take more than a minute."""
    parser.addoption("--slow", action="store_true", help="also run tests marked slow")


def pytest_collection_modifyitems(config, items):
    """Refuse a test without exactly one kind of proof; leave the slow ones out unless asked."""
    unclear = [item.nodeid for item in items if len(proofs_of(item)) != 1]
    if unclear:
        raise pytest.UsageError(f"exactly one of {', '.join(PROOFS)} on: {', '.join(unclear)}")
    if not config.getoption("--slow"):
        leave_out(config, items)


def proofs_of(item):
    """The kinds of proof that a test says it is."""
    return {mark.name for mark in item.iter_markers() if mark.name in PROOFS}


def leave_out(config, items):
    """Deselect the tests marked slow."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


def baseline(name):
    """A shipped scenario without policies."""
    from sim.scenario import load

    return load(SCENARIOS / f"{name}_baseline.yaml")


@pytest.fixture(scope="session")
def county():
    """The scenario of Yangxin as it is."""
    return baseline("county")


@pytest.fixture(scope="session")
def world(county):
    """The world of Yangxin as it is."""
    return county.world()


@pytest.fixture(scope="session")
def city():
    """The world of Huangshi as it is."""
    return baseline("huangshi").world()
