"""State: snapshots, pickles, copies; the same bits wherever they go on."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from test_quick import drive, small

import seamount as sm


def noisy():
    net = sm.Network("noisy", seed=7)
    source = net.input("in", 3)
    core = {"noise_target": "membrane", "noise_exponent": 9}
    out = net.lif("out", 5, core=core, threshold_mantissa=2000, voltage_decay=100, noise=True)
    net.connect(source, out, np.arange(15).reshape(3, 5) * 5, delay=2)
    net.probe(out, "spike")
    net.probe(out, "voltage")
    return net.compile()


def bits(run):
    return [run[probe].values.tobytes() for probe in run]


def test_a_chip_goes_on_with_the_same_bits():
    chip = sm.Chip(noisy())
    chip.run(13, drive(13))
    state = chip.snapshot()
    twin, deep, copied = pickle.loads(pickle.dumps(chip)), copy.deepcopy(chip), copy.copy(chip)
    wanted = bits(chip.run(20, drive()))
    assert bits(twin.run(20, drive())) == wanted
    assert bits(deep.run(20, drive())) == wanted
    assert bits(copied.run(20, drive(), threads=2)) == wanted
    assert bits(chip.run(20, drive())) != wanted, "noise goes on, so the test can fail"
    assert bits(chip.restore(state).run(20, drive())) == wanted
    assert chip.step == 33


def test_another_process_computes_the_same(tmp_path):
    chip = sm.Chip(noisy())
    chip.run(13, drive(13))
    (tmp_path / "chip.pickle").write_bytes(pickle.dumps(chip))
    program = (
        "import pickle, sys, numpy as np\n"
        "chip = pickle.load(open(sys.argv[1], 'rb'))\n"
        "spikes = np.zeros((20, 3), bool); spikes[::2] = True\n"
        "run = chip.run(20, spikes)\n"
        "sys.stdout.buffer.write(run['out.voltage'].values.tobytes())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "chip.pickle"], capture_output=True, check=True
    )
    assert found.stdout == chip.run(20, drive())["out.voltage"].values.tobytes()


def test_reset_chooses_the_noise():
    chip = sm.Chip(noisy())
    first = bits(chip.run(20, drive()))
    assert bits(chip.reset().run(20, drive())) == first
    assert bits(chip.reset(1).run(20, drive())) != first


def test_pickled_images_and_networks():
    image = noisy()
    assert pickle.loads(pickle.dumps(image)).fingerprint == image.fingerprint
    net = small()
    assert pickle.loads(pickle.dumps(net)).compile().fingerprint == net.compile().fingerprint


def test_snapshots_of_others_are_refused():
    chip = sm.Chip(noisy())
    before = chip.snapshot()
    for wrong in (b"", b"nonsense", sm.Chip(small().compile()).snapshot(), before[:-3]):
        with pytest.raises(sm.InputError, match="snapshot"):
            chip.restore(wrong)
    assert chip.snapshot() == before


def test_registers_as_they_are_now():
    chip = sm.Chip(small().compile())
    run = chip.run(5, drive(5))
    assert (chip.read("out", "voltage") == run["out.voltage"].values[-1]).all()
    with pytest.raises(sm.UsageError, match="out"):
        chip.read("nobody")
    with pytest.raises(sm.UsageError, match="register"):
        chip.read("out", "weather")


def test_a_closed_chip():
    with sm.Chip(small().compile()) as chip:
        chip.run(1)
    with pytest.raises(sm.UsageError, match="closed"):
        chip.run(1)


def test_rest_keeps_weights_and_the_step():
    from test_learning import spikes, stdp

    image = stdp()
    chip = sm.Chip(image)
    chip.run(40, spikes())
    weights = chip.learned("learns")["weight"]
    assert (weights != 20).any()
    chip.rest()
    assert (chip.learned("learns")["weight"] == weights).all() and chip.step == 40
    assert not chip.read("post", "voltage").any() and not chip.read("post", "current").any()
    silent = chip.run(5)
    assert silent.counts()["spikes"] == 0, "nothing is in flight"
    with pytest.raises(sm.UsageError, match="state word.*nobody"):
        chip.rest(keep=["nobody"])


def test_rest_keeps_state_words_that_are_named():
    net = sm.Network("words")
    net.input("in", 1)
    net.programmed("out", 2, "sigma_delta", parameters={"threshold": 1 << 20})
    net.connect("in", "out", 50)
    image = net.compile("loihi2").with_probes("out.sigma")
    chip = sm.Chip(image)
    chip.run(3, [[1], [1], [1]])
    chip.rest(keep="sigma")
    run = chip.run(1)
    assert run["out.sigma"].values.tolist() == [[50 * 3] * 2]


def test_recorded_noise_is_replayed():
    image = noisy()
    zero = sm.Chip(image).replay_noise([np.full((1, 5), 127)] * image.cores).run(30, drive(30))
    other = sm.Chip(image).replay_noise([np.full((1, 5), 200)] * image.cores).run(30, drive(30))
    assert (zero["out.voltage"].values != other["out.voltage"].values).any()
    again = sm.Chip(image).reset(7).replay_noise([np.full((30, 5), 127)] * image.cores)
    assert bits(again.run(30, drive(30))) == bits(zero), "neither sample nor seed matters"
    with pytest.raises(sm.SeamountError, match="noise for 0 cores"):
        sm.Chip(image).replay_noise([])
    with pytest.raises(sm.SeamountError, match="wanted a positive multiple"):
        sm.Chip(image).replay_noise([np.zeros((1, 3), int)])
    with pytest.raises(sm.InputError, match=r"draws\[0\]\[0, 0\]: 256 is outside"):
        sm.Chip(image).replay_noise([np.full((1, 5), 256)])
