"""One to three generated Worlds, the days on which they begin, a seed and the days played."""

from __future__ import annotations

from hypothesis import strategies as st
from twin_county import changed as other_levers
from twin_county import counties
from twin_listed import changed, networks

from sim.world import World

Timeline = list[tuple[int, World]]
MOST_DAYS = 5


@st.composite
def timelines(draw: st.DrawFn, kind: str) -> tuple[Timeline, int, int]:
    """(Timeline, seed, days) of a kind: `listed` or `county`."""
    days = draw(st.integers(1, MOST_DAYS))
    listed = kind == "listed"
    first = draw(networks() if listed else counties())
    begin = draw(st.lists(st.integers(1, MOST_DAYS - 1), max_size=2, unique=True))
    change = changed if listed else other_levers
    later = [(day, change(draw, first)) for day in sorted(begin)]
    return [(0, first), *later], draw(st.integers(0, 9)), days
