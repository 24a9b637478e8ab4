"""Input spikes in all their forms."""

import numpy as np
import pytest
from test_quick import drive, small

import seamount as sm


def counts(image, spikes, steps=20):
    run = image.run(steps, spikes)
    return run.counts(), [run[probe].values.tobytes() for probe in run]


def two_inputs():
    net = sm.Network("two inputs")
    net.input("a", 2)
    net.input("b", 1)
    net.lif("out", 2, threshold_mantissa=50, current_decay=4095)
    net.connect("a", "out", [[40, 0], [0, 40]])
    net.connect("b", "out", 30)
    net.probe("out")
    return net.compile()


def test_by_name():
    image = two_inputs()
    a, b = np.eye(2, dtype=bool).repeat(5, axis=0), np.ones((10, 1))
    run = image.run(12, {"a": a, "b": (np.arange(10), np.zeros(10, int))})
    assert run.counts()["host_spikes"] == a.sum() + 10
    with pytest.raises(sm.UsageError, match="'a', 'b'"):
        image.run(12, a)
    with pytest.raises(sm.InputError, match=r"spikes\['c'\].*a, b"):
        image.run(12, {"c": b})


def test_tensors_of_torch_are_taken_for_what_they_do():
    class Tensor:
        """What is used of torch.Tensor."""

        requires_grad = True

        def __init__(self, values):
            self.values = values

        def detach(self):
            return Tensor(self.values)

        def cpu(self):
            return self

        def numpy(self):
            return self.values

    image = small().compile()
    assert counts(image, Tensor(drive().astype(np.float32))) == counts(image, drive())


def test_torch():
    torch = pytest.importorskip("torch")
    image = small().compile()
    assert counts(image, torch.from_numpy(drive())) == counts(image, drive())


def test_scipy_sparse():
    sparse = pytest.importorskip("scipy.sparse")
    image = small().compile()
    for form in (sparse.csr_matrix, sparse.coo_matrix, sparse.csc_array):
        assert counts(image, form(drive())) == counts(image, drive())
    net = sm.Network("sparse weights")
    net.input("drive", 3)
    out = net.lif("out", 2, threshold_mantissa=100, voltage_decay=128, current_decay=4095)
    net.connect("drive", out, sparse.csr_matrix([[90, 0], [90, 0], [0, 120]]))
    net.probe(out, "spike")
    net.probe(out, "voltage")
    assert counts(net.compile(), drive()) == counts(image, drive())
    turned = sm.Network("small")
    source = turned.input("drive", 3)
    out = turned.lif("out", 2, threshold_mantissa=100, voltage_decay=128, current_decay=4095)
    turned.connect(source, out, linear=sparse.csr_matrix([[90, 90, 0], [0, 0, 120]]))
    turned.probe(out, "spike")
    turned.probe(out, "voltage")
    assert counts(turned.compile(), drive()) == counts(image, drive())


def test_events_of_a_sensor():
    kinds = [("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "i1")]
    stream = np.array([(0, 0, 100, 0), (1, 0, 150, 1), (1, 0, 160, 1), (2, 1, 1900, 0)], kinds)
    steps, neurons = sm.events(stream, (3, 2, 2), dt_us=1000)
    # (p, y, x), x fastest; two events of one pixel within a millisecond are one spike
    assert steps.tolist() == [0, 0, 1]
    assert neurons.tolist() == [0, (1 * 2 + 0) * 3 + 1, (0 * 2 + 1) * 3 + 2]
    frames = np.zeros((2, 2, 2, 3), bool)
    frames[[0, 0, 1], [0, 1, 0], [0, 0, 1], [0, 1, 2]] = True
    listed = sm.pairs(frames.reshape(2, -1))
    assert steps.tolist() == listed[0].tolist() and neurons.tolist() == listed[1].tolist()
    stream["x"][3] = 3
    with pytest.raises(sm.InputError, match=r"stream\['x'\]\[3\]: 3 is outside 0..=2"):
        sm.events(stream, (3, 2, 2), dt_us=1000)
    stream["x"][3] = -1
    with pytest.raises(sm.InputError, match=r"-1 is outside"):
        sm.events(stream, (3, 2, 2), dt_us=1000)


def graded():
    net = sm.Network("graded")
    net.input("in", 2)
    net.programmed("out", 2, "sigma_delta", parameters={"threshold": 1 << 20})
    net.connect("in", "out", [[1, 0], [0, 1]])
    net.probe("out", "accumulator")
    return net.compile(board="loihi2")


def test_graded_payloads():
    image = graded()
    spikes = ([0, 1, 2], [0, 1, 0], [64, -128, 6400])
    run = image.run(6, spikes)
    seen = run["out.accumulator"].values
    # the weight is 1: a payload p arrives as p * 64 a step later
    assert seen[0].tolist() == [64 * 64, 0]
    assert seen[1].tolist() == [0, -128 * 64]
    assert seen[2].tolist() == [6400 * 64, 0]
    with pytest.raises(sm.InputError, match="payload 9000000"):
        image.run(6, ([0], [0], [9_000_000]))
    with pytest.raises(sm.InputError):
        small().compile().run(6, ([0], [0], [5]))


def test_many_axes_are_flattened():
    net = sm.Network("picture")
    net.input("in", 6)
    net.lif("out", 1, threshold_mantissa=1)
    net.connect("in", "out", 10)
    frames = np.ones((4, 2, 3), bool)
    assert net.compile().run(4, frames).counts()["host_spikes"] == 24


def test_data_of_nir():
    data_ir = pytest.importorskip("nir.data_ir")
    image = small().compile()
    gridded = data_ir.TimeGriddedData(drive()[np.newaxis], dt=1e-3)
    assert counts(image, gridded) == counts(image, drive())
    steps, neurons = sm.pairs(drive())
    listed = data_ir.EventData(
        idx=np.append(neurons.astype(int), -1)[np.newaxis],
        time=np.append(steps * 1e-3, np.inf)[np.newaxis],
        n_neurons=3,
        t_max=0.02,
    )
    assert counts(image, sm.nir_events(listed, 1e-3)) == counts(image, drive())
    with pytest.raises(sm.InputError, match="nir_events"):
        image.run(20, listed)
    two = data_ir.TimeGriddedData(np.stack([drive(), drive()]), dt=1e-3)
    with pytest.raises(sm.InputError, match="2 samples"):
        image.run(20, two)
