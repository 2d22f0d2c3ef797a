"""What lies in a result folder? A run, a comparison, a validation, a sweep, a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from sim import store


def _of(room: str, name: str) -> Callable[..., Any]:
    """A kind of result whose room opens when a folder holds one."""

    def opened(folder: Path, manifest: Mapping[str, Any]) -> Any:
        return getattr(import_module(room), name)(folder, manifest)

    return opened


KINDS = {
    **store.KINDS,
    "sweep": _of("sim.sweeping.result", "Sweep"),
    "published": _of("sim.sweeping.result", "Published"),
    "search": _of("sim.optimising.result", "Stored"),
    "published search": _of("sim.optimising.result", "Published"),
}
PUBLISHED = ("published", "published search")


def read(path: str | Path) -> Any:
    """A stored result, after checking that it is whole (see `sim.store.read`)."""
    return store.read(path, KINDS)


def published(path: str | Path) -> Any:
    """A published sweep or search, read. Raises ResultError for another result."""
    found = read(path)
    if found.manifest["kind"] not in PUBLISHED:
        raise store.ResultError(f"{found.path} is not published: give results/published/NAME")
    return found
