"""What happened to whom, in the forms that other tools read?

One table of events stands behind all forms. A **case** is an episode of illness of one resident
(for patients from outside and given demand, one visit): its visits, stays and remote
consultations, wherever they are. Times are minutes since day 0, 00:00, warm-up included.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd

from sim.events import CONTACT_BITS

CHINA = timezone(timedelta(hours=8))
WHO = ["resident", "age_group", "condition", "severity"]
WHERE = ["tier", "kind", "facility"]
COLUMNS = ["case", "time", "event", "visit", *WHO, *WHERE, "department", "class"]
STEPS = {
    "visits": {"requested": "asked for a visit", "arrival": "arrived", "start": "seen",
               "test_end": "tested", "end": "outcome"},
    "stays": {"requested": "asked for a bed", "start": "in bed", "end": "outcome"},
    "remote": {"requested": "asked a hub", "end": "outcome", "reply": "heard of it"},
}  # fmt: skip


def events(run: Any) -> pd.DataFrame:
    """One row an event: case, time [min], event, visit, and who, where, in which class.

    run: a run, fresh or stored, that kept its log; raises NoLog otherwise. Events stand by case,
    time and order of care. What ends carries its outcome as its name.
    """
    parts = [part.assign(step=step) for step, part in enumerate(_parts(run))]
    rows = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    rows["case"] = rows["visit"].astype("int64") // 2**CONTACT_BITS
    numbers = {"case": "int64", "visit": "int64", "step": "int64", "time": "float64"}
    rows = rows.astype(numbers).sort_values(["case", "time", "step", "visit"], kind="stable")
    return rows.reset_index(drop=True)[COLUMNS]


def _parts(run: Any) -> Iterator[pd.DataFrame]:
    """The rows of each step of care that took place."""
    for table, steps in STEPS.items():
        held = getattr(run, table)
        columns = [name for name in ("visit", *WHO, *WHERE, "department", "class") if name in held]
        for moment, event in steps.items():
            there = held[held[moment].notna()]
            named = there["outcome"] if event == "outcome" else event
            yield there[columns].assign(time=there[moment], event=named)


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table of events by the names of its columns, None for what is missing."""
    held = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in held]


def clock(run: Any) -> datetime:
    """Midnight with which day 0 begins, in China's time."""
    first = run.series.iloc[0]
    day = pd.Timestamp(first["date"]).to_pydatetime() - timedelta(days=int(first["day"]))
    return day.replace(tzinfo=CHINA)


def stamp(start: datetime, minutes: float) -> str:
    """A moment as other tools read it: ISO 8601, to the millisecond."""
    return (start + timedelta(minutes=float(minutes))).isoformat(timespec="milliseconds")
