"""Processes, variables, runs and monitors as in Lava's tutorials: a small recurrent network of
excitatory and inhibitory neurons that is driven by biases.

``main`` takes the names from ``seamount.lava``, or from Lava itself.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

EXCITATORY, INHIBITORY = 12, 4
STEPS = (20, 30)


def main(lava: Any) -> SimpleNamespace:
    """Spikes, currents and voltages of all steps, and the voltages in between and at the end."""
    rng = np.random.default_rng(11)
    size = EXCITATORY + INHIBITORY
    weights = rng.integers(0, 60, (size, size)) * (rng.random((size, size)) < 0.4)
    weights[:, EXCITATORY:] *= -3
    np.fill_diagonal(weights, 0)

    neurons = lava.LIF(
        shape=(size,), du=600, dv=150, vth=200, v=rng.integers(0, 5000, size),
        bias_mant=rng.integers(10, 60, size), bias_exp=6, name="neurons",
    )
    # even weights: those of mixed sign have no last bit
    recurrent = lava.Dense(weights=weights // 2 * 2, name="recurrent")
    neurons.s_out.connect(recurrent.s_in)
    recurrent.a_out.connect(neurons.a_in)

    total = sum(STEPS)
    spikes, voltages, currents = lava.Monitor(), lava.Monitor(), lava.Monitor()
    spikes.probe(neurons.s_out, total)
    voltages.probe(neurons.v, total)
    currents.probe(neurons.u, total)

    config = lava.Loihi2SimCfg(select_tag="fixed_pt")
    neurons.run(condition=lava.RunSteps(num_steps=STEPS[0]), run_cfg=config)
    between = neurons.v.get().copy()
    neurons.run(condition=lava.RunSteps(num_steps=STEPS[1]), run_cfg=config)
    found = SimpleNamespace(
        between=between,
        end=neurons.v.get().copy(),
        spikes=spikes.get_data()["neurons"]["s_out"].copy(),
        voltages=voltages.get_data()["neurons"]["v"].copy(),
        currents=currents.get_data()["neurons"]["u"].copy(),
    )
    neurons.stop()
    return found


if __name__ == "__main__":
    import seamount.lava

    found = main(seamount.lava)
    print(f"{int(found.spikes.sum())} spikes in {sum(STEPS)} steps; voltages at the end:")
    print(found.end)
