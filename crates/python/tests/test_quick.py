"""The slice that everything rests on: build, open, compile, run, read."""

import numpy as np
import pytest

import seamount as sm


def small(probes=("spike", "voltage")):
    net = sm.Network("small")
    drive = net.input("drive", 3)
    out = net.lif("out", 2, threshold_mantissa=100, voltage_decay=128, current_decay=4095)
    net.connect(drive, out, np.array([[90, 0], [90, 0], [0, 120]]))
    for register in probes:
        net.probe(out, register)
    return net


def drive(steps=20):
    spikes = np.zeros((steps, 3), np.uint8)
    spikes[::2, :] = 1
    return spikes


def test_dense_and_pairs_are_the_same_run():
    image = small().compile()
    dense = image.run(20, drive())
    steps, neurons = sm.pairs(drive())
    listed = image.run(20, (steps, neurons))
    assert dense.counts() == listed.counts()
    spikes = dense["out.spike"].values
    assert spikes.dtype == bool and spikes.shape == (20, 2)
    assert spikes.sum() == dense.counts()["spikes"] == dense.sums["out.spike"] > 0
    assert (spikes == listed["out.spike"].values).all()
    voltage = dense["out.voltage"]
    assert voltage.values.dtype == np.int32 and voltage.shape == (20, 2)
    assert voltage.values is voltage.values, "made once"
    # row r of the input arrives in step r + 1, and rows of recordings are steps from 1
    assert voltage.steps.tolist() == list(range(1, 21))
    assert (voltage.values[0] != 0).any() or spikes[0].any()


def test_the_neuron_follows_the_published_equations():
    """u and v of one neuron by hand: the recorded registers are those of the equations."""
    net = sm.Network("one")
    net.input("in", 1)
    net.lif("out", 1, threshold_mantissa=1 << 16, voltage_decay=0, current_decay=4095)
    net.connect("in", "out", 7)
    net.probe("out", "voltage")
    run = net.compile().run(5, [[1], [0], [1], [1], [0]])
    # w * 2**6 enters in the step after; nothing decays in v; u keeps nothing of the step before
    assert run["out.voltage"].values[:, 0].tolist() == [448, 448, 896, 1344, 1344]


def test_sparse_events_are_the_places_of_the_table():
    run = small().compile().run(20, drive())
    steps, neurons = run["out.spike"].events
    rows, columns = np.nonzero(run["out.spike"].values)
    assert steps.tolist() == (rows + 1).tolist()
    assert neurons.tolist() == columns.tolist()


def test_a_chip_goes_on_and_input_counts_from_now():
    image = small().compile()
    whole = image.run(20, drive())
    chip = sm.Chip(image)
    first = chip.run(10, drive()[:10])
    second = chip.run(10, drive()[10:])
    assert (first.before, second.before, chip.step) == (0, 10, 20)
    for probe in image.probes:
        both = np.concatenate([first[probe].values, second[probe].values])
        assert (both == whole[probe].values).all()
    assert second["out.spike"].steps.tolist() == list(range(11, 21))


def test_counts_by_core_and_step_add_up():
    run = small().compile().run(20, drive(), per_step=True)
    counts = run.counts()
    by_core, by_step = run.by_core(), run.by_step()
    assert len(by_step) == 20 and by_core.dtype.names == sm.EVENTS
    for event in ("synaptic_operations", "spikes", "neuron_updates_active"):
        assert by_core[event].sum() == by_step[event].sum() == counts[event] > 0
    with pytest.raises(sm.UsageError, match="per_step=True"):
        small().compile().run(3).by_step()


def test_energy_is_exact_and_by_name():
    run = small().compile().run(20, drive())
    energies = run.energies()
    assert set(energies) == set(sm.profiles())
    energy = run.energy("davies2018")
    assert energy == energies["davies2018"]
    assert energy.dynamic_fj == sum(energy.by_unit.values()) > 0
    assert energy.dynamic_fj == sum(energy.by_core) + energy.host_fj
    assert energy.uJ == pytest.approx(energy.dynamic_fj * 1e-9)
    with pytest.raises(sm.UsageError, match="nowhere"):
        run.energy("nowhere")


def test_files_of_every_form_open(tmp_path):
    net = small()
    net.save(tmp_path / "net.json")
    again = sm.open(tmp_path / "net.json")
    image = net.compile()
    assert again.compile().fingerprint == image.fingerprint
    image.save(tmp_path / "net.img")
    opened = sm.open(tmp_path / "net.img")
    assert isinstance(opened, sm.Image) and opened.fingerprint == image.fingerprint
    assert sm.Image.load(image.to_bytes()).fingerprint == image.fingerprint
    assert isinstance(sm.open(net.to_json().encode(), name="net.json"), sm.Network)
    with pytest.raises(sm.FileError, match="cannot be read"):
        sm.open(tmp_path / "absent.json")


def test_every_finding_arrives_as_data():
    net = small()
    net.lif("wrong", 2, voltage_decay=5000, threshold_mantissa=0)
    net.connect("nowhere", "out", 3)
    with pytest.raises(sm.InputError) as caught:
        net.compile()
    error = caught.value
    assert error.what == "small"
    places = [finding.place for finding in error.findings]
    assert len(error.findings) >= 2, error
    decay = next(f for f in error.findings if "voltage_decay" in f.place)
    assert decay.value == 5000 and decay.range == (0, 4095), decay
    assert any("nowhere" in str(f) for f in error.findings), places
    assert isinstance(error, ValueError) and "voltage_decay" in str(error)
    assert "<td>" in error._repr_html_()


def test_limits_are_listed_and_can_be_ignored():
    net = sm.Network("large")
    net.input("in", 5000)
    net.lif("out", 400, threshold_mantissa=10)
    net.connect("in", "out", pairs=(np.arange(5000), np.zeros(5000, int), 3))
    with pytest.raises(sm.LimitsError) as caught:
        net.compile()
    assert caught.value.remedy == "ignore_limits=True"
    limit = caught.value.findings[0]
    assert limit.value > limit.range[1]
    image = net.compile(ignore_limits=True)
    assert image.report["limits_broken"]


def test_boards_and_other_names():
    assert {"loihi1", "loihi2"} <= set(sm.boards())
    with pytest.raises(sm.UsageError, match="loihi9.*loihi1"):
        small().compile(board="loihi9")
    assert sm.schema()["title"] == "Netlist"
    assert sm.assemble("sigma_delta").cycles > 0
    assert "sigma_delta" in sm.programs()
    assert sm.__version__
