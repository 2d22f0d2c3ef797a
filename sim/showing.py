"""What does one type to see a result? `sim plot` draws it, `sim report` writes a page about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sim.options import Told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = "report.html"
WITH_RESULTS = ("waits", "referrals", "differences")  # drawn as soon as there is a result
SHORT = {"differences": {"measures": (
    "wait_mean", "wait_p90", "referral_up_formal", "advised_up", "referred_down", "first_contact",
)}}  # fmt: skip

Stored = Annotated[Path, typer.Argument(help="result folder", show_default=False)]
Names = Annotated[
    list[str] | None,
    typer.Argument(help="waits, referrals, series, beds, ledger, differences; all if not given"),
]
Out = Annotated[Path | None, typer.Option(help="folder of the pictures; the result's if not given")]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="MEASURE", help="a map by county instead; may repeat"),
]
Language = Annotated[str, typer.Option("--lang", help="labels: en or zh")]
Page = Annotated[Path | None, typer.Option(help=f"the page; {PAGE} in the folder if not given")]

Refuse = Callable[[Sequence[str]], NoReturn]


def add(app: typer.Typer, told: Told, refuse: Refuse) -> None:
    """Give a command line the commands `plot` and `report`.

    told: turns refusals into words; refuse: says what is wrong and stops.
    """

    @app.command()
    def plot(
        folder: Stored,
        names: Names = None,
        out: Out = None,
        maps: Maps = None,
        lang: Language = "en",
    ) -> None:
        """Draw the pictures of a stored result: all, some by name, or maps of measures."""
        with told():
            from sim import reading

            result = reading.read(folder)
            with refused(refuse):
                figures = asked(result, names, maps, lang)
            write(figures, out or folder)

    @app.command()
    def report(folder: Stored, out: Page = None) -> None:
        """Write one page (HTML) about a run, comparison or sweep; it needs no server and no net."""
        with told():
            from sim import page, reading

            place, result = out or folder / PAGE, reading.read(folder)
            with refused(refuse):
                text = page.html(result)
            with written(place):
                place.write_text(text, encoding="utf-8")
            typer.echo(f"written to {place}")


def asked(
    result: Any, names: Sequence[str] | None, maps: Sequence[str] | None, lang: str = "en"
) -> dict[str, Figure]:
    """The pictures of a result by name: maps if asked, else those named, else all.

    Raises ValueError for a result without any, KeyError with the nearest name for another name.
    """
    if not hasattr(result, "plot"):
        raise ValueError("its picture is drawn by the command that made it")
    figures = {f"map_{name}": result.plot.map(name, lang=lang) for name in maps or ()}
    chosen = names or ([] if maps else result.plot.names())
    return figures | {n: result.plot(n, lang=lang, **SHORT.get(n, {})) for n in chosen}


def drawn(result: Any, folder: Path) -> None:
    """Draw what belongs to every result of a run or a comparison."""
    write(
        asked(result, [name for name in result.plot.names() if name in WITH_RESULTS], None), folder
    )


def write(figures: dict[str, Figure], folder: Path) -> None:
    """Write pictures into a folder and say where."""
    from sim import plots

    for name, figure in figures.items():
        path = folder / f"{name}.png"
        with written(path):
            typer.echo(f"picture {plots.save(figure, path)}")


@contextmanager
def refused(refuse: Refuse) -> Iterator[None]:
    """What cannot be drawn of this result, in words."""
    try:
        yield
    except (KeyError, ValueError) as error:
        refuse([str(error.args[0])])


@contextmanager
def written(path: Path) -> Iterator[None]:
    """The folder of a file, made; what cannot be written, in words."""
    from sim.store import ResultError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ResultError(f"{path.parent} cannot be written: {error.strerror}") from error
