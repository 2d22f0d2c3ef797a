"""What people decide, against the formulas: where to go, and when one comes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import worlds
from draws import DRAWS, SIGMAS, close, condition, kind

from sim import behaviour, chance, choice, logit, payment, people, registration, settling
from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled, ticks
from sim.choice import Case, choose
from sim.engine import rules
from sim.logit import HOME
from sim.table import EIGHT, Table
from sim.world import World

HOUR = 60 * TICKS_PER_MINUTE
HEALTHY_HOUR = 10 * HOUR


@cache
def outlook() -> Table:
    """What residents know on day 0 of the small county."""
    world = worlds.county()
    people_there = int(world.places.population.sum())
    names = world.names
    return behaviour.outlook(
        world.departments, people_there, len(names.townships), len(names.tiers)
    )


@cache
def residents() -> Table:
    """Everybody of the small county."""
    tables = worlds.county().tables
    return settling.residents(tables.places, tables.people)


def somebody(slot: int) -> people.Person:
    """A resident of a place of the small county, with the luck of replication 1."""
    tables = worlds.county().tables
    return people.person(
        tables.places, tables.people, tables.payment, residents(), 1, 3, slot
    )


# --- choice ------------------------------------------------------------------------------------


@compiled
def _choices(rules, who, condition, severity, now, weekday, out):
    for i in range(out.shape[0]):
        case = Case(i, condition, severity, 0, -1, -1, -1)
        out[i] = choose(
            rules.places, rules.facilities, rules.departments, rules.choice, rules.needs,
            rules.behaviour, rules.offers, rules.bills, rules.esteem, rules.delay, rules.outlook,
            rules.scratch, who, case, now, weekday,
        ).kind  # fmt: skip


def closed_form(world: World, who: Any, case: Case, now: int) -> dict[int, float]:
    """Nested logit shares by kind, -1 home, from the systematic utilities."""
    t, weights = rules.of(world, residents(), outlook()), world.behaviour
    town = t.places.township[who.place]
    benefit = int(who.chronic and t.needs.chronic[case.condition])
    bills = t.bills[
        case.condition, case.severity, payment.insured(who.scheme, who.cover), benefit
    ]
    value: dict[int, float] = {}
    for k in range(len(world.names.kinds)):
        taste = chance.uniforms(who.traits, k // 4, 0, chance.TASTE)[k % 4]
        offer = choice.alternative(
            t.places, t.facilities, t.departments, t.choice, t.needs, t.offers, who, case, k,
            taste, now, 0,
        )  # fmt: skip
        if offer.kind >= 0:
            value[k] = choice.utility(
                t.choice, t.behaviour, t.offers, bills, t.esteem, t.delay, t.outlook, who, town,
                case, -1, offer,
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
    who = somebody(slot)
    out = np.empty(DRAWS, np.int64)
    handle = rules.of(world, residents(), outlook())
    _choices(handle, who, condition(name), severity, HEALTHY_HOUR, 0, out)
    case = Case(0, condition(name), severity, 0, -1, -1, -1)
    expected = closed_form(world, who, case, HEALTHY_HOUR)
    assert sum(expected.values()) == pytest.approx(1.0)
    assert len(expected) >= 3
    assert set(out) <= set(expected)
    for k, share in expected.items():
        assert close((out == k).sum(), DRAWS, share), (k, share, (out == k).mean())


@pytest.mark.unit
def test_people_who_decide_together_decide_as_each_alone() -> None:
    """Neighbours in the lanes, and whether lanes are empty, change nobody's goal."""
    handle, hours = rules.of(worlds.county(), residents(), outlook()), (9, 14, 3)
    r, conditions = handle, len(worlds.county().names.conditions)
    found: set[int] = set()
    for first in range(0, 40 * EIGHT, EIGHT - 1):
        room = logit.scratch(len(r.choice.nest), EIGHT)
        people_here = [somebody(first + lane) for lane in range(EIGHT - first % 3)]
        cases = [
            Case(first, (first + lane) % conditions, lane % 3, lane % 2, -1, -1, -1)
            for lane in range(len(people_here))
        ]
        now = hours[first % 3] * HOUR
        for lane, (who, case) in enumerate(zip(people_here, cases, strict=True)):
            choice.enter(room, lane, who, case)
        logit.draw(room)
        for lane, (who, case) in enumerate(zip(people_here, cases, strict=True)):
            choice.weigh(
                r.places, r.facilities, r.departments, r.choice, r.needs, r.behaviour, r.offers,
                r.bills, r.esteem, r.delay, r.outlook, room, lane, who, case, now, 0,
            )  # fmt: skip
        logit.run(r.choice, r.behaviour, room)
        together = [choice.goal_of(r.departments, room, lane) for lane in range(len(people_here))]
        alone = [rules.choose(handle, *one, now, 0) for one in zip(people_here, cases, strict=True)]
        assert together == alone
        found |= {goal.kind for goal in alone}
    assert HOME in found and len(found) > 5


@pytest.mark.unit
def test_a_change_flips_only_towards_what_became_better() -> None:
    """One kind more attractive: whoever changes his mind changes to it, or within its nest."""
    world = worlds.county()
    hub = kind("hub_general")
    constants = world.behaviour.constant.copy()
    constants[hub] += 1.0
    better = world.having({"behaviour.constant": constants})
    who = somebody(4)
    outs = []
    for each in (world, better):
        out = np.empty(DRAWS, np.int64)
        handle = rules.of(each, residents(), outlook())
        _choices(handle, who, condition("moderate_acute"), 1, HEALTHY_HOUR, 0, out)
        outs.append(out)
    moved = outs[0] != outs[1]
    assert 0 < moved.sum() < DRAWS / 2
    assert set(world.choice.nest[outs[1][moved]]) == {world.choice.nest[hub]}
    assert (outs[1] == hub).sum() > (outs[0] == hub).sum()


@pytest.mark.unit
def test_more_candidates_that_nobody_prefers_change_no_choice() -> None:
    """Eight candidates of a kind, four of them without a share."""
    world, who = worlds.county(), somebody(6)
    columns = world.choice
    wider = world.having({
        "choice.option": np.concatenate([columns.option, columns.option], axis=2),
        "choice.taste": np.concatenate([columns.taste, np.ones_like(columns.taste)], axis=2),
        "choice.travel": np.concatenate([columns.travel, columns.travel], axis=2),
    })  # fmt: skip
    outs = [np.empty(2000, np.int64), np.empty(2000, np.int64)]
    for each, out in zip((world, wider), outs, strict=True):
        handle = rules.of(each, residents(), outlook())
        _choices(handle, who, condition("minor_acute"), 1, HEALTHY_HOUR, 0, out)
    assert np.array_equal(*outs)


@pytest.mark.unit
def test_offers_say_what_the_world_says() -> None:
    """What is worked out once for a World against its columns and the rule of bills."""
    world = worlds.county()
    world = world.having({"facilities.renown": np.linspace(0.0, 1.0, len(world.facilities.code))})
    t, option = rules.of(world, residents(), outlook()), world.choice.option
    place, kind, c = np.nonzero(option >= 0)
    offers, facility = t.offers.candidates[place, kind, c], option[place, kind, c]
    travel = np.array([ticks(m) for m in world.choice.travel[place, kind, c]])
    base = world.behaviour.travel * (travel / TICKS_PER_MINUTE) + world.behaviour.constant[kind]
    base = base + world.facilities.renown[facility]
    away = world.facilities.pooling_area[facility] != world.places.pooling_area[place]
    base = base + np.where(away, world.behaviour.outside, 0.0)
    assert away.any()
    assert np.array_equal(offers["first"], t.offers.first[facility])
    for n, seen_by in enumerate([*world.choice.department.T, world.choice.emergency]):
        on = t.offers.steps_on[offers["layout"], n]
        assert np.array_equal(np.where(on >= 0, offers["first"] + on, -1), seen_by[facility])
    assert np.array_equal(offers["travel"], travel)
    assert np.array_equal(offers["base"], base)
    assert np.array_equal(offers["tier"], world.facilities.tier[facility])
    assert np.array_equal(offers["perceived"], world.facilities.perceived[facility])
    assert (t.offers.candidates["first"] >= 0).sum() == len(facility)
    for n in range(0, len(place), len(place) // 50):
        at, where = int(facility[n]), int(place[n])
        in_area = world.facilities.pooling_area[at] == world.places.pooling_area[where]
        for filed in (False, True):
            bill = choice.seen(t.places, t.facilities, t.choice, where, at, filed)[2]
            assert filed or bill == offers["bill"][n]
            for case in ((0, 0, 0, 0), (3, 2, 1, 0), (7, 1, 0, 1)):
                row = payment.insured(case[2], 0)
                got = t.bills[case[0], case[1], row, case[3], bill]
                assert got == expected_yuan(t, at, case, in_area, filed)


def expected_yuan(t: Any, facility: int, case: tuple[int, ...], in_area: Any, filed: bool) -> float:
    """Out-of-pocket of a visit with its expected test."""
    condition, severity, scheme, benefit = case
    _, own = payment.visit_bill(
        t.payment, t.facilities.grade[facility], severity, t.care.test_need[condition], scheme,
        benefit, in_area, filed, 0, False,
    )  # fmt: skip
    return own / payment.FEN


@pytest.mark.unit
def test_filing_does_not_depend_on_the_advice_of_a_contact() -> None:
    """Two decisions of one episode draw apart."""
    world = worlds.county()
    luck = [chance.key(7, 1, slot, chance.PERSON) for slot in range(4000)]
    filed = np.array([behaviour.files(world.tables.behaviour, one, 3) for one in luck])
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
        world.tables.departments, world.tables.behaviour, registration.spans(world), book, d, luck,
        0, 1, now, now + 30 * TICKS_PER_MINUTE, weekday, linked,
    )  # fmt: skip


def quota(world: World, d: int, weekday: int, session: int) -> int:
    """Numbers of a session."""
    return int(registration.numbers(world.tables.departments, d, weekday, session))


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
            world.tables.departments, world.tables.behaviour, book, d, 0, 0, opening, now, linked
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
    weights = worlds.county().tables.behaviour
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
