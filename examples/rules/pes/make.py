"""Input and reference of pes.toml: the prescribed error sensitivity rule, computed here.

    python3 examples/rules/pes/make.py FOLDER [SEEDS]

MacNeil, Eliasmith 2011: `dw = kappa a E`, where a is the filtered activity of the source and E the
error of the target. Writes pre-N.csv, error-N.csv and dw-N.npy for seeds 1 to SEEDS + 1 (the
self-test takes the error of the next seed) and copies net.json and pes.toml beside them.
"""

import math
import pathlib
import random
import shutil
import struct
import sys

SOURCES = 40
TARGETS = 3
STEPS = 2000
KEEP = math.exp(-1 / 20)
RISE = 8
KAPPA = 1 / 128


def one(folder, seed):
    """Spikes, errors and the changes that they make, of one seed."""
    draw = random.Random(seed)
    errors = [(draw.random() * math.tau, draw.uniform(150, 500)) for _ in range(TARGETS)]
    sources = [
        (draw.uniform(0.005, 0.06), draw.random() * math.tau, draw.uniform(150, 500))
        for _ in range(SOURCES)
    ]
    activity = [0.0] * SOURCES
    change = [0.0] * (SOURCES * TARGETS)
    spikes = ["step,input,neuron"]
    told = ["step,input,neuron,payload"]
    for step in range(STEPS):
        error = [
            round(3 * math.sin(math.tau * step / period + phase) + draw.gauss(0, 0.7))
            for phase, period in errors
        ]
        for source, (rate, phase, period) in enumerate(sources):
            now = rate * (1 + math.sin(math.tau * step / period + phase))
            fires = draw.random() < now
            activity[source] = activity[source] * KEEP + RISE * fires
            if fires:
                spikes.append(f"{step},pre,{source}")
            for target in range(TARGETS):
                change[source * TARGETS + target] += KAPPA * activity[source] * error[target]
        told += [f"{step},error,{target},{e}" for target, e in enumerate(error) if e]
    (folder / f"pre-{seed}.csv").write_text("\n".join(spikes) + "\n")
    (folder / f"error-{seed}.csv").write_text("\n".join(told) + "\n")
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(change)},), }}"
    header = header.ljust(117) + "\n"
    array = struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(change)}d", *change)
    (folder / f"dw-{seed}.npy").write_bytes(b"\x93NUMPY\x01\x00" + array)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    for seed in range(1, seeds + 2):
        one(folder, seed)
    here = pathlib.Path(__file__).parent
    for name in ("net.json", "pes.toml"):
        if (here / name).resolve() != (folder / name).resolve():
            shutil.copy(here / name, folder / name)


main()
