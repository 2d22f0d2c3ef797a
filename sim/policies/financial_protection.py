"""Residents of low income are spared a part of what hospitals ask for, and pay after treatment.

`extent` is how far the protection is in force. For low-income residents:

    deductible of a stay       x 1 - extent x deductible
    what is left to pay, of a visit or stay   x 1 - extent x relief
    most that a stay costs them               = ceiling, where one is given
    share of hospitals that ask for no deposit += extent x deferred

Who has a low income is a trait of residents, of the share `people.low_income` of the world, 0
unless a scenario sets it: without one nobody is protected. They feel a yuan `poor_yuan` times when
they choose, and decline a stay for want of a deposit with probability `deposit` more.

Source: programmes HB and SC (health poverty alleviation), row financial_protection (programmes.md),
domain.md 1.1; unmet need for admission C071.
Assumed: who has a low income, drawn whatever age and place; what protection pays; that a deposit
keeps away and that paying after treatment undoes it. What emerges: stays that are begun, where
residents of low income go first, waits for beds of all, the fund's spending.
Simple: the ceiling is of a stay, not of a year; assistance comes from the fund at once;
catastrophic spending is not measured: the World holds no income, and counts are not by it.
"""

from __future__ import annotations

from pydantic import BaseModel

from sim.effects import DOSES, EVERYWHERE, Change, Claim, dose, put, raise_by
from sim.world import World

DOSE = {"extent": 1.0}
CLAIMS = (
    Claim(
        kind="identity", measure="admissions_per_1000", tier="", direction="up", at_least=1.5,
        world="county_low_income", dose=DOSE,
        fails_where="hospitals that go on asking for a deposit",
        fails_with={"deferred": 0.0},
    ),
    Claim(
        kind="trade-off", measure="fund_per_resident", tier="", direction="up", at_least=10.0,
        world="county_low_income", dose=DOSE,
        fails_where="a twentieth of the protection",
        fails_with={"extent": 0.05},
    ),
    Claim(
        kind="response", measure="first_contact", tier="county", direction="up", at_least=0.005,
        world="county_low_income", dose=DOSE,
        fails_where="no assistance with what is left to pay", holds=False,
        fails_with={"relief": 0.0},
    ),
    Claim(
        kind="trade-off", measure="bed_wait_mean", tier="county", direction="up", at_least=1.0,
        world="county_low_income", dose=DOSE,
        fails_where="hospitals that go on asking for a deposit", holds=False,
        fails_with={"deferred": 0.0},
    ),
)  # fmt: skip


class Params(BaseModel):
    """How far the protection is in force, and what it spares."""

    model_config = DOSES

    extent: float = dose(0.0, "1", "share of the protection that is in force", ge=0, le=1)
    deductible: float = dose(0.5, "1", "share of the deductible waived (assumption)", ge=0, le=1)
    relief: float = dose(
        0.7, "1", "share of what is left to pay that assistance pays (assumption)", ge=0, le=1
    )
    ceiling: float = dose(
        0.0, "yuan", "most that a stay costs, 0 without end; in force at any extent",
        ge=0, le=1_000_000,
    )  # fmt: skip
    deferred: float = dose(
        1.0, "1", "share of hospitals where stays are paid after treatment", ge=0, le=1
    )


def effects(world: World, params: Params) -> tuple[Change, ...]:
    """What low-income residents are spared; none at extent 0."""
    if params.extent == 0.0:
        return ()
    spared = {
        "waived": params.deductible, "relief": params.relief, "deferred": params.deferred,
    }  # fmt: skip
    made = tuple(
        raise_by(f"payment.{name}", EVERYWHERE, params.extent * share)
        for name, share in spared.items() if share > 0.0
    )  # fmt: skip
    ceiling = (put("payment.ceiling", EVERYWHERE, params.ceiling),) if params.ceiling else ()
    return made + ceiling
