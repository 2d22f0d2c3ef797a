"""What exists: places, facilities, departments, people's traits, needs, prices and levers.

A `World` is a frozen bundle of read-only columns. Each group below is a named tuple, so that a
compiled function takes it as it is; each field is annotated with its meaning, its [unit] and, for a
lever, the neutral value at which the mechanism behind it is absent. Index columns hold positions in
another group and -1 for none. Rows never move: a policy changes cells, never the shape.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Annotated as A
from typing import Any, NamedTuple

from sim.arithmetic import DAY
from sim.columns import (
    HOURS,
    SESSIONS,
    WEEKDAYS,
    WORKDAYS,
    Array,
    Column,
    columns_of,
    frozen,
    group_of,
    typed,
)
from sim.given import Routes, Streams, Surges
from sim.table import Table

__all__ = [
    "HOURS", "SESSIONS", "WEEKDAYS", "WORKDAYS", "Array", "Column", "Routes", "Streams", "Surges",
    "columns_of", "frozen", "group_of", "typed",
]  # fmt: skip

SEVERITIES = ("mild", "moderate", "severe")
CLASSES = ("urgent", "returning", "referred", "ordinary")
URGENT, RETURNING, REFERRED, ORDINARY = range(4)
PRIMARY_NEST = 0
SERVICE_FAMILIES = ("by_case", "exponential", "constant", "lognormal")
BY_CASE, EXPONENTIAL, CONSTANT, LOGNORMAL = range(4)
UNLIMITED = -1
MOST_CONTACTS = 64  # of an episode: so many decisions have luck of their own
GATEKEPT, POOR, COVERS = 1, 2, 4  # bits of a resident's cover; how many covers there are


class Clock(NamedTuple):
    """Day 0 on the real calendar; one row."""

    first_day: A[int, Column("day 0 as a proleptic Gregorian ordinal (date.toordinal)", "day")]


class Places(NamedTuple):
    """Villages and residents' committees: where residents live. A resident is (place, slot)."""

    code: A[Array, Column("12-digit statistical code; keys all luck of the place", "code", "i8")]
    township: A[Array, Column("township", "index", "i4")]
    county: A[Array, Column("county", "index", "i4")]
    pooling_area: A[Array, Column("insurance pooling area (prefecture)", "code", "i4")]
    urban: A[Array, Column("1 residents' committee, 0 village committee", "0/1", "i4")]
    population: A[Array, Column("resident population", "persons", "i4", low=0)]
    age_mix: A[Array, Column("row of the age table", "index", "i4")]
    lon: A[Array, Column("longitude", "degrees")]
    lat: A[Array, Column("latitude", "degrees")]
    metro: A[Array, Column("area without filing, 0 none", "code", "i4", neutral=0)]
    planned: A[Array, Column("planned visits of each managed chronic resident under contract",
                             "1/person/year", neutral=0.0, low=0, high=52)]
    screened: A[Array, Column("looked at without having asked", "1/person/year", neutral=0.0, low=0,
                              high=12)]


class People(NamedTuple):
    """Traits that never change; each resident's are keyed draws from these tables."""

    age_cumulative: A[Array, Column("cumulative share of 19 census age bands", "1", axes=("band",))]
    age_group: A[Array, Column("age group of each census band", "index", "i4")]
    female: A[float, Column("share of women", "1")]
    employee: A[Array, Column("employee scheme share by rural/urban", "1", axes=("age_group",))]
    chronic: A[Array, Column("share with a managed chronic illness by age group", "1")]
    contract: A[Array, Column("share with a family-doctor contract by age group", "1")]
    frailty_cv: A[float, Column("coefficient of variation of personal frailty", "1", low=0)]
    frailty_bound: A[float, Column("largest frailty", "1", low=1, high=3.9)]
    seed: A[int, Column("population seed, apart from the replication's", "1")]
    low_income: A[float, Column("share of low-income residents", "1", neutral=0.0, low=0, high=1)]


class Needs(NamedTuple):
    """Condition groups: how often, how severe, what they ask for. Rows are condition groups."""

    rate: A[Array, Column("needs a year by age group", "1/person/year", axes=("age_group",), low=0)]
    envelope: A[Array, Column("upper bound of demand x rate x season x frailty", "1/year")]
    season: A[Array, Column("factor by month", "1", axes=("month",), low=0)]
    severity: A[Array, Column("cumulative share of severities", "1", axes=("severity",))]
    level: A[Array, Column("minimal capable level", "level", axes=("severity",))]
    specialty: A[Array, Column("specialty asked for", "index", "i4")]
    urgent: A[Array, Column("1 where it goes to emergency", "0/1", "i4", axes=("severity",))]
    women: A[Array, Column("1 where only women are affected", "0/1", "i4")]
    chronic: A[Array, Column("1 where only managed chronic residents are", "0/1", "i4")]
    demand: A[float, Column("demand level: factor on every rate", "1", low=0, high=1.5)]
    visit_planned: A[int, Column("condition of planned visits", "index")]
    controlled: A[Array, Column("share of the rate that full control takes away", "1", high=1)]
    unseen: A[Array, Column("years of needs that a look finds beside those brought", "years")]
    undetected: A[float, Column("ill for long and not known, per managed chronic", "1", low=0)]


class Facilities(NamedTuple):
    """Institutions. tier (where), grade, kind and rank are four different axes."""

    code: A[Array, Column("stable number; keys luck", "code", "i8")]
    kind: A[Array, Column("kind", "index", "i4")]
    tier: A[Array, Column("tier", "index", "i4")]
    grade: A[Array, Column("grade: none, I, II, III", "index", "i4")]
    rank: A[Array, Column("order within a day; people move up only", "rank", "i4")]
    county: A[Array, Column("county, -1 outside", "index", "i4")]
    pooling_area: A[Array, Column("insurance pooling area (prefecture)", "code", "i4")]
    lon: A[Array, Column("longitude", "degrees")]
    lat: A[Array, Column("latitude", "degrees")]
    perceived: A[Array, Column("skill as residents expect it from grade and name", "level")]
    renown: A[Array, Column("constant beside that of its kind", "utility", neutral=0.0)]
    physicians: A[Array, Column("all licensed physicians", "persons", low=0)]
    beds: A[Array, Column("open beds", "beds", "i4", low=0)]
    tests: A[Array, Column("test places working at once", "servers", "i4", low=0)]
    test_share: A[Array, Column("share of needed tests it can do", "1", low=0, high=1)]
    formulary: A[Array, Column("share of needed drugs in stock", "1", low=0, high=1)]
    recognition: A[Array, Column("share of outside tests recognised", "1", low=0, high=1)]
    referral_target: A[Array, Column("facility of formal referral, -1 none", "index", "i4")]
    referral_formal: A[Array, Column("formal referrals among all advice", "1", low=0, high=1)]
    step_down_target: A[Array, Column("facility that takes inpatients down", "index", "i4")]
    step_down: A[Array, Column("offered x accepted x suitable share of stays", "1", low=0, high=1)]
    stay_family: A[Array, Column("length-of-stay family, 0 by the case", "index", "i4", neutral=0)]
    stay_mean: A[Array, Column("mean stay where not by the case", "days", neutral=0.0)]
    stay_cv: A[Array, Column("its coefficient of variation", "1", neutral=0.0)]
    stay_factor: A[Array, Column("factor on stays by the case", "1", neutral=1.0, low=0.1, high=5)]
    stay_kept: A[Array, Column("share kept of a stay's success", "1", neutral=1.0, low=0, high=1)]
    service_level: A[Array, Column("skill of a service line for a condition, whoever of the"
                                   " facility sees it; 0 none", "level", axes=("condition",),
                                   neutral=0.0)]
    new_physicians: A[Array, Column("of them, newly added (ledger)", "persons", neutral=0.0, low=0)]
    new_beds: A[Array, Column("of its beds, newly added (ledger)", "beds", "i4", neutral=0, low=0)]
    spared: A[Array, Column("bed needs but severe met without", "1", neutral=0.0, low=0, high=1)]
    peers: A[Array, Column("tests of peers recognised", "1", neutral=0.0, low=0, high=1)]
    informed: A[Array, Column("1 refers where it is free", "0/1", "i4", neutral=0, low=0, high=1)]
    metro: A[Array, Column("area without filing, 0 none", "code", "i4", neutral=0)]


class Departments(NamedTuple):
    """Queues: each has its own doctors, sessions, book of numbers and remote link."""

    facility: A[Array, Column("facility", "index", "i4")]
    specialty: A[Array, Column("specialty", "index", "i4")]
    level: A[Array, Column("true skill on the scale of minimal capable levels", "level")]
    doctors: A[Array, Column("doctors on duty", "persons", "i4", ("weekday", "session"), low=0)]
    away: A[Array, Column("its doctors sent elsewhere without duty, as a course or to teach",
                          "persons", "i4", ("weekday", "session"), neutral=0, low=0)]
    new_doctors: A[Array, Column("of its doctors on duty, newly added (ledger)", "persons", "i4",
                                 ("weekday", "session"), neutral=0, low=0)]
    free_time: A[Array, Column("of its doctors on duty, others' in their free time (ledger)",
                               "persons", "i4", ("weekday", "session"), neutral=0, low=0)]
    opens: A[Array, Column("session opening after midnight", "ticks", "i8", ("session",))]
    closes: A[Array, Column("session closing after midnight", "ticks", "i8", ("session",))]
    always: A[Array, Column("1 open 24 hours; session 0 then gives the doctors", "0/1", "i4")]
    stops: A[Array, Column("1 starts nobody after closing", "0/1", "i4", neutral=0)]
    quota_minutes: A[Array, Column("doctor minutes per number, 0 no registration", "minutes")]
    reserved: A[Array, Column("numbers outside patients take", "1", "i4", ("weekday", "session"))]
    held: A[Array, Column("share of numbers held for linked referrers", "1", neutral=0.0, high=1)]
    reminded: A[Array, Column("share of no-shows prevented", neutral=0.0, low=0, high=1)]
    slotted: A[Array, Column("share who come at a given time slot", "1", low=0, high=1)]
    prior_minutes: A[Array, Column("stated prior of the wait after arrival", "minutes", low=0)]
    prior_days: A[Array, Column("stated prior of days to a number", "days", low=0)]
    service_family: A[Array, Column("service family, 0 by the case", "index", "i4", neutral=0)]
    service_mean: A[Array, Column("mean service where not by the case", "minutes", neutral=0.0)]
    service_cv: A[Array, Column("its coefficient of variation", "1", neutral=0.0)]
    room: A[Array, Column("waiting places, -1 without limit", "persons", "i4", neutral=-1.0)]
    patience_mean: A[Array, Column("mean patience, 0 endless", "minutes", neutral=0.0, low=0)]
    patience_family: A[Array, Column("patience family", "index", "i4", neutral=EXPONENTIAL)]
    patience_cv: A[Array, Column("its coefficient of variation", "1", neutral=1.0)]
    unit_level: A[Array, Column("skill of a unit for its specialty's urgent cases, whoever of the"
                                " facility sees them; 0 none", "level", neutral=0.0)]
    fetches: A[Array, Column("1 where ambulances bring its specialty's urgent cases", "0/1", "i4",
                             neutral=0, low=0, high=1)]
    unit_opens: A[Array, Column("unit ready from, after midnight", "ticks", "i8", neutral=0)]
    unit_closes: A[Array, Column("unit ready until, after midnight", "ticks", "i8", neutral=DAY)]
    referral_target: A[Array, Column("facility of formal referral of its specialty's cases,"
                                     " -1 that of the facility", "index", "i4", neutral=-1)]
    referral_formal: A[Array, Column("formal referrals among all advice to its specialty's cases"
                                     " that the facility leaves informal", "1",
                                     neutral=0.0, low=0, high=1)]
    admit: A[Array, Column("share admitted where service is not by the case", "1", neutral=0.0)]
    remote_point: A[Array, Column("department that answers remotely", "index", "i4", neutral=-1.0)]
    remote_rate: A[Array, Column("remote consultations it may ask", "1/day", neutral=0.0, low=0)]
    remote_success: A[Array, Column("remote skill kept without touching", "1", neutral=0.0, high=1)]
    reading_point: A[Array, Column("department that reads its tests", "index", "i4", neutral=-1)]
    reading: A[Array, Column("share of lacking tests read afar", "1", neutral=0.0, low=0, high=1)]
    settles: A[Array, Column("online refills it settles", "1", neutral=0.0, low=0, high=1)]
    posted: A[Array, Column("yesterday's wait known", "1", neutral=0.0, low=0, high=1)]


class Choice(NamedTuple):
    """What each place may choose from; one alternative of each kind, by a resident's own taste."""

    option: A[Array, Column("candidate facilities, -1 none", "index", "i4", ("kind", "candidate"))]
    taste: A[Array, Column("cumulative share of candidates", "1", axes=("kind", "candidate"))]
    travel: A[Array, Column("travel one way", "minutes", axes=("kind", "candidate"))]
    department: A[Array, Column("department; -1 none", "index", "i4", ("specialty",))]
    emergency: A[Array, Column("department for urgent needs by facility; -1", "index", "i4")]
    accepts: A[Array, Column("1 where a kind takes a condition", "0/1", "i4", ("condition",))]
    nest: A[Array, Column("nest of each kind, 0 primary care", "index", "i4")]
    appeal: A[Array, Column("worth of a kind to a condition", "yuan", axes=("condition",))]
    online_point: A[Array, Column("department for refills online, -1", "index", "i4", neutral=-1)]
    online: A[Array, Column("refills first asked online", "1", neutral=0.0, low=0, high=1)]


class Behaviour(NamedTuple):
    """Weights of the choice between alternatives, and other decisions, in utility units."""

    constant: A[Array, Column("constant by kind", "utility")]
    home: A[Array, Column("utility of staying at home by severity", "utility")]
    travel: A[float, Column("per minute of travel", "utility/minute")]
    wait_minute: A[float, Column("per minute of expected wait", "utility/minute")]
    wait_day: A[float, Column("per day to a number", "utility/day")]
    yuan: A[float, Column("per yuan out of pocket", "utility/yuan")]
    skill: A[Array, Column("per level of perceived skill, by severity", "utility/level")]
    trust: A[float, Column("from never to always resolved, own results", "utility")]
    reputation: A[float, Column("the same for results in the township", "utility")]
    habit: A[float, Column("kind used last", "utility")]
    contract: A[float, Column("primary kinds for contracted residents", "utility")]
    advice: A[float, Column("tiers above the adviser's", "utility")]
    tried: A[float, Column("facility that failed in this episode", "utility")]
    outside: A[float, Column("facility outside the pooling area of home", "utility")]
    nest_scale: A[Array, Column("dissimilarity within each nest", "1", low=0.05, high=1)]
    own_memory: A[float, Column("own results remembered in a tier before halving", "results")]
    town_memory: A[float, Column("results a township remembers before halving", "results")]
    prior_trust: A[float, Column("trust before any result", "1", low=0, high=1)]
    prior_weight: A[float, Column("results that the prior trust weighs", "results")]
    patience: A[float, Column("mean patience in a queue", "minutes", low=0)]
    bed_patience: A[float, Column("mean patience for a bed", "days", low=0)]
    no_show: A[float, Column("share of numbers for a later day not used", "1")]
    horizon: A[int, Column("days ahead that numbers are given out", "days")]
    release: A[int, Column("time before a session at which held numbers are freed", "ticks")]
    returns: A[Array, Column("probability to try again, by severity", "1")]
    follows: A[float, Column("share of those advised who go on", "1")]
    return_days: A[float, Column("mean days until the next try", "days")]
    filing: A[float, Column("probability to file before leaving the pooling area", "1")]
    declines: A[float, Column("probability to decline an offered admission", "1")]
    calls: A[float, Column("probability to call an ambulance in an emergency", "1")]
    deposit: A[float, Column("the same for a deposit, low income", "1", neutral=0.0, high=1)]
    poor_yuan: A[float, Column("factor on yuan out of pocket, low income", "1", neutral=1.0)]
    contacts: A[int, Column("contacts before giving up", "contacts", high=MOST_CONTACTS)]
    hours: A[Array, Column("cumulative arrival profile by hour (24 per session kind)", "1")]
    smoothing: A[float, Column("weight of the last day in expected waits", "1")]
    fading: A[float, Column("weight of the prior on a day without visits", "1")]


class Care(NamedTuple):
    """What a contact takes and does. Rows are condition groups unless said otherwise."""

    minutes: A[Array, Column("consultation", "minutes", axes=("kind",))]
    minutes_cv: A[float, Column("coefficient of variation of contact time", "1")]
    result_minutes: A[float, Column("second contact with results", "minutes")]
    test_need: A[Array, Column("share of needs that ask for a test", "1")]
    test_minutes: A[float, Column("one test", "minutes")]
    walk_minutes: A[float, Column("between points of one facility", "minutes")]
    transfer_minutes: A[float, Column("arranging a transfer", "minutes")]
    skill_offset: A[float, Column("log-odds of success at exactly the needed level", "logit")]
    skill_slope: A[float, Column("log-odds per level above it", "logit/level")]
    drug: A[Array, Column("1 where success asks for a drug in stock", "0/1", "i4")]
    bed: A[Array, Column("share that needs a bed", "1", axes=("severity",))]
    stay_days: A[Array, Column("mean stay", "days", axes=("kind",))]
    stay_cv: A[float, Column("coefficient of variation of stays", "1")]
    stay_success: A[float, Column("share of stays after which the need is resolved", "1")]
    ambulance_ready: A[float, Column("from the call to leaving with the patient", "minutes")]
    ambulance_speed: A[float, Column("of ambulances along the straight line", "km/h")]
    control_gain: A[float, Column("of the control that lacks, won by a planned visit", "1")]
    control_fade: A[float, Column("of control, lost in thirty days", "1")]
    step_down_share: A[float, Column("share of a stay spent below after stepping down", "1")]
    advise: A[float, Column("share of recognised failures told to go higher", "1")]
    remote_local: A[float, Column("lower doctor's time for a remote request", "minutes")]
    remote_expert: A[float, Column("specialist's time for a remote request", "minutes")]
    reading_minutes: A[float, Column("reader's time for a test from afar", "minutes")]
    remote_lapse: A[float, Column("days after which unused remote allowance lapses", "days")]
    reply_hour: A[float, Column("hour of a later day at which replies arrive", "hours")]


class Payment(NamedTuple):
    """Prices and insurance rules. Rows are grades; schemes are residents', employees'."""

    visit_price: A[Array, Column("price of a visit without tests", "yuan", low=0)]
    test_price: A[Array, Column("price of a test", "yuan", low=0)]
    day_price: A[Array, Column("price of a day in bed", "yuan", low=0)]
    severity: A[Array, Column("price factor by severity", "1")]
    outpatient: A[Array, Column("reimbursed share of a visit, by scheme", "1", axes=("grade",),
                                low=0, high=1)]
    chronic: A[Array, Column("the same for chronic benefit", "1", axes=("grade",), low=0, high=1)]
    inpatient: A[Array, Column("reimbursed share of a stay", "1", axes=("grade",), low=0, high=1)]
    deductible: A[Array, Column("deductible of a stay", "yuan", axes=("grade",), low=0)]
    filed: A[float, Column("factor outside the pooling area, filed", "1", low=0, high=1)]
    unfiled: A[float, Column("factor outside the pooling area, not filed", "1", low=0, high=1)]
    gatekept: A[float, Column("share of the insured who need a referral above primary care", "1",
                              neutral=0.0, low=0, high=1)]
    unreferred: A[float, Column("factor on their share without one", "1", neutral=1.0, low=0)]
    waived: A[float, Column("share of the deductible waived, low income", neutral=0.0, high=1)]
    relief: A[float, Column("share of own payments assisted, low income", neutral=0.0, high=1)]
    ceiling: A[float, Column("most of a stay, 0 endless, low income", "yuan", neutral=0.0, low=0)]
    deferred: A[float, Column("share of stays paid afterwards, low income", neutral=0.0, high=1)]


class Names(NamedTuple):
    """Words for index columns; never seen by compiled code."""

    tiers: tuple[str, ...]
    grades: tuple[str, ...]
    kinds: tuple[str, ...]
    specialties: tuple[str, ...]
    conditions: tuple[str, ...]
    age_groups: tuple[str, ...]
    schemes: tuple[str, ...]
    facilities: tuple[str, ...]
    departments: tuple[str, ...]
    places: tuple[str, ...]
    townships: tuple[str, ...]
    counties: tuple[str, ...]
    primary_kinds: tuple[str, ...]
    hospital_kinds: tuple[str, ...]
    county_codes: tuple[int, ...] = ()  # six digits; none in a listed world
    areas: tuple[tuple[int, str], ...] = ()  # codes and names of pooling areas (prefectures)


GROUPS: dict[str, type] = {
    "clock": Clock, "places": Places, "people": People, "needs": Needs, "facilities": Facilities,
    "departments": Departments, "choice": Choice, "behaviour": Behaviour, "care": Care,
    "payment": Payment, "streams": Streams, "routes": Routes, "surges": Surges,
}


@dataclass(frozen=True)
class World:
    """Everything that exists on one day, and the words for it."""

    clock: Clock
    places: Places
    people: People
    needs: Needs
    facilities: Facilities
    departments: Departments
    choice: Choice
    behaviour: Behaviour
    care: Care
    payment: Payment
    streams: Streams
    routes: Routes
    surges: Surges
    names: Names

    @cached_property
    def tables(self) -> Any:
        """The groups as compiled functions take them, e.g. `tables.departments`."""
        each = {name: Table(name, getattr(self, name)._asdict()) for name in GROUPS}
        return SimpleNamespace(**each)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "tables"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            frozen_value = type(value)(*map(frozen, value)) if name in GROUPS else value
            self.__dict__[name] = frozen_value

    def get(self, path: str) -> Any:
        """The field at `group.field`, e.g. `departments.doctors`."""
        group, field = path.split(".")
        return getattr(getattr(self, group), field)

    def having_group(self, name: str, group: Any) -> World:
        """A World with one whole group replaced."""
        return replace(self, **{name: group})

    def having(self, values: dict[str, Any]) -> World:
        """A World with some fields replaced (path to value), sharing all other columns."""
        groups: dict[str, Any] = {}
        for path, value in values.items():
            group, field = path.split(".")
            held = groups.get(group, getattr(self, group))
            groups[group] = held._replace(**{field: frozen(value)})
        return replace(self, **groups)


def column_of(path: str) -> Column:
    """What the field at `group.field` means."""
    group, field = path.split(".")
    return columns_of(GROUPS[group])[field]
