"""NeuroBench's harness on the chip: a model, and metrics of the same names that read its counters.

NeuroBench reads its own metrics from hooks of PyTorch, which a chip does not have. The classes
here have the names of NeuroBench's, so that results stand under the same keys, and take their
numbers from the events that cores counted. They work without NeuroBench too.

    from neurobench.benchmarks import Benchmark
    from neurobench.metrics.workload import ClassificationAccuracy
    from neurobench.processors.postprocessors import ChooseMaxCount
    from seamount.neurobench import STATIC, WORKLOAD, SeamountModel

    model = SeamountModel(image, output="out", settle=2)
    metrics = [STATIC, [ClassificationAccuracy, *WORKLOAD]]
    results = Benchmark(model, loader, [], [ChooseMaxCount()], metrics).run()

The harness prints what goes wrong in a metric and reports 0: look for "Error running" in its
output.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import as_array, count
from .batch import Batch
from .errors import UsageError

if TYPE_CHECKING:
    from .image import Image

__all__ = [
    "STATIC",
    "WORKLOAD",
    "ActivationSparsity",
    "ConnectionSparsity",
    "DynamicEnergy",
    "Footprint",
    "SeamountModel",
    "SynapticOperations",
]

def _base(module: str, name: str) -> Any:
    """A class that the harness asks for as a base; without it any will do."""
    try:
        return getattr(import_module(module), name)
    except ImportError:
        return object


_Model = _base("neurobench.models", "NeuroBenchModel")
_Static = _base("neurobench.metrics.abstract", "StaticMetric")
_Accumulated = _base("neurobench.metrics.abstract", "AccumulatedMetric")


class SeamountModel(_Model):  # type: ignore[misc, valid-type]
    """An image as a model of NeuroBench: called with a batch, it answers with one score a class.

    Parameters
    ----------
    image
        The compiled network.
    output
        The population that answers; absent, the only one.
    settle
        Steps without input behind those of a sample: a spike needs one for each layer.
    **options
        As of :meth:`seamount.Image.batch`: ``decode``, ``encode``, ``threads``, ``profile``, ...
    """

    def __init__(
        self, image: Image, output: Any = None, *, settle: int = 0, **options: Any
    ) -> None:
        if _Model is not object:
            super().__init__()
        self.image = image
        self._settle = count("settle", settle, 0, 1 << 24)
        self._options = {"output": output, **options}
        self.last: Batch | None = None
        """The batch that was shown last."""

    def __call__(self, batch: Any) -> Any:
        """Scores of samples, (samples, 1, outputs): the largest is the answer.

        ``batch`` is (samples, steps, sources, ...). Spikes of all steps are summed up already,
        which is what NeuroBench's postprocessors do first. Noise of a sample is by its index in
        the batch. A tensor of torch is answered with a tensor.
        """
        table = as_array("batch", batch)
        options = dict(self._options)
        if self._settle and "steps" not in options and table.ndim >= 2:
            options["steps"] = table.shape[1] + self._settle
        self.last = self.image.batch(table, **options)
        scores = self.last.scores.astype(np.float32)
        if self._options.get("decode") == "first-spike":
            silent = scores < 0
            scores = -scores
            scores[silent] = -np.inf
        scores = scores[:, np.newaxis, :]
        if not hasattr(batch, "detach"):
            return scores
        return import_module("torch").from_numpy(scores)

    def __net__(self) -> Image:
        """The image: there is no network of PyTorch."""
        return self.image

    @cached_property
    def structure(self) -> dict[str, Any]:
        """NeuroBench's metrics that need no sample: of a silent step."""
        sources = sum(self.image.inputs.values())
        silent = np.zeros((1, 1, sources), np.uint8)
        kept = ("output", "decode")
        options = {name: value for name, value in self._options.items() if name in kept}
        return self.image.batch(silent, **options).neurobench()


class Footprint(_Static):  # type: ignore[misc, valid-type]
    """Bytes of synapse memory in use."""

    def __call__(self, model: SeamountModel) -> int:
        return int(model.structure["Footprint"])


class ConnectionSparsity(_Static):  # type: ignore[misc, valid-type]
    """Share of possible connections that is absent or 0."""

    def __call__(self, model: SeamountModel) -> float | None:
        sparsity: float | None = model.structure["ConnectionSparsity"]
        return sparsity


class _Counted(_Accumulated):  # type: ignore[misc, valid-type]
    """A metric that is a mean over all samples of all batches."""

    def __init__(self) -> None:
        if _Accumulated is not object:
            super().__init__(requires_hooks=False)
        self.reset()

    def reset(self) -> None:
        """Forgets all samples."""
        self._samples = 0
        self._sums: dict[str, float | None] = {}

    def __call__(self, model: SeamountModel, preds: Any, data: Any) -> Any:
        if model.last is None:
            raise UsageError("model", "was not called: its counters are empty")
        samples = len(model.last)
        for name, mean in self._means(model.last).items():
            before = self._sums.get(name, 0.0)
            if mean is None or before is None:
                self._sums[name] = None
            else:
                self._sums[name] = before + mean * samples
        self._samples += samples
        return self.compute()

    def _means(self, batch: Batch) -> dict[str, float | None]:
        raise NotImplementedError

    def _mean(self) -> dict[str, float | None]:
        return {
            name: None if total is None else total / self._samples
            for name, total in self._sums.items()
        }

    def compute(self) -> Any:
        """The means of all samples so far."""
        return self._mean()


class ActivationSparsity(_Counted):
    """Share of (neuron, step) without a spike, of neurons that can spike."""

    def _means(self, batch: Batch) -> dict[str, float | None]:
        return {"mean": batch.neurobench()["ActivationSparsity"]}

    def compute(self) -> float | None:
        """The mean of all samples so far."""
        return self._mean().get("mean")


class SynapticOperations(_Counted):
    """Effective_MACs, Effective_ACs and Dense: means per sample."""

    def _means(self, batch: Batch) -> dict[str, float | None]:
        return dict(batch.neurobench()["SynapticOperations"])


class DynamicEnergy(_Counted):
    """Dynamic energy of a sample by each profile, microjoules; None where nothing is priced."""

    def _means(self, batch: Batch) -> dict[str, float | None]:
        return {name: energy.uJ for name, energy in batch.energies().items()}


STATIC = [Footprint, ConnectionSparsity]
"""Metrics of a model that need no sample."""

WORKLOAD = [ActivationSparsity, SynapticOperations, DynamicEnergy]
"""Metrics of a workload; NeuroBench's own ClassificationAccuracy stands beside them."""
