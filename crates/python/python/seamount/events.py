"""Input spikes: dense tables, pairs, payloads, events of sensors, by the name of their input.

Row r of a table, or step r of a pair, is a spike emitted in step r after the last step that the
chip ran; it arrives one step later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import as_array, count, whole
from .errors import Finding, InputError, UsageError

__all__ = ["events", "nir_events", "pairs"]

# What the native half takes: (input, table) or (input, steps, neurons[, payloads]).
Native = tuple[Any, ...]


def _named(name: str, values: Any, argument: str) -> Native:
    """The spikes of one input."""
    if hasattr(values, "n_samples") and hasattr(values, "t_max"):  # nir data
        if not hasattr(values, "data"):
            problem = "holds times; make steps of them: seamount.nir_events(data, dt_seconds)"
            raise InputError(argument, problem)
        if values.n_samples != 1:
            problem = f"holds {values.n_samples} samples; give one: data.data[sample]"
            raise InputError(argument, problem)
        values = values.data[0]
    if isinstance(values, tuple):
        if len(values) not in (2, 3):
            problem = f"{len(values)} arrays; wanted (steps, neurons) or (steps, neurons, payloads)"
            raise InputError(argument, problem)
        steps = whole(f"{argument}: steps", values[0], np.uint64, ndim=1)
        neurons = whole(f"{argument}: neurons", values[1], np.uint32, ndim=1)
        columns: list[NDArray[Any]] = [steps, neurons]
        if len(values) == 3:
            columns.append(whole(f"{argument}: payloads", values[2], np.int32, ndim=1))
        lengths = {len(column) for column in columns}
        if len(lengths) > 1:
            problem = f"columns of {', '.join(str(len(c)) for c in columns)} elements"
            raise InputError(argument, (Finding("", problem, "wrong_length"),))
        return (name, *columns)
    if hasattr(values, "tocoo"):  # scipy sparse, (steps, neurons)
        sparse = values.tocoo()
        ones = whole(argument, sparse.data, np.int64)
        if not np.isin(ones, (0, 1)).all():
            raise InputError(argument, "holds other numbers than 0 and 1")
        kept = ones == 1
        steps = sparse.row[kept].astype(np.uint64)
        return (name, steps, sparse.col[kept].astype(np.uint32))
    table = as_array(argument, values)
    if table.ndim > 2:  # (steps, channels, y, x): flattened as a file of currents is
        table = table.reshape(len(table), int(np.prod(table.shape[1:])))
    table = whole(argument, table, np.uint8, ndim=2)
    return (name, table)


def _checked_table(native: Native, sizes: Mapping[str, int], argument: str) -> Native:
    """A table must be as wide as its input: without that, rows would be cut anew."""
    name, first = native[0], native[1]
    if len(native) == 2 and name in sizes and first.shape[1] != sizes[name]:
        size = sizes[name]
        problem = f"shape {first.shape}, wanted (steps, {size}) for input '{name}'"
        turned = first.shape[0] == size
        finding = Finding(
            "", problem, "wrong_shape", suggestion="is it transposed?" if turned else None
        )
        raise InputError(argument, (finding,))
    return native


def native_spikes(spikes: Any, inputs: list[tuple[str, int]]) -> list[Native]:
    """Spikes in any form as the native half takes them."""
    if spikes is None:
        return []
    sizes = dict(inputs)
    if isinstance(spikes, Mapping):
        named = []
        for name, values in spikes.items():
            key = getattr(name, "name", name)
            argument = f"spikes[{key!r}]"
            if key not in sizes:
                there = ", ".join(sizes) or "none"
                raise InputError(argument, f"there is no such input; there are: {there}")
            named.append(_checked_table(_named(key, values, argument), sizes, argument))
        return named
    if len(inputs) != 1:
        if not inputs:
            raise UsageError("spikes", "the network has no inputs")
        names = ", ".join(repr(name) for name, _ in inputs)
        problem = f"which input? The network has {names}: give a dict by their names"
        raise UsageError("spikes", problem)
    name = inputs[0][0]
    return [_checked_table(_named(name, spikes, "spikes"), sizes, "spikes")]


def sample_events(
    argument: str, sample: Any, inputs: list[tuple[str, int]]
) -> tuple[NDArray[Any], ...]:
    """The events of a sample as steps, sources over all inputs, and perhaps payloads."""
    firsts: dict[str, int] = {}
    sources = 0
    for name, size in inputs:
        firsts[name] = sources
        sources += size
    if not isinstance(sample, Mapping):
        return _columns(_named("", sample, argument), sources, argument)[1:]
    sizes = dict(inputs)
    found = []
    for key, values in sample.items():
        name = str(getattr(key, "name", key))
        place = f"{argument}[{name!r}]"
        if name not in firsts:
            there = ", ".join(sizes) or "none"
            raise InputError(place, f"there is no such input; there are: {there}")
        columns = _columns(_named(name, values, place), sizes[name], place)
        bad = columns[2] >= sizes[name]
        if bad.any():
            at = int(np.argmax(bad))
            problem = f"{int(columns[2][at])} is outside 0..={sizes[name] - 1}"
            raise InputError(place, (Finding(f"neurons[{at}]", problem, "out_of_range"),))
        found.append((columns[1], columns[2].astype(np.int64) + firsts[name], *columns[3:]))
    if len({len(columns) for columns in found}) > 1:
        raise InputError(argument, "some inputs have payloads and others have none")
    if not found:
        return (np.zeros(0, np.uint64), np.zeros(0, np.uint32))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))


def _columns(native: Native, size: int, argument: str) -> Native:
    """Spikes of an input as columns, whatever they were."""
    if len(native) > 2:
        return native
    table = _checked_table(native, {native[0]: size}, argument)[1]
    high = table > 1
    if high.any():
        at = np.unravel_index(int(np.argmax(high)), table.shape)
        place = f"{argument}[{int(at[0])}, {int(at[1])}]"
        problem = f"{int(table[at])} is neither 0 nor 1"
        raise InputError(argument, (Finding(place, problem, "out_of_range"),))
    return (native[0], *pairs(table))


def pairs(table: ArrayLike) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """The spikes of a dense table (steps, neurons) of 0 and 1 as (steps, neurons).

    >>> pairs([[0, 1], [1, 0]])
    (array([0, 1], dtype=uint64), array([1, 0], dtype=uint32))
    """
    dense = whole("table", table, np.uint8, ndim=2)
    steps, neurons = np.nonzero(dense)
    return steps.astype(np.uint64), neurons.astype(np.uint32)


def events(
    stream: NDArray[Any],
    sensor_size: tuple[int, ...],
    dt_us: float,
    *,
    start_us: float | None = None,
) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Events of a sensor, as tonic hands them out, as (steps, neurons).

    Parameters
    ----------
    stream
        Structured array with the fields x, t and, where the sensor has them, y and p.
        t in microseconds.
    sensor_size
        Width, height and number of polarities: (x, y, p).
    dt_us
        Length of a step, microseconds.
    start_us
        Time of the first step, microseconds; that of the first event if absent.

    Returns
    -------
    steps, neurons
        Step of each event from 0, and its neuron in the order (p, y, x), x fastest, which is
        that of frames of shape (p, y, x). Several events of one neuron in one step are one.
    """
    fields = getattr(stream, "dtype", np.dtype("f8")).names or ()
    if "x" not in fields or "t" not in fields:
        raise InputError("stream", f"fields {fields}, wanted x, y, t and p")
    if not dt_us > 0:
        raise UsageError("dt_us", f"{dt_us} is not above 0")
    sizes = [count("sensor_size", size, 1) for size in sensor_size]
    sizes += [1] * (3 - len(sizes))
    width, height, polarities = sizes[:3]
    index = np.zeros(len(stream), np.int64)
    for field, size in (("p", polarities), ("y", height), ("x", width)):
        if field not in fields:
            if size > 1:
                raise InputError("stream", f"has no field {field}, of which there are {size}")
            continue
        values = whole(f"stream[{field!r}]", stream[field], np.int64, ndim=1)
        bad = (values < 0) | (values >= size)
        if bad.any():
            at = int(np.argmax(bad))
            problem = f"{int(values[at])} is outside 0..={size - 1}"
            place = f"stream[{field!r}][{at}]"
            raise InputError("stream", (Finding(place, problem, "out_of_range"),))
        index = index * size + values
    time = as_array("stream['t']", stream["t"]).astype(np.float64)
    if not len(time):
        return np.zeros(0, np.uint64), np.zeros(0, np.uint32)
    steps = np.floor((time - (time.min() if start_us is None else start_us)) / dt_us)
    if steps.min() < 0:
        at = int(np.argmin(steps))
        problem = f"{time[at]} is before start_us {start_us}"
        raise InputError("stream", (Finding(f"stream['t'][{at}]", problem, "out_of_range"),))
    both = np.unique(np.stack([steps.astype(np.int64), index], axis=1), axis=0)
    return both[:, 0].astype(np.uint64), both[:, 1].astype(np.uint32)


def nir_events(
    data: Any, dt_seconds: float, *, sample: int = 0
) -> tuple[NDArray[Any], ...]:
    """Events of ``nir.EventData`` as (steps, neurons), of ``ValuedEventData`` with payloads.

    An event at time t is in step floor(t / dt_seconds); places without an event (index -1, time
    infinite) are left out.
    """
    if not dt_seconds > 0:
        raise UsageError("dt_seconds", f"{dt_seconds} is not above 0")
    samples = len(as_array("data.idx", data.idx))
    at = count("sample", sample, 0, samples - 1)
    neurons = whole("data.idx", data.idx[at], np.int64, ndim=1)
    times = as_array("data.time", data.time[at]).astype(np.float64)
    if times.shape != neurons.shape:
        raise InputError("data", f"{len(times)} times of {len(neurons)} events")
    there = neurons >= 0
    # a time that is a whole number of steps but for rounding is that step
    ratio = times[there] / dt_seconds
    near = np.rint(ratio)
    steps = np.where(np.abs(ratio - near) < 1e-9 * np.maximum(near, 1), near, np.floor(ratio))
    columns: tuple[NDArray[Any], ...] = (
        whole("data.time / dt_seconds", steps, np.uint64),
        whole("data.idx", neurons[there], np.uint32),
    )
    values = getattr(data, "value", None)
    if values is not None:
        columns += (whole("data.value", np.asarray(values[at])[there], np.int32),)
    return columns
