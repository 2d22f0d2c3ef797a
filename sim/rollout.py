"""When does which policy act? Dates and waves to a timeline of Worlds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sim import policies
from sim.checking import day_number
from sim.effects import Change, compose
from sim.listing import PolicyUse
from sim.world import World


class Span(NamedTuple):
    """One policy at one dose from its first day until the day before `end`."""

    policy: str
    first: int
    end: int
    parameters: dict[str, Any]


def spans(use: PolicyUse, start: date, measured: int, total: int) -> list[Span]:
    """The doses of one policy in time; without a date it starts on the first `measured` day.

    A wave's parameters replace the earlier ones from its day on. Without `from`, waves start it.
    """
    doses: list[tuple[int, dict[str, Any]]] = []
    if use.from_ is not None or not use.waves:
        first = measured if use.from_ is None else day_number(use.from_, start)
        doses.append((first, use.parameters))
    held = use.parameters
    for wave in use.waves:
        held = held | {key: value for key, value in wave.items() if key != "from"}
        doses.append((day_number(wave["from"], start), held))
    last = total if use.until is None else day_number(use.until, start)
    ends = [first for first, _ in doses[1:]] + [last]
    return [
        Span(use.name, first, end, dose) for (first, dose), end in zip(doses, ends, strict=True)
    ]


def noticed(world: World, acting: Iterable[Span]) -> list[Span]:
    """The doses as they can act: what waits to be noticed begins no sooner than that."""
    begun = [
        span._replace(first=max(span.first, policies.begins(span.policy, world, span.parameters)))
        for span in acting
    ]
    return [span for span in begun if span.first < span.end]


def turning_days(acting: Iterable[Span], total: int) -> list[int]:
    """Day 0 and every day before the end on which a dose starts or ends, in order."""
    days = {0}
    for span in acting:
        days |= {span.first, span.end}
    return sorted(day for day in days if 0 <= day < total)


def changes_on(world: World, acting: Sequence[Span], day: int) -> list[Change]:
    """All changes to the baseline of the doses that act on a day."""
    active = [span for span in acting if span.first <= day < span.end]
    return [
        change
        for span in active
        for change in policies.changes(span.policy, world, span.parameters)
    ]


def timeline(world: World, acting: Sequence[Span], total: int) -> list[tuple[int, World]]:
    """The World from each day on which it changes, each composed anew from the baseline.

    Day 0 comes first. Raises EffectError where policies cannot be composed.
    """
    worlds: list[tuple[int, World]] = []
    acting = noticed(world, acting)
    for day in turning_days(acting, total):
        composed = compose(world, changes_on(world, acting, day))
        if not worlds or composed is not worlds[-1][1]:
            worlds.append((day, composed))
    return worlds
