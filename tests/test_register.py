"""The register: every number has a source, and the numbers add up to the statistics they cite."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim import defaults, register
from sim.world import GROUPS, Behaviour, Care, Needs, Payment, People, column_of, columns_of

BUILDERS = {
    People: register.people, Needs: register.needs, Behaviour: register.behaviour,
    Care: register.care, Payment: register.payment,
}  # fmt: skip
VISITS_PER_NEED = np.array(defaults.column("conditions", "visits_per_need"))
MARKS = ("name", "names", "index", "rank", "0/1")
HOSPITALS = ("small", "secondary", "tertiary")


def visits_per_resident():
    return register.needs_per_resident() * VISITS_PER_NEED


def cited(source):
    return re.findall(r"\b[A-Z]\d{3}\b", source)


@pytest.mark.unit
def test_every_parameter_has_source_reason_and_range():
    for parameter in register.parameters().values():
        assert parameter.meaning and parameter.unit and parameter.source, parameter.name
        assert parameter.reason.endswith("."), parameter.name
        assert parameter.low <= parameter.value <= parameter.high, parameter.name


@pytest.mark.unit
def test_every_cited_fact_exists():
    about = [p.source for p in register.parameters().values()]
    about += [row["source"] for name in ("columns", "cells") for row in defaults.rows(name)]
    for identifier in (name for source in about for name in cited(source)):
        assert identifier in defaults.facts()


@pytest.mark.unit
def test_every_column_of_every_table_is_described():
    described = {(row["table"], row["column"]) for row in defaults.rows("columns")}
    shipped = {path.stem for path in defaults.DATA.glob("*.csv")}
    words = {"calibration", "parameters", "columns", "cells", "definitions"}
    for name in shipped - words:
        for field in list(defaults.rows(name)[0])[1:]:
            assert (name, field) in described
    assert all(row["source"] and row["reason"] for row in defaults.rows("columns"))


@pytest.mark.unit
def test_every_assumed_number_has_a_range_around_it():
    for cell in defaults.cells():
        if "assumption" in cell["source"] and cell["value"] and cell["unit"] not in MARKS:
            assert cell["low"] <= float(cell["value"]) <= cell["high"], cell["name"]
    assumed = [p for p in register.parameters().values() if "assumption" in p.source]
    assert all(p.low < p.high for p in assumed)


@pytest.mark.unit
def test_every_exception_names_a_cell_and_says_why():
    named = {(about["table"], about["column"]) for about in defaults.rows("columns")}
    for table, row, column in defaults.exceptions():
        assert (table, column) in named
        assert row in {next(iter(held.values())) for held in defaults.rows(table)}, row
    assert all(about["source"] and about["reason"] for about in defaults.rows("cells"))


@pytest.mark.unit
def test_a_cell_says_its_own_source_and_its_range_in_the_unit_or_in_per_cent():
    cells = {cell["name"]: cell for cell in defaults.cells()}
    assert cells["capacity.mch.physicians"]["source"] == "assumption"
    assert cells["capacity.tertiary.physicians"]["source"] == "N010;N089"
    assert cells["kinds.clinic.level"]["low"] == pytest.approx(1.5 - 0.4)
    assert cells["stays.obstetric.mch"]["high"] == pytest.approx(5.0 * 1.3)
    assert cells["conditions.time_critical.tests"]["high"] == 1.0  # a share


@pytest.mark.unit
@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("N034;domain 4.2", "fact"), ("Luo and Qi 2009", "document"), ("domain 4.6", "document"),
        ("C083;assumption", "anchored assumption"), ("assumption;domain 4.3", "assumption"),
    ],
)  # fmt: skip
def test_a_source_is_told_from_an_assumption(source, kind):
    assert defaults.origin(source) == kind


@pytest.mark.unit
def test_what_was_fitted_is_marked():
    fitted = {p.name for p in register.parameters().values() if p.fitted}
    assert {"demand", "bed_yield", "stated_kept"} <= fitted
    assert not {"no_show", "travel", "horizon"} & fitted
    cells = {cell["name"]: cell["fitted"] for cell in defaults.cells()}
    assert cells["kinds.hub_general.constant"] and not cells["kinds.hub_general.level"]


@pytest.mark.unit
def test_what_a_scalar_governs_exists():
    for parameter in register.parameters().values():
        paths = re.findall(r"\b([a-z]+)\.([a-z_*]+)", parameter.governs)
        assert paths or parameter.governs.startswith("measure "), parameter.name
        for group, field in paths:
            assert field in ("*", *GROUPS[group]._fields), parameter.name


@pytest.mark.unit
def test_a_scalar_that_is_a_column_governs_it():
    for group in (Needs, Behaviour, Care, Payment):
        for field in register.scalars(group):
            assert f"{group.__name__.lower()}.{field}" in register.parameters()[field].governs


@pytest.mark.unit
def test_table_lists_every_parameter_and_cell_once():
    table = register.table()
    assert table["name"].is_unique
    assert set(register.parameters()) <= set(table["name"])
    assert table[["meaning", "unit", "source", "reason"]].notna().all().all()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "formula", "digits"),
    [
        ("no_show", lambda f: f("C084") / 100, 6),
        ("step_down", lambda f: f("E067") * f("E068") / 1e4 * register.value("suitable"), 5),
        ("slotted", lambda f: f("N068") / 100 * register.value("slot_share"), 4),
        ("recognition", lambda f: f("N064") / 100 * register.value("recognition_fidelity"), 4),
        ("yuan", lambda f: -f("C034") / f("C038"), 5),
        ("wait_day", lambda f: (f("C017") - f("C013")) / 12, 3),
        ("travel", lambda f: -f("C035") / 60, 4),
        ("wait_minute", lambda f: -f("C035") / 120, 4),
        ("filed", lambda f: f("R018"), 6),
        ("unfiled", lambda f: f("R019"), 6),
        ("township_centres_hubei", lambda f: f("P050") / 920, 3),
        ("township_centres_sichuan", lambda f: f("P101") / 2642, 3),
        ("clinic_units", lambda f: f("N257") / (f("N254") + f("N257")), 3),
    ],
)  # fmt: skip
def test_parameter_agrees_with_the_facts_it_cites(name, formula, digits):
    assert register.value(name) == pytest.approx(formula(register.fact), abs=0.6 * 10**-digits)


@pytest.mark.unit
def test_slope_of_skill_follows_stated_first_choice_and_importance():
    """Slopes differ by a share of the odds over two levels [C044, C046, C047], C032 / C030.

    The share is that of the table, three quarters, times the fitted slope.
    """

    def odds(identifier):
        share = register.fact(identifier) / 100
        return np.log(share / (1 - share))

    gap = register.KIND["municipal_general"].perceived - register.KIND["community_centre"].perceived
    mild, moderate, severe = register.behaviour().skill
    kept = register.value("stated_kept") * register.value("severity_slope")
    stated = (odds("C044") - odds("C047")) / gap
    assert severe - mild == pytest.approx(kept * stated, abs=0.005)
    assert moderate - mild == pytest.approx(kept * (odds("C044") - odds("C046")) / gap, abs=0.005)
    ratio = register.fact("C032") / register.fact("C030")
    assert (mild + stated) / mild == pytest.approx(ratio, rel=0.005)


@pytest.mark.unit
def test_visits_per_resident_are_those_of_the_statistics():
    """84.2 [N034] x 100 million visits of 1,411.75 million residents."""
    assert visits_per_resident().sum() == pytest.approx(5.96, abs=0.02)
    assert visits_per_resident().sum() == pytest.approx(
        register.fact("N034") * 1e4 / 141_175, abs=0.02)  # fmt: skip


@pytest.mark.unit
def test_admissions_are_those_of_the_statistics():
    """Beds asked for per need x needs reproduce 174.9 admissions per 1,000 residents [N050]."""
    share = (register.bed_need() * register.by_severity("")).sum(axis=1)
    share *= register.value("bed_yield")
    admissions = 1000 * share * register.needs_per_resident()
    assert admissions == pytest.approx(defaults.column("conditions", "admissions"), abs=1e-9)
    assert admissions.sum() == pytest.approx(174.9, abs=0.01)
    assert admissions.sum() == pytest.approx(10 * register.fact("N050"), abs=1)


@pytest.mark.unit
def test_beds_are_asked_for_mostly_by_the_severe():
    bed = register.bed_need()
    assert (bed >= 0).all() and (bed <= 1).all()
    assert (np.diff(bed, axis=1) >= 0).all()


@pytest.mark.unit
def test_rates_of_those_who_can_have_a_need_give_the_case_mix():
    """Women x rate per woman and chronic residents x refills give the visits of all residents."""
    needs, people = register.needs(), register.people()
    among = np.where(needs.women[:, None] > 0, people.female, 1.0)
    among = np.where(needs.chronic[:, None] > 0, people.chronic, among)
    assert needs.rate * among * VISITS_PER_NEED[:, None] == pytest.approx(register.visits())


@pytest.mark.invariant
def test_envelope_bounds_every_rate():
    needs, people = register.needs(), register.people()
    bound = np.where(needs.chronic > 0, 1.0, people.frailty_bound)
    highest = needs.rate[:, :, None] * needs.season[:, None, :] * bound[:, None, None]
    highest = highest * column_of("needs.demand").high
    assert (highest.max(axis=(1, 2)) <= needs.envelope * (1 + 1e-12)).all()
    assert needs.season.mean(axis=1) == pytest.approx(1.0)


@pytest.mark.invariant
def test_cumulative_shares_end_at_one():
    assert (register.needs().severity[:, -1] == 1).all()
    assert (np.diff(register.needs().severity, axis=1) >= 0).all()
    assert (register.behaviour().hours[:, -1] == 1).all()
    assert register.people().age_cumulative[:, -1] == pytest.approx(1.0)


@pytest.mark.invariant
@pytest.mark.parametrize("group", BUILDERS, ids=lambda group: group.__name__)
def test_group_builds_within_the_bounds_of_its_columns(group):
    built = BUILDERS[group]()
    for name, column in columns_of(group).items():
        field = np.asarray(getattr(built, name))
        assert np.isfinite(field).all(), name
        assert (field >= column.low).all() and (field <= column.high).all(), name
        if isinstance(getattr(built, name), np.ndarray):
            assert field.dtype == np.dtype(column.dtype), name


@pytest.mark.unit
def test_shapes_follow_the_vocabulary():
    conditions, kinds = len(register.CONDITIONS), len(register.KINDS)
    assert register.needs().rate.shape == (conditions, len(register.AGE_GROUPS))
    assert register.care().minutes.shape == (conditions, kinds)
    assert register.care().stay_days.shape == (conditions, kinds)
    assert register.payment().inpatient.shape == (len(register.SCHEMES), len(register.GRADES))
    assert register.people().employee.shape == (2, len(register.AGE_GROUPS))
    assert register.behaviour().hours.shape == (3, 24)


@pytest.mark.unit
def test_share_of_employees_is_that_of_the_insured():
    rural, urban = register.people().employee
    weights = np.array(defaults.column("people", "weight"))
    mean = weights @ (rural + register.value("urban_share") * (urban - rural)) / weights.sum()
    employees, residents = register.fact("N429"), register.fact("N423")
    assert mean == pytest.approx(employees / (employees + residents), abs=0.005)


@pytest.mark.unit
def test_prices_meet_the_mean_cost_of_a_hospital_visit():
    """Visits by class x price by severity and tests; 329.2 yuan [B018]."""
    pay, care = register.payment(), register.care()
    severity = register.by_severity("") @ pay.severity
    spent = seen = 0.0
    for name, grade in zip(HOSPITALS, (1, 2, 3), strict=True):
        at = register.landing(name)
        cost = severity * pay.visit_price[grade] + care.test_need * pay.test_price[grade]
        spent, seen = spent + at @ cost, seen + at.sum()
    assert spent / seen == pytest.approx(register.fact("B018"), rel=0.02)


@pytest.mark.unit
def test_prices_meet_the_mean_cost_of_a_hospital_day():
    """Bed-days by class [N007, N013, N083, N095, domain 4.5] x price; 1,191.7 yuan [B020]."""
    pay, shares = register.payment(), register.by_severity("") * register.bed_need()
    severity = (register.needs_per_resident() @ shares) @ pay.severity
    severity /= (register.needs_per_resident() @ shares).sum()
    stays = {row["condition"]: row for row in defaults.rows("stays")}["all"]
    days = np.array([register.CAPACITY[c].admissions_2022 * float(stays[c]) for c in HOSPITALS])
    assert severity * days @ pay.day_price[1:] / days.sum() == pytest.approx(
        register.fact("B020"), rel=0.02)  # fmt: skip


@pytest.mark.unit
def test_cost_of_a_hospital_stay_follows_from_that_of_a_day():
    """1,191.7 yuan [B020] x mean days = 11,002.9 [B019]: prices that meet one meet the other."""
    stays = {row["condition"]: row for row in defaults.rows("stays")}["all"]
    admissions = np.array([register.CAPACITY[name].admissions_2022 for name in HOSPITALS])
    days = admissions @ [float(stays[name]) for name in HOSPITALS] / admissions.sum()
    assert days * register.fact("B020") == pytest.approx(register.fact("B019"), rel=0.02)


@pytest.mark.unit
@pytest.mark.parametrize("scheme, grade, kind, identifier", [
    (0, 0, "inpatient", "R001"), (0, 1, "inpatient", "R003"), (0, 2, "inpatient", "R005"),
    (0, 3, "inpatient", "R007"), (1, 1, "inpatient", "R009"), (1, 2, "inpatient", "R010"),
    (1, 3, "inpatient", "R011"), (0, 0, "outpatient", "R012"), (0, 2, "outpatient", "R013"),
    (0, 3, "outpatient", "R014"), (1, 1, "outpatient", "R015"), (1, 2, "outpatient", "R016"),
    (1, 3, "outpatient", "R017"),
])  # fmt: skip
def test_reimbursement_is_that_of_the_rules(scheme, grade, kind, identifier):
    share = getattr(register.payment(), kind)[scheme, grade]
    assert share == pytest.approx(register.fact(identifier) / 100)


@pytest.mark.unit
@pytest.mark.parametrize("name", ["township", "community", "small", "secondary", "tertiary", "mch"])
def test_duty_doctors_are_visits_over_their_load(name):
    row = register.CAPACITY[name]
    expected = row.visits * (1 - row.emergency_share) / row.visits_per_duty_day
    assert row.duty_doctors == pytest.approx(expected, rel=0.02)


@pytest.mark.unit
def test_visits_and_beds_of_the_classes_are_those_of_the_statistics():
    classes = register.CAPACITY.values()
    assert sum(row.visits_2022 for row in classes) == pytest.approx(register.fact("N034"), abs=0.1)
    assert sum(row.admissions_2022 for row in classes) == pytest.approx(
        register.fact("N031"), abs=2)  # fmt: skip
    for name, row in register.CAPACITY.items():
        days = row.visits * row.effective_days
        assert days == pytest.approx(row.visits_2022 * 1e8 / 141_175, rel=0.02), name


@pytest.mark.unit
@pytest.mark.parametrize("name", register.CAPACITY)
def test_weekdays_sum_to_the_effective_days(name):
    factors = register.weekday_factors(name)
    assert len(factors) == 7 and max(factors) == 1 and min(factors) >= 0
    assert sum(factors) * 365 / 7 == pytest.approx(register.CAPACITY[name].effective_days)


@pytest.mark.unit
@pytest.mark.parametrize("name", ["county_general", "municipal_general", "hub_general"])
def test_departments_share_the_duty_of_general_hospitals(name):
    shares = register.department_shares(name)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert not {"emergency", "remote"} & set(shares)
    assert max(shares, key=shares.get) == "general"


@pytest.mark.unit
def test_every_outpatient_department_has_work():
    for kind in register.KINDS:
        shares = register.department_shares(kind.name)
        assert sum(shares.values()) == pytest.approx(1.0)
        assert min(shares.values()) > 0, kind.name


@pytest.mark.unit
def test_county_level_hospitals_take_the_visits_of_the_statistics():
    """13.5 [B009] of 38.2 [N040] hundred million visits."""
    total = sum(
        register.tier_share(name, "counties") * register.CAPACITY[name].visits_2022
        for name in HOSPITALS
    )
    assert total == pytest.approx(register.fact("B009"))


@pytest.mark.unit
def test_kinds_keep_the_order_of_the_vocabulary():
    assert [kind.name for kind in register.KINDS][:3] == [
        "village_clinic", "clinic", "community_station"]  # fmt: skip
    ranks = [kind.rank for kind in register.KINDS]
    assert ranks == sorted(ranks)
    for kind in register.KINDS:
        assert kind.tier in register.TIERS and kind.grade in register.GRADES
        assert set(kind.departments) <= set(register.SPECIALTIES)
        assert len(kind.accepts) == len(register.CONDITIONS)


@pytest.mark.unit
def test_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(KeyError, match="no_show"):
        register.value("no_shwo")
    with pytest.raises(KeyError, match="C08"):
        register.fact("C0844")


@pytest.mark.unit
def test_age_table_must_be_complete():
    with pytest.raises(ValueError, match="19 cumulative shares"):
        register.people(np.array([[0.5, 1.0]]))
