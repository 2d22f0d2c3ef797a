"""What it costs, and whom.

Money is whole fen (yuan/100), so that no total depends on the order of its sum. A visit costs its
price by grade and severity and its test; a stay costs its days. Insurance pays the share of the
patient's scheme and the facility's grade, less outside the pooling area, less still without filing.
Where insurance keeps a gate it pays less for who passes it without a doctor's advice. Those with a
low income may be spared a part.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arithmetic import compiled, inlined
from sim.world import (
    COVERS,
    GATEKEPT,
    POOR,
    PRIMARY_NEST,
    Behaviour,
    Care,
    Choice,
    Facilities,
    Needs,
    Payment,
    Places,
)

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
def gated(choice: Choice, facilities: Facilities, facility, cover, referred):
    """Whether a facility lies behind a gate: above primary care, for the gatekept, unreferred."""
    if referred or not cover & GATEKEPT:
        return False
    return choice.nest[facilities.kind[facility]] != PRIMARY_NEST


@inlined
def visit_bill(
    payment: Payment, grade, severity, tests, scheme, chronic, in_area, filed, cover, gate
):  # fmt: skip
    """Cost and out-of-pocket of a visit [fen]; tests may be an expected number.

    cover: of a person; gate: of `gated`. Of what is left to pay assistance pays its part.
    """
    price = payment.visit_price[grade] * payment.severity[severity]
    cost = price + tests * payment.test_price[grade]
    share = payment.outpatient[scheme, grade]
    if chronic:
        share = max(share, payment.chronic[scheme, grade])
    if gate:
        share *= payment.unreferred
    own = cost - cost * share * area_factor(payment, in_area, filed)
    if cover & POOR:
        own *= 1.0 - payment.relief
    return fen(cost), fen(own)


def expected_bills(tables: Any) -> np.ndarray:
    """Out-of-pocket of a visit with its expected test, as felt [yuan], for each choice.

    Given the tables of a World; [condition, severity, `insured`, chronic, 2 x (AREAS x grade +
    `area`) + above primary care]. Low-income residents feel a yuan `poor_yuan` times.
    """
    payment, care = tables.payment, tables.care
    schemes, grades = payment.outpatient.shape
    rows = (len(care.test_need), len(payment.severity))
    bills = np.zeros((*rows, schemes * COVERS, 2, 2 * AREAS * grades))
    _fill_bills(payment, care, tables.needs, tables.behaviour, bills)
    return bills


@inlined
def insured(scheme, cover):
    """Row in a table of bills of a scheme and a cover."""
    return COVERS * scheme + cover


@compiled
def _fill_bills(payment: Payment, care: Care, needs: Needs, behaviour: Behaviour, bills):
    for condition in range(bills.shape[0]):
        for severity in range(bills.shape[1]):
            gate = not needs.urgent[condition, severity]
            for row in range(bills.shape[2]):
                cover = row % COVERS
                felt = behaviour.poor_yuan if cover & POOR else 1.0
                for chronic in range(bills.shape[3]):
                    for at in range(bills.shape[4]):
                        place = at // 2
                        _, own = visit_bill(
                            payment, place // AREAS, severity, care.test_need[condition],
                            row // COVERS, chronic, place % AREAS == INSIDE,
                            place % AREAS == FILED, cover, gate and at % 2 and cover & GATEKEPT,
                        )  # fmt: skip
                        bills[condition, severity, row, chronic, at] = own / FEN * felt


@inlined
def area(in_area, filed):
    """Place in a table of bills: outside the pooling area, outside and filed, inside."""
    return INSIDE if in_area else (FILED if filed else 0)


@compiled
def stay_bill(
    payment: Payment, grade, severity, days, scheme, in_area, filed, waived, cover, gate
):  # fmt: skip
    """Cost and out-of-pocket of a stay [fen]; the deductible is waived for one sent down (R097).

    cover: of a person; gate: of `gated`, not for one sent down. For low-income residents a part of
    the deductible is waived, assistance pays its part of the rest, and a ceiling bounds it.
    """
    cost = days * payment.day_price[grade] * payment.severity[severity]
    deductible = 0.0 if waived else min(cost, payment.deductible[scheme, grade])
    if cover & POOR:
        deductible *= 1.0 - payment.waived
    share = payment.inpatient[scheme, grade] * area_factor(payment, in_area, filed)
    if gate and not waived:
        share *= payment.unreferred
    own = cost - (cost - deductible) * share
    if cover & POOR:
        own *= 1.0 - payment.relief
        own = min(own, payment.ceiling) if payment.ceiling > 0.0 else own
    return fen(cost), fen(own)
