"""Exceptions: everything that is wrong at once, in words and as data.

Each exception is a :class:`SeamountError`, which is a :class:`ValueError`. Its text names what
is wrong and lists the first findings; ``error.findings`` holds all of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FileError",
    "Finding",
    "InputError",
    "LimitsError",
    "MissingError",
    "OutOfMemoryError",
    "SeamountError",
    "UsageError",
]

# Findings in the text of an exception; the rest is counted.
_SHOWN = 12


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    place: str
    """Where: a path such as ``populations[0] 'h'.voltage_decay``, or file, line and column."""
    problem: str
    """The mistake in words, with the value found and the values allowed."""
    fault: str = "rule"
    """Kind of mistake: ``out_of_range``, ``wrong_type``, ``unknown_name``, ..."""
    value: Any = None
    """The value found, where one value is wrong."""
    range: Any = None
    """The values allowed: ``(smallest, largest)``, a list of words, or a sentence."""
    suggestion: str | None = None
    """What may have been meant."""

    def __str__(self) -> str:
        text = f"{self.place}: {self.problem}" if self.place else self.problem
        return f"{text}; {self.suggestion}" if self.suggestion else text


class SeamountError(ValueError):
    """Something that cannot be used, with every finding in :attr:`findings`."""

    findings: tuple[Finding, ...]
    """All findings, at least one."""
    what: str
    """The argument, file or network that all findings are about; may be empty."""
    remedy: str | None
    """An argument that would let the call go on, such as ``ignore_limits``."""

    def __init__(
        self,
        what: str,
        findings: tuple[Finding, ...] | str,
        remedy: str | None = None,
    ) -> None:
        if isinstance(findings, str):
            findings = (Finding("", findings),)
        self.what = what
        self.findings = tuple(findings)
        self.remedy = remedy
        super().__init__(what, self.findings, remedy)

    def __str__(self) -> str:
        start = f"{self.what}: " if self.what else ""
        lines = [f"{start}{finding}" for finding in self.findings[:_SHOWN]]
        more = len(self.findings) - _SHOWN
        if more > 0:
            lines.append(f"{more} more in .findings")
        if self.remedy:
            lines.append(f"({self.remedy} would help)")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from ._html import table

        rows = [(f.place, f.problem, f.suggestion or "") for f in self.findings]
        head = ("place", "problem", "suggestion")
        return table(head, rows, caption=f"{type(self).__name__}: {self.what}")


class InputError(SeamountError):
    """A network, a file or an array holds something wrong."""


class UsageError(SeamountError):
    """An argument is wrong, or has no meaning beside the others."""


class LimitsError(SeamountError):
    """The network does not fit the chip: every limit with what is wanted and what there is."""


class FileError(SeamountError):
    """A file cannot be read or written."""


class MissingError(SeamountError):
    """Data are not where they were looked for."""


class OutOfMemoryError(SeamountError, MemoryError):
    """More memory is needed than is left: nothing was made, and what there was is as it was."""


_KINDS: dict[str, type[SeamountError]] = {
    "input": InputError,
    "usage": UsageError,
    "limits": LimitsError,
    "io": FileError,
    "missing": MissingError,
    "memory": OutOfMemoryError,
}

# Options of the session that have another name as arguments.
_ARGUMENTS = {"dt": "dt_seconds", "input": "spikes", "probe": "probes", "out": "steps"}
_REMEDIES = {
    "ignore_limits": "ignore_limits=True",
    "ignore_unit_axes": "ignore_unit_axes=True",
    "programs": "seamount.programs()",
}


def _place(place: dict[str, Any]) -> str:
    position = place.get("position") or {}
    line, column = position.get("line"), position.get("column")
    where = place.get("file", "")
    if line is not None:
        where += f":{line}" if where else f"line {line}"
        if column is not None:
            where += f":{column}" if place.get("file") else f", column {column}"
    path = place.get("path", "")
    return f"{where}: {path}" if where and path else where or path


def _range(allowed: Any) -> Any:
    if not isinstance(allowed, dict):
        return None
    if "between" in allowed:
        between = allowed["between"]
        return (between["min"], between["max"])
    return next(iter(allowed.values()), None)


def of_failure(
    kind: str, option: str | None, named: str | None, findings: str, remedy: str | None
) -> SeamountError:
    """The exception for a failure of the native half."""
    found = tuple(
        Finding(
            place=_place(one.get("place", {})),
            problem=one["problem"],
            fault=one.get("fault", "rule"),
            value=one.get("value"),
            range=_range(one.get("range")),
            suggestion=one.get("suggestion"),
        )
        for one in json.loads(findings)
    )
    what = named or ""
    if option is not None:
        what = _ARGUMENTS.get(option, option.replace("-", "_"))
    return _KINDS.get(kind, SeamountError)(what, found, _REMEDIES.get(remedy or ""))
