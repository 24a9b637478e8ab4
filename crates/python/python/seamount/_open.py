"""Files of any form as networks and images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import _seamount
from ._arrays import as_array, count
from .errors import InputError, UsageError
from .image import Image
from .network import Network

__all__ = ["from_nir", "open_network"]

_OPTIONS = (
    "board",
    "dt_seconds",
    "reset",
    "discretisation",
    "scales",
    "weight_bits",
    "ignore_unit_axes",
    "current",
)


def wishes(options: Mapping[str, Any]) -> dict[str, Any]:
    for name in options:
        if name not in _OPTIONS:
            raise UsageError(name, f"is no option; there are: {', '.join(_OPTIONS)}")
    found: dict[str, Any] = dict.fromkeys(_OPTIONS)
    found.update(options)
    found["ignore_unit_axes"] = bool(found["ignore_unit_axes"])
    if found["dt_seconds"] is not None:
        try:
            found["dt_seconds"] = float(found["dt_seconds"])
        except (TypeError, ValueError) as error:
            raise UsageError("dt_seconds", f"{found['dt_seconds']!r} is no number") from error
    if found["weight_bits"] is not None:
        found["weight_bits"] = count("weight_bits", found["weight_bits"], 1, 8)
    current = found["current"]
    if current is not None:
        arrays = current if isinstance(current, Mapping) else {"": current}
        found["current"] = {
            str(name): as_array(f"current[{name!r}]", values).astype(np.float64)
            for name, values in arrays.items()
        }
    return found


def graph_bytes(source: Any, name: str = "network.nir") -> tuple[Path, bytes | None]:
    """A path, and the bytes where the source is bytes or a ``nir.NIRGraph``."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Path(name), bytes(source)
    if isinstance(source, (str, Path)):
        return Path(source), None
    import io

    try:
        import nir  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError as error:
        raise UsageError("graph", "the package nir is not installed") from error
    buffer = io.BytesIO()
    try:
        nir.write(buffer, source)
    except Exception as error:  # noqa: BLE001  whatever the package raises for what is no graph
        raise InputError("graph", f"the package nir cannot write it: {error}") from error
    return Path(name), buffer.getvalue()


def open_network(
    source: str | Path | bytes,
    *,
    ignore_limits: bool = False,
    name: str = "network",
    **options: Any,
) -> Network | Image:
    """Opens a network or an image, whatever the file is: .json, .nir, .net, .h5, .img.

    Parameters
    ----------
    source
        Path of the file, or its bytes; ``name`` then says with its ending what they are, where
        they do not say it themselves.
    ignore_limits
        An image may break limits of its board.
    board
        Name of the board; of a float graph it decides whether neurons may be programs.
    dt_seconds, reset, discretisation, scales, weight_bits, ignore_unit_axes
        How a float graph (.nir) becomes integers: length of a step in seconds; ``"zero"``,
        ``"subtract"`` or ``"to_reset"``; ``"exponential"`` or ``"euler"``; ``"per_neuron"`` or
        ``"per_population"``; 1 to 6 or 8; whether axes of length 1 may differ.
    current
        Array, or arrays by the name of their input, that enter in every step instead of spikes.

    Returns
    -------
    Network or Image
        What the file holds. ``Network.quantised`` says what quantising changed.
    """
    asked = wishes(options)
    data = None
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, path = bytes(source), Path(name)
    else:
        try:
            path = Path(source)
        except TypeError as error:
            raise UsageError("source", f"{type(source).__name__} is no path") from error
    opened = _seamount.open_file(path, data, bool(ignore_limits), asked)
    if isinstance(opened, _seamount.Image):
        return Image._of(opened)
    return Network._of(opened)


def from_nir(graph: Any, *, name: str = "network", **options: Any) -> Network:
    """A ``nir.NIRGraph`` as a network of integers. Options are those of :func:`seamount.open`."""
    if isinstance(graph, (str, Path)):
        raise InputError("graph", "is a path; open it: seamount.open(path)")
    path, data = graph_bytes(graph, f"{name}.nir")
    assert data is not None
    opened = open_network(data, name=str(path), **options)
    assert isinstance(opened, Network)
    return opened
