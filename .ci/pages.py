"""Parts of .ci/pages: its inputs, a look by a browser, the schema. Only the standard library, but for
`jsonschema` where the schema is checked, and the package itself where its pages are looked at."""

import json
import random
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

HOSTILE = [
    "</script><script>document['body']['dataset']['smuggled']=1</script>",
    "<img src=x onerror=document['body']['dataset']['smuggled']=2>",
    "\"'><svg onload=document['body']['dataset']['smuggled']=3>",
    "<!--<script>\u2028",
    "datum['x'] || (document['body']['dataset']['smuggled']=4)",
]


def npy(values, shape):
    """The bytes of an array of unsigned bytes."""
    head = "{'descr': '|u1', 'fortran_order': False, 'shape': %r, }" % (shape,)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + bytes(values)


def matrix(rng, sources, targets, low, high):
    return [[rng.randrange(low, high) for _ in range(targets)] for _ in range(sources)]


def network(name, names, rng, sizes):
    drive, hidden, out = names
    neuron = {"name": "soma", "voltage_decay": 256, "current_decay": 4095}
    return {
        "format": "seamount-netlist",
        "version": 1,
        "name": name,
        "inputs": [{"name": drive, "size": sizes[0]}],
        "populations": [
            {"name": hidden, "size": sizes[1], "compartments": [neuron | {"threshold_mantissa": 300}]},
            {"name": out, "size": sizes[2], "compartments": [neuron | {"threshold_mantissa": 250}]},
        ],
        "projections": [
            {
                "name": "a",
                "source": drive,
                "target": hidden,
                "connectivity": {"kind": "dense", "weights": matrix(rng, sizes[0], sizes[1], -60, 120)},
            },
            {
                "name": "b",
                "source": hidden,
                "target": out,
                "connectivity": {"kind": "dense", "weights": matrix(rng, sizes[1], sizes[2], -60, 120)},
            },
        ],
    }


def busy(rng):
    """Populations with biases that fire by themselves, on so many cores that not all have a bar."""
    populations = []
    for index in range(24):
        soma = {
            "name": "soma",
            "voltage_decay": 64,
            "current_decay": 4095,
            "bias_mantissa": [rng.randrange(100, 900) for _ in range(40)],
            "threshold_mantissa": 200,
        }
        core = {"v_min_exponent": 23 - index % 4, "noise_exponent": index % 16}
        name = f"population number {index}"
        populations.append({"name": name, "size": 40, "core": core, "compartments": [soma]})
    return {
        "format": "seamount-netlist",
        "version": 1,
        "name": "busy",
        "populations": populations,
        "projections": [
            {
                "name": f"p{index}",
                "source": f"population number {index}",
                "target": f"population number {(index + 1) % 24}",
                "connectivity": {"kind": "all_to_all", "weight": 6},
            }
            for index in range(24)
        ],
    }


def inputs():
    rng = random.Random(5)
    names = ("in", "hidden", "out")
    write("net.json", network("small net", names, rng, (20, 30, 4)))
    hostile = network(HOSTILE[0], HOSTILE[1:4], rng, (2, 2, 2))
    for population in hostile["populations"]:
        population["compartments"][0] |= {"bias_mantissa": 300, "bias_exponent": 6}
    hostile["projections"][0]["name"] = HOSTILE[4]
    write("hostile.json", hostile)
    write("busy.json", busy(rng))
    spikes = [int(rng.random() < 0.15) for _ in range(200 * 20)]
    open("spikes.npy", "wb").write(npy(spikes, (200, 20)))
    samples = [int(rng.random() < 0.3) for _ in range(40 * 30 * 20)]
    labels = [rng.randrange(4) for _ in range(40)]
    with zipfile.ZipFile("data.npz", "w") as archive:
        archive.writestr("samples.npy", npy(samples, (40, 30, 20)))
        archive.writestr("labels.npy", npy(labels, (40,)))


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file)


def chromium(browser, page, *arguments):
    """What a browser of its own says of a page, on standard output and on standard error."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
        command += [f"--user-data-dir={profile}", "--disable-background-networking"]
        command += ["--disable-component-update", "--no-first-run", "--no-default-browser-check"]
        command += ["--virtual-time-budget=60000", "--hide-scrollbars", *arguments]
        import os

        target = "file://" + os.path.abspath(page)
        run = subprocess.run(command + [target], capture_output=True, text=True, timeout=300)
        return run.stdout, run.stderr


def draw(browser, page):
    """Every chart is drawn, and nothing else happens."""
    stem = page.removesuffix(".html")
    net = f"{stem}.net.json"
    dom, said = chromium(browser, page, "--dump-dom", f"--log-net-log={net}")
    body = re.search(r"<body([^>]*)>", dom).group(1)
    found = dict(re.findall(r'data-([a-z]+)="([^"]*)"', body))
    wanted = {"charts": found.get("charts"), "drawn": found.get("charts"), "failed": "0"}
    assert found == wanted, f"{page}: {found}"
    assert int(found["charts"]) > 0 or page.startswith("images"), page
    # every chart is a picture with something in it
    drawn = len(re.findall(r'<(?:svg|canvas)[^>]*class="marks"', dom))
    assert drawn == int(found["charts"]), f"{page}: {drawn} pictures of {found['charts']}"
    console = [line for line in said.splitlines() if "CONSOLE" in line]
    assert not console, f"{page}: {console}"
    outside = asked(net)
    assert not outside, f"{page}: {outside}"
    for name, size in [("wide", "1280,4000"), ("phone", "390,6000")]:
        shot = f"--screenshot={stem}-{name}.png"
        chromium(browser, page, shot, f"--window-size={size}")
    print(f"{page}: {found['charts']} charts drawn, nothing asked for")


def asked(net):
    """Addresses that a page asked for, by the browser's own record; what the browser asks for itself
    has no page as its origin."""
    text = open(net).read().rstrip().rstrip(",")
    events = json.loads(text if text.endswith("}") else text + "]}")["events"]
    found = set()
    for event in events:
        fields = event.get("params", {})
        of_page = fields.get("initiator") not in (None, "not an origin")
        if of_page and re.match(r"(https?|wss?|ftp):", fields.get("url", "")):
            found.add(fields["url"])
    return found


def control(browser):
    """The look at pages sees what it looks for: a page that asks, draws less and runs what it must
    not."""
    with open("control.htm", "w") as file:
        file.write(
            '<html><body data-charts="1" data-drawn="0"><img src="http://127.0.0.1:9/x.png">'
            "<script>console.log('said'); document['body']['dataset']['smuggled']=1</script></body></html>"
        )
    dom, said = chromium(browser, "control.htm", "--dump-dom", "--log-net-log=control.json")
    assert asked("control.json") == {"http://127.0.0.1:9/x.png"}, asked("control.json")
    assert 'data-smuggled="1"' in dom, dom
    assert any("CONSOLE" in line for line in said.splitlines()), said
    print("a page that asks is seen")


def schema(path, page):
    """Every chart of a page by the schema of Vega-Lite."""
    import jsonschema

    wanted = json.load(open(path))
    checker = jsonschema.Draft7Validator(wanted)
    text = open(page).read()
    charts = re.search(r'<script type="application/json" id="charts">(.*?)</script>', text, re.S)
    charts = json.loads(charts.group(1))
    for chart in charts:
        worst = jsonschema.exceptions.best_match(checker.iter_errors(chart["spec"]))
        assert worst is None, f"{page}: {chart['file']}: {worst.message} at {list(worst.path)}"
    print(f"{page}: {len(charts)} charts are valid")


def graph(netlist, path):
    """A network written as a graph of NIR, read by NIR's own package, has the numbers of the chip."""
    import nir

    wanted = json.load(open(netlist))
    found = nir.read(path)
    for population in wanted["populations"]:
        soma = population["compartments"][0]
        neurons = found.nodes[population["name"]]
        assert type(neurons).__name__ == "LIF", neurons
        assert set(neurons.v_threshold) == {soma["threshold_mantissa"]}, neurons
        # one step of 1e-4 s takes this share of the voltage
        assert {round(1e-4 / tau * 4096) for tau in neurons.tau} == {soma["voltage_decay"]}, neurons
    for projection in wanted["projections"]:
        weights = found.nodes[projection["name"]].weight
        assert (weights.T == projection["connectivity"]["weights"]).all(), projection["name"]
        edges = {(projection["source"], projection["name"]), (projection["name"], projection["target"])}
        assert edges <= set(map(tuple, found.edges)), found.edges
    print(f"{path}: {len(found.nodes)} nodes are those of the network")


def python(rule):
    """Pages that the package writes: a run that learned, of hostile names too, a data set, comparisons, a rule."""
    import numpy as np
    import seamount as sm

    rng = np.random.default_rng(5)
    net = sm.Network("learns")
    pre, post = net.input("pre", 20), net.lif("post", 5, threshold_mantissa=150, voltage_decay=500)
    net.rule("stdp", dw="2^-4*x1*y0 - 2^-4*y1*x0", x1=sm.Trace(64, tau=20), y1=sm.Trace(64, tau=20), epoch=1)
    weights = rng.integers(20, 60, (20, 5))
    name = net.connect(pre, post, weights, precision=("excitatory", 8), rule="stdp", name=HOSTILE[4])
    net.probe(name, "weight", every=10)
    net.probe(post, "spike")
    spikes = rng.random((400, 20)) < 0.1
    run = net.compile().run(400, spikes, per_step=True, fidelity="pipeline", profile="davies2018")
    assert "learned" in run.charts(), list(run.charts())
    run.report("run.html")
    small, hostile = sm.open("net.json"), sm.open("hostile.json")
    hostile.compile().run(50, fidelity="pipeline", per_step=True).report("hostile.html")
    samples, labels = rng.random((40, 30, 20)) < 0.3, rng.integers(0, 4, 40)
    small.compile().batch(samples, labels, output="out", steps=33).report("eval.html")
    other = sm.open("net.json")
    other.connect("in", "out", pairs=([0], [1], -200), name="one more")
    sm.compare(small, other, steps=100, spikes=spikes[:100]).report("compare.html")
    sm.validate(rule, seeds=2).report("validate.html")
    if (graph := nir_graph()) is not None:
        sm.compare(graph, steps=100, spikes=rng.random((100, 3)) < 0.3).report("floats.html")
    # what a notebook shows of a run, as a page around it
    with open("notebook.htm", "w") as file:
        file.write(f"<html><body>{run._repr_mimebundle_()['text/html']}</body></html>")


def nir_graph():
    """A float graph of two layers; none without the package of NIR."""
    try:
        import nir
    except ImportError:
        print("skipped: the page of a float graph (no nir)")
        return None
    import numpy as np

    rng = np.random.default_rng(7)
    lif = dict(tau=np.full(4, 0.02), r=np.full(4, 1.0), v_leak=np.zeros(4), v_threshold=np.full(4, 0.1))
    nodes = {
        "input": nir.Input(np.array([3])),
        "weights": nir.Linear(rng.uniform(0, 1, (4, 3))),
        "neurons": nir.LIF(**lif),
        "output": nir.Output(np.array([4])),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:])))


if __name__ == "__main__":
    {"python": python, "inputs": inputs, "draw": draw, "control": control, "schema": schema, "graph": graph}[sys.argv[1]](*sys.argv[2:])
