"""Sources of spikes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .processes import Process

__all__ = ["RingBuffer"]


class RingBuffer(Process):
    """Sends spikes: ``data`` is (..., steps), of 0 and 1, and begins anew after the last step."""

    def __init__(self, *, data: Any, name: str | None = None) -> None:
        super().__init__(name)
        data = np.asarray(data)
        self.data = self._var("data", data.shape, data)
        self.s_out = self._out("s_out", data.shape[:-1])
