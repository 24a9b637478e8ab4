"""Chips at work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _seamount
from ._arrays import count, whole
from ._used import note
from .errors import UsageError
from .events import native_spikes
from .image import Image
from .run import Run, profile_wishes

__all__ = ["Chip"]

# Wishes of a plain run, shared by all of them: the call itself must cost microseconds.
_PLAIN: dict[str, Any] = {
    "threads": 1,
    "vectors": True,
    "per_step": False,
    "sums_only": False,
    "fidelity": "count",
    "profiles": [],
    "inference_steps": None,
    "chosen": [],
}


class Chip:
    """A chip, or a board of chips, with a network on it.

    Steps count from 1. A chip is used by one caller at a time; others use a copy. Pickled and
    copied (``copy.deepcopy``) it goes on with the same bits.
    """

    def __init__(self, image: Image) -> None:
        if not isinstance(image, Image):
            raise UsageError("image", f"{type(image).__name__} is no image; compile the network")
        note(image)
        self.image = image
        self._inputs = image._native.inputs
        self._native = _seamount.Chip(image._native)

    def run(
        self,
        steps: int,
        spikes: Any = None,
        *,
        threads: int = 1,
        per_step: bool = False,
        record: bool = True,
        fidelity: str = "count",
        profile: str | Iterable[str] | None = None,
        chosen: dict[str, int] | None = None,
        inference_steps: int | None = None,
        vectors: bool = True,
        progress: bool | Callable[[int, int], Any] = False,
    ) -> Run:
        """Runs the chip for ``steps`` steps.

        Parameters
        ----------
        spikes
            Input spikes, counted from the step after the last one run: row r of a table
            (steps, neurons) of 0 and 1 is emitted in that step + r and arrives one step later.
            A numpy array, torch tensor or scipy sparse matrix; a tuple (steps, neurons) or, on
            boards of the Loihi 2 class, (steps, neurons, payloads) of arrays of equal length; or
            a dict of these by the names of the inputs, needed where there are several.
        threads
            Threads that share the cores. The bits do not depend on it.
        per_step
            Keep the counts of every step (:meth:`Run.by_step`).
        record
            Keep the values of probes; False keeps only their sums.
        fidelity, profile, chosen, inference_steps
            ``"pipeline"`` or ``"cycle"``: how long steps take by a profile
            (:attr:`Run.time`), with numbers ``chosen`` that its source does not give.
        progress
            True shows a bar (of tqdm, if installed). A callable is given (done, total) every
            few milliseconds; returning False or raising stops the run at the end of a step.

        Raises
        ------
        InputError
            Spikes that do not fit the inputs; nothing has run then.
        KeyboardInterrupt
            Ctrl-C: the chip stands at the end of a step, which its note names, and can go on.

        >>> import seamount as sm
        >>> net = sm.Network("one")
        >>> out = net.lif("out", 1, threshold_mantissa=50, current_decay=4095, voltage_decay=4095)
        >>> net.connect(net.input("in", 1), out, 60)
        'in->out'
        >>> chip = sm.Chip(net.compile().with_probes("out.spike"))
        >>> chip.run(4, [[1], [0], [1], [1]])["out.spike"].events[0].tolist()   # a step later
        [1, 3, 4]
        >>> chip.run(4, ([0], [0]))["out.spike"].events[0].tolist()             # from now on
        [5]
        """
        number = count("steps", steps)
        arrays = native_spikes(spikes, self._inputs) if spikes is not None else []
        wishes = _PLAIN
        if threads != 1 or per_step or not record or fidelity != "count" or not vectors:
            wishes = _PLAIN | {
                "threads": count("threads", threads, 1, 1024),
                "vectors": bool(vectors),
                "per_step": bool(per_step),
                "sums_only": not record,
                "fidelity": str(fidelity),
                "inference_steps": inference_steps,
                **profile_wishes(profile, chosen),
            }
        if not progress:  # no generator: the call itself must cost microseconds
            native = self._native.run(number, arrays, wishes, None)
        else:
            with progress_bar(progress, "steps") as callback:
                native = self._native.run(number, arrays, wishes, callback)
        return Run(native, self.image, wishes["profiles"], wishes["chosen"])

    @property
    def step(self) -> int:
        """Number of the last step; 0 before the first."""
        return self._native.step

    def reset(self, sample: int = 0) -> Chip:
        """Goes back to the state before step 1. ``sample`` chooses the noise."""
        self._native.reset(count("sample", sample, 0, (1 << 64) - 1))
        return self

    def rest(self, keep: Iterable[str] = ()) -> Chip:
        """Rests between samples that are learned from.

        Activity, traces, tags and spikes in flight go back to the start; weights, delays and the
        number of the step stay, and so do state words of programs that ``keep`` names.
        """
        names = [keep] if isinstance(keep, str) else [str(name) for name in keep]
        self._native.rest(names)
        return self

    def replay_noise(self, draws: Iterable[Any]) -> Chip:
        """Replaces the noise generator by recorded draws, 0..=255.

        For each core in use a table (steps, compartments): row r is step r + 1, beyond the last
        row it repeats. Copies keep the draws, snapshots and pickles do not.
        """
        tables = [
            whole(f"draws[{core}]", table, np.uint8, ndim=2) for core, table in enumerate(draws)
        ]
        self._native.replay_noise([table.reshape(-1) for table in tables])
        return self

    def read(self, population: str, register: str = "voltage") -> NDArray[np.int32]:
        """A register of every neuron as it is now, (neurons,): of the last compartment."""
        return self._native.read(getattr(population, "name", population), register)

    def learned(self, projection: str) -> NDArray[Any]:
        """Synapses of a projection that learns as they are now, a row each.

        Fields: source, target (uint32), weight, delay, tag, second_tag (int32).
        """
        sources, targets, variables = self._native.learned(projection)
        names = ("weight", "delay", "tag", "second_tag")
        kinds = [("source", "u4"), ("target", "u4"), *((name, "i4") for name in names)]
        rows = np.zeros(len(sources), kinds)
        rows["source"], rows["target"] = sources, targets
        for name, values in zip(names, variables, strict=True):
            if len(values):
                rows[name] = values
        return rows

    def write_weights(self, projection: str, weights: Any) -> Chip:
        """Writes learned weights, (synapses,) in the order of :meth:`learned`."""
        self._native.write_weights(projection, whole("weights", weights, np.int32, ndim=1))
        return self

    def snapshot(self) -> bytes:
        """Everything that is needed to go on later: spikes in flight and noise included."""
        return self._native.snapshot()

    def restore(self, snapshot: bytes) -> Chip:
        """Goes back to a snapshot of the same image."""
        self._native.restore(bytes(snapshot))
        return self

    def trace(
        self,
        population: str,
        neuron: int,
        steps: int | tuple[int, int] = 1,
        spikes: Any = None,
        *,
        all_registers: bool = False,
    ) -> Trace:
        """Runs up to the last of ``steps`` and shows what a neuron's program does in them.

        ``steps`` is (first, last), both shown, or a number of steps from the next one on.
        """
        if isinstance(steps, tuple):
            first, last = (count("steps", one, 1, 1 << 48) for one in steps)
        else:
            first, last = self.step + 1, self.step + count("steps", steps, 1, 10_000)
        if first <= self.step:
            raise UsageError("steps", f"{first} is over: the chip stands at step {self.step}")
        if last < first or last - first >= 10_000:
            raise UsageError("steps", f"{first}..{last} is not 1 to 10000 steps")
        neuron = count("neuron", neuron, 0, (1 << 32) - 1)
        name = str(getattr(population, "name", population))
        arrays = native_spikes(spikes, self._inputs)
        data, text = self._native.trace((name, neuron), (first, last), arrays, all_registers)
        return Trace(json.loads(data), text)

    def close(self) -> None:
        """Gives the memory back; the chip cannot be used any more."""
        self._native.close()

    def __enter__(self) -> Chip:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> Chip:
        return self.__copy__()

    def __copy__(self) -> Chip:
        twin = Chip.__new__(Chip)
        twin.image = self.image
        twin._inputs = self._inputs
        twin._native = self._native.copy()
        return twin

    def __reduce__(self) -> tuple[Callable[..., Chip], tuple[Any, ...]]:
        return (_unpickled, (self.image, self.snapshot()))

    def __repr__(self) -> str:
        return f"Chip({self.image.name!r} on {self.image.board}, step {self.step})"


def _unpickled(image: Image, snapshot: bytes) -> Chip:
    return Chip(image).restore(snapshot)


class Trace:
    """A neuron's program at work: ``data`` for programs, ``str(trace)`` for people."""

    def __init__(self, data: dict[str, Any], text: str) -> None:
        self.data = data
        self._text = text

    def __str__(self) -> str:
        return self._text


class _Bar:
    """A bar of tqdm."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._done)
        self._done = done


@contextmanager
def progress_bar(
    progress: bool | Callable[[int, int], Any], unit: str
) -> Iterator[Callable[[int, int], Any] | None]:
    """What is called with (done, total): nothing, the caller's, or a bar where tqdm is there."""
    if progress is not True:
        yield progress or None
        return
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        yield None
        return
    with tqdm(unit=unit) as bar:
        yield _Bar(bar)
