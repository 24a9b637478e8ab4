"""Processes with Lava's names and signatures."""

from __future__ import annotations

import enum
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arrays import as_array, count
from ..errors import Finding, InputError, UsageError
from .ports import Port, Shape, Var

if TYPE_CHECKING:
    from .learning import LoihiLearningRule
    from .run import LavaRun, Loihi1SimCfg, RunSteps

__all__ = [
    "LIF",
    "Conv",
    "Delay",
    "DelayDense",
    "Dense",
    "LearningDense",
    "Monitor",
    "Process",
    "SignMode",
    "Sparse",
]

_numbers = itertools.count()


class SignMode(enum.IntEnum):
    """Signs that the weights of a connection may have."""

    NULL = 0
    MIXED = 1
    EXCITATORY = 2
    INHIBITORY = 3


class Process:
    """A part of a network. All parts that are connected run together."""

    def __init__(self, name: str | None, **proc_params: Any) -> None:
        self.id = next(_numbers)
        self.name = name or f"Process_{self.id}"
        self.proc_params = proc_params
        self.in_ports: list[Port] = []
        self.out_ports: list[Port] = []
        self.vars: list[Var] = []
        self._run: LavaRun | None = None

    def _var(self, name: str, shape: Shape, init: Any) -> Var:
        var = Var(self, name, shape, init)
        self.vars.append(var)
        return var

    def _in(self, name: str, shape: Shape) -> Port:
        port = Port(self, name, shape, inward=True)
        self.in_ports.append(port)
        return port

    def _out(self, name: str, shape: Shape) -> Port:
        port = Port(self, name, shape, inward=False)
        self.out_ports.append(port)
        return port

    def run(self, condition: RunSteps, run_cfg: Loihi1SimCfg | None = None) -> None:
        """Runs the whole network that this process is part of, or goes on with it."""
        from .run import run

        run(self, condition, run_cfg)

    def pause(self) -> None:
        """Nothing to do: a run is over when ``run`` returns."""

    def wait(self) -> None:
        """Nothing to do: a run is over when ``run`` returns."""

    def stop(self) -> None:
        """Takes the network off the chip; recordings stay, and the next run begins anew."""
        if self._run is not None:
            self._run.stop()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


def _shape(shape: Any) -> Shape:
    axes = shape if isinstance(shape, (tuple, list)) else (shape,)
    return tuple(count("shape", axis, 1) for axis in axes)


class LIF(Process):
    """Leaky integrate-and-fire neurons, as registers of the chip.

    ``du`` and ``dv`` are decays in 1/4096 a step, of which the chip adds 1 to ``du``; ``vth``
    counts 64, a bias is ``bias_mant * 2**bias_exp``.
    """

    def __init__(
        self,
        *,
        shape: Shape,
        u: Any = 0,
        v: Any = 0,
        du: float = 0,
        dv: float = 0,
        bias_mant: Any = 0,
        bias_exp: Any = 0,
        vth: float = 10,
        name: str | None = None,
        **proc_params: Any,
    ) -> None:
        super().__init__(name, shape=shape, **proc_params)
        shape = _shape(shape)
        self.a_in = self._in("a_in", shape)
        self.s_out = self._out("s_out", shape)
        self.u = self._var("u", shape, u)
        self.v = self._var("v", shape, v)
        self.du = self._var("du", (1,), du)
        self.dv = self._var("dv", (1,), dv)
        self.bias_exp = self._var("bias_exp", shape, bias_exp)
        self.bias_mant = self._var("bias_mant", shape, bias_mant)
        self.vth = self._var("vth", (1,), vth)


class _Synapses(Process):
    """Connections with a matrix of weights (outputs, inputs)."""

    def __init__(self, weights: Any, name: str | None, **proc_params: Any) -> None:
        super().__init__(name, **proc_params)
        shape = np.shape(weights) if not hasattr(weights, "tocoo") else weights.shape
        if len(shape) != 2:
            problem = f"shape {tuple(shape)}, wanted (outputs, inputs)"
            raise InputError("weights", (Finding("", problem, "wrong_shape"),))
        self.s_in = self._in("s_in", (shape[1],))
        self.a_out = self._out("a_out", (shape[0],))
        self.weights = self._var("weights", tuple(shape), weights)


class Dense(_Synapses):
    """Synapses from all to all. ``weights`` is (outputs, inputs), of whole numbers.

    ``weight_exp``, ``num_weight_bits`` and ``sign_mode`` as in Lava: an odd weight of mixed sign
    loses its last bit, downwards.
    """

    def __init__(
        self,
        *,
        weights: Any,
        name: str | None = None,
        num_message_bits: int = 0,
        **proc_params: Any,
    ) -> None:
        super().__init__(
            as_array("weights", weights), name, num_message_bits=num_message_bits, **proc_params
        )


class Sparse(_Synapses):
    """Synapses by a sparse matrix of scipy, (outputs, inputs), or an array."""

    def __init__(
        self,
        *,
        weights: Any,
        name: str | None = None,
        num_message_bits: int = 0,
        **proc_params: Any,
    ) -> None:
        if not hasattr(weights, "tocoo"):
            weights = as_array("weights", weights)
        super().__init__(weights, name, num_message_bits=num_message_bits, **proc_params)


class DelayDense(Dense):
    """Synapses that act ``delays`` steps later: a number, or one each (outputs, inputs)."""

    def __init__(
        self,
        *,
        weights: Any,
        delays: Any,
        max_delay: int = 0,
        name: str | None = None,
        num_message_bits: int = 0,
        **proc_params: Any,
    ) -> None:
        super().__init__(
            weights=weights, name=name, num_message_bits=num_message_bits,
            max_delay=max_delay, **proc_params,
        )
        if np.ndim(delays) and np.shape(delays) != self.weights.shape:
            problem = f"shape {np.shape(delays)}, wanted that of weights, {self.weights.shape}"
            raise InputError("delays", (Finding("", problem, "wrong_shape"),))
        self.delays = self._var("delays", self.weights.shape, delays)


Delay = DelayDense


class LearningDense(Dense):
    """Synapses that learn. Connect the spikes of the target to ``s_in_bap``."""

    def __init__(
        self,
        *,
        weights: Any,
        learning_rule: LoihiLearningRule,
        tag_1: Any = None,
        tag_2: Any = None,
        name: str | None = None,
        num_message_bits: int = 0,
        **proc_params: Any,
    ) -> None:
        super().__init__(
            weights=weights, name=name, num_message_bits=num_message_bits,
            learning_rule=learning_rule, **proc_params,
        )
        outputs, inputs = self.weights.shape
        self.s_in_bap = self._in("s_in_bap", (outputs,))
        self.tag_1 = self._var("tag_1", self.weights.shape, 0 if tag_1 is None else tag_1)
        self.tag_2 = self._var("tag_2", self.weights.shape, 0 if tag_2 is None else tag_2)
        self.x1 = self._var("x1", (inputs,), 0)
        self.x2 = self._var("x2", (inputs,), 0)
        self.y1 = self._var("y1", (outputs,), 0)
        self.y2 = self._var("y2", (outputs,), 0)
        self.y3 = self._var("y3", (outputs,), 0)


def _pair(name: str, value: Any, least: int) -> tuple[int, int]:
    both = value if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2:
        raise UsageError(name, f"{value!r} is neither a number nor a pair")
    return count(name, both[0], least), count(name, both[1], least)


class Conv(Process):
    """A convolution. ``weight`` is (channels out, width, height, channels in), ``input_shape``
    (width, height, channels)."""

    def __init__(
        self,
        *,
        weight: Any,
        weight_exp: int = 0,
        input_shape: Shape = (1, 1, 1),
        padding: Any = 0,
        stride: Any = 1,
        dilation: Any = 1,
        groups: int = 1,
        num_weight_bits: int = 8,
        num_message_bits: int = 0,
        name: str | None = None,
        **proc_params: Any,
    ) -> None:
        padding, stride = _pair("padding", padding, 0), _pair("stride", stride, 1)
        dilation = _pair("dilation", dilation, 1)
        super().__init__(
            name, weight_exp=weight_exp, input_shape=input_shape, padding=padding, stride=stride,
            dilation=dilation, groups=groups, num_weight_bits=num_weight_bits,
            num_message_bits=num_message_bits, **proc_params,
        )
        kernel = as_array("weight", weight)
        shape = _shape(input_shape)
        groups = count("groups", groups, 1)
        if kernel.ndim != 4 or len(shape) != 3 or kernel.shape[3] * groups != shape[2]:
            problem = (
                f"weight {kernel.shape} and input_shape {shape}, wanted (out, w, h, in / groups) "
                f"and (x, y, in) for {groups} groups"
            )
            raise InputError("weight", (Finding("", problem, "wrong_shape"),))
        axes = [
            (shape[axis] + 2 * padding[axis] - dilation[axis] * (kernel.shape[1 + axis] - 1) - 1)
            // stride[axis]
            + 1
            for axis in (0, 1)
        ]
        if min(axes) < 1:
            raise InputError("weight", f"the kernel is larger than the padded input {shape}")
        self.s_in = self._in("s_in", shape)
        self.a_out = self._out("a_out", (axes[0], axes[1], kernel.shape[0]))
        self.weight = self._var("weight", kernel.shape, kernel)


class Monitor(Process):
    """Records a variable or spikes: :meth:`probe` before the run, :meth:`get_data` after it."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.targets: list[tuple[Var | Port, int]] = []
        self._data: dict[str, dict[str, Any]] = {}

    def probe(self, target: Var | Port, num_steps: int) -> None:
        """Records ``target`` in the first ``num_steps`` steps."""
        if not isinstance(target, (Var, Port)):
            raise UsageError("target", f"{target!r} is no variable and no port of a process")
        steps = count("num_steps", num_steps, 1)
        self.targets.append((target, steps))
        target.process.__dict__.setdefault("_monitors", []).append(self)
        zeros = np.zeros((steps, *target.shape))
        self._data.setdefault(target.process.name, {})[target.name] = zeros

    def get_data(self) -> dict[str, dict[str, Any]]:
        """Arrays (steps, ...) by the names of process and variable."""
        return self._data
