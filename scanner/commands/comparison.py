"""`hwaudit diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.errors import UsageError


def diff(
    *,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A snapshot or JSON report.")],  # noqa: ARG001
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later one.")],  # noqa: ARG001
) -> None:
    """Compare two scans (not available yet)."""
    raise UsageError(
        "`hwaudit diff` is not available yet", "compare two JSON reports by the fingerprints of their findings"
    )
