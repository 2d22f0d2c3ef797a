"""Which facts does a file hold? Rows as in `sim/data/calibration.csv`, read as people write them.

A file that is no such table is refused with file and line; a cell that cannot be read is its own
row's matter (see `sim.validation.plan`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sim import defaults
from sim.validation.wording import plain
from sim.yamlfile import Problem, ScenarioError, Spot

NEEDED = ("id", "quantity", "place", "year", "tier", "value", "unit")
SOURCE = "source_title"
ALSO = {"level": "tier", "source": SOURCE, "indicator": "quantity", "region": "place", "": ""}
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",\t;"


class FactsError(ScenarioError):
    """Everything that is wrong with a file of facts."""


class Fact(NamedTuple):
    """One row, as it stands."""

    line: int
    id: str
    quantity: str
    place: str
    year: str
    tier: str
    value: str
    unit: str
    source_title: str = ""

    @property
    def same(self) -> tuple[str, ...]:
        """What makes two rows one fact, whatever they are called."""
        return tuple(map(plain, (self.quantity, self.place, self.year, self.tier)))


def read(path: Path) -> list[Fact]:
    """The facts of a file. Raises FactsError where it is no table of facts."""
    lines = _text(path).splitlines()
    filled = [at for at, line in enumerate(lines) if line.strip(DELIMITERS + ' "')]
    if not filled:
        raise _refused(path, 1, "no table: a header and rows of facts are expected")
    head = filled[0]
    cells = csv.reader(io.StringIO("\n".join(lines[head:])), delimiter=_delimiter(lines[head]))
    names = _names(path, head + 1, next(cells))
    rows = ((head + cells.line_num, row) for row in cells)
    facts = [_fact(names, line, row) for line, row in rows if any(map(str.strip, row))]
    if not facts:
        raise _refused(path, head + 1, "a header without facts")
    return facts


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refused(path, 0, f"cannot be read: {error.strerror}") from None
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise _refused(path, 1, "is no text in UTF-8 or GB18030")


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _names(path: Path, line: int, header: Sequence[str]) -> list[str]:
    """The columns' names. Raises FactsError for those that are missing, with the nearest there."""
    names = [ALSO.get(plain(cell), plain(cell)) for cell in header]
    if missing := [name for name in NEEDED if name not in names]:
        others = [name for name in names if name and name not in (*NEEDED, SOURCE)]
        raise FactsError([
            Problem(Spot(str(path), line, 1), "", f"column {name!r} is missing",
                    "".join(get_close_matches(name, others, 1, cutoff=0.5)))
            for name in missing
        ])  # fmt: skip
    return names


def _fact(names: Sequence[str], line: int, row: Sequence[str]) -> Fact:
    """A row; cells beyond the last column belong to it, cells that are missing are empty."""
    cells = [cell.strip() for cell in row]
    if len(cells) > len(names) and names[-1] == SOURCE:
        cells[len(names) - 1 :] = [", ".join(cells[len(names) - 1 :])]
    held: Mapping[str, str] = dict(zip(names, cells, strict=False))
    return Fact(line, *(held.get(name, "") for name in (*NEEDED, SOURCE)))


def _refused(path: Path, line: int, message: str) -> FactsError:
    return FactsError([Problem(Spot(str(path), line, 1) if line else Spot(str(path)), "", message)])


@cache
def shipped() -> tuple[Fact, ...]:
    """The facts that come with the model."""
    rows = enumerate(defaults.rows("calibration"), start=2)
    return tuple(Fact(line, *(row[name] for name in (*NEEDED, SOURCE))) for line, row in rows)
