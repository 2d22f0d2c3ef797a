"""Who is worse off: waits longer, travels farther or pays more?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

ALL, AXES = "all", ("age", "county")
MATTERS = {"wait_mean": 1.0, "wait_days_mean": 0.1, "bed_wait_mean": 1.0}  # [min, days, h]
MATTERS_OF_LEVEL = {"travel_per_episode": 0.01, "out_of_pocket_per_resident": 0.01}
MEASURES = (*MATTERS, *MATTERS_OF_LEVEL)
OR = "; "


def losers(table: pd.DataFrame) -> list[str]:
    """Everybody whose waits, ways or payments worsen by what matters, the worst first.

    Everybody is all residents, or those of a tier, an age or a county. Only what lies wholly on the
    worse side (with one pair: its mean) counts; the worst is told in differences that matter.
    """
    rows = table[table["measure"].isin(MEASURES) & (table["group"] == ALL)]
    whole = rows["axis"] == ALL
    by_tier = whole & ~(rows["measure"].isin(MATTERS_OF_LEVEL) & (rows["tier"] != ALL))
    rows = rows[by_tier | ~whole & (rows["tier"] == ALL)]
    score = _in_what_matters(rows)
    worse = score[(rows["low"].fillna(rows["difference"]) > 0) & (score >= 1.0)]
    ordered = rows.loc[worse.sort_values(ascending=False, kind="stable").index]
    return [_told(row) for row in ordered.to_dict("records")]


def _in_what_matters(rows: pd.DataFrame) -> pd.Series[float]:
    level = rows["measure"].map(MATTERS_OF_LEVEL) * rows["baseline"].abs()
    return rows["difference"] / rows["measure"].map(MATTERS).fillna(level)


def _told(row: Mapping[Any, Any]) -> str:
    axis, who = row["axis"], row["who"]
    if axis == ALL:
        axis, who = "tier", row["tier"]
    name = "everybody" if who == ALL else f"{axis} {who}"
    return f"{name}: {row['measure']} {row['difference']:+.3g} {row['unit']}"
