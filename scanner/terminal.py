"""Prints to a terminal, a file or a pipe, whatever state it is in: what is printed never decides how a scan ended."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def say(text: str) -> None:
    """Print text and a line break; characters that the terminal lacks are escaped, a closed or full stdout is told."""
    stdout = sys.stdout
    if stdout is None:
        return
    encoding = stdout.encoding or "utf-8"
    try:
        stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as `| head` does
        _silence()
    except OSError as error:
        _silence()
        complain(f"cannot print ({error.strerror})")


def complain(text: str) -> None:
    """Print one line on stderr, if that is there and takes it."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"hwaudit: {text}", file=sys.stderr)  # noqa: T201


def _silence() -> None:
    """Send what is still buffered nowhere: the interpreter flushes it at its end, and would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
