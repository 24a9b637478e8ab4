"""Charts as data: specifications of Vega-Lite, which notebooks draw, and the same as SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any

__all__ = ["Chart", "Report"]


@dataclass(frozen=True)
class Chart:
    """A chart of a run. A notebook draws it; ``altair.Chart.from_dict(chart.spec)`` goes on."""

    name: str
    """Short name, as of its file."""
    title: str
    """Title."""
    note: str
    """Origin of its numbers, and what is not in them."""
    spec: dict[str, Any] = field(repr=False)
    """The specification, version 5 of Vega-Lite."""
    svg: str = field(repr=False)
    """The same as SVG."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "application/vnd.vegalite.v5+json": self.spec,
            "image/svg+xml": self.svg,
            "text/plain": repr(self),
        }


class Report(dict[str, Any]):
    """A report as a dictionary. Called with a path it writes the page of the result there."""

    def __init__(self, data: dict[str, Any], write_page: Callable[[Path], None]) -> None:
        super().__init__(data)
        self._write_page = write_page

    def __call__(self, path: str | PathLike[str]) -> Path:
        """Writes one HTML file with the charts of the result, which needs no network."""
        written = Path(fspath(path))
        self._write_page(written)
        return written

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy of the numbers has no page
        return (dict, (dict(self),))
