"""The scenarios of the five programmes: what is asked for, a reason for each figure, twins."""

import re
from pathlib import Path

import pytest

from sim import engine
from sim.record import ledger_frame
from sim.scenario import Scenario, load

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "scenarios"
TWINS = sorted((SCENARIOS / "twins").glob("*.yaml"))
BASELINES = [file for file in TWINS if file.stem.endswith("_baseline")]
PROGRAMMES = {
    "hubei_one_lead_two_wings": {
        "regional_medical_centres", "metropolitan_area", "hospital_upgrade", "urban_medical_group",
        "county_medical_community", "village_doctors", "telemedicine", "capacity_expansion",
    },
    "sichuan_highland_base_net": {
        "regional_medical_centres", "key_specialties", "capacity_expansion",
        "county_medical_community", "county_subcentres", "clinical_service_centres",
        "emergency_centres", "urban_medical_group", "tcm_alliance", "insurance_reform",
        "counterpart_support", "clinic_standardisation", "outreach_clinics", "emergency_response",
        "major_disease_control",
    },
    "liaoning_balanced_orderly": {
        "disease_control", "major_disease_control", "regional_medical_centres",
        "county_medical_community", "key_specialties", "tcm_alliance", "lifecycle_care",
        "internet_hospital", "telemedicine", "capacity_redistribution", "insurance_reform",
    },
    "huangshi_growth_pole": {
        "capacity_redistribution", "regional_medical_centres", "county_subcentres",
        "counterpart_support", "key_specialties", "specialty_alliance", "fifteen_minute_circle",
        "metropolitan_area", "information_sharing", "visiting_experts", "staff_training",
        "emergency_centres", "village_doctors", "clinic_standardisation",
    },
    "hunan_pediatric_alliance": {"pediatric_alliance", "specialty_alliance", "outreach_clinics"},
}  # fmt: skip
EXPLAINED = ("ASSUMED", "HB", "SC", "LN", "HS", "HN", "domain.md")
FIGURE = re.compile(r"[:,{] *-?\d")
PLAYED_DAYS = 3


def files() -> list[Path]:
    """The programmes' scenarios and their twins."""
    return [SCENARIOS / f"{name}.yaml" for name in PROGRAMMES] + [
        file for file in TWINS if file not in BASELINES
    ]


@pytest.mark.door
@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_programme_has_what_its_document_asks_for(name: str) -> None:
    asked = {use.name for use in load(SCENARIOS / f"{name}.yaml").policies}
    assert asked >= PROGRAMMES[name]


@pytest.mark.door
@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_every_figure_says_where_it_is_from(file: Path) -> None:
    after = file.read_text(encoding="utf-8").partition("\npolicies:")[2]
    bare = [
        line for line in after.splitlines()
        if FIGURE.search(line.split("#")[0]) and "#" not in line
    ]  # fmt: skip
    assert not bare


@pytest.mark.door
@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_a_policy_of_the_programmes_cites_a_document_or_is_an_assumption(file: Path) -> None:
    after = file.read_text(encoding="utf-8").partition("\npolicies:")[2]
    for policy in re.split(r"\n  - name: ", after)[1:]:
        assert any(word in policy for word in EXPLAINED), policy.split("\n")[0]


@pytest.mark.door
@pytest.mark.parametrize("name", PROGRAMMES)
def test_doses_start_in_dated_order(name: str) -> None:
    scenario = load(SCENARIOS / f"{name}.yaml")
    for use in scenario.policies:
        starts = [wave["from"] for wave in use.waves]
        assert starts == sorted(starts)
        assert all(use.from_ < start for start in starts), use.name


@pytest.mark.door
def test_the_document_of_sichuan_is_counted() -> None:
    uses = load(SCENARIOS / "sichuan_highland_base_net.yaml").policies
    numbers = [use.parameters["number"] for use in uses if use.name == "key_specialties"]
    centres = [use.parameters["number"] for use in uses if use.name == "county_subcentres"]
    assert numbers == [75, 125, 250]
    assert centres == [150]


@pytest.mark.door
def test_the_alliance_of_hunan_reaches_what_was_reported() -> None:
    alliance, centres, _ = load(SCENARIOS / "hunan_pediatric_alliance.yaml").policies
    reached = [wave for wave in alliance.waves if "members" in wave][-1]
    assert (reached["members"], reached["units"]) == (156, 48)
    assert centres.parameters["members"] == len(centres.parameters["places"]) == 14
    assert centres.from_ > reached["from"]


@pytest.mark.invariant
@pytest.mark.parametrize("file", TWINS, ids=lambda file: file.stem)
def test_a_twin_plays_three_days_and_its_ledgers_close(file: Path) -> None:
    scenario = quick(file)
    timeline = scenario.timeline()
    acting = bool(scenario.policies)
    assert (len(timeline) > 1) == acting
    days = scenario.total_days
    happened = engine.play(timeline, 1, days, "compiled", warmup=scenario.warmup, log=None)
    ledger = ledger_frame(happened.ledger, timeline[0][1].names)
    assert (ledger["gap"] == 0).all()
    assert (ledger.loc[ledger["ledger"] == "visits", "came"] > 0).all()


def quick(file: Path) -> Scenario:
    """A twin played for three measured days after its week of warm-up, dates as they are."""
    return load(file).with_value("warmup", 7).with_value("days", PLAYED_DAYS)
