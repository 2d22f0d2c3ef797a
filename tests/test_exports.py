"""What other tools read is what happened: as many cases and events, at the same moments."""

import json
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pandas as pd
import pytest
from small_world import DAY, MINUTE, small_run, stay, visit
from typer.testing import CliRunner

import sim
from sim import exports, record, store
from sim.cli import app
from sim.events import CONTACT_BITS
from sim.exports import animation, ocel, xes
from sim.scenario import load

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
BEICHUAN = "510726"  # one of the smallest counties of the shipped provinces
XES = "{http://www.xes-standard.org/}"
NOON = DAY + 720 * MINUTE
NAMED = {"name": {"type": "string"}}
LINKED = {
    "type": "array",
    "items": {
        "type": "object", "required": ["objectId", "qualifier"], "additionalProperties": False,
        "properties": {"objectId": {"type": "string"}, "qualifier": {"type": "string"}},
    },
}  # fmt: skip


def listed(required, **properties):
    """Schema of a list of objects with these keys and no other."""
    return {"type": "array", "items": {"type": "object", "required": list(required),
            "properties": properties, "additionalProperties": False}}  # fmt: skip


TYPES = listed(
    ["name", "attributes"], **NAMED,
    attributes=listed(["name", "type"], **NAMED, type={"enum": [
        "string", "time", "integer", "float", "boolean"]}),
)  # fmt: skip
TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
OCEL = {  # OCEL 2.0 (ocel-standard.org), JSON: what the standard asks of a file
    "type": "object", "required": ["objectTypes", "eventTypes", "objects", "events"],
    "additionalProperties": False,
    "properties": {
        "objectTypes": TYPES, "eventTypes": TYPES,
        "objects": listed(["id", "type"], id=TEXT, type=TEXT, relationships=LINKED,
                          attributes=listed(["name", "value", "time"], **NAMED, value={},
                                            time=TIME)),
        "events": listed(["id", "type", "time"], id=TEXT, type=TEXT, time=TIME,
                         relationships=LINKED,
                         attributes=listed(["name", "value"], **NAMED, value={})),
    },
}  # fmt: skip


def journeys():
    """A run: one told to go higher and admitted, one who leaves, one still waiting, an outsider."""
    return small_run(
        visits=[
            visit(1, NOON, 5, outcome="advised"),
            visit(1, NOON + DAY, 30, facility=2, contact=1, outcome="admitted", test_wait=4,
                  test_end=NOON + DAY + 34 * MINUTE, advised_from=0),
            visit(2, NOON, None, facility=3, outcome="left", stays_for=50),
            visit(3, NOON, None, facility=3, outcome=None, stays_for=None),
            visit(4, NOON + MINUTE, 3, facility=2, resident=-1),
        ],
        stays=[stay(1, NOON + DAY + 40 * MINUTE, NOON + DAY + 60 * MINUTE, None)],
    )  # fmt: skip


@pytest.fixture(scope="module")
def run():
    return journeys()


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A small county for a day, stored with its rows."""
    scenario = load(ROOT / "scenarios" / "county_baseline.yaml")
    small = scenario.with_value("world", {"county": BEICHUAN}).with_value("warmup", 0)
    folder = tmp_path_factory.mktemp("county") / "run"
    return store.read(sim.run(small, days=1).save(folder))


def counted(run):
    """Cases and events of a log, counted in its rows."""
    keys = np.concatenate([getattr(run, table)["visit"] for table in exports.STEPS])
    moments = sum(int(getattr(run, table)[list(steps)].notna().sum().sum())
                  for table, steps in exports.STEPS.items())  # fmt: skip
    return len(np.unique(keys.astype(np.int64) >> CONTACT_BITS)), moments


def test_a_journey_is_one_case_in_its_order(run):
    rows = exports.events(run)
    own = rows[rows["resident"] == 1]
    assert own["case"].nunique() == 1 and own["visit"].nunique() == 2
    assert own["event"].tolist() == [
        "asked for a visit", "arrived", "seen", "advised",
        "asked for a visit", "arrived", "seen", "tested", "admitted", "asked for a bed", "in bed",
    ]  # fmt: skip
    assert own["tier"].tolist() == ["village"] * 4 + ["county"] * 7
    assert own["time"].is_monotonic_increasing
    left = rows[rows["resident"] == 2]["event"].tolist()
    assert left == ["asked for a visit", "arrived", "left"]


@pytest.mark.parametrize("name", ["run", "county"])
def test_xes_reads_back_case_by_case(name, request, tmp_path):
    run = request.getfixturevalue(name)
    path = tmp_path / "log.xes"
    assert xes.write(run, path) == counted(run)
    traces = ElementTree.parse(path).getroot().findall(f"{XES}trace")
    rows, start = exports.events(run), exports.clock(run)
    assert [text(trace, "concept:name") for trace in traces] == [
        str(case) for case in rows["case"].unique()
    ]
    read = [event for trace in traces for event in trace.findall(f"{XES}event")]
    assert len(read) == len(rows)
    names = (rows["tier"].astype(str) + ": " + rows["event"].astype(str)).tolist()
    assert [text(event, "concept:name") for event in read] == names
    at = [datetime.fromisoformat(text(event, "time:timestamp")) - start for event in read]
    minutes = np.array([moment.total_seconds() / 60 for moment in at])
    assert np.abs(minutes - rows["time"].to_numpy()).max() <= 0.001 / 60 + 1e-9
    assert {text(event, "org:resource") for event in read} == set(rows["facility"])


def text(element, key):
    """The value of an attribute of a trace or event."""
    return next(child.get("value") for child in element if child.get("key") == key)


@pytest.mark.parametrize("name", ["run", "county"])
def test_ocel_reads_back_and_keeps_the_standard(name, request, tmp_path):
    run = request.getfixturevalue(name)
    path = tmp_path / "log.json"
    cases, count = ocel.write(run, path)
    log = json.loads(path.read_text("utf-8"))
    jsonschema.validate(log, OCEL, format_checker=jsonschema.FormatChecker())
    assert (cases, count) == counted(run)
    kinds = pd.Series([one["type"] for one in log["objects"]]).value_counts()
    assert kinds["episode"] == cases and len(log["events"]) == count
    assert kinds["visit"] == exports.events(run)["visit"].nunique()
    check_links(log)


def check_links(log):
    """Ids are unique, and every link and type leads somewhere."""
    known = [one["id"] for one in log["objects"]]
    assert len(known) == len(set(known))
    assert len({one["id"] for one in log["events"]}) == len(log["events"])
    links = {link["objectId"] for kind in ("objects", "events") for one in log[kind]
             for link in one["relationships"]}  # fmt: skip
    assert links <= set(known)
    for kind, held in (("objectTypes", "objects"), ("eventTypes", "events")):
        types = {one["name"]: {a["name"] for a in one["attributes"]} for one in log[kind]}
        for one in log[held]:
            assert {a["name"] for a in one["attributes"]} <= types[one["type"]]


@pytest.mark.parametrize("name", ["run", "county"])
def test_the_animation_log_keeps_the_rules_of_the_format(name, request):
    run = request.getfixturevalue(name)
    rows, visits = animation.log(run), run.visits
    arrivals = rows[rows["event"] == "arrival"]["entity_id"]
    assert arrivals.is_unique and len(arrivals) == visits["arrival"].notna().sum()
    departed = rows[rows["event"] == "depart"]["entity_id"]
    assert departed.is_unique and len(departed) == visits["end"].notna().sum()
    assert set(rows["event_type"]) <= {
        "arrival_departure", "queue", "resource_use", "resource_use_end",
    }  # fmt: skip
    counts = rows["event_type"].value_counts()
    assert counts["resource_use"] == visits["start"].notna().sum()
    assert rows["time"].is_monotonic_increasing
    used = rows[rows["event_type"].str.startswith("resource")]
    assert used["resource_id"].notna().all() and (used["resource_id"] > 0).all()


def test_no_doctor_has_two_patients_at_once_and_none_is_made_up(county):
    seen = county.visits[county.visits["start"].notna()]
    seen = seen.assign(place=animation.places(seen), end=seen["end"].fillna(np.inf))
    for _, own in seen.groupby("department", observed=True):
        ordered = own.sort_values(["place", "start"])
        same = ordered["place"].to_numpy()[1:] == ordered["place"].to_numpy()[:-1]
        apart = ordered["start"].to_numpy()[1:] >= ordered["end"].to_numpy()[:-1]
        assert apart[same].all()
        at_once = [((own["start"] <= t) & (own["end"] > t)).sum() for t in own["start"]]
        assert own["place"].max() == max(at_once)


def test_without_vidigi_the_log_is_written_and_the_extra_named(county, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vidigi.animation", None)
    found = typed(county.path, "vidigi", tmp_path)
    assert found.exit_code == 0 and "pip install -e \".[animation]\"" in found.stdout
    rows = pd.read_csv(tmp_path / "vidigi.csv")
    assert len(rows) == len(animation.log(county))
    assert list(rows.columns) == [*animation.COLUMNS, *animation.MORE]


def typed(folder, form, out, *more):
    words = ["export", str(folder), "--format", form, "--out", str(out), *map(str, more)]
    return CliRunner().invoke(app, words)


def test_a_small_county_moves(county, tmp_path):
    pytest.importorskip("vidigi")
    found = typed(county.path, "vidigi", tmp_path)
    assert found.exit_code == 0, found.output
    page = (tmp_path / "animation.html").read_text("utf-8")
    for word in ("hub: waiting", "village: with the doctor", "2022-03-07"):
        assert word in page
    assert "cdn.plot.ly" not in page.partition("<script")[0]
    figure = animation.animate(county)
    assert len(figure.frames) == (animation.CLOSES - animation.OPENS) // animation.EVERY + 1
    nobody = typed(county.path, "vidigi", tmp_path, "--day", 9)
    assert nobody.exit_code == 2 and "nobody arrives on day 9" in nobody.stderr


def test_tables_for_everyone(county, tmp_path):
    found = typed(county.path, "csv", tmp_path)
    cases, count = counted(county)
    assert f"{cases:,} cases, {count:,} events" in found.stdout
    assert len(pd.read_csv(tmp_path / "events.csv")) == count
    table = pd.read_csv(tmp_path / "summary.csv")
    assert list(table.columns) == record.SUMMARY
    whole = county.measures[county.measures["group"] == "all"]
    np.testing.assert_allclose(table["value"], whole["value"], rtol=1e-12)
    assert not table.duplicated(["measure", "tier"]).any()


@pytest.mark.parametrize(("form", "name"), [("xes", "log.xes"), ("ocel", "log.ocel.json")])
def test_the_command_says_what_it_wrote(form, name, county, tmp_path):
    cases, count = counted(county)
    found = typed(county.path, form, tmp_path / "new")
    assert found.stdout.strip() == f"{tmp_path / 'new' / name}: {cases:,} cases, {count:,} events"


def test_what_cannot_be_exported_is_told(tmp_path, county):
    without = sim.run(load(ROOT / "scenarios" / "tiny_clinic.yaml"), days=1, events=None)
    found = typed(without.save(tmp_path / "bare"), "csv", tmp_path / "out")
    assert found.exit_code == 2 and "kept no event log" in found.stderr
    missing = typed(tmp_path / "nothing", "xes", tmp_path / "out")
    assert missing.exit_code == 2 and "is no folder" in missing.stderr
    assert typed(county.path, "pdf", tmp_path).exit_code == 2


def test_the_clock_starts_with_the_scenario():
    series = pd.DataFrame({"day": [3], "date": [pd.Timestamp("2022-03-10")]})
    start = exports.clock(SimpleNamespace(series=series))
    assert exports.stamp(start, 61.5) == "2022-03-07T01:01:30.000+08:00"
