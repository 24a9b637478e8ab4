"""Random networks beside the emulator of nengo-loihi, register by register.

    pip install nengo-loihi==1.1.0 nengo==3.2.0 'numpy<1.24'      # Python 3.10
    python tests/peers/beside_nengo_loihi.py target/release/seamount [CASES] [SEED]

Compared is every voltage, current and spike of every neuron and step, wraps of both accumulators, biases, limits
of the voltage, holds and noise included: the chip is given the numbers that nengo-loihi drew. Networks are built
from blocks with the registers' integers; weights go through nengo-loihi's own rounding. Delays it does not have.
It wraps the sum of current, bias and noise at 24 bits and the chip does not, which nobody outside can decide; a
network in which that sum leaves them is counted apart and not compared. Weights of mixed sign are multiples of
what their format stores, and all are whole after a negative exponent, as nengo-loihi rounds others to the nearest
and the compiler rounds them down.
"""
import os
import warnings

import numpy as np
from nengo_loihi.block import Axon, LoihiBlock, Synapse
from nengo_loihi.builder import Model
from nengo_loihi.builder.discretize import array_to_int, discretize_weights
from nengo_loihi.emulator import EmulatorInterface
from nengo_loihi.inputs import SpikeInput

from random_networks import MIXED, REGISTERS, case, compare

# what nengo-loihi lists as bits of a weight
BITS = {8: 7, 6: 6, 5: 5, 4: 4, 3: 3, 2: 2}


def draw(rng):
    """A case with what nengo-loihi models and others do not: biases, limits of the voltage, noise."""
    c = case(rng, delays=(0,), exponents=(-6, 8))
    # its first spikes can be sent in step 1
    c["spikes"] = c["spikes"][c["spikes"][:, 0] > 0]
    for e in c["edges"]:
        if e["mode"] == MIXED:
            # the least of a format it does not use
            e["w"] = np.maximum(e["w"], (1 << (9 - e["bits"])) - 256)
        # a weight that a negative exponent cuts is rounded to the nearest by its compiler, down by the chip
        whole = 1 << max(-e["exponent"], 0)
        e["w"] = np.trunc(e["w"] / whole).astype(int) * whole
    for g in c["groups"]:
        # the emulator adds one to the current's decay, always
        g["decay_I"] = max(g["decay_I"], 1)
        soma, core = g.setdefault("soma", {}), g.setdefault("core", {})
        if rng.random() < .6:
            soma["bias_mantissa"] = [int(b) for b in rng.integers(-4096, 4096, g["n"])]
            soma["bias_exponent"] = int(rng.integers(0, 5))
        core["v_min_exponent"] = int(rng.integers(8, 24)) if rng.random() < .5 else 23
        core["v_max_exponent"] = int(rng.integers(2, 8)) if rng.random() < .3 else 7
        if rng.random() < .3:
            soma["noise"] = True
            core["noise_exponent"] = int(rng.integers(0, 16))
            core["noise_mantissa"] = int(rng.integers(-64, 64))
            core["noise_target"] = str(rng.choice(["membrane", "dendrite"]))
    return c


def block(g):
    """A group of neurons with its registers."""
    soma, core = g["soma"], g["core"]
    made = LoihiBlock(g["n"])
    compartment = made.compartment
    array_to_int(compartment.decay_u, np.full(g["n"], g["decay_I"] - 1))
    array_to_int(compartment.decay_v, np.full(g["n"], g["decay_v"]))
    array_to_int(compartment.vth, np.full(g["n"], g["threshold"] * 64))
    bias = np.array(soma.get("bias_mantissa", [0] * g["n"])) << soma.get("bias_exponent", 0)
    array_to_int(compartment.bias, bias)
    compartment.refract_delay[:] = g["refractory"]
    compartment.vmin = -(1 << core["v_min_exponent"]) + 1
    compartment.vmax = (1 << (9 + 2 * core["v_max_exponent"])) - 1
    compartment.scale_u = compartment.scale_v = False
    compartment.enable_noise[:] = soma.get("noise", False)
    # the register's exponents below 7 act as if they were one larger (NC-016), which the emulator leaves out
    exponent = core.get("noise_exponent", 0)
    compartment.noise_exp = exponent + (exponent < 7)
    compartment.noise_offset = core.get("noise_mantissa", 0)
    compartment.noise_at_membrane = core.get("noise_target", "membrane") == "membrane"
    return made


def synapse(e, sources):
    """The synapses of an edge, in a format; their weights as nengo-loihi puts them on the chip."""
    rows = [[(j, w) for (i, j), w in zip(e["pairs"], e["w"]) if i == source] for source in range(sources)]
    made = Synapse(sources)
    made._set_weights_indices([np.array([[w for _, w in row]], np.float32).reshape(1, -1) for row in rows],
                              [np.array([[j for j, _ in row]], np.int32).reshape(1, -1) for row in rows])
    # fan-out 1 is mixed; the sign of others is in the weights
    made.format(weight_exp=e["exponent"], weight_bits=BITS[e["bits"]], fanout_type=int(e["mode"] == MIXED))
    for row in made.weights:
        array_to_int(row, discretize_weights(made.synapse_cfg, row.copy(), check_result=False))
    return made


class Draws:
    """The generator of the emulator's noise, which remembers what it handed out: one number for all
    compartments of a step, as the cores of the chip may be in another order."""

    def __init__(self, seed):
        self.generator, self.handed = np.random.RandomState(seed), []

    def randint(self, low, high, size, dtype):
        self.handed.append(np.full(size, self.generator.randint(low, high), dtype))
        return self.handed[-1]


def emulate(c, folder):
    """Registers of each group, and whether nengo-loihi and the chip are of one mind about them."""
    warnings.simplefilter("ignore")
    model = Model()
    source = SpikeInput(c["inputs"])
    blocks = [block(g) for g in c["groups"]]
    for step in np.unique(c["spikes"][:, 0]):
        source.add_spikes(int(step), c["spikes"][c["spikes"][:, 0] == step, 1], permanent=True)
    for made in blocks:
        model.add_block(made)
    model.add_input(source)
    for e in c["edges"]:
        before = source if e["source"] < 0 else blocks[e["source"]]
        target = synapse(e, c["inputs"] if e["source"] < 0 else before.n_neurons)
        blocks[e["target"]].add_synapse(target)
        axon = Axon(target.n_axons)
        axon.target = target
        before.add_axon(axon)
    emulator = EmulatorInterface(model, seed=1)
    emulator.rng = Draws(1)
    told = set()
    emulator.compartment.error = told.add
    seen = {register: [] for register in REGISTERS}
    names = dict(voltage="voltage", current="current", spike="spiked")
    for _ in range(c["steps"]):
        emulator.step()
        for register in REGISTERS:
            seen[register].append(getattr(emulator.compartment, names[register]).copy())
    places = np.cumsum([0] + [g["n"] for g in c["groups"]])
    spans = [slice(*span) for span in zip(places, places[1:])]
    # the chip's numbers are 0 to 255, of which it takes 128
    noise = (np.array(emulator.rng.handed) + 128).astype(np.uint8)
    c["options"] = ["--noise-replay", os.path.join(folder, "noise.npy")]
    np.save(c["options"][1], noise)
    found = [tuple(np.array(seen[register])[:, span].astype(bool if register == "spike" else np.int64)
                   for register in REGISTERS) for span in spans]
    return found, "Overflow in u2" not in told


compare("nengo-loihi", draw, emulate, "left 24 bits with current and bias, which it wraps")
