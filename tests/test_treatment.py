"""What a need becomes, against the formulas: needs by age, treatment, stays, bills."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import worlds
from draws import DRAWS, SIGMAS, close, condition, kind

from sim import care, chance, layers, payment, people, settling
from sim.arithmetic import DAY, TICKS_PER_MINUTE, logistic
from sim.events import ADMITTED, ADVISED, REFERRED_UP, REMOTE, RESOLVED, UNRESOLVED
from sim.table import Table
from sim.world import World

# --- treatment ---------------------------------------------------------------------------------


def treated(world: World, d: int, c: int, severity: int, number: int = 4000, **given: Any) -> Any:
    """Many contacts of one case with a department: columns of `Treatment`."""
    said, t = {"tested_at": -1, "may_ask": False, "now": 0} | given, world.tables
    room, spread = care.room_for_draws(), np.array(chance.spread(world.care.minutes_cv))
    return np.array([
        care.treat(
            t.facilities, t.departments, t.choice, t.needs, t.care, d,
            chance.key(8, 1, n, chance.PERSON), 2, 0, c, severity, said["tested_at"],
            said["may_ask"], said["now"], spread, room,
        )
        for n in range(number)
    ])  # fmt: skip


def wants_test(world: World, luck: int, c: int) -> bool:
    """Whether a need that opened on day 2 asks for a test."""
    room = care.room_for_draws()
    care.draw(room, luck, 2, 0, 0)
    return care.test_needed(world.tables.care, room.values, c)


def department_of(kind_name: str, specialty: str) -> int:
    """A department of a kind."""
    world = worlds.county()
    facility = int(np.flatnonzero(world.facilities.kind == kind(kind_name))[0])
    return int(world.choice.department[facility, world.names.specialties.index(specialty)])


def all_of(world: World, path: str, value: float) -> dict[str, Any]:
    """A column with one value everywhere."""
    return {path: np.full_like(np.asarray(world.get(path)), value)}


OUTCOME, TEST, TESTED, REPEATED = 3, 1, 4, 5


@pytest.mark.theory
@pytest.mark.parametrize(
    ("where", "specialty", "what", "severity"),
    [("township_centre", "general", "minor_acute", 0), ("village_clinic", "general", "minor_acute",
     1), ("county_general", "general", "moderate_acute", 2), ("county_general", "specialist",
     "specialist_outpatient", 1)],
)  # fmt: skip
def test_outcomes_come_as_often_as_the_formula_says(
    where: str, specialty: str, what: str, severity: int
) -> None:
    world, d, c = worlds.county(), department_of(where, specialty), condition(what)
    f = int(world.departments.facility[d])
    treatment = world.care
    out = treated(world, d, c, severity)
    gap = world.departments.level[d] - world.needs.level[c, severity]
    skill = logistic(treatment.skill_offset + treatment.skill_slope * gap)
    need, bed = treatment.test_need[c], treatment.bed[c, severity]
    able = world.facilities.test_share[f] if world.facilities.tests[f] > 0 else 0.0
    ready = skill * (1.0 - need + need * able)
    drug = world.facilities.formulary[f] if treatment.drug[c] else 1.0
    admitted = bed * ready if world.facilities.beds[f] > 0 else 0.0
    resolved = (1.0 - bed) * ready * drug
    advised = (1.0 - admitted - resolved) * treatment.advise
    formal = world.facilities.referral_formal[f]
    assert world.facilities.referral_target[f] >= 0
    for outcome, share in (
        (ADMITTED, admitted), (RESOLVED, resolved), (REFERRED_UP, advised * formal),
        (ADVISED, advised * (1.0 - formal)), (REMOTE, 0.0),
        (UNRESOLVED, (1.0 - admitted - resolved) * (1.0 - treatment.advise)),
    ):  # fmt: skip
        assert close((out[:, OUTCOME] == outcome).sum(), len(out), share), (outcome, share)
    assert close(out[:, TESTED].sum(), len(out), need * able)
    assert ((out[:, TEST] > 0) == (out[:, TESTED] == 1)).all()
    mean = treatment.minutes[c, kind(where)]
    minutes = out[:, 0] / TICKS_PER_MINUTE
    assert abs(minutes.mean() - mean) < SIGMAS * mean * treatment.minutes_cv / np.sqrt(len(out))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("lever", "what"),
    [("facilities.formulary", "minor_acute"), ("facilities.tests", "chronic_exacerbation"),
     ("facilities.test_share", "chronic_exacerbation")],
)  # fmt: skip
def test_skill_test_and_drug_are_complements(lever: str, what: str) -> None:
    """Without one of them who needs it is never helped, not even by remote skill."""
    base, d, c = worlds.county(), department_of("township_centre", "general"), condition(what)
    world = base.having(
        all_of(base, lever, 0) | all_of(base, "departments.remote_point", d)
        | all_of(base, "departments.remote_success", 1.0)
    )  # fmt: skip
    out = treated(world, d, c, 0, may_ask=True)
    helped = np.isin(out[:, OUTCOME], (RESOLVED, REMOTE, ADMITTED))
    needs_it = np.array([
        bool(world.care.drug[c]) if "formulary" in lever
        else wants_test(world, chance.key(8, 1, n, chance.PERSON), c)
        for n in range(len(out))
    ])  # fmt: skip
    bed = out[:, OUTCOME] == ADMITTED  # admission asks for skill and test, not for a drug
    assert needs_it.sum() > 1000
    assert not (helped & needs_it & ~(bed & ("formulary" in lever))).any()


@pytest.mark.unit
def test_a_remote_consultation_replaces_nothing_but_missing_skill() -> None:
    base, d, c = worlds.county(), department_of("village_clinic", "general"), condition(
        "minor_acute")
    linked = base.having(all_of(base, "departments.remote_point", d))
    for severity in (0, 1):
        alone = treated(base, d, c, severity, 2000)
        asked = treated(linked, d, c, severity, 2000, may_ask=True)
        unasked = treated(linked, d, c, severity, 2000, may_ask=False)
        remote = asked[:, OUTCOME] == REMOTE
        assert remote.any()
        assert (unasked == alone).all()
        assert (asked[~remote] == alone[~remote]).all()
        assert not np.isin(alone[remote, OUTCOME], (RESOLVED, ADMITTED)).any()
        local = base.care.remote_local * TICKS_PER_MINUTE
        assert (asked[remote, 0] - alone[remote, 0] == pytest.approx(local))


@pytest.mark.theory
def test_tests_done_elsewhere_are_recognised_or_repeated() -> None:
    base, d = worlds.county(), department_of("county_general", "general")
    c, f = condition("chronic_exacerbation"), int(base.departments.facility[d])
    world = base.having(all_of(base, "facilities.recognition", 0.4))
    out = treated(world, d, c, 1, tested_at=f + 1)
    share = base.care.test_need[c] * 0.6 * base.facilities.test_share[f]
    assert close(out[:, REPEATED].sum(), len(out), share)
    assert (out[:, REPEATED] == out[:, TESTED]).all()
    here = treated(world, d, c, 1, tested_at=f)
    assert here[:, TESTED].sum() == 0
    first = treated(world, d, c, 1)
    assert first[:, REPEATED].sum() == 0


@pytest.mark.theory
def test_stays_last_and_help_as_stated() -> None:
    world, d = worlds.county(), department_of("county_general", "general")
    t, c, f = world.tables, condition("moderate_acute"), int(world.departments.facility[d])
    out = np.array([
        care.stay(
            t.facilities, t.care, f, chance.key(9, 1, n, chance.PERSON), 2, 0, c, 1
        )
        for n in range(4000)
    ])  # fmt: skip
    mean = world.care.stay_days[c, kind("county_general")]
    days = out[:, 0] / DAY
    assert abs(days.mean() - mean) < SIGMAS * mean * world.care.stay_cv / np.sqrt(len(out))
    assert close(out[:, 1].sum(), len(out), world.care.stay_success)
    assert close(out[:, 2].sum(), len(out), world.facilities.step_down[f])


# --- needs -------------------------------------------------------------------------------------


@cache
def residents() -> Table:
    """Everybody of the small county."""
    tables = worlds.county().tables
    return settling.residents(tables.places, tables.people)


def natures(world: World, place: int) -> np.ndarray:
    """Bits of the nature of everybody at a place."""
    first = residents().first_row[place]
    return residents().nature[first : first + world.places.population[place]].astype(int)


@cache
def needs_of_days(days: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Needs by condition and age group over some days of March, and resident by resident ages."""
    world, t = worlds.county(), worlds.county().tables
    arisen = np.zeros((len(world.names.conditions), len(world.names.age_groups)))
    for day in range(days):
        ill = layers.needs_of_day(t, residents(), 1, day, 2)
        assert (np.diff(ill.onset) >= 0).all()
        assert (ill.onset // DAY == day).all()
        assert (ill.slot < world.places.population[ill.place]).all()
        rows = residents().first_row[ill.place] + ill.slot
        np.add.at(arisen, (ill.condition, residents().nature[rows] & people.AGE_BITS), 1)
    return arisen, _risk()


def _risk() -> np.ndarray:
    """Expected needs a day at rate 1 by condition and age group: sex, illness and frailty."""
    world = worlds.county()
    n, p = world.needs, world.people
    risk = np.zeros((len(world.names.conditions), len(world.names.age_groups)))
    for place, population in enumerate(world.places.population):
        for slot, bits in zip(range(population), natures(world, place), strict=True):
            traits = chance.key(p.seed, world.places.code[place], slot, chance.PERSON)
            frail = people.frailty(world.tables.people, traits) / people.FRAILTY_STEPS
            for c in range(len(risk)):
                if not (n.women[c] and not bits & people.WOMAN):
                    ill = float(bits & people.CHRONIC > 0)
                    risk[c, bits & people.AGE_BITS] += ill if n.chronic[c] else frail
    return risk


@pytest.mark.theory
def test_needs_arise_at_the_stated_rate_by_age() -> None:
    world, days = worlds.county(), 28
    arisen, risk = needs_of_days(days)
    n = world.needs
    expected = n.demand * n.rate * n.season[:, [2]] * risk * days / layers.DAYS_PER_YEAR
    assert expected.sum() > 10_000
    for cell in np.ndindex(expected.shape):
        error = np.sqrt(expected[cell]) + 1.0
        assert abs(arisen[cell] - expected[cell]) < SIGMAS * error, (cell, expected[cell])
    assert abs(arisen.sum() - expected.sum()) < SIGMAS * np.sqrt(expected.sum())


@pytest.mark.theory
def test_frailty_is_around_one_and_bounded() -> None:
    p = worlds.county().people
    drawn = np.array([
        people.frailty(worlds.county().tables.people, chance.key(1, 2, n, chance.PERSON))
        for n in range(DRAWS)
    ]) / people.FRAILTY_STEPS  # fmt: skip
    assert drawn.max() <= p.frailty_bound
    assert drawn.mean() == pytest.approx(1.0, abs=0.02)


@pytest.mark.unit
def test_frailty_is_kept_to_the_nearest_step() -> None:
    table = worlds.county().tables.people
    for n in range(500):
        traits = chance.key(1, 2, n, chance.PERSON)
        u = chance.uniform(traits, 0, 0, chance.FRAILTY)
        exact = min(chance.lognormal(u, 1.0, table.frailty_cv), table.frailty_bound)
        kept = people.frailty(table, traits)
        assert kept == people.FRAILEST or abs(kept - exact * people.FRAILTY_STEPS) <= 0.5


@pytest.mark.theory
def test_traits_come_as_often_as_the_tables_say() -> None:
    """Age by the mix of the place; sex, scheme, illness and contract by age."""
    world = worlds.county()
    p, place = world.people, int(np.argmax(world.places.population))
    bits = natures(world, place)
    ages = bits & people.AGE_BITS
    bands = np.diff(p.age_cumulative[world.places.age_mix[place]], prepend=0.0)
    urban = world.places.urban[place]
    assert close((bits & people.WOMAN > 0).sum(), len(bits), p.female)
    for age in range(len(world.names.age_groups)):
        here = bits[ages == age]
        assert close(len(here), len(bits), bands[p.age_group == age].sum())
        for bit, share in (
            (people.SCHEME, p.employee[urban, age]), (people.CHRONIC, p.chronic[age]),
            (people.CONTRACT, p.contract[age]),
        ):  # fmt: skip
            assert close((here & bit > 0).sum(), len(here), share), (age, bit)


@pytest.mark.unit
def test_a_person_is_what_is_kept_of_the_resident() -> None:
    world, t = worlds.county(), worlds.county().tables
    for place in range(3):
        for slot, bits in zip(range(50), natures(world, place), strict=False):
            who = people.person(t.places, t.people, t.payment, residents(), 1, place, slot)
            assert who.row == residents().first_row[place] + slot
            assert who.traits == chance.key(
                world.people.seed, world.places.code[place], slot, chance.PERSON
            )
            assert who.luck == chance.key(1, world.places.code[place], slot, chance.PERSON)
            assert bits == who.age_group | (bits & people.WOMAN) | (
                people.SCHEME * who.scheme + people.CHRONIC * who.chronic
                + people.CONTRACT * who.contract
            )  # fmt: skip


@pytest.mark.theory
def test_given_demand_is_poisson_by_hour() -> None:
    world, days = worlds.queue(30.0), 50
    counts = np.zeros((days, 24))
    for day in range(days):
        arriving = people.arrivals_of_day(world.tables.streams, 1, day, day % 7)
        assert (np.diff(arriving.tick) >= 0).all()
        assert len(set(arriving.number.tolist())) == len(arriving.number)
        np.add.at(counts[day], arriving.tick % DAY // people.HOUR, 1)
    cells = counts.size
    assert abs(counts.mean() - 30.0) < SIGMAS * np.sqrt(30.0 / cells)
    dispersion = counts.var(ddof=1) / counts.mean()
    assert abs(dispersion - 1.0) < SIGMAS * np.sqrt(2.0 / cells)


# --- bills -------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("grade", [0, 1, 2, 3])
def test_bills_follow_the_rules_of_the_scheme(scheme: int, grade: int) -> None:
    p = worlds.county().tables.payment
    for severity in range(3):
        for tests in (0.0, 1.0):
            cost = p.visit_price[grade] * p.severity[severity] + tests * p.test_price[grade]
            for chronic, base in ((0, p.outpatient[scheme, grade]), (1, max(
                p.outpatient[scheme, grade], p.chronic[scheme, grade]))):  # fmt: skip
                for in_area, filed, factor in ((1, 0, 1.0), (0, 1, p.filed), (0, 0, p.unfiled)):
                    got = payment.visit_bill(
                        p, grade, severity, tests, scheme, chronic, in_area, filed, 0, False
                    )
                    own = cost * (1.0 - base * factor)
                    assert got == pytest.approx((cost * 100, own * 100), abs=0.51)


@pytest.mark.unit
def test_a_stay_pays_its_deductible_once_and_never_when_sent_down() -> None:
    p = worlds.county().tables.payment
    for scheme in range(2):
        for grade in range(4):
            for days in (0.1, 7.0):
                cost = days * p.day_price[grade] * p.severity[1]
                share = p.inpatient[scheme, grade]
                free = min(cost, p.deductible[scheme, grade])
                got = payment.stay_bill(
                    p, grade, 1, days, scheme, True, True, False, 0, False
                )
                own = cost - (cost - free) * share
                assert got == pytest.approx((cost * 100, own * 100), abs=0.51)
                waived = payment.stay_bill(
                    p, grade, 1, days, scheme, True, True, True, 0, False
                )
                assert waived == pytest.approx((cost * 100, cost * (1 - share) * 100), abs=0.51)


@pytest.mark.unit
def test_money_is_whole_fen_to_the_nearest() -> None:
    """19.99 x 100 is 1998.99… in binary and still 1999 fen."""
    assert payment.fen(19.99) == 1999
    assert payment.fen(0.0) == 0
