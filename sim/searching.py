"""What does one type to spend a budget? `sim optimise`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.options import RESULTS, Bar, FirstSeed, Out, Told, Workers

File = Annotated[Path, typer.Argument(help="search file (YAML)", show_default=False)]
Cluster = Annotated[
    str | None, typer.Option("--engine", metavar="dask://HOST:PORT", help="a Dask cluster instead")
]


def add(app: typer.Typer, told: Told, shown: Bar) -> None:
    """Give a command line the command `optimise`.

    told: turns refusals into words; shown: a bar.
    """

    @app.command()
    def optimise(
        file: File,
        seed: FirstSeed = None,
        workers: Workers = None,
        engine: Cluster = None,
        out: Out = None,
    ) -> None:
        """Search doses within a budget; goes on where it was stopped, however it was stopped."""
        with told():
            from sim import optimising
            from sim.optimising import command

            command.check_libraries(told_missing)
            sought = optimising.load(file)
            folder = command.check_place(out or RESULTS / file.stem)
            command.planned(sought, folder)
            with shown("searching", "runs") as progress:
                found = optimising.optimise(sought, seed=seed, workers=workers, engine=engine,
                                            progress=progress, out=folder)  # fmt: skip
            command.found(found)
            typer.echo(f"written to {folder}/")
        raise typer.Exit(int(bool(len(found.failures))))


def told_missing(problem: str) -> None:
    """Say which library is missing, and stop."""
    typer.echo(problem, err=True)
    raise typer.Exit(2)
