"""What does one hand to a reader? One page about a result, whole in one file: `sim report DIR`.

The page needs no server and no network: its pictures are inside, it has no script and refers to
nothing outside.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sim.page import contents, sweeps
from sim.sweeping import publishing

HERE = Path(__file__).parent
DPI = 110


def html(result: Any) -> str:
    """The page about a stored run, comparison or sweep. Raises ValueError for other results."""
    return _template().render(**contents.of(result), drawn=_drawn(result))


@cache
def _template() -> Template:
    room = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return room.get_template("page.html.j2")


def _drawn(result: Any) -> list[dict[str, str]]:
    """The pictures of a result: what each shows, and itself."""
    return [{"name": name, "shows": _shows(result, name), "data": _inline(figure)}
            for name, figure in _figures(result)]  # fmt: skip


def _figures(result: Any) -> Iterator[tuple[str, Any]]:
    """One picture at a time; of a sweep those that are published with it."""
    if result.manifest["kind"] in sweeps.KINDS:
        yield from publishing.figures(result).items()
    else:
        yield from ((name, result.plot(name)) for name in result.plot.names())


def _shows(result: Any, name: str) -> str:
    of, _, measure = name.partition("_")
    if of == "difference":
        return f"Paired differences of {measure.replace('_', ' ')} at every point, by tier."
    return str(getattr(type(result.plot), name).__doc__).partition("\n")[0]


def _inline(figure: Any) -> str:
    """A figure as a data URI."""
    held = BytesIO()
    figure.savefig(held, format="png", dpi=DPI)
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()
