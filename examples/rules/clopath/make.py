"""Input, network and reference of clopath.toml: voltage-based plasticity, computed here in floats.

    python3 examples/rules/clopath/make.py FOLDER [SEEDS]

Clopath, Buesing, Vasilaki, Gerstner 2010: a spike of the source depresses by
`A_LTD [u_minus - theta_minus]+`; in every step the filtered spike train x of the source potentiates
by `A_LTP x [u - theta_plus]+ [u_plus - theta_minus]+`. u is the membrane with its spike, u_minus and
u_plus are low passes of it. Membranes are driven by a current of their own (`drive`) and by the
weights that learn; both sides follow them by themselves.
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
KEEP_V, KEEP_MINUS, KEEP_PLUS, KEEP_X = (math.exp(-1 / tau) for tau in (20, 10, 7, 15))
RISE = 8
FIRE = 1500
THETA_MINUS = 200
THETA_PLUS = 500
# a spike of the source: 2^-3 of u_minus in 16ths; a step: 2^-8 of x times u u_plus in 2^14ths
A_LTD = 1 / 8 / 16
A_LTP = 1 / 256 / 16384

PROGRAM = f"""; A membrane, its spike, and two low passes of it: y1 is the depression of a source's spike, y2 the
; potentiation of a step. Low passes are those of the steps before.
.program clopath
.spike binary
.state v minus plus
.probe u depression potentiation
.param shared keep_v = {round(KEEP_V * 4096)}
.param shared keep_minus = {round(KEEP_MINUS * 4096)}
.param shared keep_plus = {round(KEEP_PLUS * 4096)}
.param shared rest_minus = {4096 - round(KEEP_MINUS * 4096)}
.param shared rest_plus = {4096 - round(KEEP_PLUS * 4096)}
.param shared theta_minus = -{THETA_MINUS}
.param shared theta_plus = -{THETA_PLUS}
.param shared half_minus = 8
.param shared half_plus = 8192
.param shared fire = -{FIRE}

 RDC r0, s0
 RDC r1, s1
 MOV r2, v
 MUL_SHR r2, r2, keep_v, 12
 ADDS r2, r2, r0, r1
 PROBE u, r2
; depression
 MOV r3, minus
 ADDS r3, r3, theta_minus
 LT r3, 0
 SEL r3, 0, r3
 ADDS r3, r3, half_minus
 MUL_SHR r3, r3, 1, 4
 MIN r3, r3, 127
 PROBE depression, r3
 TRC 1, r3
; potentiation
 ADDS r4, r2, theta_plus
 LT r4, 0
 SEL r4, 0, r4
 MOV r5, plus
 ADDS r5, r5, theta_minus
 LT r5, 0
 SEL r5, 0, r5
 MUL_SHR r4, r4, r5, 0
 ADDS r4, r4, half_plus
 MUL_SHR r4, r4, 1, 14
 MIN r4, r4, 127
 PROBE potentiation, r4
 TRC 2, r4
; low passes
 MOV r6, minus
 MUL_SHR r6, r6, keep_minus, 12
 MUL_SHR r7, r2, rest_minus, 12
 ADDS r6, r6, r7
 RMW _, minus, r6
 MOV r6, plus
 MUL_SHR r6, r6, keep_plus, 12
 MUL_SHR r7, r2, rest_plus, 12
 ADDS r6, r6, r7
 RMW _, plus, r6
; spike and reset
 ADDS r8, r2, fire
 LT r8, 0
 SEL r2, r2, 0
 RMW _, v, r2
 SKP_C 1
 SPIKE
"""


def initial():
    """Weights before learning, the same for all seeds."""
    draw = random.Random(0)
    return [[draw.randrange(40, 120) for _ in range(TARGETS)] for _ in range(SOURCES)]


def network():
    """The network as a file."""
    written = {"impulse": 0, "written": True}
    rule = {
        "profile": "loihi1",
        # of a product of two traces an eighth counts (LE-005)
        "dw": "-2^-3*x0*y1 + 2*2^-6*u0*x1*y2",
        "x1": {"impulse": RISE, "tau": 15},
        "y1": written,
        "y2": written,
    }
    return made.plastic(
        "clopath", SOURCES, TARGETS, rule, PROGRAM, initial(), "drive", sign_mode="excitatory"
    )


def one(folder, seed):
    """Spikes, currents and the changes that they make, of one seed."""
    draw = random.Random(seed)
    drives = made.waves(draw, TARGETS)
    rates = [draw.uniform(0.003, 0.012) for _ in range(SOURCES)]
    sources = made.waves(draw, SOURCES)
    start = initial()
    weights = [[float(w) for w in row] for row in start]
    x = [0.0] * SOURCES
    v, minus, plus = [0.0] * TARGETS, [0.0] * TARGETS, [0.0] * TARGETS
    spikes, told = [], []
    for step in range(STEPS):
        current = [round(18 * made.wave(step, *own) + draw.gauss(0, 25)) for own in drives]
        told += [f"{step},drive,{target},{c}" for target, c in enumerate(current) if c]
        fired = []
        for source in range(SOURCES):
            x[source] *= KEEP_X
            if draw.random() < rates[source] * (1 + made.wave(step, *sources[source])):
                spikes.append(f"{step},pre,{source}")
                fired.append(source)
                x[source] += RISE
        for target in range(TARGETS):
            u = v[target] * KEEP_V + current[target]
            u += sum(weights[source][target] for source in fired)
            depression = max(0.0, minus[target] - THETA_MINUS)
            potentiation = max(0.0, u - THETA_PLUS) * max(0.0, plus[target] - THETA_MINUS)
            minus[target] = KEEP_MINUS * minus[target] + (1 - KEEP_MINUS) * u
            plus[target] = KEEP_PLUS * plus[target] + (1 - KEEP_PLUS) * u
            v[target] = 0.0 if u >= FIRE else u
            for source in range(SOURCES):
                change = A_LTP * x[source] * potentiation
                change -= A_LTD * depression * (source in fired)
                weights[source][target] = min(255.0, max(0.0, weights[source][target] + change))
    change = [
        weights[source][target] - start[source][target]
        for source in range(SOURCES)
        for target in range(TARGETS)
    ]
    made.write(folder, seed, spikes, ("drive", told), change)


made.main(__file__, one, network)
