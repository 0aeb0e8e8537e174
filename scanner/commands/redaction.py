"""`hwaudit unredact`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scanner.commands.options import RedactKey
from scanner.errors import UsageError
from scanner.terminal import say


def unredact(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A text, a JSON report or a snapshot with pseudonyms; - for stdin.")
    ],
    redact_key: RedactKey = None,
) -> None:
    """Print a text with the names that its pseudonyms stand for; of a snapshot, print the real snapshot."""
    from scanner.redaction import DEFAULT, KeyFile, revealed_text  # noqa: PLC0415 - commands load what they need

    redaction = KeyFile(redact_key or DEFAULT).redaction
    data = _read(file)
    if not data.startswith(b"\x1f\x8b"):
        say(revealed_text(_decoded(data, file), redaction.originals).removesuffix("\n"))
        return
    if file == "-":
        raise UsageError("a snapshot cannot come from stdin", "name its file")
    if sys.stdout.isatty():
        raise UsageError("a snapshot is no text", "send the output into a file: > real.snapshot")
    from scanner.inventory.snapshot import dump, load  # noqa: PLC0415

    sys.stdout.buffer.write(dump(redaction.revealed(load(Path(file)))))


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}", error.strerror or "check the path") from error


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no text in UTF-8", "name a text, a JSON report or a snapshot") from error
