"""Twins: every engine says the same about every world, bit for bit.

`pytest tests/test_twins.py` plays 200 generated worlds, `pytest --slow tests/test_twins.py` 2,000.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from twin_census import census
from twin_county import asking_at_once
from twin_timelines import timelines
from twins import (
    Backwards,
    Player,
    Scrambled,
    Timeline,
    assert_twins,
    by,
    in_another_order,
    others,
)

from sim.scenario import load

ROOT = Path(__file__).parents[1]
CITIES = ("city_", "gatekeeping", "prefecture", "remote_county")  # others are like the large
SCENARIOS = sorted(
    file for file in (ROOT / "scenarios").rglob("*.yaml") if not file.stem.startswith(CITIES)
)
LARGE = [file for file in SCENARIOS if file.stem.startswith(("county_", "benchmark_", "huangshi_"))]
WIDE = ("hubei_", "hunan_", "liaoning_", "sichuan_", "national_")
PROVINCES = [file for file in SCENARIOS if file.stem.startswith(WIDE)]
SMALL = [file for file in SCENARIOS if file not in (*LARGE, *PROVINCES)]
SHORT_DAYS = 3
THREADS = (2, 3)
quick = {"deadline": None, "suppress_health_check": list(HealthCheck)}


KINDS = pytest.mark.parametrize("kind", ["listed", "county"])
ENGINES = pytest.mark.parametrize("engine", others())


@ENGINES
@KINDS
@pytest.mark.invariant
def test_engines_say_the_same_about_any_world(engine: str, kind: str) -> None:
    compare(kind, 100, by(engine), derandomize=True)


@ENGINES
@KINDS
@pytest.mark.slow
@pytest.mark.invariant
def test_engines_say_the_same_about_a_thousand_worlds_of_each_kind(engine: str, kind: str) -> None:
    compare(kind, 1000, by(engine))


@KINDS
@pytest.mark.parametrize("clock", [Backwards, Scrambled])
@pytest.mark.invariant
def test_no_result_depends_on_the_order_of_simultaneous_events(clock: Any, kind: str) -> None:
    """The reference against itself: what differs here is a rule that nobody has stated."""
    compare(kind, 25, in_another_order(clock), derandomize=True)


@KINDS
@pytest.mark.parametrize("clock", [Backwards, Scrambled])
@pytest.mark.slow
@pytest.mark.invariant
def test_no_order_of_simultaneous_events_matters_in_many_worlds(clock: Any, kind: str) -> None:
    compare(kind, 500, in_another_order(clock))


def compare(kind: str, worlds: int, other: Any, **options: Any) -> None:
    """Play so many generated timelines of a kind by the reference and by another player."""

    # a county has no small example: what is shown is its first row that differs
    phases = [phase for phase in Phase if kind == "listed" or phase != Phase.shrink]

    @settings(max_examples=worlds, phases=phases, **quick, **options)
    @given(timelines(kind))
    def twins(drawn: tuple[Timeline, int, int]) -> None:
        assert_twins(*drawn, other=other)

    twins()


@ENGINES
@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.stem)
@pytest.mark.invariant
def test_engines_say_the_same_about_small_scenarios(engine: str, file: Path) -> None:
    assert_twins(shortened(file), 1, SHORT_DAYS, other=by(engine))


@ENGINES
@pytest.mark.parametrize("file", LARGE, ids=lambda file: file.stem)
@pytest.mark.slow
@pytest.mark.invariant
def test_engines_say_the_same_about_large_scenarios(engine: str, file: Path) -> None:
    assert_twins(shortened(file), 1, SHORT_DAYS, other=by(engine))


def shortened(file: Path) -> Timeline:
    """A scenario's Worlds, each in force for a day before the next."""
    return [(day, world) for day, (_, world) in enumerate(load(file).timeline())]


@pytest.mark.parametrize(
    "other",
    [*(by(engine) for engine in others()), *map(in_another_order, (Backwards, Scrambled))],
    ids=[*others(), "backwards", "scrambled"],
)
@pytest.mark.invariant
def test_who_asks_when_many_could_at_one_instant_is_a_rule(other: Player) -> None:
    timeline = [(0, asking_at_once())]
    assert census(timeline, assert_twins(timeline, 1, 2, other=other))["same instant remote"] > 0


@pytest.mark.skipif("compiled" not in others(), reason="no engine with threads")
@KINDS
@pytest.mark.invariant
def test_threads_never_change_a_bit(kind: str) -> None:
    @settings(max_examples=20, derandomize=True, **quick)
    @given(timelines(kind))
    def alike(drawn: tuple[Timeline, int, int]) -> None:
        for threads in THREADS:
            one, many = by("compiled", threads=1), by("compiled", threads=threads)
            assert_twins(*drawn, one=one, other=many)

    alike()


@pytest.mark.slow
@pytest.mark.invariant
def test_generated_worlds_reach_every_mechanism() -> None:
    """The twins above prove only what they reach: each mechanism at least once in 401 worlds."""
    directed = [(0, asking_at_once())]
    found = census(directed, by("reference")(directed, 1, 2))
    for kind in ("listed", "county"):
        count(kind, 200, found)
    print(*(f"{n:9,} {name}" for name, n in sorted(found.items())), sep="\n")
    assert [name for name, n in found.items() if n == 0] == []


def count(kind: str, worlds: int, found: Counter[str]) -> None:
    """Add the census of so many generated timelines of a kind."""

    @settings(max_examples=worlds, derandomize=True, **quick)
    @given(timelines(kind))
    def counted(drawn: tuple[Timeline, int, int]) -> None:
        timeline, seed, days = drawn
        found.update(census(timeline, by("reference")(timeline, seed, days)))

    counted()
