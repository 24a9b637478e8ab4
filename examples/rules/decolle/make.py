"""Input, network and reference of decolle.toml: the rule of DECOLLE, computed here in floats.

    python3 examples/rules/decolle/make.py FOLDER [SEEDS]

Kaiser, Mostafa, Neftci 2020: `dw = -eta error psi(U) P`, where P is the filtered spike train of the
source, U the membrane without resets, psi a box around the threshold, and error what a fixed random
readout of the layer sends back. Errors are drawn here: the rule is judged, not a task. Weights move
in every step, and membranes follow them, on either side by itself. Writes pre-N.csv, error-N.csv and
dw-N.npy for seeds 1 to SEEDS + 1 (the self-test takes the error of the next seed) and copies
net.json and decolle.toml beside them; `--network` writes net.json anew.
"""

import math
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import made  # noqa: E402

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
    rule = {
        "profile": "loihi1",
        "dw": "-4*2^-6*u0*x1*y1 + 4*2^-6*u0*x1*y2",
        "x1": {"impulse": RISE, "tau": 20},
        "y1": written,
        "y2": written,
    }
    return made.plastic("decolle", SOURCES, TARGETS, rule, PROGRAM, initial(), "error")


def one(folder, seed):
    """Spikes, errors and the changes that they make, of one seed."""
    draw = random.Random(seed)
    waves = made.waves(draw, TARGETS)
    sources = [
        (draw.uniform(0.01, 0.05), draw.random() * math.tau, draw.uniform(150, 500))
        for _ in range(SOURCES)
    ]
    weights = [[float(w) for w in row] for row in initial()]
    activity = [0.0] * SOURCES
    membrane = [0.0] * TARGETS
    spikes, told = [], []
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
    made.write(folder, seed, spikes, ("error", told), change)


made.main(__file__, one, network)
