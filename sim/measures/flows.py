"""Where do people go first, and where are they sent next?"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures.cells import ALL, Cell, paired, ratio, rows
from sim.measures.sums import Ratio, Sums
from sim.tally.cells import ELSEWHERE, OWN_COUNTY
from sim.world import SEVERITIES

PARTED = ("tier", "kind", "grade", "institution", "where")  # of whose shares the whole is divided
OWN = (OWN_COUNTY,)


def kinds(of: Sums, which: str) -> list[int]:
    """Codes of the kinds that `World.names` lists."""
    names = of.window.world.names
    return [names.kinds.index(kind) for kind in getattr(names, which)]


def counties(of: Sums) -> range:
    """Codes of all counties: facilities outside belong to none."""
    return range(len(of.window.words["county"]))


def referral_up_formal(of: Sums) -> Ratio:
    """Share of visits that end in a formal referral.

    Visits with outcome referred / visits at the tier; group a>b: visits that arrive at tier b
    with a referral from tier a / visits at a.
    """
    return Ratio(of.visits("referred"), of.visits("visits"))


def advised_up(of: Sums) -> Ratio:
    """Share of visits told to go higher without a transfer.

    Visits with outcome advised / visits at the tier; group a>b: visits that arrive at tier b as
    tier a advised / visits at a.
    """
    return Ratio(of.visits("advised"), of.visits("visits"))


def referred_down(of: Sums) -> Ratio:
    """Share of discharges that are sent down to recover nearer home.

    Stays with outcome stepped_down / discharges; group a>b: stays asked for at tier b that come
    from tier a / discharges at a.
    """
    return Ratio(of.stays("stepped_down"), of.stays("discharged"))


def formal_pairs(of: Sums) -> list[Cell]:
    """Formal referrals by tier pair."""
    return paired(of.window, of.window.cells.referred, of.apart("tier").visits("visits"))


def advised_pairs(of: Sums) -> list[Cell]:
    """Advice by tier pair."""
    return paired(of.window, of.window.cells.advised, of.apart("tier").visits("visits"))


def down_pairs(of: Sums) -> list[Cell]:
    """Stays below by tier pair, where there are any."""
    left = of.apart("tier").stays("discharged")
    return [cell for cell in paired(of.window, of.window.cells.stepped, left) if cell.value > 0]


def first_contact(of: Sums) -> Ratio:
    """Share of first contacts by tier, and by institution.

    Residents' visits with contact 0 at the tier / all of them.
    """
    return Ratio(of.people("first"), of.people("first", over=PARTED))


def first_contact_primary(of: Sums) -> Ratio:
    """Share of first contacts at primary institutions.

    Residents' visits with contact 0 at primary kinds / all of them.
    """
    return Ratio(of.people("first", kind=kinds(of, "primary_kinds")), of.people("first"))


def visit_share(of: Sums) -> Ratio:
    """Share of residents' visits by tier, and by institution.

    Residents' visits at the tier / all; the institutions are nine rows of the statistics: mch, and
    hospitals by grade, whatever their kind.
    """
    return Ratio(of.people("visits"), of.people("visits", over=PARTED))


def primary_share(of: Sums) -> Ratio:
    """Share of residents' visits at primary institutions.

    Residents' visits at primary kinds / all residents' visits.
    """
    return Ratio(of.people("visits", kind=kinds(of, "primary_kinds")), of.people("visits"))


def non_hospital_share(of: Sums) -> Ratio:
    """Share of residents' visits outside hospitals.

    1 - residents' visits at hospital kinds / all residents' visits.
    """
    others = sorted(set(range(len(of.window.words["kind"]))) - set(kinds(of, "hospital_kinds")))
    return Ratio(of.people("visits", kind=others), of.people("visits"))


def primary_in_county(of: Sums) -> Ratio:
    """Share of primary institutions in all visits to a county's facilities.

    Visits at primary kinds in the county / visits at all facilities in the county, whoever comes;
    facilities outside the counties of the World are left out.
    """
    inside = counties(of)
    primary = of.visits("visits", county=inside, primary=(1,))
    return Ratio(primary, of.visits("visits", county=inside))


def bypass(of: Sums) -> Ratio:
    """Share of first contacts above the minimal capable tier.

    Residents' first contacts a whole level or more above that of condition x severity / all: where
    a clinic may or may not suffice (1.5), neither a clinic nor a township centre is a bypass.
    """
    return Ratio(of.people("above"), of.people("first"))


def under_placement(of: Sums) -> Ratio:
    """Share of first contacts below the minimal capable tier.

    Residents' first contacts a whole level or more below that of condition x severity / all.
    """
    return Ratio(of.people("below"), of.people("first"))


def bypass_by_severity(of: Sums) -> list[Cell]:
    """Bypass by severity."""
    return _by_severity(of, _placement(of) >= 1)


def under_by_severity(of: Sums) -> list[Cell]:
    """Under-placement by severity."""
    return _by_severity(of, _placement(of) <= -1)


def _placement(of: Sums) -> np.ndarray:
    """Tier (village is 1) minus the minimal capable level: tier x condition x severity."""
    world = of.window.world
    tier = np.arange(1, len(world.names.tiers) + 1)
    return tier[:, None, None] - world.needs.level[None]


def _by_severity(of: Sums, misplaced: np.ndarray) -> list[Cell]:
    first = of.window.cells.first[:, :-1, :-1]
    above, below = (first * misplaced).sum(axis=(0, 1)), first.sum(axis=(0, 1))
    pairs = zip(SEVERITIES, above, below, strict=True)
    return rows((ALL, severity, *cell) for severity, a, b in pairs for cell in ratio(a, b))


def quality_floor(of: Sums) -> dict[str, Ratio]:
    """Share of visits and stays handled at or above the minimal capable tier.

    1 - residents' visits (stays that got a bed) a whole level or more below that of condition x
    severity / all: stands in for outcomes, since no mortality is modelled.
    """
    visits, stays = of.people("visits"), of.people("stays")
    fit, fit_stays = visits - of.people("low"), stays - of.people("low_stays")
    parts = {"visits": Ratio(fit, visits), "stays": Ratio(fit_stays, stays)}
    return parts | {ALL: Ratio(fit + fit_stays, visits + stays)}


def booked_share(of: Sums) -> Ratio:
    """Share of residents' visits that came with a number.

    Residents' visits at departments that give out numbers on day 0 / all residents' visits.
    """
    return Ratio(of.people("booked"), of.people("visits"))


def within_county(of: Sums) -> dict[str, Ratio]:
    """Share of residents' visits and stays at facilities of their own county.

    Groups: visits (the outpatient share), admissions, and both together (all); both over residents
    of counties and county-level cities only, where the indicator is official. Residents, not the
    insured, count.
    """
    visits = of.people("visits", where=OWN), of.people("visits")
    stays = of.people("stays", where=OWN), of.people("stays")
    parts = {"visits": Ratio(*visits), "admissions": Ratio(*stays)}
    both = Ratio(visits[0] + stays[0], visits[1] + stays[1])
    return parts | {ALL: both} | _official(of)


def _official(of: Sums) -> dict[str, Ratio]:
    chosen = official_counties(of.window.world.names.county_codes)
    local = {"where": OWN, "county": chosen}
    above, below = (_both(of, ("visits", "stays"), w) for w in (local, {"county": chosen}))
    return {"counties and cities": Ratio(above, below)} if chosen else {}


CITIES = (*range(1, 21), *range(51, 71))  # third and fourth digit of a city with districts
DISTRICTS = range(1, 21)  # last two digits of its districts; of its counties and cities above


def official_counties(codes: tuple[int, ...]) -> list[int]:
    """Positions of counties and county-level cities among six-digit codes (GB/T 2260)."""
    district = [code // 100 % 100 in CITIES and code % 100 in DISTRICTS for code in codes]
    return [k for k, is_district in enumerate(district) if not is_district]


def out_of_area(of: Sums) -> dict[str, Ratio]:
    """Share of residents' episodes and cost outside their pooling area.

    Visits and stays at facilities of another pooling area / all; their cost / all cost. Of settled
    claims 2.59 % and 17.3 % in 2022 (domain.md §3).
    """
    away = (ELSEWHERE,)
    episodes, every = (_both(of, ("visits", "stays"), w) for w in ({"where": away}, {}))
    cost, all_cost = (_both(of, ("cost", "stay_cost"), w) for w in ({"where": away}, {}))
    return {"episodes": Ratio(episodes, every), "cost": Ratio(cost, all_cost, every)}


def _both(of: Sums, items: tuple[str, str], where: dict[str, Any]) -> np.ndarray:
    return of.people(items[0], **where) + of.people(items[1], **where)
