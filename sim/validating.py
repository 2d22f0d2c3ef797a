"""What does one type to put facts beside the model? `sim validate FACTS.csv`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.options import (
    RESULTS,
    SCENARIOS,
    Bar,
    Days,
    Engine,
    FirstSeed,
    Place,
    Told,
    Warmup,
)

Facts = Annotated[
    Path, typer.Argument(help="facts, as in sim/data/calibration.csv", show_default=False)
]
Listed = Annotated[bool, typer.Option("--list", help="what answers each fact; play nothing")]
Ids = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID", help="only this fact; may repeat")
]
Quantities = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="only facts of this quantity; may repeat")
]
Demand = Annotated[
    list[str] | None,
    typer.Option(
        "--demand-from",
        metavar="ID",
        help="fact (visits, admissions) that sets the demand of its year; may repeat",
    ),
]
Runs = Annotated[int, typer.Option("--replications", min=1, help="runs of each scenario")]
Baselines = Annotated[Path, typer.Option("--scenario-dir", help="where *_baseline.yaml lie")]
Out = Annotated[
    Path | None, typer.Option(help="result folder; results/validation_<facts> if not given")
]


def add(app: typer.Typer, told: Told, place: Place, shown: Bar) -> None:
    """Give a command line the command `validate`.

    told: turns refusals into words; place: refuses a folder that cannot be written; shown: a bar.
    """

    @app.command()
    def validate(
        facts: Facts,
        list_: Listed = False,
        only: Ids = None,
        quantity: Quantities = None,
        demand_from: Demand = None,
        days: Days = None,
        warmup: Warmup = None,
        replications: Runs = 1,
        seed: FirstSeed = None,
        engine: Engine = None,
        scenario_dir: Baselines = SCENARIOS,
        out: Out = None,
    ) -> None:
        """Put facts beside the model: what answers each, how far off, whether it was fitted."""
        with told():
            from sim import validation
            from sim.validation import command

            which = (only or (), quantity or ())
            if list_:
                command.listing(validation.mapping(facts, scenario_dir, *which))
                return
            folder = place(out or RESULTS / f"validation_{facts.stem}")
            given = validation.Options(scenario_dir, days, warmup, replications, seed, engine)
            with shown("validating", "days") as progress:
                found = validation.validate(facts, given, *which, demand_from or (), progress)
            command.answered(found)
            command.kept(found, folder, typer.echo)
