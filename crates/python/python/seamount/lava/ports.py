"""Variables and ports of processes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Finding, InputError, UsageError

if TYPE_CHECKING:
    from .processes import Process

__all__ = ["Port", "Var"]

Shape = tuple[int, ...]


class Var:
    """A variable of a process: parameters and state, with the names that Lava gives them."""

    def __init__(self, process: Process, name: str, shape: Shape, init: Any) -> None:
        self.process = process
        self.name = name
        self.shape = shape
        self.init = init
        """Value before the first step."""

    def get(self) -> Any:
        """The value now: of state the register on the chip, of a parameter what was given."""
        run = self.process._run
        if run is not None:
            found = run.value(self)
            if found is not None:
                return found
        if not isinstance(self.init, (int, float, np.ndarray, np.generic, list, tuple)):
            return self.init
        return np.broadcast_to(np.asarray(self.init), self.shape).copy()

    def set(self, value: Any) -> None:
        """Sets what the network begins with.

        A chip that runs keeps what it was compiled with: stop it first, and run it anew.
        """
        if self.process._run is not None:
            problem = "cannot be set while the network is on the chip: stop() it, set, run() it"
            raise UsageError(f"{self.process.name}.{self.name}", problem)
        if np.ndim(value) and np.shape(value) != self.shape:
            problem = f"shape {np.shape(value)}, wanted {self.shape}"
            name = f"{self.process.name}.{self.name}"
            raise InputError(name, (Finding("", problem, "wrong_shape"),))
        self.init = value

    def __repr__(self) -> str:
        return f"Var({self.process.name}.{self.name}, shape {self.shape})"


class Port:
    """An end of a connection."""

    def __init__(self, process: Process, name: str, shape: Shape, *, inward: bool) -> None:
        self.process = process
        self.name = name
        self.shape = shape
        self.inward = inward
        self.in_connections: list[Port] = []
        self.out_connections: list[Port] = []

    @property
    def size(self) -> int:
        """Number of connections."""
        return math.prod(self.shape)

    def connect(self, ports: Port | Sequence[Port]) -> None:
        """Connects to one or several input ports."""
        for port in ports if isinstance(ports, (list, tuple)) else [ports]:
            _join(self, port)

    def connect_from(self, ports: Port | Sequence[Port]) -> None:
        """Connects from one or several output ports."""
        for port in ports if isinstance(ports, (list, tuple)) else [ports]:
            _join(port, self)

    def reshape(self, new_shape: Shape) -> Port:
        """The same port with another shape of as many connections."""
        if math.prod(new_shape) != self.size:
            problem = f"{self.shape} has {self.size} elements, {tuple(new_shape)} has not"
            raise UsageError(f"{self.process.name}.{self.name}", problem)
        view = Port(self.process, self.name, tuple(new_shape), inward=self.inward)
        # one list each: what is connected to the view is connected to the port
        view.in_connections = self.in_connections
        view.out_connections = self.out_connections
        view._end = self._end
        return view

    def flatten(self) -> Port:
        """The same port with one axis."""
        return self.reshape((self.size,))

    _viewed: Port | None = None

    @property
    def _end(self) -> Port:
        return self if self._viewed is None else self._viewed

    @_end.setter
    def _end(self, port: Port) -> None:
        self._viewed = port

    def __repr__(self) -> str:
        return f"Port({self.process.name}.{self.name}, shape {self.shape})"


def _join(source: Any, target: Any) -> None:
    for port, inward in ((source, False), (target, True)):
        if not isinstance(port, Port) or port.inward != inward:
            wanted = "an input port" if inward else "an output port"
            raise UsageError("connect", f"{port!r} is not {wanted}")
    if source.shape != target.shape:
        problem = f"{source!r} and {target!r} differ in shape; reshape() or flatten() one"
        raise InputError("connect", (Finding("", problem, "wrong_shape"),))
    source, target = source._end, target._end
    if target in source.out_connections:
        raise UsageError("connect", f"{source!r} is connected to {target!r} already")
    source.out_connections.append(target)
    target.in_connections.append(source)
