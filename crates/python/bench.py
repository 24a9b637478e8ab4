"""Times of calls from Python, beside the command's: python crates/python/bench.py [seamount]

The argument is the path of the command, whose `bench W1` is run for comparison.
"""

import json
import subprocess
import sys
import time

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


best, middle = steps_a_second(image)
print(f"W1 from Python             {best:,.0f} steps/s at best, median {middle:,.0f}")
if len(sys.argv) > 1:
    call = [sys.argv[1], "bench", "W1", "--steps", "100000", "--json"]
    found = json.loads(subprocess.run(call, capture_output=True, check=True).stdout)
    print("W1 by the command         ", {k: v for k, v in found.items() if "steps" in k})
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
