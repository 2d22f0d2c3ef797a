"""How much of a wave has passed, if it rises evenly to a peak and falls evenly to its end?"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import inlined


@inlined
def share_before(begins, peaks, ends, tick):
    """Share of a wave that has passed before a tick."""
    if tick <= begins:
        return 0.0
    if tick >= ends:
        return 1.0
    if tick < peaks:
        part = (tick - begins) / (ends - begins)
        return part * part * ((ends - begins) / (peaks - begins))
    part = (ends - tick) / (ends - begins)
    return 1.0 - part * part * ((ends - begins) / (ends - peaks))


@inlined
def tick_of_share(begins, peaks, ends, share):
    """The tick before which a share of a wave has passed: `share_before` turned round."""
    length = ends - begins
    top = (peaks - begins) / length
    if share < top:
        return begins + np.int64(math.sqrt(share * top) * length)
    return ends - np.int64(math.sqrt((1.0 - share) * (1.0 - top)) * length)
