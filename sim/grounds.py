"""What does one type to ask what the model rests on? `sim calibrate` and `sim evidence`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.options import (
    RESULTS,
    SCENARIOS,
    Asked,
    Bar,
    Days,
    FirstSeed,
    NamedOut,
    Told,
    Warmup,
    Workers,
    opened,
)

NATIONAL = SCENARIOS / "national_baseline.yaml"
TRIAL = {"world.nation": 1_000_000, "days": 7, "warmup": 7}

Calibrated = Annotated[Path, typer.Argument(help="scenario of a national world")]
Residents = Annotated[int | None, typer.Option("--world", help="residents of the sample at least")]
Rounds = Annotated[int, typer.Option(min=1, help="steps of the search at most")]
Quick = Annotated[bool, typer.Option("--quick", help="a small world, two weeks, one step: a trial")]
Effect = Annotated[
    str | None, typer.Argument(help="only this effect or scenario of scenarios/evidence")
]


def add(app: typer.Typer, told: Told, shown: Bar, asked: Asked) -> None:
    """Give a command line the commands `calibrate` and `evidence`.

    told: turns refusals into words; shown: a bar of progress; asked: reads a scenario with changes.
    """

    @app.command()
    def calibrate(
        file: Calibrated = NATIONAL,
        world: Residents = None,
        days: Days = None,
        warmup: Warmup = None,
        seed: FirstSeed = None,
        rounds: Rounds = 4,
        workers: Workers = None,
        out: NamedOut = None,
        quick: Quick = False,
    ) -> None:
        """Fit the free scalars to the statistics of 2022; say how well and what pins them."""
        with told():
            from sim import calibrating, report

            given = {"world.nation": world, "days": days, "warmup": warmup, "seed": seed}
            held = {key: value for key, value in given.items() if value is not None}
            scenario = asked(file, None, **((TRIAL if quick else {}) | held))
            folder, steps = opened(out or RESULTS / "calibration"), 1 if quick else rounds
            with shown("calibrating", "simulations") as progress:
                found = calibrating.calibrate(
                    scenario, steps, workers, folder, progress, calibrating.command(held, quick)
                )
            report.calibrated(found)
            typer.echo(f"written to {folder}/")

    @app.command()
    def evidence(name: Effect = None, out: NamedOut = None) -> None:
        """Play what studies observed; print model and reported effect, and whether they agree."""
        with told():
            from sim import evidence, report

            effects = evidence.named(name)
            kept = opened(out or RESULTS / "evidence") if out or name is None else None
            with shown("comparing with studies", "runs") as progress:
                table = evidence.answer(effects, progress=progress)
            report.evidence(table)
            if kept:
                typer.echo(f"written to {evidence.save(table, kept)}/")
