"""The page about a result is one whole file, says what the result says, and opens in a browser."""

import base64
import re
import shutil
import subprocess
from html.parser import HTMLParser
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import worlds
from matplotlib import image
from small_sweep import SERVERS, Here, asked_in
from typer.testing import CliRunner

import sim
from sim import page, scenario, theory
from sim.cli import app
from sim.page import analytic, standards
from sim.sweeping import publishing

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
TELLING = {"src", "href", "data", "poster", "action", "srcset"}
COUNT = """<script>window.onload = () => {
  const all = [...document.images], shown = all.filter(i => i.complete && i.naturalWidth > 300);
  const asked = performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:"));
  document.title = `${shown.length} of ${all.length} pictures, ${asked.length} requests, ` +
    `${document.querySelectorAll("h2").length} sections`;
};</script></head>"""
CLINIC = {
    "title": "A <clinic> & its queue", "days": 30, "warmup": 1, "world": {
        "facilities": [{"name": "clinic", "departments": [
            {"service": {"family": "exponential", "mean_minutes": 7.0}}]}],
        "arrivals": [{"to": "clinic.general", "per_hour": 6.0}],
    },
}  # fmt: skip
COUNTY = {
    "title": "A county", "question": "Does telemedicine change who travels?",
    "days": 4, "warmup": 2,
    "world": {"county": worlds.SMALL_COUNTY}, "replications": 2,
}  # fmt: skip
REMOTE = {"policies": [{"name": "telemedicine", "from": "2022-03-10", "coverage": 0.6}]}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A county's run, a clinic's run and a comparison, stored."""
    place = tmp_path_factory.mktemp("results")
    county, remote = scenario.restored(COUNTY), scenario.restored({**COUNTY, **REMOTE})
    sim.run(remote, events=None).save(place / "county")
    sim.run(scenario.restored(CLINIC), events=None).save(place / "clinic")
    sim.compare(county, remote, workers=1).save(place / "both")
    asked = asked_in(place)
    swept = sim.sweep(asked / "dose.yaml", place / "swept", executor=Here())
    publishing.publish(swept, place / "published")
    return place


def drawn_of(result):
    """Names of the pictures that belong to a result."""
    whole = result.manifest["kind"] in ("run", "comparison")
    return result.plot.names() if whole else list(publishing.figures(result))


@pytest.fixture(scope="module", params=["county", "clinic", "both", "swept", "published"])
def told(request, folders):
    """A stored result and the page about it."""
    result = sim.read(folders / request.param)
    return result, page.html(result)


class Read(HTMLParser):
    """Tags with their attributes, and the words between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.door
def test_the_page_needs_nothing_from_outside(told):
    _, text = told
    read = Read(text)
    assert not {tag for tag, _ in read.tags} & {"script", "link", "iframe", "object", "base"}
    for _, attributes in read.tags:
        for name in TELLING & set(attributes):
            assert attributes[name].startswith(("#", "data:image/png;base64,"))
    style = re.search("<style>(.*)</style>", text, re.S).group(1)
    assert "url(" not in style and "@import" not in style
    anchors = {a["href"][1:] for tag, a in read.tags if tag == "a"}
    assert anchors <= {a["id"] for _, a in read.tags if "id" in a}


@pytest.mark.door
def test_every_picture_is_inside_and_decodes(told):
    result, text = told
    pictures = [a for tag, a in Read(text).tags if tag == "img"]
    assert len(pictures) == len(drawn_of(result)) >= 2
    for picture in pictures:
        held = base64.b64decode(picture["src"].partition(",")[2], validate=True)
        pixels = image.imread(BytesIO(held), format="png")
        assert pixels.shape[1] == 1100 and np.ptp(pixels) > 0.5 and picture["alt"]


@pytest.mark.door
@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_the_page_opens_in_a_browser_and_asks_for_nothing(told, tmp_path):
    result, text = told
    (tmp_path / "page.html").write_text(text.replace("</head>", COUNT))
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile")
    shown = subprocess.run(
        [BROWSER, *options, "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    number = len(drawn_of(result))
    assert f"<title>{number} of {number} pictures, 0 requests, 7 sections</title>" in shown.stdout


@pytest.mark.door
def test_the_page_says_what_was_asked(folders):
    words = " ".join(Read(page.html(sim.read(folders / "county"))).words)
    for said in (COUNTY["question"], "telemedicine from 2022-03-10", "coverage = 0.6",
                 "4 days measured after 2 days of warm-up", "the gap is 0", "Given: ",
                 "without sending the patient there", "STRESS-DES", "ODD"):  # fmt: skip
        assert said in words, said
    manifest = sim.read(folders / "county").manifest
    assert words.count(manifest["content_hash"]) >= 2
    assert manifest["content_hash"][:12] in words


@pytest.mark.door
def test_words_of_a_scenario_are_words_only(folders):
    text = page.html(sim.read(folders / "clinic"))
    assert "A &lt;clinic&gt; &amp; its queue" in text and "<clinic>" not in text
    assert "the question; scenario files have a key for it" in text


@pytest.mark.door
def test_tables_hold_the_results(folders):
    run, both = sim.read(folders / "county"), sim.read(folders / "both")
    words = Read(page.html(run)).words
    arrived = run.ledger.loc[run.ledger["ledger"] == "visits", "came"]
    assert {f"{came:,}" for came in arrived} <= set(words)
    paired = Read(page.html(both)).words
    assert "same in all pairs" in paired and "No run failed." in paired


@pytest.mark.door
def test_the_command_writes_the_page(folders, tmp_path):
    place = tmp_path / "there" / "page.html"
    done = CliRunner().invoke(app, ["report", str(folders / "clinic"), "--out", str(place)])
    assert done.exit_code == 0, done.output
    assert place.read_text().startswith("<!doctype html>")
    assert CliRunner().invoke(app, ["report", str(folders / "clinic")]).exit_code == 0
    assert (folders / "clinic" / "report.html").is_file() and sim.read(folders / "clinic")
    refused = CliRunner().invoke(app, ["report", str(tmp_path / "nowhere")])
    assert refused.exit_code == 2 and "is no folder" in refused.output


@pytest.mark.door
def test_pictures_are_drawn_by_name_in_a_language(folders, tmp_path):
    command = ["plot", str(folders / "county"), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*command, "ledger", "series"])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.png", "series.png"]
    for words, said in ((["lejer"], "nearest: 'ledger'"), (["--lang", "fr"], "there are en, zh")):
        refused = CliRunner().invoke(app, [*command, *words])
        assert refused.exit_code == 2 and said in refused.output


@pytest.mark.door
def test_a_model_that_changed_leaves_the_checks_out_and_says_so(folders, monkeypatch):
    monkeypatch.setattr(scenario, "_model", lambda: "another")
    words = " ".join(Read(page.html(sim.read(folders / "county"))).words)
    assert "Not computed: the model has changed since" in words


@pytest.mark.theory
def test_load_and_erlang_of_a_textbook_queue(folders):
    run = sim.read(folders / "clinic")
    again = scenario.restored(run.manifest["scenario"])
    counts = run.aggregates
    (row,) = analytic.departments(
        again.timeline(), run.warmup, run.days, counts["visits"], counts["first"]
    ).to_dict("records")
    rate = row["visits"] / 1440
    assert row["servers"] == 1 and row["load"] == pytest.approx(7 * rate)
    assert row["erlang"] == pytest.approx(theory.mm1(rate, 7))
    assert row["simulated"] == pytest.approx(
        run.measures.set_index(["measure", "tier", "group"])["value"]["wait_mean", "all", "all"]
    )


@pytest.mark.unit
def test_capacity_is_doctors_times_hours_over_the_measured_days():
    world = worlds.queue(servers=2, open=[{"from": "08:00", "to": "12:00"}])
    doubled = world.having({"departments.doctors": 2 * world.departments.doctors})
    doctors, opened = analytic.capacity([(0, world), (3, doubled)], 2, 2)
    assert opened.tolist() == [240] and doctors.tolist() == [240 * (2 + 4) / 2]


@pytest.mark.unit
def test_an_overloaded_department_has_no_erlang_wait():
    found = analytic.erlang(np.array([0.1, 0.1]), np.array([0.7, 1.0]), np.array([1.0, 1.0]))
    assert found[0] == pytest.approx(theory.mm1(0.1, 7)) and np.isnan(found[1])
    table = pd.DataFrame({"department": ["a", "b"], "tier": "hub", "visits": [1.0, 3.0],
                          "servers": 1.0, "load": [0.5, 1.5], "erlang": [2.0, np.nan],
                          "simulated": [4.0, 8.0]})  # fmt: skip
    (row,) = analytic.by_tier(table, ["village", "hub"])
    assert row == {"tier": "hub", "departments": 2, "full": 1, "load": 1.25, "erlang": 2.0,
                   "simulated": 4.0, "all": 7.0}  # fmt: skip


@pytest.mark.door
def test_every_item_of_the_standards_is_answered_or_left_to_the_author(told):
    result, text = told
    found = page.contents.of(result)
    items = {s["name"]: s["items"] for s in found["standards"]}
    assert len(items["STRESS-DES and STRESS-ABS"]) == 24 and len(items["ODD"]) == 14
    for item in (item for some in items.values() for item in some):
        assert item["says"] or item["author"], item["number"]
        assert "{{" not in item["says"] and "{%" not in item["says"]
    marked = sum(bool(item.get("author")) for s in standards.items() for item in s["items"])
    asked = 0 if found["question"] else 1
    assert text.count('class="author"') == marked + asked


@pytest.mark.unit
@pytest.mark.parametrize("days, said", [(40, "needs 50 days, 42 were"), (58, "asks for 14 days")])
def test_the_warm_up_is_judged_where_there_are_enough_days(days, said):
    series = pd.DataFrame({"day": range(days + 2), "measure": "visits", "tier": "hub",
                           "value": [0.0] * 10 + [9.0] * (days - 8)})  # fmt: skip
    run = SimpleNamespace(series=series, warmup=2, days=days)
    assert said in page.contents._settled(run)


# --- sweeps ----------------------------------------------------------------------------------


@pytest.mark.door
def test_the_page_of_a_sweep_says_what_varied_and_what_came_out(folders):
    result = sim.read(folders / "swept")
    read = Read(page.html(result))
    words = " ".join(" ".join(read.words).split())
    for said in ("How many servers does the clinic need?", "A sweep of 2 points, 6 runs", SERVERS,
                 "(baseline)", "(scenario)", "3 replications at each point", "No run failed.",
                 "MSER-5 needs 50 days, 3 were played.", "The warm-up was given, not found.",
                 "at 2 points, 6 runs, varying", "same in all pairs", "servers 2"):  # fmt: skip
        assert said in words, said
    rows = result.differences
    one = rows[(rows["measure"] == "wait_mean") & (rows["tier"] == "all") & (rows["point"] == 1)]
    assert f"{one['difference'].iloc[0]:+.2f}" in read.words


@pytest.mark.door
def test_a_sweep_and_its_published_tables_have_the_same_page(folders):
    pages = [page.html(sim.read(folders / name)) for name in ("swept", "published")]
    for first, last in (("scenario", "pictures"), ("checks", "standards")):
        one, two = (text[text.index(f'id="{first}"') : text.index(f'id="{last}"')]
                    for text in pages)  # fmt: skip
        assert one == two


@pytest.mark.door
def test_loads_of_listed_departments_are_told_at_every_point(folders):
    loads = page.contents.of(sim.read(folders / "swept"))["loads"]["listed"]
    found = {row["arm"]: row["load"] for row in loads if row["department"] == "clinic.general"}
    one, two = (found[f"{SERVERS} {servers}, scenario"] for servers in (1, 2))
    assert one == pytest.approx(2 * two)


@pytest.mark.door
def test_a_sweep_without_a_baseline_tells_means_with_intervals(folders):
    text = (folders / "dose.yaml").read_text().replace("against: clinic.yaml\n", "")
    rule = "{until: [{measure: wait_mean, half_width: 0.001}], most: 11}"
    (folders / "alone.yaml").write_text(text.replace("replications: 3", f"replications: {rule}"))
    swept = sim.sweep(folders / "alone.yaml", folders / "alone", executor=Here())
    found = page.contents.of(swept)["sweep"]
    mean = next(one for one in found["means"] if one["name"] == "wait mean [min]")
    runs = swept.of("wait_mean")
    runs = runs[(runs["tier"] == mean["tier"]) & (runs["group"] == "all") & (runs["point"] == 0)]
    assert mean["rows"][0][:2] == ["servers 1", f"{runs['value'].mean():.1f}"]
    assert [row[-1] for row in found["reached"]] == ["NO", "NO"] and "pilot of 10" in found["rule"]
    words = " ".join(" ".join(Read(page.html(swept)).words).split())
    assert "There is no baseline to compare with" in words and "Pictures None:" in words


@pytest.mark.door
def test_a_warm_up_that_was_found_is_told_with_its_warning():
    found = pd.DataFrame({"point": [0, 0], "measure": ["visits", "in_bed"], "tier": "hub",
                          "settled": [5, 40], "late": [False, True], "warmup": 42})  # fmt: skip
    assert page.sweeps._warmups(found, {0: "dose 1"}) == [
        ["dose 1", "42", "in_bed (hub)", "1 of 2"]
    ]


@pytest.mark.door
def test_a_search_has_no_page_and_says_so():
    with pytest.raises(ValueError, match="a comparison or a sweep, not of a search"):
        page.html(SimpleNamespace(manifest={"kind": "search"}))
