"""What was there to be used: physicians, beds and sessions, week by week, through all Worlds?"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures.sources import Codes, Source

HELD = ("physicians", "beds")
SESSIONS = ("sessions", "doctor_sessions", "late")


def held(window: Any, facility: Codes) -> Source:
    """Physicians and beds x days."""
    spot, row, number = _spots(facility)
    weeks = len(window.words["week"])
    cells = np.zeros((number, weeks, len(HELD)))
    for world, days in window.spans():
        for item, name in enumerate(HELD):
            there = np.bincount(row, np.asarray(getattr(world.facilities, name), float), number)
            cells[..., item] += there[:, None] * days.sum(axis=0)
    return Source(cells, (spot, {"week": np.arange(weeks)}), HELD)


def sessions(window: Any, department: Codes) -> Source:
    """Sessions held with a doctor, their doctors, and sessions that ran late."""
    spot, row, number = _spots(department)
    weeks, in_hours = len(window.words["week"]), window.run.events.tally.lookup.opens >= 0
    cells = np.zeros((number, weeks, len(SESSIONS)))
    for world, days in window.spans():
        for weekday in np.flatnonzero(days.any(axis=1)):
            doctors = world.departments.doctors[:, weekday] * in_hours
            for item, held_by in enumerate(((doctors > 0).sum(axis=1), doctors.sum(axis=1))):
                there = np.bincount(row, held_by, number)
                cells[..., item] += np.outer(there, days[weekday])
    cells[..., 2] = _late(window, row, cells.shape[:2])
    return Source(cells, (spot, {"week": np.arange(weeks)}), SESSIONS)


def _late(window: Any, row: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Sessions of measured days that ran late, by spot and week."""
    late, week = window.cells.late, window.run.events.tally.lookup.week
    found = np.zeros(shape)
    for day in range(window.run.warmup, len(week)):
        marks = late[:, day]
        if marks.any():
            number = np.unpackbits(marks[:, None], axis=1).sum(axis=1)
            found[:, week[day]] += np.bincount(row, number, len(found))
    return found


def _spots(codes: Codes) -> tuple[Codes, np.ndarray, int]:
    """Distinct combinations of codes, that of each row, and how many there are."""
    columns = np.column_stack(list(codes.values()))
    distinct, row = np.unique(columns, axis=0, return_inverse=True)
    return dict(zip(codes, distinct.T, strict=True)), row.reshape(-1), len(distinct)
