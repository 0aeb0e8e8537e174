"""The data inside an HTML report, as its script reads it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

_BLOCK = re.compile(
    r'<script type="application/vnd\.hwaudit\.deflate" id="data-([a-z0-9-]+)">([A-Za-z0-9+/=]*)</script>'
)


class Blocks(dict[str, Any]):
    """The blocks of a page by name."""

    @property
    def index(self) -> dict[str, Any]:
        return self["index"]

    def rows(self, kind: str) -> list[Any]:
        """The items of all blocks of a kind, in order."""
        count = sum(1 for name in self if name.startswith(f"{kind}-"))
        return [row for number in range(count) for row in self[f"{kind}-{number}"]]

    def row_of(self, fingerprint: str) -> int:
        prints = self.index["fingerprints"]
        return [prints[start : start + 32] for start in range(0, len(prints), 32)].index(fingerprint)

    def detail_of(self, fingerprint: str) -> dict[str, Any]:
        """What the page shows of a finding when it is opened."""
        parts = ("evidence", "steps", "hurts", "path", "acceptance", "declared", "reads")
        return dict(zip(parts, self.rows("findings")[self.row_of(fingerprint)], strict=True))


def unpacked(page: str) -> str:
    """The page with the text of every block in the place of the block."""
    return _BLOCK.sub(lambda block: zlib.decompress(base64.b64decode(block[2], validate=True)).decode(), page)


def blocks(page: str) -> Blocks:
    """Unpack every block of a page."""
    return Blocks(
        (name, json.loads(zlib.decompress(base64.b64decode(data, validate=True))))
        for name, data in _BLOCK.findall(page)
    )
