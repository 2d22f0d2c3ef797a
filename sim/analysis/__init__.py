"""What do many runs say together? Every function takes and returns tidy frames.

A frame of runs has one row a run and cell: `point` and one column for each key that varies (a
sweep), `arm` (baseline, scenario), `replication`, `seed`, the cell (`measure`, `tier`, `group`,
`unit`) and `value`. Those of `Sweep.runs`, `Comparison.runs` and `Optimum.runs` are taken as they
are. Intervals are over replications, never over visits.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.analysis.curves import curve
    from sim.analysis.multiple import holm
    from sim.analysis.order import quantiles
    from sim.analysis.pairs import gains, paired
    from sim.analysis.prim import boxes
    from sim.analysis.selection import allotment, needed, ranking, selected
    from sim.analysis.sensitivity import (
        first_order,
        morris,
        morris_points,
        sobol,
        sobol_points,
    )
    from sim.analysis.surfaces import surface

ROOMS = {
    "allotment": "selection", "boxes": "prim", "curve": "curves", "first_order": "sensitivity",
    "gains": "pairs", "holm": "multiple", "morris": "sensitivity", "morris_points": "sensitivity",
    "needed": "selection", "paired": "pairs", "quantiles": "order", "ranking": "selection",
    "selected": "selection", "sobol": "sensitivity", "sobol_points": "sensitivity",
    "surface": "surfaces",
}  # fmt: skip
__all__ = [
    "allotment", "boxes", "curve", "first_order", "gains", "holm", "morris", "morris_points",
    "needed", "paired", "quantiles", "ranking", "selected", "sobol", "sobol_points", "surface",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in ROOMS:
        raise AttributeError(f"module 'sim.analysis' has no attribute {name!r}")
    return getattr(import_module(f"sim.analysis.{ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
