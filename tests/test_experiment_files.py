"""An experiment says what is wrong with it, all at once, at its line, before anything runs."""

from pathlib import Path

import pytest

import sim
from sim import yamlfile
from sim.sweeping.asked import checked, load
from sim.yamlfile import ScenarioError

pytestmark = pytest.mark.door

TINY = Path("scenarios/tiny_clinic.yaml").resolve()
HEAD = "question: What then?\nscenario: clinic.yaml\n"
GIVEN = Path("experiments")


@pytest.fixture
def told(tmp_path):
    """What is said of an experiment, file names without their folder."""
    (tmp_path / "clinic.yaml").write_text(TINY.read_text())

    def tell(text, checks=True):
        file = tmp_path / "asked.yaml"
        file.write_text(text)
        with pytest.raises(ScenarioError) as refused:
            sim.sweep(file, tmp_path / "out") if checks else load(file)
        assert not (tmp_path / "out").exists()
        return str(refused.value).replace(f"{tmp_path}/", "").splitlines()

    return tell


def test_unknown_keys_and_wrong_types_are_told_at_once(told):
    said = told(HEAD + "varry: {}\nreplications: many\nwarmup: long\nmeasures: [3]\n")
    assert said == [
        "asked.yaml:3:1: varry: unknown key (nearest: vary)",
        "asked.yaml:4:15: replications: a number or until expected, not 'many'",
        "asked.yaml:5:9: warmup: a number of days or mser5 expected, not 'long'",
        'asked.yaml:6:12: measures.0: should be a valid string, not 3 (nearest: "3")',
    ]


def test_what_is_missing_says_what_it_means(told):
    assert told("source: nowhere\n") == [
        "asked.yaml:1:1: question: is missing: what is asked, for people",
        "asked.yaml:1:1: scenario: is missing: scenario file, seen from this file",
    ]


def test_names_of_files_and_measures_have_a_nearest_one(told):
    said = told("question: a\nscenario: clinc.yaml\nagainst: clinic.yml\nmeasures: [wait_meen]\n"
                "replications: {until: [{measure: wait, half_width: 1}], most: 200}\n")  # fmt: skip
    assert said == [
        "asked.yaml:2:11: scenario: there is no file clinc.yaml (nearest: clinic.yaml)",
        "asked.yaml:3:10: against: there is no file clinic.yml (nearest: clinic.yaml)",
        "asked.yaml:4:12: measures.0: there is no measure wait_meen (nearest: wait_mean)",
        "asked.yaml:5:34: replications.until.0.measure: there is no measure wait "
        "(nearest: wait_p95)",
    ]


def test_keys_are_judged_where_the_scenario_is_missing(told):
    said = told("question: a\nscenario: clinc.yaml\nvary:\n  grid:\n    dais: [1, 2]\n"
                "    policies[0].share: [1]\n    replications: [3]\n"
                "  latin_hypercube: {points: 2, within: {seeed: [1, 9]}}\n"
                "measures: [wait_meen]\n")  # fmt: skip
    assert said == [
        "asked.yaml:2:11: scenario: there is no file clinc.yaml (nearest: clinic.yaml)",
        "asked.yaml:5:12: vary.grid.dais.0: unknown key (nearest: days)",
        "asked.yaml:5:15: vary.grid.dais.1: unknown key (nearest: days)",
        "asked.yaml:7:20: vary.grid.replications.0: replications is no key to vary",
        "asked.yaml:8:48: vary.latin_hypercube.within.seeed: unknown key (nearest: seed)",
        "asked.yaml:9:12: measures.0: there is no measure wait_meen (nearest: wait_mean)",
    ]


def test_wrong_keys_of_the_experiment_do_not_hide_what_else_is_wrong(told):
    assert told("question: a\nscenario: clinc.yaml\nbatches: 3\nvary: {grid: {dais: [1]}}\n"
                "measures: [wait_meen]\n") == [
        "asked.yaml:2:11: scenario: there is no file clinc.yaml (nearest: clinic.yaml)",
        "asked.yaml:3:1: batches: unknown key (nearest: measures)",
        "asked.yaml:4:22: vary.grid.dais.0: unknown key (nearest: days)",
        "asked.yaml:5:12: measures.0: there is no measure wait_meen (nearest: wait_mean)",
    ]  # fmt: skip
    assert told(HEAD + "vary: {grid: {days: [1, 0]}}\nmeasures: [3]\n") == [
        "asked.yaml:3:25: vary.grid.days.1: should be greater than or equal to 1, not 0",
        'asked.yaml:4:12: measures.0: should be a valid string, not 3 (nearest: "3")',
    ]


def test_points_wait_for_what_makes_them(told):
    said = told(HEAD + "levers: 3\nvary: {grid: {days: [0]}}\n")
    assert len(said) == 1 and said[0].startswith("asked.yaml:3:9: levers")


def test_every_point_must_be_a_scenario(told):
    said = told(
        HEAD + "vary:\n  grid:\n    dais: [1]\n    days: [3, 0, 1.5]\n"
        "    policies[0].coverage: [1]\n  list:\n    - {seed: 1}\n    - {seed: -1}\n"
    )
    assert said == [
        "asked.yaml:5:12: vary.grid.dais.0: unknown key (nearest: days)",
        "asked.yaml:6:15: vary.grid.days.1: should be greater than or equal to 1, not 0",
        "asked.yaml:6:18: vary.grid.days.2: should be a valid integer, not 1.5",
        "asked.yaml:7:28: vary.grid.policies[0].coverage.0: there is no 0 in the list",
        "asked.yaml:10:14: vary.list.1.seed: should be greater than or equal to 0, not -1",
    ]


def test_keys_that_belong_to_the_experiment_are_not_varied(told):
    assert told(HEAD + "vary: {grid: {replications: [3]}}\n") == [
        "asked.yaml:3:30: vary.grid.replications.0: replications is no key to vary"
    ]


def test_a_mistake_in_the_scenario_is_told_in_its_own_file(told, tmp_path):
    (tmp_path / "clinic.yaml").write_text(TINY.read_text().replace("warmup: 7", "warmup: no"))
    (said,) = told(HEAD + "vary: {grid: {days: [1]}}\n")
    assert said.startswith("clinic.yaml:34:9: warmup:")


def test_arms_must_be_measured_alike(told, tmp_path):
    (tmp_path / "other.yaml").write_text(TINY.read_text().replace("days: 28", "days: 14"))
    assert told(HEAD + "against: other.yaml\n") == [
        "asked.yaml:3:10: against: its days differs from the scenario's, 14 and 28"
    ]


def test_a_warm_up_that_cannot_be_found_is_refused(told, tmp_path):
    assert told(HEAD + "warmup: mser5\n") == [
        "asked.yaml:3:9: warmup: mser5 needs 50 days to judge, warm-up and days have 35"
    ]


def test_a_warm_up_cannot_be_found_under_dates_that_do_not_move(told, tmp_path):
    dated = "days: 60\npolicies: [{name: capacity_expansion, from: 2022-03-15}]"
    (tmp_path / "clinic.yaml").write_text(TINY.read_text().replace("days: 28", dated))
    said = told(HEAD + "warmup: mser5\n")
    assert "mser5 moves the first measured day, but capacity_expansion has dates" in said[-1]


def test_a_rule_needs_ten_replications_at_least(told):
    said = told(HEAD + "replications: {until: [{measure: bypass, half_width: 0}], pilot: 3}\n")
    assert [line.split(": ", 1)[1] for line in said] == [
        "replications.until.0.half_width: should be greater than 0, not 0",
        "replications.pilot: should be greater than or equal to 10, not 3",
    ]


def test_an_experiment_may_be_written_in_python(tmp_path):
    clinic = sim.load(TINY)
    asked = sim.Experiment(question="Now?", scenario=clinic, vary={"grid": {"days": [1, 2]}})
    assert [case.scenario.days for case in checked(asked).cases] == [1, 2]
    with pytest.raises(ValueError, match="needs a folder"):
        sim.sweep(asked)
    with pytest.raises(ScenarioError, match=r"vary.grid.days.0: should be greater than"):
        sim.sweep(asked.model_copy(update={"vary": type(asked.vary)(grid={"days": [0]})}), tmp_path)


def test_doses_leave_the_baseline_alone_and_all_else_does_not(tmp_path):
    clinic = sim.load(TINY)
    servers = "world.facilities[0].departments[0].servers"
    asked = {"question": "?", "scenario": clinic, "against": clinic,
             "vary": {"grid": {servers: [1, 2], "seed": [7]}}}  # fmt: skip
    both, dosed = (checked(sim.Experiment(**asked, **more)).cases[1]
                   for more in ({}, {"levers": ["world"]}))  # fmt: skip
    assert both.against == both.scenario
    assert dosed.against != dosed.scenario == both.scenario and dosed.against.seed == 7


def test_a_folded_text_is_one_line_without_marks(tmp_path):
    (tmp_path / "e.yaml").write_text(
        "question: >-\n  how\n  many\nsource: \"a\\ab\"\nscenario: x.yaml\n"
    )
    read = yamlfile.read(tmp_path / "e.yaml")
    assert (read.data["question"], read.data["source"]) == ("how many", "a\ab")
