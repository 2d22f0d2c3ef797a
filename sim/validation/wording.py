"""Which number, year and months does a cell of a fact file mean?

Cells are read as people write them: full-width letters, thousands separators, signs of per cent,
ranges, intervals in brackets, several dashes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−～", "-"))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
AMOUNT = re.compile(rf"([~≈≥≤<>约]*)\s*({NUMBER})\s*(.*)", re.DOTALL)
RANGE = re.compile(rf"\s*[%％]?\s*(?:-|to|至|~)\s*({NUMBER})\s*(.*)", re.DOTALL)
INTERVAL = re.compile(rf"({NUMBER})\s*%?\s*(?:-|to|,|至)\s*({NUMBER})\s*%?\s*$")
SEPARATOR = re.compile(r"(?<=\d)[, '](?=\d{3}(?!\d))")
BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*")
YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)(?:\s*[-/]\s*((?:19|20)?\d{2})(?![\d月]))?")
NAMED_MONTHS = re.compile(rf"\b({'|'.join(MONTHS)})[a-z]*\.?\s*(?:-|to)\s*({'|'.join(MONTHS)})")
NUMBERED_MONTHS = re.compile(r"(\d{1,2})\s*(?:-|至)\s*(\d{1,2})\s*月")
COUNTED_MONTHS = re.compile(r"\(?\b(\d{1,2}) months?\b")
YEAR_MONTHS = 12


def plain(text: str) -> str:
    """A text in small letters, of normal width, with one kind of dash and single spaces."""
    wide = unicodedata.normalize("NFKC", text).translate(DASHES).casefold()
    return " ".join(wide.split())


def without_brackets(text: str) -> str:
    """A text without what stands in brackets."""
    return " ".join(BRACKETS.sub(" ", text).split())


class Amount(NamedTuple):
    """A number as stated: its value (the middle of a range), bounds, and the unit behind it."""

    value: float
    low: float | None = None
    high: float | None = None
    about: str = ""  # what stands before it: ~, >, …
    unit: str = ""


def amount(text: str) -> Amount | None:
    """The number of a cell, None where it holds none."""
    found = AMOUNT.match(SEPARATOR.sub("", plain(text)))
    if not found:
        return None
    about, value, rest = found.groups()
    further = RANGE.match(rest)
    if not further:
        return _with_interval(Amount(float(value), about=about), rest)
    low, high = sorted((float(value), float(further[1])))
    return Amount((low + high) / 2, low, high, about, without_brackets(further[2]))


def _with_interval(told: Amount, rest: str) -> Amount:
    low, high = interval(rest)
    return told._replace(low=low, high=high, unit=without_brackets(rest).strip(" ,;"))


def interval(text: str) -> tuple[float | None, float | None]:
    """The bounds that a text gives in brackets, such as `% (95% CI 47-65)`; none: two Nones."""
    for inside in BRACKETS.findall(plain(text)):
        if found := INTERVAL.search(inside.replace("ci ", "")):
            low, high = sorted(map(float, found.groups()))
            return low, high
    return None, None


class Period(NamedTuple):
    """Years from first to last, and the months of each that are meant; all of them: none named."""

    first: int
    last: int
    months: tuple[int, ...] = ()

    @property
    def span(self) -> str:
        """Years in words."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def period(text: str, quantity: str = "") -> Period | None:
    """The years of a cell and its months (`2022 Jan-Aug`), None where no year is named.

    quantity: may say how many months from January on: `visits (8 months)`.
    """
    year = YEARS.search(plain(text))
    if not year:
        return None
    first, last = year[1], year[2] or year[1]
    until = int(first[: 4 - len(last)] + last)
    months = months_of(plain(text)) or months_of(plain(quantity))
    return Period(int(first), max(until, int(first)), months)


def months_of(text: str) -> tuple[int, ...]:
    """The months that a text names, from 1; none where it names none or all."""
    if found := NAMED_MONTHS.search(text):
        first, last = (MONTHS.index(name) + 1 for name in found.groups())
    elif found := NUMBERED_MONTHS.search(text):
        first, last = map(int, found.groups())
    elif found := COUNTED_MONTHS.search(text):
        first, last = 1, int(found[1])
    else:
        return ()
    named = tuple(range(first, last + 1))
    return named if 0 < len(named) < YEAR_MONTHS and last <= YEAR_MONTHS else ()
