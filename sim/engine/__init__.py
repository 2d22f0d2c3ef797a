"""Playing a timeline of Worlds: which engine, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from sim.events import Events
from sim.world import World

ENGINES = ("auto", "reference")
WARM_PLACES = 20


def play(
    timeline: list[tuple[int, World]],
    seed: int,
    days: int,
    engine: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Events:
    """Play a timeline for so many days, warm-up included; the engine is loaded when first asked.

    timeline: (day, World in force from then on), day 0 first. Raises ValueError for an engine
    that does not exist.
    """
    if engine not in ENGINES:
        raise ValueError(f"no engine {engine!r}; there are {', '.join(ENGINES)}")
    from sim.engine import reference

    return reference.play(timeline, seed, days, progress)


def warm(world: World) -> None:
    """Compile what a world of this kind calls, by playing a day of a few of its places."""
    population = world.places.population.copy()
    population[WARM_PLACES:] = 0
    play([(0, world.having({"places.population": population}))], 1, 1)
