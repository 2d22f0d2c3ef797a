"""Which pictures does a result have? `run.plot.waits()`, `comparison.plot.map("within_county")`.

`run.plot("waits", lang="zh")` is the same by name, labelled in Chinese. matplotlib is loaded when
the first picture is asked for. Each picture's last line names its result: title, seeds, days, and
the first digits of the content hash in its manifest.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, ClassVar

import pandas as pd

from sim.language import Lang, say, speaking
from sim.language import measure as in_words

ALL = "all"
MINUTES_PER_DAY = 1440
DIGITS = 12  # of a content hash, of 64
SERIES = ("visits", "wait_mean", "referred", "in_bed")
CLASSES = ("urgent", "returning", "referred", "ordinary")
WAITS = ("wait_mean", "wait_p50", "wait_p90")
HEADLINES = (
    "wait_mean",
    "wait_p90",
    "wait_days_mean",
    "bed_wait_mean",
    "referral_up_formal",
    "advised_up",
    "referred_down",
    "first_contact",
    "bypass",
    "left_unseen",
    "unresolved",
    "occupancy",
    "visits_per_physician",
    "travel_per_episode",
    "out_of_pocket_per_visit",
    "remote_per_1000",
)


class Named:
    """Pictures that can be asked for by name."""

    NAMES: ClassVar[tuple[str, ...]] = ()
    ASKING: ClassVar[tuple[str, ...]] = ("map",)  # need to be told what of

    def __call__(self, name: str, *given: Any, **asked: Any) -> Any:
        """A picture by its name. Raises KeyError with the nearest one for another name."""
        if name not in (*self.NAMES, *self.ASKING):
            near = get_close_matches(name, [*self.NAMES, *self.ASKING], n=1)
            there = f"nearest: {near[0]!r}" if near else f"there are {', '.join(self.NAMES)}"
            raise KeyError(f"no picture {name!r}; {there}")
        return getattr(self, name)(*given, **asked)

    def names(self) -> list[str]:
        """Those that this result can draw without being asked anything."""
        return [name for name in self.NAMES if self._has(name)]

    def _has(self, name: str) -> bool:
        raise NotImplementedError


@dataclass(frozen=True)
class RunPlots(Named):
    """Pictures of a run, fresh or stored; each is a matplotlib Figure."""

    shown: Any
    NAMES: ClassVar[tuple[str, ...]] = ("waits", "referrals", "series", "beds", "ledger")

    def waits(self, *, lang: Lang = "en") -> Any:
        """Waits for the doctor by tier, class and department, within the measured days."""
        counts = self.shown.aggregates["waits"]
        return _drawing("waits")(counts, self.shown.measures, self._source(lang), lang=lang)

    def referrals(self, *, lang: Lang = "en") -> Any:
        """How patients reach each tier, and the flows between tiers, within the measured days."""
        return _drawing("referrals")(self.shown.aggregates, self._source(lang), lang=lang)

    def series(self, measures: Sequence[str] | None = None, *, lang: Lang = "en") -> Any:
        """Measures by tier, day by day, with the days on which policies turn.

        measures: of `run.series`; visits, waits, referrals and beds if not given, as far as there
        are any. Raises ValueError for one that is not there.
        """
        frame, there = self.shown.series, set(self.shown.series["measure"])
        wanted = [name for name in SERIES if name in there] if measures is None else measures
        named = {"turns": self._turns(lang), "warmup": self.shown.warmup, "measures": wanted}
        return _drawing("series")(frame, self._source(lang), lang=lang, **named)

    def beds(self, *, lang: Lang = "en") -> Any:
        """How full the beds of each tier are at midnight, and who waits for one."""
        named = {"turns": self._turns(lang), "warmup": self.shown.warmup}
        source, beds = self._source(lang), beds_of(self.shown)
        return _drawing("beds")(self.shown.series, beds, source, lang=lang, **named)

    def ledger(self, *, lang: Lang = "en") -> Any:
        """What became of all visits and episodes, the warm-up included."""
        return _drawing("ledger")(self.shown.ledger, self._source(lang), lang=lang)

    def map(
        self,
        measure: str,
        scale: str = "linear",
        *,
        tier: str = ALL,
        group: str = ALL,
        lang: Lang = "en",
    ) -> Any:
        """A measure by county on the real outlines; scale: linear, log or classes.

        tier and group: of which one, if not of all. Raises KeyError with the nearest name for a
        measure that is not known by county, or not of them.
        """
        table = by_county(self.shown, measure, tier, group)
        source, draw = self._source(lang), _drawing("county_map", "maps")
        return draw(table, source=source, scale=scale, lang=lang)

    def _has(self, name: str) -> bool:
        if name == "referrals":
            return len(self.shown.aggregates["came"]) > 0
        return len(beds_of(self.shown)) > 0 if name == "beds" else True

    def _turns(self, lang: str) -> list[Any]:
        with speaking(lang):
            turn = _drawing("Turn")
            return [turn(day, words) for day, words in turns(self.shown)]

    def _source(self, lang: str = "en") -> str:
        with speaking(lang):
            seed = say("seed {seed}", seed=self.shown.seed)
            return signed(f"{self.shown.title}; {seed}; {span(self.shown)}", self.shown)


@dataclass(frozen=True)
class ComparisonPlots(Named):
    """Pictures of a comparison, fresh or stored; each is a matplotlib Figure."""

    shown: Any
    NAMES: ClassVar[tuple[str, ...]] = ("waits", "differences")

    def waits(self, *, lang: Lang = "en") -> Any:
        """Waits for the doctor of both arms, by tier and by tier and class."""
        table = waits_by_arm(self.shown.table)
        return _drawing("side_by_side")(table, self._source(lang), lang=lang)

    def differences(self, measures: Collection[str] = HEADLINES, *, lang: Lang = "en") -> Any:
        """Paired differences of some measures with their intervals, over all groups.

        A measure that is the same in every pair is named below the picture. Raises KeyError with
        the nearest name for a measure that the table lacks.
        """
        table = headlines(self.shown.table, measures)
        same = the_same(table)
        kept = table if len(same) == table["measure"].nunique() else _without(table, same)
        source = self._source(lang)
        if same and len(kept) < len(table):
            source += told_same(same, lang)
        rows = kept.assign(group=kept["tier"])
        return _drawing("forest")(rows, source, lang=lang)

    def map(self, measure: str, *, tier: str = ALL, group: str = ALL, lang: Lang = "en") -> Any:
        """What a scenario changes in a measure, by county: the mean paired difference.

        tier and group: of which one, if not of all. Raises KeyError with the nearest name for a
        measure that is not known by county.
        """
        table = by_county(self.shown, measure, tier, group)
        with speaking(lang):
            title = say("{measure}: scenario minus baseline", measure=in_words(measure))
        draw, source = _drawing("county_map", "maps"), self._source(lang)
        return draw(table, "difference", title=title, source=source, centre=0.0, lang=lang)

    def _has(self, name: str) -> bool:
        measured = set(self.shown.table["measure"])
        return "wait_mean" in measured if name == "waits" else bool(measured)

    def _source(self, lang: str = "en") -> str:
        shown = self.shown
        with speaking(lang):
            pairs = say("{pairs} pairs, seeds from {seed}", pairs=shown.replications,
                        seed=shown.seed)  # fmt: skip
            return signed(f"{shown.title}; {pairs}; {span(shown)}", shown)


# --- what pictures say of their result -------------------------------------------------------


def signed(source: str, shown: Any) -> str:
    """A source line with the first digits of the result's content hash, if it has one."""
    known = content_hash(shown)[:DIGITS]
    return source + (f"; {say('result')} {known}" if known else "")


def content_hash(shown: Any) -> str:
    """SHA-256 of what a result depends on, fresh or stored."""
    stored = getattr(shown, "manifest", {})
    return str(stored.get("content_hash") or getattr(shown, "content_hash", ""))


def told_same(measures: Collection[str], lang: str) -> str:
    """Which measures are the same in every pair, to be added to a source line."""
    with speaking(lang):
        return f"; {say('the same in every pair')}: {', '.join(map(in_words, measures))}"


def beds_of(shown: Any) -> pd.Series:
    """Beds by tier, means over the measured days, of the tiers that have any."""
    rows = shown.measures[
        (shown.measures["measure"] == "occupancy")
        & (shown.measures["group"] == ALL)
        & (shown.measures["tier"] != ALL)
    ]
    full = rows.set_index("tier")["value"]
    stays = shown.aggregates["stays"].astype({"tier": str})
    taken = stays.groupby("tier")["occupied"].sum() / (MINUTES_PER_DAY * shown.days)
    return (taken / full[full > 0]).dropna()


def turns(shown: Any) -> Iterator[tuple[int, str]]:
    """Days on which the policies of a run begin, change and end, in words, as the scenario says."""
    first = first_day(shown)
    for use in shown.scenario.get("policies", ()):
        for day, what in _turns_of(use, shown.warmup, first):
            if 0 <= day < shown.warmup + shown.days:
                yield day, say(what, policy=use["name"], date=date.fromordinal(first + day))


def _turns_of(use: Mapping[str, Any], warmup: int, first: int) -> Iterator[tuple[int, str]]:
    waves = list(use.get("waves", ()))
    if use.get("from") is not None or not waves:
        begins = warmup if use.get("from") is None else _day(use["from"], first)
        yield begins, "{policy} from {date}"
    for wave in waves:
        yield _day(wave["from"], first), "{policy}, next wave {date}"
    if use.get("until") is not None:
        yield _day(use["until"], first), "{policy} ends {date}"


def _day(when: Any, first: int) -> int:
    return date.fromisoformat(str(when)).toordinal() - first


def first_day(shown: Any) -> int:
    """Day 0 of a run, as an ordinal, from its series."""
    row = shown.series.iloc[0]
    return _day(row["date"], int(row["day"]))


def span(shown: Any) -> str:
    """How long a result was measured and played before, in words."""
    said = "{days} measured after {warmup} of warm-up"
    return say(said, days=days(shown.days), warmup=days(shown.warmup))


def days(number: int) -> str:
    """A number of days in words."""
    return say("{number} day" if number == 1 else "{number} days", number=number)


def headlines(table: pd.DataFrame, measures: Collection[str] = HEADLINES) -> pd.DataFrame:
    """Rows of a comparison's table over all groups, with an interval, of some measures."""
    for name in measures:
        known(name, {*table["measure"], *HEADLINES})
    chosen = table[table["measure"].isin(list(measures)) & (table["group"] == ALL)]
    return chosen[chosen["low"].notna()]


def the_same(table: pd.DataFrame) -> list[str]:
    """Measures that no tier shows to differ in any pair."""
    differs = (table["low"] != 0) | (table["high"] != 0)
    moved = set(table.loc[differs, "measure"])
    return [name for name in dict.fromkeys(table["measure"]) if name not in moved]


def _without(table: pd.DataFrame, measures: Collection[str]) -> pd.DataFrame:
    return table[~table["measure"].isin(list(measures))]


def waits_by_arm(table: pd.DataFrame) -> pd.DataFrame:
    """Waits for the doctor of both arms: tier, class, statistic, baseline, scenario [minutes].

    Rows stand by tier, those of all classes first.
    """
    order = (ALL, *CLASSES)
    waits = table[table["measure"].isin(WAITS) & table["group"].isin(order)]
    waits = waits[waits["tier"] != ALL]
    tiers = list(dict.fromkeys(waits["tier"]))
    keys = pd.DataFrame({"t": waits["tier"].map(tiers.index), "c": waits["group"].map(order.index)})
    waits = waits.loc[keys.sort_values(["t", "c"], kind="stable").index]
    statistic = waits["measure"].str.removeprefix("wait_")
    named = waits.assign(statistic=statistic).rename(columns={"group": "class"})
    return named[["tier", "class", "statistic", "baseline", "scenario"]]


def by_county(shown: Any, measure: str, tier: str = ALL, group: str = ALL) -> pd.DataFrame:
    """Rows of a measure in a result's table by county: one a county."""
    table = shown.by("county")
    if not len(table):
        raise KeyError("nothing is known by county: the world has none")
    known(measure, table["measure"])
    rows = table[table["measure"] == measure]
    asked = {axis: word for axis, word in (("tier", tier), ("group", group)) if axis in rows}
    for axis, word in asked.items():
        there = ", ".join(dict.fromkeys(rows[axis]))
        rows = rows[rows[axis] == word]
        if not len(rows):
            raise KeyError(f"{measure} by county has no {axis} {word!r}; there are {there}")
    return rows


def known(measure: str, names: Collection[str]) -> None:
    """Raise KeyError with the nearest name where none is that of the measure."""
    found = sorted(set(names))
    if measure not in found:
        near = get_close_matches(measure, found, n=1)
        raise KeyError(f"no measure {measure!r}" + (f"; nearest: {near[0]!r}" if near else ""))


def _drawing(name: str, room: str = "plots") -> Any:
    return getattr(importlib.import_module(f"sim.{room}"), name)
