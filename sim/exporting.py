"""What does one type to hand a run to other tools? `sim export RUN --format …`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sim.options import Told

Format = Literal["vidigi", "xes", "ocel", "csv"]

Stored = Annotated[Path, typer.Argument(help="result folder of a run", show_default=False)]
Wanted = Annotated[Format, typer.Option("--format", help="animation, process mining or tables")]
Out = Annotated[Path | None, typer.Option(help="where to; RUN_export if not given")]
Day = Annotated[
    int | None, typer.Option(min=0, help="day to animate, from day 0; else the first measured")
]


def add(app: typer.Typer, told: Told) -> None:
    """Give a command line the command `export`. told: turns refusals into words."""

    @app.command()
    def export(run: Stored, format: Wanted, out: Out = None, day: Day = None) -> None:
        """Write a run's event log for animation (vidigi 2), XES, OCEL 2.0 or CSV."""
        with told():
            for line in exported(run, format, out or run.with_name(f"{run.name}_export"), day):
                typer.echo(line)


def exported(folder: Path, form: Format, out: Path, day: int | None = None) -> list[str]:
    """Write a stored run in a form; what was written, in words.

    Raises ResultError for what is no run, has no log, or cannot be written.
    """
    from sim import store
    from sim.log import NoLog

    run = store.read(folder)
    if not isinstance(run, store.StoredRun):
        raise store.ResultError(f"{folder} is a {run.manifest['kind']}; only a run is exported")
    try:
        out.mkdir(parents=True, exist_ok=True)
        return FORMS[form](run, out, day)
    except OSError as error:
        raise store.ResultError(f"{out} cannot be written: {error.strerror or error}") from error
    except (NoLog, ValueError) as error:
        raise store.ResultError(f"{folder}: {error}") from None


def tables(run: Any, out: Path, day: int | None = None) -> list[str]:
    """events.csv, and the run's summary.csv beside it."""
    import shutil

    from sim import exports

    rows = exports.events(run)
    rows.to_csv(out / "events.csv", index=False, lineterminator="\n")
    shutil.copyfile(run.path / "summary.csv", out / "summary.csv")
    counted = f"{rows['case'].nunique():,} cases, {len(rows):,} events"
    return [f"{out / 'events.csv'}: {counted}", f"{out / 'summary.csv'}: measures by tier"]


def mining(form: str, name: str) -> Callable[..., list[str]]:
    """A writer for process mining, by its module, into a file of a name."""

    def write(run: Any, out: Path, day: int | None = None) -> list[str]:
        from importlib import import_module

        cases, rows = import_module(f"sim.exports.{form}").write(run, out / name)
        return [f"{out / name}: {cases:,} cases, {rows:,} events"]

    return write


def moving(run: Any, out: Path, day: int | None = None) -> list[str]:
    """vidigi.csv, and animation.html where vidigi is installed."""
    from sim.exports import animation

    rows = animation.log(run)
    rows.to_csv(out / "vidigi.csv", index=False, lineterminator="\n")
    said = [f"{out / 'vidigi.csv'}: {rows['entity_id'].nunique():,} visits, {len(rows):,} events"]
    try:
        figure = animation.animate(run, day)
    except animation.NoVidigi as missing:
        return [*said, f"no picture: {missing}"]
    figure.write_html(out / "animation.html", include_plotlyjs=True, auto_play=False)
    return [*said, f"{out / 'animation.html'}: one day, playable in any browser"]


FORMS: dict[str, Callable[..., list[str]]] = {
    "vidigi": moving, "xes": mining("xes", "log.xes"), "ocel": mining("ocel", "log.ocel.json"),
    "csv": tables,
}  # fmt: skip
