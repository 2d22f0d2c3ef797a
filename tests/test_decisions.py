"""The compiled rules against their formulas: choice, numbers, learning, treatment, needs, bills."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import worlds

from sim import behaviour, care, chance, payment, people, registration
from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled, logistic
from sim.behaviour import HOME, Case, Goal, Outlook
from sim.engine import rules
from sim.events import ADMITTED, ADVISED, REFERRED_UP, REMOTE, RESOLVED, UNRESOLVED
from sim.world import World

SIGMAS = 4.5  # a test of some dozens of shares fails by chance once in thousands of runs
HEALTHY_HOUR = 10 * 60 * TICKS_PER_MINUTE
DRAWS = 20_000


def close(count: float, trials: float, share: float) -> bool:
    """Whether a count agrees with a probability within its binomial error."""
    error = np.sqrt(trials * share * (1.0 - share)) + 1e-9
    return bool(abs(count - trials * share) <= SIGMAS * error)


@cache
def outlook() -> Outlook:
    """What residents know on day 0 of the small county."""
    world = worlds.county()
    people_there = int(world.places.population.sum())
    rows = np.concatenate([[0], np.cumsum(world.places.population)[:-1]]).astype(np.int64)
    tiers, towns = len(world.names.tiers), len(world.names.townships)
    return Outlook(
        np.array(world.departments.prior_minutes), np.array(world.departments.prior_days), rows,
        np.zeros((people_there, tiers, 2), np.uint8), np.full(people_there, -1, np.int8),
        np.zeros((towns, tiers, 2), np.int64),
    )  # fmt: skip


def condition(name: str) -> int:
    """Index of a condition group."""
    return worlds.county().names.conditions.index(name)


def kind(name: str) -> int:
    """Index of a kind of facility."""
    return worlds.county().names.kinds.index(name)


# --- choice ------------------------------------------------------------------------------------


@compiled
def _choices(rules, who, condition, severity, now, weekday, out):
    for i in range(out.shape[0]):
        case = Case(i, condition, severity, 0, -1, -1, -1)
        out[i] = behaviour.choose(
            rules.places, rules.facilities, rules.departments, rules.choice, rules.needs,
            rules.behaviour, rules.care, rules.payment, rules.outlook, who, case, now, weekday,
        ).kind  # fmt: skip


def closed_form(world: World, who: Any, case: Case, now: int) -> dict[int, float]:
    """Nested logit shares by kind, -1 home, from the systematic utilities."""
    known, weights = outlook(), world.behaviour
    value: dict[int, float] = {}
    for k in range(len(world.names.kinds)):
        goal = behaviour.alternative(
            world.facilities, world.departments, world.choice, world.needs, who, case, k, now, 0
        )
        if goal.kind >= 0:
            value[k] = behaviour.utility(
                world.places, world.facilities, world.choice, weights, world.care, world.payment,
                known, who, case, Goal(*goal),
            )  # fmt: skip
    nest = world.choice.nest
    inclusive = {HOME: float(weights.home[case.severity])}
    within: dict[int, float] = {}
    for n in set(nest[list(value)].tolist()):
        scale = weights.nest_scale[n]
        each = {k: np.exp(v / scale) for k, v in value.items() if nest[k] == n}
        inclusive[n + 100] = scale * np.log(sum(each.values()))
        within |= {k: e / sum(each.values()) for k, e in each.items()}
    total = sum(np.exp(v) for v in inclusive.values())
    share = {n: np.exp(v) / total for n, v in inclusive.items()}
    return {HOME: share[HOME]} | {k: share[int(nest[k]) + 100] * within[k] for k in value}


@pytest.mark.theory
@pytest.mark.parametrize(
    ("name", "severity", "slot"),
    [("minor_acute", 0, 0), ("minor_acute", 2, 5), ("moderate_acute", 1, 9),
     ("moderate_acute", 2, 3), ("musculoskeletal", 1, 7), ("injury", 1, 2)],
)  # fmt: skip
def test_choices_are_a_nested_logit(name: str, severity: int, slot: int) -> None:
    world = worlds.county()
    who = people.person(world.places, world.people, 1, 3, slot)
    out = np.empty(DRAWS, np.int64)
    handle = rules.of(world, outlook())
    _choices(handle, who, condition(name), severity, HEALTHY_HOUR, 0, out)
    case = Case(0, condition(name), severity, 0, -1, -1, -1)
    expected = closed_form(world, who, case, HEALTHY_HOUR)
    assert sum(expected.values()) == pytest.approx(1.0)
    assert len(expected) >= 3
    assert set(out) <= set(expected)
    for k, share in expected.items():
        assert close((out == k).sum(), DRAWS, share), (k, share, (out == k).mean())


@pytest.mark.unit
def test_a_change_flips_only_towards_what_became_better() -> None:
    """One kind more attractive: whoever changes his mind changes to it, or within its nest."""
    world = worlds.county()
    hub = kind("hub_general")
    constants = world.behaviour.constant.copy()
    constants[hub] += 1.0
    better = world.having({"behaviour.constant": constants})
    who = people.person(world.places, world.people, 1, 3, 4)
    outs = []
    for each in (world, better):
        out = np.empty(DRAWS, np.int64)
        handle = rules.of(each, outlook())
        _choices(handle, who, condition("moderate_acute"), 1, HEALTHY_HOUR, 0, out)
        outs.append(out)
    moved = outs[0] != outs[1]
    assert 0 < moved.sum() < DRAWS / 2
    assert set(world.choice.nest[outs[1][moved]]) == {world.choice.nest[hub]}
    assert (outs[1] == hub).sum() > (outs[0] == hub).sum()


@pytest.mark.unit
def test_filing_does_not_depend_on_the_advice_of_a_contact() -> None:
    """Two decisions of one episode draw apart."""
    world = worlds.county()
    luck = [chance.key(7, 1, slot, chance.PERSON) for slot in range(4000)]
    filed = np.array([behaviour.files(world.behaviour, one, 3) for one in luck])
    assert close(filed.sum(), len(luck), world.behaviour.filing)
    for contact in range(6):
        for word in range(4):
            u = np.array([chance.uniforms(one, 3, contact, chance.REFERRAL)[word] for one in luck])
            if (contact, word) != (0, 2):
                assert abs(np.corrcoef(filed, u)[0, 1]) < SIGMAS / np.sqrt(len(luck))


# --- numbers -----------------------------------------------------------------------------------


def booked() -> int:
    """A department of the county that gives out numbers."""
    return int(np.flatnonzero(worlds.county().departments.quota_minutes > 0.0)[0])


def ask(world: World, book: Any, d: int, luck: int, now: int, weekday: int, linked: bool) -> Any:
    """An appointment for somebody half an hour away."""
    return registration.appoint(
        world.departments, world.behaviour, book, d, luck, 0, 1, now, now + 30 * TICKS_PER_MINUTE,
        weekday, linked,
    )  # fmt: skip


def quota(world: World, d: int, weekday: int, session: int) -> int:
    """Numbers of a session."""
    return int(registration.numbers(world.departments, d, weekday, session))


@pytest.mark.unit
@pytest.mark.parametrize("held", [0.0, 0.3])
def test_numbers_never_exceed_the_quota_and_come_in_session(held: float) -> None:
    d, base = booked(), worlds.county()
    world = base.having({"departments.held": np.full(len(base.departments.held), held)})
    horizon = world.behaviour.horizon
    book = np.zeros((horizon + 1, 2, 2), np.int64)
    opens, closes = world.departments.opens[d], world.departments.closes[d]
    refused, now = 0, 3 * DAY + 7 * 60 * TICKS_PER_MINUTE
    for n in range(6000):
        luck = chance.key(1, 1, n, chance.PERSON)
        got = ask(world, book, d, luck, now, 2, n % 3 == 0)
        refused += not got.found
        if got.found:
            book[got.day % (horizon + 1), got.session, int(n % 3 == 0)] += 1
            within = got.arrival - got.day * DAY
            assert opens[got.session] <= within < closes[got.session]
            assert got.arrival >= now + 30 * TICKS_PER_MINUTE
            assert 3 <= got.day <= 3 + horizon
    assert refused > 0
    for day in range(3, 4 + horizon):
        weekday = (2 + day - 3) % 7
        for session in range(2):
            given = book[day % (horizon + 1), session].sum()
            assert given <= quota(world, d, weekday, session)


@pytest.mark.unit
def test_held_numbers_wait_for_linked_referrers_until_release() -> None:
    d, base = booked(), worlds.county()
    world = base.having({"departments.held": np.full(len(base.departments.held), 0.25)})
    opening = 5 * DAY + int(world.departments.opens[d, 0])
    total, early = quota(world, d, 0, 0), opening - 2 * world.behaviour.release
    held = int(total * 0.25)
    assert held >= 1

    def free(public: int, linked_out: int, now: int, linked: bool) -> int:
        book = np.array([public, linked_out])
        return int(registration.free_numbers(
            world.departments, world.behaviour, book, d, 0, 0, opening, now, linked
        ))  # fmt: skip

    assert free(total - held, 0, early, False) == 0
    assert free(total - held, 0, early, True) == held
    assert free(total - held, 0, opening - world.behaviour.release, False) == held
    assert free(total - held - 1, held, early, False) == 1
    assert free(total - held - 1, held + 1, early, False) == 0
    for public in range(total - held + 1):
        for out in range(total - public + 1):
            assert free(public, out, early, False) <= max(free(public, out, early, True), 0)


@pytest.mark.theory
@pytest.mark.parametrize("slotted", [0.0, 0.3])
def test_arrivals_follow_the_profile_within_sessions(slotted: float) -> None:
    """Asked at any minute of a week with numbers without end: the profile, or even time slots."""
    d, base = booked(), worlds.county()
    many = np.full_like(base.departments.quota_minutes, 1e-3)
    world = base.having({
        "departments.quota_minutes": many, "departments.slotted": np.full_like(many, slotted),
    })  # fmt: skip
    book = np.zeros((world.behaviour.horizon + 1, 2, 2), np.int64)
    hours = np.zeros(24)
    opens, closes = world.departments.opens[d], world.departments.closes[d]
    for n in range(DRAWS // 2):
        luck = chance.key(2, 5, n, chance.PERSON)
        now = int(chance.uniform(luck, 0, 0, chance.SEVERITY) * 2 * DAY)
        got = ask(world, book, d, luck, now, now // DAY, False)
        hours[got.arrival % DAY // registration.HOUR] += 1
    for session in range(2):
        first, last = opens[session], closes[session]
        low, high, whole = (
            registration.share_before(world.behaviour, registration.HOSPITAL_PROFILE, t)
            for t in (first, last, DAY)
        )
        both = sum(
            registration.share_before(world.behaviour, registration.HOSPITAL_PROFILE, closes[s])
            - registration.share_before(world.behaviour, registration.HOSPITAL_PROFILE, opens[s])
            for s in range(2)
        )
        for hour in range(first // registration.HOUR, -(-last // registration.HOUR)):
            a, b = max(hour * registration.HOUR, first), min((hour + 1) * registration.HOUR, last)
            part = sum(
                sign * registration.share_before(world.behaviour, registration.HOSPITAL_PROFILE, t)
                for sign, t in ((-1, a), (1, b))
            )
            even = (high - low) * (b - a) / (last - first)
            share = ((1 - slotted) * part + slotted * even) / both
            assert close(hours[hour], hours.sum(), share), (hour, share, hours / hours.sum())


@pytest.mark.unit
def test_without_a_quota_one_comes_at_the_usual_hour_of_the_first_day_it_is_not_past() -> None:
    world = worlds.county()
    free = (world.departments.quota_minutes == 0.0) & (world.departments.always == 0)
    d = int(np.flatnonzero(free & (world.departments.doctors[:, 0, :].min(axis=1) > 0))[0])
    book = np.zeros((world.behaviour.horizon + 1, 2, 2), np.int64)
    for n in range(300):
        luck = chance.key(3, 5, n, chance.PERSON)
        early = ask(world, book, d, luck, 0, 0, False)
        assert early.day == 0
        again = ask(world, book, d, luck, early.arrival - 31 * TICKS_PER_MINUTE, 0, False)
        late = ask(world, book, d, luck, early.arrival, 0, False)
        assert again == early
        assert (late.day, late.arrival) == (1, early.arrival + DAY)


# --- going on, learning ------------------------------------------------------------------------


@pytest.mark.theory
def test_the_next_try_is_on_a_later_day_with_the_stated_probability_and_mean() -> None:
    weights = worlds.county().behaviour
    now = 4 * DAY + HEALTHY_HOUR
    for advised, severity in ((False, 0), (False, 1), (False, 2), (True, 0)):
        tries = np.array([
            behaviour.next_try(
                weights, chance.key(5, 1, n, chance.PERSON), 4, 1, advised, severity, now
            )
            for n in range(DRAWS // 2)
        ])  # fmt: skip
        again = tries >= 0
        share = weights.follows if advised else weights.returns[severity]
        assert close(again.sum(), len(tries), share)
        days = tries[again] // DAY - 4
        assert days.min() == 1
        error = days.std() / np.sqrt(len(days))
        assert abs(days.mean() - weights.return_days) < SIGMAS * error


@pytest.mark.unit
def test_expected_waits_are_smoothed_and_the_prior_fades_in() -> None:
    weights = worlds.county().behaviour
    expected, prior = np.array([30.0, 10.0, 7.0]), np.array([5.0, 20.0, 7.0])
    sums = np.array([[90 * TICKS_PER_MINUTE, 2], [0, 0], [0, 4]])
    behaviour.experience(weights, expected, sums, prior, float(TICKS_PER_MINUTE))
    s, f = weights.smoothing, weights.fading
    assert expected == pytest.approx([30 + s * (45 - 30), 10 + f * (20 - 10), 7 - s * 7])


@pytest.mark.unit
def test_a_full_counter_halves_its_pair() -> None:
    pair = np.array([6, 9], np.uint8)
    behaviour.count(pair, 1, 10.0)
    assert pair.tolist() == [6, 10]
    behaviour.count(pair, 1, 10.0)
    assert pair.tolist() == [3, 6]
    behaviour.count(pair, 0, 10.0)
    assert pair.tolist() == [4, 6]


@pytest.mark.unit
def test_counters_never_overflow_and_keep_the_share() -> None:
    weights = worlds.county().behaviour
    assert weights.own_memory <= np.iinfo(np.uint8).max
    trust, last = np.zeros((1, 1, 2), np.uint8), np.full(1, -1, np.int8)
    town = np.zeros((1, 1, 2), np.int64)
    one = np.zeros(1, np.int64)
    for n in range(5000):
        good = np.array([int(n % 4 != 0)])
        behaviour.learn(weights, trust, last, town, one, one, one, one + 3, good)
        assert trust.max() <= weights.own_memory
        assert town.max() <= weights.town_memory
    assert last[0] == 3
    unresolved, resolved = town[0, 0]
    assert resolved / (resolved + unresolved) == pytest.approx(0.75, abs=0.02)
    assert behaviour.mean_trust(weights, 0, 0) == 0.5


@pytest.mark.unit
def test_patience_has_the_stated_mean() -> None:
    luck = [chance.key(6, 1, n, chance.PERSON) for n in range(DRAWS // 2)]
    minutes = np.array([behaviour.patience(40.0, one, 2, 1) for one in luck]) / TICKS_PER_MINUTE
    days = np.array([behaviour.bed_patience(5.0, one, 2, 1) for one in luck]) / DAY
    for drawn, mean in ((minutes, 40.0), (days, 5.0)):
        assert abs(drawn.mean() - mean) < SIGMAS * mean / np.sqrt(len(drawn))
    assert abs(np.corrcoef(minutes, days)[0, 1]) < SIGMAS / np.sqrt(len(luck))


# --- treatment ---------------------------------------------------------------------------------


def treated(world: World, d: int, c: int, severity: int, number: int = 4000, **given: Any) -> Any:
    """Many contacts of one case with a department: columns of `Treatment`."""
    said = {"tested_before": False, "may_ask": False} | given
    return np.array([
        care.treat(
            world.facilities, world.departments, world.needs, world.care, d,
            chance.key(8, 1, n, chance.PERSON), 2, 0, c, severity, said["tested_before"],
            said["may_ask"],
        )
        for n in range(number)
    ])  # fmt: skip


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
        else care.test_needed(world.care, chance.key(8, 1, n, chance.PERSON), 2, c)
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
    out = treated(world, d, c, 1, tested_before=True)
    share = base.care.test_need[c] * 0.6 * base.facilities.test_share[f]
    assert close(out[:, REPEATED].sum(), len(out), share)
    assert (out[:, REPEATED] == out[:, TESTED]).all()
    first = treated(world, d, c, 1)
    assert first[:, REPEATED].sum() == 0


@pytest.mark.theory
def test_stays_last_and_help_as_stated() -> None:
    world, d = worlds.county(), department_of("county_general", "general")
    c, f = condition("moderate_acute"), int(world.departments.facility[d])
    out = np.array([
        care.stay(
            world.facilities, world.care, f, chance.key(9, 1, n, chance.PERSON), 2, 0, c, 1
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
def needs_of_days(days: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Needs by condition and age group over some days of March, and resident by resident ages."""
    world = worlds.county()
    arisen = np.zeros((len(world.names.conditions), len(world.names.age_groups)))
    for day in range(days):
        ill = people.needs_of_day(world.places, world.people, world.needs, 1, day, 2)
        assert (np.diff(ill.onset) >= 0).all()
        assert (ill.onset // DAY == day).all()
        assert (ill.slot < world.places.population[ill.place]).all()
        for place, slot, c in zip(ill.place, ill.slot, ill.condition, strict=True):
            who = people.person(world.places, world.people, 1, place, slot)
            arisen[c, who.age_group] += 1
    return arisen, _risk()


def _risk() -> np.ndarray:
    """Expected needs a day at rate 1 by condition and age group: sex, illness and frailty."""
    world = worlds.county()
    n, p = world.needs, world.people
    risk = np.zeros((len(world.names.conditions), len(world.names.age_groups)))
    for place, population in enumerate(world.places.population):
        for slot in range(population):
            who = people.person(world.places, p, 1, place, slot)
            frail = people.frailty(p, who.traits)
            for c in range(len(risk)):
                if not (n.women[c] and not who.woman):
                    risk[c, who.age_group] += who.chronic if n.chronic[c] else frail
    return risk


@pytest.mark.theory
def test_needs_arise_at_the_stated_rate_by_age() -> None:
    world, days = worlds.county(), 28
    arisen, risk = needs_of_days(days)
    n = world.needs
    expected = n.demand * n.rate * n.season[:, [2]] * risk * days / people.DAYS_PER_YEAR
    assert expected.sum() > 10_000
    for cell in np.ndindex(expected.shape):
        error = np.sqrt(expected[cell]) + 1.0
        assert abs(arisen[cell] - expected[cell]) < SIGMAS * error, (cell, expected[cell])
    assert abs(arisen.sum() - expected.sum()) < SIGMAS * np.sqrt(expected.sum())


@pytest.mark.theory
def test_frailty_is_around_one_and_bounded() -> None:
    p = worlds.county().people
    drawn = np.array([
        people.frailty(p, chance.key(1, 2, n, chance.PERSON)) for n in range(DRAWS)
    ])  # fmt: skip
    assert drawn.max() <= p.frailty_bound
    assert drawn.mean() == pytest.approx(1.0, abs=0.02)


@pytest.mark.theory
def test_given_demand_is_poisson_by_hour() -> None:
    world, days = worlds.queue(30.0), 50
    counts = np.zeros((days, 24))
    for day in range(days):
        arriving = people.arrivals_of_day(world.streams, 1, day, day % 7)
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
    p = worlds.county().payment
    for severity in range(3):
        for tests in (0.0, 1.0):
            cost = p.visit_price[grade] * p.severity[severity] + tests * p.test_price[grade]
            for chronic, base in ((0, p.outpatient[scheme, grade]), (1, max(
                p.outpatient[scheme, grade], p.chronic[scheme, grade]))):  # fmt: skip
                for in_area, filed, factor in ((1, 0, 1.0), (0, 1, p.filed), (0, 0, p.unfiled)):
                    got = payment.visit_bill(
                        p, grade, severity, tests, scheme, chronic, in_area, filed
                    )
                    own = cost * (1.0 - base * factor)
                    assert got == pytest.approx((cost * 100, own * 100), abs=0.51)


@pytest.mark.unit
def test_a_stay_pays_its_deductible_once_and_never_when_sent_down() -> None:
    p = worlds.county().payment
    for scheme in range(2):
        for grade in range(4):
            for days in (0.1, 7.0):
                cost = days * p.day_price[grade] * p.severity[1]
                share = p.inpatient[scheme, grade]
                free = min(cost, p.deductible[scheme, grade])
                got = payment.stay_bill(p, grade, 1, days, scheme, True, True, False)
                own = cost - (cost - free) * share
                assert got == pytest.approx((cost * 100, own * 100), abs=0.51)
                waived = payment.stay_bill(p, grade, 1, days, scheme, True, True, True)
                assert waived == pytest.approx((cost * 100, cost * (1 - share) * 100), abs=0.51)


@pytest.mark.unit
def test_money_is_whole_fen_to_the_nearest() -> None:
    """19.99 x 100 is 1998.99… in binary and still 1999 fen."""
    assert payment.fen(19.99) == 1999
    assert payment.fen(0.0) == 0
