"""Pictures of a sweep: curves over a lever, differences at every point, refusals."""

import pytest
from matplotlib.figure import Figure
from small_sweep import SERVERS, Here, asked_in

import sim

pytestmark = pytest.mark.door


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Servers and days vary; the length of a run is a column of the tables anyway."""
    place = asked_in(tmp_path_factory.mktemp("pictures"))
    text = (place / "dose.yaml").read_text().replace("[1, 2]", "[1, 2, 3]\n    days: [2, 3]")
    (place / "dose.yaml").write_text(text)
    return sim.sweep(place / "dose.yaml", place / "swept", executor=Here())


def test_varied_days_are_told_once_in_every_table(swept):
    assert list(swept.points["days"]) == [2, 3, 2, 3, 2, 3]
    for frame in (swept.points, swept.runs, swept.differences):
        assert frame.columns.is_unique
        assert {SERVERS, "days"} <= set(frame.columns)


def test_a_curve_has_a_panel_for_each_measure_and_other_value(swept):
    figure = swept.plot.doses([("wait_mean", "village"), ("occupancy", "all")])
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    waits = [title for title in titles if title.startswith("wait mean")]
    assert ["days 2" in title for title in waits] == [True, False]
    doses = figure.axes[0].lines[0].get_xdata()
    assert list(doses) == [1, 2, 3]


def test_every_point_has_its_difference_and_the_curve_is_found_by_name(swept):
    assert swept.plot.names() == ["doses"]
    assert isinstance(swept.plot("doses", [("wait_mean", "village")]), Figure)
    rows = swept.plot.differences("wait_mean").axes[0].get_yticklabels()
    of_village = [row.get_text() for row in rows if "village" in row.get_text()]
    assert len(of_village) == 6


def test_what_there_is_no_picture_of_is_told(swept):
    with pytest.raises(KeyError, match="nearest: 'wait_mean'"):
        swept.plot.differences("wait_men")
    with pytest.raises(KeyError, match="nearest: 'doses'"):
        swept.plot("dose")
