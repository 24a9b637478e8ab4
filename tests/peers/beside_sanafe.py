"""Energy and time a step of two synthetic networks: seamount beside SANA-FE, in one run.

    pip install sanafe numpy
    python tests/peers/beside_sanafe.py target/release/seamount

Both run the same integer network, neuron for neuron on the same cores; spikes, packets and neuron
updates are compared first. SANA-FE uses the Loihi architecture that it ships; seamount its profile
`sanafe-loihi`, which holds the same numbers.
"""
import json, os, subprocess, sys, tempfile
import numpy as np
import sanafe

STEPS, THRESHOLD = 200, 100
WIDTH, HEIGHT, PER_TILE = 8, 4, 4


def sparse(rng):
    """2048 neurons on 8 cores in 8 tiles, each to 24 others, anywhere."""
    n, fan = 2048, 24
    post = np.array([rng.choice(n, fan, replace=False) for _ in range(n)])
    pairs = [(i, int(p), int(w)) for i in range(n) for p, w in zip(post[i], rng.integers(1, 9, fan))]
    cores = [(t, 0) for t in [0, 3, 9, 12, 17, 20, 26, 31]]
    return n, pairs, [cores[i // 256] for i in range(n)], cores, rng.integers(200, 900, n), "loihi_sparse_synapse"


def dense(rng):
    """256 neurons on 2 cores, each to all of 256 neurons on 2 other cores in another tile."""
    n = 512
    weights = rng.integers(1, 128, (256, 256)) - 64
    weights[weights == 0] = 1
    pairs = [(i, 256 + j, int(weights[i, j])) for i in range(256) for j in range(256)]
    cores = [(0, 0), (0, 1), (9, 0), (9, 1)]
    bias = np.concatenate([rng.integers(200, 900, 256), np.full(256, 5)])
    return n, pairs, [cores[i // 128] for i in range(n)], cores, bias, "loihi_dense_synapse"


def tile_of_sanafe(tile):
    """seamount numbers tiles row by row, SANA-FE column by column."""
    x, y = tile % WIDTH, tile // WIDTH
    return x * HEIGHT + y


def run_seamount(binary, folder, name, n, pairs, where, cores, bias, fidelity):
    net = {
        "format": "seamount-netlist", "version": 1, "name": name, "inputs": [],
        "populations": [{"name": "g", "size": n, "compartments": [{
            "name": "soma", "current_decay": 4095, "voltage_decay": 0, "threshold_mantissa": THRESHOLD,
            "bias_mantissa": [int(b) for b in bias], "bias_exponent": 0}]}],
        "projections": [{"name": "g->g", "source": "g", "target": "g", "connectivity": {
            "kind": "pairs", **{what: [p[k] for p in pairs] for k, what in enumerate(("sources", "targets", "weights"))}}}],
        "probes": [],
    }
    path, image, placed = (os.path.join(folder, f) for f in ("net.json", "net.img", "where.json"))
    json.dump(net, open(path, "w"))
    runs, size = [], n // len(cores)
    for k, (tile, core) in enumerate(cores):
        runs.append({"chip": 0, "core": tile * PER_TILE + core,
                     "slices": [{"population": "g", "first_neuron": k * size, "neurons": size}]})
    json.dump({"format": "seamount-placement", "version": 1, "board": "loihi1", "cores": runs}, open(placed, "w"))
    subprocess.run([binary, "compile", path, "-o", image, "--placement", placed], check=True, stdout=subprocess.DEVNULL)
    out = subprocess.run([binary, "run", image, "--steps", str(STEPS), "--fidelity", fidelity, "--profile", "sanafe-loihi", "--json"],
                         check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)


def run_sanafe(n, pairs, where, bias, synapse, model):
    arch = sanafe.load_loihi()
    net = sanafe.Network()
    attrs = dict(threshold=float(THRESHOLD), reset=0.0, leak_decay=1.0, input_decay=0.0, reset_mode="hard")
    g = net.create_neuron_group("g", n, model_attributes=attrs, default_synapse_hw_name=synapse,
                                default_dendrite_hw_name="loihi_dendrites", soma_hw_name="loihi_lif")
    cores = arch.cores()
    for i in range(n):
        tile, core = where[i]
        g[i].set_attributes(model_attributes=dict(bias=float(bias[i]) / 64))
        g[i].map_to_core(cores[tile_of_sanafe(tile) * PER_TILE + core])
    g.connect_neurons_sparse(g, dict(weight=[float(w) for _, _, w in pairs]), [(a, b) for a, b, _ in pairs])
    chip = sanafe.SpikingChip(arch)
    chip.load(net)
    return chip.sim(STEPS, timing_model=model)


def main():
    binary = os.path.abspath(sys.argv[1])
    for name, make in (("sparse", sparse), ("dense", dense)):
        n, pairs, where, cores, bias, synapse = make(np.random.default_rng(1))
        theirs = {model: run_sanafe(n, pairs, where, bias, synapse, model) for model in ("simple", "detailed")}
        with tempfile.TemporaryDirectory() as folder:
            ours = {f: run_seamount(binary, folder, name, n, pairs, where, cores, bias, f) for f in ("pipeline", "cycle")}
        t, o = theirs["detailed"], ours["pipeline"]
        totals, energy = o["totals"], o["energy"][0]
        print(f"\n{name}: {make.__doc__} {STEPS} steps")
        print(f"  {'':26}{'SANA-FE':>16}{'seamount':>16}")
        counts = [("spikes", t["neurons_fired"], totals["spikes"]), ("packets", t["packets_sent"], totals["packets_out"]),
                  ("neuron updates, active", t["neurons_updated"], totals["neuron_updates_active"]),
                  ("synaptic events", t["spikes"], totals["synaptic_operations"])]
        for what, a, b in counts:
            print(f"  {what:26}{a:>16}{b:>16}")
        a, b = t["energy"]["total"] / STEPS * 1e9, energy["dynamic_fj_per_step"] * 1e-6
        print(f"  {'energy a step, nJ':26}{a:>16.3f}{b:>16.3f}  {100 * (b / a - 1):+.2f} %")
        units = {u["unit"]: u["energy_fj"] * 1e-6 / STEPS for u in energy["by_unit"]}
        print(f"    SANA-FE  {({k: round(v / STEPS * 1e9, 3) for k, v in t['energy'].items()})}")
        print(f"    seamount {({k: round(v, 3) for k, v in units.items()})}")
        for model in ("simple", "detailed"):
            a = theirs[model]["sim_time"] / STEPS * 1e6
            for fidelity in ("pipeline", "cycle"):
                b = ours[fidelity]["time"][0]["ps_per_step"] * 1e-6
                print(f"  time a step, us: {model:>8} {a:>10.3f}   {fidelity:>8} {b:>10.3f}  {100 * (b / a - 1):+.2f} %")


main()
