"""What do reporting standards ask of this result? STRESS-DES, STRESS-ABS and ODD, item by item.

The items and their answers stand in `standards.yaml`; an answer is a template that the result's
scenario and manifest fill. What only an author can say is marked so, and left to the author.
Sources: Monks et al. (2019), Strengthening the reporting of empirical simulation studies (STRESS),
Journal of Simulation 13; Grimm et al. (2020), The ODD protocol: a second update, JASSS 23(2) 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from ruamel.yaml import YAML

ITEMS = Path(__file__).with_name("standards.yaml")


@cache
def items() -> list[dict[str, Any]]:
    """Every standard: its name, source and items (number, asks, says, author)."""
    return list(YAML(typ="safe").load(ITEMS.read_text(encoding="utf-8"))["standards"])


def filled(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The standards with their answers in words; found: the other sections of the page."""
    room = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return [
        {"name": standard["name"], "source": standard["source"], "items": [
            {"number": str(item["number"]), "asks": item["asks"],
             "says": room.from_string(item.get("says", "")).render(**found).strip(),
             "author": item.get("author", "")}
            for item in standard["items"]
        ]}
        for standard in items()
    ]  # fmt: skip
