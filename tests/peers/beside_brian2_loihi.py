"""Random networks beside brian2-loihi, register by register: where it models what the chip does, nothing differs.

    pip install brian2-loihi==0.5.2 brian2==2.9.0 'numpy<2'
    python tests/peers/beside_brian2_loihi.py target/release/seamount [CASES] [SEED]

Compared is every voltage, current and spike of every neuron and step. brian2-loihi has no 24-bit registers: it
wraps neither what arrives at 22 bits nor the current at 24, and does not limit the voltage. A case whose state
leaves these widths there is counted apart and not compared. Weights of mixed sign are multiples of what their
format stores, as brian2-loihi rounds others toward zero and the compiler rounds them down. Biases, noise and more
than one compartment it does not have.
"""
import brian2
import numpy as np
from brian2_loihi import (LoihiNetwork, LoihiNeuronGroup, LoihiSpikeGeneratorGroup,
                          LoihiSynapses)

from random_networks import case, compare

REGISTER = 1 << 23


def brian(c, _):
    """Voltages and currents (steps, neurons) and spikes of each group, and whether the state fits the chip."""
    brian2.start_scope()
    port = LoihiSpikeGeneratorGroup(c["inputs"], c["spikes"][:, 1], c["spikes"][:, 0])
    groups = [LoihiNeuronGroup(g["n"], refractory=g["refractory"], threshold_v_mant=g["threshold"],
                               decay_v=g["decay_v"], decay_I=g["decay_I"]) for g in c["groups"]]
    objects = [port, *groups]
    for e in c["edges"]:
        source = port if e["source"] < 0 else groups[e["source"]]
        synapses = LoihiSynapses(source, groups[e["target"]], delay=e["delay"], w_exp=e["exponent"],
                                 sign_mode=e["mode"], num_weight_bits=e["bits"])
        synapses.connect(i=[p[0] for p in e["pairs"]], j=[p[1] for p in e["pairs"]])
        synapses.w = e["w"]
        objects.append(synapses)
    states = [brian2.StateMonitor(g, ["v", "I"], record=True, when="end") for g in groups]
    # before the update, after the synapses: the current that the voltage of the step takes up
    risen = [brian2.StateMonitor(g, ["v", "I"], record=True, when="groups", order=-1) for g in groups]
    fired = [brian2.SpikeMonitor(g) for g in groups]
    net = LoihiNetwork(*objects, *states, *risen, *fired)
    net.run(c["steps"])
    seen, fits = [], True
    for g, group, state, rise, spikes in zip(c["groups"], groups, states, risen, fired):
        v, current = np.asarray(state.v).T, np.asarray(rise.I).T
        # the voltage that was compared with the threshold, before any reset
        kept = np.asarray(rise.v).T
        free = np.trunc(kept * (4096 - g["decay_v"]) / 4096) + current
        # what arrived in a step: the accumulator has 22 bits (NC-002)
        arrived = current - np.vstack([np.zeros((1, g["n"])), np.asarray(state.I).T[:-1]])
        fits &= bool((np.abs(current) < REGISTER).all() and (np.abs(free) < REGISTER).all()
                     and (np.abs(arrived) < REGISTER / 4).all())
        spiked = np.zeros(v.shape, bool)
        spiked[np.rint(np.asarray(spikes.t / brian2.ms)).astype(int), np.asarray(spikes.i)] = True
        seen.append((v.astype(np.int64), current.astype(np.int64), spiked))
    return seen, fits


brian2.prefs.codegen.target = "numpy"
brian2.BrianLogger.log_level_error()
compare("brian2-loihi", case, brian, "left the chip's widths there")
