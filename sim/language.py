"""In which language are pictures labelled? English, or Chinese from `data/language/zh.csv`.

A picture says every word through `say`; the English text is the key of the table, a placeholder
such as {tier} is filled after it is translated. What the table lacks stays English.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal

Lang = Literal["en", "zh"]
LANGUAGES = ("en", "zh")
TABLES = Path(__file__).with_name("data") / "language"
WAITING_SUFFIX = {"mean": "mean", "p50": "median", "p90": "ninetieth percentile",
                  "p95": "ninety-fifth percentile"}  # fmt: skip
_spoken: ContextVar[str] = ContextVar("spoken", default="en")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Label in a language from here on. Raises ValueError for one that there is not."""
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    before = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> str:
    """The language in force."""
    return _spoken.get()


@cache
def table(lang: str) -> dict[str, str]:
    """English texts and what they are in another language."""
    with (TABLES / f"{lang}.csv").open(encoding="utf-8", newline="") as file:
        return {row["english"]: row["translated"] for row in csv.DictReader(file)}


def say(text: str, **values: Any) -> str:
    """A text in the language in force, with its placeholders filled."""
    said = text if spoken() == "en" else table(spoken()).get(text, text)
    return said.format(**values) if values else said


def measure(name: str) -> str:
    """A measure in words; a column such as wait_p90 as its measure and what of it."""
    if spoken() == "en":
        return name.replace("_", " ")
    known = table(spoken())
    stem, _, end = name.rpartition("_")
    if name not in known and end in WAITING_SUFFIX:
        return f"{known.get(stem, stem)} {say(WAITING_SUFFIX[end])}"
    return known.get(name, name.replace("_", " "))
