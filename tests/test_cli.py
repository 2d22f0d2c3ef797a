"""What a user types does what the README says, and mistakes are told in words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim import cli, nation, report, verification
from sim.cli import app
from sim.log import NoLog

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
CLINIC = """\
title: {title}
world:
  facilities:
    - name: clinic
      departments:
        - {{servers: {servers}, service: {{family: exponential, mean_minutes: 8}}}}
  arrivals:
    - {{to: clinic.general, per_hour: 6}}
warmup: 1
days: 4
theory: {{model: {title}, formula: mmc, arrivals: 0.1, service: 8, servers: {servers}}}
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two clinics, with one doctor and with two, in a folder of their own."""
    folder = tmp_path / "scenarios" / "verification"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for servers, word in ((1, "one"), (2, "two")):
        text = CLINIC.format(title=f"{word} doctor", servers=servers)
        (folder / f"{word}.yaml").write_text(text)
    return folder


def typed(*words):
    """The result of a command, with what it prints."""
    return CliRunner().invoke(app, [str(word) for word in words])


def test_list_names_scenarios_policies_and_measures(files):
    (files / "broken.yaml").write_text("title: [")
    result = typed("list")
    assert result.exit_code == 0
    for word in ("one doctor", "telemedicine", "wait_p90", "broken.yaml", "not valid"):
        assert word in result.stdout


def test_run_writes_what_it_says(files):
    result = typed("run", files / "one.yaml", "--seed", 7, "--days", 3, "--out", "there/x")
    assert result.exit_code == 0, result.output
    assert "gap 0" in result.stdout and "wait p90 [min]" in result.stdout
    again = sim.read("there/x")
    assert (again.seed, again.days) == (7, 3)
    assert {"waits.png", "nine_rows.csv"} <= {p.name for p in Path("there/x").iterdir()}
    assert again.nine_rows.empty and "nine_rows.csv" in again.manifest["checksums"]
    assert len(repr(again)) < 200


def test_rows_are_kept_only_when_asked(files):
    words = ("run", files / "one.yaml", "--set", "days=2")
    assert typed(*words).exit_code == 0
    with pytest.raises(NoLog, match="--events"):
        _ = sim.read("results/one").visits
    assert typed(*words, "--events").exit_code == 0
    assert len(sim.read("results/one").visits) > 100
    assert [path.name for path in Path("results").iterdir()] == ["one"]


def test_a_taken_folder_is_refused_before_anything_is_played(files, monkeypatch):
    monkeypatch.setattr("sim.experiment.run", lambda *_, **__: pytest.fail("it was played"))
    result = typed("run", files / "one.yaml", "--out", files)
    assert result.exit_code == 2 and "is no result" in result.stderr


def test_an_interruption_is_told_and_leaves_nothing(files, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.experiment.run", interrupted)
    result = typed("run", files / "one.yaml", "--out", "there")
    assert result.exit_code == 130 and result.stderr.rstrip().endswith("stopped")
    assert not Path("there").exists()


def test_run_goes_to_results_by_the_name_of_the_scenario(files):
    assert typed("run", files / "one.yaml", "--set", "days=2").exit_code == 0
    assert sim.read("results/one").days == 2


def test_compare_prints_paired_intervals_and_draws(files):
    out = Path("results/doctors")
    words = ("--replications", 2, "--workers", 1, "--out", out)
    result = typed("compare", files / "one.yaml", files / "two.yaml", *words)
    assert result.exit_code == 0, result.output
    assert "2 pairs under common luck" in result.stdout
    row = r"wait mean \[min\] +all +[\d.]+ +[\d.]+ +-[\d.]+ +-[\d.]+ \.\. "
    assert re.search(row, result.stdout)
    assert {"waits.png", "differences.png", "manifest.json"} <= {p.name for p in out.iterdir()}
    (out / "waits.png").unlink()
    assert typed("plot", out).exit_code == 0
    assert (out / "waits.png").is_file()


def test_a_changed_dose_goes_to_the_arm_that_has_the_policy():
    files = [ROOT / "scenarios" / f"county_{name}.yaml" for name in ("baseline", "telemedicine")]
    changes = ["days=9", "policies.telemedicine.coverage=0.25"]
    baseline, linked = cli.arms(files, changes)
    assert baseline.days == linked.days == 9 and not baseline.policies
    assert linked.policies[0].parameters["coverage"] == 0.25


def test_check_shows_what_a_policy_changes():
    result = typed("check", ROOT / "scenarios" / "county_telemedicine.yaml")
    assert result.exit_code == 0, result.output
    for word in ("1 policy: telemedicine", "departments.remote_point", "before", "after"):
        assert word in result.stdout


BROKEN = {
    "unknown key": ("run", lambda text: text.replace("warmup", "warmpu")),
    "wrong type": ("check", lambda text: text.replace("days: 4", "days: four")),
    "no YAML": ("run", lambda text: text + "\t- x"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_told_in_words_and_nothing_is_written(files, case):
    command, spoil = BROKEN[case]
    path = files / "one.yaml"
    path.write_text(spoil(path.read_text()))
    result = typed(command, path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(re.match(r".*one\.yaml:\d+:\d+:", line) for line in result.stderr.splitlines())
    assert "Traceback" not in result.output and not Path("results").exists()


@pytest.mark.parametrize("words", [
    ("run", "nowhere.yaml"),
    ("run", "{one}", "--set", "days"),
    ("run", "{one}", "--set", "dyas=3"),
    ("run", "{one}", "--days", "0"),
    ("run", "{one}", "--seed", "-1"),
    ("run", "{one}", "--seed", str(2**70)),
    ("run", "{one}", "--engine", "fast"),
    ("run", "{one}", "--out", "{one}"),
    ("run", "{one}", "--out", "{one}/below"),
    ("compare", "{one}", "{one}", "--set", "replications=1"),
    ("compare", "{one}", "{longer}"),
    ("plot", "nowhere"),
    ("verify", "--only", "nothing-like-it"),
])  # fmt: skip
def test_other_bad_input_ends_with_two(files, words):
    longer = files / "longer.yaml"
    longer.write_text((files / "one.yaml").read_text().replace("days: 4", "days: 5"))
    result = typed(*(word.format(one=files / "one.yaml", longer=longer) for word in words))
    assert result.exit_code == 2
    assert result.stderr and "Traceback" not in result.output
    assert not Path("results").exists()


def test_verify_sets_theory_beside_the_simulated(files):
    result = typed("verify", "--only", "two")
    assert result.exit_code in (0, 1), result.output
    assert re.search(r"two doctor +wait +[\d.]+ +[-\d.]+ \.\. [\d.]+ +1\.524", result.stdout)


def test_an_interval_that_misses_its_theory_is_told():
    rows = [verification.Found("a", q, i, 1 + i / 100, theory)
            for q, theory in (("near", 1.02), ("far", 2.0)) for i in range(6)]  # fmt: skip
    table = verification.intervals(verification.pd.DataFrame(rows)).set_index("quantity")
    assert table.loc["near", "within"] and not table.loc["far", "within"]
    assert not report.verified(table.reset_index())


def test_nine_rows_are_kept_beside_the_nation_with_their_facts(tmp_path):
    groups = list(nation.ROWS)
    measures = report.pd.DataFrame({
        "measure": "visit_share", "tier": "all", "group": groups[:2], "value": [0.25, 0.75],
    })  # fmt: skip
    rows = nation.nine_rows(measures).set_index("institution")
    assert list(rows.index) == groups
    assert rows.loc["station_clinic", "facts"] == "(N046 - B011 - N272 - N293) / N034"
    assert rows.loc["village_clinic", "difference"] == pytest.approx(0.25 - 12.8 / 84.2)
    assert rows["model"].sum() == 1
    assert nation.nine_rows(measures[:0]).empty


def test_national_shares_are_whole_and_those_of_the_statistics():
    """Nine rows lose nothing and count nothing twice (domain.md 4.1: 84.2 of 84.2)."""
    shares = nation.shares()
    assert len(shares) == 9
    assert sum(shares.values()) == pytest.approx(1, abs=1e-9)
    assert shares["tertiary"] == pytest.approx(0.265, abs=5e-4)


def test_the_command_works_as_a_program_without_a_terminal(files):
    command = [sys.executable, "-m", "sim.cli", "run", str(files / "one.yaml"), "--days", "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "gap 0" in done.stdout and "days" in done.stderr


def test_the_readme_names_every_command_and_existing_files():
    readme = (ROOT / "README.md").read_text()
    for command in ("list", "check", "run", "compare", "verify", "plot"):
        assert f"sim {command}" in readme
    links = re.findall(r"\]\(([^)#]+)\)", readme) + re.findall(r"scenarios/\w+\.yaml", readme)
    assert not [link for link in links if not (ROOT / link).exists()]


def test_a_disk_that_takes_no_rows_is_told_in_words(files, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.stream.Stream.write", full)
    result = typed("run", files / "one.yaml", "--events", "--out", "there/x")
    assert result.exit_code == 2 and "cannot be written: No space left" in result.stderr
    assert not list(Path("there").glob(".*"))
