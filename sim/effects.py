"""How do the changes of several policies become one World, whatever their order?

A policy returns changes; `compose` applies them to the columns of a World: first what is put, then
what is added and moved, then what is raised, approaches a level or has a floor. Nothing is mutated;
untouched columns are shared.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict, Field

from sim import chance
from sim.arithmetic import exp
from sim.world import Array, Column, World, column_of

How = Literal["put", "add", "move", "raise", "approach", "floor"]
EVERYWHERE: Any = ...
FORBIDDEN = ("behaviour.", "people.", "departments.prior_")
DOSES = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
LN2 = 0.6931471805599453
COVERED = 0x636F7665  # tag of the keys that order what a programme reaches first


class Change(NamedTuple):
    """One change of one column; made by `put`, `add`, `move`, `raise_by`, `approach` or `floor`."""

    path: str  # group.field of the World
    how: How
    where: Any  # index, tuple of index arrays, or mask into the column; ... everywhere
    amount: Any  # value, array or share, as wide as `where`
    source: Any = None  # cells that a move takes from; level that an approach leads towards
    policy: str = ""  # who asks for it


class Claim(NamedTuple):
    """What a policy's author expects, fixed before running; tested by paired replications."""

    kind: Literal["identity", "response", "trade-off"]
    measure: str
    tier: str  # tier of the measure, "" for all
    direction: Literal["up", "down"]
    at_least: float  # smallest difference that matters, in the measure's unit
    dose: dict[str, Any]  # parameters at which it is claimed
    fails_where: str  # a plausible world in which it does not hold
    group: str = ""  # group of the measure, as a specialty; "" for all
    world: str = "county_baseline"  # scenario whose paired runs answer
    against: dict[str, Any] | None = None  # parameters of the other arm; None without the policy
    holds: bool = True  # the model's answer at present; a claim that does not hold is a finding
    fails_with: dict[str, Any] | None = None  # doses, or fields of the World, where it fails


class EffectError(ValueError):
    """A change that the column cannot take; names policy, path, value and bounds."""


class Conflict(EffectError):
    """Two different settings of one cell."""


def put(path: str, where: Any, value: Any) -> Change:
    """A setting: the cells take the value."""
    return Change(path, "put", where, value)


def add(path: str, where: Any, amount: Any) -> Change:
    """An increment (negative: decrement) in the column's unit."""
    return Change(path, "add", where, amount)


def move(path: str, source: Any, target: Any, amount: Any) -> Change:
    """A conserved transfer: each source cell gives its amount to the target cell opposite.

    Amounts are not negative, and whole where the column counts in whole.
    """
    return Change(path, "move", target, amount, source)


def raise_by(path: str, where: Any, share: Any) -> Change:
    """A bounded increment of a share: 1 - (1 - value) x product of (1 - share) [1]."""
    return Change(path, "raise", where, share)


def approach(path: str, where: Any, level: Any, share: Any) -> Change:
    """A step towards a level: value + share [1] x (level - value), nothing where it is above.

    Steps of several policies follow each other in their canonical order, so none passes the level.
    """
    return Change(path, "approach", where, share, level)


def floor(path: str, where: Any, level: Any) -> Change:
    """A floor: the cells have at least the level; the highest floor of several holds."""
    return Change(path, "floor", where, level)


def acting(*changes: Change) -> tuple[Change, ...]:
    """Those of some changes that have an amount other than nothing."""
    return tuple(change for change in changes if np.any(change.amount))


def grown(share: float, months: float, full: float) -> float:
    """What is reached of a share [1] that grows evenly until `full` months have passed."""
    return share * min(months / full, 1.0) if full > 0.0 else share


def faded(share: float, months: float, half_life: float) -> float:
    """What is left of a share [1] months after its support ended, halved each half-life."""
    return share * exp(-LN2 * months / half_life)


def dose(neutral: Any, unit: str, meaning: str, **bounds: Any) -> Any:
    """A policy parameter: its default, [unit] and meaning; bounds as in pydantic (ge, le, gt)."""
    return Field(neutral, description=meaning, json_schema_extra={"unit": unit}, **bounds)


def covered(codes: Array, share: float) -> Array:
    """Mask of the things that a programme reaches first: `share` of them, rounded half up.

    codes: int64 (n,). The order is keyed luck of each code, so that a larger share only adds.
    """
    mask = np.zeros(len(codes), dtype=bool)
    mask[keyed_order(codes)[: int(share * len(codes) + 0.5)]] = True
    return mask


def keyed_order(codes: Array) -> Array:
    """Positions in the order in which programmes reach things: by the keyed luck of each code."""
    luck = [
        chance.uniform(chance.key(0, code, 0, COVERED), 0, 0, chance.COVERAGE) for code in codes
    ]
    return np.lexsort((codes, luck))


def compose(world: World, changes: Iterable[Change]) -> World:
    """The World with all changes; the same object when there are none.

    Raises Conflict for two different settings of a cell, EffectError for a column that a policy
    may not write, a share outside [0, 1], or a result outside the column's type and bounds.
    """
    ordered = sorted(changes, key=_canonical)
    columns = {
        path: _column(path, world.get(path), list(group))
        for path, group in groupby(ordered, key=lambda change: change.path)
    }
    return world.having(columns) if columns else world


def _canonical(change: Change) -> tuple[str, str, str, bytes, bytes, bytes]:
    """Sorts changes the same way whatever order they come in, so that sums round the same way."""
    where, source = _bytes(change.where), _bytes(change.source)
    return change.path, change.policy, change.how, where, source, _bytes(change.amount)


def _bytes(value: Any) -> bytes:
    if isinstance(value, tuple):
        return b"(" + b",".join(map(_bytes, value)) + b")"
    array = np.asarray(value) if not isinstance(value, slice) else None
    if array is None or array.dtype == object:
        return repr(value).encode()
    return repr((array.dtype.str, array.shape)).encode() + array.tobytes()


def _column(path: str, held: Any, changes: list[Change]) -> Any:
    if path.startswith(FORBIDDEN):
        raise EffectError(f"{_policies(changes)} may not write {path}: people decide it themselves")
    column = column_of(path)
    values = np.array(held, dtype=np.float64).ravel()
    cells = np.arange(values.size).reshape(np.shape(held))
    _put(path, values, cells, [change for change in changes if change.how == "put"])
    for change in changes:
        if change.how in ("add", "move"):
            _shift(values, cells, change, column.dtype.startswith("i"))
    for change in changes:
        if change.how == "raise":
            _raise(path, values, cells, change)
        elif change.how == "approach":
            _approach(path, values, cells, change)
    _floor(values, cells, [change for change in changes if change.how == "floor"])
    _check(path, column, values, cells, changes)
    return _as_held(held, values)


def _put(path: str, values: Array, cells: Array, changes: list[Change]) -> None:
    owner = np.full(values.size, -1)
    for number, change in enumerate(changes):
        where = _cells(cells, change.where)
        amounts = _amounts(cells, change.where, change)
        clash = (owner[where] >= 0) & (values[where] != amounts)
        if clash.any():
            first = changes[owner[where][clash][0]]
            raise Conflict(
                f"{first.policy or 'one change'} and {change.policy or 'another'} set {path}"
                f" differently: {values[where][clash][0]:g} and {amounts[clash][0]:g}"
            )
        values[where] = amounts
        owner[where] = number


def _shift(values: Array, cells: Array, change: Change, counts: bool) -> None:
    if change.how == "add":
        amounts = _amounts(cells, change.where, change)
    else:
        amounts = _moved(values, cells, change, counts)
    np.add.at(values, _cells(cells, change.where), amounts)


def _moved(values: Array, cells: Array, change: Change, counts: bool) -> Array:
    source, target = _cells(cells, change.source), _cells(cells, change.where)
    amounts = _amounts(cells, change.source, change)
    if len(source) != len(target):
        raise EffectError(
            f"{change.policy} moves {change.path} from {len(source)} cells to {len(target)}"
        )
    if (counts and (amounts != np.floor(amounts)).any()) or (amounts < 0).any():
        kind = "whole numbers" if counts else "amounts from 0"
        raise EffectError(f"{change.policy} moves {change.path} by {change.amount}: {kind}")
    np.subtract.at(values, source, amounts)
    return amounts


def _raise(path: str, values: Array, cells: Array, change: Change) -> None:
    shares = _shares(path, cells, change)
    where = _cells(cells, change.where)
    kept = np.ones(values.size)
    np.multiply.at(kept, where, 1.0 - shares)
    values[where] = 1.0 - (1.0 - values[where]) * kept[where]


def _approach(path: str, values: Array, cells: Array, change: Change) -> None:
    shares, where = _shares(path, cells, change), _cells(cells, change.where)
    gap = _amounts(cells, change.where, change._replace(amount=change.source)) - values[where]
    values[where] += shares * np.maximum(gap, 0.0)


def _floor(values: Array, cells: Array, changes: list[Change]) -> None:
    for change in changes:
        level = _amounts(cells, change.where, change)
        np.maximum.at(values, _cells(cells, change.where), level)


def _shares(path: str, cells: Array, change: Change) -> Array:
    shares = _amounts(cells, change.where, change)
    if (shares < 0).any() or (shares > 1).any():
        raise EffectError(f"{change.policy} raises {path} by {change.amount}: a share in [0, 1]")
    return shares


def _cells(cells: Array, where: Any) -> Array:
    return np.asarray(cells[where]).ravel()


def _amounts(cells: Array, where: Any, change: Change) -> Array:
    shape = np.shape(cells[where])
    try:
        return np.broadcast_to(np.asarray(change.amount, dtype=np.float64), shape).ravel()
    except ValueError:
        wide = np.shape(change.amount)
        raise EffectError(
            f"{change.policy} changes {shape} cells of {change.path} by an amount of shape {wide}"
        ) from None


def _check(path: str, column: Column, values: Array, cells: Array, changes: list[Change]) -> None:
    wheres = [change.where for change in changes]
    wheres += [change.source for change in changes if change.how == "move"]
    touched = np.unique(np.concatenate([_cells(cells, where) for where in wheres]))
    after = values[touched]
    outside = ~((after >= column.low) & (after <= column.high))
    if outside.any():
        worst = _worst(after[outside], column)
        raise EffectError(f"{_policies(changes)}: {path} becomes {worst} [{column.unit}]")
    broken = after != np.floor(after)
    if column.dtype.startswith("i") and broken.any():
        raise EffectError(f"{_policies(changes)}: {path} becomes {after[broken][0]:g}, not whole")


def _worst(values: Array, column: Column) -> str:
    if np.isnan(values).any():
        return "not a number"
    if not (values < column.low).any():
        top = values.max()
        return f"{top:g}, above its upper bound {column.high:g} by {top - column.high:g}"
    low = values.min()
    return f"{low:g}, below its lower bound {column.low:g} by {column.low - low:g}"


def _policies(changes: list[Change]) -> str:
    names = sorted({change.policy for change in changes if change.policy})
    return " and ".join(names) or "a change"


def _as_held(held: Any, values: Array) -> Any:
    if isinstance(held, np.ndarray):
        return values.reshape(held.shape).astype(held.dtype)
    return type(held)(values[0])
