"""Where is an item counted, and by which axes can it be told apart?

A source is an array of cells whose last axis are its items. Every other axis answers to one or more
words: that of facilities to tier, kind, grade, institution and county, that of weeks to week. What
has no code in a word (an outside facility has no county) is left out where that word is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.measures.histogram import minutes

Codes = Mapping[str, np.ndarray]


class NoAxis(LookupError):
    """A sum is not counted by an axis that was asked for."""


class Source(NamedTuple):
    """Cells, the words of each axis with the code of each position, and the items."""

    cells: np.ndarray
    axes: Sequence[Codes]
    items: Sequence[str]
    bounds: Callable[..., Any] = minutes  # least and greatest value of bins, for histograms

    def tells(self, item: str | None, words: Collection[str]) -> bool:
        """Whether an item (None: the histogram) is counted by all of these words."""
        known = {word for axis in self.axes for word in axis}
        return (item is None or item in self.items) and known.issuperset(words)


def found(sources: Sequence[Source], item: str | None, words: Collection[str]) -> Source:
    """The first source that counts an item by all words. Raises NoAxis."""
    for source in sources:
        if source.tells(item, words):
            return source
    raise NoAxis(f"{item or 'histogram'} is not counted by {' x '.join(words)}")


def summed(
    source: Source, item: str | None, sizes: Mapping[str, int], only: Mapping[str, Collection[int]]
) -> np.ndarray:
    """An item summed by words, in the order of `sizes` (word -> number of codes).

    only: codes that count, by word. A histogram (item None) keeps its bins as the last axis.
    """
    cells, kept = _reduced(source, item, sizes, only)
    total = _spread(cells, kept, sizes) if sizes else cells
    return total if item is None else total[..., 0]


def _spread(cells: np.ndarray, kept: list[Codes], sizes: Mapping[str, int]) -> np.ndarray:
    """Cells added up by the words of their axes, in the order of sizes; the last axis stays."""
    codes = {word: (k, axis[word]) for k, axis in enumerate(kept) for word in axis if word in sizes}
    index, there = [], np.ones(cells.shape[:-1], dtype=bool)
    for word, size in sizes.items():
        k, code = codes[word]
        spread = code.reshape([-1 if at == k else 1 for at in range(len(kept))])
        index.append(np.broadcast_to(spread, there.shape))
        there &= (spread >= 0) & (spread < size)
    total = np.zeros((*sizes.values(), cells.shape[-1]), dtype=cells.dtype)
    np.add.at(total, tuple(at[there] for at in index), cells[there])
    return total


def _reduced(
    source: Source, item: str | None, sizes: Mapping[str, int], only: Mapping[str, Collection[int]]
) -> tuple[np.ndarray, list[Codes]]:
    """The cells that count, summed over axes of which no word is asked; and the axes left."""
    cells, left = source.cells, list[Codes]()
    if item is not None:
        at = source.items.index(item)
        cells = cells[..., at : at + 1]
    for k in reversed(range(len(source.axes))):
        axis = source.axes[k]
        chosen = _chosen(axis, only)
        if chosen is not None:
            cells = np.compress(chosen, cells, axis=k)
            axis = {word: code[chosen] for word, code in axis.items()}
        if set(axis) & set(sizes):
            left.insert(0, axis)
        else:
            cells = cells.sum(axis=k)
    return _wide(cells), left


def _chosen(axis: Codes, only: Mapping[str, Collection[int]]) -> np.ndarray | None:
    asked = [np.isin(axis[word], list(codes)) for word, codes in only.items() if word in axis]
    return np.logical_and.reduce(asked) if asked else None


def _wide(cells: np.ndarray) -> np.ndarray:
    """Whole numbers as int64."""
    return cells.astype(np.int64, copy=False) if cells.dtype.kind in "iu" else cells
