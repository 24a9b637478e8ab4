"""Published systems: what ``seamount lab`` runs, with the same options and reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import Any

from . import _seamount
from ._tree import tree
from .charts import Chart, Drawn, Report, charts_of
from .errors import UsageError

__all__ = ["Lab", "lab", "labs"]


class Lab(Drawn):
    """What came of a published system: :attr:`passed`, :attr:`report`, ``str()`` for people."""

    def __init__(self, native: _seamount.Lab, name: str) -> None:
        self._native = native
        self._name = name

    @property
    def passed(self) -> bool:
        """Whether it passed; True of a system that is no test."""
        return self._native.passed

    @property
    def report(self) -> Report:
        """The report as the command's ``lab NAME --json`` has it.

        ``result.report("lab.html")`` writes it as a page with its pictures, which needs no network.
        """
        return Report(tree(self._native.report), self._native.write_page)

    def charts(self) -> dict[str, Chart]:
        """The pictures of the report as charts, by their names; some systems have none."""
        return charts_of(self._native.charts())

    def __str__(self) -> str:
        return self._native.text

    def __repr__(self) -> str:
        return f"Lab({self._name!r}, {'passed' if self.passed else 'failed'})"


def labs() -> dict[str, str]:
    """Name and purpose of every published system."""
    return dict(_seamount.lab_entries())


def lab(name: str, **options: Any) -> Lab:
    """Runs a published system, as ``seamount lab NAME`` does, to its end.

    ``options`` are the flags of the command, with ``_`` for ``-``: ``lab("eprop-pattern",
    sequences=3, svg="curves.svg")``. True sets a flag without a value; a list is written with
    commas. Files that options name are written.
    """
    flags: list[str] = []
    for key, value in options.items():
        flag = "--" + key.replace("_", "-")
        if value is None or value is False:
            continue
        flags.append(flag if value is True else f"{flag}={_written(key, value)}")
    return Lab(_seamount.run_lab(str(name), flags), str(name))


def _written(key: str, value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, Mapping | bytes):
        raise UsageError(key, f"{type(value).__name__} is no value of a flag")
    if isinstance(value, PathLike):
        return str(fspath(value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(_written(key, one) for one in value)
    return str(value)
