"""What may stand where in a scenario file? A JSON Schema, from which editors complete and warn.

Made from the classes that read the file and from the parameters of every policy found, so a new key
or policy needs no word here. It says what one value can show; what needs the whole file (does the
county exist, does a wave follow the one before) is said by `sim check`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from sim import policies, register, theory
from sim.checking import settable
from sim.listing import Day, Listed, PolicyUse
from sim.scenario import Scenario
from sim.world import Column
from sim.yamlfile import EXTENDS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DEFS, WAVE = "#/$defs/", "_wave"
EXTENDED = "a scenario file, relative to this one, whose top-level keys hold where not given here"

Schema = dict[str, Any]


class InEditors(GenerateJsonSchema):
    """Keys without the titles that repeat their names; a key that may be left out is not `null`."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never: the key says it."""
        return False

    def nullable_schema(self, schema: Any) -> Schema:
        """What the value is when it is given."""
        return self.generate_inner(schema["schema"])


def scenario_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of scenario files."""
    uses = {name: use_of(name) for name in policies.names()}
    asked: Any = [(model, "validation") for model in (Scenario, Listed, *uses.values())]
    _, made = models_json_schema(
        asked, by_alias=True, schema_generator=InEditors, ref_template=DEFS + "{model}"
    )
    defs = made["$defs"]
    defs |= {name: changing(held) for name, held in defs.items() if name.endswith(WAVE)}
    defs["PolicyUse"] = chosen_by_name(defs["PolicyUse"], uses)
    defs["WorldAsked"] = one_world(defs["WorldAsked"], defs.pop("Listed")["properties"])
    defs["Facility"]["properties"]["kind"]["enum"] = list(register.KINDS)
    whole = extendable(defs.pop("Scenario"))
    whole["properties"] |= {
        "set": levers(), "parameters": scalars(), "theory": textbook(),
    }  # fmt: skip
    return dict(_worded({"$schema": DRAFT, **whole, "$defs": defs}))


def use_of(policy: str) -> type[BaseModel]:
    """A use of a policy in a file: its parameters beside the dates, and in every wave."""
    found = policies.find(policy)
    first: Any = (Day, Field(alias="from", description="first day of these doses"))
    wave: Any = create_model(f"{policy}{WAVE}", __base__=found.Params, from_=first)
    dates: Any = {key: (field.annotation, field) for key, field in PolicyUse.model_fields.items()}
    dates["waves"] = (tuple[wave, ...], PolicyUse.model_fields["waves"])
    use: type[BaseModel] = create_model(f"policy_{policy}", __base__=found.Params, **dates)
    use.__doc__ = found.summary
    return use


def changing(wave: Schema) -> Schema:
    """A wave without defaults: what it leaves out stays as it was."""
    kept = {
        key: {word: said for word, said in value.items() if word != "default"}
        for key, value in wave["properties"].items()
    }
    return wave | {"properties": kept}


def chosen_by_name(use: Schema, uses: dict[str, type[BaseModel]]) -> Schema:
    """A use whose name decides which parameters it may have."""
    by_name = [
        {
            "if": {"properties": {"name": {"const": name}}, "required": ["name"]},
            "then": {"$ref": DEFS + model.__name__},
        }
        for name, model in uses.items()
    ]
    name = use["properties"]["name"] | {"enum": list(uses)}
    return use | {"properties": use["properties"] | {"name": name}, "allOf": by_name}


def one_world(world: Schema, listed: Schema) -> Schema:
    """Exactly one place, or facilities listed here, which alone may have arrivals and routes."""
    facilities, *rest = listed
    forms = [*(key for key in world["properties"] if key not in listed), facilities]
    return world | {
        "properties": world["properties"] | listed,
        "oneOf": [{"required": [form]} for form in forms],
        "dependentRequired": {key: [facilities] for key in rest},
    }


def extendable(scenario: Schema) -> Schema:
    """A scenario that may leave out what the file that it extends has."""
    needed = {"required": scenario.pop("required")}
    extends = {EXTENDS: {"type": "string", "description": EXTENDED}}
    return scenario | {
        "properties": extends | scenario["properties"],
        "if": {"not": {"required": [EXTENDS]}},
        "then": needed,
    }


def levers() -> Schema:
    """Every field of the world that `set` may fill."""
    fields = {path: lever(column) for path, column in sorted(settable().items())}
    meaning = Scenario.model_fields["set"].description
    return {
        "type": "object", "description": meaning, "properties": fields,
        "additionalProperties": False,
    }  # fmt: skip


def lever(column: Column) -> Schema:
    """A number within the bounds of a column."""
    bounds = {"minimum": column.low, "maximum": column.high}
    finite = {word: bound for word, bound in bounds.items() if np.isfinite(bound)}
    number = "number" if column.dtype == "f8" else "integer"
    return {"type": number, "description": column.meaning, "unit": column.unit, **finite}


def scalars() -> Schema:
    """Every scalar of the register, within its range."""
    return {
        "type": "object", "description": Scenario.model_fields["parameters"].description,
        "properties": {name: scalar(about) for name, about in register.parameters().items()},
        "additionalProperties": False,
    }  # fmt: skip


def scalar(about: register.Parameter) -> Schema:
    """A number within the range of a scalar."""
    number = "integer" if register.is_whole(about.name) else "number"
    return {
        "type": number, "description": about.meaning, "unit": about.unit,
        "minimum": about.low, "maximum": about.high,
    }  # fmt: skip


def textbook() -> Schema:
    """The formula that a textbook queue must meet."""
    return {
        "type": "object",
        "description": Scenario.model_fields["theory"].description,
        "properties": {
            "model": {"type": "string", "description": "words for the table, such as M/M/1"},
            "formula": {"enum": list(theory.QUANTITIES), "description": "of sim/theory.py"},
        },
        "required": ["model", "formula"],
    }


def _worded(schema: Schema) -> Iterator[tuple[str, Any]]:
    """The same, a unit told in the description, without titles and empty defaults."""
    for key, value in schema.items():
        if key == "description" and isinstance(schema.get("unit"), str):
            yield key, f"{value} [{schema['unit']}]"
        elif not (isinstance(value, str) and key in ("unit", "title")) and not (
            key == "default" and value in (None, [], {}, "")
        ):
            yield key, _told(value)


def _told(value: Any) -> Any:
    if isinstance(value, list):
        return [_told(item) for item in value]
    return dict(_worded(value)) if isinstance(value, dict) else value


def text() -> str:
    """The schema as it is written to a file."""
    return json.dumps(scenario_schema(), ensure_ascii=False, indent=1) + "\n"


def write(path: Path) -> None:
    """Write the schema. Raises OSError where it cannot be written."""
    path.write_text(text(), encoding="utf-8")
