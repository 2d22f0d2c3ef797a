"""What it costs, and whom.

Money is whole fen (yuan/100), so that no total depends on the order of its sum. A visit costs its
price by grade and severity and its test; a stay costs its days. Insurance pays the share of the
patient's scheme and the facility's grade, less outside the pooling area, less still without filing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arithmetic import compiled, inlined
from sim.world import Care, Facilities, Payment, Places

FEN = 100.0
FILED, INSIDE, AREAS = 1, 2, 3  # places of `area`


@inlined
def fen(yuan):
    """The nearest whole fen (halves upward) of an amount that is not negative."""
    return np.int64(yuan * FEN + 0.5)


@inlined
def area_factor(payment: Payment, in_area, filed):
    """Factor on the reimbursed share: 1 inside the pooling area, less outside, least if not filed.

    Source: R018 (filed), R019 (not filed).
    """
    if in_area:
        return 1.0
    return payment.filed if filed else payment.unfiled


@inlined
def without_filing(places: Places, facilities: Facilities, place, facility):
    """Whether the residents of a place need not file at a facility: one metropolitan area."""
    area = facilities.metro[facility]
    return area != 0 and area == places.metro[place]


@inlined
def visit_bill(payment: Payment, grade, severity, tests, scheme, chronic, in_area, filed):
    """Cost and out-of-pocket of a visit [fen]; tests may be an expected number."""
    price = payment.visit_price[grade] * payment.severity[severity]
    cost = price + tests * payment.test_price[grade]
    share = payment.outpatient[scheme, grade]
    if chronic:
        share = max(share, payment.chronic[scheme, grade])
    paid = cost * share * area_factor(payment, in_area, filed)
    return fen(cost), fen(cost - paid)


def expected_bills(payment: Any, care: Any) -> np.ndarray:
    """Out-of-pocket of a visit with its expected test [yuan], for each that a choice may ask for.

    Given the tables of a World; [condition, severity, scheme, chronic, AREAS x grade + `area`].
    """
    schemes, grades = payment.outpatient.shape
    bills = np.zeros((len(care.test_need), len(payment.severity), schemes, 2, AREAS * grades))
    _fill_bills(payment, care, bills)
    return bills


@compiled
def _fill_bills(payment: Payment, care: Care, bills):
    for condition in range(bills.shape[0]):
        for severity in range(bills.shape[1]):
            for scheme in range(bills.shape[2]):
                for chronic in range(bills.shape[3]):
                    for place in range(bills.shape[4]):
                        _, own = visit_bill(
                            payment, place // AREAS, severity, care.test_need[condition], scheme,
                            chronic, place % AREAS == INSIDE, place % AREAS == FILED,
                        )  # fmt: skip
                        bills[condition, severity, scheme, chronic, place] = own / FEN


@inlined
def area(in_area, filed):
    """Place in a table of bills: outside the pooling area, outside and filed, inside."""
    return INSIDE if in_area else (FILED if filed else 0)


@compiled
def stay_bill(payment: Payment, grade, severity, days, scheme, in_area, filed, waived):
    """Cost and out-of-pocket of a stay [fen]; the deductible is waived for one sent down (R097)."""
    cost = days * payment.day_price[grade] * payment.severity[severity]
    deductible = 0.0 if waived else min(cost, payment.deductible[scheme, grade])
    share = payment.inpatient[scheme, grade] * area_factor(payment, in_area, filed)
    paid = (cost - deductible) * share
    return fen(cost), fen(cost - paid)
