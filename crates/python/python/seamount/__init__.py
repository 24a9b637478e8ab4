"""Bit-exact emulator of Loihi class neuromorphic chips.

Conventions: steps count from 1. Row r of an input table is a spike emitted in step r and arrives
in step r + 1. Tables are (steps, neurons). Registers are integers of the chip. Energy is in
femtojoules by a named profile, and static energy is never in it.

>>> import numpy as np
>>> import seamount as sm
>>> net = sm.Network("quick start")
>>> drive = net.input("drive", 3)
>>> out = net.lif("out", 2, threshold_mantissa=100, voltage_decay=128)
>>> net.connect(drive, out, np.array([[90, 0], [90, 0], [0, 120]]))
'drive->out'
>>> net.probe(out, "spike")
'out.spike'
>>> image = net.compile(board="loihi1")
>>> spikes = np.zeros((10, 3), int)
>>> spikes[::2] = 1
>>> run = image.run(10, spikes)
>>> run["out.spike"].values.sum(axis=0).tolist()
[10, 10]
"""

from __future__ import annotations

from typing import Any as _Any

from . import _seamount, lava
from ._arrays import count as _count
from ._open import from_nir
from ._open import open_network as open
from ._seamount import board_names as boards
from ._seamount import profile_names as profiles
from ._tree import tree as _tree
from .batch import Batch, EnergySpread, Spread
from .charts import Chart
from .chip import Chip
from .compare import Comparison, Seen, Validation, compare, validate
from .errors import (
    FileError,
    Finding,
    InputError,
    LimitsError,
    MissingError,
    OutOfMemoryError,
    SeamountError,
    UsageError,
)
from .events import events, nir_events, pairs
from .image import Image
from .lab import Lab, lab, labs
from .network import Compartment, Network, Part, Trace
from .programs import Program, assemble, programs
from .records import Records, records
from .run import Energy, Recording, Run
from .sweep import Sweep, sweep

__version__ = _seamount.version()

EVENTS = tuple(_seamount.event_names())
"""Kinds of events that cores count, in the order of every table of counts."""


def limit_memory(bytes: int | None = None) -> int | None:
    """Sets how much memory this process may hold, and returns that limit.

    Whatever would go beyond it is refused with an :class:`OutOfMemoryError` before it is made,
    where the system would end the process. None, as when the package is imported: three quarters of
    what the machine has to give at that moment.
    """
    return _seamount.limit_memory(None if bytes is None else _count("bytes", bytes, 1, 1 << 62))


limit_memory()


def schema() -> dict[str, _Any]:
    """The JSON schema of the network form."""
    return _tree(_seamount.netlist_schema())


__all__ = [
    "EVENTS",
    "Batch",
    "Chart",
    "Chip",
    "Comparison",
    "Compartment",
    "Energy",
    "EnergySpread",
    "FileError",
    "Finding",
    "Image",
    "InputError",
    "Lab",
    "LimitsError",
    "MissingError",
    "Network",
    "OutOfMemoryError",
    "Part",
    "Program",
    "Recording",
    "Records",
    "Run",
    "Seen",
    "SeamountError",
    "Spread",
    "Sweep",
    "Trace",
    "UsageError",
    "Validation",
    "assemble",
    "boards",
    "compare",
    "events",
    "from_nir",
    "lab",
    "labs",
    "lava",
    "limit_memory",
    "nir_events",
    "open",
    "pairs",
    "profiles",
    "programs",
    "records",
    "schema",
    "sweep",
    "validate",
]
