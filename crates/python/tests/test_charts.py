"""Charts and pages of runs and data sets."""

import json
import re

import numpy as np
import pytest

import seamount as sm

HOSTILE = "</script><script>document['title']='smuggled'</script>"


@pytest.fixture
def run():
    net = sm.Network(HOSTILE)
    drive = net.input("drive", 6)
    out = net.lif(HOSTILE, 4, threshold_mantissa=100, voltage_decay=128)
    net.connect(drive, out, np.arange(24).reshape(6, 4))
    net.probe(out, "spike")
    net.probe(out, "voltage")
    spikes = np.random.default_rng(3).random((60, 6)) < 0.4
    return net.compile().run(60, spikes, per_step=True, fidelity="pipeline")


def data(page):
    """The charts that stand in a page."""
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.S)
    return json.loads(found.group(1))


def test_a_page_is_written_with_the_charts_of_the_run(run, tmp_path):
    path = run.report(tmp_path / "run.html")
    page = path.read_text()
    assert page == run.page()
    charts = run.charts()
    assert [chart["file"] for chart in data(page)] == list(charts)
    assert {"raster", "steps-spikes", "time-steps", "weights", "limits"} <= set(charts)
    assert HOSTILE not in page
    assert page.count("<script") == 5
    assert run.report["steps"]["count"] == 60
    assert json.loads(json.dumps(run.report))["target"]["network"] == HOSTILE


def test_the_raster_holds_the_spikes(run):
    spec = run.charts()["raster"].spec
    points = spec["layer"][0]["data"]["values"][0]
    steps, neurons = run[run.image.probes[0]].events
    assert points["x"] == steps.tolist()
    assert points["y"] == neurons.tolist()


def test_a_chart_is_shown_by_a_notebook(run):
    chart = run.charts()["raster"]
    bundle = chart._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v5+json"]["$schema"].endswith("vega-lite/v5.json")
    assert bundle["image/svg+xml"].startswith("<svg")
    assert HOSTILE not in bundle["image/svg+xml"]
    assert chart.title in bundle["text/plain"]


def test_a_page_that_cannot_be_written_leaves_nothing(run, tmp_path):
    with pytest.raises(sm.FileError):
        run.report(tmp_path / "gone" / "run.html")
    assert list(tmp_path.iterdir()) == []


def test_pictures_for_papers(run):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    from seamount import viz

    spikes, voltage = run.image.probes
    ticks = sum(len(line.get_xdata()) for line in viz.raster(run).get_lines())
    assert ticks == run.sums[spikes]
    assert len(viz.membranes(run, voltage).get_lines()) == 3
    assert len(viz.energy(run).patches) == 1
    assert viz.steps(run, "spikes").get_lines()[0].get_ydata().sum() == run.sums[spikes]
    with pytest.raises(sm.UsageError):
        viz.steps(run, "no event")
    pyplot.close("all")
