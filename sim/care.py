"""What a visit does: duration, tests, outcome, admission, length of stay.

A need is resolved where skill, test and drug come together (complements, not a sum): skill by a
logistic curve over the gap between the department's true level and the minimal capable level of the
need. Whether the need asks for a test or a bed belongs to the need, so it is the same wherever the
patient goes. Everything is fixed when a contact or stay starts (rules of a day, 3).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim import chance
from sim.arithmetic import DAY, MINUTES_PER_DAY, compiled, inlined, logistic, ticks
from sim.chance import FOUR
from sim.durations import duration, durations
from sim.events import (
    ADMITTED,
    ADVISED,
    REFERRED_UP,
    REMOTE,
    RESOLVED,
    UNRESOLVED,
)
from sim.table import Table, apart
from sim.world import BY_CASE, Care, Choice, Departments, Facilities, Needs

OF_CARE, OF_ADVICE, OF_TIME, OF_TEST, OF_TESTING, OF_BED = range(6)  # what a call's draws are for
NONE = -1
SEVERE = 2
CALLS = 8  # of the generator for a contact, in whole lanes of a processor


class Treatment(NamedTuple):
    """What a contact will be, fixed at its start; durations in ticks, 0 for none."""

    consultation: int
    test: int
    results: int
    outcome: int
    tested: int  # 1 a test is done here
    repeated: int  # 1 it had been done elsewhere
    recognised: int  # 1 one done elsewhere is taken over
    reader: Any  # department that reads a test from afar, -1 none


def room_for_draws() -> Table:
    """Where a contact writes its draws down, and what each call of the generator draws for.

    The test and the bed that a need asks for are the same at every contact, what a facility can
    test is so at every visit there. That stands in tables, so that a processor takes all calls at
    once: of calls that the compiler can tell apart it makes one after the other.
    """
    call = np.arange(CALLS)
    purpose = np.full(CALLS, chance.TESTS)
    purpose[[OF_CARE, OF_ADVICE, OF_TIME, OF_BED]] = (
        chance.CARE, chance.REFERRAL, chance.CONSULTATION, chance.STAY,
    )  # fmt: skip
    return Table("draws", {
        "values": apart(FOUR, CALLS, kind=float), "purpose": purpose,
        "by_contact": np.int64(call <= OF_TIME), "by_facility": np.int64(call == OF_TESTING),
    })  # fmt: skip


@inlined
def draw(room, luck, day, contact, code):
    """All draws of a contact at a facility (code) at once: [which of four, of what]."""
    values = room.values
    for of in range(values.shape[1]):
        number = room.by_contact[of] * contact + room.by_facility[of] * code
        values[0, of], values[1, of], values[2, of], values[3, of] = chance.uniforms(
            luck, day, number, room.purpose[of]
        )


@inlined
def test_needed(care: Care, draws, condition):
    """Whether the need asks for a test, wherever the patient goes."""
    return draws[0, OF_TEST] < care.test_need[condition]


@inlined
def test_possible(facilities: Facilities, draws, facility):
    """Whether a facility can do the test that a need asks for, the same on every visit."""
    able = draws[1, OF_TESTING] < facilities.test_share[facility]
    return facilities.tests[facility] > 0 and able


@inlined
def test_readable(facilities: Facilities, departments: Departments, draws, department):
    """Whether a test that the facility cannot do is taken there and read elsewhere.

    What cannot be done on the spot is readable for the share `reading`, the same on every visit.
    """
    able = facilities.test_share[departments.facility[department]]
    share = able + (1.0 - able) * departments.reading[department]
    return departments.reading_point[department] >= 0 and draws[1, OF_TESTING] < share


@inlined
def recognised_share(facilities: Facilities, facility, tested_at):
    """Share of the tests of another facility that one takes over.

    Its own share, or that among peers: both take part and are of one grade.
    """
    share = facilities.recognition[facility]
    peer = tested_at >= 0 and facilities.grade[tested_at] == facilities.grade[facility]
    if peer and facilities.peers[tested_at] > 0.0:
        share = max(share, facilities.peers[facility])
    return share


@inlined
def bed_needed(care: Care, facilities: Facilities, draws, facility, condition, severity):
    """Whether the need asks for a bed: the same everywhere, but for those that a facility spares.

    Severe cases are never spared.
    """
    if severity < SEVERE and draws[1, OF_BED] < facilities.spared[facility]:
        return False
    return draws[0, OF_BED] < care.bed[condition, severity]


@inlined
def success(care: Care, needs: Needs, level, condition, severity):
    """Probability that skill of a level suffices: logistic in the levels above the minimal one."""
    gap = level - needs.level[condition, severity]
    return logistic(care.skill_offset + care.skill_slope * gap)


@inlined
def unit_ready(departments: Departments, department, now):
    """Whether a department's unit for urgent cases is staffed at a tick: most at all hours."""
    within = now % DAY
    opens, closes = departments.unit_opens[department], departments.unit_closes[department]
    return opens <= within and within < closes


@inlined
def skill_level(
    facilities: Facilities, departments: Departments, choice: Choice, needs: Needs,
    department, condition, severity, now,
):  # fmt: skip
    """True skill that a case meets: the best of the department, a service line, and a unit.

    A service line belongs to the facility and its condition. The unit (as intensive care for
    children) is for urgent cases; it belongs to the facility's department for the condition's
    specialty, and serves the emergency department too.
    """
    facility = departments.facility[department]
    level = max(departments.level[department], facilities.service_level[facility, condition])
    if needs.urgent[condition, severity]:
        line = choice.department[facility, needs.specialty[condition]]
        if line >= 0 and unit_ready(departments, line, now):
            level = max(level, departments.unit_level[line])
    return level


@inlined
def referral_target(
    facilities: Facilities, departments: Departments, choice: Choice, needs: Needs,
    facility, condition,
):  # fmt: skip
    """Where a case is formally referred: as its specialty's department does, else the facility."""
    line = choice.department[facility, needs.specialty[condition]]
    if line >= 0 and departments.referral_target[line] >= 0:
        return np.int64(departments.referral_target[line])
    return np.int64(facilities.referral_target[facility])


@inlined
def formal_share(
    facilities: Facilities, departments: Departments, choice: Choice, needs: Needs,
    facility, condition,
):  # fmt: skip
    """Formal referrals among all advice: the facility's, and the specialty's of what is left."""
    share = facilities.referral_formal[facility]
    line = choice.department[facility, needs.specialty[condition]]
    return share + (1.0 - share) * departments.referral_formal[line] if line >= 0 else share


@inlined
def advice(
    facilities: Facilities, departments: Departments, choice: Choice, needs: Needs, care: Care,
    facility, condition, u_advise, u_formal,
):  # fmt: skip
    """Outcome of a recognised failure: formal referral, advice to go higher, or home unresolved."""
    target = referral_target(facilities, departments, choice, needs, facility, condition)
    if target < 0 or u_advise >= care.advise:
        return UNRESOLVED
    if u_formal < formal_share(facilities, departments, choice, needs, facility, condition):
        return REFERRED_UP
    return ADVISED


@inlined
def testing(care: Care, draws, spread):
    """Ticks of a test, and of the second contact with its results."""
    test = ticks(chance.lognormal_of(draws[1, OF_TIME], care.test_minutes, spread))
    return test, ticks(chance.lognormal_of(draws[2, OF_TIME], care.result_minutes, spread))


@inlined
def asking(care: Care, outcome, reader):
    """Ticks that a doctor spends on asking from afar: on a request, or on a test to be read."""
    if outcome != REMOTE:
        return 0
    return ticks(care.remote_local if reader < 0 else care.result_minutes)


@compiled
def treat(
    facilities: Facilities, departments: Departments, choice: Choice, needs: Needs, care: Care,
    department, luck, day, contact, condition, severity, tested_at, may_ask, now, spread, room,
):  # fmt: skip
    """The contact of one case with a department, as a `Treatment`.

    day: the day on which the episode opened; contact: its number in the episode; tested_at: the
    facility that tested in this episode, -1 none; may_ask: the remote allowance is not used up;
    now: tick; spread: of the durations; room: of `room_for_draws`.
    """
    facility = departments.facility[department]
    draw(room, luck, day, contact, facilities.code[facility])
    draws = room.values
    u_skill, u_drug, u_known = draws[0, OF_CARE], draws[1, OF_CARE], draws[2, OF_CARE]
    wants_test = test_needed(care, draws, condition)
    elsewhere = wants_test and tested_at >= 0 and tested_at != facility
    recognised = elsewhere and u_known < recognised_share(facilities, facility, tested_at)
    known = recognised or (wants_test and tested_at == facility)
    tested = wants_test and not known and test_possible(facilities, draws, facility)
    level = skill_level(
        facilities, departments, choice, needs, department, condition, severity, now
    )  # fmt: skip
    skilled = u_skill < success(care, needs, level, condition, severity)
    supplied = not care.drug[condition] or u_drug < facilities.formulary[facility]
    equipped = tested or known or not wants_test
    ready, reader = skilled and equipped, np.int64(NONE)
    outcome = advice(
        facilities, departments, choice, needs, care, facility, condition,
        draws[0, OF_ADVICE], draws[1, OF_ADVICE],
    )
    if bed_needed(care, facilities, draws, facility, condition, severity):
        if ready and facilities.beds[facility] > 0:
            outcome = ADMITTED
    elif ready and supplied:
        outcome = RESOLVED
    elif may_ask and departments.remote_point[department] >= 0 and equipped and supplied:
        outcome = REMOTE
    elif skilled and supplied and test_readable(facilities, departments, draws, department):
        outcome, reader = REMOTE, np.int64(departments.reading_point[department])
    mean = care.minutes[condition, facilities.kind[facility]]
    consultation = ticks(chance.lognormal_of(draws[0, OF_TIME], mean, spread))
    consultation += asking(care, outcome, reader)
    test, results = testing(care, draws, spread) if tested else (0, 0)
    done = tested or reader >= 0
    return Treatment(
        consultation, test, results, outcome, 1 if done else 0,
        1 if done and elsewhere else 0, 1 if recognised else 0, reader,
    )  # fmt: skip


@compiled
def remote_answer(
    departments: Departments, needs: Needs, care: Care,
    asking, answering, luck, day, contact, condition, severity,
):  # fmt: skip
    """(Ticks of the specialist, 1 if his answer resolves the need).

    His skill counts for the share that is kept without touching: success x remote_success. Where
    he reads a test for a doctor who lacks nothing else, the need is resolved.
    """
    u_time, u_skill, _, _ = chance.uniforms(luck, day, contact, chance.REMOTE)
    if answering == departments.reading_point[asking]:
        reading = chance.lognormal(u_time, care.reading_minutes, care.minutes_cv)
        return ticks(reading), 1
    kept = departments.remote_success[asking]
    skill = success(care, needs, departments.level[answering], condition, severity)
    service = ticks(chance.lognormal(u_time, care.remote_expert, care.minutes_cv))
    return service, 1 if u_skill < skill * kept else 0


@compiled
def online_answer(facilities: Facilities, departments: Departments, care: Care,
                  answering, luck, day, condition):  # fmt: skip
    """(Ticks of the doctor online, 1 if his answer settles the need), of somebody at home.

    It takes him as long as a consultation; otherwise the patient comes in person all the same.
    """
    u_time, _, u_settles, _ = chance.uniforms(luck, day, 0, chance.ONLINE)
    kind = facilities.kind[departments.facility[answering]]
    service = chance.lognormal(u_time, care.minutes[condition, kind], care.minutes_cv)
    return ticks(service), 1 if u_settles < departments.settles[answering] else 0


@compiled
def plain_treatment(departments: Departments, department, luck, day, contact):
    """The contact of given demand: served by the department's own family, perhaps admitted."""
    u = chance.uniform(luck, day, contact, chance.SERVICE)
    family = departments.service_family[department]
    mean = departments.service_mean[department]
    service = ticks(duration(family, mean, departments.service_cv[department], u))
    share = departments.admit[department]
    admits = share > 0.0 and chance.uniform(luck, day, contact, chance.OUTCOME) < share
    return Treatment(service, 0, 0, ADMITTED if admits else RESOLVED, 0, 0, 0, NONE)


def room_for_plans(people: int) -> Table:
    """Where visits of given demand are planned together, whole eights of them (`plain_services`).

    Who comes, his draws, which become minutes, and ticks; and his draw for a route.
    """
    return Table("plans", {
        "luck": apart(people), "day": apart(people), "contact": apart(people),
        "draw": apart(people, kind=float), "ticks": apart(people),
        "route": apart(people, kind=float),
    })  # fmt: skip


@inlined
def plain_services(departments: Departments, department, room, number):
    """Ticks of so many consultations of given demand at once, as `plain_treatment` has them."""
    for k in range(number):
        luck, day, contact = room.luck[k], room.day[k], room.contact[k]
        room.draw[k] = chance.uniforms(luck, day, contact, chance.SERVICE)[0]
    durations(
        departments.service_family[department], departments.service_mean[department],
        departments.service_cv[department], room.draw, number,
    )  # fmt: skip
    for k in range(number):
        room.ticks[k] = ticks(room.draw[k])


@compiled
def stay(facilities: Facilities, care: Care, facility, luck, day, contact, condition, severity):
    """(Ticks of the whole stay, 1 if the need is resolved by it, 1 if it steps down)."""
    u_days, u_success, u_down, _ = chance.uniforms(luck, day, contact + 1, chance.STAY)
    family = facilities.stay_family[facility]
    if family == BY_CASE:
        mean = care.stay_days[condition, facilities.kind[facility]]
        days = chance.lognormal(u_days, mean, care.stay_cv) * facilities.stay_factor[facility]
    else:
        mean, cv = facilities.stay_mean[facility], facilities.stay_cv[facility]
        days = duration(family, mean, cv, u_days)
    down = facilities.step_down_target[facility] >= 0 and u_down < facilities.step_down[facility]
    resolved = family != BY_CASE or u_success < care.stay_success * facilities.stay_kept[facility]
    return ticks(days * MINUTES_PER_DAY), 1 if resolved else 0, 1 if down else 0
