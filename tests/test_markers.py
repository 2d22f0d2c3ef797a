"""Every test says which kind of proof it is, exactly once."""

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.door

CONFIG = """
[pytest]
addopts = --strict-markers
markers =
    unit: u
    theory: t
    luck: l
    policy: p
    invariant: i
    golden: g
    door: d
    slow: s
"""


@pytest.fixture
def collected(pytester, request):
    """A function that runs pytest with this project's rules over one source."""
    pytester.makeini(CONFIG)
    pytester.makeconftest((request.config.rootpath / "tests" / "conftest.py").read_text())

    def collect(source, *options):
        pytester.makepyfile(f"import pytest\n{source}")
        return pytester.runpytest_inprocess(*options, "-p", "no:hypothesispytest")

    return collect


def test_one_marker_is_right(collected):
    collected("@pytest.mark.unit\ndef test_it(): pass").assert_outcomes(passed=1)


@pytest.mark.parametrize("marks", ["", "@pytest.mark.unit\n@pytest.mark.door\n"])
def test_none_and_two_are_refused(collected, marks):
    result = collected(f"{marks}def test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*exactly one of*test_it*"])


def test_slow_is_no_proof_of_its_own(collected):
    result = collected("@pytest.mark.slow\ndef test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_slow_tests_wait_until_asked(collected):
    source = "@pytest.mark.slow\n@pytest.mark.unit\ndef test_it(): pass"
    collected(source).assert_outcomes(deselected=1)
    collected(source, "--slow").assert_outcomes(passed=1)
