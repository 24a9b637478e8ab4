"""Records of silicon: what others measured on the chip and published, beside this emulator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import _seamount
from ._arrays import count
from ._html import table
from ._tree import tree

__all__ = ["Records", "records"]


class Records:
    """Records beside the emulator: :attr:`equal`, :attr:`data`, ``str()`` for people."""

    def __init__(self, equal: bool, data: dict[str, Any], text: str) -> None:
        self.equal = equal
        """Whether every value that was compared is equal."""
        self.data = data
        """The report as the command's ``records --json`` has it."""
        self._text = text

    @property
    def records(self) -> list[dict[str, Any]]:
        """A dictionary for each record: name, laboratory, machine, source, what, and the result."""
        return list(self.data["records"])

    def __len__(self) -> int:
        return len(self.data["records"])

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        values, different = self.data["values"], self.data["mismatches"]
        return f"Records({len(self)} records, {values} values, {different} different)"

    def _repr_html_(self) -> str:
        head = ("record", "machine", "what", "result")
        rows = [(one["name"], one["machine"], one["what"], _short(one)) for one in self.records]
        return table(head, rows, caption=repr(self))


def _short(record: dict[str, Any]) -> str:
    """What came of a record, in a few words."""
    result = record["result"]
    if result["kind"] == "bits":
        return f"{result['equal']} of {result['values']} equal"
    return str(result.get("reason", result["kind"]))


def records(
    data: str | Path | None = None, *, only: str | Iterable[str] = (), threads: int | None = None
) -> Records:
    """Runs what others recorded on Loihi and lays the emulator beside it, value by value.

    Parameters
    ----------
    data
        Folder of the data of others; absent, ``SEAMOUNT_DATA`` or the command's default. What
        is not there is a record with the way to get it.
    only
        Only origins whose name has one of these in it.
    threads
        Threads; absent, all there are. Results do not depend on it.
    """
    names = [only] if isinstance(only, str) else [str(name) for name in only]
    folder = None if data is None else Path(data)
    number = None if threads is None else count("threads", threads, 1, 1024)
    equal, report, text = _seamount.compare_records(folder, names, number)
    return Records(equal, tree(report), text)
