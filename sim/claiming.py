"""What does one type to ask whether the policies' claims hold? `sim claims`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.options import RESULTS, SCENARIOS, Bar, Told, Workers, opened

RUNS = "runs"

Policies = Annotated[
    list[str] | None, typer.Argument(metavar="POLICY", help="only these; all if not given")
]
Pairs = Annotated[int, typer.Option(min=2, help="pairs of runs of each claim")]
Draws = Annotated[int, typer.Option(min=0, help="draws of the posterior sample, one pair each")]
BreakEven = Annotated[
    bool, typer.Option("--break-even", help="also the dose from which on it matters")
]
Scenarios = Annotated[Path, typer.Option("--scenario-dir", help="where the claims' worlds lie")]
Out = Annotated[Path | None, typer.Option(help="result folder; results/claims if not given")]


def add(app: typer.Typer, told: Told, shown: Bar) -> None:
    """Give a command line the command `claims`.

    told: turns refusals into words; shown: a bar.
    """

    @app.command()
    def claims(
        policy: Policies = None,
        pairs: Pairs = 3,
        draws: Draws = 0,
        break_even: BreakEven = False,
        workers: Workers = None,
        scenario_dir: Scenarios = SCENARIOS,
        out: Out = None,
    ) -> None:
        """Play every claim of the policies: effect, interval, break-even, draws, who loses."""
        with told():
            from sim import answers, report
            from sim.claims import answered
            from sim.pairs import Options

            names = answers.named(policy or ())
            folder = opened(out or RESULTS / "claims")
            options = Options(pairs, draws, break_even, scenario_dir)
            new = answers.pending(names, folder, options)
            if len(new) < len(names):
                typer.echo(f"{len(names) - len(new)} of {len(names)} policies answered already")
            with shown("asking claims", "runs") as progress:
                for table in answered(new, options, folder / RUNS, workers, progress):
                    answers.save(table, folder)
                    typer.echo(answers.told(table))
            report.claims(answers.read(folder, names))
            typer.echo(f"written to {folder}/ (doses, who loses, where it should fail: README.md)")
