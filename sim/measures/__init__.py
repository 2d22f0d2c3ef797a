"""What do the events count to?

A measure is one function over the events of a window: its docstring is the definition, `MEASURES`
gives name and unit. The window begins after the warm-up: a visit counts by its arrival, a stay by
its request for a bed, a discharge by its end. Measures of residents leave out visits that are no
resident's; measures of facilities (waits, load, occupancy) count everybody. Kinds, grades and
tiers are those of day 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

from sim.measures import flows, outcomes, waits
from sim.measures.cells import SPREAD, Cells
from sim.measures.window import Counted, Window

TYPES: dict[str, Any] = {
    "measure": str, "tier": str, "group": str, "value": float, "unit": str, "n": "int64",
}  # fmt: skip
COLUMNS = list(TYPES)


@dataclass(frozen=True)
class Measure:
    """A name, a unit and the function that says what is counted."""

    name: str
    unit: str
    formula: Callable[[Window], Cells]
    statistics: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        """First sentence of the definition."""
        return (self.formula.__doc__ or "").strip().splitlines()[0]

    @property
    def rows(self) -> dict[str, str]:
        """Names in the table, with their meaning and unit."""
        if not self.statistics:
            return {self.name: f"{self.meaning} [{self.unit}]"}
        return {
            f"{self.name}_{s}": f"{self.meaning[:-1]}: {s}. [{self.unit}]" for s in self.statistics
        }

    def table(self, window: Window) -> pd.DataFrame:
        """The tidy table of this measure."""
        cells = self.formula(window)
        suffix = "_" + cells["statistic"] if self.statistics else ""
        table = cells.assign(measure=self.name + suffix, unit=self.unit)
        return table[COLUMNS].astype(TYPES)


MEASURES = (
    Measure("wait", "min", waits.wait, SPREAD),
    Measure("waiting_at_end", "visits", waits.waiting_at_end),
    Measure("unfinished_at_end", "visits", waits.unfinished_at_end),
    Measure("wait_so_far", "min", waits.wait_so_far),
    Measure("wait_left", "min", waits.wait_left),
    Measure("wait_days", "days", waits.wait_days, SPREAD),
    Measure("test_wait", "min", waits.test_wait, SPREAD),
    Measure("bed_wait", "h", waits.bed_wait, SPREAD),
    Measure("awaiting_bed_at_end", "stays", waits.awaiting_bed_at_end),
    Measure("bed_left", "1", waits.bed_left),
    Measure("referral_up_formal", "1", flows.referral_up_formal),
    Measure("advised_up", "1", flows.advised_up),
    Measure("referred_down", "1", flows.referred_down),
    Measure("first_contact", "1", flows.first_contact),
    Measure("first_contact_primary", "1", flows.first_contact_primary),
    Measure("visit_share", "1", flows.visit_share),
    Measure("primary_share", "1", flows.primary_share),
    Measure("non_hospital_share", "1", flows.non_hospital_share),
    Measure("bypass", "1", flows.bypass),
    Measure("under_placement", "1", flows.under_placement),
    Measure("within_county", "1", outcomes.within_county),
    Measure("left_unseen", "1", outcomes.left_unseen),
    Measure("refused", "1", outcomes.refused),
    Measure("unresolved", "1", outcomes.unresolved),
    Measure("unresolved_episodes", "1", outcomes.unresolved_episodes),
    Measure("repeated_tests", "1", outcomes.repeated_tests),
    Measure("needs_dropped", "1", outcomes.needs_dropped),
    Measure("visits_per_resident", "1/person/year", outcomes.visits_per_year),
    Measure("admissions_per_1000", "1/1000/year", outcomes.admissions_per_year),
    Measure("occupancy", "1", outcomes.occupancy),
    Measure("length_of_stay", "days", outcomes.length_of_stay),
    Measure("visits_per_physician", "1/day", outcomes.physician_load),
    Measure("travel_per_visit", "min", outcomes.travel_per_visit),
    Measure("travel_per_episode", "min", outcomes.travel_per_episode),
    Measure("out_of_pocket_per_visit", "yuan", outcomes.pocket_per_visit),
    Measure("out_of_pocket_per_stay", "yuan", outcomes.pocket_per_stay),
    Measure("remote_per_1000", "1/1000/year", outcomes.remote_per_year),
    Measure("remote_wait", "h", outcomes.remote_wait, SPREAD),
    Measure("remote_pending", "requests", outcomes.remote_pending),
)


def names() -> dict[str, str]:
    """All measures of the table, each with one line: meaning and [unit]."""
    return {name: line for measure in MEASURES for name, line in measure.rows.items()}


def table(run: Counted) -> pd.DataFrame:
    """The tidy table of all measures of a run: measure, tier, group, value, unit, n."""
    return compute(run, *(measure.name for measure in MEASURES))


def compute(run: Counted, *wanted: str) -> pd.DataFrame:
    """The tidy table of some measures, e.g. `compute(run, "wait", "bypass")`.

    A name may be a measure's or a row's (`wait_p90`). Raises KeyError with the nearest name.
    """
    window = Window(run)
    tables = [one.table(window) for one in MEASURES if {one.name, *one.rows} & set(wanted)]
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    families = {one.name for one in MEASURES}
    for name in wanted:
        if name not in families and name not in names():
            raise KeyError(_unknown(name, [*families, *names()]))
    whole = {row for one in MEASURES if one.name in wanted for row in one.rows}
    return found[found["measure"].isin(whole | set(wanted))].reset_index(drop=True)


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"no measure {name!r}" + (f"; nearest: {near[0]!r}" if near else "")
