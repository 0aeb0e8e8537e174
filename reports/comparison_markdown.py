"""Renders what changed between two scans as Markdown that fits the summary of a GitHub step."""

from __future__ import annotations

from collections.abc import Iterator

from reports.comparison_words import Row, Section, heading, sections, verdict
from reports.escaping import markdown
from scanner.findings import Comparison

LIMIT = 1024 * 1024 - 16 * 1024
"""Bytes of UTF-8: a step's summary has 1 MiB (Workflow commands, GitHub Docs), some of it is left to other steps."""


def diff_markdown(comparison: Comparison) -> Iterator[str]:
    """The parts of the page; when it grows too long, the last line says how much was left out."""
    left = LIMIT
    told = f"{markdown(heading(comparison))}\n\n**{verdict(comparison)}**"
    head = [
        f"## Hybrid worker audit: what changed\n\n{told}\n",
        *(f"\n> {markdown(note)}\n" for note in comparison.notes),
    ]
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
    what = f"{markdown(row.title)}: {markdown(row.text)}" if row.text else markdown(row.title)
    lines = [
        f"* **{markdown(row.label)}** {what}",
        f"  * {markdown(row.place)}",
        *(f"  * {markdown(each)}" for each in row.remarks),
    ]
    return "\n".join(lines) + "\n"
