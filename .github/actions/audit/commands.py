"""What is told to GitHub: workflow commands on stdout, and outputs in their file."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TITLE = "Hybrid worker audit"


def annotate(level: str, message: str, title: str = TITLE) -> None:
    """Annotate the run with one line; `level` is error, warning or notice. Neither text can end it or begin another."""
    _write(f"::{level} title={_escaped(title, ':,')}::{_escaped(message)}")


@contextmanager
def commands_stopped() -> Iterator[None]:
    """Let nothing that is printed meanwhile count as a command: it holds names that others chose."""
    token = secrets.token_hex(16)
    _write(f"::stop-commands::{token}")
    try:
        yield
    finally:
        _write(f"\n::{token}::")


def put_outputs(outputs: Mapping[str, object]) -> None:
    """Add outputs to the step's; a value may have several lines."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
        for name, value in outputs.items():
            end = secrets.token_hex(16)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def _write(line: str) -> None:
    """Write a line as the runner reads it, which is UTF-8 on every system."""
    sys.stdout.flush()
    sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def _escaped(text: str, also: str = "") -> str:
    """Escape as @actions/core does: data the percent sign and line breaks, properties the colon and the comma too."""
    return "".join(f"%{ord(each):02X}" if each in f"%\r\n{also}" else each for each in text)
