"""Comparisons and validations: the same reports as the command's."""

import numpy as np
import pytest
from conftest import ROOT
from test_quick import drive, small

import seamount as sm


def test_an_image_agrees_with_itself_and_not_with_another():
    a = small().compile()
    same = sm.compare(a, small(), steps=20, spikes=drive())
    assert same.data["first_spike"] is None and same.layers
    net = small()
    net.connect("drive", "out", pairs=([0], [1], 200), name="one more")
    other = sm.compare(a, net, steps=20, spikes=drive())
    assert other.data["first_spike"] is not None and "out" in str(other)
    with pytest.raises(sm.UsageError, match="bit by bit"):
        sm.compare(a, a, steps=20, tolerance=1.0)
    with pytest.raises(sm.UsageError, match="b:"):
        sm.compare(a, steps=20)


def test_a_float_graph_beside_the_chip(data):
    path = data / "nir" / "01_lif" / "lif_norse.nir"
    size = next(iter(sm.open(path, reset="zero").compile().inputs.values()))
    spikes = np.random.default_rng(3).random((200, size)) < 0.3
    found = sm.compare(path, steps=200, spikes=spikes, reset="zero")
    assert found.layers and found.data["quantise"]["options"]["reset"] == "zero"
    assert str(found).strip() and found._repr_html_()
    nir = pytest.importorskip("nir")
    again = sm.compare(nir.read(path), steps=200, spikes=spikes, reset="zero")
    assert again.data["quantise"] == found.data["quantise"]
    assert again.layers == found.layers
    with pytest.raises(sm.InputError, match="no float graph"):
        sm.compare(small().to_json().encode(), steps=3)


RULE = {
    "rule": {
        "dw": "2^-4*x1*y0 - 2^-4*y1*x0",
        "x1": {"impulse": 64, "tau": 20.0},
        "y1": {"impulse": 64, "tau": 20.0},
        "epoch": 1,
    },
    "network": {"sources": 8, "targets": 4, "weights": [80, 120], "seed": 1},
    "stimulus": {
        "steps": 300,
        "sources": {"rate": 0.02},
        "targets": {"rate": 0.02},
    },
    "tolerance": {"weight_mean": 8.0},
}


def test_a_rule_is_judged_from_a_dictionary_and_from_a_file(tmp_path):
    judged = sm.validate(RULE)
    assert judged.passed and judged.require() is judged
    assert judged.report["passed"] is True
    assert judged.tables and all(p.startswith("<svg") for p in judged.pictures.values())
    strict = sm.validate(RULE | {"tolerance": {"weight_mean": 0.0}})
    assert not strict.passed, "no 8-bit weights are those of floats"
    with pytest.raises(sm.InputError, match="exceeded"):
        strict.require()
    file = sm.validate(ROOT / "examples" / "rules" / "pair-stdp.toml")
    assert file.report["passed"] == file.passed


def test_a_wrong_rule_lists_its_findings(tmp_path):
    with pytest.raises(sm.InputError) as caught:
        sm.validate({"rule": {"dw": "x9"}, "colour": 3})
    assert len(caught.value.findings) >= 2
    with pytest.raises(sm.FileError):
        sm.validate(tmp_path / "absent.toml")
    with pytest.raises(sm.InputError):
        sm.validate({"rule": object()})
