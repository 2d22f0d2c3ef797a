"""Insurance rules and prices change: what is paid where, who needs a referral, how stays are paid.

`extent` is how far the reform is in force; c = extent x case_payment x kept.

    reimbursed share of visits, stays   += extent x change, by grade; between 0 and 1
    deductible of a stay                x 1 + extent x change
    factor outside the pooling area     += extent x change, filed and not filed
    share who need a referral           += extent x gatekept; without one their reimbursed share
                                           above primary care is `unreferred` of the usual
    price of a visit                    x 1 - extent x (drug_prices x drug_share
                                                        - service_prices x (1 - drug_share))
    days of a stay at level II and III  x 1 - c x days_response, the price of a case unchanged
    need for a bed, mild and moderate   x 1 + c x admission_response, at most 1

The gate is passed by whoever a doctor told to go higher in the episode, with an urgent need, or
sent down. The same residents are gatekept first in any share.

Source: programmes SC (Sanming: prices, drugs, case payment, kept surplus) and LN (linkage of care,
insurance and medicines), row insurance_reform (programmes.md), domain.md 2.1, 2.2; gatekeeping:
E001, E002; present rules: R001-R019, of low confidence.
Assumed: every new rule and price, the share of drugs in the price of a visit, and the hospital's
response to case payment, that it sends home earlier and admits more. What emerges: first contacts,
what residents pay and go without, the fund's spending and where, waits for doctors and beds.
Simple: a visit's drugs are a share of its price; a stay's price is by the day, cut so that the mean
case costs what it did; the surplus stays with the hospital and buys nothing; all schemes alike.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel

from sim.effects import DOSES, EVERYWHERE, Change, Claim, add, dose, put
from sim.world import PRIMARY_NEST, Array, World

LOW, SECOND, THIRD = ("none", "I"), ("II",), ("III",)
GATE = {"extent": 1.0, "gatekept": 1.0, "unreferred": 0.0}
CASES = {"extent": 1.0, "case_payment": 1.0}
BELOW = {"extent": 1.0, "visits_low": 0.2}
CLAIMS = (
    Claim(
        kind="response", measure="first_contact", tier="county", direction="down",
        at_least=0.005, dose=GATE, fails_where="a gate that takes a tenth of what is paid",
        fails_with={"unreferred": 0.9},
    ),
    Claim(
        kind="trade-off", measure="out_of_pocket_per_visit", tier="", direction="up",
        at_least=1.0, dose=GATE, fails_where="a gate for one in fifty of the insured",
        fails_with={"gatekept": 0.02},
    ),
    Claim(
        kind="response", measure="wait_mean", tier="hub", direction="down", at_least=1.0,
        dose=GATE, fails_where="a gate that takes a tenth of what is paid", holds=False,
        fails_with={"unreferred": 0.9},
    ),
    Claim(
        kind="trade-off", measure="admissions_per_1000", tier="", direction="up", at_least=1.5,
        dose=CASES, fails_where="hospitals that change nothing for being paid by the case",
        fails_with={"admission_response": 0.0, "days_response": 0.0},
    ),
    Claim(
        kind="response", measure="first_contact_primary", tier="", direction="up",
        at_least=0.005, dose=BELOW, fails_where="two points more of reimbursement, not twenty",
        fails_with={"visits_low": 0.02}, holds=False,
    ),
    Claim(
        kind="trade-off", measure="fund_per_resident", tier="", direction="up", at_least=10.0,
        dose=BELOW, fails_where="two points more of reimbursement, not twenty",
        fails_with={"visits_low": 0.02},
    ),
)  # fmt: skip


def change(meaning: str) -> float:
    """A parameter that adds to a share, neutral 0 [1]."""
    return float_dose(meaning, ge=-1, le=1)


def float_dose(meaning: str, **bounds: float) -> float:
    """A parameter of neutral value 0 [1]."""
    return dose(0.0, "1", meaning, **bounds)


class Params(BaseModel):
    """How far the reform is in force, and what it asks for."""

    model_config = DOSES

    extent: float = float_dose("share of the way from the present rules to these", ge=0, le=1)
    visits_low: float = change("added to the reimbursed share of visits at grades none and I")
    visits_second: float = change("the same at grade II")
    visits_third: float = change("the same at grade III")
    stays_low: float = change("added to the reimbursed share of stays at grades none and I")
    stays_second: float = change("the same at grade II")
    stays_third: float = change("the same at grade III")
    deductible: float = dose(0.0, "1", "relative change of the deductible of a stay", ge=-1, le=3)
    filed: float = change("added to the factor outside the pooling area, filed")
    unfiled: float = change("added to the factor outside the pooling area, not filed")
    gatekept: float = float_dose("share of the insured who need a referral", ge=0, le=1)
    unreferred: float = dose(
        0.0, "1", "factor on their reimbursed share above primary care without one", ge=0, le=1
    )
    drug_prices: float = float_dose("cut of drug prices", ge=0, le=1)
    service_prices: float = float_dose("rise of the prices of all else of a visit", ge=0, le=2)
    drug_share: float = dose(
        0.4, "1", "share of drugs in the price of a visit (assumption)", ge=0, le=1
    )
    case_payment: float = float_dose("share of stays at grades II and III paid by the case",
                                     ge=0, le=1)  # fmt: skip
    kept: float = dose(1.0, "1", "share of the surplus that the hospital keeps", ge=0, le=1)
    days_response: float = dose(
        0.08, "1", "share by which stays shorten where all is paid by the case and kept"
        " (assumption)", ge=0, le=0.9,
    )  # fmt: skip
    admission_response: float = dose(
        0.03, "1", "share by which mild and moderate admissions then grow (assumption)",
        ge=0, le=1,
    )  # fmt: skip


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """New rules and prices, and the hospital's response; none at extent 0."""
    if params.extent == 0.0:
        return ()
    made = (
        *reimbursed(world, params), *outside(world, params), *gate(params),
        *prices(world, params), *cases(world, params),
    )  # fmt: skip
    return tuple(one for one in made if np.any(one.amount) or one.how == "put")


def rows_of(world: World, grades: tuple[str, ...]) -> Array:
    """Positions of grades."""
    return np.array([world.names.grades.index(grade) for grade in grades])


def reimbursed(world: World, params: Params) -> tuple[Change, ...]:
    """Shares of visits and of stays by grade, and the deductible."""
    payment, made = world.payment, []
    for grades, visits, stays in (
        (LOW, params.visits_low, params.stays_low),
        (SECOND, params.visits_second, params.stays_second),
        (THIRD, params.visits_third, params.stays_third),
    ):
        where = (slice(None), rows_of(world, grades))
        for path, more in (("outpatient", visits), ("chronic", visits), ("inpatient", stays)):
            held = getattr(payment, path)[where]
            made.append(add(f"payment.{path}", where, within(held, params.extent * more)))
    cut = payment.deductible * params.extent * params.deductible
    return (*made, add("payment.deductible", EVERYWHERE, cut))


def outside(world: World, params: Params) -> tuple[Change, ...]:
    """Factors outside the pooling area."""
    return tuple(
        add(f"payment.{name}", EVERYWHERE,
            within(getattr(world.payment, name), params.extent * getattr(params, name)))
        for name in ("filed", "unfiled")
    )  # fmt: skip


def within(held: Array | float, more: float) -> Array:
    """What may be added to a share so that it stays between 0 and 1."""
    return np.clip(held + more, 0.0, 1.0) - held


def gate(params: Params) -> tuple[Change, ...]:
    """Who needs a referral, and what is paid without one."""
    if params.gatekept == 0.0:
        return ()
    return (
        add("payment.gatekept", EVERYWHERE, params.extent * params.gatekept),
        put("payment.unreferred", EVERYWHERE, params.unreferred),
    )


def prices(world: World, params: Params) -> tuple[Change, ...]:
    """Prices of visits: drugs cheaper, all else dearer."""
    saved = params.drug_prices * params.drug_share
    more = params.service_prices * (1.0 - params.drug_share)
    held = world.payment.visit_price
    return (add("payment.visit_price", EVERYWHERE, held * params.extent * (more - saved)),)


def cases(world: World, params: Params) -> tuple[Change, ...]:
    """The hospital's response to case payment: days, their price, and more who are admitted."""
    kept = params.extent * params.case_payment * params.kept
    shorter = kept * params.days_response
    graded = rows_of(world, SECOND + THIRD)
    kinds = np.unique(world.facilities.kind[np.isin(world.facilities.grade, graded)])
    kinds = kinds[world.choice.nest[kinds] != PRIMARY_NEST]
    days = world.care.stay_days[:, kinds]
    price = world.payment.day_price[graded]
    mild = (slice(None), slice(0, 2))
    bed = world.care.bed[mild]
    return (
        add("care.stay_days", (slice(None), kinds), -shorter * days),
        add("payment.day_price", graded, price * (1.0 / (1.0 - shorter) - 1.0)),
        add("care.bed", mild, np.minimum(bed * kept * params.admission_response, 1.0 - bed)),
    )
