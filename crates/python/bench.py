"""Times of calls from Python beside the command's, as a table of markdown.

    python crates/python/bench.py COMMAND

COMMAND is the path of a released `seamount` of the same tree; with SEAMOUNT_DATA its `lab lsnn-smnist` is measured
too. What is compared is measured in turns, either first in half of the pairs, and the ratio is the median over the
pairs. The package must come from a wheel of `maturin build --release`, which has the settings of the released command.
"""

import gzip
import json
import os
import platform
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
from seamount.chip import _PLAIN

PAIRS = 7


def row(*cells):
    """A row of the table, at once."""
    print("| " + " | ".join(cells) + " |", flush=True)


def median_us(call, repeats=2001):
    """Median time of a call, microseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    return float(np.median(times)) / 1000


def one_neuron():
    """A chip of one neuron that is watched."""
    net = sm.Network("one neuron")
    net.input("in", 1)
    net.lif("out", 1, threshold_mantissa=100)
    net.connect("in", "out", 10)
    net.probe("out", "spike")
    return sm.Chip(net.compile())


def calls():
    """A call of one step: the whole, and without what Python does before and after."""
    chip = one_neuron()
    spike = np.ones((1, 1), np.uint8)
    native = chip._native
    whole = median_us(lambda: chip.run(1))
    inner = median_us(lambda: native.run(1, [], _PLAIN, None))
    with_spike = median_us(lambda: chip.run(1, spike))
    row("`chip.run(1)`, all of it (so that it costs at most that more than Rust)", f"{whole:.1f} us", "20 us")
    row("of this in the native half, with the step", f"{inner:.1f} us", "")
    row("`chip.run(1, spikes)`", f"{with_spike:.1f} us", "")


def by_command(*arguments):
    """What the command reports, as JSON."""
    call = [sys.argv[1], "--json", *arguments]
    return json.loads(subprocess.run(call, capture_output=True, check=True).stdout)


def in_turns(name, ours, theirs, wanted):
    """A row of two rates that are measured in turns, and the median of their ratios with its range."""
    both = []
    for pair in range(PAIRS):
        both.append([ours(), theirs()] if pair % 2 == 0 else [theirs(), ours()][::-1])
    python, command = np.median(both, axis=0)
    ratios = np.array([a / b for a, b in both])
    found = f"{np.median(ratios):.3f} ({ratios.min():.3f} to {ratios.max():.3f})"
    row(f"{name}: Python {python:,.0f}, command {command:,.0f}, in {PAIRS} pairs", found, wanted)


def bench_network():
    """W1 as the command has it."""
    return sm.Network._of(sm._seamount.bench_network("W1")).compile(ignore_limits=True)


def w1(image, steps=1_000_000):
    """Steps a second of W1, from Python and by the command."""

    def ours():
        chip = sm.Chip(image)
        chip.run(1000)
        start = time.perf_counter()
        chip.run(steps)
        return steps / (time.perf_counter() - start)

    def theirs():
        found = by_command("bench", "W1", "--steps", str(steps), "--repeats", "1")
        return next(value for key, value in found.items() if "steps_per_second" in key)

    in_turns("W1, steps a second", ours, theirs, "0.98 or more")


def recordings(image):
    """How long recordings take to become arrays."""
    run = sm.Chip(image.with_probes("neurons.voltage")).run(20_000)
    start = time.perf_counter()
    values = run["neurons.voltage"].values
    took = 1e3 * (time.perf_counter() - start)
    row(f"{values.nbytes / 1e6:.0f} MB of voltages as an array", f"{took:.2f} ms", "moved, not copied")
    run = sm.Chip(image.with_probes("neurons.spike")).run(20_000)
    start = time.perf_counter()
    values = run["neurons.spike"].values
    took = 1e3 * (time.perf_counter() - start)
    row(f"{values.size / 1e6:.0f} million spikes unpacked to bool", f"{took:.0f} ms", "")


def late_ms(image):
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


def interrupts(image):
    """How long Ctrl-C takes by the clock."""
    late = np.array([late_ms(image) for _ in range(50)])
    found = f"median {np.median(late):.1f} ms, longest {late.max():.1f} ms"
    row(f"Ctrl-C until its exception, {len(late)} times", found, "50 ms")


def lsnn(data):
    """2,000 images of sequential MNIST, from their files to their classes: as a batch, and by the command."""
    form = Path(__file__).parents[1] / "systems" / "src" / "lsnn" / "network.json"
    mnist = data / "mnist"

    def file(name, skip):
        return np.frombuffer(gzip.decompress((mnist / name).read_bytes())[skip:], np.uint8)

    def ours():
        with tempfile.TemporaryDirectory() as folder:
            for path in (form, *(data / "loihi-lsnn-smnist").glob("w_*.npy")):
                shutil.copy(path, folder)
            start = time.perf_counter()
            image = sm.open(Path(folder) / "network.json").compile()
        pictures = file("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:2000]
        labels = file("t10k-labels-idx1-ubyte.gz", 8)[:2000]
        shown = image.batch(
            pictures, labels, encode="level-crossing:levels=38,white=78,cue=79", steps=840,
            decode="voltage", output="output", threads=1,
        )
        assert shown.accuracy > 0.9
        return len(shown) / (time.perf_counter() - start)

    def theirs():
        start = time.perf_counter()
        by_command("lab", "lsnn-smnist", "--count", "2000", "--threads", "1")
        return 2000 / (time.perf_counter() - start)

    in_turns("`lsnn-smnist`, images a second", ours, theirs, "0.95 or more")


def main():
    """The whole table."""
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f} at the start\n")
    row("what", "measured", "wanted")
    row("---", "---", "---")
    image = bench_network()
    calls()
    w1(image)
    data = Path(os.environ.get("SEAMOUNT_DATA", ""))
    if (data / "loihi-lsnn-smnist").is_dir():
        lsnn(data)
    else:
        row("`lsnn-smnist`", "skipped: no SEAMOUNT_DATA", "0.95 or more")
    recordings(image)
    interrupts(image)


main()
