"""Random networks beside brian2-loihi, register by register: where it models what the chip does, nothing differs.

    pip install brian2-loihi==0.5.2 brian2==2.9.0 'numpy<2'
    python tests/peers/beside_brian2_loihi.py target/release/seamount [CASES] [SEED]

Compared is every voltage, current and spike of every neuron and step. brian2-loihi has no 24-bit registers: it
wraps neither what arrives at 22 bits nor the current at 24, and does not limit the voltage. A case whose state
leaves these widths there is counted apart and not compared. Weights of mixed sign are multiples of what their format stores, as brian2-loihi rounds others toward
zero and the compiler rounds them down. Biases, noise and more than one compartment it does not have.
"""
import json
import os
import subprocess
import sys
import tempfile

import brian2
import numpy as np
from brian2_loihi import (LoihiNetwork, LoihiNeuronGroup, LoihiSpikeGeneratorGroup,
                          LoihiSynapses)

MIXED, EXCITATORY, INHIBITORY = 1, 2, 3
NAMES = {MIXED: "mixed", EXCITATORY: "excitatory", INHIBITORY: "inhibitory"}
REGISTER = 1 << 23


def weights(rng, mode, bits, count):
    """Weights that a format holds exactly."""
    step = 1 << (8 - bits + (mode == MIXED))
    low, high = {MIXED: (-256, 254), EXCITATORY: (0, 255), INHIBITORY: (-255, 0)}[mode]
    return np.trunc(rng.integers(low, high + 1, count) / step).astype(int) * step


def case(rng):
    """A network as plain numbers."""
    steps = int(rng.integers(40, 200))
    inputs = int(rng.integers(1, 12))
    groups = []
    for _ in range(rng.integers(1, 4)):
        groups.append(dict(
            n=int(rng.integers(1, 15)), decay_v=int(rng.integers(0, 4097)) if rng.random() < .8 else 0,
            decay_I=int(rng.integers(0, 4097)) if rng.random() < .8 else 4096,
            threshold=int(rng.integers(1, 3000)), refractory=int(rng.integers(1, 64))
            if rng.random() < .3 else int(rng.integers(1, 6))))
    edges = []
    for target in range(len(groups)):
        sources = [-1] + [int(s) for s in rng.integers(-1, len(groups), rng.integers(0, 3))]
        for source in sources:
            before = inputs if source < 0 else groups[source]["n"]
            pairs = [(i, j) for i in range(before) for j in range(groups[target]["n"]) if rng.random() < .5]
            if not pairs:
                continue
            mode = int(rng.choice([MIXED, EXCITATORY, EXCITATORY, INHIBITORY]))
            bits = int(rng.choice([8, 8, 6, 5, 4, 3, 2]))
            edges.append(dict(source=source, target=target, mode=mode, bits=bits,
                              exponent=int(rng.integers(-8, 6)), delay=int(rng.choice([0, 0, 1, 3, 6, 14, 30, 62])),
                              pairs=pairs, w=weights(rng, mode, bits, len(pairs))))
    spikes = np.argwhere(rng.random((steps, inputs)) < rng.uniform(.05, .5))
    return dict(steps=steps, inputs=inputs, groups=groups, edges=edges, spikes=spikes)


def brian(c):
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


def netlist(c):
    name = "g{}".format
    populations = [dict(name=name(k), size=g["n"], compartments=[dict(
        name="soma", current_decay=min(g["decay_I"], 4095), voltage_decay=min(g["decay_v"], 4095),
        threshold_mantissa=g["threshold"], refractory_steps=g["refractory"])])
        for k, g in enumerate(c["groups"])]
    for population, g in zip(populations, c["groups"]):
        # a decay of 4096 is the register 4095 with the offset of the core (NC-007)
        population["core"] = {"ds_offset": g["decay_I"] == 4096, "dm_offset": g["decay_v"] == 4096}
    projections = [dict(
        name=f"e{k}", source="in" if e["source"] < 0 else name(e["source"]), target=name(e["target"]),
        precision=dict(kind="format", sign_mode=NAMES[e["mode"]], weight_bits=e["bits"]),
        weight_exponent=e["exponent"], connectivity=dict(
            kind="pairs", sources=[p[0] for p in e["pairs"]], targets=[p[1] for p in e["pairs"]],
            weights=[int(w) for w in e["w"]], delays=e["delay"]))
        for k, e in enumerate(c["edges"])]
    probes = [dict(name=f"{name(k)}.{r}", target=name(k), register=r)
              for k in range(len(c["groups"])) for r in ("voltage", "current", "spike")]
    return dict(format="seamount-netlist", version=1, name="random", inputs=[dict(name="in", size=c["inputs"])],
                populations=populations, projections=projections, probes=probes)


def seamount(command, c, folder):
    """The same of the chip; None if the network fits no board (what one core has once differs)."""
    path = os.path.join(folder, "net.json")
    with open(path, "w") as file:
        json.dump(netlist(c), file)
    with open(os.path.join(folder, "in.csv"), "w") as file:
        file.write("step,input,neuron\n" + "".join(f"{s},in,{n}\n" for s, n in c["spikes"]))
    out = os.path.join(folder, "out.npz")
    done = subprocess.run([command, "run", path, "--steps", str(c["steps"]), "--input",
                           os.path.join(folder, "in.csv"), "--out", out], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"seamount: {done.stderr}\n{path}")
    arrays = np.load(out)
    read = lambda k, register: arrays[f"g{k}.{register}"].astype(np.int64)
    return [(read(k, "voltage"), read(k, "current"), read(k, "spike") != 0) for k in range(len(c["groups"]))]


def main():
    command = os.path.abspath(sys.argv[1])
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
    brian2.prefs.codegen.target = "numpy"
    brian2.BrianLogger.log_level_error()
    print(f"seed {seed}, {cases} cases", flush=True)
    equal = outside = values = spikes = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(cases):
            c = case(np.random.default_rng([seed, k]))
            theirs, fits = brian(c)
            if not fits:
                outside += 1
                continue
            ours = seamount(command, c, folder)
            for g, (their, our) in enumerate(zip(theirs, ours)):
                for what, a, b in zip(("voltage", "current", "spike"), their, our):
                    if a.shape != b.shape or (a != b).any():
                        at = np.argwhere(a != b)[0] if a.shape == b.shape else (a.shape, b.shape)
                        raise SystemExit(f"seed {seed}, case {k}: group {g}, {what}: first at (step, neuron) {at}: "
                                         f"brian2-loihi {a[tuple(at)]}, seamount {b[tuple(at)]}")
                    values += a.size
                spikes += int(their[2].sum())
            equal += 1
    print(f"{equal} of {cases} cases equal in {values} values with {spikes} spikes; "
          f"{outside} left the chip's widths in brian2-loihi and were not compared; 0 differ")
    assert equal > cases / 3 and spikes > cases, "too little was compared"


main()
