"""What did a study observe, seen in the rows of one run? One function each, by the name in a table.

A probe takes a run that kept its rows and an argument in words, and gives one number. Only
residents and the measured days count; community places are community centres and stations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sim import people, settling
from sim.arithmetic import DAY, TICKS_PER_MINUTE
from sim.cover import gatekept_residents
from sim.events import DISCHARGED, SLOT_BITS, STEPPED_DOWN
from sim.record import Run
from sim.world import SEVERITIES, URGENT, Array, World

COMMUNITY = ("community_centre", "community_station")
TICKS_PER_HOUR = 60 * TICKS_PER_MINUTE
DAYS_PER_YEAR = 365.0
PER_CENT = 100.0
TOP_GRADE = "III"
RESIDENT_SCHEME = 0
Rows = Mapping[str, Array]


def odds_of_community(run: Run, of: str) -> float:
    """Odds of a first contact at a community place of the gatekept over those of others."""
    first = first_contacts(run)
    community = at_kinds(run.world, first["facility"], COMMUNITY)
    gated = gatekept(run)[row_of(run.world, first["resident"])]
    yes, no = (odds(community[who]) for who in (gated, ~gated))
    return yes / no


def odds(chosen: Array) -> float:
    """Share over its complement."""
    return float(chosen.sum() / (~chosen).sum())


def more_community_visits(run: Run, of: str) -> float:
    """Visits to community places a year of a gatekept resident less those of another."""
    visits, gated = measured(run, "visits", "arrival"), gatekept(run)
    there = visits["resident"][at_kinds(run.world, visits["facility"], COMMUNITY)]
    who = gated[row_of(run.world, there)]
    years = run.days / DAYS_PER_YEAR
    return float((who.sum() / gated.sum() - (~who).sum() / (~gated).sum()) / years)


def hours_to_service(run: Run, of: str) -> float:
    """Hours from arrival to service in given demand."""
    visits = run.events.visits
    assert visits is not None
    return hours(run, visits["arrival"], visits["start"])


def hours_to_specialist(run: Run, of: str) -> float:
    """Hours from a remote request to the specialist."""
    remote = run.events.remote
    assert remote is not None
    return hours(run, remote["requested"], remote["start"])


def hours(run: Run, since: Array, until: Array) -> float:
    """Mean hours of what begins after the warm-up and was met."""
    met = (since >= run.warmup * DAY) & (until >= 0)
    return float((until[met] - since[met]).mean() / TICKS_PER_HOUR)


def community_first(run: Run, of: str) -> float:
    """Share of first contacts at community places of a condition and severity [%]."""
    condition, severity = of.split()
    first = first_contacts(run, urgent=True)
    asked = first["condition"] == run.names.conditions.index(condition)
    asked &= first["severity"] == SEVERITIES.index(severity)
    return PER_CENT * float(at_kinds(run.world, first["facility"][asked], COMMUNITY).mean())


def contract_gap(run: Run, of: str) -> float:
    """Points of contracted residents among visits to community centres above hospitals of III."""
    visits, world = measured(run, "visits", "arrival"), run.world
    nature = settling.residents(world.tables.places, world.tables.people).nature
    held = (nature[row_of(world, visits["resident"])] & people.CONTRACT) > 0
    below = at_kinds(world, visits["facility"], COMMUNITY[:1])
    return PER_CENT * float(held[below].mean() - held[top(world, visits["facility"])].mean())


def log_odds_of_price(run: Run, of: str) -> float:
    """Change of the log-odds of a stay at grade III that costs `of` yuan more, as paid by it."""
    paid = run.world.payment.inpatient[RESIDENT_SCHEME, run.names.grades.index(TOP_GRADE)]
    return float(run.world.behaviour.yuan * float(of) * (1.0 - paid))


def sent_to_primary(run: Run, of: str) -> float:
    """Persons a year whose stay goes on below at a primary place."""
    stays, names = measured(run, "stays", "requested"), run.names
    below = at_kinds(run.world, stays["facility"], names.primary_kinds)
    return float((below & (stays["stepped_from"] >= 0)).sum() / run.days * DAYS_PER_YEAR)


def step_down(run: Run, of: str) -> float:
    """Share of discharges that are sent down [%]."""
    outcome = measured(run, "stays", "requested")["outcome"]
    down = float((outcome == STEPPED_DOWN).sum())
    return PER_CENT * down / (down + float((outcome == DISCHARGED).sum()))


def tertiary_share(run: Run, of: str) -> float:
    """Share at grade III of stays of time-critical cases of urban or rural residents [%]."""
    stays, world = measured(run, "stays", "requested"), run.world
    asked = stays["condition"] == run.names.conditions.index("time_critical")
    asked &= (world.places.urban[stays["place"]] > 0) == (of == "urban")
    asked &= (stays["start"] >= 0) & (stays["stepped_from"] < 0)
    return PER_CENT * float(top(world, stays["facility"][asked]).mean())


# --- rows ------------------------------------------------------------------------------------


def measured(run: Run, table: str, since: str) -> Rows:
    """Rows of residents that begin within the measured days."""
    rows = getattr(run.events, table)
    kept = (rows[since] >= run.warmup * DAY) & (rows["place"] >= 0)
    return {name: column[kept] for name, column in rows.items()}


def first_contacts(run: Run, urgent: bool = False) -> Rows:
    """Rows of first visits of episodes; without `urgent` those that could wait."""
    visits = measured(run, "visits", "arrival")
    kept = visits["contact"] == 0
    if not urgent:
        kept &= visits["visit_class"] != URGENT
    return {name: column[kept] for name, column in visits.items()}


def row_of(world: World, resident: Array) -> Array:
    """Row of `people.Residents` of residents' numbers."""
    first = np.concatenate([[0], np.cumsum(world.places.population)]).astype(np.int64)
    return first[resident >> SLOT_BITS] + (resident & ((1 << SLOT_BITS) - 1))


def gatekept(run: Run) -> Array:
    """Who needs a referral on the last day, by row of `people.Residents`."""
    return gatekept_residents(run.timeline[-1][1])


def at_kinds(world: World, facility: Array, kinds: tuple[str, ...]) -> Array:
    """Whether facilities are of some kinds."""
    return np.isin(world.facilities.kind[facility], [world.names.kinds.index(k) for k in kinds])


def top(world: World, facility: Array) -> Array:
    """Whether facilities are of grade III."""
    return world.facilities.grade[facility] == world.names.grades.index(TOP_GRADE)


PROBES: dict[str, Callable[[Run, str], float]] = {
    probe.__name__: probe
    for probe in (
        odds_of_community, more_community_visits, hours_to_service, hours_to_specialist,
        community_first, contract_gap, log_odds_of_price, sent_to_primary, step_down,
        tertiary_share,
    )
}  # fmt: skip
