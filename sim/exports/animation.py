"""The log in the animation format of vidigi 2, and one day of it as a moving picture.

An entity is a visit (vidigi wants one arrival each), the resident a column. `resource_id` numbers
the busy doctors of a department from 1: the smallest number free when a patient is seen, since
the model's doctors have no names. From being seen to the end, tests included, a doctor counts as in
use.
"""

from __future__ import annotations

import heapq
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from sim.exports import clock

MINUTES_A_DAY = 1440
COLUMNS = ["entity_id", "pathway", "event_type", "event", "time", "resource_id"]
MORE = ["resident", "facility", "department", "condition", "class"]
OPENS, CLOSES, EVERY, MOST = 420, 1080, 10, 60  # minutes of the day; minutes a frame; icons a stage
WAITING, SEEN = "waiting", "with the doctor"
COLOURS = {
    "urgent": "#D55E00",
    "returning": "#CC79A7",
    "referred": "#0072B2",
    "ordinary": "#009E73",
}
LEFT, RIGHT, LOWEST, APART, MARGIN = 230, 620, 60, 150, 260  # places of the stages on the picture
TALL, WIDE, ROW = 850, 1000, 20


class NoVidigi(ImportError):
    """The extra is not installed; the message says how to get it."""

    def __init__(self) -> None:
        super().__init__('the animation needs vidigi: pip install -e ".[animation]"')


def log(run: Any) -> pd.DataFrame:
    """The visits of a run as vidigi reads them: entity_id, pathway (the tier), event_type, event,
    time [min since day 0], resource_id; and resident, facility, department, condition, class.
    """
    visits = run.visits
    came = visits[visits["arrival"].notna()].assign(resource_id=pd.NA)
    seen = came[came["start"].notna()]
    seen = seen.assign(resource_id=places(seen))
    done, ended = seen[seen["end"].notna()], came[came["end"].notna()]
    steps = (
        (came, "arrival_departure", "arrival", "arrival"), (came, "queue", WAITING, "arrival"),
        (seen, "resource_use", SEEN, "start"), (done, "resource_use_end", f"{SEEN}, end", "end"),
        (ended, "arrival_departure", "depart", "end"),
    )  # fmt: skip
    parts = [_step(rows, kind, event, rows[moment], n)
             for n, (rows, kind, event, moment) in enumerate(steps)]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True).astype({"resource_id": "Int64"})
    rows = rows.sort_values(["time", "entity_id", "step"], kind="stable")
    return rows.drop(columns="step").reset_index(drop=True)


def _step(rows: pd.DataFrame, kind: str, event: str, time: Any, step: int) -> pd.DataFrame:
    stage = event if kind == "arrival_departure" else rows["tier"].astype(str) + f": {event}"
    held = {"entity_id": rows["visit"], "pathway": rows["tier"].astype(str), "event_type": kind,
            "event": stage, "time": time, "resource_id": rows["resource_id"]}  # fmt: skip
    return pd.DataFrame(held | {name: rows[name].astype(object) for name in MORE} | {"step": step})


def places(seen: pd.DataFrame) -> np.ndarray:
    """Of each visit, which of its department's busy doctors sees it: the smallest free number."""
    found = pd.Series(0, index=seen.index)
    for _, own in seen.sort_values("start", kind="stable").groupby("department", observed=True):
        busy: list[tuple[float, int]] = []
        free: list[int] = []
        for row, start, end in own[["start", "end"]].itertuples():
            while busy and busy[0][0] <= start:
                heapq.heappush(free, heapq.heappop(busy)[1])
            number = heapq.heappop(free) if free else len(busy) + 1
            found[row] = number
            heapq.heappush(busy, (end if end == end else np.inf, number))
    return found.to_numpy()


def animate(run: Any, day: int | None = None) -> Any:
    """A day of a run as a plotly figure that plays: who waits and who is seen, by tier and class.

    day: counted from day 0, the first measured one if not given. Every ten minutes from 7:00 to
    18:00; of more than sixty in one place the others are a number. Raises NoVidigi without the
    extra `animation`, and ValueError for a day without visits.
    """
    try:
        from vidigi.animation import animate_activity_log
        from vidigi.utils import EventPosition, create_event_position_df
    except ImportError:
        raise NoVidigi from None
    day = run.warmup if day is None else day
    rows = of_day(log(run), day)
    tiers = [tier for tier in run.tiers if tier in set(rows["pathway"])]
    spots = [
        EventPosition(event=f"{tier}: {event}", x=x, y=LOWEST + APART * i, label=f"{tier}: {event}")
        for i, tier in enumerate(tiers) for event, x in ((WAITING, LEFT), (SEEN, RIGHT))
    ]  # fmt: skip
    door = [
        EventPosition(event=name, x=x, y=0, label=label)
        for name, x, label in (("arrival", 20, "come"), ("depart", RIGHT + MARGIN // 2, "leave"))
    ]
    figure = animate_activity_log(
        rows, create_event_position_df([*spots, *door]), every_x_time_units=EVERY,
        warm_up=OPENS, limit_duration=CLOSES, step_snapshot_max=MOST, wrap_queues_at=ROW,
        gap_between_queue_rows=ROW, entity_icon_size=11, text_size=13, plotly_height=TALL,
        plotly_width=WIDE, override_x_max=RIGHT + MARGIN, plot_bgcolor="white",
        override_y_max=LOWEST + APART * len(tiers),
        custom_entity_icon_list=["●"], entity_colour_by="class", entity_colour_map=COLOURS,
        start_date=clock(run).date().isoformat(), simulation_time_unit="minutes",
        time_display_units="%H:%M",
    )  # fmt: skip
    date = clock(run).date() + timedelta(days=day)
    keys = ", ".join(f'<span style="color:{hue}">{name}</span>' for name, hue in COLOURS.items())
    told = f"{run.title}<br>{date:%A %Y-%m-%d}, seed {run.seed}; a point is a patient: {keys}"
    return figure.update_layout(title=told, showlegend=False)


def of_day(rows: pd.DataFrame, day: int) -> pd.DataFrame:
    """The visits that arrive on a day, minutes from its midnight; all stages as queues."""
    arrived = rows[rows["event"] == "arrival"].set_index("entity_id")["time"]
    came = arrived.index[arrived // MINUTES_A_DAY == day]
    own = rows[rows["entity_id"].isin(came) & (rows["event_type"] != "resource_use_end")]
    if own.empty:
        raise ValueError(f"nobody arrives on day {day}")
    kinds = own["event_type"].replace("resource_use", "queue")
    return own.assign(event_type=kinds, time=own["time"] - day * MINUTES_A_DAY)
