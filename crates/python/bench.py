"""Times of calls from Python, beside the command's: python crates/python/bench.py [seamount]

The argument is the path of the command, whose `bench W1` is run for comparison, and with
SEAMOUNT_DATA also its `lab lsnn-smnist`, each in turns with the same from Python.
"""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

import seamount as sm


def median_us(call, repeats=2001):
    """Median time of a call, microseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    return float(np.median(times)) / 1000


def one_neuron():
    net = sm.Network("one neuron")
    net.input("in", 1)
    net.lif("out", 1, threshold_mantissa=100)
    net.connect("in", "out", 10)
    net.probe("out", "spike")
    return sm.Chip(net.compile())


chip = one_neuron()
spike = np.ones((1, 1), np.uint8)
print(f"chip.run(1)                {median_us(lambda: chip.run(1)):8.2f} us")
print(f"chip.run(1, one spike)     {median_us(lambda: chip.run(1, spike)):8.2f} us")
native = chip._native
from seamount.chip import _PLAIN  # noqa: E402

print(f"the native half of it      {median_us(lambda: native.run(1, [], _PLAIN, None)):8.2f} us")

net = sm.Network._of(sm._seamount.bench_network("W1"))
image = net.compile(ignore_limits=True)


def steps_a_second(image, steps=100_000, repeats=5):
    """Steps a second of a fresh chip, the best and the median of some runs."""
    rates = []
    for _ in range(repeats):
        chip = sm.Chip(image)
        chip.run(1000)
        start = time.perf_counter()
        chip.run(steps)
        rates.append(steps / (time.perf_counter() - start))
    return max(rates), float(np.median(rates))


def by_command(*arguments):
    """What the command reports, as JSON."""
    call = [sys.argv[1], "--json", *arguments]
    return json.loads(subprocess.run(call, capture_output=True, check=True).stdout)


def in_turns(name, ours, theirs, pairs=5):
    """Medians of two rates that are measured in turns, and the median of their ratios."""
    both = []
    for pair in range(pairs):
        rates = [ours(), theirs()] if pair % 2 == 0 else [theirs(), ours()][::-1]
        both.append(rates)
    python, command = np.median(both, axis=0)
    ratio = np.median([a / b for a, b in both])
    print(f"{name}: Python {python:,.0f}, command {command:,.0f}, ratio {ratio:.3f} ({pairs} pairs)")


def w1_rate():
    chip = sm.Chip(image)
    chip.run(1000)
    start = time.perf_counter()
    chip.run(500_000)
    return 500_000 / (time.perf_counter() - start)


def w1_command():
    found = by_command("bench", "W1", "--steps", "500000", "--repeats", "1")
    return next(value for key, value in found.items() if "steps_per_second" in key)


if len(sys.argv) > 1:
    in_turns("W1, steps/s", w1_rate, w1_command)
else:
    best, middle = steps_a_second(image)
    print(f"W1 from Python             {best:,.0f} steps/s at best, median {middle:,.0f}")
watched = image.with_probes("neurons.spike")
best, middle = steps_a_second(watched, 20_000)
print(f"W1 with a spike probe      {best:,.0f} steps/s at best, median {middle:,.0f}")
run = sm.Chip(watched).run(20_000)
start = time.perf_counter()
values = run["neurons.spike"].values
print(f"unpacking {values.size:,} spikes to bool: {time.perf_counter() - start:.3f} s")
voltage = image.with_probes("neurons.voltage")
run = sm.Chip(voltage).run(20_000)
start = time.perf_counter()
values = run["neurons.voltage"].values
print(f"voltages as an array, {values.nbytes / 1e6:.0f} MB: {1e6 * (time.perf_counter() - start):.0f} us")


def late_ms():
    """From Ctrl-C to its exception, milliseconds."""
    chip = sm.Chip(image)
    pressed = []

    def press():
        pressed.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.1 + 0.05 * np.random.default_rng().random(), press)
    timer.start()
    try:
        chip.run(1 << 40)
    except KeyboardInterrupt:
        return 1000 * (time.perf_counter() - pressed[0])
    raise AssertionError("nobody pressed")


late = np.array([late_ms() for _ in range(30)])
print(f"Ctrl-C: median {np.median(late):.1f} ms, longest of {len(late)} {late.max():.1f} ms")

data = Path(os.environ.get("SEAMOUNT_DATA", "")) / "loihi-lsnn-smnist"
if len(sys.argv) > 1 and data.is_dir():
    with tempfile.TemporaryDirectory() as folder:
        form = Path(__file__).parents[1] / "systems" / "src" / "lsnn" / "network.json"
        for path in (form, *data.glob("w_*.npy")):
            shutil.copy(path, folder)
        lsnn = sm.open(Path(folder) / "network.json").compile()
    mnist = data.parent / "mnist"
    raw = [
        np.frombuffer(gzip.decompress((mnist / name).read_bytes())[skip:], np.uint8)
        for name, skip in (("t10k-images-idx3-ubyte.gz", 16), ("t10k-labels-idx1-ubyte.gz", 8))
    ]
    pictures, labels = raw[0].reshape(-1, 784)[:2000], raw[1][:2000]

    def batch_rate():
        start = time.perf_counter()
        shown = lsnn.batch(
            pictures, labels, encode="level-crossing:levels=38,white=78,cue=79", steps=840,
            decode="voltage", output="output", threads=1,
        )
        assert shown.accuracy > 0.9
        return len(shown) / (time.perf_counter() - start)

    def lab_rate():
        start = time.perf_counter()
        by_command("lab", "lsnn-smnist", "--count", "2000", "--threads", "1")
        return 2000 / (time.perf_counter() - start)

    in_turns("lsnn-smnist, images/s", batch_rate, lab_rate)
