"""Random networks and learning rules beside Lava's fixed-point models, register by register.

    pip install lava-nc==0.10.0                                   # Python 3.10
    python tests/peers/beside_lava.py target/release/seamount [CASES] [SEED]
    python tests/peers/beside_lava.py target/release/seamount --rules [RULES] [SEED]

Networks: LIF with Dense, Sparse, DelayDense and DelaySparse; compared is every voltage, current and spike of every
neuron and step. Lava does not wrap what arrives at 22 bits, does not limit what one synapse brings, and is off by one
at the edges of 24 bits: a network whose state comes there in Lava is counted apart and not compared. It shifts the
sum of a step by a negative exponent, the chip each weight, so exponents are 0 and more here. Holds and noise it does
not have.

Rules: sums of products for weights and tags with traces of either side, in epochs of one step; compared is the weight
and the tag of every synapse and step, with Lava's own random numbers replayed. Weights have one sign, as Lava keeps odd
ones of mixed sign where the chip cannot. Spikes of sources count when they
arrive here and when they are sent in Lava, so they are sent a step earlier. The chip keeps what a step leaves of a
trace in 4096ths (LE-001), Lava in floats; a rule that differs is run in Lava once more with that constant rounded so,
and must then be equal; how many did is counted.
"""
import json
import logging
import os
import subprocess
import sys
import tempfile

import numpy as np
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.model.py.connection import LearningConnectionModelBitApproximate
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import DelayDense, Dense, LearningDense
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix

from random_networks import EXCITATORY, INHIBITORY, MIXED, case, compare

MODES = {MIXED: SignMode.MIXED, EXCITATORY: SignMode.EXCITATORY, INHIBITORY: SignMode.INHIBITORY}
REGISTER = 1 << 23
CONFIG = dict(select_tag="fixed_pt")


def draw(rng):
    """A case with what Lava models: biases, and a delay for each synapse in half of the edges."""
    c = case(rng, delays=(0,), exponents=(0, 6), holds=False)
    c["spikes"] = c["spikes"][c["spikes"][:, 0] > 0]
    for g in c["groups"]:
        g["decay_I"] = max(g["decay_I"], 1)
        g["decay_v"] = min(g["decay_v"], 4095)
        if rng.random() < .6:
            g["soma"] = dict(bias_mantissa=[int(b) for b in rng.integers(-4096, 4096, g["n"])],
                             bias_exponent=int(rng.integers(0, 5)))
    for e in c["edges"]:
        e["sparse"] = bool(rng.random() < .5)
        if rng.random() < .5:
            e["delay"] = rng.integers(0, rng.integers(2, 30), len(e["w"]))
        if not e["w"].any():
            e["w"][0] = 128 if e["mode"] != INHIBITORY else -128
    return c


def connection(e, shape):
    """An edge as one of Lava's four connections."""
    rows, columns = [p[1] for p in e["pairs"]], [p[0] for p in e["pairs"]]
    options = dict(weight_exp=e["exponent"], num_weight_bits=e["bits"], sign_mode=MODES[e["mode"]])
    table = np.zeros(shape, int)
    table[rows, columns] = e["w"]
    if np.ndim(e["delay"]) == 0:
        return Sparse(weights=csr_matrix(table), **options) if e["sparse"] else Dense(weights=table, **options)
    delays = np.zeros(shape, int)
    delays[rows, columns] = e["delay"]
    if e["sparse"]:
        # delays of zero are entries too: both matrices have the same ones
        pattern = csr_matrix(table)
        kept = csr_matrix((delays[pattern.nonzero()], pattern.indices, pattern.indptr), shape)
        return DelaySparse(weights=pattern, delays=kept, **options)
    return DelayDense(weights=table, delays=delays, **options)


def watch(process, names, steps):
    """A monitor for each variable; what they saw is read by their names."""
    monitors = {}
    for name in names:
        monitors[name] = Monitor()
        monitors[name].probe(getattr(process, name), steps)
    read = lambda name: next(iter(monitors[name].get_data().values()))[name].astype(np.int64)
    return lambda: {name: read(name) for name in names}


def lava(c, _):
    """Registers of each group, and whether Lava and the chip are of one mind about them."""
    table = np.zeros((c["inputs"], c["steps"] + 1), int)
    # column k is sent in step k + 1
    table[c["spikes"][:, 1], c["spikes"][:, 0] - 1] = 1
    source = Source(data=table)
    groups = []
    for g in c["groups"]:
        soma = g.get("soma", dict(bias_mantissa=[0] * g["n"], bias_exponent=0))
        groups.append(LIF(shape=(g["n"],), du=g["decay_I"] - 1, dv=g["decay_v"], vth=g["threshold"],
                          bias_mant=np.array(soma["bias_mantissa"]), bias_exp=soma["bias_exponent"]))
    for e in c["edges"]:
        before = source if e["source"] < 0 else groups[e["source"]]
        sources = c["inputs"] if e["source"] < 0 else c["groups"][e["source"]]["n"]
        made = connection(e, (c["groups"][e["target"]]["n"], sources))
        before.s_out.connect(made.s_in)
        made.a_out.connect(groups[e["target"]].a_in)
    seen = [watch(group, ("v", "u", "s_out"), c["steps"]) for group in groups]
    groups[0].run(condition=RunSteps(num_steps=c["steps"]), run_cfg=Loihi2SimCfg(**CONFIG))
    # a group that nothing reaches is a network of its own
    for group in groups:
        if group.runtime is None:
            group.run(condition=RunSteps(num_steps=c["steps"]), run_cfg=Loihi2SimCfg(**CONFIG))
    found, fits = [], True
    for g, read in zip(c["groups"], seen):
        arrays = read()
        u, v = arrays["u"], arrays["v"]
        before = np.vstack([np.zeros((1, g["n"]), np.int64), u[:-1]])
        left = np.sign(before) * (np.abs(before) * (4096 - g["decay_I"]) >> 12)
        fits &= bool((np.abs(u) < REGISTER - 64).all() and (np.abs(v) < REGISTER - 1).all()
                     and (np.abs(u - left) < REGISTER // 4).all())
        found.append((v, u, arrays["s_out"] != 0))
    for group in groups:
        if group.runtime is not None:
            group.stop()
    return found, fits


def products(rng, traces, variables):
    """A sum of products, as text that both read."""
    terms = []
    for _ in range(rng.integers(1, 4)):
        gate = str(rng.choice(["x0", "y0"]))
        factors = [gate]
        for _ in range(rng.integers(0, 3)):
            name = str(rng.choice(traces + variables))
            shape = rng.random()
            if shape < .15:
                factors.append(f"sgn({name})" if name in variables else name)
            elif shape < .3:
                factors.append(f"({name}{rng.choice(['+', '-'])}{rng.integers(1, 60)})")
            else:
                factors.append(name)
        exponent = int(rng.integers(-6, 3))
        terms.append((str(rng.choice(["+", "-"])), f"2^{exponent}*" + "*".join(factors)))
    text = "".join(f" {sign} {term}" for sign, term in terms).strip()
    return text.removeprefix("+ ").replace("- 2^", "-2^", 1) if text.startswith("-") else text.removeprefix("+ ")


def draw_rule(rng):
    """A rule, its synapses, and spikes of sources and teachers."""
    steps, pre, post = int(rng.integers(40, 120)), int(rng.integers(1, 5)), int(rng.integers(1, 4))
    traces = ["x1", "x2", "y1", "y2", "y3"]
    rule = dict(dw=products(rng, traces, ["w", "t"]))
    if rng.random() < .6:
        rule["dt"] = products(rng, traces, ["w", "t"])
    made = {name: (int(rng.integers(1, 128)), float(rng.integers(2, 60))) for name in traces}
    sign = EXCITATORY if rng.random() < .7 else INHIBITORY
    low, high = (0, 256) if sign == EXCITATORY else (-255, 1)
    return dict(steps=steps, pre=pre, post=post, rule=rule, traces=made, sign=sign,
                w=rng.integers(low, high, (pre, post)), seed=int(rng.integers(1, 1 << 30)),
                source=rng.random((steps, pre)) < rng.uniform(.05, .4),
                teacher=rng.random((steps, post)) < rng.uniform(.05, .4))


def learn_in_lava(c):
    """Weights and tags (steps, sources, targets) at the end of each step."""
    impulses = {f"{name}_impulse": impulse for name, (impulse, _) in c["traces"].items()}
    taus = {f"{name}_tau": tau for name, (_, tau) in c["traces"].items()}
    rule = Loihi2FLearningRule(**c["rule"], **impulses, **taus, t_epoch=1, rng_seed=c["seed"])
    source = Source(data=c["source"].T.astype(int))
    teacher = Source(data=c["teacher"].T.astype(int))
    # so small that it does not move the neurons, which the teachers alone take over their threshold
    plastic = LearningDense(weights=c["w"].T.copy(), learning_rule=rule, weight_exp=-8,
                            sign_mode=MODES[c["sign"]], tag_1=np.zeros(c["w"].T.shape, int))
    drive = Dense(weights=np.eye(c["post"], dtype=int) * 254, weight_exp=6)
    target = LIF(shape=(c["post"],), du=4095, dv=4095, vth=1000)
    source.s_out.connect(plastic.s_in)
    plastic.a_out.connect(target.a_in)
    teacher.s_out.connect(drive.s_in)
    drive.a_out.connect(target.a_in)
    target.s_out.connect(plastic.s_in_bap)
    seen = watch(plastic, ("weights", "tag_1"), c["steps"])
    target.run(condition=RunSteps(num_steps=c["steps"]), run_cfg=Loihi2SimCfg(**CONFIG))
    found = seen()
    target.stop()
    return dict(weight=found["weights"].transpose(0, 2, 1), tag=found["tag_1"].transpose(0, 2, 1))


def drawn_by_lava(seed, steps):
    """Lava's random numbers of each step, as the command reads them: 65536ths. Trace generators move on twice in
    a step, that of the weights once."""
    def numbers(seed, times):
        generator = np.random.default_rng(seed)
        every = np.array([generator.random(1)[0] for _ in range(times * steps + 1)])
        return (every[times::times] * 65536).astype(np.int64)
    return dict(pre=numbers(seed, 2), post=numbers(seed + 2, 2), rounding=numbers(2, 1))


def learn_here(command, c, folder):
    """The same of the chip."""
    pairs = [(i, j) for i in range(c["pre"]) for j in range(c["post"])]
    name = {EXCITATORY: "excitatory", INHIBITORY: "inhibitory"}[c["sign"]]
    rule = dict(name="drawn", **c["rule"], epoch=1, profile="loihi1",
                **{name: dict(impulse=impulse, tau=tau) for name, (impulse, tau) in c["traces"].items()})
    soma = dict(name="soma", current_decay=4095, voltage_decay=4095, threshold_mantissa=1000)
    projections = [
        dict(name="plastic", source="pre", target="post", weight_exponent=-8, learning="drawn",
             precision=dict(kind="format", sign_mode=name, weight_bits=8),
             connectivity=dict(kind="pairs", sources=[i for i, _ in pairs], targets=[j for _, j in pairs],
                               weights=[int(c["w"][pair]) for pair in pairs])),
        dict(name="drive", source="teacher", target="post", weight_exponent=6,
             connectivity=dict(kind="one_to_one", weights=254))]
    probes = [dict(name=what, projection="plastic", variable=what) for what in ("weight", "tag")]
    net = dict(format="seamount-netlist", version=1, name="rule", learning_rules=[rule],
               inputs=[dict(name="pre", size=c["pre"]), dict(name="teacher", size=c["post"])],
               populations=[dict(name="post", size=c["post"], compartments=[soma])],
               projections=projections, learning_probes=probes)
    path, spikes, numbers, out = (os.path.join(folder, f) for f in ("net.json", "in.csv", "drawn.npz", "out.npz"))
    with open(path, "w") as file:
        json.dump(net, file)
    # row k is sent in step k + 1 by Lava
    rows = [(k, "pre", n) for k, n in np.argwhere(c["source"])]
    rows += [(k + 1, "teacher", n) for k, n in np.argwhere(c["teacher"])]
    with open(spikes, "w") as file:
        file.write("step,input,neuron\n" + "".join(f"{k},{name},{n}\n" for k, name, n in sorted(rows)))
    np.savez(numbers, **drawn_by_lava(c["seed"], c["steps"]))
    done = subprocess.run([command, "run", path, "--steps", str(c["steps"]), "--input", spikes, "--out", out,
                           "--learning-replay", numbers], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"seamount: {done.stderr}\n{json.dumps(net)}")
    arrays = np.load(out)
    return {what: arrays[what].astype(np.int64).reshape(-1, c["pre"], c["post"]) for what in ("weight", "tag")}


def differs(theirs, ours):
    """Where both differ first, as text."""
    for what, our in ours.items():
        their = theirs[what]
        if their.shape != our.shape:
            return f"{what}: shapes {their.shape} and {our.shape}"
        if (their != our).any():
            at = tuple(int(k) for k in np.argwhere(their != our)[0])
            return f"{what}, (step, source, target) {at}: Lava's {their[at]}, seamount's {our[at]}"
    return None


def in_4096ths(trace_values, t, taus, random):
    """Lava's decay of a trace with what a step leaves rounded to 4096ths, t of 1 only."""
    left = np.round(np.exp(-1 / taus) * 4096) / 4096 * trace_values
    return (np.floor(left) + (random < left % 1)).astype(int)


def rules(command, count, seed):
    """Draws rules, and runs each in Lava and here."""
    print(f"Lava: seed {seed}, {count} rules", flush=True)
    own = LearningConnectionModelBitApproximate._decay_trace
    equal = stored = values = moved = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(count):
            c = draw_rule(np.random.default_rng([seed, k]))
            ours = learn_here(command, c, folder)
            theirs = learn_in_lava(c)
            different = differs(theirs, ours)
            if different:
                LearningConnectionModelBitApproximate._decay_trace = staticmethod(in_4096ths)
                still = differs(learn_in_lava(c), ours)
                LearningConnectionModelBitApproximate._decay_trace = staticmethod(own)
                if still:
                    raise SystemExit(f"Lava: seed {seed}, rule {k}: {still}\n{c['rule']} {c['traces']}")
                stored += 1
            equal += 1
            values += sum(our.size for our in ours.values())
            moved += bool((ours["weight"][-1] != c["w"]).any())
    print(f"Lava: {equal} of {count} rules equal in {values} values, {stored} of them with the traces' constants in "
          f"4096ths; the weights of {moved} changed; 0 differ", flush=True)
    assert moved > count / 2, "too little was learned"


if __name__ == "__main__":
    logging.getLogger().setLevel(logging.ERROR)
    if "--rules" in sys.argv:
        sys.argv.remove("--rules")
        wanted = [int(a) for a in sys.argv[2:]]
        rules(os.path.abspath(sys.argv[1]), *(wanted + [100, int.from_bytes(os.urandom(4), "little")][len(wanted):]))
    else:
        compare("Lava", draw, lava, "left the chip's widths there")
