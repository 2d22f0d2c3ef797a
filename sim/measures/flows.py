"""Where do people go first, and where are they sent next?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures.cells import (
    ALL,
    BY_TIER,
    EVERYWHERE,
    Cells,
    averaged,
    counted,
    paired,
    rows,
)
from sim.measures.window import Window

INSTITUTIONS = {  # rows of the statistics (domain.md §4.1); other kinds are hospitals by grade
    "village_clinic": "village_clinic", "community_station": "station_clinic",
    "clinic": "station_clinic", "township_centre": "township_centre",
    "community_centre": "community_centre", "mch": "mch",
}
HOSPITALS = {"none": "ungraded", "I": "level_1", "II": "secondary", "III": "tertiary"}
DISCHARGES = ("discharged", "stepped_down")


def onward(window: Window, outcome: str, source: str) -> Cells:
    """Shares of visits that end in an outcome, by tier and by pair of tiers.

    The next tier is that of the following contact of the episode (visit key + 1), if it names this
    facility as its source; else pending.
    """
    visits = window.visits
    leaving = visits[(visits["outcome"] == outcome).to_numpy()]
    arrivals = visits.drop_duplicates("visit").set_index("visit")[[source, "tier"]]
    following = arrivals.reindex(leaving["visit"].to_numpy() + 1).astype(object)
    known = following[source].to_numpy() == leaving["facility"].astype(object).to_numpy()
    target = following["tier"].where(known, None)
    total = averaged(visits, visits["outcome"] == outcome, EVERYWHERE, BY_TIER)
    pairs = paired(window, leaving, target, visits["tier"].value_counts())
    return pd.concat([total, pairs], ignore_index=True)


def referral_up_formal(window: Window) -> Cells:
    """Share of visits that end in a formal referral.

    Visits with outcome referred / visits at the tier; group a>b: to facilities of tier b.
    """
    return onward(window, "referred", "referred_from")


def advised_up(window: Window) -> Cells:
    """Share of visits told to go higher without a transfer.

    Visits with outcome advised / visits at the tier; group a>b: who then turned up at tier b.
    """
    return onward(window, "advised", "advised_from")


def discharges(window: Window) -> pd.DataFrame:
    """Stays that ended in a discharge or a transfer down within the window."""
    stays = window.run.stays
    return stays[(stays["end"] >= window.start) & stays["outcome"].isin(DISCHARGES)]


def referred_down(window: Window) -> Cells:
    """Share of discharges that are sent down to recover nearer home.

    Stays with outcome stepped_down / discharges; group a>b: stays asked for at tier b that come
    from tier a / discharges at a.
    """
    left = discharges(window)
    total = averaged(left, left["outcome"] == "stepped_down", EVERYWHERE, BY_TIER)
    base = left["tier"].value_counts()
    below = window.stays[window.stays["stepped_from"].notna()]
    tier = np.array(window.world.names.tiers)[window.world.facilities.tier]
    origin = pd.DataFrame({"tier": tier[below["stepped_from"].cat.codes]})
    pairs = paired(window, origin, below["tier"].astype(object).to_numpy(), base)
    return pd.concat([total, pairs[pairs["value"] > 0]], ignore_index=True)


def distributed(window: Window, frame: pd.DataFrame) -> Cells:
    """Shares of rows by tier (group all) and by row of the statistics (tier all)."""
    total = max(len(frame), 1)
    by_tier = counted(window, frame, 1.0 / total).iloc[1:]
    rows_of = institutions(window)
    n = pd.Series(rows_of[frame["facility"].cat.codes]).value_counts()
    by_row = rows([(ALL, r, n.get(r, 0) / total, len(frame)) for r in dict.fromkeys(rows_of)])
    return pd.concat([by_tier, by_row], ignore_index=True).assign(n=len(frame)).query("n > 0")


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
    return distributed(window, window.first)


def first_contact_primary(window: Window) -> Cells:
    """Share of first contacts at primary institutions.

    Residents' visits with contact 0 at primary kinds / all of them.
    """
    return averaged(window.first, at_kinds(window, window.first, "primary_kinds"), EVERYWHERE)


def visit_share(window: Window) -> Cells:
    """Share of residents' visits by tier, and by institution.

    Residents' visits at the tier / all; the institutions are nine rows of the statistics: mch, and
    hospitals by grade, whatever their kind.
    """
    return distributed(window, window.residents)


def at_kinds(window: Window, frame: pd.DataFrame, which: str) -> np.ndarray:
    """Whether each visit is at one of the kinds that `World.names` lists."""
    return frame["kind"].isin(getattr(window.world.names, which)).to_numpy()


def primary_share(window: Window) -> Cells:
    """Share of residents' visits at primary institutions.

    Residents' visits at primary kinds / all residents' visits.
    """
    visits = window.residents
    return averaged(visits, at_kinds(window, visits, "primary_kinds"), EVERYWHERE)


def non_hospital_share(window: Window) -> Cells:
    """Share of residents' visits outside hospitals.

    1 - residents' visits at hospital kinds / all residents' visits.
    """
    visits = window.residents
    return averaged(visits, ~at_kinds(window, visits, "hospital_kinds"), EVERYWHERE)


def placement(window: Window) -> np.ndarray:
    """Tier of each first contact (village is 1) minus the minimal capable level."""
    first = window.first
    needed = window.world.needs.level[first["condition"].cat.codes, first["severity"].cat.codes]
    return first["tier"].cat.codes.to_numpy() + 1 - needed


def bypass(window: Window) -> Cells:
    """Share of first contacts above the minimal capable tier.

    Residents' first contacts a whole level or more above that of condition x severity / all: where
    a clinic may or may not suffice (1.5), neither a clinic nor a township centre is a bypass.
    """
    return averaged(window.first, placement(window) >= 1, EVERYWHERE, (None, "severity"))


def under_placement(window: Window) -> Cells:
    """Share of first contacts below the minimal capable tier.

    Residents' first contacts a whole level or more below that of condition x severity / all.
    """
    return averaged(window.first, placement(window) <= -1, EVERYWHERE, (None, "severity"))
