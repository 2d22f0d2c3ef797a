"""Which values of the free scalars make the national world meet the statistics?

Maximum a posteriori by least squares on paired simulations: residuals are (model - fact) x weight /
tolerance of the fitted targets, then (value - centre) / spread of a normal prior; every simulation
has the same luck, so that differences between two points are differences of behaviour, and the
Jacobian is taken by finite differences. Search: scipy's trust-region reflective method within the
ranges of the register [1]. The posterior is the linearised one at the end [2],
N(x, (J'J / s2 + P)^-1), with s2 = the mean squared residual where that exceeds 1 (targets that no
value meets widen it), cut at the ranges.

[1] Branch, Coleman and Li (1999), SIAM J. Sci. Comput. 21. [2] Tarantola (2005), Inverse Problem
Theory, ch. 3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import norm

from sim import experiment, register
from sim.calibration_targets import Target, answers, fitted, targets
from sim.outline import placement
from sim.scenario import Scenario

Array = np.ndarray
Point = Mapping[str, float]
Answers = dict[str, float]
Progress = Callable[[int], None]

MOST_FREE = 8
STEP = 0.25  # of a difference, in spreads of the prior
CLOSE = 1e-3  # relative change at which the search ends
DRAWS = 64
DRAW_OF_SAMPLE = 5000  # purposes of the draws of the posterior
DIGITS = 4
PINNED, WEAK = 0.5, 0.9  # posterior over prior standard deviation


class Free(NamedTuple):
    """A scalar that is fitted, its prior and its range."""

    name: str
    start: float
    spread: float
    low: float
    high: float
    reason: str


@cache
def free() -> list[Free]:
    """The free scalars, at most eight. Raises ValueError for more, or as many as targets."""
    rows, known = register.rows("fit/free"), register.parameters()
    if len(rows) > min(MOST_FREE, len(fitted()) - 1):
        raise ValueError(f"{len(rows)} free scalars: {MOST_FREE} at most, fewer than targets")
    return [
        Free(row["name"], float(row["start"]), float(row["spread"]), known[row["name"]].low,
             known[row["name"]].high, row["reason"])
        for row in rows
    ]  # fmt: skip


class Fit(NamedTuple):
    """Where the search ended, and what it saw on the way."""

    start: Array
    value: Array
    before: Answers
    after: Answers
    jacobian: Array  # of the fitted targets, (target, scalar), in their own units
    spread: Array  # posterior standard deviations
    covariance: Array
    inflation: float  # s2
    rounds: int


class Simulations:
    """Simulations of a scenario at any point, each kept under its content hash."""

    def __init__(
        self, scenario: Scenario, seed: int, folder: Path, workers: int = 1,
        progress: Progress | None = None,
    ) -> None:
        self.scenario, self.seed, self.folder, self.workers = scenario, seed, folder, workers
        self.progress, self.played = progress or (lambda done: None), 0

    def __call__(self, points: Sequence[Point], seed: int | None = None) -> list[Answers]:
        """The model's answers at some points, in their order."""
        asked = [(self._at(point), seed or self.seed, self.folder) for point in points]
        found = []
        for answer in _each(asked, min(self.workers, len(asked))):
            found.append(answer)
            self.played += 1
            self.progress(self.played)
        return found

    def _at(self, point: Point) -> Scenario:
        given = {**self.scenario.parameters, **{name: float(v) for name, v in point.items()}}
        return self.scenario.model_copy(update={"parameters": given, "draw": None})


def _each(asked: Sequence[tuple[Scenario, int, Path]], workers: int) -> Iterator[Answers]:
    if workers <= 1:
        yield from (simulated(*each) for each in asked)
        return
    from loky import get_reusable_executor

    pool = get_reusable_executor(max_workers=workers)
    yield from pool.map(simulated, *zip(*asked, strict=True))


def simulated(scenario: Scenario, seed: int, folder: Path) -> Answers:
    """The model's answers of one simulation, read again if they were kept."""
    kept = folder / f"{scenario.content_hash(seed)}.json"
    if kept.exists():
        known: Answers = json.loads(kept.read_text(encoding="utf-8"))
        if known.keys() >= {target.name for target in targets()}:
            return known
    run = experiment.run(scenario, seed, engine="compiled", events=None, threads=1)
    if run.ledger["gap"].any():
        raise ValueError(f"a ledger does not close at {scenario.parameters}")
    found = answers(run)
    folder.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(found), encoding="utf-8")
    part.rename(kept)
    return found


class Search:
    """Residuals and their Jacobian as least squares asks for them."""

    def __init__(
        self, simulate: Callable[[Sequence[Point]], list[Answers]],
        scalars: Sequence[Free], aims: Sequence[Target],
    ) -> None:
        self.simulate, self.scalars, self.aims = simulate, scalars, aims
        self.spread = np.array([each.spread for each in scalars])
        self.centre = np.array([each.start for each in scalars])
        self.scale = np.array([aim.scale for aim in aims])
        self.fact = np.array([aim.fact for aim in aims])

    def point(self, x: Array) -> dict[str, float]:
        """Values by name."""
        return {each.name: float(v) for each, v in zip(self.scalars, x, strict=True)}

    def models(self, xs: Sequence[Array]) -> Array:
        """Answers to the fitted targets at some points, (point, target)."""
        found = self.simulate([self.point(x) for x in xs])
        return np.array([[each[aim.name] for aim in self.aims] for each in found])

    def residuals(self, x: Array) -> Array:
        """Weighed distances of the targets in tolerances, then of the values from their prior."""
        far = (self.models([x])[0] - self.fact) / self.scale
        return np.concatenate([far, (x - self.centre) / self.spread])

    def slopes(self, x: Array) -> Array:
        """Change of each fitted target per unit of each scalar, by differences inside the range."""
        high = np.array([each.high for each in self.scalars])
        step = np.where(x + STEP * self.spread <= high, 1.0, -1.0) * STEP * self.spread
        found = self.models([x, *(x + row for row in np.diag(step))])
        return ((found[1:] - found[0]) / step[:, None]).T

    def jacobian(self, x: Array) -> Array:
        """That of the residuals."""
        return np.vstack([self.slopes(x) / self.scale[:, None], np.diag(1.0 / self.spread)])


def fit(search: Search, simulate: Callable[[Sequence[Point]], list[Answers]], rounds: int) -> Fit:
    """The best values after at most so many rounds, each with one Jacobian."""
    low, high = ([getattr(each, end) for each in search.scalars] for end in ("low", "high"))
    found = least_squares(
        search.residuals, search.centre, search.jacobian, (low, high), x_scale=search.spread,
        max_nfev=rounds, ftol=CLOSE, xtol=CLOSE,
    )  # fmt: skip
    value = np.round(found.x, DIGITS)
    slopes = found.jac[: len(search.aims)] * search.scale[:, None]
    covariance, inflation = posterior_of(search, value, slopes)
    before, after = simulate([search.point(search.centre), search.point(value)])
    return Fit(
        search.centre, value, before, after, slopes, np.sqrt(np.diag(covariance)), covariance,
        inflation, int(found.njev),
    )  # fmt: skip


def posterior_of(search: Search, x: Array, slopes: Array) -> tuple[Array, float]:
    """Covariance of the linearised posterior, and by how much misfit widens it."""
    weighed = slopes / search.scale[:, None]
    residuals = search.residuals(x)[: len(search.aims)]
    inflation = max(1.0, float(residuals @ residuals) / len(residuals))
    precision = weighed.T @ weighed / inflation + np.diag(1.0 / (search.spread * search.spread))
    return np.linalg.inv(precision), inflation


def sample(scalars: Sequence[Free], value: Array, covariance: Array, draws: int = DRAWS) -> Array:
    """Draws (draw, scalar) of the posterior, those outside a range drawn again; always the same."""
    root, found, first = np.linalg.cholesky(covariance), list[Array](), 0
    low, high = (np.array([getattr(each, end) for each in scalars]) for end in ("low", "high"))
    while len(found) < draws:
        codes = np.arange(first, first + draws)
        even = np.array([placement(codes, DRAW_OF_SAMPLE + k) for k in range(len(scalars))])
        drawn = value + norm.ppf(even).T @ root.T
        found += [row for row in drawn if ((low <= row) & (row <= high)).all()]
        first += draws
    return np.round(np.array(found[:draws]), DIGITS)


def identified(ratio: float) -> str:
    """In a word, how far the facts pin a scalar: posterior over prior standard deviation."""
    return "pinned" if ratio < PINNED else ("weakly" if ratio < WEAK else "not identified")
