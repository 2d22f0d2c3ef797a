"""Broken files as they come: `sim run` says what is wrong and where, and plays nothing."""

import re
from pathlib import Path

import pytest
from test_scenario_errors import BROKEN, COUNTY, TELEMEDICINE, WORLD
from typer.testing import CliRunner

from sim.cli import app
from sim.scenario import load

pytestmark = pytest.mark.door

CLINIC = "mean_minutes: 8}}\n    - name: hospital"
ROUTES = "  routes:\n    - {from: clinic.general, to: hospital.%s, probability: %s}\ndays: 7"
TWICE = "    coverage: 0.5\n    success: %s\n"
ONE_BY_ONE = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcdef", "bcdefg", strict=True)
)


def of_clinic(minutes: str) -> str:
    """The world with another service at the clinic."""
    return WORLD.replace(CLINIC, CLINIC.replace("8", minutes, 1))


# file as text or bytes, then line:column and everything else that must be told
MORE = {
    # no YAML
    "GBK": (COUNTY.encode("gbk"), "3:11", "not UTF-8 text; save it"),
    "UTF-16": (WORLD.encode("utf-16"), "1:1", "not UTF-8 text"),
    "a zero byte": (WORLD + "source: \0\n", "14:9", "U+0000 cannot stand here"),
    "unknown alias": (WORLD.replace("days: 7", "days: *week"), "13:7", "undefined alias 'week'"),
    "alias of itself": ("title: x\nworld: &w\n  county: *w\n", "2:8", "alias contains itself"),
    "a file of aliases": (ONE_BY_ONE, "1:4", "aliases make more than 200,000 values"),
    "too deep": (f"title: {'[' * 600}{']' * 600}\n", "1:1", "too deep inside each other"),
    "two documents": (WORLD + "---\ntitle: y\n", "14:1", "without ---"),
    "Chinese colon": (
        WORLD.replace("days: 7", "days：7"), "14:1", "Chinese colon ： stands in line 13",
    ),
    "no colon": ("title x\ndays: 3\n", "2:5", "is a colon missing above"),
    "uneven indentation": ("title: x\n days: 3\n", "2:6", "the indentation uneven"),
    "open quotation mark": (WORLD + 'source: "abc\n', "15:1", "no YAML"),
    "only a comment": ("# nothing\n", "1:1", "the file is empty"),
    "only a text": ("hello\n", "1:1", "keys expected, not text"),
    "a list as a key": (WORLD + "[a, b]: x\n", "14:1", "a list or mapping cannot be a key"),
    "merge key": (WORLD + "<<: {days: 3}\n", "14:1", "<<: unknown key"),
    # values
    "number as text": (WORLD.replace("days: 7", "days: '7'"), "13:7", "days: ", "(nearest: 7)"),
    "unit text": (
        of_clinic("5 min"), "6:72", "0.service.mean_minutes: ", "not '5 min' (nearest: 5)",
    ),
    "per cent": (TELEMEDICINE + "    coverage: 60%\n", "9:15", "'60%' (nearest: 0.6)"),
    "Chinese comma": (WORLD.replace("days: 7", "days: 7，"), "13:7", "(nearest: 7)"),
    "text as number": (WORLD.replace("a clinic", "2022"), "1:8", 'title: ', '(nearest: "2022")'),
    "nothing": (WORLD.replace("title: a clinic", "title:"), "1:1", "title: ", "not nothing"),
    "half a day": (WORLD.replace("days: 7", "days: 7.5"), "13:7", "valid integer, not 7.5"),
    "not a number": (
        WORLD.replace("hour: 6", "hour: .nan"), "12:38", "arrivals.0.per_hour: ", "finite", "nan",
    ),
    "infinite": (of_clinic(".inf"), "6:72", "should be a finite number, not inf"),
    "beyond all numbers": (of_clinic("1e400"), "6:72", "should be a finite number, not inf"),
    "thousands of digits": (
        WORLD.replace("days: 7", f"days: {'9' * 5000}"), "13:7", "days: ", "999…",
    ),
    "millions of days": (WORLD.replace("days: 7", "days: 7000000"), "13:7", "equal to 36525"),
    "too many servers": (WORLD.replace("vers: 2", "vers: 2000000"), "10:36", "to 1000000, not"),
    "too many arrivals": (WORLD.replace("hour: 6", "hour: 1e9"), "6:11", "offered load 1.33e+08"),
    "negative rate": (WORLD.replace("hour: 6", "hour: -6"), "12:38", "equal to 0, not -6"),
    "a rate in words": (WORLD.replace("hour: 6", "hour: six"), "12:38", "one rate or 24 expected"),
    "no duration": (of_clinic("0"), "6:72", "greater than 0, not 0"),
    "a list for a value": (COUNTY.replace("阳新县", "[阳新县]"), "3:11", "county: ", "not a list"),
    "a value for keys": (
        WORLD.replace("servers: 2, service: {family: exponential, mean_minutes: 8}", "service: 8"),
        "10:36", "0.service: should be a valid mapping of keys to values, not 8",
    ),
    "no departments": (
        "title: x\ndays: 1\nworld: {facilities: [{name: a, departments: []}]}\n",
        "3:45", "world.facilities.0.departments: at least 1 expected",
    ),
    "no name": (WORLD.replace("name: clinic", 'name: ""'), "4:13", "at least 1 character"),
    "no engine of the name": (
        WORLD + "engine: compild\n", "14:9", "none of auto, reference", "(nearest: compiled)",
    ),
    "negative seed": (WORLD + "seed: -1\n", "14:7", "seed: should be greater than or equal to 0"),
    # dates
    "date as in Germany": (WORLD + "start: 07.03.2022\n", "14:8", "such as 2022-03-07"),
    "date and time": (WORLD + "start: 2022-03-07 08:00\n", "14:8", "such as 2022-03-07"),
    "a date of antiquity": (WORLD + "start: 0222-03-07\n", "14:8", "equal to 1900-01-01"),
    "wave before from": (
        TELEMEDICINE + "    waves: [{from: 4, coverage: 0.4}]\n",
        "9:20", "policies.0.waves.0.from: 4 does not come after the date before",
    ),
    "waves out of order": (
        TELEMEDICINE + "    waves: [{from: 9, coverage: 0.4}, {from: 7, coverage: 0.6}]\n",
        "9:46", "policies.0.waves.1.from: 7 does not come after the date before",
    ),
    "wave after the end": (
        TELEMEDICINE + "    until: 8\n    waves: [{from: 9, coverage: 0.4}]\n",
        "9:12", "policies.0.until: 8 does not come after the date before",
    ),
    # names
    "unknown parameter of a wave": (
        TELEMEDICINE + "    waves: [{from: 9, covrage: 0.4}]\n",
        "9:23", "waves.0.covrage: unknown key", "(nearest: coverage)",
    ),
    "policy without a name": (COUNTY + "policies: [{coverage: 1}]\n", "6:12", "name: is missing"),
    "policy as a text": (COUNTY + "policies: [telemedicine]\n", "6:12", "a valid mapping"),
    "ambiguous county": (
        COUNTY.replace("阳新县", "铁西区"),
        "3:11", "more than one county is called", "(nearest: 沈阳市铁西区 or 鞍山市铁西区)",
    ),
    "unknown code": (COUNTY.replace("阳新县", "420229"), "3:11", "no county", "420222 阳新县"),
    "unknown target of a route": (
        WORLD.replace("days: 7", ROUTES % ("surgery", 0.5)),
        "14:34", "no department hospital.surgery (nearest: hospital.general)",
    ),
    "probability above 1": (
        WORLD.replace("days: 7", ROUTES % ("general", 1.5)), "14:65", "equal to 1, not 1.5",
    ),
    "unknown argument of a formula": (
        WORLD + "theory: {model: M/M/1, formula: mm1, arivals: 0.1}\n",
        "14:38", "mm1 has no argument arivals (nearest: arrivals)",
    ),
    "keys below a parameter to set": (
        COUNTY + "set: {needs: {demand: 1.2}}\n", "6:7", "set.needs: there is no such parameter",
    ),
    "a whole thing in parts": (
        COUNTY + "set: {departments.doctors: 1.5}\n", "6:28", "a whole number expected",
    ),
    "more than a column can hold": (
        COUNTY + "set: {departments.doctors: 1e30}\n", "6:28", "outside [0, 2.14748e+09]",
    ),
    "extends a list": (WORLD + "extends: [a, b]\n", "14:10", "a file name expected, not a list"),
    # what only the world shows
    "a policy twice, in conflict": (
        TELEMEDICINE + TWICE % 0.5 + "  - name: telemedicine\n    from: 5\n" + TWICE % 0.6,
        "11:5", "policies.1: telemedicine and telemedicine set departments.remote_success diff",
    ),
    "more doctors than there are": (
        TELEMEDICINE + "    coverage: 0.5\n    experts: 99\n",
        "7:5", "policies.0: telemedicine: departments.doctors becomes -",
    ),
}  # fmt: skip


def told(folder: Path, content: str | bytes, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `sim run` says of a broken file; nothing else may come of it."""
    monkeypatch.chdir(folder)
    path = Path("broken.yaml")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = CliRunner().invoke(app, ["run", str(path)])
    assert found.exit_code == 2, found.output
    assert isinstance(found.exception, SystemExit)
    assert all(line.startswith("demonstration: ") for line in found.stdout.splitlines())
    assert sorted(folder.iterdir()) == [folder / path]
    return [line for line in found.stderr.splitlines() if not line.startswith("playing")]


@pytest.mark.parametrize("name", MORE)
def test_what_is_wrong_is_told_with_its_place(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, place, *fragments = MORE[name]
    lines = told(tmp_path, content, monkeypatch)
    assert all(re.match(r"broken\.yaml:\d+:\d+: \S", line) for line in lines), lines
    here = [line for line in lines if line.startswith(f"broken.yaml:{place}: ")]
    assert any(all(part in line for part in fragments) for line in here), lines
    assert all(len(line) < 400 for line in lines)


@pytest.mark.parametrize("name", BROKEN)
def test_one_problem_a_line_and_nothing_played(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = told(tmp_path, BROKEN[name][0], monkeypatch)
    assert all(line.startswith("broken.yaml:") for line in lines)


def test_a_mistake_that_every_hour_shares_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(told(tmp_path, WORLD.replace("hour: 6", "hour: -6"), monkeypatch)) == 1


def test_there_are_more_than_a_hundred_kinds() -> None:
    assert not set(MORE) & set(BROKEN)
    assert len(set(MORE) | set(BROKEN)) > 100


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.yaml", "nowhere.yaml: cannot be read: No such file or directory"),
        ("brokn.yaml", "(nearest: broken.yaml)"),
        (".", ".: cannot be read: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.yaml").write_text(WORLD)
    found = CliRunner().invoke(app, ["run", name])
    assert found.exit_code == 2
    assert message in found.stderr


def test_a_circle_over_two_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("extends: b.yaml\n")
    Path("b.yaml").write_text("title: b\nextends: a.yaml\n")
    found = CliRunner().invoke(app, ["check", "a.yaml"])
    assert found.exit_code == 2
    assert "b.yaml:2:10: extends: the files extend each other in a circle" in found.stderr
    assert "a.yaml -> b.yaml -> a.yaml" in found.stderr


def test_what_only_looks_broken_is_read(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + WORLD.replace("\n", "\r\n").encode())
    marked = load(path)
    path.write_text(WORLD.replace("days: 7", "days: &week 7\nwarmup: *week"))
    assert load(path).warmup == marked.days == 7


def test_a_policy_that_does_not_fit_is_told_at_its_line_whatever_else_is_given(
    tmp_path: Path,
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(MORE["more doctors than there are"][0])
    found = CliRunner().invoke(app, ["check", str(path), "--set", "days=6"])
    assert found.exit_code == 2
    assert f"{path}:7:5: policies.0: telemedicine: departments.doctors" in found.stderr
