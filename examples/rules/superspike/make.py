"""Input, network and reference of superspike.toml: the rule of SuperSpike, computed here in floats.

    python3 examples/rules/superspike/make.py FOLDER [SEEDS]

Zenke, Ganguli 2018: `dw = r e (alpha * (sigma'(U) (eps * S)))`, where eps * S is the filtered spike
train of the source, U the membrane, sigma' the derivative of a fast sigmoid, 1 / (1 + |beta (U -
theta)|)^2, alpha a filter of its own and e the error of the target, filtered likewise. Errors are
drawn here: the rule is judged, not a task. The paper's filters rise and fall, by two time constants
each; here both have one, as the chip's do, and its normaliser of each neuron's rate is left out.
Weights move in every step, and membranes follow them, on either side by itself.
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
# t of the chip loses 2^-5 of itself in a step
KEEP_T = 1 - 1 / 32
RISE = 8
THETA = 100
# sigma' falls to a quarter at this distance
BETA = 1 / 60
# of y1 16 is sigma' = 1; x1 y1 counts 2^-5, t 2^-7
ETA = 1 / 128
GAIN = 16 / 32

PROGRAM = f"""; A membrane with its spike and reset, sigma' as three straight lines in y1, the error in y2 and y3.
.program superspike
.spike binary
.state v
.probe u sigma
.param shared keep = {round(KEEP * 4096)}
.param shared minus_theta = -{THETA}

 RDC r0, s0
 MOV r1, v
 MUL_SHR r1, r1, keep, 12
 ADDS r1, r1, r0
 PROBE u, r1
 ADDS r2, r1, minus_theta
; spike and reset
 LT r2, 0
 SEL r3, r1, 0
 RMW _, v, r3
 SKP_C 1
 SPIKE
; distance from the threshold
 NEG r4, r2
 LT r2, 0
 SEL r4, r4, r2
; 16 - 0.28 h, 8 - 0.075 h, 3 - 0.011 h: what is highest, and not below 0
 MUL_SHR r5, r4, 73, 8
 NEG r5, r5
 ADD r5, r5, 16
 MUL_SHR r6, r4, 19, 8
 NEG r6, r6
 ADD r6, r6, 8
 LT r5, r6
 SEL r5, r6, r5
 MUL_SHR r6, r4, 3, 8
 NEG r6, r6
 ADD r6, r6, 3
 LT r5, r6
 SEL r5, r6, r5
 LT r5, 0
 SEL r5, 0, r5
 PROBE sigma, r5
 TRC 1, r5
 RDC r7, s1
 TRC 2, r7
 NEG r7, r7
 TRC 3, r7
"""


def initial():
    """Weights before learning, the same for all seeds; even, as mixed weights are."""
    draw = random.Random(0)
    return [[2 * round(draw.gauss(8, 20)) or 2 for _ in range(TARGETS)] for _ in range(SOURCES)]


def network():
    """The network as a file."""
    written = {"impulse": 0, "written": True}
    rule = {
        "profile": "wide",
        # in `loihi1` products of a trace and the tag are cut downward in every step: two thirds of a
        # change arrive, and all weights sink
        "dt": "2^-5*u0*x1*y1 - 2^-5*u0*t",
        "dw": "2^-7*u0*y3*t - 2^-7*u0*y2*t",
        "x1": {"impulse": RISE, "tau": 20},
        "y1": written,
        "y2": written,
        "y3": written,
    }
    return made.plastic("superspike", SOURCES, TARGETS, rule, PROGRAM, initial(), "error")


def one(folder, seed):
    """Spikes, errors and the changes that they make, of one seed."""
    draw = random.Random(seed)
    errors = made.waves(draw, TARGETS)
    rates = [draw.uniform(0.005, 0.03) for _ in range(SOURCES)]
    sources = made.waves(draw, SOURCES)
    start = initial()
    weights = [[float(w) for w in row] for row in start]
    filtered = [0.0] * SOURCES
    tags = [[0.0] * TARGETS for _ in range(SOURCES)]
    v = [0.0] * TARGETS
    spikes, told = [], []
    for step in range(STEPS):
        error = [round(2.5 * made.wave(step, *own) + draw.gauss(0, 0.7)) for own in errors]
        told += [f"{step},error,{target},{e}" for target, e in enumerate(error) if e]
        fired = []
        for source in range(SOURCES):
            filtered[source] *= KEEP
            if draw.random() < rates[source] * (1 + made.wave(step, *sources[source])):
                spikes.append(f"{step},pre,{source}")
                fired.append(source)
                filtered[source] += RISE
        for target in range(TARGETS):
            u = v[target] * KEEP + sum(weights[source][target] for source in fired)
            v[target] = 0.0 if u >= THETA else u
            sigma = GAIN / (1 + BETA * abs(u - THETA)) ** 2
            for source in range(SOURCES):
                # the tag of a step meets the error of the same step, as it was before the step
                change = -ETA * error[target] * tags[source][target]
                tags[source][target] *= KEEP_T
                tags[source][target] += filtered[source] * sigma
                weights[source][target] = min(254.0, max(-256.0, weights[source][target] + change))
    change = [
        weights[source][target] - start[source][target]
        for source in range(SOURCES)
        for target in range(TARGETS)
    ]
    made.write(folder, seed, spikes, ("error", told), change)


made.main(__file__, one, network)
