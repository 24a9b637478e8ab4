"""From connected processes to a network: ours, and those of an installed Lava.

Everything is read by name: the class of a process, its ports and their connections, ``init`` of
its variables and ``proc_params``. So neither Lava nor this package's own classes are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import whole
from ..errors import Finding, InputError
from ..network import Network, Trace

__all__ = ["LavaNetwork", "from_lava"]

Flat = NDArray[np.int64]

_NEURONS = ("LIF",)
_SYNAPSES = ("Dense", "Sparse", "Conv", "DelayDense", "LearningDense")
# Ports of Lava that stand between two others and change nothing but the shape.
_VIEWS = ("ReshapePort",)
_SIGNS = {1: "mixed", 2: "excitatory", 3: "inhibitory"}
_REGISTERS = {"v": "voltage", "u": "current", "s_out": "spike"}
_LEARNED = {"weights": "weight", "tag_1": "tag"}


@dataclass
class LavaNetwork:
    """A network made of processes, and what else they hold."""

    network: Network
    """The network; its names are those of the processes."""
    sources: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    """Spikes of each source by its name, (steps, neurons): what it sends in step 1, 2, ...; it
    begins anew after the last row."""
    names: dict[int, str] = field(default_factory=dict)
    """Name of a population, input or projection by the ``id`` of its process."""
    probes: dict[tuple[int, str], str] = field(default_factory=dict)
    """Name of a recording by ``id`` and name of what is recorded."""
    texts: list[str] = field(default_factory=list)
    """Probes that an image is asked for by text: traces."""

    def spikes(self, steps: int, after: int = 0) -> dict[str, NDArray[np.uint8]]:
        """Input of ``steps`` steps behind step ``after``, as ``run`` takes it."""
        # what a source sends in step t arrives in t + 1: row r of the input is sent in after + r
        at = after + np.arange(steps) - 1
        found = {}
        for name, table in self.sources.items():
            rows = table[at % len(table)] if len(table) else np.zeros((steps, table.shape[1]))
            found[name] = np.where((at >= 0)[:, np.newaxis], rows, 0).astype(np.uint8)
        return found


def _kind(process: Any) -> str:
    """What a process is; of the two classes RingBuffer source or sink."""
    name = type(process).__name__
    if name == "RingBuffer":
        return "source" if hasattr(process, "s_out") else "sink"
    return name


def _ends(port: Any, direction: str) -> Iterator[Any]:
    """The ports at the other end of a port's connections."""
    for other in getattr(port, direction):
        if type(other).__name__ in _VIEWS:
            yield from _ends(other, direction)
        else:
            yield other


def _neighbours(process: Any) -> Iterator[Any]:
    for port in process.in_ports:
        yield from (end.process for end in _ends(port, "in_connections"))
    for port in process.out_ports:
        yield from (end.process for end in _ends(port, "out_connections"))
    # Lava's monitors of variables hang at ports of the variables
    for port in getattr(process, "var_ports", ()):
        yield from (end.process for end in port.in_connections)
    yield from process.__dict__.get("_monitors", ())


def connected(process: Any) -> list[Any]:
    """All processes that are connected to one, in the order in which they were made."""
    found = {id(process): process}
    waiting = [process]
    while waiting:
        for other in _neighbours(waiting.pop()):
            if id(other) not in found:
                found[id(other)] = other
                waiting.append(other)
    return sorted(found.values(), key=lambda one: one.id)


def from_lava(process: Any, *, arithmetic: str = "loihi1") -> LavaNetwork:
    """The network of a process and all that are connected to it.

    Parameters
    ----------
    process
        A process of ``seamount.lava``, or of an installed Lava before it runs: LIF, Dense,
        Sparse, Conv, DelayDense, LearningDense, RingBuffer (source and sink), Monitor.
    arithmetic
        Of learning rules: ``"loihi1"``, which Lava's fixed-point models have, or ``"wide"``.

    Returns
    -------
    LavaNetwork
        ``found.network.compile().run(steps, found.spikes(steps))`` runs it; sinks and monitors
        are recordings.

    Raises
    ------
    InputError
        With everything that has no counterpart on the chip.
    """
    build = _Build(connected(process), arithmetic)
    return build.made()


def _seed(processes: list[Any]) -> int:
    """The seed of the first rule that has one: all chance of a chip comes from one."""
    for process in processes:
        rule = getattr(process, "proc_params", {}).get("learning_rule")
        seed = getattr(rule, "rng_seed", None)
        if seed is not None:
            return int(seed)
    return 0


class _Build:
    """A network while it is made; what is wrong gathers until the end."""

    def __init__(self, processes: list[Any], arithmetic: str) -> None:
        self._processes = processes
        self._arithmetic = arithmetic
        self._wrong: list[Finding] = []
        self._net = Network("lava", seed=_seed(processes))
        self._found = LavaNetwork(self._net)
        self._taken: set[str] = set()

    def _no(self, process: Any, problem: str, fault: str = "unsupported") -> None:
        self._wrong.append(Finding(str(process.name), problem, fault))

    def made(self) -> LavaNetwork:
        """The network, or everything that is wrong."""
        of_kind: dict[str, list[Any]] = {}
        for process in self._processes:
            of_kind.setdefault(_kind(process), []).append(process)
        known = {"source", "sink", "Monitor", *_NEURONS, *_SYNAPSES}
        for kind, processes in of_kind.items():
            if kind not in known:
                there = "LIF, Dense, Sparse, Conv, DelayDense, LearningDense, RingBuffer, Monitor"
                for process in processes:
                    self._no(process, f"{kind} is none of {there}")
        for source in of_kind.get("source", ()):
            self._guarded(source, self._source)
        for kind in _NEURONS:
            for neurons in of_kind.get(kind, ()):
                self._guarded(neurons, self._neurons)
        for kind in _SYNAPSES:
            for synapses in of_kind.get(kind, ()):
                self._guarded(synapses, self._synapses)
        for sink in of_kind.get("sink", ()):
            self._guarded(sink, self._sink)
        for monitor in of_kind.get("Monitor", ()):
            self._monitor(monitor)
        if self._wrong:
            raise InputError("processes", tuple(self._wrong))
        return self._found

    def _guarded(self, process: Any, make: Any) -> None:
        """Makes a part; a wrong array is a finding among the others."""
        try:
            make(process)
        except InputError as error:
            for finding in error.findings:
                place = f"{process.name}.{finding.place or error.what}"
                self._wrong.append(Finding(place, finding.problem, finding.fault, finding.value))

    def _name(self, process: Any) -> str:
        """A name that no other part has."""
        name = str(process.name)
        if name in self._taken or "." in name or not name:
            name = f"{type(process).__name__}_{process.id}"
        self._taken.add(name)
        self._found.names[process.id] = name
        return name

    def _source(self, process: Any) -> None:
        data = np.asarray(process.data.init)
        steps = data.shape[-1] if data.ndim else 0
        # as Lava's synapses without message bits, which ask only whether something arrived
        table = (data.reshape(-1, steps) != 0).T.astype(np.uint8)
        name = self._name(process)
        self._net.input(name, table.shape[1])
        self._found.sources[name] = table
        for end in _ends(process.s_out, "out_connections"):
            if end.process.__class__.__name__ not in _SYNAPSES:
                kind = type(end.process).__name__
                self._no(process, f"is connected to {kind}; on a chip synapses stand between")

    def _neurons(self, process: Any) -> None:
        shape = process.v.shape
        size = int(np.prod(shape))

        def each(name: str) -> Any:
            var = getattr(process, name)
            values = whole(name, var.init, np.int64)
            if var.shape == (1,) or values.ndim == 0:
                return int(values.reshape(-1)[0])
            return np.broadcast_to(values, shape).reshape(size)

        registers = {
            "current_decay": each("du"),
            "voltage_decay": each("dv"),
            "threshold_mantissa": each("vth"),
            "bias_mantissa": each("bias_mant"),
            "bias_exponent": each("bias_exp"),
            "initial_voltage": each("v"),
            "initial_current": each("u"),
        }
        given = {name: v for name, v in registers.items() if np.any(v) or name.endswith("decay")}
        self._net.lif(self._name(process), size, **given)
        for end in _ends(process.a_in, "in_connections"):
            if type(end.process).__name__ not in _SYNAPSES:
                kind = type(end.process).__name__
                self._no(process, f"gets its input from {kind}; on a chip synapses stand between")

    def _synapses(self, process: Any) -> None:
        parameters = process.proc_params
        bits = parameters.get("num_message_bits") or 0
        if bits:
            self._no(process, f"num_message_bits is {bits}: graded spikes are not taken over")
        sources = [end.process for end in _ends(process.s_in, "in_connections")]
        targets = [end.process for end in _ends(process.a_out, "out_connections")]
        named = self._found.names
        for other in (*sources, *targets):
            if other.id not in named:
                self._no(process, f"is connected to {type(other).__name__} '{other.name}'")
                return
        if not sources or not targets:
            self._no(process, "has no connection at one of its ends", "missing")
            return
        table = _Weights.of(process)
        delay = _delay(process, table)
        options: dict[str, Any] = {}
        exponent = parameters.get("weight_exp") or 0
        if exponent:
            options["exponent"] = int(whole("weight_exp", exponent, np.int64))
        if delay is not None:
            options["delay"] = delay
        rule = parameters.get("learning_rule")
        if rule is not None:
            options |= self._learning(process, rule, table, targets)
        name = self._name(process)
        many = len(sources) * len(targets) > 1
        for source in sources:
            for target in targets:
                ends = (named[source.id], named[target.id])
                self._net.connect(
                    *ends,
                    pairs=(table.sources, table.targets, table.weights),
                    name=f"{name}: {ends[0]} to {ends[1]}" if many else name,
                    **options,
                )

    def _learning(
        self, process: Any, rule: Any, table: _Weights, targets: list[Any]
    ) -> dict[str, Any]:
        """The rule of a connection that learns."""
        back = [end.process for end in _ends(process.s_in_bap, "in_connections")]
        if [one.id for one in back] != [one.id for one in targets] or len(targets) != 1:
            self._no(process, "learns from spikes of s_in_bap that are not those of its target")
        for tag in ("tag_1", "tag_2"):
            if np.any(getattr(process, tag).init):
                self._no(process, f"{tag} does not begin with 0")
        traces = {}
        for trace in ("x1", "x2", "y1", "y2", "y3"):
            impulse = getattr(rule, f"{trace}_impulse", 0)
            if impulse:
                tau = float(np.asarray(getattr(rule, f"{trace}_tau")).reshape(-1)[0])
                traces[trace] = Trace(int(whole(f"{trace}_impulse", impulse, np.int64)), tau=tau)
        texts = {part: getattr(rule, f"{part}_str", None) for part in ("dw", "dd", "dt")}
        name = f"rule of {process.name}"
        self._net.rule(
            name,
            epoch=int(rule.t_epoch),
            profile=self._arithmetic,
            **{part: text for part, text in texts.items() if text},
            **traces,
        )
        return {"rule": name, "precision": (_SIGNS[table.sign], table.bits)}

    def _sink(self, process: Any) -> None:
        for end in _ends(process.a_in, "in_connections"):
            if _kind(end.process) not in _NEURONS or end.name != "s_out":
                kind = type(end.process).__name__
                self._no(process, f"records {kind}.{end.name}; only spikes of neurons are kept")
                continue
            self._probe(end.process, "s_out")

    def _monitor(self, process: Any) -> None:
        named = {str(one.name): one for one in self._processes}
        if hasattr(process, "targets"):
            targets = [(target.process, target.name) for target, _ in process.targets]
        else:
            pairs = process.target_names.values()
            targets = [(named[name], variable) for name, variable in pairs if name in named]
        for target, variable in targets:
            self._probe(target, str(variable))

    def _probe(self, process: Any, variable: str) -> None:
        key = (process.id, variable)
        if key in self._found.probes or process.id not in self._found.names:
            return
        name = self._found.names[process.id]
        kind = _kind(process)
        if kind in _NEURONS and variable in _REGISTERS:
            self._found.probes[key] = self._net.probe(name, _REGISTERS[variable])
        elif kind == "LearningDense" and variable in _LEARNED:
            self._found.probes[key] = self._net.probe(name, _LEARNED[variable])
        elif kind == "LearningDense" and variable[0] in "xy" and variable[1:].isdigit():
            part = name
            if variable[0] == "y":
                target = next(iter(_ends(process.a_out, "out_connections"))).process
                part = self._found.names[target.id]
            text = f"{part}.{variable}"
            self._found.probes[key] = text
            if text not in self._found.texts:
                self._found.texts.append(text)
        else:
            self._no(process, f"{variable} cannot be recorded")


@dataclass
class _Weights:
    """Synapses of a connection, and how Lava cuts their weights to bits."""

    sources: Flat
    targets: Flat
    weights: Flat
    sign: int
    bits: int

    @staticmethod
    def of(process: Any) -> _Weights:
        """The synapses of a process, with weights as its fixed-point model has them."""
        if _kind(process) == "Conv":
            sources, targets, weights = _convolved(process)
        else:
            weights = process.weights.init
            if hasattr(weights, "tocoo"):
                sparse = weights.tocoo()
                sources, targets = sparse.col, sparse.row
                weights = whole("weights", sparse.data, np.int64)
            else:
                table = whole("weights", weights, np.int64, ndim=2)
                targets, sources = np.indices(table.shape).reshape(2, -1)
                weights = table.reshape(-1)
        parameters = process.proc_params
        learns = parameters.get("learning_rule") is not None
        sign = parameters.get("sign_mode")
        if sign is None:
            # Lava asks the weights, but not those that learn
            sign = 1 if learns else _sign_of(weights)
        sign = int(getattr(sign, "value", sign))
        bits = int(whole("num_weight_bits", parameters.get("num_weight_bits") or 8, np.int64))
        cut = _cut(weights, sign, bits)
        # a synapse that learns is there with weight 0 too
        kept = np.full(len(cut), True) if learns else cut != 0
        return _Weights(
            np.asarray(sources, np.int64)[kept], np.asarray(targets, np.int64)[kept],
            cut[kept], sign, bits,
        )


def _sign_of(weights: Flat) -> int:
    if not len(weights) or weights.min() >= 0:
        return 2
    return 3 if weights.max() <= 0 else 1


def _cut(weights: Flat, sign: int, bits: int) -> Flat:
    """Weights as Lava's fixed-point models cut them: clipped, then without their last bits."""
    mixed = sign == 1
    if sign == 3:
        return -_cut(-weights, 2, bits)
    clipped = np.clip(weights, -256 if mixed else 0, 255)
    lost = 8 - bits + mixed
    return (clipped >> lost) << lost


def _delay(process: Any, table: _Weights) -> Any:
    if not hasattr(process, "delays"):
        return None
    delays = whole("delays", process.delays.init, np.int64)
    if delays.ndim == 0:
        return int(delays)
    return delays[table.targets, table.sources]


def _convolved(process: Any) -> tuple[Flat, Flat, Flat]:
    """The synapses of a convolution, of inputs (x, y, channel) and outputs in C order."""
    kernel = whole("weight", process.weight.init, np.int64, ndim=4)
    width, height, channels = process.s_in.shape
    columns, rows, outputs = process.a_out.shape
    parameters = process.proc_params
    steps, pads, spread = (
        np.broadcast_to(np.asarray(parameters.get(name)), 2)
        for name in ("stride", "padding", "dilation")
    )
    groups = int(parameters.get("groups") or 1)
    inner = channels // groups
    found = []
    for i, j in np.ndindex(kernel.shape[1], kernel.shape[2]):
        x, y, k, c = (
            axis.reshape(-1) for axis in np.indices((columns, rows, outputs, inner))
        )
        # a convolution, not a correlation: the kernel is turned around
        at_x = x * steps[0] - pads[0] + (kernel.shape[1] - 1 - i) * spread[0]
        at_y = y * steps[1] - pads[1] + (kernel.shape[2] - 1 - j) * spread[1]
        there = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
        channel = k // (outputs // groups) * inner + c
        source = (at_x * height + at_y) * channels + channel
        target = (x * rows + y) * outputs + k
        weight = kernel[k, i, j, c]
        found.append([part[there] for part in (source, target, weight)])
    sources, targets, weights = (np.concatenate(part) for part in zip(*found, strict=True))
    return sources, targets, weights
