"""What comes that nobody in the World decides: given demand, outside patients, surges."""

from __future__ import annotations

from typing import Annotated as A
from typing import NamedTuple

from sim.columns import Array, Column


class Streams(NamedTuple):
    """Arrivals that are no residents' choices: given demand, and outside patients at slices."""

    code: A[Array, Column("stable number; keys luck", "code", "i8")]
    department: A[Array, Column("department where they arrive", "index", "i4")]
    rate: A[Array, Column("arrivals by hour of the day", "1/hour", axes=("hour",), low=0)]
    weekday: A[Array, Column("factor by weekday", "1", axes=("weekday",), low=0)]
    visit_class: A[Array, Column("class in the queue", "index", "i4")]
    mix: A[Array, Column("cumulative case mix; all 0: none", "1", axes=("condition",))]


class Routes(NamedTuple):
    """Where visits of given demand go next. Sorted by origin."""

    origin: A[Array, Column("department left", "index", "i4")]
    target: A[Array, Column("department entered", "index", "i4")]
    cumulative: A[Array, Column("cumulative probability within the origin", "1")]
    delay: A[Array, Column("time until arrival", "ticks", "i8")]
    visit_class: A[Array, Column("class on arrival", "index", "i4")]


class Surges(NamedTuple):
    """Needs on top of everyday ones, all at once: an epidemic wave, the casualties of an accident.

    They rise evenly from `begins` to `peaks` and fall evenly to `ends`, whatever people do.
    """

    code: A[Array, Column("stable number; keys luck", "code", "i8")]
    condition: A[Array, Column("condition", "index", "i4")]
    first_place: A[Array, Column("first place that it strikes", "index", "i4")]
    end_place: A[Array, Column("place after the last", "index", "i4")]
    size: A[Array, Column("needs of a resident over the whole", "1/person", low=0)]
    begins: A[Array, Column("first of them", "ticks", "i8")]
    peaks: A[Array, Column("most of them", "ticks", "i8")]
    ends: A[Array, Column("last of them", "ticks", "i8")]
    severity: A[Array, Column("cumulative share of severities", "1", axes=("severity",))]
