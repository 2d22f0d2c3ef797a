"""Which measure of which place answers a fact, or why none does?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from sim import defaults
from sim.divisions import County, counties_of, find
from sim.validation import words
from sim.validation.contents import CONTENTS, residents
from sim.validation.facts import Fact, shipped
from sim.validation.outcomes import BY_SEASON, MEASURES
from sim.validation.wording import Amount, Period, amount, interval, period, plain
from sim.validation.words import NATION, NONE, RUN, Place, Quantity, Tier, Unit, Unknown

MODEL_YEAR = 2022
CENSUS_YEAR = 2020
POPULATION = "population"
RESIDENTS = "resident population"
ALL = Tier("all institutions", (), (), False, "")


class Unanswered(LookupError):
    """A fact that no measure answers, and why."""


class Asked(NamedTuple):
    """What answers a fact: the row of quantities, of whom, where, when, and in which unit."""

    fact: Fact
    quantity: Quantity
    tier: Tier
    place: Place
    period: Period
    amount: Amount
    unit: Unit
    scale: float = 1.0  # what the measure is multiplied by, in base units
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether a run is needed; else the world is."""
        return self.quantity.answer == RUN

    @property
    def year(self) -> int:
        """The year that is asked for; the middle of several."""
        return (self.period.first + self.period.last) // 2

    @property
    def base(self) -> float:
        """The fact in the base unit of its dimension."""
        return self.amount.value * self.unit.factor


class Row(NamedTuple):
    """A fact and what answers it, or why nothing does."""

    fact: Fact
    asked: Asked | None
    reason: str = ""


def plan(facts: Sequence[Fact], file: str, others: Sequence[Fact] = ()) -> list[Row]:
    """What answers each fact of a file.

    others: facts from which, beside those shipped, companions and populations are taken.
    """
    known = (*facts, *others, *shipped())
    return [_planned(fact, known, file) for fact in facts]


def _planned(fact: Fact, known: Iterable[Fact], file: str) -> Row:
    try:
        return Row(fact, _scaled(asked(fact), known))
    except Unknown as error:
        return Row(fact, None, f"{file}:{fact.line}: {error}")
    except Unanswered as error:
        return Row(fact, None, str(error))


def asked(fact: Fact) -> Asked:
    """What answers a fact. Raises Unknown for its words, Unanswered where nothing does."""
    quantity = words.quantity(fact.quantity)
    if quantity.answer == NONE:
        raise Unanswered(quantity.note)
    told, unit = _amount(fact, quantity)
    place = _place(fact, quantity)
    if place.level == NATION and quantity.measure == residents.__name__:
        raise Unanswered("the nation is a sample: its numbers are scaled to the population")
    when = period(fact.year, fact.quantity)
    tier = ALL if quantity.tiers == words.ANY else words.tier(fact.tier, quantity.tiers)
    if tier.reason:
        raise Unanswered(f"{tier.tier}: {tier.reason}")
    notes = filter(None, (quantity.note, place.note, _about_year(when, quantity)))
    when = when or Period(MODEL_YEAR, MODEL_YEAR)
    return Asked(
        fact, quantity, tier, place._replace(note=""), when, told, unit, notes=tuple(notes)
    )


def _place(fact: Fact, quantity: Quantity) -> Place:
    """The place of the model that a fact is about."""
    try:
        return words.place(_place_in(fact, quantity))
    except Unknown as nowhere:
        raise Unanswered(str(nowhere)) from None


def _place_in(fact: Fact, quantity: Quantity) -> str:
    """The place of a fact; one that stands in the name of the quantity goes before."""
    if quantity.quantity != f"{RESIDENTS} *":
        return fact.place
    name = plain(fact.quantity).removeprefix(RESIDENTS).strip()
    return " ".join(word for word in name.split() if not word.isdigit()) or fact.place


def _amount(fact: Fact, quantity: Quantity) -> tuple[Amount, Unit]:
    """The number of a fact and its unit, which may stand behind the number."""
    told = amount(fact.value)
    if told is None:
        raise Unanswered(f"value {fact.value!r} is no number" if fact.value else "no value")
    low, high = interval(fact.unit)
    told = told if told.low is not None else told._replace(low=low, high=high)
    unit = words.unit(fact.unit or told.unit or "ratio")
    if unit.dimension not in quantity.dimensions:
        fits = " or ".join(quantity.dimensions)
        raise Unanswered(f"unit {fact.unit!r} ({unit.dimension}) does not fit: {fits} expected")
    return told, unit


def _about_year(when: Period | None, quantity: Quantity) -> str:
    if when is None:
        return f"no year: compared with {MODEL_YEAR}"
    if quantity.answer != RUN and when.first != MODEL_YEAR:
        return f"what exists is that of {CENSUS_YEAR} to {MODEL_YEAR}"
    if when.months and quantity.measure not in BY_SEASON:
        return "over the whole run, not the months"
    return ""


def measure_of(asked: Asked) -> str:
    """The measure in words, such as `visits x population`."""
    scale = asked.quantity.scale
    return asked.quantity.measure + (f" x {scale}" if scale else "")


def is_known(quantity: Quantity) -> bool:
    """Whether the measure that a row of quantities names exists."""
    return quantity.answer == NONE or quantity.measure in (MEASURES if quantity.answer == RUN
                                                           else CONTENTS)  # fmt: skip


# --- what a measure is multiplied by -----------------------------------------------------------


def _scaled(asked: Asked, known: Iterable[Fact]) -> Asked:
    scale = asked.quantity.scale
    if not scale:
        return asked
    if scale == POPULATION:
        number, note = population(asked.place, asked.year, known)
    else:
        number, note = companion(scale, asked, known)
    return asked._replace(scale=number, notes=(*asked.notes, *filter(None, (note,))))


def companion(quantity: str, asked: Asked, known: Iterable[Fact]) -> tuple[float, str]:
    """Another fact of the same place and year, in base units. Raises Unanswered for none."""
    for fact in known:
        if plain(fact.quantity) == plain(quantity) and fact.year == asked.fact.year:
            told = amount(fact.value)
            if told and plain(fact.place) == plain(asked.fact.place):
                return told.value * words.unit(fact.unit).factor, f"of {fact.id}"
    raise Unanswered(f"needs a fact {quantity!r} of {asked.fact.place} {asked.fact.year}")


def population(place: Place, year: int, known: Iterable[Fact]) -> tuple[float, str]:
    """Residents of a place in a year, or in the nearest year that is known, with a note."""
    numbers = _nation() if place.level == NATION else _region(place, known)
    found = min(numbers, key=lambda one: (abs(one - year), -one))
    return numbers[found], "" if found == year else f"population of {found}"


@cache
def _nation() -> dict[int, float]:
    rows = defaults.rows("facts/populations")
    return {int(row["year"]): float(row["population"]) for row in rows}


def _region(place: Place, known: Iterable[Fact]) -> dict[int, float]:
    """Residents by year: of the census, and as facts say."""
    found = {CENSUS_YEAR: float(census(place))}
    for fact in (one for one in known if plain(one.quantity) == RESIDENTS):
        told, when = amount(fact.value), period(fact.year)
        if told and when and _is_place(fact.place, place):
            found.setdefault(when.first, told.value * words.unit(fact.unit).factor)
    return found


def _is_place(text: str, place: Place) -> bool:
    try:
        return words.place(text)[:2] == place[:2]
    except Unknown:
        return False


def census(place: Place) -> int:
    """Residents of a region in the census."""
    region = find(place.level, place.name)
    return sum(row.population for row in ((region,) if isinstance(region, County)
                                          else counties_of(region.code)))  # fmt: skip
