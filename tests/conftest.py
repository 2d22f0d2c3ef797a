"""What all tests share: slow tests on request, and exactly one marker on each."""

import pytest

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
