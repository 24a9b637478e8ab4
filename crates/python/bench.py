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
if len(sys.argv) > 1:
    found = subprocess.run([sys.argv[1], "bench", "W1", "--json"], capture_output=True, check=True)
    print(json.dumps(json.loads(found.stdout), indent=1)[:1500])
