"""The search finds what made the targets, says what pins it, and draws the same sample always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sim import calibrated, calibration, calibration_targets, register
from sim.calibration import Free, Search
from sim.calibration_targets import Target
from sim.cli import app

TRUE = np.array([1.1, -0.3])
SCALARS = [Free("demand", 1.0, 0.5, 0.8, 1.5, "x"), Free("constant_high", 0.0, 0.5, -1.0, 2.5, "x")]
NAMES = ("visits", "share_tertiary", "admissions")


def aims(values: Sequence[float]) -> list[Target]:
    """Targets whose facts are some values, in thousandths of a fact."""
    return [
        Target(name, name, "visit_share", (), "all", f"{value:.12f}", 0.01, 1.0, "fitted", "x")
        for name, value in zip(NAMES, values, strict=True)
    ]


def model(x: np.ndarray) -> np.ndarray:
    """Three smooth answers to two scalars."""
    level, high = x
    return np.array([level, level * 0.3 / (0.3 + 0.7 * np.exp(-high)), level * level])


def simulate(points: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """The smooth model in the place of simulations."""
    found = [model(np.array([point["demand"], point["constant_high"]])) for point in points]
    return [dict.fromkeys((t.name for t in calibration_targets.targets()), 0.0) |
            dict(zip(NAMES, each.tolist(), strict=True)) for each in found]  # fmt: skip


@pytest.fixture(scope="module")
def found() -> calibration.Fit:
    """A fit of the smooth model to its own answers."""
    return calibration.fit(Search(simulate, SCALARS, aims(model(TRUE))), simulate, 20)


@pytest.mark.unit
def test_the_search_finds_what_made_the_targets(found: calibration.Fit) -> None:
    """The prior, fifty times as wide as the targets' tolerance, hardly moves it."""
    assert found.value == pytest.approx(TRUE, abs=0.01)
    assert found.inflation == 1.0


@pytest.mark.unit
def test_the_posterior_is_the_linearised_one(found: calibration.Fit) -> None:
    """Inverse of information of targets (tolerance 0.01) and prior (spread 0.5)."""
    step = 1e-6
    slopes = np.array([(model(found.value + e) - model(found.value - e)) / (2 * step)
                       for e in np.eye(2) * step]).T  # fmt: skip
    exact = np.linalg.inv(slopes.T @ slopes / 1e-4 + np.eye(2) / 0.25)
    assert found.spread == pytest.approx(np.sqrt(np.diag(exact)), rel=0.1)
    assert (found.spread < calibration.PINNED * 0.5).all()


@pytest.mark.unit
def test_the_sample_has_the_posteriors_moments_and_keeps_the_ranges(found) -> None:
    draws = calibration.sample(SCALARS, found.value, found.covariance, 2000)
    assert draws.mean(axis=0) == pytest.approx(found.value, abs=0.002)
    assert draws.std(axis=0) == pytest.approx(found.spread, rel=0.06)
    correlation = found.covariance[0, 1] / found.spread.prod()
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(correlation, abs=0.07)
    wide = calibration.sample(SCALARS, np.array([0.81, 2.49]), np.eye(2), 500)
    assert (wide >= [0.8, -1.0]).all() and (wide <= [1.5, 2.5]).all()
    assert (wide == calibration.sample(SCALARS, np.array([0.81, 2.49]), np.eye(2), 500)).all()


@pytest.mark.unit
def test_a_scalar_that_moves_nothing_is_not_identified() -> None:
    def flat(points):
        return simulate([{**point, "constant_high": -0.3} for point in points])

    found = calibration.fit(Search(flat, SCALARS, aims(model(TRUE))), flat, 20)
    ratio = found.spread / np.array([each.spread for each in SCALARS])
    assert [calibration.identified(each) for each in ratio] == ["pinned", "not identified"]


@pytest.mark.unit
def test_targets_are_facts_and_more_than_the_free_scalars() -> None:
    """Values of domain.md 4.1 and 3; identities follow from others."""
    fact = {each.name: each.fact for each in calibration_targets.targets()}
    assert fact["visits"] == pytest.approx(5.969, abs=0.005)
    assert fact["share_tertiary"] == pytest.approx(0.265, abs=5e-4)
    assert fact["share_ungraded"] == pytest.approx(0.021, abs=5e-4)
    assert fact["admissions_small"] == pytest.approx(13.8, abs=0.1)
    assert fact["away_episodes_all"] == pytest.approx(0.0259, abs=5e-5)
    assert sum(v for name, v in fact.items() if name in shares()) == pytest.approx(1.0, abs=0.002)
    assert 8 >= len(calibration.free()) < len(calibration_targets.fitted())
    assert {each.role for each in calibration_targets.targets()} == set(calibration_targets.ROLES)


def shares() -> set[str]:
    """Targets of the nine rows."""
    aimed = (each for each in calibration_targets.targets() if each.measure == "visit_share")
    return {each.name for each in aimed}


@pytest.mark.unit
@pytest.mark.parametrize(("text", "error"), [("N010 / N999", KeyError), ("abs(N010)", ValueError)])
def test_a_formula_knows_facts_and_arithmetic_only(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        calibration_targets.formula(text)


@pytest.mark.unit
def test_the_shipped_posterior_has_the_free_scalars_within_their_ranges() -> None:
    names = [each.name for each in calibration.free()]
    for draw in register.posterior():
        assert list(draw) == names
        assert all(each.low <= draw[each.name] <= each.high for each in calibration.free())


@pytest.mark.unit
def test_the_page_names_every_target_and_scalar(found, tmp_path: Path) -> None:
    asked = {"title": "x", "residents": 1, "counties": 1, "warmup": 1, "days": 1, "seed": 1,
             "start": "2022-03-07", "command": "sim calibrate"}  # fmt: skip
    rows = len(calibration_targets.fitted())
    padded = found._replace(jacobian=np.vstack([found.jacobian, np.zeros((rows - 3, 2))]))
    luck = dict.fromkeys((each.name for each in calibration_targets.targets()), 0.0)
    tables = calibrated.write(tmp_path / "c", padded, SCALARS, luck, asked)
    text = (tmp_path / "c" / "README.md").read_text(encoding="utf-8")
    assert all(f"| {each.name} |" in text for each in (*calibration_targets.targets(), *SCALARS))
    assert len(tables["posterior"]) == calibration.DRAWS
    for name in ("fit.png", "correlations.png", "manifest.json", "posterior.csv"):
        assert (tmp_path / "c" / name).stat().st_size > 0


@pytest.mark.door
@pytest.mark.slow
def test_a_trial_runs_and_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    asked = ["calibrate", "--quick", "--workers", "1", "--out", str(tmp_path / "c")]
    first = CliRunner().invoke(app, asked)
    assert first.exit_code == 0, first.output
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "c" / "runs").iterdir()}
    again = CliRunner().invoke(app, asked)
    assert again.exit_code == 0
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "c" / "runs").iterdir()} == kept
    assert (tmp_path / "c" / "fit.csv").exists()
