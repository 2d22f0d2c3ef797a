"""What does one type to calibrate? The command `sim calibrate`; the work is in `calibrating`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

NATIONAL = Path("scenarios") / "national_baseline.yaml"
FOLDER = Path("results") / "calibration"
SMALL = {"world.nation": 1_000_000, "days": 7, "warmup": 7}
ROUNDS = 4

File = Annotated[Path, typer.Argument(help="scenario of a national world")]
Residents = Annotated[int | None, typer.Option("--world", help="residents of the sample at least")]
Days = Annotated[int | None, typer.Option(min=1, help="measured days")]
Warmup = Annotated[int | None, typer.Option(min=0, help="days played before they count")]
Seed = Annotated[int | None, typer.Option(min=0, help="luck of every simulation")]
Rounds = Annotated[int, typer.Option(min=1, help="steps of the search at most")]
Workers = Annotated[int | None, typer.Option(min=1, help="processes; else one a processor")]
Out = Annotated[Path, typer.Option(help="result folder; a stopped calibration goes on there")]
Quick = Annotated[bool, typer.Option("--quick", help="a small world, two weeks, one step: a trial")]


def add(
    app: typer.Typer,
    told: Callable[[], AbstractContextManager[None]],
    shown: Callable[[str, str], AbstractContextManager[Any]],
    asked: Callable[..., Any],
) -> None:
    """Give a command line the command `calibrate`.

    told: turns refusals into words; shown: a bar; asked: the scenario of a file with changes.
    """

    @app.command()
    def calibrate(
        file: File = NATIONAL,
        world: Residents = None,
        days: Days = None,
        warmup: Warmup = None,
        seed: Seed = None,
        rounds: Rounds = ROUNDS,
        workers: Workers = None,
        out: Out = FOLDER,
        quick: Quick = False,
    ) -> None:
        """Fit the free scalars to the statistics of 2022; say how well and what pins them."""
        given = {"world.nation": world, "days": days, "warmup": warmup, "seed": seed}
        held = {key: value for key, value in given.items() if value is not None}
        with told():
            from sim import calibrating, report

            scenario = asked(file, None, **((SMALL if quick else {}) | held))
            words = calibrating.command(held, quick)
            with shown("calibrating", "simulations") as progress:
                found = calibrating.calibrate(
                    scenario, 1 if quick else rounds, workers, out, progress, words
                )
            report.calibrated(found)
            typer.echo(f"written to {out}/")
