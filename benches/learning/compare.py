#!/usr/bin/env python3
"""Learning, seamount beside its peers in one run.

    python3 benches/learning/compare.py stdp --work DIR [--prefix "nice -n -5"]
    python3 benches/learning/compare.py evidence --work DIR

stdp: pairwise STDP on 1,024 x 128 plastic synapses at 2 % activity, beside NEST and Brian2.
evidence: e-prop of 50 LIF and 50 ALIF neurons on trials of 2,250 steps, beside NEST, in seconds of processor
time a trial. NEST runs the published models (bsshslm_2020: floats, event-driven, Adam, batches of 32), seamount
the emulated chip with programs and its learning engine.

Makes one virtual environment a peer below DIR and installs the peers from the Python index there (once),
then times each several times (stdp: 1,000 steps), one thread, construction and compilation aside. An update is a
visit of a synapse by a spike: pre spikes x 128 + post spikes x 1,024. Every run sees the same Bernoulli
spikes, and every peer must really have changed its weights. Post spikes are forced: NEST's targets are
neurons that a teacher makes spike, Brian2's are generators, which is the lightest it can have.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

PRE, POST, STEPS, RATE, REPEATS = 1024, 128, 1000, 0.02, 5

SPIKES = f"""
import json, time
import numpy as np
PRE, POST, STEPS, RATE, REPEATS = {PRE}, {POST}, {STEPS}, {RATE}, {REPEATS}
rng = np.random.default_rng(1)
pre, post = rng.random((STEPS, PRE)) < RATE, rng.random((STEPS, POST)) < RATE
UPDATES = int(pre.sum()) * POST + int(post.sum()) * PRE
"""

NEST = SPIKES + """
import nest
nest.set_verbosity("M_ERROR")
seconds = []
for _ in range(REPEATS):
    nest.ResetKernel()
    nest.resolution, nest.local_num_threads = 1.0, 1
    times = lambda a: [{"spike_times": np.flatnonzero(a[:, i]) + 1.0} for i in range(a.shape[1])]
    sources = nest.Create("spike_generator", PRE, params=times(pre))
    teachers = nest.Create("spike_generator", POST, params=times(post))
    relays = nest.Create("parrot_neuron", PRE)
    targets = nest.Create("iaf_psc_delta", POST, params={"V_th": 1e6, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0, "t_ref": 1.0})
    nest.Connect(sources, relays, "one_to_one")
    nest.Connect(teachers, targets, "one_to_one", {"weight": 1e7, "delay": 1.0})
    synapse = {"synapse_model": "stdp_synapse", "weight": 100.0, "delay": 1.0, "Wmax": 255.0, "tau_plus": 20.0,
               "mu_plus": 0.0, "mu_minus": 0.0, "lambda": 0.01}
    nest.Connect(relays, targets, "all_to_all", synapse)
    nest.Prepare()
    start = time.perf_counter()
    nest.Run(float(STEPS))
    seconds.append(time.perf_counter() - start)
    nest.Cleanup()
weights = np.array(nest.GetConnections(relays, targets).weight)
assert (weights != 100.0).mean() > 0.9, "no learning"
print(json.dumps({"name": "NEST " + nest.__version__, "updates": UPDATES, "seconds": seconds}))
"""

NEST_EVIDENCE = """
import json, sys, time
import numpy as np
import nest
SAMPLES, REPEATS, STEPS = int(sys.argv[1]), 5, 2250
nest.set_verbosity("M_ERROR")
nest.ResetKernel()
nest.set(resolution=1.0, total_num_virtual_procs=1, eprop_update_interval=float(STEPS), eprop_learning_window=150.0,
         eprop_reset_neurons_on_update=True)
rng = np.random.default_rng(1)

def trials(count):
    spikes = np.zeros((count * STEPS, 40), bool)
    classes = []
    for k in range(count):
        side = rng.random(7) < (0.3 if rng.random() < 0.5 else 0.7)
        rate = np.zeros((STEPS, 4))
        for cue, one in enumerate(side):
            rate[150 * cue + 50:150 * (cue + 1), int(one)] = 0.04
        rate[-150:, 2], rate[:, 3] = 0.04, 0.01
        spikes[k * STEPS:(k + 1) * STEPS] = rng.random((STEPS, 40)) < np.repeat(rate, 10, axis=1)
        classes.append(int(side.sum() > 3))
    return spikes, classes

spikes, classes = trials(SAMPLES * REPEATS)
neuron = {"C_m": 1.0, "E_L": 0.0, "I_e": 0.0, "V_m": 0.0, "V_th": 0.6, "tau_m": 20.0, "t_ref": 5.0,
          "c_reg": 300.0, "f_target": 10.0, "regular_spike_arrival": True, "surrogate_gradient_function": "piecewise_linear"}
strength = 1.7 * (1 - np.exp(-1 / 2000)) / (1 - np.exp(-1 / 20))
times = [{"spike_times": np.flatnonzero(spikes[:, i]) + 1.0} for i in range(40)]
generators, inputs = nest.Create("spike_generator", 40, params=times), nest.Create("parrot_neuron", 40)
lif = nest.Create("eprop_iaf_bsshslm_2020", 50, neuron)
alif = nest.Create("eprop_iaf_adapt_bsshslm_2020", 50, {**neuron, "adapt_tau": 2000.0, "adapt_beta": strength})
readout = nest.Create("eprop_readout_bsshslm_2020", 2, {"C_m": 1.0, "E_L": 0.0, "I_e": 0.0, "V_m": 0.0, "tau_m": 20.0,
                      "loss": "cross_entropy", "regular_spike_arrival": False})
starts = np.arange(len(classes)) * float(STEPS) + 4.0
targets = [{"amplitude_times": starts, "amplitude_values": np.array([float(c == k) for c in classes])} for k in range(2)]
rates = nest.Create("step_rate_generator", 2, params=targets)
recurrent = lif + alif
optimiser = {"type": "adam", "batch_size": 32, "eta": 5e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8,
             "optimize_each_step": True, "Wmin": -100.0, "Wmax": 100.0}
nest.SetDefaults("eprop_synapse_bsshslm_2020", {"optimizer": optimiser, "average_gradient": True})
plastic = lambda w: {"synapse_model": "eprop_synapse_bsshslm_2020", "delay": 1.0, "tau_m_readout": 20.0, "weight": w}
every = {"rule": "all_to_all", "allow_autapses": False}
among = rng.standard_normal((100, 100)) / 10
np.fill_diagonal(among, 0.0)
start_weights = rng.standard_normal((100, 40)) / np.sqrt(40)
nest.Connect(generators, inputs, "one_to_one", {"delay": 1.0})
nest.Connect(inputs, recurrent, every, plastic(start_weights))
nest.Connect(recurrent, recurrent, every, plastic(among))
nest.Connect(recurrent, readout, every, plastic(rng.uniform(-0.24, 0.24, (2, 100))))
nest.Connect(readout, recurrent, every, {"synapse_model": "eprop_learning_signal_connection_bsshslm_2020", "delay": 1.0,
                                         "weight": rng.standard_normal((100, 2))})
late = {"synapse_model": "rate_connection_delayed", "delay": 1.0}
nest.Connect(rates, readout, "one_to_one", {**late, "receptor_type": 2})
nest.Connect(readout, readout, every, {**late, "receptor_type": 1, "weight": 1.0})
nest.Prepare()
nest.Run(8.0)
seconds = []
for _ in range(REPEATS):
    start = time.process_time()
    nest.Run(float(SAMPLES * STEPS))
    seconds.append((time.process_time() - start) / SAMPLES)
nest.Cleanup()
moved = np.array(nest.GetConnections(inputs, recurrent).weight) != start_weights.T.ravel()
assert SAMPLES * REPEATS <= 32 or moved.mean() > 0.5, "no learning"
print(json.dumps({"name": "NEST " + nest.__version__, "seconds": seconds}))
"""

BRIAN = SPIKES + """
import sys
from brian2 import *
set_device("cpp_standalone", build_on_run=False, directory=sys.argv[1])
prefs.devices.cpp_standalone.openmp_threads = 0
defaultclock.dt = 1*ms
def group(a):
    steps, units = np.nonzero(a)
    return SpikeGeneratorGroup(a.shape[1], units, steps * ms)
sources, targets = group(pre), group(post)
model = "w : 1\\ndx/dt = -x/(20*ms) : 1 (event-driven)\\ndy/dt = -y/(20*ms) : 1 (event-driven)"
synapses = Synapses(sources, targets, model, on_pre="x += 16\\nw = clip(w - 0.0625*y, 0, 255)",
                    on_post="y += 16\\nw = clip(w + 0.0625*x, 0, 255)")
synapses.connect()
synapses.w = 100
run(STEPS * ms)
device.build(directory=sys.argv[1], compile=True, run=False, debug=False)
seconds = []
for _ in range(REPEATS):
    device.run(sys.argv[1], with_output=False, run_args=[])
    seconds.append(device._last_run_time)
assert (np.array(synapses.w) != 100).mean() > 0.9, "no learning"
import brian2
print(json.dumps({"name": "Brian2 " + brian2.__version__ + ", C++", "updates": UPDATES, "seconds": seconds}))
"""


def environment(work, name, packages):
    """The Python of a virtual environment with these packages."""
    folder = work / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "ready").touch()
    return python


def peer(prefix, python, script, *arguments):
    """Runs a peer's script; what its last line says."""
    done = subprocess.run([*prefix, str(python), "-c", script, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"a peer failed:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def seamount(prefix):
    """The bench of the same shape: mean time of as many steps."""
    root = Path(__file__).resolve().parents[2]
    command = ["cargo", "bench", "-p", "seamount-chip", "--bench", "learn"]
    subprocess.run([*command, "--no-run"], cwd=root, check=True, capture_output=True)
    done = subprocess.run([*prefix, *command, "--", "stdp", "--warm-up-time", "1", "--measurement-time", "4"],
                          cwd=root, check=True, capture_output=True, text=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=root, check=True, capture_output=True)
    target = Path(json.loads(metadata.stdout)["target_directory"])
    estimate = json.loads((target / "criterion/learn/stdp/new/estimates.json").read_text())
    sample = json.loads((target / "criterion/learn/stdp/new/sample.json").read_text())
    each = [time / runs / 1e9 for time, runs in zip(sample["times"], sample["iters"])]
    print(done.stdout.strip().splitlines()[0])
    return {"name": "seamount", "updates": PRE * POST * STEPS // 25, "seconds": each, "mean": estimate["mean"]["point_estimate"] / 1e9}


def seamount_evidence(prefix, samples):
    """Processor time a trial while learning: the difference of a long and a short run."""
    root = Path(__file__).resolve().parents[2]
    subprocess.run(["cargo", "build", "--release", "-p", "seamount"], cwd=root, check=True, capture_output=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=root, check=True, capture_output=True)
    binary = Path(json.loads(metadata.stdout)["target_directory"]) / "release/seamount"

    def cost(count):
        before = os.times()
        subprocess.run([*prefix, binary, "lab", "eprop-evidence", "--samples", str(count), "--tests", "1", "--test-every", str(1 << 20)],
                       check=True, capture_output=True)
        return os.times().children_user - before.children_user

    seconds = [(cost(samples + 1) - cost(1)) / samples for _ in range(5)]
    return {"name": "seamount", "seconds": seconds}


def evidence(work, prefix):
    """E-prop of adaptive neurons."""
    samples = 16
    nest = environment(work, "nest", ["nest-simulator"])
    rows = [seamount_evidence(prefix, samples), peer(prefix, nest, NEST_EVIDENCE, str(samples))]
    print(f"{'':<24}{'median':>10}{'best':>10}   seconds of processor time a trial of 2,250 steps")
    for row in rows:
        row["seconds"].sort()
        row["best"], row["median"] = row["seconds"][0], row["seconds"][len(row["seconds"]) // 2]
        print(f"{row['name']:<24}{row['median']:>10.4f}{row['best']:>10.4f}")
    ours, theirs = rows
    print(f"{theirs['name']} / seamount: {theirs['median'] / ours['median']:.2f} (medians), {theirs['best'] / ours['best']:.2f} (best)")


def stdp(work, prefix):
    """Pairwise STDP."""
    nest = environment(work, "nest", ["nest-simulator"])
    brian = environment(work, "brian2", ["brian2==2.9.0", "numpy<2", "setuptools<80"])
    rows = [
        seamount(prefix),
        peer(prefix, nest, NEST),
        peer(prefix, brian, BRIAN, str(work / "brian2-build")),
    ]
    for row in rows:
        seconds = sorted(row["seconds"])
        row["best"] = row["updates"] / seconds[0] / 1e6
        row["median"] = row["updates"] / seconds[len(seconds) // 2] / 1e6
    print(f"{'':<24}{'median':>10}{'best':>10}   million updates/s")
    for row in rows:
        print(f"{row['name']:<24}{row['median']:>10.1f}{row['best']:>10.1f}")
    other = max(rows[1:], key=lambda row: row["best"])
    print(f"seamount / {other['name']}: {rows[0]['median'] / other['median']:.1f} (medians), {rows[0]['best'] / other['best']:.1f} (best)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=["stdp", "evidence"])
    parser.add_argument("--work", type=Path, required=True, help="folder for virtual environments and builds")
    parser.add_argument("--prefix", default="", help="put before every timed command")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    {"stdp": stdp, "evidence": evidence}[arguments.workload](arguments.work, shlex.split(arguments.prefix))


if __name__ == "__main__":
    main()
