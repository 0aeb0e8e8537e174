"""Renders a scan as JSON lines: the parts of the JSON report, an object a line, each with its `type`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from reports.json_report import records
from scanner.findings import Scan
from scanner.inventory.snapshot import encode_hook

_LINES_AT_ONCE = 200


def jsonl_chunks(scan: Scan) -> Iterator[bytes]:
    """The head of the report as `scan`, every item of its lists, and `end` with the count of lines before it.

    A file without its last line was cut off.
    """
    encoder = msgspec.json.Encoder(enc_hook=encode_hook)
    written = 0
    waiting = records(scan)
    while part := list(islice(waiting, _LINES_AT_ONCE)):
        yield b"".join(b'{"type":"%b",%b\n' % (kind.encode(), encoder.encode(item)[1:]) for kind, item in part)
        written += len(part)
    yield b'{"type":"end","lines":%d}\n' % written
