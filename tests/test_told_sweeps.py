"""What `sim sweep` and `sim reproduce` print: measures asked for, on a narrow screen, and times."""

import pandas as pd
import pytest
from small_sweep import Here, asked_in
from typer.testing import CliRunner

import sim
from sim import report
from sim.cli import app
from sim.sweeping import chosen, command
from sim.sweeping.asked import Experiment, checked, load
from sim.sweeping.publishing import publish
from sim.sweeping.trial import Trial

pytestmark = pytest.mark.door
RULE = "{until: [{measure: wait_p90, tier: village, half_width: 100}], most: 10}"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return asked_in(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def swept(place):
    return sim.sweep(place / "dose.yaml", place / "swept", executor=Here())


def printed(swept, file):
    """What is printed of a sweep by an experiment, on 100 columns."""
    with report.console.capture() as held:
        assert command.swept(swept, checked(load(file)))
    return held.get()


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr(report.console, "width", 100)


def asking(place, name, old, new):
    file = place / f"{name}.yaml"
    file.write_text((place / "dose.yaml").read_text().replace(old, new))
    return file


def test_the_measures_asked_for_are_printed_and_no_others(swept, place, narrow):
    said = printed(swept, place / "dose.yaml")
    assert "wait mean [min]" in said and "occupancy" in said and "left unseen" in said
    assert "wait p90" not in said and "bypass" not in said
    few = printed(swept, asking(place, "few", "[wait, left_unseen, occupancy]", "[wait_p90]"))
    assert "wait p90 [min]" in few and "wait mean" not in few and "occupancy" not in few


def test_what_until_looks_at_is_printed_in_its_tier(swept, place, narrow):
    file = asking(place, "until", "replications: 3", f"replications: {RULE}")
    said = printed(swept, file)
    assert "wait p90 [min], village" in said and "narrow enough" in said
    file.write_text(file.read_text().replace("measures: [wait, left_unseen, occupancy]", ""))
    said = printed(swept, file)
    assert "wait p90 [min], village" in said and "occupancy" not in said


def test_without_measures_the_usual_ones_are_printed(swept, place, narrow):
    plain = asking(place, "plain", "measures: [wait, left_unseen, occupancy]", "")
    said = printed(swept, plain)
    assert "wait mean [min]" in said and "wait p90 [min]" in said and "left unseen" not in said


def test_tables_fit_a_screen(swept, place, narrow, monkeypatch):
    lines = printed(swept, place / "dose.yaml").splitlines()
    first = next(line for line in lines if line.startswith("wait mean [min]"))
    assert "servers 1" in first and len(first) <= 100  # nothing is broken over two lines
    monkeypatch.setattr(command, "MOST_ROWS", 2)
    short = printed(swept, place / "dose.yaml")
    assert "occupancy and all else that was kept" in short and len(short.splitlines()) < len(lines)


def test_keys_are_told_by_as_few_words_as_tell_them_apart():
    keys = ["policies[0].members", "policies[0].waves[0].members", "policies[0].share", "days"]
    assert list(chosen.shortened(keys).values()) == [
        "policies[0].members", "waves[0].members", "share", "days",
    ]  # fmt: skip
    points = pd.DataFrame({"point": [0, 1], "a.days": [0.1 + 0.2, 1234.0]})
    assert chosen.titles(points, ["a.days"], 9) == {0: "days 0.3", 1: "days 1234"}
    assert chosen.titles(points, ["a.days"], 8) == {0: "point 0", 1: "point 1"}
    assert chosen.titles(points, [], 8) == {0: "point 0", 1: "point 1"}


def test_a_measure_without_a_row_over_all_tiers_is_told_tier_by_tier(swept):
    table = swept.differences
    table = table[(table["measure"] == "wait_mean") & (table["tier"] != "all")]
    asked = Experiment(question="?", scenario="x.yaml", measures=("wait_mean",))
    tiers = dict.fromkeys(table["tier"])
    assert chosen.cells(asked, table) == [("wait_mean", tier) for tier in tiers]


@pytest.mark.parametrize(
    ("trial", "seconds"),
    [
        (Trial(runs=1, worlds=1, workers=1, starting=5, making=2, playing=3), 5),
        (Trial(runs=41, worlds=3, workers=2, starting=5, making=2, playing=3), 5 + 3 * 2 + 21 * 3),
        (Trial(runs=4, worlds=4, workers=2, starting=5, making=2, playing=3), 5 + 2 * 2 + 2 * 3),
    ],
)
def test_the_time_is_that_of_the_busiest_worker(trial, seconds):
    assert trial.expected == seconds


@pytest.mark.slow
def test_a_published_sweep_says_how_long_and_that_it_is_the_same(swept, place):
    folder = publish(swept, place / "published")
    typed = ["reproduce", str(folder), "--quick", "--workers", "1"]
    done = CliRunner().invoke(app, typed)
    assert done.exit_code == 0, done.output
    assert "identical" in done.output
    assert "of 6 runs on 1 worker: about" in done.output and "one played first" in done.output
    assert "took" in done.output
