"""Makes the small .nir and .net files of this folder: pip install nir==1.0.8 h5py numpy; python make.py

They hold what no file of the data sets has: the remaining node types, new storage forms, and one mistake each.
"""
import h5py
import nir
import numpy as np

f8 = np.float64
ones = lambda *shape: np.ones(shape, f8)


def good(name, graph, **kwargs):
    nir.write(name, graph, **kwargs)


def every_type():
    """One chain of every primitive but the two-dimensional ones, with metadata; and a nested graph."""
    def shape(n):
        return {"tau": ones(n) * 1e-2, "r": ones(n), "v_leak": ones(n) * 0}
    inner = nir.NIRGraph(
        nodes={"input": nir.Input(np.array([4])), "lif": nir.LIF(**shape(4), v_threshold=ones(4)),
               "rec": nir.Linear(weight=np.eye(4)), "output": nir.Output(np.array([4]))},
        edges=[("input", "lif"), ("lif", "rec"), ("rec", "lif"), ("lif", "output")])
    cuba = {"tau_syn": ones(4) * 5e-3, "tau_mem": ones(4) * 1e-2, "r": ones(4), "v_leak": ones(4) * 0}
    nodes = {
        "input": nir.Input(np.array([2, 9])),
        "conv1d": nir.Conv1d(input_shape=9, weight=ones(3, 2, 3), stride=2, padding="valid", dilation=1, groups=1,
                             bias=ones(3)),
        "flatten": nir.Flatten(input_type=np.array([3, 4]), start_dim=0, end_dim=-1),
        "affine": nir.Affine(weight=ones(4, 12), bias=ones(4)),
        "scale": nir.Scale(scale=ones(4) * 0.5),
        "threshold": nir.Threshold(threshold=ones(4)),
        "delay": nir.Delay(delay=ones(4) * 1e-3),
        "i": nir.I(r=ones(4)),
        "if": nir.IF(r=ones(4), v_threshold=ones(4), v_reset=ones(4) * -1),
        "li": nir.LI(**shape(4)),
        "cubali": nir.CubaLI(**cuba, w_in=2.0),
        "cubalif": nir.CubaLIF(**cuba, v_threshold=ones(4), w_in=ones(4) * 3),
        "nested": inner,
        "linear": nir.Linear(weight=ones(2, 4), metadata={"note": "last", "numbers": np.arange(3.0)}),
        "output": nir.Output(np.array([2])),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:])), metadata={"author": "make.py"})


def images():
    """Conv2d with a kernel that is not square and no shapes given, both pools."""
    nodes = {
        "input": nir.Input(np.array([2, 10, 13])),
        "conv": nir.Conv2d(input_shape=None, weight=ones(4, 1, 3, 5), stride=(1, 2), padding=(1, 0), dilation=(1, 1),
                           groups=2, bias=ones(4)),
        "sum": nir.SumPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "avg": nir.AvgPool2d(kernel_size=np.array([5, 2]), stride=np.array([1, 1]), padding=np.array([0, 0])),
        "output": nir.Output(np.array([4, 1, 1])),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:])), type_check=False)


def small():
    return nir.NIRGraph(
        nodes={"input": nir.Input(np.array([3])), "fc": nir.Affine(weight=ones(2, 3), bias=ones(2)),
               "lif": nir.LIF(tau=ones(2) * 1e-2, r=ones(2), v_leak=ones(2) * 0, v_threshold=ones(2)),
               "output": nir.Output(np.array([2]))},
        edges=[("input", "fc"), ("fc", "lif"), ("lif", "output")])


def bad(name, change, graph=small):
    name = f"bad_{name}.nir"
    nir.write(name, graph(), compression=None)
    with h5py.File(name, "r+") as file:
        change(file, file["node/nodes"])


def put(group, name, value):
    if name in group:
        del group[name]
    if value is not None:
        group[name] = value


def edges(*pairs):
    def change(file, _):
        del file["node/edges"]
        file["node"].create_dataset("edges", data=np.array(pairs, dtype=h5py.string_dtype()))
    return change


def squeezed_edges(file, _):
    del file["node/edges"]
    file["node"].create_dataset("edges", data=np.array(["input", "fc"], dtype=h5py.string_dtype()))


good("every_type.nir", every_type())
with h5py.File("images_.nir", "w"):
    pass
graph = images()
graph.nodes["conv"].input_shape = np.array([10, 13])
nir.write("images.nir", graph)
with h5py.File("images.nir", "r+") as file:
    del file["node/nodes/conv/input_shape"]
good("small.nir", small())
good("bad_lzf.nir", small(), compression="lzf")
with h5py.File("latest.nir", "w", libver="latest") as out, h5py.File("every_type.nir", "r") as source:
    for key in source:
        source.copy(key, out)
with h5py.File("filters.nir", "w", libver="latest") as out, h5py.File("small.nir", "r") as source:
    def visit(key, item):
        if isinstance(item, h5py.Dataset) and item.dtype != object and item.shape:
            out.create_dataset(key, data=item[()], compression="gzip", shuffle=True, fletcher32=True, chunks=True)
        elif isinstance(item, h5py.Dataset):
            source.copy(key, out, name=key)
    source.visititems(visit)

bad("dangling_edge", edges(("input", "fc"), ("fc", "lif1"), ("lif", "output"), ("ghost", "lif")))
bad("duplicate_edge", edges(("input", "fc"), ("input", "fc"), ("fc", "lif"), ("lif", "output")))
bad("edge_into_input", edges(("input", "fc"), ("fc", "lif"), ("lif", "output"), ("lif", "input")))
bad("edges_shape", squeezed_edges)
bad("no_edges", lambda f, n: put(f["node"], "edges", None))
bad("stateless_cycle", edges(("input", "fc"), ("fc", "fc"), ("fc", "lif"), ("lif", "output")))
bad("no_input", lambda f, n: put(n["input"], "type", "Output"))
bad("empty_shape", lambda f, n: put(n["input"], "shape", np.zeros(0, np.int64)))
bad("unit_axes", lambda f, n: put(n["output"], "shape", np.array([1, 2])))
bad("boolean_bias", lambda f, n: put(n["fc"], "bias", False))
bad("bias_shape", lambda f, n: put(n["fc"], "bias", ones(3)))
bad("weight_rank", lambda f, n: put(n["fc"], "weight", ones(6)))
bad("negative_tau", lambda f, n: put(n["lif"], "tau", np.array([1e-2, -1e-2])))
bad("nan", lambda f, n: put(n["lif"], "r", np.array([1, np.nan])))
bad("neuron_shapes", lambda f, n: put(n["lif"], "r", ones(3)))
bad("unknown_type", lambda f, n: put(n["lif"], "type", "Izhikevich"))
bad("unknown_field", lambda f, n: put(n["lif"], "refractory", ones(2)))
bad("missing_field", lambda f, n: put(n["lif"], "v_leak", None))
bad("text_for_numbers", lambda f, n: put(n["lif"], "tau", "fast"))
bad("complex_numbers", lambda f, n: put(n["lif"], "tau", np.array([1j, 1])))
bad("no_version", lambda f, n: put(f, "version", None))
bad("several", lambda f, n: (put(n["lif"], "tau", -ones(2)), put(n["fc"], "weight", ones(6)), put(n["output"], "type", "Sink")))


def mismatch(file, nodes):
    put(nodes["fc"], "weight", ones(5, 3))
    put(nodes["fc"], "bias", ones(5))


bad("edge_shape", mismatch)


def kernel(file, nodes):
    put(nodes["conv"], "weight", ones(4, 1, 30, 5))


def image_graph():
    graph = images()
    graph.nodes["conv"].input_shape = np.array([10, 13])
    return graph


bad("kernel_too_large", kernel, image_graph)


def no_shapes(file, nodes):
    for name in ["input", "output"]:
        put(nodes[name], "shape", None)
    put(nodes["conv"], "input_shape", None)


bad("no_shapes", no_shapes, image_graph)
bad("conv_groups", lambda f, n: put(n["conv"], "groups", 3), image_graph)
bad("conv_stride", lambda f, n: put(n["conv"], "stride", np.array([0, 2])), image_graph)

data = open("small.nir", "rb").read()
open("bad_truncated.nir", "wb").write(data[: len(data) // 2])
open("bad_lfs.nir", "w").write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
open("bad_text.nir", "w").write("not HDF5\n")
with h5py.File("bad_other_hdf5.nir", "w") as file:
    file["model_weights/dense/kernel"] = ones(2, 2)

rng = np.random.default_rng(0)
recording = nir.NIRGraphData(nodes={
    "lif": nir.NIRNodeData(observables={
        "v": nir.TimeGriddedData(data=rng.normal(size=(2, 5, 3)), dt=1e-3),
        "spikes": nir.EventData(idx=np.array([[0, 2, -1]]), time=np.array([[1e-3, 2e-3, np.inf]]), n_neurons=3, t_max=5e-3),
    })})
nir.write_data("recording.nird", recording)
import os
os.remove("images_.nir")
