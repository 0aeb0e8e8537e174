"""What a reader gets out of a report file, however it is packed."""

from __future__ import annotations

import base64
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

_PACKED = re.compile(rb"<script\b[^>]*\btype=[^>]*>\s*([A-Za-z0-9+/\s]{16,}={0,2})\s*</script>")
_ANY_HEADER = zlib.MAX_WBITS + 32  # of zlib or gzip


def unpacked(data: bytes) -> Iterator[str]:
    """The texts in a file: the members of a zip file, else the file itself and what is compressed in its scripts."""
    if not data.startswith(b"PK"):
        yield html.unescape(data.decode())
        yield from blocks(data)
        return
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        for name in members.namelist():
            yield name
            yield html.unescape(members.read(name).decode())


def blocks(page: bytes) -> Iterator[str]:
    """The compressed texts (in base64) in the data blocks of an HTML page; none where it has none."""
    for found in _PACKED.finditer(page):
        yield zlib.decompress(base64.b64decode(found[1]), _ANY_HEADER).decode()
