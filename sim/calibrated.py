"""What did a calibration find? Tables, pictures and a page in results/calibration."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim import plots, store
from sim.calibration import DRAWS, Fit, Free, identified, sample
from sim.calibration_targets import COMPARED, FITTED, IDENTITY, Target, fitted, targets

PINNING = 3  # facts named for each scalar
FEW = 0.6  # correlation from which two scalars are named together
SIGNIFICANT = 4


def fit_table(found: Fit, luck: Mapping[str, float]) -> pd.DataFrame:
    """Every target: fact, model before and after, difference in its unit and in tolerances.

    luck: standard deviation of the model's answer between seeds.
    """
    return pd.DataFrame([
        {
            "target": each.name, "words": each.words, "role": each.role, "facts": each.formula,
            "fact": each.fact, "before": found.before[each.name], "after": found.after[each.name],
            "difference": found.after[each.name] - each.fact,
            "relative": found.after[each.name] / each.fact - 1.0, "tolerance": each.tolerance,
            "in_tolerances": (found.after[each.name] - each.fact) / each.tolerance,
            "luck": luck[each.name],
        }
        for each in targets()
    ])  # fmt: skip


def parameter_table(found: Fit, scalars: Sequence[Free]) -> pd.DataFrame:
    """Every free scalar: value, posterior and prior standard deviation, range, what pins it."""
    return pd.DataFrame([
        {
            "parameter": each.name, "start": each.start, "value": found.value[k],
            "standard_error": found.spread[k], "prior_spread": each.spread, "low": each.low,
            "high": each.high, "posterior_over_prior": found.spread[k] / each.spread,
            "identified": identified(found.spread[k] / each.spread),
            "pinned_by": ", ".join(pins(found, scalars)[each.name]),
        }
        for k, each in enumerate(scalars)
    ])  # fmt: skip


def sensitivity_table(found: Fit, scalars: Sequence[Free]) -> pd.DataFrame:
    """Normalised Jacobian: weighed tolerances that one prior spread of a scalar moves a target."""
    aims = fitted()
    scale = np.array([each.scale for each in aims])
    spread = np.array([each.spread for each in scalars])
    table = pd.DataFrame(
        found.jacobian * spread / scale[:, None], columns=[each.name for each in scalars]
    )
    table.insert(0, "target", [each.name for each in aims])
    return table


def pins(found: Fit, scalars: Sequence[Free]) -> dict[str, list[str]]:
    """The facts that say most about each scalar: those that move most with it, less all others.

    What of a scalar's column of the weighed Jacobian the other columns (and their priors) cannot
    imitate, by target.
    """
    table = sensitivity_table(found, scalars)
    names = list(table["target"])
    columns = table.drop(columns="target").to_numpy()
    best = {}
    for k, each in enumerate(scalars):
        others = np.delete(columns, k, axis=1)
        ridge = others.T @ others + np.eye(others.shape[1])
        own = columns[:, k] - others @ np.linalg.solve(ridge, others.T @ columns[:, k])
        best[each.name] = [names[i] for i in np.argsort(-np.abs(own))[:PINNING]]
    return best


def correlation_table(found: Fit, scalars: Sequence[Free]) -> pd.DataFrame:
    """Posterior correlations."""
    names = [each.name for each in scalars]
    matrix = found.covariance / np.outer(found.spread, found.spread)
    return pd.DataFrame(matrix, columns=names).assign(parameter=names)[["parameter", *names]]


def posterior_table(found: Fit, scalars: Sequence[Free]) -> pd.DataFrame:
    """The posterior sample, a draw a row, as `sim/data/fit/posterior.csv` ships it."""
    draws = sample(scalars, found.value, found.covariance, DRAWS)
    table = pd.DataFrame(draws, columns=[each.name for each in scalars])
    table.insert(0, "draw", np.arange(len(table)))
    return table


def write(
    folder: Path, found: Fit, scalars: Sequence[Free], luck: Mapping[str, float],
    asked: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """Tables, pictures, page and manifest into a folder; gives the tables by name."""
    tables = {
        "fit": fit_table(found, luck), "parameters": parameter_table(found, scalars),
        "correlations": correlation_table(found, scalars),
        "sensitivity": sensitivity_table(found, scalars),
        "posterior": posterior_table(found, scalars),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        rounded = table if name == "posterior" else table.map(_rounded)
        rounded.to_csv(folder / f"{name}.csv", index=False, quoting=csv.QUOTE_MINIMAL,
                       lineterminator="\n")  # fmt: skip
    source = f"{asked['title']}; {asked['residents']:,} residents, seed {asked['seed']}"
    plots.save(fit_picture(tables["fit"], source), folder / "fit.png")
    plots.save(correlation_picture(tables["correlations"], source), folder / "correlations.png")
    (folder / "README.md").write_text(page(tables, found, asked), encoding="utf-8")
    versions: dict[str, Any] = {"versions": store.versions(), "checkout": store.checkout()}
    text = json.dumps({**asked, **versions}, indent=1, ensure_ascii=False, default=str)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return tables


def _rounded(value: Any) -> Any:
    return float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value


# --- pictures --------------------------------------------------------------------------------


def fit_picture(table: pd.DataFrame, source: str) -> Figure:
    """Distance of every target from its fact in tolerances, before and after."""
    shown = table.iloc[::-1]
    figure = plots.sheet(0.24 * len(shown) + 0.8, "The fit: how far from the facts of 2022", source)
    axes = figure.subplots()
    rows = np.arange(len(shown))
    before = (shown["before"] - shown["fact"]) / shown["tolerance"]
    colours = {FITTED: plots.BLUE, IDENTITY: plots.GREEN, COMPARED: plots.ORANGE}
    axes.axvspan(-1, 1, color=plots.GREY, alpha=0.15, label="within the tolerance")
    axes.scatter(before.clip(-12, 12), rows, facecolors="none", edgecolors=plots.GREY,
                 label="before (beyond 12 at the edge)")  # fmt: skip
    for role, colour in colours.items():
        at = (shown["role"] == role).to_numpy()
        axes.scatter(shown["in_tolerances"][at].clip(-12, 12), rows[at], color=colour, label=role)
    axes.set_yticks(rows, list(shown["words"]), fontsize=8)
    axes.set_xlabel("(model - fact) / tolerance")
    axes.set_xlim(-12.5, 12.5)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(fontsize=8, loc="lower right")
    return figure


def correlation_picture(table: pd.DataFrame, source: str) -> Figure:
    """Posterior correlations of the free scalars."""
    names = list(table["parameter"])
    figure = plots.sheet(5.0, "Which scalars can stand in for each other", source)
    axes = figure.subplots()
    matrix = table[names].to_numpy(dtype=float)
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    for row, column in np.ndindex(matrix.shape):
        axes.text(column, row, f"{matrix[row, column]:.2f}", ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    figure.colorbar(image, label="posterior correlation")
    return figure


# --- the page --------------------------------------------------------------------------------


def page(tables: Mapping[str, pd.DataFrame], found: Fit, asked: Mapping[str, Any]) -> str:
    """The page of a calibration: how it was made, the fit, the scalars, what is not identified."""
    independent = [each for each in targets() if each.role == FITTED]
    head = [
        "# Calibration to the national statistics of 2022", "",
        f"Written by `{asked['command']}` ({asked['residents']:,} residents of "
        f"{asked['counties']} counties, {asked['warmup']} + {asked['days']} days from "
        f"{asked['start']}, seed {asked['seed']}). A fitted number is calibration, never "
        "validation. What is missed and why, and how the values do elsewhere: "
        "[misses.md](misses.md).", "",
        f"{len(tables['parameters'])} free scalars, {len(independent)} independent fitted "
        f"targets; {count(IDENTITY)} more follow from others, {count(COMPARED)} are compared "
        f"only. Misfit widens the posterior by {found.inflation:.2f} in variance.", "",
    ]  # fmt: skip
    return "\n".join([
        *head, "## Scalars", "", *markdown(tables["parameters"].map(_rounded)), "",
        "`standard_error` is that of the linearised posterior; `pinned_by` names the targets that "
        "move with the scalar in a way that no other scalar imitates.", "",
        "Correlated beyond 0.6: " + (", ".join(pairs(tables["correlations"])) or "none") + ".",
        "", "## Fit", "", *markdown(tables["fit"].drop(columns=["words"]).map(_rounded)), "",
        "![fit](fit.png)", "", "![correlations](correlations.png)", "",
        "## Why each target is read so", "",
        *markdown(pd.DataFrame([explained(each) for each in targets()])), "",
    ]) + "\n"  # fmt: skip


def count(role: str) -> int:
    """Targets of a role."""
    return sum(each.role == role for each in targets())


def explained(target: Target) -> dict[str, str]:
    """A target's words, rows of the statistics, and reason."""
    return {
        "target": target.name, "is": target.words, "measure": target.measure,
        "rows": " + ".join(target.institutions) or "everything", "why": target.reason,
    }  # fmt: skip


def pairs(table: pd.DataFrame) -> list[str]:
    """Pairs of scalars that are strongly correlated."""
    names = list(table["parameter"])
    matrix = table[names].to_numpy(dtype=float)
    return [
        f"{a} and {b} ({matrix[i, j]:.2f})"
        for i, a in enumerate(names) for j, b in enumerate(names)
        if i < j and abs(matrix[i, j]) > FEW
    ]  # fmt: skip


def markdown(table: pd.DataFrame) -> list[str]:
    """A table as lines of Markdown."""
    names = [str(name) for name in table.columns]
    rows = [[str(value) for value in row] for row in table.itertuples(index=False)]
    return [
        f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows)
    ]  # fmt: skip
