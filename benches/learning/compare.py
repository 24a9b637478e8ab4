#!/usr/bin/env python3
"""Pairwise STDP on 1,024 x 128 plastic synapses at 2 % activity: seamount, NEST and Brian2 in one run.

    python3 benches/learning/compare.py --work DIR [--prefix "nice -n -5"]

Makes one virtual environment a peer below DIR and installs the peers from the Python index there (once),
then times 1,000 steps of each, five times, one thread, construction and compilation aside. An update is a
visit of a synapse by a spike: pre spikes x 128 + post spikes x 1,024. Every run sees the same Bernoulli
spikes, and every peer must really have changed its weights. Post spikes are forced: NEST's targets are
neurons that a teacher makes spike, Brian2's are generators, which is the lightest it can have.
"""

import argparse
import json
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for virtual environments and builds")
    parser.add_argument("--prefix", default="", help="put before every timed command")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    prefix = shlex.split(arguments.prefix)
    nest = environment(arguments.work, "nest", ["nest-simulator"])
    brian = environment(arguments.work, "brian2", ["brian2==2.9.0", "numpy<2", "setuptools<80"])
    rows = [
        seamount(prefix),
        peer(prefix, nest, NEST),
        peer(prefix, brian, BRIAN, str(arguments.work / "brian2-build")),
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


if __name__ == "__main__":
    main()
