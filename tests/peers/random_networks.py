"""Random networks as plain numbers, for the scripts that run them beside another simulator: drawn here, written
as netlists, run by the command, compared register by register.

A case is a dict: `steps`, `inputs`, `spikes` (rows of step from 0 and input), `groups` of neurons and `edges` of
synapses between them. What a simulator does not model is left out by its script.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

MIXED, EXCITATORY, INHIBITORY = 1, 2, 3
NAMES = {MIXED: "mixed", EXCITATORY: "excitatory", INHIBITORY: "inhibitory"}
LIMITS = {MIXED: (-256, 254), EXCITATORY: (0, 255), INHIBITORY: (-255, 0)}
REGISTERS = ("voltage", "current", "spike")


def weights(rng, mode, bits, count):
    """Weights that a format holds exactly."""
    step = 1 << (8 - bits + (mode == MIXED))
    low, high = LIMITS[mode]
    return np.trunc(rng.integers(low, high + 1, count) / step).astype(int) * step


def case(rng, delays=(0, 0, 1, 3, 6, 14, 30, 62), exponents=(-8, 6), modes=(MIXED, EXCITATORY, EXCITATORY, INHIBITORY),
         formats=(8, 8, 6, 5, 4, 3, 2), holds=True):
    """A network; `exponents` is the least and one more than the most."""
    steps = int(rng.integers(40, 200))
    inputs = int(rng.integers(1, 12))
    groups = []
    for _ in range(rng.integers(1, 4)):
        groups.append(dict(
            n=int(rng.integers(1, 15)), decay_v=int(rng.integers(0, 4097)) if rng.random() < .8 else 0,
            decay_I=int(rng.integers(0, 4097)) if rng.random() < .8 else 4096,
            threshold=int(rng.integers(1, 3000)), refractory=int(rng.integers(1, 64))
            if rng.random() < .3 else int(rng.integers(1, 6))))
        if not holds:
            groups[-1]["refractory"] = 1
    edges = []
    for target in range(len(groups)):
        sources = [-1] + [int(s) for s in rng.integers(-1, len(groups), rng.integers(0, 3))]
        for source in sources:
            before = inputs if source < 0 else groups[source]["n"]
            pairs = [(i, j) for i in range(before) for j in range(groups[target]["n"]) if rng.random() < .5]
            if not pairs:
                continue
            mode = int(rng.choice(modes))
            bits = int(rng.choice(formats))
            edges.append(dict(source=source, target=target, mode=mode, bits=bits,
                              exponent=int(rng.integers(*exponents)), delay=int(rng.choice(delays)),
                              pairs=pairs, w=weights(rng, mode, bits, len(pairs))))
    spikes = np.argwhere(rng.random((steps, inputs)) < rng.uniform(.05, .5))
    return dict(steps=steps, inputs=inputs, groups=groups, edges=edges, spikes=spikes)


def population(name, g):
    """A group of neurons as a population; a decay of 4096 is the register 4095 with the offset of the core
    (NC-007)."""
    soma = dict(name="soma", current_decay=min(g["decay_I"], 4095), voltage_decay=min(g["decay_v"], 4095),
                threshold_mantissa=g["threshold"], refractory_steps=g["refractory"], **g.get("soma", {}))
    core = {"ds_offset": g["decay_I"] == 4096, "dm_offset": g["decay_v"] == 4096, **g.get("core", {})}
    return dict(name=name, size=g["n"], core=core, compartments=[soma])


def netlist(c):
    """The netlist of a case, every register of every neuron probed."""
    name = "g{}".format
    populations = [population(name(k), g) for k, g in enumerate(c["groups"])]
    projections = [dict(
        name=f"e{k}", source="in" if e["source"] < 0 else name(e["source"]), target=name(e["target"]),
        precision=dict(kind="format", sign_mode=NAMES[e["mode"]], weight_bits=e["bits"]),
        weight_exponent=e["exponent"], connectivity=dict(
            kind="pairs", sources=[p[0] for p in e["pairs"]], targets=[p[1] for p in e["pairs"]],
            weights=[int(w) for w in e["w"]],
            delays=e["delay"] if np.ndim(e["delay"]) == 0 else [int(d) for d in e["delay"]]))
        for k, e in enumerate(c["edges"])]
    probes = [dict(name=f"{name(k)}.{r}", target=name(k), register=r)
              for k in range(len(c["groups"])) for r in REGISTERS]
    return dict(format="seamount-netlist", version=1, name="random", inputs=[dict(name="in", size=c["inputs"])],
                populations=populations, projections=projections, probes=probes)


def seamount(command, c, folder, *options):
    """Voltages, currents and spikes (steps, neurons) of each group, as the chip has them."""
    path = os.path.join(folder, "net.json")
    with open(path, "w") as file:
        json.dump(netlist(c), file)
    with open(os.path.join(folder, "in.csv"), "w") as file:
        file.write("step,input,neuron\n" + "".join(f"{s},in,{n}\n" for s, n in c["spikes"]))
    out = os.path.join(folder, "out.npz")
    done = subprocess.run([command, "run", path, "--steps", str(c["steps"]), "--input",
                           os.path.join(folder, "in.csv"), "--out", out, *options], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"seamount: {done.stderr}\n{path}")
    arrays = np.load(out)
    read = lambda k, register: arrays[f"g{k}.{register}"].astype(np.int64)
    return [(read(k, "voltage"), read(k, "current"), read(k, "spike") != 0) for k in range(len(c["groups"]))]


def first_difference(theirs, ours):
    """Where both differ first, as text; nothing if they are equal."""
    for g, (their, our) in enumerate(zip(theirs, ours)):
        for what, a, b in zip(REGISTERS, their, our):
            if a.shape != b.shape:
                return f"group {g}, {what}: shapes {a.shape} and {b.shape}"
            if (a != b).any():
                at = tuple(int(k) for k in np.argwhere(a != b)[0])
                return f"group {g}, {what}, (step, neuron) {at}: theirs {a[at]}, seamount's {b[at]}"
    return None


def see_a_difference(command, c, folder, theirs):
    """A network whose decays are one off is seen to differ, so that equal means something."""
    other = lambda decay: min(decay ^ 1, 4095)
    groups = [dict(g, decay_v=other(g["decay_v"]), decay_I=other(g["decay_I"])) for g in c["groups"]]
    found = first_difference(theirs, seamount(command, dict(c, groups=groups), folder, *c.get("options", [])))
    assert found, "decays that are one off were not seen"


def compare(peer, draw, run, outside):
    """Draws cases, runs each by `run`, which gives registers and whether the peer models them, and compares
    with the command; stops at the first difference. `outside` says why a network was not compared. `run(case,
    folder)` may write files and put `options` of the command into the case."""
    command = os.path.abspath(sys.argv[1])
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
    print(f"{peer}: seed {seed}, {cases} networks", flush=True)
    equal = left_out = values = spikes = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(cases):
            c = draw(np.random.default_rng([seed, k]))
            theirs, fits = run(c, folder)
            if not fits:
                left_out += 1
                continue
            different = first_difference(theirs, seamount(command, c, folder, *c.get("options", [])))
            if different:
                raise SystemExit(f"{peer}: seed {seed}, network {k}: {different}")
            if equal == 0:
                see_a_difference(command, c, folder, theirs)
            values += sum(a.size for their in theirs for a in their)
            spikes += sum(int(their[2].sum()) for their in theirs)
            equal += 1
    print(f"{peer}: {equal} of {cases} networks equal in {values} values with {spikes} spikes; {left_out} {outside} and "
          f"were not compared; 0 differ", flush=True)
    assert equal > cases / 3 and spikes > cases, "too little was compared"
