"""What is a column of the World: its meaning, [unit], type, neutral value and bounds?

A group is a named tuple whose fields are annotated with a `Column`; here is how one is made from
given fields, typed and read-only, with the neutral value of every lever that is not given.
"""

from __future__ import annotations

from typing import Any, NamedTuple, get_args, get_type_hints

import numpy as np

Array = np.ndarray
SESSIONS = 2
WEEKDAYS = 7
WORKDAYS = 5  # Monday to Friday, the first of a week
HOURS = 24
EXTENTS = {"weekday": WEEKDAYS, "session": SESSIONS, "hour": HOURS}  # axes of one length always


class Column(NamedTuple):
    """What a field means: words, unit, element type, axes after the row, neutral value, bounds."""

    meaning: str
    unit: str = "1"
    dtype: str = "f8"
    axes: tuple[str, ...] = ()
    neutral: float | None = None
    low: float = -np.inf
    high: float = np.inf


def frozen(value: Any) -> Any:
    """The value; an array is made read-only and contiguous."""
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value)
        value.flags.writeable = False
    return value


def columns_of(group: type) -> dict[str, Column]:
    """What each field of a group means, in order."""
    hints = get_type_hints(group, include_extras=True)
    return {name: get_args(hint)[1] for name, hint in hints.items()}


def group_of(group: type, rows: int | None = None, **given: Any) -> Any:
    """A group from given fields, typed and frozen; a lever not given takes its neutral value.

    `rows` is the number of rows of neutral columns, whose other axes `EXTENTS` tells. Raises
    TypeError for a field that is neither.
    """
    values = {}
    for name, column in columns_of(group).items():
        if name not in given and column.neutral is None:
            raise TypeError(f"{group.__name__} needs {name}: {column.meaning} [{column.unit}]")
        values[name] = typed(given.get(name, column.neutral), column, rows)
    return group(**values)


def typed(value: Any, column: Column, rows: int | None) -> Any:
    """The value as the column's type; a scalar for an array column of a table is repeated."""
    if rows is not None and np.ndim(value) == 0:
        value = np.full((rows, *(EXTENTS[axis] for axis in column.axes)), value)
    if isinstance(value, int | float | np.number):
        return value
    return frozen(np.array(value, dtype=column.dtype))
