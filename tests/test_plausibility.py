"""The pictures of plausibility draw what happened: shares of a whole, beds in use, all arrivals."""

import numpy as np
import pytest
import worlds

from experiments.plausibility import Seen, bands, first, occupied, seen, spread, table
from experiments.plausibility_pictures import FIGURES, draw
from sim.arithmetic import DAY
from sim.engine import play
from sim.record import Run

DAYS, WARMUP = 7, 1


@pytest.fixture(scope="module")
def held():
    world = worlds.county()
    events = play([(0, world)], 1, DAYS + WARMUP, "compiled", warmup=WARMUP)
    return seen(Run({}, 1, DAYS, WARMUP, ((0, world),), events))


@pytest.fixture(scope="module")
def drawn(held):
    return table(held)


@pytest.mark.invariant
def test_every_arrival_of_the_measured_days_has_its_hour(held, drawn):
    hours = drawn[drawn["picture"] == "arrivals"]
    assert hours["n"].sum() == len(held.visits["visit"])
    assert hours.groupby("tier")["value"].sum().to_numpy() == pytest.approx(1.0)
    assert held.visits["arrival"].min() >= WARMUP * DAY


@pytest.mark.invariant
@pytest.mark.parametrize("picture", ["distance", "severity"])
def test_shares_of_first_contacts_are_of_a_whole_and_count_all(held, drawn, picture):
    rows = drawn[(drawn["picture"] == picture) & (drawn["measure"] == "first contacts")]
    assert rows["n"].sum() == len(first(held)["visit"])
    assert rows.groupby("group")["value"].sum().to_numpy() == pytest.approx(1.0)


@pytest.mark.invariant
def test_waits_never_grow_and_residents_of_all_bands_are_all(drawn):
    still = drawn[drawn["measure"] == "still waiting"]
    assert still.groupby("tier")["value"].apply(lambda values: values.is_monotonic_decreasing).all()
    people = drawn[drawn["measure"] == "residents"]
    assert people["value"].sum() == pytest.approx(1.0)
    assert set(people["group"]) <= set(bands())


@pytest.mark.unit
def test_a_bed_counts_for_the_part_of_the_day_in_which_it_is_in_use():
    half = DAY // 2
    stays = {"start": np.array([half, -1, 0, half]), "end": np.array([DAY + half, -1, DAY, -1])}
    tiers = np.array([0, 0, 1, 0])
    assert occupied(stays, tiers, 0, 0, 3 * DAY) == 1.0  # two halves; not the one in the queue
    assert occupied(stays, tiers, 0, 1, 3 * DAY) == 1.5
    assert occupied(stays, tiers, 0, 2, 3 * DAY) == 1.0  # without end: until the end of the run
    assert occupied(stays, tiers, 1, 0, 3 * DAY) == 1.0


@pytest.mark.invariant
def test_no_tier_uses_more_beds_than_it_has_on_any_weekday(drawn):
    occupancy = drawn[drawn["measure"].str.startswith("occupancy")]
    assert occupancy["value"].between(0, 1).all()
    week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert all(list(rows["group"].unique()) == week for _, rows in occupancy.groupby("tier"))


@pytest.mark.unit
def test_weeks_are_summed_up_by_mean_least_and_most():
    rows = list(spread("occupancy", "hub", "Mon", np.array([0.5, 0.75, 1.0]), "1", 9))
    assert [row[1] for row in rows] == ["occupancy", "occupancy, least", "occupancy, most"]
    assert [row[4] for row in rows] == [0.75, 0.5, 1.0]
    assert not list(spread("occupancy", "hub", "Mon", np.array([]), "1", 9))


@pytest.mark.unit
def test_days_bear_their_names_of_the_calendar(held):
    visits = {name: column[:0] for name, column in held.visits.items()}
    stays = {name: column[:1].copy() for name, column in held.stays.items()}
    beds = held.world.facilities.beds
    stays["facility"][:], stays["start"][:] = np.argmax(beds), 2 * DAY  # a Wednesday: 0 is Monday
    stays["end"][:] = 3 * DAY
    rows = table(Seen(held.world, visits, stays, DAYS, WARMUP))
    used = rows[(rows["measure"] == "occupancy") & (rows["value"] > 0)]
    assert list(used["group"]) == ["Wed"]


@pytest.mark.door
def test_all_pictures_are_drawn_with_their_source(drawn, tmp_path):
    paths = draw(drawn, "here", "a run of nobody", tmp_path)
    assert [path.name for path in paths] == [f"here_{name}.png" for name in FIGURES]
    assert all(path.stat().st_size > 10_000 for path in paths)
    figure = FIGURES["severity"](drawn[drawn["picture"] == "severity"], "a run of nobody")
    assert any("a run of nobody" in text.get_text() for text in figure.texts)
    assert not drawn["value"].isna().any()
