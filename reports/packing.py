"""Data inside the page: JSON, deflated, as base64 in a script element that no browser runs."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

import msgspec

TYPE = "application/vnd.hwaudit.deflate"
"""The type of a block's script element; anything that is not JavaScript is left alone by a browser."""

_LEVEL = 9
T = TypeVar("T")

_SEVERAL = 3000  # of 3 bytes each, which make 4 characters of base64 without padding


def block(name: str, pieces: Iterable[bytes]) -> Iterator[str]:
    """The block that the page's script finds by the id `data-{name}`, in chunks; `pieces` make one JSON text."""
    yield f'<script type="{TYPE}" id="data-{name}">'
    yield from _base64(_deflated(pieces))
    yield "</script>\n"


def blocks(name: str, contents: Iterable[object]) -> Iterator[str]:
    """A block for each of the contents, `data-{name}-0` and so on."""
    for number, content in enumerate(contents):
        yield "".join(block(f"{name}-{number}", (msgspec.json.encode(content),)))


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` rows each, the last one with what is left."""
    waiting = iter(rows)
    while some := list(islice(waiting, size)):
        yield some


def fields(columns: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    """One JSON object, field by field: each value is made, encoded and forgotten before the next."""
    mark = b"{"
    for name, value in columns:
        yield mark + msgspec.json.encode(name) + b":" + msgspec.json.encode(value)
        mark = b","
    yield b"}" if mark == b"," else b"{}"


def _deflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(_LEVEL)
    return chain(map(compressor.compress, pieces), (compressor.flush() for _ in range(1)))


def _base64(pieces: Iterable[bytes]) -> Iterator[str]:
    waiting = b""
    for piece in pieces:
        waiting += piece
        whole = len(waiting) - len(waiting) % 3
        for start in range(0, whole, 3 * _SEVERAL):
            yield base64.b64encode(waiting[start : min(start + 3 * _SEVERAL, whole)]).decode()
        waiting = waiting[whole:]
    yield base64.b64encode(waiting).decode()
