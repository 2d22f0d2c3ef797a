"""What does one type? `sim list`, `check`, `run`, `compare`, `sweep`, `verify`, `plot`, …

Exit status: 0 done; 1 a run failed or something differs from what it must be; 2 bad input, with one
problem a line on standard error and nothing written. Other rooms load when a command needs them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sim import (
    claiming,
    contributing,
    experimenting,
    exporting,
    grounds,
    searching,
    showing,
    validating,
)
from sim.options import (
    RESULTS,
    SCENARIOS,
    Days,
    Engine,
    File,
    NamedOut,
    Out,
    Seed,
    Set,
    Warmup,
    Workers,
)

if TYPE_CHECKING:
    from sim.scenario import Scenario

DONE, DIFFERS, BAD_INPUT, STOPPED = 0, 1, 2, 130
DOSE = "policies."
VERIFICATION = SCENARIOS / "verification"

app = typer.Typer(
    name="sim",
    help="Patient flow in China's tiered health care: play scenarios and compare policies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

new = typer.Typer(help="Start something of one's own: a policy.", no_args_is_help=True)
app.add_typer(new, name="new")

Events = Annotated[bool, typer.Option("--events", help="also keep every visit, stay and request")]
Replications = Annotated[int | None, typer.Option(min=2, help="pairs of runs")]
Only = Annotated[str | None, typer.Option(help="only scenarios whose name contains this")]
Target = Annotated[Path | None, typer.Argument(help="file to write; printed if not given")]
Name = Annotated[str, typer.Argument(help="its name in scenario files", show_default=False)]
Folder = Annotated[Path | None, typer.Option(help="where to, if not among the policies of sim")]

Words = Annotated[
    list[str] | None,
    typer.Argument(help="words that all occur in it; scalars only if not given"),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="as Markdown; without words the page")]

Progress = Callable[[int, int], None]


def main() -> None:
    """The command `sim`."""
    app()


@app.command("list")
def list_() -> None:
    """Scenarios, policies and measures, each with one line."""
    from sim import report

    report.inventory(SCENARIOS)


@app.command()
def check(file: File, set_: Set = None) -> None:
    """Validate a scenario; show what each policy changes: field, before, after."""
    with told():
        from sim import report

        scenario = asked(file, set_)
        scenario.timeline()
        report.checked(file, scenario)


@app.command()
def run(
    file: File,
    seed: Seed = None,
    days: Days = None,
    warmup: Warmup = None,
    engine: Engine = None,
    out: Out = None,
    events: Events = False,
    set_: Set = None,
) -> None:
    """Play a scenario once; print its measures by tier and store what happened."""
    with told():
        from sim import experiment, report

        scenario = asked(file, set_, days=days, warmup=warmup, engine=engine)
        folder = place(out or RESULTS / file.stem)
        report.warnings(scenario)
        with rows_beside(folder, events) as log:
            with shown("playing", "days") as progress:
                once = experiment.run(scenario, seed=seed, progress=progress, events=log)
            closed = report.played(once)
            stored(once, folder)
    raise typer.Exit(DONE if closed else DIFFERS)


@app.command()
def compare(
    baseline: File,
    scenario: File,
    replications: Replications = None,
    seed: Seed = None,
    days: Days = None,
    warmup: Warmup = None,
    engine: Engine = None,
    workers: Workers = None,
    out: NamedOut = None,
    set_: Set = None,
) -> None:
    """Play two scenarios under the same luck; print paired differences with their intervals."""
    with told():
        from sim import experiment, report

        given = {"days": days, "warmup": warmup, "engine": engine}
        first, second = arms((baseline, scenario), set_, **given)
        comparable(first, second, replications)
        folder = place(out or RESULTS / f"{scenario.stem}_against_{baseline.stem}")
        report.comparing(first, second)
        with shown("comparing", "runs") as progress:
            found = experiment.compare(
                first, second, replications, seed, workers=workers, progress=progress
            )
        report.compared(found)
        stored(found, folder)
    raise typer.Exit(DIFFERS if len(found.failures) else DONE)


@app.command()
def verify(only: Only = None, engine: Engine = None) -> None:
    """Play textbook queues; print what is simulated, its interval, the theory and z."""
    with told():
        from sim import report, verification

        files = [path for path in sorted(VERIFICATION.glob("*.yaml")) if (only or "") in path.stem]
        if not files:
            refuse([f"{VERIFICATION}: no scenario" + (f" named like {only}" if only else "")])
        asked(files[0], None, engine=engine)
        with shown("verifying", "runs") as progress:
            table = verification.verify(files, progress, engine)
        met = report.verified(table)
    raise typer.Exit(DONE if met else DIFFERS)


@app.command()
def schema(file: Target = None) -> None:
    """Print or write the JSON Schema of scenario files, for editors that complete and warn."""
    with told():
        from sim import schema

        if file is None:
            typer.echo(schema.text(), nl=False)
            return
        try:
            schema.write(file)
        except OSError as error:
            refuse([f"{file} cannot be written: {error.strerror}"])
        typer.echo(f"written to {file}")


@app.command()
def parameters(words: Words = None, markdown: Markdown = False) -> None:
    """Every number of the model: value, range, source, and whether it was fitted."""
    from sim import parameters, report

    if markdown and not words:
        typer.echo(parameters.page(), nl=False)
        return
    try:
        some = parameters.found(words or ())
    except KeyError as unknown:
        refuse([unknown.args[0]])
    if markdown:
        typer.echo("\n".join(parameters.listed(some)), nl=False)
    else:
        report.numbers(some, bool(words))


@new.command("policy")
def new_policy(name: Name, folder: Folder = None) -> None:
    """Write a commented policy that keeps the contract, and say what to do next."""
    with told():
        from sim import skeleton

        typer.echo(skeleton.next_steps(skeleton.write(name, folder)))


# --- what commands share ---------------------------------------------------------------------


@contextmanager
def told() -> Iterator[None]:
    """Bad input in words, one problem a line, instead of a traceback; so is an interruption."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        raise typer.Exit(STOPPED) from None
    except Exception as error:
        from sim.store import ResultError
        from sim.yamlfile import ScenarioError

        if not isinstance(error, ScenarioError | ResultError):
            raise
        refuse(str(error).splitlines())


def refuse(problems: Sequence[str]) -> NoReturn:
    """Say what is wrong and stop."""
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(BAD_INPUT)


def asked(file: Path, changes: Sequence[str] | None, **given: Any) -> Scenario:
    """The scenario of a file with what the command line changes."""
    from sim.scenario import load

    scenario = load(file)
    pairs = [change.partition("=") for change in changes or ()]
    if wrong := [key for key, equals, _ in pairs if not equals]:
        refuse([f"--set {key}: KEY=VALUE expected" for key in wrong])
    values = {key: value for key, _, value in pairs}
    values |= {key: value for key, value in given.items() if value is not None}
    for key, value in values.items():
        scenario = scenario.with_value(key, value)
    return scenario


def arms(files: Sequence[Path], changes: Sequence[str] | None, **given: Any) -> list[Scenario]:
    """The scenarios of a comparison; a changed dose goes to the arms that have policies."""
    from sim.scenario import load

    dosed = {file for file in files if load(file).policies} or set(files)
    return [
        asked(file, [c for c in changes or () if file in dosed or not c.startswith(DOSE)], **given)
        for file in files
    ]


def place(folder: Path) -> Path:
    """The folder of a result, refused before anything is played if it cannot be written."""
    from sim import store

    store.check_place(folder)
    return folder


@contextmanager
def rows_beside(folder: Path, wanted: bool) -> Iterator[Path | None]:
    """A hidden folder beside the result, into which rows stream until the result takes them."""
    import shutil

    from sim.store import ResultError

    log = folder.with_name(f".{folder.name}.{os.getpid()}.events") if wanted else None
    try:
        yield log
    except OSError as error:
        raise ResultError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        if log is not None:
            shutil.rmtree(log, ignore_errors=True)


def comparable(baseline: Scenario, scenario: Scenario, pairs: int | None) -> None:
    """Refuse arms that are not measured over the same days, and less than two pairs of runs."""
    both = {"days": (baseline.days, scenario.days), "warmup": (baseline.warmup, scenario.warmup)}
    refused = [
        f"{key} differs between the scenarios, {a} and {b}: give --{key}"
        for key, (a, b) in both.items()
        if a != b
    ]
    if (pairs or baseline.replications) < 2:
        refused.append("an interval needs two pairs or more: give --replications")
    if refused:
        refuse(refused)


@contextmanager
def shown(title: str, unit: str) -> Iterator[Progress]:
    """A bar on standard error with what is done, the time taken and the time left."""
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn(),
        bars.TextColumn(unit), bars.TimeElapsedColumn(), bars.TextColumn("left"),
        bars.TimeRemainingColumn(),
    )  # fmt: skip
    with bars.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def stored(result: Any, folder: Path) -> None:
    """Write a result and its pictures, and say where."""
    result.save(folder)
    showing.drawn(result, folder)
    typer.echo(f"written to {folder}/")


grounds.add(app, told, shown, asked)
showing.add(app, told, refuse)
experimenting.add(app, told, shown)
searching.add(app, told, shown)
validating.add(app, told, place, shown)
contributing.add(app, told, place, shown, asked)
claiming.add(app, told, shown)
exporting.add(app, told)

if __name__ == "__main__":
    main()
