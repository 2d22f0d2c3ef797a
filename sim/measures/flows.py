"""Where do people go first, and where are they sent next?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures.cells import ALL, Cells, averaged, counted, paired, ratio, rows
from sim.measures.window import Window
from sim.world import SEVERITIES

INSTITUTIONS = {  # rows of the statistics (domain.md §4.1); other kinds are hospitals by grade
    "village_clinic": "village_clinic", "community_station": "station_clinic",
    "clinic": "station_clinic", "township_centre": "township_centre",
    "community_centre": "community_centre", "mch": "mch",
}
HOSPITALS = {"none": "ungraded", "I": "level_1", "II": "secondary", "III": "tertiary"}


def onward(window: Window, outcome: str, moved: np.ndarray) -> Cells:
    """Shares of visits that end in an outcome, by tier, and that arrive from a tier, by pair."""
    visits = window.at_tiers("visits")
    total = averaged(window, window.at_tiers(outcome), visits)
    return pd.concat([total, paired(window, moved, visits)], ignore_index=True)


def referral_up_formal(window: Window) -> Cells:
    """Share of visits that end in a formal referral.

    Visits with outcome referred / visits at the tier; group a>b: visits that arrive at tier b
    with a referral from tier a / visits at a.
    """
    return onward(window, "referred", window.cells.referred)


def advised_up(window: Window) -> Cells:
    """Share of visits told to go higher without a transfer.

    Visits with outcome advised / visits at the tier; group a>b: visits that arrive at tier b as
    tier a advised / visits at a.
    """
    return onward(window, "advised", window.cells.advised)


def referred_down(window: Window) -> Cells:
    """Share of discharges that are sent down to recover nearer home.

    Stays with outcome stepped_down / discharges; group a>b: stays asked for at tier b that come
    from tier a / discharges at a.
    """
    left = window.stays_at("discharged")
    total = averaged(window, window.stays_at("stepped_down"), left)
    pairs = paired(window, window.cells.stepped, left)
    return pd.concat([total, pairs[pairs["value"] > 0]], ignore_index=True)


def distributed(window: Window, item: str) -> Cells:
    """Shares of visits by tier (group all) and by row of the statistics (tier all)."""
    at = window.at_facilities(item)
    total, of_rows = int(at.sum()), institutions(window)
    by_tier = counted(window, window.by_tier(at), 1.0 / max(total, 1)).iloc[1:]
    by_row = rows(
        (ALL, row, *cell)
        for row in dict.fromkeys(of_rows)
        for cell in ratio(at[of_rows == row].sum(), total)
    )
    return pd.concat([by_tier, by_row], ignore_index=True).assign(n=total).query("n > 0")


def institutions(window: Window) -> np.ndarray:
    """The row of the statistics (domain.md §4.1) that each facility belongs to."""
    names, facilities = window.world.names, window.world.facilities
    kinds = (names.kinds[i] for i in facilities.kind)
    grades = (names.grades[i] for i in facilities.grade)
    pairs = zip(kinds, grades, strict=True)
    return np.array([INSTITUTIONS.get(k) or HOSPITALS.get(g, k) for k, g in pairs], dtype=object)


def first_contact(window: Window) -> Cells:
    """Share of first contacts by tier, and by institution.

    Residents' visits with contact 0 at the tier / all of them.
    """
    return distributed(window, "first")


def first_contact_primary(window: Window) -> Cells:
    """Share of first contacts at primary institutions.

    Residents' visits with contact 0 at primary kinds / all of them.
    """
    return at_kinds(window, "first", "primary_kinds")


def visit_share(window: Window) -> Cells:
    """Share of residents' visits by tier, and by institution.

    Residents' visits at the tier / all; the institutions are nine rows of the statistics: mch, and
    hospitals by grade, whatever their kind.
    """
    return distributed(window, "residents")


def at_kinds(window: Window, item: str, which: str, inside: bool = True) -> Cells:
    """Share of visits at (or not at) the kinds that `World.names` lists."""
    names = window.world.names
    asked = [names.kinds.index(kind) for kind in getattr(names, which)]
    there = np.isin(window.world.facilities.kind, asked) == inside
    at = window.at_facilities(item)
    return rows((ALL, ALL, *cell) for cell in ratio(at[there].sum(), at.sum()))


def primary_share(window: Window) -> Cells:
    """Share of residents' visits at primary institutions.

    Residents' visits at primary kinds / all residents' visits.
    """
    return at_kinds(window, "residents", "primary_kinds")


def non_hospital_share(window: Window) -> Cells:
    """Share of residents' visits outside hospitals.

    1 - residents' visits at hospital kinds / all residents' visits.
    """
    return at_kinds(window, "residents", "hospital_kinds", inside=False)


def placed(window: Window, misplaced: np.ndarray) -> Cells:
    """Shares of first contacts that are misplaced (tier x condition x severity), by severity."""
    first = window.cells.first[:, :-1, :-1]
    above, below = (first * misplaced).sum(axis=(0, 1)), first.sum(axis=(0, 1))
    every = [(ALL, ALL, *cell) for cell in ratio(above.sum(), below.sum())]
    each = [(ALL, severity, *cell) for severity, a, b in zip(SEVERITIES, above, below, strict=True)
            for cell in ratio(a, b)]  # fmt: skip
    return rows([*every, *each])


def placement(window: Window) -> np.ndarray:
    """Tier (village is 1) minus the minimal capable level: tier x condition x severity."""
    tier = np.arange(1, len(window.world.names.tiers) + 1)
    return tier[:, None, None] - window.world.needs.level[None]


def bypass(window: Window) -> Cells:
    """Share of first contacts above the minimal capable tier.

    Residents' first contacts a whole level or more above that of condition x severity / all: where
    a clinic may or may not suffice (1.5), neither a clinic nor a township centre is a bypass.
    """
    return placed(window, placement(window) >= 1)


def under_placement(window: Window) -> Cells:
    """Share of first contacts below the minimal capable tier.

    Residents' first contacts a whole level or more below that of condition x severity / all.
    """
    return placed(window, placement(window) <= -1)
