"""Which facilities and departments a programme means."""

from pathlib import Path

import numpy as np
import pytest

from sim import targets
from sim.effects import EffectError
from sim.scenario import load
from sim.world import World

pytestmark = pytest.mark.policy
ROOT = Path(__file__).parents[1]
CENTRES = ("township_centre",)


@pytest.fixture(scope="module")
def county() -> World:
    return load(ROOT / "scenarios" / "county_baseline.yaml").world()


@pytest.fixture(scope="module")
def prefecture() -> World:
    return load(ROOT / "scenarios" / "huangshi_baseline.yaml").world()


def kind_of(world: World, rows: np.ndarray) -> set[str]:
    """Kinds of some facilities."""
    return {world.names.kinds[kind] for kind in world.facilities.kind[rows]}


@pytest.mark.parametrize("word", ["龙港镇", "阳新县龙港镇", 420222101, "龙港镇卫生院"])
def test_a_township_is_named_by_name_or_code_in_both_sizes_of_world(
    word: str | int, county: World, prefecture: World
) -> None:
    code = next(code for town, code in targets.townships(county)[0].items() if town == "龙港镇")
    word = code if isinstance(word, int) else word
    for world in (county, prefecture):
        rows = targets.chosen(world, CENTRES, (word,))
        assert len(rows)
        assert all("龙港镇" in world.names.facilities[row] for row in rows)


@pytest.mark.parametrize("word", ["黄石市", 4202])
def test_a_prefecture_names_all_that_it_has(word: str | int, prefecture: World) -> None:
    rows = targets.chosen(prefecture, ("municipal_general", "county_general"), (word,))
    assert kind_of(prefecture, rows) == {"municipal_general", "county_general"}
    assert (prefecture.facilities.pooling_area[rows] == 4202).all()
    here = prefecture.facilities.pooling_area == 4202
    kinds = [prefecture.names.kinds.index(k) for k in ("municipal_general", "county_general")]
    assert len(rows) == (here & np.isin(prefecture.facilities.kind, kinds)).sum()


def test_places_come_in_the_order_of_the_words(prefecture: World) -> None:
    rows = targets.chosen(prefecture, CENTRES, ("还地桥镇", "白沙镇"))
    names = [prefecture.names.facilities[row] for row in rows]
    assert "还地桥镇" in names[0] and "白沙镇" in names[-1]


def test_a_wrong_word_is_told_with_the_nearest(county: World) -> None:
    with pytest.raises(EffectError, match=r"龙巷镇 names no facility .*nearest: 龙港镇"):
        targets.chosen(county, CENTRES, ("龙巷镇",))
    with pytest.raises(EffectError, match="names no facility"):
        targets.chosen(county, CENTRES, ("阳新县综合医院",))


def test_a_kind_that_is_not_there_is_told() -> None:
    tiny = load(ROOT / "scenarios" / "tiny_clinic.yaml").world()
    with pytest.raises(EffectError, match="mch_policy needs a facility of kind mch"):
        targets.chosen(tiny, ("mch",), who="mch_policy")


def test_departments_follow_their_facilities(county: World) -> None:
    rows = targets.of_kinds(county, ("county_general", "county_tcm"))
    found = targets.departments_of(county, rows, ("tcm", "general"))
    line = [county.names.specialties[s] for s in county.departments.specialty[found]]
    assert line == ["tcm", "general"] * len(rows)
    assert np.array_equal(county.departments.facility[found], np.repeat(rows, 2))
    every = targets.departments_of(county, rows)
    by_day = targets.outpatient(county, every)
    assert len(every) - len(by_day) == len(rows)
    lines = county.departments.specialty[every]
    assert "remote" not in {county.names.specialties[s] for s in lines}


def test_the_largest_of_each_group(prefecture: World) -> None:
    rows = targets.of_kinds(prefecture, ("county_general",))
    found = targets.largest(prefecture, rows, prefecture.facilities.county[rows])
    assert len(found) == len(np.unique(prefecture.facilities.county[rows]))
    for row in found.tolist():
        mates = rows[prefecture.facilities.county[rows] == prefecture.facilities.county[row]]
        size = prefecture.facilities.physicians
        assert size[row] == size[mates].max()
