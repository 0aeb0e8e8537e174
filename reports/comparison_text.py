"""Renders what changed between two scans as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from reports.comparison_words import Row, Section, heading, sections, verdict
from scanner.escape import visible
from scanner.findings import Comparison


def diff_text(comparison: Comparison) -> Iterator[str]:
    """Lines, each with its line break; control characters of names are visible escapes."""
    yield f"{visible(heading(comparison))}\n\n{verdict(comparison)}\n"
    yield from (f"Note: {visible(note)}\n" for note in comparison.notes)
    for section in sections(comparison):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"\n{section.title} ({section.counts}). {section.explanation}\n"
    for row in section.rows:
        yield from _row(row)


def _row(row: Row) -> Iterator[str]:
    name = f"{row.title}: {row.text}" if row.text else row.title
    label = row.label.upper() if row.severity else row.label
    yield f"  {label:<8} {visible(name)}\n    at {visible(row.place)}\n"
    yield from (f"    {visible(remark)}\n" for remark in row.remarks)
