"""The measures once more, from the rows of a run with pandas: the oracle of `sim.measures`."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from cases_by_rows import days_in_expected, weight_of

from sim.arithmetic import MINUTES_PER_DAY
from sim.events import NOBODY
from sim.measures import axes

DAYS_PER_YEAR = 365


@dataclass(frozen=True)
class Window:
    run: object

    @property
    def start(self):
        return float(self.run.warmup * MINUTES_PER_DAY)

    @property
    def end(self):
        return float((self.run.warmup + self.run.days) * MINUTES_PER_DAY)

    @property
    def world(self):
        return self.run.timeline[0][1]

    @cached_property
    def visits(self):
        arrival = self.run.visits["arrival"]
        return self.run.visits[arrival.between(self.start, self.end, inclusive="left")]

    @cached_property
    def stays(self):
        return self.run.stays[self.run.stays["requested"] >= self.start]

    @cached_property
    def remote(self):
        return self.run.remote[self.run.remote["requested"] >= self.start]

    @cached_property
    def residents(self):
        return of_residents(self.visits)

    @cached_property
    def first(self):
        return self.residents[self.residents["contact"] == 0]

    @property
    def resident_years(self):
        return float(self.world.places.population.sum()) * self.run.days / DAYS_PER_YEAR

    def held(self, field):
        last = self.run.warmup + self.run.days
        days = [max(day, self.run.warmup) for day, _ in self.run.timeline] + [last]
        lasting = np.clip(np.diff(days), 0, None)
        columns = [getattr(world.facilities, field) for _, world in self.run.timeline]
        return sum((np.asarray(c, float) * d for c, d in zip(columns, lasting, strict=True)))


def of_residents(frame):
    return frame[frame["resident"] != NOBODY]


ALL = "all"
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
SPREAD = ("mean", *QUANTILES)
Cells = pd.DataFrame
Cut = tuple[str | None, str | None]


EVERYWHERE: Cut = (None, None)


BY_TIER: Cut = ("tier", None)


def averaged(frame, values, *cuts):
    numbers = pd.Series(np.asarray(values, dtype=float), index=frame.index)
    means = [_cut(frame, numbers, cut, lambda by: by.agg(value="mean", n="count")) for cut in cuts]
    return pd.concat(means, ignore_index=True)


def spread(frame, values, *cuts):
    cells = [_cut(frame, values.astype(float), cut, _statistics) for cut in cuts]
    return pd.concat(cells, ignore_index=True)


def _statistics(by):
    n = by.count()
    values = {"mean": by.mean()} | {name: by.quantile(q) for name, q in QUANTILES.items()}
    return pd.concat(
        [pd.DataFrame({"value": v, "n": n}).assign(statistic=s) for s, v in values.items()]
    )


def _cut(frame, values, cut, summary):
    keys = [frame[key] for key in cut if key] or [pd.Series(0, index=frame.index)]
    cells = summary(values.groupby(keys, observed=True)).reset_index()
    tier, group = (cells[key].astype(str) if key else ALL for key in cut)
    cells = cells.assign(tier=tier, group=group)
    wanted = [c for c in ("statistic", "tier", "group", "value", "n") if c in cells]
    return cells.loc[cells["n"] > 0, wanted]


def rows(cells):
    return pd.DataFrame(cells, columns=["tier", "group", "value", "n"])


def tiers(window):
    names = window.world.names.tiers
    return [names[i] for i in np.unique(window.world.facilities.tier)]


def counted(window, frame, factor=1.0):
    n = frame["tier"].value_counts()
    everywhere = [(ALL, ALL, len(frame) * factor, len(frame))]
    each = [(t, ALL, int(n.get(t, 0)) * factor, int(n.get(t, 0))) for t in tiers(window)]
    return rows(everywhere + each)


def pooled(window, above, below, n):
    names, at = (np.array(window.world.names.tiers), window.world.facilities.tier)
    parts = [(ALL, np.ones(len(at), dtype=bool))] + [(t, names[at] == t) for t in tiers(window)]
    return rows(
        [
            (t, ALL, above[of].sum() / below[of].sum(), int(n[of].sum()))
            for t, of in parts
            if below[of].sum() > 0
        ]
    )


def facility_sum(window, frame, weights=None):
    count = len(window.world.facilities.tier)
    return np.bincount(frame["facility"].cat.codes, weights=weights, minlength=count)


MINUTES_PER_HOUR = 60


WAIT_CUTS: tuple[Cut, ...] = (EVERYWHERE, BY_TIER, ("tier", "specialty"), ("tier", "class"))


def wait(window):
    return spread(window.visits, window.visits["wait"], *WAIT_CUTS)


def unseen(window):
    visits = window.visits
    return visits[visits["start"].isna() & visits["outcome"].isna()]


def waiting_at_end(window):
    return counted(window, unseen(window))


def unfinished_at_end(window):
    visits = window.visits
    return counted(window, visits[visits["start"].notna() & visits["outcome"].isna()])


def wait_so_far(window):
    waiting = unseen(window)
    return averaged(waiting, (window.end - waiting["ready"]).fillna(0.0), EVERYWHERE, BY_TIER)


def wait_left(window):
    gone = window.visits[window.visits["outcome"] == "left"]
    waited = (gone["end"] - gone["ready"]).clip(lower=0.0).fillna(0.0)
    return averaged(gone, waited, EVERYWHERE, BY_TIER)


def wait_days(window):
    quota = np.asarray(window.world.departments.quota_minutes) > 0
    booked = window.residents[quota[window.residents["department"].cat.codes]]
    days = booked["arrival"] // MINUTES_PER_DAY - booked["requested"] // MINUTES_PER_DAY
    return spread(booked, days, EVERYWHERE, BY_TIER, ("tier", "specialty"))


def test_wait(window):
    return spread(window.visits, window.visits["test_wait"], EVERYWHERE, BY_TIER)


def bed_wait(window):
    return spread(window.stays, window.stays["wait"] / MINUTES_PER_HOUR, EVERYWHERE, BY_TIER)


def awaiting_bed_at_end(window):
    stays = window.stays
    return counted(window, stays[stays["start"].isna() & stays["outcome"].isna()])


def bed_left(window):
    return averaged(window.stays, window.stays["outcome"] == "left_waiting", EVERYWHERE, BY_TIER)


DISCHARGES = ("discharged", "stepped_down")


def discharges(window):
    stays = window.run.stays
    return stays[(stays["end"] >= window.start) & stays["outcome"].isin(DISCHARGES)]


def referred_down(window):
    left = discharges(window)
    return averaged(left, left["outcome"] == "stepped_down", EVERYWHERE, BY_TIER)


def distributed(window, frame):
    total = max(len(frame), 1)
    by_tier = counted(window, frame, 1.0 / total).iloc[1:]
    rows_of = np.array(axes.institutions(window.world), dtype=object)
    n = pd.Series(rows_of[frame["facility"].cat.codes]).value_counts()
    by_row = rows([(ALL, r, n.get(r, 0) / total, len(frame)) for r in dict.fromkeys(rows_of)])
    return pd.concat([by_tier, by_row], ignore_index=True).assign(n=len(frame)).query("n > 0")


def first_contact(window):
    return distributed(window, window.first)


def first_contact_primary(window):
    return averaged(window.first, at_kinds(window, window.first, "primary_kinds"), EVERYWHERE)


def visit_share(window):
    return distributed(window, window.residents)


def at_kinds(window, frame, which):
    return frame["kind"].isin(getattr(window.world.names, which)).to_numpy()


def primary_share(window):
    visits = window.residents
    return averaged(visits, at_kinds(window, visits, "primary_kinds"), EVERYWHERE)


def non_hospital_share(window):
    visits = window.residents
    return averaged(visits, ~at_kinds(window, visits, "hospital_kinds"), EVERYWHERE)


def placement(window):
    first = window.first
    needed = window.world.needs.level[first["condition"].cat.codes, first["severity"].cat.codes]
    return first["tier"].cat.codes.to_numpy() + 1 - needed


def bypass(window):
    return averaged(window.first, placement(window) >= 1, EVERYWHERE, (None, "severity"))


def under_placement(window):
    return averaged(window.first, placement(window) <= -1, EVERYWHERE, (None, "severity"))


WORKING_DAYS = 251


PER_THOUSAND = 1000


SOUGHT_CARE = ("resolved", "gave_up", "no_show")


def left_unseen(window):
    return averaged(window.visits, window.visits["outcome"] == "left", EVERYWHERE, BY_TIER)


def refused(window):
    return averaged(window.visits, window.visits["outcome"] == "refused", EVERYWHERE, BY_TIER)


def unresolved(window):
    return averaged(window.visits, window.visits["outcome"] == "unresolved", EVERYWHERE, BY_TIER)


def unresolved_episodes(window):
    episodes = window.run.ledger.query("ledger == 'episodes'")
    closed = float(episodes[list(SOUGHT_CARE)].to_numpy(dtype=float).sum())
    failed = closed - float(episodes["resolved"].sum())
    return rows([(ALL, ALL, failed / closed, int(closed))] if closed else [])


def repeated_tests(window):
    visits = window.visits
    again = visits[visits["repeated"] | visits["recognised"]]
    return averaged(again, again["repeated"], EVERYWHERE, BY_TIER)


def needs_dropped(window):
    needs = window.run.events.ledger["needs"]
    share = needs["dropped"] / needs["arisen"] if needs["arisen"] else 0.0
    return rows([(ALL, ALL, share, needs["arisen"])] if needs["arisen"] else [])


def visits_per_year(window):
    years = window.resident_years
    return counted(window, window.residents, 1 / years) if years else rows([])


def admissions_per_year(window):
    years, stays = (window.resident_years, admitted(window))
    return counted(window, stays, PER_THOUSAND / years) if years else rows([])


def admitted(window):
    stays = of_residents(window.stays)
    return stays[stays["start"].notna()]


def occupancy(window):
    stays = window.run.stays
    begun = stays["start"].clip(lower=window.start)
    inside = (stays["end"].fillna(window.end).clip(upper=window.end) - begun).clip(lower=0.0)
    days = facility_sum(window, stays, inside.fillna(0.0).to_numpy() / MINUTES_PER_DAY)
    return pooled(window, days, window.held("beds"), facility_sum(window, stays[inside > 0]))


def length_of_stay(window):
    left = discharges(window)
    days = (left["end"] - left["start"]) / MINUTES_PER_DAY
    return averaged(left, days, EVERYWHERE, BY_TIER)


def case_mix_index(window):
    left = discharges(window)
    return averaged(left, weight_of(left), EVERYWHERE, BY_TIER)


def stay_index(window):
    left = discharges(window)
    return averaged(left, days_in_expected(left), EVERYWHERE, BY_TIER)


def physician_load(window):
    n = facility_sum(window, window.visits)
    return pooled(window, n * (DAYS_PER_YEAR / WORKING_DAYS), window.held("physicians"), n)


def travel_per_visit(window):
    return averaged(window.residents, window.residents["travel"], EVERYWHERE, BY_TIER)


def pocket_per_visit(window):
    return averaged(window.residents, window.residents["out_of_pocket"], EVERYWHERE, BY_TIER)


def pocket_per_stay(window):
    stays = admitted(window)
    return averaged(stays, stays["out_of_pocket"], EVERYWHERE, BY_TIER)


def remote_per_year(window):
    years = window.resident_years
    asked = of_residents(window.remote)
    return counted(window, asked, PER_THOUSAND / years) if years else rows([])


def remote_wait(window):
    asked = window.remote
    return spread(asked, asked["wait"] / MINUTES_PER_HOUR, EVERYWHERE, BY_TIER)


def remote_pending(window):
    asked = window.remote
    return counted(window, asked[asked["end"].isna() & asked["outcome"].isna()])


def within_county(window):
    parts = {"visits": window.residents["local"], "admissions": admitted(window)["local"]}
    parts["all"] = pd.concat(list(parts.values()))
    return rows(
        [
            (ALL, group, float(np.mean(local.astype(float))), len(local))
            for group, local in parts.items()
            if len(local)
        ]
    )
