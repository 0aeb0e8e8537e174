"""A check's documentation as blocks of a page: headings, paragraphs, bullets, code, and links to Microsoft only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

import msgspec

_INLINE = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<href>[^)\s]+)\)|`(?P<code>[^`]+)`")
_TRUSTED = "https://learn.microsoft.com/"


class Run(msgspec.Struct, frozen=True):
    """A piece of a line; `href` is set for a link only."""

    text: str
    code: bool = False
    href: str | None = None


class Block(msgspec.Struct, frozen=True):
    """A heading or a paragraph has one item, a list has one for each bullet."""

    kind: Literal["heading", "paragraph", "list"]
    items: tuple[tuple[Run, ...], ...]


def blocks(documentation: str) -> tuple[Block, ...]:
    """Read the sections below the title line of a check's docstring."""
    paragraphs: list[Block] = []
    lines = [line.rstrip() for line in documentation.splitlines()[1:]]
    for has_text, part in groupby(lines, key=bool):
        if has_text:
            paragraphs.extend(_blocks_of(list(part)))
    return tuple(paragraphs)


def _blocks_of(lines: list[str]) -> Iterator[Block]:
    for kind, part in groupby(_joined(lines), key=lambda line: line[0]):
        texts = [text for _, text in part]
        if kind == "list":
            yield Block("list", tuple(_runs(text) for text in texts))
        else:
            yield from (Block(kind, (_runs(text),)) for text in texts)


def _joined(lines: list[str]) -> Iterator[tuple[Literal["heading", "paragraph", "list"], str]]:
    """Join the lines of a wrapped paragraph or bullet."""
    open_kind: Literal["paragraph", "list"] = "paragraph"
    open_text: list[str] = []
    for line in lines:
        if not line.startswith(("## ", "* ")):
            open_text.append(line.strip())
            continue
        if open_text:
            yield open_kind, " ".join(open_text)
        open_kind, open_text = "paragraph", []
        if line.startswith("## "):
            yield "heading", line[3:]
        else:
            open_kind, open_text = "list", [line[2:]]
    if open_text:
        yield open_kind, " ".join(open_text)


def _runs(text: str) -> tuple[Run, ...]:
    runs: list[Run] = []
    end = 0
    for match in _INLINE.finditer(text):
        if match.start() > end:
            runs.append(Run(text[end : match.start()]))
        runs.append(_run(match))
        end = match.end()
    if end < len(text):
        runs.append(Run(text[end:]))
    return tuple(runs)


def _run(match: re.Match[str]) -> Run:
    if match["code"]:
        return Run(match["code"], code=True)
    trusted = match["href"].startswith(_TRUSTED)
    return Run(match["label"], href=match["href"]) if trusted else Run(match[0])
