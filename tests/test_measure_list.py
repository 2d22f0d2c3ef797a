"""The list of measures for readers is the one that the code keeps.

`python tests/test_measure_list.py` writes it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from small_world import DAY, MINUTE, small_run, stay, visit

from sim import measures
from sim.measures.measure import Measure

LISTED = Path(measures.__file__).with_name("README.md")
SHOWN = ("tier", "county", "age", "week", "kind", "where", "class", "specialty")
HEAD = """# Measures: what the counts mean

One function a measure, its docstring the definition; this list is written from it (`python
tests/test_measure_list.py`) and tested to be current. `run.measures` gives them over everything
and by tier, `run.by("county")` by county (or by any axis below, or several), `run.by("week",
"wait")` one of them; stored runs keep county, week, age and tier. Everything comes from the
aggregates of `sim/tally`, never from the event log.

- **person**: tier is that of the facility, county that of *residence*; only residents count.
  Official county indicators take the insured of a county, the model its residents.
- **facility**: tier and county are those of the *facility*; outside patients count too.
- **world**: a property of how the World is laid out, as it is over the measured days; n counts
  person-years.
- *by*: axes that the counts have, one at a time; two together where one table has both (county with
  age, county with week, week with age for facilities). `tier`, `kind`, `grade` and `institution` go
  together. Weeks begin on Monday; the first and the last may be cut by the window. What has no
  tier, county, age or week says why: "*not by*".
- *groups*: the words of the column `group`, beside `all`.

"""
OF = {"residence": "person", "facility": "facility", "World": "world"}


def reasons(measure: Measure) -> dict[str, str]:
    """Axes that a measure lacks, those with one reason together."""
    axes: dict[str, list[str]] = {}
    for axis, reason in measure.lacks.items():
        axes.setdefault(reason, []).append(axis)
    return {", ".join(words): reason for reason, words in axes.items()}


def line(measure: Measure, window: measures.Window) -> str:
    """One measure as a row of the list."""
    axes = [axis for axis in SHOWN if axis in measures.axes_of(measure, window)]
    names = f"`{measure.name}`" + ("_mean, _p50, _p90, _p95" if measure.statistics else "")
    why = [f" *Not by {axis}*: {reason}." for axis, reason in reasons(measure).items()]
    definition = f"{measure.meaning} {measure.definition}{''.join(why)}".replace("|", "\\|")
    cells = (names, measure.unit, OF[measure.of], ", ".join(axes) or "-", definition)
    return f"| {' | '.join(cells)} |"


def text() -> str:
    """The whole list."""
    run = small_run(visits=[visit(1, DAY + 600 * MINUTE, 5)], stays=[stay(1, DAY, DAY, None)])
    window = measures.Window(run)
    lines = [line(measure, window) for measure in measures.MEASURES]
    table = ["| measure | unit | of | by | definition |", "|---|---|---|---|---|", *lines]
    missing = [f"| {name} | {why} |" for name, why in measures.NOT_ANSWERED.items()]
    unanswered = ["", "## Not answered", "", "No proxy stands in for these.", "",
                  "| measure | why |", "|---|---|", *missing]
    return HEAD + "\n".join([*table, *unanswered]) + "\n"


@pytest.mark.door
def test_the_list_is_current():
    assert text() == LISTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    LISTED.write_text(text(), encoding="utf-8")
