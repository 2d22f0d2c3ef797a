"""How do patients move between tiers?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.language import say
from sim.plots.paper import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PER_CENT,
    bare,
    drawing,
    halves,
    label,
    present,
    sheet,
)

CAME_COLOURS = {
    "first contact": GREEN, "came back unadvised": GREY,
    "advised to go higher": ORANGE, "formally referred": BLUE,
}  # fmt: skip
PER_THOUSAND = 1000


@drawing
def referrals(counts: Mapping[str, pd.DataFrame], source: str) -> Figure:
    """How patients reach each tier, and what flows between tiers per 1,000 visits of the origin.

    counts: tables `came` (tier, how, count) of residents' visits; `advised`, `referred`, `stepped`
    (origin, tier, count); `stays` (tier, requested). Visits that are no resident's are left out.
    """
    came = counts["came"]
    tiers = present(came, "tier")
    visits = came.groupby(came["tier"].astype(str))["count"].sum()
    stays = counts["stays"].groupby(counts["stays"]["tier"].astype(str))["requested"].sum()
    figure = sheet(6.4, say("How patients move between tiers"), source)
    top, bottom = halves(figure, 1, 1.15)
    _arrivals(top.subplots(), came, tiers)
    flows = (
        ("told to go higher, and went", "per 1,000 visits of the row", "advised", visits),
        ("formally referred", "per 1,000 visits of the row", "referred", visits),
        ("sent down to recover", "per 1,000 stays of the row", "stepped", stays),
    )
    for axes, (title, base, moved, each) in zip(
        bottom.subplots(1, 3, sharey=True), flows, strict=True
    ):
        rates = flow(counts[moved], tiers).div(each.reindex(tiers), axis=0)
        _matrix(axes, f"{say(title)}\n{say(base)}", rates, tiers)
    return figure


def _arrivals(axes: Axes, came: pd.DataFrame, tiers: Sequence[str]) -> None:
    shares = came.astype({"tier": str, "how": str}).pivot_table("count", "tier", "how", "sum")
    shares = shares.reindex(list(tiers)).fillna(0)
    left = np.zeros(len(tiers))
    for way in (way for way in CAME_COLOURS if way in shares):
        share = PER_CENT * shares[way].to_numpy() / shares.sum(axis=1).to_numpy()
        axes.barh(range(len(tiers)), share, left=left, color=CAME_COLOURS[way], label=say(way))
        left += share
    whole = PER_CENT * shares.sum(axis=1) / shares.to_numpy().sum()
    names = [say("{tier}\n{share:.1f} % of visits", tier=label(t), share=whole[t]) for t in tiers]
    axes.set_yticks(range(len(tiers)), names, fontsize=7)
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.set_xlabel(say("how the visits of each tier came about [%]"), fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, fontsize=8, frameon=False)
    bare(axes)


def flow(moved: pd.DataFrame, tiers: Sequence[str]) -> pd.DataFrame:
    """Numbers that came from tier (row) to tier (column)."""
    words = moved.astype({"origin": str, "tier": str})
    square = words.pivot_table("count", "origin", "tier", "sum")
    return square.reindex(index=list(tiers), columns=list(tiers)).fillna(0)


def _matrix(axes: Axes, title: str, shares: pd.DataFrame, tiers: Sequence[str]) -> None:
    rates = PER_THOUSAND * shares.fillna(0).to_numpy(float)
    darkest = max(np.sqrt(rates).max(initial=0) * 1.6, 1e-9)
    axes.imshow(np.sqrt(rates), cmap="Blues", vmin=0, vmax=darkest)
    for (row, column), rate in np.ndenumerate(rates):
        if rate > 0:
            axes.text(column, row, f"{rate:.3g}", ha="center", va="center", fontsize=8)
    if not rates.any():
        axes.text(
            0.5, 0.5, say("none"), transform=axes.transAxes, ha="center", va="center", fontsize=9
        )
    axes.set_title(title, fontsize=9)
    axes.set_xticks(range(len(tiers)), [label(t) for t in tiers], fontsize=7, rotation=30)
    axes.set_yticks(
        range(len(tiers)), [say("from {tier}", tier=label(t)) for t in tiers], fontsize=7
    )
    axes.set_xlabel(say("to"), fontsize=8)
