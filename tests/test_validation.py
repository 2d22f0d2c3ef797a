"""A file of facts put beside the model: what a run says, what one types and reads, bad files."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pandas as pd
import pytest
from small_world import DAY, MINUTE, small_run, stay, visit
from typer.testing import CliRunner
from worlds import SMALL_COUNTY

import sim
from sim import measures, validation
from sim.cli import app
from sim.defaults import value
from sim.validation import facts, fitting, plan, studies, words
from sim.validation.contents import CONTENTS, Held
from sim.validation.outcomes import BY_SEASON, MEASURES, Seen, Silent, measured
from sim.validation.words import Place, Tier
from sim.world import column_of

BASELINE = f"""\
title: a small county as it is
world: {{county: {SMALL_COUNTY}}}
start: 2022-03-07
warmup: 3
days: 7
replications: 3
"""
HEADER = "id,quantity,place,year,tier,value,unit,source_title\n"
FACTS = (
    HEADER
    + f"""\
F1,visits per resident,{SMALL_COUNTY},2022,all institutions,6.0,visits/person/yr,made up
F2,total visits,{SMALL_COUNTY},2022,村卫生室,"126,000",visits,made up
F3,visits (8 months),{SMALL_COUNTY},2022 Jan-Aug,hospital (all),8,10k,made up
F4,bed occupancy,{SMALL_COUNTY},2022,township health center,30-40 %,,made up
F5,bed ocupancy,{SMALL_COUNTY},2022,hospital,71,%,made up
F6,visits per resident,{SMALL_COUNTY},2021,,5.5,visits/person/yr,made up
F7,average length of stay,{SMALL_COUNTY},2021,hospital,9.3,days,made up
F8,average length of stay,{SMALL_COUNTY},2019,hospital,9.3,days,made up
F9,beds per 1000,{SMALL_COUNTY},2022,township health center,1.03,per 1000,made up
F10,total visits,Henan,2022,all,1,100 million visits,made up
F11,health workers,{SMALL_COUNTY},2022,all,1,10k persons,made up
F12,,,,,,,
F13,share of total visits,China,2022,hospital (all),45.4,%,made up
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a file of facts and a baseline of a small county."""
    here = tmp_path_factory.mktemp("validation")
    (here / "facts.csv").write_text(FACTS, encoding="utf-8")
    (here / "scenarios").mkdir()
    (here / "scenarios" / "small_baseline.yaml").write_text(BASELINE, encoding="utf-8")
    return here


@pytest.fixture(scope="module")
def found(folder):
    """What a user gets who sets the demand of 2021 from a fact."""
    options = validation.Options(folder / "scenarios", replications=2)
    return validation.validate(folder / "facts.csv", options, demand_from=["F6"])


def typed(*words_):
    """The result of a command, with what it prints."""
    return CliRunner().invoke(app, ["validate", *(str(word) for word in words_)])


def row(found, identifier):
    """The row of a fact."""
    return found.table.set_index("id").loc[identifier]


# --- what a run says -------------------------------------------------------------------------


@pytest.fixture
def seen():
    """Two measured days of four facilities, with visits, a stay that ended and one that did not."""
    visits = [visit(k, DAY + k * 60 * MINUTE, 5 * k, facility=k % 4) for k in range(8)]
    stays = [stay(1, DAY, DAY, 2 * DAY, 2, "discharged"), stay(2, DAY, DAY + DAY // 2, None, 3)]
    return Seen(small_run(visits, stays))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("mine", "theirs", "unit"),
    [
        ("visits", "visits_per_resident", 1),
        ("admissions", "admissions_per_1000", 1000),
        ("length_of_stay", "length_of_stay", 1 / 1440),
        ("occupancy", "occupancy", 1),
        ("visits_per_physician", "visits_per_physician", 1),
        ("wait", "wait_mean", 1),
        ("cost_per_visit", "cost_per_visit", 1),
    ],
)
def test_over_all_institutions_a_measure_is_that_of_the_run(seen, mine, theirs, unit):
    table = measures.compute(seen.run, theirs).set_index(["tier", "group", "measure"])["value"]
    assert measured(seen, mine, plan.ALL, ()) * unit == pytest.approx(table["all", "all", theirs])


@pytest.mark.unit
def test_institutions_of_a_tier_only(seen):
    """Two of eight visits are at the clinic, six at the others, one stay of one day at the county.

    Both hospitals take two visits each.
    """
    shares = [measured(seen, "visit_share", words.tier(name), ()) for name in
              ("village clinic", "hospital (all)", "primary", "三级医院")]  # fmt: skip
    assert shares == [0.25, 0.5, 0.5, 0.25]
    assert measured(seen, "length_of_stay", words.tier("secondary hospital"), ()) == 1440
    with pytest.raises(Silent, match="nothing of the kind"):
        measured(seen, "length_of_stay", words.tier("township"), ())
    with pytest.raises(Silent, match="no maternal and child hospital in this world"):
        measured(seen, "visits", words.tier("MCH institutions"), ())


@pytest.mark.unit
def test_months_are_counted_by_their_own_days(seen):
    """Two days of March: a third of a quarter gets 31 of 90 days at the measured rate."""
    year = measured(seen, "visits", plan.ALL, ())
    assert measured(seen, "visits", plan.ALL, (3,)) == pytest.approx(year * 31 / 365)
    assert measured(seen, "visits", plan.ALL, (1, 2, 3)) == pytest.approx(year * 90 / 365)
    assert (seen.covers((3,)), seen.covers((5, 6))) == (2, 0)
    assert measured(seen, "visits", plan.ALL, (5, 6)) == pytest.approx(year * 61 / 365)


@pytest.mark.unit
def test_a_week_across_two_months_is_parted_by_its_days():
    """Eight visits on 31 March, none on 1 April, both in one week: parted evenly."""
    run = small_run([visit(k, DAY + k * MINUTE, 1) for k in range(8)])
    first = run.world.clock.first_day + 23
    clock = run.world.clock._replace(first_day=first)
    timeline = ((0, replace(run.world, clock=clock)),)
    seen = Seen(replace(run, timeline=timeline, events=run.events))
    assert seen.covers((3,)) == seen.covers((4,)) == 1
    march, april = (measured(seen, "visits", plan.ALL, (month,)) for month in (3, 4))
    assert march / 31 == pytest.approx(april / 30)


@pytest.mark.unit
def test_every_measure_takes_every_tier_or_says_why_not(seen):
    for name in MEASURES:
        for tier in {one.tier: one for one in words.tiers().values()}.values():
            try:
                told = measured(seen, name, tier, (3,) if name in BY_SEASON else ())
            except Silent as reason:
                assert str(reason)
            else:
                assert told >= 0


@pytest.mark.unit
def test_rules_and_beds_that_a_world_takes_in(found):
    world = sim.load(Path(__file__).parents[1] / "scenarios" / "county_baseline.yaml").world()
    held = Held(world, Place("county", "阳新县"), "population share 65+")
    rate = CONTENTS["inpatient_rate_resident"]
    assert [rate(held, words.tier(name)) for name in ("level-1", "level-2", "level-3")] == [
        0.9, 0.75, 0.6]  # fmt: skip
    assert CONTENTS["no_show"](held, plan.ALL) == value("no_show")
    assert CONTENTS["age_share"](held, plan.ALL) == pytest.approx(0.107, abs=0.001)
    assert CONTENTS["residents"](held, plan.ALL) == 901_971
    with pytest.raises(Silent):  # a county has a slice of it
        CONTENTS["beds"](held, words.tier("municipal hospital"))
    for name, content in CONTENTS.items():
        if name != "counties":
            assert content(held, Tier("hospital", (), (), False, "")) >= 0, name


# --- a user's path ---------------------------------------------------------------------------


@pytest.mark.door
def test_each_fact_is_answered_or_says_why_not(found):
    kinds = found.table.set_index("id")["answer"]
    assert set(kinds[["F1", "F2", "F3", "F4", "F6", "F7", "F8"]]) == {"model"}
    assert kinds["F9"] == "input"
    assert set(kinds[["F5", "F10", "F11", "F12", "F13"]]) == {"not answered"}
    assert "facts.csv:6: unknown quantity (nearest: bed occupancy)" in row(found, "F5")["note"]
    assert "national_baseline.yaml is not there" in row(found, "F13")["note"]
    assert found.counts == "13 facts: 7 model, 1 input, 5 not answered"


@pytest.mark.door
def test_model_and_fact_stand_in_the_unit_of_the_fact(found):
    first, second, fourth = (row(found, name) for name in ("F1", "F2", "F4"))
    assert 4 < first["model"] < 8 and 50_000 < second["model"] < 250_000
    assert first["relative"] == pytest.approx(first["model"] / 6 - 1)
    assert (fourth["fact"], fourth["fact_low"], fourth["fact_high"]) == (35, 30, 40)
    assert 1 < fourth["model"] < 100
    assert 1.03 < row(found, "F9")["model"] < 2.5  # a rural county has more than the nation


@pytest.mark.door
def test_a_year_changes_the_level_of_demand_and_nothing_else(found):
    """One paired correction from the baseline: demand x fact / model, so nearly the fact."""
    base, sets, other = (row(found, name) for name in ("F1", "F6", "F7"))
    assert sets["demand"] == pytest.approx(base["demand"] * 5.5 / base["model"])
    assert sets["model"] == pytest.approx(5.5, rel=0.03)
    assert (sets["used"], other["demand_from"]) == ("sets the demand", "F6")
    assert other["demand"] == sets["demand"]
    assert "beside the demand of 2022" in row(found, "F8")["note"]
    assert row(found, "F8")["model"] != other["model"]
    assert len(found.played) == 4 and set(found.played["demand_from"]) == {"", "F6"}


@pytest.mark.door
def test_a_level_beyond_the_bound_is_refused_for_its_facts_only(folder, tmp_path):
    highest = column_of("needs.demand").high
    wild = tmp_path / "wild.csv"
    wild.write_text(FACTS.replace("5.5,visits", f"{100 * highest},visits"), encoding="utf-8")
    options = validation.Options(folder / "scenarios", days=1, warmup=0)
    found = validation.validate(wild, options, only=["F1", "F7"], demand_from=["F6"])
    assert row(found, "F1")["answer"] == "model"
    assert f"above {highest:g}" in row(found, "F7")["note"]


@pytest.mark.door
def test_the_command_prints_and_keeps_what_it_found(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    words_ = ("facts.csv", "--days", 2, "--warmup", 1, "--seed", 5, "--out", tmp_path / "kept")
    result = typed(*words_, "--only", "F1", "--only", "F9", "--only", "F10")
    assert result.exit_code == 0, result.output
    for word in ("What runs answer", "What the model takes in", "Not answered", "no world of"):
        assert word in result.stdout
    there = {path.name for path in (tmp_path / "kept").iterdir()}
    assert {"table.csv", "validation.md", "validation.png", "manifest.json"} <= there
    kept = sim.read(tmp_path / "kept")
    assert list(kept.table["id"]) == ["F1", "F9", "F10"]
    assert kept.manifest["asked"]["days"] == 2 and kept.manifest["runs"][0]["seed"] == 5
    page = (tmp_path / "kept" / "validation.md").read_text(encoding="utf-8")
    assert "## What runs answer" in page and "| F10 |" in page
    again = CliRunner().invoke(app, ["plot", str(tmp_path / "kept")])
    assert again.exit_code == 2 and "drawn by the command" in again.stderr


@pytest.mark.door
def test_the_list_plays_nothing(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sim.experiment.run", lambda *_, **__: pytest.fail("it was played"))
    result = typed("facts.csv", "--list", "--quantity", "Bed Occupancy")
    assert result.exit_code == 0
    assert "model: occupancy of" in result.stdout and "F1 " not in result.stdout
    assert not Path("results").exists()


@pytest.mark.door
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--only", "F99"), "no id 'F99' in the file (nearest: f9)"),
        (("--quantity", "bed occupanzy"), "no quantity 'bed occupanzy' in the file (nearest: bed"),
        (("--demand-from", "Z1"), "--demand-from Z1: no such fact"),
        (("--demand-from", "F7"), "average length of stay says no level of demand"),
        (("--demand-from", "F10"), "no world of 'Henan'"),
        (("--days", "0"), "days"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told_in_words(folder, monkeypatch, given, told):
    monkeypatch.chdir(folder)
    result = typed("facts.csv", *given)
    assert result.exit_code == 2 and told in result.stderr
    assert not Path("results").exists()


@pytest.mark.door
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "facts.csv:1:1: no table"),
        (HEADER.encode(), "facts.csv:1:1: a header without facts"),
        (b"id,quantity,place,year,tier,valu,unit\n1,2,3,4,5,6,7\n",
         "facts.csv:1:1: column 'value' is missing (nearest: valu)"),
        (b"\n\nquantity,value\nx,1\n", "facts.csv:3:1: column 'id' is missing"),
        (b"\x00\xff\xfe\xfd", "facts.csv"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_of_facts_is_refused_at_its_line(
    tmp_path, monkeypatch, content, told
):
    monkeypatch.chdir(tmp_path)
    Path("facts.csv").write_bytes(content)
    result = typed("facts.csv")
    assert result.exit_code == 2 and told in result.stderr


@pytest.mark.door
def test_a_file_that_is_not_there(tmp_path):
    result = typed(tmp_path / "none.csv")
    assert result.exit_code == 2 and "cannot be read" in result.stderr


@pytest.mark.unit
@pytest.mark.parametrize(
    "content",
    [
        FACTS.encode("utf-8-sig"),
        FACTS.encode("gb18030"),
        FACTS.replace("\n", "\r\n").encode(),
        FACTS.replace('"126,000"', "126000").replace(",", "\t").encode(),
        FACTS.replace("made up", "made, up").encode(),
        FACTS.replace("id,quantity", "ID, Quantity").encode(),
    ],
)
def test_files_are_read_as_other_programs_write_them(tmp_path, content):
    path = tmp_path / "facts.csv"
    path.write_bytes(content)
    rows = facts.read(path)
    assert (len(rows), rows[0].quantity, rows[0].line) == (13, "visits per resident", 2)
    assert rows[1].tier == "村卫生室" and rows[11].value == ""


# --- what was used ---------------------------------------------------------------------------


@pytest.mark.unit
def test_a_fact_that_a_parameter_cites_is_an_input_whatever_its_id():
    known = {fact.id: fact for fact in facts.shipped()}
    assert fitting.used(known["C084"]) == fitting.INPUT
    assert fitting.used(known["C084"]._replace(id="other", value="1")) == fitting.INPUT
    assert fitting.used(known["C084"]._replace(year="1999")) == fitting.NO
    assert fitting.used(known["B023"]) == fitting.NO


@pytest.mark.unit
def test_the_closest_use_of_a_fact_counts(monkeypatch):
    cited = {"source": "N034;N040", "reason": "by N016"}
    aims = {"facts": "N010 / N034", "role": "compared"}, {"facts": "N034", "role": "fitted"}
    rows = {"parameters": (cited,), fitting.TARGETS: aims}
    monkeypatch.setattr(fitting, "_rows", lambda table: rows.get(table, ()))
    told = fitting.uses.__wrapped__()
    known = {fact.id: fact.same for fact in facts.shipped()}
    uses = [told.get(known[name], "no") for name in ("N034", "N010", "N040", "N016", "N004")]
    assert uses == ["fitted", "compared", "input", "input", "no"]


# --- studies ---------------------------------------------------------------------------------


class Effect(NamedTuple):
    """An effect as the room of studies tells it."""

    name: str
    facts: str
    reported: float
    nature: str = "revealed"
    scenario: str = "gate"
    probe: str = "odds"
    remark: str = ""


@pytest.fixture
def evidence(tmp_path, monkeypatch):
    """A room of studies with four effects, which says twice of each what is reported."""
    room = SimpleNamespace(
        effects=lambda folder: [
            Effect("strong", "E001", 1.77, "what if"), Effect("gate", "E001", 1.77),
            Effect("two", "E067;E068", 7.82), Effect("other", "C044", 50.0),
        ],
        answer=lambda asked, folder, progress: pd.DataFrame(
            {"name": [one.name for one in asked], "model": [2 * one.reported for one in asked]}
        ),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, studies.ROOM, room)
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "evidence.csv").touch()
    return tmp_path


@pytest.mark.unit
def test_an_effect_answers_the_one_fact_that_it_cites(evidence):
    """Not an effect of two facts, of another number, or of a what if."""
    known = {fact.id: fact for fact in facts.shipped()}
    rows = plan.plan([known[name] for name in ("E001", "E067", "C044", "N034")], "facts.csv")
    found = studies.known(rows, evidence)
    assert [fact.id for fact in found] == ["E001"]
    (told,) = studies.played(found, evidence, None).values()
    assert (told.model, told.effect.name, told.scenario) == (3.54, "gate", "evidence/gate")
    assert (told.amount.low, told.amount.high) == (1.37, 2.30)
    assert studies.known(rows, evidence / "elsewhere") == {} == studies.played({}, evidence, None)


@pytest.mark.door
def test_an_effect_stands_in_the_table_beside_its_fact(evidence):
    known = {fact.id: fact for fact in facts.shipped()}
    path = evidence / "facts.csv"
    cells = ",".join(f'"{cell}"' for cell in known["E001"][1:])
    path.write_text(f"{HEADER}{cells}\n", encoding="utf-8")
    told = row(validation.validate(path, validation.Options(evidence)), "E001")
    assert (told["answer"], told["of"]) == ("model", "evidence/gate")
    assert told["relative"] == pytest.approx(1)
