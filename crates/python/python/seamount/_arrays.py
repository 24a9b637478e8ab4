"""One dtype for each argument: whatever holds numbers becomes the array that the chip takes.

Everything that can be wrong with an array is said here with the name of the argument and the
index of the first element that is wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import Finding, InputError, UsageError

# Most elements of one array; larger ones are a mistake, or a case for a file.
ELEMENTS_MAX = 1 << 31


def _wrong(name: str, problem: str, fault: str, place: str = "", value: Any = None) -> InputError:
    return InputError(name, (Finding(place, problem, fault, value),))


def as_array(name: str, values: Any) -> NDArray[Any]:
    """Values of numpy, torch, a list, or anything with ``__array__``, as an array of numbers."""
    if hasattr(values, "detach") and hasattr(values, "cpu"):  # a tensor of torch, on any device
        values = values.detach().cpu().numpy()
    elif hasattr(values, "toarray") and hasattr(values, "tocoo"):
        raise _wrong(name, "is sparse; a dense array is wanted here", "wrong_type")
    try:
        array = np.asarray(values)
    except Exception as error:  # noqa: BLE001  whatever an object raises that is no array
        raise _wrong(name, f"is no array: {error}", "wrong_type") from error
    if array.dtype.kind not in "biuf":
        raise _wrong(name, f"holds {array.dtype}, wanted integers", "wrong_type")
    if array.size > ELEMENTS_MAX:
        problem = f"has {array.size} elements; at most {ELEMENTS_MAX} are taken"
        raise _wrong(name, problem, "out_of_range")
    return array


def _first(name: str, array: NDArray[Any], bad: NDArray[np.bool_], wanted: str) -> None:
    """Raises for the first element that is bad."""
    if not bad.any():
        return
    at = np.unravel_index(int(np.argmax(bad)), array.shape)
    value = array[at].item()
    place = f"[{', '.join(str(int(axis)) for axis in at)}]" if array.ndim else ""
    more = int(bad.sum()) - 1
    others = f" ({more} more like this)" if more else ""
    problem = f"{value} is {wanted}{others}"
    raise _wrong(name, problem, "out_of_range", f"{name}{place}", value)


def whole(
    name: str, values: Any, dtype: type[np.integer[Any]], *, ndim: int | None = None
) -> NDArray[Any]:
    """The values as a contiguous array of whole numbers of ``dtype``.

    Floats are taken where they hold whole numbers. An array is never changed; the result may
    share its memory.
    """
    array = as_array(name, values)
    if ndim is not None and array.ndim != ndim:
        problem = f"has shape {array.shape}, wanted {ndim} {'axis' if ndim == 1 else 'axes'}"
        raise _wrong(name, problem, "wrong_shape")
    if array.dtype.kind == "f":
        array = array.astype(np.float64, copy=False)
        _first(name, array, ~np.isfinite(array), "no number")
        _first(name, array, array != np.trunc(array), "no whole number")
    info = np.iinfo(dtype)
    if array.dtype != np.dtype(dtype) and array.dtype.kind != "b" and array.size:
        low, high = array < info.min, array > info.max
        if array.dtype.kind == "f":
            # the largest integers have no float of their own
            high = array >= float(info.max) + (1 if info.max < 1 << 53 else 0)
        if info.min == 0:
            _first(name, array, low, "negative")
        _first(name, array, low | high, f"outside {info.min}..={info.max}")
    return np.asarray(array, dtype=dtype, order="C")


def count(name: str, value: Any, least: int = 0, most: int = (1 << 63) - 1) -> int:
    """A whole number of an argument, within its range."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(name, f"{value!r} is no whole number") from error
    if number != value:
        raise UsageError(name, f"{value!r} is no whole number")
    if not least <= number <= most:
        finding = Finding("", f"{number} is outside {least}..={most}", "out_of_range", number)
        raise UsageError(name, (finding,))
    return number
