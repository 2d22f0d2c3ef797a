"""What stands on the page about a result? Everything but its pictures, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim import policies, report, scenario
from sim.page import analytic, standards
from sim.pictures import ALL, content_hash, span, turns
from sim.sweeping import warmup
from sim.yamlfile import ScenarioError

ARMS = ("baseline", "scenario")
WORDED = {"title", "question", "source", "world", "start", "days", "warmup", "policies", "theory"}
SETTLING = ("visits", "wait_mean", "in_bed")
MOST_LISTED = 12  # departments, policies' changes
CHANGED = "the model has changed since, so what its world holds is not known here"


def of(result: Any) -> dict[str, Any]:
    """All sections of the page. Raises ValueError for what is neither run nor comparison."""
    manifest = result.manifest
    if manifest["kind"] not in ("run", "comparison"):
        raise ValueError(f"a page tells of a run or a comparison, not of a {manifest['kind']}")
    whole = manifest["kind"] == "run"
    asked = {"scenario": manifest["scenario"]} if whole else {a: manifest[a] for a in ARMS}
    worlds = {arm: _same(manifest, arm, data) for arm, data in asked.items()}
    found = {
        "title": result.title, "kind": manifest["kind"], "span": span(result),
        "question": manifest.get("question") or _question(asked), "hash": content_hash(result),
        "arms": [_arm(arm, data, worlds[arm], result) for arm, data in asked.items()],
        "measures": _measures(result) if whole else None,
        "paired": None if whole else _paired(result),
        "nation": report.records(result.nine_rows),
        "dates": [text for _, text in turns(result)] if whole else _dates(asked["scenario"]),
        "ledger": _ledger(result.ledger) if whole else None,
        "failures": None if whole else report.records(result.failures),
        "loads": _loads(result, worlds["scenario"]) if whole else _listed_loads(worlds),
        "settling": _settling(result) if whole else [],
        "settled": _settled(result) if whole else "",
        "saved": None if whole else report.percent(result.table["variance_saved"].median()),
        "manifest": _provenance(manifest),
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
    """One scenario in words."""
    start = str(data.get("start", scenario.FIRST_MONDAY))
    return {
        "arm": arm, "title": data.get("title", "untitled"), "source": data.get("source", ""),
        "world": _world(data.get("world", {})), "start": start,
        "policies": [_policy(use) for use in data.get("policies", ())],
        "other": {key: _plain(value) for key, value in data.items() if key not in WORDED},
        "changes": _changes(again), "unknown": "" if again else CHANGED, "span": span(result),
    }  # fmt: skip


def _world(asked: Mapping[str, Any]) -> str:
    if not asked.get("facilities"):
        return ", ".join(f"the {level} {name}" for level, name in asked.items())
    departments = sum(len(f.get("departments", ())) for f in asked["facilities"])
    arrivals, routes = (len(asked.get(key, ())) for key in ("arrivals", "routes"))
    return (f"listed in the scenario: {len(asked['facilities'])} facilities with {departments} "
            f"departments, {arrivals} streams of arrivals, {routes} routes")  # fmt: skip


def _policy(use: Mapping[str, Any]) -> dict[str, Any]:
    told = ("name", "from", "until", "waves")
    doses = {key: _plain(value) for key, value in use.items() if key not in told}
    dates = {key: str(use[key]) for key in ("from", "until") if use.get(key) is not None}
    return {
        "name": use["name"], "summary": policies.find(use["name"]).summary, "doses": doses,
        "dates": dates, "waves": [_plain(wave) for wave in use.get("waves", ())],
    }  # fmt: skip


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(held)}" for key, held in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(_plain, value))
    return str(value)


def _dates(data: Mapping[str, Any]) -> list[str]:
    """Policy dates of an arm whose days are not stored."""
    said = []
    for use in data.get("policies", ()):
        when = [f"from {use['from']}"] if use.get("from") else []
        when += [f"next wave {wave['from']}" for wave in use.get("waves", ())]
        when += [f"until {use['until']}"] if use.get("until") else []
        said.append(f"{use['name']} {', '.join(when) or 'from the first measured day'}")
    return said


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
        return {"unknown": CHANGED, "tiers": [], "fullest": []}
    counts = result.aggregates
    table = analytic.departments(
        again.timeline(), result.warmup, result.days, counts["visits"], counts["first"]
    )
    fullest = table.sort_values("load", ascending=False).head(MOST_LISTED)
    return {"unknown": "", "tiers": analytic.by_tier(table, result.tiers),
            "fullest": report.records(fullest)}  # fmt: skip


def _listed_loads(worlds: Mapping[str, Any]) -> dict[str, Any]:
    """Loads of listed departments in both arms, from the traffic equations alone."""
    tables = [again.offered_load().assign(arm=arm) for arm, again in worlds.items() if again]
    rows = report.records(pd.concat(tables)) if tables else []
    unknown = "" if rows else (
        "a comparison keeps no counts by department, and the loads of a region follow from what "
        "its residents choose; `sim run` each scenario and report it"
    )  # fmt: skip
    return {"unknown": unknown, "tiers": [], "fullest": [], "listed": rows}


def _settling(result: Any) -> list[dict[str, Any]]:
    """Means of both halves of the measured days, which differ where a world still drifts."""
    frame = result.series[result.series["measure"].isin(SETTLING)]
    frame = frame[(frame["day"] >= result.warmup) & (frame["tier"] != ALL)]
    middle = result.warmup + result.days / 2
    return [row for row in _halves(frame, middle) if row["second"] == row["second"]]


def _settled(result: Any) -> str:
    """Where MSER-5 finds that this run settled, in words."""
    played = result.warmup + result.days
    if played < warmup.FEWEST_DAYS:
        return f"MSER-5 needs {warmup.FEWEST_DAYS} days, {played} were played."
    found = warmup.judged([result.series], played)
    last, late = warmup.longest(found), found[found["late"]]
    said = f"MSER-5 on this one run asks for {last} days of warm-up; {result.warmup} were given."
    if len(late):
        some = ", ".join(f"{row.measure} ({row.tier})" for row in late.itertuples())
        said += f" Settled in the second half only, by chance, policy or drift: {some}."
    return said


def _halves(frame: pd.DataFrame, middle: float) -> Iterator[dict[str, Any]]:
    for (measure, tier), rows in frame.groupby(["measure", "tier"], sort=False):
        first = float(rows.loc[rows["day"] < middle, "value"].mean())
        second = float(rows.loc[rows["day"] >= middle, "value"].mean())
        change = (second - first) / first if first else float("nan")
        yield {"measure": str(measure).replace("_", " "), "tier": tier, "first": first,
               "second": second, "change": change}  # fmt: skip


def _provenance(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What the manifest says of how the result came about."""
    checkout = manifest.get("checkout") or {}
    commit = checkout.get("commit") or "no checkout"
    seeds: Sequence[int] = manifest["seeds"]
    return {
        "content hash (SHA-256)": manifest["content_hash"],
        "seeds": f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}",
        "commit": commit + (", with changes" if checkout.get("dirty") else ""),
        "started, finished (UTC)": f"{manifest['started']}, {manifest['finished']}",
        "seconds": f"{manifest['wall_seconds']:,.1f}",
        "files": f"{len(manifest['checksums'])}, each with its SHA-256 in manifest.json",
        "versions": ", ".join(f"{name} {v}" for name, v in manifest["versions"].items()),
    }
