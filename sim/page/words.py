"""What do a scenario, a manifest and daily series say in words, on any page?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim import policies, scenario
from sim.sweeping import warmup

WORDED = {"title", "question", "source", "world", "start", "days", "warmup", "policies", "theory"}
CHANGED = "the model has changed since, so what its world holds is not known here"


def arm(name: str, data: Mapping[str, Any], played: str) -> dict[str, Any]:
    """One scenario in words; played: its days."""
    start = str(data.get("start", scenario.FIRST_MONDAY))
    return {
        "arm": name, "title": data.get("title", "untitled"), "source": data.get("source", ""),
        "world": _world(data.get("world", {})), "start": start,
        "policies": [_policy(use) for use in data.get("policies", ())],
        "other": {key: plain(value) for key, value in data.items() if key not in WORDED},
        "changes": [], "unknown": "", "span": played,
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
    doses = {key: plain(value) for key, value in use.items() if key not in told}
    dates = {key: str(use[key]) for key in ("from", "until") if use.get(key) is not None}
    return {
        "name": use["name"], "summary": policies.find(use["name"]).summary, "doses": doses,
        "dates": dates, "waves": [plain(wave) for wave in use.get("waves", ())],
    }  # fmt: skip


def plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(held)}" for key, held in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(plain, value))
    return str(value)


def dates(data: Mapping[str, Any]) -> list[str]:
    """Policy dates of an arm whose days are not stored."""
    said = []
    for use in data.get("policies", ()):
        when = [f"from {use['from']}"] if use.get("from") else []
        when += [f"next wave {wave['from']}" for wave in use.get("waves", ())]
        when += [f"until {use['until']}"] if use.get("until") else []
        said.append(f"{use['name']} {', '.join(when) or 'from the first measured day'}")
    return said


def settled(series: pd.DataFrame, given: int, days: int, on: str) -> str:
    """Where MSER-5 finds that daily series settled; given: the warm-up, on: what is judged."""
    played = given + days
    if played < warmup.FEWEST_DAYS:
        return f"MSER-5 needs {warmup.FEWEST_DAYS} days, {played} were played."
    found = warmup.judged([series], played)
    last, late = warmup.longest(found), found[found["late"]]
    said = f"MSER-5 on {on} asks for {last} days of warm-up; {given} were given."
    if len(late):
        some = ", ".join(f"{row.measure} ({row.tier})" for row in late.itertuples())
        said += f" Settled in the second half only, by chance, policy or drift: {some}."
    return said


def provenance(manifest: Mapping[str, Any]) -> dict[str, str]:
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
