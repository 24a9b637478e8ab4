"""A data set in one call, held against a dense count in numpy that shares nothing with it."""

import json
import signal
import threading
import time
from fractions import Fraction

import numpy as np
import pytest

import seamount as sm

SOURCES, HIDDEN, OUTPUTS = 12, 20, 4
SAMPLES, STEPS = 30, 15


def weights():
    rng = np.random.default_rng(3)
    first = rng.integers(-20, 40, (SOURCES, HIDDEN)) * 4
    second = rng.integers(-20, 30, (HIDDEN, OUTPUTS)) * 4
    first[rng.random(first.shape) < 0.3] = 0
    second[rng.random(second.shape) < 0.3] = 0
    return first.clip(-252, 252), second.clip(-252, 252)


def network():
    net = sm.Network("two layers")
    first, second = weights()
    net.input("in", SOURCES)
    for name, size in (("hidden", HIDDEN), ("out", OUTPUTS)):
        net.lif(name, size, current_decay=4095, voltage_decay=0, threshold_mantissa=150)
    net.connect("in", "hidden", first)
    net.connect("hidden", "out", second)
    return net


@pytest.fixture(scope="module")
def image():
    return network().compile()


@pytest.fixture(scope="module")
def spikes():
    return np.random.default_rng(5).random((SAMPLES, STEPS, SOURCES)) < 0.2


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(6).integers(0, OUTPUTS, SAMPLES)


class Dense:
    """What two layers of integrate-and-fire neurons do, and NeuroBench's counts, by tables."""

    def __init__(self, spikes):
        first, second = weights()
        self.operations, self.spikes = [], []
        self.scores = []
        for sample in spikes:
            hidden_v, out_v = np.zeros(HIDDEN, int), np.zeros(OUTPUTS, int)
            fired = np.zeros(HIDDEN, bool)
            operations = spiked = 0
            score = np.zeros(OUTPUTS, int)
            for row in sample:
                # the layer's input, not 0, times weights that are not 0
                operations += int(row @ (first != 0).sum(axis=1))
                operations += int(fired @ (second != 0).sum(axis=1))
                hidden_v += 64 * (row @ first)
                out_v += 64 * (fired @ second)
                fired = hidden_v > 150 * 64
                out = out_v > 150 * 64
                hidden_v[fired] = 0
                out_v[out] = 0
                spiked += int(fired.sum() + out.sum())
                score += out
            self.operations.append(operations)
            self.spikes.append(spiked)
            self.scores.append(score)
        self.there = np.count_nonzero(first) + np.count_nonzero(second)
        self.possible = first.size + second.size


def test_every_number_is_that_of_a_dense_count(image, spikes, labels):
    dense = Dense(spikes)
    batch = image.batch(spikes, labels, output="out")
    assert (batch.scores == np.array(dense.scores)).all() and batch.scores.sum() > 50
    assert batch.rows["synaptic_operations"].tolist() == dense.operations
    assert batch.rows["spikes"].tolist() == dense.spikes
    answers = batch.scores.argmax(axis=1)
    assert (batch.answers == answers).all() and len(batch) == SAMPLES
    right = int((answers == labels).sum())
    assert batch.accuracy == right / SAMPLES and 0 < right < SAMPLES
    confusion = np.zeros((OUTPUTS, OUTPUTS + 1), int)
    np.add.at(confusion, (labels, answers), 1)
    assert (batch.confusion == confusion).all()
    bench = batch.neurobench()
    assert bench["SynapticOperations"] == {
        "Effective_MACs": 0.0,
        "Effective_ACs": float(Fraction(sum(dense.operations), SAMPLES)),
        "Dense": float(dense.possible * STEPS),
    }
    assert bench["ConnectionSparsity"] == 1 - dense.there / dense.possible
    possible = (HIDDEN + OUTPUTS) * STEPS * SAMPLES
    assert bench["ActivationSparsity"] == 1 - sum(dense.spikes) / possible
    assert bench["ClassificationAccuracy"] == batch.accuracy
    spread = batch.events["synaptic_operations"]
    assert spread.sd == pytest.approx(np.std(dense.operations, ddof=1))
    assert spread.p95 == pytest.approx(np.percentile(dense.operations, 95))


def test_energy_and_latency_have_a_spread(image, spikes):
    batch = image.batch(spikes, output="out", fidelity="pipeline", profile="davies2018")
    each = [
        image.run(STEPS, sample).energy("davies2018").dynamic_fj for sample in spikes.astype(int)
    ]
    energy = batch.energy("davies2018")
    assert batch.rows["energy_fj_davies2018"].tolist() == each
    assert energy.each_fj.mean == pytest.approx(np.mean(each))
    assert energy.uJ == pytest.approx(np.mean(each) * 1e-9)
    times = batch.rows["duration_ps_davies2018"]
    assert batch.latency("davies2018").median == np.median(times) > 0
    assert batch.accuracy is None and batch.confusion is None
    with pytest.raises(sm.UsageError, match="fidelity"):
        image.batch(spikes[:2], output="out").latency("davies2018")
    with pytest.raises(sm.UsageError, match=r"there are: davies2018"):
        batch.energy("loihi2-scaled")


def same(a, b):
    """Whether two batches hold the same bits."""
    names = a.rows.dtype.names
    return names == b.rows.dtype.names and (a.rows == b.rows).all() and (a.scores == b.scores).all()


def noisy():
    net = sm.Network("noisy")
    net.input("in", SOURCES)
    core = {"noise_target": "membrane", "noise_exponent": 9}
    net.lif("out", 5, core=core, threshold_mantissa=200, voltage_decay=100, noise=True)
    net.connect("in", "out", weights()[0][:, :5])
    return net.compile()


def test_threads_vectors_and_choices_change_no_bit(spikes):
    image = noisy()
    whole = image.batch(spikes, threads=1, decode="voltage")
    assert same(whole, image.batch(spikes, threads=3, vectors=False, decode="voltage"))
    part = image.batch(spikes, start=11, limit=5, decode="voltage")
    assert part.rows["sample"].tolist() == list(range(11, 16))
    assert (part.rows == whole.rows[11:16]).all() and (part.scores == whole.scores[11:16]).all()
    alone = image.batch(np.zeros_like(spikes), decode="voltage").scores
    assert len(np.unique(alone, axis=0)) > 1, "noise is of the sample, so the test can fail"


def test_all_forms_of_samples_are_the_same_set(image, spikes, labels):
    wanted = image.batch(spikes, labels, output="out")
    forms = {
        "ints": spikes.astype(int),
        "floats": spikes.astype(np.float32),
        "nested lists": spikes.astype(int).tolist(),
        "a list of tables": list(spikes),
        "more axes": spikes.reshape(SAMPLES, STEPS, 3, 2, 2),
        "by input": {"in": spikes},
        "fortran": np.asfortranarray(spikes),
        "pairs": [sm.pairs(sample) for sample in spikes],
        "pairs by input": [{"in": sm.pairs(sample)} for sample in spikes],
        "tables by input": [{"in": sample} for sample in spikes],
        "a generator": (sm.pairs(sample) for sample in spikes),
    }
    for form, samples in forms.items():
        assert same(wanted, image.batch(samples, labels, output="out", steps=STEPS)), form
    items = [(sm.pairs(sample), label) for sample, label in zip(spikes, labels, strict=True)]
    assert same(wanted, image.batch(items, output="out", steps=STEPS))
    tables = list(zip(spikes, labels.tolist(), strict=True))
    assert same(wanted, image.batch(tables, output="out"))


def test_sparse_matrices_are_samples(image, spikes):
    sparse = pytest.importorskip("scipy.sparse")
    wanted = image.batch(spikes, output="out")
    samples = [sparse.csr_matrix(sample) for sample in spikes]
    assert same(wanted, image.batch(samples, output="out", steps=STEPS))


def test_events_of_a_sensor_are_samples():
    net = sm.Network("sensor")
    net.input("in", 8 * 8 * 2)
    net.lif("out", 3, current_decay=4095, voltage_decay=0, threshold_mantissa=100)
    net.connect("in", "out", np.random.default_rng(1).integers(0, 60, (128, 3)))
    image = net.compile()
    rng = np.random.default_rng(2)
    kind = [("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "i1")]
    streams, tables = [], np.zeros((6, 20, 128), np.uint8)
    for table in tables:
        stream = np.zeros(40, kind)
        stream["x"], stream["y"] = rng.integers(0, 8, (2, 40))
        stream["p"] = rng.integers(0, 2, 40)
        stream["t"] = np.sort(rng.integers(0, 20_000, 40))
        stream["t"][0] = 0
        streams.append(stream)
        place = stream["p"] * 64 + stream["y"].astype(int) * 8 + stream["x"]
        table[stream["t"] // 1000, place] = 1
    wanted = image.batch(tables)
    assert wanted.scores.sum() > 0
    found = image.batch(streams, steps=20, sensor_size=(8, 8, 2), dt_us=1000)
    assert same(wanted, found)
    labelled = image.batch(
        [(stream, 1) for stream in streams], steps=20, sensor_size=(8, 8, 2), dt_us=1000
    )
    assert labelled.accuracy == (wanted.answers == 1).mean()
    with pytest.raises(sm.UsageError, match=r"samples\[0\]: holds events of a sensor"):
        image.batch(streams, steps=20)


def test_several_inputs_stand_side_by_side():
    net = sm.Network("two inputs")
    net.input("a", 3)
    net.input("b", 2)
    net.lif("out", 2, current_decay=4095, voltage_decay=0, threshold_mantissa=50)
    net.connect("a", "out", np.full((3, 2), 40))
    net.connect("b", "out", np.array([[80, 0], [0, 120]]))
    image = net.compile()
    table = np.random.default_rng(1).random((5, 10, 5)) < 0.4
    wanted = image.batch(table)
    assert same(wanted, image.batch({"b": table[:, :, 3:], "a": table[:, :, :3]}))
    lists = [{"a": sm.pairs(t[:, :3]), "b": sm.pairs(t[:, 3:])} for t in table]
    assert same(wanted, image.batch(lists, steps=10))
    silent = table.copy()
    silent[:, :, :3] = False
    assert same(image.batch(silent), image.batch({"b": table[:, :, 3:]}))
    with pytest.raises(sm.InputError, match=r"samples\['c'\]: there is no such input.*a, b"):
        image.batch({"c": table})
    with pytest.raises(sm.InputError, match=r"samples\[0\]\['b'\].*2 is outside 0..=1"):
        image.batch([{"b": ([0], [2])}], steps=3)


def test_encoders_of_numbers(image):
    values = np.random.default_rng(2).integers(0, 256, (6, SOURCES))
    batch = image.batch(values, output="out", steps=20, encode="rate:scale=255,seed=4")
    again = image.batch(values.astype(np.float16), output="out", steps=20,
                        encode="rate:scale=255,seed=4")
    assert same(batch, again) and batch.rows["spikes"].sum() > 0
    assert batch.report["samples"]["encode"].startswith("rate:")
    with pytest.raises(sm.UsageError, match="encode.*rates"):
        image.batch(values, output="out", encode="rates")


def test_the_report_is_that_of_the_command(image, spikes, labels):
    batch = image.batch(spikes, labels, output="out", name="mine", threads=1)
    assert {"samples", "accuracy", "neurobench", "per_inference", "events", "energy"} <= set(
        batch.report
    )
    assert batch.report["samples"]["dataset"] == "mine"
    text = str(batch)
    assert "NeuroBench, means per sample" in text and "30 samples of mine" in text
    assert "accuracy" in repr(batch) and "<pre>" in batch._repr_html_()
    json.dumps(batch.report)


def test_rows_are_files(image, spikes, labels, tmp_path):
    batch = image.batch(spikes, labels, output="out")
    batch.save(tmp_path / "rows.npz")
    with np.load(tmp_path / "rows.npz") as archive:
        assert (archive["scores"] == batch.scores).all()
    batch.save(tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert len(lines) == SAMPLES + 1 and lines[0].startswith("sample,label,answer")
    with pytest.raises(sm.UsageError, match=".csv or .npz"):
        batch.save(tmp_path / "rows.txt")
    with pytest.raises(sm.FileError, match="cannot be written"):
        batch.save(tmp_path / "nowhere" / "rows.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "rows.npz"]


def test_a_batch_that_was_stopped_goes_on(image, spikes, labels, tmp_path):
    whole = image.batch(spikes, labels, output="out")
    file = tmp_path / "done.jsonl"
    with pytest.raises(KeyboardInterrupt):
        image.batch(spikes, labels, output="out", threads=1, resume=file,
                    progress=lambda done, all: done < 7)
    again = image.batch(spikes, labels, output="out", resume=file)
    assert 7 <= again.report["wall"]["resumed"] < SAMPLES
    assert same(whole, again)
    with pytest.raises(sm.InputError, match="is of samples"):
        image.batch(~spikes, labels, output="out", resume=file)


def test_progress_is_told_and_errors_come_through(image, spikes):
    seen = []
    image.batch(spikes, output="out", threads=1, progress=lambda *both: seen.append(both))
    assert seen[-1] == (SAMPLES, SAMPLES) and len(seen) >= SAMPLES

    def breaks(done, all):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        image.batch(spikes, output="out", progress=breaks)
    image.batch(spikes, output="out", progress=True)


def test_ctrl_c_stops_a_batch(image):
    thread = threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT))
    thread.start()
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        image.batch(np.zeros((4, 1, SOURCES)), output="out.spike:1..10", steps=1 << 24)
    assert time.perf_counter() - begun < 5
    thread.join()


def test_neurons_that_send_values_multiply():
    """Payloads recorded and counted by hand: an input of a layer with another value than -1, 0, 1
    in a step is one of multiplications, as NeuroBench has it."""
    rng = np.random.default_rng(4)
    first = rng.integers(-2, 3, (4, 6))
    second = rng.integers(-3, 4, (6, 3))
    parameters = {"threshold": 10, "out_shift": -4, "act_min": -(1 << 23)}
    net = sm.Network("values")
    net.input("in", 4)
    net.programmed("middle", 6, "sigma_delta", parameters=parameters)
    net.lif("out", 3, current_decay=4095, voltage_decay=0, threshold_mantissa=1 << 12)
    net.connect("in", "middle", first * 20)
    net.connect("middle", "out", second * 4)
    image = net.compile("loihi2")
    samples = rng.integers(-1, 2, (8, 12, 4)) * (rng.random((8, 12, 4)) < 0.5)
    batch = image.batch(samples, encode="graded", output="out")
    watched = image.with_probes("middle.spike", "middle.payload")
    macs, acs = [], []
    for sample, table in enumerate(samples):
        mac = 0
        ac = int((np.abs(table) @ (first != 0).sum(axis=1)).sum())
        steps, neurons = np.nonzero(table)
        run = sm.Chip(watched).reset(sample).run(12, (steps, neurons, table[steps, neurons]))
        sent = run["middle.payload"].values[:-1]  # what is sent in the last step arrives after it
        assert (sent[~run["middle.spike"].values[:-1]] == 0).all()
        for row in sent:
            operations = int(((row != 0) @ (second != 0).sum(axis=1)))
            if np.isin(row, (-1, 0, 1)).all():
                ac += operations
            else:
                mac += operations
        macs.append(mac)
        acs.append(ac)
    assert batch.rows["effective_macs"].tolist() == macs and sum(macs) > 0
    assert batch.rows["effective_acs"].tolist() == acs and sum(acs) > 0
    found = batch.neurobench()["SynapticOperations"]
    assert found["Effective_MACs"] == np.mean(macs) and found["Effective_ACs"] == np.mean(acs)


WRONG = [
    (lambda s: np.full((3, STEPS, SOURCES), 0.5), {}, r"samples\[0, 0, 0\]: 0.5 is wrong"),
    (lambda s: np.full((3, STEPS, SOURCES), np.nan), {}, r"NaN is wrong"),
    (lambda s: np.full((3, STEPS, SOURCES), -1), {}, r"-1 is wrong, wanted 0 or 1"),
    (lambda s: s[:, :, :5], {}, "a sample has 5 values in each step"),
    (lambda s: s[0], {}, "wanted samples x steps x sources"),
    (lambda s: s.astype(complex), {}, "complex128, wanted integers"),
    (lambda s: s[:0], {}, "holds no sample"),
    (lambda s: [], {}, "samples"),
    (lambda s: 5, {}, "neither an array nor an iterable"),
    (lambda s: "text", {}, "wanted integers"),
    (lambda s: [s[0], s[1][:3]], {}, r"samples\[1\]: shape \(3, 12\)"),
    (lambda s: [([0], [0, 1])], {"steps": 5}, r"samples\[0\]: columns of 1, 2"),
    (lambda s: [([0], [SOURCES])], {"steps": 5}, r"neurons\[0\]: 12 is wrong"),
    (lambda s: [([0], [0])], {}, "steps: is needed"),
    (lambda s: [([0], [0]), ([0], [0], [5])], {"steps": 5}, r"samples\[1\]: some samples"),
    (lambda s: [([0.5], [0])], {"steps": 5}, r"samples\[0\]: steps\[0\]: 0.5 is no whole"),
    (lambda s: s, {"labels": [0, 1]}, "labels: has 2 elements, wanted one for each of 30"),
    (lambda s: s, {"labels": np.full(30, 4)}, r"labels\[0\]: 4 is wrong"),
    (lambda s: s, {"labels": np.full(30, 0.5)}, r"labels\[0\]: 0.5 is no whole number"),
    (lambda s: s, {"labels": "cat"}, "labels"),
    (lambda s: s, {"output": "nobody"}, "there is no population 'nobody'"),
    (lambda s: s, {"output": "out.voltage"}, "decoder count wants the register spike"),
    (lambda s: s, {"output": None}, "which population answers"),
    (lambda s: s, {"decode": "loudest"}, "decode: 'loudest' is none of count, first-spike"),
    (lambda s: s, {"start": 30}, r"sample 30 is outside 0\.\.=29"),
    (lambda s: s, {"start": -1}, "start"),
    (lambda s: s, {"limit": 0}, "0 samples, wanted 1 or more"),
    (lambda s: s, {"steps": 0}, "0 steps of a sample"),
    (lambda s: s, {"threads": -1}, "threads"),
    (lambda s: s, {"threads": 5000}, "threads"),
    (lambda s: s, {"fidelity": "exact"}, "fidelity"),
    (lambda s: s, {"profile": "nowhere"}, "nowhere"),
    (lambda s: s, {"resume": "/proc/nowhere/x.jsonl"}, "nowhere"),
    (lambda s: s, {"encode": "graded"}, "no graded spikes"),
]


@pytest.mark.parametrize(("make", "options", "text"), WRONG)
def test_wrong_samples_and_options(image, spikes, make, options, text):
    with pytest.raises(sm.SeamountError, match=text) as caught:
        image.batch(make(spikes), **({"output": "out"} | options))
    assert caught.value.findings
    assert len(image.batch(spikes[:2], output="out")) == 2


def test_random_data_sets_never_panic(image):
    seed = np.random.SeedSequence().entropy
    print("seed", seed)
    rng = np.random.default_rng(seed)
    kinds = ["?", "i1", "u1", "i2", "u4", "i8", "u8", "f2", "f4", "f8", ">i4", ">f8", "g"]
    encoders = ["direct", "graded", "rate", "accumulate", "threshold:level=1", "random:rate=0.5"]
    ran = refused = 0
    for _ in range(600):
        shape = list(rng.integers(0, 4, rng.integers(0, 5)))
        if len(shape) > 1 and rng.random() < 0.6:
            shape[-1] = SOURCES
        with np.errstate(all="ignore"):
            array = rng.standard_normal(shape) * [1, 2, 300, 1 << 31][rng.integers(4)]
            if rng.random() < 0.6:
                array = array > 1
            array = np.asarray(array).astype(kinds[rng.integers(len(kinds))])
        options = {"output": "out", "encode": encoders[rng.integers(len(encoders))]}
        if rng.random() < 0.5:
            options["steps"] = int(rng.integers(0, 9))
        try:
            image.batch(array, **options)
            ran += 1
        except sm.SeamountError as error:
            assert error.findings
            refused += 1
    assert ran > 20 and refused > 20, (ran, refused)
