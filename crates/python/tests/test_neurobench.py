"""NeuroBench's metrics by its harness' way of calling them, beside a dense count; and with the
harness itself where it is installed."""

import numpy as np
import pytest
from test_batch import HIDDEN, OUTPUTS, SAMPLES, STEPS, Dense, network, weights

import seamount as sm
from seamount.neurobench import STATIC, WORKLOAD, ActivationSparsity, SeamountModel


@pytest.fixture(scope="module")
def image():
    return network().compile()


@pytest.fixture(scope="module")
def spikes():
    return (np.random.default_rng(8).random((SAMPLES, STEPS, 12)) < 0.25).astype(np.float32)


def harness(model, spikes, labels, batch_size):
    """What NeuroBench 2.3.0's ``Benchmark.run`` does with a model and classes of metrics."""
    results = {metric.__name__: metric()(model) for metric in STATIC}
    metrics = {metric.__name__: metric() for metric in WORKLOAD}
    right = 0
    for start in range(0, len(spikes), batch_size):
        part = slice(start, start + batch_size)
        answers = model(spikes[part]).sum(1).argmax(1)
        for name, metric in metrics.items():
            results[name] = metric(model, answers, (spikes[part], labels[part]))
        right += int((np.asarray(answers) == labels[part]).sum())
    results["ClassificationAccuracy"] = right / len(spikes)
    return results


@pytest.mark.parametrize("batch_size", [7, SAMPLES])
def test_metrics_are_those_of_a_dense_count(image, spikes, batch_size):
    settle = 2
    longer = np.concatenate([spikes, np.zeros((SAMPLES, settle, 12))], axis=1).astype(int)
    dense = Dense(longer)
    wanted = np.array(dense.scores).argmax(axis=1)
    labels = wanted.copy()
    labels[::3] = (labels[::3] + 1) % OUTPUTS
    model = SeamountModel(image, output="out", settle=settle)
    found = harness(model, spikes, labels, batch_size)
    assert found["ClassificationAccuracy"] == np.mean(wanted == labels)
    assert found["SynapticOperations"]["Effective_ACs"] == pytest.approx(np.mean(dense.operations))
    assert found["SynapticOperations"]["Effective_MACs"] == 0
    assert found["SynapticOperations"]["Dense"] == dense.possible * (STEPS + settle)
    possible = (HIDDEN + OUTPUTS) * (STEPS + settle) * SAMPLES
    assert found["ActivationSparsity"] == pytest.approx(1 - sum(dense.spikes) / possible)
    assert found["ConnectionSparsity"] == 1 - dense.there / dense.possible
    assert found["Footprint"] > 0
    energy = image.batch(longer, output="out").energy("davies2018").uJ
    assert found["DynamicEnergy"]["davies2018"] == pytest.approx(energy)


def test_other_ways_to_answer(image, spikes):
    first = SeamountModel(image, output="out", decode="first-spike")
    batch = image.batch(spikes, output="out", decode="first-spike")
    answered = batch.answers >= 0
    assert (first(spikes).sum(1).argmax(1)[answered] == batch.answers[answered]).all()
    with pytest.raises(sm.UsageError, match="was not called"):
        ActivationSparsity()(SeamountModel(image, output="out"), None, None)


def test_the_harness_itself(image, spikes, capsys):
    pytest.importorskip("neurobench")
    torch = pytest.importorskip("torch")
    from neurobench.benchmarks import Benchmark
    from neurobench.metrics.workload import ClassificationAccuracy
    from neurobench.processors.postprocessors import ChooseMaxCount

    labels = np.array(Dense(spikes.astype(int)).scores).argmax(axis=1)
    labels[::3] = (labels[::3] + 1) % OUTPUTS
    data = torch.utils.data.TensorDataset(torch.from_numpy(spikes), torch.from_numpy(labels))
    loader = torch.utils.data.DataLoader(data, batch_size=7)
    model = SeamountModel(image, output="out")
    metrics = [STATIC, [ClassificationAccuracy, *WORKLOAD]]
    results = Benchmark(model, loader, [], [ChooseMaxCount()], metrics).run()
    # the harness prints what goes wrong and reports 0
    assert "Error running" not in capsys.readouterr().out
    wanted = harness(SeamountModel(image, output="out"), spikes, labels, 7)
    assert results.pop("ClassificationAccuracy") == pytest.approx(wanted["ClassificationAccuracy"])
    for name, value in results.items():
        assert value == wanted[name], name


def test_neurobench_counts_the_same_network_in_pytorch_the_same(image, spikes, capsys):
    """The same integers as a network of snnTorch, counted by NeuroBench's own hooks."""
    pytest.importorskip("neurobench")
    torch = pytest.importorskip("torch")
    snntorch = pytest.importorskip("snntorch")
    from neurobench.benchmarks import Benchmark
    from neurobench.metrics import static, workload
    from neurobench.models import SNNTorchModel
    from neurobench.processors.postprocessors import ChooseMaxCount

    def layer(table, last):
        linear = torch.nn.Linear(*table.shape, bias=False)
        linear.weight.data = torch.from_numpy(table.T.astype(np.float32))
        # integrates and fires: nothing is forgotten, reset to 0 within the step
        neuron = snntorch.Leaky(
            beta=1.0, threshold=150.0, reset_mechanism="zero", reset_delay=False,
            init_hidden=True, output=last,
        )
        return linear, neuron

    first, second = weights()
    net = torch.nn.Sequential(*layer(first, False), *layer(second, True))
    labels = np.random.default_rng(1).integers(0, OUTPUTS, SAMPLES)
    data = torch.utils.data.TensorDataset(torch.from_numpy(spikes), torch.from_numpy(labels))
    loader = torch.utils.data.DataLoader(data, batch_size=10)
    names = (workload.ClassificationAccuracy, workload.ActivationSparsity,
             workload.SynapticOperations)
    floats = Benchmark(
        SNNTorchModel(net), loader, [], [ChooseMaxCount()], [[static.ConnectionSparsity], names]
    ).run()
    # a spike takes a step for each layer
    model = SeamountModel(image, output="out", settle=1)
    metrics = [STATIC, [workload.ClassificationAccuracy, *WORKLOAD]]
    chip = Benchmark(model, loader, [], [ChooseMaxCount()], metrics).run()
    assert "Error running" not in capsys.readouterr().out
    with capsys.disabled():
        print("\nby NeuroBench", floats, "\nby the chip  ", chip)
    assert chip["ClassificationAccuracy"] == floats["ClassificationAccuracy"]
    by_floats, by_chip = floats["SynapticOperations"], chip["SynapticOperations"]
    assert by_chip["Effective_ACs"] == by_floats["Effective_ACs"] > 100
    assert by_chip["Effective_MACs"] == by_floats["Effective_MACs"] == 0
    assert by_chip["Dense"] / (STEPS + 1) == by_floats["Dense"] / STEPS
    silent = (1 - chip["ActivationSparsity"]) * (STEPS + 1)
    assert silent == pytest.approx((1 - floats["ActivationSparsity"]) * STEPS)
    assert chip["ConnectionSparsity"] == pytest.approx(floats["ConnectionSparsity"], abs=1e-4)
