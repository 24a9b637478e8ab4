"""Networks of integers: built with arrays, or read from a file.

A network is what the chip's registers hold, not yet placed on any core. Names, ranges and units of
all fields are those of the JSON form (docs/netlist.md): a decay is a fraction of 4096 lost a step,
a threshold 64 times its mantissa, and a synapse of weight w adds w * 2 ** (6 + exponent).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import _seamount
from ._arrays import as_array, count, whole
from .errors import UsageError
from .image import Image

__all__ = ["Compartment", "Network", "Part", "Trace"]

# Arrays with more elements than this go to the reader as .npy files.
_INLINE_MAX = 64


class Part:
    """An input, a population or a compartment of a network, to be connected and probed.

    ``population["ahp"]`` is a compartment of it.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size

    def __getitem__(self, compartment: str) -> Part:
        if "." in self.name:
            raise UsageError(self.name, "is a compartment itself")
        return Part(f"{self.name}.{compartment}", self.size)

    def __repr__(self) -> str:
        return f"Part({self.name!r}, {self.size})"


def Trace(
    impulse: int, tau: float | None = None, *, k: int | None = None, **more: Any
) -> dict[str, Any]:
    """A trace of a learning rule: rises by ``impulse`` (0..=127) with each spike and decays.

    ``tau`` is its time constant in steps; ``k`` what a step leaves instead, in 1/4096.
    ``linear``, ``impulse_fraction`` and ``written`` as in the JSON form.
    """
    trace = {"impulse": impulse, "tau": tau, "k": k, **more}
    return {name: value for name, value in trace.items() if value is not None}


def Compartment(name: str, *, threshold_mantissa: Any = 1, **registers: Any) -> dict[str, Any]:
    """A compartment of :meth:`Network.neurons`, with registers by the names of the JSON form."""
    return {"name": name, "threshold_mantissa": threshold_mantissa, **registers}


def _name(part: Part | str) -> str:
    return part.name if isinstance(part, Part) else str(part)


def _plain(name: str, value: Any) -> Any:
    """A value of the form: numbers as they are, arrays as arrays of their own."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(f"{name}.{key}", inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)) and any(isinstance(v, (str, Mapping)) for v in value):
        return [_plain(f"{name}[{at}]", inner) for at, inner in enumerate(value)]
    if isinstance(value, (list, tuple)) and not value:
        return []
    # a copy: whoever made the array may go on writing to it
    return whole(name, value, np.int64).copy()


def _written(value: Any, folder: Path, files: list[int]) -> Any:
    """The value with long arrays replaced by files beside the form."""
    if isinstance(value, dict):
        return {key: _written(inner, folder, files) for key, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner, folder, files) for inner in value]
    if isinstance(value, np.ndarray):
        if value.size <= _INLINE_MAX:
            return value.tolist()
        name = f"{len(files)}.npy"
        files.append(value.size)
        np.save(folder / name, value)
        return {"npy": name}
    return value


class Network:
    """An integer network for a Loihi class chip, not yet placed.

    >>> import seamount as sm
    >>> net = sm.Network("two neurons")
    >>> drive = net.input("drive", 3)
    >>> out = net.lif("out", 2, threshold_mantissa=100, voltage_decay=128)
    >>> net.connect(drive, out, [[90, 0], [90, 0], [0, 120]])
    'drive->out'
    >>> net.probe(out, "spike")
    'out.spike'
    >>> net
    Network('two neurons': 1 input, 1 population, 1 projection, 1 probe)
    """

    def __init__(self, name: str = "network", *, seed: int = 0) -> None:
        self._form: dict[str, Any] | None = {
            "format": "seamount-netlist",
            "version": 1,
            "name": name,
            "seed": count("seed", seed, 0, (1 << 64) - 1),
            "inputs": [],
            "populations": [],
            "programs": [],
            "projections": [],
            "probes": [],
            "learning_rules": [],
            "learning_probes": [],
        }
        self._read: _seamount.Network | None = None
        self._before: _seamount.Network | None = None

    @classmethod
    def _of(cls, native: _seamount.Network) -> Network:
        network = cls.__new__(cls)
        network._form = None
        network._read = native
        network._before = native
        return network

    @classmethod
    def from_json(cls, form: str | Mapping[str, Any]) -> Network:
        """The network of a JSON form, as text or as the dictionary that it stands for."""
        network = cls()
        tree = json.loads(form) if isinstance(form, str) else dict(form)
        network._form = _plain("form", tree)
        return network

    # -- building -------------------------------------------------------------------------------

    def _editable(self, section: str) -> list[Any]:
        if self._form is None:
            assert self._read is not None
            self._form = json.loads(self._read.json())
        self._read = None
        parts: list[Any] = self._form.setdefault(section, [])
        return parts

    def input(self, name: str, size: int) -> Part:
        """A group of ``size`` spike sources that the host drives."""
        size = count("size", size)
        self._editable("inputs").append({"name": name, "size": size})
        return Part(name, size)

    def _population(self, form: dict[str, Any]) -> Part:
        self._editable("populations").append(form)
        return Part(form["name"], form["size"])

    def lif(
        self, name: str, size: int, *, core: Mapping[str, Any] | None = None, **registers: Any
    ) -> Part:
        """``size`` leaky integrate-and-fire neurons.

        Registers are numbers, or arrays (size,): ``current_decay``, ``voltage_decay`` (12 bits),
        ``threshold_mantissa``, ``bias_mantissa``, ``bias_exponent``, ``refractory_steps``,
        ``initial_voltage``, ``initial_current``, ``noise`` and more as in the JSON form; ``core``
        holds the settings of whole cores.
        """
        size = count("size", size, 0, (1 << 32) - 1)
        form = json.loads(_seamount.lif_population(name, size))
        form["compartments"][-1].update(_plain(name, registers))
        if core is not None:
            form["core"] = _plain(f"{name}.core", core)
        return self._population(form)

    def ahp(self, name: str, size: int, *, ahp_voltage_decay: int, **registers: Any) -> Part:
        """``size`` neurons with an after-hyperpolarisation compartment ``ahp`` below ``soma``.

        Registers are those of the soma, as in :meth:`lif`. Connect the population to
        ``population["ahp"]`` with ``one_to_one`` and a negative weight to complete it.
        """
        size = count("size", size, 0, (1 << 32) - 1)
        decay = count("ahp_voltage_decay", ahp_voltage_decay, 0, (1 << 16) - 1)
        form = json.loads(_seamount.ahp_population(name, size, decay))
        form["compartments"][-1].update(_plain(name, registers))
        return self._population(form)

    def neurons(
        self,
        name: str,
        size: int,
        compartments: Iterable[Mapping[str, Any]],
        *,
        core: Mapping[str, Any] | None = None,
    ) -> Part:
        """``size`` neurons of several compartments (:func:`Compartment`), children first."""
        form = {
            "name": name,
            "size": count("size", size),
            "compartments": [_plain(name, one) for one in compartments],
        }
        if core is not None:
            form["core"] = _plain(f"{name}.core", core)
        return self._population(form)

    def programmed(
        self,
        name: str,
        size: int,
        program: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        ports: int | None = None,
        text: str | None = None,
    ) -> Part:
        """``size`` neurons that run a program (boards of the Loihi 2 class).

        ``program`` is a shipped program (:func:`seamount.programs`) or one of the caller's, whose
        ``text`` is given once. Parameters and initial state words are numbers or arrays (size,).
        """
        programmed: dict[str, Any] = {"name": program}
        if parameters:
            programmed["parameters"] = _plain(f"{name}.parameters", parameters)
        if initial:
            programmed["initial"] = _plain(f"{name}.initial", initial)
        if ports is not None:
            programmed["ports"] = count("ports", ports)
        if text is not None:
            self._editable("programs").append({"name": program, "text": text})
        form = {"name": name, "size": count("size", size), "program": programmed}
        return self._population(form)

    def connect(
        self,
        source: Part | str,
        target: Part | str,
        weights: Any = None,
        *,
        linear: Any = None,
        pairs: tuple[Any, ...] | None = None,
        one_to_one: Any = None,
        generated: tuple[int, int, int, int] | None = None,
        delay: Any = None,
        exponent: Any = None,
        precision: tuple[str, int] | None = None,
        rule: str | None = None,
        boxed: bool = False,
        axons: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> str:
        """Synapses from a part to a part; returns the name of the projection.

        Exactly one of these says who reaches whom:

        weights
            (sources, targets) array or scipy sparse matrix of whole numbers, where 0 is no
            synapse; or one number for all pairs.
        linear
            (targets, sources), the orientation of torch, NIR, Lava and nengo.
        pairs
            (source, target, weight) columns; the weight may be one number.
        one_to_one
            A weight, or one each (size,).
        generated
            (seed, chance in 1/65536, least weight, largest weight): synapses that a core of the
            Loihi 2 class makes from a seed.

        delay
            Steps on top of the one that every spike takes, 0..=62; of ``pairs`` also one each.
        exponent
            Weights count 2 ** (6 + exponent).
        precision
            (``"mixed"``, ``"excitatory"`` or ``"inhibitory"``, bits): weights are rounded to one
            format first, which projections that learn need.
        rule
            Name of the learning rule.

        >>> net = Network("two")
        >>> source, target = net.input("in", 2), net.lif("out", 3, threshold_mantissa=10)
        >>> net.connect(source, target, [[1, 2, 3], [4, 5, 6]], delay=2)
        'in->out'
        >>> net.connect(source, target, linear=[[1, 4], [2, 5], [3, 6]], name="as in torch")
        'as in torch'
        """
        given = {
            "weights": weights,
            "linear": linear,
            "pairs": pairs,
            "one_to_one": one_to_one,
            "generated": generated,
        }
        chosen = [kind for kind, value in given.items() if value is not None]
        if len(chosen) != 1:
            problem = f"one of {', '.join(given)} is wanted, not {' and '.join(chosen) or 'none'}"
            raise UsageError("connect", problem)
        source_name, target_name = _name(source), _name(target)
        name = name or f"{source_name}->{target_name}"
        connectivity = _connectivity(chosen[0], given[chosen[0]], (source, target))
        if delay is not None:
            key = "delay" if np.ndim(delay) == 0 else "delays"
            connectivity[key] = _plain("delay", delay)
        form: dict[str, Any] = {
            "name": name,
            "source": source_name,
            "target": target_name,
            "connectivity": connectivity,
        }
        if exponent is not None:
            form["weight_exponent"] = _plain("exponent", exponent)
        if precision is not None:
            sign_mode, bits = precision
            form["precision"] = {"kind": "format", "sign_mode": sign_mode, "weight_bits": bits}
        if rule is not None:
            form["learning"] = rule
        if boxed:
            form["box_synapse"] = True
        if axons is not None:
            form["axons"] = _plain("axons", axons)
        self._editable("projections").append(form)
        return name

    def rule(self, name: str, **fields: Any) -> str:
        """A learning rule that projections name; returns the name.

        ``dw``, ``dd`` and ``dt`` are sums of products as text (``"2^-4*x1*y0 - 2^-4*y1*x0"``);
        ``x1``, ``x2``, ``y1``, ``y2``, ``y3`` are traces (:func:`Trace`); ``epoch`` is in steps;
        ``reward``, ``profile`` and more as in the JSON form.
        """
        self._editable("learning_rules").append({"name": name, **_plain(name, fields)})
        return name

    def probe(
        self,
        target: Part | str,
        register: str = "spike",
        *,
        neurons: Any = None,
        every: int | None = None,
        start: int | None = None,
        stop: int | None = None,
        name: str | None = None,
    ) -> str:
        """Records a register; returns the name of the recording, ``target.register``.

        ``target`` is a population, a compartment, or a projection that learns; ``register`` one
        of ``spike``, ``voltage``, ``current``, ``refractory``, ``accumulator``,
        ``voltage_hardware``, a state word of a program, or of a projection ``weight``, ``delay``,
        ``tag``. Rows are the steps ``start``, ``start + every``, ... up to ``stop``, counted from
        1; columns all neurons, or those listed.
        """
        target_name = _name(target)
        form: dict[str, Any] = {"name": name or f"{target_name}.{register}"}
        projections = self._names("projections")
        if target_name in projections:
            form |= {"projection": target_name, "variable": register}
            section, columns = "learning_probes", "synapses"
        else:
            form |= {"target": target_name, "register": register}
            if register not in _REGISTERS:
                form |= {"register": "state", "state": register}
            section, columns = "probes", "neurons"
        if neurons is not None:
            form[columns] = whole("neurons", neurons, np.int64, ndim=1).copy()
        for key, value in (("every", every), ("start", start), ("stop", stop)):
            if value is not None:
                form[key] = count(key, value, 0)
        self._editable(section).append(form)
        return str(form["name"])

    # -- reading and compiling -------------------------------------------------------------------

    def _native(self) -> _seamount.Network:
        """The network as it is now, read and checked by the native half."""
        if self._read is None:
            assert self._form is not None
            with tempfile.TemporaryDirectory(prefix="seamount-") as folder:
                form = _written(self._form, Path(folder), [])
                text = json.dumps(form).encode()
                name = str(self._form.get("name", "network"))
                self._read = _seamount.Network.parse(name, text, folder, self._before)
        return self._read

    def _names(self, section: str) -> list[str]:
        self._editable_if_built()
        assert self._form is not None
        return [one.get("name", "") for one in self._form.get(section, ())]

    def _editable_if_built(self) -> None:
        if self._form is None:
            assert self._read is not None
            self._form = json.loads(self._read.json())

    def check(self) -> None:
        """Raises :class:`seamount.InputError` with everything that is wrong with the network."""
        self._native()

    def compile(
        self,
        board: str = "loihi1",
        *,
        ignore_limits: bool = False,
        placement: str | Path | None = None,
        seed: int = 0,
    ) -> Image:
        """Places the network on a board and proves the result.

        Raises
        ------
        InputError
            Everything that is wrong with the network.
        LimitsError
            Every limit of the board that it breaks, with what is wanted and what there is.
        """
        wishes = {
            "board": str(board),
            "ignore_limits": bool(ignore_limits),
            "placement": None if placement is None else Path(placement),
            "seed": count("seed", seed, 0, (1 << 64) - 1),
        }
        return Image._of(self._native().compile(wishes))

    @property
    def name(self) -> str:
        """Name of the network, carried into the image and every report."""
        if self._read is not None:
            return self._read.name
        assert self._form is not None
        return str(self._form.get("name", "network"))

    @property
    def quantised(self) -> dict[str, Any] | None:
        """What quantising changed, by layer; None for a network of integers."""
        native = self._before
        text = native.quantised() if native is not None else None
        return None if text is None else json.loads(text)

    def to_json(self) -> str:
        """The JSON form with every array inline."""
        return self._native().json()

    def save(self, path: str | Path) -> None:
        """Writes the JSON form; long arrays go to .npy files beside it."""
        self._native().save(Path(path))

    def __repr__(self) -> str:
        parts = [
            _plural(len(self._names(section)), word)
            for section, word in (
                ("inputs", "input"),
                ("populations", "population"),
                ("projections", "projection"),
            )
        ]
        probes = len(self._names("probes")) + len(self._names("learning_probes"))
        parts.append(_plural(probes, "probe"))
        return f"Network({self.name!r}: {', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (self.to_json(),))


_REGISTERS = (
    "spike",
    "current",
    "voltage",
    "voltage_hardware",
    "refractory",
    "accumulator",
    "payload",
)


def _rebuilt(form: str) -> Network:
    return Network.from_json(form)


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _matrix(
    name: str, values: Any, ends: tuple[Part | str, Part | str], turned: bool
) -> dict[str, Any]:
    """Weights of all pairs; ``turned`` where rows are targets."""
    if hasattr(values, "tocoo"):
        sparse = values.tocoo()
        rows, columns = sparse.row, sparse.col
        sources, targets = (columns, rows) if turned else (rows, columns)
        _fits(name, sparse.shape, ends, turned)
        return {
            "kind": "pairs",
            "sources": whole(name, sources, np.int64),
            "targets": whole(name, targets, np.int64),
            "weights": whole(name, sparse.data, np.int64).copy(),
        }
    array = as_array(name, values)
    if array.ndim == 0 and not turned:
        return {"kind": "all_to_all", "weight": int(whole(name, array, np.int64))}
    array = whole(name, array, np.int64, ndim=2)
    _fits(name, array.shape, ends, turned)
    return {"kind": "dense", "weights": (array.T if turned else array).copy(order="C")}


def _fits(
    name: str, shape: tuple[int, ...], ends: tuple[Part | str, Part | str], turned: bool
) -> None:
    """Finds the wrong orientation, where sizes are known."""
    sizes = [end.size if isinstance(end, Part) else None for end in ends]
    if None in sizes:
        return
    wanted = tuple(reversed(sizes)) if turned else tuple(sizes)
    if tuple(shape) == wanted:
        return
    axes = "(targets, sources)" if turned else "(sources, targets)"
    other = "weights" if turned else "linear"
    hint = f"; that is the orientation of {other}=" if tuple(shape) == wanted[::-1] else ""
    raise_shape = f"has shape {tuple(shape)}, wanted {axes} = {wanted}{hint}"
    from .errors import Finding, InputError

    raise InputError(name, (Finding("", raise_shape, "wrong_shape", list(shape)),))


def _connectivity(
    kind: str, value: Any, ends: tuple[Part | str, Part | str]
) -> dict[str, Any]:
    if kind in ("weights", "linear"):
        return _matrix(kind, value, ends, kind == "linear")
    if kind == "one_to_one":
        return {"kind": "one_to_one", "weights": _plain("one_to_one", value)}
    if kind == "generated":
        seed, chance, least, most = (count("generated", v, -(1 << 63)) for v in value)
        return {"kind": "generated", "seed": seed, "chance": chance, "weights": [least, most]}
    sources, targets, weights = value
    return {
        "kind": "pairs",
        "sources": whole("pairs: sources", sources, np.int64, ndim=1).copy(),
        "targets": whole("pairs: targets", targets, np.int64, ndim=1).copy(),
        "weights": _plain("pairs: weights", weights),
    }
