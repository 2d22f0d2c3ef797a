"""Broken scenario files: each mistake with its place, its path and the nearest valid name."""

from pathlib import Path

import pytest

from sim.scenario import Scenario, load
from sim.yamlfile import Problem, ScenarioError

WORLD = """\
title: a clinic
world:
  facilities:
    - name: clinic
      departments:
        - {name: general, service: {family: exponential, mean_minutes: 8}}
    - name: hospital
      tier: county
      departments:
        - {name: general, servers: 2, service: {family: exponential, mean_minutes: 8}}
  arrivals:
    - {to: clinic.general, per_hour: 6}
days: 7
"""
COUNTY = "title: a county\nworld:\n  county: 阳新县\ndays: 7\nwarmup: 5\n"
TELEMEDICINE = COUNTY + "policies:\n  - name: telemedicine\n    from: 5\n"


def problems(folder: Path, text: str) -> list[Problem]:
    """What `load` complains of."""
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    for problem in caught.value.problems:
        assert str(problem).startswith(f"{path}:{problem.spot.line}:{problem.spot.column}:")
    return caught.value.problems


# file, then line, column, path, part of the message, nearest valid name
BROKEN = {
    "unknown key": (WORLD + "dayz: 3\n", 14, 1, "dayz", "unknown key", "days"),
    "unknown key inside": (
        WORLD.replace("tier: county", "teir: county"),
        8, 7, "world.facilities.1.teir", "unknown key", "tier",
    ),
    "wrong type": (WORLD.replace("days: 7", 'days: "7"'), 13, 7, "days", "valid integer", ""),
    "true is no number": (WORLD.replace("days: 7", "days: true"), 13, 7, "days", "integer", ""),
    "negative days": (WORLD.replace("days: 7", "days: -7"), 13, 7, "days", "greater than", ""),
    "missing title": (WORLD.replace("title: a clinic\n", ""), 1, 1, "title", "is missing", ""),
    "duplicate key": (WORLD + "days: 8\n", 14, 1, "days", "given twice, first at line 13", ""),
    "unknown policy": (
        WORLD + "policies: [{name: telemedicin}]\n",
        14, 19, "policies.0.name", "no policy telemedicin", "telemedicine",
    ),
    "unknown formula": (
        WORLD + "theory: {model: M/M/1, formula: mmm1}\n",
        14, 33, "theory.formula", "no formula 'mmm1'", "mm1",
    ),
    "theory without a formula": (
        WORLD + "theory: {model: M/M/1}\n", 14, 9, "theory", "needs formula", "",
    ),
    "policies are a list": (
        WORLD + "policies: telemedicine\n", 14, 11, "policies", "should be a valid list", "",
    ),
    "unknown parameter": (
        TELEMEDICINE + "    coverge: 0.5\n", 9, 5, "policies.0.coverge", "unknown key", "coverage",
    ),
    "parameter out of bounds": (
        TELEMEDICINE + "    coverage: 60\n",
        9, 15, "policies.0.coverage", "less than or equal to 1, not 60", "",
    ),
    "unknown weekday": (
        TELEMEDICINE + "    days: [munday]\n",
        9, 12, "policies.0.days.0", "'munday' is none of monday", "sunday",
    ),
    "unknown weekday of arrivals": (
        WORLD.replace("per_hour: 6", "per_hour: 6, weekdays: {thirsday: 0}"),
        12, 52, "world.arrivals.0.weekdays.thirsday", "none of monday", "thursday",
    ),
    "impossible date": (
        WORLD + "start: 2022-02-30\n", 14, 8, "start", "a date that exists", "",
    ),
    "impossible date of a policy": (
        TELEMEDICINE.replace("from: 5", "from: 2022-02-30"),
        8, 11, "policies.0.from", "a date that exists", "",
    ),
    "policy after the end": (
        TELEMEDICINE.replace("from: 5", "from: 12"),
        8, 11, "policies.0.from", "12 lies outside the scenario: 2022-03-07 to 2022-03-18", "",
    ),
    "policy before the start": (
        TELEMEDICINE.replace("from: 5", "from: 2022-03-06"),
        8, 11, "policies.0.from", "outside the scenario", "",
    ),
    "policy ends before it starts": (
        TELEMEDICINE + "    until: 4\n", 9, 12, "policies.0.until", "does not come after", "",
    ),
    "wave without a date": (
        TELEMEDICINE + "    waves: [{coverage: 0.5}]\n",
        9, 13, "policies.0.waves.0.from", "is missing", "",
    ),
    "wave out of bounds": (
        TELEMEDICINE + "    waves: [{from: 6, coverage: 5}]\n",
        9, 33, "policies.0.waves.0.coverage", "less than or equal to 1", "",
    ),
    "unknown county": (
        COUNTY.replace("阳新县", "阳兴县"), 3, 11, "world.county", "no county", "阳新",
    ),
    "no world": ("title: nothing\ndays: 7\n", 1, 1, "world", "is missing", ""),
    "empty world": ("title: nothing\nworld: {}\ndays: 7\n", 2, 8, "world", "needs a county", ""),
    "county and facilities": (
        WORLD.replace("world:\n", "world:\n  county: 阳新县\n"),
        4, 3, "world.facilities", "not both", "",
    ),
    "no file to extend": (
        "extends: basline.yaml\ntitle: x\n", 1, 10, "extends", "no file basline.yaml", "",
    ),
    "extends itself": (
        "title: x\nextends: scenario.yaml\n", 2, 10, "extends", "in a circle", "",
    ),
    "no YAML": ("title: [x\ndays: 7\n", 2, 5, "", "no YAML", ""),
    "a tab": ("title: x\nworld:\n\tcounty: y\n", 3, 1, "", "never tabs", ""),
    "empty file": ("", 1, 1, "", "the file is empty", ""),
    "no keys": ("- title\n", 1, 1, "", "keys expected, not a list", ""),
    "unknown department": (
        WORLD.replace("to: clinic.general", "to: clinic.genral"),
        12, 12, "world.arrivals.0.to", "no department clinic.genral", "clinic.general",
    ),
    "unknown tier": (
        WORLD.replace("tier: county", "tier: conty"),
        8, 13, "world.facilities.1.tier", "none of village", "county",
    ),
    "unknown kind": (
        WORLD.replace("tier: county", "kind: county_genral"),
        8, 13, "world.facilities.1.kind", "no kind 'county_genral'", "county_general",
    ),
    "a second facility of the name": (
        WORLD.replace("name: hospital", "name: clinic"),
        7, 13, "world.facilities.1.name", "a second facility", "",
    ),
    "routes above 1": (
        WORLD.replace("days: 7", """\
  routes:
    - {from: clinic.general, to: hospital.general, probability: 0.6}
    - {from: clinic.general, to: hospital.general, probability: 0.6}
days: 7"""),
        15, 65, "world.routes.1.probability", "total probability of 1.2", "",
    ),
    "down within a day": (
        WORLD.replace("days: 7", """\
  routes:
    - {from: hospital.general, to: clinic.general, probability: 0.1, after_minutes: 60}
days: 7"""),
        14, 85, "world.routes.0.after_minutes", "only a higher rank is reached within a day", "",
    ),
    "sideways at once": (
        WORLD.replace("days: 7", """\
  routes:
    - {from: clinic.general, to: clinic.general, probability: 0.1}
days: 7"""),
        14, 7, "world.routes.0.after_minutes", "1440 minutes or more", "",
    ),
    "load of one": (
        WORLD.replace("per_hour: 6", "per_hour: 8"),
        6, 11, "world.facilities.0.departments.0", "offered load 1.07", "",
    ),
    "no capacity": (
        WORLD.replace("{name: general, service", "{name: general, servers: 0, service"),
        6, 11, "world.facilities.0.departments.0", "offered load inf", "",
    ),
    "no such time of day": (
        WORLD.replace("servers: 2", "open: {from: 08:00, to: 12:75}"),
        10, 51, "world.facilities.1.departments.0.open.to", "12:75 is no time of day", "",
    ),
    "closes before it opens": (
        WORLD.replace("servers: 2", "open: {from: 12:00, to: 08:00}"),
        10, 33, "world.facilities.1.departments.0.open", "close after they open", "",
    ),
    "23 hours": (
        WORLD.replace("per_hour: 6", f"per_hour: {[1] * 23}"),
        12, 38, "world.arrivals.0.per_hour", "at least 24 expected in the list, not 23", "",
    ),
    "admission without beds": (
        WORLD.replace("servers: 2", "admit: 0.1"),
        7, 7, "world.facilities.1.beds", "has no beds", "",
    ),
    "unknown parameter to set": (
        WORLD + "set: {behaviour.travl: -0.02}\n",
        14, 7, "set.behaviour.travl", "no such parameter", "behaviour.travel",
    ),
    "set out of bounds": (
        WORLD + "set: {facilities.formulary: 2}\n",
        14, 29, "set.facilities.formulary", "2 lies outside [0, 1]", "",
    ),
    "unknown scalar": (
        WORLD + "parameters:\n  demnd: 1.2\n",
        15, 3, "parameters.demnd", "the register has no such parameter", "demand",
    ),
    "scalar out of its range": (
        WORLD + "parameters:\n  demand: 12\n",
        15, 11, "parameters.demand", "12 lies outside [0.8, 1.5] [1]", "",
    ),
    "half a candidate": (
        WORLD + "parameters: {choice_candidates: 2.5}\n",
        14, 33, "parameters.choice_candidates", "a whole number expected, not 2.5", "",
    ),
    "draw beyond the sample": (
        WORLD + "draw: 100000\n",
        14, 7, "draw", "the posterior sample has no draw 100000", "",
    ),
}  # fmt: skip


@pytest.mark.door
@pytest.mark.parametrize("broken", BROKEN)
def test_a_mistake_is_told_with_its_place(broken: str, tmp_path: Path) -> None:
    text, line, column, path, message, nearest = BROKEN[broken]
    found = problems(tmp_path, text)
    place = [(each.spot.line, each.spot.column, each.path) for each in found]
    assert (line, column, path) in place, "\n".join(map(str, found))
    told = found[place.index((line, column, path))]
    assert message in told.message
    assert nearest in told.nearest if nearest else True


@pytest.mark.door
def test_the_unbroken_files_load(tmp_path: Path) -> None:
    for text in (WORLD, COUNTY, TELEMEDICINE):
        path = tmp_path / "whole.yaml"
        path.write_text(text, encoding="utf-8")
        assert isinstance(load(path), Scenario)


@pytest.mark.door
def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = WORLD.replace("tier: county", "tier: conty").replace("days: 7", "days: -7")
    found = problems(tmp_path, text + "days: 3\nset: {care.advize: 1}\npolicies: [{name: x}]\n")
    assert [each.spot.line for each in found] == [8, 13, 14, 15, 16]


@pytest.mark.door
def test_a_mistake_in_an_extended_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(WORLD + "seed: x\n")
    path = tmp_path / "child.yaml"
    path.write_text("extends: parent.yaml\nreplications: 0\n")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    found = [(Path(each.spot.file).name, each.spot.line) for each in caught.value.problems]
    assert found == [("child.yaml", 2), ("parent.yaml", 14)]


@pytest.mark.door
def test_a_missing_file_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "county.yaml").write_text(COUNTY)
    with pytest.raises(ScenarioError, match=r"cannot be read.*nearest: county.yaml"):
        load(tmp_path / "conty.yaml")


@pytest.mark.door
def test_values_of_the_command_line_are_checked_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text(TELEMEDICINE, encoding="utf-8")
    scenario = load(path)
    for key, value, told in [
        ("dayz", "3", r"^command line: dayz: unknown key \(nearest: days\)$"),
        ("days", "-1", r"^command line: days: should be greater"),
        ("policies.telemedcine.coverage", "1", r"nearest: telemedicine"),
        ("policies.telemedicine.coverage", "2", r"policies.0.coverage: .* not 2"),
        ("set.behaviour.travl", "-0.02", r"nearest: behaviour.travel"),
    ]:
        with pytest.raises(ScenarioError, match=told):
            scenario.with_value(key, value)
