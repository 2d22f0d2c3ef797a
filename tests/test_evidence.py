"""Effects known from studies: they cite facts, the calendar is arithmetic, answers are kept."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import evidence, probes
from sim.defaults import facts
from sim.evidence import AT_MOST, WHAT_IF, Effect
from sim.scenario import load

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "scenarios" / "evidence"
RESULTS = ROOT / "results" / "evidence"
EFFECTS = evidence.effects(FOLDER)
DERIVED = {  # what is reported, from several facts
    "contracts": lambda more, fewer: more - fewer,
    "price": lambda cheap, dear: dear - cheap,
    "step_down": lambda offered, accepted: offered * accepted / 100.0,
}
OF_DOMAIN = {"remote_two_other_days": 29.46}
CALENDARS = {  # days with a service and its hour, mean hours of even requests (domain 4.7)
    "remote_two_days": ({2: 17, 4: 17}, 23.7),
    "remote_two_other_days": ({1: 17, 4: 17}, 23.7),
    "remote_three_days": ({0: 17, 2: 17, 4: 17}, 14.1),
    "remote_five_days": ({0: 17, 1: 17, 2: 17, 3: 17, 5: 12}, 8.3),
}
QUICK = ("remote_two_days", "remote_three_days", "remote_five_days", "remote_two_other_days")
LONG = tuple(dict.fromkeys(e.scenario for e in EFFECTS if e.scenario not in QUICK))


def effect(**given: object) -> Effect:
    """An effect of 2 [1, 3] with some fields replaced."""
    plain = Effect("a", "b", "c", "d", "", "", 2.0, 1.0, 3.0, "1", "equal", "revealed", "")
    return plain._replace(**given)  # type: ignore[arg-type]


@pytest.mark.unit
def test_what_is_reported_is_what_the_facts_say() -> None:
    for one in EFFECTS:
        if one.name in OF_DOMAIN:
            assert one.reported == OF_DOMAIN[one.name]
            continue
        texts = [facts()[name]["value"] for name in one.facts.split(";")]
        if "-" in texts[0][1:]:
            assert texts == [f"{one.low:g}-{one.high:g}"]
            continue
        said = DERIVED.get(one.name, float)(*map(float, texts))
        assert one.reported == pytest.approx(said, abs=0.001)


@pytest.mark.unit
def test_every_effect_has_its_probe_and_scenario_and_some_found_nothing() -> None:
    assert len({one.name for one in EFFECTS}) == len(EFFECTS)
    for one in EFFECTS:
        assert one.probe in probes.PROBES
        assert load(FOLDER / f"{one.scenario}.yaml").replications >= 5
        assert one.low <= one.reported <= one.high
    assert sum(one.nature == "null" for one in EFFECTS) >= 2


@pytest.mark.unit
def test_no_scenario_of_evidence_goes_unasked() -> None:
    assert {one.scenario for one in EFFECTS} == {path.stem for path in FOLDER.glob("*.yaml")}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("low", "high", "agrees"), [(0.0, 0.9, False), (0.0, 1.0, True), (3.0, 9.0, True),
                                (3.1, 9.0, False), (1.5, 1.6, True), (0.0, 9.0, True)],
)  # fmt: skip
def test_an_effect_agrees_where_intervals_meet(low: float, high: float, agrees: bool) -> None:
    assert evidence.agrees(effect(), low, high) is agrees


@pytest.mark.unit
def test_a_bound_is_kept_from_below() -> None:
    bound = effect(relation=AT_MOST, low=-np.inf, high=2.0)
    assert evidence.agrees(bound, 0.0, 2.0)
    assert not evidence.agrees(bound, 1.9, 2.1)


@pytest.mark.unit
def test_a_value_without_an_interval_is_taken_with_a_tenth() -> None:
    found = {one.name: one for one in EFFECTS}
    assert found["remote_two_days"][7:9] == pytest.approx((0.9 * 33.14, 1.1 * 33.14))
    assert found["luohu"][7:9] == (0.0, 0.0)
    assert found["step_down"].high == 7.82


@pytest.mark.theory
@pytest.mark.parametrize("name", CALENDARS)
def test_most_of_a_remote_wait_is_calendar(name: str) -> None:
    """Requests even over Monday to Friday 8 to 17 wait for the next day and hour of service."""
    services, hours = CALENDARS[name]
    held = np.array([24 * (day + week) + hour for week in (0, 7) for day, hour in services.items()])
    asked = np.array([24 * day + 8 + (k + 0.5) / 100 for day in range(5) for k in range(900)])
    ahead = held[None, :] - asked[:, None]
    alone = np.where(ahead >= 0, ahead, np.inf).min(axis=1).mean()
    assert alone == pytest.approx(hours, abs=0.05)
    model = saved().set_index("name").loc[name, "model"]
    assert alone < model < alone + 1.0


@pytest.mark.unit
def test_the_page_tells_every_effect_alike() -> None:
    rows = []
    for name, low in (("met", 1.5), ("missed", 5.0)):
        one = effect(name=name, effect=name)
        found = {"model": low, "model_low": low, "model_high": low, "replications": 2}
        rows.append(one._asdict() | found | {"agrees": evidence.agrees(one, low, low)})
    rows.append(rows[0] | {"effect": "supposed", "nature": WHAT_IF})
    text = evidence.page(pd.DataFrame(rows))
    assert "1 of 2 agree" in text and "1 do not" in text
    assert [line.count("|") for line in text.splitlines() if line.startswith("| ")] == [8] * 4
    assert text.index("| met |") < text.index("| missed |")
    assert "**no**" in text


@cache
def saved() -> pd.DataFrame:
    """The published table."""
    return evidence.read(RESULTS)


@pytest.mark.door
def test_the_published_page_is_that_of_its_table() -> None:
    assert tuple(saved()["name"]) == tuple(one.name for one in EFFECTS)
    assert (RESULTS / "README.md").read_text(encoding="utf-8") == evidence.page(saved())


def assert_answered_as_published(scenario: str) -> None:
    """The model's present answers, agreement and disagreement alike."""
    asked = [one for one in EFFECTS if one.scenario == scenario]
    table = evidence.answer(asked, FOLDER).set_index("name")
    published = saved().set_index("name").loc[table.index]
    assert table["model"].tolist() == pytest.approx(published["model"].tolist(), rel=1e-4)
    assert table["agrees"].tolist() == published["agrees"].tolist()


@pytest.mark.invariant
@pytest.mark.parametrize("scenario", QUICK)
def test_calendars_are_answered_as_published(scenario: str) -> None:
    assert_answered_as_published(scenario)


@pytest.mark.invariant
@pytest.mark.slow
@pytest.mark.parametrize("scenario", LONG)
def test_studies_are_answered_as_published(scenario: str) -> None:
    assert_answered_as_published(scenario)
