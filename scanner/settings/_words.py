"""What the messages about a settings file have in common."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggested(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The advice for a name that is unknown: those that are near, else `otherwise` or all that are known."""
    names = sorted(known)
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else otherwise or f"choose among {', '.join(names)}"
