#!/usr/bin/env bash
# The commands of docs/from-snntorch.md. SEAMOUNT: the program; default: what is on the path.
set -euo pipefail
seamount=${SEAMOUNT:-seamount}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
if ! venv/bin/pip install --quiet nir numpy h5py; then
    echo "from-snntorch: skipped, pip cannot install nir numpy h5py (no network?)"
    exit 0
fi

# 1. A network: snntorch.export_to_nir gives such a graph; here it is written by hand.
venv/bin/python - <<'PYTHON'
import nir
import numpy as np

rng = np.random.default_rng(1)
n_in, n_hidden, n_out, dt = 20, 32, 4, 1e-4

def lif(n):
    # snnTorch's Leaky(beta=0.9): v = 0.9 v + x
    tau = np.full(n, dt / (1 - 0.9))
    return nir.LIF(tau=tau, r=tau / dt, v_leak=np.zeros(n), v_threshold=np.ones(n), v_reset=np.zeros(n))

graph = nir.NIRGraph(
    nodes={
        "input": nir.Input(input_type={"input": np.array([n_in])}),
        "fc1": nir.Affine(weight=rng.normal(0.1, 0.3, (n_hidden, n_in)), bias=np.zeros(n_hidden)),
        "hidden": lif(n_hidden),
        "fc2": nir.Affine(weight=rng.normal(0.05, 0.3, (n_out, n_hidden)), bias=np.zeros(n_out)),
        "out": lif(n_out),
        "output": nir.Output(output_type={"output": np.array([n_out])}),
    },
    edges=[("input", "fc1"), ("fc1", "hidden"), ("hidden", "fc2"), ("fc2", "out"), ("out", "output")],
)
nir.write("mlp.nir", graph)
# 2. Input: 100 steps of random spikes, steps x sources.
np.save("spikes.npy", (rng.random((100, n_in)) < 0.1).astype(np.uint8))
PYTHON

# 3. To integers, onto the chip: the report says what quantising changed.
"$seamount" compile mlp.nir -o mlp.img --dt 1e-4 --reset zero --quantise-report quantise.txt
cat quantise.txt
# 4. Run it: synaptic operations and energy.
"$seamount" run mlp.img --steps 101 --input spikes.npy --probe out.spike --out out.npz
# 5. Float reference beside the chip: where they part, and why.
"$seamount" compare mlp.nir --dt 1e-4 --reset zero --steps 101 --input spikes.npy
