"""What does it cost, and who pays: patients or the fund, inside the county or outside?

Residents' visits, and their stays that got a bed, by request; the fund pays what the patient does
not. A stay's bill is known when it begins.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.frames import FEN_PER_YUAN
from sim.measures.cells import ALL
from sim.measures.flows import OWN, kinds
from sim.measures.sums import Ratio, Sums
from sim.tally.cells import ELSEWHERE, OWN_AREA

AWAY = (OWN_AREA, ELSEWHERE)
PLACES: dict[str, dict[str, Any]] = {
    ALL: {}, "in the county": {"where": OWN}, "outside the county": {"where": AWAY},
}  # fmt: skip
OF_VISITS, OF_STAYS = ("visits", "cost", "pocket"), ("stays", "stay_cost", "stay_pocket")


def fund(of: Sums, items: tuple[str, str, str], **only: Any) -> np.ndarray:
    """What the fund pays for visits or stays [fen]."""
    _, cost, pocket = items
    return of.people(cost, **only) - of.people(pocket, **only)


def all_fund(of: Sums, **only: Any) -> np.ndarray:
    """What the fund pays for visits and stays [fen]."""
    return fund(of, OF_VISITS, **only) + fund(of, OF_STAYS, **only)


def _a_year(of: Sums, visits: np.ndarray, stays: np.ndarray) -> dict[str, Ratio]:
    """Yuan per resident and year for visits, for stays and for both."""
    n, n_stays, years = of.people("visits"), of.people("stays"), of.years()
    parts = {"visits": (visits, n), "stays": (stays, n_stays), ALL: (visits + stays, n + n_stays)}
    return {name: Ratio(sums, years, count, FEN_PER_YUAN) for name, (sums, count) in parts.items()}


def pocket_per_visit(of: Sums) -> Ratio:
    """Mean paid by the patient for a visit.

    Out-of-pocket yuan of residents' visits / visits.
    """
    return Ratio(of.people("pocket"), of.people("visits"), unit=FEN_PER_YUAN)


def pocket_per_stay(of: Sums) -> Ratio:
    """Mean paid by the patient for a stay.

    Out-of-pocket yuan of residents' stays that got a bed / such stays.
    """
    return Ratio(of.people("stay_pocket"), of.people("stays"), unit=FEN_PER_YUAN)


def pocket_per_year(of: Sums) -> dict[str, Ratio]:
    """Paid by patients per resident and year.

    Out-of-pocket yuan of residents' visits, stays and both (all) / residents x 365 / days.
    """
    return _a_year(of, of.people("pocket"), of.people("stay_pocket"))


def fund_per_year(of: Sums) -> dict[str, Ratio]:
    """Paid by the insurance fund per resident and year.

    (Cost - out-of-pocket) of residents' visits, stays and both (all) / residents x 365 / days.
    """
    return _a_year(of, fund(of, OF_VISITS), fund(of, OF_STAYS))


def cost_per_visit(of: Sums) -> dict[str, Ratio]:
    """Mean cost of a visit, in and outside the county of residence.

    Cost of residents' visits / visits.
    """
    return {
        name: Ratio(of.people("cost", **at), of.people("visits", **at), unit=FEN_PER_YUAN)
        for name, at in PLACES.items()
    }


def cost_per_stay(of: Sums) -> dict[str, Ratio]:
    """Mean cost of a stay, in and outside the county of residence.

    Cost of residents' stays that got a bed / such stays.
    """
    return {
        name: Ratio(of.people("stay_cost", **at), of.people("stays", **at), unit=FEN_PER_YUAN)
        for name, at in PLACES.items()
    }


def reimbursement(of: Sums) -> dict[str, Ratio]:
    """Share of cost that the fund pays.

    (Cost - out-of-pocket) / cost of residents' visits, stays and both (all), the last in and
    outside the county too.
    """
    parts = {
        name: Ratio(fund(of, kind), of.people(kind[1]), of.people(kind[0]))
        for name, kind in (("visits", OF_VISITS), ("stays", OF_STAYS))
    }
    for name, at in PLACES.items():
        cost, n = (of.people(OF_VISITS[k], **at) + of.people(OF_STAYS[k], **at) for k in (1, 0))
        parts[name] = Ratio(all_fund(of, **at), cost, n)
    return parts


def fund_in_county(of: Sums) -> dict[str, Ratio]:
    """Share of the fund's payments that stay in the county of residence.

    (Cost - out-of-pocket) at facilities of the county / anywhere, of residents' visits, stays and
    both (all). The official indicator takes the insured; n counts visits and stays.
    """
    kinds_of = {"visits": OF_VISITS, "stays": OF_STAYS}
    parts = {
        name: Ratio(fund(of, kind, where=OWN), fund(of, kind), of.people(kind[0]))
        for name, kind in kinds_of.items()
    }
    n = of.people("visits") + of.people("stays")
    return parts | {ALL: Ratio(all_fund(of, where=OWN), all_fund(of), n)}


def fund_at_primary(of: Sums) -> Ratio:
    """Share of primary institutions in the fund's payments inside the county.

    (Cost - out-of-pocket) of residents' visits and stays at primary kinds of their county / at all
    facilities of their county.
    """
    primary = kinds(of, "primary_kinds")
    n = of.people("visits", where=OWN) + of.people("stays", where=OWN)
    return Ratio(all_fund(of, where=OWN, kind=primary), all_fund(of, where=OWN), n)
