"""Which picture does a search have? `found.plot.front()`: what can be had for the budget."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from sim.language import Lang, say, speaking
from sim.optimising.asked import ALL, Objective
from sim.pictures import DIGITS, Named

POINT = "point"
CELL = ["measure", "tier", "group"]
ENDS = {"difference": "value", "difference_low": "low", "difference_high": "high"}


@dataclass(frozen=True)
class SearchPlots(Named):
    """Pictures of a search, fresh or stored; each is a matplotlib Figure."""

    shown: Any
    NAMES: ClassVar[tuple[str, ...]] = ("front",)
    ASKING: ClassVar[tuple[str, ...]] = ()

    def front(self, *, lang: Lang = "en") -> Any:
        """What doses do to the objectives, paired with the lowest doses, and what each costs.

        Those on the front with 95 % intervals from luck that their choice has not seen, the others
        pale, with what was known when the choice was made. Hollow: on the front, but another beats
        it with fresh luck.
        """
        draw = importlib.import_module("sim.plots").front
        rows, beside = self._rows()
        return draw(rows, beside, self._source(lang), aims=self._aims(), lang=lang)

    def _rows(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A row a candidate: its differences from the lowest doses, and its doses and cost."""
        best = self.shown.front
        others = self.shown.candidates
        others = others[~others[POINT].isin(set(best[POINT]))].assign(holds=True)
        every = pd.concat([best.assign(front=True), others.assign(front=False)], ignore_index=True)
        first = every.drop_duplicates(POINT).set_index(POINT)
        wide = first[["front", "holds"]].assign(number=first.index)
        for i, objective in enumerate(self.shown.search.objectives):
            own = _of(every, objective).set_index(POINT)
            for name, drawn in ENDS.items():
                wide[f"{drawn}{i}"] = own[name]
            wide.loc[wide["number"] == 0, f"value{i}"] = 0.0
        wide = wide.dropna(subset=[column for column in wide if str(column).startswith("value")])
        return wide, self._words(first.loc[wide.index])

    def _words(self, first: pd.DataFrame) -> pd.DataFrame:
        """Doses and cost of each candidate, as they are read."""
        keys = {key: key.removeprefix("policies.").replace(".", " ")
                for key in self.shown.search.doses}  # fmt: skip
        columns = keys | {"cost": self.shown.search.unit}
        return pd.DataFrame({name: first[key].map("{:.3g}".format)
                             for key, name in columns.items()})  # fmt: skip

    def _aims(self) -> list[Any]:
        aim = importlib.import_module("sim.plots").Aim
        table = pd.concat([self.shown.front, self.shown.candidates], ignore_index=True)
        lowest = table[table[POINT] == 0]
        return [
            aim(each.measure, str(_of(table, each)["unit"].iloc[0]), _better(each),
                ", ".join(word for word in (each.tier, each.group) if word != ALL),
                float(_of(lowest, each)["value"].iloc[0]))
            for each in self.shown.search.objectives
        ]  # fmt: skip

    def _has(self, name: str) -> bool:
        return len(self.shown.front) > 0

    def _source(self, lang: str) -> str:
        named: Mapping[str, Any] = {
            "runs": self.shown.number, "search": self.shown.content_hash[:DIGITS],
        }  # fmt: skip
        with speaking(lang):
            how = say("95 % intervals of paired differences, with fresh luck for the best")
            which = say("{runs} runs, search {search}", **named)
            return f"{self.shown.search.question} {how}; {which}"


def _of(table: pd.DataFrame, objective: Objective) -> pd.DataFrame:
    """The rows of one objective."""
    same = [table[name] == word for name, word in objective.cell.items()]
    return table[same[0] & same[1] & same[2]]


def _better(objective: Objective) -> str:
    return "less" if objective.want == "least" else "more"
