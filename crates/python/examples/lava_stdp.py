"""STDP as in Lava's tutorial on learning: weights rise where a source fires before its target
does, and fall where it fires after it.

``main`` takes the names from ``seamount.lava``, or from Lava itself.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

SOURCES, STEPS = 16, 400


def rasters() -> tuple[np.ndarray, np.ndarray]:
    """Spikes of sources (SOURCES, STEPS) and of the teacher (1, STEPS).

    Source k fires k - 8 steps after the teacher, half of the times, and at random besides.
    """
    rng = np.random.default_rng(3)
    teacher = np.zeros((1, STEPS), int)
    teacher[0, 30::40] = 1
    pre = rng.random((SOURCES, STEPS)) < 0.004
    for at in np.flatnonzero(teacher[0]):
        for source in range(SOURCES):
            when = at + 2 * (source - SOURCES // 2)
            if 0 <= when < STEPS and rng.random() < 0.5:
                pre[source, when] = True
    return pre.astype(int), teacher


def main(lava: Any, *, sign: int = 1, seed: int = 0, lead: int = 0) -> SimpleNamespace:
    """Weights (steps, 1, sources), spikes of the target (steps, 1), traces.

    The chip counts a spike of a source when it arrives, Lava when it is sent, a step before:
    ``lead`` sends all spikes of sources so many steps earlier.
    """
    pre, post = rasters()
    pre = np.concatenate([pre[:, lead:], np.zeros((SOURCES, lead), int)], axis=1)
    rule = lava.STDPLoihi(
        learning_rate=1, A_plus=sign, A_minus=-sign, tau_plus=10, tau_minus=10, t_epoch=1,
        rng_seed=seed,
    )
    sources, teacher = lava.Source(data=pre), lava.Source(data=post)
    plastic = lava.LearningDense(
        weights=np.full((1, SOURCES), 50), learning_rule=rule, name="plastic"
    )
    drive = lava.Dense(weights=np.full((1, 1), 254), weight_exp=4)
    # only the teacher takes the target over its threshold
    target = lava.LIF(shape=(1,), du=4095, dv=4095, vth=3000, name="target")
    sources.s_out.connect(plastic.s_in)
    plastic.a_out.connect(target.a_in)
    teacher.s_out.connect(drive.s_in)
    drive.a_out.connect(target.a_in)
    target.s_out.connect(plastic.s_in_bap)

    monitors = {}
    for name in ("weights", "x1", "y1"):
        monitors[name] = lava.Monitor()
        monitors[name].probe(getattr(plastic, name), STEPS)
    spikes = lava.Monitor()
    spikes.probe(target.s_out, STEPS)

    target.run(condition=lava.RunSteps(num_steps=STEPS),
               run_cfg=lava.Loihi2SimCfg(select_tag="fixed_pt"))
    found = SimpleNamespace(
        spikes=spikes.get_data()["target"]["s_out"].copy(),
        **{name: each.get_data()["plastic"][name].copy() for name, each in monitors.items()},
    )
    target.stop()
    return found


if __name__ == "__main__":
    import seamount.lava

    found = main(seamount.lava)
    print("lag of a source behind its target, steps, and its weight, which was 50")
    for source in range(SOURCES):
        print(f"{2 * (source - SOURCES // 2):4} {int(found.weights[-1, 0, source]):4}")
