"""Arrays and calls that are wrong: an exception that names argument and index, never a panic,
and the chip goes on as if nothing had been."""

import random
import signal
import threading
import time

import numpy as np
import pytest
from test_quick import drive, small

import seamount as sm


@pytest.fixture
def chip():
    return sm.Chip(small().compile())


WRONG = [
    (lambda: np.full((4, 3), 0.5), r"spikes\[0, 0\]: 0.5 is no whole number \(11 more"),
    (lambda: np.full((4, 3), np.nan), r"spikes\[0, 0\]: nan is no number"),
    (lambda: np.full((4, 3), np.inf), r"inf is no number"),
    (lambda: np.full((4, 3), -1), r"spikes\[0, 0\]: -1 is negative"),
    (lambda: np.full((4, 3), 2), "2"),
    (lambda: np.full((4, 3), 300), r"300 is outside 0..=255"),
    (lambda: np.zeros((3, 4)), r"shape \(3, 4\), wanted \(steps, 3\).*transposed"),
    (lambda: np.zeros(3), r"shape \(3,\), wanted 2 axes"),
    (lambda: np.zeros((4, 3), complex), "complex128, wanted integers"),
    (lambda: np.zeros((4, 3), "datetime64[s]"), "wanted integers"),
    (lambda: np.full((4, 3), "1"), "wanted integers"),
    (lambda: [[1, 0, 0], [1]], "is no array"),
    (lambda: "spikes", "wanted integers"),
    (lambda: object(), "wanted integers"),
    (lambda: ([0, -1], [0, 0]), r"spikes: steps\[1\]: -1 is negative"),
    (lambda: ([0, 1], [0, -1]), r"spikes: neurons\[1\]: -1 is negative"),
    (lambda: ([0, 1], [0, 3]), r"event 1: neuron 3 of input 'drive'.*0..=2"),
    (lambda: ([0, 1], [0, 1 << 40]), r"neurons\[1\]: 1099511627776 is outside"),
    (lambda: ([0, 1], [0]), "columns of 2, 1 elements"),
    (lambda: ([0], [0], [0], [0]), "4 arrays"),
    (lambda: ([0.25], [0]), r"steps\[0\]: 0.25"),
    (lambda: ([1e300], [0]), r"outside"),
    (lambda: {"other": np.zeros((4, 3))}, "drive"),
    (lambda: ([[0]], [[0]]), "wanted 1 axis"),
]


@pytest.mark.parametrize(("make", "text"), WRONG)
def test_wrong_spikes(chip, make, text):
    before = chip.snapshot()
    with pytest.raises(sm.SeamountError, match=text) as caught:
        chip.run(20, make())
    assert caught.value.findings
    assert chip.snapshot() == before
    assert chip.run(20, drive()).counts()["spikes"] > 0


@pytest.mark.parametrize("steps", [-1, 0.5, "x", None, 1 << 63, 1 << 80, float("nan")])
def test_wrong_steps(chip, steps):
    with pytest.raises(sm.UsageError, match="steps"):
        chip.run(steps)
    assert chip.step == 0


def test_more_values_than_memory_are_refused_before_they_are_made(chip):
    with pytest.raises(sm.SeamountError, match="values would be recorded"):
        chip.run(1 << 40)
    assert chip.step == 0


LITTLE_MEMORY = """
import resource, sys
import numpy as np
import seamount as sm

resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
limit = sm.limit_memory(400 << 20)
assert limit == 400 << 20
net = sm.Network("records much")
net.connect(net.input("in", 4), net.lif("out", 1000, threshold_mantissa=20), 30)
net.probe("out", "voltage")
chip = sm.Chip(net.compile())
spikes = np.ones((50, 4), np.uint8)
before = chip.run(50, spikes)["out.voltage"].values.copy()
state = chip.snapshot()
try:
    chip.run(200_000)  # 800 MB
except sm.OutOfMemoryError as error:
    assert isinstance(error, MemoryError) and "recordings of the run" in str(error), error
    assert error.findings[0].value == 1_603_200_000, error.findings
else:
    raise AssertionError("nobody asked")
assert chip.snapshot() == state
assert (chip.reset().run(50, spikes)["out.voltage"].values == before).all()
wide = sm.Network("wide")
wide.connect(wide.input("in", 100_000), wide.lif("out", 1000), 1)
try:
    wide.compile(ignore_limits=True)
except sm.OutOfMemoryError as error:
    assert "synapses" in str(error), error
else:
    raise AssertionError("nobody asked")
try:
    sm.limit_memory(1 << 20)
    sm.Chip(chip.image).run(1 << 15)
except sm.OutOfMemoryError:
    sm.limit_memory(400 << 20)
else:
    raise AssertionError("nobody asked")
assert (chip.reset().run(50, spikes)["out.voltage"].values == before).all()
print("still here")
"""


def test_out_of_memory_is_an_exception_and_the_chip_goes_on():
    """In a process of its own, whose address space the system limits too."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-P", "-c", LITTLE_MEMORY], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stdout) == (0, "still here\n"), done.stderr


WRONG_DTYPES = [
    lambda: np.zeros((4, 3), "V4"),
    lambda: np.array([[None] * 3] * 4),
    lambda: np.zeros((4, 3), [("x", "i4")]),
    lambda: np.zeros((4, 3), "timedelta64[s]"),
    lambda: np.zeros((4, 3), "c8"),
    lambda: np.array([["a"] * 3] * 4, object),
]


@pytest.mark.parametrize("make", WRONG_DTYPES)
def test_wrong_dtypes_everywhere(chip, make):
    """Spikes, weights and learned weights name their argument."""
    with pytest.raises(sm.SeamountError, match="spikes"):
        chip.run(20, make())
    net = sm.Network("wrong")
    source, target = net.input("in", 4), net.lif("out", 3)
    with pytest.raises(sm.SeamountError, match="weights"):
        net.connect(source, target, make())
    with pytest.raises(sm.SeamountError, match="draws"):
        chip.replay_noise([make()])
    chip.run(20, drive())


def test_a_closed_chip_says_so_whatever_is_asked(chip):
    chip.close()
    chip.close()
    calls = [
        lambda: chip.run(1),
        lambda: chip.step,
        lambda: chip.reset(),
        lambda: chip.rest(),
        lambda: chip.read("out"),
        lambda: chip.snapshot(),
        lambda: chip.restore(b""),
        lambda: chip.learned("x"),
        lambda: chip.write_weights("x", [1]),
        lambda: chip.trace("out", 0),
        lambda: chip.__copy__(),
    ]
    for call in calls:
        with pytest.raises(sm.UsageError, match="closed"):
            call()


WRONG_WEIGHTS = [
    ({"weights": np.full((3, 2), 0.5)}, r"weights\[0, 0\]: 0.5 is no whole number"),
    ({"weights": np.zeros((2, 3))}, r"\(2, 3\), wanted \(sources, targets\) = \(3, 2\).*linear="),
    ({"linear": np.zeros((3, 2))}, r"\(3, 2\), wanted \(targets, sources\) = \(2, 3\).*weights="),
    ({"weights": np.zeros((3, 2)), "linear": np.zeros((2, 3))}, "weights and linear"),
    ({}, "one of weights, linear"),
    ({"weights": np.full((3, 2), np.nan)}, "nan is no number"),
    ({"weights": "text"}, "wanted integers"),
    ({"pairs": ([0], [0.5], 1)}, r"targets\[0\]: 0.5"),
]


@pytest.mark.parametrize(("how", "text"), WRONG_WEIGHTS)
def test_wrong_weights(how, text):
    net = sm.Network("wrong")
    source, target = net.input("in", 3), net.lif("out", 2)
    with pytest.raises(sm.SeamountError, match=text):
        net.connect(source, target, **how)


def test_weights_beyond_the_chip_are_named_when_the_network_is_checked():
    net = sm.Network("wrong")
    net.connect(net.input("in", 3), net.lif("out", 2), [[1, 2], [3, 400], [5, 6]])
    with pytest.raises(sm.InputError, match="400") as caught:
        net.check()
    assert "weights" in caught.value.findings[0].place
    big = sm.Network("wrong")
    weights = np.zeros((100, 100), int)
    weights[7, 9] = 400
    big.connect(big.input("in", 100), big.lif("out", 100), weights)
    with pytest.raises(sm.InputError, match="400"):
        big.check()


@pytest.mark.parametrize("size", [1 << 31, 1 << 40, 1 << 80, -1, 0.5, "many", None, float("inf")])
def test_sizes_that_no_chip_has(size):
    with pytest.raises(sm.SeamountError):
        net = sm.Network("huge")
        net.input("in", 1)
        net.lif("out", size)
        net.connect("in", "out", 1)
        net.compile()
    with pytest.raises(sm.SeamountError):
        net = sm.Network("huge")
        net.input("in", size)
        net.lif("out", 1)
        net.connect("in", "out", 1)
        net.compile()


def test_an_exception_in_the_callback_stops_at_a_step_and_the_chip_goes_on(chip):
    def callback(done, steps):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine") as caught:
        chip.run(100_000, record=False, progress=callback)
    stood = chip.step
    assert 0 < stood < 100_000
    assert f"step {stood}" in caught.value.__notes__[0]
    chip.run(10)
    assert chip.step == stood + 10


def test_a_callback_can_stop_the_run_and_cannot_enter_the_chip(chip):
    with pytest.raises(KeyboardInterrupt):
        chip.run(100_000, record=False, progress=lambda done, steps: False)
    seen = []

    def enter(done, steps):
        try:
            chip.run(1)
        except sm.UsageError as error:
            seen.append(str(error))

    chip.run(100, progress=enter)
    assert seen and "is running" in seen[0]


def busy():
    """A chip of which a second holds millions of steps at most, and no probes."""
    net = sm.Network("busy")
    net.input("in", 1)
    net.lif("out", 1000, bias_mantissa=50, threshold_mantissa=10, voltage_decay=10)
    return sm.Chip(net.compile())


def test_ctrl_c_stops_within_50_ms_at_the_end_of_a_step():
    """In time of the processor: others may take it away meanwhile."""
    late = []
    for _ in range(5):
        chip = busy()
        pressed = []

        def press(pressed=pressed):
            time.sleep(0.2)
            pressed.append(time.process_time())
            signal.raise_signal(signal.SIGINT)

        thread = threading.Thread(target=press)
        thread.start()
        with pytest.raises(KeyboardInterrupt) as caught:
            chip.run(1 << 40)
        late.append(time.process_time() - pressed[0])
        thread.join()
        assert chip.step > 0 and f"step {chip.step}" in caught.value.__notes__[0]
        chip.run(5)
    assert sorted(late)[2] < 0.05, late


def test_others_run_while_a_chip_does():
    chip = busy()
    ticks = 0
    done = threading.Event()

    def work():
        chip.run(100_000)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        ticks += 1
        time.sleep(0.001)
    thread.join()
    assert ticks > 20


def test_arrays_may_change_while_the_chip_is_at_work():
    image = small().compile()
    spikes = drive(5000)
    wanted = image.run(5000, spikes.copy())["out.spike"].values
    stop = threading.Event()

    def scribble():
        while not stop.is_set():
            spikes[:] = 1 - spikes
            time.sleep(0)

    def callback(done, steps):
        spikes[:] = 0

    run = image.run(5000, spikes, progress=callback)
    assert (run["out.spike"].values == wanted).all()
    thread = threading.Thread(target=scribble)
    thread.start()
    try:
        for _ in range(20):
            image.run(50, spikes[:50])
    finally:
        stop.set()
        thread.join()


def test_random_arrays_never_panic(chip):
    """Shapes, dtypes and values at random: a run, or an exception of ours."""
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    rng = np.random.default_rng(seed)
    kinds = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">i4", ">f8"]
    ran = refused = 0
    for _ in range(3000):
        shape = tuple(rng.integers(0, 5, rng.integers(0, 4)))
        kind = kinds[rng.integers(len(kinds))]
        scale = [1, 2, 300, 1 << 31][rng.integers(4)]
        with np.errstate(all="ignore"):
            array = (rng.standard_normal(shape) * scale).astype(kind)
            if rng.random() < 0.5:
                array = (array != 0).astype(kind)
        if rng.random() < 0.3:
            array = np.asarray(array)[::-1] if array.ndim else array
        spikes = [array, (array, array), (array.ravel(), np.zeros(array.size, int))]
        try:
            chip.run(3, spikes[rng.integers(3)])
            ran += 1
        except sm.SeamountError as error:
            assert error.findings and error.what
            refused += 1
    assert ran > 50 and refused > 50, (ran, refused)
