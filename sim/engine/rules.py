"""The rules as the reference engine calls them: with one table of a day's World.

The functions here add nothing: each hands the groups to the rule of the same name.
"""

from __future__ import annotations

from sim import behaviour, care, choice, logit, payment, people, registration
from sim.arithmetic import compiled
from sim.engine.midnight import prepared, weigh_day
from sim.table import Table
from sim.world import World


def of(world: World, residents: Table, outlook: Table) -> Table:
    """The table of a World, of its residents and last midnight's outlook, weighed."""
    groups = {**vars(world.tables), "residents": residents, "outlook": outlook}
    own = {"scratch": logit.scratch(len(world.choice.nest)), "draws": care.room_for_draws()}
    found = Table("rules", {**groups, **prepared(world), **own})
    weigh_day(world, outlook, found.delay)
    return found


@compiled
def opening(rules, seed, place, slot, day, condition, severity):
    """(Person, whether the need is urgent, whether he files) of an episode that opens on a day."""
    who = people.person(
        rules.places, rules.people, rules.payment, rules.residents, seed, place, slot
    )
    urgent = rules.needs.urgent[condition, severity] > 0
    return who, urgent, behaviour.files(rules.behaviour, who.luck, day)


@compiled
def outside_case(rules, luck, day, stream):
    """See `people.outside_case`."""
    return people.outside_case(rules.streams, rules.needs, luck, day, stream)


@compiled
def keeps_number(rules, department, luck, key, attempt):
    """See `behaviour.keeps_number`."""
    return behaviour.keeps_number(
        rules.behaviour, rules.departments, department, luck, key, attempt
    )  # fmt: skip


@compiled
def declines(rules, cover, luck, day, contact):
    """See `behaviour.declines`."""
    return behaviour.declines(rules.behaviour, rules.payment, cover, luck, day, contact)


@compiled
def choose(rules, who, case, now, weekday):
    """See `choice.choose`."""
    return choice.choose(
        rules.places, rules.facilities, rules.departments, rules.choice, rules.needs,
        rules.behaviour, rules.offers, rules.bills, rules.esteem, rules.delay, rules.outlook,
        rules.scratch, who, case, now, weekday,
    )  # fmt: skip


@compiled
def appoint(rules, book, department, luck, key, attempt, now, earliest, weekday, linked):
    """See `registration.appoint`."""
    return registration.appoint(
        rules.departments, rules.behaviour, rules.spans, book, department, luck, key, attempt, now,
        earliest, weekday, linked,
    )  # fmt: skip


@compiled
def treat(rules, department, luck, day, contact, condition, severity, tested_at, may_ask, now):
    """See `care.treat`."""
    return care.treat(
        rules.facilities, rules.departments, rules.choice, rules.needs, rules.care, department,
        luck, day, contact, condition, severity, tested_at, may_ask, now, rules.spread,
        rules.draws,
    )  # fmt: skip


@compiled
def referral_target(rules, facility, condition):
    """See `care.referral_target`."""
    return care.referral_target(
        rules.facilities, rules.departments, rules.choice, rules.needs, facility, condition
    )


@compiled
def freest(rules, place, target, condition, severity):
    """See `choice.freest`."""
    return choice.freest(
        rules.facilities, rules.choice, rules.needs, rules.outlook, place, target, condition,
        severity,
    )  # fmt: skip


@compiled
def without_filing(rules, place, facility):
    """See `payment.without_filing`."""
    return payment.without_filing(rules.places, rules.facilities, place, facility)


@compiled
def asks_online(rules, luck, day, place, condition):
    """See `behaviour.asks_online`."""
    return behaviour.asks_online(rules.choice, rules.needs, luck, day, place, condition)


@compiled
def online_answer(rules, answering, luck, day, condition):
    """See `care.online_answer`."""
    return care.online_answer(
        rules.facilities, rules.departments, rules.care, answering, luck, day, condition
    )


@compiled
def plain_treatment(rules, department, luck, day, contact):
    """See `care.plain_treatment`."""
    return care.plain_treatment(rules.departments, department, luck, day, contact)


@compiled
def patience(rules, department, visit_class, luck, day, contact):
    """See `behaviour.patience`."""
    return behaviour.patience(
        rules.behaviour, rules.departments, department, visit_class, luck, day, contact
    )


@compiled
def bed_patience(rules, condition, luck, day, contact):
    """See `behaviour.bed_patience`."""
    return behaviour.bed_patience(rules.behaviour, condition, luck, day, contact)


@compiled
def remote_answer(rules, asking, answering, luck, day, contact, condition, severity):
    """See `care.remote_answer`."""
    return care.remote_answer(
        rules.departments, rules.needs, rules.care, asking, answering, luck, day, contact,
        condition, severity,
    )  # fmt: skip


@compiled
def stay(rules, facility, luck, day, contact, condition, severity):
    """See `care.stay`."""
    return care.stay(
        rules.facilities, rules.care, facility, luck, day, contact, condition, severity
    )


@compiled
def visit_bill(
    rules, facility, severity, tests, scheme, chronic, in_area, filed, cover, referred
):  # fmt: skip
    """See `payment.visit_bill`."""
    grade = rules.facilities.grade[facility]
    gate = payment.gated(rules.choice, rules.facilities, facility, cover, referred)
    return payment.visit_bill(
        rules.payment, grade, severity, tests, scheme, chronic, in_area, filed, cover, gate
    )


@compiled
def stay_bill(rules, facility, severity, days, scheme, in_area, filed, waived, cover, referred):
    """See `payment.stay_bill`."""
    grade = rules.facilities.grade[facility]
    gate = payment.gated(rules.choice, rules.facilities, facility, cover, referred)
    return payment.stay_bill(
        rules.payment, grade, severity, days, scheme, in_area, filed, waived, cover, gate
    )


@compiled
def next_try(rules, luck, day, attempt, advised, severity, now):
    """See `behaviour.next_try`."""
    return behaviour.next_try(
        rules.behaviour, luck, day, attempt, advised, severity, now
    )
