"""What lies in a result folder? A run, a comparison, a validation, a sweep, a search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim import optimising, store
from sim.sweeping.result import Published, Sweep

KINDS = {**store.KINDS, "sweep": Sweep, "published": Published, "search": optimising.Stored}


def read(path: str | Path) -> Any:
    """A stored result, after checking that it is whole (see `sim.store.read`)."""
    return store.read(path, KINDS)
