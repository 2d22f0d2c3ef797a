"""What do commands share: options, folders, what a command line lends them?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

SCENARIOS, RESULTS = Path("scenarios"), Path("results")
MOST_SEED = 2**62

Told = Callable[[], AbstractContextManager[None]]
Place = Callable[[Path], Path]
Bar = Callable[[str, str], AbstractContextManager[Any]]
Asked = Callable[..., Any]

File = Annotated[Path, typer.Argument(help="scenario file (YAML)", show_default=False)]
Seed = Annotated[
    int | None, typer.Option(min=0, max=MOST_SEED, help="luck; the scenario's own if not given")
]
FirstSeed = Annotated[int | None, typer.Option(min=0, max=MOST_SEED, help="luck of the first run")]
Days = Annotated[int | None, typer.Option(min=1, help="measured days; the scenario's if not given")]
Warmup = Annotated[int | None, typer.Option(min=0, help="days played before they count")]
Engine = Annotated[str | None, typer.Option(help="auto, reference or compiled")]
Workers = Annotated[int | None, typer.Option(min=1, help="processes; one a processor if not given")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="a key of the file, e.g. days=3; may repeat"),
]
Out = Annotated[Path | None, typer.Option(help="result folder; results/<file> if not given")]
NamedOut = Annotated[
    Path | None, typer.Option("--out", help="result folder; one in results if not given")
]


def opened(folder: Path) -> Path:
    """The folder of a result that grows, made. Raises ResultError where none can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        from sim.store import ResultError

        raise ResultError(f"{folder} cannot be written: {error.strerror}") from error
    return folder
