"""What is counted while it happens, in bounded memory?

Every row of an engine falls, the day it closes, into integer cells: sums over the measured window
by department, by county of residence, by case and by week, sums by day, and histograms of waits.
Nothing but integers is added (and one bit set where a session ran late), so neither the order of
rows nor the number of threads can change a bit, and no measure ever needs the rows themselves.
Tiers, kinds, counties, specialties and sessions are those of day 0.
"""

from __future__ import annotations

from sim.tally.cells import (
    CASE_ITEMS,
    DAILY_ITEMS,
    END_ITEMS,
    HOME_ITEMS,
    HOME_WEEK_ITEMS,
    LOAD_ITEMS,
    MIDNIGHT_ITEMS,
    REMOTE_ITEMS,
    STAY_ITEMS,
    VISIT_ITEMS,
    WEEKLY_ITEMS,
    WHERE,
    Cells,
)
from sim.tally.counting import count_midnight, count_remote, count_stays, count_visits
from sim.tally.layout import Tally, blank, empty, gather, in_tables

__all__ = [
    "CASE_ITEMS", "DAILY_ITEMS", "END_ITEMS", "HOME_ITEMS", "HOME_WEEK_ITEMS", "LOAD_ITEMS",
    "MIDNIGHT_ITEMS", "REMOTE_ITEMS", "STAY_ITEMS", "VISIT_ITEMS", "WEEKLY_ITEMS", "WHERE", "Cells",
    "Tally", "blank", "count_midnight", "count_remote", "count_stays", "count_visits", "empty",
    "gather", "in_tables",
]  # fmt: skip
