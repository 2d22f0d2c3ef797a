"""Where does each default number stand, and what groups of the World do they make?

Everything that does not depend on geography: people's traits, needs, behaviour, care and payment,
built from the tables of `sim/data`; and, for geography, kinds, capacities and duty by department.
"""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import numpy as np

from sim.arithmetic import DAY
from sim.defaults import (
    AGE_BANDS,
    AGE_GROUPS,
    CAPACITY,
    CONDITIONS,
    GRADES,
    HOSPITAL_KINDS,
    KIND,
    KIND_NAMES,
    KINDS,
    PRIMARY_KINDS,
    SCHEMES,
    SPECIALTIES,
    TIERS,
    Capacity,
    Kind,
    Parameter,
    cells,
    column,
    fact,
    having,
    parameters,
    posterior,
    remembered,
    rows,
    table,
    tier_share,
    value,
)
from sim.world import (
    SEVERITIES,
    WORKDAYS,
    Behaviour,
    Care,
    Needs,
    Payment,
    People,
    column_of,
    group_of,
)

__all__ = [
    "AGE_BANDS",
    "AGE_GROUPS",
    "CAPACITY",
    "CONDITIONS",
    "GRADES",
    "HOSPITAL_KINDS",
    "KIND",
    "KINDS",
    "KIND_NAMES",
    "PRIMARY_KINDS",
    "SCHEMES",
    "SPECIALTIES",
    "TIERS",
    "Capacity",
    "Kind",
    "Parameter",
    "bed_need",
    "behaviour",
    "care",
    "cells",
    "department_shares",
    "emergency_share",
    "fact",
    "having",
    "is_whole",
    "landing",
    "needs",
    "needs_per_resident",
    "parameters",
    "payment",
    "people",
    "posterior",
    "remembered",
    "table",
    "tier_share",
    "value",
    "weekday_factors",
]  # fmt: skip

Array = np.ndarray
AGE_FIELDS = ("0_4", "5_14", "15_44", "45_64", "65")
NESTS = ("primary", "county", "high")
STATED = ("travel", "wait_minute", "wait_day", "yuan")
"""Weights from choice experiments, which have one scale."""
COUNTED = (
    "balance_rounds", "choice_candidates", "county_units_most", "place_seat_candidates",
    "place_seat_draws", "place_village_draws", "population_seed", "slice_doctors_least",
    "slice_units_most",
)  # fmt: skip
"""Whole numbers that are no field of a group."""
MONTHS = 12
QUARTER_YEAR = 3
DAYS_PER_YEAR = 365.0
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7.0
REFILL = CONDITIONS.index("chronic_follow_up")
SURGE = CONDITIONS.index("infectious_surge")
PLANNED = CONDITIONS.index("planned_visit")
MINUTES_CLASSES = {
    "village": "village", "clinic": "village", "township": "township", "community": "township",
    "small": "county", "mch": "county", "secondary": "county", "tertiary": "municipal",
}  # fmt: skip
"""Column of contact minutes (domain 4.4) by capacity class."""
STAY_CLASSES = {"village": "township", "clinic": "township"}
"""Classes without rows of stays, which have hardly any bed."""


def people(age_cumulative: Array | None = None) -> People:
    """Traits tables for given age tables; without them, for the ages of China.

    age_cumulative: (age mixes, 19) cumulative shares. Raises ValueError for another shape or where
    a row does not end at 1.
    """
    given = national_ages() if age_cumulative is None else age_cumulative
    ages = np.atleast_2d(np.asarray(given, dtype=float))
    if ages.shape[1] != len(AGE_BANDS) or not np.allclose(ages[:, -1], 1.0):
        raise ValueError(f"an age table needs {len(AGE_BANDS)} cumulative shares that end at 1")
    return group_of(
        People, age_cumulative=ages, age_group=np.array(AGE_BANDS), female=value("female"),
        employee=np.array([column("people", "employee_rural"), column("people", "employee_urban")]),
        chronic=chronic_shares(), contract=np.array(column("people", "contract")),
        frailty_cv=value("frailty_cv"), frailty_bound=value("frailty_bound"),
        seed=int(value("population_seed")),
    )  # fmt: skip


def national_ages() -> Array:
    """Cumulative shares of the 19 census bands in China: age groups spread evenly over bands."""
    groups = np.array(AGE_BANDS)
    share = np.array(column("people", "weight"))[groups] / np.bincount(groups)[groups]
    return np.cumsum(share) / share.sum()


def chronic_shares() -> Array:
    """Share with a managed chronic illness by age group: refill visits / refills a year, <= 1."""
    return np.minimum(visits()[REFILL] / refills(), 1.0)


def refills() -> float:
    """Refills a year of a managed chronic resident: 365 / days of supply."""
    return DAYS_PER_YEAR / value("days_of_supply")


def visits() -> Array:
    """Visits per resident-year of the case-mix table, (condition, age group)."""
    return np.array([column("conditions", f"visits_{age}") for age in AGE_FIELDS]).T


def rates() -> Array:
    """Needs a year of those who can have them, (condition, age group).

    Visits / visits per need; per woman where only women, per managed chronic resident for refills.
    """
    rate = visits() / np.array(column("conditions", "visits_per_need"))[:, None]
    rate[np.array(column("conditions", "women")) > 0] /= value("female")
    rate[REFILL] = np.where(visits()[REFILL] > 0, refills(), 0.0)
    return rate


def needs_per_resident() -> Array:
    """Needs a year of the mean resident of China by condition [1/person/year]."""
    weights = np.array(column("people", "weight"))
    per_need = np.array(column("conditions", "visits_per_need"))
    return visits() @ (weights / weights.sum()) / per_need


def seasons() -> Array:
    """Factor by month, (condition, month): linear from the peak to half a year later, mean 1."""
    distance = np.abs(np.arange(MONTHS) - (value("season_peak") - 1))
    distance = np.minimum(distance, MONTHS - distance)
    return 1.0 + np.outer(column("conditions", "season"), 1.0 - distance / QUARTER_YEAR)


def by_severity(prefix: str) -> Array:
    """Columns of the condition table by severity, (condition, severity)."""
    return np.array([column("conditions", prefix + name) for name in SEVERITIES]).T


def needs() -> Needs:
    """Condition groups; the envelope bounds demand x rate x season x frailty."""
    rate, season = rates(), seasons()
    chronic = np.array(column("conditions", "chronic"))
    bound = np.where(chronic > 0, 1.0, value("frailty_bound"))
    highest = rate.max(axis=1) * season.max(axis=1) * bound * column_of("needs.demand").high
    cumulative = np.cumsum(by_severity(""), axis=1)
    cumulative[:, -1] = 1.0
    return group_of(
        Needs, rate=rate, envelope=highest, season=season,
        severity=cumulative, level=by_severity("level_"),
        specialty=np.array([SPECIALTIES.index(row["specialty"]) for row in rows("conditions")]),
        urgent=by_severity("urgent_"), women=np.array(column("conditions", "women")),
        chronic=chronic, visit_planned=PLANNED,
        controlled=np.array(column("conditions", "controlled")),
        unseen=np.array(column("conditions", "unseen")), **scalars(Needs),
    )  # fmt: skip


def scalars(group: type) -> dict[str, Any]:
    """Fields of a group that are parameters of the same name, whole numbers where the field is."""
    kinds = {name: get_args(hint)[0] for name, hint in hints_of(group).items()}
    found = {name: kind for name, kind in kinds.items() if name in parameters()}
    return {name: int(value(name)) if kind is int else value(name) for name, kind in found.items()}


def is_whole(name: str) -> bool:
    """Whether a scalar counts something, so that only whole numbers have a meaning."""
    groups = (People, Needs, Behaviour, Care, Payment)
    held = [hints_of(group)[name] for group in groups if name in hints_of(group)]
    return name in COUNTED or any(get_args(hint)[0] is int for hint in held)


def hints_of(group: type) -> dict[str, Any]:
    """Annotated types of a group's fields."""
    return get_type_hints(group, include_extras=True)


def behaviour() -> Behaviour:
    """Weights of the choice between alternatives, and other decisions."""
    weights = scalars(Behaviour)
    stated = {name: value("choice_scale") * weights[name] for name in STATED}
    return group_of(
        Behaviour, constant=np.array([kind.constant for kind in KINDS]),
        home=np.array(column("severities", "home")), skill=skill(),
        returns=np.array(column("severities", "returns")), hours=hours(),
        nest_scale=np.array([value(f"nest_{name}") for name in NESTS]),
        release=int(value("release_days") * DAY), **(weights | stated),
    )  # fmt: skip


def skill() -> Array:
    """Weight of perceived skill by severity: that of a mild case, differences steepened."""
    weights, slope = np.array(column("severities", "skill")), value("severity_slope")
    return weights * slope + weights[0] * (1.0 - slope)


def hours() -> Array:
    """Cumulative arrivals by hour of the day: primary, hospital outpatient, emergency, (3, 24)."""
    shares = np.array([column("hours", name) for name in ("primary", "hospital", "emergency")])
    cumulative = np.cumsum(shares, axis=1)
    return cumulative / cumulative[:, -1:]


def care() -> Care:
    """What a contact takes and does, by condition, kind and severity."""
    return group_of(
        Care, minutes=minutes(), test_need=np.array(column("conditions", "tests")),
        drug=np.array(column("conditions", "drug")), bed=bed_need(), stay_days=stay_days(),
        **scalars(Care),
    )  # fmt: skip


def minutes() -> Array:
    """Consultation minutes, (condition, kind); an empty cell takes that of the next class above."""
    classes = tuple(dict.fromkeys(MINUTES_CLASSES.values()))
    found = []
    for row in rows("conditions"):
        cells_up = [row[f"minutes_{name}"] for name in classes]
        filled = {
            name: float(next(cell for cell in cells_up[i:] if cell))
            for i, name in enumerate(classes)
        }
        found.append([filled[MINUTES_CLASSES[kind.capacity]] for kind in KINDS])
    return np.array(found)


def stay_days() -> Array:
    """Mean stay in days, (condition, kind); an empty cell takes the mean of its class."""
    by_condition = {row["condition"]: row for row in rows("stays")}
    mean = by_condition["all"]
    classes = [STAY_CLASSES.get(kind.capacity, kind.capacity) for kind in KINDS]
    return np.array([[float(by_condition[c][k] or mean[k]) for k in classes] for c in CONDITIONS])


def bed_need() -> Array:
    """Share that needs a bed, (condition, severity).

    min(1, k w) with weights w by severity and k such that the mean over severities is admissions /
    needs of the case-mix table / the share of such needs that become stays; a surge, without
    admissions, takes a stated share.
    """
    weights = np.array([value("bed_weight_mild"), value("bed_weight_moderate"), 1.0])
    admissions = np.array(column("conditions", "admissions")) / 1000.0 / value("bed_yield")
    per_resident = needs_per_resident()
    target = np.divide(
        admissions, per_resident, out=np.zeros_like(admissions), where=per_resident > 0
    )
    target[SURGE] = value("surge_bed_share")
    pairs = zip(target, by_severity(""), strict=True)
    return np.array([_filled(mean, shares, weights) for mean, shares in pairs])


def _filled(mean: float, shares: Array, weights: Array) -> Array:
    """min(1, k weights) with the given mean under shares; the heaviest severities fill up first."""
    full = np.zeros(len(weights), dtype=bool)
    while True:
        free = float((shares * weights)[~full].sum())
        k = (mean - float(shares[full].sum())) / free if free > 0 else 0.0
        bed = np.where(full, 1.0, k * weights)
        if (bed <= 1.0).all():
            return bed
        full |= bed > 1.0


def payment() -> Payment:
    """Prices and insurance rules by grade; rows of rules are residents' and employees' schemes."""

    def schemes(field: str) -> Array:
        return np.array([column("grades", f"{field}_{scheme}") for scheme in SCHEMES])

    def prices(field: str) -> Array:
        return np.array(column("grades", field))

    return group_of(
        Payment, visit_price=prices("visit_price"), test_price=prices("test_price"),
        day_price=prices("day_price"), severity=np.array(column("severities", "price")),
        outpatient=schemes("outpatient"), chronic=schemes("chronic"),
        inpatient=schemes("inpatient"), deductible=schemes("deductible"), **scalars(Payment),
    )  # fmt: skip


def weekday_factors(capacity: str) -> tuple[float, ...]:
    """Share of a full outpatient day by weekday, Monday first; sums to the effective days a year.

    Raises KeyError for an unknown class.
    """
    weekend = CAPACITY[capacity].effective_days / WEEKS_PER_YEAR - WORKDAYS
    saturday = value("saturday_share") * weekend
    return (*(1.0,) * WORKDAYS, saturday, weekend - saturday)


def landing(capacity: str) -> Array:
    """Visits per resident-year that land at a class by condition, per domain 4.5; a guide only."""
    per_resident = needs_per_resident() * np.array(column("conditions", "visits_per_need"))
    return per_resident * np.array(column("landing", capacity)) / 100.0


def emergency_share(capacity: str) -> float:
    """Share of the visits of a class that are urgent, by the case mix that lands there."""
    urgent = (by_severity("") * by_severity("urgent_")).sum(axis=1)
    at = landing(capacity)
    return float((at * urgent).sum() / at.sum())


@remembered
def department_shares(kind: str) -> dict[str, float]:
    """Share of a kind's outpatient duty doctors by department; the shares sum to 1.

    Visits that land at its class and that it accepts and are not urgent x consultation minutes,
    by the specialty asked for; emergency and remote departments have doctors of their own.
    Raises KeyError for an unknown kind.
    """
    record = KIND[kind]
    at = landing(record.capacity) * np.array(record.accepts)
    urgent = (by_severity("") * by_severity("urgent_")).sum(axis=1)
    work = at * (1.0 - urgent) * minutes()[:, KINDS.index(record)]
    asked = [row["specialty"] for row in rows("conditions")]
    outpatient = [name for name in record.departments if name not in ("emergency", "remote")]
    if outpatient == ["general"]:
        return {"general": 1.0}
    load = {name: sum(w for w, a in zip(work, asked, strict=True) if a == name)
            for name in outpatient}  # fmt: skip
    total = sum(load.values())
    return {name: float(part / total) for name, part in load.items()}
