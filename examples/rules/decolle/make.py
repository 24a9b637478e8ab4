"""Input, network and reference of decolle.toml: the rule of DECOLLE, computed here in floats.

    python3 examples/rules/decolle/make.py FOLDER [SEEDS]

Kaiser, Mostafa, Neftci 2020: `dw = -eta error psi(U) P`, where P is the filtered spike train of the
source, U the membrane without resets, psi a box around the threshold, and error what a fixed random
readout of the layer sends back. Errors are drawn here: the rule is judged, not a task. Weights move
in every step, and membranes follow them, on either side by itself. Writes pre-N.csv, error-N.csv and
dw-N.npy for seeds 1 to SEEDS + 1 (the self-test takes the error of the next seed) and copies
net.json and decolle.toml beside them; `--network` writes net.json anew.
"""

import json
import math
import pathlib
import random
import shutil
import struct
import sys

SOURCES = 40
TARGETS = 6
STEPS = 2000
KEEP = math.exp(-1 / 20)
RISE = 8
ETA = 1 / 128
THETA = 60
WIDTH = 100

PROGRAM = f"""; A membrane without resets, and its error where the membrane is near the threshold: y1 where the
; error is positive, y2 where it is negative.
.program decolle
.state v
.probe membrane error
.param shared keep = 3896
.param shared minus_theta = {-THETA}
.param shared width = {WIDTH}

 RDC r0, s0
 MOV r1, v
 MUL_SHR r1, r1, keep, 12
 ADDS r1, r1, r0
 RMW _, v, r1
 PROBE membrane, r1
 RDC r5, s1
 ADDS r2, r1, minus_theta
 NEG r3, r2
 LT r2, width
 SEL r5, r5, 0
 LT r3, width
 SEL r5, r5, 0
 PROBE error, r5
 TRC 1, r5
 NEG r5, r5
 TRC 2, r5
"""


def initial():
    """Weights before learning, the same for all seeds; even, as mixed weights are."""
    draw = random.Random(0)
    weights = [[2 * round(draw.gauss(0, 15)) or 2 for _ in range(TARGETS)] for _ in range(SOURCES)]
    return weights


def network():
    """The network as a file."""
    written = {"impulse": 0, "written": True}
    return {
        "format": "seamount-netlist",
        "version": 1,
        "name": "decolle",
        "programs": [{"name": "decolle", "text": PROGRAM}],
        "inputs": [{"name": "pre", "size": SOURCES}, {"name": "error", "size": TARGETS}],
        "populations": [
            {"name": "layer", "size": TARGETS, "program": {"name": "decolle", "ports": 2}}
        ],
        "projections": [
            {
                "name": "teach",
                "source": "error",
                "target": "layer.feedback",
                "connectivity": {"kind": "one_to_one", "weights": 1},
            },
            {
                "name": "learns",
                "source": "pre",
                "target": "layer",
                "learning": "decolle",
                "precision": {"kind": "format", "sign_mode": "mixed", "weight_bits": 8},
                "connectivity": {"kind": "dense", "weights": initial()},
            },
        ],
        "learning_rules": [
            {
                "name": "decolle",
                "profile": "loihi1",
                "dw": "-4*2^-6*u0*x1*y1 + 4*2^-6*u0*x1*y2",
                "x1": {"impulse": RISE, "tau": 20},
                "y1": written,
                "y2": written,
            }
        ],
    }


def one(folder, seed):
    """Spikes, errors and the changes that they make, of one seed."""
    draw = random.Random(seed)
    waves = [(draw.random() * math.tau, draw.uniform(150, 500)) for _ in range(TARGETS)]
    sources = [
        (draw.uniform(0.01, 0.05), draw.random() * math.tau, draw.uniform(150, 500))
        for _ in range(SOURCES)
    ]
    weights = [[float(w) for w in row] for row in initial()]
    activity = [0.0] * SOURCES
    membrane = [0.0] * TARGETS
    spikes = ["step,input,neuron"]
    told = ["step,input,neuron,payload"]
    for step in range(STEPS):
        error = [
            round(3.5 * math.sin(math.tau * step / period + phase) + draw.gauss(0, 0.7))
            for phase, period in waves
        ]
        told += [f"{step},error,{target},{e}" for target, e in enumerate(error) if e]
        fired = []
        for source, (rate, phase, period) in enumerate(sources):
            now = rate * (1 + math.sin(math.tau * step / period + phase))
            fires = draw.random() < now
            activity[source] = activity[source] * KEEP + RISE * fires
            if fires:
                spikes.append(f"{step},pre,{source}")
                fired.append(source)
        for target in range(TARGETS):
            membrane[target] *= KEEP
            membrane[target] += sum(weights[source][target] for source in fired)
            if abs(membrane[target] - THETA) < WIDTH and error[target]:
                for source in range(SOURCES):
                    weights[source][target] -= ETA * activity[source] * error[target]
    start = initial()
    change = [
        weights[source][target] - start[source][target]
        for source in range(SOURCES)
        for target in range(TARGETS)
    ]
    (folder / f"pre-{seed}.csv").write_text("\n".join(spikes) + "\n")
    (folder / f"error-{seed}.csv").write_text("\n".join(told) + "\n")
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(change)},), }}"
    header = header.ljust(117) + "\n"
    array = struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(change)}d", *change)
    (folder / f"dw-{seed}.npy").write_bytes(b"\x93NUMPY\x01\x00" + array)


def main():
    here = pathlib.Path(__file__).parent
    if sys.argv[1] == "--network":
        (here / "net.json").write_text(json.dumps(network(), indent=1) + "\n")
        return
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    for seed in range(1, seeds + 2):
        one(folder, seed)
    for name in ("net.json", "decolle.toml"):
        if (here / name).resolve() != (folder / name).resolve():
            shutil.copy(here / name, folder / name)


main()
