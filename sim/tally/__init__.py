"""What is counted while it happens, in bounded memory?

Every row of an engine falls, the day it closes, into integer cells: sums over the measured window,
sums by day, and histograms of waits. Nothing but integers is added, so neither the order of rows
nor the number of threads can change a bit, and no measure ever needs the rows themselves. Tiers,
counties and specialties are those of day 0.
"""

from __future__ import annotations

from sim.tally.cells import (
    DAILY_ITEMS,
    MIDNIGHT_ITEMS,
    REMOTE_ITEMS,
    STAY_ITEMS,
    VISIT_ITEMS,
    Cells,
    Tally,
    empty,
)
from sim.tally.counting import count_midnight, count_remote, count_stays, count_visits

__all__ = [
    "DAILY_ITEMS", "MIDNIGHT_ITEMS", "REMOTE_ITEMS", "STAY_ITEMS", "VISIT_ITEMS", "Cells", "Tally",
    "count_midnight", "count_remote", "count_stays", "count_visits", "empty",
]  # fmt: skip
