"""What does a run say of a quantity, at the institutions that a fact means?

A measure takes what was seen of a run, the institutions and the months, and answers in base units:
numbers per resident over the months (over a year where none are named), minutes, yuan, shares. The
names are those of the table of quantities.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from sim.arithmetic import DAY, MINUTES_PER_DAY, TICKS_PER_MINUTE
from sim.defaults import value
from sim.frames import FEN_PER_YUAN
from sim.measures import compute
from sim.measures.flows import OWN, official_counties
from sim.measures.living import DAYS_PER_YEAR
from sim.measures.sources import NoAxis
from sim.measures.window import Counted, Window
from sim.tally.cells import ELSEWHERE
from sim.tally.layout import EMERGENCY
from sim.validation.words import Tier
from sim.world import World

FORTNIGHT = 14
Only = dict[str, Any]  # codes of institutions by axis


class Silent(LookupError):
    """A run that does not say it, and why."""


def only(world: World, tier: Tier) -> Only:
    """The codes of institutions. Raises Silent where the tier is none or the world has none."""
    if tier.reason:
        raise Silent(f"{tier.tier}: {tier.reason}")
    if not there(world, tier).any():
        raise Silent(f"no {tier.tier} in this world")
    names = world.names
    chosen: Only = {}
    if tier.kinds:
        chosen["kind"] = [k for k, name in enumerate(names.kinds) if name in tier.kinds]
    if tier.grades:
        chosen["grade"] = [k for k, name in enumerate(names.grades) if name in tier.grades]
    return chosen | ({"county": official_counties(names.county_codes)} if tier.official else {})


def there(world: World, tier: Tier) -> np.ndarray:
    """Which facilities a tier means."""
    names, held = world.names, world.facilities
    kinds, grades = (np.array(words) for words in (names.kinds, names.grades))
    meant = np.ones(len(held.kind), dtype=bool)
    if tier.kinds:
        meant &= np.isin(kinds[held.kind], tier.kinds)
    if tier.grades:
        meant &= np.isin(grades[held.grade], tier.grades)
    if tier.official:
        meant &= np.isin(held.county, official_counties(names.county_codes))
    return meant


class Seen:
    """Sums over the measured days of a run, by what a fact asks."""

    def __init__(self, run: Counted) -> None:
        self.run, self.window = run, Window(run)
        self.of = self.window.sums()

    def only(self, tier: Tier) -> Only:
        """The codes of institutions (see `only`)."""
        return only(self.window.world, tier)

    @cached_property
    def days(self) -> list[date]:
        """The measured days."""
        first = date.fromordinal(self.window.world.clock.first_day + self.run.warmup)
        return [first + timedelta(day) for day in range(self.run.days)]

    def flow(self, item: str, at: Only, months: tuple[int, ...]) -> float:
        """Residents' visits or stays per resident over some months of a year, or over a year.

        Months that were measured in part count as those that were; if none was, as the mean day.
        """
        years = _alone(self.of.years())
        if not months:
            return self._total(item, at) / years
        days = sum(calendar.monthrange(self.days[0].year, month)[1] for month in months)
        share, measured = self._weeks_in(months)
        if not measured:
            return self._total(item, at) / years * days / DAYS_PER_YEAR
        number = float(self._weekly(item, at) @ share)
        return number / measured * days / (years * DAYS_PER_YEAR / self.run.days)

    def covers(self, months: tuple[int, ...]) -> int:
        """How many days of some months were measured."""
        return self._weeks_in(months)[1]

    def _weeks_in(self, months: tuple[int, ...]) -> tuple[np.ndarray, int]:
        """The share of each week's measured days that lie in the months, and their number."""
        weeks = len(self.window.words["week"])
        number = self.window.run.events.tally.lookup.week[self.run.warmup :]
        inside = np.array([day.month in months for day in self.days])
        every = np.bincount(number, minlength=weeks)
        those = np.bincount(number, inside, minlength=weeks)
        return those / np.maximum(every, 1), int(inside.sum())

    def _total(self, item: str, at: Only) -> float:
        return _alone(getattr(self.of, _source(item, at))(_item(item, at), **at))

    def _weekly(self, item: str, at: Only) -> np.ndarray:
        of = self.window.sums("week")
        return np.asarray(getattr(of, _source(item, at))(_item(item, at), **at), dtype=float)


def _source(item: str, at: Only) -> str:
    """Of residents, wherever they go; by county of the facility where that is asked for."""
    return item if "county" in at else "people"


def _item(item: str, at: Only) -> str:
    return "started" if item == "stays" and "county" in at else item


def _alone(sums: Any) -> float:
    return float(np.asarray(sums))


def _share(above: float, below: float, unit: float = 1.0) -> float:
    if not below:
        raise Silent("nothing of the kind happened")
    return above / unit / below


# --- measures --------------------------------------------------------------------------------


def visits(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Residents' visits per resident."""
    return seen.flow("visits", seen.only(tier), months)


def visits_two_weeks(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Residents' visits per resident in a fortnight."""
    return visits(seen, tier, ()) * FORTNIGHT / DAYS_PER_YEAR


def admissions(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Residents' stays that got a bed per resident."""
    return seen.flow("stays", seen.only(tier), months)


def visits_per_institution(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Residents' visits per institution and year."""
    number = int(there(seen.window.world, tier).sum())
    residents = float(seen.window.world.places.population.sum())
    return visits(seen, tier, months) * residents / max(number, 1)


def visits_per_discharge(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Visits at other departments than emergency per discharge."""
    at, names = seen.only(tier), seen.window.words["specialty"]
    planned = [k for k, name in enumerate(names) if name != EMERGENCY]
    outpatient = _alone(seen.of.visits("visits", specialty=planned, **at))
    return _share(outpatient, _alone(seen.of.stays("discharged", **at)))


def visit_share(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Share of residents' visits."""
    at = seen.only(tier)
    return _share(seen.flow("visits", at, months), seen.flow("visits", {}, months))


def admission_share(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Share of residents' stays."""
    at = seen.only(tier)
    return _share(seen.flow("stays", at, months), seen.flow("stays", {}, months))


def length_of_stay(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Mean stay of those discharged [minutes]."""
    at = seen.only(tier)
    time, number = (_alone(seen.of.stays(item, **at)) for item in ("bed_time", "discharged"))
    return _share(time, number, DAY) * MINUTES_PER_DAY


def occupancy(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Occupied over open bed time."""
    at = seen.only(tier)
    return _share(_alone(seen.of.stays("occupied", **at)), _alone(seen.of.held("beds", **at)), DAY)


def visits_per_physician(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Visits per physician and working day."""
    at = seen.only(tier)
    number = _alone(seen.of.visits("visits", **at)) * DAYS_PER_YEAR / value("working_days")
    return _share(number, _alone(seen.of.held("physicians", **at)))


def bed_days_per_physician(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Occupied bed-days per physician and day."""
    at = seen.only(tier)
    occupied = _alone(seen.of.stays("occupied", **at))
    return _share(occupied, _alone(seen.of.held("physicians", **at)), DAY)


def wait(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Mean wait for the doctor of those seen [minutes]."""
    at = seen.only(tier)
    waited, number = (_alone(seen.of.visits(item, **at)) for item in ("wait", "seen"))
    return _share(waited, number, TICKS_PER_MINUTE)


def wait_days(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Mean days from asking for a number to the visit [minutes]."""
    return tabled(seen, "wait_days_mean") * MINUTES_PER_DAY


def referred_down(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Share of discharges that are sent down."""
    at = seen.only(tier)
    down, number = (_alone(seen.of.stays(item, **at)) for item in ("stepped_down", "discharged"))
    return _share(down, number)


def cost_per_visit(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Mean cost of a resident's visit [yuan]."""
    at = seen.only(tier)
    cost, number = (_alone(seen.of.people(item, **at)) for item in ("cost", "visits"))
    return _share(cost, number, FEN_PER_YUAN)


def cost_per_stay(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Mean cost of a resident's stay [yuan]."""
    at = seen.only(tier)
    cost, number = (_alone(seen.of.people(item, **at)) for item in ("stay_cost", "stays"))
    return _share(cost, number, FEN_PER_YUAN)


def cost_per_bed_day(seen: Seen, tier: Tier, months: tuple[int, ...]) -> float:
    """Mean cost of a stay over the mean length of stay [yuan]."""
    days = length_of_stay(seen, tier, months) / MINUTES_PER_DAY
    return cost_per_stay(seen, tier, months) / days


def tabled(seen: Seen, measure: str, group: str = "all") -> float:
    """A measure of the run's table over all tiers."""
    table = compute(seen.run, measure)
    told = table[
        (table["measure"] == measure) & (table["tier"] == "all") & (table["group"] == group)
    ]
    if not len(told):
        raise Silent("nothing of the kind happened")
    return float(told["value"].iloc[0])


def _of_table(measure: str, group: str = "all") -> Measured:
    return lambda seen, tier, months: tabled(seen, measure, group)


def within_county(seen: Seen, items: tuple[str, ...]) -> float:
    """Share of what residents of counties and county-level cities use inside their county."""
    homes: Only = {"county": official_counties(seen.window.world.names.county_codes)}
    inside = sum(_alone(seen.of.people(item, where=OWN, **homes)) for item in items)
    return _share(inside, sum(_alone(seen.of.people(item, **homes)) for item in items))


def out_of_area(seen: Seen, items: tuple[str, str]) -> float:
    """Share of residents' episodes or cost outside their pooling area."""
    away = sum(_alone(seen.of.people(item, where=(ELSEWHERE,))) for item in items)
    return _share(away, sum(_alone(seen.of.people(item)) for item in items))


Measured = Callable[[Seen, Tier, tuple[int, ...]], float]
MEASURES: dict[str, Measured] = {
    measure.__name__: measure
    for measure in (
        visits, visits_two_weeks, admissions, visits_per_institution, visits_per_discharge,
        visit_share, admission_share, length_of_stay, occupancy, visits_per_physician,
        bed_days_per_physician, wait, wait_days, referred_down, cost_per_visit, cost_per_stay,
        cost_per_bed_day,
    )
} | {
    "first_contact_primary": _of_table("first_contact_primary"),
    "reimbursed_visits": _of_table("reimbursement", "visits"),
    "reimbursed_stays": _of_table("reimbursement", "stays"),
    "within_county": lambda seen, tier, months: within_county(seen, ("visits", "stays")),
    "within_county_admissions": lambda seen, tier, months: within_county(seen, ("stays",)),
    "out_of_area_episodes": lambda seen, tier, months: out_of_area(seen, ("visits", "stays")),
    "out_of_area_cost": lambda seen, tier, months: out_of_area(seen, ("cost", "stay_cost")),
}  # fmt: skip
BY_SEASON = ("visits", "admissions", "visit_share", "admission_share")  # can be asked by months


def measured(seen: Seen, measure: str, tier: Tier, months: tuple[int, ...]) -> float:
    """A measure of a run in base units. Raises Silent where the run does not say it."""
    try:
        return MEASURES[measure](seen, tier, months)
    except NoAxis as lacking:
        raise Silent(f"not counted so: {lacking}") from None
