"""A network for ranks: network.py NEURONS [SYNAPSES A NEURON] > net.json, spikes.csv beside it.

Three populations: two with noise that excite each other with delays, on as many cores as they need, and one whose
synapses learn. What is random comes from a fixed seed, so that everybody has the same network.
"""

import json
import random
import sys

neurons = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
fan_out = int(sys.argv[2]) if len(sys.argv) > 2 else 20
dice = random.Random(5)


def population(name, size, **more):
    soma = {
        "name": "soma",
        "noise": True,
        "current_decay": 1500,
        "voltage_decay": 300,
        "threshold_mantissa": 120,
        "refractory_steps": 2,
    }
    return {"name": name, "size": size, "core": {"noise_exponent": 9}, "compartments": [soma | more]}


def pairs(source, sources, target, targets, count):
    places = [(s, t) for s in range(sources) for t in dice.sample(range(targets), min(count, targets))]
    return {
        "name": f"{source}-{target}",
        "source": source,
        "target": target,
        "connectivity": {
            "kind": "pairs",
            "sources": [s for s, _ in places],
            "targets": [t for _, t in places],
            "weights": [dice.randrange(-40, 60, 2) for _ in places],
            "delays": [dice.randrange(4) for _ in places],
        },
    }


learning = 200
weights = [[dice.randrange(0, 40, 2) for _ in range(learning)] for _ in range(64)]
network = {
    "format": "seamount-netlist",
    "version": 1,
    "name": "ranks",
    "inputs": [{"name": "in", "size": 64}],
    "populations": [population("a", neurons), population("b", neurons), population("c", learning)],
    "learning_rules": [
        {
            "name": "stdp",
            "dw": "2^-4*x1*y0 - 2^-4*y1*x0",
            "x1": {"impulse": 64, "tau": 20},
            "y1": {"impulse": 64, "tau": 20},
        }
    ],
    "projections": [
        pairs("in", 64, "a", neurons, 60),
        pairs("in", 64, "b", neurons, 60),
        pairs("a", neurons, "b", neurons, fan_out),
        pairs("b", neurons, "a", neurons, fan_out),
        pairs("a", neurons, "a", neurons, fan_out),
        pairs("a", neurons, "c", learning, 1),
        {
            "name": "plastic",
            "source": "in",
            "target": "c",
            "precision": {"kind": "format", "sign_mode": "mixed", "weight_bits": 8},
            "connectivity": {"kind": "dense", "weights": weights},
            "learning": "stdp",
        },
    ],
    "probes": [
        {"name": "spikes", "target": "b", "register": "spike"},
        {"name": "v", "target": "a", "register": "voltage", "every": 10},
    ],
    "learning_probes": [{"name": "w", "projection": "plastic", "variable": "weight", "every": 20}],
}
json.dump(network, sys.stdout)
with open("spikes.csv", "w") as file:
    file.write("step,input,neuron\n")
    for step in range(2000):
        for neuron in range(64):
            if dice.random() < 0.05:
                file.write(f"{step},in,{neuron}\n")
