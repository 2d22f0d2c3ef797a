"""What does one type to put facts beside the model? `sim validate FACTS.csv`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

SCENARIOS, RESULTS = Path("scenarios"), Path("results")
MOST_SEED = 2**62

Facts = Annotated[
    Path, typer.Argument(help="facts, as in sim/data/calibration.csv", show_default=False)
]
Listed = Annotated[bool, typer.Option("--list", help="what answers each fact; play nothing")]
Ids = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID", help="only this fact; may repeat")
]
Quantities = Annotated[
    list[str] | None, typer.Option("--quantity", help="only facts of this quantity; may repeat")
]
Demand = Annotated[
    list[str] | None,
    typer.Option(
        "--demand-from",
        metavar="ID",
        help="fact (visits, admissions) that sets the demand of its year; may repeat",
    ),
]
Days = Annotated[int | None, typer.Option(min=1, help="measured days; else the scenario's")]
Warmup = Annotated[int | None, typer.Option(min=0, help="days played before they count")]
Runs = Annotated[int, typer.Option("--replications", min=1, help="runs of each scenario")]
Seed = Annotated[int | None, typer.Option(min=0, max=MOST_SEED, help="luck of the first run")]
Engine = Annotated[str | None, typer.Option(help="auto, reference or compiled")]
Baselines = Annotated[Path, typer.Option("--scenario-dir", help="where *_baseline.yaml lie")]
Out = Annotated[Path | None, typer.Option(help="result folder; results/validation_<FACTS>")]


def add(
    app: typer.Typer,
    told: Callable[[], AbstractContextManager[None]],
    place: Callable[[Path], Path],
    shown: Callable[[str, str], AbstractContextManager[Any]],
) -> None:
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
        seed: Seed = None,
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
