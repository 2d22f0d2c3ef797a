"""The reference engine is a Mesa model: Mesa's own tools work on it, whatever Mesa 3 is here."""

from __future__ import annotations

import mesa
import pytest
import worlds

from sim.arithmetic import DAY
from sim.engine.patients import Patient
from sim.engine.reference import TieredCare
from sim.engine.residents import Resident

pytestmark = [pytest.mark.door, pytest.mark.filterwarnings("error")]  # nothing deprecated is used


def test_a_step_is_a_day_and_agents_are_those_in_an_episode() -> None:
    model = TieredCare([(0, worlds.county())], 1)
    collector = mesa.DataCollector(
        model_reporters={"patients": lambda m: len(m.agents), "now": lambda m: m.env.now}
    )
    for _ in range(3):
        model.step()
        collector.collect(model)
    found = collector.get_model_vars_dataframe()
    assert found["now"].tolist() == [DAY, 2 * DAY, 3 * DAY]
    assert model.steps == 3
    assert (found["patients"] > 100).all()
    residents = model.agents_by_type[Resident]
    assert len(residents) == len(model.open_episodes) - len(model.ended_today)
    assert all(isinstance(agent, Patient) for agent in model.agents)
    assert residents.select(lambda agent: agent.contact > 0)
    model.forget()


def test_the_states_of_agents_are_those_of_the_ledger() -> None:
    model = TieredCare([(0, worlds.county())], 2)
    for _ in range(4):
        model.step()
    episodes = model.ledger.episodes
    present = sum(episodes[state] for state in ("in_transit", "at_facility", "at_home"))
    assert len(model.agents_by_type[Resident]) == present + episodes["awaiting_reply"]
    model.forget()


def test_steps_and_time_are_those_of_mesa() -> None:
    model = TieredCare([(0, worlds.queue())], 3)
    for _ in range(2):
        model.step()
    assert model.steps == 2
    assert getattr(model, "time", 2.0) == 2.0  # newer Mesa keeps a clock of its own, in steps
    model.forget()
    assert not model.agents
