"""What changed since the baseline, for a section of the page."""

from __future__ import annotations

import msgspec

from reports.comparison_words import Section, heading, sections, verdict
from scanner.findings import Comparison

MOST_CHANGES = 200
"""Findings or resources of one fate that the page lists; `hwaudit diff` has all."""


class Part(msgspec.Struct, frozen=True):
    """The first rows of one fate, and how many there are in all."""

    section: Section
    count: int


class ChangesView(msgspec.Struct, frozen=True, kw_only=True):
    """Which scans are compared, the outcome in one sentence, what to mind, and each fate that has rows."""

    heading: str
    verdict: str
    notes: tuple[str, ...]
    parts: tuple[Part, ...]


def changes_view(comparison: Comparison | None) -> ChangesView | None:
    """The comparison in words; None where there is no baseline."""
    if comparison is None:
        return None
    return ChangesView(
        heading=heading(comparison),
        verdict=verdict(comparison),
        notes=comparison.notes,
        parts=tuple(_part(section) for section in sections(comparison)),
    )


def _part(section: Section) -> Part:
    shown = msgspec.structs.replace(section, rows=section.rows[:MOST_CHANGES])
    return Part(shown, len(section.rows))
