"""What do the events count to?

A measure is one function over sums of a window (see `sums`): its docstring is the definition,
`MEASURES` gives name and unit, and any axis that its sums have can be asked for with `by`. The
window begins after the warm-up: a visit counts by its arrival, a stay by its request for a bed, a
discharge by its end. Measures of residents leave out visits that are no resident's, and their
county is that of residence; measures of facilities (waits, load, occupancy) count everybody, and
their county is the facility's. Kinds, grades and tiers are those of day 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import pandas as pd

from sim.measures import equity, flows, money, outcomes, waits
from sim.measures.cells import SPREAD
from sim.measures.measure import PERSON, WORLD, Measure, tidy_table
from sim.measures.sources import NoAxis
from sim.measures.window import Counted, Window

KINDS = ("tier", "kind", "grade", "institution")
OF_KINDS = {"tier": "it is itself a share of kinds of institutions"}
OF_EPISODES = dict.fromkeys(("tier", "county", "age", "week"),
                            "the ledger of episodes and needs is kept for the whole run")
AT_END = {"week": "it is what stands at the end of the run"}
OF_CASES = {"week": "discharges by condition and severity are counted over the whole window"}
OF_REMOTE = {"age": "a remote consultation is counted by who asks, not by the patient's age"}
OVER_COUNTIES = {"county": "it compares counties"}

MEASURES = (
    Measure("wait", "min", waits.wait, statistics=SPREAD,
            groups=(("tier", "specialty"), ("tier", "class"))),
    Measure("waiting_at_end", "visits", waits.waiting_at_end, lacks=AT_END),
    Measure("unfinished_at_end", "visits", waits.unfinished_at_end, lacks=AT_END),
    Measure("wait_so_far", "min", waits.wait_so_far, lacks=AT_END),
    Measure("wait_left", "min", waits.wait_left),
    Measure("wait_days", "days", waits.wait_days, PERSON, SPREAD, groups=(("tier", "specialty"),)),
    Measure("test_wait", "min", waits.test_wait, statistics=SPREAD),
    Measure("bed_wait", "h", waits.bed_wait, statistics=SPREAD),
    Measure("awaiting_bed_at_end", "stays", waits.awaiting_bed_at_end, lacks=AT_END),
    Measure("bed_left", "1", waits.bed_left),
    Measure("referral_up_formal", "1", flows.referral_up_formal, more=flows.formal_pairs),
    Measure("advised_up", "1", flows.advised_up, more=flows.advised_pairs),
    Measure("referred_down", "1", flows.referred_down, more=flows.down_pairs),
    Measure("first_contact", "1", flows.first_contact, PERSON, parted=flows.PARTED,
            groups=(("institution",),)),
    Measure("first_contact_primary", "1", flows.first_contact_primary, PERSON,
            not_by=KINDS, lacks=OF_KINDS),
    Measure("visit_share", "1", flows.visit_share, PERSON, parted=flows.PARTED,
            groups=(("institution",),)),
    Measure("primary_share", "1", flows.primary_share, PERSON, not_by=KINDS, lacks=OF_KINDS),
    Measure("non_hospital_share", "1", flows.non_hospital_share, PERSON,
            not_by=KINDS, lacks=OF_KINDS),
    Measure("primary_in_county", "1", flows.primary_in_county, not_by=KINDS, lacks=OF_KINDS),
    Measure("bypass", "1", flows.bypass, PERSON, more=flows.bypass_by_severity),
    Measure("under_placement", "1", flows.under_placement, PERSON, more=flows.under_by_severity),
    Measure("quality_floor", "1", flows.quality_floor, PERSON),
    Measure("booked_share", "1", flows.booked_share, PERSON),
    Measure("within_county", "1", flows.within_county, PERSON),
    Measure("out_of_area", "1", flows.out_of_area, PERSON),
    Measure("left_unseen", "1", outcomes.left_unseen),
    Measure("refused", "1", outcomes.refused),
    Measure("unresolved", "1", outcomes.unresolved),
    Measure("unresolved_episodes", "1", outcomes.unresolved_episodes, PERSON, lacks=OF_EPISODES),
    Measure("no_show", "1", outcomes.no_show, PERSON, lacks=OF_EPISODES),
    Measure("repeated_tests", "1", outcomes.repeated_tests),
    Measure("recognised_tests", "1", outcomes.recognised_tests),
    Measure("needs_dropped", "1", outcomes.needs_dropped, PERSON, lacks=OF_EPISODES),
    Measure("visits_per_resident", "1/person/year", outcomes.visits_per_year, PERSON),
    Measure("admissions_per_1000", "1/1000/year", outcomes.admissions_per_year, PERSON),
    Measure("occupancy", "1", outcomes.occupancy),
    Measure("length_of_stay", "days", outcomes.length_of_stay),
    Measure("case_mix_index", "1", outcomes.case_mix_index, lacks=OF_CASES),
    Measure("stay_index", "1", outcomes.stay_index, lacks=OF_CASES),
    Measure("visits_per_physician", "1/day", outcomes.physician_load),
    Measure("bed_days_per_physician", "1/day", outcomes.inpatient_load),
    Measure("visits_per_discharge", "visits/discharge", outcomes.visits_per_discharge),
    Measure("overtime", "min/session", outcomes.overtime),
    Measure("late_sessions", "1", outcomes.late_sessions,
            lacks={"age": "a session has patients of all ages"}),
    Measure("travel_per_visit", "min", outcomes.travel_per_visit, PERSON),
    Measure("travel_per_episode", "min", outcomes.travel_per_episode, PERSON,
            not_by=KINDS, lacks={"tier": "an episode passes through several tiers"}),
    Measure("out_of_pocket_per_visit", "yuan", money.pocket_per_visit, PERSON),
    Measure("out_of_pocket_per_stay", "yuan", money.pocket_per_stay, PERSON),
    Measure("out_of_pocket_per_resident", "yuan/person/year", money.pocket_per_year, PERSON),
    Measure("fund_per_resident", "yuan/person/year", money.fund_per_year, PERSON),
    Measure("cost_per_visit", "yuan", money.cost_per_visit, PERSON),
    Measure("cost_per_stay", "yuan", money.cost_per_stay, PERSON),
    Measure("reimbursement", "1", money.reimbursement, PERSON),
    Measure("fund_in_county", "1", money.fund_in_county, PERSON),
    Measure("fund_at_primary", "1", money.fund_at_primary, PERSON, not_by=KINDS, lacks=OF_KINDS),
    Measure("remote_per_1000", "1/1000/year", outcomes.remote_per_year, lacks=OF_REMOTE),
    Measure("remote_wait", "h", waits.remote_wait, statistics=SPREAD, lacks=OF_REMOTE),
    Measure("remote_pending", "requests", waits.remote_pending, lacks=OF_REMOTE),
    Measure("physicians_per_10000", "1/10000", equity.physicians, WORLD,
            lacks={"age": "physicians serve all ages"}),
    Measure("accessibility", "1/10000", equity.accessibility, WORLD),
    Measure("coverage_15", "1", equity.coverage_15, WORLD),
    Measure("coverage_30", "1", equity.coverage_30, WORLD),
    Measure("county_gini", "1", equity.county_gini, PERSON, lacks=OVER_COUNTIES),
    Measure("concentration", "index", equity.concentration, PERSON, lacks=OVER_COUNTIES),
)
NOT_ANSWERED = {
    "class-4 and operated discharges": "operations are not modelled",
    "catastrophic spending": "households and their income are not modelled",
    "reimbursement by scheme": "a row does not say the scheme",
    "family-doctor contracts kept, managed chronic care": "the contract is a trait, not a process",
    "physicians sent to lower tiers": "a policy's dose, not an outcome of a run",
    "time-critical care within 120 minutes":
        "a transfer's row does not say when the illness began: onset is known of first contacts",
    "losers": "compares residents between two runs; the tables hold no residents",
    "mortality": "not modelled",
}


def names() -> dict[str, str]:
    """All measures of the table, each with one line: meaning and [unit]."""
    return {name: line for measure in MEASURES for name, line in measure.rows.items()}


def table(run: Counted | Window) -> pd.DataFrame:
    """The tidy table of all measures of a run: measure, tier, group, value, unit, n."""
    return compute(run, *(measure.name for measure in MEASURES))


def compute(run: Counted | Window, *wanted: str) -> pd.DataFrame:
    """The tidy table of some measures, e.g. `compute(run, "wait", "bypass")`.

    A name may be a measure's or a row's (`wait_p90`). Raises KeyError with the nearest name.
    """
    window = _window(run)
    kept = rows_of(wanted)
    cells = ((one, one.cells(window)) for one in chosen(wanted))
    return tidy_table([row for one, found in cells for row in one.tidy(found) if row[0] in kept])


def _window(run: Counted | Window) -> Window:
    """A run's window, or the one that is at hand with what it has summed."""
    return run if isinstance(run, Window) else Window(run)


def by(run: Counted | Window, axes: str | Sequence[str], *wanted: str) -> pd.DataFrame:
    """The tidy table by one or more axes of all measures that have them, or of some.

    Columns: measure, those of the axes (county: the six-digit code, or its position in a listed
    world, and `name`; week: its Monday),
    tier, group, value, unit, n. Rows over all tiers and by tier; those of a tier only if the axis
    is tier. Raises KeyError with the nearest name for an unknown axis or measure, and for a measure
    that is not counted so.
    """
    window, kept = _window(run), rows_of(wanted)
    asked = (axes,) if isinstance(axes, str) else tuple(axes)
    known_axes(asked, window)
    found = []
    for one in chosen(wanted):
        try:
            found += [row for row in one.tidy(one.by(window, asked)) if row[0] in kept]
        except NoAxis as lacking:
            if wanted:
                raise KeyError(f"{lacking}; it has {', '.join(axes_of(one, window))}") from None
    return _named(tidy_table(found, asked), window)


def axes_of(measure: Measure, window: Window) -> list[str]:
    """Axes by which a measure is told apart, one at a time."""
    return [axis for axis in window.words if measure.has(window, axis)]


def known_axes(axes: Sequence[str], window: Window) -> None:
    """Raise KeyError with the nearest name for an axis that does not exist or stands twice."""
    for axis in axes:
        if axis not in window.words:
            raise KeyError(unknown("axis", axis, list(window.words)))
    if len(set(axes)) < len(axes):
        raise KeyError(f"an axis stands twice: {', '.join(axes)}")


def chosen(wanted: Sequence[str]) -> list[Measure]:
    """The measures that some names stand for, all without any. Raises KeyError with the nearest."""
    families = {one.name for one in MEASURES}
    for name in wanted:
        if name not in families and name not in names():
            raise KeyError(unknown("measure", name, [*families, *names()]))
    return [one for one in MEASURES if not wanted or {one.name, *one.rows} & set(wanted)]


def rows_of(wanted: Sequence[str]) -> set[str]:
    """Names of rows that some names of measures or rows stand for, all without any."""
    whole = {row for one in MEASURES if not wanted or one.name in wanted for row in one.rows}
    return whole | set(wanted)


def _named(table: pd.DataFrame, window: Window) -> pd.DataFrame:
    """The names of counties beside their codes."""
    if "county" not in table:
        return table
    named = dict(zip(window.words["county"], window.world.names.counties, strict=True))
    table.insert(list(table.columns).index("county") + 1, "name", table["county"].map(named))
    return table


def unknown(what: str, name: str, known: list[str]) -> str:
    """That there is no such name, and the nearest one."""
    near = get_close_matches(name, known, n=1)
    return f"no {what} {name!r}" + (f"; nearest: {near[0]!r}" if near else "")
