"""What stands on the page about a sweep? The sections of any page, with all its points."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim import report
from sim.page import analytic, standards, words
from sim.sweeping import chosen, units, warmup
from sim.sweeping.asked import ALL, BASELINE, SCENARIO, Experiment, Target, checked, load
from sim.sweeping.folder import EXPERIMENT, MACHINE, MACHINE_FILE
from sim.sweeping.stopping import half_width
from sim.sweeping.units import Catalogue
from sim.yamlfile import ScenarioError

KINDS = ("sweep", "published")
MOST_POINTS = 60  # in the tables of a page; files have all
LONGEST_TITLE = 40  # letters of a point in a table
PER_POINT = ("warmup", "days", "replications")


def of(result: Any) -> dict[str, Any]:
    """All sections of the page about a sweep, published or not."""
    manifest, asked = result.manifest, load(result.path / EXPERIMENT)
    arms = {arm: manifest[key] for arm, key in ((BASELINE, "against"), (SCENARIO, "scenario"))
            if manifest[key]}  # fmt: skip
    played, paired = _span(result.points), BASELINE in arms
    saved = result.differences["variance_saved"].median() if paired else float("nan")
    found = {
        "title": result.title, "kind": "sweep", "span": played, "question": result.question,
        "hash": result.content_hash, "measures": None, "paired": None, "nation": None,
        "arms": [words.arm(arm, data, played) for arm, data in arms.items()],
        "dates": _dates(result.keys, manifest["scenario"]), "ledger": None,
        "failures": report.records(result.failures), "loads": _loads(manifest, asked),
        "settling": [], "settled": _settled(result, paired), "saved": report.percent(saved),
        "manifest": _provenance(result), "sweep": _sweep(result, asked, paired),
    }  # fmt: skip
    tiers = [tier for tier in result.part_column("runs", "tier") if tier != ALL]
    return found | {"standards": standards.filled(found | {"result": {"tiers": tiers}})}


def _sweep(result: Any, asked: Experiment, paired: bool) -> dict[str, Any]:
    """What only a sweep has: points, differences at each, warm-ups found, when it was enough."""
    manifest, short = result.manifest, chosen.shortened(result.keys)
    titles = chosen.titles(result.points, result.keys, LONGEST_TITLE)
    targets = asked.replications.until if asked.replications else ()
    return {
        "size": f"{_many(manifest['points'], 'point')}, {_many(manifest['runs'], 'run')}",
        "source": asked.source, "keys": result.keys, "points": _points(result, short),
        "left_out": max(0, len(titles) - MOST_POINTS), "most": MOST_POINTS,
        "differences": _differences(result, asked, titles) if paired else [],
        "means": [] if paired else _means(result, asked, titles),
        "warmups": _warmups(result.warmup, titles),
        "warnings": warmup.warnings(result.warmup, titles),
        "rule": _rule(asked, result.points), "targets": [_target(one) for one in targets],
        "reached": _reached(result, targets, titles, paired),
    }  # fmt: skip


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def _span(points: pd.DataFrame) -> str:
    """How long its runs were measured and played before, over all points."""
    measured, before = (_from_to(points[column]) for column in ("days", "warmup"))
    return f"{measured} days measured after {before} days of warm-up"


def _from_to(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return f"{low}" if low == high else f"{low} to {high}"


def _dates(keys: Sequence[str], data: Mapping[str, Any]) -> list[str]:
    """Policy dates of the scenario, and which of them its points give."""
    varied = [key for key in keys if key.rpartition(".")[2] in ("from", "until", "start")]
    return [*words.dates(data), *(f"{key} as each point gives it" for key in varied)]


# --- tables ----------------------------------------------------------------------------------


def _points(result: Any, short: Mapping[str, str]) -> dict[str, Any]:
    rows = [
        [str(row["point"]), *(chosen.value(row[key]) for key in short),
         *(str(row[column]) for column in PER_POINT)]
        for row in report.records(result.points.head(MOST_POINTS))
    ]  # fmt: skip
    return {"columns": ["point", *short.values(), "warm-up", "days", "replications"], "rows": rows}


def _differences(result: Any, asked: Experiment, titles: Mapping[int, str]) -> list[dict[str, Any]]:
    """Paired differences of what was asked for, and once a measure those of its other tiers."""
    table = result.differences[result.differences["group"] == ALL]
    table = table[table["point"] < MOST_POINTS]
    told: list[dict[str, Any]] = []
    cells = chosen.cells(asked, table)
    for number, (measure, tier) in enumerate(cells):
        rows = table[table["measure"] == measure]
        first = measure not in [before for before, _ in cells[:number]]
        seen = [other for name, other in cells if name == measure]
        others = rows[~rows["tier"].isin(seen)] if first else rows[:0]
        others = others.sort_values(["tier", "point"], kind="stable")
        told.append({
            "name": report.worded(measure, rows["unit"].iloc[0]), "tier": tier,
            "rows": _cells(rows[rows["tier"] == tier], titles), "others": _cells(others, titles),
        })  # fmt: skip
    return told


def _cells(rows: pd.DataFrame, titles: Mapping[int, str]) -> list[list[str]]:
    return [[titles[row["point"]], *report.difference_cells(row)] for row in report.records(rows)]


def _means(result: Any, asked: Experiment, titles: Mapping[int, str]) -> list[dict[str, Any]]:
    """Means over the replications with their 95 % t intervals, where nothing is compared."""
    names = set(result.part_column("runs", "measure"))
    runs = result.of(*names)
    runs = runs[(runs["group"] == ALL) & (runs["point"] < MOST_POINTS)]
    told = []
    for measure, tier in chosen.cells(asked, runs):
        rows = runs[(runs["measure"] == measure) & (runs["tier"] == tier)]
        unit = rows["unit"].iloc[0]
        cells = [[titles[point], *_mean(part["value"].dropna(), unit)]
                 for point, part in rows.groupby("point", sort=True)]  # fmt: skip
        told.append({"name": report.worded(measure, unit), "tier": tier, "rows": cells})
    return told


def _mean(values: pd.Series, unit: str) -> tuple[str, str]:
    mean, half = float(values.mean()), half_width(list(values))
    ends = [report.number(end, unit) for end in (mean - half, mean + half)]
    return report.number(mean, unit), " .. ".join(ends) if len(values) > 1 else "-"


# --- checks ----------------------------------------------------------------------------------


def _settled(result: Any, paired: bool) -> str:
    """What MSER-5 says of the first point where the warm-up was given, not found."""
    if len(result.warmup):
        return ""
    arm, first = BASELINE if paired else SCENARIO, result.points.iloc[0]
    rows = result.series_of(*warmup.SETTLES)
    rows = rows[(rows["point"] == first["point"]) & (rows["arm"] == arm)]
    mean = rows.groupby(["day", "measure", "tier"], as_index=False)["value"].mean()
    on = f"the mean of the replications of the {arm} at the first point"
    return words.settled(mean, int(first["warmup"]), int(first["days"]), on)


def _warmups(found: pd.DataFrame, titles: Mapping[int, str]) -> list[list[str]]:
    """For each point the warm-up found, and the series that asks for it."""
    told = []
    for point, rows in found.groupby("point", sort=True):
        (last,) = report.records(rows.nlargest(1, "settled"))
        told.append([titles[int(str(point))], str(last["warmup"]),
                     f"{last['measure']} ({last['tier']})",
                     f"{int(rows['late'].sum())} of {len(rows)}"])  # fmt: skip
    return told[:MOST_POINTS]


def _rule(asked: Experiment, points: pd.DataFrame) -> str:
    """How many replications were asked for, in words."""
    rule, played = asked.replications, _from_to(points["replications"])
    if rule is None or not rule.until:
        return f"{played} replications at each point, a number that was given."
    return (f"{played} replications at each point: a pilot of {rule.first}, then {rule.batch} at a "
            f"time until all intervals are as narrow as asked, at most {rule.most}.")  # fmt: skip


def _target(one: Target) -> str:
    group = "" if one.group == ALL else f", {one.group}"
    named = f"{one.measure.replace('_', ' ')} ({one.tier}{group})"
    return f"{named}: half-width, asked {one.half_width:g} at most"


def _reached(
    result: Any, targets: Sequence[Target], titles: Mapping[int, str], paired: bool
) -> list[list[str]]:
    """For each point its replications, the half-width of each target, and whether all are met."""
    if not targets:
        return []
    widths = [_widths(result, one, paired) for one in targets]
    return [
        [titles[row["point"]], str(row["replications"]),
         *(f"{width.get(row['point'], float('nan')):.3g}" for width in widths),
         "yes" if row["reached"] else "NO"]
        for row in report.records(result.points.head(MOST_POINTS))
    ]  # fmt: skip


def _widths(result: Any, one: Target, paired: bool) -> dict[int, float]:
    table = result.differences if paired else result.of(one.measure)
    rows = table[(table["measure"] == one.measure) & (table["tier"] == one.tier)
                 & (table["group"] == one.group)]  # fmt: skip
    if paired:
        return dict(zip(rows["point"], (rows["high"] - rows["low"]) / 2, strict=True))
    return {int(str(p)): half_width(list(part["value"].dropna()))
            for p, part in rows.groupby("point")}  # fmt: skip


def _loads(manifest: Mapping[str, Any], asked: Experiment) -> dict[str, Any]:
    """Loads of listed departments at every point that is still made as it was played."""
    worlds: dict[str, Any] = {}
    listed = manifest["scenario"].get("world", {}).get("facilities")
    if listed:
        worlds = _same(manifest, asked)
        if not worlds:
            return {"unknown": words.CHANGED, "tiers": [], "fullest": [], "listed": []}
    return analytic.listed(worlds, "a sweep", "`sim run` the scenario at a point")


def _same(manifest: Mapping[str, Any], asked: Experiment) -> dict[str, Any]:
    """The scenarios by point and arm, of those whose first run is named as it was."""
    try:
        cases = checked(asked).cases
    except ScenarioError:
        return {}
    known, catalogue = set(manifest["run_hashes"]), Catalogue()
    return {
        f"{units.title_of(case)}, {unit.arm}": case.arms[unit.arm]
        for case in cases[:MOST_POINTS] for unit in units.of_case(case, 1, catalogue)
        if unit.name in known
    }  # fmt: skip


def _provenance(result: Any) -> dict[str, str]:
    manifest, place = result.manifest, result.path / MACHINE / MACHINE_FILE
    machine = manifest.get("machine") or json.loads(place.read_text("utf-8"))
    told = words.provenance({**machine, **manifest, "wall_seconds": 0.0})
    timed = machine.get("run_seconds")
    runs = f"{manifest['runs']:,} runs"
    took = f"{runs}, not timed" if timed is None else f"{runs} of {timed:,.1f} (median)"
    processors = f"{took}; {machine.get('processors', 'unknown number of')} processors"
    return {**told, "seconds": processors}
