"""Which quantity, tier, place or unit does a word of a fact file mean?

Four tables of `sim/data/facts` (`quantities`, `tiers`, `places`, `units`) say it for people; see
sim/validation/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from sim import defaults
from sim.divisions import LEVELS, UnknownPlace, find
from sim.validation.wording import SEPARATOR, plain, without_brackets

RUN, WORLD, NONE = "run", "world", "none"
ANY = "any"
NATION = "nation"
NAMED = {"[": "[[]", "?": "[?]"}  # what a pattern must not mean
FILLERS = frozenset(
    ("a", "all", "annual", "average", "avg", "for", "in", "mean", "number", "of", "rate", "the",
     "yearly")
)  # fmt: skip
GROUPS = {"hospital": defaults.HOSPITAL_KINDS, "primary": defaults.PRIMARY_KINDS}


class Unknown(LookupError):
    """A word that no table knows; the message names the nearest."""


class Quantity(NamedTuple):
    """A row of the table of quantities."""

    quantity: str
    also: str
    answer: str  # run, world or none
    measure: str
    scale: str  # population, another quantity, or nothing
    dimension: str  # of units that fit, joined by ;
    tiers: str  # if the fact names none; any: it does not matter
    note: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions of units that fit."""
        return parts(self.dimension)


class Tier(NamedTuple):
    """Which institutions a word for a tier means."""

    tier: str
    kinds: tuple[str, ...]  # none: all
    grades: tuple[str, ...]  # none: all
    official: bool  # only of counties and county-level cities
    reason: str  # why it is no answer, if it is none


class Place(NamedTuple):
    """A place of the model: its level, its name as scenarios write it, and a note."""

    level: str
    name: str
    note: str = ""


class Unit(NamedTuple):
    """What one of a unit is in the base unit of its dimension."""

    dimension: str
    factor: float


def parts(text: str) -> tuple[str, ...]:
    """What stands between semicolons."""
    return tuple(filter(None, (part.strip() for part in text.split(";"))))


def nearest(word: str, known: Iterable[str]) -> str:
    """That a word is like another, in brackets; nothing where it is like none."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (nearest: {close[0]})" if close else ""


# --- quantities ------------------------------------------------------------------------------


@cache
def quantities() -> dict[str, Quantity]:
    """The rows of the table of quantities by every name that they answer to, `*` in patterns."""
    rows = [Quantity(**row) for row in defaults.rows("facts/quantities")]
    names = {plain(row.quantity): row for row in rows}
    others = {plain(name): row for row in rows for name in parts(row.also)}
    return others | names


def quantity(text: str) -> Quantity:
    """The row that a quantity means. Raises Unknown with the nearest."""
    asked = plain(text)
    for word in dict.fromkeys((asked, without_brackets(asked))):
        found = quantities().get(word) or _by_pattern(word) or loosely().get(_core(word))
        if found:
            return found
    raise Unknown(f"unknown quantity{nearest(asked, quantities())}")


def _by_pattern(word: str) -> Quantity | None:
    for name, row in quantities().items():
        if "*" in name and fnmatchcase(word, _pattern(name)):
            return row
    return None


@cache
def loosely() -> dict[frozenset[str], Quantity]:
    """Rows by the words that matter in their names, where these mean one row only."""
    found: dict[frozenset[str], set[Quantity]] = {}
    for name, row in quantities().items():
        found.setdefault(_core(name), set()).add(row)
    return {core: rows.pop() for core, rows in found.items() if core and len(rows) == 1}


def _core(name: str) -> frozenset[str]:
    return frozenset(name.split()) - FILLERS


def _pattern(name: str) -> str:
    return "".join(NAMED.get(letter, letter) for letter in name)


# --- tiers -----------------------------------------------------------------------------------


@cache
def tiers() -> dict[str, Tier]:
    """The institutions that each word for a tier means."""
    return dict(_words(defaults.rows("facts/tiers"), "tier", _tier))


def _words(rows: Iterable[Mapping[str, str]], name: str, made: object) -> Iterable[tuple]:
    for row in rows:
        for word in (row[name], *parts(row["also"])):
            yield plain(word), made(row)  # type: ignore[operator]


def _tier(row: Mapping[str, str]) -> Tier:
    named = row["kinds"].split()
    kinds = tuple(kind for name in named for kind in GROUPS.get(name, (name,)))
    every = () if named == ["all"] else kinds
    return Tier(
        row["tier"], every, tuple(row["grades"].split()), bool(row["counties"]), row["reason"]
    )


def tier(text: str, usual: str = "") -> Tier:
    """The institutions that a fact means; usual: where it names none. Raises Unknown."""
    asked = plain(text)
    if asked in ("", "-", "all", "any") and usual:
        asked = plain(usual)
    for word in (asked or "all", without_brackets(asked)):
        if word in tiers():
            return tiers()[word]
    raise Unknown(f"unknown tier {text!r}{nearest(asked, tiers())}")


# --- places ----------------------------------------------------------------------------------


@cache
def places() -> dict[str, Place]:
    """Places that tables of divisions do not know by these words."""
    rows = defaults.rows("facts/places")
    return dict(_words(rows, "place", lambda row: Place(row["level"], row["name"], row["note"])))


def place(text: str) -> Place:
    """The place of the model that a fact means. Raises Unknown for one that it does not have."""
    for word, note in _readings(text):
        listed = places().get(plain(word))
        if listed or (listed := _division(word)):
            return listed._replace(note=listed.note or note)
    raise Unknown(
        f"no world of {text!r}: the model has China, Hubei, Hunan, Liaoning and Sichuan with "
        "their prefectures and counties"
    )


def _readings(text: str) -> Iterable[tuple[str, str]]:
    """A place as it stands, without brackets, and its first and most exact part."""
    bare = without_brackets(plain(text))
    yield text.strip(), ""
    yield plain(text).replace(",", ""), ""
    yield bare, f"stated for {text}" if bare == "china" else ""
    yield bare.partition(",")[0], ""


@cache
def _division(word: str) -> Place | None:
    for level in reversed(LEVELS):
        try:
            return Place(level, find(level, word).name)
        except UnknownPlace:
            continue
    return None


# --- units -----------------------------------------------------------------------------------


@cache
def units() -> tuple[dict[str, Unit], dict[str, float]]:
    """Units, and words that multiply them, by every word."""
    made = list(_words(defaults.rows("facts/units"), "word", lambda row: row))
    whole = {word: Unit(row["dimension"], float(row["factor"]))
             for word, row in made if row["role"] == "unit"}  # fmt: skip
    times = {word: float(row["factor"]) for word, row in made if row["role"] == "multiple"}
    return whole, times


def unit(text: str) -> Unit:
    """What a unit is: its dimension and factor; a multiple alone counts. Raises Unknown."""
    whole, times = units()
    bare = SEPARATOR.sub("", without_brackets(plain(text)))
    if bare in whole:
        return whole[bare]
    for word in sorted(times, key=len, reverse=True):
        rest = bare.removeprefix(word).strip()
        if bare.startswith(word) and rest in (*whole, ""):
            held = whole[rest or "count"]
            return Unit(held.dimension, held.factor * times[word])
    raise Unknown(f"unknown unit {text!r}{nearest(bare, (*whole, *times))}")
