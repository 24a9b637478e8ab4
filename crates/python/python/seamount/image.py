"""Images: networks placed on a board, as bits, proved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _seamount
from ._tree import tree
from .errors import FileError, UsageError

if TYPE_CHECKING:
    from .batch import Batch

__all__ = ["Image"]


class Image:
    """A network placed on the cores of a board, proved: no run of it can fail.

    Made by :meth:`seamount.Network.compile`, read by :meth:`load`. Pickled, it is its file.
    """

    _native: _seamount.Image

    def __init__(self) -> None:
        raise TypeError("an image is compiled (Network.compile) or read (Image.load)")

    @classmethod
    def _of(cls, native: _seamount.Image) -> Image:
        image = cls.__new__(cls)
        image._native = native
        return image

    @classmethod
    def load(cls, source: str | Path | bytes, *, ignore_limits: bool = False) -> Image:
        """An image from its file (.img), or from the bytes of one."""
        from ._open import open_network

        opened = open_network(source, ignore_limits=ignore_limits, name="image.img")
        if not isinstance(opened, Image):
            raise UsageError("source", "is a network; compile it: seamount.open(...).compile()")
        return opened

    def to_bytes(self) -> bytes:
        """The bytes of the image file."""
        return self._native.to_bytes()

    def save(self, path: str | Path) -> None:
        """Writes the image file."""
        try:
            Path(path).write_bytes(self.to_bytes())
        except OSError as error:
            raise FileError(str(path), f"cannot be written: {error}") from error

    @property
    def name(self) -> str:
        """Name of the network."""
        return self._native.name

    @property
    def board(self) -> str:
        """Name of the board."""
        return self._native.board

    @property
    def cores(self) -> int:
        """Number of cores in use."""
        return self._native.cores

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that tell apart what runs; probes do not count."""
        return f"{self._native.fingerprint:016x}"

    @property
    def inputs(self) -> dict[str, int]:
        """Size of each input by its name."""
        return dict(self._native.inputs)

    @property
    def probes(self) -> list[str]:
        """Names of the recordings that a run makes."""
        return self._native.probes

    @property
    def report(self) -> dict[str, Any] | None:
        """The compiler's report: use of every limit, synapses, rules, placement, quantising.

        None for an image that was read from a file: see :meth:`inspect`.
        """
        text = self._native.compilation()
        return None if text is None else json.loads(text)

    @property
    def placement(self) -> str | None:
        """The placement as JSON, which can be edited and given to the compiler again."""
        return self._native.placement()

    @property
    def warnings(self) -> list[str]:
        """What the compiler warns of in the learning rules."""
        return self._native.warnings()

    def inspect(self, core: int | None = None, *, memory: bool = False) -> dict[str, Any]:
        """What is in the image, of all cores or one; with ``memory`` every synapse list too."""
        if core is not None:
            from ._arrays import count

            core = count("core", core)
        return tree(self._native.inspect(core, memory))

    def with_probes(self, *probes: str) -> Image:
        """The same image with more probes.

        A probe is ``population[.compartment].register[:start..stop[:every]]``, or
        ``projection.variable``: ``"hidden.spike"``, ``"hidden.ahp.voltage:10..50:5"``.
        """
        return Image._of(self._native.with_probes([str(probe) for probe in probes]))

    def run(self, steps: int, spikes: Any = None, **options: Any) -> Any:
        """Runs a fresh chip; the run's ``chip`` is that chip. As :meth:`seamount.Chip.run`."""
        from .chip import Chip

        chip = Chip(self)
        run = chip.run(steps, spikes, **options)
        run.chip = chip
        return run

    def batch(self, samples: Any, labels: Any = None, **options: Any) -> Batch:
        """Shows a data set to the network, and says how often it was right and what it cost.

        Every sample begins on a chip that was reset, with noise of its own by its index: the
        same bits on any number of threads, after a restart, and whichever samples stand beside it.

        Parameters
        ----------
        samples
            A table (samples, steps, sources) of 0 and 1: row r is emitted in step r and arrives
            one step later; sources of all inputs stand side by side, or are a dict of tables by
            the names of inputs; further axes are flattened. Or numbers (samples, values) for an
            encoder. Or an iterable of events: (steps, neurons[, payloads]) tuples, scipy sparse
            matrices, dicts by inputs, structured arrays of a sensor as tonic has them (with
            ``sensor_size`` and ``dt_us``); of pairs (sample, label) too, as data sets hand out.
        labels
            The class of each sample, (samples,). Without labels there is no accuracy.
        decode
            ``"count"``, ``"first-spike"``, ``"voltage"`` or ``"voltage-max"``: which output
            answers.
        output
            The population that answers, ``population[.compartment][.register][:start..stop]``;
            absent, the only one.
        encode
            ``"direct"``, ``"graded"``, or an encoder of numbers with its parameters as the
            command takes it: ``"rate:scale=255,seed=1"``, ``"accumulate:shown=32"``, ...
        steps
            Steps of a sample; absent, the rows of its table. Spikes need a step for each layer.
        start, limit
            A run of the samples; they keep their indices.
        threads
            Threads that share the samples; absent, all there are.
        fidelity, profile, chosen
            ``"pipeline"`` or ``"cycle"`` add the time of each sample; profiles price it.
        resume
            A .jsonl file that each finished sample is added to; what is in it is not run again.
        progress
            As of :meth:`seamount.Chip.run`, in samples.

        Returns
        -------
        Batch
            Accuracy, confusion, NeuroBench's metrics per sample, energy and latency with their
            spread, and a row for each sample.

        >>> import numpy as np
        >>> import seamount as sm
        >>> net = sm.Network("who fires most")
        >>> pixels, classes = net.input("pixels", 3), net.lif("classes", 3, threshold_mantissa=50)
        >>> net.connect(pixels, classes, one_to_one=60)
        'pixels->classes'
        >>> samples = np.zeros((3, 10, 3), int)       # (samples, steps, sources)
        >>> samples[[0, 1, 2], :, [2, 0, 1]] = 1
        >>> batch = net.compile().batch(samples, [2, 0, 1])
        >>> batch.accuracy, batch.scores.argmax(axis=1).tolist()
        (1.0, [2, 0, 1])
        >>> batch.neurobench()["SynapticOperations"]["Effective_ACs"]
        10.0
        """
        from .batch import batch

        return batch(self, samples, labels, **options)

    def __repr__(self) -> str:
        cores = f"{self.cores} core{'' if self.cores == 1 else 's'}"
        return f"Image({self.name!r} on {self.board}: {cores}, fingerprint {self.fingerprint})"

    def __str__(self) -> str:
        return self._native.compilation_text() or self._native.inspect_text()

    def _repr_html_(self) -> str:
        from ._html import table

        report = self.report
        if report is None:
            return table(("image", self.name), [("board", self.board), ("cores", self.cores)])
        rows = []
        for core in report["report"]["cores"]:
            for use in core.get("usage", ()):
                rows.append((core.get("core", ""), *use.values()))
        return table(("core", "resource", "used", "available"), rows, caption=repr(self))

    def __reduce__(self) -> tuple[Callable[..., Image], tuple[Any, ...]]:
        return (_unpickled, (self.to_bytes(), self._native.ignores_limits))


def _unpickled(data: bytes, ignore_limits: bool) -> Image:
    return Image.load(data, ignore_limits=ignore_limits)
