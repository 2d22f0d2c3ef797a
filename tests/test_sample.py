"""A sample of counties stands for the nation: its people, doctors and beds are the nation's."""

from __future__ import annotations

import numpy as np
import pytest
import worlds

from sim import geography, register, sample
from sim.capacity import residents_of
from sim.world import World

RESIDENTS = 3_000_000
TEN_THOUSAND = 1e4


@pytest.fixture(scope="module")
def nation() -> World:
    """The smallest sample that is used."""
    return geography.nation_world(RESIDENTS, worlds.MONDAY.toordinal())


def per_10000(world: World, field: str, chosen: np.ndarray) -> float:
    """A field of some facilities per 10,000 residents."""
    total = getattr(world.facilities, field)[chosen].sum()
    return float(total / world.places.population.sum() * TEN_THOUSAND)


def of_kind(world: World, *kinds: str) -> np.ndarray:
    """Which facilities are of some kinds."""
    return np.isin(world.facilities.kind, [world.names.kinds.index(kind) for kind in kinds])


@pytest.mark.unit
@pytest.mark.parametrize("residents", [3_000_000, 5_000_000, 10_000_000])
def test_people_are_those_of_the_nation(residents: int) -> None:
    """Ages of P133, P135, P136 in five groups and urban share within stated distances."""
    rows = sample.sampled(residents)
    found, wanted = sample.traits_of(rows), sample.wanted()
    total = residents_of(rows).total
    assert residents <= total <= sample.SPARE * residents
    assert found["0-4"] + found["5-14"] == pytest.approx(register.fact("P133") / 100, abs=0.015)
    assert found["65+"] == pytest.approx(register.fact("P136") / 100, abs=0.015)
    assert found["urban"] == pytest.approx(wanted["urban"], abs=0.03)
    for trait in ("districts", "capitals"):
        assert found[trait] == pytest.approx(wanted[trait], abs=0.08)
    for trait in ("to_hub", "to_municipal"):
        assert found[trait] == pytest.approx(wanted[trait], abs=0.2)


@pytest.mark.unit
def test_doctors_and_open_beds_per_resident_are_those_of_the_nation(nation: World) -> None:
    """By kind and, for hospitals, by grade; units are rounded, Chinese medicine stands at II."""
    for name, kinds in {
        "township": ("township_centre",), "community": ("community_centre",),
        "small": ("small_hospital",), "mch": ("mch",),
    }.items():  # fmt: skip
        row, chosen = register.CAPACITY[name], of_kind(nation, *kinds)
        assert per_10000(nation, "physicians", chosen) == pytest.approx(row.physicians, rel=0.01)
        beds = per_10000(nation, "beds", chosen)
        assert beds == pytest.approx(row.beds * row.open_share, rel=0.01)
    hospitals = of_kind(nation, *register.HOSPITAL_KINDS) & ~of_kind(nation, "small_hospital")
    third = nation.facilities.grade == register.GRADES.index("III")
    for name, chosen in (("tertiary", hospitals & third), ("secondary", hospitals & ~third)):
        row = register.CAPACITY[name]
        share = 1.0 if name == "tertiary" else 11.5 / 12.0  # half of 12.0 stands in municipal ones
        assert per_10000(nation, "physicians", chosen) == pytest.approx(
            row.physicians * share, rel=0.06
        )


@pytest.mark.unit
def test_hubs_and_municipal_hospitals_are_those_of_ones_own(nation: World) -> None:
    """Every place chooses hubs of its province and hospitals of its pooling area."""
    held, codes = nation.facilities, np.array(nation.names.county_codes)
    for kind, digits in (("hub_general", 10_000), ("municipal_general", 100)):
        options = nation.choice.option[:, nation.names.kinds.index(kind)]
        where = codes[nation.places.county] // digits
        for column in options.T:
            there = held.pooling_area[column] // (digits // 100)
            assert (there[column >= 0] == where[column >= 0]).all()
        assert (options >= 0).any(axis=1).all()
    senders = np.flatnonzero(of_kind(nation, "municipal_general"))
    targets = held.referral_target[senders]
    np.testing.assert_array_equal(
        held.pooling_area[targets] // 100, held.pooling_area[senders] // 100
    )


@pytest.mark.luck
def test_the_sample_is_the_same_every_time() -> None:
    with register.having({}):
        first = sample.sampled(RESIDENTS)
    with register.having({"demand": 1.0}):
        assert sample.sampled(RESIDENTS) == first


@pytest.mark.unit
def test_more_residents_than_there_are_cannot_be_sampled() -> None:
    with pytest.raises(ValueError, match="no sample of the shipped counties"):
        sample.sampled(400_000_000)
