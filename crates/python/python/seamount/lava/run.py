"""Run conditions, configurations, and the network of some processes on a chip."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import count
from ..chip import Chip
from ..errors import UsageError
from ..image import Image
from .graph import connected, from_lava
from .ports import Var
from .processes import LIF, LearningDense, Monitor, Process
from .sink import RingBuffer as Sink

__all__ = ["LavaRun", "Loihi1SimCfg", "Loihi2SimCfg", "RunSteps", "run"]


class RunSteps:
    """Run for a number of steps."""

    def __init__(self, num_steps: int, blocking: bool = True) -> None:
        self.num_steps = count("num_steps", num_steps, 1)
        if not blocking:
            raise UsageError("blocking", "False has no counterpart: a run returns when it is over")
        self.blocking = blocking


class Loihi1SimCfg:
    """Run on the board ``loihi1``; options beyond Lava's are those of ``Network.compile``."""

    board = "loihi1"

    def __init__(self, select_tag: str | None = None, **options: Any) -> None:
        if select_tag not in (None, "fixed_pt", "bit_accurate_loihi"):
            problem = f"{select_tag!r}: what runs is a chip, which is 'fixed_pt'"
            raise UsageError("select_tag", problem)
        self.select_tag = select_tag
        compiled = ("board", "ignore_limits", "placement", "seed")
        self.options = {name: value for name, value in options.items() if name in compiled}
        self.options.setdefault("board", self.board)


class Loihi2SimCfg(Loihi1SimCfg):
    """Run on the board ``loihi2``."""

    board = "loihi2"


class LavaRun:
    """A network on the chip, from the first ``run`` to ``stop``."""

    def __init__(self, processes: list[Process], run_cfg: Loihi1SimCfg) -> None:
        self._processes = processes
        self._found = from_lava(processes[0])
        image = self._found.network.compile(**run_cfg.options)
        self.image: Image = image.with_probes(*self._found.texts) if self._found.texts else image
        """The compiled network."""
        self.chip = Chip(self.image)
        """The chip at work."""
        for process in processes:
            process._run = self
            if isinstance(process, Sink):
                process.data.init = np.zeros(process.data.shape)

    def steps(self, number: int) -> None:
        """Runs and hands out what sinks and monitors asked for."""
        before = self.chip.step
        run = self.chip.run(number, self._found.spikes(number, before) or None)
        at = before + np.arange(number)
        for process in self._processes:
            if isinstance(process, Sink):
                source = process.a_in.in_connections[0].process
                values = run[self._found.probes[source.id, "s_out"]].values
                buffer = process.data.shape[-1]
                last = slice(max(0, number - buffer), None)
                shaped = values[last].reshape(-1, *process.shape)
                process.data.init[..., at[last] % buffer] = np.moveaxis(shaped, 0, -1)
            elif isinstance(process, Monitor):
                for target, most in process.targets:
                    name = self._found.probes[target.process.id, target.name]
                    values = self._values(target, run[name].values)
                    kept = at < most
                    data = process.get_data()[target.process.name][target.name]
                    data[at[kept]] = values[kept]

    def _values(self, target: Any, values: NDArray[Any]) -> NDArray[Any]:
        """Rows of a recording in the shape of what was recorded."""
        process = target.process
        if not isinstance(process, LearningDense):
            return values.reshape(len(values), *target.shape)
        ends = self.chip.learned(self._found.names[process.id])
        shaped = np.zeros((len(values), *target.shape))
        if len(target.shape) == 2:
            shaped[:, ends["target"], ends["source"]] = values
        elif target.name[0] == "x":
            # a trace of a source stands at each of its synapses
            shaped[:, ends["source"][: values.shape[1]]] = values
        else:
            shaped[:] = values
        return shaped

    def value(self, var: Var) -> NDArray[Any] | None:
        """A variable as it is on the chip; None of one that never changes."""
        name = self._found.names.get(var.process.id)
        if name is None:
            return None
        if isinstance(var.process, LIF) and var.name in ("u", "v"):
            register = {"u": "current", "v": "voltage"}[var.name]
            return self.chip.read(name, register).reshape(var.shape)
        if isinstance(var.process, LearningDense) and var.name in ("weights", "tag_1"):
            rows = self.chip.learned(name)
            table = np.zeros(var.shape, np.int32)
            column = rows["weight" if var.name == "weights" else "tag"]
            table[rows["target"], rows["source"]] = column
            return table
        return None

    def stop(self) -> None:
        """Takes the network off the chip."""
        for process in self._processes:
            process._run = None
        self.chip.close()


def run(process: Process, condition: RunSteps, run_cfg: Loihi1SimCfg | None) -> None:
    """Runs the network of a process, or goes on with it."""
    if not isinstance(condition, RunSteps):
        raise UsageError("condition", f"{condition!r}: wanted RunSteps(num_steps=...)")
    running = process._run
    if running is None:
        if run_cfg is not None and not isinstance(run_cfg, Loihi1SimCfg):
            problem = f"{run_cfg!r}: wanted Loihi1SimCfg() or Loihi2SimCfg()"
            raise UsageError("run_cfg", problem)
        running = LavaRun(connected(process), run_cfg or Loihi1SimCfg())
    running.steps(condition.num_steps)
