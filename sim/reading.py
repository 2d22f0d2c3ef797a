"""What lies in a result folder? A run, a comparison, a validation, a sweep, one published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim import store
from sim.sweeping.result import Published, Sweep

KINDS = {**store.KINDS, "sweep": Sweep, "published": Published}


def read(path: str | Path) -> Any:
    """A stored result, after checking that it is whole (see `sim.store.read`)."""
    return store.read(path, KINDS)
