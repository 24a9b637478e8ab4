"""Input and reference of pes.toml: the prescribed error sensitivity rule, computed here.

    python3 examples/rules/pes/make.py FOLDER [SEEDS]

MacNeil, Eliasmith 2011: `dw = kappa a E`, where a is the filtered activity of the source and E the
error of the target. Writes pre-N.csv, error-N.csv and dw-N.npy for seeds 1 to SEEDS + 1 (the
self-test takes the error of the next seed) and copies net.json and pes.toml beside them.
"""

import math
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import made  # noqa: E402

SOURCES = 40
TARGETS = 3
STEPS = 2000
KEEP = math.exp(-1 / 20)
RISE = 8
KAPPA = 1 / 128


def one(folder, seed):
    """Spikes, errors and the changes that they make, of one seed."""
    draw = random.Random(seed)
    errors = made.waves(draw, TARGETS)
    sources = [
        (draw.uniform(0.005, 0.06), draw.random() * math.tau, draw.uniform(150, 500))
        for _ in range(SOURCES)
    ]
    activity = [0.0] * SOURCES
    change = [0.0] * (SOURCES * TARGETS)
    spikes, told = [], []
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
    made.write(folder, seed, spikes, ("error", told), change)


made.main(__file__, one)
