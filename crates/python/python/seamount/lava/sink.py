"""Sinks of spikes."""

from __future__ import annotations

import numpy as np

from .ports import Shape
from .processes import Process

__all__ = ["RingBuffer"]


class RingBuffer(Process):
    """Keeps what arrives in the last ``buffer`` steps: ``data`` is (..., buffer)."""

    def __init__(self, *, shape: Shape, buffer: int, name: str | None = None) -> None:
        super().__init__(name)
        self.shape = tuple(shape)
        self.a_in = self._in("a_in", self.shape)
        whole = (*self.shape, buffer)
        self.data = self._var("data", whole, np.zeros(whole))
