"""Tasks that processes of a sweep import, and a program that sweeps and can be killed."""

import os
import sys
import time
from pathlib import Path

import numpy as np

import seamount as sm


def spikes_of(threshold: int, decay: int, seed: int = 0) -> dict:
    """Spikes and energy of a small network."""
    net = sm.Network("point", seed=seed)
    drive = net.input("drive", 8)
    out = net.lif("out", 6, threshold_mantissa=threshold, voltage_decay=decay)
    net.connect(drive, out, np.random.default_rng(seed).integers(-10, 60, (8, 6)))
    net.probe(out, "spike")
    spikes = np.random.default_rng(seed + 1).random((50, 8)) < 0.2
    run = net.compile().run(50, spikes)
    return {"spikes": run.counts()["spikes"], "fj": run.energy("davies2018").dynamic_fj}


def accuracy_of(image, seed: int) -> float:
    """A sweep over data with one image."""
    samples = np.random.default_rng(seed).random((4, 10, 8)) < 0.3
    return image.batch(samples, [0, 1, 2, 3]).accuracy


def slow(index: int) -> int:
    """A point that takes a while."""
    time.sleep(0.05)
    return index * index


def square(index: int) -> int:
    """A point that takes no time."""
    return index * index


def bad(index: int) -> int:
    """Raises for one point."""
    if index == 2:
        raise RuntimeError("no two")
    return index


def kills_itself(index: int, folder: str) -> int:
    """Ends its own process: point 3 once, point 5 always."""
    once = Path(folder) / "once"
    if index == 5 or (index == 3 and not once.exists()):
        once.touch()
        os.kill(os.getpid(), 9)
    return index


if __name__ == "__main__":
    sm.sweep(slow, {"index": range(60)}, file=sys.argv[1], workers=2)
