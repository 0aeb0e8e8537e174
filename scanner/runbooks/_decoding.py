"""Turns a runbook's bytes into text, whatever editor wrote them."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_BYTE_ORDER_MARKS = (  # UTF-32 goes first: its little-endian mark begins with the one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 4096
_MOSTLY, _HARDLY = 0.4, 0.05


@dataclass(frozen=True, slots=True)
class Text:
    """A text whose every line ends with a line feed; `sound` is False where bytes did not fit any known encoding."""

    content: str
    sound: bool


def decode(content: bytes) -> Text:
    """Decode by the byte order mark, else by where NUL bytes stand, else as UTF-8, else as Windows-1252."""
    text, sound = _decoded(content)
    return Text(text.replace("\r\n", "\n").replace("\r", "\n"), sound and "\0" not in text)


def _decoded(content: bytes) -> tuple[str, bool]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _strictly_or_replaced(content[len(mark) :], encoding)
    if unmarked := _unmarked_utf16(content):
        return _strictly_or_replaced(content, unmarked)
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError:
        return _western(content), True


def _strictly_or_replaced(content: bytes, encoding: str) -> tuple[str, bool]:
    try:
        return content.decode(encoding), True
    except UnicodeDecodeError:
        return content.decode(encoding, "replace"), False


def _unmarked_utf16(content: bytes) -> str | None:
    """Tell UTF-16 by the NULs beside its Latin letters: nearly all on one side, hardly any on the other."""
    sample = content[:_SAMPLE_BYTES]
    pairs = len(sample) // 2
    if not pairs:
        return None
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if odd > _MOSTLY and even < _HARDLY:
        return "utf-16-le"
    return "utf-16-be" if even > _MOSTLY and odd < _HARDLY else None


def _western(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:  # five bytes have no meaning in Windows-1252, all have one in Latin-1
        return content.decode("latin-1")
