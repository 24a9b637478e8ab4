"""Trees of JSON, as which structured results leave the native half."""

from __future__ import annotations

import json
from typing import Any

Tree = dict[str, Any]


def tree(text: str) -> Tree:
    """The object that a text of the native half holds."""
    found: Tree = json.loads(text)
    return found
