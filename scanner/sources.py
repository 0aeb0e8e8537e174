"""Which state of the world the program knows: the dated sources of its facts, newest of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Dated(NamedTuple):
    """A kind of facts, the date (ISO) of the newest source that they were taken from, and that source."""

    facts: str
    date: str
    source: str


_STATED = (
    Dated("language versions", "2025-10-22", "PowerShell Support Lifecycle, Microsoft"),
    Dated("retirements known up to", "2027-09-30", "Azure Automation State Configuration"),
    Dated(
        "scripts for workers", "2024-08-26", "Troubleshoot VM extension-based Hybrid Runbook Worker issues, Microsoft"
    ),
    Dated("service limits", "2024-02-23", "Azure Automation limits, Microsoft"),
    Dated("table permissions", "2025-02-14", "Manage access to Log Analytics workspaces, Microsoft"),
)
"""What is stated in the code beside the facts."""


def dated_sources() -> Iterator[Dated]:
    """The sources, those of the shipped tables first."""
    import region_map  # noqa: PLC0415 - `--help` does without
    from scanner.controls import catalogue  # noqa: PLC0415

    tables, mapping = region_map.newest().source, catalogue().source
    yield Dated("region mapping", region_map.VERSION, tables.document)
    yield Dated("policies and controls", mapping.date.isoformat(), mapping.document)
    yield from _STATED
