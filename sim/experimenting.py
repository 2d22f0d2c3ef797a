"""What does one type to run an experiment, publish it and prove it? sweep, publish, reproduce."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.options import RESULTS, Bar, Out, Told, Workers

PUBLISHED, REPRODUCED = RESULTS / "published", RESULTS / "reproduced"

File = Annotated[Path, typer.Argument(help="experiment file (YAML)", show_default=False)]
Swept = Annotated[
    Path, typer.Argument(help="folder of a finished sweep or search", show_default=False)
]
Name = Annotated[str, typer.Argument(help="its name in results/published", show_default=False)]
Shown = Annotated[Path, typer.Argument(help="results/published/NAME", show_default=False)]
Cluster = Annotated[
    str | None, typer.Option("--engine", metavar="dask://HOST:PORT", help="a Dask cluster instead")
]
Again = Annotated[Path | None, typer.Option(help="folder of the new runs; results/reproduced/NAME")]
Quick = Annotated[bool, typer.Option("--quick", help="only a sample of the runs, bit for bit")]


def add(app: typer.Typer, told: Told, shown: Bar) -> None:
    """Give a command line the commands of experiments.

    told: turns refusals into words; shown: a bar.
    """
    _add_sweep(app, told, shown)
    _add_published(app, told, shown)


def _add_sweep(app: typer.Typer, told: Told, shown: Bar) -> None:

    @app.command()
    def sweep(file: File, workers: Workers = None, engine: Cluster = None, out: Out = None) -> None:
        """Play all runs of an experiment; goes on where it was stopped, however it was stopped."""
        with told():
            from sim import sweeping
            from sim.sweeping import asked, command, folder

            experiment = asked.load(file)
            place = out or RESULTS / file.stem
            folder.check_place(place)
            checked = asked.checked(experiment)
            command.planned(checked)
            with shown("sweeping", "runs") as progress:
                found = sweeping.sweep(experiment, place, workers, engine, progress=progress)
            whole = command.swept(found, checked)
            typer.echo(f"written to {place}/")
        raise typer.Exit(int(not whole))


def _add_published(app: typer.Typer, told: Told, shown: Bar) -> None:
    @app.command()
    def publish(folder: Swept, name: Name) -> None:
        """Put a sweep's or search's tables, question, pictures into results/published, for git."""
        with told():
            from sim import reading

            found = reading.read(folder)
            place = _publishing(found).publish(found, PUBLISHED / name)
            typer.echo(f"published in {place}/")

    @app.command()
    def reproduce(
        folder: Shown,
        quick: Quick = False,
        workers: Workers = None,
        engine: Cluster = None,
        out: Again = None,
    ) -> None:
        """Play a published result again; exit status 0 if every table is the same, else 1."""
        with told():
            from sim import reading
            from sim.sweeping import command

            published = reading.published(folder)
            command.expected(published, _tried(published)(published, quick, workers, engine))
            clock, play = command.Clock(), _publishing(published).reproduce
            with shown("reproducing", "runs") as progress:
                found = play(published, out or REPRODUCED / folder.name, quick, workers, engine,
                             progress)  # fmt: skip
            clock.tell()
            same = command.reproduced(found, quick)
        raise typer.Exit(int(not same))


def _publishing(result: Any) -> Any:
    """The room that publishes such a result."""
    return import_module(f"sim.{_room(result)}.publishing")


def _tried(result: Any) -> Any:
    """What says how long such a result takes to play again."""
    place = "sweeping.trial" if _room(result) == "sweeping" else "optimising.publishing"
    return import_module(f"sim.{place}").tried


def _room(result: Any) -> str:
    return "optimising" if result.manifest["kind"].endswith("search") else "sweeping"
