"""What became of everybody who came? The ledgers, which close to zero."""

from __future__ import annotations

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
    PURPLE,
    SKY,
    VERMILION,
    WORDS,
    YELLOW,
    bare,
    checked,
    drawing,
    label,
    sheet,
)

VISITS = {
    "resolved": ("resolved",), "discharged home": ("discharged",),
    "sent down to recover": ("stepped_down",), "answered from afar": ("remote",),
    "told or referred higher": ("advised", "referred"), "unresolved": ("unresolved",),
    "left, refused, declined": ("left", "refused", "left_waiting", "declined"),
    "still there": ("waiting", "in_service", "in_test", "awaiting_bed", "in_bed"),
}  # fmt: skip
EPISODES = {
    "resolved": ("resolved",), "stayed home": ("stayed_home",),
    "gave up or did not come": ("gave_up", "no_show"),
    "at home, means to return": ("at_home",), "awaits a remote reply": ("awaiting_reply",),
    "still there": ("at_facility", "in_transit"),
}  # fmt: skip
COLOURS = {
    "resolved": GREEN, "discharged home": SKY, "sent down to recover": PURPLE,
    "answered from afar": YELLOW, "told or referred higher": BLUE, "unresolved": ORANGE,
    "left, refused, declined": VERMILION, "still there": GREY, "stayed home": SKY,
    "gave up or did not come": VERMILION, "at home, means to return": PURPLE,
    "awaits a remote reply": YELLOW,
}  # fmt: skip
DARK = {GREEN, BLUE, VERMILION, GREY}  # on which letters are white
LEAST_WRITTEN = 4.0  # % of a bar that has room for its number


@drawing
def ledger(frame: pd.DataFrame, source: str) -> Figure:
    """What became of all visits of each tier, and of all episodes, of the whole run.

    frame: columns ledger (visits, episodes), tier, came, gap and one for every ending and state
    (see `sim.record.ledger_frame`).
    """
    came = checked(frame, "ledger", "tier", "came", "gap")
    visits, episodes = (came[(came["ledger"] == name) & (came["came"] > 0)]
                        for name in ("visits", "episodes"))  # fmt: skip
    parts = [(rows, ways, name) for rows, ways, name in (
        (visits, VISITS, "visits"), (episodes, EPISODES, "episodes of residents"),
    ) if len(rows)]  # fmt: skip
    if not parts:
        raise ValueError("nothing to draw: nobody came")
    heights = [0.9 + 0.42 * len(rows) for rows, _, _ in parts]
    figure = sheet(0.5 + sum(heights), say("What became of everybody, warm-up included"), source)
    every = figure.subplots(len(parts), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (rows, ways, name) in zip(every, parts, strict=True):
        _bars(axes, rows, ways, name)
    return figure


def _bars(axes: Axes, rows: pd.DataFrame, ways: dict[str, tuple[str, ...]], name: str) -> None:
    left = pd.Series(0.0, index=rows.index)
    at = range(len(rows))
    for way, columns in ways.items():
        share = PER_CENT * rows[list(columns)].sum(axis=1) / rows["came"]
        if not share.any():
            continue
        drawn = axes.barh(at, share, 0.7, left=left, color=COLOURS[way], label=say(way))
        written = [f"{value:.0f}" if value >= LEAST_WRITTEN else "" for value in share]
        ink = "white" if COLOURS[way] in DARK else "black"
        axes.bar_label(drawn, written, label_type="center", fontsize=7, color=ink)
        left += share
    axes.set_yticks(at, [_name(row) for _, row in rows.iterrows()], fontsize=WORDS)
    axes.set(xlim=(0, PER_CENT))
    axes.invert_yaxis()
    axes.set_xlabel(say(f"{name} [%]"), fontsize=WORDS)
    axes.tick_params(axis="x", labelsize=WORDS)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7, frameon=False)
    bare(axes)


def _name(row: pd.Series) -> str:
    tier = say("all") if row["tier"] == "all" else label(str(row["tier"]))
    return say("{tier}: {came:,} came\ngap {gap}", tier=tier, came=row["came"], gap=row["gap"])
