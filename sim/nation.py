"""How does the model's split of visits compare with the nation's?

Nine rows of the statistics of 2022, with nothing lost and nothing twice (domain.md §4.1). A county
differs from the nation, and should; the rows are printed and kept so that it can be seen how.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from sim.register import fact

ALL = "all"
ALL_VISITS = "N034"


class Row(NamedTuple):
    """A row of the statistics: its words, and the facts that are added and taken away."""

    statistic: str
    added: tuple[str, ...]
    taken: tuple[str, ...] = ()

    @property
    def visits(self) -> float:
        """Visits in China in 2022 [100 million]."""
        return sum(map(fact, self.added)) - sum(map(fact, self.taken))

    @property
    def facts(self) -> str:
        """The share as a formula of fact ids, such as `(N040 - N010) / N034`."""
        above = " - ".join([" + ".join(self.added), *self.taken])
        return f"({above}) / {ALL_VISITS}" if self.taken else f"{above} / {ALL_VISITS}"


ROWS = {
    "village_clinic": Row("village clinics", ("B011",)),
    "station_clinic": Row(
        "stations, clinics, outpatient departments", ("N046",), ("B011", "N272", "N293")
    ),
    "township_centre": Row("township centres", ("N272",)),
    "community_centre": Row("community centres", ("N293",)),
    "level_1": Row("level-1 hospitals", ("N004",)),
    "ungraded": Row("ungraded hospitals", ("N040",), ("N010", "N016", "N004")),
    "secondary": Row("secondary hospitals", ("N016",)),
    "tertiary": Row("tertiary hospitals", ("N010",)),
    "mch": Row("other institutions (maternal and child health)", ("N028",)),
}
TYPES: dict[str, type] = {
    "institution": str, "statistic": str, "facts": str,
    "nation": float, "model": float, "difference": float,
}  # fmt: skip


def shares() -> dict[str, float]:
    """Share of all visits in China in 2022 by institution [1]."""
    total = fact(ALL_VISITS)
    return {institution: row.visits / total for institution, row in ROWS.items()}


def nine_rows(measures: pd.DataFrame, value: str = "value") -> pd.DataFrame:
    """Shares of visits of the nation and of the model side by side; empty where nobody lives.

    measures: a table of measures; value: its column with the model's shares. Columns: institution,
    statistic (in words), facts (formula of ids), nation, model, difference = model - nation [1].
    """
    asked = (measures["measure"] == "visit_share") & (measures["tier"] == ALL)
    model = dict(zip(measures.loc[asked, "group"], measures.loc[asked, value], strict=True))
    rows = [
        (name, row.statistic, row.facts, share, held, held - share)
        for (name, row), share in zip(ROWS.items(), shares().values(), strict=True)
        for held in [float(model.get(name, 0.0))]
    ]
    return pd.DataFrame(rows if model else [], columns=list(TYPES)).astype(TYPES)
