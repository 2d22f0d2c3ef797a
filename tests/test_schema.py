"""What an editor knows of a scenario file: the schema says what the reader of the file says."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import test_scenario_errors as errors
from jsonschema import Draft202012Validator, FormatChecker
from ruamel.yaml import YAML, YAMLError
from typer.testing import CliRunner

from sim import policies, schema
from sim.cli import app

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "scenarios" / "schema.json"
FILES = sorted((ROOT / "scenarios").rglob("*.yaml"))
# What needs the whole file, other files or the county tables; `sim check` says it.
NOT_SHOWN = {
    "policy after the end", "policy before the start", "policy ends before it starts",
    "unknown county", "no file to extend", "extends itself", "unknown department",
    "a second facility of the name", "routes above 1", "down within a day", "sideways at once",
    "load of one", "no capacity", "closes before it opens", "admission without beds",
    "draw beyond the sample",
}  # fmt: skip


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    found = schema.scenario_schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found, format_checker=FormatChecker())


def as_an_editor_sees_it(text: str) -> Any:
    """Plain JSON of a YAML text, dates as text."""
    return plain(YAML(typ="safe", pure=True).load(text))


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    return value.isoformat() if isinstance(value, date) else value


def places(validator: Draft202012Validator, text: str) -> set[str]:
    """Paths at which the schema finds something wrong, those inside alternatives too."""
    found = list(validator.iter_errors(as_an_editor_sees_it(text)))
    for error in found:
        found.extend(error.context or ())
    return {".".join(map(str, error.absolute_path)) for error in found}


def test_the_shipped_schema_is_current() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == schema.text(), "sim schema scenarios/schema.json"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_scenario_is_valid(validator: Draft202012Validator, path: Path) -> None:
    assert not places(validator, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", [errors.WORLD, errors.COUNTY, errors.TELEMEDICINE])
def test_the_unbroken_files_are_valid(validator: Draft202012Validator, text: str) -> None:
    assert not places(validator, text)


def parsed() -> dict[str, tuple]:
    """The broken files that are YAML with keys."""
    found = {}
    for name, case in errors.BROKEN.items():
        try:
            held = as_an_editor_sees_it(case[0])
        except (YAMLError, ValueError):
            continue
        if isinstance(held, dict):
            found[name] = case
    return found


@pytest.mark.parametrize("name", sorted(set(parsed()) - NOT_SHOWN))
def test_an_editor_shows_the_mistake_where_it_is(
    validator: Draft202012Validator, name: str
) -> None:
    text, _, _, path, _, _ = parsed()[name]
    parent = "set" if path.startswith("set.") else path.rpartition(".")[0]
    assert places(validator, text) & {path, parent}  # a key too many or too few is its parent's


@pytest.mark.parametrize("name", sorted(NOT_SHOWN))
def test_the_schema_promises_no_more_than_it_can(
    validator: Draft202012Validator, name: str
) -> None:
    assert not places(validator, parsed()[name][0])


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("world: {county: 420222}", True),
        ("extends: county_baseline.yaml", True),
        ("world: {county: 阳新县, arrivals: [{to: a.b, per_hour: 1}]}", False),
        ("world: {county: [阳新县]}", False),
        ("world: {county: 阳新县}\nset: {needs.demand: 1.2}", True),
        ("world: {county: 阳新县}\nset: {needs.demand: 12}", False),
        ("world: {county: 阳新县}\nset: {places.code: 1}", False),
        ("world: {county: 阳新县}\npolicies: [{coverage: 1}]", False),
        ("world: {county: 阳新县}\npolicies: [{name: telemedicine, from: 2022-03-08}]", True),
        ("world: {county: 阳新县}\npolicies: [{name: telemedicine, from: soon}]", False),
        ("world: {county: 阳新县}\npolicies: [{name: telemedicine, tiers: hub}]", False),
        ("world: {county: 阳新县}\npolicies: [{name: telemedicine, waves: [{from: 3}]}]", True),
        ("world: {county: 阳新县}\npolicies: [{name: telemedicine, waves: [{}]}]", False),
        (
            "world: {county: 阳新县}\npolicies: "
            "[{name: telemedicine, waves: [{from: 3, coverge: 1}]}]",
            False,
        ),
        ("world: {county: 阳新县}\nengine: fast", False),
        ("world: {county: 阳新县}\nreplications: 0", False),
    ],
)
def test_what_is_valid(validator: Draft202012Validator, text: str, valid: bool) -> None:
    whole = text if "extends" in text else f"title: x\ndays: 3\n{text}"
    assert (not places(validator, whole)) is valid


@pytest.mark.parametrize("name", policies.names())
def test_a_policy_has_its_parameters_with_unit_and_meaning(name: str) -> None:
    found = schema.scenario_schema()["$defs"][f"policy_{name}"]["properties"]
    assert list(found)[-4:] == ["name", "from", "until", "waves"]
    for key, field in policies.find(name).Params.model_fields.items():
        assert isinstance(field.json_schema_extra, dict)
        told = f"{field.description} [{field.json_schema_extra['unit']}]"
        assert found[key]["description"] == told


def test_it_is_printed_or_written(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["schema"])
    assert json.loads(printed.stdout)["$schema"] == schema.DRAFT
    path = tmp_path / "schema.json"
    assert CliRunner().invoke(app, ["schema", str(path)]).exit_code == 0
    assert path.read_text(encoding="utf-8") == printed.stdout
    refused = CliRunner().invoke(app, ["schema", str(tmp_path / "none" / "schema.json")])
    assert refused.exit_code == 2
    assert "cannot be written: No such file" in refused.stderr
