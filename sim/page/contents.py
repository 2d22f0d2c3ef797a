"""What stands on the page about a result? Everything but its pictures, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim import report, scenario
from sim.page import analytic, standards, sweeps, words
from sim.pictures import ALL, content_hash, span, turns
from sim.sweeping.warmup import SETTLES
from sim.yamlfile import ScenarioError

ARMS = ("baseline", "scenario")
MOST_LISTED = 12  # departments


def of(result: Any) -> dict[str, Any]:
    """All sections of the page. Raises ValueError for another result than the three."""
    manifest = result.manifest
    if manifest["kind"] in sweeps.KINDS:
        return sweeps.of(result)
    if manifest["kind"] not in ("run", "comparison"):
        raise ValueError(f"a page tells of a run, a comparison or a sweep, not of a "
                         f"{manifest['kind']}")  # fmt: skip
    whole = manifest["kind"] == "run"
    asked = {"scenario": manifest["scenario"]} if whole else {a: manifest[a] for a in ARMS}
    worlds = {arm: _same(manifest, arm, data) for arm, data in asked.items()}
    found = {
        "title": result.title, "kind": manifest["kind"], "span": span(result),
        "question": manifest.get("question") or _question(asked), "hash": content_hash(result),
        "arms": [_arm(arm, data, worlds[arm], result) for arm, data in asked.items()],
        "sweep": None,
        "measures": _measures(result) if whole else None,
        "paired": None if whole else _paired(result),
        "nation": report.records(result.nine_rows),
        "dates": [text for _, text in turns(result)] if whole else words.dates(asked["scenario"]),
        "ledger": _ledger(result.ledger) if whole else None,
        "failures": None if whole else report.records(result.failures),
        "loads": _loads(result, worlds["scenario"]) if whole else _listed(worlds),
        "settling": _settling(result) if whole else [],
        "settled": _settled(result) if whole else "",
        "saved": None if whole else report.percent(result.table["variance_saved"].median()),
        "manifest": words.provenance(manifest),
    }  # fmt: skip
    return found | {"standards": standards.filled(found | {"result": manifest})}


def _question(asked: Mapping[str, Any]) -> str:
    return next((str(data["question"]) for data in asked.values() if data.get("question")), "")


# --- scenarios -------------------------------------------------------------------------------


def _same(manifest: Mapping[str, Any], arm: str, data: dict[str, Any]) -> Any:
    """The scenario again, if it still makes the Worlds that were played; else None."""
    played = manifest["warmup"] + manifest["days"]
    hashes = manifest.get("run_hashes", {f"{arm} 0": manifest["content_hash"]})
    try:
        again = scenario.restored(data)
        same = again.content_hash(manifest["seeds"][0], played) == hashes.get(f"{arm} 0")
    except ScenarioError:
        return None
    return again if same else None


def _arm(arm: str, data: Mapping[str, Any], again: Any, result: Any) -> dict[str, Any]:
    """One scenario in words, with what its policies change."""
    told = {"changes": _changes(again), "unknown": "" if again else words.CHANGED}
    return words.arm(arm, data, span(result)) | told


def _changes(again: Any) -> list[dict[str, str]]:
    if again is None:
        return []
    return [{key: f"{v:.4g}" if isinstance(v, float) else str(v) for key, v in row.items()}
            for row in report.records(again.changes())]  # fmt: skip


# --- tables ----------------------------------------------------------------------------------


def _measures(result: Any) -> dict[str, Any]:
    """Measures in rows, all and tiers in columns."""
    table = result.measures
    whole = table[(table["group"] == ALL) & table["measure"].isin(report.HEADLINES)]
    values = whole.set_index(["measure", "tier"])["value"].to_dict()
    units = dict(zip(whole["measure"], whole["unit"], strict=True))
    tiers = [ALL, *(tier for tier in result.tiers if any((m, tier) in values for m in units))]
    rows = [
        (report.worded(m, units[m]),
         [report.number(values.get((m, tier), float("nan")), units[m]) for tier in tiers])
        for m in report.HEADLINES if m in units
    ]  # fmt: skip
    return {"tiers": tiers, "rows": rows}


def _paired(result: Any) -> list[tuple[str, list[str]]]:
    table = result.table
    rows = table[(table["group"] == ALL) & table["measure"].isin(report.COMPARED)]
    return [
        (report.worded(row["measure"], row["unit"]), list(report.difference_cells(row)))
        for measure in report.COMPARED
        for row in report.records(rows[rows["measure"] == measure])
    ]


def _ledger(frame: pd.DataFrame) -> dict[str, Any]:
    """Both ledgers, a column each tier and one for episodes; what occurred in rows."""
    counts = [c for c in frame.columns if c not in ("ledger", "tier")]
    kept = [c for c in counts if c in ("came", "ended", "gap") or frame[c].any()]
    names = [
        f"{ledger}, {tier}" for ledger, tier in zip(frame["ledger"], frame["tier"], strict=True)
    ]
    rows = [(c.replace("_", " "), [f"{int(value):,}" for value in frame[c]]) for c in kept]
    return {"columns": names, "rows": rows, "gap": int(frame["gap"].abs().sum())}


# --- checks ----------------------------------------------------------------------------------


def _loads(result: Any, again: Any) -> dict[str, Any]:
    """Load and Erlang's wait beside the simulated one, by tier and of the fullest departments."""
    if again is None:
        return {"unknown": words.CHANGED, "tiers": [], "fullest": []}
    counts = result.aggregates
    table = analytic.departments(
        again.timeline(), result.warmup, result.days, counts["visits"], counts["first"]
    )
    fullest = table.sort_values("load", ascending=False).head(MOST_LISTED)
    return {"unknown": "", "tiers": analytic.by_tier(table, result.tiers),
            "fullest": report.records(fullest)}  # fmt: skip


def _listed(worlds: Mapping[str, Any]) -> dict[str, Any]:
    """Loads of listed departments in both arms, from the traffic equations alone."""
    there = {arm: again for arm, again in worlds.items() if again}
    return analytic.listed(there, "a comparison", "`sim run` each scenario")


def _settling(result: Any) -> list[dict[str, Any]]:
    """Means of both halves of the measured days, which differ where a world still drifts."""
    frame = result.series[result.series["measure"].isin(SETTLES)]
    frame = frame[(frame["day"] >= result.warmup) & (frame["tier"] != ALL)]
    middle = result.warmup + result.days / 2
    return [row for row in _halves(frame, middle) if row["second"] == row["second"]]


def _settled(result: Any) -> str:
    """Where MSER-5 finds that this run settled, in words."""
    return words.settled(result.series, result.warmup, result.days, "this one run")


def _halves(frame: pd.DataFrame, middle: float) -> Iterator[dict[str, Any]]:
    for (measure, tier), rows in frame.groupby(["measure", "tier"], sort=False):
        first = float(rows.loc[rows["day"] < middle, "value"].mean())
        second = float(rows.loc[rows["day"] >= middle, "value"].mean())
        change = (second - first) / first if first else float("nan")
        yield {"measure": str(measure).replace("_", " "), "tier": tier, "first": first,
               "second": second, "change": change}  # fmt: skip
