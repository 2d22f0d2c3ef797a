"""How evenly is it spread over counties, and does the better-off county get more?

Counties are weighted by residents. The ranking for concentration is the share of urban residents
of each county, the only trace of living standard that a World holds: it ranks counties, not
persons, is no income, and within one prefecture says little. Both need at least two counties.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.measures import outcomes
from sim.measures.living import DAYS_PER_YEAR
from sim.measures.money import pocket_per_year
from sim.measures.sources import NoAxis
from sim.measures.sums import Ratio, Sums
from sim.measures.waits import wait

PER_TEN_THOUSAND = 10_000


def physicians(of: Sums) -> Ratio:
    """Licensed physicians per 10,000 residents.

    Physician-days of the facilities / residents x days. By county: of the county's own; municipal
    and provincial hospitals belong to no county and count only over everything.
    """
    held, living = of.held("physicians"), of.years()
    return Ratio(held * PER_TEN_THOUSAND / DAYS_PER_YEAR, living, living)


def access_of(item: str) -> Callable[[Sums], Ratio]:
    """A measure of what residents reach, as a mean over residents."""
    return lambda of: Ratio(of.living(item) * PER_TEN_THOUSAND, residents(of))


def residents(of: Sums) -> np.ndarray:
    """Person-years, over the tiers of facilities."""
    return of.living("residents", over=("tier",))


def accessibility(of: Sums) -> dict[str, Ratio]:
    """Physicians within reach per 10,000 residents (E2SFCA).

    Mean over residents of the sum of physicians / residents who reach them, both weighted by zone
    of travel (10, 20, 30 minutes: 1, 0.68, 0.22); groups: at primary kinds, at others. A property
    of the World, as it is over the measured days, of which residents reach what they may choose
    (see `access`).
    """
    reach = access_of("reach")(of)
    if "tier" in of.by:
        return {"all": reach}
    items = {"primary": "reach_primary", "hospitals": "reach_hospital"}
    return {"all": reach} | {name: access_of(item)(of) for name, item in items.items()}


def coverage_15(of: Sums) -> dict[str, Ratio]:
    """Share of residents with public primary care within 15 minutes.

    Residents whose nearest village clinic, community station, township or community centre is
    within 15 minutes on foot (1.2 km of way at `walking_speed`) / all; groups: the same of urban
    residents; with private clinics, too. By tier: a facility of the tier, village ones (without
    private clinics) on foot, others as residents travel. Of what they may choose, in the World as
    it is over the measured days: levels are those of the placement rule (see `coverage`).
    """
    urban = of.living("urban", over=("tier",))
    found = {
        "all": Ratio(of.living("near"), residents(of)),
        "urban residents": Ratio(of.living("near_urban"), urban),
    }
    if "tier" in of.by:
        return found
    return found | {"with private clinics": Ratio(of.living("near_private"), residents(of))}


def coverage_30(of: Sums) -> Ratio:
    """Share of residents with a hospital within 30 minutes.

    Residents whose nearest hospital is within 30 minutes of travel / all; by tier: a facility of
    the tier. Of what they may choose, as in `coverage_15`.
    """
    return Ratio(of.living("near_half"), residents(of))


def wait_mean(of: Sums) -> Ratio:
    """Mean wait for the doctor at the county's facilities."""
    found = wait(of)
    return Ratio(found.sums, found.number, unit=found.ticks)


SPREAD_OVER: dict[str, Callable[[Sums], Ratio]] = {
    "visits": outcomes.visits_per_year,
    "admissions": outcomes.admissions_per_year,
    "travel": outcomes.travel_per_visit,
    "wait": wait_mean,
    "out of pocket": lambda of: pocket_per_year(of)["all"],
    "physicians": physicians,
    "access": access_of("reach"),
}


def county_gini(of: Sums) -> dict[str, Ratio]:
    """Gini coefficient over counties, weighted by residents.

    Sum over pairs of counties of w_i w_j |x_i - x_j| / 2 mean, w shares of residents; groups:
    visits, admissions and out-of-pocket yuan per resident, travel per visit, wait, physicians per
    resident, E2SFCA access. 0: the same everywhere; n: counties.
    """
    return _over_counties(of, lambda value, weight, _: gini(value, weight))


def concentration(of: Sums) -> dict[str, Ratio]:
    """Concentration index over counties ranked by their urban share.

    2 / mean x sum of w_i x_i r_i - 1, r the middle of the county's share of residents in order of
    urban share, counties of one share together; groups as in `county_gini`. Above 0: the more urban
    have more. n: counties.
    """
    return _over_counties(of, concentration_index)


def gini(value: np.ndarray, weight: np.ndarray) -> float:
    """Gini coefficient of values >= 0 with weights; 0 where nothing is to be spread."""
    share = weight / weight.sum()
    mean = share @ value
    apart = share @ np.abs(value[:, None] - value[None]) @ share
    return float(apart / (2 * mean)) if mean > 0 else 0.0


def concentration_index(value: np.ndarray, weight: np.ndarray, living: np.ndarray) -> float:
    """Concentration index of values >= 0 with weights, ranked by a living standard.

    Convenient covariance form for grouped data: 2 / mean x sum of w x r - 1.
    """
    share = weight / weight.sum()
    mean = share @ value
    if mean <= 0:
        return 0.0
    return float(2 * (share * value) @ fractional_rank(share, living) / mean - 1)


def fractional_rank(share: np.ndarray, living: np.ndarray) -> np.ndarray:
    """Middle of each one's share of the population in order of living standard, ties together."""
    _, at = np.unique(living, return_inverse=True)
    of_ties = np.bincount(at, share)
    return (np.cumsum(of_ties) - of_ties / 2)[at]


def _over_counties(of: Sums, index: Callable[..., float]) -> dict[str, Ratio]:
    """An index of every value of SPREAD_OVER that has the axes asked for."""
    apart, here = of.apart("county"), Sums(of.window, ("county",))
    weight = here.living("residents")
    urban = here.living("urban") / np.maximum(weight, 1.0)
    found = {}
    for name, formula in SPREAD_OVER.items():
        try:
            part = formula(apart)
        except NoAxis:
            continue
        found[name] = _indexed(part, weight, urban, index)
    if not found:
        raise NoAxis(f"nothing is spread over counties by {' x '.join(of.by)}")
    return found


def _indexed(
    part: Ratio, weight: np.ndarray, urban: np.ndarray, index: Callable[..., float]
) -> Ratio:
    """An index over the last axis of a ratio, where at least two counties have a value."""
    above, below = np.broadcast_arrays(part.above, part.below)
    value = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    counties = ((weight > 0) & np.isfinite(value)).sum(axis=-1)
    found = np.zeros(counties.shape)
    for at in np.argwhere(counties >= 2).tolist():
        known = (weight > 0) & np.isfinite(value[tuple(at)])
        found[tuple(at)] = index(value[tuple(at)][known], weight[known], urban[known])
    return Ratio(found, (counties >= 2).astype(np.int64), counties)
