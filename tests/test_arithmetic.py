"""Own arithmetic: as exact as the library's, and alike everywhere."""

import hashlib
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

import sim.arithmetic as arithmetic
from sim.arithmetic import (
    DAY,
    NEVER,
    TICKS_PER_MINUTE,
    compiled,
    exp,
    log,
    logistic,
    minutes,
    normal_quantile,
    ticks,
)

pytestmark = pytest.mark.unit

ROOT = Path(arithmetic.__file__).resolve().parent.parent
ACCURACY = 2e-15
LARGEST = sys.float_info.max
SMALLEST = 5e-324


@numba.njit
def each(function, xs):
    out = np.empty_like(xs)
    for i in range(len(xs)):
        out[i] = function(xs[i])
    return out


def relative_error(ours, exact):
    return np.max(np.abs((ours - exact) / exact)).item()


def run(code, folder=ROOT, **environment):
    """Print of a fresh interpreter whose first place to look for `sim` is the folder."""
    settings = {**os.environ, "PYTHONPATH": str(folder), **environment}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=folder, env=settings, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize("width", [1e-9, 1e-3, 1.0, 30.0, 708.0])
def test_exp_is_accurate(width):
    xs = np.random.default_rng(1).uniform(-width, width, 100_000)
    assert relative_error(each(exp, xs), np.exp(xs.astype(np.longdouble))) < ACCURACY


def test_exp_of_subnormal_results_is_off_by_one_step_at_most():
    xs = np.random.default_rng(2).uniform(-745.1, -708.5, 20_000)
    assert np.max(np.abs(each(exp, xs) - np.exp(xs))) <= SMALLEST


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (0.0, 1.0),
        (-0.0, 1.0),
        (709.78, math.exp(709.78)),
        (709.79, math.inf),
        (math.inf, math.inf),
        (-745.2, 0.0),
        (-math.inf, 0.0),
    ],
)
def test_exp_at_its_borders(x, value):
    assert exp(x) == pytest.approx(value, rel=ACCURACY)


@pytest.mark.parametrize("function", [exp, log, logistic])
def test_not_a_number_stays_so(function):
    assert math.isnan(function(math.nan))


@pytest.mark.parametrize("width", [1e-12, 1e-6, 1e-3, 0.5])
def test_log_is_accurate_near_one(width):
    xs = 1.0 + np.random.default_rng(3).uniform(-width, width, 100_000)
    xs = xs[xs != 1.0]
    assert relative_error(each(log, xs), np.log(xs.astype(np.longdouble))) < ACCURACY


def test_log_is_accurate_everywhere():
    xs = np.exp(np.random.default_rng(4).uniform(-744.0, 709.0, 100_000))
    assert relative_error(each(log, xs), np.log(xs.astype(np.longdouble))) < ACCURACY


@pytest.mark.parametrize("x", [SMALLEST, 2.3e-308, LARGEST, 1e-320, 2, 10])
def test_log_at_its_borders(x):
    assert log(x) == pytest.approx(math.log(x), rel=ACCURACY)


def test_log_outside_its_range():
    assert log(1.0) == 0.0
    assert log(0.0) == -math.inf
    assert log(-0.0) == -math.inf
    assert math.isnan(log(-1.0))
    assert log(math.inf) == math.inf


def arguments():
    """Every exponent, both signs, what is no number, and borders of the roundings inside."""
    bits = np.random.default_rng(5).integers(-(2**63), 2**63, 200_000, dtype=np.int64)
    half = (np.arange(-1080, 1080) + 0.5) / arithmetic.LOG2_E
    borders = [0.0, -0.0, math.inf, -math.inf, math.nan, SMALLEST, LARGEST, 1.0, arithmetic.SQRT2]
    each_side = [arithmetic.EXP_OVERFLOW, arithmetic.EXP_UNDERFLOW, arithmetic.SMALLEST_NORMAL]
    ends = [np.nextafter(x, way) for x in (*each_side, *half) for way in (-math.inf, math.inf)]
    near = np.random.default_rng(6).uniform(-750.0, 750.0, 200_000)
    return np.concatenate([bits.view(np.float64), near, half, each_side, ends, borders])


@pytest.mark.parametrize(
    ("function", "digest"), [(exp, "97946b690aeed427"), (log, "852919d9d7c5cbf5")]
)
def test_exp_and_log_give_the_bits_that_they_gave(function, digest):
    found = each(function, arguments())
    found[np.isnan(found)] = math.nan
    assert hashlib.sha256(found.tobytes()).hexdigest()[:16] == digest


@pytest.mark.parametrize("function", [exp, log])
def test_several_at_once_are_each_as_alone(function):
    xs = arguments()[::97]
    alone = np.array([function(x) for x in xs])
    assert np.array_equal(each(function, xs), alone, equal_nan=True)


@settings(deadline=None)
@given(st.floats(-700.0, 700.0))
def test_log_undoes_exp(x):
    assert log(exp(x)) == pytest.approx(x, rel=ACCURACY, abs=ACCURACY)


@pytest.mark.parametrize("function", [exp, log, logistic, normal_quantile, ticks])
def test_python_and_compiled_agree_in_every_bit(function):
    xs = np.random.default_rng(5).uniform(0.0, 1.0, 2_000)
    assert all(function(x) == function.py_func(x) for x in xs)


def test_a_whole_interpreter_without_the_compiler_agrees_in_every_bit():
    code = (
        "from sim.arithmetic import *\n"
        "xs = [(-1) ** i * i * 0.7312345 for i in range(1, 900)]\n"
        "us = [(i + 0.5) / 901 for i in range(901)]\n"
        "print(*[float(f(x)).hex() for x in xs for f in (exp, logistic)])\n"
        "print(*[float(f(u)).hex() for u in us for f in (log, normal_quantile)])\n"
    )
    assert run(code) == run(code, NUMBA_DISABLE_JIT="1")


def test_no_product_is_fused_with_a_sum():
    fresh = numba.njit(error_model="numpy")(lambda x: normal_quantile(exp(log(x))))
    fresh(0.3)
    assembly = "".join(fresh.inspect_asm().values())
    assert "mul" in assembly
    assert "fmadd" not in assembly
    assert "fnmadd" not in assembly


def test_normal_quantile_is_accurate():
    random = np.random.default_rng(6)
    us = np.concatenate([random.uniform(0, 1, 50_000), np.exp(random.uniform(-740, 0, 50_000))])
    ours, theirs = each(normal_quantile, us), special.ndtri(us)
    assert np.max(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-3)) < ACCURACY


def test_normal_quantile_at_its_borders():
    assert normal_quantile(0.5) == 0.0
    assert normal_quantile(0.0) == -math.inf
    assert normal_quantile(1.0) == math.inf
    assert math.isnan(normal_quantile(-0.1))
    assert math.isnan(normal_quantile(1.1))
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=ACCURACY)


def test_logistic_is_accurate_and_bounded():
    xs = np.random.default_rng(7).uniform(-700, 700, 50_000)
    assert relative_error(each(logistic, xs), special.expit(xs.astype(np.longdouble))) < ACCURACY
    assert (logistic(0.0), logistic(math.inf), logistic(-math.inf)) == (0.5, 1.0, 0.0)


def test_a_duration_is_at_least_one_tick():
    assert ticks(0.0) == ticks(-5.0) == ticks(1e-12) == 1
    assert ticks(1) == TICKS_PER_MINUTE
    assert ticks(1440.0) == DAY


def test_a_duration_without_end_never_ends():
    assert ticks(math.inf) == ticks(math.nan) == ticks(1e300) == NEVER


@settings(deadline=None)
@given(st.integers(1, 2**52))
def test_ticks_undo_minutes(count):
    assert ticks(minutes(count)) == count


@settings(deadline=None)
@given(st.floats(1e-5, 1e6))
def test_ticks_round_to_the_nearest(duration):
    assert abs(minutes(ticks(duration)) - duration) * TICKS_PER_MINUTE <= 0.5


def test_minutes_of_an_array():
    assert minutes(np.array([DAY, TICKS_PER_MINUTE // 2])).tolist() == [1440.0, 0.5]


def test_the_cache_folder_names_sources_and_numba():
    assert arithmetic.source_digest() in arithmetic.CACHE_DIRECTORY
    assert numba.__version__ in arithmetic.CACHE_DIRECTORY


def test_the_cache_folder_survives_changed_settings(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    compiled(abs_difference)
    assert numba.config.CACHE_DIR == arithmetic.CACHE_DIRECTORY


def abs_difference(a, b):
    return abs(a - b)


@pytest.fixture
def package(tmp_path):
    """A tiny package of two rooms, of which the upper calls the lower."""
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim/__init__.py").touch()
    shutil.copy(ROOT / "sim/arithmetic.py", tmp_path / "sim")
    head = "from sim.arithmetic import compiled\n"
    (tmp_path / "sim/lower.py").write_text(head + "@compiled\ndef rule(x):\n    return x + 1\n")
    (tmp_path / "sim/upper.py").write_text(
        head + "from sim.lower import rule\n@compiled\ndef day(x):\n    return rule(x) * 10\n"
    )
    return tmp_path


ASK = "from sim.upper import day; print(day(1), sum(day.stats.cache_hits.values()))"


def test_an_edited_rule_changes_its_callers_in_other_files(package):
    cache = {"NUMBA_CACHE_DIR": str(package / "cache")}
    assert run(ASK, package, **cache) == "20 0"
    assert run(ASK, package, **cache) == "20 1"
    lower = package / "sim/lower.py"
    lower.write_text(lower.read_text().replace("+ 1", "+ 2"))
    assert run(ASK, package, **cache) == "30 0"
    assert len(list((package / "cache").iterdir())) == 2
    assert not list((package / "sim").rglob("*.nbi"))


def test_the_cache_falls_back_where_nothing_can_be_written(package):
    (package / "file").touch()
    blocked = str(package / "file")
    (package / "temporary").mkdir()
    code = "import numba, sim.upper; print(numba.config.CACHE_DIR)"
    settings = {"NUMBA_CACHE_DIR": blocked, "XDG_CACHE_HOME": blocked}
    folder = run(code, package, TMPDIR=str(package / "temporary"), **settings)
    assert Path(folder).is_relative_to(package / "temporary")
