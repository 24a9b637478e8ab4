"""Eligibility of adaptive neurons, exact and as a chip may keep it: cosines of whole gradients.

python3 docs/decisions/alif-eligibility.py [SEED [SAMPLES]]      (needs numpy)

The network of `seamount lab eprop-evidence` at its initial weights, its task, and the e-prop
gradient of an error against +-0.5 in the recall, summed over samples, with
  exact      eps <- rho eps + e, rho = exp(-1/2000)
  2048       the same with a decay of 1/2048 a step, as 2^-7 every 16 steps is in the mean
  2048, 127  the same, eps limited to what a tag of 7 bits holds
  no decay   eps <- eps + e
  no eps     e = psi zbar: no second variable at all
Rows of the ALIF neurons only; those of LIF neurons are equal.
"""

import sys

import numpy as np

N, INPUTS, STEPS, RECALL = 100, 40, 2250, 150
THRESHOLD, REFRACTORY = 0.6, 5
ALPHA, RHO, KAPPA = np.exp(-1 / 20), np.exp(-1 / 2000), np.exp(-1 / 20)
# what an integer of the tag stands for: 0.45 of psi times 1 of zbar
TAG = 0.45
BETA = np.zeros(N)
BETA[N // 2 :] = 1.7 * (1 - RHO) / (1 - ALPHA)
WAYS = {
    "exact": lambda eps, e: RHO * eps + e,
    "2048": lambda eps, e: (1 - 1 / 2048) * eps + e,
    "2048, 127": lambda eps, e: np.minimum((1 - 1 / 2048) * eps + e, 127 * TAG),
    "no decay": lambda eps, e: eps + e,
    "no eps": None,
}


def sample(rng):
    """Input spikes by step, and the class."""
    side_one = 0.3 if rng.random() < 0.5 else 0.7
    cues = (rng.random(7) < side_one).astype(int)
    chance = np.zeros((STEPS, INPUTS))
    for index, side in enumerate(cues):
        start = index * 150 + 50
        chance[start : start + 100, side * 10 : side * 10 + 10] = 0.04
    chance[STEPS - RECALL :, 20:30] = 0.04
    chance[:, 30:] = 0.01
    return (rng.random((STEPS, INPUTS)) < chance).astype(float), int(2 * cues.sum() > 7)


def gradients(rng, samples):
    """The summed gradient of every way."""
    w_in = rng.normal(size=(N, INPUTS)) / np.sqrt(INPUTS)
    w_rec = rng.normal(size=(N, N)) / np.sqrt(N)
    np.fill_diagonal(w_rec, 0)
    limit = np.sqrt(6 / (N + 2))
    w_out = rng.uniform(-limit, limit, (2, N))
    back = rng.normal(size=(N, 2))
    sums = {way: np.zeros((N, INPUTS + N)) for way in WAYS}
    for _ in range(samples):
        spikes, right = sample(rng)
        v, a, z, wait, y = np.zeros(N), np.zeros(N), np.zeros(N), np.zeros(N), np.zeros(2)
        before_in, before_rec = np.zeros(INPUTS), np.zeros(N)
        eps = {way: np.zeros((N, INPUTS + N)) for way in WAYS}
        filtered = {way: np.zeros((N, INPUTS + N)) for way in WAYS}
        wanted = np.where(np.arange(2) == right, 0.5, -0.5)
        for t in range(STEPS):
            v = ALPHA * v + w_in @ spikes[t] + w_rec @ z - THRESHOLD * z
            a = RHO * a + z
            before_in = ALPHA * before_in + spikes[t]
            before_rec = ALPHA * before_rec + z
            before = np.concatenate([before_in, before_rec])
            wait = np.maximum(wait - 1, 0)
            distance = v - THRESHOLD - BETA * a
            open_by = np.maximum(0, 1 - np.abs(distance) / THRESHOLD)
            psi = np.where(wait > 0, 0, 0.3 / THRESHOLD * open_by)
            z = ((distance >= 0) & (wait == 0)).astype(float)
            wait = np.where(z > 0, REFRACTORY, wait)
            y = KAPPA * y + (1 - KAPPA) * (w_out @ z)
            first = np.outer(psi, before)
            for way, follow in WAYS.items():
                e = first
                if follow:
                    e = first - (psi * BETA)[:, None] * eps[way]
                    eps[way] = follow(eps[way], e)
                filtered[way] = KAPPA * filtered[way] + e
            if t >= STEPS - RECALL:
                signal = back @ (y - wanted)
                for way in WAYS:
                    sums[way] += signal[:, None] * filtered[way]
    return sums


def main():
    seed, samples = ([int(x) for x in sys.argv[1:]] + [1, 6][len(sys.argv) - 1 :])[:2]
    sums = gradients(np.random.default_rng(seed), samples)
    print("way         w_in    w_rec   size of w_in, w_rec")
    for way in list(WAYS)[1:]:
        cosines, sizes = [], []
        for columns in (slice(0, INPUTS), slice(INPUTS, None)):
            ours, exact = sums[way][N // 2 :, columns], sums["exact"][N // 2 :, columns]
            norms = np.linalg.norm(ours), np.linalg.norm(exact)
            cosines.append((ours * exact).sum() / (norms[0] * norms[1]))
            sizes.append(norms[0] / norms[1])
        print(f"{way:10} {cosines[0]:7.3f} {cosines[1]:7.3f}   {sizes[0]:5.2f}, {sizes[1]:5.2f}")


main()
