"""The log as XES (IEEE 1849), for process mining by case: a trace is an episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from sim.exports import WHO, clock, events, records, stamp

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
  </global>
  <classifier name="activity" keys="concept:name"/>
"""
OF_EVENT = {"facility": "org:resource", "tier": "tier", "kind": "kind", "department": "department",
            "class": "class", "visit": "visit"}  # fmt: skip


def write(run: Any, path: Path) -> tuple[int, int]:
    """Write the events of a run; the numbers of cases and events.

    The name of an event is its tier and what happened, as in "county: seen".
    """
    rows, start = events(run), clock(run)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        file.write(f'  <string key="concept:name" value={quoteattr(run.title)}/>\n')
        for case, own in groupby(records(rows), lambda row: row["case"]):
            file.writelines(_trace(case, list(own), start))
        file.write("</log>\n")
    return rows["case"].nunique(), len(rows)


def _trace(case: int, rows: Sequence[Any], start: datetime) -> Iterator[str]:
    yield f"  <trace>\n    {_string('concept:name', case)}\n"
    yield from _attributes(rows[0], {name: name for name in WHO}, "    ")
    for row in rows:
        yield from _event(row, stamp(start, row["time"]))
    yield "  </trace>\n"


def _event(row: Any, time: str) -> Iterator[str]:
    yield f"    <event>\n      {_string('concept:name', name_of(row))}\n"
    yield f'      <date key="time:timestamp" value="{time}"/>\n'
    yield from _attributes(row, OF_EVENT, "      ")
    yield "    </event>\n"


def _attributes(row: Any, keys: dict[str, str], indent: str) -> Iterator[str]:
    for name, key in keys.items():
        if row[name] is not None:
            yield f"{indent}{_string(key, row[name])}\n"


def _string(key: str, value: Any) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(str(value))}/>"


def name_of(row: Any) -> str:
    """What an event is called: where and what."""
    return f"{row['tier']}: {row['event']}"
