"""What does a model's answer to a file of facts look like, as a table, on disk and in words?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import stdev
from typing import Any

import pandas as pd

from sim import store
from sim.arithmetic import source_digest
from sim.validation import fitting
from sim.validation.facts import Fact
from sim.validation.plan import MODEL_YEAR, Asked, Row, measure_of
from sim.validation.runs import Said
from sim.validation.studies import Study

MODEL, INPUT, NOT_ANSWERED = "model", "input", "not answered"
SETS_DEMAND = "sets the demand"
PER_CENT = 100
NEAR = (0.05, 0.10)
TYPES: dict[str, Any] = {
    "id": str, "quantity": str, "place": str, "year": str, "tier": str, "unit": str,
    "answer": str, "fact": float, "fact_low": float, "fact_high": float, "model": float,
    "difference": float, "relative": float, "spread": float, "used": str, "measure": str,
    "of": str, "scenario": str, "demand_from": str, "demand": float, "note": str, "line": "int64",
}  # fmt: skip
COLUMNS = list(TYPES)
SHOWN = ("id", "quantity", "place", "year", "tier", "fact", "model", "unit", "relative", "used")


@dataclass(frozen=True, repr=False)
class Validation:
    """A file of facts beside what the model says."""

    title: str
    table: pd.DataFrame
    played: pd.DataFrame
    asked: Mapping[str, Any] = field(default_factory=dict)
    started: float = 0.0
    seconds: float = 0.0

    def __repr__(self) -> str:
        return f"<Validation of {self.title!r}: {self.counts}>"

    @property
    def counts(self) -> str:
        """How many facts of which answer, in words."""
        number = self.table["answer"].value_counts()
        kinds = (MODEL, INPUT, NOT_ANSWERED)
        told = ", ".join(f"{number.get(kind, 0)} {kind}" for kind in kinds)
        return f"{len(self.table)} facts: {told}"

    def save(self, path: str | Path) -> Path:
        """Write table, runs, markdown and manifest into a result folder (see `sim.store`)."""
        frames = {"table": self.table, "played": self.played}
        return store.save(path, self._manifest(), frames, texts={"validation.md": self.markdown})

    @property
    def markdown(self) -> str:
        """The table for people: answered facts, inputs, and why others are not answered."""
        return "\n".join(_markdown(self)) + "\n"

    def _manifest(self) -> dict[str, Any]:
        return {
            "kind": "validation", "title": self.title, "asked": dict(self.asked),
            "counts": self.counts, "seeds": sorted(set(self.played["seed"].tolist())),
            "runs": records(self.played), "started": store.stamp(self.started),
            "finished": store.stamp(self.started + self.seconds), "wall_seconds": self.seconds,
            "content_hash": store.digest(
                [self.played["content_hash"].tolist(), self.table["id"].tolist(), source_digest()]
            ),
        }  # fmt: skip


def tabled(
    rows: Sequence[Row],
    said: Mapping[Asked, Said],
    levels: Mapping[Asked, str],
    studies: Mapping[Fact, Study],
) -> pd.DataFrame:
    """One row a fact, in the order of the file."""
    cells = (_of(row, said, levels) | _of_study(studies.get(row.fact)) for row in rows)
    return pd.DataFrame(list(cells), columns=COLUMNS).astype(TYPES)


def listed(rows: Sequence[Row], studies: Mapping[Fact, Study]) -> pd.DataFrame:
    """The mapping alone, nothing played: which measure of which place answers each fact."""
    table = tabled(rows, {}, {}, studies)
    return table[["id", "quantity", "place", "year", "tier", "answer", "measure", "of", "note"]]


def _of_study(study: Study | None) -> dict[str, Any]:
    """What a scenario of the evidence says of a fact; nothing without one."""
    if study is None:
        return {}
    effect, told = study.effect, study.amount
    held = {"answer": MODEL, "fact": told.value, "fact_low": told.low, "fact_high": told.high,
            "measure": effect.probe, "of": study.scenario, "scenario": study.scenario,
            "note": "; ".join(filter(None, (effect.nature, effect.remark)))}  # fmt: skip
    return held | (_beside(told.value, study.model) if study.model is not None else {})


def _of(row: Row, said: Mapping[Asked, Said], levels: Mapping[Asked, str]) -> dict[str, Any]:
    fact, asked = row.fact, row.asked
    held = {name: getattr(fact, name) for name in
            ("id", "quantity", "place", "year", "tier", "unit", "line")}  # fmt: skip
    held |= {"used": fitting.used(fact), "answer": NOT_ANSWERED, "note": row.reason}
    held |= dict.fromkeys(("measure", "of", "scenario", "demand_from"), "")
    if asked is None:
        return held
    level, told = levels.get(asked, ""), said.get(asked, Said())
    held |= {
        "fact": asked.amount.value,
        "fact_low": asked.amount.low,
        "fact_high": asked.amount.high,
        "measure": measure_of(asked),
        "of": f"{asked.place.name}, {asked.tier.tier}",
        "note": _note(asked, told, level),
    }
    held |= {"scenario": told.scenario, "demand": told.demand, "demand_from": level}
    if told.reason:
        return held | {"note": told.reason}
    used = {"used": SETS_DEMAND} if level == fact.id and level else {}
    kind = {"answer": MODEL if asked.runs else INPUT}
    return held | used | kind | _compared(asked, told.values)


def _compared(asked: Asked, values: Sequence[float]) -> dict[str, Any]:
    if not values:
        return {}
    spread = stdev(values) / asked.unit.factor if len(values) > 1 else None
    mean = sum(values) / len(values) / asked.unit.factor
    return _beside(asked.amount.value, mean) | {"spread": spread}


def _beside(fact: float, model: float) -> dict[str, float | None]:
    relative = (model - fact) / abs(fact) if fact else None
    return {"model": model, "difference": model - fact, "relative": relative}


def _note(asked: Asked, told: Said, level: str) -> str:
    notes = [*asked.notes, *told.notes]
    if asked.runs and asked.year != MODEL_YEAR and not level:
        notes.append(f"of {asked.period.span} beside the demand of {MODEL_YEAR}")
    if asked.runs and asked.year != MODEL_YEAR and level:
        notes.append(f"demand of {asked.year} from {level}; facilities as in {MODEL_YEAR}")
    return "; ".join(dict.fromkeys(notes))


# --- in words --------------------------------------------------------------------------------


def number(value: float) -> str:
    """A number with three or four figures; nothing where there is none."""
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def relative(value: float) -> str:
    """A relative difference in per cent, with its sign."""
    return "" if pd.isna(value) else f"{PER_CENT * value:+.1f} %"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table by the names of its columns."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def words_of(row: Mapping[str, Any]) -> list[str]:
    """The cells of one fact that are shown."""
    formats = {"fact": number, "model": number, "relative": relative}
    return [formats.get(name, str)(row[name]) for name in SHOWN]


def closeness(table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Of answered facts by use: number, median relative difference, how many within 5 and 10 %."""
    answered = table[(table["answer"] == MODEL) & table["relative"].notna()]
    for use, rows in answered.groupby("used", sort=True):
        off = rows["relative"].abs()
        within = (int((off <= near).sum()) for near in NEAR)
        yield str(use), len(rows), float(off.median()), *within


def _markdown(shown: Validation) -> Iterator[str]:
    yield from (f"# {shown.title}", "", shown.counts + ".", "")
    yield from _grid(("used in fitting", "facts", "median off", "within 5 %", "within 10 %"), [
        [use, str(n), f"{PER_CENT * off:.1f} %", str(five), str(ten)]
        for use, n, off, five, ten in closeness(shown.table)
    ])  # fmt: skip
    for kind, title in ((MODEL, "What runs answer"), (INPUT, "What the model takes in")):
        part = shown.table[shown.table["answer"] == kind]
        if len(part):
            yield from (f"## {title}", "")
            yield from _grid(
                (*SHOWN, "note"), [[*words_of(row), row["note"]] for row in records(part)]
            )
    yield from _reasons(shown.table)
    yield from ("## Runs", "")
    yield from _grid(list(shown.played.columns), shown.played.astype(str).to_numpy().tolist())


def _reasons(table: pd.DataFrame) -> Iterator[str]:
    left = table[table["answer"] == NOT_ANSWERED]
    if len(left):
        yield from ("## Not answered", "")
        columns = ["id", "quantity", "place", "year", "tier", "note"]
        yield from _grid(columns, left[columns].to_numpy().tolist())


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield "| " + " | ".join(columns) + " |"
        yield "|" + " --- |" * len(columns)
        yield from ("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)
        yield ""


def _cell(text: str) -> str:
    return str(text).replace("|", "\\|")
