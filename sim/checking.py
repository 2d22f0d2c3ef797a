"""What is wrong with a scenario, all at once, before anything runs?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from inspect import signature
from math import isfinite
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel, ValidationError

from sim import demand, divisions, policies, register, theory
from sim.listing import REGIONS, Listed, PolicyUse, WorldAsked
from sim.world import GROUPS, Column, columns_of
from sim.yamlfile import Complaint, Key, kind, nearest

DATES = ("from", "until", "waves")
KEPT_UNITS = ("index", "code", "0/1")  # columns that hold no quantity
OF_KEY = "[key]"
LETTERS = 60  # of a wrong value in a message
NUMBER = re.compile(r"\s*([-+]?\d{1,15}(?:\.\d+)?)(?!\d)\s*([%％]?)")
PER_CENT = 100
LENGTHS = {
    "too_short": "at least {min_length} expected in the list, not {actual_length}",
    "too_long": "at most {max_length} expected in the list, not {actual_length}",
}


def type_complaints(model: type[BaseModel], data: Any, here: Key = ()) -> list[Complaint]:
    """Complaints of a pydantic model about plain values that stand at a path."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        found = [dict(each) for each in error.errors(include_url=False)]
        return [_complaint(model, each, here) for each in found if not _echo(each)]
    return []


def _echo(error: dict[str, Any]) -> bool:
    """Whether a list counts as too short only because its parts are wrong."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _complaint(model: type[BaseModel], error: dict[str, Any], here: Key) -> Complaint:
    loc: Key = tuple(error["loc"])
    at_key = bool(loc) and loc[-1] == OF_KEY
    path = (*here, *(loc[:-1] if at_key else loc))
    given = error["input"]
    match error["type"]:
        case "extra_forbidden":
            return Complaint(path, "unknown key", nearest(loc[-1], _fields(model, loc[:-1])), True)
        case "missing":
            return Complaint(path, f"is missing{_meaning(model, loc)}")
        case "literal_error":
            valid = re.findall(r"'([^']*)'", error["ctx"]["expected"])
            message = f"{given!r} is none of {', '.join(valid)}"
            return Complaint(path, message, nearest(given, valid), at_key)
        case "too_short" | "too_long":
            return Complaint(path, LENGTHS[error["type"]].format(**error["ctx"]))
        case "value_error":
            return Complaint(path, str(error["ctx"]["error"]))
    message = error["msg"].replace("Input should be", "should be").replace("tuple", "list")
    message = message.replace("dictionary", "mapping of keys to values")
    message = re.sub(r" or (an )?instance of \w+|^String ", "", message)
    return Complaint(path, f"{message}, not {shown(given)}", _meant(error["type"], given), at_key)


def shown(given: object) -> str:
    """A value in a message, short."""
    if isinstance(given, date):
        return str(given)
    if not isinstance(given, str | int | float):
        return kind(given)
    text = repr(given)
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"


def _meant(wanted: str, given: object) -> str:
    """What was meant by a number with a unit or in quotes, or by a text that reads as a number."""
    if wanted == "string_type" and isinstance(given, int | float | date):
        return f'"{str(given).lower()}"'
    found = NUMBER.match(str(given)) if isinstance(given, str | float) else None
    if found is None or wanted not in ("int_type", "float_type"):
        return ""
    number = float(found[1]) / (PER_CENT if found[2] else 1)
    return f"{number:.15g}" if wanted == "float_type" or number.is_integer() else ""


def _fields(model: type[BaseModel], loc: Key) -> list[str]:
    found = _model_at(model, loc)
    if found is None:
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def _meaning(model: type[BaseModel], loc: Key) -> str:
    parent = _model_at(model, loc[:-1])
    for name, field in (parent.model_fields if parent else {}).items():
        if loc[-1] in (name, field.alias) and field.description:
            return f": {field.description}"
    return ""


def _model_at(model: type[BaseModel] | None, loc: Key) -> type[BaseModel] | None:
    for part in loc:
        if isinstance(part, str) and model is not None:
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = _model_in(fields[part].annotation) if part in fields else None
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def world_complaints(asked: Any) -> list[Complaint]:
    """About `world`: one way to give it, a region that exists, parts that fit together."""
    if not isinstance(asked, dict) or type_complaints(WorldAsked, asked):
        return []
    listed = [key for key in Listed.model_fields if asked.get(key)]
    regions = [key for key in REGIONS if asked.get(key) is not None]
    if len(regions) > 1 or (regions and listed):
        first, second = (regions + listed)[:2]
        message = f"give a {first} or {second}, not both"
        return [Complaint(("world", second), message, at_key=True)]
    if regions == ["nation"]:
        return []
    if regions:
        return _region_complaints(regions[0], str(asked[regions[0]]))
    if "facilities" not in listed:
        return [Complaint(("world",), "needs a county, prefecture, province, nation or facilities")]
    return demand.complaints(Listed.model_validate(asked))


def _region_complaints(level: str, name: str) -> list[Complaint]:
    try:
        divisions.find(level, name)
    except divisions.UnknownPlace as error:
        message = str(error).partition(";")[0]
        return [Complaint(("world", level), message, " or ".join(error.nearest))]
    return []


def settable() -> dict[str, Column]:
    """Every field that `set` may give a value, by path: quantities, never positions or codes."""
    found = {}
    for name, group in GROUPS.items():
        for field, column in columns_of(group).items():
            if column.unit not in KEPT_UNITS and name not in ("clock", "places", "routes"):
                found[f"{name}.{field}"] = column
    return found


def set_complaints(given: Any) -> Iterator[Complaint]:
    """About `set`: a field that exists, a number within its bounds."""
    valid = settable()
    for path, value in given.items() if isinstance(given, dict) else ():
        column = valid.get(path)
        if column is None:
            yield Complaint(("set", path), "there is no such parameter", nearest(path, valid), True)
        elif type(value) in (int, float) and isfinite(value):
            yield from _set_complaint(path, value, column)


def _set_complaint(path: str, value: float, column: Column) -> Iterator[Complaint]:
    low, high = column.low, column.high
    if column.dtype != "f8":
        low, high = max(low, np.iinfo(column.dtype).min), min(high, np.iinfo(column.dtype).max)
    if not low <= value <= high:
        message = f"{value} lies outside [{low:g}, {high:g}] [{column.unit}]"
        yield Complaint(("set", path), message)
    elif column.dtype != "f8" and value != int(value):
        yield Complaint(("set", path), f"a whole number expected, not {value}")


def parameter_complaints(given: Any) -> Iterator[Complaint]:
    """About `parameters`: a scalar of the register, within its range."""
    known = register.parameters()
    for name, value in given.items() if isinstance(given, dict) else ():
        here, about = ("parameters", name), known.get(name)
        if about is None:
            message = "the register has no such parameter"
            yield Complaint(here, message, nearest(name, known), True)
        elif type(value) in (int, float) and isfinite(value):
            if not about.low <= value <= about.high:
                message = f"{value} lies outside [{about.low:g}, {about.high:g}] [{about.unit}]"
                yield Complaint(here, message)
            elif register.is_whole(name) and value != int(value):
                yield Complaint(here, f"a whole number expected, not {value}")


def draw_complaints(given: Any) -> Iterator[Complaint]:
    """About `draw`: a row of the posterior sample."""
    rows = len(register.posterior())
    if type(given) is int and given >= rows:
        last = f"draws are 0 to {rows - 1}" if rows else "it has none yet"
        yield Complaint(("draw",), f"the posterior sample has no draw {given}; {last}")


def theory_complaints(given: Any) -> Iterator[Complaint]:
    """What is wrong with the textbook model that a scenario must meet."""
    if not isinstance(given, dict) or not given:
        return
    for key in sorted({"model", "formula"} - set(given)):
        yield Complaint(("theory",), f"needs {key}")
    formula = given.get("formula")
    if formula is not None and formula not in tuple(theory.QUANTITIES):
        message = f"there is no formula {shown(formula)}"
        yield Complaint(("theory", "formula"), message, nearest(formula, theory.QUANTITIES))
        return
    known = () if formula is None else signature(getattr(theory, formula)).parameters
    for key in given if formula else ():
        if key not in ("model", "formula", *known):
            message = f"{formula} has no argument {key}"
            yield Complaint(("theory", key), message, nearest(key, known), True)


def policy_complaints(used: Any, start: date, total: int) -> Iterator[Complaint]:
    """About `policies`: names, parameters and dates. `total`: days, warm-up included."""
    for row, use in enumerate(used if isinstance(used, tuple) else ()):
        here: Key = ("policies", row)
        if not isinstance(use, dict) or not isinstance(use.get("name"), str):
            continue
        if type_complaints(PolicyUse, use):
            yield from _use_complaints({k: v for k, v in use.items() if k != "waves"}, here)
        else:
            yield from _use_complaints(use, here)
            yield from _date_complaints(use, here, start, total)


def _use_complaints(use: dict[str, Any], here: Key) -> Iterator[Complaint]:
    try:
        model = policies.find(use["name"]).Params
    except policies.UnknownPolicy as error:
        yield Complaint((*here, "name"), str(error), error.nearest)
        return
    kept = {key: value for key, value in use.items() if key not in ("name", *DATES)}
    yield from type_complaints(model, kept, here)
    for number, wave in enumerate(use.get("waves", ())):
        path: Key = (*here, "waves", number)
        if "from" not in wave:
            yield Complaint((*path, "from"), "is missing: first day of the wave")
        wave_dose = {key: value for key, value in wave.items() if key != "from"}
        found = type_complaints(model, kept | wave_dose, path)
        yield from (each for each in found if each.path[len(path)] in wave_dose)


def _date_complaints(
    use: dict[str, Any], here: Key, start: date, total: int
) -> Iterator[Complaint]:
    given: list[tuple[Key, Any]] = [((*here, key), use.get(key)) for key in ("from", "until")]
    waves = [((*here, "waves", row, "from"), wave.get("from"))
             for row, wave in enumerate(use.get("waves", ()))]  # fmt: skip
    days: list[int] = []
    for path, value in given[:1] + waves + given[1:]:
        if type(value) not in (int, date):
            if value is not None:
                yield Complaint(path, f"a date that exists or a day number, not {value!r}")
            continue
        day = day_number(value, start)
        if not 0 <= day <= total - (path[-1] == "from"):
            last = date.fromordinal(start.toordinal() + total - 1)
            yield Complaint(path, f"{value} lies outside the scenario: {start} to {last}")
        elif days and day <= days[-1]:
            yield Complaint(path, f"{value} does not come after the date before it")
        days.append(day)


def day_number(value: int | date, start: date) -> int:
    """Days since `start` of a date; a day number is one already."""
    return value if isinstance(value, int) else value.toordinal() - start.toordinal()
