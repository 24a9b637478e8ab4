"""A data set in one call: accuracy, and what each inference cost.

Samples are a table (samples, steps, sources) of 0 and 1, numbers that an encoder makes spikes of,
or a list of the events of each sample. Every sample begins on a chip that was reset, with noise
of its own by its index, so that it comes to the same bits on any number of threads.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import _seamount
from ._arrays import as_array, count, whole
from ._tree import tree
from ._used import note
from ._used import threads as available
from .charts import Chart, Drawn, Report, charts_of
from .chip import progress_bar
from .errors import FileError, Finding, InputError, UsageError
from .events import events, sample_events
from .run import profile_wishes

if TYPE_CHECKING:
    from .image import Image

__all__ = ["Batch", "EnergySpread", "Spread"]

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Spread:
    """A number over the samples; percentiles are those of ``numpy.percentile``."""

    mean: float
    """Mean over the samples."""
    sd: float
    """Standard deviation (n - 1)."""
    min: int
    """Smallest."""
    p5: float
    """5th percentile."""
    p25: float
    """25th percentile."""
    median: float
    """Median."""
    p75: float
    """75th percentile."""
    p95: float
    """95th percentile."""
    max: int
    """Largest."""


@dataclass(frozen=True)
class EnergySpread:
    """Dynamic energy of an inference by one profile; static energy is never in it."""

    profile: str
    """Name of the profile."""
    each_fj: Spread | None
    """Femtojoules over the samples; None if the profile prices nothing of what happened."""
    unknown: tuple[str, ...]
    """Events that happened and have no price: then the numbers are lower bounds."""

    @property
    def uJ(self) -> float | None:
        """The mean in microjoules."""
        return None if self.each_fj is None else self.each_fj.mean * 1e-9


def _of_profile(found: Mapping[str, _Found], profile: str) -> _Found:
    if profile not in found:
        problem = f"{profile!r} is no profile of this call; there are: {', '.join(found)}"
        raise UsageError("profile", problem)
    return found[profile]


def _spread(data: Mapping[str, Any]) -> Spread:
    return Spread(**{name: data[name] for name in Spread.__dataclass_fields__})


class Batch(Drawn):
    """A data set that was shown to a network. ``str(batch)`` is the report of ``seamount eval``."""

    def __init__(self, native: _seamount.Evaluation, image: Image) -> None:
        self._native = native
        self.image = image

    @cached_property
    def report(self) -> Report:
        """The report as the command's ``eval --json`` has it.

        ``batch.report("eval.html")`` writes it as a page with its charts, which needs no network.
        """
        return Report(tree(self._native.report()), self._native.write_page)

    def charts(self) -> dict[str, Chart]:
        """The charts of the page, by their names: answers beside labels, energy, time, events."""
        return charts_of(self._native.charts())

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        with np.load(io.BytesIO(self._native.rows("npz"))) as archive:
            return {name: archive[name] for name in archive.files}

    @cached_property
    def rows(self) -> NDArray[Any]:
        """A row for each sample: a structured array (samples,) of int64.

        Fields: sample, label, answer, right, tied, effective_macs, effective_acs, each kind of
        event, and ``energy_fj_PROFILE`` and ``duration_ps_PROFILE``. -1 stands for a label or an
        answer that there is not.
        """
        names = [name for name in self._columns if name != "scores"]
        rows = np.zeros(len(self), [(name, "i8") for name in names])
        for name in names:
            rows[name] = self._columns[name]
        return rows

    @property
    def scores(self) -> NDArray[np.int64]:
        """What was decoded of each output, (samples, outputs).

        Spikes, step of the first spike (-1 without any), or register.
        """
        return self._columns["scores"]

    @property
    def answers(self) -> NDArray[np.int64]:
        """Index of the output that answers each sample, (samples,); -1 if none does."""
        return self._columns["answer"]

    @property
    def accuracy(self) -> float | None:
        """Share of samples that are right, 0 to 1; None without labels."""
        found = self.report["accuracy"]
        return None if found is None else float(found["accuracy"])

    @property
    def confusion(self) -> NDArray[np.int64] | None:
        """Samples by label (row) and answer (column), the last column without an answer."""
        found = self.report["accuracy"]
        return None if found is None else np.array(found["confusion"], np.int64)

    def neurobench(self) -> dict[str, Any]:
        """NeuroBench's metrics under NeuroBench's names; those of a workload are means."""
        return dict(self.report["neurobench"])

    @property
    def per_inference(self) -> dict[str, Any]:
        """Mean counts and energy of an inference, as published systems report them."""
        return dict(self.report["per_inference"])

    @property
    def events(self) -> dict[str, Spread]:
        """Spread of each kind of event that happened, by its name."""
        return {one["event"]: _spread(one) for one in self.report["events"]}

    def energies(self) -> dict[str, EnergySpread]:
        """Energy of an inference by each profile of the call, never mixed."""
        found = {}
        for one in self.report["energy"]:
            each = one["each_fj"]
            found[one["profile"]] = EnergySpread(
                one["profile"], None if each is None else _spread(each), tuple(one["unknown"])
            )
        return found

    def energy(self, profile: str) -> EnergySpread:
        """Energy of an inference by one profile of the call."""
        return _of_profile(self.energies(), profile)

    def latency(self, profile: str) -> Spread:
        """Time of an inference by one profile of the call, picoseconds.

        The call wants ``fidelity="pipeline"`` or ``"cycle"``.
        """
        times = {one["profile"]: _spread(one["each_ps"]) for one in self.report["time"]}
        if not times:
            problem = 'was not computed: call batch with fidelity="pipeline" or "cycle"'
            raise UsageError("latency", problem)
        return _of_profile(times, profile)

    def save(self, path: str | Path) -> None:
        """Writes the rows: ``.csv``, or ``.npz`` with the scores."""
        ending = Path(path).suffix.removeprefix(".")
        if ending not in ("csv", "npz"):
            raise UsageError("path", f"{path}: wanted a name that ends in .csv or .npz")
        _replace(Path(path), self._native.rows(ending))

    def __len__(self) -> int:
        return int(self.report["samples"]["count"])

    def __str__(self) -> str:
        return self._native.text()

    def __repr__(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.4f}"
        return f"Batch({len(self)} samples of {self.report['samples']['steps']} steps{accuracy})"


def _replace(path: Path, data: bytes) -> None:
    """Writes a whole file or none."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(str(path), f"cannot be written: {error}") from error


def _npy(array: NDArray[Any]) -> bytes:
    """An array as the native half takes it, which is the form of a file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _table(name: str, values: Any) -> NDArray[Any]:
    """A table of samples, as narrow as its numbers allow."""
    array = as_array(name, values)
    if array.dtype.kind == "b" or array.dtype.itemsize == 1:
        return array
    if array.dtype == np.float16 or array.dtype.itemsize > 8:
        array = array.astype(np.float64 if array.dtype.itemsize > 8 else np.float32)
    with np.errstate(all="ignore"):
        narrow = array.astype(np.uint8)
    return narrow if np.array_equal(narrow, array) else array


def _side_by_side(samples: Mapping[Any, Any], inputs: Sequence[tuple[str, int]]) -> NDArray[Any]:
    """Tables of several inputs as one; an input without a table is silent."""
    sizes = dict(inputs)
    tables: dict[str, NDArray[Any]] = {}
    for key, values in samples.items():
        name = str(getattr(key, "name", key))
        argument = f"samples[{name!r}]"
        if name not in sizes:
            there = ", ".join(sizes) or "none"
            raise InputError(argument, f"there is no such input; there are: {there}")
        table = _table(argument, values)
        if table.ndim > 3:
            table = table.reshape(*table.shape[:2], -1)
        if table.ndim != 3 or table.shape[2] != sizes[name]:
            problem = f"has shape {table.shape}, wanted (samples, steps, {sizes[name]})"
            raise InputError(argument, (Finding("", problem, "wrong_shape"),))
        tables[name] = table
    shapes = {table.shape[:2] for table in tables.values()}
    if len(shapes) != 1:
        problem = f"tables of {len(shapes)} different (samples, steps): {sorted(shapes)}"
        raise InputError("samples", (Finding("", problem, "wrong_shape"),))
    silent = (*shapes.pop(), 0)
    parts = []
    for name, size in inputs:
        empty = np.zeros((*silent[:2], size), np.uint8)
        parts.append(tables.get(name, empty))
    return np.concatenate(parts, axis=2)


def _is_list(sample: Any) -> bool:
    """Whether a sample is events and not a table."""
    named = getattr(getattr(sample, "dtype", None), "names", None)
    return isinstance(sample, (tuple, Mapping)) or bool(named) or hasattr(sample, "tocoo")


class _Lists:
    """Events of all samples, one sample after the other."""

    def __init__(self, inputs: Sequence[tuple[str, int]]) -> None:
        self._inputs = list(inputs)
        self._offsets = [0]
        self._columns: list[list[NDArray[Any]]] = [[], [], []]
        self._payloads: bool | None = None

    def add(self, sample: Any) -> None:
        """Appends the events of a sample."""
        number = len(self._offsets) - 1
        argument = f"samples[{number}]"
        columns = sample_events(argument, sample, self._inputs)
        payloads = len(columns) == 3
        if self._payloads is None:
            self._payloads = payloads
        if payloads != self._payloads:
            raise InputError(argument, "some samples have payloads and others have none")
        for kept, column in zip(self._columns, columns, strict=False):
            kept.append(column)
        self._offsets.append(self._offsets[-1] + len(columns[0]))

    def arrays(self) -> dict[str, bytes]:
        """The lists as arrays of a data set."""
        names = ("steps", "neurons", "payloads") if self._payloads else ("steps", "neurons")
        found = {"offsets": _npy(np.array(self._offsets, np.int64))}
        for name, kept in zip(names, self._columns, strict=False):
            joined = np.concatenate(kept) if kept else np.zeros(0, np.int64)
            found[name] = _npy(joined.astype(np.int64))
        return found


def _items(samples: Any, most: int | None) -> list[Any]:
    """The samples of an iterable, which may have no end."""
    try:
        return list(itertools.islice(iter(samples), most))
    except TypeError as error:
        problem = "is neither an array nor an iterable of samples"
        raise InputError("samples", (Finding("", problem, "wrong_type"),)) from error


def _labelled(items: list[Any], labels: Any) -> tuple[list[Any], Any]:
    """Samples and labels apart, where a data set hands out pairs of both."""
    pairs = items and all(
        isinstance(item, tuple) and len(item) == 2 and np.ndim(item[1]) == 0 for item in items
    )
    if not pairs:
        return items, labels
    if labels is not None:
        raise UsageError("labels", "samples bring their own labels: give one of the two")
    return [item[0] for item in items], [item[1] for item in items]


def data_arrays(
    samples: Any,
    labels: Any,
    inputs: Sequence[tuple[str, int]],
    sensor: tuple[tuple[int, ...] | None, float | None],
    most: int | None,
) -> dict[str, bytes]:
    """Samples and labels in any form as arrays of a data set."""
    arrays: dict[str, bytes] = {}
    if isinstance(samples, Mapping):
        arrays["samples"] = _npy(_side_by_side(samples, inputs))
    elif hasattr(samples, "__array__") or hasattr(samples, "detach"):
        arrays["samples"] = _npy(_table("samples", samples))
    else:
        items, labels = _labelled(_items(samples, most), labels)
        if items and _is_list(items[0]):
            lists = _Lists(inputs)
            for number, item in enumerate(items):
                lists.add(_of_sensor(f"samples[{number}]", item, sensor))
            arrays.update(lists.arrays())
        else:
            arrays["samples"] = _npy(_stacked(items))
    if labels is not None:
        arrays["labels"] = _npy(whole("labels", labels, np.int64, ndim=1))
    return arrays


def _stacked(items: list[Any]) -> NDArray[Any]:
    tables = [_table(f"samples[{number}]", item) for number, item in enumerate(items)]
    for number, table in enumerate(tables):
        if table.shape != tables[0].shape:
            problem = f"shape {table.shape}, while that of samples[0] is {tables[0].shape}"
            raise InputError(f"samples[{number}]", (Finding("", problem, "wrong_shape"),))
    return np.stack(tables) if tables else np.zeros((0, 0, 0), np.uint8)


def _of_sensor(
    argument: str, sample: Any, sensor: tuple[tuple[int, ...] | None, float | None]
) -> Any:
    """Events of a sensor as (steps, neurons); all else as it is."""
    if not getattr(getattr(sample, "dtype", None), "names", None):
        return sample
    size, dt_us = sensor
    if size is None or dt_us is None:
        problem = "holds events of a sensor: say sensor_size=(x, y, p) and dt_us="
        raise UsageError(argument, problem)
    return events(sample, size, dt_us)


def batch(
    image: Image,
    samples: Any,
    labels: Any = None,
    *,
    decode: str = "count",
    output: Any = None,
    encode: str = "direct",
    steps: int | None = None,
    start: int = 0,
    limit: int | None = None,
    threads: int | None = None,
    fidelity: str = "count",
    profile: str | Iterable[str] | None = None,
    chosen: dict[str, int] | None = None,
    sensor_size: tuple[int, ...] | None = None,
    dt_us: float | None = None,
    resume: str | Path | None = None,
    name: str = "samples",
    vectors: bool = True,
    progress: bool | Callable[[int, int], Any] = False,
) -> Batch:
    """Shows a data set to a network: see :meth:`seamount.Image.batch`."""
    note(image)
    first = count("start", start, 0, (1 << 64) - 1)
    number = None if limit is None else count("limit", limit, 0, (1 << 64) - 1)
    most = None if number is None else first + number
    inputs = image._native.inputs
    arrays = data_arrays(samples, labels, inputs, (sensor_size, dt_us), most)
    wishes = {
        "name": str(name),
        "encode": str(encode),
        "decode": str(decode),
        "output": None if output is None else str(getattr(output, "name", output)),
        "steps": None if steps is None else count("steps", steps, 0),
        "start": first,
        "limit": number,
        "threads": count("threads", available() if threads is None else threads, 1, 1024),
        "vectors": bool(vectors),
        "fidelity": str(fidelity),
        "resume": None if resume is None else Path(resume),
        **profile_wishes(profile, chosen),
    }
    with progress_bar(progress, "samples") as callback:
        native = _seamount.evaluate_samples(image._native, arrays, wishes, callback)
    return Batch(native, image)
