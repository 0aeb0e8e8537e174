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
_MARK = re.compile("[\x80-\x9f]{2}")


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
        row, rows = self.row_of(fingerprint), self.index["size"]["rows"]
        block, place = self[f"findings-{row // rows}"], row % rows
        words = self._words(row)
        shape = block["shape"][place]
        among = block["shape"][:place].count(shape)
        evidence = {}
        for name, column in zip(block["shapes"][shape], block["facts"][shape], strict=True):
            evidence[name] = _worded(column[among], words)
            words.append(evidence[name])
        parts = ("steps", "hurts", "path", "acceptance", "declared")
        rest = _worded(json.loads(block["rests"][block["rest"][place]]), words)
        reads = _worded(json.loads(block["behind"][block["reads"][place]]), words)
        return {"evidence": evidence, **dict(zip(parts, rest, strict=True)), "reads": reads}

    def subject(self, row: int) -> str:
        """The id that a row is about."""
        subject = self.index["subject"][row]
        return self._account(row) + subject[1:] if subject.startswith("~") else subject

    def _account(self, row: int) -> str:
        account = self.index["account"][row]
        return self.index["accountIds"][account] if account >= 0 else ""

    def _words(self, row: int) -> list[Any]:
        cause = self.index["cause"][row]
        parts = self.subject(row).split("/")
        ids = [self.subject(row), self.subject(cause) if cause >= 0 else "", self._account(row)]
        return [*ids, *parts[2:3], *parts[4::2]]


def _worded(value: Any, words: list[Any]) -> Any:
    """A value with its words in the place of the marks."""
    if isinstance(value, str):
        return _MARK.sub(lambda mark: words[(ord(mark[0][0]) - 0x80) * 32 + ord(mark[0][1]) - 0x80], value)
    if isinstance(value, list):
        return [_worded(part, words) for part in value]
    if isinstance(value, dict):
        return {_worded(name, words): _worded(part, words) for name, part in value.items()}
    return value


def unpacked(page: str) -> str:
    """The page with the text of every block in the place of the block."""
    return _BLOCK.sub(lambda block: zlib.decompress(base64.b64decode(block[2], validate=True)).decode(), page)


def written_out(page: str) -> str:
    """All that a page tells: the page, with each finding's details written out in the place of its blocks."""
    packed = blocks(page)
    prints = packed.index["fingerprints"]
    details = [packed.detail_of(prints[start : start + 32]) for start in range(0, len(prints), 32)]
    others = {name: block for name, block in packed.items() if not name.startswith("findings-")}
    return _BLOCK.sub("", page) + json.dumps([others, details], ensure_ascii=False)


def blocks(page: str) -> Blocks:
    """Unpack every block of a page."""
    return Blocks(
        (name, json.loads(zlib.decompress(base64.b64decode(data, validate=True))))
        for name, data in _BLOCK.findall(page)
    )
