"""A user's own function as the float side of a validation."""

import threading

import numpy as np
import pytest

import seamount as sm

STEPS = 2000
RULE = {
    "rule": {
        "dw": "2^-4*x1*y0 - 2^-4*y1*x0 + 4*x0*(y0+0)",
        "x1": {"impulse": 64, "tau": 20},
        "y1": {"impulse": 64, "tau": 20},
    },
    "network": {"sources": 16, "targets": 8, "weights": [80, 120]},
    "stimulus": {"steps": STEPS, "sources": {"rate": 0.02}, "targets": {"rate": 0.02}},
    "tolerance": {"gain_min": 0.85, "gain_max": 1.05, "correlation_min": 0.9},
}


def table(spikes, units):
    """Spikes as (steps, units); element t - 1 is step t."""
    dense = np.zeros((STEPS, units))
    dense[spikes[:, 0] - 1, spikes[:, 1]] = 1
    return dense


def pairs(seen, potentiation=4.0, depression=4.0):
    """Pairwise STDP (Song, Miller, Abbott 2000) from the spikes of a run."""
    pre = table(seen.source_spikes, 16)
    post = table(seen.target_spikes, 8)
    keep = np.exp(-1 / 20)
    x, y = np.zeros(16), np.zeros(8)
    change = np.zeros((16, 8))
    for step in range(STEPS):
        x *= keep
        y *= keep
        change -= depression * np.outer(pre[step], y)
        x += pre[step]
        change += potentiation * np.outer(x, post[step])
        y += post[step]
    return change[seen.ends[:, 0], seen.ends[:, 1]]


def test_a_function_is_the_float_side_and_a_wrong_one_fails():
    judged = sm.validate(RULE, seeds=3, reference=pairs)
    assert judged.passed, str(judged)
    # controls: the opposite sign, and one that never moves a weight the chip's way
    assert not sm.validate(RULE, seeds=3, reference=lambda seen: -pairs(seen)).passed
    alone = sm.validate(RULE, seeds=3, reference=lambda seen: pairs(seen, depression=0.0))
    assert not alone.passed


def test_a_function_says_the_same_as_the_equations_that_are_built_in():
    own = sm.validate(RULE, seeds=2, reference=pairs)
    times = {"a_plus": 4, "tau_plus": 20, "a_minus": 4, "tau_minus": 20}
    built_in = sm.validate(RULE | {"reference": {"rule": "pair-stdp"} | times}, seeds=2)
    for ours, theirs in zip(own.report["checks"], built_in.report["checks"], strict=True):
        assert ours["key"] == theirs["key"]
        assert ours["value"] == pytest.approx(theirs["value"], rel=1e-9)


def test_what_a_function_is_told():
    told = {}
    lock = threading.Lock()

    def keep(seen):
        with lock:
            told[seen.seed] = seen
        return pairs(seen)

    sm.validate(RULE | {"report": {"every": 500}}, seeds=2, reference=keep)
    assert sorted(told) == [1, 2], "each seed, the file's own among them"
    seen = told[1]
    assert seen.steps == STEPS and list(seen.rows) == [500, 1000, 1500, 2000]
    assert seen.ends.shape == (128, 2) and seen.weights.shape == (128,)
    assert seen.weights.min() >= 80 and seen.weights.max() <= 120
    assert seen.source_spikes.shape[1] == 2 and seen.source_spikes[:, 0].min() >= 1
    assert not seen.recordings and not len(seen.rewards)
    assert repr(seen) == "Seen(seed 1, plastic, 128 synapses)"
    assert not np.array_equal(told[2].source_spikes, seen.source_spikes)


def test_rows_of_a_function_are_compared_one_by_one():
    rows = RULE | {"report": {"every": 1000}}

    def late(seen):
        return np.stack([np.zeros(len(seen.weights)), pairs(seen)])

    errors = {}
    for name, function in {"late": late, "line": pairs}.items():
        courses = sm.validate(rows, seeds=1, reference=function).report["variables"]
        errors[name] = next(c for c in courses if c["name"] == "w")["rows"][1]["errors"]["mean"]
    assert errors["late"] > errors["line"]


def test_what_a_function_raises_is_raised():
    class Own(Exception):
        pass

    def raises(seen):
        raise Own("seed", seen.seed)

    with pytest.raises(Own, match="seed"):
        sm.validate(RULE, seeds=1, reference=raises)
    assert sm.validate(RULE, seeds=1, reference=pairs).passed, "and the next one is judged"


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (np.zeros(5), r"shape \[5\]; wanted \[128\] \(synapses\)"),
        (np.full(128, np.nan), "element 0 is NaN"),
    ],
)
def test_arrays_that_do_not_fit(returned, said):
    with pytest.raises(sm.SeamountError, match=said):
        sm.validate(RULE, seeds=1, reference=lambda seen: returned)


def test_no_numbers_at_all():
    with pytest.raises((TypeError, ValueError)):
        sm.validate(RULE, seeds=1, reference=lambda seen: "a text")


def test_references_that_cannot_be():
    with pytest.raises(sm.UsageError, match="int cannot be called"):
        sm.validate(RULE, reference=3)
    times = {"a_plus": 4, "tau_plus": 20, "a_minus": 4, "tau_minus": 20}
    both = RULE | {"reference": {"rule": "pair-stdp"} | times}
    with pytest.raises(sm.InputError, match="one of them is enough"):
        sm.validate(both, reference=pairs)
    with pytest.raises(sm.InputError, match="one function"):
        sm.validate(RULE, reference={"plastic": pairs})
    with pytest.raises(sm.InputError, match="network, not a function"):
        sm.validate({"eprop": {"network": "pattern"}}, reference=pairs)


def network(folder):
    """A recurrent network that learns, with its input, in files."""
    net = sm.Network("recurrent")
    net.input("pre", 8)
    # no memory from step to step: what comes back adds to a spike's chances, and no more
    net.lif("hidden", 8, threshold_mantissa=250, current_decay=4095, voltage_decay=4095)
    trace = sm.Trace(64, tau=20)
    net.rule("stdp", dw="2^-4*x1*y0 - 2^-4*y1*x0 + 4*x0*(y0+0)", x1=trace, y1=trace, epoch=1)
    net.connect("pre", "hidden", one_to_one=255)
    draw = np.random.default_rng(5)
    signs = ("excitatory", 8)
    recurrent = draw.integers(40, 60, (8, 8))
    net.connect("hidden", "hidden", recurrent, precision=signs, rule="stdp", name="learns")
    net.probe("hidden", "spike")
    net.save(folder / "net.json")
    for seed in (1, 2):
        times = np.argwhere(np.random.default_rng(seed).random((STEPS - 1, 8)) < 0.02)
        lines = [f"{step},pre,{neuron}" for step, neuron in times]
        (folder / f"in-{seed}.csv").write_text("\n".join(["step,input,neuron", *lines]) + "\n")


def test_projections_of_a_recurrent_network(tmp_path):
    network(tmp_path)
    (tmp_path / "net.toml").write_text(
        f"""
[netlist]
network = "net.json"
input = ["in-{{seed}}.csv"]
steps = {STEPS}
[tolerance]
gain_min = 0.8
gain_max = 1.1
correlation_min = 0.9
"""
    )

    def learns(seen, sign=1):
        spikes = seen.recordings["hidden.spike"].values.astype(float)
        assert spikes.shape == (STEPS, 8) and seen.projection == "learns"
        keep = np.exp(-1 / 20)
        start = seen.weights.reshape(8, 8)
        x, y, change = np.zeros(8), np.zeros(8), np.zeros((8, 8))
        pre = np.vstack([np.zeros(8), spikes[:-1]])  # a spike arrives a step later
        for step in range(STEPS):
            x *= keep
            y *= keep
            change -= 4 * np.outer(pre[step], y)
            x += pre[step]
            change += 4 * np.outer(x, spikes[step])
            y += spikes[step]
            change = np.clip(change, -start, 255 - start)
        return sign * change[seen.ends[:, 0], seen.ends[:, 1]]

    judged = sm.validate(tmp_path / "net.toml", seeds=2, reference={"learns": learns})
    assert judged.passed, str(judged)
    control = {"learns": lambda seen: learns(seen, -1)}
    assert not sm.validate(tmp_path / "net.toml", seeds=2, reference=control).passed
    with pytest.raises(sm.InputError, match="function for each projection"):
        sm.validate(tmp_path / "net.toml", reference=pairs)
    with pytest.raises(sm.InputError, match="no function"):
        sm.validate(tmp_path / "net.toml", reference={})
    with pytest.raises(sm.SeamountError, match="other"):
        sm.validate(tmp_path / "net.toml", seeds=1, reference={"other": learns})
