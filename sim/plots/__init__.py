"""What do we show? Waits, flows, days, beds, ledgers, comparisons and sweeps as pictures.

Every function returns a matplotlib Figure of its own (no global state, no window); `save` writes
it. Each says its units and, at the foot, the result that it shows; `lang="zh"` labels in Chinese.
"""

from sim.plots.accounts import ledger
from sim.plots.adding import Panel, knock_outs, panels, waterfall
from sim.plots.days import Turn, beds, series
from sim.plots.fronts import Aim, front, pareto
from sim.plots.moves import CAME_COLOURS, flow, referrals
from sim.plots.paired import CLEAR, NOT_CLEAR, forest
from sim.plots.paper import (
    BLUE,
    CLASS_COLOURS,
    DPI,
    GREEN,
    GREY,
    ORANGE,
    PER_CENT,
    PURPLE,
    SCALE,
    SKY,
    TIER_COLOURS,
    VERMILION,
    WIDTH,
    YELLOW,
    bare,
    chinese_font,
    drawing,
    halves,
    label,
    lettered,
    minutes_axis,
    present,
    save,
    sheet,
)
from sim.plots.sweeps import dose, tornado
from sim.plots.waiting import side_by_side, waits

__all__ = [
    "BLUE", "CAME_COLOURS", "CLASS_COLOURS", "CLEAR", "DPI", "GREEN", "GREY", "NOT_CLEAR",
    "ORANGE", "PER_CENT", "PURPLE", "SCALE", "SKY", "TIER_COLOURS", "VERMILION", "WIDTH", "YELLOW",
    "Aim", "Panel", "Turn", "bare", "beds", "chinese_font", "dose", "drawing", "flow", "forest",
    "front", "halves",
    "knock_outs", "label", "ledger", "lettered", "minutes_axis", "panels", "pareto", "present",
    "referrals", "save", "series", "sheet", "side_by_side", "tornado", "waits", "waterfall",
]  # fmt: skip
