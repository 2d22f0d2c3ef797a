"""What does one type to spend a budget? `sim optimise`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

RESULTS = Path("results")
MOST_SEED = 2**62

File = Annotated[Path, typer.Argument(help="search file (YAML)", show_default=False)]
Seed = Annotated[int | None, typer.Option(min=0, max=MOST_SEED, help="luck of the first run")]
Workers = Annotated[int | None, typer.Option(min=1, help="processes; else one a processor")]
Out = Annotated[Path | None, typer.Option(help="result folder; results/<file> if not given")]


def add(
    app: typer.Typer,
    told: Callable[[], AbstractContextManager[None]],
    place: Callable[[Path], Path],
    shown: Callable[[str, str], AbstractContextManager[Any]],
) -> None:
    """Give a command line the command `optimise`.

    told: turns refusals into words; place: refuses a folder that cannot be written; shown: a bar.
    """

    @app.command()
    def optimise(file: File, seed: Seed = None, workers: Workers = None, out: Out = None) -> None:
        """Search doses within a budget; print those on the front with their intervals."""
        with told():
            from sim import optimising
            from sim.optimising import command

            command.check_libraries(told_missing)
            sought = optimising.load(file)
            folder = place(out or RESULTS / file.stem)
            command.planned(sought)
            with shown("searching", "runs") as progress:
                found = optimising.optimise(sought, seed=seed, workers=workers, progress=progress)
            command.found(found)
            found.save(folder)
            typer.echo(f"written to {folder}/")
        raise typer.Exit(int(bool(len(found.failures))))


def told_missing(problem: str) -> None:
    """Say which library is missing, and stop."""
    typer.echo(problem, err=True)
    raise typer.Exit(2)
