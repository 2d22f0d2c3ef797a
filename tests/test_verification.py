"""Both engines against textbooks: scenarios/verification, residents' needs, first choices."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import worlds
from draws import SIGMAS
from scipy import stats

from sim import engine as engines
from sim import experiment, geography, layers, people, settling, theory, verification
from sim.arithmetic import DAY, TICKS_PER_MINUTE, compiled
from sim.events import Events
from sim.scenario import Scenario, load
from sim.world import CONSTANT, URGENT, World

ROOT = Path(__file__).parents[1]
VERIFICATION = ROOT / "scenarios" / "verification"
FILES = sorted(VERIFICATION.glob("*.yaml"))
QUEUES = [file for file in FILES if load(file).world_.facilities]
FEW, SHORT = 4, 7  # replications, measured days
PRECISE = 0.05  # half an interval over the theory
AFTER = 4  # days after which everybody has reached whom he chose
HOUR = 60 * TICKS_PER_MINUTE
COMPILED = pytest.param(
    "compiled",
    marks=pytest.mark.skipif(
        "compiled" not in engines.ENGINES, reason="sim.engine offers no compiled engine yet"
    ),
)
ENGINES = pytest.mark.parametrize("engine", ["reference", COMPILED])


# --- scenarios with a theory -------------------------------------------------------------------


@pytest.mark.theory
def test_every_kind_of_textbook_model_is_there() -> None:
    formulas = {load(file).theory["formula"] for file in FILES}
    assert formulas >= {
        "mm1", "md1", "mg1", "mmc", "erlang_a", "erlang_b", "finite_room", "priorities",
        "shared_priorities", "jackson", "nested_logit", "thinned", "mg_infinity", "littles_law",
    }  # fmt: skip
    assert sum(load(file).theory["formula"] == "mg1" for file in FILES) >= 3


@ENGINES
@pytest.mark.theory
def test_a_few_short_runs_agree_with_every_textbook(engine: str) -> None:
    table = verification.verify(FILES, engine=engine, replications=FEW, days=SHORT)
    assert table["scenario"].nunique() == len(FILES)
    assert table["within"].all(), table.to_string()


@ENGINES
@pytest.mark.slow
@pytest.mark.theory
def test_every_textbook_lies_within_an_interval_that_shows_an_error_of_a_twentieth(
    engine: str,
) -> None:
    table = verification.verify(FILES, engine=engine)
    assert table["within"].all(), table.to_string()
    half = (table["high"] - table["low"]) / 2
    assert (half < PRECISE * table["theory"]).all(), table.assign(part=half / table["theory"])


@pytest.mark.theory
@pytest.mark.parametrize("file", QUEUES, ids=lambda file: file.stem)
def test_the_theory_is_about_the_facilities_of_the_file(file: Path) -> None:
    scenario = load(file)
    load_of, stated = scenario.offered_load(), scenario.theory
    world, first = scenario.world(), load_of.iloc[0]
    given = stated["stations"].values() if "stations" in stated else [stated]
    services = [part["service"] for part in given if "service" in part]
    if stated["formula"] == "mg_infinity":
        assert services == [world.facilities.stay_mean[0] * 1440]
    elif services:
        assert np.unique(services) == pytest.approx(np.unique(world.departments.service_mean))
    servers = [part.get("servers", 1) for part in given if stated["formula"] != "mg_infinity"]
    if "offered" not in stated and stated["formula"] != "thinned":
        assert world.departments.doctors[:, 0, 0].tolist()[: len(servers)] == servers
    if "offered" in stated:
        assert stated["offered"] == pytest.approx(first.asked / 1440)
    if "arrivals" in stated:
        admitted = world.departments.admit[0] or 1.0
        assert np.sum(stated["arrivals"]) == pytest.approx(first.visits * admitted / 1440)
    if "cv" in stated:
        cv = world.departments.service_cv[0]
        assert np.unique(stated["cv"]) == cv
    if stated["formula"] == "md1":
        assert world.departments.service_family[0] == CONSTANT
    if "room" in stated:
        assert world.departments.room[0] == stated["room"]
    if "patience" in stated:
        assert world.departments.patience_mean[0] == stated["patience"]


@pytest.mark.theory
def test_the_network_asks_of_each_station_what_its_file_does() -> None:
    scenario = load(next(file for file in FILES if file.stem == "jackson_feedback"))
    stated = {key: scenario.theory[key] for key in ("stations", "routes")}
    expected = theory.jackson(**stated)
    for row in scenario.offered_load().itertuples():
        assert expected[f"visits at {row.department}"] == pytest.approx(row.visits, rel=1e-6)
    longest = max(route.after_minutes for route in scenario.world_.routes)
    assert longest >= 1440


@pytest.mark.door
@pytest.mark.parametrize(
    ("page", "stem"), [("README.md", "mm1"), ("scenarios/README.md", "mmc_room")]
)
def test_the_page_shows_a_scenario_as_it_is_in_ten_lines(
    page: str, stem: str, tmp_path: Path
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = next(part for part in text.split("```yaml\n")[1:] if part.startswith("title: M/M"))
    example = tmp_path / "example.yaml"
    example.write_text(shown.split("```")[0], encoding="utf-8")
    assert load(example) == load(VERIFICATION / f"{stem}.yaml")
    assert len(example.read_text(encoding="utf-8").splitlines()) <= 10


@pytest.mark.theory
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_textbook_queue_is_short_to_read(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 26


# --- thinning ----------------------------------------------------------------------------------


def played(scenario: Scenario, engine: str) -> Events:
    """What happens in the days of a scenario with its own seed."""
    timeline = scenario.timeline()
    return engines.play(timeline, scenario.seed, scenario.total_days, engine)


@ENGINES
@pytest.mark.theory
def test_counts_by_hour_and_weekday_are_poisson_with_the_stated_rates(engine: str) -> None:
    """Chi-square of the counts, even minutes within each hour, and no memory between hours."""
    scenario = load(next(file for file in FILES if file.stem == "time_varying"))
    arrival = played(scenario, engine).visits["arrival"]
    streams = scenario.world().streams
    hours = np.bincount(arrival // HOUR, minlength=scenario.days * 24)
    mean = np.tile((streams.weekday[0][:, None] * streams.rate[0]).ravel(), scenario.days // 7)
    asked = mean > 0
    assert hours[~asked].sum() == 0
    apart = (hours - mean)[asked] / np.sqrt(mean[asked])
    for statistic, cells in ((apart**2, len(apart)), (_weekly(hours, mean), (asked[:168]).sum())):
        assert 1e-4 < stats.chi2.sf(statistic.sum(), cells) < 1 - 1e-4
    assert stats.kstest(arrival % HOUR / HOUR, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(apart[1:], apart[:-1])[0, 1]) < SIGMAS / np.sqrt(len(apart))


def _weekly(hours: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Squared deviation of each hour of the week, summed over the weeks, over its variance."""
    got, expected = (counts.reshape(-1, 168).sum(axis=0) for counts in (hours, mean))
    return (got - expected)[expected > 0] ** 2 / expected[expected > 0]


# --- residents ---------------------------------------------------------------------------------


def county(month: int, **changes: Any) -> World:
    """The small county without outside patients or numbers, where every episode is one visit."""
    world = geography.county_world(worlds.SMALL_COUNTY, date(2022, month, 1).toordinal())
    behaviour = {f"behaviour.{field}": value for field, value in changes.items()}
    absent = ("departments.quota_minutes", "streams.rate")
    return world.having({
        **{path: np.zeros_like(world.get(path)) for path in absent},
        "behaviour.contacts": 1, "needs.demand": 0.3, **behaviour,
    })  # fmt: skip


@compiled
def _expected_needs(needs, residents, month, out):
    """Needs a year by age group and condition."""
    for row in range(residents.nature.shape[0]):
        age = residents.nature[row] & people.AGE_BITS
        for condition in range(out.shape[1]):
            group = people.group_of(needs, condition, month)
            out[age, condition] += people.propensity(needs, residents, row, group)


@cache
def expected_needs(month: int) -> np.ndarray:
    """Needs a day by age group and condition in a month, 1 January."""
    world = county(month)
    tables = world.tables
    out = np.zeros((len(world.names.age_groups), len(world.names.conditions)))
    there = settling.residents(tables.places, tables.people)
    _expected_needs(tables.needs, there, month - 1, out)
    return out / layers.DAYS_PER_YEAR


@ENGINES
@pytest.mark.theory
@pytest.mark.parametrize("month", [1, 7])
def test_needs_by_age_and_condition_follow_propensity_and_season(engine: str, month: int) -> None:
    """Everybody goes once for each need; those dropped because he is ill already are few."""
    days, world = 4, county(month, home=np.full(3, -50.0))
    said = engines.play([(0, world)], 3, days + AFTER, engine)
    expected = expected_needs(month)
    needs = said.ledger["needs"]
    whole = expected.sum() * (days + AFTER)
    assert abs(needs["arisen"] - whole) < SIGMAS * np.sqrt(whole)
    dropped = needs["dropped"] / needs["arisen"]
    assert dropped < 0.03
    visits = pd.DataFrame(said.visits)
    visits = visits[visits["requested"] < days * DAY]
    assert not visits["visit"].duplicated().any()
    found = np.zeros_like(expected)
    np.add.at(found, (visits["age_group"], visits["condition"]), 1)
    for axis in (0, 1):
        mean, seen = expected.sum(axis) * days, found.sum(axis)
        assert (seen <= mean + SIGMAS * np.sqrt(mean)).all(), (mean, seen)
        assert (seen >= mean * (1 - 3 * dropped) - SIGMAS * np.sqrt(mean)).all(), (mean, seen)


@ENGINES
@pytest.mark.theory
def test_first_choices_are_a_nested_logit_of_home_and_kinds(engine: str) -> None:
    """Utilities made constants by kind: shares among those who go, and how many stay at home."""
    days, world = 6, logit_county()
    said = engines.play([(0, world)], 4, days + AFTER, engine)
    visits = pd.DataFrame(said.visits)
    visits = visits[(visits["requested"] < days * DAY) & (visits["visit_class"] != URGENT)]
    kinds = world.facilities.kind[visits["facility"]]
    place, condition = visits["place"].to_numpy(), visits["condition"].to_numpy()
    shares = verification.going(world, place, condition)
    assert len(np.unique(condition)) == 1
    for kind, column in enumerate(shares.T):
        spread = np.sqrt((column * (1 - column)).sum())
        assert abs((kinds == kind).sum() - column.sum()) <= SIGMAS * spread, world.names.kinds[kind]
    values = np.where(verification.offered(world, place, condition), world.behaviour.constant,
                      -np.inf)  # fmt: skip
    goes = theory.nested_logit(
        values, world.choice.nest, world.behaviour.nest_scale, world.behaviour.home[0]
    ).sum(axis=1)
    stays, episodes = ((1 - goes) / goes).sum() / (1 / goes).sum(), said.ledger["episodes"]
    spread = np.sqrt(stays * (1 - stays) / episodes["opened"])
    assert abs(episodes["stayed_home"] / episodes["opened"] - stays) < SIGMAS * spread


def logit_county() -> World:
    """The small county where minor illness is all there is and only constants by kind count."""
    world = county(3)
    kinds, nests = len(world.names.kinds), len(world.behaviour.nest_scale)
    nothing = dict.fromkeys(
        ("travel", "wait_minute", "wait_day", "yuan", "trust", "reputation", "habit", "contract"),
        0.0,
    )
    minor = np.zeros_like(world.needs.rate)
    minor[0] = world.needs.rate[0]
    weights = {"skill": np.zeros(3), "home": np.full(3, 0.4),
               "constant": np.linspace(-0.8, 0.9, kinds),
               "nest_scale": np.linspace(0.4, 0.9, nests)} | nothing  # fmt: skip
    return world.having({
        "needs.rate": minor, "needs.demand": 1.0, "needs.severity": np.ones_like(
            world.needs.severity), **{f"behaviour.{key}": value for key, value in weights.items()},
    })  # fmt: skip


# --- the table ---------------------------------------------------------------------------------


@pytest.mark.unit
def test_more_runs_and_fewer_rows_make_narrower_intervals() -> None:
    rng = stats.norm.rvs
    rows = [
        verification.Found("a", f"q{q}", i, 10 + x, 10.0)
        for q in range(3)
        for i, x in enumerate(rng(size=24, random_state=q))
    ]
    one = verification.intervals(pd.DataFrame(rows[:24])).iloc[0]
    three = verification.intervals(pd.DataFrame(rows)).iloc[0]
    few = verification.intervals(pd.DataFrame(rows[:6])).iloc[0]
    assert one["simulated"] == three["simulated"] and one["z"] == three["z"]
    assert one["high"] - one["low"] < three["high"] - three["low"]
    assert one["high"] - one["low"] < few["high"] - few["low"]


@pytest.mark.door
def test_a_run_of_verification_is_that_of_its_own_seed() -> None:
    file = next(file for file in FILES if file.stem == "mm1_room")
    first, second = (verification.played(verification.Asked(file, i, None, 1)) for i in (0, 1))
    scenario = load(file)
    alone = experiment.run(scenario, scenario.seed + 1, 1)
    assert second[0].simulated == verification.share("refused")(verification.Window(alone))
    assert first[0].simulated != second[0].simulated
