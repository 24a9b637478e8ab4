"""Programs of neurons, which boards of the Loihi 2 class run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import _seamount
from .errors import UsageError

__all__ = ["Program", "assemble", "programs"]


class Program:
    """An assembled and verified program: ``data``, ``listing`` and, as text, a summary."""

    def __init__(self, data: dict[str, Any], summary: str, listing: str) -> None:
        self.data = data
        """The program and what it takes at most, as the command's ``asm --json`` has it."""
        self.listing = listing
        """Every instruction with its word and the line it comes from."""
        self._summary = summary

    @property
    def cycles(self) -> int:
        """Cycles of the longest path."""
        return int(self.data["cycles_worst"])

    @property
    def states(self) -> list[str]:
        """Names of the state words of a neuron."""
        return list(self.data["program"]["states"])

    def __str__(self) -> str:
        return self._summary

    def __repr__(self) -> str:
        return f"Program({self.data['program']['name']!r}, {self.cycles} cycles)"


def assemble(source: str | Path | None = None, *, text: str | None = None) -> Program:
    """Assembles a program from a file (.asm), a shipped one by its name, or from its text.

    Raises
    ------
    InputError
        Every finding of the assembler and the verifier, with line and column.
    """
    if (source is None) == (text is None):
        raise UsageError("assemble", "either a file, or a text is wanted")
    data, summary, listing = _seamount.assemble(Path(source or ""), text)
    return Program(json.loads(data), summary, listing)


def programs() -> dict[str, str]:
    """The shipped programs: what each is, by its name."""
    return dict(_seamount.shipped_programs())
