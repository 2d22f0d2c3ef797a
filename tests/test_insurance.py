"""Who needs a referral, who has a low income, and what that changes in bills and choices."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import worlds
from test_decisions import SIGMAS
from twins import on_every_engine

from sim import behaviour, chance, cover, payment, people, policies, settling
from sim.effects import compose
from sim.engine import play
from sim.events import SLOT_BITS
from sim.world import COVERS, GATEKEPT, POOR, URGENT, World

EVERYBODY = {"payment.gatekept": 1.0, "payment.unreferred": 0.0}


def reformed(**levers: float) -> World:
    """The small county with columns replaced, e.g. payment_gatekept."""
    return worlds.county().having({key.replace("_", ".", 1): v for key, v in levers.items()})


@cache
def natures(low_income: float) -> np.ndarray:
    tables = reformed(people_low_income=low_income).tables
    return settling.residents(tables.places, tables.people).nature


@pytest.mark.luck
def test_low_income_moves_no_other_trait() -> None:
    with_some, without = natures(0.1), natures(0.0)
    assert np.array_equal(with_some & ~np.uint8(people.LOW_INCOME), without)
    found = (with_some & people.LOW_INCOME > 0).sum()
    assert abs(found - 0.1 * len(with_some)) < SIGMAS * np.sqrt(0.09 * len(with_some))


@pytest.mark.luck
def test_a_larger_gatekept_share_only_adds() -> None:
    few, more = (cover.gatekept_residents(reformed(payment_gatekept=s)) for s in (0.2, 0.5))
    assert not (few & ~more).any()
    assert abs(more.mean() - 0.5) < SIGMAS * 0.5 / np.sqrt(len(more))
    assert not cover.gatekept_residents(worlds.county()).any()


def bill(world: World, held: int, gate: bool, grade: int = 3) -> tuple[int, int]:
    return payment.visit_bill(
        world.tables.payment, grade, 1, 1.0, 1, 0, True, False, held, gate
    )  # fmt: skip


@pytest.mark.unit
def test_the_gate_takes_what_insurance_pays() -> None:
    world = reformed(payment_unreferred=0.25)
    cost, own = bill(world, GATEKEPT, False)
    gated_cost, gated = bill(world, GATEKEPT, True)
    assert gated_cost == cost
    assert cost - gated == pytest.approx(0.25 * (cost - own), abs=1)


@pytest.mark.unit
def test_assistance_pays_its_part_for_low_incomes_only() -> None:
    world = reformed(payment_relief=0.7)
    (cost, own), (same, poor) = bill(world, 0, False), bill(world, POOR, False)
    assert cost == same
    assert poor == pytest.approx(0.3 * own, abs=1)


@pytest.mark.unit
def test_a_stay_has_a_ceiling_and_half_its_deductible() -> None:
    plain = worlds.county()
    spared = plain.having({"payment.waived": 0.5, "payment.ceiling": 3000.0})

    def own(world: World, days: float, held: int) -> int:
        return payment.stay_bill(
            world.tables.payment, 3, 1, days, 0, True, False, False, held, False
        )[1]  # fmt: skip

    free = 0.5 * plain.payment.deductible[0, 3] * plain.payment.inpatient[0, 3] * 100
    assert own(plain, 2.0, POOR) - own(spared, 2.0, POOR) == pytest.approx(free, abs=1)
    assert own(spared, 20.0, POOR) == 300_000 < own(plain, 20.0, POOR)
    assert own(spared, 20.0, 0) == own(plain, 20.0, 0)


@pytest.mark.unit
def test_low_income_declines_more_until_deposits_are_deferred() -> None:
    world = worlds.county()
    later = world.having({"payment.deferred": 1.0})
    luck = [chance.key(9, 1, n, chance.PERSON) for n in range(3000)]

    def share(of: World, held: int) -> float:
        t = of.tables
        return float(np.mean([
            behaviour.declines(t.behaviour, t.payment, held, one, 1, 0) for one in luck
        ]))  # fmt: skip

    assert share(later, POOR) == share(world, 0)
    more = share(world, POOR) - share(world, 0)
    assert abs(more - world.behaviour.deposit) < SIGMAS * np.sqrt(0.15 / len(luck))


@pytest.mark.unit
def test_bills_in_choices_know_the_gate_and_who_passes() -> None:
    """Above primary care, not urgent, gatekept: nothing is paid; everything else as it was."""
    world = worlds.county()
    before = payment.expected_bills(world.tables)
    after = payment.expected_bills(world.having(EVERYBODY).tables)
    assert np.array_equal(before[:, :, 0::COVERS], after[:, :, 0::COVERS])
    gated = [payment.insured(scheme, GATEKEPT) for scheme in (0, 1)]
    assert np.array_equal(before[:, :, gated, :, 0::2], after[:, :, gated, :, 0::2])
    urgent = world.needs.urgent > 0
    assert np.array_equal(before[urgent], after[urgent])
    dearer = after[~urgent][:, gated, :, 1::2] - before[~urgent][:, gated, :, 1::2]
    assert (dearer >= 0).all() and (dearer[:, 1] > 0).all()


def played(world: World, engine: str) -> dict[str, Any]:
    visits = play([(0, world)], 1, 6, engine=engine).visits
    assert visits is not None
    return visits


@on_every_engine
@pytest.mark.policy
def test_only_the_unreferred_pay_at_the_gate(engine: str) -> None:
    """Whoever was not told to go higher, not urgent, above primary care, pays everything."""
    world = worlds.county().having(EVERYBODY)
    visits = played(world, engine)
    above = world.choice.nest[world.facilities.kind[visits["facility"]]] > 0
    seen = (visits["place"] >= 0) & (visits["start"] >= 0)
    gated = seen & above & (visits["visit_class"] != URGENT) & (visits["contact"] == 0)
    assert gated.sum() > 20
    assert (visits["out_of_pocket"][gated] == visits["cost"][gated]).all()
    told = seen & above & ((visits["referred_from"] >= 0) | (visits["advised_from"] >= 0))
    employees = visits["out_of_pocket"][told] < visits["cost"][told]
    assert employees.any()


@on_every_engine
@pytest.mark.policy
def test_a_gate_of_half_leaves_the_other_half_as_it_was_on_the_first_day(engine: str) -> None:
    half = worlds.county().having({"payment.gatekept": 0.5, "payment.unreferred": 0.0})
    plain, gated = played(worlds.county(), engine), played(half, engine)
    first = np.concatenate([[0], np.cumsum(half.places.population)])
    free = ~cover.gatekept_residents(half)

    def firsts(visits: dict[str, Any]) -> set[tuple[int, int]]:
        who = visits["resident"]
        known = (who >= 0) & (visits["contact"] == 0) & (visits["requested"] < 1 << 30)
        rows = first[who[known] >> SLOT_BITS] + (who[known] & ((1 << SLOT_BITS) - 1))
        pairs = np.column_stack([visits["visit"][known], visits["facility"][known]])[free[rows]]
        return {(int(a), int(b)) for a, b in pairs}

    assert firsts(plain) == firsts(gated)


@pytest.mark.policy
def test_case_payment_leaves_the_price_of_a_case() -> None:
    world = worlds.county()
    dose = {"extent": 1.0, "case_payment": 1.0, "days_response": 0.2}
    after = compose(world, policies.changes("insurance_reform", world, dose))
    shorter = after.care.stay_days / world.care.stay_days
    kinds = world.names.kinds
    hospital, centre = kinds.index("county_general"), kinds.index("township_centre")
    assert shorter[:, hospital] == pytest.approx(0.8) and (shorter[:, centre] == 1.0).all()
    dearer = after.payment.day_price / world.payment.day_price
    assert dearer.tolist() == pytest.approx([1.0, 1.0, 1.25, 1.25])


@pytest.mark.policy
def test_shares_of_insurance_stay_between_nothing_and_all() -> None:
    world = worlds.county()
    dose = {"extent": 1.0, "visits_low": 0.9, "stays_third": -1.0, "filed": 1.0}
    after = compose(world, policies.changes("insurance_reform", world, dose)).payment
    assert (after.outpatient[:, :2] == 1.0).all() and (after.inpatient[:, 3] == 0.0).all()
    assert after.filed == 1.0 and after.unfiled == world.payment.unfiled
