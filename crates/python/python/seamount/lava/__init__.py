"""Lava's processes on the emulated chip, and networks of an installed Lava.

Lava runs on Python 3.10 only and is archived. Here are the names that its tutorials use, with the
same signatures, run conditions and configurations, on any current Python; what runs is not
Lava's simulation but the chip's bits:

    from seamount.lava import LIF, Dense, Loihi1SimCfg, Monitor, RunSteps

:func:`from_lava` makes a network of whatever processes are connected to one, those of an
installed Lava too.

Steps are Lava's: a spike of step t arrives in step t + 1, and row t - 1 of what a monitor or sink
holds is the end of step t. Integers are those of Lava's fixed-point models (``du``, ``dv``,
``vth``, ``bias_mant``, ``weight_exp`` as registers); floats are accepted where they hold integers.

>>> import numpy as np
>>> source = Source(data=np.array([[1, 0, 1, 0, 0, 0]]))
>>> dense = Dense(weights=np.array([[40], [60]]))
>>> lif = LIF(shape=(2,), du=4095, dv=0, vth=50)
>>> sink = Sink(shape=(2,), buffer=6)
>>> source.s_out.connect(dense.s_in)
>>> dense.a_out.connect(lif.a_in)
>>> lif.s_out.connect(sink.a_in)
>>> lif.run(condition=RunSteps(num_steps=6), run_cfg=Loihi1SimCfg())
>>> sink.data.get().astype(int)
array([[0, 0, 0, 1, 0, 0],
       [0, 1, 0, 1, 0, 0]])
>>> lif.stop()
"""

from __future__ import annotations

from . import sink, source
from .graph import LavaNetwork, from_lava
from .learning import Loihi2FLearningRule, LoihiLearningRule, STDPLoihi
from .ports import Port, Var
from .processes import (
    LIF,
    Conv,
    Delay,
    DelayDense,
    Dense,
    LearningDense,
    Monitor,
    Process,
    SignMode,
    Sparse,
)
from .run import Loihi1SimCfg, Loihi2SimCfg, RunSteps
from .sink import RingBuffer as Sink
from .source import RingBuffer as Source

__all__ = [
    "LIF",
    "Conv",
    "Delay",
    "DelayDense",
    "Dense",
    "LavaNetwork",
    "LearningDense",
    "Loihi1SimCfg",
    "Loihi2FLearningRule",
    "Loihi2SimCfg",
    "LoihiLearningRule",
    "Monitor",
    "Port",
    "Process",
    "RunSteps",
    "STDPLoihi",
    "SignMode",
    "Sink",
    "Source",
    "Sparse",
    "Var",
    "from_lava",
    "sink",
    "source",
]
