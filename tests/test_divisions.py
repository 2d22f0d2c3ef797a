"""Provinces and prefectures are found by Chinese name, Latin name and code, also in a file."""

from pathlib import Path

import pytest

from sim import divisions
from sim.places import counties
from sim.scenario import load
from sim.yamlfile import ScenarioError

ROOT = Path(__file__).parents[1]


@pytest.mark.door
@pytest.mark.parametrize("name", ["黄石市", "黄石", "4202", 4202, "Huangshi", "huangshi"])
def test_a_prefecture_is_found_by_name_and_code(name):
    assert divisions.prefecture(name).code == 4202


@pytest.mark.door
@pytest.mark.parametrize(
    ("name", "code"),
    [("湖南", 43), ("湖南省", 43), ("43", 43), ("HUNAN", 43), ("Si chuan", 51), ("辽宁", 21)],
)
def test_a_province_is_found_by_name_and_code(name, code):
    assert divisions.province(name).code == code


@pytest.mark.door
@pytest.mark.parametrize(
    ("name", "code"),
    [("恩施", 4228), ("恩施州", 4228), ("Enshi", 4228), ("Yaan", 5118), ("Ya'an", 5118),
     ("湘西土家族苗族自治州", 4331), ("凉山", 5134), ("阿坝州", 5132)],
)  # fmt: skip
def test_autonomous_and_apostrophised_prefectures_are_found(name, code):
    assert divisions.prefecture(name).code == code


@pytest.mark.door
def test_an_unknown_region_is_answered_with_the_nearest():
    with pytest.raises(divisions.UnknownPlace, match="no prefecture is called") as caught:
        divisions.prefecture("Huangshy")
    assert caught.value.nearest[0] == "Huangshi"
    with pytest.raises(divisions.UnknownPlace, match=r"no province .* use Hunan"):
        divisions.province("Hunnan")
    with pytest.raises(divisions.UnknownPlace, match="43 湖南省"):
        divisions.province("44")


@pytest.mark.invariant
def test_the_table_of_names_has_every_prefecture_of_the_counties_as_called_there():
    named = {row.prefecture_code: row.prefecture for row in counties().values()}
    listed = {code: row.name for code, row in divisions.divisions().items() if code > 99}
    assert named == listed
    latins = [divisions.plain(row.latin) for row in divisions.divisions().values()]
    assert len(set(latins)) == len(latins)


def complaint(folder, world):
    """The only thing that `load` finds wrong with a scenario of a world."""
    path = folder / "asked.yaml"
    path.write_text(f"title: a region\nworld:\n{world}days: 7\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (found,) = caught.value.problems
    return found


@pytest.mark.door
@pytest.mark.parametrize(
    ("world", "line", "column", "path", "message", "near"),
    [
        ("  prefecture: Huangsi\n", 3, 15, "world.prefecture", "no prefecture", "Huangshi"),
        ("  prefecture: 4204\n", 3, 15, "world.prefecture", "no prefecture", "4203 十堰市"),
        ("  province: Hubay\n", 3, 13, "world.province", "no province", "Hubei"),
        ("  province: Huangshi\n", 3, 13, "world.province", "no province", ""),
        ("  county: 阳兴县\n", 3, 11, "world.county", "no county", "阳新"),
        ("  county: 阳新县\n  province: Hubei\n", 4, 3, "world.province", "not both", ""),
        ("  provinz: Hubei\n", 3, 3, "world.provinz", "unknown key", "province"),
    ],
)
def test_a_region_that_is_none_is_told_with_its_place(
    tmp_path, world, line, column, path, message, near
):
    found = complaint(tmp_path, world)
    assert (found.spot.line, found.spot.column, found.path) == (line, column, path)
    assert message in found.message and near in found.nearest


@pytest.mark.door
def test_a_prefecture_by_name_or_code_is_one_world():
    asked = load(ROOT / "scenarios" / "huangshi_baseline.yaml")
    by_code = asked.with_value("world.prefecture", 4202)
    assert by_code.content_hash(1) == asked.content_hash(1)
    assert by_code.world().names.counties[-1] == "大冶市"


@pytest.mark.door
@pytest.mark.parametrize("name", ["hubei", "hunan", "sichuan", "liaoning"])
def test_province_scenarios_ask_for_a_year_after_four_weeks(name):
    asked = load(ROOT / "scenarios" / f"{name}_baseline.yaml")
    assert (asked.warmup, asked.days, asked.replications) == (28, 365, 1)
    assert divisions.province(asked.world_.province).latin == name.capitalize()
