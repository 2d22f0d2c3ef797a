"""Agent-based simulation of patient flow in China's tiered health care: the door.

`load` a scenario file, `run` it, `compare` two, `sweep` over many, `read` a stored result. A room
loads when asked.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment import compare, run
    from sim.reading import read
    from sim.scenario import Scenario, load
    from sim.sweeping import Experiment, Sweep, sweep

__version__ = "0.1.0"
__all__ = [
    "Experiment", "Scenario", "Sweep", "__version__", "compare", "load", "read", "run", "sweep",
]

ROOMS = {
    "load": "sim.scenario",
    "Scenario": "sim.scenario",
    "run": "sim.experiment",
    "compare": "sim.experiment",
    "sweep": "sim.sweeping",
    "Experiment": "sim.sweeping",
    "Sweep": "sim.sweeping",
    "read": "sim.reading",
}


def __getattr__(name: str) -> Any:
    if name not in ROOMS:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
