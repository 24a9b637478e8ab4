"""Charts as data: specifications of Vega-Lite, which notebooks draw, and the same as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ._tree import tree

__all__ = ["Chart", "Drawn", "Report"]

# A notebook keeps whatever it shows: a raster of tens of thousands of spikes is not for every cell.
_SVG_MAX = 400_000


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


def charts_of(found: Iterable[tuple[str, str, str, str, str]]) -> dict[str, Chart]:
    """Charts by their names, from the texts of the native half."""
    return {
        name: Chart(name, title, note, tree(spec), svg) for name, title, note, spec, svg in found
    }


class Drawn:
    """A result with charts, which a notebook shows below its numbers.

    ``charts()`` has them as data; one by one a notebook draws them from their specifications.
    """

    def charts(self) -> dict[str, Chart]:
        """The charts of the page, by their names."""
        raise NotImplementedError

    def _summary_html(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def _repr_html_(self) -> str:
        # for what knows no bundles of forms: the numbers alone
        return self._summary_html()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        parts = [self._summary_html()]
        for chart in self.charts().values():
            title, note = escape(chart.title), escape(chart.note)
            large = "Too large for a cell: look at it by itself, or in the page of the report."
            picture = chart.svg if len(chart.svg) <= _SVG_MAX else f"<p>{large}</p>"
            shown = f"{picture}<figcaption>{note}</figcaption>"
            parts.append(f"<figure><p><b>{title}</b></p>{shown}</figure>")
        return {"text/html": "\n".join(parts), "text/plain": repr(self)}


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
