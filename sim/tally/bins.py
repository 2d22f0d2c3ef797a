"""Into which bin does a wait fall? By exponent and six bits of mantissa: 64 bins an octave.

A bin holds whole ticks. Below 128 ticks each has a bin of its own; above, a bin is at most 1/64 of
its lowest value wide. Coarse bins hold whole 256ths of a minute instead: fewer narrow bins, which
matters where a histogram stands in every county, month and week.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import inlined

PER_OCTAVE = 64
MANTISSA_BITS = 6
COARSE_BITS = 12  # ticks of a 256th of a minute


@inlined
def bin_of(ticks):
    """The bin of a duration [ticks, not negative]."""
    exponent, top = 0, ticks >> MANTISSA_BITS
    while top > 1:
        top >>= 1
        exponent += 1
    return exponent * PER_OCTAVE + (ticks >> exponent)


@inlined
def coarse_of(found, ticks):
    """The coarse bin of a duration [ticks], of which the bin is known."""
    coarse = found - COARSE_BITS * PER_OCTAVE
    return coarse if coarse >= PER_OCTAVE else ticks >> COARSE_BITS


def bins_for(longest: int) -> int:
    """How many bins hold every duration up to the longest [ticks]."""
    return int(bin_of(longest)) + 1


def coarse_bins_for(longest: int) -> int:
    """How many coarse bins hold every duration up to the longest [ticks]."""
    return int(coarse_of(bin_of(longest), longest)) + 1


def edges(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest whole number of ticks that fall into each bin, both included."""
    exponent = np.maximum(bins // PER_OCTAVE - 1, 0)
    least = (bins - exponent * PER_OCTAVE).astype(np.int64) << exponent
    return least, least + (np.int64(1) << exponent) - 1


def coarse_edges(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest whole number of ticks that fall into each coarse bin, both included."""
    least, most = edges(bins)
    return least << COARSE_BITS, ((most + 1) << COARSE_BITS) - 1
