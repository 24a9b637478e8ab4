"""Files of a network that is judged against numbers of its own: what the make.py of each folder share.

A folder has net.json, NAME.toml and make.py, which draws input, computes the changes of the weights
and writes pre-N.csv, its signal and dw-N.npy for seeds 1 to SEEDS + 1: the self-test takes the signal
of the next seed.
"""

import json
import math
import pathlib
import shutil
import struct
import sys


def waves(draw, count):
    """Phase and period of slow waves."""
    return [(draw.random() * math.tau, draw.uniform(150, 500)) for _ in range(count)]


def wave(step, phase, period):
    """A wave at a step, -1 to 1."""
    return math.sin(math.tau * step / period + phase)


def table(path, lines, payload=False):
    """Spikes as a file: step,input,neuron and, of graded ones, payload."""
    head = "step,input,neuron,payload" if payload else "step,input,neuron"
    path.write_text("\n".join([head, *lines]) + "\n")


def array(path, values):
    """Numbers as a .npy file of one axis."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(values)},), }}"
    header = header.ljust(117) + "\n"
    data = struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}d", *values)
    path.write_bytes(b"\x93NUMPY\x01\x00" + data)


def write(folder, seed, spikes, signal, change):
    """The files of one seed; `signal` is the name of an input and its graded spikes."""
    name, told = signal
    table(folder / f"pre-{seed}.csv", spikes)
    table(folder / f"{name}-{seed}.csv", told, payload=True)
    array(folder / f"dw-{seed}.npy", change)


def plastic(name, sources, targets, rule, program, weights, signal, sign_mode="mixed"):
    """A network: sources with plastic synapses onto neurons of a program, a signal for each neuron."""
    return {
        "format": "seamount-netlist",
        "version": 1,
        "name": name,
        "programs": [{"name": name, "text": program}],
        "inputs": [{"name": "pre", "size": sources}, {"name": signal, "size": targets}],
        "populations": [
            {"name": "layer", "size": targets, "program": {"name": name, "ports": 2}}
        ],
        "projections": [
            {
                "name": "teach",
                "source": signal,
                "target": "layer.feedback",
                "connectivity": {"kind": "one_to_one", "weights": 1},
            },
            {
                "name": "learns",
                "source": "pre",
                "target": "layer",
                "learning": name,
                "precision": {"kind": "format", "sign_mode": sign_mode, "weight_bits": 8},
                "connectivity": {"kind": "dense", "weights": weights},
            },
        ],
        "learning_rules": [{"name": name, **rule}],
    }


def main(here, one, network=None):
    """`make.py FOLDER [SEEDS]` writes the files of all seeds; `make.py --network` net.json anew."""
    here = pathlib.Path(here).parent
    if network and sys.argv[1] == "--network":
        (here / "net.json").write_text(json.dumps(network(), indent=1) + "\n")
        return
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    for seed in range(1, seeds + 2):
        one(folder, seed)
    for name in ("net.json", f"{here.name}.toml"):
        if (here / name).resolve() != (folder / name).resolve():
            shutil.copy(here / name, folder / name)
