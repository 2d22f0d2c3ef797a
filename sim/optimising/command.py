"""How is a search told on the terminal?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from sim.analysis.frames import library
from sim.optimising.asked import Sought
from sim.optimising.playing import unit_of
from sim.optimising.result import ASKED, Optimum
from sim.sweeping import folder

PER_CENT = 100
UNITS = {"1": ("%", "points")}  # of shares and of their differences
NEEDED = {"sklearn.gaussian_process": "scikit-learn", "statsmodels.stats.multitest": "statsmodels"}


def check_libraries(refuse: Callable[[str], None]) -> None:
    """Refuse before anything is played where a library is missing."""
    try:
        for module, package in NEEDED.items():
            library(module, package)
    except ImportError as error:
        refuse(str(error))


def check_place(path: Path) -> Path:
    """The folder. Raises ResultError where a search cannot be: it is taken, or none can be made."""
    folder.check_place(path, ASKED)
    return path


def planned(sought: Sought, place: Path, console: Console | None = None) -> None:
    """Say what will be played, what the budget is, and what lies there already."""
    search, console = sought.search, console or Console()
    console.print(f"[bold]{search.question}[/]")
    console.print(f"budget {search.budget:g} {search.unit} for {', '.join(search.doses)}")
    trial, end = search.candidates * search.first, search.confirming
    rest = search.replications - trial - end
    first = f"{trial} to try {search.candidates} candidates"
    last = f"{rest} where there is doubt, {end} with fresh luck for those chosen"
    console.print(f"{search.replications} runs: {first}, {last}")
    if there := len(list((place / folder.PLAYED).glob("*.parquet"))):
        console.print(f"{there} runs lie in {place}: those that are asked for are not played again")


def found(optimum: Optimum, console: Console | None = None) -> None:
    """Print the front, what it changes against the lowest doses, and what failed."""
    console = console or Console()
    console.print(_table(optimum))
    console.print("point 0: every dose at its lowest; fresh luck, 95 % t intervals")
    if len(lost := _lost(optimum.front)):
        points = ", ".join(map(str, lost))
        console.print(f"[yellow]with fresh luck another dominates point {points}[/]")
    for _, failure in optimum.failures.iterrows():
        console.print(f"[red]point {failure['point']}, seed {failure['seed']} failed: "
                      f"{failure['error']}[/]")  # fmt: skip


def _lost(front: pd.DataFrame) -> list[int]:
    return list(dict.fromkeys(front.loc[~front["holds"].astype(bool), "point"]))


def _table(optimum: Optimum) -> Table:
    search = optimum.sought.search
    table = Table(title="doses on the front")
    titles = ["point", *(key.removeprefix("policies.") for key in search.doses), search.unit]
    for title in titles:
        table.add_column(title, justify="right")
    for each in search.objectives:
        where = "" if each.tier == "all" else f" {each.tier}"
        unit, points = UNITS.get(unit_of(each.measure), (unit_of(each.measure),) * 2)
        table.add_column(f"{each.measure}{where}\n\\[{unit}], {each.want}", justify="right")
        table.add_column(f"against point 0\n\\[{points}]", justify="right")
    for point, rows in optimum.front.groupby("point", sort=False):
        first = rows.iloc[0]
        doses = [f"{first[key]:.3g}" for key in search.doses]
        cells = [text for _, row in rows.iterrows() for text in _told(row)]
        table.add_row(str(point), *doses, f"{first['cost']:.3g}", *cells)
    return table


def _told(row: pd.Series) -> tuple[str, str]:
    """A value and its difference with half of their intervals; shares in per cent."""
    many = PER_CENT if row["unit"] == "1" else 1
    half = row["high"] - row["value"]
    value = f"{many * row['value']:.4g} ± {many * half:.2g}"
    if pd.isna(row["difference"]):
        return value, "–"
    half = row["difference_high"] - row["difference"]
    return value, f"{many * row['difference']:+.3g} ± {many * half:.2g}"
