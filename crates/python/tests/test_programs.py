"""Programs of neurons, their traces, and time."""

import numpy as np
import pytest
from test_quick import drive, small

import seamount as sm


def test_a_program_and_its_trace():
    net = sm.Network("programmed")
    net.input("in", 1)
    net.programmed("out", 2, "sigma_delta", parameters={"threshold": 100})
    net.connect("in", "out", 5)
    image = net.compile(board="loihi2")
    chip = sm.Chip(image)
    trace = chip.trace("out", 1, steps=(2, 3), spikes=[[1], [1], [0]])
    assert chip.step == 3
    assert [step["step"] for step in trace.data["steps"]] == [2, 3]
    assert trace.data["program"] == "sigma_delta" and "sigma_delta" in str(trace)
    with pytest.raises(sm.UsageError, match="is over"):
        chip.trace("out", 0, steps=(2, 3))
    with pytest.raises(sm.SeamountError, match="nobody"):
        chip.trace("nobody", 0)
    with pytest.raises(sm.SeamountError):
        chip.trace("out", 99)


def test_findings_of_the_assembler_have_line_and_column(tmp_path):
    path = tmp_path / "wrong.asm"
    path.write_text(".program wrong\nspiky r1\n")
    with pytest.raises(sm.InputError) as caught:
        sm.assemble(path)
    assert any(":2" in f.place or "line 2" in f.place for f in caught.value.findings)
    with pytest.raises(sm.FileError):
        sm.assemble(tmp_path / "absent.asm")
    with pytest.raises(sm.InputError) as caught:
        sm.assemble(text=path.read_text())
    assert len(caught.value.findings) >= 1
    with pytest.raises(sm.UsageError):
        sm.assemble()


def test_time_by_fidelity_changes_nothing_else():
    image = small().compile()
    plain = image.run(20, drive())
    assert plain.time == {}
    timed = image.run(20, drive(), fidelity="pipeline", profile="davies2018")
    assert list(timed.time) == ["davies2018"]
    time = timed.time["davies2018"]
    assert time["steps"] == 20 and time["duration_ps"] > 0
    assert timed.counts() == plain.counts()
    assert (timed["out.spike"].values == plain["out.spike"].values).all()
    with pytest.raises(sm.UsageError, match="fidelity"):
        image.run(20, fidelity="sundial")


def test_the_report_is_that_of_the_command():
    run = small().compile().run(20, drive())
    report = run.report
    assert report["totals"] == run.counts()
    assert report["target"]["board"] == "loihi1"
    assert "synaptic" in str(run)
    image = small().compile()
    assert image.inspect()["fingerprint"] == image.fingerprint == image.report["fingerprint"]
    assert image.inspect(0)["cores"][0]["core"] == 0
    with pytest.raises(sm.UsageError, match="core 9"):
        image.inspect(9)
    for shown in (image, run):
        assert shown._repr_html_().startswith("<table>") and repr(shown)
    assert np.asarray(run["out.voltage"]).dtype == np.int32
    with pytest.raises(KeyError, match=r"out\.spike"):
        run["out.weather"]


def test_probes_as_text():
    image = small(probes=()).compile().with_probes("out.voltage:3..9:2", "out.spike")
    run = image.run(20, drive())
    assert run["out.voltage:3..9:2"].steps.tolist() == [3, 5, 7, 9]
    with pytest.raises(sm.InputError, match="probes.*weather"):
        image.with_probes("out.weather")
    with pytest.raises(sm.UsageError, match="probes"):
        image.with_probes("nonsense")


def test_placements_go_out_and_in(tmp_path):
    net = small()
    image = net.compile()
    path = tmp_path / "placement.json"
    path.write_text(image.placement)
    assert net.compile(placement=path).fingerprint == image.fingerprint
    path.write_text("{}")
    with pytest.raises(sm.InputError, match="placement"):
        net.compile(placement=path)
