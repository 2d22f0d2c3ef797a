"""What does one type to ask what each policy of a programme contributes? `sim contributions`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.options import (
    RESULTS,
    Asked,
    Bar,
    Days,
    Engine,
    File,
    NamedOut,
    Place,
    Seed,
    Set,
    Told,
    Warmup,
    Workers,
)

if TYPE_CHECKING:
    import pandas as pd

    from sim.contributions import Contributions

ALL = "all"
DRAWN = (
    "wait_mean:hub", "wait_mean:county", "primary_share:all", "within_county:all",
    "advised_up:all", "unresolved:all",
)  # fmt: skip

Replications = Annotated[int | None, typer.Option(min=2, help="runs of each set of policies")]
KnockOut = Annotated[bool, typer.Option("--knock-out", help="also the whole minus each policy")]
Shown = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="MEASURE:TIER", help="what to show; may repeat"),
]


def add(app: typer.Typer, told: Told, place: Place, shown: Bar, asked: Asked) -> None:
    """Give a command line the command `contributions`.

    told: turns refusals into words; place: refuses a folder that cannot be written; shown: a bar;
    asked: reads a scenario with changes.
    """

    @app.command()
    def contributions(
        file: File,
        replications: Replications = None,
        seed: Seed = None,
        days: Days = None,
        warmup: Warmup = None,
        engine: Engine = None,
        workers: Workers = None,
        out: NamedOut = None,
        set_: Set = None,
        knock_out: KnockOut = False,
        measure: Shown = None,
    ) -> None:
        """What each policy adds to those before it, does alone, and is missed by; resumable."""
        with told():
            from sim import contributions as parts

            scenario = asked(file, set_, days=days, warmup=warmup, engine=engine)
            cells = wanted(scenario, replications, measure)
            folder = place(out or RESULTS / f"{file.stem}_contributions")
            kept = parts.Kept(folder)
            with shown("adding one by one", "runs") as progress:
                found = parts.contributions(
                    scenario, replications, seed, knock_out, kept, workers, progress=progress
                )
            found.save(folder)
            kept.drop()
            answered(found, rows_of(found.table, cells), folder)
        raise typer.Exit(int(bool(len(found.failures))))


def wanted(scenario: Any, replications: int | None, named: Sequence[str] | None) -> list[list[str]]:
    """Measures and tiers to show. Raises ScenarioError for what cannot be answered."""
    from sim import measures
    from sim.yamlfile import Problem, ScenarioError, Spot, nearest

    tiers = (ALL, *scenario.world().names.tiers)
    cells = [[name, tier or ALL] for name, _, tier in (n.partition(":") for n in named or DRAWN)]
    place = Spot("contributions")
    wrong = [Problem(place, "", f"there is no measure {name}", nearest(name, measures.names()))
             for name, _ in cells if name not in measures.names()]  # fmt: skip
    wrong += [Problem(place, "", f"there is no tier {tier}", nearest(tier, tiers))
              for _, tier in cells if named and tier not in tiers]  # fmt: skip
    if not scenario.policies:
        wrong.append(Problem(place, "", "the scenario has no policy that could contribute"))
    if (replications or scenario.replications) < 2:
        few = "an interval needs two replications or more: give --replications"
        wrong.append(Problem(place, "", few))
    if wrong:
        raise ScenarioError(wrong)
    return cells


def rows_of(table: pd.DataFrame, cells: Sequence[Sequence[str]]) -> pd.DataFrame:
    """The effects on each measure and tier to show, as far as the runs have them, in order."""
    import pandas as pd

    whole = table[table["group"] == ALL]
    by = dict(list(whole.groupby(["measure", "tier"], sort=False)))
    asked = [by[measure, tier] for measure, tier in cells if (measure, tier) in by]
    kept = [rows for rows in asked if {"whole", "interaction"} <= set(rows["effect"])]
    return pd.concat(kept) if kept else table.iloc[:0]


def answered(found: Contributions, shown: pd.DataFrame, folder: Path) -> None:
    """Print a table a measure, draw the pictures, and say what failed."""
    from sim import plots, report
    from sim.pictures import DIGITS

    source = f"{found.source}; contributions {found.content_hash[:DIGITS]}"
    if len(shown):
        for panel in plots.panels(shown):
            report.contributed(panel)
        figures = {"waterfall": plots.waterfall(shown, source)}
        if "lost" in set(shown["effect"]):
            figures["knock_outs"] = plots.knock_outs(shown, source)
        for name, figure in figures.items():
            typer.echo(f"picture {plots.save(figure, folder / f'{name}.png')}")
    for arm, seed, error in found.failures.itertuples(index=False):
        typer.echo(f"failed: {arm}, seed {seed}: {error}", err=True)
    typer.echo(f"{found.source}\nwritten to {folder}/: every measure in table.csv")
