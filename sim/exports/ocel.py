"""The log as OCEL 2.0 (JSON), for process mining by several objects at once.

Objects are residents, episodes, visits and facilities; an episode belongs to its resident. An event
is linked to its episode, visit and facility, and to the resident, whom patients from outside lack.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from sim.exports import clock, events, records, stamp
from sim.exports.xes import name_of

ATTRIBUTES = {
    "resident": {"age_group": "string"}, "episode": {"condition": "string", "severity": "string"},
    "visit": {}, "facility": {"tier": "string", "kind": "string"},
}  # fmt: skip
OF_EVENT = ("department", "class")
LINKS = {"case": "episode", "visit": "visit", "resident": "resident", "facility": "facility"}
OUTSIDE = -1  # number of who is no resident


def write(run: Any, path: Path) -> tuple[int, int]:
    """Write the events of a run; the numbers of cases and events."""
    rows, start = events(run), clock(run)
    rows["name"] = rows["tier"].astype(str) + ": " + rows["event"].astype(str)
    types = [{"name": name, "attributes": _typed(held)} for name, held in ATTRIBUTES.items()]
    of_event = _typed(dict.fromkeys(OF_EVENT, "string"))
    kinds = [{"name": name, "attributes": of_event} for name in sorted(rows["name"].unique())]
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"objectTypes": {_json(types)},\n"eventTypes": {_json(kinds)},\n')
        _listed(file, "objects", _objects(rows, stamp(start, 0)))
        file.write(",\n")
        _listed(file, "events", _events(rows, start))
        file.write("}\n")
    return rows["case"].nunique(), len(rows)


def _listed(file: TextIO, key: str, items: Iterator[dict[str, Any]]) -> None:
    """Write a list item by item, so that memory holds one."""
    file.write(f'"{key}": [')
    for number, item in enumerate(items):
        file.write((",\n" if number else "\n") + _json(item))
    file.write("]")


def _objects(rows: pd.DataFrame, time: str) -> Iterator[dict[str, Any]]:
    yield from _of_type("facility", rows.drop_duplicates("facility"), "facility", time)
    known = rows[rows["resident"] != OUTSIDE]
    yield from _of_type("resident", known.drop_duplicates("resident"), "resident", time)
    yield from _of_type("episode", rows.drop_duplicates("case"), "case", time)
    yield from _of_type("visit", rows.drop_duplicates("visit"), "visit", time)


def _of_type(kind: str, rows: pd.DataFrame, key: str, time: str) -> Iterator[dict[str, Any]]:
    """The objects of a type; an episode names whose it is."""
    for row in records(rows):
        attributes = [{"name": name, "time": time, "value": row[name]}
                      for name in ATTRIBUTES[kind] if row[name] is not None]  # fmt: skip
        owned = kind == "episode" and row["resident"] != OUTSIDE
        links = [_link("resident", row["resident"], "of")] if owned else []
        yield {"id": _id(kind, row[key]), "type": kind, "attributes": attributes,
               "relationships": links}  # fmt: skip


def _events(rows: pd.DataFrame, start: Any) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(records(rows)):
        yield {
            "id": f"event {number}", "type": name_of(row), "time": stamp(start, row["time"]),
            "attributes": [{"name": name, "value": row[name]}
                           for name in OF_EVENT if row[name] is not None],
            "relationships": [_link(kind, row[key], "at" if kind == "facility" else "of")
                              for key, kind in LINKS.items() if row[key] != OUTSIDE],
        }  # fmt: skip


def _link(kind: str, value: Any, qualifier: str) -> dict[str, str]:
    return {"objectId": _id(kind, value), "qualifier": qualifier}


def _id(kind: str, value: Any) -> str:
    return f"{kind} {value}"


def _typed(held: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in held.items()]


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)
