"""The benchmark's workload is what it says, and every tool plays the same one."""

import json
import subprocess
import sys
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from experiments.benchmarks import network, table
from experiments.benchmarks.rows import visits_a_day, waits
from sim import demand
from sim.scenario import load

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
DAYS, WARMUP, SEEDS = 5, 2, range(1, 5)
FALSE_ALARM = 0.001  # in all comparisons of a test together
# A process of its own, because cimba must be loaded before Numba's types of arrays.
PLAY = f"""
import json, sys
import numpy as np
from experiments.benchmarks import peers
from experiments.benchmarks import network, race
from experiments.benchmarks.rows import visits_a_day, waits
sites = network.sites(1, network.TINY)
tools = race.peers(sites)
world = network.world(sites)
tools["ours"] = lambda days, seed: race.own_rows(world, days, seed, "auto")
found = {{}}
for name, tool in tools.items():
    each = [np.asarray(tool({DAYS}, seed)) for seed in {list(SEEDS)}]
    found[name] = [
        [f(rows, sites, {WARMUP}, {DAYS}).tolist() for rows in each] for f in (waits, visits_a_day)
    ]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def played():
    """By tool, the mean waits and the visits a day by tier of every seed."""
    command = [sys.executable, "-c", PLAY]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name: np.array(each) for name, each in json.loads(run.stdout).items()}


def visits_by_tier(sites):
    """Visits a day by tier from the traffic equations."""
    found = np.zeros(len(network.TIERS))
    for site, load_of in zip(sites, demand.offered_load(network.listed(sites)), strict=True):
        found[site.tier] += load_of.visits
    return found


def test_the_scenario_is_what_the_generator_makes():
    assert network.SCENARIO.read_text(encoding="utf-8") == network.scenario_text(network.sites())


def test_the_scenario_is_the_published_workload():
    asked = load(network.SCENARIO).world_
    doctors = [facility.departments[0].servers for facility in asked.facilities]
    assert sorted(doctors) == [1] * 200 + [4] * 20 + [30] * 2 + [60]
    by_tier = dict.fromkeys(network.TIERS, 0.0)
    for arrival in asked.arrivals:
        by_tier[arrival.to.split("_")[0]] += arrival.per_hour[0] / 60
    shares = [rate / 23.4 for rate in by_tier.values()]
    assert shares == pytest.approx([0.55, 0.20, 0.18, 0.07])
    up = [route for route in asked.routes if route.after_minutes == 60]
    down = [route for route in asked.routes if route.after_minutes == 1440]
    assert len(up) + len(down) == len(asked.routes) and len(up) == 222
    assert {route.from_.split("_")[0] for route in down} == {"county", "hub"}
    for route in asked.routes:
        first = route.to.startswith(("county", "hub"))
        assert route.class_ == ("referred" if first else "ordinary")


def test_every_size_has_the_same_loads():
    full, tiny, double = (
        demand.offered_load(network.listed(network.sites(regions, size)))
        for regions, size in ((1, network.FULL), (1, network.TINY), (2, network.FULL))
    )
    for one in (tiny, double):
        assert {round(d.load, 6) for d in one} == {round(d.load, 6) for d in full}


def test_all_tools_send_as_many_patients_to_every_tier(played):
    expected = visits_by_tier(network.sites(1, network.TINY))
    days = len(SEEDS) * (DAYS - WARMUP)
    for name, (_, visits) in played.items():
        error = (visits.mean(axis=0) - expected) / np.sqrt(expected / days)
        assert np.abs(error).max() < 4.5, f"{name}: {error}"


def test_all_tools_agree_on_mean_waits(played):
    pairs = list(combinations(played, 2))
    least = FALSE_ALARM / (len(pairs) * len(network.TIERS))
    for one, other in pairs:
        p = stats.ttest_ind(played[one][0], played[other][0], equal_var=False).pvalue
        assert (p > least).all(), f"{one}, {other}: {p}"


@pytest.mark.skipif(find_spec("cimba") is None, reason="cimba is an optional extra")
def test_both_styles_of_cimba_give_the_same_events(played):
    patients, doctors = (played[f"cimba, a process per {who}"] for who in ("patient", "doctor"))
    assert (patients == doctors).all()


def test_mean_waits_leave_out_the_warm_up():
    sites = network.sites(1, network.TINY)
    rows = np.array([[0, 1, 100.0, 190.0, 200.0], [0, 1, 3000.0, 3006.0, 3010.0]])
    for position, site in enumerate(sites):
        if site.tier:
            rows = np.vstack([rows, [position, 1, 3000.0, 3000.0, 3001.0]])
    assert waits(rows, sites, 2, 3).tolist() == [6.0, 0.0, 0.0, 0.0]
    assert visits_a_day(rows, sites, 2, 3).tolist() == [1.0, 2.0, 1.0, 1.0]


def test_a_table_keeps_the_parts_that_were_not_measured_again(tmp_path):
    first = [table.at_least("model", "ratio of engines", 99.0, "ratio", 100)]
    table.keep(first, "compiled engine", tmp_path)
    table.keep([table.at_most("door", "sim --help", 0.4, "s", 0.5)], "compiled engine", tmp_path)
    text = (tmp_path / "latest.md").read_text(encoding="utf-8")
    assert "| model | ratio of engines | 99 | ratio | >= 100 | no |" in text
    assert "| door | sim --help | 0.4 | s | <= 0.5 | yes |" in text
