"""Renders what changed between two scans as Markdown that fits the summary of a GitHub step."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reports.comparison_words import Row, Section, heading, sections, verdict
from scanner.escape import visible
from scanner.findings import Comparison

LIMIT = 1024 * 1024 - 16 * 1024
"""Bytes of UTF-8: a step's summary has 1 MiB (Workflow commands, GitHub Docs), some of it is left to other steps."""

_PUNCTUATION = re.compile(r"[^\w\s]|_")
_AS_ENTITIES = frozenset("<>&@:#")


def diff_markdown(comparison: Comparison) -> Iterator[str]:
    """The parts of the page; when it grows too long, the last line says how much was left out."""
    left = LIMIT
    head = [
        f"## Hybrid worker audit: what changed\n\n{plain(heading(comparison))}\n\n**{plain(verdict(comparison))}**\n"
    ]
    head += [f"\n> {plain(note)}\n" for note in comparison.notes]
    parts = [part for section in sections(comparison) for part in _section(section)]
    for number, part in enumerate((*head, *parts)):
        left -= len(part.encode())
        if left < 0:
            rest = sum(1 for later in (*head, *parts)[number:] if later.startswith("* "))
            yield f"\n_{rest:,} more are left out here: `hwaudit diff --format json` has all._\n"
            return
        yield part


def _section(section: Section) -> Iterator[str]:
    yield f"\n### {section.title} ({section.counts})\n\n{section.explanation}\n\n"
    yield from map(_row, section.rows)


def _row(row: Row) -> str:
    what = f"{plain(row.title)}: {plain(row.text)}" if row.text else plain(row.title)
    lines = [
        f"* **{plain(row.label)}** {what}",
        f"  * {plain(row.place)}",
        *(f"  * {plain(each)}" for each in row.remarks),
    ]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Text in which nothing is Markdown, HTML, a link or a mention, whatever the names in it."""
    return _PUNCTUATION.sub(_escaped, visible(text))


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character in _AS_ENTITIES:
        return f"&#{ord(character)};"
    return f"\\{character}" if character.isascii() and character not in ",;'\"?" else character
