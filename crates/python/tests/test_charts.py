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


def test_a_notebook_shows_a_run_with_its_charts(run):
    bundle = run._repr_mimebundle_()
    shown = bundle["text/html"]
    drawn = [chart for chart in run.charts().values() if len(chart.svg) <= 400_000]
    assert shown.count("<svg") == len(drawn) > 5
    assert shown.startswith("<table>") and bundle["text/plain"] == repr(run)
    assert "<script" not in shown and HOSTILE not in shown


def test_learned_weights_are_drawn_before_and_after():
    from test_learning import spikes, stdp

    chip = sm.Chip(stdp())
    run = chip.run(40, spikes())
    lines = [layer["data"]["values"] for layer in run.charts()["learned"].spec["layer"]]
    weights = chip.learned("learns")["weight"]
    assert (weights != 20).any(), "nothing was learned"
    # a line goes along both corners of each class: synapses are its heights times its widths
    heights = [max(point["y"] for point in points(line)) for line in lines]
    assert heights[0] == len(weights), "all begin with the same weight"
    assert heights[1] < len(weights)
    chip.run(1)
    assert "learned" not in run.charts(), "the chip has gone on: its weights are not those of the run"


def points(values):
    """Points of a line, which stand as lists of their coordinates or one by one."""
    found = []
    for value in values:
        if isinstance(value.get("x"), list):
            found += [{"x": x, "y": y} for x, y in zip(value["x"], value["y"], strict=True)]
        else:
            found.append(value)
    return found


def test_comparisons_and_validations_write_pages(tmp_path):
    from test_compare import RULE
    from test_quick import drive, small

    net = small()
    net.connect("drive", "out", pairs=([0], [1], -200), name=HOSTILE)
    results = {
        "compare": sm.compare(small(), net, steps=20, spikes=drive()),
        "validate": sm.validate(RULE, seeds=2),
    }
    for name, result in results.items():
        path = result.report(tmp_path / f"{name}.html")
        page = path.read_text()
        assert [chart["file"] for chart in data(page)] == list(result.charts())
        assert result.charts() and HOSTILE not in page
        shown = result._repr_mimebundle_()["text/html"]
        assert shown.startswith("<pre>") and shown.count("<svg") == len(result.charts())
        json.dumps(result.report)
    with pytest.raises(sm.FileError):
        results["compare"].report(tmp_path / "gone" / "compare.html")


def test_a_data_set_has_charts(run):
    rng = np.random.default_rng(3)
    samples, labels = rng.random((12, 20, 6)) < 0.3, rng.integers(0, 4, 12)
    batch = run.image.batch(samples, labels, output=HOSTILE, steps=22)
    assert batch._repr_mimebundle_()["text/html"].count("<figure>") == len(batch.charts())
    assert "confusion" in batch.charts()


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
