"""How many replications are enough? Until intervals are as narrow as asked.

Looked at after a pilot and after each batch, point by point: half-widths of 95 % t intervals of the
paired difference, or of the scenario's mean where there is nothing to compare with. The answer
depends on the runs alone, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from sim.experiment import CONFIDENCE
from sim.sweeping.asked import BASELINE, SCENARIO, Replications, Target
from sim.sweeping.folder import Folder
from sim.sweeping.playing import measures_of
from sim.sweeping.units import Unit


def half_width(values: Sequence[float]) -> float:
    """t(n - 1) s / sqrt(n), half of the 95 % interval of a mean; endless below two values."""
    n = len(values)
    if n < 2:
        return float("inf")
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1))
    return quantile * float(np.std(values, ddof=1)) / float(np.sqrt(n))


class Looks:
    """What the runs so far say of the targets; each run is read once."""

    def __init__(self, folder: Folder, targets: Sequence[Target]) -> None:
        self.folder = folder
        self.targets = targets
        self._known: dict[str, list[float]] = {}

    def reached(self, units: Sequence[Unit]) -> bool:
        """Whether every target's interval over the runs of one point is narrow enough."""
        widths = (half_width(self._values(units, number)) for number in range(len(self.targets)))
        wanted = (target.half_width for target in self.targets)
        return all(width <= most for width, most in zip(widths, wanted, strict=True))

    def _values(self, units: Sequence[Unit], number: int) -> list[float]:
        """Paired differences of a target, or the scenario's values without a baseline."""
        arms: dict[str, dict[int, float]] = {}
        for unit in units:
            value = self._of_run(unit.name)[number]
            if not np.isnan(value):
                arms.setdefault(unit.arm, {})[unit.replication] = value
        ours = arms.get(SCENARIO, {})
        if not any(unit.arm == BASELINE for unit in units):
            return list(ours.values())
        theirs = arms.get(BASELINE, {})
        return [ours[i] - theirs[i] for i in ours if i in theirs]

    def _of_run(self, name: str) -> list[float]:
        """Every target's value in a run, missing where the run failed or has no such cell."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> list[float]:
        if not self.folder.has(name):
            return [float("nan")] * len(self.targets)
        names = sorted({target.measure for target in self.targets})
        table = measures_of(self.folder.file(name), names)
        held = table.set_index(["measure", "tier", "group"])["value"].to_dict()
        return [held.get((t.measure, t.tier, t.group), float("nan")) for t in self.targets]


def next_look(asked: Replications, played: int) -> int:
    """Replications at the next look, at most the last."""
    return min(played + asked.batch, asked.last)
