"""Float graphs: .nir and .net files, and objects of the package nir."""

import numpy as np
import pytest

import seamount as sm


def test_a_nir_file_is_quantised_and_says_how(data):
    net = sm.open(data / "nir" / "01_lif" / "lif_norse.nir", dt_seconds=1e-4, reset="zero")
    assert isinstance(net, sm.Network)
    assert net.quantised["options"]["dt_seconds"] == 1e-4
    assert net.quantised["options"]["reset"] == "zero"
    image = net.compile()
    assert image.report["quantise"] == net.quantised
    # an edited network still says what quantising changed
    population = next(p for p in image.inspect()["populations"])["name"]
    net.probe(population, "spike")
    assert net.compile().probes == [f"{population}.spike"] and net.quantised
    size = next(iter(image.inputs.values()))
    run = image.with_probes(f"{population}.spike").run(200, np.ones((200, size), bool))
    assert run.sums[f"{population}.spike"] == run.counts()["spikes"] > 0


def test_options_have_no_meaning_for_integers_and_are_refused(data, tmp_path):
    path = data / "nir" / "01_lif" / "lif_norse.nir"
    with pytest.raises(sm.UsageError, match="reset.*sideways"):
        sm.open(path, reset="sideways")
    with pytest.raises(sm.UsageError, match="weight_bits"):
        sm.open(path, weight_bits=99)
    with pytest.raises(sm.UsageError, match="colour.*there are.*dt_seconds"):
        sm.open(path, colour=3)
    net = sm.Network("integers")
    net.lif("out", 1)
    with pytest.raises(sm.UsageError, match="dt_seconds"):
        sm.open(net.to_json().encode(), name="net.json", dt_seconds=1e-3)


def test_netx(data):
    net = sm.open(data / "lava-netx" / "tiny" / "tiny.net")
    assert net.quantised is None and net.compile().cores >= 1


def test_a_graph_in_memory_is_the_graph_in_its_file(data):
    nir = pytest.importorskip("nir")
    path = data / "nir" / "01_lif" / "lif_norse.nir"
    of_object = sm.from_nir(nir.read(path), dt_seconds=1e-4, reset="zero")
    of_file = sm.open(path, dt_seconds=1e-4, reset="zero")
    assert of_object.compile().fingerprint == of_file.compile().fingerprint
    with pytest.raises(sm.SeamountError):
        sm.from_nir("no graph")
