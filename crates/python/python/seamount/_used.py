"""Which images a call ran, for the lines of a sweep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_used: ContextVar[dict[str, None] | None] = ContextVar("seamount_used", default=None)


@contextmanager
def watched() -> Iterator[dict[str, None]]:
    """Fingerprints of the images that run meanwhile, in order."""
    fingerprints: dict[str, None] = {}
    token = _used.set(fingerprints)
    try:
        yield fingerprints
    finally:
        _used.reset(token)


def note(image: Any) -> None:
    """Called with every image that runs."""
    fingerprints = _used.get()
    if fingerprints is not None:
        fingerprints.setdefault(image.fingerprint, None)


def threads() -> int:
    """Threads where none are asked for: all there are, but one where calls run side by side."""
    return (os.cpu_count() or 1) if _used.get() is None else 1
