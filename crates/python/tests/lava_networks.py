"""Networks of Lava's processes that the examples do not have; names as in the examples."""

from types import SimpleNamespace
from typing import Any

import numpy as np

STEPS = 40


def spikes_into(lava: Any, connection: Any, shape: tuple, rate: float) -> Any:
    """Random spikes through a connection into neurons; their voltages and spikes."""
    rng = np.random.default_rng(2)
    inputs = connection.s_in.shape
    source = lava.Source(data=(rng.random((*inputs, STEPS // 2)) < rate).astype(int))
    neurons = lava.LIF(shape=shape, du=1000, dv=300, vth=250, name="neurons")
    source.s_out.connect(connection.s_in)
    connection.a_out.connect(neurons.a_in)
    voltages, spikes = lava.Monitor(), lava.Monitor()
    voltages.probe(neurons.v, STEPS)
    spikes.probe(neurons.s_out, STEPS)
    neurons.run(
        condition=lava.RunSteps(num_steps=STEPS), run_cfg=lava.Loihi2SimCfg(select_tag="fixed_pt")
    )
    found = SimpleNamespace(
        voltages=voltages.get_data()["neurons"]["v"].copy(),
        spikes=spikes.get_data()["neurons"]["s_out"].copy(),
    )
    neurons.stop()
    return found


def weights(kind: str) -> np.ndarray:
    """(5, 7): odd ones and ones beyond the range among them."""
    rng = np.random.default_rng(4)
    low, high = {"mixed": (-90, 120), "excitatory": (0, 40), "inhibitory": (-100, 1)}[kind]
    table = rng.integers(low, high, (5, 7))
    table[0, 0] = 400 if kind == "excitatory" else -400
    return table


def dense(lava: Any, kind: str = "mixed", **options: Any) -> Any:
    """All to all."""
    connection = lava.Dense(weights=weights(kind), **options)
    return spikes_into(lava, connection, (5,), 0.3)


def delayed(lava: Any) -> Any:
    """Every synapse with a delay of its own."""
    delays = np.random.default_rng(6).integers(0, 9, (5, 7))
    connection = lava.DelayDense(weights=weights("mixed"), delays=delays)
    return spikes_into(lava, connection, (5,), 0.3)


def sparse(lava: Any) -> Any:
    """By a sparse matrix."""
    from scipy.sparse import csr_matrix

    table = weights("mixed") * (np.random.default_rng(7).random((5, 7)) < 0.5)
    return spikes_into(lava, lava.Sparse(weights=csr_matrix(table)), (5,), 0.4)


def convolution(lava: Any) -> Any:
    """A convolution with padding, stride and two channels on either side."""
    # even weights: Lava's fixed-point convolution cuts none, and a chip cannot hold odd ones
    kernel = np.random.default_rng(8).integers(-30, 45, (2, 3, 2, 2)) * 2
    connection = lava.Conv(weight=kernel, input_shape=(7, 6, 2), padding=(1, 0), stride=(2, 1))
    return spikes_into(lava, connection, connection.a_out.shape, 0.3)


ALL = {
    "dense": dense,
    "dense-excitatory": lambda lava: dense(lava, "excitatory"),
    "dense-inhibitory": lambda lava: dense(lava, "inhibitory"),
    "dense-exponent": lambda lava: dense(lava, weight_exp=2),
    "dense-6-bits": lambda lava: dense(lava, num_weight_bits=6),
    "delayed": delayed,
    "sparse": sparse,
    "convolution": convolution,
}
