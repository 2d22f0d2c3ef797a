"""What people decide, against the formulas: choice, numbers, the next try, learning, patience."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import worlds
from draws import DRAWS, SIGMAS, close, condition, kind

from sim import behaviour, chance, people, registration
from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled
from sim.behaviour import HOME, Case, Goal, Outlook
from sim.engine import rules
from sim.world import EXPONENTIAL, World

HEALTHY_HOUR = 10 * 60 * TICKS_PER_MINUTE


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
                world.places, world.facilities, world.choice, world.needs, weights, world.care,
                world.payment, known, who, case, Goal(*goal),
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


def before(time: int) -> float:
    """Share of a day's hospital arrivals before a time of the day."""
    weights = worlds.county().behaviour
    return float(registration.share_before(weights, registration.HOSPITAL_PROFILE, time))


def hourly_shares(world: World, d: int, slotted: float) -> np.ndarray:
    """Expected share of arrivals by hour: the profile within sessions, or even by time slot."""
    expected, hour = np.zeros(24), registration.HOUR
    for first, last in zip(world.departments.opens[d], world.departments.closes[d], strict=True):
        for h in range(24):
            a, b = np.clip((h * hour, (h + 1) * hour), first, last)
            even = (before(last) - before(first)) * (b - a) / (last - first)
            expected[h] += (1.0 - slotted) * (before(b) - before(a)) + slotted * even
    return expected / expected.sum()


@pytest.mark.theory
@pytest.mark.parametrize("slotted", [0.0, 0.3])
def test_arrivals_follow_the_profile_at_whatever_hour_people_ask(slotted: float) -> None:
    """With numbers without end, asked for at any minute of two days."""
    d, base = booked(), worlds.county()
    many = np.full_like(base.departments.quota_minutes, 1e-3)
    world = base.having({
        "departments.quota_minutes": many, "departments.slotted": np.full_like(many, slotted),
    })  # fmt: skip
    book = np.zeros((world.behaviour.horizon + 1, 2, 2), np.int64)
    hours = np.zeros(24)
    for n in range(DRAWS // 2):
        luck = chance.key(2, 5, n, chance.PERSON)
        now = int(chance.uniform(luck, 0, 0, chance.SEVERITY) * 2 * DAY)
        got = ask(world, book, d, luck, now, now // DAY, False)
        hours[got.arrival % DAY // registration.HOUR] += 1
    for h, share in enumerate(hourly_shares(world, d, slotted)):
        assert close(hours[h], hours.sum(), share), (h, share, hours[h] / hours.sum())


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
    waits = [behaviour.patience(EXPONENTIAL, 40.0, 1.0, one, 2, 1) for one in luck]
    minutes = np.array(waits) / TICKS_PER_MINUTE
    days = np.array([behaviour.bed_patience(5.0, one, 2, 1) for one in luck]) / DAY
    for drawn, mean in ((minutes, 40.0), (days, 5.0)):
        assert abs(drawn.mean() - mean) < SIGMAS * mean / np.sqrt(len(drawn))
    assert abs(np.corrcoef(minutes, days)[0, 1]) < SIGMAS / np.sqrt(len(luck))
