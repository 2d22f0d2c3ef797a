"""What does one type to spend a budget? `sim optimise`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.options import RESULTS, Bar, FirstSeed, Out, Place, Told, Workers

File = Annotated[Path, typer.Argument(help="search file (YAML)", show_default=False)]


def add(app: typer.Typer, told: Told, place: Place, shown: Bar) -> None:
    """Give a command line the command `optimise`.

    told: turns refusals into words; place: refuses a folder that cannot be written; shown: a bar.
    """

    @app.command()
    def optimise(
        file: File, seed: FirstSeed = None, workers: Workers = None, out: Out = None
    ) -> None:
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
