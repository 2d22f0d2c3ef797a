"""What differs between two scenarios, or between a world with its policies and without?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.effects import Change, compose
from sim.rollout import Span, changes_on, noticed, turning_days
from sim.world import GROUPS, World, column_of


class Row(NamedTuple):
    """One difference: a key of the file, or a lever with the number of cells that differ."""

    key: str
    this: Any
    other: Any
    cells: int | None = None


def flat(world: World) -> Iterator[tuple[str, Any]]:
    """Every field of a World by its path, in order."""
    for name in GROUPS:
        group = getattr(world, name)
        for field in group._fields:
            yield f"{name}.{field}", getattr(group, field)


def keys(this: dict[str, Any], other: dict[str, Any]) -> list[Row]:
    """Dotted keys whose values differ; None where one side lacks the key."""
    one, two = dict(_leaves(this, "")), dict(_leaves(other, ""))
    every = list(dict.fromkeys([*one, *two]))
    return [Row(k, one.get(k), two.get(k)) for k in every if one.get(k) != two.get(k)]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        items: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, tuple | list) and any(isinstance(item, dict) for item in value):
        items = list(enumerate(value))
    else:
        yield path, value
        return
    for key, held in items:
        yield from _leaves(held, f"{path}.{key}" if path else str(key))


def levers(this: World, other: World) -> list[Row]:
    """Fields whose cells differ between two worlds of one shape, with means over those cells."""
    others = dict(flat(other))
    found = []
    for path, held in flat(this):
        one, two = np.asarray(held), np.asarray(others[path])
        if one is two or one.shape != two.shape:
            continue
        differs = one != two
        if differs.any():
            cells = int(differs.sum())
            found.append(Row(path, float(one[differs].mean()), float(two[differs].mean()), cells))
    return found


def changes(world: World, acting: Sequence[Span], start: date, total: int) -> pd.DataFrame:
    """Every change on every day on which a dose starts or ends.

    Columns: day, date, policy, field, how, cells, unit, before, after; means over the cells, after
    all policies of that day.
    """
    rows, acting = [], noticed(world, acting)
    for day in turning_days(acting, total):
        made = changes_on(world, acting, day)
        after = compose(world, made)
        when = date.fromordinal(start.toordinal() + day)
        rows += [(day, when, *row) for change in made for row in _told(world, after, change)]
    titles = ["day", "date", "policy", "field", "how", "cells", "unit", "before", "after"]
    return pd.DataFrame(rows, columns=titles)


def _told(before: World, after: World, change: Change) -> Iterator[tuple[Any, ...]]:
    cells: list[tuple[str, Any]] = [(change.how, change.where)]
    if change.how == "move":
        cells = [("move from", change.source), ("move to", change.where)]
    for how, where in cells:
        held = [np.asarray(world.get(change.path))[where] for world in (before, after)]
        unit = column_of(change.path).unit
        means = [float(np.mean(values)) if np.size(values) else np.nan for values in held]
        yield change.policy, change.path, how, int(np.size(held[0])), unit, *means
